//! Lengths of GS1 Company Prefixes: what an EPC URN shows and every other form of a key hides.
//!
//! A URN divides a key at the end of its company prefix, so it can only be written by who knows that length: from the
//! URN the key came from, or from a table of the operator. It is never guessed.

use std::collections::BTreeMap;
use thiserror::Error;

/// The number of digits of a GS1 Company Prefix as EPC URNs show it: 6 to 12 (EPC Tag Data Standard, section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrefixLen(u8);

impl PrefixLen {
    /// The shortest.
    pub const MIN: usize = 6;
    /// The longest.
    pub const MAX: usize = 12;

    /// `None` unless `digits` is 6 to 12.
    pub fn new(digits: usize) -> Option<Self> {
        if !(Self::MIN..=Self::MAX).contains(&digits) {
            return None;
        }
        u8::try_from(digits).ok().map(Self)
    }

    /// The number of digits.
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

/// Who knows how long company prefixes are.
pub trait CompanyPrefixes {
    /// The length of the prefix that starts `key`, a key from its first prefix digit on; `None` if unknown.
    fn prefix_len(&self, key: &str) -> Option<PrefixLen>;
}

/// The length that is known from elsewhere, such as the URN the key was read from.
impl CompanyPrefixes for PrefixLen {
    fn prefix_len(&self, _key: &str) -> Option<PrefixLen> {
        Some(*self)
    }
}

/// A prefix that does not go into a table.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PrefixTableError {
    /// Not 6 to 12 digits.
    #[error("a company prefix has 6 to 12 digits, not as in {prefix:?}")]
    Malformed {
        /// What was given.
        prefix: String,
    },
    /// One prefix starts the other: only one of them can be licensed.
    #[error("company prefix {prefix} and {other}, which is in the table, start alike")]
    Overlap {
        /// What was given.
        prefix: String,
        /// What is there.
        other: String,
    },
    /// The table is full.
    #[error("the table has {PREFIXES_MAX} company prefixes already")]
    Full,
}

impl PrefixTableError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "prefix-malformed",
            Self::Overlap { .. } => "prefix-overlap",
            Self::Full => "prefix-table-full",
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => {
                "give the prefix as licensed, with a leading zero for a U.P.C. prefix"
            }
            Self::Overlap { .. } => "look both prefixes up and remove the wrong one",
            Self::Full => "remove prefixes that are not used",
        }
    }
}

/// The most prefixes of one table: a bound on its memory, about 100 MB.
pub const PREFIXES_MAX: usize = 1_000_000;

/// A table of company prefixes that an operator supplies. No prefix starts another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrefixTable {
    prefixes: BTreeMap<String, PrefixLen>,
}

impl PrefixTable {
    /// An empty table: every length is unknown.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a prefix; one that is there already stays.
    pub fn insert(&mut self, prefix: &str) -> Result<(), PrefixTableError> {
        let digits = prefix.bytes().all(|byte| byte.is_ascii_digit());
        let Some(len) = PrefixLen::new(prefix.len()).filter(|_| digits) else {
            let prefix = prefix.chars().take(2 * PrefixLen::MAX).collect();
            return Err(PrefixTableError::Malformed { prefix });
        };
        let longer = self
            .prefixes
            .range(prefix.to_owned()..)
            .next()
            .map(|(other, _)| other);
        let longer = longer.filter(|other| other.starts_with(prefix));
        if let Some(other) = self.starting(prefix).or(longer.map(String::as_str)) {
            if other == prefix {
                return Ok(());
            }
            let (prefix, other) = (prefix.to_owned(), other.to_owned());
            return Err(PrefixTableError::Overlap { prefix, other });
        }
        if self.prefixes.len() >= PREFIXES_MAX {
            return Err(PrefixTableError::Full);
        }
        self.prefixes.insert(prefix.to_owned(), len);
        Ok(())
    }

    /// How many prefixes there are.
    pub fn len(&self) -> usize {
        self.prefixes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }

    /// The prefix of the table that starts `key`.
    fn starting(&self, key: &str) -> Option<&str> {
        (PrefixLen::MIN..=PrefixLen::MAX).find_map(|len| {
            let (prefix, _) = self.prefixes.get_key_value(key.get(..len)?)?;
            Some(prefix.as_str())
        })
    }
}

impl CompanyPrefixes for PrefixTable {
    fn prefix_len(&self, key: &str) -> Option<PrefixLen> {
        self.starting(key)
            .and_then(|prefix| PrefixLen::new(prefix.len()))
    }
}

/// Operators without a table.
impl CompanyPrefixes for () {
    fn prefix_len(&self, _key: &str) -> Option<PrefixLen> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_bounds() {
        for (digits, valid) in [(5, false), (6, true), (12, true), (13, false), (262, false)] {
            assert_eq!(PrefixLen::new(digits).is_some(), valid);
        }
    }

    #[test]
    fn tables_find_the_prefix_of_a_key() {
        let mut table = PrefixTable::new();
        for prefix in ["4012345", "061414", "061414"] {
            table.insert(prefix).unwrap();
        }
        assert_eq!(table.len(), 2);
        assert_eq!(table.prefix_len("4012345123456"), PrefixLen::new(7));
        assert_eq!(table.prefix_len("0614141"), PrefixLen::new(6));
        assert_eq!(table.prefix_len("4012346"), None);
        assert_eq!(table.prefix_len(""), None);
    }

    #[test]
    fn prefixes_that_start_alike_are_refused() {
        let mut table = PrefixTable::new();
        table.insert("4012345").unwrap();
        for (prefix, code) in [
            ("40123456", "prefix-overlap"),
            ("401234", "prefix-overlap"),
            ("40123", "prefix-malformed"),
            ("40123é", "prefix-malformed"),
            ("4012345678901", "prefix-malformed"),
        ] {
            let error = table.insert(prefix).unwrap_err();
            assert_eq!(error.code(), code, "{prefix}");
            assert!(!error.remedy().is_empty());
        }
        assert_eq!(table.len(), 1);
    }
}
