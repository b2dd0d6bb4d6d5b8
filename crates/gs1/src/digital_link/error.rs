//! What is wrong with a Digital Link URI. Offsets count bytes from the start of the URI.

use super::URI_LEN_MAX;
use crate::ai::{Ai, ValueError};
use crate::element::{ELEMENTS_MAX, ElementError};
use thiserror::Error;

/// A defect of a Digital Link URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DigitalLinkError {
    /// No web address, or one whose path has no primary key.
    #[error("the path has no GS1 primary key")]
    NoKey,
    /// A compressed Digital Link URI.
    #[error("the Digital Link URI is compressed")]
    Compressed,
    /// More bytes than are read.
    #[error("the URI has {found} bytes, more than {URI_LEN_MAX}")]
    TooLong {
        /// The bytes given.
        found: usize,
    },
    /// More parameters than are read.
    #[error("more than {ELEMENTS_MAX} parameters, at byte {offset}")]
    TooMany {
        /// Where the surplus one starts.
        offset: usize,
    },
    /// An application identifier without value at the end of the path.
    #[error("the path ends without a value at byte {offset}")]
    IncompletePath {
        /// Where the last segment starts.
        offset: usize,
    },
    /// No assigned application identifier.
    #[error("no application identifier at byte {offset}")]
    UnknownAi {
        /// Where it should start.
        offset: usize,
    },
    /// An AI in the path that is no qualifier of the key.
    #[error("AI ({ai}) at byte {offset} is no qualifier of key ({key})")]
    NotAQualifier {
        /// The primary key's AI.
        key: Ai,
        /// The AI in question.
        ai: Ai,
        /// Where it starts.
        offset: usize,
    },
    /// A qualifier before one that must precede it, or beside one of another sequence.
    #[error("qualifier ({ai}) of key ({key}) at byte {offset} is out of order")]
    QualifierOrder {
        /// The primary key's AI.
        key: Ai,
        /// The AI in question.
        ai: Ai,
        /// Where it starts.
        offset: usize,
    },
    /// An AI in the query that must not be there.
    #[error("AI ({ai}) at byte {offset} is not allowed as a data attribute")]
    NotAnAttribute {
        /// The AI in question.
        ai: Ai,
        /// Where it starts.
        offset: usize,
    },
    /// A parameter of digits alone that is no AI.
    #[error("parameter at byte {offset} is digits alone, but no application identifier")]
    NumericParameter {
        /// Where it starts.
        offset: usize,
    },
    /// An AI that is there already.
    #[error("AI ({ai}) at byte {offset} is there already")]
    Repeated {
        /// The AI in question.
        ai: Ai,
        /// Where it starts.
        offset: usize,
    },
    /// A broken percent-encoding.
    #[error("% at byte {offset} does not encode a printable ASCII character")]
    PercentEncoding {
        /// Where the `%` is.
        offset: usize,
    },
    /// A value does not fit its AI.
    #[error("at byte {offset}: {source}")]
    Value {
        /// What is wrong; its own offset counts from the start of the decoded value.
        source: ValueError,
        /// Where the defect is in the URI.
        offset: usize,
    },
    /// Elements that do not make a URI.
    #[error(transparent)]
    Element(#[from] ElementError),
}

impl DigitalLinkError {
    /// The same error, seen from a text in which the URI starts at byte `base`.
    pub(crate) fn shifted(mut self, base: usize) -> Self {
        match &mut self {
            Self::NoKey | Self::Compressed | Self::TooLong { .. } => {}
            Self::TooMany { offset }
            | Self::IncompletePath { offset }
            | Self::UnknownAi { offset }
            | Self::NotAQualifier { offset, .. }
            | Self::QualifierOrder { offset, .. }
            | Self::NotAnAttribute { offset, .. }
            | Self::NumericParameter { offset }
            | Self::Repeated { offset, .. }
            | Self::PercentEncoding { offset }
            | Self::Value { offset, .. } => *offset += base,
            Self::Element(error) => *error = error.shifted(base),
        }
        self
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoKey => "digital-link-no-key",
            Self::Compressed => "digital-link-compressed",
            Self::TooLong { .. } => "digital-link-too-long",
            Self::TooMany { .. } => "digital-link-too-many",
            Self::IncompletePath { .. } => "digital-link-incomplete-path",
            Self::UnknownAi { .. } => "ai-unknown",
            Self::NotAQualifier { .. } => "digital-link-not-a-qualifier",
            Self::QualifierOrder { .. } => "digital-link-qualifier-order",
            Self::NotAnAttribute { .. } => "digital-link-not-an-attribute",
            Self::NumericParameter { .. } => "digital-link-numeric-parameter",
            Self::Repeated { .. } => "ai-repeated",
            Self::PercentEncoding { .. } => "percent-encoding",
            Self::Value { source, .. } => source.code(),
            Self::Element(error) => error.code(),
        }
    }

    /// Where the defect is.
    pub fn offset(&self) -> usize {
        match self {
            Self::NoKey | Self::Compressed => 0,
            Self::TooLong { .. } => URI_LEN_MAX,
            Self::TooMany { offset }
            | Self::IncompletePath { offset }
            | Self::UnknownAi { offset }
            | Self::NotAQualifier { offset, .. }
            | Self::QualifierOrder { offset, .. }
            | Self::NotAnAttribute { offset, .. }
            | Self::NumericParameter { offset }
            | Self::Repeated { offset, .. }
            | Self::PercentEncoding { offset }
            | Self::Value { offset, .. } => *offset,
            Self::Element(error) => error.offset(),
        }
    }

    /// The AI concerned, where there is one.
    pub fn ai(&self) -> Option<Ai> {
        match self {
            Self::NotAQualifier { ai, .. }
            | Self::QualifierOrder { ai, .. }
            | Self::NotAnAttribute { ai, .. }
            | Self::Repeated { ai, .. } => Some(*ai),
            Self::Value { source, .. } => Some(source.ai()),
            Self::Element(error) => error.ai(),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NoKey => "give a URI with a primary key in its path, as in /01/04012345123456",
            Self::Compressed => "decompress the URI before sending it",
            Self::TooLong { .. } | Self::TooMany { .. } => "give the URI of one item",
            Self::IncompletePath { .. } => "give every application identifier of the path a value",
            Self::UnknownAi { .. } => "check the digits of the application identifier",
            Self::NotAQualifier { .. } => "move it into the query, or leave it out",
            Self::QualifierOrder { .. } => "put the qualifiers into the order of the standard",
            Self::NotAnAttribute { .. } => "move it into the path, or leave it out",
            Self::NumericParameter { .. } => {
                "name parameters that are no application identifiers with a letter"
            }
            Self::Repeated { .. } => "keep one of the two",
            Self::PercentEncoding { .. } => "write % itself as %25",
            Self::Value { source, .. } => source.remedy(),
            Self::Element(error) => error.remedy(),
        }
    }
}
