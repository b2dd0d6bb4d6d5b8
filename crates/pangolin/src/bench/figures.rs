//! Numbers and what they are.

use serde::Serialize;
use std::{fmt, time::Duration};

/// One number of a section.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figure {
    /// What it is.
    pub(super) name: String,
    /// The number.
    pub(super) value: f64,
    /// Its unit.
    pub(super) unit: &'static str,
    /// What was aimed for, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) aim: Option<&'static str>,
}

impl Figure {
    /// A number.
    pub(super) fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
            aim: None,
        }
    }

    /// Says what was aimed for.
    #[must_use]
    pub(super) const fn aim(mut self, aim: &'static str) -> Self {
        self.aim = Some(aim);
        self
    }

    /// The number with as many digits as it is worth.
    pub(super) fn number(&self) -> String {
        match self.value.abs() {
            v if v >= 100.0 => format!("{:.0}", self.value),
            v if v >= 1.0 => format!("{:.1}", self.value),
            0.0 => "0".into(),
            _ => format!("{:.3}", self.value),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<44} {:>10} {}", self.name, self.number(), self.unit)?;
        self.aim.map_or(Ok(()), |aim| write!(f, "   (aim: {aim})"))
    }
}

/// A ratio of counts. Counts here stay far below 2^53, so nothing is lost.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a measurement stay far below 2^53"
)]
pub(super) fn ratio(count: u64, by: f64) -> f64 {
    if by > 0.0 { count as f64 / by } else { 0.0 }
}

/// Durations of many requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Durations(Vec<Duration>);

impl Durations {
    /// Adds one.
    pub(super) fn push(&mut self, duration: Duration) {
        self.0.push(duration);
    }

    /// Adds those of another.
    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The least duration that `percent` of all do not exceed, in milliseconds.
    pub(super) fn percentile_ms(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted
            .get(place)
            .map_or(0.0, |found| found.as_secs_f64() * 1e3)
    }

    /// Median and 99th percentile as figures.
    pub(super) fn figures(&self, name: &str) -> [Figure; 2] {
        [50, 99].map(|percent| {
            Figure::new(
                format!("{name}, p{percent}"),
                self.percentile_ms(percent),
                "ms",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "whole milliseconds are exact")]
    fn percentiles_are_of_the_nearest_rank() {
        let mut durations = Durations::default();
        for ms in (1..=200).rev() {
            durations.push(Duration::from_millis(ms));
        }
        assert_eq!(
            [1, 50, 99, 100].map(|p| durations.percentile_ms(p)),
            [2.0, 100.0, 198.0, 200.0]
        );
        assert_eq!(Durations::default().percentile_ms(50), 0.0);
    }

    #[test]
    fn numbers_have_the_digits_they_are_worth() {
        let shown =
            [12_345.6, 99.94, 0.1234, 0.0].map(|value| Figure::new("n", value, "x").number());
        assert_eq!(shown, ["12346", "99.9", "0.123", "0"]);
    }
}
