//! Nodes that come late: they replay the chain, or fetch the state and check it.

use commonware_consensus::types::{Epoch, Round, View};
use commonware_glue::simulate::action::Crash;
use pangolin_chain::simulated::conduct::Vice;
use std::time::Duration;

use crate::{
    network::Network,
    run::{run, trading},
};

fn late(network: &Network, index: usize, view: u64) -> Crash<pangolin_chain::types::NodeKey> {
    Crash::DelayRound {
        participants: vec![network.node(index)],
        round: Round::new(Epoch::zero(), View::new(view)),
    }
}

#[test]
fn a_late_validator_replays_the_chain() {
    let network = trading(Network::new(4, 0), 1);
    let delay = late(&network, 3, 15);
    run(network, 1, 30, |plan| plan.crash(delay));
}

#[test]
fn a_late_validator_fetches_the_state_and_votes() {
    let network = trading(Network::new(4, 0).seat(3, |seat| seat.sync_state = true), 2);
    let delay = late(&network, 3, 15);
    run(network, 2, 30, |plan| plan.crash(delay));
}

#[test]
fn a_late_observer_fetches_the_state_from_pruned_validators() {
    let mut network = Network::new(4, 1).seat(4, |seat| seat.sync_state = true);
    for index in 0..4 {
        network = network.seat(index, |seat| seat.keep_blocks = Some(8));
    }
    let network = trading(network, 3);
    let delay = late(&network, 4, 30);
    run(network, 3, 45, |plan| plan.crash(delay));
}

#[test]
fn a_peer_that_serves_a_wrong_state_is_blocked_and_another_is_asked() {
    let network = Network::new(4, 1)
        .seat(0, |seat| seat.vice = Some(Vice::WrongState))
        .seat(4, |seat| seat.sync_state = true);
    let network = trading(network, 4);
    let delay = late(&network, 4, 15);
    run(network, 4, 30, |plan| plan.crash(delay));
}

#[test]
fn a_fetch_that_is_cut_off_goes_on_after_the_restart() {
    for (seed, cut_off_ms) in [(5, 20), (6, 45), (7, 120)] {
        let network = Network::new(4, 1).seat(4, |seat| {
            seat.sync_state = true;
            seat.cut_off = Some(Duration::from_millis(cut_off_ms));
        });
        let network = trading(network, seed);
        let delay = late(&network, 4, 15);
        run(network, seed, 30, |plan| plan.crash(delay));
    }
}
