//! The two identifiers that make up nearly all references, read and written without going through [`pangolin_gs1::Key`].
//!
//! One event may name 40,000 packs. What is read here is a subset of what the general reader takes, with the same result
//! (held by a property test); everything else, in particular everything that is in error, is left to the general reader.

use pangolin_ledger::id::ObjectId;

use super::id::{GTIN_BYTES, STEM, TAG_ITEM, TAG_LOGISTIC};

const SGTIN_URN: &str = "urn:epc:id:sgtin:";
const SSCC_URN: &str = "urn:epc:id:sscc:";
const ITEM_LINK: &str = "https://id.gs1.org/01/";
/// Between the GTIN and the serial number of a Digital Link URI.
const SERIAL_STEP: &str = "/21/";
/// Characters of a serial number, AI (21).
const SERIAL_MAX: usize = 20;
/// Digits of a company prefix in a URN.
const PREFIX_DIGITS: std::ops::RangeInclusive<usize> = 6..=12;

/// Whether a serial number may hold this byte in a URN without an escape (Tag Data Standard, table A-1).
const fn is_literal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'!' | b'\''..=b'.' | b':' | b';' | b'=' | b'_')
}

/// Whether this byte stands for itself in any URI (RFC 3986 §2.3).
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// The bytes of the object that `uri` names; `None` leaves it to the general reader.
pub(super) fn object(uri: &str) -> Option<ObjectId> {
    if let Some(rest) = uri.strip_prefix(SGTIN_URN) {
        let (prefix, rest) = rest.split_once('.')?;
        let (item, serial) = rest.split_once('.')?;
        if !PREFIX_DIGITS.contains(&prefix.len()) || prefix.len() + item.len() != 13 {
            return None;
        }
        return pack(joined(prefix, item)?, serial, is_literal);
    }
    if let Some(rest) = uri.strip_prefix(ITEM_LINK) {
        let (gtin, serial) = rest.split_once(SERIAL_STEP)?;
        let (data, check) = gtin.split_at_checked(13)?;
        let number = digits(data.as_bytes())?;
        if check.len() != 1 || check.as_bytes().first() != Some(&check_digit(number)) {
            return None;
        }
        return pack(number, serial, is_unreserved);
    }
    let (prefix, reference) = uri.strip_prefix(SSCC_URN)?.split_once('.')?;
    if !PREFIX_DIGITS.contains(&prefix.len()) || prefix.len() + reference.len() != 17 {
        return None;
    }
    let mut bytes = [TAG_LOGISTIC; 9];
    bytes[1..].copy_from_slice(&joined(prefix, reference)?.to_be_bytes());
    ObjectId::new(bytes).ok()
}

/// The number whose first digit is the first of `rest` (indicator or extension digit), followed by the company prefix and
/// the others of `rest` (Tag Data Standard §7.1).
fn joined(prefix: &str, rest: &str) -> Option<u64> {
    let (first, others) = rest.as_bytes().split_at_checked(1)?;
    let number = append(append(digits(first)?, prefix.as_bytes())?, others)?;
    Some(number)
}

fn digits(text: &[u8]) -> Option<u64> {
    append(0, text)
}

/// At most 17 digits in all, so that nothing overflows.
fn append(to: u64, text: &[u8]) -> Option<u64> {
    text.iter().try_fold(to, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| number * 10 + u64::from(digit))
    })
}

fn pack(number: u64, serial: &str, literal: impl Fn(u8) -> bool) -> Option<ObjectId> {
    if serial.is_empty() || serial.len() > SERIAL_MAX || !serial.bytes().all(literal) {
        return None;
    }
    let mut bytes = [TAG_ITEM; 1 + GTIN_BYTES + SERIAL_MAX];
    let end = 1 + GTIN_BYTES + serial.len();
    bytes[1..=GTIN_BYTES].copy_from_slice(&number.to_be_bytes()[2..]);
    bytes[1 + GTIN_BYTES..end].copy_from_slice(serial.as_bytes());
    ObjectId::new(&bytes[..end]).ok()
}

/// The check digit behind `number`, as a character (General Specifications §7.9.1).
fn check_digit(number: u64) -> u8 {
    let (mut rest, mut sum, mut weight) = (number, 0, 3);
    while rest > 0 {
        sum += rest % 10 * weight;
        rest /= 10;
        weight = 4 - weight;
    }
    b'0' + u8::try_from((10 - sum % 10) % 10).unwrap_or(0)
}

/// Appends the canonical URI of a pack or logistic unit; `false` leaves it to the general writer.
pub(super) fn write_uri(bytes: &[u8], out: &mut String) -> bool {
    let Some((tag, rest)) = bytes.split_first() else {
        return false;
    };
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0u64, |sum, byte| sum << 8 | u64::from(*byte))
    };
    match (*tag, rest.split_at_checked(GTIN_BYTES)) {
        (TAG_ITEM, Some((gtin, serial))) if serial.iter().all(|byte| is_unreserved(*byte)) => {
            let Ok(serial) = std::str::from_utf8(serial) else {
                return false;
            };
            out.push_str(ITEM_LINK);
            push_digits(out, number(gtin), 13);
            out.push_str(SERIAL_STEP);
            out.push_str(serial);
            true
        }
        (TAG_LOGISTIC, _) if rest.len() == 8 => {
            out.push_str(STEM);
            out.push_str("00/");
            push_digits(out, number(rest), 17);
            true
        }
        _ => false,
    }
}

/// `number` with leading zeros and its check digit.
fn push_digits(out: &mut String, number: u64, digits: usize) {
    const DIGITS_MAX: usize = 17;
    let mut text = [b'0'; DIGITS_MAX];
    let mut rest = number;
    for digit in text[..digits].iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    out.push_str(std::str::from_utf8(&text[..digits]).unwrap_or_default());
    out.push(char::from(check_digit(number)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use pangolin_gs1::Key;
    use proptest::prelude::*;

    fn general(uri: &str) -> Option<ObjectId> {
        super::super::id::object(&Key::parse(uri).ok()?).ok()
    }

    #[test]
    fn common_forms_are_read_fast() {
        for uri in [
            "urn:epc:id:sgtin:030001.0012345.11",
            "urn:epc:id:sgtin:123456789012.3.A-z.9_;=!",
            "https://id.gs1.org/01/00300010123455/21/11",
            "urn:epc:id:sscc:030001.41234567890",
        ] {
            let id = object(uri).unwrap();
            assert_eq!(Some(&id), general(uri).as_ref(), "{uri}");
        }
    }

    #[test]
    fn everything_else_is_left_to_the_general_reader() {
        for uri in [
            "",
            "urn:epc:id:sgtin:",
            "urn:epc:id:sgtin:030001.0012345.",
            "urn:epc:id:sgtin:030001.0012345.A%2F1",
            "urn:epc:id:sgtin:030001.0012345.123456789012345678901",
            "urn:epc:id:sgtin:030001.00123456.1",
            "urn:epc:id:sgtin:03001.00123456.1",
            "urn:epc:id:sgtin:03000a.0012345.1",
            "urn:epc:id:sscc:030001.412345678901",
            "https://id.gs1.org/01/00300010123458/21/11",
            "https://id.gs1.org/01/00300010123455/21/1?a=b",
            "https://id.gs1.org/01/0030001012345/21/11",
            "urn:epc:class:lgtin:030001.0012345.A123",
        ] {
            assert_eq!(object(uri), None, "{uri}");
        }
    }

    proptest! {
        #[test]
        fn fast_and_general_agree(
            digits in "[0-9]{13}", at in 6usize..=12, serial in "[!%'*+,./0-9:;=?A-Z_a-z-]{1,22}", form in 0..3,
        ) {
            let uri = match form {
                0 => format!("urn:epc:id:sgtin:{}.{}.{serial}", &digits[..at], &digits[at..]),
                1 => format!("https://id.gs1.org/01/{digits}{}/21/{serial}", pangolin_gs1::check::check_digit(&digits).unwrap()),
                _ => format!("urn:epc:id:sscc:{}.{}7{}", &digits[..at], &digits[at..], &digits[..3]),
            };
            if let Some(id) = object(&uri) {
                prop_assert_eq!(Some(id.clone()), general(&uri), "{}", uri);
                let mut text = String::new();
                if write_uri(id.as_bytes(), &mut text) {
                    prop_assert_eq!(text, Key::parse(&uri).unwrap().canonical());
                }
            }
        }
    }
}
