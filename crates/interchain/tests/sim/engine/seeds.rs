//! Many seeds, and what they must show together.

use std::collections::BTreeMap;

use super::run::{Report, run};

/// Seeds of a usual test run.
const SEEDS: u64 = 2;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn sound(report: &Report) {
    assert!(report.violations.is_empty(), "{}", report.describe());
}

/// Nothing goes wrong: goods go there and back, what is not let in comes back, and an order reaches the other chain within Δ.
#[test]
fn real_certificates_move_goods_and_orders_between_two_chains() {
    let report = run(1, false);
    sound(&report);
    for story in [
        "stories there and back",
        "stories turned away",
        "stories in a hurry",
        "stories in a case",
        "stories of a recall",
    ] {
        assert_eq!(report.counts.get(story), Some(&1), "{}", report.describe());
    }
    assert_eq!(report.reach_ms.len(), 1, "{:?}", report.reach_ms);
    assert!(report.reach_ms[0] <= 8_000, "{:?}", report.reach_ms);
}

#[test]
fn seeds_with_real_engines() {
    let first = number("PANGOLIN_FIRST_SEED").unwrap_or(0);
    let count = number("PANGOLIN_SEEDS").unwrap_or(SEEDS);
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for seed in first..first + count {
        let report = run(seed, true);
        sound(&report);
        for (what, times) in report.counts {
            *sums.entry(what).or_default() += times;
        }
        let ms = u64::try_from(report.ms).unwrap();
        *sums.entry("simulated ms".to_owned()).or_default() += ms;
        if count > SEEDS {
            println!("seed {seed} in {ms} ms");
        }
    }
    for (what, times) in &sums {
        println!("{times:>9} {what}");
    }
    // a simulation in which nothing happens shows nothing
    for what in [
        "arrivals",
        "gone",
        "back",
        "orders",
        "walked",
        "forged deliveries",
        "crashes",
    ] {
        assert!(sums.contains_key(what), "no {what}: {sums:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_run_of_real_engines() {
    let (first, second) = (run(2, true), run(2, true));
    assert_eq!(first.log, second.log);
    assert!(first == second);
}

/// For looking at a seed that failed.
#[test]
fn one_seed() {
    let Some(seed) = number("PANGOLIN_SEED") else {
        return;
    };
    let report = run(seed, number("PANGOLIN_CALM").is_none());
    println!("{}", report.log.join("\n"));
    println!(
        "{:#?} {:?} {} ms",
        report.counts, report.reach_ms, report.ms
    );
    sound(&report);
}
