//! Section `trace`: where a pack came from and went to, with many objects in the index.
//!
//! The index is filled with blocks of the national model through the same writer that follows a chain; the blocks come from
//! a generator and not from a network, which would take hours for 10^7 objects and says nothing about reading.

use anyhow::{Context as _, Result};
use pangolin_index::{
    Config, IndexError, SqliteIndex, TraceDirection, TraceLimits,
    load::{self, Latency, Plan},
};
use pangolin_ledger::ObjectId;
use std::{fs, path::Path, time::Duration};

use crate::cli::BenchArgs;

use super::figures::{Figure, ratio};

/// Packs that are asked about.
const ASKED: u64 = 2_000;
const DIRECTIONS: [(&str, TraceDirection); 3] = [
    ("back", TraceDirection::Back),
    ("forward", TraceDirection::Forward),
    ("contents", TraceDirection::Contents),
];

/// Fills an index and asks it.
pub(super) fn run(args: &BenchArgs) -> Result<Vec<Figure>> {
    let dir = args.dir.join(format!("bench-trace-{}", std::process::id()));
    fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let figures = measure(&dir, &Plan::of_objects(args.objects));
    fs::remove_dir_all(&dir).with_context(|| format!("cannot clear {}", dir.display()))?;
    figures
}

fn measure(dir: &Path, plan: &Plan) -> Result<Vec<Figure>> {
    let file = dir.join("index.sqlite");
    let index = SqliteIndex::open(Config::new(&file), Plan::lens())?;
    let bar = indicatif::ProgressBar::new(plan.objects());
    bar.set_style(indicatif::ProgressStyle::with_template(
        "{bar:30} {human_pos}/{human_len} objects",
    )?);
    let filled = load::fill(&index, plan, |filled| bar.set_position(filled.objects))?;
    bar.finish_and_clear();
    let bytes = fs::metadata(&file).map_or(0, |found| found.len());
    let indexing = filled.running.unwrap_or(filled.indexing).as_secs_f64();
    let mut figures = vec![
        Figure::new(
            "objects in the index",
            ratio(filled.objects, 1.0),
            "objects",
        ),
        Figure::new(
            "indexing, of one core",
            ratio(filled.objects, indexing),
            "objects/s",
        ),
        Figure::new(
            "indexing, of one core",
            ratio(filled.references, indexing),
            "refs/s",
        ),
        Figure::new(
            "size of the file",
            ratio(bytes, ratio(filled.objects, 1.0)),
            "bytes/object",
        ),
    ];
    let packs = load::sample(plan, ASKED)?;
    for (name, direction) in DIRECTIONS {
        let took = load::latency(&packs, |pack| ask(&index, pack, direction))?;
        figures.extend(latency(name, took));
    }
    Ok(figures)
}

fn ask(index: &SqliteIndex, pack: &ObjectId, direction: TraceDirection) -> Result<(), IndexError> {
    index
        .trace(pack, direction, TraceLimits::default())
        .map(drop)
}

fn latency(name: &str, took: Latency) -> [Figure; 2] {
    let ms = |us| Duration::from_micros(us).as_secs_f64() * 1e3;
    [
        Figure::new(
            format!("trace of a pack, {name}, p50"),
            ms(took.p50_us),
            "ms",
        ),
        Figure::new(
            format!("trace of a pack, {name}, p99"),
            ms(took.p99_us),
            "ms",
        )
        .aim("<= 20 with 10^7 objects"),
    ]
}
