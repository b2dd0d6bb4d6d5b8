//! The question: every part parsed, or refused with a status and a code.

use axum::http::{HeaderMap, StatusCode};
use jiff::civil::Date;
use pangolin_gs1::id::{Gtin, Lot, Serial};

use super::Declined;

/// Name of the header that tells which version of the standard a requester speaks.
pub const VERSION_HEADER: &str = "gs1us-version";

/// The version of the standard that the requester speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// GS1 1.1.
    V1_1,
    /// GS1 US 1.3.
    V1_3,
}

impl Version {
    /// The version named in the request: 1.1 unless the header says 1.3.
    pub fn of(headers: &HeaderMap) -> Self {
        let named = headers
            .get(VERSION_HEADER)
            .and_then(|value| value.to_str().ok());
        if named.is_some_and(|named| named.trim().starts_with("1.3")) {
            Self::V1_3
        } else {
            Self::V1_1
        }
    }
}

/// An expiry date as it stands in a bar code: `YYMMDD`, where day 00 is the last day of the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expiry(Date);

impl Expiry {
    /// Reads `YYMMDD`. The century is that of the General Specifications §7.12: within 49 years before and 50 after `today`.
    pub fn parse(text: &str, today: Date) -> Option<Self> {
        if text.len() != 6 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let number = |range| {
            text.get(range)
                .and_then(|part: &str| part.parse::<i16>().ok())
        };
        let (year, month, day) = (number(0..2)?, number(2..4)?, number(4..6)?);
        let this = today.year().rem_euclid(100);
        let century = today.year() - this;
        let year = match year - this {
            51.. => century - 100 + year,
            ..=-50 => century + 100 + year,
            _ => century + year,
        };
        Self::of(year, month, day)
    }

    fn of(year: i16, month: i16, day: i16) -> Option<Self> {
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        let first = Date::new(year, month, 1).ok()?;
        let date = if day == 0 {
            first.last_of_month()
        } else {
            Date::new(year, month, day).ok()?
        };
        Some(Self(date))
    }

    /// Whether it is this date.
    pub fn is(self, date: Date) -> bool {
        self.0 == date
    }

    /// The date.
    pub const fn date(self) -> Date {
        self.0
    }
}

/// Reads `YYYYMMDD`, as the state keeps it; day 00 is the last day of the month.
pub fn full_date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number = |range| {
        text.get(range)
            .and_then(|part: &str| part.parse::<i16>().ok())
    };
    Expiry::of(number(0..4)?, number(4..6)?, number(6..8)?).map(Expiry::date)
}

/// A question about a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The trade item.
    pub gtin: Gtin,
    /// The lot.
    pub lot: Lot,
    /// The serial number.
    pub serial: String,
    /// The expiry date.
    pub expiry: Expiry,
    /// Who asks: 13 digits.
    pub requester: String,
    /// Identifier of the question: a UUID of version 4, given back as it came.
    pub correlation: String,
    /// Version of the standard.
    pub version: Version,
}

/// A question whether a responder can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The trade item.
    pub gtin: Gtin,
    /// Who asks: 13 digits.
    pub requester: String,
}

/// Parameters of a request, decoded, in order.
pub type Parameters = [(String, String)];

/// Reads a question. `today` decides the century of the expiry date.
pub fn question(
    (gtin, lot, serial): (&str, &str, &str),
    parameters: &Parameters,
    version: Version,
    today: Date,
) -> Result<Question, Declined> {
    fixed(parameters, "linkType", "verificationService", true)?;
    fixed(parameters, "context", "dscsaSaleableReturn", true)?;
    let expiry = required(parameters, "exp")?;
    let correlation = required(parameters, "corrUUID")?;
    if !is_uuid_v4(correlation) {
        return Err(bad("bad-corr-uuid", "corrUUID"));
    }
    Ok(Question {
        gtin: trade_item(gtin)?,
        lot: Lot::new(lot).map_err(|_| bad("bad-lot", "lot"))?,
        serial: Serial::new(serial)
            .map_err(|_| bad("bad-serial", "ser"))?
            .as_str()
            .to_owned(),
        expiry: Expiry::parse(expiry, today).ok_or(bad("bad-expiry", "exp"))?,
        requester: requester(parameters)?,
        correlation: correlation.to_owned(),
        version,
    })
}

/// Reads a question whether a responder can be reached.
pub fn probe(parameters: &Parameters) -> Result<Probe, Declined> {
    fixed(parameters, "linkType", "verificationService", false)?;
    fixed(parameters, "context", "dscsaSaleableReturn", false)?;
    Ok(Probe {
        gtin: trade_item(required(parameters, "gtin")?)?,
        requester: requester(parameters)?,
    })
}

/// Whether a text has the form of a GLN. Its check digit is not asked for: an identifier that no chain party has is turned
/// away anyway, and the standard's own examples have wrong ones.
pub fn is_gln(text: &str) -> bool {
    text.len() == 13 && text.bytes().all(|b| b.is_ascii_digit())
}

const fn bad(code: &'static str, place: &'static str) -> Declined {
    Declined::new(StatusCode::BAD_REQUEST, code).at(place)
}

fn trade_item(text: &str) -> Result<Gtin, Declined> {
    Gtin::new(text).map_err(|_| bad("bad-gtin", "gtin"))
}

fn requester(parameters: &Parameters) -> Result<String, Declined> {
    let text = required(parameters, "reqGLN")?;
    if is_gln(text) {
        Ok(text.to_owned())
    } else {
        Err(bad("bad-requester", "reqGLN"))
    }
}

/// The one value of a parameter.
fn optional<'a>(
    parameters: &'a Parameters,
    name: &'static str,
) -> Result<Option<&'a str>, Declined> {
    let mut values = parameters
        .iter()
        .filter(|(known, _)| known == name)
        .map(|(_, value)| value.as_str());
    let value = values.next();
    if values.next().is_some() {
        Err(bad("repeated-parameter", name))
    } else {
        Ok(value)
    }
}

fn required<'a>(parameters: &'a Parameters, name: &'static str) -> Result<&'a str, Declined> {
    optional(parameters, name)?.ok_or(bad("missing-parameter", name))
}

fn fixed(
    parameters: &Parameters,
    name: &'static str,
    expected: &str,
    must: bool,
) -> Result<(), Declined> {
    match optional(parameters, name)? {
        None if must => Err(bad("missing-parameter", name)),
        Some(value) if value != expected => Err(bad("unsupported-value", name)),
        _ => Ok(()),
    }
}

/// `^[a-fA-F\d]{8}-[a-fA-F\d]{4}-4[a-fA-F\d]{3}-[89abAB][a-fA-F\d]{3}-[a-fA-F\d]{12}$`
fn is_uuid_v4(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            14 => byte == b'4',
            19 => b"89abAB".contains(&byte),
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 22);

    #[test]
    fn expiry_dates_have_a_century_and_an_end_of_month() {
        for (text, expect) in [
            ("270228", Some(date(2027, 2, 28))),
            ("270200", Some(date(2027, 2, 28))),
            ("280200", Some(date(2028, 2, 29))),
            ("760101", Some(date(2076, 1, 1))),
            ("780101", Some(date(1978, 1, 1))),
            ("271301", None),
            ("270230", None),
            ("27021", None),
            ("2702xx", None),
            ("２70101", None),
        ] {
            assert_eq!(
                Expiry::parse(text, TODAY).map(Expiry::date),
                expect,
                "{text}"
            );
        }
        assert_eq!(full_date("20270200"), Some(date(2027, 2, 28)));
        assert_eq!(full_date("2027-02-0"), None);
    }

    fn parameters(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    const GOOD: [(&str, &str); 5] = [
        ("exp", "170728"),
        ("linkType", "verificationService"),
        ("context", "dscsaSaleableReturn"),
        ("reqGLN", "9071404000002"),
        ("corrUUID", "59bc5c88-15f7-49a7-9687-73b05d2c50a4"),
    ];

    fn ask(path: (&str, &str, &str), pairs: &[(&str, &str)]) -> Result<Question, &'static str> {
        question(path, &parameters(pairs), Version::V1_1, TODAY).map_err(|declined| declined.code)
    }

    #[test]
    fn questions_are_read_and_unknown_parameters_ignored() {
        let mut pairs = GOOD.to_vec();
        pairs.push(("ctrlPossessAtt", "true"));
        let question = ask(("00312345678906", "LZ109B15", "XYZ12345AB"), &pairs).unwrap();
        assert_eq!(question.gtin.as_str(), "00312345678906");
        assert_eq!(question.expiry.date(), date(2017, 7, 28));
        assert_eq!(
            ask(("312345678906", "A/1", "a#b"), &GOOD).map(|_| ()),
            Err("bad-serial")
        );
        assert_eq!(
            ask(("312345678906", "A/1", "a-b"), &GOOD).map(|_| ()),
            Ok(())
        );
    }

    #[test]
    fn every_part_is_checked() {
        let path = ("00312345678906", "LOT", "1");
        let with = |name: &'static str, value: &'static str| {
            let pairs: Vec<_> = GOOD
                .into_iter()
                .map(|(known, old)| (known, if known == name { value } else { old }))
                .collect();
            ask(path, &pairs).map(|_| ())
        };
        let without = |name: &str| {
            let pairs: Vec<_> = GOOD
                .into_iter()
                .filter(|(known, _)| *known != name)
                .collect();
            ask(path, &pairs).map(|_| ())
        };
        for (name, _) in GOOD {
            assert_eq!(without(name), Err("missing-parameter"), "{name}");
        }
        for (name, value, code) in [
            ("exp", "271301", "bad-expiry"),
            ("linkType", "gs1:pip", "unsupported-value"),
            ("context", "other", "unsupported-value"),
            ("reqGLN", "907140400000", "bad-requester"),
            (
                "corrUUID",
                "59bc5c88-15f7-19a7-9687-73b05d2c50a4",
                "bad-corr-uuid",
            ),
            (
                "corrUUID",
                "59bc5c8815f749a7968773b05d2c50a4",
                "bad-corr-uuid",
            ),
        ] {
            assert_eq!(with(name, value), Err(code), "{name}={value}");
        }
        assert_eq!(
            ask(("00312345678907", "L", "1"), &GOOD).map(|_| ()),
            Err("bad-gtin")
        );
        assert_eq!(
            ask(("00312345678906", "", "1"), &GOOD).map(|_| ()),
            Err("bad-lot")
        );
        let mut twice = GOOD.to_vec();
        twice.push(("exp", "170728"));
        assert_eq!(ask(path, &twice).map(|_| ()), Err("repeated-parameter"));
    }
}
