//! Whole networks from one seed: agreement, crashes, loss, a late node.

#![expect(
    clippy::unwrap_used,
    clippy::unnecessary_literal_bound,
    reason = "tests end at the first surprise; the harness fixes the signatures"
)]

mod common;

use common::{Agreement, Applied, Network};
use commonware_glue::simulate::{action::Crash, plan::PlanBuilder};
use commonware_p2p::simulated::Link;
use commonware_utils::probability;
use pangolin_ledger::{
    ChainId, Genesis, GenesisParty, Machine, PartyId, Role, Scope, TimeMs, Wire as _, state::Params,
};
use std::{sync::Arc, time::Duration};

fn network() -> Network {
    let party = GenesisParty {
        id: PartyId::new("authority").unwrap(),
        name: "Authority".into(),
        keys: Vec::new(),
        roles: vec![
            (Role::GOVERNOR, Scope::all()),
            (Role::REGISTRAR, Scope::all()),
        ],
    };
    let ledger = Genesis {
        chain: ChainId([0; 32]),
        time: TimeMs(0),
        params: Params::default(),
        profiles: Vec::new(),
        parties: vec![party],
        chains: Vec::new(),
    };
    Network::new(4, Arc::new(Machine::new(Vec::new())), &ledger.to_bytes())
}

fn check(plan: PlanBuilder<Network>, height: u64) {
    let result = plan
        .exit_condition(Applied(height))
        .property(Agreement(height))
        .timeout(Duration::from_mins(10))
        .run();
    assert!(result.is_ok(), "{}", result.err().unwrap_or_default());
}

#[test]
fn four_validators_agree_on_every_block() {
    check(PlanBuilder::new(network()).seeds(0..3), 20);
}

#[test]
fn crashed_validators_come_back_to_the_same_state() {
    let crash = Crash::Random {
        frequency: Duration::from_secs(3),
        downtime: Duration::from_secs(1),
        count: 1,
    };
    check(PlanBuilder::new(network()).seeds(0..3).crash(crash), 60);
}

#[test]
fn a_lossy_slow_network_delays_and_does_not_divide() {
    let link = Link {
        latency: Duration::from_millis(100),
        jitter: Duration::from_millis(80),
        success_rate: probability!(0.8),
    };
    check(PlanBuilder::new(network()).seeds(0..3).link(link), 20);
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = || {
        let results = PlanBuilder::new(network())
            .seed(11)
            .exit_condition(Applied(15))
            .run()
            .unwrap();
        results
            .into_iter()
            .map(|result| result.state)
            .collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}
