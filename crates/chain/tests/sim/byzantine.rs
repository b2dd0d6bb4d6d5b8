//! One faulty validator among four; and that too few stop rather than decide.

use commonware_glue::simulate::action::{Action, Crash, Schedule};
use pangolin_chain::simulated::conduct::{Change, Vice};
use std::time::Duration;

use crate::{
    network::Network,
    run::{run, trading},
};

fn with(vice: Vice, seed: u64) -> Network {
    let network = Network::new(4, 0).seat(1, |seat| seat.vice = Some(vice));
    let network = trading(network, seed);
    run(network.clone(), seed, 16, |plan| plan);
    network
}

/// A liar whose lies were told, and believed by nobody.
fn lying(vice: Vice, seed: u64) {
    let network = with(vice, seed);
    assert!(
        !network.world.lock().notes().forbidden.is_empty(),
        "{vice:?} never lied"
    );
}

#[test]
fn a_silent_validator_is_passed_over() {
    with(Vice::Silent, 1);
}

#[test]
fn garbage_on_every_channel_stops_nobody() {
    with(Vice::Garbage(None), 2);
    for channel in 0..pangolin_chain::engine::CHANNELS {
        with(Vice::Garbage(Some(channel)), 3);
    }
}

#[test]
fn two_blocks_in_one_view_divide_nobody() {
    for seed in 4..7 {
        with(Vice::Equivocate, seed);
    }
}

#[test]
fn nobody_votes_for_a_wrong_block() {
    let changes = [
        Change::State,
        Change::Receipts,
        Change::FarFuture,
        Change::Past,
        Change::OtherChain,
        Change::Height,
        Change::Junk,
    ];
    for (seed, change) in (10..).zip(changes) {
        lying(Vice::Change(change), seed);
    }
}

#[test]
fn nobody_votes_for_a_transaction_that_its_party_did_not_sign() {
    lying(Vice::BadSignature, 20);
}

#[test]
fn nobody_votes_for_a_transaction_that_a_rule_refuses() {
    lying(Vice::BreakRules, 21);
}

#[test]
fn without_two_thirds_nothing_is_final_until_enough_are_back() {
    let network = trading(Network::new(4, 0), 23);
    let schedule = Schedule::new()
        .at(Duration::from_millis(1_500), Action::Crash(network.node(0)))
        .at(Duration::from_millis(1_500), Action::Crash(network.node(1)))
        .at(Duration::from_secs(30), Action::Restart(network.node(0)))
        .at(Duration::from_secs(30), Action::Restart(network.node(1)));
    let world = network.world.clone();
    run(network, 23, 16, |plan| {
        plan.crash(Crash::Schedule(schedule))
    });
    // ledger time shows the gap: no block was made while half of the validators were away
    let inner = world.lock();
    let times: Vec<u64> = inner
        .blocks
        .values()
        .map(|b| b.block.header.time_ms)
        .collect();
    let gap = times.array_windows().map(|[a, b]| b - a).max().unwrap();
    assert!(gap > 25_000, "the longest pause was {gap} ms");
}
