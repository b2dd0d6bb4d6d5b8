//! How long something took, as a histogram.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use super::line;

/// Upper bounds of the buckets, in microseconds.
const BOUNDS_US: [u64; 15] = [
    250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000,
    2_000_000, 5_000_000, 30_000_000,
];

/// Measurements of how long something took.
#[derive(Debug, Default)]
pub struct Durations {
    buckets: [AtomicU64; BOUNDS_US.len()],
    count: AtomicU64,
    sum_us: AtomicU64,
}

impl Durations {
    /// Adds one measurement.
    pub fn add(&self, took: Duration) {
        let bound = |us: &u64| took <= Duration::from_micros(*us);
        if let Some(bucket) = BOUNDS_US
            .iter()
            .position(bound)
            .and_then(|at| self.buckets.get(at))
        {
            bucket.fetch_add(1, Relaxed);
        }
        self.count.fetch_add(1, Relaxed);
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.sum_us.fetch_add(us, Relaxed);
    }

    /// Writes the series `name` with these labels (`key="value"`, separated by commas; may be empty) in Prometheus' text format.
    pub fn series(&self, out: &mut String, name: &str, labels: &str) {
        let (comma, braced) = match labels {
            "" => ("", String::new()),
            _ => (",", format!("{{{labels}}}")),
        };
        let mut sum = 0;
        for (bound, bucket) in BOUNDS_US.iter().zip(&self.buckets) {
            sum += bucket.load(Relaxed);
            let bound = seconds(*bound);
            line(
                out,
                format_args!("{name}_bucket{{{labels}{comma}le=\"{bound}\"}} {sum}"),
            );
        }
        let count = self.count.load(Relaxed);
        line(
            out,
            format_args!("{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {count}"),
        );
        let sum_s = seconds(self.sum_us.load(Relaxed));
        line(out, format_args!("{name}_sum{braced} {sum_s}"));
        line(out, format_args!("{name}_count{braced} {count}"));
    }
}

fn seconds(us: u64) -> f64 {
    Duration::from_micros(us).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(labels: &str) -> String {
        let durations = Durations::default();
        for us in [0, 5_000, 6_000, 29_000_000, 31_000_000] {
            durations.add(Duration::from_micros(us));
        }
        let mut out = String::new();
        durations.series(&mut out, "x", labels);
        out
    }

    #[test]
    fn a_histogram_counts_each_measurement_in_every_bucket_that_holds_it() {
        let out = series("");
        for line in [
            "x_bucket{le=\"0.00025\"} 1",
            "x_bucket{le=\"0.002\"} 1",
            "x_bucket{le=\"0.005\"} 2",
            "x_bucket{le=\"0.01\"} 3",
            "x_bucket{le=\"5\"} 3",
            "x_bucket{le=\"30\"} 4",
            "x_bucket{le=\"+Inf\"} 5",
            "x_sum 60.011",
            "x_count 5",
        ] {
            assert!(out.lines().any(|l| l == line), "{line} in {out}");
        }
    }

    #[test]
    fn labels_stand_before_the_bound() {
        let out = series("a=\"1\",b=\"2\"");
        for line in [
            "x_bucket{a=\"1\",b=\"2\",le=\"0.01\"} 3",
            "x_bucket{a=\"1\",b=\"2\",le=\"+Inf\"} 5",
            "x_sum{a=\"1\",b=\"2\"} 60.011",
            "x_count{a=\"1\",b=\"2\"} 5",
        ] {
            assert!(out.lines().any(|l| l == line), "{line} in {out}");
        }
    }
}
