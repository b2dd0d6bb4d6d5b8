//! What is wrong with an element string. Offsets count bytes from the start of the text.

use super::{ELEMENTS_MAX, TEXT_LEN_MAX};
use crate::ai::{Ai, AssociationError, ValueError};
use thiserror::Error;

/// A defect of an element string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ElementError {
    /// Nothing to read.
    #[error("the element string is empty")]
    Empty,
    /// More bytes than are read.
    #[error("the element string has {found} bytes, more than {TEXT_LEN_MAX}")]
    TooLong {
        /// The bytes given.
        found: usize,
    },
    /// More elements than are read.
    #[error("more than {ELEMENTS_MAX} elements, at byte {offset}")]
    TooMany {
        /// Where the surplus element's value starts.
        offset: usize,
    },
    /// An opening bracket is missing.
    #[error("expected ( at byte {offset}")]
    OpeningBracket {
        /// Where it should be.
        offset: usize,
    },
    /// A closing bracket is missing.
    #[error("expected ) behind the application identifier at byte {offset}")]
    ClosingBracket {
        /// Where the application identifier starts.
        offset: usize,
    },
    /// No assigned application identifier.
    #[error("no application identifier at byte {offset}")]
    UnknownAi {
        /// Where it should start.
        offset: usize,
    },
    /// A value does not fit its AI.
    #[error("at byte {offset}: {source}")]
    Value {
        /// What is wrong; its offset counts from the start of the value.
        source: ValueError,
        /// Where the value starts.
        offset: usize,
    },
    /// An AI stands there twice with different values.
    #[error("AI ({ai}) at byte {offset} repeats with another value")]
    Repeated {
        /// The AI.
        ai: Ai,
        /// Where the later value starts.
        offset: usize,
    },
    /// AIs that do not go together.
    #[error("at byte {offset}: {source}")]
    Association {
        /// Which rule.
        source: AssociationError,
        /// Where the value of the AI starts whose rule it is.
        offset: usize,
    },
    /// A digital signature beside a key that names a class.
    #[error("AI (8030) needs a serial number in AI ({ai})")]
    SignedClass {
        /// The key's AI.
        ai: Ai,
        /// Where its value starts.
        offset: usize,
    },
}

impl ElementError {
    /// The same error, seen from a text in which the element string starts at byte `base`.
    pub(crate) fn shifted(mut self, base: usize) -> Self {
        match &mut self {
            Self::Empty | Self::TooLong { .. } => {}
            Self::TooMany { offset }
            | Self::OpeningBracket { offset }
            | Self::ClosingBracket { offset }
            | Self::UnknownAi { offset }
            | Self::Value { offset, .. }
            | Self::Repeated { offset, .. }
            | Self::Association { offset, .. }
            | Self::SignedClass { offset, .. } => *offset += base,
        }
        self
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "element-string-empty",
            Self::TooLong { .. } => "element-string-too-long",
            Self::TooMany { .. } => "element-string-too-many",
            Self::OpeningBracket { .. } => "element-string-opening-bracket",
            Self::ClosingBracket { .. } => "element-string-closing-bracket",
            Self::UnknownAi { .. } => "ai-unknown",
            Self::Value { source, .. } => source.code(),
            Self::Repeated { .. } => "ai-repeated",
            Self::Association { source, .. } => source.code(),
            Self::SignedClass { .. } => "signature-needs-serial",
        }
    }

    /// Where the defect is.
    pub fn offset(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::TooLong { .. } => TEXT_LEN_MAX,
            Self::TooMany { offset }
            | Self::OpeningBracket { offset }
            | Self::ClosingBracket { offset }
            | Self::UnknownAi { offset }
            | Self::Repeated { offset, .. }
            | Self::Association { offset, .. }
            | Self::SignedClass { offset, .. } => *offset,
            Self::Value { source, offset } => offset + source.offset(),
        }
    }

    /// The AI concerned, where there is one.
    pub fn ai(&self) -> Option<Ai> {
        match self {
            Self::Value { source, .. } => Some(source.ai()),
            Self::Association { source, .. } => Some(source.ai()),
            Self::Repeated { ai, .. } | Self::SignedClass { ai, .. } => Some(*ai),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Empty => "give at least one application identifier with its value",
            Self::TooLong { .. } | Self::TooMany { .. } => {
                "give the content of one symbol at a time"
            }
            Self::OpeningBracket { .. } => "put every application identifier in brackets",
            Self::ClosingBracket { .. } => {
                "close the bracket, or write a bracket inside a value as \\("
            }
            Self::UnknownAi { .. } => {
                "check the digits, and the separator behind the value before them"
            }
            Self::Value { source, .. } => source.remedy(),
            Self::Repeated { .. } => "keep the right one of the two values",
            Self::Association { source, .. } => source.remedy(),
            Self::SignedClass { .. } => "sign an instance: add its serial number",
        }
    }
}
