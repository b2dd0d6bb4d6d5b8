//! A chain on paper.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
};

use futures::future::{BoxFuture, FutureExt as _};
use pangolin_interchain::{Fate, Piecewise, Port, PortError, Proof, Signer, Told, View};
use pangolin_ledger::{
    BlockContext, ChainId, Digest32, EventId, Genesis, Height, Key, Machine, NeedKeys, Outcome,
    Overlay, ProfileRef, SignedTransaction, TimeMs, Wire as _,
    codec::{Reader, Writer},
    evidence::{BadEvidence, Proven, Verifier},
    report::{Effect, EventOutcome},
    state::SeenHeader,
    walk::local::{NoPiece, Piece, Want, piece},
};
use pangolin_profiles::pharma::{self, Pharma};
use pangolin_proof::foreign::LightClient;

use crate::kept::Kept;

/// Milliseconds from one block to the next.
const BLOCK_MS: u64 = 1_000;

struct State {
    records: BTreeMap<Key, Vec<u8>>,
    height: u64,
    time: TimeMs,
    waiting: Vec<EventId>,
    /// What a node keeps of histories.
    kept: Kept,
    /// What was delivered and refused, by code.
    refused: BTreeMap<String, u32>,
}

impl State {
    /// What the chain has of a history.
    fn piece(&self, wants: &BTreeSet<Want>, told: bool) -> Option<Piece> {
        let mut overlay = Overlay::new();
        loop {
            match piece(wants, &self.kept, &overlay, told) {
                Ok(piece) => return Some(piece),
                Err(NoPiece::Need(keys)) => {
                    for key in keys {
                        let record = self.records.get(&key);
                        overlay.supply(key, record.map(|record| record.as_slice().into()));
                    }
                }
                Err(NoPiece::Unknown) => return None,
                Err(other) => panic!("{other:?}"),
            }
        }
    }
}

/// A chain on paper.
pub(crate) struct Paper {
    name: String,
    chain: ChainId,
    machine: Machine,
    signer: Signer,
    state: Mutex<State>,
    /// Of 1,000 questions so many are not answered.
    pub(crate) failing: AtomicU32,
    asked: AtomicU64,
    /// A proof of more records is too large.
    pub(crate) most: AtomicUsize,
    /// How many histories were asked for by each request.
    pub(crate) together: Mutex<Vec<usize>>,
    /// Histories of which it says that something is wrong.
    pub(crate) broken: Mutex<BTreeSet<Want>>,
}

/// Believes what a chain on paper says of itself; chains with a real key must prove it.
#[derive(Default)]
pub(crate) struct Believer(LightClient);

/// Bytes of the key of a chain on paper.
const PAPER_KEY: usize = 48;

impl Verifier for Believer {
    fn verify(
        &self,
        chain: &ChainId,
        key: &[u8],
        evidence: &[u8],
    ) -> Result<Arc<Proven>, BadEvidence> {
        let bad = |message: &str| BadEvidence {
            code: "paper",
            message: message.into(),
        };
        if key.len() != PAPER_KEY {
            return self.0.verify(chain, key, evidence);
        }
        if key != key_of(*chain) {
            return Err(bad("another key"));
        }
        let read = || {
            let mut r = Reader::new(evidence);
            let of = ChainId(r.fixed()?);
            let height = Height::take(&mut r)?;
            let time = TimeMs::take(&mut r)?;
            let mut entries = BTreeMap::new();
            for _ in 0..r.length(10_000)? {
                let key = Key::take(&mut r)?;
                let value = r
                    .flag()?
                    .then(|| r.bytes(1 << 24).map(<[u8]>::to_vec))
                    .transpose()?;
                entries.insert(key, value);
            }
            r.finish()?;
            Ok::<_, pangolin_ledger::CodecError>((of, height, time, entries))
        };
        match read() {
            Ok((of, height, time, entries)) if of == *chain => Ok(Arc::new(Proven {
                header: SeenHeader {
                    height,
                    time,
                    block: Digest32([0; 32]),
                },
                entries,
            })),
            _ => Err(bad("not of this chain")),
        }
    }
}

/// The key of a chain on paper.
pub(crate) fn key_of(chain: ChainId) -> Vec<u8> {
    vec![chain.0[0]; PAPER_KEY]
}

/// The rules of the trade; proofs on paper are believed.
pub(crate) fn machine() -> Machine {
    let rules = Machine::new(vec![Arc::new(Pharma::strict())]);
    rules
        .believing(Arc::new(Believer::default()))
        .hearing(Arc::new(pangolin_sources::Listener))
}

impl Paper {
    pub(crate) fn new(name: &str, genesis: &Genesis, signer: Signer) -> Self {
        let machine = machine();
        let records = machine.genesis(genesis).unwrap();
        Self {
            name: name.into(),
            chain: genesis.chain,
            machine,
            signer,
            state: Mutex::new(State {
                records,
                height: 0,
                time: genesis.time,
                waiting: Vec::new(),
                kept: Kept::default(),
                refused: BTreeMap::new(),
            }),
            failing: AtomicU32::new(0),
            asked: AtomicU64::new(0),
            most: AtomicUsize::new(usize::MAX),
            together: Mutex::default(),
            broken: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) const fn id(&self) -> ChainId {
        self.chain
    }

    pub(crate) fn time(&self) -> TimeMs {
        self.state().time
    }

    pub(crate) fn height(&self) -> Height {
        Height(self.state().height)
    }

    /// A record.
    pub(crate) fn get<T: pangolin_ledger::Wire>(&self, key: &Key) -> Option<T> {
        let state = self.state();
        state
            .records
            .get(key)
            .map(|bytes| T::from_bytes(bytes).unwrap())
    }

    /// How often what was refused, by code.
    pub(crate) fn all_refused(&self) -> BTreeMap<String, u32> {
        self.state().refused.clone()
    }

    /// How often deliveries were refused with this code.
    pub(crate) fn refused(&self, code: &str) -> u32 {
        self.state().refused.get(code).copied().unwrap_or(0)
    }

    /// A block with one transaction, or with none.
    pub(crate) fn block(&self, tx: Option<&SignedTransaction>) -> Option<Outcome> {
        let mut state = self.state();
        state.height += 1;
        let parent_time = state.time;
        state.time = parent_time.plus(BLOCK_MS);
        let block = BlockContext {
            chain: self.chain,
            height: Height(state.height),
            time: state.time,
            parent_time,
        };
        let mut overlay = Overlay::new();
        let records = &state.records;
        ask(records, &mut overlay, |o| {
            self.machine.begin_block(&block, o)
        });
        let outcome = tx.map(|tx| {
            let prepared = self.machine.prepare(tx);
            ask(records, &mut overlay, |o| {
                self.machine.execute(&block, &prepared, o)
            })
        });
        let ended = ask(records, &mut overlay, |o| self.machine.end_block(&block, o));
        let links = overlay.take_lineage();
        for (key, record) in overlay.into_writes() {
            match record {
                Some(record) => state.records.insert(key, record),
                None => state.records.remove(&key),
            };
        }
        let receipt = outcome.as_ref().and_then(Outcome::receipt);
        for event in receipt.map_or(&[][..], |receipt| &receipt.events) {
            if let EventOutcome::Parked { .. } = event.outcome {
                state.waiting.push(event.id);
            }
        }
        let effects = receipt.map_or(&[][..], |receipt| &receipt.effects);
        for effect in effects.iter().chain(&ended.effects) {
            if let Effect::Unparked(id) | Effect::Lapsed(id) | Effect::Rejected { event: id, .. } =
                effect
            {
                state.waiting.retain(|waiting| waiting != id);
            }
        }
        let all: Vec<Effect> = effects.iter().chain(&ended.effects).cloned().collect();
        state.kept.keep(links, &all);
        if let Some(refusal) = outcome.as_ref().and_then(Outcome::refusal) {
            *state.refused.entry(refusal.code.to_owned()).or_default() += 1;
        }
        outcome
    }

    /// Whether a question is answered at all.
    fn answers(&self) -> Result<(), PortError> {
        // a sequence that depends on nothing but how often the chain was asked
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let drawn = asked.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        if drawn % 1_000 < u64::from(self.failing.load(Ordering::Relaxed)) {
            return Err(PortError {
                code: "connection".into(),
                message: "the node could not be asked".into(),
            });
        }
        Ok(())
    }

    /// What came and what left, and what else is asked for, with the proof.
    pub(crate) fn ends(
        &self,
        wants: &BTreeSet<Want>,
        change: impl Fn(&mut Vec<Key>),
    ) -> Option<(Piece, Vec<u8>)> {
        let piece = self.state().piece(wants, false)?;
        let mut keys: Vec<Key> = piece.keys.iter().copied().collect();
        change(&mut keys);
        let view = self.view(keys);
        let evidence = self.evidence(&view);
        Some((piece, evidence))
    }

    /// The proof of what it would say.
    pub(crate) fn evidence(&self, view: &View) -> Vec<u8> {
        let mut w = Writer::new();
        w.fixed(&self.chain.0);
        view.height.put(&mut w);
        view.time.put(&mut w);
        w.varint(view.values.len() as u64);
        for (key, value) in &view.values {
            let absent_record = value.is_none() && !pangolin_proof::state::is_rule(key);
            assert!(!absent_record, "absence of a record cannot be proven");
            key.put(&mut w);
            w.u8(u8::from(value.is_some()));
            if let Some(value) = value {
                w.bytes(value);
            }
        }
        w.into_bytes()
    }

    /// All records.
    pub(crate) fn records(&self) -> BTreeMap<Key, Vec<u8>> {
        self.state().records.clone()
    }

    /// What it says.
    pub(crate) fn view(&self, keys: Vec<Key>) -> View {
        let state = self.state();
        let value = |key: &Key| state.records.get(key).cloned();
        View {
            height: Height(state.height),
            time: state.time,
            values: keys.into_iter().map(|key| (key, value(&key))).collect(),
        }
    }
}

fn ask<T>(
    records: &BTreeMap<Key, Vec<u8>>,
    overlay: &mut Overlay,
    mut work: impl FnMut(&mut Overlay) -> Result<T, NeedKeys>,
) -> T {
    loop {
        match work(overlay) {
            Ok(value) => return value,
            Err(NeedKeys(keys)) => {
                for key in keys {
                    let record = records.get(&key).map(|record| Arc::from(record.as_slice()));
                    overlay.supply(key, record);
                }
            }
        }
    }
}

impl Port for Paper {
    fn name(&self) -> &str {
        &self.name
    }

    fn chain(&self) -> ChainId {
        self.chain
    }

    fn profile(&self) -> ProfileRef {
        pharma::STRICT
    }

    fn signer(&self) -> &Signer {
        &self.signer
    }

    fn read(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<View, PortError>> {
        async move { self.answers().map(|()| self.view(keys)) }.boxed()
    }

    fn prove(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<Proof, PortError>> {
        async move {
            self.answers()?;
            if keys.len() > self.most.load(Ordering::Relaxed) {
                return Err(PortError::too_large());
            }
            let view = self.view(keys);
            Ok(Proof {
                evidence: self.evidence(&view),
                view,
            })
        }
        .boxed()
    }

    fn submit(&self, tx: &SignedTransaction) -> BoxFuture<'_, Result<Fate, PortError>> {
        let tx = tx.clone();
        async move {
            self.answers()?;
            let outcome = self.block(Some(&tx)).unwrap();
            // it may be final and nobody hears of it
            self.answers()?;
            Ok(match outcome {
                Outcome::Applied(_) => Fate::Final,
                Outcome::Refused(refusal) => Fate::Refused {
                    code: refusal.code.into(),
                    place: refusal.place,
                    message: refusal.message,
                },
            })
        }
        .boxed()
    }

    fn piece(&self, wants: BTreeSet<Want>) -> BoxFuture<'_, Result<Option<Told>, PortError>> {
        async move {
            self.answers()?;
            let found = self.state().piece(&wants, true);
            Ok(found.map(|piece| {
                let view = self.view(piece.keys.iter().copied().collect());
                Told { piece, view }
            }))
        }
        .boxed()
    }

    fn pieces(&self, questions: Vec<BTreeSet<Want>>) -> BoxFuture<'_, Vec<Piecewise>> {
        self.together.lock().unwrap().push(questions.len());
        async move {
            let mut all = Vec::new();
            for wants in questions {
                let broken = !self.broken.lock().unwrap().is_disjoint(&wants);
                all.push(if broken {
                    Err(PortError {
                        code: "history-broken".into(),
                        message: "it cannot be told".into(),
                    })
                } else {
                    self.piece(wants).await
                });
            }
            all
        }
        .boxed()
    }

    fn waiting(&self) -> BoxFuture<'_, Result<Vec<EventId>, PortError>> {
        async move { self.answers().map(|()| self.state().waiting.clone()) }.boxed()
    }
}
