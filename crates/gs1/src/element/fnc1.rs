//! The FNC1 form, as encoded in a symbol (General Specifications, section 7.8).

use super::{ElementError, ElementString, TEXT_LEN_MAX};
use crate::ai::Ai;
use crate::lint::PrefixDirectory;

/// The separator that scanners send for FNC1: ASCII group separator.
pub const GS: char = '\u{1d}';
/// A printable sign for FNC1; character set 82 does not have it.
pub const SHOWN_FNC1: char = '^';

const SEPARATORS: [char; 2] = [GS, SHOWN_FNC1];

pub(super) fn read(
    text: &str,
    directory: &dyn PrefixDirectory,
) -> Result<ElementString, ElementError> {
    if text.len() > TEXT_LEN_MAX {
        return Err(ElementError::TooLong { found: text.len() });
    }
    let mut elements = ElementString::new();
    let mut rest = text.strip_prefix(SEPARATORS).unwrap_or(text);
    if rest.is_empty() {
        return Err(ElementError::Empty);
    }
    while !rest.is_empty() {
        let offset = text.len() - rest.len();
        let Some((ai, data)) = leading_ai(rest) else {
            return Err(ElementError::UnknownAi { offset });
        };
        let start = text.len() - data.len();
        let field = data.find(SEPARATORS).unwrap_or(data.len());
        // A predefined length ends the value without separator; one that is there all the same is skipped.
        let max = ai.def().len_max();
        let end = if ai.def().predefined && data.is_char_boundary(max) {
            field.min(max)
        } else {
            field
        };
        elements.push_at(ai, &data[..end], start, directory)?;
        rest = &data[end..];
        rest = rest.strip_prefix(SEPARATORS).unwrap_or(rest);
    }
    Ok(elements)
}

fn leading_ai(text: &str) -> Option<(Ai, &str)> {
    let ai = Ai::at_start_of(text)?;
    Some((ai, &text[ai.def().digits..]))
}
