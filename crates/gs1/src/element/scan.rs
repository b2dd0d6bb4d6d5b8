//! What a scanner sends: AIM symbology identifier, then data (General Specifications, section 5.1.2; ISO/IEC 15424).
//!
//! Without an identifier the same digits can mean two things; such data are read only where one reading is possible.

use super::{ElementError, ElementString};
use crate::ai::ValueError;
use crate::digital_link::{DigitalLink, DigitalLinkError};
use crate::element::fnc1::{GS, SHOWN_FNC1};
use crate::id::Gtin;
use core::fmt;
use thiserror::Error;

/// A symbology identifier: `]`, a code character, a modifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbology {
    code: u8,
    modifier: u8,
}

impl Symbology {
    /// GS1-128: `]C1`.
    pub const GS1_128: Self = Self::of(b'C', b'1');
    /// GS1 DataMatrix: `]d2`.
    pub const GS1_DATA_MATRIX: Self = Self::of(b'd', b'2');
    /// GS1 QR Code: `]Q3`.
    pub const GS1_QR_CODE: Self = Self::of(b'Q', b'3');
    /// GS1 DataBar: `]e0`.
    pub const GS1_DATA_BAR: Self = Self::of(b'e', b'0');
    /// GS1 DotCode: `]J1`.
    pub const GS1_DOT_CODE: Self = Self::of(b'J', b'1');
    /// EAN-13, UPC-A and UPC-E: `]E0`.
    pub const EAN_13: Self = Self::of(b'E', b'0');
    /// EAN-8: `]E4`.
    pub const EAN_8: Self = Self::of(b'E', b'4');

    const fn of(code: u8, modifier: u8) -> Self {
        Self { code, modifier }
    }

    /// The length of an identifier.
    pub const LEN: usize = 3;

    /// The identifier that starts `text`, and what follows it.
    pub fn split(text: &str) -> Option<(Self, &str)> {
        let (&[b']', code, modifier], _) = text.as_bytes().split_first_chunk::<3>()? else {
            return None;
        };
        let known = code.is_ascii_alphabetic() && modifier.is_ascii_alphanumeric();
        known.then(|| (Self::of(code, modifier), &text[Self::LEN..]))
    }

    /// Whether data under this identifier is an element string.
    pub fn carries_elements(self) -> bool {
        matches!(
            (self.code, self.modifier),
            (b'C', b'1')
                | (b'd', b'2' | b'5')
                | (b'Q', b'3' | b'4')
                | (b'e', b'0'..=b'3')
                | (b'J', b'1' | b'4')
        )
    }
}

impl fmt::Display for Symbology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "]{}{}", char::from(self.code), char::from(self.modifier))
    }
}

/// What was scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scan {
    /// An element string, also for a bare GTIN of an EAN, UPC or ITF symbol.
    Elements(ElementString),
    /// A Digital Link URI.
    DigitalLink(DigitalLink),
    /// Data outside the GS1 system, as it is.
    Plain {
        /// The symbology, whose data it is.
        symbology: Symbology,
        /// The data.
        text: String,
    },
}

/// Scanned data that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ScanError {
    /// A GS1 symbol with a broken element string.
    #[error(transparent)]
    Element(#[from] ElementError),
    /// A web address that is no valid Digital Link URI.
    #[error(transparent)]
    DigitalLink(#[from] DigitalLinkError),
    /// An EAN, UPC or ITF symbol with a broken GTIN.
    #[error("not a GTIN: {source}")]
    Gtin {
        /// What is wrong.
        source: ValueError,
        /// Where the digits start.
        offset: usize,
    },
    /// Without symbology identifier the data can be a GTIN and an element string.
    #[error("the data can be a GTIN and an element string")]
    Ambiguous,
}

impl ScanError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Element(error) => error.code(),
            Self::DigitalLink(error) => error.code(),
            Self::Gtin { source, .. } => source.code(),
            Self::Ambiguous => "scan-ambiguous",
        }
    }

    /// Where the defect is, in bytes from the start of the data, the symbology identifier included.
    pub fn offset(&self) -> usize {
        match self {
            Self::Element(error) => error.offset(),
            Self::DigitalLink(error) => error.offset(),
            Self::Gtin { source, offset } => offset + source.offset(),
            Self::Ambiguous => 0,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Element(error) => error.remedy(),
            Self::DigitalLink(error) => error.remedy(),
            Self::Gtin { source, .. } => source.remedy(),
            Self::Ambiguous => "set the scanner to send symbology identifiers",
        }
    }
}

impl Scan {
    /// Reads what a scanner sent.
    ///
    /// ```
    /// use pangolin_gs1::element::Scan;
    ///
    /// let Ok(Scan::Elements(pack)) = Scan::parse("]d201040123451234561727123110A1\u{1d}21XYZ") else { panic!() };
    /// assert_eq!(pack.to_bracketed(), "(01)04012345123456(17)271231(10)A1(21)XYZ");
    /// let Ok(Scan::Elements(item)) = Scan::parse("]E04012345123456") else { panic!() };
    /// assert_eq!(item.to_bracketed(), "(01)04012345123456");
    /// ```
    pub fn parse(text: &str) -> Result<Self, ScanError> {
        let Some((symbology, data)) = Symbology::split(text) else {
            return Self::parse_bare(text);
        };
        match (symbology.code, symbology.modifier) {
            _ if symbology.carries_elements() => {
                // Read with the identifier in place of the leading FNC1, so that offsets fit the whole text.
                let mut elements = ElementString::parse_fnc1(data)
                    .map_err(|error| ScanError::Element(error.shifted(Symbology::LEN)))?;
                for element in &mut elements.elements {
                    element.offset += Symbology::LEN;
                }
                Ok(Self::Elements(elements))
            }
            (b'E', b'0' | b'3' | b'4') => gtin(retail_digits(symbology, data), Symbology::LEN),
            (b'I', b'1') => gtin(Some(data.to_owned()), Symbology::LEN),
            _ if is_web_address(data) => {
                let link = DigitalLink::parse(data)
                    .map_err(|error| ScanError::DigitalLink(error.shifted(Symbology::LEN)))?;
                Ok(Self::DigitalLink(link))
            }
            // ITF without checked digit: a GTIN-14 if its own check digit holds.
            (b'I', b'0') if data.len() == 14 && Gtin::new(data).is_ok() => {
                gtin(Some(data.to_owned()), Symbology::LEN)
            }
            _ => Ok(Self::Plain {
                symbology,
                text: data.to_owned(),
            }),
        }
    }

    /// Data of a scanner that sends no identifier.
    fn parse_bare(text: &str) -> Result<Self, ScanError> {
        if is_web_address(text) {
            return Ok(Self::DigitalLink(DigitalLink::parse(text)?));
        }
        let elements = ElementString::parse(text);
        if text.starts_with(['(', GS, SHOWN_FNC1]) {
            return Ok(Self::Elements(elements?));
        }
        match (elements, gtin(Some(text.to_owned()), 0)) {
            (Ok(_), Ok(_)) => Err(ScanError::Ambiguous),
            (_, Ok(item)) => Ok(item),
            (Ok(elements), Err(_)) => Ok(Self::Elements(elements)),
            (Err(error), Err(_)) => Err(error.into()),
        }
    }
}

fn is_web_address(text: &str) -> bool {
    let starts = |scheme: &str| {
        text.get(..scheme.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    };
    starts("https://") || starts("http://")
}

/// The GTIN digits of a retail symbol: add-on digits cut off, UPC-E expanded. `None` if no GTIN can be made of it.
fn retail_digits(symbology: Symbology, data: &str) -> Option<String> {
    match (symbology.modifier, data.len()) {
        (b'3', 15 | 18) => data.get(..13).map(str::to_owned),
        (b'0', 8) => expand_upc_e(data),
        _ => Some(data.to_owned()),
    }
}

/// Expands number system, six digits and check digit of UPC-E to the twelve of UPC-A (General Specifications,
/// section 5.2.2.4.2).
fn expand_upc_e(data: &str) -> Option<String> {
    if data.len() != 8 || !data.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (head, last, check) = (&data[..6], &data[6..7], &data[7..]);
    Some(match last {
        "0" | "1" | "2" => format!("{}{last}0000{}{check}", &head[..3], &head[3..]),
        "3" => format!("{}00000{}{check}", &head[..4], &head[4..]),
        "4" => format!("{}00000{}{check}", &head[..5], &head[5..]),
        _ => format!("{head}0000{last}{check}"),
    })
}

fn gtin(digits: Option<String>, offset: usize) -> Result<Scan, ScanError> {
    let digits = digits.unwrap_or_default();
    let gtin = Gtin::new(&digits).map_err(|source| ScanError::Gtin { source, offset })?;
    let mut elements = ElementString::new();
    elements.push_at(Gtin::AI, gtin.as_str(), offset, &crate::lint::AnyPrefix)?;
    Ok(Scan::Elements(elements))
}
