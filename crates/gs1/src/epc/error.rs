//! What is wrong with an EPC URN. Offsets count bytes from the start of the URN.

use crate::ai::{Ai, ValueError};
use thiserror::Error;

/// A defect of an EPC URN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EpcError {
    /// Not `urn:epc:id:`, `urn:epc:idpat:` or `urn:epc:class:`.
    #[error("not an EPC pure identity, pattern or class URN")]
    Namespace,
    /// No scheme of the Tag Data Standard.
    #[error("no EPC scheme at byte {offset}")]
    UnknownScheme {
        /// Where its name starts.
        offset: usize,
    },
    /// Fewer or more fields than the scheme has.
    #[error("expected {expected} fields divided by dots, found {found}")]
    FieldCount {
        /// The fields of the scheme.
        expected: usize,
        /// The fields given.
        found: usize,
        /// Where the fields start.
        offset: usize,
    },
    /// A company prefix of another length than 6 to 12 digits.
    #[error("the company prefix at byte {offset} has {found} digits, not 6 to 12")]
    PrefixLength {
        /// Its length.
        found: usize,
        /// Where it starts.
        offset: usize,
    },
    /// A field that is too short or too long.
    #[error("the field at byte {offset} has {found} characters, not {}", span(*min, *max))]
    FieldLength {
        /// The fewest characters.
        min: usize,
        /// The most characters.
        max: usize,
        /// The characters given.
        found: usize,
        /// Where the field starts.
        offset: usize,
    },
    /// A character that the field does not have, or that must be escaped there.
    #[error("the character at byte {offset} does not belong there")]
    Character {
        /// Where it is.
        offset: usize,
    },
    /// A broken or unneeded escape.
    #[error("% at byte {offset} does not escape a character of this field")]
    Escape {
        /// Where the `%` is.
        offset: usize,
    },
    /// A number out of range or with leading zeros.
    #[error("the number at byte {offset} is not 0 to {max} without leading zeros")]
    Number {
        /// The largest number.
        max: u64,
        /// Where it starts.
        offset: usize,
    },
    /// A check digit of a foreign scheme is wrong.
    #[error("check digit at byte {offset} does not match")]
    CheckDigit {
        /// Where it is.
        offset: usize,
    },
    /// A `*` where none may be: outside of patterns, or before a field that is given.
    #[error("* at byte {offset} is not allowed")]
    Wildcard {
        /// Where it is.
        offset: usize,
    },
    /// A pattern without any `*`.
    #[error("a pattern needs * at byte {offset}")]
    NotAPattern {
        /// Where the last field starts.
        offset: usize,
    },
    /// A value does not fit the AI it stands for.
    #[error("at byte {offset}: {source}")]
    Value {
        /// What is wrong; its own offset counts from the start of the value.
        source: ValueError,
        /// Where the defect is in the URN.
        offset: usize,
    },
}

impl EpcError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Namespace => "epc-namespace",
            Self::UnknownScheme { .. } => "epc-unknown-scheme",
            Self::FieldCount { .. } => "epc-field-count",
            Self::PrefixLength { .. } => "epc-prefix-length",
            Self::FieldLength { .. } => "epc-field-length",
            Self::Character { .. } => "epc-character",
            Self::Escape { .. } => "epc-escape",
            Self::Number { .. } => "epc-number",
            Self::CheckDigit { .. } => "incorrect-check-digit",
            Self::Wildcard { .. } => "epc-wildcard",
            Self::NotAPattern { .. } => "epc-not-a-pattern",
            Self::Value { source, .. } => source.code(),
        }
    }

    /// Where the defect is.
    pub fn offset(&self) -> usize {
        match self {
            Self::Namespace => 0,
            Self::UnknownScheme { offset }
            | Self::FieldCount { offset, .. }
            | Self::PrefixLength { offset, .. }
            | Self::FieldLength { offset, .. }
            | Self::Character { offset }
            | Self::Escape { offset }
            | Self::Number { offset, .. }
            | Self::CheckDigit { offset }
            | Self::Wildcard { offset }
            | Self::NotAPattern { offset }
            | Self::Value { offset, .. } => *offset,
        }
    }

    /// The AI concerned, where there is one.
    pub fn ai(&self) -> Option<Ai> {
        match self {
            Self::Value { source, .. } => Some(source.ai()),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Namespace => "start with urn:epc:id:, urn:epc:idpat: or urn:epc:class:",
            Self::UnknownScheme { .. } => {
                "check the name of the scheme; it is written in lower case"
            }
            Self::FieldCount { .. } => "give every field of the scheme, divided by dots",
            Self::PrefixLength { .. } => "divide the key at the end of the licensed company prefix",
            Self::FieldLength { .. } => {
                "check where the company prefix ends, and leave check digits out"
            }
            Self::Character { .. } => {
                "escape \" % & / < > ? as %22 %25 %26 %2F %3C %3E %3F, and remove what is not allowed"
            }
            Self::Escape { .. } => "follow % by the two hexadecimal digits of an allowed character",
            Self::Number { .. } => "give the number without leading zeros, within its range",
            Self::CheckDigit { .. } => "re-read the number: its check digit does not match",
            Self::Wildcard { .. } => "give every field, or write a pattern with urn:epc:idpat:",
            Self::NotAPattern { .. } => {
                "write * for the last field, or an identity with urn:epc:id:"
            }
            Self::Value { source, .. } => source.remedy(),
        }
    }
}

/// `7`, or `6 to 12`.
fn span(min: usize, max: usize) -> String {
    if min == max {
        min.to_string()
    } else {
        format!("{min} to {max}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_one_number_or_a_span() {
        let wrong = |min, max| EpcError::FieldLength {
            min,
            max,
            found: 6,
            offset: 24,
        };
        let text = "the field at byte 24 has 6 characters, not";
        assert_eq!(wrong(7, 7).to_string(), format!("{text} 7"));
        assert_eq!(wrong(1, 5).to_string(), format!("{text} 1 to 5"));
    }
}
