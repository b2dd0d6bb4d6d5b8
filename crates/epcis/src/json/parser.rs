//! A JSON parser (RFC 8259) that keeps what `serde_json` would lose: the text of numbers, the order of members,
//! duplicate keys and the place of every value. Depth, bytes and number of values are bounded.

use std::io::Read;

use super::{
    rules,
    text::{Fault, Text},
};
use crate::raw::{Key, Member, Node, Raw};

/// Longest number, in bytes.
const NUMBER_BYTES_MAX: usize = 1_024;
/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 4_096;

pub(super) struct Parser<R> {
    pub(super) text: Text<R>,
    depth_max: usize,
    values_max: usize,
    values: usize,
}

impl<R: Read> Parser<R> {
    pub(super) fn new(inner: R, depth_max: usize, values_max: usize) -> Self {
        Self {
            text: Text::new(inner),
            depth_max,
            values_max,
            values: 0,
        }
    }

    /// Goes on counting values from this number.
    pub(super) fn count_from(&mut self, values: usize) {
        self.values = values;
    }

    /// The values counted.
    pub(super) fn values(&self) -> usize {
        self.values
    }

    /// Consumes this byte, skipping white space before it.
    pub(super) fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        match self.text.blank()? {
            Some(found) if found == byte => self.text.skip(1),
            other => Err(self.unexpected(other, &format!("'{}'", char::from(byte)))),
        }
    }

    /// Consumes this byte if it is next, skipping white space before it.
    pub(super) fn accept(&mut self, byte: u8) -> Result<bool, Fault> {
        let found = self.text.blank()? == Some(byte);
        if found {
            self.text.skip(1)?;
        }
        Ok(found)
    }

    /// The step to the next entry of a list or object: `true` if there is one.
    pub(super) fn next(&mut self, first: &mut bool, close: u8) -> Result<bool, Fault> {
        if self.accept(close)? {
            return Ok(false);
        }
        if !std::mem::take(first) {
            if !self.accept(b',')? {
                let found = self.text.peek()?;
                return Err(self.unexpected(found, &format!("',' or '{}'", char::from(close))));
            }
            if self.text.blank()? == Some(close) {
                return Err(self
                    .text
                    .fault(rules::SYNTAX, "a comma follows the last entry"));
            }
        }
        Ok(true)
    }

    /// The key of a member and its colon.
    pub(super) fn key(&mut self) -> Result<String, Fault> {
        match self.text.blank()? {
            Some(b'"') => {}
            other => return Err(self.unexpected(other, "a member name")),
        }
        let key = self.string()?;
        if key.len() > KEY_BYTES_MAX {
            return Err(self.text.fault(rules::SIZE, "a member name is too long"));
        }
        self.expect(b':')?;
        Ok(key)
    }

    /// Any value. `depth` is how many objects and lists are open around it.
    pub(super) fn value(&mut self, depth: usize) -> Result<Node, Fault> {
        let first = self.text.blank()?;
        let at = self.text.pos();
        self.values += 1;
        if self.values > self.values_max {
            return Err(self
                .text
                .fault(rules::VALUES, "the event holds too many values"));
        }
        let raw = match first {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Raw::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => Raw::Number(self.number()?),
            Some(b't') => self.word("true", Raw::Bool(true))?,
            Some(b'f') => self.word("false", Raw::Bool(false))?,
            Some(b'n') => self.word("null", Raw::Null)?,
            other => return Err(self.unexpected(other, "a value")),
        };
        Ok(Node { at, raw })
    }

    fn deeper(&self, depth: usize) -> Result<usize, Fault> {
        if depth >= self.depth_max {
            let message = format!(
                "objects and lists are nested more than {} deep",
                self.depth_max
            );
            return Err(self.text.fault(rules::DEPTH, message));
        }
        Ok(depth + 1)
    }

    fn object(&mut self, depth: usize) -> Result<Raw, Fault> {
        let depth = self.deeper(depth)?;
        self.text.skip(1)?;
        let mut members = Vec::new();
        let mut first = true;
        while self.next(&mut first, b'}')? {
            let key = Key::Plain(self.key()?);
            let node = self.value(depth)?;
            members.push(Member { key, node });
        }
        Ok(Raw::Object(members))
    }

    fn list(&mut self, depth: usize) -> Result<Raw, Fault> {
        let depth = self.deeper(depth)?;
        self.text.skip(1)?;
        let mut nodes = Vec::new();
        let mut first = true;
        while self.next(&mut first, b']')? {
            nodes.push(self.value(depth)?);
        }
        Ok(Raw::List(nodes))
    }

    fn word(&mut self, word: &str, raw: Raw) -> Result<Raw, Fault> {
        for expected in word.bytes() {
            let found = self.text.peek()?;
            if found != Some(expected) {
                return Err(self.unexpected(found, word));
            }
            self.text.skip(1)?;
        }
        Ok(raw)
    }

    fn number(&mut self) -> Result<String, Fault> {
        let mut number = String::new();
        while let Some(byte @ (b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) =
            self.text.peek()?
        {
            if number.len() == NUMBER_BYTES_MAX {
                return Err(self.text.fault(rules::SIZE, "a number is too long"));
            }
            number.push(char::from(byte));
            self.text.skip(1)?;
        }
        if is_number(&number) {
            return Ok(number);
        }
        Err(self
            .text
            .fault(rules::SYNTAX, format!("{number} is no JSON number")))
    }

    fn string(&mut self) -> Result<String, Fault> {
        let start = self.text.pos();
        self.text.skip(1)?;
        let mut bytes = Vec::new();
        loop {
            let ahead = self.text.ahead()?;
            let stop = ahead
                .iter()
                .position(|byte| *byte == b'"' || *byte == b'\\' || *byte < 0x20);
            let plain = stop.unwrap_or(ahead.len());
            bytes.extend_from_slice(&ahead[..plain]);
            let found = ahead.get(plain).copied();
            let end = ahead.is_empty();
            self.text.skip(plain)?;
            match found {
                Some(b'"') => break self.text.skip(1)?,
                Some(b'\\') => self.escape(&mut bytes)?,
                Some(_) => {
                    let message = "a control character stands unescaped in a string";
                    return Err(self.text.fault(rules::SYNTAX, message));
                }
                None if end => return Err(self.unexpected(None, "the end of the string")),
                None => {}
            }
        }
        String::from_utf8(bytes).map_err(|_| Fault {
            rule: rules::UTF8,
            pos: start,
            message: "the string is not UTF-8".to_owned(),
        })
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), Fault> {
        self.text.skip(1)?;
        let found = self.text.peek()?;
        let plain = match found {
            Some(b @ (b'"' | b'\\' | b'/')) => b,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0C,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                self.text.skip(1)?;
                let character = self.unicode()?;
                let mut buffer = [0; 4];
                bytes.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
                return Ok(());
            }
            other => return Err(self.unexpected(other, "an escape")),
        };
        bytes.push(plain);
        self.text.skip(1)
    }

    /// `\uXXXX`, joined with a second one where it is a surrogate (RFC 8259 §7).
    fn unicode(&mut self) -> Result<char, Fault> {
        let high = self.four_digits()?;
        let mut code = high;
        if (0xD800..0xDC00).contains(&high) {
            for expected in *b"\\u" {
                let found = self.text.peek()?;
                if found != Some(expected) {
                    return Err(self.unexpected(found, "the second half of a surrogate pair"));
                }
                self.text.skip(1)?;
            }
            let low = self.four_digits()?;
            if (0xDC00..0xE000).contains(&low) {
                code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
            }
        }
        char::from_u32(code).ok_or_else(|| {
            self.text
                .fault(rules::SYNTAX, "an escape names half a surrogate pair")
        })
    }

    fn four_digits(&mut self) -> Result<u32, Fault> {
        let mut code = 0;
        for _ in 0..4 {
            let found = self.text.peek()?;
            let digit = found.and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.unexpected(found, "a hexadecimal digit"));
            };
            code = code * 16 + digit;
            self.text.skip(1)?;
        }
        Ok(code)
    }

    fn unexpected(&self, found: Option<u8>, expected: &str) -> Fault {
        match found {
            None => self
                .text
                .fault(rules::END, format!("expected {expected}, found the end")),
            Some(byte) if byte.is_ascii_graphic() => self.text.fault(
                rules::SYNTAX,
                format!("expected {expected}, found '{}'", char::from(byte)),
            ),
            Some(byte) => self.text.fault(
                rules::SYNTAX,
                format!("expected {expected}, found the byte {byte:#04x}"),
            ),
        }
    }
}

/// RFC 8259 §6.
fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|part| digits(part.strip_prefix(['+', '-']).unwrap_or(part)))
}

#[cfg(test)]
mod tests;
