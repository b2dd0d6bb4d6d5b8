//! Percent-encoding as URIs use it (RFC 3986, section 2.1), for values of printable ASCII.

use crate::charset::CharSet;
use core::fmt;
use std::borrow::Cow;

/// What RFC 3986 leaves as it is everywhere in a URI.
pub(crate) const UNRESERVED: CharSet =
    CharSet::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Writes `value`, with every byte outside `literal` as `%` and two capital hexadecimal digits.
pub(crate) fn write_encoded(
    out: &mut dyn fmt::Write,
    value: &str,
    literal: CharSet,
) -> fmt::Result {
    let mut rest = value;
    while let Some(at) = literal.first_outside(rest.as_bytes()) {
        // Only ASCII is encoded byte by byte; other characters are encoded as their UTF-8 bytes.
        let mut end = at + 1;
        while !rest.is_char_boundary(end) {
            end += 1;
        }
        out.write_str(&rest[..at])?;
        for byte in rest[at..end].bytes() {
            let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
            out.write_char('%')?;
            out.write_char(char::from(high))?;
            out.write_char(char::from(low))?;
        }
        rest = &rest[end..];
    }
    out.write_str(rest)
}

/// Resolves percent-encoding. The error is the offset of a `%` that two hexadecimal digits do not follow, or that
/// encodes anything but printable ASCII.
pub(crate) fn decode(text: &str) -> Result<Cow<'_, str>, usize> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((literal, behind)) = rest.split_once('%') {
        decoded.push_str(literal);
        let offset = text.len() - behind.len() - 1;
        let byte = behind.get(..2).and_then(hex_byte).ok_or(offset)?;
        if !byte.is_ascii_graphic() {
            return Err(offset);
        }
        decoded.push(char::from(byte));
        rest = &behind[2..];
    }
    decoded.push_str(rest);
    Ok(Cow::Owned(decoded))
}

/// The byte that two hexadecimal digits spell.
pub(crate) fn hex_byte(digits: &str) -> Option<u8> {
    // `from_str_radix` would take a sign.
    if digits.len() != 2 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u8::from_str_radix(digits, 16).ok()
}

/// Where byte `decoded` of the decoded text stands in the encoded one.
pub(crate) fn encoded_offset(encoded: &str, decoded: usize) -> usize {
    let bytes = encoded.as_bytes();
    let mut at = 0;
    for _ in 0..decoded {
        at += if bytes.get(at) == Some(&b'%') { 3 } else { 1 };
    }
    at.min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        for value in ["", "AB", "A/B%2", "!\"#", "é"] {
            let mut text = String::new();
            write_encoded(&mut text, value, UNRESERVED).unwrap();
            assert!(text.is_ascii());
            if value.is_ascii() {
                assert_eq!(decode(&text).unwrap(), value);
            }
        }
    }

    #[test]
    fn bad_sequences_are_placed() {
        for (text, offset) in [
            ("A%", 1),
            ("%4", 0),
            ("AB%4x", 2),
            ("%41%é", 3),
            ("%+1", 0),
            ("%00", 0),
            ("%C3%A9", 0),
        ] {
            assert_eq!(decode(text), Err(offset), "{text}");
        }
    }

    #[test]
    fn offsets_map_back() {
        assert_eq!(encoded_offset("A%2FB", 1), 1);
        assert_eq!(encoded_offset("A%2FB", 2), 4);
        assert_eq!(encoded_offset("A%2FB", 9), 5);
    }
}
