//! The part of Structured Fields (RFC 8941) that HTTP message signatures use: dictionaries of inner lists and of byte
//! sequences, with parameters.
//!
//! What is read is written back in canonical form, because the signature covers that form.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use thiserror::Error;

use crate::limits::{MAX_COMPONENTS, MAX_SIGNATURE_HEADER_BYTES, MAX_SIGNATURES};

/// A header is no structured field of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what} at byte {at}")]
pub struct FieldError {
    /// What was found or is missing.
    pub what: &'static str,
    /// Where, in bytes from the beginning of the header's value.
    pub at: usize,
}

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bare {
    /// A whole number.
    Integer(i64),
    /// Text in quotes.
    Text(String),
    /// A word.
    Token(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A flag that is set.
    True,
}

/// Parameters in the order in which they were written.
pub type Parameters = Vec<(String, Bare)>;

/// An inner list of texts, with parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InnerList {
    /// The texts with their own parameters.
    pub items: Vec<(String, Parameters)>,
    /// Parameters of the list.
    pub parameters: Parameters,
}

/// Reads a dictionary whose values are inner lists: `sig1=("@method" "@path");created=1;keyid="k"`.
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method itself is not general enough over the life of the text"
)]
pub fn inner_lists(text: &str) -> Result<Vec<(String, InnerList)>, FieldError> {
    dictionary(text, |cursor| cursor.inner_list())
}

/// Reads a dictionary whose values are byte sequences: `sig1=:AAEC:`.
pub fn byte_sequences(text: &str) -> Result<Vec<(String, Vec<u8>)>, FieldError> {
    dictionary(text, |cursor| {
        let bytes = cursor.bytes()?;
        cursor.parameters()?;
        Ok(bytes)
    })
}

fn dictionary<T>(
    text: &str,
    mut member: impl FnMut(&mut Cursor<'_>) -> Result<T, FieldError>,
) -> Result<Vec<(String, T)>, FieldError> {
    if text.len() > MAX_SIGNATURE_HEADER_BYTES {
        return Err(FieldError {
            what: "the header is too long",
            at: MAX_SIGNATURE_HEADER_BYTES,
        });
    }
    let mut cursor = Cursor {
        text: text.as_bytes(),
        at: 0,
    };
    let mut members = Vec::new();
    cursor.spaces();
    while cursor.peek().is_some() {
        if members.len() == MAX_SIGNATURES {
            return Err(cursor.error("too many members"));
        }
        let key = cursor.key()?;
        if members.iter().any(|(known, _)| *known == key) {
            return Err(cursor.error("a member is repeated"));
        }
        cursor.expect(b'=', "a value is missing")?;
        members.push((key, member(&mut cursor)?));
        cursor.spaces();
        if cursor.peek().is_none() {
            break;
        }
        cursor.expect(b',', "a comma is missing between members")?;
        cursor.spaces();
        if cursor.peek().is_none() {
            return Err(cursor.error("nothing follows a comma"));
        }
    }
    Ok(members)
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn error(&self, what: &'static str) -> FieldError {
        FieldError { what, at: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), FieldError> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(self.error(what))
    }

    fn spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    fn run(&mut self, accept: impl Fn(u8) -> bool) -> String {
        let from = self.at;
        while self.peek().is_some_and(&accept) {
            self.at += 1;
        }
        String::from_utf8_lossy(self.text.get(from..self.at).unwrap_or_default()).into_owned()
    }

    /// RFC 8941 §3.1.2: lower-case letter or `*`, then letters, digits, `_-.*`.
    fn key(&mut self) -> Result<String, FieldError> {
        if !self
            .peek()
            .is_some_and(|b| b.is_ascii_lowercase() || b == b'*')
        {
            return Err(self.error("a name is missing"));
        }
        Ok(self.run(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.*".contains(&b)))
    }

    fn text(&mut self) -> Result<String, FieldError> {
        self.expect(b'"', "a text in quotes is missing")?;
        let mut text = String::new();
        loop {
            match self.take() {
                Some(b'"') => return Ok(text),
                Some(b'\\') => match self.take() {
                    Some(byte @ (b'"' | b'\\')) => text.push(char::from(byte)),
                    _ => return Err(self.error("a backslash escapes nothing")),
                },
                Some(byte @ 0x20..=0x7e) => text.push(char::from(byte)),
                _ => {
                    return Err(
                        self.error("a text does not end, or holds a character that is not allowed")
                    );
                }
            }
        }
    }

    fn bytes(&mut self) -> Result<Vec<u8>, FieldError> {
        self.expect(b':', "a byte sequence between colons is missing")?;
        let text = self.run(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
        let bytes = STANDARD
            .decode(text)
            .map_err(|_| self.error("a byte sequence is not base64"))?;
        self.expect(b':', "a byte sequence does not end")?;
        Ok(bytes)
    }

    fn integer(&mut self) -> Result<i64, FieldError> {
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        self.run(|b| b.is_ascii_digit());
        let digits = self.text.get(from..self.at).unwrap_or_default();
        // RFC 8941 §3.3.1: at most 15 digits
        if digits.len() > 16 {
            return Err(self.error("a number is too long"));
        }
        let text = String::from_utf8_lossy(digits);
        text.parse().map_err(|_| self.error("a number is not one"))
    }

    fn bare(&mut self) -> Result<Bare, FieldError> {
        match self.peek() {
            Some(b'"') => self.text().map(Bare::Text),
            Some(b':') => self.bytes().map(Bare::Bytes),
            Some(b'-' | b'0'..=b'9') => self.integer().map(Bare::Integer),
            Some(b) if b.is_ascii_alphabetic() => {
                Ok(Bare::Token(self.run(|b| {
                    b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:/".contains(&b)
                })))
            }
            _ => Err(self.error("a value is missing")),
        }
    }

    fn parameters(&mut self) -> Result<Parameters, FieldError> {
        let mut parameters = Parameters::new();
        while self.peek() == Some(b';') {
            self.at += 1;
            self.spaces();
            if parameters.len() == MAX_COMPONENTS {
                return Err(self.error("too many parameters"));
            }
            let name = self.key()?;
            if parameters.iter().any(|(known, _)| *known == name) {
                return Err(self.error("a parameter is repeated"));
            }
            let value = if self.peek() == Some(b'=') {
                self.at += 1;
                self.bare()?
            } else {
                Bare::True
            };
            parameters.push((name, value));
        }
        Ok(parameters)
    }

    fn inner_list(&mut self) -> Result<InnerList, FieldError> {
        self.expect(b'(', "a list in brackets is missing")?;
        let mut items = Vec::new();
        loop {
            self.spaces();
            if self.peek() == Some(b')') {
                self.at += 1;
                break;
            }
            if items.len() == MAX_COMPONENTS {
                return Err(self.error("too many components"));
            }
            let item = self.text()?;
            items.push((item, self.parameters()?));
            if !matches!(self.peek(), Some(b' ' | b')')) {
                return Err(self.error("components are not separated by spaces"));
            }
        }
        Ok(InnerList {
            items,
            parameters: self.parameters()?,
        })
    }
}

/// Writes parameters in canonical form.
pub fn write_parameters(parameters: &Parameters, out: &mut String) {
    for (name, value) in parameters {
        out.push(';');
        out.push_str(name);
        if *value != Bare::True {
            out.push('=');
            write_bare(value, out);
        }
    }
}

fn write_bare(value: &Bare, out: &mut String) {
    match value {
        Bare::Integer(number) => out.push_str(&number.to_string()),
        Bare::Text(text) => write_text(text, out),
        Bare::Token(word) => out.push_str(word),
        Bare::Bytes(bytes) => {
            out.push(':');
            out.push_str(&STANDARD.encode(bytes));
            out.push(':');
        }
        Bare::True => out.push_str("?1"),
    }
}

/// Writes a text in quotes.
pub fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out.push('"');
}

/// Writes an inner list with its parameters: the value of `@signature-params`.
pub fn write_inner_list(list: &InnerList) -> String {
    let mut out = String::from("(");
    for (index, (item, parameters)) in list.items.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        write_text(item, &mut out);
        write_parameters(parameters, &mut out);
    }
    out.push(')');
    write_parameters(&list.parameters, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_inputs_are_read_and_written_back() {
        // RFC 9421 §4.1
        let text = r#"sig1=("@method" "@target-uri" "@authority" "content-digest" "cache-control");created=1618884475;keyid="test-key-rsa-pss""#;
        let lists = inner_lists(text).unwrap();
        assert_eq!(lists.len(), 1);
        assert_eq!(lists[0].1.items[3].0, "content-digest");
        assert_eq!(
            lists[0].1.parameters[0],
            ("created".into(), Bare::Integer(1_618_884_475))
        );
        assert_eq!(format!("sig1={}", write_inner_list(&lists[0].1)), text);
    }

    #[test]
    fn byte_sequences_are_read() {
        assert_eq!(
            byte_sequences("a=:AAEC:, b=::").unwrap(),
            [("a".into(), vec![0, 1, 2]), ("b".into(), vec![])]
        );
    }

    #[test]
    fn everything_else_is_refused_with_its_place() {
        for (text, at) in [
            ("a", 1),
            ("A=()", 0),
            ("a=(", 3),
            ("a=(b)", 3),
            (r#"a=("b""c")"#, 6),
            ("a=();x=", 7),
            ("a=(),", 5),
            ("a=(), a=()", 7),
            (r#"a=("\x")"#, 6),
            ("a=();created=12345678901234567", 30),
        ] {
            assert_eq!(inner_lists(text).unwrap_err().at, at, "{text}");
        }
        assert!(byte_sequences("a=:%:").is_err() && byte_sequences("a=:AAEC").is_err());
        assert!(inner_lists(&"x".repeat(MAX_SIGNATURE_HEADER_BYTES + 1)).is_err());
    }
}
