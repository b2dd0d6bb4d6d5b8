//! Crashes, partitions, loss and delay, with trade going on.

use commonware_glue::simulate::action::{Action, Crash, Schedule};
use commonware_p2p::simulated::Link;
use commonware_utils::probability;
use std::time::Duration;

use crate::{
    load::Load,
    network::Network,
    run::{cut, good, run, trading},
    world::Told,
};

#[test]
fn four_validators_and_an_observer_agree_on_every_block() {
    for seed in 0..2 {
        run(trading(Network::new(4, 1), seed), seed, 20, |plan| plan);
    }
}

#[test]
fn crashed_validators_come_back_to_the_same_state() {
    let crash = Crash::Random {
        frequency: Duration::from_millis(1_700),
        downtime: Duration::from_millis(600),
        count: 1,
    };
    for seed in 0..3 {
        run(trading(Network::new(4, 0), seed), seed, 40, |plan| {
            plan.crash(crash.clone())
        });
    }
}

#[test]
fn a_whole_network_that_crashes_comes_back() {
    let network = trading(Network::new(4, 0), 5);
    let mut schedule = Schedule::new();
    for (at, index) in [(2_000, 0), (2_001, 1), (2_002, 2), (2_003, 3)] {
        schedule = schedule.at(
            Duration::from_millis(at),
            Action::Crash(network.node(index)),
        );
    }
    for (at, index) in [(3_000, 3), (3_300, 1), (3_600, 0), (3_900, 2)] {
        schedule = schedule.at(
            Duration::from_millis(at),
            Action::Restart(network.node(index)),
        );
    }
    run(network, 5, 30, |plan| plan.crash(Crash::Schedule(schedule)));
}

#[test]
fn a_lossy_slow_network_delays_and_does_not_divide() {
    let link = Link {
        latency: Duration::from_millis(100),
        jitter: Duration::from_millis(80),
        success_rate: probability!(0.8),
    };
    for seed in 0..2 {
        run(trading(Network::new(4, 0), seed), seed, 15, |plan| {
            plan.link(link.clone())
        });
    }
}

/// When the network is cut.
const CUT: Duration = Duration::from_millis(1_500);

/// Cuts the network between two groups, until it heals.
fn partition(
    network: &Network,
    at: Duration,
    one: &[usize],
    other: &[usize],
) -> Schedule<pangolin_chain::types::NodeKey> {
    let mut schedule = Schedule::new();
    for a in one {
        for b in other {
            for (from, to) in [(a, b), (b, a)] {
                let action = Action::UpdateLink {
                    from: network.node(*from),
                    to: network.node(*to),
                    link: cut(),
                };
                schedule = schedule.at(at, action);
            }
        }
    }
    schedule.at(Duration::from_secs(6), Action::Heal(good()))
}

#[test]
fn a_network_cut_in_halves_waits_and_goes_on_when_it_heals() {
    for seed in 0..2 {
        let network = trading(Network::new(4, 0), seed);
        let halves = partition(&network, CUT, &[0, 1], &[2, 3]);
        run(network, seed, 15, |plan| {
            plan.crash(Crash::Schedule(halves))
        });
    }
}

#[test]
fn three_go_on_without_the_one_that_is_cut_off_and_it_catches_up() {
    for seed in 0..2 {
        let network = trading(Network::new(4, 0), seed);
        let cut_off = partition(&network, CUT, &[usize::try_from(seed).unwrap()], &[1, 2, 3]);
        run(network, seed, 20, |plan| {
            plan.crash(Crash::Schedule(cut_off))
        });
    }
}

#[test]
fn what_a_node_took_while_it_was_cut_off_becomes_final_when_it_is_back() {
    let load = Load {
        seed: 3,
        packs: 3,
        span_ms: 1_000,
        nodes: vec![4],
        valid_blocks: 200,
        also: Vec::new(),
    };
    // the observer does not propose: without being sent again, nothing of it would reach a block
    let network = Network::new(4, 1).load(load);
    let cut_off = partition(&network, Duration::from_millis(50), &[4], &[0, 1, 2, 3]);
    run(network.clone(), 3, 20, |plan| {
        plan.crash(Crash::Schedule(cut_off))
    });
    // what was refused is told as well, although the observer makes no blocks
    let world = network.world.lock();
    let count = |wanted: fn(&Told) -> bool| {
        let told = world.submissions.iter().filter_map(|one| one.told.as_ref());
        told.filter(|told| wanted(told)).count()
    };
    assert!(count(|told| matches!(told, Told::Final { .. })) >= 7);
    assert!(count(|told| matches!(told, Told::Refused(_))) >= 1);
    assert_eq!(count(|told| matches!(told, Told::Expired)), 0);
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let once = || run(trading(Network::new(4, 0), 11), 11, 10, |plan| plan).state;
    assert_eq!(once(), once());
}
