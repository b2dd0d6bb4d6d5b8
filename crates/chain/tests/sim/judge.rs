//! What is checked after every run: agreement, finality that stays, rules that held, a replay on a fresh machine.

use commonware_cryptography::{Digested, Digestible as _};
use commonware_glue::{
    simulate::{exit::ExitCondition, property::Property, tracker::ProgressTracker},
    stateful::{Application as _, Finality, db::DatabaseSet},
};
use commonware_runtime::{Supervisor as _, buffer::paged::CacheRef};
use commonware_utils::{NZU16, NZUsize};
use pangolin_chain::{
    app::App,
    block::Block,
    handle::ProveError,
    node,
    simulated::clock::Local,
    store::{self, Databases},
    types::NodeKey,
};
use pangolin_ledger::{
    SignedTransaction, TxId, Wire as _,
    state::{EventRecord, EventState, Object, Status, keys},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::Pin,
};
use tokio::sync::mpsc;

use crate::{
    network::{Network, Node},
    trade::{self, Act},
    world::Told,
};

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// Ends a run when all honest nodes run, every submission has met its fate, and all have applied this height.
#[derive(Clone)]
pub(crate) struct Settled {
    pub(crate) network: Network,
    pub(crate) height: u64,
}

impl ExitCondition<NodeKey, Node> for Settled {
    fn name(&self) -> &str {
        "settled"
    }

    fn requires_polling(&self) -> bool {
        true
    }

    fn reached<'a>(
        &'a self,
        _: &'a ProgressTracker<NodeKey>,
        states: &'a [&'a Node],
        _: usize,
    ) -> Answer<'a, bool> {
        Box::pin(async move {
            let honest: Vec<_> = states.iter().filter(|node| node.honest).collect();
            if honest.len() < self.network.honest().len() {
                return Ok(false);
            }
            let heights = honest.iter().map(|node| node.chain().status().height);
            let (low, high) = heights.fold((u64::MAX, 0), |(low, high), height| {
                (low.min(height), high.max(height))
            });
            // blocks final in the meantime may not have reached everybody
            let together = high.saturating_sub(low) <= 3;
            let loaded = self.network.load.is_none() || self.network.world.settled();
            Ok(loaded && together && low >= self.height)
        })
    }
}

/// Everything that must be true after a run.
#[derive(Clone)]
pub(crate) struct Sound(pub(crate) Network);

impl Property<NodeKey, Node> for Sound {
    fn name(&self) -> &str {
        "sound"
    }

    fn check<'a>(
        &'a self,
        _: &'a ProgressTracker<NodeKey>,
        states: &'a [&'a Node],
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let judged = self.judge(states).await;
            let mut inner = self.0.world.lock();
            // nothing of the simulator may outlive the run
            (inner.oracle, inner.judge) = (None, None);
            inner.verdict = judged.as_ref().err().cloned();
            judged
        })
    }
}

impl Sound {
    async fn judge(&self, states: &[&Node]) -> Result<(), String> {
        let honest: Vec<_> = states.iter().copied().filter(|node| node.honest).collect();
        let violations = self.0.world.lock().violations.clone();
        if let Some(first) = violations.first() {
            return Err(format!(
                "{} violations, the first: {first}",
                violations.len()
            ));
        }
        let chain = agreement(&honest).await?;
        let ids = transactions(&chain)?;
        self.acknowledged(&ids, chain.len() as u64)?;
        self.lies(&chain, &ids)?;
        self.blocked().await?;
        self.replay(&chain).await?;
        self.rules(&honest).await
    }
}

/// The blocks on which all honest nodes agree, from height 1 up to the lowest tip.
async fn agreement(honest: &[&Node]) -> Result<Vec<Block>, String> {
    let top = honest
        .iter()
        .map(|node| node.chain().status().height)
        .min()
        .unwrap_or(0);
    let mut chain = Vec::new();
    for height in 1..=top {
        let mut agreed: Option<Block> = None;
        for node in honest {
            let found = match node.chain().final_header(height).await {
                Ok(found) => found,
                // the last blocks may wait for the next one's certificate; a pruned node has forgotten the first
                Err(ProveError::Uncertified { .. }) if height + 8 > top => continue,
                Err(ProveError::Pruned { .. }) => continue,
                Err(error) => {
                    return Err(format!("node {} at height {height}: {error}", node.index));
                }
            };
            let header = found.headers[0].clone();
            let transactions = node
                .chain()
                .transactions(height)
                .await
                .map_err(|e| e.to_string())?;
            let block = Block::new(header, transactions.to_vec());
            if Block::transactions_root(&block.transactions) != block.header.transactions {
                return Err(format!(
                    "node {} serves other transactions at height {height}",
                    node.index
                ));
            }
            match &agreed {
                None => agreed = Some(block),
                Some(first) if *first == block => {}
                Some(_) => return Err(format!("node {} disagrees at height {height}", node.index)),
            }
        }
        match agreed {
            Some(block) => chain.push(block),
            None if height + 8 > top => break,
            None => return Err(format!("nobody has block {height}")),
        }
    }
    Ok(chain)
}

/// Height of each transaction; none may be there twice.
fn transactions(chain: &[Block]) -> Result<BTreeMap<TxId, u64>, String> {
    let mut ids = BTreeMap::new();
    for block in chain {
        for bytes in block.transactions.iter() {
            let id = SignedTransaction::from_bytes(bytes)
                .map_err(|e| e.to_string())?
                .id();
            let height = block.header.height.get();
            if let Some(first) = ids.insert(id, height) {
                return Err(format!(
                    "transaction {id} is in blocks {first} and {height}"
                ));
            }
        }
    }
    Ok(ids)
}

impl Sound {
    /// What a node acknowledged as final is in the chain, as it said; what it called expired is not, and what it called refused only if it
    /// told so whoever asked again.
    fn acknowledged(&self, ids: &BTreeMap<TxId, u64>, top: u64) -> Result<(), String> {
        let inner = self.0.world.lock();
        if let Some(open) = inner.open().next() {
            return Err(format!(
                "node {} never told what became of {}",
                open.node, open.tx
            ));
        }
        for submission in &inner.submissions {
            let (node, tx) = (submission.node, submission.tx);
            let found = ids.get(&tx).copied();
            match &submission.told {
                Some(Told::Final { height, receipt }) => {
                    // a node may be a few blocks ahead of the lowest; its block is compared below
                    let beyond = *height > top;
                    if found != Some(*height) && !beyond {
                        return Err(format!(
                            "node {node} said {tx} is final at height {height}; the chain has it at {found:?}"
                        ));
                    }
                    let block = inner
                        .blocks
                        .get(height)
                        .ok_or("a height that nobody applied")?;
                    if !block
                        .receipts
                        .iter()
                        .any(|(id, kept)| *id == tx && kept == receipt)
                    {
                        return Err(format!(
                            "node {node} gave another receipt of {tx} than the block's"
                        ));
                    }
                }
                Some(Told::Refused(code)) if found.is_some() => {
                    let again = match &submission.again {
                        Some(Told::Final { height, .. }) => Some(*height),
                        _ => None,
                    };
                    let alive = inner.running.get(&node).map(|running| running.life);
                    if again != found && alive == Some(submission.life) {
                        return Err(format!(
                            "node {node} said {tx} is refused ({code}), and not that it is final at {found:?}"
                        ));
                    }
                }
                Some(Told::Expired) if found.is_some() => {
                    return Err(format!(
                        "node {node} said {tx} expired; it is final at {found:?}"
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// No honest node voted for what a liar proposed, and none of it is final.
    fn lies(&self, chain: &[Block], ids: &BTreeMap<TxId, u64>) -> Result<(), String> {
        let inner = self.0.world.lock();
        let inner = inner.notes();
        for (node, block) in &inner.votes {
            if let Some(why) = inner.forbidden.get(block) {
                return Err(format!("honest node {node} voted for {why}"));
            }
        }
        for block in chain {
            if let Some(why) = inner.forbidden.get(&block.digest()) {
                return Err(format!("{why} is final at height {}", block.header.height));
            }
        }
        match inner.forbidden_txs.iter().find(|id| ids.contains_key(id)) {
            Some(id) => Err(format!("forbidden transaction {id} is final")),
            None => Ok(()),
        }
    }

    /// No honest node blocks an honest node.
    async fn blocked(&self) -> Result<(), String> {
        let oracle = self.0.world.lock().oracle.clone().ok_or("no oracle")?;
        let honest: BTreeSet<_> = self
            .0
            .honest()
            .into_iter()
            .map(|i| self.0.node(i))
            .collect();
        let blocked = oracle.blocked().await.map_err(|e| e.to_string())?;
        match blocked
            .iter()
            .find(|(by, whom)| honest.contains(by) && honest.contains(whom))
        {
            Some((by, whom)) => Err(format!("honest {by} blocks honest {whom}")),
            None => Ok(()),
        }
    }

    /// Executes the chain once more, on empty stores, with every check of a vote.
    async fn replay(&self, chain: &[Block]) -> Result<(), String> {
        let context = self.0.world.lock().judge.take().ok_or("no context")?;
        let context = Local::new(context, 30 * 24 * 3_600_000);
        let cache = CacheRef::new(NZU16!(4_084), NZUsize!(64));
        let configs = store::configs("judge", &cache);
        let stores =
            <Databases<Local> as DatabaseSet<Local>>::init(context.child("stores"), configs, None)
                .await;
        let (finals, _) = mpsc::unbounded_channel();
        let parts = node::parts(
            &self.0.genesis,
            trade::machine(false),
            node::forget(),
            finals,
        )
        .map_err(|e| e.to_string())?;
        let mut parent = parts.genesis.clone();
        let mut app = App::new(parts);
        for block in chain {
            let height = block.header.height;
            let ancestry = commonware_consensus::marshal::ancestry::from_iter([
                digested(block),
                digested(&parent),
            ]);
            let batches = DatabaseSet::<Local>::new_batches(&stores).await;
            let consensus = (context.child("replay"), block.header.context.clone());
            let sealed = app
                .process(consensus, ancestry, batches, Finality::Candidate)
                .await
                .ok_or_else(|| format!("a fresh machine does not accept block {height}"))?;
            DatabaseSet::<Local>::apply(&stores, sealed).await;
            parent = block.clone();
        }
        Ok(())
    }

    /// Each pack was made once and dispensed once at most, whatever was stated.
    async fn rules(&self, honest: &[&Node]) -> Result<(), String> {
        let Some(load) = &self.0.load else {
            return Ok(());
        };
        let node = honest.first().ok_or("no honest node")?;
        let stated = load.stated();
        let mut applied: BTreeMap<(u64, u16), u32> = BTreeMap::new();
        let mut asked: Vec<_> = stated
            .iter()
            .map(|(_, _, event)| keys::event(event))
            .collect();
        asked.extend((0..load.packs).map(|pack| keys::object(&trade::object(pack))));
        let values = node
            .chain()
            .read(asked)
            .await
            .map_err(|e| e.to_string())?
            .values;
        for ((pack, act, _), value) in stated.iter().zip(&values) {
            let record = value
                .as_ref()
                .map(|bytes| EventRecord::from_bytes(bytes).unwrap());
            if record.is_some_and(|record| record.state == EventState::Applied) {
                *applied.entry((*pack, *act as u16)).or_default() += 1;
            }
        }
        let count = |pack, act: Act| applied.get(&(pack, act as u16)).copied().unwrap_or(0);
        for (pack, value) in (0..load.packs).zip(&values[stated.len()..]) {
            if count(pack, Act::Create) > 1 || count(pack, Act::Dispense) > 1 {
                return Err(format!("pack {pack} was made or dispensed twice"));
            }
            let object = value
                .as_ref()
                .map(|bytes| Object::from_bytes(bytes).unwrap());
            let ended = object.is_some_and(|object| matches!(object.status, Status::Terminated(_)));
            if ended != (count(pack, Act::Dispense) == 1) {
                return Err(format!("pack {pack}: its record and its events differ"));
            }
        }
        Ok(())
    }
}

fn digested(block: &Block) -> Digested<Block> {
    Digested::precomputed(block.clone(), block.digest())
}
