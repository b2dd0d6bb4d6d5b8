//! What a system is expected to do with a file.
//!
//! The reasons are stable codes of the rules that must speak up: those of the ledger and of the pharmaceutical profile for
//! whole files, those of the EPCIS reader for files that cannot be read. All of them stand here, so that a change of a
//! rule's code is a change of one line.

/// What is to become of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Every event takes effect.
    Accepted,
    /// The events are kept until what they depend on arrives, and take effect then.
    Parked,
    /// A rule refuses the events; nothing takes effect.
    Refused,
    /// The file is refused before any rule is asked: by a strict reader, or, where the standard lets a reader only warn,
    /// when its identifiers are read.
    Malformed,
}

/// What is expected, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expectation {
    /// What is to become of the file. It holds for each of its events.
    pub verdict: Verdict,
    /// The stable code of the reason, unless the file is accepted.
    pub reason: Option<&'static str>,
    /// The earlier file, by its [`seq`](super::Document::seq), that was parked and takes effect together with this one.
    pub releases: Option<u64>,
}

impl Expectation {
    /// The ordinary case.
    pub const ACCEPTED: Self = Self {
        verdict: Verdict::Accepted,
        reason: None,
        releases: None,
    };

    pub(super) const fn refused(reason: &'static str) -> Self {
        Self {
            verdict: Verdict::Refused,
            reason: Some(reason),
            releases: None,
        }
    }

    pub(super) const fn malformed(reason: &'static str) -> Self {
        Self {
            verdict: Verdict::Malformed,
            reason: Some(reason),
            releases: None,
        }
    }
}

/// A file about packs that nobody has commissioned yet.
pub(super) const CAME_TOO_EARLY: Expectation = Expectation {
    verdict: Verdict::Parked,
    reason: Some("object-absent"),
    releases: None,
};
/// A pack that nobody commissioned, dispensed: whoever dispenses needs the answer at once.
pub(super) const NEVER_COMMISSIONED: Expectation = Expectation::refused("object-absent");
/// A serial number that is in use.
pub(super) const COMMISSIONED_BEFORE: Expectation = Expectation::refused("already-created");
/// A GTIN of somebody else.
pub(super) const NOT_THE_LABELER: Expectation = Expectation::refused("role-missing");
/// A pallet that was reported stolen.
pub(super) const STOLEN: Expectation = Expectation::refused("object-terminated");
/// A pack whose lot has expired.
pub(super) const EXPIRED: Expectation = Expectation::refused("product-expired");
/// A pack that was dispensed before.
pub(super) const DISPENSED_BEFORE: Expectation = Expectation::refused("object-terminated");
/// A case in which other packs were found than were packed.
pub(super) const CONTENTS_DIFFER: Expectation = Expectation::refused("contents-differ");
/// A pack of a recalled lot.
pub(super) const RECALLED: Expectation = Expectation::refused("on-recall");
