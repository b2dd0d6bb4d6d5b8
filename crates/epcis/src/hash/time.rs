//! Times in the pre-hash string.

use crate::model::Time;

/// Nanoseconds of a millisecond.
const MILLISECOND: i128 = 1_000_000;

/// UTC with milliseconds, rounded half up (CBV 2.0 §8.9.2: "rounded up if the 4th decimal place is 5-9").
pub(super) fn canonical(time: &Time) -> String {
    let nanoseconds = time.instant().as_nanosecond();
    let rounded = (nanoseconds + MILLISECOND / 2).div_euclid(MILLISECOND) * MILLISECOND;
    let instant = jiff::Timestamp::from_nanosecond(rounded).unwrap_or(time.instant());
    format!("{instant:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding() {
        let check = |text: &str, expect: &str| {
            assert_eq!(canonical(&Time::parse(text).unwrap()), expect, "{text}");
        };
        check("2020-03-04T11:00:30+01:00", "2020-03-04T10:00:30.000Z");
        check("2023-01-18T11:04:03.1415Z", "2023-01-18T11:04:03.142Z");
        check("2023-01-18T11:04:03.14149999Z", "2023-01-18T11:04:03.141Z");
        check("2023-01-18T11:04:03.1425Z", "2023-01-18T11:04:03.143Z");
        check("2023-12-31T23:59:59.9996Z", "2024-01-01T00:00:00.000Z");
        check("1969-12-31T23:59:59.9994Z", "1969-12-31T23:59:59.999Z");
        check("1969-12-31T23:59:58.0005Z", "1969-12-31T23:59:58.001Z");
    }
}
