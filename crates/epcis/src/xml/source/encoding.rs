//! The encodings a document may have, how one is recognised, and how its bytes become UTF-8.

/// How the bytes of a document are to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8, also for US-ASCII, its subset.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// ISO 8859-1, where a byte is the code point.
    Latin1,
    /// Windows code page 1252: as ISO 8859-1, other signs in 0x80 to 0x9F.
    Windows1252,
}

/// The signs of code page 1252 for the bytes 0x80 to 0x9F; 0 where there is none.
const CP1252_HIGH: [u16; 32] = [
    0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
    0x0152, 0, 0x017D, 0, 0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC,
    0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
];

impl Encoding {
    /// Its name for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
            Self::Latin1 => "ISO-8859-1",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// True when a declaration may call it `name`.
    pub(super) fn is_called(self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        match self {
            Self::Utf8 => matches!(name.as_str(), "utf-8" | "utf8" | "us-ascii" | "ascii"),
            Self::Utf16Le => matches!(name.as_str(), "utf-16" | "utf-16le"),
            Self::Utf16Be => matches!(name.as_str(), "utf-16" | "utf-16be"),
            Self::Latin1 => matches!(name.as_str(), "iso-8859-1" | "latin1" | "latin-1"),
            Self::Windows1252 => matches!(name.as_str(), "windows-1252" | "cp1252"),
        }
    }

    /// True when `raw` holds no complete character, so that only more input can help.
    pub(super) fn needs_more(self, raw: &[u8]) -> bool {
        match self {
            Self::Utf8 => match std::str::from_utf8(raw.get(..raw.len().min(4)).unwrap_or(raw)) {
                Ok(text) => text.is_empty(),
                Err(error) => error.valid_up_to() == 0 && error.error_len().is_none(),
            },
            Self::Utf16Le | Self::Utf16Be => match self.unit(raw, 0) {
                Some(unit) => is_high_surrogate(unit) && raw.len() < 4,
                None => true,
            },
            Self::Latin1 | Self::Windows1252 => raw.is_empty(),
        }
    }

    /// Appends to `text` the characters of `raw` up to the first that is incomplete or wrong; returns the bytes used.
    pub(super) fn decode(self, raw: &[u8], text: &mut Vec<u8>) -> usize {
        match self {
            Self::Utf8 => {
                let valid = match std::str::from_utf8(raw) {
                    Ok(_) => raw.len(),
                    Err(error) => error.valid_up_to(),
                };
                text.extend_from_slice(raw.get(..valid).unwrap_or(&[]));
                valid
            }
            Self::Utf16Le | Self::Utf16Be => self.decode_utf16(raw, text),
            Self::Latin1 | Self::Windows1252 => self.decode_bytes(raw, text),
        }
    }

    fn unit(self, raw: &[u8], at: usize) -> Option<u16> {
        let pair = [*raw.get(at)?, *raw.get(at + 1)?];
        Some(match self {
            Self::Utf16Be => u16::from_be_bytes(pair),
            _ => u16::from_le_bytes(pair),
        })
    }

    fn decode_utf16(self, raw: &[u8], text: &mut Vec<u8>) -> usize {
        let mut at = 0;
        while let Some(unit) = self.unit(raw, at) {
            let units = if is_high_surrogate(unit) {
                match self.unit(raw, at + 2) {
                    Some(low) => vec![unit, low],
                    None => break,
                }
            } else {
                vec![unit]
            };
            let Some(Ok(sign)) = char::decode_utf16(units.iter().copied()).next() else {
                break;
            };
            push(sign, text);
            at += units.len() * 2;
        }
        at
    }

    fn decode_bytes(self, raw: &[u8], text: &mut Vec<u8>) -> usize {
        for (at, &byte) in raw.iter().enumerate() {
            let sign = match (self, byte) {
                (Self::Windows1252, 0x80..=0x9F) => CP1252_HIGH
                    .get(usize::from(byte - 0x80))
                    .filter(|&&code| code != 0)
                    .and_then(|&code| char::from_u32(u32::from(code))),
                _ => Some(char::from(byte)),
            };
            match sign {
                Some(sign) => push(sign, text),
                None => return at,
            }
        }
        raw.len()
    }
}

fn is_high_surrogate(unit: u16) -> bool {
    (0xD800..=0xDBFF).contains(&unit)
}

fn push(sign: char, text: &mut Vec<u8>) {
    let mut bytes = [0; 4];
    text.extend_from_slice(sign.encode_utf8(&mut bytes).as_bytes());
}

/// The encoding of a document that begins with `head`, and the length of its byte order mark (XML 1.0 appendix F).
///
/// The error is the name of an encoding that is not read.
pub(super) fn sniff(head: &[u8]) -> Result<(Encoding, usize), String> {
    match head {
        [0xEF, 0xBB, 0xBF, rest @ ..] => {
            declared(rest, Encoding::Utf8).map(|encoding| (encoding, 3))
        }
        [0x00, 0x00, 0xFE, 0xFF, ..] | [0xFF, 0xFE, 0x00, 0x00, ..] => Err("UTF-32".to_owned()),
        [0xFE, 0xFF, ..] => Ok((Encoding::Utf16Be, 2)),
        [0xFF, 0xFE, ..] => Ok((Encoding::Utf16Le, 2)),
        [0x00, b'<', ..] => Ok((Encoding::Utf16Be, 0)),
        [b'<', 0x00, ..] => Ok((Encoding::Utf16Le, 0)),
        [0x4C, 0x6F, 0xA7, 0x94, ..] => Err("EBCDIC".to_owned()),
        _ => declared(head, Encoding::Utf8).map(|encoding| (encoding, 0)),
    }
}

/// The encoding that the XML declaration at the start of `head` names, else `default`.
fn declared(head: &[u8], default: Encoding) -> Result<Encoding, String> {
    let Some(name) = declared_name(head) else {
        return Ok(default);
    };
    match name.to_ascii_lowercase().as_str() {
        // Bytes that read as ASCII are not UTF-16: text written as UTF-8 whose declaration stayed behind.
        "utf-8" | "utf8" | "us-ascii" | "ascii" | "utf-16" => Ok(Encoding::Utf8),
        "iso-8859-1" | "latin1" | "latin-1" => Ok(Encoding::Latin1),
        "windows-1252" | "cp1252" => Ok(Encoding::Windows1252),
        _ => Err(name.to_owned()),
    }
}

fn declared_name(head: &[u8]) -> Option<&str> {
    let end = head.windows(2).position(|pair| pair == b"?>")?;
    let declaration = std::str::from_utf8(head.get(..end)?).ok()?;
    let rest = declaration.strip_prefix("<?xml")?;
    let (_, value) = rest.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|sign| "\"'".contains(*sign))?;
    value.get(1..)?.split(quote).next()
}
