//! The United States National Drug Code and the GTIN that carries it.
//!
//! A 10-digit NDC (labeler-product-package as 4-4-2, 5-3-2 or 5-4-1) is the middle of a GTIN: packaging indicator, `03`,
//! the ten digits, check digit. The billing form of 11 digits (5-4-2) fills one segment with a zero: going back from it
//! needs the original segment lengths, because the zero cannot be told from a real one.

use super::Gtin;
use crate::text::Text;
use thiserror::Error;

/// How the ten digits of an NDC divide into labeler, product and package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NdcFormat {
    /// 4-4-2.
    F442,
    /// 5-3-2.
    F532,
    /// 5-4-1.
    F541,
}

impl NdcFormat {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::F442, Self::F532, Self::F541];

    /// Where the zero stands that turns the ten digits into the eleven of 5-4-2.
    const fn filling(self) -> usize {
        match self {
            Self::F442 => 0,
            Self::F532 => 5,
            Self::F541 => 9,
        }
    }

    /// Digits before the first and before the second hyphen.
    const fn hyphens(self) -> (usize, usize) {
        match self {
            Self::F442 => (4, 8),
            Self::F532 => (5, 8),
            Self::F541 => (5, 9),
        }
    }
}

/// Text that is no NDC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NdcError {
    /// A character that is neither digit nor hyphen in its place.
    #[error("an NDC is digits, not the character at byte {offset}")]
    NotADigit {
        /// Where it is.
        offset: usize,
    },
    /// Another number of digits, or hyphens elsewhere.
    #[error("an NDC has 10 digits, without hyphens or as 4-4-2, 5-3-2 or 5-4-1")]
    Shape,
    /// An 11-digit code whose filling zero is no zero for that format.
    #[error("the 11-digit code has no zero at byte {offset} where this format fills")]
    NotFilled {
        /// Where the zero would be.
        offset: usize,
    },
    /// A GTIN that carries no NDC.
    #[error("GTIN {0} does not carry an NDC: its second and third digit are not 03")]
    NotAnNdcGtin(Gtin),
    /// A packaging indicator above 8.
    #[error("packaging indicator {0} is not one of 0 to 8")]
    Indicator(u8),
}

impl NdcError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotADigit { .. } => "ndc-not-a-digit",
            Self::Shape => "ndc-shape",
            Self::NotFilled { .. } => "ndc-not-filled",
            Self::NotAnNdcGtin(_) => "ndc-not-in-gtin",
            Self::Indicator(_) => "ndc-indicator",
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NotADigit { .. } | Self::Shape => {
                "write ten digits, or labeler-product-package as 4-4-2, 5-3-2 or 5-4-1"
            }
            Self::NotFilled { .. } => "look up the segment lengths of this product",
            Self::NotAnNdcGtin(_) => "look the product up in the directory instead",
            Self::Indicator(_) => "give the packaging level as 0 to 8",
        }
    }
}

/// A National Drug Code: ten digits without hyphens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ndc(Text<10>);

fn digits_only(digits: &str) -> Result<(), NdcError> {
    match digits.bytes().position(|byte| !byte.is_ascii_digit()) {
        Some(offset) => Err(NdcError::NotADigit { offset }),
        None => Ok(()),
    }
}

impl Ndc {
    /// Ten digits, with or without hyphens. For the eleven of the billing form see [`Self::from_ndc11`].
    ///
    /// ```
    /// use pangolin_gs1::id::Ndc;
    ///
    /// let ndc = Ndc::new("0591-3159-05").unwrap();
    /// assert_eq!(ndc.as_str(), "0591315905");
    /// assert_eq!(ndc.to_gtin(0).unwrap().as_str(), "00305913159051");
    /// ```
    pub fn new(text: &str) -> Result<Self, NdcError> {
        if !text.contains('-') {
            digits_only(text)?;
            return match text.len() {
                10 => Text::new(text).map(Self).ok_or(NdcError::Shape),
                _ => Err(NdcError::Shape),
            };
        }
        let mut segments = text.split('-');
        let (Some(labeler), Some(product), Some(package), None) = (
            segments.next(),
            segments.next(),
            segments.next(),
            segments.next(),
        ) else {
            return Err(NdcError::Shape);
        };
        if let Some(offset) = text
            .bytes()
            .position(|byte| !byte.is_ascii_digit() && byte != b'-')
        {
            return Err(NdcError::NotADigit { offset });
        }
        if !matches!(
            (labeler.len(), product.len(), package.len()),
            (4, 4, 2) | (5, 3, 2) | (5, 4, 1)
        ) {
            return Err(NdcError::Shape);
        }
        let mut ten = Text::EMPTY;
        let fits = [labeler, product, package]
            .iter()
            .all(|segment| ten.push_str(segment));
        fits.then_some(Self(ten)).ok_or(NdcError::Shape)
    }

    /// From the eleven digits of the billing form (hyphens 5-4-2 allowed), whose product has that format.
    pub fn from_ndc11(text: &str, format: NdcFormat) -> Result<Self, NdcError> {
        let mut eleven = Text::<11>::EMPTY;
        for (offset, byte) in text.bytes().enumerate() {
            match byte {
                b'0'..=b'9' if !eleven.push(byte) => return Err(NdcError::Shape),
                b'0'..=b'9' => {}
                b'-' if matches!(offset, 5 | 10) => {}
                _ => return Err(NdcError::NotADigit { offset }),
            }
        }
        let (eleven, offset) = (eleven.as_str(), format.filling());
        if eleven.len() != 11 {
            return Err(NdcError::Shape);
        }
        if !eleven[offset..].starts_with('0') {
            return Err(NdcError::NotFilled { offset });
        }
        let mut ten = Text::EMPTY;
        let fits = ten.push_str(&eleven[..offset]) && ten.push_str(&eleven[offset + 1..]);
        fits.then_some(Self(ten)).ok_or(NdcError::Shape)
    }

    /// Every NDC that an eleven-digit code may stand for: up to three, without repetition.
    pub fn candidates(ndc11: &str) -> Result<Vec<Self>, NdcError> {
        let mut found = Vec::new();
        for format in NdcFormat::ALL {
            match Self::from_ndc11(ndc11, format) {
                Ok(ndc) if !found.contains(&ndc) => found.push(ndc),
                Ok(_) | Err(NdcError::NotFilled { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// From the GTIN of a drug: its digits 4 to 13.
    pub fn from_gtin(gtin: Gtin) -> Result<Self, NdcError> {
        let digits = gtin.as_str();
        match (digits.get(1..3), digits.get(3..13).and_then(Text::new)) {
            (Some("03"), Some(ten)) => Ok(Self(ten)),
            _ => Err(NdcError::NotAnNdcGtin(gtin)),
        }
    }

    /// The ten digits.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// With hyphens, for a product of that format.
    pub fn hyphenated(&self, format: NdcFormat) -> String {
        let (first, second) = format.hyphens();
        let ten = self.as_str();
        format!(
            "{}-{}-{}",
            &ten[..first],
            &ten[first..second],
            &ten[second..]
        )
    }

    /// The eleven digits of the billing form, for a product of that format.
    pub fn to_ndc11(&self, format: NdcFormat) -> String {
        let (head, tail) = self.as_str().split_at(format.filling());
        format!("{head}0{tail}")
    }

    /// The GTIN that carries it at packaging level `indicator` (0 to 8).
    pub fn to_gtin(&self, indicator: u8) -> Result<Gtin, NdcError> {
        if indicator > 8 {
            return Err(NdcError::Indicator(indicator));
        }
        let digits = format!("{indicator}03{}", self.as_str());
        Gtin::from_13_digits(&digits).map_err(|_| NdcError::Shape)
    }
}

impl core::fmt::Display for Ndc {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.as_str())
    }
}
