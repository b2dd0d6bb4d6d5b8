//! Filling an index with a load, and how long its answers take.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pangolin_ledger::{id::ObjectId, profile::Profile};
use pangolin_profiles::pharma::{LEXICON, Pharma};

use super::{LoadError, Plan};
use crate::{IndexError, SqliteIndex, TradeLens};

/// How filling went so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Filled {
    /// Packs, cases and pallets.
    pub objects: u64,
    /// Events.
    pub events: u64,
    /// Serial references in them.
    pub references: u64,
    /// Blocks.
    pub blocks: u64,
    /// Time that making the blocks took.
    pub making: Duration,
    /// Time that indexing them took.
    pub indexing: Duration,
    /// Of it, the time that this thread was running: neither waiting for the disk nor for other programs. `None` where the
    /// system does not tell.
    pub running: Option<Duration>,
}

impl Plan {
    /// The lens that the events of a load are written for.
    pub fn lens() -> Arc<TradeLens> {
        let profile = Arc::new(Pharma::lenient()) as Arc<dyn Profile>;
        Arc::new(TradeLens::new([(profile, LEXICON)]))
    }
}

/// Applies every block of a load to an index that was opened with [`Plan::lens`] and is empty. `progress` is called after each
/// block.
pub fn fill(
    index: &SqliteIndex,
    plan: &Plan,
    mut progress: impl FnMut(&Filled),
) -> Result<Filled, LoadError> {
    let mut blocks = plan.blocks()?;
    let mut filled = Filled::default();
    loop {
        let start = Instant::now();
        let Some(block) = blocks.next().transpose()? else {
            return Ok(filled);
        };
        let (made, before) = (Instant::now(), running());
        index.apply(&block)?;
        filled.making += made - start;
        filled.indexing += made.elapsed();
        filled.running = running().zip(before).map(|(after, before)| {
            filled.running.unwrap_or_default() + after.saturating_sub(before)
        });
        filled.blocks += 1;
        filled.events = blocks.events();
        filled.references = blocks.references();
        filled.objects = blocks.lots() * (plan.objects() / plan.lots.max(1));
        progress(&filled);
    }
}

/// So many packs of a load, scattered over it, the same ones every time.
pub fn sample(plan: &Plan, count: u64) -> Result<Vec<ObjectId>, LoadError> {
    /// The golden ratio in 64 bits: its multiples lie evenly over the whole range.
    const EVENLY: u64 = 0x9e37_79b9_7f4a_7c15;
    (1..=count)
        .map(|n| {
            let at = u128::from(n.wrapping_mul(EVENLY)) * u128::from(plan.packs());
            plan.pack(u64::try_from(at >> 64).unwrap_or(0))
        })
        .collect()
}

/// How long this thread has been running: the first field of its scheduler statistics, in nanoseconds.
fn running() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// How long answers took, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Latency {
    /// Answers.
    pub count: usize,
    /// Half of them took no longer.
    pub p50_us: u64,
    /// 99 in 100 took no longer.
    pub p99_us: u64,
    /// The longest.
    pub max_us: u64,
    /// How long one of them ran on average, waiting left out; `None` where the system does not tell. Systems count this in
    /// steps of some milliseconds, which even out over many answers and say nothing of a single one.
    pub running_mean_us: Option<u64>,
}

/// Asks for each of these and measures how long the answers take.
pub fn latency<T>(
    of: &[T],
    mut ask: impl FnMut(&T) -> Result<(), IndexError>,
) -> Result<Latency, LoadError> {
    let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let mut times = Vec::with_capacity(of.len());
    let before = running();
    for one in of {
        let start = Instant::now();
        ask(one)?;
        times.push(micros(start.elapsed()));
    }
    let ran = running()
        .zip(before)
        .map(|(after, before)| after.saturating_sub(before));
    times.sort_unstable();
    Ok(Latency {
        count: times.len(),
        p50_us: at(&times, 50),
        p99_us: at(&times, 99),
        max_us: at(&times, 100),
        running_mean_us: ran.map(|ran| micros(ran) / (of.len().max(1) as u64)),
    })
}

/// The smallest of ascending times that so many in 100 did not exceed.
fn at(times: &[u64], part: usize) -> u64 {
    let rank = (times.len() * part).div_ceil(100).max(1);
    times.get(rank - 1).copied().unwrap_or(0)
}
