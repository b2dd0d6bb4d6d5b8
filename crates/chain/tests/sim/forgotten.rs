//! A validator whose record of its votes is gone follows without voting, and votes again when no view is left in which it could
//! contradict itself. That no honest node blocks it is among what is judged after every run.

use commonware_glue::simulate::action::{Action, Crash, Schedule};
use std::time::Duration;

use crate::{
    network::Network,
    run::{run, trading},
};

/// Crashes node 2 at `at` and starts it again after `away`, both in milliseconds.
fn crash(network: &Network, at: u64, away: u64) -> Crash<pangolin_chain::types::NodeKey> {
    let node = network.node(2);
    let schedule = Schedule::new()
        .at(Duration::from_millis(at), Action::Crash(node.clone()))
        .at(Duration::from_millis(at + away), Action::Restart(node));
    Crash::Schedule(schedule)
}

#[test]
fn a_validator_that_lost_its_votes_does_not_contradict_them() {
    for seed in 0..6 {
        let network = trading(
            Network::new(4, 0).seat(2, |seat| seat.forgets_votes = true),
            seed,
        );
        // while its last votes are still under way, and later
        let crash = crash(&network, 2_000 + 17 * seed, 1 + 40 * seed);
        let result = run(network.clone(), seed, 60, |plan| plan.crash(crash));
        assert!(network.world.lock().abstained, "seed {seed}");
        drop(result);
    }
}
