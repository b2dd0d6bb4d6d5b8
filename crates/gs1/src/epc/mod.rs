//! EPC URNs: pure identities, patterns and classes (EPC Tag Data Standard 2.1, sections 6 to 8).
//!
//! A URN shows where the company prefix of a key ends and leaves check digits out. Reading one gives the [`Key`], in which
//! neither matters, and the length of the prefix, without which the URN cannot be written again.
//!
//! Lenient in one point: an escape may stand for a character that needs none, and may have lower-case hexadecimal digits.
//! URNs of tag encodings (`urn:epc:tag:`, `urn:epc:raw:`, `urn:epc:pat:`) are not read.

mod error;
mod field;
mod scheme;
#[cfg(test)]
mod tests;
mod write;

use crate::ai::ValueError;
use crate::check;
use crate::id::{
    Cpi, CpiSerial, Gcn, Gdti, Giai, Ginc, Gln, GlnExtension, Grai, Gsin, Gsrn, Gsrnp, Gtin, Itip,
    Lot, Serial, Sscc, Tpx,
};
use crate::key::Key;
use crate::percent;
use crate::prefix::PrefixLen;
use crate::text::Text;
use field::Raw;
use scheme::{FIELDS_MAX, Field};
use std::borrow::Cow;

pub use error::EpcError;
pub use scheme::Scheme;
pub use write::UrnError;
pub(crate) use write::to_urn;

/// An EPC of a scheme outside the GS1 keys (`gid`, `usdod`, `adi`, `bic`, `imovn`), kept as its URN.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ForeignEpc {
    scheme: Scheme,
    urn: Box<str>,
}

impl ForeignEpc {
    /// Its scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The URN, with escapes in their canonical form.
    pub fn as_str(&self) -> &str {
        &self.urn
    }
}

/// A pattern that stands for more than one class of objects, kept as its URN.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpcPattern {
    scheme: Scheme,
    urn: Box<str>,
}

impl EpcPattern {
    /// Its scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The URN, with escapes in their canonical form.
    pub fn as_str(&self) -> &str {
        &self.urn
    }
}

/// The first part of a URN: what kind of thing it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Namespace {
    Identity,
    Pattern,
    Class,
}

impl Namespace {
    const fn text(self) -> &'static str {
        match self {
            Self::Identity => "urn:epc:id:",
            Self::Pattern => "urn:epc:idpat:",
            Self::Class => "urn:epc:class:",
        }
    }

    /// The namespace that starts what follows `urn:epc:`.
    fn from_start(text: &str) -> Option<Self> {
        match text.split_once(':')?.0 {
            "id" => Some(Self::Identity),
            "idpat" => Some(Self::Pattern),
            "class" => Some(Self::Class),
            _ => None,
        }
    }
}

const EPC_PREFIX: &str = "urn:epc:";

/// Whether `uri` is in the EPC namespace; the prefix is case-insensitive (RFC 8141, section 3.1).
pub(crate) fn is_epc(uri: &str) -> bool {
    uri.get(..EPC_PREFIX.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(EPC_PREFIX))
}

/// Whether `uri` is one of the EPC URNs that say how a tag is encoded, not what it identifies.
pub(crate) fn is_encoding(uri: &str) -> bool {
    let behind = uri.get(EPC_PREFIX.len()..).filter(|_| is_epc(uri));
    let namespace = behind.and_then(|behind| behind.split_once(':'));
    matches!(namespace, Some(("tag" | "raw" | "pat", _)))
}

/// The key that a URN names, and the length of its company prefix where the scheme has one.
pub(crate) fn parse(uri: &str) -> Result<(Key, Option<PrefixLen>), EpcError> {
    // Behind `urn:epc:` case matters.
    let namespace = uri
        .get(EPC_PREFIX.len()..)
        .filter(|_| is_epc(uri))
        .and_then(Namespace::from_start)
        .ok_or(EpcError::Namespace)?;
    let offset = namespace.text().len();
    let (name, body) = uri[offset..]
        .split_once(':')
        .ok_or(EpcError::UnknownScheme { offset })?;
    let scheme = Scheme::from_name(name)
        // The only class is that of a lot, and a lot has no identity or pattern.
        .filter(|&scheme| (scheme == Scheme::Lgtin) == (namespace == Namespace::Class))
        .ok_or(EpcError::UnknownScheme { offset })?;
    let urn = Urn::split(namespace, scheme, body, offset + name.len() + 1)?;
    urn.check()?;
    let key = match namespace {
        Namespace::Pattern => urn.class(),
        Namespace::Identity | Namespace::Class => urn.identity(),
    }?;
    Ok((key, urn.prefix()))
}

/// The fields of a URN, divided but not yet read.
struct Urn<'a> {
    scheme: Scheme,
    raw: [Raw<'a>; FIELDS_MAX],
    /// How many fields are given before the first `*`.
    given: usize,
}

impl<'a> Urn<'a> {
    /// Divides at dots. The last field takes the rest, because text may have dots itself.
    fn split(
        namespace: Namespace,
        scheme: Scheme,
        body: &'a str,
        offset: usize,
    ) -> Result<Self, EpcError> {
        let expected = scheme.fields().len();
        let mut raw = [Raw::default(); FIELDS_MAX];
        let (mut found, mut at) = (0, offset);
        for (slot, text) in raw.iter_mut().zip(body.splitn(expected, '.')) {
            *slot = Raw { text, offset: at };
            at += text.len() + 1;
            found += 1;
        }
        if found < expected {
            return Err(EpcError::FieldCount {
                expected,
                found,
                offset,
            });
        }
        let fields = &raw[..expected];
        if namespace != Namespace::Pattern {
            // In an identity `*` is a character like others, where the field has it.
            return Ok(Self {
                scheme,
                raw,
                given: expected,
            });
        }
        let given = fields.iter().take_while(|raw| raw.text != "*").count();
        if given == expected {
            let offset = fields.last().map_or(0, |raw| raw.offset);
            return Err(EpcError::NotAPattern { offset });
        }
        if let Some(odd) = fields[given..].iter().find(|raw| raw.text != "*") {
            // The `*` in front of it.
            return Err(EpcError::Wildcard {
                offset: odd.offset.saturating_sub(2),
            });
        }
        Ok(Self { scheme, raw, given })
    }

    fn fields(&self) -> &[Raw<'a>] {
        &self.raw[..self.scheme.fields().len()]
    }

    fn check(&self) -> Result<(), EpcError> {
        let fields = self.fields();
        let prefix = fields[0].text.len();
        for (&field, raw) in self.scheme.fields().iter().zip(&fields[..self.given]) {
            raw.check(field, prefix)?;
        }
        Ok(())
    }

    fn prefix(&self) -> Option<PrefixLen> {
        let has = self.scheme.fields().first() == Some(&Field::Prefix) && self.given > 0;
        has.then(|| PrefixLen::new(self.raw[0].text.len()))
            .flatten()
    }

    /// The key of a URN all of whose fields are given.
    fn identity(&self) -> Result<Key, EpcError> {
        let [_, _, third, _, fifth] = self.raw;
        Ok(match self.scheme {
            Scheme::Sgtin => Key::Sgtin {
                gtin: self.gtin()?,
                serial: Self::text(third, Serial::new)?,
            },
            Scheme::Lgtin => Key::Lgtin {
                gtin: self.gtin()?,
                lot: Self::text(third, Lot::new)?,
            },
            Scheme::Upui => Key::Upui {
                gtin: self.gtin()?,
                tpx: Self::text(third, Tpx::new)?,
            },
            Scheme::Itip => Key::Sitip {
                itip: self.itip()?,
                serial: Self::text(fifth, Serial::new)?,
            },
            Scheme::Sscc => Key::Sscc(self.indicated(Sscc::new)?),
            Scheme::Gsrn => Key::Gsrn {
                gsrn: self.plain(Gsrn::new)?,
                srin: None,
            },
            Scheme::Gsrnp => Key::Gsrnp {
                gsrn: self.plain(Gsrnp::new)?,
                srin: None,
            },
            Scheme::Gsin => Key::Gsin(self.plain(Gsin::new)?),
            Scheme::Pgln => Key::Pgln(self.plain(Gln::new)?),
            Scheme::Sgln => Key::Sgln {
                gln: self.plain(Gln::new)?,
                extension: match third.text {
                    // Zero stands for no extension (section 6.3.3).
                    "0" => None,
                    _ => Some(Self::text(third, GlnExtension::new)?),
                },
            },
            Scheme::Grai => Key::Grai(self.grai(third.decode_text()?.as_str())?),
            Scheme::Gdti => {
                let serial = third.decode_text()?;
                Key::Gdti(self.plain_with(serial.as_str(), Gdti::new)?)
            }
            Scheme::Sgcn => Key::Gcn(self.plain_with(third.text, Gcn::new)?),
            Scheme::Giai => Key::Giai(self.joined(self.raw[1].decode_text()?.as_str(), Giai::new)?),
            Scheme::Ginc => Key::Ginc(self.joined(self.raw[1].decode_text()?.as_str(), Ginc::new)?),
            Scheme::Cpi => Key::Cpi {
                cpi: self.cpi()?,
                serial: Some(Self::text(third, CpiSerial::new)?),
            },
            Scheme::Gid | Scheme::Usdod | Scheme::Adi | Scheme::Bic | Scheme::Imovn => {
                Key::Foreign(ForeignEpc {
                    scheme: self.scheme,
                    urn: self.canonical(Namespace::Identity)?,
                })
            }
        })
    }

    /// The class that a pattern names, or the pattern itself if it spans more.
    fn class(&self) -> Result<Key, EpcError> {
        if self.given + 1 == self.fields().len() {
            match self.scheme {
                Scheme::Sgtin | Scheme::Upui => {
                    return Ok(Key::Gtin {
                        gtin: self.gtin()?,
                        variant: None,
                    });
                }
                Scheme::Itip => {
                    return Ok(Key::Itip {
                        itip: self.itip()?,
                        variant: None,
                    });
                }
                Scheme::Grai => return Ok(Key::Grai(self.grai("")?)),
                Scheme::Gdti => return Ok(Key::Gdti(self.plain_with("", Gdti::new)?)),
                Scheme::Sgcn => return Ok(Key::Gcn(self.plain_with("", Gcn::new)?)),
                Scheme::Cpi => {
                    return Ok(Key::Cpi {
                        cpi: self.cpi()?,
                        serial: None,
                    });
                }
                _ => {}
            }
        }
        Ok(Key::Pattern(EpcPattern {
            scheme: self.scheme,
            urn: self.canonical(Namespace::Pattern)?,
        }))
    }

    /// Prefix and second field with the first digit of the latter in front, and a check digit.
    fn indicated<T>(&self, new: fn(&str) -> Result<T, ValueError>) -> Result<T, EpcError> {
        let [prefix, item, ..] = self.raw;
        let (indicator, reference) = item.text.split_at_checked(1).unwrap_or_default();
        let digits = with_check_digit(["", indicator, prefix.text, reference], "");
        new(digits.as_str()).map_err(at(prefix))
    }

    fn gtin(&self) -> Result<Gtin, EpcError> {
        let [prefix, item, ..] = self.raw;
        let (indicator, reference) = item.text.split_at_checked(1).unwrap_or_default();
        let mut digits = Text::<14>::EMPTY;
        for part in [indicator, prefix.text, reference] {
            digits.push_str(part);
        }
        Gtin::from_13_digits(digits.as_str()).map_err(at(prefix))
    }

    fn itip(&self) -> Result<Itip, EpcError> {
        let [prefix, _, piece, total, _] = self.raw;
        let mut value = Text::<FIELD_SUM_MAX>::EMPTY;
        let gtin = self.gtin()?;
        for part in [gtin.as_str(), piece.text, total.text] {
            value.push_str(part);
        }
        Itip::new(value.as_str()).map_err(|source| match source {
            // A defect behind the GTIN is one of piece and total.
            ValueError::Lint { source: lint, .. } if lint.offset >= 14 => at(piece)(source),
            _ => at(prefix)(source),
        })
    }

    /// Prefix, second field and a check digit.
    fn plain<T>(&self, new: fn(&str) -> Result<T, ValueError>) -> Result<T, EpcError> {
        self.plain_with("", new)
    }

    /// Prefix, second field, a check digit and a serial number.
    fn plain_with<T>(
        &self,
        serial: &str,
        new: fn(&str) -> Result<T, ValueError>,
    ) -> Result<T, EpcError> {
        let [prefix, reference, ..] = self.raw;
        let value = with_check_digit(["", "", prefix.text, reference.text], serial);
        new(value.as_str()).map_err(at(prefix))
    }

    fn grai(&self, serial: &str) -> Result<Grai, EpcError> {
        let [prefix, asset, ..] = self.raw;
        // The leading zero of AI (8003) does not change the check digit.
        let value = with_check_digit(["0", "", prefix.text, asset.text], serial);
        Grai::new(value.as_str()).map_err(at(prefix))
    }

    fn cpi(&self) -> Result<Cpi, EpcError> {
        self.joined(self.raw[1].decode_part()?.as_str(), Cpi::new)
    }

    /// Prefix and reference, without check digit.
    fn joined<T>(
        &self,
        reference: &str,
        new: fn(&str) -> Result<T, ValueError>,
    ) -> Result<T, EpcError> {
        let [prefix, ..] = self.raw;
        let mut value = Text::<FIELD_SUM_MAX>::EMPTY;
        value.push_str(prefix.text);
        value.push_str(reference);
        new(value.as_str()).map_err(at(prefix))
    }

    /// A field that is the value of an AI.
    fn text<T>(raw: Raw<'_>, new: fn(&str) -> Result<T, ValueError>) -> Result<T, EpcError> {
        new(raw.decode_text()?.as_str()).map_err(|source| EpcError::Value {
            source,
            offset: raw.offset + percent::encoded_offset(raw.text, source.offset()),
        })
    }

    /// The URN with every escape in its canonical form.
    fn canonical(&self, namespace: Namespace) -> Result<Box<str>, EpcError> {
        let mut urn = format!("{}{}:", namespace.text(), self.scheme.name());
        for (at, (raw, field)) in self.fields().iter().zip(self.scheme.fields()).enumerate() {
            if at > 0 {
                urn.push('.');
            }
            urn.push_str(&canonical_field(*raw, *field)?);
        }
        Ok(urn.into_boxed_str())
    }
}

/// The longest value that is put together: prefix, reference, check digit and serial number.
const FIELD_SUM_MAX: usize = 48;

fn at(raw: Raw<'_>) -> impl Fn(ValueError) -> EpcError {
    let offset = raw.offset;
    move |source| EpcError::Value { source, offset }
}

/// The parts, the check digit over all of them, and what follows it.
fn with_check_digit(parts: [&str; 4], behind: &str) -> Text<FIELD_SUM_MAX> {
    let mut value = Text::EMPTY;
    for part in parts {
        value.push_str(part);
    }
    // Parts are digits, checked before; what does not fit is caught by the constructor the value goes to.
    let digit = check::mod10(value.as_bytes()).unwrap_or_default();
    value.push(b'0' + digit);
    value.push_str(behind);
    value
}

fn canonical_field(raw: Raw<'_>, field: Field) -> Result<Cow<'_, str>, EpcError> {
    if !raw.text.contains('%') {
        return Ok(Cow::Borrowed(raw.text));
    }
    let (decoded, literal) = match field {
        Field::Text(_) | Field::FillText(_) => (raw.decode_text()?, field::TEXT_LITERAL),
        _ => (raw.decode_part()?, field::PART_LITERAL),
    };
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = percent::write_encoded(&mut text, decoded.as_str(), literal);
    Ok(Cow::Owned(text))
}
