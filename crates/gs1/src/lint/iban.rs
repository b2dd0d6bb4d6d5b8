//! The linter of international bank account numbers (ISO 13616).

use super::{LintCode, LintResult, fail, lists, whole};

/// ISO 13616 allows at most 34 characters.
const IBAN_LEN_MAX: usize = 34;
/// No country's IBAN is shorter than this.
const IBAN_LEN_MIN: usize = 11;
/// Country code and check digits.
const HEAD_LEN: usize = 4;

pub(super) fn iban(value: &[u8]) -> LintResult {
    if value.len() < HEAD_LEN {
        return whole(LintCode::IbanTooShort, value);
    }
    if lists::country_alpha2(&value[..2]).is_err() {
        return fail(LintCode::IllegalIbanCountryCode, 0, 2);
    }
    if value.len() > IBAN_LEN_MAX {
        return whole(LintCode::IbanTooLong, value);
    }
    if value.len() < IBAN_LEN_MIN {
        return whole(LintCode::IbanTooShort, value);
    }
    // ISO 7064 mod 97-10 over the body followed by the head, letters counting as 10 to 35.
    let mut remainder = 0_u32;
    for offset in (HEAD_LEN..value.len()).chain(0..HEAD_LEN) {
        remainder = match value[offset] {
            digit @ b'0'..=b'9' => remainder * 10 + u32::from(digit - b'0'),
            letter @ b'A'..=b'Z' => remainder * 100 + u32::from(letter - b'A') + 10,
            _ => return fail(LintCode::InvalidIbanCharacter, offset, 1),
        } % 97;
    }
    if remainder == 1 {
        Ok(())
    } else {
        fail(LintCode::IncorrectIbanChecksum, 2, 2)
    }
}
