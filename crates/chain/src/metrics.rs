//! Measurements for operators: what became final and when, what was refused, how long proposing and judging take.
//!
//! The engine measures itself (peers, views, votes, stores, state sync) in the runtime's registry. [`Meter::text`] gives the
//! chain's own numbers in the same text format, and the node joins both.

mod durations;
mod engine;

pub use durations::Durations;
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
};

use crate::{app::Keep, handle::Status};

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
        for (name, help, durations) in [
            (
                "pangolin_propose_seconds",
                "Building a block.",
                &self.propose,
            ),
            (
                "pangolin_verify_seconds",
                "Judging a proposed block, until the vote.",
                &self.verify,
            ),
        ] {
            head(&mut out, name, help, "histogram");
            durations.series(&mut out, name, "");
        }
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
}
