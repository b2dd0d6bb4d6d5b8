//! Numbers in the pre-hash string: what the reference implementation makes of them, digit for digit.

/// Below this magnitude numbers are written with an exponent.
const EXPONENT_BELOW: f64 = 1e-4;

/// The canonical text of a value that reads as a decimal number; `None` for any other text.
///
/// Published hashes normalise through a double, so very long numbers lose digits here (and only here).
pub(super) fn canonical(text: &str) -> Option<String> {
    if !is_number(text) {
        return None;
    }
    let number: f64 = text.replace('_', "").parse().ok()?;
    if !number.is_finite() {
        return None;
    }
    if number.fract().abs() < f64::MIN_POSITIVE {
        let whole = format!("{number:.0}");
        return Some(if whole == "-0" { "0".to_owned() } else { whole });
    }
    if number.abs() >= EXPONENT_BELOW {
        return Some(number.to_string());
    }
    // 1e-5 is written 1e-05
    let short = format!("{number:e}");
    let (mantissa, exponent) = short.split_once("e-")?;
    Some(format!("{mantissa}e-{exponent:0>2}"))
}

/// Digits, at most one point, an exponent; single underscores between digits.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_fits = exponent.is_none_or(|part| {
        let digits_part = part.strip_prefix(['+', '-']).unwrap_or(part);
        !digits_part.is_empty() && digits(digits_part)
    });
    !(whole.is_empty() && fraction.is_empty()) && digits(whole) && digits(fraction) && exponent_fits
}

fn digits(part: &str) -> bool {
    let bytes = part.as_bytes();
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'0'..=b'9' => true,
        b'_' => {
            at > 0
                && bytes[at - 1].is_ascii_digit()
                && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(canonical(text).as_deref(), expect, "{text}");
        };
        check("26.0", Some("26"));
        check("0.180000000000", Some("0.18"));
        check("+5", Some("5"));
        check(".5", Some("0.5"));
        check("007", Some("7"));
        check("-0.0", Some("0"));
        check("1e3", Some("1000"));
        check("0.0001", Some("0.0001"));
        check("0.00001", Some("1e-05"));
        check("-0.0000000000123", Some("-1.23e-11"));
        check("111100001111000011110000", Some("111100001111000003641344"));
        check("1_000", Some("1000"));
        check("_1", None);
        check("1__0", None);
        check("", None);
        check(".", None);
        check("1e", None);
        check("1.2.3", None);
        check("inf", None);
        check("nan", None);
        check("1e999", None);
        check("0x10", None);
        check("2019-10-07", None);
    }
}
