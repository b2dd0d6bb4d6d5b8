//! Linters of characters.

use super::{LintCode, LintResult, fail, whole};
use crate::charset::CharSet;

fn all_in(set: CharSet, value: &[u8], code: LintCode) -> LintResult {
    match set.first_outside(value) {
        Some(offset) => fail(code, offset, 1),
        None => Ok(()),
    }
}

pub(super) fn numeric(value: &[u8]) -> LintResult {
    all_in(CharSet::DIGITS, value, LintCode::NonDigitCharacter)
}

pub(super) fn cset39(value: &[u8]) -> LintResult {
    all_in(CharSet::CSET39, value, LintCode::InvalidCset39Character)
}

pub(super) fn cset82(value: &[u8]) -> LintResult {
    all_in(CharSet::CSET82, value, LintCode::InvalidCset82Character)
}

/// Padding is optional. Where present, it is one or two `=` and completes the value to a multiple of three
/// characters: the rule of the published syntax test.
pub(super) fn cset64(value: &[u8]) -> LintResult {
    const PADDING_MAX: usize = 2;
    let padding = value.iter().rev().take_while(|&&byte| byte == b'=').count();
    let data = &value[..value.len() - padding];
    if padding > PADDING_MAX || (padding > 0 && !value.len().is_multiple_of(3)) {
        return fail(LintCode::InvalidCset64Padding, data.len(), padding);
    }
    all_in(CharSet::CSET64, data, LintCode::InvalidCset64Character)
}

pub(super) fn has_non_digit(value: &[u8]) -> LintResult {
    if value.iter().all(u8::is_ascii_digit) {
        return whole(LintCode::RequiresNonDigitCharacter, value);
    }
    Ok(())
}

pub(super) fn hyphen(value: &[u8]) -> LintResult {
    if value.is_empty() || value.iter().any(|&byte| byte != b'-') {
        return whole(LintCode::NotHyphen, value);
    }
    Ok(())
}

pub(super) fn importer_index(value: &[u8]) -> LintResult {
    if value.len() != 1 {
        return whole(LintCode::ImporterIdxMustBeOneCharacter, value);
    }
    all_in(CharSet::CSET64, value, LintCode::InvalidImportIdxCharacter)
}

pub(super) fn percent_encoded(value: &[u8]) -> LintResult {
    let mut at = 0;
    while let Some(next) = value[at..].iter().position(|&byte| byte == b'%') {
        let percent = at + next;
        match value.get(percent + 1..percent + 3) {
            Some(hex) if hex.iter().all(u8::is_ascii_hexdigit) => at = percent + 3,
            Some(_) => return fail(LintCode::InvalidPercentSequence, percent, 3),
            None => {
                return fail(
                    LintCode::InvalidPercentSequence,
                    percent,
                    value.len() - percent,
                );
            }
        }
    }
    Ok(())
}
