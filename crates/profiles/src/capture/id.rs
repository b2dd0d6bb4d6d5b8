//! Identifiers of the ledger from identifiers of the trade, and back.
//!
//! All written forms of one thing (EPC URN, Digital Link URI, any domain) give the same bytes, and the bytes give back the
//! canonical URI. Serialised trade items and lots, of which a chain holds billions, are packed: a tag, 13 digits in six bytes,
//! then the serial number or lot as text, so that neighbours in a list share all but their last bytes.
//!
//! | first byte | then |
//! |---|---|
//! | 1 | GTIN without its check digit (6 bytes), serial number: one trade item |
//! | 2 | SSCC without its check digit (8 bytes): a logistic unit |
//! | 3 | GTIN without its check digit (6 bytes): a trade item as a class |
//! | 4 | GTIN without its check digit (6 bytes), lot: a lot |
//! | 5 | any other GS1 key: its canonical Digital Link URI behind the domain |
//! | 6 | any other URI, as written |
//!
//! Parties are readable text: 13 digits for a GLN, `GLN.extension` for a GLN with an extension, otherwise the URI.

use pangolin_gs1::{
    Key,
    check::check_digit,
    id::{Gln, Gtin, Lot, Serial, Sscc},
};
use pangolin_ledger::id::{ClassId, GroupId, IdError, ObjectId, PartyId, Value};

use super::fast;

pub(super) const TAG_ITEM: u8 = 1;
pub(super) const TAG_LOGISTIC: u8 = 2;
const TAG_CLASS: u8 = 3;
const TAG_LOT: u8 = 4;
const TAG_KEY: u8 = 5;
const TAG_URI: u8 = 6;

/// What canonical Digital Link URIs begin with.
pub(super) const STEM: &str = "https://id.gs1.org/";
/// Bytes of a packed GTIN.
pub(super) const GTIN_BYTES: usize = 6;
/// Bytes of the longest packed identifier: tag, GTIN, 20 characters, and room for more.
const PACKED_MAX: usize = 64;

/// Puts short identifiers together without heap memory.
struct Packed {
    bytes: [u8; PACKED_MAX],
    len: usize,
}

impl Packed {
    fn new(tag: u8) -> Self {
        let mut bytes = [0; PACKED_MAX];
        bytes[0] = tag;
        Self { bytes, len: 1 }
    }

    fn push(&mut self, more: &[u8]) {
        let end = (self.len + more.len()).min(PACKED_MAX);
        let room = end - self.len;
        self.bytes[self.len..end].copy_from_slice(&more[..room]);
        self.len = end;
    }

    fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// The number that the decimal digits before the check digit make.
fn number(digits: &str) -> u64 {
    let data = digits.len().saturating_sub(1);
    digits.bytes().take(data).fold(0, |sum, digit| {
        sum * 10 + u64::from(digit.wrapping_sub(b'0') % 10)
    })
}

fn gtin_bytes(gtin: &Gtin) -> [u8; GTIN_BYTES] {
    let mut low = [0; GTIN_BYTES];
    low.copy_from_slice(&number(gtin.as_str()).to_be_bytes()[2..]);
    low
}

/// The digits of a packed number with their check digit; `None` if it has more than `digits` of them.
fn unpack(bytes: &[u8], digits: usize) -> Option<String> {
    let number = bytes
        .iter()
        .fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    let mut text = format!("{number:0digits$}");
    if text.len() > digits {
        return None;
    }
    text.push(char::from(b'0' + check_digit(&text)?));
    Some(text)
}

/// Hands the bytes of a key to `make`.
fn with_bytes<T>(key: &Key, make: impl FnOnce(&[u8]) -> T) -> T {
    match key {
        Key::Sgtin { gtin, serial } => {
            let mut packed = Packed::new(TAG_ITEM);
            packed.push(&gtin_bytes(gtin));
            packed.push(serial.as_str().as_bytes());
            make(packed.as_slice())
        }
        Key::Sscc(sscc) => {
            let mut packed = Packed::new(TAG_LOGISTIC);
            packed.push(&number(sscc.as_str()).to_be_bytes());
            make(packed.as_slice())
        }
        Key::Gtin {
            gtin,
            variant: None,
        } => {
            let mut packed = Packed::new(TAG_CLASS);
            packed.push(&gtin_bytes(gtin));
            make(packed.as_slice())
        }
        Key::Lgtin { gtin, lot } => {
            let mut packed = Packed::new(TAG_LOT);
            packed.push(&gtin_bytes(gtin));
            packed.push(lot.as_str().as_bytes());
            make(packed.as_slice())
        }
        other => {
            let uri = other.canonical();
            let (tag, rest) = uri
                .strip_prefix(STEM)
                .map_or((TAG_URI, uri.as_str()), |rest| (TAG_KEY, rest));
            let mut bytes = Vec::with_capacity(1 + rest.len());
            bytes.push(tag);
            bytes.extend_from_slice(rest.as_bytes());
            make(&bytes)
        }
    }
}

/// The object that a key names. An error means that the key is too long.
pub fn object(key: &Key) -> Result<ObjectId, IdError> {
    with_bytes(key, |bytes| ObjectId::new(bytes))
}

/// The class that a key names.
pub fn class(key: &Key) -> Result<ClassId, IdError> {
    with_bytes(key, |bytes| ClassId::new(bytes))
}

/// The lot that a key names.
pub fn group(key: &Key) -> Result<GroupId, IdError> {
    with_bytes(key, |bytes| GroupId::new(bytes))
}

/// The lot `lot` of trade item `gtin`.
pub fn lot(gtin: &Gtin, lot: &Lot) -> Result<GroupId, IdError> {
    group(&Key::Lgtin {
        gtin: *gtin,
        lot: *lot,
    })
}

/// The class of a trade item.
pub fn trade_item(gtin: &Gtin) -> Result<ClassId, IdError> {
    class(&Key::Gtin {
        gtin: *gtin,
        variant: None,
    })
}

/// The class of an object, where its identifier tells.
pub fn class_of(object: &ObjectId) -> Option<ClassId> {
    if let Some(item) = item(object) {
        let mut bytes = [TAG_CLASS; 1 + GTIN_BYTES];
        bytes[1..].copy_from_slice(&item[1..]);
        return ClassId::new(bytes).ok();
    }
    let class = key(object.as_bytes())?.class()?;
    self::class(&class).ok()
}

/// The bytes that all objects of one trade item begin with; `None` for other objects.
pub(crate) fn item(object: &ObjectId) -> Option<&[u8]> {
    let bytes = object.as_bytes();
    (bytes.first() == Some(&TAG_ITEM))
        .then(|| bytes.get(..=GTIN_BYTES))
        .flatten()
}

/// Whether an object is a logistic unit (SSCC).
pub(crate) fn is_logistic(object: &ObjectId) -> bool {
    object.as_bytes().first() == Some(&TAG_LOGISTIC)
}

/// The key behind the bytes of an object, class or lot; `None` if they were not made here.
pub fn key(bytes: &[u8]) -> Option<Key> {
    let (tag, rest) = bytes.split_first()?;
    let text = |from: usize| {
        rest.get(from..)
            .and_then(|tail| std::str::from_utf8(tail).ok())
    };
    let gtin = || Gtin::new(&unpack(rest.get(..GTIN_BYTES)?, 13)?).ok();
    match *tag {
        TAG_ITEM => Some(Key::Sgtin {
            gtin: gtin()?,
            serial: Serial::new(text(GTIN_BYTES)?).ok()?,
        }),
        TAG_LOGISTIC if rest.len() == 8 => Some(Key::Sscc(Sscc::new(&unpack(rest, 17)?).ok()?)),
        TAG_CLASS if rest.len() == GTIN_BYTES => Some(Key::Gtin {
            gtin: gtin()?,
            variant: None,
        }),
        TAG_LOT => Some(Key::Lgtin {
            gtin: gtin()?,
            lot: Lot::new(text(GTIN_BYTES)?).ok()?,
        }),
        TAG_KEY => Key::parse(&format!("{STEM}{}", text(0)?)).ok(),
        TAG_URI => Key::parse(text(0)?).ok(),
        _ => None,
    }
}

fn uri(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    if fast::write_uri(bytes, &mut text) {
        return Some(text);
    }
    key(bytes).map(|key| key.canonical())
}

/// Appends the canonical form of a common identifier; `false` leaves it to [`Key`].
pub(crate) fn write_canonical(uri: &str, out: &mut String) -> bool {
    fast::object(uri).is_some_and(|object| fast::write_uri(object.as_bytes(), out))
}

/// The canonical URI of an object: `https://id.gs1.org/01/…/21/…` for a pack, other URIs as written. Bytes that were not
/// made here are shown as the ledger shows them.
pub fn object_uri(object: &ObjectId) -> String {
    uri(object.as_bytes()).unwrap_or_else(|| object.to_string())
}

/// The canonical URI of a class.
pub fn class_uri(class: &ClassId) -> String {
    uri(class.as_bytes()).unwrap_or_else(|| class.to_string())
}

/// The canonical URI of a lot.
pub fn group_uri(group: &GroupId) -> String {
    uri(group.as_bytes()).unwrap_or_else(|| group.to_string())
}

/// The text for a party or place: see the module's header.
fn site(key: &Key) -> String {
    match key {
        Key::Pgln(gln)
        | Key::Sgln {
            gln,
            extension: None,
        }
        | Key::PayTo {
            gln,
            reference: None,
        } => gln.as_str().to_owned(),
        Key::Sgln {
            gln,
            extension: Some(extension),
        } => format!("{gln}.{extension}"),
        other => other.canonical(),
    }
}

/// The party that a key names: a GLN of any kind, or another URI (at most 64 bytes).
pub fn party(key: &Key) -> Result<PartyId, IdError> {
    PartyId::new(site(key))
}

/// The place that a key names, in the same form as a party.
pub fn place(key: &Key) -> Result<Value, IdError> {
    Value::new(site(key))
}

/// The party that a GLN names.
pub fn party_of_gln(gln: &Gln) -> Result<PartyId, IdError> {
    PartyId::new(gln.as_str())
}

fn site_uri(bytes: &[u8], ai: &str) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (gln, extension) = text
        .split_once('.')
        .map_or((text, None), |(gln, rest)| (gln, Some(rest)));
    if gln.len() != 13 || Gln::new(gln).is_err() {
        return Some(text.to_owned());
    }
    match extension {
        None => Some(format!("{STEM}{ai}/{gln}")),
        Some(extension) => {
            let extension = pangolin_gs1::id::GlnExtension::new(extension).ok()?;
            let gln = Gln::new(gln).ok()?;
            Some(
                Key::Sgln {
                    gln,
                    extension: Some(extension),
                }
                .canonical(),
            )
        }
    }
}

/// The canonical URI of a party: `https://id.gs1.org/417/…` for a GLN.
pub fn party_uri(party: &PartyId) -> String {
    site_uri(party.as_bytes(), "417").unwrap_or_else(|| party.to_string())
}

/// The canonical URI of a place: `https://id.gs1.org/414/…` for a GLN.
pub fn place_uri(place: &Value) -> String {
    site_uri(place.as_bytes(), "414").unwrap_or_else(|| place.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Key {
        Key::parse(text).unwrap()
    }

    #[test]
    fn written_forms_of_one_thing_give_the_same_bytes() {
        for (urn, link, len) in [
            (
                "urn:epc:id:sgtin:030001.0012345.11",
                "https://id.gs1.org/01/00300010123455/21/11",
                9,
            ),
            (
                "urn:epc:id:sgtin:030001.0012345.A%2F1",
                "https://id.gs1.org/01/00300010123455/21/A%2F1",
                10,
            ),
            (
                "urn:epc:id:sscc:030001.41234567890",
                "https://id.gs1.org/00/403000112345678901",
                9,
            ),
            (
                "urn:epc:idpat:sgtin:030001.0012345.*",
                "https://id.gs1.org/01/00300010123455",
                7,
            ),
            (
                "urn:epc:class:lgtin:030001.0012345.A123",
                "https://id.gs1.org/01/00300010123455/10/A123",
                11,
            ),
            (
                "urn:epc:id:grai:0614141.12345.400",
                "https://id.gs1.org/8003/00614141123452400",
                23,
            ),
            (
                "urn:epc:id:gid:31415.271828.1414",
                "urn:epc:id:gid:31415.271828.1414",
                33,
            ),
            ("urn:uuid:1-2", "urn:uuid:1-2", 13),
        ] {
            let (a, b) = (object(&parse(urn)).unwrap(), object(&parse(link)).unwrap());
            assert_eq!(a, b, "{urn}");
            assert_eq!(a.as_bytes().len(), len, "{urn}");
            assert_eq!(object_uri(&a), link);
        }
    }

    #[test]
    fn objects_have_classes_where_their_identifiers_tell() {
        for (uri, class) in [
            (
                "urn:epc:id:sgtin:030001.0012345.11",
                Some("https://id.gs1.org/01/00300010123455"),
            ),
            (
                "urn:epc:id:grai:0614141.12345.400",
                Some("https://id.gs1.org/8003/00614141123452"),
            ),
            ("urn:epc:id:sscc:030001.41234567890", None),
            ("urn:uuid:1-2", None),
        ] {
            let id = object(&parse(uri)).unwrap();
            assert_eq!(
                class_of(&id).as_ref().map(class_uri).as_deref(),
                class,
                "{uri}"
            );
            assert_eq!(item(&id).is_some(), uri.contains("sgtin"));
            assert_eq!(is_logistic(&id), uri.contains("sscc"));
        }
    }

    #[test]
    fn parties_are_readable() {
        let check = |text: &str, party_text: &str, uri: &str| {
            let id = party(&parse(text)).unwrap();
            assert_eq!(id.to_string(), party_text);
            assert_eq!(party_uri(&id), uri);
        };
        check(
            "urn:epc:id:sgln:030001.111111.0",
            "0300011111116",
            "https://id.gs1.org/417/0300011111116",
        );
        check(
            "urn:epc:id:pgln:030001.111111",
            "0300011111116",
            "https://id.gs1.org/417/0300011111116",
        );
        check(
            "urn:epc:id:sgln:030001.111111.DOCK%2F1",
            "0300011111116.DOCK/1",
            "https://id.gs1.org/414/0300011111116/254/DOCK%2F1",
        );
        check(
            "did:web:example.org",
            "did:web:example.org",
            "did:web:example.org",
        );
    }

    #[test]
    fn bytes_from_elsewhere_are_no_keys() {
        for bytes in [
            &[][..],
            &[0],
            &[9, 1],
            &[1, 1, 2],
            &[1, 255, 255, 255, 255, 255, 255, b'a'],
            &[1, 0, 0, 0, 0, 0, 1],
            &[2, 255, 255, 255, 255, 255, 255, 255, 255],
            &[2, 0],
            &[3, 0, 0, 0, 0, 0, 0, 0],
            &[5, 255],
            &[6],
        ] {
            assert_eq!(key(bytes), None, "{bytes:?}");
        }
        assert_eq!(object_uri(&ObjectId::new([0]).unwrap()), "0x00");
    }

    proptest! {
        #[test]
        fn packs_come_back(digits in "[0-9]{13}", serial in "[!-\"%-?A-Z_a-z]{1,20}") {
            let check = check_digit(&digits).unwrap();
            let gtin = Gtin::new(&format!("{digits}{check}")).unwrap();
            let item = Key::Sgtin { gtin, serial: Serial::new(&serial).unwrap() };
            prop_assert_eq!(key(object(&item).unwrap().as_bytes()), Some(item));
            let lot = Key::Lgtin { gtin, lot: Lot::new(&serial).unwrap() };
            prop_assert_eq!(key(group(&lot).unwrap().as_bytes()), Some(lot));
        }

        #[test]
        fn logistic_units_come_back(digits in "[0-9]{17}") {
            let check = check_digit(&digits).unwrap();
            let sscc = Key::Sscc(Sscc::new(&format!("{digits}{check}")).unwrap());
            prop_assert_eq!(key(object(&sscc).unwrap().as_bytes()), Some(sscc));
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Some(found) = key(&bytes) {
                let again = with_bytes(&found, <[u8]>::to_vec);
                prop_assert_eq!(key(&again), Some(found));
            }
        }
    }
}
