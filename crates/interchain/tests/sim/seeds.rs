//! Many seeds, and what they must show together.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::run::{Report, Setting, run};

/// Seeds of a usual test run.
const SEEDS: u64 = 16;
/// Seeds of a usual test run with a chain that is corrupt as a whole.
const CORRUPT_SEEDS: u64 = 8;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs seeds on all processors; the sum of what happened.
fn all(
    seeds: std::ops::Range<u64>,
    setting: impl Fn(u64) -> Setting + Sync,
) -> BTreeMap<String, u64> {
    let next = AtomicU64::new(seeds.start);
    let (failed, sums) = (Mutex::new(Vec::new()), Mutex::new(BTreeMap::new()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end || failed.lock().unwrap().len() >= 5 {
                return;
            }
            let report = run(&setting(seed));
            if !report.violations.is_empty() {
                failed.lock().unwrap().push(report.describe());
            }
            let mut sums = sums.lock().unwrap();
            for limit in &report.limits {
                let (what, _) = limit.split_once(':').unwrap();
                *sums.entry(format!("limit {what}")).or_default() += 1;
            }
            for (what, times) in report.counts {
                *sums.entry(what).or_default() += times;
            }
            *sums.entry("steps".to_owned()).or_default() += report.steps;
            *sums.entry("simulated ms".to_owned()).or_default() +=
                u64::try_from(report.ms).unwrap();
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(4) {
            scope.spawn(work);
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    sums.into_inner().unwrap()
}

fn show(sums: &BTreeMap<String, u64>) {
    for (what, times) in sums {
        println!("{times:>9} {what}");
    }
}

#[test]
fn many_seeds() {
    let first = number("PANGOLIN_FIRST_SEED").unwrap_or(0);
    let count = number("PANGOLIN_SEEDS").unwrap_or(SEEDS);
    let sums = all(first..first + count, Setting::of);
    show(&sums);
    // a simulation in which nothing happens shows nothing
    for what in [
        "locks",
        "arrivals",
        "gone",
        "back",
        "brought in",
        "orders",
        "walked",
        "step 13 on foreign goods",
    ] {
        assert!(sums.contains_key(what), "no {what}: {sums:?}");
    }
}

/// The limits of believing the last chain: it sends on what never was, or what lives elsewhere. Whatever did not come over it is untouched:
/// every other property holds on all other chains. Of what rests on the whole history, only what such a chain says it made itself is a limit,
/// and only where it may make things: nothing else that is forged is dispensed or cleared.
#[test]
fn a_chain_that_is_corrupt_as_a_whole_invents_objects_and_can_do_nothing_else() {
    let first = number("PANGOLIN_FIRST_SEED").unwrap_or(0);
    let count = number("PANGOLIN_SEEDS").map_or(CORRUPT_SEEDS, |count| count.div_ceil(4));
    let sums = all(first..first + count, |seed| Setting {
        corrupt: Some(1),
        ..Setting::of(seed)
    });
    show(&sums);
    assert!(sums.contains_key("limit no orphan"), "{sums:?}");
    assert!(sums.contains_key("limit one live home"), "{sums:?}");
    assert!(sums.contains_key("forged arrivals"), "{sums:?}");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let one = |seed| {
        let Report {
            trace,
            counts,
            log,
            ms,
            ..
        } = run(&Setting::of(seed));
        (trace, counts, log, ms)
    };
    for seed in 0..3 {
        let (first, second) = (one(seed), one(seed));
        assert_eq!(first.2, second.2, "seed {seed}");
        assert!(first == second, "seed {seed}");
    }
}

/// For looking at a seed that failed.
#[test]
fn one_seed() {
    let Some(seed) = number("PANGOLIN_SEED") else {
        return;
    };
    let corrupt = number("PANGOLIN_CORRUPT").and_then(|at| usize::try_from(at).ok());
    let report = run(&Setting {
        corrupt,
        ..Setting::of(seed)
    });
    println!("{}", report.log.join("\n"));
    println!("{:#?}", report.counts);
    assert!(
        report.violations.is_empty(),
        "{}",
        report.violations.join("\n")
    );
}
