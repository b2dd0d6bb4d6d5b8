//! Validators with wrong clocks: the chain goes on, and its time stays that of the others.

use pangolin_chain::simulated::clock::START_MS;

use crate::{
    network::Network,
    run::{run, trading},
};

const TEN_MINUTES_MS: i64 = 600_000;

fn with(ahead_ms: i64, seed: u64) {
    let network = trading(
        Network::new(4, 0).seat(2, |seat| seat.ahead_ms = ahead_ms),
        seed,
    );
    let world = network.world.clone();
    run(network, seed, 16, |plan| plan);
    let inner = world.lock();
    let last = inner.blocks.values().last().unwrap();
    let run_ms = last.block.header.time_ms - u64::try_from(START_MS).unwrap();
    // far more than the run takes, far less than the clock is off
    assert!(run_ms < 120_000, "ledger time ran {run_ms} ms");
}

#[test]
fn a_clock_ten_minutes_ahead_does_not_push_time() {
    with(TEN_MINUTES_MS, 1);
}

#[test]
fn a_clock_ten_minutes_behind_does_not_hold_the_chain() {
    with(-TEN_MINUTES_MS, 2);
}
