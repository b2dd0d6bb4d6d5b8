//! EPC patterns, and families: what the objects of an event have in common.
//!
//! A pattern that gives a company prefix stands for keys of that company. A URN shows its prefix, and one of another length is
//! another company, whatever the digits. Of a key in another notation the prefix is known only if events have shown it in URNs
//! (see [`Prefixes`]); if not, its digits decide: nothing that is known speaks against it. A pattern that gives everything but
//! the serial number names a class, which is the same in every notation.
//!
//! A family is the class of an object, or the first digits of an identifier without class. The index keeps the families
//! of an event instead of matching a pattern against each of its 40,000 objects.

use pangolin_gs1::{
    CompanyPrefixes, Key, PrefixLen,
    epc::{EpcPattern, Scheme},
};

use super::Prefixes;

/// Characters of an identifier without class that make its family: no GS1 Company Prefix is shorter.
const STEM: usize = 6;

/// Matches identifiers of objects or classes (EPCIS 2.0 §8.2.7.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// This object or class.
    Exact(Key),
    /// Every object of this class.
    OfClass(Key),
    /// Every object or class that the pattern spans.
    Wide {
        /// The pattern.
        pattern: EpcPattern,
        /// Company prefixes that bear on it.
        prefixes: Prefixes,
    },
}

impl Pattern {
    /// Reads a parameter of `MATCH_epc` and its like: a pattern stands for objects.
    pub(crate) fn of_objects(key: Key) -> Self {
        match key {
            Key::Pattern(pattern) => Self::wide(pattern),
            key if key.is_class() && !matches!(key, Key::Lgtin { .. } | Key::ItipLot { .. }) => {
                Self::OfClass(key)
            }
            key => Self::Exact(key),
        }
    }

    /// Reads a parameter of `MATCH_epcClass` and its like.
    pub(crate) fn of_classes(key: Key) -> Self {
        match key {
            Key::Pattern(pattern) => Self::wide(pattern),
            key => Self::Exact(key),
        }
    }

    fn wide(pattern: EpcPattern) -> Self {
        Self::Wide {
            pattern,
            prefixes: Prefixes::default(),
        }
    }

    /// Whether it matches an identifier in any notation.
    pub fn matches(&self, uri: &str) -> bool {
        let Ok((key, shown)) = Key::parse_with_prefix(uri) else {
            return false;
        };
        match self {
            Self::Exact(wanted) => *wanted == key,
            Self::OfClass(class) => key.class().as_ref() == Some(class),
            Self::Wide { pattern, prefixes } => spans(pattern, &key, shown, prefixes),
        }
    }

    /// Whether a class may match of which only the canonical form is at hand.
    pub(crate) fn may_match(&self, canonical: &str) -> bool {
        match self {
            Self::Wide { pattern, .. } => Key::parse(canonical)
                .is_ok_and(|key| spans(pattern, &key, None, &Prefixes::default())),
            _ => self.matches(canonical),
        }
    }

    /// The company prefix that a pattern gives.
    pub(crate) fn company_prefix(&self) -> Option<&str> {
        let Self::Wide { pattern, .. } = self else {
            return None;
        };
        super::prefix::shown(pattern.as_str()).map(|(_, prefix)| prefix)
    }

    /// The family of everything it matches, or how to recognise the families.
    pub(crate) fn families(&self) -> Families<'_> {
        match self {
            Self::Exact(_) => Families::Irrelevant,
            Self::OfClass(class) => Families::One(class.canonical()),
            Self::Wide { pattern, .. } => Families::Many(pattern),
        }
    }
}

/// Which families may hold a match.
pub(crate) enum Families<'a> {
    /// Look for the object itself.
    Irrelevant,
    /// This one.
    One(String),
    /// Those for which [`may_span`] says so.
    Many(&'a EpcPattern),
}

/// The fields in front of the first `*`.
fn given(pattern: &EpcPattern) -> Vec<&str> {
    let body = pattern.as_str().rsplit(':').next().unwrap_or_default();
    body.split('.').take_while(|field| *field != "*").collect()
}

/// Where a company prefix ends: as the key showed it, else as other keys show it, else as the pattern has it.
struct Ends<'a> {
    shown: Option<PrefixLen>,
    known: &'a Prefixes,
    asked: PrefixLen,
}

impl CompanyPrefixes for Ends<'_> {
    fn prefix_len(&self, key: &str) -> Option<PrefixLen> {
        self.shown
            .or_else(|| self.known.prefix_len(key))
            .or(Some(self.asked))
    }
}

/// Whether a pattern stands for `key`.
fn spans(pattern: &EpcPattern, key: &Key, shown: Option<PrefixLen>, known: &Prefixes) -> bool {
    let fields = given(pattern);
    let prefix = fields.first().and_then(|first| PrefixLen::new(first.len()));
    // With no field given, any length shows the scheme.
    let asked = prefix.or_else(|| PrefixLen::new(PrefixLen::MIN));
    let urn = match (key, asked) {
        (Key::Foreign(foreign), _) => foreign.as_str().to_owned(),
        (key, Some(asked)) => {
            let ends = Ends {
                shown,
                known,
                asked,
            };
            match key.to_urn(&ends) {
                Ok(urn) => urn,
                Err(_) => return false,
            }
        }
        _ => return false,
    };
    let mut parts = urn.splitn(5, ':').skip(3);
    let (Some(scheme), Some(body)) = (parts.next(), parts.next()) else {
        return false;
    };
    scheme == pattern.scheme().name() && {
        let mut own = body.split('.');
        fields.iter().all(|field| own.next() == Some(*field))
    }
}

/// What the objects of an event have in common with others: the class, or the beginning of the identifier.
pub(crate) fn family(key: &Key) -> String {
    if let Some(class) = key.class() {
        return class.canonical();
    }
    let stem = |ai: &str, value: &str, len: usize| {
        let end = value
            .char_indices()
            .nth(len)
            .map_or(value.len(), |(at, _)| at);
        format!("{ai}/{}", value.get(..end).unwrap_or_default())
    };
    match key {
        // The extension digit stands in front of the company prefix.
        Key::Sscc(sscc) => stem("00", sscc.as_str(), STEM + 1),
        Key::Foreign(foreign) => format!("scheme/{}", foreign.scheme().name()),
        Key::Other(_) | Key::Pattern(_) => String::new(),
        key => {
            let first = key
                .parts()
                .next()
                .map(|(ai, value)| stem(&ai.to_string(), value, STEM));
            first.unwrap_or_default()
        }
    }
}

/// Whether a family may hold an object that the pattern stands for. May err on the side of yes.
pub(crate) fn may_span(pattern: &EpcPattern, family: &str) -> bool {
    let prefix = given(pattern)
        .first()
        .copied()
        .unwrap_or_default()
        .to_owned();
    let begins = |ai: &str, skip: usize| {
        let digits = family
            .strip_prefix(ai)
            .and_then(|rest| rest.strip_prefix('/'));
        digits.is_some_and(|digits| {
            let own = digits.get(skip..).unwrap_or_default();
            let len = own.len().min(prefix.len()).min(STEM);
            own.get(..len) == prefix.get(..len)
        })
    };
    let of_class = |ai: &str, skip: usize| {
        family
            .strip_prefix("https://id.gs1.org/")
            .is_some_and(|rest| {
                rest.strip_prefix(ai)
                    .and_then(|rest| rest.strip_prefix('/'))
                    .and_then(|value| value.get(skip..))
                    .is_some_and(|own| own.starts_with(&prefix) || prefix.is_empty())
            })
    };
    match pattern.scheme() {
        Scheme::Sgtin | Scheme::Upui => of_class("01", 1),
        Scheme::Itip => of_class("8006", 1),
        Scheme::Grai => of_class("8003", 1) || begins("8003", 1),
        Scheme::Gdti => of_class("253", 0) || begins("253", 0),
        Scheme::Sgcn => of_class("255", 0) || begins("255", 0),
        Scheme::Cpi => of_class("8010", 0) || begins("8010", 0),
        Scheme::Sscc => begins("00", 1),
        Scheme::Sgln => begins("414", 0),
        Scheme::Pgln => begins("417", 0),
        Scheme::Giai => begins("8004", 0),
        Scheme::Gsrn => begins("8018", 0),
        Scheme::Gsrnp => begins("8017", 0),
        Scheme::Ginc => begins("401", 0),
        Scheme::Gsin => begins("402", 0),
        scheme => family == format!("scheme/{}", scheme.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        Key::parse(text).unwrap()
    }

    #[test]
    fn patterns_match_what_they_stand_for() {
        let objects = [
            "urn:epc:id:sgtin:0614141.107346.2017",
            "https://id.gs1.org/01/10614141073464/21/2018",
            "urn:epc:id:sgtin:0614141.012345.62852",
            "urn:epc:id:sscc:0614141.1234567890",
            "urn:epc:id:sscc:4012345.1234567890",
            "urn:epc:id:grai:0614141.12345.400",
            "urn:epc:id:giai:0614141.12345400",
            "urn:epc:id:adi:35962.PQ7VZ4.M37GXB92",
            "urn:uuid:11111111-2222-3333-4444-555555555555",
        ];
        let check = |pattern: &str, expect: &[usize]| {
            let pattern = Pattern::of_objects(key(pattern));
            let found: Vec<usize> = (0..objects.len())
                .filter(|at| pattern.matches(objects[*at]))
                .collect();
            assert_eq!(found, expect, "{pattern:?}");
            for at in found {
                let family = family(&key(objects[at]));
                match pattern.families() {
                    Families::Irrelevant => {}
                    Families::One(one) => assert_eq!(one, family),
                    Families::Many(pattern) => {
                        assert!(may_span(pattern, &family), "{pattern:?} {family}");
                    }
                }
            }
        };
        check("urn:epc:idpat:sgtin:0614141.107346.*", &[0, 1]);
        check("urn:epc:idpat:sgtin:0614141.*.*", &[0, 1, 2]);
        check("urn:epc:idpat:sgtin:*.*.*", &[0, 1, 2]);
        check("urn:epc:idpat:sscc:0614141.*", &[3]);
        check("urn:epc:idpat:sscc:*.*", &[3, 4]);
        check("urn:epc:idpat:grai:0614141.12345.*", &[5]);
        check("urn:epc:idpat:grai:0614141.*.*", &[5]);
        check("urn:epc:idpat:giai:0614141.*", &[6]);
        check("urn:epc:idpat:adi:35962.*.*", &[7]);
        check("urn:epc:idpat:adi:35963.*.*", &[]);
        check("https://id.gs1.org/01/10614141073464/21/2017", &[0]);
        check("urn:uuid:11111111-2222-3333-4444-555555555555", &[8]);
        // Another company: the URNs show it. What hides its prefix may be either's.
        check("urn:epc:idpat:sgtin:061414.*.*", &[1]);
        check("urn:epc:idpat:sgtin:06141410.*.*", &[1]);
        check("urn:epc:idpat:sscc:061414.*", &[]);
        check("urn:epc:idpat:giai:061414.*", &[]);
        check("urn:epc:idpat:grai:061414.*.*", &[]);
    }

    #[test]
    fn prefixes_that_others_show_decide_where_digits_do_not() {
        let link = "https://id.gs1.org/01/10614141073464/21/2018";
        let check = |pattern: &str, seen: &[&str], expect: bool| {
            let Pattern::Wide { pattern, .. } = Pattern::of_objects(key(pattern)) else {
                panic!("{pattern} names one class")
            };
            let prefixes = Prefixes(seen.iter().map(|&prefix| prefix.to_owned()).collect());
            let pattern = Pattern::Wide { pattern, prefixes };
            assert_eq!(pattern.matches(link), expect, "{pattern:?}");
        };
        check("urn:epc:idpat:sgtin:061414.*.*", &[], true);
        check("urn:epc:idpat:sgtin:061414.*.*", &["0614141"], false);
        check("urn:epc:idpat:sgtin:0614141.*.*", &["0614141"], true);
        check("urn:epc:idpat:sgtin:0614141.*.*", &["061414"], false);
        check("urn:epc:idpat:sgtin:061414.*.*", &["0614149"], true);
        check(
            "urn:epc:idpat:sgtin:061414.*.*",
            &["061414", "0614141"],
            true,
        );
    }

    #[test]
    fn a_class_is_the_same_in_every_notation() {
        let pattern = Pattern::of_objects(key("urn:epc:idpat:sgtin:0614141.107346.*"));
        assert!(pattern.matches("https://id.gs1.org/01/10614141073464/21/2018"));
        assert!(pattern.matches("urn:epc:id:sgtin:0614141.107346.2018"));
        assert!(!pattern.matches("urn:epc:id:sgtin:0614141.107347.2018"));
    }
}
