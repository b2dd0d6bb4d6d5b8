//! Measures the index: fills one with a synthetic load, then asks for traces and events over it.
//!
//! `cargo run --release -p pangolin-index --example load -- [OBJECTS] [FILE] [counted|scattered|keep] [SOLD_ONE_IN]`
//!
//! With `keep` the file of an earlier run with as many objects is asked again: with the caches of the system dropped
//! beforehand, these are the times of a cold start.
#![expect(clippy::print_stdout, reason = "a measurement prints its result")]

use std::path::{Path, PathBuf};

use pangolin_index::{
    Config, IndexError, Query, SqliteIndex, TraceDirection, TraceLimits,
    load::{self, Filled, LoadError, Plan, Serials},
};
use pangolin_ledger::{ObjectId, TimeMs};
use pangolin_profiles::capture;

fn main() -> Result<(), LoadError> {
    let mut arguments = std::env::args().skip(1);
    let objects = arguments.next().and_then(|n| n.parse().ok());
    let path = arguments.next().map_or_else(
        || std::env::temp_dir().join("pangolin-index-load.db"),
        PathBuf::from,
    );
    let mode = arguments.next().unwrap_or_default();
    let sold = arguments.next().and_then(|n| n.parse().ok());
    let plan = Plan {
        sold_one_in: sold.unwrap_or(Plan::default().sold_one_in),
        serials: if mode == "counted" {
            Serials::Counted
        } else {
            Serials::Scattered
        },
        ..Plan::of_objects(objects.unwrap_or(1_000_000))
    };
    if mode != "keep" {
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{ending}", path.display()));
        }
    }
    let index = SqliteIndex::open(Config::new(&path), Plan::lens())?;
    if mode != "keep" {
        println!("{} objects in {} lots", plan.objects(), plan.lots);
        let step = (plan.lots / 10).max(1) * 8;
        let filled = load::fill(&index, &plan, |filled| {
            if filled.blocks.is_multiple_of(step) {
                report(filled, &path);
            }
        })?;
        report(&filled, &path);
    }
    reads(&index, &plan)
}

fn report(filled: &Filled, path: &Path) {
    let running = filled.running.unwrap_or(filled.indexing);
    let milliseconds = running.as_millis().max(1);
    let rate = |n: u64| u128::from(n) * 1_000 / milliseconds;
    let size = std::fs::metadata(path).map_or(0, |meta| meta.len());
    println!(
        "{:>10} objects {:>9} events {:>10} references: making {:>6.1} s, indexing {:>6.1} s, running {:>6.1} s of them; {} objects/s, {} events/s, {} references/s; file {} MiB, {} bytes an object; memory {} MiB, at most {} MiB",
        filled.objects,
        filled.events,
        filled.references,
        filled.making.as_secs_f64(),
        filled.indexing.as_secs_f64(),
        running.as_secs_f64(),
        rate(filled.objects),
        rate(filled.events),
        rate(filled.references),
        size >> 20,
        size / filled.objects.max(1),
        memory("VmRSS:") >> 10,
        memory("VmHWM:") >> 10,
    );
}

fn reads(index: &SqliteIndex, plan: &Plan) -> Result<(), LoadError> {
    println!(
        "\n{:<34} {:>6} {:>9} {:>9} {:>9} {:>12}",
        "asked", "n", "p50 µs", "p99 µs", "max µs", "running mean"
    );
    let packs = load::sample(plan, 2_000)?;
    let pallets: Vec<ObjectId> = (0..200)
        .map(|n| plan.pallet(n * plan.lots * plan.pallets_of_lot() / 200))
        .collect::<Result<_, _>>()?;
    for round in ["first", "again"] {
        for (name, direction) in [
            ("back", TraceDirection::Back),
            ("forward", TraceDirection::Forward),
            ("contents", TraceDirection::Contents),
        ] {
            show(&format!("{round}: pack {name}"), &packs, |pack| {
                index
                    .trace(pack, direction, TraceLimits::default())
                    .map(drop)
            })?;
        }
        show(&format!("{round}: pallet contents"), &pallets, |pallet| {
            index
                .trace(pallet, TraceDirection::Contents, TraceLimits::default())
                .map(drop)
        })?;
        show(&format!("{round}: pallet forward"), &pallets, |pallet| {
            index
                .trace(pallet, TraceDirection::Forward, TraceLimits::default())
                .map(drop)
        })?;
        show(&format!("{round}: object"), &packs, |pack| {
            index.object(pack).map(drop)
        })?;
        let uris: Vec<String> = packs.iter().map(capture::object_uri).collect();
        show(&format!("{round}: events MATCH_anyEPC"), &uris, |uri| {
            events(index, &[("MATCH_anyEPC", uri)])
        })?;
        let steps = ["dispensing", "shipping", "packing", "commissioning"].repeat(25);
        show(&format!("{round}: events EQ_bizStep"), &steps, |step| {
            events(index, &[("EQ_bizStep", step), ("orderBy", "eventTime")])
        })?;
    }
    println!("memory at most {} MiB", memory("VmHWM:") >> 10);
    Ok(())
}

fn events(index: &SqliteIndex, pairs: &[(&str, &str)]) -> Result<(), IndexError> {
    let query = Query::parse(pairs.iter().copied())?;
    index.events(&query, TimeMs(0)).map(drop)
}

fn show<T>(
    name: &str,
    of: &[T],
    ask: impl FnMut(&T) -> Result<(), IndexError>,
) -> Result<(), LoadError> {
    let took = load::latency(of, ask)?;
    println!(
        "{name:<34} {:>6} {:>9} {:>9} {:>9} {:>12}",
        took.count,
        took.p50_us,
        took.p99_us,
        took.max_us,
        took.running_mean_us.unwrap_or(0)
    );
    Ok(())
}

/// A line of the memory statistics of this process, in KiB; 0 where the system does not tell.
fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|found| found.strip_prefix(line));
    found
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
