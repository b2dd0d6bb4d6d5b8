//! The bracketed form: `(01)04012345123456(10)A\(1`.
//!
//! An opening bracket always starts an application identifier unless a backslash stands before it; character set 82
//! has no backslash, so the escape is unambiguous.

use super::{ElementError, ElementString, TEXT_LEN_MAX};
use crate::ai::{AI_DIGITS_MAX, Ai};
use crate::lint::PrefixDirectory;

pub(super) fn read(
    text: &str,
    directory: &dyn PrefixDirectory,
) -> Result<ElementString, ElementError> {
    if text.is_empty() {
        return Err(ElementError::Empty);
    }
    if text.len() > TEXT_LEN_MAX {
        return Err(ElementError::TooLong { found: text.len() });
    }
    let mut elements = ElementString::new();
    let mut at = 0;
    while at < text.len() {
        let Some(inside) = text[at..].strip_prefix('(') else {
            return Err(ElementError::OpeningBracket { offset: at });
        };
        let offset = at + 1;
        // The closing bracket follows at most four digits.
        let digits = inside
            .bytes()
            .take(AI_DIGITS_MAX + 1)
            .take_while(u8::is_ascii_digit)
            .count();
        let Some(behind) = inside[digits..].strip_prefix(')') else {
            return Err(ElementError::ClosingBracket { offset });
        };
        let ai = Ai::new(&inside[..digits]).ok_or(ElementError::UnknownAi { offset })?;
        let start = text.len() - behind.len();
        let end = start + value_len(behind);
        let value = text[start..end].replace("\\(", "(");
        elements.push_at(ai, &value, start, directory)?;
        at = end;
    }
    Ok(elements)
}

/// The bytes before the next bracket that is not escaped.
fn value_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let unescaped = |&at: &usize| bytes[at] == b'(' && (at == 0 || bytes[at - 1] != b'\\');
    (0..bytes.len()).find(unescaped).unwrap_or(bytes.len())
}
