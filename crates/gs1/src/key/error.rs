//! Why a text names nothing.

use super::read::KEY_LEN_MAX;
use crate::ai::Ai;
use crate::digital_link::DigitalLinkError;
use crate::element::ElementError;
use crate::epc::EpcError;
use thiserror::Error;

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Nothing to read.
    #[error("the identifier is empty")]
    Empty,
    /// More bytes than are read.
    #[error("the identifier has {found} bytes, more than {KEY_LEN_MAX}")]
    TooLong {
        /// The bytes given.
        found: usize,
    },
    /// Neither a URI nor a bracketed element string.
    #[error("the identifier is not a URI: byte {offset}")]
    NotAUri {
        /// Where it stops being one.
        offset: usize,
    },
    /// A broken EPC URN.
    #[error(transparent)]
    Epc(#[from] EpcError),
    /// A broken Digital Link URI.
    #[error(transparent)]
    DigitalLink(#[from] DigitalLinkError),
    /// A broken element string.
    #[error(transparent)]
    Element(#[from] ElementError),
    /// An element string without a key.
    #[error("the element string has no key")]
    NoKey,
    /// An element string with more than one key for what it marks.
    #[error("AI ({first}) and AI ({second}) both identify something")]
    Ambiguous {
        /// One key.
        first: Ai,
        /// Another one.
        second: Ai,
    },
}

impl KeyError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "key-empty",
            Self::TooLong { .. } => "key-too-long",
            Self::NotAUri { .. } => "key-not-a-uri",
            Self::Epc(error) => error.code(),
            Self::DigitalLink(error) => error.code(),
            Self::Element(error) => error.code(),
            Self::NoKey => "key-missing",
            Self::Ambiguous { .. } => "key-ambiguous",
        }
    }

    /// Where the defect is, in bytes from the start of the text.
    pub fn offset(&self) -> usize {
        match self {
            Self::Empty | Self::NoKey | Self::Ambiguous { .. } => 0,
            Self::TooLong { .. } => KEY_LEN_MAX,
            Self::NotAUri { offset } => *offset,
            Self::Epc(error) => error.offset(),
            Self::DigitalLink(error) => error.offset(),
            Self::Element(error) => error.offset(),
        }
    }

    /// The AI concerned, where there is one.
    pub fn ai(&self) -> Option<Ai> {
        match self {
            Self::Epc(error) => error.ai(),
            Self::DigitalLink(error) => error.ai(),
            Self::Element(error) => error.ai(),
            Self::Ambiguous { first, .. } => Some(*first),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Empty | Self::NotAUri { .. } => {
                "give an EPC URN, a Digital Link URI, a bracketed element string or another URI"
            }
            Self::TooLong { .. } => "give the identifier alone",
            Self::Epc(error) => error.remedy(),
            Self::DigitalLink(error) => error.remedy(),
            Self::Element(error) => error.remedy(),
            Self::NoKey => "add the application identifier of a key, such as (01) or (00)",
            Self::Ambiguous { .. } => "give the key of one object at a time",
        }
    }
}
