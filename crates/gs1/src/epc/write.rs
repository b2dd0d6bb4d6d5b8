//! Writing keys as EPC URNs.

use super::field::{PART_LITERAL, TEXT_LITERAL};
use super::{Namespace, Scheme};
use crate::charset::CharSet;
use crate::id::CpiSerial;
use crate::key::Key;
use crate::percent::write_encoded;
use crate::prefix::{CompanyPrefixes, PrefixLen};
use thiserror::Error;

/// A key that cannot be written as an EPC URN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UrnError {
    /// Nobody knows where the company prefix of the key ends.
    #[error("the length of the company prefix is unknown")]
    UnknownPrefix,
    /// The length that was given does not fit the key.
    #[error("a company prefix of {} digits does not fit the key", .0.get())]
    PrefixMismatch(PrefixLen),
    /// The Tag Data Standard has no scheme for this kind of key.
    #[error("there is no EPC scheme for this kind of key")]
    NoScheme,
}

impl UrnError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownPrefix => "company-prefix-unknown",
            Self::PrefixMismatch(_) => "company-prefix-mismatch",
            Self::NoScheme => "epc-no-scheme",
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::UnknownPrefix => "add the company prefix to the table of prefixes",
            Self::PrefixMismatch(_) => "correct the company prefix in the table of prefixes",
            Self::NoScheme => "use the Digital Link form",
        }
    }
}

/// A URN in the making. Fields of digits alone are cut out of the key's value.
struct Writer {
    urn: String,
    first: bool,
}

impl Writer {
    fn new(namespace: Namespace, scheme: Scheme) -> Self {
        /// Room for the longest URN without escapes.
        const CAPACITY: usize = 80;
        let mut urn = String::with_capacity(CAPACITY);
        urn.push_str(namespace.text());
        urn.push_str(scheme.name());
        Self { urn, first: true }
    }

    /// The first field follows a colon, all others a dot.
    fn field(mut self, text: &str) -> Self {
        self.urn.push(if self.first { ':' } else { '.' });
        self.first = false;
        self.urn.push_str(text);
        self
    }

    fn encoded(self, text: &str, literal: CharSet) -> Self {
        let mut new = self.field("");
        // Writing to a String cannot fail.
        let _ = write_encoded(&mut new.urn, text, literal);
        new
    }

    fn text(self, text: &str) -> Self {
        self.encoded(text, TEXT_LITERAL)
    }

    fn done(self) -> String {
        self.urn
    }
}

/// Divides `key` (from its first prefix digit on) at the end of its company prefix.
fn divide<'a>(
    key: &'a str,
    prefixes: &dyn CompanyPrefixes,
) -> Result<(&'a str, &'a str), UrnError> {
    let len = prefixes.prefix_len(key).ok_or(UrnError::UnknownPrefix)?;
    key.split_at_checked(len.get())
        .filter(|(prefix, _)| CharSet::DIGITS.first_outside(prefix.as_bytes()).is_none())
        .ok_or(UrnError::PrefixMismatch(len))
}

/// Indicator or extension digit, rest, check digit: prefix, then indicator with item reference.
fn indicated(
    writer: Writer,
    digits: &str,
    prefixes: &dyn CompanyPrefixes,
) -> Result<Writer, UrnError> {
    let indicator = digits.get(..1).unwrap_or_default();
    let body = digits.get(1..digits.len() - 1).unwrap_or_default();
    let (prefix, item) = divide(body, prefixes)?;
    let mut writer = writer.field(prefix).field(indicator);
    writer.urn.push_str(item);
    Ok(writer)
}

/// Digits with a check digit at the end: prefix, then reference.
fn plain(writer: Writer, digits: &str, prefixes: &dyn CompanyPrefixes) -> Result<Writer, UrnError> {
    let body = digits.get(..digits.len() - 1).unwrap_or_default();
    let (prefix, reference) = divide(body, prefixes)?;
    Ok(writer.field(prefix).field(reference))
}

/// Text: prefix, then a reference that must not be empty.
fn joined(
    writer: Writer,
    key: &str,
    literal: CharSet,
    prefixes: &dyn CompanyPrefixes,
) -> Result<Writer, UrnError> {
    let (prefix, reference) = divide(key, prefixes)?;
    if reference.is_empty() {
        return Err(prefixes
            .prefix_len(key)
            .map_or(UrnError::UnknownPrefix, UrnError::PrefixMismatch));
    }
    Ok(writer.field(prefix).encoded(reference, literal))
}

fn with_serial(writer: Writer, serial: Option<&str>) -> Writer {
    match serial {
        Some(serial) => writer.text(serial),
        None => writer.field("*"),
    }
}

/// An identity if there is a serial number, else a pattern.
fn namespace_of(serial: Option<&str>) -> Namespace {
    match serial {
        Some(_) => Namespace::Identity,
        None => Namespace::Pattern,
    }
}

/// The EPC URN of `key`: an identity, or the pattern or class URN of a class.
pub(crate) fn to_urn(key: &Key, prefixes: &dyn CompanyPrefixes) -> Result<String, UrnError> {
    use Namespace::{Class, Identity, Pattern};
    let writer = match key {
        Key::Sgtin { gtin, serial } => indicated(
            Writer::new(Identity, Scheme::Sgtin),
            gtin.as_str(),
            prefixes,
        )?
        .text(serial.as_str()),
        Key::Upui { gtin, tpx } => {
            indicated(Writer::new(Identity, Scheme::Upui), gtin.as_str(), prefixes)?
                .text(tpx.as_str())
        }
        Key::Lgtin { gtin, lot } => {
            indicated(Writer::new(Class, Scheme::Lgtin), gtin.as_str(), prefixes)?
                .text(lot.as_str())
        }
        Key::Gtin {
            gtin,
            variant: None,
        } => indicated(Writer::new(Pattern, Scheme::Sgtin), gtin.as_str(), prefixes)?.field("*"),
        Key::Sitip { itip, serial } => {
            indicated(Writer::new(Identity, Scheme::Itip), itip.gtin(), prefixes)?
                .field(itip.piece())
                .field(itip.total())
                .text(serial.as_str())
        }
        Key::Itip {
            itip,
            variant: None,
        } => indicated(Writer::new(Pattern, Scheme::Itip), itip.gtin(), prefixes)?
            .field(itip.piece())
            .field(itip.total())
            .field("*"),
        Key::Sscc(sscc) => indicated(Writer::new(Identity, Scheme::Sscc), sscc.as_str(), prefixes)?,
        Key::Sgln { gln, extension } => {
            let extension = extension
                .as_ref()
                .map_or("0", |extension| extension.as_str());
            plain(Writer::new(Identity, Scheme::Sgln), gln.as_str(), prefixes)?.text(extension)
        }
        Key::Pgln(gln) => plain(Writer::new(Identity, Scheme::Pgln), gln.as_str(), prefixes)?,
        Key::Gsin(gsin) => plain(Writer::new(Identity, Scheme::Gsin), gsin.as_str(), prefixes)?,
        Key::Gsrn { gsrn, srin: None } => {
            plain(Writer::new(Identity, Scheme::Gsrn), gsrn.as_str(), prefixes)?
        }
        Key::Gsrnp { gsrn, srin: None } => plain(
            Writer::new(Identity, Scheme::Gsrnp),
            gsrn.as_str(),
            prefixes,
        )?,
        Key::Grai(grai) => {
            let writer = Writer::new(namespace_of(grai.serial()), Scheme::Grai);
            let digits = grai.asset_type().get(1..).unwrap_or_default();
            with_serial(plain(writer, digits, prefixes)?, grai.serial())
        }
        Key::Gdti(gdti) => {
            let writer = Writer::new(namespace_of(gdti.serial()), Scheme::Gdti);
            with_serial(
                plain(writer, gdti.document_type(), prefixes)?,
                gdti.serial(),
            )
        }
        Key::Gcn(gcn) => {
            let writer = Writer::new(namespace_of(gcn.serial()), Scheme::Sgcn);
            with_serial(plain(writer, gcn.coupon(), prefixes)?, gcn.serial())
        }
        Key::Giai(giai) => {
            let writer = Writer::new(Identity, Scheme::Giai);
            joined(writer, giai.as_str(), TEXT_LITERAL, prefixes)?
        }
        Key::Ginc(ginc) => {
            let writer = Writer::new(Identity, Scheme::Ginc);
            joined(writer, ginc.as_str(), TEXT_LITERAL, prefixes)?
        }
        Key::Cpi { cpi, serial } => {
            let serial = serial.as_ref().map(CpiSerial::as_str);
            let writer = Writer::new(namespace_of(serial), Scheme::Cpi);
            with_serial(
                joined(writer, cpi.as_str(), PART_LITERAL, prefixes)?,
                serial,
            )
        }
        Key::Foreign(epc) => return Ok(epc.as_str().to_owned()),
        Key::Pattern(pattern) => return Ok(pattern.as_str().to_owned()),
        Key::Gtin { .. }
        | Key::Itip { .. }
        | Key::ItipLot { .. }
        | Key::Gsrn { .. }
        | Key::Gsrnp { .. }
        | Key::PayTo { .. }
        | Key::Gmn(_)
        | Key::Other(_) => return Err(UrnError::NoScheme),
    };
    Ok(writer.done())
}
