//! Measurements for operators: what became final and when, what was refused, how long proposing and judging take.
//!
//! The engine measures itself (peers, views, votes, stores, state sync) in the runtime's registry. [`Meter::text`] gives the
//! chain's own numbers in the same text format, and the node joins both.

mod engine;

pub use engine::Links;
pub(crate) use engine::classic;

use pangolin_ledger::EventOutcome;
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use crate::{app::Keep, handle::Status};

/// Upper bounds of the buckets of durations, in milliseconds.
const BUCKETS_MS: [u64; 12] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];

/// How long something took, as a histogram.
#[derive(Debug, Default)]
pub struct Durations {
    buckets: [AtomicU64; BUCKETS_MS.len()],
    count: AtomicU64,
    sum_us: AtomicU64,
}

impl Durations {
    /// Adds one measurement.
    pub fn add(&self, took: Duration) {
        for (bound, bucket) in BUCKETS_MS.iter().zip(&self.buckets) {
            if took <= Duration::from_millis(*bound) {
                bucket.fetch_add(1, Relaxed);
            }
        }
        self.count.fetch_add(1, Relaxed);
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.sum_us.fetch_add(us, Relaxed);
    }

    fn text(&self, out: &mut String, name: &str, help: &str) {
        head(out, name, help, "histogram");
        for (bound, bucket) in BUCKETS_MS.iter().zip(&self.buckets) {
            let bound = Duration::from_millis(*bound).as_secs_f64();
            line(
                out,
                format_args!("{name}_bucket{{le=\"{bound}\"}} {}", bucket.load(Relaxed)),
            );
        }
        let (count, sum_us) = (self.count.load(Relaxed), self.sum_us.load(Relaxed));
        let sum = Duration::from_micros(sum_us).as_secs_f64();
        line(out, format_args!("{name}_bucket{{le=\"+Inf\"}} {count}"));
        line(out, format_args!("{name}_sum {sum}"));
        line(out, format_args!("{name}_count {count}"));
    }
}

/// The chain's own measurements.
#[derive(Debug, Default)]
pub struct Meter {
    blocks: AtomicU64,
    transactions: AtomicU64,
    events: AtomicU64,
    parked: AtomicU64,
    /// Building a block, without the wait for work.
    pub propose: Durations,
    /// Judging a proposed block, until the vote.
    pub verify: Durations,
}

impl Meter {
    /// Counts the final blocks that `keep` keeps.
    pub fn counting(self: &Arc<Self>, keep: Keep) -> Keep {
        let meter = self.clone();
        Arc::new(move |block| {
            keep(block)?;
            meter.blocks.fetch_add(1, Relaxed);
            let receipts = block.receipts.len() as u64;
            meter.transactions.fetch_add(receipts, Relaxed);
            for event in block
                .receipts
                .iter()
                .flat_map(|(_, receipt)| &receipt.events)
            {
                let counter = match event.outcome {
                    EventOutcome::Applied => &meter.events,
                    EventOutcome::Parked { .. } => &meter.parked,
                    EventOutcome::Duplicate { .. } => continue,
                };
                counter.fetch_add(1, Relaxed);
            }
            Ok(())
        })
    }

    /// The measurements in Prometheus' text format.
    pub fn text(
        &self,
        status: &Status,
        now_ms: u64,
        refusals: &BTreeMap<&'static str, u64>,
    ) -> String {
        let mut out = String::new();
        let counters = [
            (
                "pangolin_blocks_total",
                "Final blocks applied since the start.",
                &self.blocks,
            ),
            (
                "pangolin_transactions_total",
                "Transactions in them.",
                &self.transactions,
            ),
            (
                "pangolin_events_applied_total",
                "Events in them that were applied at once.",
                &self.events,
            ),
            (
                "pangolin_events_parked_total",
                "Events in them that wait for a predecessor.",
                &self.parked,
            ),
        ];
        for (name, help, counter) in counters {
            head(&mut out, name, help, "counter");
            line(&mut out, format_args!("{name} {}", counter.load(Relaxed)));
        }
        let name = "pangolin_refusals_total";
        head(
            &mut out,
            name,
            "Transactions refused by this node's proposals, by code.",
            "counter",
        );
        for (code, count) in refusals {
            line(&mut out, format_args!("{name}{{code=\"{code}\"}} {count}"));
        }
        let name = "pangolin_time_lag_seconds";
        head(
            &mut out,
            name,
            "This node's clock minus the ledger time of its last block.",
            "gauge",
        );
        line(
            &mut out,
            format_args!("{name} {}", lag_seconds(now_ms, status.time_ms)),
        );
        self.propose
            .text(&mut out, "pangolin_propose_seconds", "Building a block.");
        self.verify.text(
            &mut out,
            "pangolin_verify_seconds",
            "Judging a proposed block, until the vote.",
        );
        out
    }
}

/// `now_ms - time_ms` as seconds with three decimals.
fn lag_seconds(now_ms: u64, time_ms: u64) -> String {
    let sign = if now_ms < time_ms { "-" } else { "" };
    let ms = now_ms.abs_diff(time_ms);
    format!("{sign}{}.{:03}", ms / 1_000, ms % 1_000)
}

fn head(out: &mut String, name: &str, help: &str, kind: &str) {
    line(out, format_args!("# HELP {name} {help}"));
    line(out, format_args!("# TYPE {name} {kind}"));
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // writing to a string cannot fail
    let _written = writeln!(out, "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lag_is_in_seconds_and_may_be_negative() {
        assert_eq!(lag_seconds(12_007, 10_000), "2.007");
        assert_eq!(lag_seconds(10_000, 10_040), "-0.040");
    }

    #[test]
    fn a_histogram_counts_each_measurement_in_every_bucket_that_holds_it() {
        let durations = Durations::default();
        for ms in [0, 5, 6, 9_000] {
            durations.add(Duration::from_millis(ms));
        }
        let mut out = String::new();
        durations.text(&mut out, "x", "Help.");
        assert!(out.starts_with("# HELP x Help.\n# TYPE x histogram\n"));
        for line in [
            "x_bucket{le=\"0.001\"} 1",
            "x_bucket{le=\"0.005\"} 2",
            "x_bucket{le=\"0.01\"} 3",
            "x_bucket{le=\"5\"} 3",
            "x_bucket{le=\"+Inf\"} 4",
            "x_sum 9.011",
            "x_count 4",
        ] {
            assert!(out.lines().any(|l| l == line), "{line} in {out}");
        }
    }
}
