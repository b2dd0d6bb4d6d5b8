//! Linters of dates and times, and the reading of two-digit years.
//!
//! A two-digit year only matters to the 29th of February of year 00: 2000 was a leap year. GS1 General Specifications
//! section 7.12 determines the century from the current year; for every current year from 2001 to 2050 year 00
//! means 2000. The linters use that reading, so that they need no clock. [`full_year`] serves callers that know the date.

use super::{LintCode, LintResult, charset, fail, whole};

/// Years the linters take two-digit years from: 1951 to 2050.
const REFERENCE_YEAR: u16 = 2000;

/// The full year that a two-digit year (0 to 99) means when the current year is `current` (General Specifications,
/// section 7.12): the one from 49 years back to 50 years ahead. Larger `two_digits` are taken modulo 100.
///
/// ```
/// use pangolin_gs1::lint::date::full_year;
///
/// assert_eq!(full_year(77, 2026), 1977);
/// assert_eq!(full_year(76, 2026), 2076);
/// ```
pub fn full_year(two_digits: u8, current: u16) -> u16 {
    let year = i32::from(two_digits % 100);
    let current = i32::from(current);
    let century = current - current.rem_euclid(100);
    let full = match year - current.rem_euclid(100) {
        51..=99 => century - 100 + year,
        -99..=-50 => century + 100 + year,
        _ => century + year,
    };
    u16::try_from(full).unwrap_or_default()
}

fn number(digits: &[u8]) -> u16 {
    digits
        .iter()
        .fold(0, |sum, &digit| sum * 10 + u16::from(digit - b'0'))
}

fn length(value: &[u8], wanted: usize, short: LintCode, long: LintCode) -> LintResult {
    match value.len().cmp(&wanted) {
        core::cmp::Ordering::Less => whole(short, value),
        core::cmp::Ordering::Equal => Ok(()),
        core::cmp::Ordering::Greater => whole(long, value),
    }
}

/// The days of `month` (1 to 12) of `year`; 0 if there is no such month.
pub fn days_in_month(year: u16, month: u16) -> u16 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(400) || (year.is_multiple_of(4) && !year.is_multiple_of(100)) => {
            29
        }
        2 => 28,
        _ => 0,
    }
}

/// Month and day of `value`, whose month starts at byte `at`; day 00 passes.
fn month_and_day(value: &[u8], year: u16, at: usize) -> LintResult {
    let (month, day) = (number(&value[at..at + 2]), number(&value[at + 2..at + 4]));
    match days_in_month(year, month) {
        0 => fail(LintCode::IllegalMonth, at, 2),
        last if day > last => fail(LintCode::IllegalDay, at + 2, 2),
        _ => Ok(()),
    }
}

fn day_given(value: &[u8]) -> LintResult {
    if value.ends_with(b"00") {
        return fail(LintCode::IllegalDay, value.len() - 2, 2);
    }
    Ok(())
}

pub(super) fn yymmd0(value: &[u8]) -> LintResult {
    length(value, 6, LintCode::DateTooShort, LintCode::DateTooLong)?;
    charset::numeric(value)?;
    let two_digits = u8::try_from(number(&value[..2])).unwrap_or_default();
    month_and_day(value, full_year(two_digits, REFERENCE_YEAR), 2)
}

pub(super) fn yymmdd(value: &[u8]) -> LintResult {
    yymmd0(value)?;
    day_given(value)
}

pub(super) fn yyyymmd0(value: &[u8]) -> LintResult {
    length(value, 8, LintCode::DateTooShort, LintCode::DateTooLong)?;
    charset::numeric(value)?;
    month_and_day(value, number(&value[..4]), 4)
}

pub(super) fn yyyymmdd(value: &[u8]) -> LintResult {
    yyyymmd0(value)?;
    day_given(value)
}

/// Two digits up to `max`.
fn two_digits(
    value: &[u8],
    max: u16,
    short: LintCode,
    long: LintCode,
    illegal: LintCode,
) -> LintResult {
    length(value, 2, short, long)?;
    charset::numeric(value)?;
    if number(value) > max {
        return fail(illegal, 0, 2);
    }
    Ok(())
}

pub(super) fn hour(value: &[u8]) -> LintResult {
    two_digits(
        value,
        23,
        LintCode::HourTooShort,
        LintCode::HourTooLong,
        LintCode::IllegalHour,
    )
}

pub(super) fn minute(value: &[u8]) -> LintResult {
    two_digits(
        value,
        59,
        LintCode::MinuteTooShort,
        LintCode::MinuteTooLong,
        LintCode::IllegalMinute,
    )
}

pub(super) fn second(value: &[u8]) -> LintResult {
    two_digits(
        value,
        59,
        LintCode::SecondTooShort,
        LintCode::SecondTooLong,
        LintCode::IllegalSecond,
    )
}

pub(super) fn hour_minute(value: &[u8]) -> LintResult {
    length(
        value,
        4,
        LintCode::HourWithMinuteTooShort,
        LintCode::HourWithMinuteTooLong,
    )?;
    hour(&value[..2])?;
    minute(&value[2..]).map_err(|error| error.shifted(2))
}
