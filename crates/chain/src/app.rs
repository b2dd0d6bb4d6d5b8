//! The ledger as the application of the consensus engine.
//!
//! * **Propose**: take transactions from the pool, execute them on the parent's state, leave out what a rule
//!   refuses, commit to the rest.
//! * **Process**: what every validator does before it votes: decode, check signatures, execute every
//!   transaction and check that each is accepted and that the header's roots are the ones computed here.
//!   One transaction that a rule refuses makes the whole block invalid.
//! * **Finalized**: tell the pool and the subscribers. The index is one of them and is idempotent by height.
//!
//! Time is the block's, never the machine's: a proposer states it, bounded by its parent's, and a validator
//! whose clock says that the time has not come waits for it before it votes (`pace`).

use commonware_consensus::{Heightable as _, marshal::ancestry::Ancestry};
use commonware_cryptography::Digestible as _;
use commonware_glue::stateful::{Application, Finality, Input, Proposed, db::DatabaseSet};
use commonware_runtime::{Clock, Metrics, Spawner, Storage};
use commonware_storage::qmdb::sync::Target;
use pangolin_ledger::{
    BlockContext, BlockEffects, ChainId, Effect, Height, Key, Link, Machine, Prepared, Receipt,
    SignedTransaction, TimeMs, TxId, Wire as _,
};
use pangolin_proof::{
    header::{Header, State},
    merkle,
};
use rand_core::CryptoRng;
use std::{
    collections::{BTreeMap, HashSet},
    num::NonZeroU64,
    sync::{Arc, Mutex, PoisonError},
    time::UNIX_EPOCH,
};
use tokio::sync::{mpsc, watch};
use tracing::{debug, error, warn};

use crate::{
    block::Block,
    execute::{ExecuteError, Execution},
    limits::{CLOCK_WARNING_MS, MAX_BLOCK_BYTES, MAX_BLOCK_TXS, MAX_TIME_STEP_MS},
    pool::{Pending, Pool},
    seats::keeper::SETTLED_BLOCKS,
    signatures::Signatures,
    store::{self, Databases},
    types::{Context, Digest, Scheme},
};

/// Executed blocks remembered until they are final or out of reach.
const RECENT_BLOCKS: usize = 256;

/// A block that became final, with what it did.
#[derive(Clone, Debug)]
pub struct FinalBlock {
    /// The block.
    pub block: Arc<Block>,
    /// Receipts of its transactions, in order.
    pub receipts: Arc<Vec<(TxId, Arc<Receipt>)>>,
    /// What the ledger did at the block's begin and end.
    pub effects: Arc<Vec<BlockEffects>>,
    /// How the provenance digests it wrote came about.
    pub lineage: Arc<Vec<Link>>,
}

/// Keeps what the chain itself does not: receipts and lineage. Called for each final block, in order, before the
/// node goes on; may be called again for a block after a restart. A failure stops the node.
pub type Keep = Arc<dyn Fn(&FinalBlock) -> Result<(), String> + Send + Sync>;

/// What executing a block produced.
#[derive(Clone)]
struct Executed {
    height: u64,
    parent: Digest,
    /// Whether it is final and was taken out of the pool.
    is_final: bool,
    header: Header,
    ids: Arc<Vec<TxId>>,
    receipts: Arc<Vec<(TxId, Arc<Receipt>)>>,
    effects: Arc<Vec<BlockEffects>>,
    lineage: Arc<Vec<Link>>,
}

/// Of executed blocks, each with whether it is final, the one whose state has these roots: the final one, or the only one.
fn of_state<'a>(
    executed: impl Iterator<Item = (&'a Header, bool)>,
    records: &Digest,
    rules: &Digest,
) -> Option<&'a Header> {
    let mut others = Vec::new();
    let mut last: Option<&Header> = None;
    for (header, is_final) in executed {
        if header.state.records.root != *records || header.state.rules.root != *rules {
            continue;
        }
        if !is_final {
            others.push(header);
        } else if last.is_none_or(|last| last.height < header.height) {
            last = Some(header);
        }
    }
    match (last, &others[..]) {
        (None, [only]) => Some(only),
        (last, _) => last,
    }
}

/// What the application is made of.
pub struct Parts {
    /// Height 0.
    pub genesis: Block,
    /// Entries that the first block writes before its transactions.
    pub genesis_entries: Vec<(Key, Vec<u8>)>,
    /// The rules.
    pub machine: Arc<Machine>,
    /// Transactions waiting.
    pub pool: Pool,
    /// Signature checks.
    pub signatures: Signatures,
    /// Keeps receipts and lineage.
    pub keep: Keep,
    /// Where final blocks go.
    pub finals: mpsc::UnboundedSender<FinalBlock>,
    /// Blocks of an epoch; `None`: the validators stay, and there is one epoch.
    pub epoch_blocks: Option<NonZeroU64>,
}

/// The application. Clones share it.
#[derive(Clone)]
pub struct App {
    parts: Arc<Parts>,
    recent: Arc<Mutex<BTreeMap<Digest, Executed>>>,
    tip: Arc<Mutex<Header>>,
    /// Height of the last block after which the validators may differ.
    turns: Arc<watch::Sender<u64>>,
}

impl App {
    /// Puts the application together.
    pub fn new(parts: Parts) -> Self {
        let tip = Arc::new(Mutex::new(parts.genesis.header.clone()));
        Self {
            parts: Arc::new(parts),
            recent: Arc::default(),
            tip,
            turns: Arc::new(watch::channel(0).0),
        }
    }

    /// Transactions of the executed blocks from `tip` back to the last final one: not to be proposed again.
    pub fn in_flight(&self, tip: &Digest) -> HashSet<[u8; 32]> {
        let lists = {
            let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
            let mut lists = Vec::new();
            let mut at = *tip;
            // what is final has left the pool
            while let Some(executed) = recent.get(&at).filter(|executed| !executed.is_final) {
                lists.push(executed.ids.clone());
                at = executed.parent;
            }
            lists
        };
        lists
            .iter()
            .flat_map(|ids| ids.iter().map(|id| id.0))
            .collect()
    }

    /// The header of the executed block whose state is the applied one, which has these roots. Blocks of one height that were proposed in
    /// different turns may have the same state, and one of them only is final; until it is known which, there is none.
    pub fn header_with_state(&self, records: &Digest, rules: &Digest) -> Option<Header> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let executed = recent.values().map(|one| (&one.header, one.is_final));
        of_state(executed, records, rules).cloned()
    }

    /// The header of the final state with these roots: of a block executed here, or of the one that this run began at.
    pub(crate) fn header_of_state(&self, records: &Digest, rules: &Digest) -> Option<Header> {
        self.header_with_state(records, rules).or_else(|| {
            let tip = self.tip();
            (tip.state.records.root == *records && tip.state.rules.root == *rules).then_some(tip)
        })
    }

    /// Moves after each block after which the validators may differ from before.
    pub(crate) fn turns(&self) -> watch::Receiver<u64> {
        self.turns.subscribe()
    }

    /// Tells whoever follows the validators of a final block that may concern them.
    fn turn(&self, height: u64, executed: Option<&Executed>) {
        let Some(epoch) = self.parts.epoch_blocks.map(NonZeroU64::get) else {
            return;
        };
        let position = height % epoch;
        let said = executed.is_none_or(|executed| {
            let mut effects = executed.effects.iter().flat_map(|block| &block.effects);
            effects.any(|effect| matches!(effect, Effect::Validators(_)))
        });
        if said || position + 1 == epoch || position == SETTLED_BLOCKS {
            self.turns.send_replace(height);
        }
    }

    /// Takes up where an earlier run of this node ended: proofs need the header of the state on disk.
    pub fn resume(&self, header: &Header) {
        *self.tip.lock().unwrap_or_else(PoisonError::into_inner) = header.clone();
        let executed = Executed {
            height: header.height.get(),
            parent: header.parent,
            is_final: true,
            header: header.clone(),
            ids: Arc::default(),
            receipts: Arc::default(),
            effects: Arc::default(),
            lineage: Arc::default(),
        };
        self.remember(header.digest(), executed);
    }

    /// The rules.
    pub(crate) fn machine(&self) -> Arc<Machine> {
        self.parts.machine.clone()
    }

    /// The header of the last final block that was applied here.
    pub fn tip(&self) -> Header {
        self.tip
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn remember(&self, digest: Digest, executed: Executed) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.insert(digest, executed);
        while recent.len() > RECENT_BLOCKS {
            let Some(oldest) = recent
                .iter()
                .min_by_key(|(_, e)| e.height)
                .map(|(digest, _)| *digest)
            else {
                break;
            };
            recent.remove(&oldest);
        }
    }

    fn block_context(&self, height: u64, time_ms: u64, parent_time_ms: u64) -> BlockContext {
        BlockContext {
            chain: ChainId(self.parts.genesis.header.chain.0),
            height: Height(height),
            time: TimeMs(i64::try_from(time_ms).unwrap_or(i64::MAX)),
            parent_time: TimeMs(i64::try_from(parent_time_ms).unwrap_or(i64::MAX)),
        }
    }

    /// The block's transactions; those that wait in the pool are decoded and checked already. `None` when one of the others
    /// is malformed.
    fn decode(&self, block: &Block) -> Option<Decoded> {
        let known = self.parts.pool.known(block.leaves());
        let mut unknown = Vec::new();
        let all = block.transactions.iter().zip(known).map(|(bytes, known)| {
            if known.is_some() {
                return known;
            }
            match SignedTransaction::from_bytes(bytes) {
                Ok(tx) if tx.tx().check().is_ok() => {
                    let tx = Arc::new(tx);
                    unknown.push(tx.clone());
                    Some(tx)
                }
                Ok(_) => None,
                Err(error) => {
                    warn!(
                        code = error.code(),
                        "a proposed block holds a malformed transaction"
                    );
                    None
                }
            }
        });
        let all = all.collect::<Option<Vec<_>>>()?;
        Some(Decoded { all, unknown })
    }

    /// Executes what a block says; `None` when a rule refuses any of it.
    async fn execute<E: Clock + Spawner + Storage + Metrics>(
        &self,
        context: BlockContext,
        txs: &[Arc<SignedTransaction>],
        batches: <Databases<E> as DatabaseSet<E>>::Unmerkleized,
    ) -> Result<Option<Run<E>>, ExecuteError> {
        let prepared = self.prepared(txs);
        let mut run = self.begin(context, &prepared, batches).await?;
        for tx in &prepared {
            let id = tx.tx().id();
            match run.execution.apply(tx).await? {
                Ok(receipt) => run.receipts.push((id, Arc::new(receipt))),
                Err(refusal) => {
                    warn!(code = refusal.code, tx = %id, "a proposed block holds a transaction that a rule refuses");
                    return Ok(None);
                }
            }
        }
        run.effects.push(run.execution.end().await?);
        Ok(Some(run))
    }

    fn prepared<'t>(&self, txs: &'t [Arc<SignedTransaction>]) -> Vec<Prepared<'t>> {
        let machine = &self.parts.machine;
        txs.iter().map(|tx| machine.prepare(tx)).collect()
    }

    async fn begin<E: Clock + Spawner + Storage + Metrics>(
        &self,
        context: BlockContext,
        txs: &[Prepared<'_>],
        batches: <Databases<E> as DatabaseSet<E>>::Unmerkleized,
    ) -> Result<Run<E>, ExecuteError> {
        let first = context.height.0 == 1;
        let mut execution = Execution::new(self.parts.machine.clone(), context, batches);
        if first {
            execution.write_genesis(&self.parts.genesis_entries);
        }
        execution.prefetch(txs).await?;
        let effects = vec![execution.begin().await?];
        Ok(Run {
            execution,
            receipts: Vec::with_capacity(txs.len()),
            effects,
        })
    }
}

/// The transactions of a block.
struct Decoded {
    /// All of them, in order.
    all: Vec<Arc<SignedTransaction>>,
    /// Those whose signatures were not checked on arrival.
    unknown: Vec<Arc<SignedTransaction>>,
}

struct Run<E: Clock + Spawner + Storage + Metrics> {
    execution: Execution<E>,
    receipts: Vec<(TxId, Arc<Receipt>)>,
    effects: Vec<BlockEffects>,
}

/// The commitment of a header to its receipts.
pub fn receipts_root(receipts: &[(TxId, Arc<Receipt>)]) -> Digest {
    Digest::from(merkle::root(&receipt_leaves(receipts)))
}

/// Leaves of the receipts tree, in order.
pub fn receipt_leaves(receipts: &[(TxId, Arc<Receipt>)]) -> Vec<merkle::Hash> {
    receipts
        .iter()
        .map(|(_, receipt)| merkle::leaf_hash(&receipt.to_bytes()))
        .collect()
}

/// Milliseconds since 1970 by the runtime's clock.
pub fn now_ms(clock: &impl Clock) -> u64 {
    let since = clock
        .current()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A failed store stops the node: going on would be a guess.
fn stop(error: &ExecuteError) -> ! {
    error!(%error, "the node stops: its stores cannot be trusted any more; restart it to recover");
    panic!("{error}");
}

impl<E> Application<E> for App
where
    E: Clock + Spawner + Storage + Metrics + CryptoRng,
{
    type SigningScheme = Scheme;
    type Context = Context;
    type Block = Block;
    type Databases = Databases<E>;
    type Captured = ();
    type Provider = ();
    type Input = ();

    fn sync_targets(block: &Block) -> <Self::Databases as DatabaseSet<E>>::SyncTargets {
        let state = &block.header.state;
        (
            Target::new(state.records.operations, state.records.range.clone()),
            Target::new(state.rules.operations, state.rules.range.clone()),
        )
    }

    async fn genesis(&mut self) -> Block {
        self.parts.genesis.clone()
    }

    async fn propose(
        &mut self,
        (clock, context): (E, Context),
        ancestry: impl Ancestry<Block>,
        batches: <Self::Databases as DatabaseSet<E>>::Unmerkleized,
        _input: Input<(), ()>,
    ) -> Option<Proposed<Self, E>> {
        let parent = ancestry.peek()?.clone();
        let (parent_digest, parent_time) = (parent.digest(), parent.inner().header.time_ms);
        let height = parent.height().next();
        let time_ms = now_ms(&clock).clamp(parent_time + 1, parent_time + MAX_TIME_STEP_MS);
        let candidates = self.parts.pool.take(
            MAX_BLOCK_TXS,
            MAX_BLOCK_BYTES,
            &self.in_flight(&parent_digest),
        );
        let txs: Vec<_> = candidates
            .iter()
            .map(|pending| pending.tx.clone())
            .collect();
        let block_context = self.block_context(height.get(), time_ms, parent_time);
        let prepared = self.prepared(&txs);
        let mut run = self
            .begin(block_context, &prepared, batches)
            .await
            .unwrap_or_else(|e| stop(&e));
        let mut accepted = Vec::with_capacity(candidates.len());
        let mut leaves = Vec::with_capacity(candidates.len());
        let mut refused = Vec::new();
        for (Pending { tx, bytes, leaf }, prepared) in candidates.iter().zip(&prepared) {
            match run
                .execution
                .apply(prepared)
                .await
                .unwrap_or_else(|e| stop(&e))
            {
                Ok(receipt) => {
                    run.receipts.push((tx.id(), Arc::new(receipt)));
                    accepted.push(bytes.clone());
                    leaves.push(*leaf);
                }
                Err(refusal) => {
                    debug!(code = refusal.code, tx = %tx.id(), "refused");
                    refused.push((tx.id(), refusal));
                }
            }
        }
        run.effects
            .push(run.execution.end().await.unwrap_or_else(|e| stop(&e)));
        let lineage = run.execution.take_lineage();
        let merkleized = run.execution.seal().await.unwrap_or_else(|e| stop(&e));
        let header = Header {
            chain: self.parts.genesis.header.chain,
            context,
            parent: parent_digest,
            height,
            time_ms,
            state: State {
                records: store::records_root(&merkleized.0),
                rules: store::rules_root(&merkleized.1),
            },
            transactions: Digest::from(merkle::root(&leaves)),
            receipts: receipts_root(&run.receipts),
        };
        let block = Block::with_leaves(header, accepted, leaves);
        self.parts.pool.doubt(height.get(), block.digest(), refused);
        self.remember_run(&block, run.receipts, run.effects, lineage);
        Some(Proposed { block, merkleized })
    }

    async fn process(
        &mut self,
        (mut clock, _): (E, Context),
        ancestry: impl Ancestry<Block>,
        batches: <Self::Databases as DatabaseSet<E>>::Unmerkleized,
        finality: Finality,
    ) -> Option<<Self::Databases as DatabaseSet<E>>::Merkleized> {
        let digested = ancestry.peek()?.clone();
        let block = digested.inner();
        let parent = {
            use futures::StreamExt as _;
            let mut ancestry = ancestry;
            ancestry.next().await?;
            ancestry.next().await?
        };
        let header = &block.header;
        if header.chain != self.parts.genesis.header.chain {
            warn!(height = %header.height, "a proposed block belongs to another chain");
            return None;
        }
        let step = header.time_ms.checked_sub(parent.inner().header.time_ms)?;
        if step == 0 || step > MAX_TIME_STEP_MS {
            warn!(height = %header.height, step_ms = step, "a proposed block's time does not follow its parent's");
            return None;
        }
        let Decoded { all: txs, unknown } = self.decode(block)?;
        if finality == Finality::Candidate {
            let good = self.parts.signatures.check(&mut clock, &unknown);
            if let Some(at) = good.iter().position(|good| !good) {
                warn!(height = %header.height, tx = %unknown[at].id(), "a proposed block holds a transaction with a bad signature");
                return None;
            }
        }
        let block_context = self.block_context(
            header.height.get(),
            header.time_ms,
            parent.inner().header.time_ms,
        );
        let mut run = self
            .execute(block_context, &txs, batches)
            .await
            .unwrap_or_else(|e| stop(&e))?;
        if receipts_root(&run.receipts) != header.receipts {
            warn!(height = %header.height, "a proposed block's receipts are not the ones computed here");
            return None;
        }
        let lineage = run.execution.take_lineage();
        let (receipts, effects) = (run.receipts, run.effects);
        let merkleized = run.execution.seal().await.unwrap_or_else(|e| stop(&e));
        let state = State {
            records: store::records_root(&merkleized.0),
            rules: store::rules_root(&merkleized.1),
        };
        if state != header.state {
            warn!(height = %header.height, "a proposed block's state is not the one computed here");
            return None;
        }
        self.remember_run(block, receipts, effects, lineage);
        Some(merkleized)
    }

    async fn capture(
        &mut self,
        _context: (E, Context),
        _block: &Block,
        _batches: &<Self::Databases as DatabaseSet<E>>::Merkleized,
        _readers: <Self::Databases as DatabaseSet<E>>::Readers,
    ) {
    }

    async fn finalized(
        &mut self,
        (clock, _): (E, Context),
        block: &Block,
        (): (),
        _readers: <Self::Databases as DatabaseSet<E>>::Readers,
    ) {
        let digest = block.digest();
        let executed = {
            let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
            let executed = recent.get(&digest).cloned();
            let height = block.header.height.get();
            // the tip stays: proofs of the applied state need its header
            recent.retain(|_, e| e.height + 8 > height);
            executed
        };
        let now = now_ms(&clock);
        if block.header.time_ms > now + CLOCK_WARNING_MS {
            warn!(
                behind_ms = block.header.time_ms - now,
                "this node's clock is behind the chain's: set it, or this node cannot vote"
            );
        }
        *self.tip.lock().unwrap_or_else(PoisonError::into_inner) = block.header.clone();
        let receipts = executed.as_ref().map(|executed| executed.receipts.clone());
        let receipts = receipts.unwrap_or_default();
        let height = block.header.height.get();
        self.parts.pool.finalize(height, &digest, &receipts);
        self.turn(height, executed.as_ref());
        let Some(executed) = executed else { return };
        // only what has left the pool may be missing from what is in flight
        if let Some(applied) = self
            .recent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_mut(&digest)
        {
            applied.is_final = true;
        }
        let block = FinalBlock {
            block: Arc::new(block.clone()),
            receipts: executed.receipts,
            effects: executed.effects,
            lineage: executed.lineage,
        };
        if let Err(error) = (self.parts.keep)(&block) {
            error!(
                error,
                "the node stops: it cannot keep the receipts of a final block"
            );
            panic!("{error}");
        }
        // without a subscriber there is nobody to tell
        let _nobody = self.parts.finals.send(block);
    }
}

impl App {
    fn remember_run(
        &self,
        block: &Block,
        receipts: Vec<(TxId, Arc<Receipt>)>,
        effects: Vec<BlockEffects>,
        lineage: Vec<Link>,
    ) {
        let executed = Executed {
            height: block.header.height.get(),
            parent: block.header.parent,
            is_final: false,
            header: block.header.clone(),
            ids: Arc::new(receipts.iter().map(|(id, _)| *id).collect()),
            receipts: Arc::new(receipts),
            effects: Arc::new(effects),
            lineage: Arc::new(lineage),
        };
        self.remember(block.digest(), executed);
    }
}

#[cfg(test)]
mod tests {
    use commonware_cryptography::{Signer as _, ed25519};
    use commonware_storage::mmr::Location;
    use commonware_utils::non_empty_range;
    use pangolin_proof::header::{State, StoreRoot};

    use super::*;

    fn digest(n: u8) -> Digest {
        Digest::from([n; 32])
    }

    /// A header of a turn, with a state.
    fn header(height: u64, turn: u64, state: u8) -> Header {
        let store = |n| StoreRoot {
            root: digest(n),
            operations: digest(0),
            range: non_empty_range!(Location::new(0), Location::new(1)),
        };
        let state = State {
            records: store(state),
            rules: store(state + 100),
        };
        let leader = ed25519::PrivateKey::from_seed(0).public_key();
        let mut header = Header::genesis(digest(9), leader, 1_000 + turn, state);
        header.height = commonware_consensus::types::Height::new(height);
        header
    }

    /// Two leaders proposed the same transactions for one height: their blocks have one state, and one of them is final.
    #[test]
    fn the_applied_state_is_that_of_the_final_block() {
        let (skipped, chosen) = (header(4, 7, 1), header(4, 8, 1));
        let other = header(5, 9, 2);
        let of = |executed: &[(&Header, bool)], state: u8| {
            let executed = executed.iter().copied();
            of_state(executed, &digest(state), &digest(state + 100)).cloned()
        };
        for order in [[&skipped, &chosen], [&chosen, &skipped]] {
            let known = order.map(|header| (header, *header == chosen));
            assert_eq!(of(&known, 1).as_ref(), Some(&chosen));
            let unknown = order.map(|header| (header, false));
            assert_eq!(of(&unknown, 1), None, "it is not known yet which is final");
        }
        assert_eq!(of(&[(&other, false)], 2), Some(other.clone()));
        assert_eq!(of(&[(&other, true)], 1), None);
        // a block that changes nothing has the state of the one before it: the later one is as good, and nearer
        let later = header(5, 9, 1);
        for order in [[&chosen, &later], [&later, &chosen]] {
            let known = order.map(|header| (header, true));
            assert_eq!(of(&known, 1).as_ref(), Some(&later));
        }
        assert_eq!(
            of_state([(&other, true)].into_iter(), &digest(2), &digest(1)),
            None,
            "both roots count"
        );
    }
}
