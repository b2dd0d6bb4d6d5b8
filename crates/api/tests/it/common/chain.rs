//! A chain of one node in memory: every transaction is a block of its own, judged by the real machine.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use ed25519_zebra::VerificationKey;
use futures::future::BoxFuture;
use pangolin_api::clock::{Clock as _, ManualClock};
use pangolin_chain::{
    handle::{Chain, ProveError, StateView, Status, SubmitError},
    pool::{Fate, PoolError},
};
use pangolin_index::{Effects, GenesisParty, IndexBlock, SqliteIndex};
use pangolin_ledger::{
    BlockContext, Digest32, Genesis, Height, Machine, NeedKeys, Outcome, Overlay, Receipt,
    SignedTransaction, TimeMs, TxId, Wire as _,
    profile::Profile,
    state::{Key, Member, Members, keys},
};
use pangolin_proof::{state::StateProof, trust::FinalHeader};
use tokio::sync::oneshot;

struct State {
    records: BTreeMap<Key, Arc<[u8]>>,
    blocks: Vec<Arc<Vec<Bytes>>>,
    fates: BTreeMap<TxId, Fate>,
    watchers: BTreeMap<TxId, Vec<oneshot::Sender<Fate>>>,
    time_ms: i64,
    /// Submissions that are refused as busy before one is taken.
    busy: u32,
    /// The transaction that was refused last: another validator may still have it.
    refused: Option<(SignedTransaction, Bytes)>,
}

pub(crate) struct MemoryChain {
    machine: Machine,
    chain: pangolin_ledger::ChainId,
    index: Arc<SqliteIndex>,
    clock: ManualClock,
    state: Mutex<State>,
}

impl MemoryChain {
    pub(crate) fn new(
        profiles: Vec<Arc<dyn Profile>>,
        genesis: &Genesis,
        index: Arc<SqliteIndex>,
        clock: ManualClock,
    ) -> Self {
        let machine = Machine::new(profiles);
        let records = machine.genesis(genesis).unwrap();
        let parties: Vec<GenesisParty> = genesis
            .parties
            .iter()
            .map(|p| GenesisParty {
                party: p.id.clone(),
                name: p.name.clone(),
            })
            .collect();
        index.genesis(&parties).unwrap();
        let state = State {
            records: records
                .into_iter()
                .map(|(key, value)| (key, value.into()))
                .collect(),
            blocks: vec![Arc::default()],
            fates: BTreeMap::new(),
            watchers: BTreeMap::new(),
            time_ms: genesis.time.0,
            busy: 0,
            refused: None,
        };
        Self {
            machine,
            chain: genesis.chain,
            index,
            clock,
            state: Mutex::new(state),
        }
    }

    /// Refuses the next submissions as busy.
    pub(crate) fn be_busy(&self, times: u32) {
        self.state.lock().unwrap().busy = times;
    }

    /// Tries once more what was refused last, as a validator does that still has it; whether it was taken. `told`: whoever asks about it is
    /// told, otherwise it is in the state only, as at a node that was away.
    pub(crate) fn try_the_refused_again(&self, told: bool) -> bool {
        let mut state = self.state.lock().unwrap();
        let (signed, bytes) = state.refused.take().unwrap();
        let fate = self.block(&mut state, Some((&signed, bytes)));
        let taken = matches!(fate, Some(Fate::Final { .. }));
        let watchers = state.watchers.remove(&signed.id());
        for watcher in watchers.into_iter().flatten().filter(|_| told) {
            let _gone = watcher.send(fate.clone().unwrap());
        }
        taken
    }

    /// Makes blocks without transactions.
    pub(crate) fn idle(&self, blocks: u64) {
        let mut state = self.state.lock().unwrap();
        for _ in 0..blocks {
            self.block(&mut state, None);
        }
    }

    /// The governance replaced the validators.
    pub(crate) fn seat(&self, list: Vec<Member>) {
        let members = Members {
            list,
            round: 1,
            sharing: Vec::new(),
        };
        let record = members.to_bytes().into();
        let mut state = self.state.lock().unwrap();
        state.records.insert(keys::members(), record);
    }

    pub(crate) fn height(&self) -> u64 {
        self.state.lock().unwrap().blocks.len() as u64 - 1
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "bytes are shared, not copied"
    )]
    fn block(
        &self,
        state: &mut State,
        signed: Option<(&SignedTransaction, Bytes)>,
    ) -> Option<Fate> {
        let now = self.clock.now_ms().max(state.time_ms + 1);
        let context = BlockContext {
            chain: self.chain,
            height: Height(state.blocks.len() as u64),
            time: TimeMs(now),
            parent_time: TimeMs(state.time_ms),
        };
        let mut overlay = Overlay::new();
        let records = &state.records;
        let begin = run(records, &mut overlay, |o| {
            self.machine.begin_block(&context, o)
        });
        let mut included: Option<(SignedTransaction, Receipt)> = None;
        let mut fate = None;
        if let Some((signed, bytes)) = &signed {
            match run(records, &mut overlay, |o| {
                self.machine
                    .execute(&context, &self.machine.prepare(signed), o)
            }) {
                Outcome::Applied(receipt) => included = Some(((*signed).clone(), receipt)),
                Outcome::Refused(refusal) => {
                    state.refused = Some(((*signed).clone(), bytes.clone()));
                    return Some(Fate::Refused(Arc::new(refusal)));
                }
            }
        }
        let end = run(records, &mut overlay, |o| {
            self.machine.end_block(&context, o)
        });
        for (key, value) in overlay.into_writes() {
            match value {
                Some(value) => state.records.insert(key, value.into()),
                None => state.records.remove(&key),
            };
        }
        state.time_ms = now;
        state.blocks.push(Arc::new(
            signed.iter().map(|(_, bytes)| bytes.clone()).collect(),
        ));
        if let Some((_, receipt)) = &included {
            fate = Some(Fate::Final {
                height: context.height.0,
                receipt: Arc::new(receipt.clone()),
            });
        }
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&context.height.0.to_be_bytes());
        let block = IndexBlock {
            height: context.height,
            time: context.time,
            digest: Digest32(digest),
            transactions: included.into_iter().collect(),
            effects: Effects { begin, end },
        };
        self.index.apply(&block).unwrap();
        fate
    }
}

/// Runs a piece of work of the machine, supplying what it asks for.
fn run<T>(
    records: &BTreeMap<Key, Arc<[u8]>>,
    overlay: &mut Overlay,
    mut work: impl FnMut(&mut Overlay) -> Result<T, NeedKeys>,
) -> T {
    loop {
        match work(overlay) {
            Ok(done) => return done,
            Err(NeedKeys(keys)) => {
                for key in keys {
                    overlay.supply(key, records.get(&key).cloned());
                }
            }
        }
    }
}

impl Chain for MemoryChain {
    fn submit(&self, bytes: Bytes) -> Result<TxId, SubmitError> {
        let signed = SignedTransaction::from_bytes(&bytes)
            .map_err(|error| SubmitError::Syntax(error.to_string()))?;
        signed
            .tx()
            .check()
            .map_err(|error| SubmitError::Inconsistent {
                code: error.code(),
                place: error.place().to_owned(),
                message: error.to_string(),
            })?;
        if signed.tx().chain != self.chain {
            return Err(SubmitError::OtherChain);
        }
        let key =
            VerificationKey::try_from(signed.tx().key.0).map_err(|_| SubmitError::BadSignature)?;
        key.verify(&signed.auth().signature().0.into(), &signed.statement())
            .map_err(|_| SubmitError::BadSignature)?;
        let mut state = self.state.lock().unwrap();
        if state.busy > 0 {
            state.busy -= 1;
            return Err(SubmitError::Busy(PoolError::Full { waiting: 1 }));
        }
        let id = signed.id();
        if let Some(fate) = self.block(&mut state, Some((&signed, bytes))) {
            for watcher in state.watchers.remove(&id).into_iter().flatten() {
                let _gone = watcher.send(fate.clone());
            }
            state.fates.insert(id, fate);
        }
        Ok(id)
    }

    fn watch(&self, id: TxId) -> oneshot::Receiver<Fate> {
        let (sender, receiver) = oneshot::channel();
        self.state
            .lock()
            .unwrap()
            .watchers
            .entry(id)
            .or_default()
            .push(sender);
        receiver
    }

    fn status(&self) -> Status {
        let state = self.state.lock().unwrap();
        Status {
            height: state.blocks.len() as u64 - 1,
            time_ms: state.time_ms.unsigned_abs(),
            pool_transactions: 0,
            pool_bytes: 0,
            validator: true,
            block: "00".repeat(32),
            records_root: "11".repeat(32),
            rules_root: "22".repeat(32),
        }
    }

    fn read(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<StateView, ProveError>> {
        let state = self.state.lock().unwrap();
        let view = StateView {
            height: state.blocks.len() as u64 - 1,
            time_ms: state.time_ms.unsigned_abs(),
            values: keys
                .iter()
                .map(|key| state.records.get(key).cloned())
                .collect(),
        };
        Box::pin(async move { Ok(view) })
    }

    fn prove(&self, _: Vec<Key>) -> BoxFuture<'_, Result<StateProof, ProveError>> {
        Box::pin(async { Err(ProveError::Unprovable) })
    }

    fn final_header(&self, height: u64) -> BoxFuture<'_, Result<FinalHeader, ProveError>> {
        Box::pin(async move { Err(ProveError::Pruned { height }) })
    }

    fn transactions(&self, height: u64) -> BoxFuture<'_, Result<Arc<Vec<Bytes>>, ProveError>> {
        let state = self.state.lock().unwrap();
        let found = usize::try_from(height)
            .ok()
            .and_then(|height| state.blocks.get(height).cloned());
        Box::pin(async move { found.ok_or(ProveError::Pruned { height }) })
    }
}
