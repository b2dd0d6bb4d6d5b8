//! The chains, what is seen of them, and saying something at one of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use bytes::Bytes;
use futures::future::{BoxFuture, Either, select};
use pangolin_chain::{
    app::FinalBlock,
    pool::Fate,
    simulated::{chain::SimulatedChain, clock::START_MS, simulation::Simulation},
};
use pangolin_interchain::Clock;
use pangolin_ledger::{
    BlockContext, Body, ChainId, Effect, EventId, EventOutcome, Machine, SignedTransaction, TimeMs,
    Wire as _,
    evidence::Verifier,
    state::{Feed, Notices, keys},
};
use pangolin_proof::foreign::LightClient;

use crate::{
    block::{Block, Executed, Layers, Running},
    cast::{self, Keys, NAMES, Trade},
    dice::Dice,
    judge::Judge,
    kept::Kept,
    seal::{Header, Writes},
};

/// Both chains have the rules of medicines.
pub(super) const TRADE: Trade = Trade::Pharma;
/// Chains there are.
pub(super) const CHAINS: usize = 2;
/// How long one waits to hear what became of a transaction.
const FINALITY: Duration = Duration::from_secs(8);
/// Blocks for which a statement stays valid.
const VALID_BLOCKS: u64 = 30;
/// Entries of the log that are kept.
const LOG: usize = 400;

/// The rules, and who checks proofs for them.
pub(super) fn rules(verifier: Arc<dyn Verifier>) -> Machine {
    cast::rules().believing(verifier)
}

/// What a node keeps besides the state.
#[derive(Default)]
pub(super) struct Place {
    height: u64,
    pub(super) kept: Kept,
    pub(super) waiting: Vec<EventId>,
}

/// What is seen of everything.
pub(super) struct Seen {
    pub(super) judge: Judge,
    /// Executes what became final once more.
    machine: Machine,
    pub(super) dice: Dice,
    pub(super) number: u64,
    /// By chain and node.
    pub(super) places: Vec<Vec<Place>>,
    /// Which nodes do not lie, by chain.
    pub(super) honest: Vec<Vec<bool>>,
    /// Whom a carrier does not see: carrier and chain.
    pub(super) blind: BTreeSet<(usize, usize)>,
    /// Of 100 requests of carriers so many are lost.
    pub(super) lost_percent: usize,
    /// What stories wait for.
    pub(super) waits: BTreeMap<usize, String>,
    /// When, in its own time, each chain wrote its notices.
    noticed: Vec<Vec<i64>>,
    /// How long it took until the other chain knew each of them.
    pub(super) reach_ms: Vec<i64>,
    pub(super) log: Vec<String>,
}

impl Seen {
    pub(super) fn new(dice: Dice, freshness_ms: u64, nodes: usize) -> Self {
        Self {
            judge: Judge::new(freshness_ms),
            machine: rules(Arc::new(LightClient::new())),
            dice,
            number: 0,
            places: (0..CHAINS)
                .map(|_| (0..nodes).map(|_| Place::default()).collect())
                .collect(),
            honest: vec![vec![true; nodes]; CHAINS],
            blind: BTreeSet::new(),
            lost_percent: 0,
            waits: BTreeMap::new(),
            noticed: vec![Vec::new(); CHAINS],
            reach_ms: Vec::new(),
            log: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, text: String) {
        self.log.push(text);
        if self.log.len() > LOG {
            self.log.remove(0);
        }
    }

    /// A node applied a final block.
    pub(super) fn applied(&mut self, at: usize, index: usize, block: &FinalBlock) {
        let height = block.block.header.height.get();
        self.keep(at, index, height, block);
        if !self.honest[at][index] {
            return;
        }
        let executed = if height <= self.judge.height(at).0 {
            Ok(shell(&self.judge, at, block))
        } else {
            replay(&self.machine, &self.judge, at, block)
        };
        match executed {
            Ok(executed) => {
                let news = self.judge.committed(at, index, &executed);
                for text in news {
                    self.note(text);
                }
                self.reached(at);
            }
            Err(what) => {
                let name = NAMES[at];
                self.judge
                    .wrong(format!("validity: block {height} of {name}: {what}"));
            }
        }
    }

    /// What a node that serves histories keeps. After a restart it may get blocks again.
    fn keep(&mut self, at: usize, index: usize, height: u64, block: &FinalBlock) {
        let place = &mut self.places[at][index];
        if height <= place.height {
            return;
        }
        place.height = height;
        for event in block
            .receipts
            .iter()
            .flat_map(|(_, receipt)| &receipt.events)
        {
            if matches!(event.outcome, EventOutcome::Parked { .. }) {
                place.waiting.push(event.id);
            }
        }
        let effects = effects(block);
        for effect in &effects {
            if let Effect::Unparked(id) | Effect::Lapsed(id) | Effect::Rejected { event: id, .. } =
                effect
            {
                place.waiting.retain(|waiting| waiting != id);
            }
        }
        place.kept.keep(block.lineage.as_ref().clone(), &effects);
    }

    /// Measures how long notices take.
    fn reached(&mut self, at: usize) {
        let seen = &self.judge.chains[at];
        let written: Notices = seen.get(&keys::notices()).unwrap_or_default();
        while (self.noticed[at].len() as u64) < written.next {
            self.noticed[at].push(seen.time);
        }
        let of = 1 - at;
        let feed: Feed = seen
            .get(&keys::feed(&self.judge.chains[of].id))
            .unwrap_or_default();
        let known = self.reach_ms.len();
        let told = usize::try_from(feed.next).unwrap();
        // orders are written by the first chain only
        if of == 0 {
            for written in self.noticed[of].iter().take(told).skip(known) {
                self.reach_ms.push(seen.time - written);
            }
        }
    }
}

fn effects(block: &FinalBlock) -> Vec<Effect> {
    let receipts = block
        .receipts
        .iter()
        .flat_map(|(_, receipt)| &receipt.effects);
    let ends = block.effects.iter().flat_map(|end| &end.effects);
    receipts.chain(ends).cloned().collect()
}

fn transactions(block: &FinalBlock) -> Result<Vec<Arc<SignedTransaction>>, String> {
    let all = block.block.transactions.iter();
    all.map(|bytes| SignedTransaction::from_bytes(bytes).map(Arc::new))
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())
}

/// A block as the judge knows blocks; its name is bound to the digest of the real one.
fn named(judge: &Judge, at: usize, block: &FinalBlock, txs: Vec<Arc<SignedTransaction>>) -> Block {
    let header = &block.block.header;
    let header = Header {
        chain: judge.chains[at].id,
        view: 0,
        height: header.height.get(),
        parent: header.parent.0,
        time: i64::try_from(header.time_ms).unwrap(),
        body: [0; 32],
        root: header.digest().0,
    };
    Block::new(header, txs, Writes::new())
}

/// A block that the judge knows already.
fn shell(judge: &Judge, at: usize, block: &FinalBlock) -> Executed {
    let txs = transactions(block).unwrap_or_default();
    Executed {
        block: Arc::new(named(judge, at, block, txs)),
        writes: Writes::new(),
        receipts: Vec::new(),
        effects: Vec::new(),
        links: Vec::new(),
    }
}

/// Executes a block on what the judge knows, and holds the receipts against those of the node.
fn replay(
    machine: &Machine,
    judge: &Judge,
    at: usize,
    block: &FinalBlock,
) -> Result<Executed, String> {
    let seen = &judge.chains[at];
    let below = Layers {
        records: &seen.records,
        above: Vec::new(),
    };
    let txs = transactions(block)?;
    let named = named(judge, at, block, txs);
    let context: BlockContext = named.context(seen.time);
    let mut running = Running::begin(machine, context, &below);
    for tx in &named.txs {
        running
            .apply(tx)
            .map_err(|refusal| format!("{} is refused: {refusal}", tx.id()))?;
    }
    let (ended, _) = running.end([0; 32], &Writes::new());
    let told = block.receipts.iter().map(|(_, receipt)| receipt.as_ref());
    if !told.eq(&ended.receipts) {
        return Err("the node gives other receipts".into());
    }
    Ok(ended.of(Arc::new(named)))
}

/// Everything of a run. Nothing of it outlives the run.
pub(super) struct Stage {
    pub(super) simulation: Simulation,
    pub(super) chains: Vec<SimulatedChain>,
    pub(super) ids: Vec<ChainId>,
    pub(super) keys: Keys,
    pub(super) seen: Arc<Mutex<Seen>>,
}

/// What a party hears of what it stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    Final,
    Refused(&'static str),
    /// Nobody answered in time.
    Nothing,
}

impl Stage {
    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    pub(super) fn sleep(&self, ms: u64) -> BoxFuture<'static, ()> {
        self.simulation.sleep(Duration::from_millis(ms))
    }

    /// Milliseconds of the simulation.
    pub(super) fn now(&self) -> u128 {
        self.simulation.now().as_millis()
    }

    pub(super) fn log(&self, text: &str) {
        let now = self.now();
        self.seen().note(format!("{now:>7} {text}"));
    }

    /// What comes of `work`, if it comes soon enough: a node that crashed answers nothing any more.
    pub(super) async fn within<T>(
        &self,
        time: Duration,
        work: impl Future<Output = T> + Send,
    ) -> Option<T> {
        let work = Box::pin(work);
        match select(work, self.simulation.sleep(time)).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    }

    /// A node of a chain that runs.
    pub(super) fn anybody(&self, at: usize) -> Option<usize> {
        let up: Vec<usize> = (0..self.chains[at].len())
            .filter(|index| self.chains[at].node(*index).is_some())
            .collect();
        self.seen().dice.of(&up).copied()
    }

    /// The statement of a party, signed.
    pub(super) fn signed(&self, at: usize, by: &str, body: Body) -> SignedTransaction {
        let until = self.seen().judge.height(at).0 + VALID_BLOCKS;
        let to = (self.ids[at], TRADE.profile());
        self.keys.sign(to, by, until, body)
    }

    /// A party states something, through some node, and waits for what becomes of it.
    pub(super) async fn say(&self, at: usize, by: &str, body: Body) -> Said {
        let Some(index) = self.anybody(at) else {
            return Said::Nothing;
        };
        let tx = self.signed(at, by, body);
        self.hand_in(at, index, &tx, FINALITY).await
    }

    /// Hands a transaction to a node, and waits so long for what becomes of it.
    pub(super) async fn hand_in(
        &self,
        at: usize,
        index: usize,
        tx: &SignedTransaction,
        wait: Duration,
    ) -> Said {
        let fate = {
            let Some(node) = self.chains[at].node(index) else {
                return Said::Nothing;
            };
            let fate = node.watch(tx.id());
            if node.submit(Bytes::from(tx.to_bytes())).is_err() {
                return Said::Nothing;
            }
            fate
        };
        match self.within(wait, fate).await {
            Some(Ok(Fate::Final { .. })) => Said::Final,
            Some(Ok(Fate::Refused(refusal))) => Said::Refused(refusal.code),
            _ => Said::Nothing,
        }
    }
}

/// The time of the simulation, as carriers know it.
pub(super) struct Hours(pub(super) Simulation);

impl std::fmt::Debug for Hours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hours")
    }
}

impl Clock for Hours {
    fn now(&self) -> Duration {
        self.0.now()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        self.0.sleep(time)
    }
}

/// A chain as it begins, for the judge.
pub(super) fn begin(judge: &mut Judge, machine: &Machine, id: ChainId, ledger: &[u8]) {
    let mut genesis = pangolin_ledger::Genesis::from_bytes(ledger).unwrap();
    genesis.chain = id;
    let records = machine.genesis(&genesis).unwrap().into_iter();
    let records = records.map(|(key, value)| (key, Arc::from(value)));
    judge.begin(id, TRADE, records.collect());
    if let Some(seen) = judge.chains.last_mut() {
        seen.time = START_MS;
    }
}

/// The ledger of a chain at genesis: the same parties with the same keys everywhere.
pub(super) fn ledger(at: usize, keys: &Keys) -> Vec<u8> {
    let mut genesis = cast::founding(at, TRADE, keys);
    (genesis.chain, genesis.time) = (ChainId([0; 32]), TimeMs(START_MS));
    genesis.to_bytes()
}
