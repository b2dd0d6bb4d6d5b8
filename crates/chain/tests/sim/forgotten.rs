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

/// Moments in the turn in which node 2 leads, in milliseconds: started again at once and voting, it would propose a second block.
const MOMENTS: [u64; 4] = [2_630, 2_660, 2_690, 2_720];

#[test]
fn a_validator_that_lost_its_votes_does_not_contradict_them() {
    for at in MOMENTS {
        let network = Network::new(4, 0).seat(2, |seat| seat.forgets_votes = true);
        let network = trading(network, 1);
        let crash = crash(&network, at, 1);
        run(network.clone(), 1, 18, |plan| plan.crash(crash));
        let abstained = network.world.lock().abstained.contains(&2);
        assert!(abstained, "crashed at {at} ms");
    }
}
