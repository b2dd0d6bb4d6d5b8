//! Why bytes were not accepted, and where.

use thiserror::Error;

/// A decoder refused its input. Every variant carries the byte offset.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The input ends inside a value.
    #[error("the input ends at byte {at}, inside a value")]
    Truncated {
        /// Byte offset.
        at: usize,
    },
    /// Bytes are left over after the value.
    #[error("{left} bytes are left over from byte {at}")]
    Trailing {
        /// Byte offset.
        at: usize,
        /// Number of bytes left over.
        left: usize,
    },
    /// An integer is not in its shortest form.
    #[error("the integer at byte {at} is not in its shortest form")]
    NotMinimal {
        /// Byte offset.
        at: usize,
    },
    /// An integer does not fit its type.
    #[error("the integer at byte {at} is too large for its field")]
    Overflow {
        /// Byte offset.
        at: usize,
    },
    /// A list, text or byte string exceeds its limit.
    #[error("{len} at byte {at} exceeds the limit of {max}")]
    TooLong {
        /// Byte offset.
        at: usize,
        /// Stated length.
        len: u64,
        /// Limit of this field.
        max: usize,
    },
    /// A boolean, option or enum tag has no meaning.
    #[error("tag {tag} at byte {at} is unknown")]
    UnknownTag {
        /// Byte offset.
        at: usize,
        /// The tag found.
        tag: u64,
    },
    /// A record or transaction has a version that this software does not know.
    #[error("version {version} at byte {at} is unknown")]
    UnknownVersion {
        /// Byte offset.
        at: usize,
        /// The version found.
        version: u8,
    },
    /// The entries of a set, map or id list are not strictly ascending (or a shared prefix is not maximal).
    #[error("the entries at byte {at} are not strictly ascending in canonical form")]
    NotAscending {
        /// Byte offset.
        at: usize,
    },
    /// A text is not UTF-8.
    #[error("the text at byte {at} is not UTF-8")]
    NotUtf8 {
        /// Byte offset.
        at: usize,
    },
    /// An identifier is empty or otherwise outside its domain.
    #[error("the value at byte {at} is outside its domain")]
    OutOfDomain {
        /// Byte offset.
        at: usize,
    },
}

impl CodecError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "truncated",
            Self::Trailing { .. } => "trailing-bytes",
            Self::NotMinimal { .. } => "integer-not-minimal",
            Self::Overflow { .. } => "integer-overflow",
            Self::TooLong { .. } => "too-long",
            Self::UnknownTag { .. } => "unknown-tag",
            Self::UnknownVersion { .. } => "unknown-version",
            Self::NotAscending { .. } => "not-ascending",
            Self::NotUtf8 { .. } => "not-utf8",
            Self::OutOfDomain { .. } => "out-of-domain",
        }
    }

    /// Byte offset in the input.
    pub const fn position(&self) -> usize {
        match self {
            Self::Truncated { at }
            | Self::Trailing { at, .. }
            | Self::NotMinimal { at }
            | Self::Overflow { at }
            | Self::TooLong { at, .. }
            | Self::UnknownTag { at, .. }
            | Self::UnknownVersion { at, .. }
            | Self::NotAscending { at }
            | Self::NotUtf8 { at }
            | Self::OutOfDomain { at } => *at,
        }
    }
}
