//! Reading keys from their three written forms.

use super::{Key, KeyError, OtherUri};
use crate::ai::{Ai, ValueError};
use crate::charset::CharSet;
use crate::digital_link::{self, DigitalLink, DigitalLinkError};
use crate::element::{ElementError, ElementString};
use crate::epc;
use crate::id::{
    Cpi, CpiSerial, Cpv, Gcn, Gdti, Giai, Ginc, Gln, GlnExtension, Gmn, Grai, Gsin, Gsrn, Gsrnp,
    Gtin, Itip, Lot, PaymentReference, Serial, Srin, Sscc, Tpx,
};
use crate::percent::encoded_offset;
use crate::prefix::PrefixLen;

/// The longest text that is read as a key, in bytes.
pub const KEY_LEN_MAX: usize = 2_048;

pub(super) fn parse(text: &str) -> Result<(Key, Option<PrefixLen>), KeyError> {
    if text.len() > KEY_LEN_MAX {
        return Err(KeyError::TooLong { found: text.len() });
    }
    if epc::is_epc(text) && !epc::is_encoding(text) {
        return Ok(epc::parse(text)?);
    }
    if text.starts_with('(') {
        let elements = ElementString::parse_bracketed(text)?;
        return Ok((Key::from_elements(&elements)?, None));
    }
    match digital_link::locate(text)? {
        Some(located) => Ok((from_link(text, &located)?, None)),
        None => other(text),
    }
}

/// What stands in URIs as it is, and `%`.
const IN_URIS: CharSet = CharSet::of(
    b"!#$%&'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~",
);

/// Any other URI (RFC 3986, section 3: a scheme, a colon, no blanks and no delimiters of text). Characters beyond ASCII are
/// accepted, as XML Schema's `anyURI` does.
fn other(text: &str) -> Result<(Key, Option<PrefixLen>), KeyError> {
    if text.is_empty() {
        return Err(KeyError::Empty);
    }
    let in_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    let scheme = text.bytes().take_while(|byte| in_scheme(byte)).count();
    let has_scheme = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text[scheme..].starts_with(':')
        && text.len() > scheme + 1;
    if !has_scheme {
        return Err(KeyError::NotAUri { offset: scheme });
    }
    let forbidden = |c: char| match u8::try_from(c) {
        Ok(byte) if byte.is_ascii() => !IN_URIS.contains(byte),
        _ => c.is_whitespace() || c.is_control(),
    };
    match text.find(forbidden) {
        Some(offset) => Err(KeyError::NotAUri { offset }),
        None => Ok((Key::Other(OtherUri(text.into())), None)),
    }
}

/// The key of a Digital Link URI. Values are read in place; only a query makes it worth reading the URI as a whole.
fn from_link(uri: &str, located: &digital_link::Located<'_>) -> Result<Key, DigitalLinkError> {
    /// Key and qualifiers; the reader of the path stops at more.
    const PARTS_MAX: usize = 5;
    if located.query.is_some() {
        // Attributes do not belong to the identity, but a broken one makes a broken URI.
        DigitalLink::parse(uri)?;
    }
    let mut parts: [Option<digital_link::Part<'_>>; PARTS_MAX] = Default::default();
    for (slot, part) in parts.iter_mut().zip(located.path()) {
        *slot = Some(part?);
    }
    let find = |ai: Ai| parts.iter().flatten().find(|part| part.ai == ai);
    // Every value is checked, also those that do not become part of the key.
    for part in parts.iter().flatten().skip(1) {
        part.ai
            .check(&part.value)
            .map_err(|source| placed(source, part))?;
    }
    let Some(key) = &parts[0] else {
        return Err(DigitalLinkError::NoKey);
    };
    build(key.ai, &key.value, |ai| find(ai).map(|part| &*part.value)).map_err(|source| match source
    {
        Some(source) => placed(source, find(source.ai()).unwrap_or(key)),
        None => DigitalLinkError::NoKey,
    })
}

fn placed(source: ValueError, part: &digital_link::Part<'_>) -> DigitalLinkError {
    let offset = part.offset + encoded_offset(part.raw, source.offset());
    DigitalLinkError::Value { source, offset }
}

/// What identifies an object that can be handled. Beside one of these, other keys are attributes: whose it is, where it
/// goes, with what it travels.
const OBJECT_KEYS: [Ai; 7] = [
    Ai::SSCC,
    Ai::GTIN,
    Ai::ITIP,
    Ai::GRAI,
    Ai::GIAI,
    Ai::CPI,
    Ai::GMN,
];

/// Keys of parties, places and papers, taken if there is no key of an object.
const OTHER_KEYS: [Ai; 9] = [
    Ai::GDTI,
    Ai::GCN,
    Ai::GSRN_PROVIDER,
    Ai::GSRN_RECIPIENT,
    Ai::GINC,
    Ai::GSIN,
    Ai::GLN,
    Ai::PARTY,
    Ai::PAY_TO,
];

impl Key {
    /// What an element string identifies. Of several keys the only one of an instance counts, else the only one of a class;
    /// where that does not decide, the string is refused.
    pub fn from_elements(elements: &ElementString) -> Result<Self, KeyError> {
        for rank in [&OBJECT_KEYS[..], &OTHER_KEYS] {
            let mut found = Vec::new();
            for &ai in rank {
                if let Some(value) = elements.get(ai) {
                    let key = build(ai, value, |ai| elements.get(ai));
                    found.push((ai, key.map_err(|source| in_elements(source, elements))?));
                }
            }
            let instances = found.iter().filter(|(_, key)| key.is_instance()).count();
            if instances > 0 {
                found.retain(|(_, key)| key.is_instance());
            }
            match &found[..] {
                [] => {}
                [(_, key)] => return Ok(key.clone()),
                [(first, _), (second, _), ..] => {
                    return Err(KeyError::Ambiguous {
                        first: *first,
                        second: *second,
                    });
                }
            }
        }
        Err(KeyError::NoKey)
    }

    /// What a Digital Link URI identifies.
    pub fn from_digital_link(link: &DigitalLink) -> Result<Self, KeyError> {
        let path = link.path();
        let key = path.elements().first().ok_or(KeyError::NoKey)?;
        build(key.ai(), key.value(), |ai| path.get(ai)).map_err(|source| in_elements(source, path))
    }
}

fn in_elements(source: Option<ValueError>, elements: &ElementString) -> KeyError {
    let Some(source) = source else {
        return KeyError::NoKey;
    };
    let element = elements
        .elements()
        .iter()
        .find(|element| element.ai() == source.ai());
    let offset = element.map_or(0, crate::element::Element::offset);
    KeyError::Element(ElementError::Value { source, offset })
}

/// The key with that primary AI and value, by the qualifiers that `get` finds. Fails with `None` if the AI is no primary key.
fn build<'a>(
    ai: Ai,
    value: &str,
    get: impl Fn(Ai) -> Option<&'a str>,
) -> Result<Key, Option<ValueError>> {
    /// The qualifier, if there is one.
    fn by<T>(
        value: Option<&str>,
        new: fn(&str) -> Result<T, ValueError>,
    ) -> Result<Option<T>, Option<ValueError>> {
        value.map(new).transpose().map_err(Some)
    }
    let srin = || by(get(Ai::SRIN), Srin::new);
    // GLN values are the same under their three AIs, but an error must name the AI at hand.
    let gln = || {
        Gln::new(value).map_err(|error| match error {
            ValueError::Lint { source, .. } => ValueError::Lint { ai, source },
            ValueError::TooShort { min, found, .. } => ValueError::TooShort { ai, min, found },
            ValueError::TooLong { max, found, .. } => ValueError::TooLong { ai, max, found },
            other => other,
        })
    };
    Ok(match ai.number() {
        0 => Key::Sscc(Sscc::new(value)?),
        1 => {
            let gtin = Gtin::new(value)?;
            if let Some(serial) = by(get(Ai::SERIAL), Serial::new)? {
                Key::Sgtin { gtin, serial }
            } else if let Some(tpx) = by(get(Ai::TPX), Tpx::new)? {
                Key::Upui { gtin, tpx }
            } else if let Some(lot) = by(get(Ai::LOT), Lot::new)? {
                Key::Lgtin { gtin, lot }
            } else {
                let variant = by(get(Ai::CPV), Cpv::new)?;
                Key::Gtin { gtin, variant }
            }
        }
        253 => Key::Gdti(Gdti::new(value)?),
        255 => Key::Gcn(Gcn::new(value)?),
        401 => Key::Ginc(Ginc::new(value)?),
        402 => Key::Gsin(Gsin::new(value)?),
        414 => Key::Sgln {
            gln: gln()?,
            // Zero stands for no extension (Tag Data Standard, section 6.3.3).
            extension: by(
                get(Ai::GLN_EXTENSION).filter(|&by| by != "0"),
                GlnExtension::new,
            )?,
        },
        415 => Key::PayTo {
            gln: gln()?,
            reference: by(get(Ai::PAYMENT_REFERENCE), PaymentReference::new)?,
        },
        417 => Key::Pgln(gln()?),
        8003 => Key::Grai(Grai::new(value)?),
        8004 => Key::Giai(Giai::new(value)?),
        8006 => {
            let itip = Itip::new(value)?;
            if let Some(serial) = by(get(Ai::SERIAL), Serial::new)? {
                Key::Sitip { itip, serial }
            } else if let Some(lot) = by(get(Ai::LOT), Lot::new)? {
                Key::ItipLot { itip, lot }
            } else {
                let variant = by(get(Ai::CPV), Cpv::new)?;
                Key::Itip { itip, variant }
            }
        }
        8010 => Key::Cpi {
            cpi: Cpi::new(value)?,
            serial: by(get(Ai::CPI_SERIAL), CpiSerial::new)?,
        },
        8013 => Key::Gmn(Gmn::new(value)?),
        8017 => Key::Gsrnp {
            gsrn: Gsrnp::new(value)?,
            srin: srin()?,
        },
        8018 => Key::Gsrn {
            gsrn: Gsrn::new(value)?,
            srin: srin()?,
        },
        _ => return Err(None),
    })
}
