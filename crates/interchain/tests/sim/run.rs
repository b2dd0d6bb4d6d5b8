//! One run: a world, its carriers and its troubles, from one seed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use pangolin_interchain::{Port, Ports, Relay, Settings};

use crate::{
    cast::{NAMES, START, Trade},
    dice::Dice,
    errand::{Errands, Watch},
    evil::Evil,
    peace,
    port::Node,
    seal::{Id, VALIDATORS},
    validator::Validator,
    world::{Deed, World},
};

/// How long there is trouble, in milliseconds.
const TROUBLE: i64 = 30_000;
/// How long everything may take to settle afterwards.
const SETTLING: i64 = 240_000;
/// Time between two looks at whether it has.
const LOOK: i64 = 2_000;
/// Steps that no run needs.
const STEPS: u64 = 2_000_000;
/// Time between two questions of a carrier to one chain.
const POLL: Duration = Duration::from_millis(500);

/// What a run is like.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) seed: u64,
    pub(crate) trades: Vec<Trade>,
    pub(crate) freshness_ms: u64,
    /// A chain that is corrupt as a whole.
    pub(crate) corrupt: Option<usize>,
    /// Whether validators and the network fail, and some validators and carriers lie.
    pub(crate) troubled: bool,
}

impl Setting {
    /// Three or four chains, with or without a border, and everything that can go wrong.
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x5e77_1a6e);
        let border = if dice.percent(60) {
            Trade::Customs
        } else {
            Trade::Pharma
        };
        let mut trades = vec![Trade::Pharma, border, Trade::Pharma];
        if dice.percent(35) {
            trades.push(Trade::Pharma);
        }
        Self {
            seed,
            trades,
            freshness_ms: [4_000, 8_000, 20_000][dice.below(3)],
            corrupt: None,
            troubled: true,
        }
    }

    /// Chains of which others believe what is made there: where medicines are, and nobody decided otherwise.
    fn makers(&self) -> Vec<usize> {
        let trades = self.trades.iter().enumerate();
        let makers = trades.filter(|(at, trade)| {
            **trade == Trade::Pharma && (self.corrupt != Some(*at) || self.seed.is_multiple_of(2))
        });
        makers.map(|(at, _)| at).collect()
    }
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) seed: u64,
    pub(crate) violations: Vec<String>,
    pub(crate) limits: Vec<String>,
    pub(crate) counts: BTreeMap<String, u64>,
    /// Of all final blocks in the order in which they became final.
    pub(crate) trace: Id,
    pub(crate) log: Vec<String>,
    /// How long it took, in the time of the simulation.
    pub(crate) ms: i64,
    pub(crate) steps: u64,
}

/// A carrier.
#[derive(Debug, Clone)]
struct Carrier {
    /// The validator of each chain that it asks.
    nodes: Vec<usize>,
    /// Of 100 answers that it gets so many are wrong.
    lies: usize,
}

struct Run {
    world: Arc<Mutex<World>>,
    watch: Watch,
    errands: Errands,
    carriers: Vec<Carrier>,
    evils: BTreeMap<usize, Evil>,
    order: Dice,
    seed: u64,
}

/// Runs a world.
pub(crate) fn run(setting: &Setting) -> Report {
    let mut dice = Dice::new(setting.seed);
    let order = Dice::new(dice.next());
    let mut world = World::new(
        dice,
        &setting.trades,
        setting.freshness_ms,
        &setting.makers(),
    );
    let (carriers, evils) = prepare(&mut world, setting);
    let world = Arc::new(Mutex::new(world));
    let mut run = Run {
        world,
        watch: Watch::default(),
        errands: Errands::default(),
        carriers,
        evils,
        order,
        seed: setting.seed,
    };
    for carrier in 0..run.carriers.len() {
        run.begin(carrier);
    }
    let steps = run.go();
    // carriers hold on to the world
    run.errands = Errands::default();
    let world = run.world.lock().unwrap();
    Report {
        seed: setting.seed,
        violations: world.judge.violations.clone(),
        limits: world.judge.limits.clone(),
        counts: world.judge.counts.clone(),
        trace: world.judge.trace,
        log: world.log.clone(),
        ms: world.now - START,
        steps,
    }
}

/// Starts the validators and draws what goes wrong.
fn prepare(world: &mut World, setting: &Setting) -> (Vec<Carrier>, BTreeMap<usize, Evil>) {
    let chains = world.chains.len();
    let mut liars = vec![None; chains];
    for (at, liar) in liars.iter_mut().enumerate() {
        if setting.troubled && world.dice.percent(60) {
            let index = world.dice.below(VALIDATORS);
            world.spoil(at, index);
            *liar = Some(index);
        }
        for index in 0..VALIDATORS {
            world.with(at, index, Validator::start);
        }
    }
    if let Some(at) = setting.corrupt {
        world.judge.chains[at].honest = false;
        world.chains[at].corrupt = Some(BTreeMap::new());
        for times in 1..=6 {
            world.later(times * 4_000, Deed::Corrupt { chain: at });
        }
    }
    let honest: Vec<usize> = liars
        .iter()
        .map(|liar| (0..VALIDATORS).find(|index| Some(*index) != *liar).unwrap())
        .collect();
    let mut carriers = vec![Carrier {
        nodes: honest,
        lies: 0,
    }];
    if world.dice.percent(60) {
        let nodes = (0..chains).map(|_| world.dice.below(VALIDATORS)).collect();
        let lies = if setting.troubled && world.dice.percent(50) {
            25
        } else {
            0
        };
        carriers.push(Carrier { nodes, lies });
    }
    let mut evils = BTreeMap::new();
    let mut at = 0;
    while at < TROUBLE {
        at += world.dice.between(120, 500);
        world.later(at, Deed::Trade);
    }
    if setting.troubled {
        for number in 0..world.dice.below(3) {
            evils.insert(carriers.len() + number, Evil::default());
        }
        for carrier in evils.keys() {
            let mut at = 1_000;
            while at < TROUBLE + 10_000 {
                at += world.dice.between(200, 900);
                world.later(at, Deed::Evil { carrier: *carrier });
            }
        }
        world.loss = [0, 0, 3, 12][world.dice.below(4)];
        troubles(world, chains, carriers.len());
    }
    world.later(TROUBLE, Deed::Peace);
    (carriers, evils)
}

/// Crashes, partitions, and carriers that stop or see nothing.
fn troubles(world: &mut World, chains: usize, carriers: usize) {
    for _ in 0..world.dice.below(9) {
        let from = world.dice.between(1_000, TROUBLE - 2_000);
        let until = from + world.dice.between(300, 9_000);
        let chain = world.dice.below(chains);
        let carrier = world.dice.below(carriers);
        let (begin, end) = match world.dice.below(5) {
            0 | 1 => {
                let validator = world.dice.below(VALIDATORS);
                (
                    Deed::Crash { chain, validator },
                    Deed::Restart { chain, validator },
                )
            }
            2 => {
                let mut among: Vec<usize> = (0..VALIDATORS).collect();
                world.dice.shuffle(&mut among);
                among.truncate(1 + world.dice.below(2));
                (Deed::Divide { chain, among }, Deed::Heal { chain })
            }
            3 => (Deed::Blind { carrier, chain }, Deed::See { carrier, chain }),
            _ => (Deed::Stop { carrier }, Deed::Begin { carrier }),
        };
        world.later(from, begin);
        world.later(until.min(TROUBLE), end);
    }
}

impl Run {
    fn begin(&mut self, carrier: usize) {
        let Carrier { nodes, lies } = &self.carriers[carrier];
        let (ports, machine) = {
            let world = self.world.lock().unwrap();
            let mut ports = Ports::new();
            for (at, index) in nodes.iter().enumerate() {
                let chain = &world.chains[at];
                let node = Node {
                    world: self.world.clone(),
                    watch: self.watch.clone(),
                    carrier,
                    at,
                    index: *index,
                    chain: chain.id,
                    profile: chain.trade.profile(),
                    signer: world.keys.signer(carrier),
                    lies: *lies,
                };
                ports.insert(chain.id, Arc::new(node) as Arc<dyn Port>);
            }
            (ports, world.machine.clone())
        };
        let settings = Settings { poll: POLL };
        let clock = Arc::new(self.watch.clone());
        let relay = Arc::new(Relay::with_clock(machine, ports, settings, clock));
        self.errands.stop(carrier);
        self.errands.begin(carrier, relay.parts());
    }

    fn go(&mut self) -> u64 {
        for steps in 0.. {
            assert!(
                steps < STEPS,
                "seed {}: it does not come to an end",
                self.seed
            );
            self.errands.run(&mut self.order);
            let (next, now) = {
                let world = self.world.lock().unwrap();
                (world.next(), world.now)
            };
            let carriers = self.watch.0.next();
            let carriers = carriers.map(|at| START + i64::try_from(at.as_millis()).unwrap());
            let Some(next) = next else { return steps };
            if let Some(at) = carriers.filter(|at| *at <= next) {
                self.world.lock().unwrap().now = now.max(at);
                self.reach(at);
                continue;
            }
            self.reach(next);
            let deed = self.world.lock().unwrap().step();
            if let Some(deed) = deed
                && self.deed(&deed)
            {
                return steps;
            }
        }
        0
    }

    fn reach(&self, at: i64) {
        let since = u64::try_from(at - START).unwrap();
        self.watch.0.reach(Duration::from_millis(since));
    }

    /// Does something; whether the run is over.
    fn deed(&mut self, deed: &Deed) -> bool {
        let shared = self.world.clone();
        let mut world = shared.lock().unwrap();
        if !matches!(deed, Deed::Trade | Deed::Evil { .. } | Deed::Look) {
            world.note(&format!("{deed:?}"));
        }
        match deed {
            Deed::Trade => world.trade(),
            Deed::Crash { chain, validator } => world.crash(*chain, *validator),
            Deed::Restart { chain, validator } => world.restart(*chain, *validator),
            Deed::Divide { chain, among } => world.divide(*chain, among),
            Deed::Heal { chain } => world.heal(*chain),
            Deed::Blind { carrier, chain } => world.blind(*carrier, *chain, true),
            Deed::See { carrier, chain } => world.blind(*carrier, *chain, false),
            Deed::Stop { carrier } => self.errands.stop(*carrier),
            Deed::Begin { carrier } => {
                drop(world);
                self.begin(*carrier);
            }
            Deed::Evil { carrier } => {
                let mut evil = self.evils.remove(carrier).unwrap_or_default();
                world.evil(*carrier, &mut evil);
                self.evils.insert(*carrier, evil);
            }
            Deed::Corrupt { chain } => world.lie(*chain),
            Deed::Peace => {
                peace(&mut world);
                drop(world);
                // whoever carried before may have stopped
                self.begin(0);
            }
            Deed::Look => return look(&mut world),
        }
        false
    }
}

/// Whether everything is settled, or will not be.
fn look(world: &mut World) -> bool {
    let Some(open) = peace::open(world) else {
        return true;
    };
    if world.now > START + TROUBLE + SETTLING {
        world.judge.wrong(format!("liveness: {open}"));
        return true;
    }
    world.resume();
    world.later(LOOK, Deed::Look);
    false
}

/// The network heals, everybody comes back, and suspensions end.
fn peace(world: &mut World) {
    world.loss = 0;
    for at in 0..world.chains.len() {
        world.heal(at);
        for index in 0..VALIDATORS {
            world.restart(at, index);
        }
        for carrier in 0..crate::cast::CARRIERS {
            world.blind(carrier, at, false);
        }
    }
    world.resume();
    world.later(LOOK, Deed::Look);
}

impl Report {
    /// What a failing run is told by.
    pub(crate) fn describe(&self) -> String {
        let from = self.log.len().saturating_sub(60);
        format!(
            "seed {} ({} chains named {NAMES:?}), after {} ms:\n{}\nwhat happened last:\n{}\n\
             `PANGOLIN_SEED={} cargo test -p pangolin-interchain --test sim one_seed -- --nocapture` shows more",
            self.seed,
            NAMES.len(),
            self.ms,
            self.violations.join("\n"),
            self.log[from..].join("\n"),
            self.seed
        )
    }
}
