//! Which application identifiers must, and must not, stand beside each other on one item.
//!
//! General Specifications, sections 4.13 and 4.14. The rules apply to everything marked on one physical item, so a
//! single symbol can only be judged if it is the only one.

use super::Ai;
use thiserror::Error;

/// A broken rule of association.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AssociationError {
    /// None of the AIs that must accompany it is there.
    #[error("AI ({ai}) needs one of {} beside it", ai.def().requires)]
    Missing {
        /// The AI that needs company.
        ai: Ai,
    },
    /// Two AIs that contradict each other.
    #[error("AI ({ai}) must not stand beside AI ({other})")]
    Excluded {
        /// The AI whose rule it is.
        ai: Ai,
        /// The AI that must not be there.
        other: Ai,
    },
}

impl AssociationError {
    /// The AI whose rule is broken.
    pub fn ai(&self) -> Ai {
        match self {
            Self::Missing { ai } | Self::Excluded { ai, .. } => *ai,
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "ai-needs-another",
            Self::Excluded { .. } => "ais-exclude-each-other",
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "add one of the AIs it depends on, or leave it out",
            Self::Excluded { .. } => "keep only one of the two",
        }
    }
}

/// Every broken rule among `ais`, in their order. Repeated AIs are judged once.
///
/// ```
/// use pangolin_gs1::ai::{Ai, check_associations};
///
/// let broken = check_associations(&[Ai::SERIAL]);
/// assert_eq!(broken[0].code(), "ai-needs-another");
/// assert!(check_associations(&[Ai::SERIAL, Ai::GTIN]).is_empty());
/// ```
pub fn check_associations(ais: &[Ai]) -> Vec<AssociationError> {
    let mut broken = Vec::new();
    for (at, &ai) in ais.iter().enumerate() {
        if ais[..at].contains(&ai) {
            continue;
        }
        if !is_accompanied(ai, ais) {
            broken.push(AssociationError::Missing { ai });
        }
        for (at, &other) in ais.iter().enumerate() {
            // An AI does not exclude itself, even where a pattern matches it.
            if other != ai && !ais[..at].contains(&other) && excludes(ai, other) {
                broken.push(AssociationError::Excluded { ai, other });
            }
        }
    }
    broken
}

fn is_accompanied(ai: Ai, ais: &[Ai]) -> bool {
    let requires = ai.def().requires;
    let present = |pattern: &str| ais.iter().any(|other| other.matches(pattern));
    requires.is_empty()
        || requires
            .split(',')
            .any(|group| group.split('+').all(present))
}

fn excludes(ai: Ai, other: Ai) -> bool {
    let excludes = ai.def().excludes;
    !excludes.is_empty() && excludes.split(',').any(|pattern| other.matches(pattern))
}
