//! Decimal numbers: exact text kept, compared by value, without binary floating point.

use std::{cmp::Ordering, fmt};

/// Longest text of a number, in bytes.
pub const DECIMAL_BYTES_MAX: usize = 128;
/// Largest magnitude of an exponent; the range of a double is ±324.
pub const DECIMAL_EXPONENT_MAX: i32 = 400;

/// A decimal number as written in JSON or as `xsd:decimal` / `xsd:double` without the special values.
///
/// Two numbers are equal when their values are: `26`, `26.0` and `2.6e1`.
#[derive(Debug, Clone)]
pub struct Decimal {
    text: String,
    canonical: String,
}

/// Why a text is no decimal number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not a number.
    #[error("value is not a decimal number")]
    Form,
    /// Longer than [`DECIMAL_BYTES_MAX`] or with an exponent beyond [`DECIMAL_EXPONENT_MAX`].
    #[error(
        "number is longer than {DECIMAL_BYTES_MAX} characters or its exponent is beyond {DECIMAL_EXPONENT_MAX}"
    )]
    TooLong,
}

impl DecimalError {
    /// Stable kebab-case code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Form => "number-form",
            Self::TooLong => "number-too-long",
        }
    }
}

impl Decimal {
    /// Parses a JSON number or an XML decimal (`+5`, `.5` and `5.` are XML only).
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        if text.len() > DECIMAL_BYTES_MAX {
            return Err(DecimalError::TooLong);
        }
        let canonical = canonical(text)?;
        Ok(Self {
            text: text.to_owned(),
            canonical,
        })
    }

    /// The number as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The shortest plain notation: no exponent, no leading or trailing zeros, no `+`, no `-0`.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Whether the value is below zero.
    pub fn is_negative(&self) -> bool {
        self.canonical.starts_with('-')
    }

    /// Compares by value.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self.is_negative(), other.is_negative()) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => magnitude(&self.canonical, &other.canonical),
            (true, true) => magnitude(&other.canonical[1..], &self.canonical[1..]),
        }
    }

    /// Whether the written text is a JSON number.
    pub fn is_json(&self) -> bool {
        let body = self.text.strip_prefix('-').unwrap_or(&self.text);
        let bytes = body.as_bytes();
        let whole = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
        let leading_zero = whole > 1 && bytes[0] == b'0';
        let bare_point = bytes.get(whole) == Some(&b'.')
            && !bytes.get(whole + 1).is_some_and(u8::is_ascii_digit);
        whole > 0 && !leading_zero && !bare_point
    }
}

fn canonical(text: &str) -> Result<String, DecimalError> {
    let (negative, rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], parse_exponent(&rest[at + 1..])?),
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return Err(DecimalError::Form);
    }
    let digits = format!("{whole}{fraction}");
    let whole_digits = i32::try_from(whole.len()).map_err(|_| DecimalError::TooLong)?;
    Ok(place_point(negative, &digits, whole_digits + exponent))
}

fn parse_exponent(text: &str) -> Result<i32, DecimalError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(DecimalError::Form);
    }
    let exponent: i32 = text.parse().map_err(|_| DecimalError::TooLong)?;
    if exponent.abs() > DECIMAL_EXPONENT_MAX {
        return Err(DecimalError::TooLong);
    }
    Ok(exponent)
}

/// Writes `digits` with the decimal point after `point` digits, without superfluous zeros.
fn place_point(negative: bool, digits: &str, point: i32) -> String {
    let mut whole = String::new();
    let mut fraction = String::new();
    for at in 0..point.max(0) {
        let index = usize::try_from(at).unwrap_or(usize::MAX);
        whole.push(digits.as_bytes().get(index).map_or('0', |b| char::from(*b)));
    }
    for _ in point..0 {
        fraction.push('0');
    }
    let rest = usize::try_from(point.max(0)).unwrap_or(0).min(digits.len());
    fraction.push_str(&digits[rest..]);
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let is_zero = whole == "0" && fraction.is_empty();
    let sign = if negative && !is_zero { "-" } else { "" };
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

/// Compares two canonical numbers without signs.
fn magnitude(a: &str, b: &str) -> Ordering {
    let (a_whole, a_fraction) = a.split_once('.').unwrap_or((a, ""));
    let (b_whole, b_fraction) = b.split_once('.').unwrap_or((b, ""));
    (a_whole.len(), a_whole, a_fraction).cmp(&(b_whole.len(), b_whole, b_fraction))
}

impl From<u32> for Decimal {
    fn from(number: u32) -> Self {
        let text = number.to_string();
        Self {
            canonical: text.clone(),
            text,
        }
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for Decimal {}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_forms() {
        let check = |text: &str, expect: Result<&str, DecimalError>| {
            let got = Decimal::parse(text).map(|d| d.canonical().to_owned());
            assert_eq!(got, expect.map(str::to_owned), "{text}");
        };
        check("26.0", Ok("26"));
        check("0.050", Ok("0.05"));
        check("-0.0", Ok("0"));
        check("1e3", Ok("1000"));
        check("1.25E-3", Ok("0.00125"));
        check("123.456e1", Ok("1234.56"));
        check("+.5", Ok("0.5"));
        check("5.", Ok("5"));
        check("007", Ok("7"));
        check("0e5", Ok("0"));
        check("", Err(DecimalError::Form));
        check(".", Err(DecimalError::Form));
        check("1e", Err(DecimalError::Form));
        check("1e9999", Err(DecimalError::TooLong));
        check("NaN", Err(DecimalError::Form));
        check("1 2", Err(DecimalError::Form));
    }

    #[test]
    fn comparison() {
        let sorted = [
            "-12", "-2.5", "-2", "0", "0.05", "0.5", "2", "10", "10.01", "10.1",
        ];
        for pair in sorted.windows(2) {
            let [a, b] = [pair[0], pair[1]].map(|text| Decimal::parse(text).unwrap());
            assert_eq!(a.compare(&b), Ordering::Less, "{a} {b}");
            assert_eq!(b.compare(&a), Ordering::Greater, "{a} {b}");
            assert_eq!(a.compare(&a), Ordering::Equal, "{a}");
        }
    }

    #[test]
    fn json_numbers() {
        for (text, expect) in [
            ("1", true),
            ("-1.5e3", true),
            ("01", false),
            ("1.", false),
            (".5", false),
            ("+5", false),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().is_json(), expect, "{text}");
        }
    }
}
