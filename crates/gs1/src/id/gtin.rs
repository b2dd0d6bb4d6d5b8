//! The Global Trade Item Number, always as 14 digits.

use super::identifier;
use crate::ai::{Ai, ValueError};
use crate::check;
use crate::lint::LintCode;
use crate::text::Text;

/// Global Trade Item Number, AI (01): always 14 digits, shorter ones filled with zeros from the left.
///
/// ```
/// use pangolin_gs1::id::Gtin;
///
/// let gtin = Gtin::new("4012345123456").unwrap();
/// assert_eq!(gtin.as_str(), "04012345123456");
/// assert_eq!(gtin, Gtin::new("04012345123456").unwrap());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gtin(Text<14>);

/// The number of digits of every GTIN once it is normalised.
const GTIN_LEN: usize = 14;

impl Gtin {
    /// The application identifier whose value it is.
    pub const AI: Ai = Ai::GTIN;

    /// Takes a GTIN-8, GTIN-12, GTIN-13 or GTIN-14 with its check digit.
    pub fn new(value: &str) -> Result<Self, ValueError> {
        if let Some(offset) = value.bytes().position(|byte| !byte.is_ascii_digit()) {
            return Err(ValueError::lint(
                Ai::GTIN,
                LintCode::NonDigitCharacter,
                offset,
                1,
            ));
        }
        if !matches!(value.len(), 8 | 12 | 13 | 14) {
            return Err(ValueError::GtinLength { found: value.len() });
        }
        let (data, digit) = value.split_at(value.len() - 1);
        let wrong = || ValueError::lint(Ai::GTIN, LintCode::IncorrectCheckDigit, data.len(), 1);
        if check::mod10(data.as_bytes()) != digit.bytes().next().map(|byte| byte - b'0') {
            return Err(wrong());
        }
        let mut text = Text::EMPTY;
        let fits = text.push_str(&"000000"[..GTIN_LEN - value.len()]) && text.push_str(value);
        // Cannot fail: the lengths add up to fourteen.
        if fits { Ok(Self(text)) } else { Err(wrong()) }
    }

    /// Completes 13 digits (indicator or leading zero first) by their check digit.
    pub fn from_13_digits(digits: &str) -> Result<Self, ValueError> {
        let found = digits.len();
        if found != GTIN_LEN - 1 {
            return Err(ValueError::GtinLength { found });
        }
        if let Some(offset) = digits.bytes().position(|byte| !byte.is_ascii_digit()) {
            return Err(ValueError::lint(
                Ai::GTIN,
                LintCode::NonDigitCharacter,
                offset,
                1,
            ));
        }
        let mut text = Text::EMPTY;
        let digit = check::mod10(digits.as_bytes()).unwrap_or_default();
        let fits = text.push_str(digits) && text.push(b'0' + digit);
        fits.then_some(Self(text))
            .ok_or(ValueError::GtinLength { found })
    }

    /// The 14 digits.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The indicator: the first of the 14 digits. 1 to 8 number packaging levels, 9 is variable measure.
    pub fn indicator(&self) -> char {
        self.as_str().chars().next().unwrap_or('0')
    }

    /// The shortest form GS1 allows for these digits: 8, 12, 13 or 14 digits.
    pub fn shortest(&self) -> &str {
        let digits = self.as_str();
        // No longer GTIN starts with the zeros that fill a shorter one (General Specifications, section 1.4).
        for len in [8, 12, 13] {
            if let Some((filling, rest)) = digits.split_at_checked(GTIN_LEN - len)
                && filling.bytes().all(|byte| byte == b'0')
            {
                return rest;
            }
        }
        digits
    }
}

identifier!(@text Gtin);
