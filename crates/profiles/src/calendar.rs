//! Days of the proleptic Gregorian calendar, without clock or time zones.

use pangolin_ledger::id::TimeMs;

/// Milliseconds of a day.
pub(crate) const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// Milliseconds of a minute.
pub(crate) const MINUTE_MS: i64 = 60_000;

/// Year, month and day of a number of days since 1970-01-01.
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    // Years begin in March here, so that the leap day is the last of its year.
    const DAYS_OF_ERA: i64 = 146_097;
    let shifted = days.saturating_add(719_468);
    let (era, day) = (
        shifted.div_euclid(DAYS_OF_ERA),
        shifted.rem_euclid(DAYS_OF_ERA),
    );
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (
        year + era * 400 + i64::from(month <= 2),
        month,
        day_of_month,
    )
}

/// A moment to the minute: `2026-03-01 08:00 UTC`.
pub(crate) fn moment(time: TimeMs) -> String {
    let (year, month, day) = civil(time.0.div_euclid(DAY_MS));
    let minutes = time.0.rem_euclid(DAY_MS) / MINUTE_MS;
    let (hour, minute) = (minutes / 60, minutes % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_readable() {
        for (ms, text) in [
            (0, "1970-01-01 00:00 UTC"),
            (-1, "1969-12-31 23:59 UTC"),
            (1_709_164_859_999, "2024-02-29 00:00 UTC"),
            (4_102_444_799_999, "2099-12-31 23:59 UTC"),
        ] {
            assert_eq!(moment(TimeMs(ms)), text);
        }
    }
}
