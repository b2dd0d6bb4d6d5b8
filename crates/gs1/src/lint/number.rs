//! Linters of numbers and one-character codes.

use super::{LintCode, LintResult, charset, fail, whole};

/// Exactly one character, out of `allowed`.
pub(super) fn one_of(value: &[u8], allowed: &[u8], code: LintCode) -> LintResult {
    match value {
        [byte] if allowed.contains(byte) => Ok(()),
        _ => whole(code, value),
    }
}

pub(super) fn zero(value: &[u8]) -> LintResult {
    if value.is_empty() || value.iter().any(|&byte| byte != b'0') {
        return whole(LintCode::NotZero, value);
    }
    Ok(())
}

pub(super) fn non_zero(value: &[u8]) -> LintResult {
    charset::numeric(value)?;
    if value.iter().all(|&byte| byte == b'0') {
        return whole(LintCode::IllegalZeroValue, value);
    }
    Ok(())
}

pub(super) fn no_zero_prefix(value: &[u8]) -> LintResult {
    if value.starts_with(b"0") {
        return fail(LintCode::IllegalZeroPrefix, 0, 1);
    }
    charset::numeric(value)
}

/// Two numbers of the same length, side by side; compared as text, so that no length overflows.
pub(super) fn piece_of_total(value: &[u8]) -> LintResult {
    charset::numeric(value)?;
    if value.is_empty() || !value.len().is_multiple_of(2) {
        return whole(LintCode::InvalidLengthForPieceOfTotal, value);
    }
    let half = value.len() / 2;
    let (piece, total) = value.split_at(half);
    if non_zero(piece).is_err() {
        return fail(LintCode::ZeroPieceNumber, 0, half);
    }
    if non_zero(total).is_err() {
        return fail(LintCode::ZeroTotalPieces, half, half);
    }
    if piece > total {
        return whole(LintCode::PieceNumberExceedsTotal, value);
    }
    Ok(())
}

/// `position/end`, both without leading zeros; compared by length, then as text, so that no length overflows.
pub(super) fn position_in_sequence(value: &[u8]) -> LintResult {
    let malformed = || whole(LintCode::PositionInSequenceMalformed, value);
    let Some(slash) = value.iter().position(|&byte| byte == b'/') else {
        return malformed();
    };
    let (position, end) = (&value[..slash], &value[slash + 1..]);
    for part in [position, end] {
        if part.is_empty() || charset::numeric(part).is_err() {
            return malformed();
        }
    }
    if position.starts_with(b"0") {
        return fail(LintCode::IllegalZeroPrefix, 0, slash);
    }
    if end.starts_with(b"0") {
        return fail(LintCode::IllegalZeroPrefix, slash + 1, end.len());
    }
    if (position.len(), position) > (end.len(), end) {
        return whole(LintCode::PositionExceedsEnd, value);
    }
    Ok(())
}

/// Ten digits up to `max`; angles are given as ten-millionths of a degree, shifted to be positive.
fn angle(value: &[u8], max: u64, bad_length: LintCode, out_of_range: LintCode) -> LintResult {
    if value.len() != 10 {
        return whole(bad_length, value);
    }
    charset::numeric(value)?;
    let number = value
        .iter()
        .fold(0_u64, |sum, &digit| sum * 10 + u64::from(digit - b'0'));
    if number > max {
        return whole(out_of_range, value);
    }
    Ok(())
}

pub(super) fn latitude(value: &[u8]) -> LintResult {
    angle(
        value,
        1_800_000_000,
        LintCode::LatitudeInvalidLength,
        LintCode::InvalidLatitude,
    )
}

pub(super) fn longitude(value: &[u8]) -> LintResult {
    angle(
        value,
        3_600_000_000,
        LintCode::LongitudeInvalidLength,
        LintCode::InvalidLongitude,
    )
}
