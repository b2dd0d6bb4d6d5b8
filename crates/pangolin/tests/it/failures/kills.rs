//! SIGKILL and SIGTERM at moments that nobody chose.

use std::time::{Duration, Instant};

use super::{Dice, VALIDATORS, agree, kills, load::Load};
use crate::support::{NODES, Network};

/// Longest pause before a kill.
const PAUSE_MS: u64 = 700;

/// The node that the client of this moment talks to, in the middle of a file.
pub(super) fn whoever_captures(network: &mut Network, load: &Load) {
    for _ in 0..2 {
        load.wait_more(1);
        let home = load.home();
        network.kill(&home);
        network.restart(&home);
        load.wait_more(1);
    }
    agree(network);
}

/// More than may fail: the chain stands still and goes on.
pub(super) fn two_at_once(network: &mut Network, load: &Load) {
    for name in &VALIDATORS[1..3] {
        network.kill(name);
    }
    std::thread::sleep(Duration::from_millis(PAUSE_MS));
    for name in &VALIDATORS[1..3] {
        network.begin(name);
    }
    for name in &VALIDATORS[1..3] {
        network.wait_ready(name);
    }
    load.wait_more(1);
    agree(network);
}

/// A power cut of the whole network.
pub(super) fn all_at_once(network: &mut Network, load: &Load) {
    load.wait_more(1);
    for name in NODES {
        network.kill(name);
    }
    for name in NODES {
        network.begin(name);
    }
    for name in NODES {
        network.wait_ready(name);
    }
    load.wait_more(1);
    agree(network);
}

/// As many as are asked for, with the number done.
pub(super) fn at_random_moments(network: &mut Network, load: &Load) {
    let more = kills();
    let mut dice = Dice::new("kills at random moments");
    for kill in 1..=more {
        std::thread::sleep(Duration::from_millis(dice.below(PAUSE_MS)));
        let victim = VALIDATORS[usize::try_from(dice.below(4)).unwrap()];
        network.kill(victim);
        std::thread::sleep(Duration::from_millis(dice.below(PAUSE_MS)));
        network.restart(victim);
        if kill % 10 == 0 {
            eprintln!("{kill} of {more} kills, {} documents final", load.count());
            agree(network);
        }
    }
    agree(network);
}

/// What a service manager does; it must be quick, clean, and quickly over.
pub(super) fn terminated_under_load(network: &mut Network, load: &Load) {
    load.wait_more(1);
    let home = load.home();
    network.take_log(&home);
    let begun = Instant::now();
    let status = network.terminate(&home);
    let ended = begun.elapsed();
    let log = network.take_log(&home);
    assert!(status.success(), "{status:?}: {log}");
    assert!(
        log.contains("SIGTERM") && !log.contains("panicked"),
        "{log}"
    );
    let begun = Instant::now();
    network.restart(&home);
    eprintln!(
        "SIGTERM: ended after {ended:?}, ready again after {:?}",
        begun.elapsed()
    );
    // documents that were under way have ten seconds
    assert!(ended < Duration::from_secs(20), "{ended:?}");
    load.wait_more(1);
}
