//! Times and offsets: exact text kept, instant parsed.

use std::fmt;

use jiff::{Timestamp, civil::DateTime, tz::Offset};

/// Longest text of a time, in bytes.
const TIME_BYTES_MAX: usize = 64;
/// Digits of a second's fraction that count; more are kept in the text only.
const FRACTION_DIGITS_MAX: usize = 9;

/// A point in time: `xsd:dateTimeStamp`, which always says its offset.
///
/// Two times are equal when their instants are; the text does not count.
#[derive(Debug, Clone)]
pub struct Time {
    text: String,
    instant: Timestamp,
}

/// Why a text is no time, or no offset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not of the form `2005-04-03T20:33:31.116-06:00`.
    #[error("time is not of the form 2005-04-03T20:33:31.116-06:00")]
    Form,
    /// A calendar day, hour, minute or second that does not exist.
    #[error("time names a day, hour, minute or second that does not exist")]
    Range,
    /// No `Z` or offset at its end.
    #[error("time does not say its offset (Z or +hh:mm at its end)")]
    NoOffset,
    /// An offset that is not `+hh:mm` between -14:00 and +14:00.
    #[error("offset is not of the form +hh:mm between -14:00 and +14:00")]
    Offset,
}

impl TimeError {
    /// Stable kebab-case code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Form => "time-form",
            Self::Range => "time-range",
            Self::NoOffset => "time-no-offset",
            Self::Offset => "offset-form",
        }
    }
}

impl Time {
    /// Parses `YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)` (RFC 3339, `xsd:dateTimeStamp`).
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        if text.len() > TIME_BYTES_MAX || !text.is_ascii() {
            return Err(TimeError::Form);
        }
        let (clock, zone) = split_zone(text)?;
        let offset = match zone {
            "" => return Err(TimeError::NoOffset),
            "Z" | "z" => Offset::UTC,
            other => {
                let minutes = offset_minutes(other).ok_or(TimeError::Offset)?;
                Offset::from_seconds(i32::from(minutes) * 60).map_err(|_| TimeError::Offset)?
            }
        };
        let civil = civil(clock)?;
        let instant = offset.to_timestamp(civil).map_err(|_| TimeError::Range)?;
        Ok(Self {
            text: text.to_owned(),
            instant,
        })
    }

    /// The time as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The instant, exact to the nanosecond.
    pub fn instant(&self) -> Timestamp {
        self.instant
    }
}

/// Splits the date and clock (19 bytes and a fraction) from the zone.
fn split_zone(text: &str) -> Result<(&str, &str), TimeError> {
    if text.len() < 19 {
        return Err(TimeError::Form);
    }
    let end = text[19..]
        .find(|c: char| c != '.' && !c.is_ascii_digit())
        .map_or(text.len(), |at| 19 + at);
    Ok(text.split_at(end))
}

fn civil(clock: &str) -> Result<DateTime, TimeError> {
    let bytes = clock.as_bytes();
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if separators.iter().any(|(at, sign)| {
        let found = bytes[*at];
        found != *sign && !(*sign == b'T' && found == b't')
    }) {
        return Err(TimeError::Form);
    }
    let number = |from: usize, to: usize| digits(&clock[from..to]);
    let small = |from, to| number(from, to).and_then(|n| i8::try_from(n).ok());
    let field = |value: Option<i8>| value.ok_or(TimeError::Form);
    let year = number(0, 4)
        .and_then(|n| i16::try_from(n).ok())
        .ok_or(TimeError::Form)?;
    let nanosecond = match clock[19..].strip_prefix('.') {
        None if clock.len() == 19 => 0,
        Some(fraction) => nanoseconds(fraction).ok_or(TimeError::Form)?,
        None => return Err(TimeError::Form),
    };
    DateTime::new(
        year,
        field(small(5, 7))?,
        field(small(8, 10))?,
        field(small(11, 13))?,
        field(small(14, 16))?,
        field(small(17, 19))?,
        nanosecond,
    )
    .map_err(|_| TimeError::Range)
}

fn nanoseconds(fraction: &str) -> Option<i32> {
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let kept = &fraction[..fraction.len().min(FRACTION_DIGITS_MAX)];
    let scale = 10_i32.pow(u32::try_from(FRACTION_DIGITS_MAX - kept.len()).ok()?);
    digits(kept)
        .and_then(|n| i32::try_from(n).ok())
        .map(|n| n * scale)
}

fn digits(text: &str) -> Option<u32> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

/// Minutes east of UTC of `±hh:mm`, hours 00 to 13 or exactly 14:00.
fn offset_minutes(text: &str) -> Option<i16> {
    let bytes = text.as_bytes();
    if bytes.len() != 6 || bytes[3] != b':' || !text.is_ascii() {
        return None;
    }
    let sign = match bytes[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = i16::try_from(digits(&text[1..3])?).ok()?;
    let minutes = i16::try_from(digits(&text[4..6])?).ok()?;
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= 14 * 60).then_some(sign * total)
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.instant == other.instant
    }
}

impl Eq for Time {}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// `eventTimeZoneOffset`: the offset in effect where the event happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneOffset {
    text: String,
    minutes: i16,
}

impl ZoneOffset {
    /// Parses `±hh:mm`, -14:00 to +14:00 (EPCIS 2.0 §7.4.1).
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let minutes = offset_minutes(text).ok_or(TimeError::Offset)?;
        Ok(Self {
            text: text.to_owned(),
            minutes,
        })
    }

    /// The offset as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Minutes east of UTC.
    pub fn minutes(&self) -> i16 {
        self.minutes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let check = |text: &str, expect: Result<&str, TimeError>| {
            let got = Time::parse(text).map(|t| t.instant().to_string());
            assert_eq!(got, expect.map(str::to_owned), "{text}");
        };
        check(
            "2005-04-03T20:33:31.116-06:00",
            Ok("2005-04-04T02:33:31.116Z"),
        );
        check("2005-04-03T20:33:31Z", Ok("2005-04-03T20:33:31Z"));
        check(
            "2022-02-16T08:40:21.3142715Z",
            Ok("2022-02-16T08:40:21.3142715Z"),
        );
        check(
            "2022-02-16T08:40:21.31427151234Z",
            Ok("2022-02-16T08:40:21.314271512Z"),
        );
        check("2005-04-03T20:33:31", Err(TimeError::NoOffset));
        check("2005-04-03 20:33:31Z", Err(TimeError::Form));
        check("2005-04-03T20:33:31.Z", Err(TimeError::Form));
        check("2005-02-30T20:33:31Z", Err(TimeError::Range));
        check("2005-02-20T25:33:31Z", Err(TimeError::Range));
        check("2005-02-20T05:33:31+15:00", Err(TimeError::Offset));
        check("2005-02-20", Err(TimeError::Form));
        check("2005-02-20T05:33:31€+15:00", Err(TimeError::Form));
    }

    #[test]
    fn offsets() {
        let check = |text: &str, expect: Option<i16>| {
            assert_eq!(
                ZoneOffset::parse(text).ok().map(|o| o.minutes()),
                expect,
                "{text}"
            );
        };
        check("+01:00", Some(60));
        check("-06:30", Some(-390));
        check("+14:00", Some(840));
        check("-00:00", Some(0));
        check("+14:01", None);
        check("Z", None);
        check("01:00", None);
        check("+1:00", None);
        check("+01:60", None);
    }
}
