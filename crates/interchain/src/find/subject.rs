//! What is looked for.

use pangolin_gs1::{Key, element::Scan};
use pangolin_ledger::{GroupId, ObjectId, TimeMs, walk::local::Want};
use pangolin_profiles::capture::{group_uri, id, object_uri};

/// A thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A single object.
    Object(ObjectId),
    /// A lot.
    Lot(GroupId),
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The thing.
    pub what: What,
    /// Its name as a URI.
    pub uri: String,
    /// Its digits from the first of the issuer's prefix on; empty where the identifier has none.
    digits: String,
}

impl Subject {
    /// The subject that a text names: an EPC URN, a Digital Link, an element string or a scan, of an object or of a lot; `None` if it names
    /// neither.
    pub fn parse(text: &str) -> Option<Self> {
        let key = Key::parse(text).ok().or_else(|| scanned(text))?;
        let what = match &key {
            Key::Lgtin { .. } => What::Lot(id::group(&key).ok()?),
            key if key.is_class() => return None,
            key => What::Object(id::object(key).ok()?),
        };
        let uri = match &what {
            What::Object(object) => object_uri(object),
            What::Lot(group) => group_uri(group),
        };
        Some(Self {
            what,
            uri,
            digits: digits(&key),
        })
    }

    /// `object` or `lot`.
    pub const fn kind(&self) -> &'static str {
        match self.what {
            What::Object(_) => "object",
            What::Lot(_) => "lot",
        }
    }

    /// How much of an issuer's prefix the identifier begins with: all of it, or nothing.
    pub fn fits(&self, prefix: &str) -> bool {
        !prefix.is_empty() && self.digits.starts_with(prefix)
    }

    /// What a chain is asked for.
    pub(super) fn wants(&self) -> Vec<Want> {
        match &self.what {
            What::Object(object) => wants_of(object),
            What::Lot(group) => vec![Want::Group(group.clone())],
        }
    }
}

/// What a chain is asked for of an object.
pub(super) fn wants_of(object: &ObjectId) -> Vec<Want> {
    // as of the beginning of time every order counts, so that nothing is missing at whatever height the proof will be
    let at = TimeMs(0);
    let object = object.clone();
    vec![Want::Object(object.clone()), Want::Status { object, at }]
}

fn scanned(text: &str) -> Option<Key> {
    match Scan::parse(text) {
        Ok(Scan::Elements(elements)) => Key::from_elements(&elements).ok(),
        _ => None,
    }
}

/// The digits from the first of the company prefix on. How long the prefix is does not show in them, and is not guessed.
fn digits(key: &Key) -> String {
    if let Some(gtin) = key.gtin() {
        // the first digit is the packaging level's
        return gtin.as_str().chars().skip(1).collect();
    }
    let Some((_, value)) = key.parts().next() else {
        return String::new();
    };
    // the extension digit of an SSCC, and the zero that fills a GRAI, stand before the prefix
    let skipped = usize::from(matches!(key, Key::Sscc(_) | Key::Grai(_)));
    value.chars().skip(skipped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notation_names_the_same_thing_and_its_issuer() {
        let pack = Subject::parse("urn:epc:id:sgtin:036615.0012345.11").unwrap();
        for text in [
            "https://id.gs1.org/01/00366150123458/21/11",
            "(01)00366150123458(21)11",
            "(01)00366150123458(10)N7(21)11",
        ] {
            assert_eq!(Subject::parse(text).as_ref(), Some(&pack), "{text}");
        }
        assert_eq!(pack.kind(), "object");
        assert!(pack.fits("036615") && pack.fits("0366150"));
        assert!(!pack.fits("36615") && !pack.fits("036616") && !pack.fits(""));
        let lot = Subject::parse("urn:epc:class:lgtin:036615.0012345.N7").unwrap();
        for text in [
            "https://id.gs1.org/01/00366150123458/10/N7",
            "(01)00366150123458(10)N7",
        ] {
            assert_eq!(Subject::parse(text).as_ref(), Some(&lot), "{text}");
        }
        assert_eq!(lot.kind(), "lot");
        assert!(lot.fits("036615"));
        let pallet = Subject::parse("urn:epc:id:sscc:036615.41000000001").unwrap();
        assert!(pallet.fits("036615"), "{pallet:?}");
        for neither in ["", "hello", "(01)00366150123458", "(01)00366150123459(21)1"] {
            assert_eq!(Subject::parse(neither), None, "{neither}");
        }
    }
}
