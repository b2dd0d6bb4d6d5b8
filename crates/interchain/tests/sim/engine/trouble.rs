//! What goes wrong, drawn from the seed: nodes that crash, chains that are divided, messages that are lost, carriers that stop.

use std::{collections::BTreeMap, sync::Arc};

use pangolin_chain::simulated::{
    chain::Road,
    conduct::{Change, Vice},
    simulation::Errand,
};
use pangolin_interchain::{Port, Ports, Relay, Settings};

use super::{
    port::Node,
    stage::{CHAINS, Hours, Stage},
    together::Together,
};
use crate::{cast::NAMES, dice::Dice};

/// How long there is trouble, in milliseconds.
pub(super) const TROUBLE_MS: i64 = 10_000;
/// Before this, chains get to know each other in peace.
const BEGIN_MS: i64 = 500;
/// Time between two questions of a carrier to one chain, in milliseconds.
const POLL_MS: u64 = 300;

/// Something that happens to one chain or carrier.
#[derive(Debug, Clone)]
pub(super) enum Trouble {
    Crash { at: usize, index: usize },
    Restart { at: usize, index: usize },
    Divide { at: usize, some: Vec<usize> },
    Heal { at: usize },
    Blind { carrier: usize, at: usize },
    See { carrier: usize, at: usize },
    Stop { carrier: usize },
    Begin { carrier: usize },
}

/// What is drawn of one run.
#[derive(Debug, Clone)]
pub(super) struct Fortune {
    /// How messages travel within each chain.
    pub(super) roads: Vec<Road>,
    /// Who lies, and how, by chain.
    pub(super) liars: Vec<Option<(usize, Vice)>>,
    /// The node of each chain that each carrier asks.
    pub(super) carriers: Vec<Vec<usize>>,
    pub(super) lost_percent: usize,
    pub(super) troubles: Vec<(i64, Trouble)>,
    pub(super) freshness_ms: u64,
}

/// No trouble.
pub(super) fn calm(freshness_ms: u64) -> Fortune {
    let road = Road {
        latency_ms: 10,
        jitter_ms: 5,
        loss_percent: 0,
    };
    Fortune {
        roads: vec![road; CHAINS],
        liars: vec![None; CHAINS],
        carriers: vec![vec![0; CHAINS]],
        lost_percent: 0,
        troubles: Vec::new(),
        freshness_ms,
    }
}

/// What happens to a run of `nodes` validators on each chain.
pub(super) fn draw(dice: &mut Dice, nodes: usize) -> Fortune {
    let mut fortune = calm([4_000, 8_000, 20_000][dice.below(3)]);
    for road in &mut fortune.roads {
        *road = Road {
            latency_ms: u64::try_from(dice.between(2, 50)).unwrap(),
            jitter_ms: u64::try_from(dice.between(0, 20)).unwrap(),
            loss_percent: [0, 0, 3, 10][dice.below(4)],
        };
    }
    for liar in &mut fortune.liars {
        if dice.percent(70) {
            *liar = Some((dice.below(nodes), vice(dice)));
        }
    }
    // the first carrier asks nodes that do not lie, the second whoever there is
    let honest = fortune.liars.iter().map(|liar| {
        let liar = liar.map(|(index, _)| index);
        (0..nodes).find(|index| Some(*index) != liar).unwrap()
    });
    fortune.carriers = vec![honest.collect()];
    if dice.percent(60) {
        let any = (0..CHAINS).map(|_| dice.below(nodes));
        fortune.carriers.push(any.collect());
    }
    fortune.lost_percent = [0, 3, 10][dice.below(3)];
    for _ in 0..3 + dice.below(5) {
        let from = dice.between(BEGIN_MS, TROUBLE_MS - 2_000);
        let until = (from + dice.between(300, 4_000)).min(TROUBLE_MS);
        let (at, index) = (dice.below(CHAINS), dice.below(nodes));
        let carrier = dice.below(fortune.carriers.len());
        let (begin, end) = match dice.below(6) {
            0..=2 => (Trouble::Crash { at, index }, Trouble::Restart { at, index }),
            3 => {
                let mut some: Vec<usize> = (0..nodes).collect();
                dice.shuffle(&mut some);
                some.truncate(1 + dice.below(2));
                (Trouble::Divide { at, some }, Trouble::Heal { at })
            }
            4 => (Trouble::Blind { carrier, at }, Trouble::See { carrier, at }),
            _ => (Trouble::Stop { carrier }, Trouble::Begin { carrier }),
        };
        fortune.troubles.extend([(from, begin), (until, end)]);
    }
    fortune.troubles.sort_by_key(|(ms, _)| *ms);
    fortune
}

fn vice(dice: &mut Dice) -> Vice {
    match dice.below(10) {
        0 => Vice::Silent,
        1 => Vice::Garbage(None),
        2 | 3 => Vice::Equivocate,
        4 => Vice::Change(Change::State),
        5 => Vice::Change(Change::Receipts),
        6 => Vice::Change(Change::FarFuture),
        // believes every proof, and proposes what rests on it
        _ => Vice::BreakRules,
    }
}

/// The carriers that run.
pub(super) struct Carriers {
    stage: Arc<Stage>,
    nodes: Vec<Vec<usize>>,
    errands: BTreeMap<usize, Errand>,
}

impl Carriers {
    pub(super) fn new(stage: &Arc<Stage>, fortune: &Fortune) -> Self {
        Self {
            stage: stage.clone(),
            nodes: fortune.carriers.clone(),
            errands: BTreeMap::new(),
        }
    }

    /// A carrier begins anew, from what the two ledgers say.
    pub(super) fn begin(&mut self, carrier: usize) {
        self.stop(carrier);
        let mut ports = Ports::new();
        for (at, index) in self.nodes[carrier].iter().enumerate() {
            let node = Node {
                stage: self.stage.clone(),
                carrier,
                at,
                index: *index,
                chain: self.stage.ids[at],
                signer: self.stage.keys.signer(carrier),
            };
            ports.insert(self.stage.ids[at], Arc::new(node) as Arc<dyn Port>);
        }
        let settings = Settings {
            poll: std::time::Duration::from_millis(POLL_MS),
        };
        let clock = Arc::new(Hours(self.stage.simulation.clone()));
        // what chains are told is made by their rules, on their word
        let machine = crate::cast::rules();
        let relay = Arc::new(Relay::with_clock(machine, ports, settings, clock));
        let dice = Dice::new(self.stage.seen().dice.next());
        let work = Together::new(relay.parts(), dice);
        let errand = self.stage.simulation.spawn(work);
        self.errands.insert(carrier, errand);
    }

    /// A carrier stops wherever it is.
    pub(super) fn stop(&mut self, carrier: usize) {
        if let Some(errand) = self.errands.remove(&carrier) {
            errand.stop();
        }
    }

    pub(super) fn begin_all(&mut self) {
        for carrier in 0..self.nodes.len() {
            self.begin(carrier);
        }
    }
}

/// Something goes wrong, or is right again.
pub(super) async fn happen(
    stage: &Arc<Stage>,
    carriers: &mut Carriers,
    fortune: &Fortune,
    trouble: &Trouble,
) {
    stage.log(&format!("{trouble:?}"));
    match trouble {
        Trouble::Crash { at, index } => stage.chains[*at].crash(*index),
        Trouble::Restart { at, index } => stage.chains[*at].restart(*index).await,
        Trouble::Divide { at, some } => stage.chains[*at].divide(some, Road::CUT).await,
        Trouble::Heal { at } => stage.chains[*at].heal(fortune.roads[*at]).await,
        Trouble::Blind { carrier, at } => {
            stage.seen().blind.insert((*carrier, *at));
        }
        Trouble::See { carrier, at } => {
            stage.seen().blind.remove(&(*carrier, *at));
        }
        Trouble::Stop { carrier } => carriers.stop(*carrier),
        Trouble::Begin { carrier } => carriers.begin(*carrier),
    }
    let kind = match trouble {
        Trouble::Crash { .. } => "crashes",
        Trouble::Divide { .. } => "divisions",
        Trouble::Blind { .. } | Trouble::Stop { .. } => "carriers that failed",
        _ => return,
    };
    stage.seen().judge.count(kind);
}

/// Everything is as it should be again.
pub(super) async fn peace(stage: &Arc<Stage>, carriers: &mut Carriers) {
    stage.log("peace");
    let good = calm(0).roads;
    for (at, road) in good.into_iter().enumerate() {
        stage.chains[at].heal(road).await;
        for index in 0..stage.chains[at].len() {
            stage.chains[at].restart(index).await;
        }
    }
    {
        let mut seen = stage.seen();
        seen.blind.clear();
        seen.lost_percent = 0;
    }
    carriers.begin(0);
}

/// Heights that nodes may be apart in the end.
const APART: u64 = 3;

/// An honest node that has not what the others have.
pub(super) fn behind(stage: &Stage) -> Option<String> {
    for (at, chain) in stage.chains.iter().enumerate() {
        let top = stage.seen().judge.height(at).0;
        for index in 0..chain.len() {
            let Some(node) = chain.node(index) else {
                return Some(format!("node {index} of {} is down", NAMES[at]));
            };
            let honest = stage.seen().honest[at][index];
            let height = node.status().height;
            if honest && height + APART < top {
                return Some(format!(
                    "node {index} of {} is at {height}, the others at {top}",
                    NAMES[at]
                ));
            }
        }
    }
    None
}
