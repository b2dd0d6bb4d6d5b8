//! Checking the fields of a URN one by one.

use super::error::EpcError;
use super::scheme::Field;
use crate::charset::CharSet;
use crate::percent::hex_byte;
use crate::prefix::PrefixLen;
use crate::text::Text;

/// The longest field that is decoded: part numbers of 32 characters.
pub(super) const FIELD_LEN_MAX: usize = 32;

/// Characters of set 82 that stand for themselves (EPC Tag Data Standard, table A-1).
pub(super) const TEXT_LITERAL: CharSet =
    CharSet::of(b"!'()*+,-.0123456789:;=ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
/// Capital letters, digits and hyphen: what aerospace and part numbers have beside `#` and `/`, which are escaped.
pub(super) const PART_LITERAL: CharSet = CharSet::of(b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
const CAGE: CharSet = CharSet::of(b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ");

/// A field and where it starts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Raw<'a> {
    pub(super) text: &'a str,
    pub(super) offset: usize,
}

impl Raw<'_> {
    fn length(self, min: usize, max: usize, found: usize) -> Result<(), EpcError> {
        let offset = self.offset;
        if (min..=max).contains(&found) {
            return Ok(());
        }
        Err(EpcError::FieldLength {
            min,
            max,
            found,
            offset,
        })
    }

    fn only(self, set: CharSet) -> Result<(), EpcError> {
        match set.first_outside(self.text.as_bytes()) {
            Some(_) if self.text == "*" => Err(EpcError::Wildcard {
                offset: self.offset,
            }),
            Some(at) => Err(EpcError::Character {
                offset: self.offset + at,
            }),
            None => Ok(()),
        }
    }

    /// The text with its escapes resolved. An escape may stand for any character of `literal` or `escaped`.
    pub(super) fn decode(
        self,
        literal: CharSet,
        escaped: CharSet,
    ) -> Result<Text<FIELD_LEN_MAX>, EpcError> {
        let too_long = || EpcError::FieldLength {
            min: 0,
            max: FIELD_LEN_MAX,
            found: self.text.len(),
            offset: self.offset,
        };
        let mut decoded = Text::EMPTY;
        let mut rest = self.text;
        while let Some(at) = literal.first_outside(rest.as_bytes()) {
            let offset = self.offset + self.text.len() - rest.len() + at;
            if !rest[at..].starts_with('%') {
                return Err(EpcError::Character { offset });
            }
            let byte = rest
                .get(at + 1..at + 3)
                .and_then(hex_byte)
                .filter(|&byte| escaped.contains(byte) || literal.contains(byte))
                .ok_or(EpcError::Escape { offset })?;
            if !(decoded.push_str(&rest[..at]) && decoded.push(byte)) {
                return Err(too_long());
            }
            rest = &rest[at + 3..];
        }
        if decoded.push_str(rest) {
            Ok(decoded)
        } else {
            Err(too_long())
        }
    }

    /// Text of set 82.
    pub(super) fn decode_text(self) -> Result<Text<FIELD_LEN_MAX>, EpcError> {
        self.decode(TEXT_LITERAL, CharSet::CSET82)
    }

    /// A part number of set 39.
    pub(super) fn decode_part(self) -> Result<Text<FIELD_LEN_MAX>, EpcError> {
        self.decode(PART_LITERAL, CharSet::CSET39)
    }

    /// Checks the field by what it should hold. `prefix` is the length of the company prefix before it.
    pub(super) fn check(self, field: Field, prefix: usize) -> Result<(), EpcError> {
        let Self { text, offset } = self;
        let chars = || text.chars().count();
        match field {
            Field::Prefix => {
                self.only(CharSet::DIGITS)?;
                let found = text.len();
                match PrefixLen::new(found) {
                    Some(_) => Ok(()),
                    None => Err(EpcError::PrefixLength { found, offset }),
                }
            }
            Field::Fill(total) => {
                self.only(CharSet::DIGITS)?;
                self.length(total - prefix, total - prefix, text.len())
            }
            Field::Digits(len) => {
                self.only(CharSet::DIGITS)?;
                self.length(len, len, text.len())
            }
            Field::DigitsTo(max) => {
                self.only(CharSet::DIGITS)?;
                self.length(1, max, text.len())
            }
            // The usual serial number is not decoded only to be measured.
            Field::Text(max) if TEXT_LITERAL.first_outside(text.as_bytes()).is_none() => {
                self.length(1, max, text.len())
            }
            Field::Text(max) => self.length(1, max, self.decode_text()?.as_str().len()),
            Field::FillText(total) => {
                self.length(1, total - prefix, self.decode_text()?.as_str().len())
            }
            Field::FillPart(total) => {
                self.length(1, total - prefix, self.decode_part()?.as_str().len())
            }
            Field::Number(max) => {
                self.only(CharSet::DIGITS)?;
                let canonical = text == "0" || !text.starts_with('0');
                match text.parse::<u64>() {
                    Ok(number) if canonical && number <= max => Ok(()),
                    _ => Err(EpcError::Number { max, offset }),
                }
            }
            Field::Cage => {
                self.only(CAGE)?;
                self.length(5, 6, chars())
            }
            Field::AerospacePart(max) => {
                let part = self.decode(PART_LITERAL, CharSet::of(b"/"))?;
                self.length(0, max, part.as_str().len())
            }
            Field::AerospaceSerial(max) => {
                let serial = self.decode(PART_LITERAL, CharSet::CSET39)?;
                // `#` marks a serial number that is unique without the part number; it stands only in front.
                if let Some(at) = serial.as_str().rfind('#').filter(|&at| at > 0) {
                    let at = crate::percent::encoded_offset(text, at);
                    return Err(EpcError::Character {
                        offset: offset + at,
                    });
                }
                let serial = serial.as_str().trim_start_matches('#');
                self.length(1, max, serial.len())
            }
            Field::Container => self.container(),
            Field::Ship => self.ship(),
        }
    }

    /// ISO 6346: owner, category, six digits, check digit.
    fn container(self) -> Result<(), EpcError> {
        const LEN: usize = 11;
        const LETTERS: CharSet = CharSet::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        self.length(LEN, LEN, self.text.chars().count())?;
        let mut sum = 0;
        for (at, byte) in self.text.bytes().enumerate() {
            let fits = match at {
                0..3 => LETTERS.contains(byte),
                3 => b"UJZ".contains(&byte),
                _ => byte.is_ascii_digit(),
            };
            let offset = self.offset + at;
            if !fits {
                return Err(EpcError::Character { offset });
            }
            let value = if byte.is_ascii_digit() {
                u32::from(byte - b'0')
            } else {
                // Letters count from 10, leaving out multiples of 11.
                let rank = u32::from(byte - b'A');
                rank + 10 + rank.div_ceil(10)
            };
            if at < LEN - 1 {
                sum += value << at;
            } else if sum % 11 % 10 != value {
                return Err(EpcError::CheckDigit { offset });
            }
        }
        Ok(())
    }

    /// IMO ship number: six digits weighted 7 to 2, check digit.
    fn ship(self) -> Result<(), EpcError> {
        const LEN: usize = 7;
        self.only(CharSet::DIGITS)?;
        self.length(LEN, LEN, self.text.len())?;
        let digits = || self.text.bytes().map(|byte| u32::from(byte - b'0'));
        let sum: u32 = digits()
            .zip((2..=7).rev())
            .map(|(digit, weight)| digit * weight)
            .sum();
        if digits().next_back() == Some(sum % 10) {
            Ok(())
        } else {
            Err(EpcError::CheckDigit {
                offset: self.offset + LEN - 1,
            })
        }
    }
}
