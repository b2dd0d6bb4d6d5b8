//! What is wrong with the value of an application identifier.

use super::Ai;
use crate::lint::{LintCode, LintError};
use thiserror::Error;

/// A value that does not fit its application identifier. Offsets count bytes from the start of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ValueError {
    /// Fewer characters than the AI needs.
    #[error("value of AI ({ai}) has {found} characters, at least {min} are needed")]
    TooShort {
        /// Of which AI.
        ai: Ai,
        /// The fewest characters.
        min: usize,
        /// The characters given.
        found: usize,
    },
    /// More characters than the AI allows.
    #[error("value of AI ({ai}) has {found} characters, at most {max} are allowed")]
    TooLong {
        /// Of which AI.
        ai: Ai,
        /// The most characters.
        max: usize,
        /// The characters given.
        found: usize,
    },
    /// A part of the value breaks its rule.
    #[error("value of AI ({ai}): {source}")]
    Lint {
        /// Of which AI.
        ai: Ai,
        /// Which rule, and where.
        source: LintError,
    },
    /// A GTIN of another length than 8, 12, 13 or 14 digits.
    #[error("a GTIN has 8, 12, 13 or 14 digits, not {found}")]
    GtinLength {
        /// The characters given.
        found: usize,
    },
}

impl ValueError {
    pub(crate) fn lint(ai: Ai, code: LintCode, offset: usize, len: usize) -> Self {
        let source = LintError::new(code, offset, len);
        Self::Lint { ai, source }
    }

    /// The AI whose value it is.
    pub fn ai(&self) -> Ai {
        match self {
            Self::TooShort { ai, .. } | Self::TooLong { ai, .. } | Self::Lint { ai, .. } => *ai,
            Self::GtinLength { .. } => Ai::GTIN,
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooShort { .. } => "value-too-short",
            Self::TooLong { .. } => "value-too-long",
            Self::Lint { source, .. } => source.code.code(),
            Self::GtinLength { .. } => "gtin-length",
        }
    }

    /// Where the defect is, in bytes from the start of the value.
    pub fn offset(&self) -> usize {
        match self {
            Self::TooShort { found, .. } => *found,
            Self::TooLong { max, .. } => *max,
            Self::Lint { source, .. } => source.offset,
            Self::GtinLength { .. } => 0,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::TooShort { .. } => "give the whole value",
            Self::TooLong { .. } => {
                "shorten the value, or put the separator behind it that divides it from the next AI"
            }
            Self::Lint { source, .. } => source.code.remedy(),
            Self::GtinLength { .. } => "give all 8, 12, 13 or 14 digits of the GTIN",
        }
    }
}
