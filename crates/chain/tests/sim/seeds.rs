//! Many seeds: everything about a run is drawn from its seed. `PANGOLIN_SEEDS` says how many, `PANGOLIN_FIRST_SEED` where to
//! begin.

use commonware_glue::simulate::action::{Action, Crash, Schedule};
use commonware_p2p::simulated::Link;
use commonware_utils::{Probability, probability};
use pangolin_chain::{
    simulated::conduct::{Change, Vice},
    types::NodeKey,
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use std::time::Duration;

use crate::{
    network::Network,
    run::{cut, run, trading},
};

/// Seeds of the default run.
const SEEDS: u64 = 4;

/// When the first crash or cut of a run comes at the latest.
const LATEST_FIRST_MS: u64 = 1_000;

/// Seeds that once failed.
const REGRESSIONS: [u64; 3] = [50_000, 60_089, 60_294];

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn seeds() {
    let first = number("PANGOLIN_FIRST_SEED").unwrap_or(1);
    let count = number("PANGOLIN_SEEDS").unwrap_or(SEEDS);
    for seed in REGRESSIONS.into_iter().chain(first..first + count) {
        if count > SEEDS {
            eprintln!("seed {seed} of {first}..{}", first + count);
        }
        one(seed);
    }
}

fn one(seed: u64) {
    let mut rng = ChaCha20Rng::seed_from_u64(seed ^ 0x5eed);
    let mut network = Network::new(4, u64::from(rng.random_bool(0.3)));
    let liar = rng.random_bool(0.4).then(|| rng.random_range(0..4usize));
    if let Some(liar) = liar {
        let vice = vice(&mut rng);
        network = network.seat(liar, |seat| seat.vice = Some(vice));
    }
    let trusted: Vec<usize> = (0..4).filter(|index| Some(*index) != liar).collect();
    if liar.is_none() && rng.random_bool(0.3) {
        let ahead_ms = rng.random_range(-600_000..600_000);
        network = network.seat(rng.random_range(0..4), |seat| seat.ahead_ms = ahead_ms);
    }
    if liar.is_none() && rng.random_bool(0.3) {
        // Beside one that lies, or one whose clock is wrong so that it votes for nothing, it would be one fault too many; with a
        // wrong clock of its own it waits until the others' clocks are there.
        let forgetful = rng.random_range(0..4usize);
        let right = network.seats.iter().all(|seat| seat.ahead_ms == 0);
        network = network.seat(forgetful, |seat| seat.forgets_votes = right);
    }
    let network = trading(network, seed);
    let link = Link {
        latency: Duration::from_millis(rng.random_range(1..80)),
        jitter: Duration::from_millis(rng.random_range(0..40)),
        success_rate: if rng.random_bool(0.5) {
            probability!(1.0)
        } else {
            Probability::new(rng.random_range(85..100), 100).unwrap()
        },
    };
    let schedule = schedule(&mut rng, &network, &trusted, &link);
    run(network, seed, 12, |plan| {
        let plan = plan.link(link.clone());
        if schedule.events.is_empty() {
            plan
        } else {
            plan.crash(Crash::Schedule(schedule))
        }
    });
}

fn vice(rng: &mut ChaCha20Rng) -> Vice {
    match rng.random_range(0..12u32) {
        0 => Vice::Silent,
        1 => Vice::Garbage(None),
        2 => Vice::Garbage(Some(rng.random_range(0..9))),
        3 | 4 => Vice::Equivocate,
        5 => Vice::BadSignature,
        6 => Vice::BreakRules,
        7 => Vice::Change(Change::State),
        8 => Vice::Change(Change::Receipts),
        9 => Vice::Change(Change::FarFuture),
        10 => Vice::Change(Change::Junk),
        _ => Vice::Change(Change::Height),
    }
}

/// Crashes and cuts at random moments of the first seconds; everything is back and whole at the end.
fn schedule(
    rng: &mut ChaCha20Rng,
    network: &Network,
    trusted: &[usize],
    link: &Link,
) -> Schedule<NodeKey> {
    let mut events: Vec<(u64, Action<NodeKey>)> = Vec::new();
    for _ in 0..rng.random_range(0..4u32) {
        let node = network.node(trusted[rng.random_range(0..trusted.len())]);
        let at = rng.random_range(300..5_000);
        events.push((at, Action::Crash(node.clone())));
        events.push((at + rng.random_range(1..1_500), Action::Restart(node)));
    }
    if rng.random_bool(0.4) {
        let at = rng.random_range(500..3_000);
        let alone = trusted[rng.random_range(0..trusted.len())];
        let companion = rng
            .random_bool(0.5)
            .then(|| trusted[rng.random_range(0..trusted.len())]);
        let side = |index: usize| index == alone || Some(index) == companion;
        for from in 0..4 {
            for to in (0..4).filter(|to| side(*to) != side(from)) {
                let link = cut();
                let (from, to) = (network.node(from), network.node(to));
                events.push((at, Action::UpdateLink { from, to, link }));
            }
        }
        events.push((
            at + rng.random_range(500..4_000),
            Action::Heal(link.clone()),
        ));
    }
    events.sort_by_key(|(at, _)| *at);
    // a run without load left is over soon: the first event finds it under way
    let late = events
        .first()
        .map_or(0, |(at, _)| at.saturating_sub(LATEST_FIRST_MS));
    events
        .into_iter()
        .fold(Schedule::new(), |schedule, (at, action)| {
            schedule.at(Duration::from_millis(at - late), action)
        })
}
