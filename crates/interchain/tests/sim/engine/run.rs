//! One run: two chains, their carriers and their troubles, from one seed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use pangolin_chain::simulated::{
    chain::{OnFinal, Seat, SimulatedChain},
    conduct::Vice,
    founding::{Founded, Plan, found},
    simulation::{Simulation, simulate},
};
use pangolin_ledger::{ChainId, evidence::Verifier};
use pangolin_proof::foreign::LightClient;

use super::{
    evil::{self, Gullible},
    stage::{CHAINS, Seen, Stage, begin, ledger, rules},
    story::{self, STORIES, Story},
    trouble::{Carriers, Fortune, TROUBLE_MS, behind, calm, draw, happen, peace},
};
use crate::{
    cast::{Keys, NAMES},
    dice::Dice,
    peace::unsettled,
    seal::Id,
};

/// Validators of each chain.
const VALIDATORS: usize = 4;
/// Heartbeat of the chains, in milliseconds.
const HEARTBEAT_MS: u64 = 500;
/// How long everything may take to settle after the trouble, in milliseconds.
const SETTLING_MS: u128 = 120_000;
/// Time between two looks at whether it has, in milliseconds.
const LOOK_MS: u64 = 500;
/// No run takes longer.
const LIMIT: Duration = Duration::from_mins(10);
/// Secrets of chains are so far apart.
const APART: u64 = 10_000;

/// What came of a run.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) seed: u64,
    pub(super) violations: Vec<String>,
    pub(super) counts: BTreeMap<String, u64>,
    /// Of all final blocks in the order in which they became final.
    pub(super) trace: Id,
    /// Of everything that happened in the runtime.
    pub(super) state: String,
    /// How long it took until the second chain knew each order of the first, by their clocks.
    pub(super) reach_ms: Vec<i64>,
    pub(super) ms: u128,
    pub(super) log: Vec<String>,
}

/// Runs everything under a seed; `troubled`: whatever can go wrong does.
pub(super) fn run(seed: u64, troubled: bool) -> Report {
    let mut dice = Dice::new(seed ^ 0x2c4a_1357);
    let fortune = if troubled {
        draw(&mut dice, VALIDATORS)
    } else {
        calm(8_000)
    };
    let (report, state) = simulate(seed, LIMIT, |simulation| {
        Box::pin(async move { go(simulation, seed, dice, fortune, troubled).await })
    });
    Report { state, ..report }
}

fn chain(at: usize, validators: usize, name: &str, keys: &Keys) -> Founded {
    found(&Plan {
        name,
        seed: at as u64 * APART,
        validators: validators as u64,
        observers: 0,
        epoch_blocks: None,
        heartbeat_ms: HEARTBEAT_MS,
        ledger: &ledger(at % CHAINS, keys),
    })
}

fn seat(vice: Option<Vice>) -> Seat {
    let lax = matches!(vice, Some(Vice::BreakRules));
    Seat {
        machine: Arc::new(move || {
            let verifier: Arc<dyn Verifier> = if lax {
                Arc::new(Gullible)
            } else {
                Arc::new(LightClient::new())
            };
            rules(verifier)
        }),
        vice,
        stash: None,
        ahead_ms: 0,
    }
}

/// Founds both chains and starts them.
async fn prepare(
    simulation: &Simulation,
    dice: Dice,
    fortune: &Fortune,
) -> (Arc<Stage>, Vec<Vec<u8>>) {
    let keys = Keys::new();
    let mut seen = Seen::new(dice, fortune.freshness_ms, VALIDATORS);
    seen.lost_percent = fortune.lost_percent;
    let founded: Vec<Founded> = (0..CHAINS)
        .map(|at| chain(at, VALIDATORS, NAMES[at], &keys))
        .collect();
    let ids: Vec<ChainId> = founded
        .iter()
        .map(|founded| ChainId(founded.genesis.chain.0))
        .collect();
    let chain_keys = founded
        .iter()
        .map(|founded| founded.genesis.trusted().key_bytes())
        .collect();
    for (at, id) in ids.iter().enumerate() {
        let machine = crate::cast::rules();
        begin(&mut seen.judge, &machine, *id, &ledger(at, &keys));
        if let Some((index, _)) = fortune.liars[at] {
            seen.honest[at][index] = false;
        }
    }
    let seen = Arc::new(Mutex::new(seen));
    let mut chains = Vec::new();
    for (at, founded) in founded.into_iter().enumerate() {
        let seats = (0..VALIDATORS).map(|index| {
            let liar = fortune.liars[at].filter(|(liar, _)| *liar == index);
            seat(liar.map(|(_, vice)| vice))
        });
        let told = seen.clone();
        let on_final: OnFinal = Arc::new(move |index, block| {
            told.lock().unwrap().applied(at, index, block);
        });
        let road = fortune.roads[at];
        let started =
            SimulatedChain::start(simulation, founded, seats.collect(), road, on_final).await;
        chains.push(started);
    }
    let stage = Stage {
        simulation: simulation.clone(),
        chains,
        ids,
        keys,
        seen,
    };
    (Arc::new(stage), chain_keys)
}

async fn go(
    simulation: Simulation,
    seed: u64,
    dice: Dice,
    fortune: Fortune,
    troubled: bool,
) -> Report {
    let (stage, chain_keys) = prepare(&simulation, dice, &fortune).await;
    let mut carriers = Carriers::new(&stage, &fortune);
    story::introduce(&stage, &chain_keys, fortune.freshness_ms).await;
    let begun = stage.now();
    carriers.begin_all();
    for number in 0..STORIES {
        Story::tell(&stage, number);
    }
    let evil = if troubled {
        let founded = chain(CHAINS, 1, "imposter", &stage.keys);
        Some(evil::begin(&stage, founded, seat(None)).await)
    } else {
        None
    };
    for (ms, trouble) in &fortune.troubles {
        let due = begun + u128::try_from(*ms).unwrap();
        let wait = due.saturating_sub(stage.now());
        stage.sleep(u64::try_from(wait).unwrap()).await;
        happen(&stage, &mut carriers, &fortune, trouble).await;
    }
    if troubled {
        let due = begun + u128::try_from(TROUBLE_MS).unwrap();
        let wait = due.saturating_sub(stage.now());
        stage.sleep(u64::try_from(wait).unwrap()).await;
        peace(&stage, &mut carriers).await;
    }
    let healed = stage.now();
    while let Some(open) = open(&stage) {
        if stage.now() > healed + SETTLING_MS {
            stage.seen().judge.wrong(format!("liveness: {open}"));
            break;
        }
        stage.sleep(LOOK_MS).await;
    }
    if let Some(evil) = evil {
        evil.stop();
    }
    conduct(&stage).await;
    report(&stage, seed)
}

/// What has not come to its end.
fn open(stage: &Stage) -> Option<String> {
    let waits = {
        let seen = stage.seen();
        let first = seen.waits.iter().next();
        first.map(|(story, what)| format!("story {story} waits for {what}"))
    };
    waits
        .or_else(|| behind(stage))
        .or_else(|| unsettled(&stage.seen().judge))
}

/// No honest validator voted for what must not be, and none blocks another honest one.
async fn conduct(stage: &Stage) {
    for (at, chain) in stage.chains.iter().enumerate() {
        let name = NAMES[at];
        let blocked = chain.blocked().await;
        let mut seen = stage.seen();
        let honest = seen.honest[at].clone();
        for (by, whom) in blocked {
            if honest[by] && honest[whom] {
                let text = format!("{name}: honest node {by} blocks honest node {whom}");
                seen.judge.wrong(text);
            }
        }
        let notes = chain.notes().lock().unwrap();
        for (index, block) in &notes.votes {
            if let Some(why) = notes.forbidden.get(block) {
                let text = format!("{name}: honest node {index} voted for {why}");
                seen.judge.wrong(text);
            }
        }
        for why in notes.forbidden.values() {
            seen.judge.count(format!("proposed: {why}"));
        }
    }
}

fn report(stage: &Stage, seed: u64) -> Report {
    let ms = stage.now();
    let seen = stage.seen();
    Report {
        seed,
        violations: seen.judge.violations.clone(),
        counts: seen.judge.counts.clone(),
        trace: seen.judge.trace,
        state: String::new(),
        reach_ms: seen.reach_ms.clone(),
        ms,
        log: seen.log.clone(),
    }
}

impl Report {
    /// What a failing run is told by.
    pub(super) fn describe(&self) -> String {
        let from = self.log.len().saturating_sub(80);
        format!(
            "seed {}, after {} ms:\n{}\nwhat happened last:\n{}\n\
             `PANGOLIN_SEED={} cargo test -p pangolin-interchain --test sim engine::seeds::one_seed -- --nocapture` shows more",
            self.seed,
            self.ms,
            self.violations.join("\n"),
            self.log[from..].join("\n"),
            self.seed
        )
    }
}
