//! Who answers for which trade items.
//!
//! Several responders may answer for one item when their ranges of expiry dates do not overlap: after a merger the old
//! owner answers for old packs. A directory that would give two answers is refused when the node starts.

use std::collections::BTreeMap;

use jiff::civil::Date;
use pangolin_gs1::id::Gtin;
use serde::Deserialize;
use thiserror::Error;

use super::{
    policy::Policy,
    request::{Expiry, is_gln},
};

/// An entry of the directory, as it is configured.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Responder {
    /// Who answers: 13 digits. `maker` answers for every item that is on the chain and not listed otherwise, in the name of
    /// whoever made the lot.
    pub gln: String,
    /// Trade items, each with 8, 12, 13 or 14 digits.
    #[serde(default)]
    pub gtins: Vec<String>,
    /// GS1 company prefixes (6 to 12 digits): every item with such a prefix that is not listed itself.
    #[serde(default)]
    pub prefixes: Vec<String>,
    /// First expiry date, `YYYY-MM-DD`.
    #[serde(default)]
    pub expiry_from: Option<String>,
    /// Last expiry date, `YYYY-MM-DD`.
    #[serde(default)]
    pub expiry_to: Option<String>,
    /// Its policy.
    #[serde(default)]
    pub policy: Policy,
}

impl Responder {
    /// Whoever made the lot, under the default policy.
    pub fn maker() -> Self {
        Self {
            gln: MAKER.to_owned(),
            gtins: Vec::new(),
            prefixes: Vec::new(),
            expiry_from: None,
            expiry_to: None,
            policy: Policy::default(),
        }
    }
}

/// The word that stands for whoever made the lot.
const MAKER: &str = "maker";

/// The directory contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DirectoryError {
    /// No GLN.
    #[error("responder {0:?} is neither a GLN of 13 digits nor \"maker\"")]
    Gln(String),
    /// No GTIN.
    #[error("{0:?} is no GTIN with a valid check digit")]
    Gtin(String),
    /// No company prefix.
    #[error("{0:?} is no company prefix of 6 to 12 digits")]
    Prefix(String),
    /// No date.
    #[error("{0:?} is no date of the form YYYY-MM-DD, or the range is empty")]
    Date(String),
    /// Two responders for the same item and expiry date.
    #[error("two responders answer for {0} with overlapping expiry dates")]
    Overlap(String),
    /// An entry without items.
    #[error("responder {0} names no items")]
    Empty(String),
}

impl DirectoryError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Gln(_) => "directory-gln",
            Self::Gtin(_) => "directory-gtin",
            Self::Prefix(_) => "directory-prefix",
            Self::Date(_) => "directory-date",
            Self::Overlap(_) => "directory-overlap",
            Self::Empty(_) => "directory-empty",
        }
    }
}

#[derive(Debug, Clone)]
struct Entry {
    from: Date,
    to: Date,
    gln: String,
    policy: Policy,
}

/// The directory.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    items: BTreeMap<String, Vec<Entry>>,
    prefixes: BTreeMap<String, Vec<Entry>>,
    makers: Option<Policy>,
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found<'a> {
    /// A responder that is listed.
    Responder {
        /// Its GLN.
        gln: &'a str,
        /// Its policy.
        policy: &'a Policy,
    },
    /// Nobody that is listed.
    Nobody,
}

impl Directory {
    /// Builds the directory.
    pub fn new(responders: &[Responder]) -> Result<Self, DirectoryError> {
        let mut directory = Self::default();
        for responder in responders {
            directory.add(responder)?;
        }
        Ok(directory)
    }

    fn add(&mut self, responder: &Responder) -> Result<(), DirectoryError> {
        if responder.gln == MAKER {
            self.makers = Some(responder.policy);
            return Ok(());
        }
        if !is_gln(&responder.gln) {
            return Err(DirectoryError::Gln(responder.gln.clone()));
        }
        if responder.gtins.is_empty() && responder.prefixes.is_empty() {
            return Err(DirectoryError::Empty(responder.gln.clone()));
        }
        let from = date(responder.expiry_from.as_ref(), Date::MIN)?;
        let to = date(responder.expiry_to.as_ref(), Date::MAX)?;
        if from > to {
            return Err(DirectoryError::Date(
                responder.expiry_to.clone().unwrap_or_default(),
            ));
        }
        let entry = Entry {
            from,
            to,
            gln: responder.gln.clone(),
            policy: responder.policy,
        };
        for gtin in &responder.gtins {
            let item = Gtin::new(gtin).map_err(|_| DirectoryError::Gtin(gtin.clone()))?;
            insert(&mut self.items, item.as_str(), entry.clone())?;
        }
        for prefix in &responder.prefixes {
            let good =
                (6..=12).contains(&prefix.len()) && prefix.bytes().all(|b| b.is_ascii_digit());
            if !good {
                return Err(DirectoryError::Prefix(prefix.clone()));
            }
            insert(&mut self.prefixes, prefix, entry.clone())?;
        }
        Ok(())
    }

    /// Who answers for an item with this expiry date.
    pub fn find(&self, gtin: &Gtin, expiry: Expiry) -> Found<'_> {
        let date = expiry.date();
        self.entries(gtin)
            .find(|entry| entry.from <= date && date <= entry.to)
            .map_or(Found::Nobody, Entry::found)
    }

    /// Who answers for an item, whatever its expiry date.
    pub fn any(&self, gtin: &Gtin) -> Found<'_> {
        self.entries(gtin)
            .next()
            .map_or(Found::Nobody, Entry::found)
    }

    /// The policy under which makers answer for what is not listed, if they do.
    pub const fn makers(&self) -> Option<&Policy> {
        self.makers.as_ref()
    }

    /// The entries of an item: its own, or those of its longest listed prefix.
    fn entries(&self, gtin: &Gtin) -> impl Iterator<Item = &Entry> {
        // the first digit of fourteen is the packaging level; the company prefix begins behind it
        let digits = gtin.as_str().get(1..).unwrap_or_default();
        let by_prefix = || {
            (6..=12)
                .rev()
                .find_map(|len| self.prefixes.get(digits.get(..len)?))
        };
        self.items
            .get(gtin.as_str())
            .or_else(by_prefix)
            .into_iter()
            .flatten()
    }
}

impl Entry {
    fn found(&self) -> Found<'_> {
        Found::Responder {
            gln: &self.gln,
            policy: &self.policy,
        }
    }
}

fn insert(
    map: &mut BTreeMap<String, Vec<Entry>>,
    key: &str,
    entry: Entry,
) -> Result<(), DirectoryError> {
    let entries = map.entry(key.to_owned()).or_default();
    if entries
        .iter()
        .any(|other| other.from <= entry.to && entry.from <= other.to)
    {
        return Err(DirectoryError::Overlap(key.to_owned()));
    }
    entries.push(entry);
    Ok(())
}

fn date(text: Option<&String>, default: Date) -> Result<Date, DirectoryError> {
    text.map_or(Ok(default), |text| {
        text.parse().map_err(|_| DirectoryError::Date(text.clone()))
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const ITEM: &str = "00312345678906";

    fn responder(gln: &str, gtins: &[&str], from: Option<&str>, to: Option<&str>) -> Responder {
        Responder {
            gln: gln.into(),
            gtins: gtins.iter().map(|gtin| (*gtin).to_owned()).collect(),
            prefixes: Vec::new(),
            expiry_from: from.map(str::to_owned),
            expiry_to: to.map(str::to_owned),
            policy: Policy::default(),
        }
    }

    fn gln(found: Found<'_>) -> Option<&str> {
        match found {
            Found::Responder { gln, .. } => Some(gln),
            Found::Nobody => None,
        }
    }

    #[test]
    fn expiry_dates_decide_after_a_merger() {
        let old = responder("1111111111111", &[ITEM], None, Some("2026-06-30"));
        let new = responder("2222222222222", &["312345678906"], Some("2026-07-01"), None);
        let directory = Directory::new(&[old, new]).unwrap();
        let gtin = Gtin::new(ITEM).unwrap();
        let at = |text| Expiry::parse(text, date(2026, 1, 1)).unwrap();
        assert_eq!(
            gln(directory.find(&gtin, at("260630"))),
            Some("1111111111111")
        );
        assert_eq!(
            gln(directory.find(&gtin, at("260701"))),
            Some("2222222222222")
        );
        assert_eq!(
            gln(directory.any(&Gtin::new("00312345678913").unwrap())),
            None
        );
    }

    #[test]
    fn items_come_before_longer_and_shorter_prefixes() {
        let mut by_prefix = responder("1111111111111", &[], None, None);
        by_prefix.prefixes = vec!["031234".into()];
        let mut longer = responder("3333333333333", &[], None, None);
        longer.prefixes = vec!["03123456".into()];
        let directory = Directory::new(&[by_prefix.clone(), longer]).unwrap();
        assert_eq!(
            gln(directory.any(&Gtin::new(ITEM).unwrap())),
            Some("3333333333333")
        );
        let item = responder("2222222222222", &[ITEM], None, None);
        let directory = Directory::new(&[by_prefix, item]).unwrap();
        assert_eq!(
            gln(directory.any(&Gtin::new(ITEM).unwrap())),
            Some("2222222222222")
        );
    }

    #[test]
    fn contradictions_are_refused() {
        let code = |responders: &[Responder]| {
            Directory::new(responders)
                .map(|_| ())
                .map_err(|error| error.code())
        };
        let ranged = |from, to| responder("1111111111111", &[ITEM], from, to);
        assert_eq!(
            code(&[ranged(None, None), ranged(Some("2026-01-01"), None)]),
            Err("directory-overlap")
        );
        assert_eq!(
            code(&[ranged(Some("2026-02-01"), Some("2026-01-01"))]),
            Err("directory-date")
        );
        assert_eq!(code(&[ranged(Some("soon"), None)]), Err("directory-date"));
        assert_eq!(
            code(&[responder("123", &[ITEM], None, None)]),
            Err("directory-gln")
        );
        assert_eq!(
            code(&[responder("1111111111111", &["123"], None, None)]),
            Err("directory-gtin")
        );
        assert_eq!(
            code(&[responder("1111111111111", &[], None, None)]),
            Err("directory-empty")
        );
        assert_eq!(code(&[responder("maker", &[], None, None)]), Ok(()));
    }
}
