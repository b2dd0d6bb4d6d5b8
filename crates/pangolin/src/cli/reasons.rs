//! The reasons of orders that the command line lists.

/// Reasons of a recall.
pub(super) const RECALL_REASONS: &[&str] = &[
    "recall-class-1",
    "recall-class-2",
    "recall-class-3",
    "illegitimate",
    "theft",
    "other",
];
/// Reasons of a hold: of medicines, and at a border.
pub(super) const HOLD_REASONS: &[&str] = &[
    "suspect",
    "illegitimate",
    "theft",
    "documents",
    "prohibited",
    "safety",
    "infringement",
    "duties",
    "other",
];
