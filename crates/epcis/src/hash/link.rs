//! GS1 identifiers as constrained canonical Digital Link URIs (CBV 2.0 §8.9.2).
//!
//! Structural only: check digits of Digital Link URIs are not verified, because the hash of an event must not depend
//! on whether its identifiers are right. Of several levels of identification only the finest stays.

mod path;
mod urn;

/// Domain of canonical Digital Link URIs.
const DOMAIN: &str = "https://id.gs1.org";

/// The canonical Digital Link URI of an EPC URN, class or pattern URN, or Digital Link URI; `None` for other text.
pub fn canonical_link(text: &str) -> Option<String> {
    if let Some(rest) = text.strip_prefix("urn:epc:") {
        return urn::link(rest);
    }
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))?;
    path::link(rest)
}

/// The GS1 check digit of digits without one (General Specifications §7.9.1).
fn check_digit(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, digit)| u32::from(digit.saturating_sub(b'0')) * if at % 2 == 0 { 3 } else { 1 })
        .sum();
    (10 - sum % 10) % 10
}

/// Whether a character may stand in a GS1 alphanumeric value (General Specifications figure 7.11-1; `#` for CPI).
fn is_value(character: char) -> bool {
    character.is_ascii_alphanumeric() || "!\"%&'()*+,-./:;<=>?_#".contains(character)
}

/// Undoes percent-encoding; `None` if it is broken or yields a character no GS1 value may hold.
fn decode(text: &str) -> Option<String> {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let (character, used) = if character == '%' {
            let digits = rest.get(1..3)?;
            if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                return None;
            }
            (char::from(u8::from_str_radix(digits, 16).ok()?), 3)
        } else {
            (character, character.len_utf8())
        };
        if !is_value(character) {
            return None;
        }
        decoded.push(character);
        rest = &rest[used..];
    }
    Some(decoded)
}

/// Percent-encodes what a Digital Link URI must not hold as it is.
fn encode(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for character in value.chars() {
        if character.is_ascii_alphanumeric() || "'-.;=_".contains(character) {
            encoded.push(character);
        } else {
            // every character here is ASCII
            let code = u32::from(character);
            let digit = |nibble: u32| char::from_digit(nibble, 16).unwrap_or('0');
            encoded.push('%');
            encoded.push(digit(code >> 4 & 15).to_ascii_uppercase());
            encoded.push(digit(code & 15).to_ascii_uppercase());
        }
    }
    encoded
}

/// A value of one to `max` characters, decoded and encoded again.
fn recode(text: &str, max: usize) -> Option<String> {
    let decoded = decode(text)?;
    (1..=max)
        .contains(&decoded.chars().count())
        .then(|| encode(&decoded))
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests;
