//! Identifiers and scalars. All are opaque here: a profile decides what their bytes mean.

mod opaque;
mod scalar;

use thiserror::Error;

pub use opaque::{
    ClassId, DocumentId, FactKey, GroupId, ObjectId, ObjectSet, PartyId, Scope, SourceId, Value,
};
pub use scalar::{
    Amount, ChainId, Code, Digest32, EventId, Height, OrderId, ProfileRef, PublicKey, Role,
    Signature, TimeMs, TxId,
};

/// An identifier was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IdError {
    /// No bytes at all.
    #[error("the {what} identifier is empty")]
    Empty {
        /// Kind of identifier.
        what: &'static str,
    },
    /// More bytes than the limit.
    #[error("the {what} identifier has {len} bytes, more than {max}")]
    TooLong {
        /// Kind of identifier.
        what: &'static str,
        /// Bytes given.
        len: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// The same object twice in one list.
    #[error("object {object} is listed twice")]
    Repeated {
        /// The object.
        object: Box<ObjectId>,
    },
}

impl IdError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "identifier-empty",
            Self::TooLong { .. } => "identifier-too-long",
            Self::Repeated { .. } => "object-repeated",
        }
    }
}
