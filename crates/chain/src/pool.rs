//! The mempool: transactions that wait for a block, bounded per party and in all.
//!
//! A full pool refuses with [`PoolError::Full`] or [`PoolError::PartyFull`]; nothing that was accepted is
//! dropped in silence. A transaction leaves the pool when it is final, when a rule refuses it, or when its validity ends;
//! whoever waits for it is told which.
//!
//! **Invariant**: a refusal is told only when the block that was being made when it was found is final. Another proposer may judge
//! in another order, and what it takes first may be what becomes final. Even then others that have the transaction may take it in a later
//! state, until its validity ends (ADR 017): whoever asks again is told.

use bytes::Bytes;
use pangolin_ledger::{PartyId, Receipt, Refusal, SignedTransaction, TxId};
use pangolin_proof::merkle;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use thiserror::Error;
use tokio::sync::{Notify, oneshot};

use crate::{
    limits::{MAX_POOL_BYTES, MAX_POOL_TXS, POOL_PARTY_DIVISOR},
    types::Digest,
};

/// Why a transaction was not taken.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PoolError {
    /// The pool is full: try again later.
    #[error("the node has {waiting} transactions waiting and takes no more for now")]
    Full {
        /// Transactions waiting.
        waiting: usize,
    },
    /// The party's share of the pool is used up: try again later.
    #[error("party {party} has used its share of the node's queue")]
    PartyFull {
        /// The party.
        party: PartyId,
    },
}

impl PoolError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Full { .. } => "queue-full",
            Self::PartyFull { .. } => "party-queue-full",
        }
    }
}

/// What became of a transaction.
#[derive(Clone, Debug)]
pub enum Fate {
    /// It is in a final block.
    Final {
        /// Height of the block.
        height: u64,
        /// What it did.
        receipt: Arc<Receipt>,
    },
    /// A rule refused it, judged in the state of a final block. Others may take it in a later one as long as it is valid.
    Refused(Arc<Refusal>),
    /// Its validity ended before a block took it.
    Expired {
        /// Last height at which it could have been taken.
        valid_until: u64,
    },
}

/// A transaction with the bytes that travel. Whoever puts it into the pool has checked its form and its signature.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Decoded and checked.
    pub tx: Arc<SignedTransaction>,
    /// Canonical bytes.
    pub bytes: Bytes,
    /// Their leaf in the tree of a block's transactions.
    pub leaf: merkle::Hash,
}

impl Pending {
    /// A decoded transaction with the bytes it was decoded from.
    pub fn new(tx: Arc<SignedTransaction>, bytes: Bytes) -> Self {
        let leaf = merkle::leaf_hash(&bytes);
        Self { tx, bytes, leaf }
    }
}

/// Transactions that are asked about and do not wait, before those are looked for whose asker went away.
const GONE_WATCHERS: usize = 1_024;

#[derive(Default)]
struct State {
    waiting: BTreeMap<u64, Pending>,
    place: HashMap<[u8; 32], u64>,
    by_leaf: HashMap<merkle::Hash, u64>,
    /// Last height of validity and place.
    by_end: BTreeSet<(u64, u64)>,
    by_party: BTreeMap<PartyId, (usize, usize)>,
    next: u64,
    bytes: usize,
    watchers: HashMap<[u8; 32], Vec<oneshot::Sender<Fate>>>,
    /// What was refused while a block was made that is not final yet: height, block, why.
    doubted: BTreeMap<[u8; 32], (u64, Digest, Refusal)>,
    refusals: BTreeMap<&'static str, u64>,
}

impl State {
    /// Whether there is room for a transaction of `size` bytes; `false` if it is here already.
    fn room(&self, tx: &SignedTransaction, size: usize) -> Result<bool, PoolError> {
        if self.place.contains_key(&tx.id().0) {
            return Ok(false);
        }
        if self.waiting.len() >= MAX_POOL_TXS || self.bytes + size > MAX_POOL_BYTES {
            return Err(PoolError::Full {
                waiting: self.waiting.len(),
            });
        }
        let issuer = &tx.tx().issuer;
        let (count, bytes) = self.by_party.get(issuer).copied().unwrap_or_default();
        if count >= MAX_POOL_TXS / POOL_PARTY_DIVISOR
            || bytes + size > MAX_POOL_BYTES / POOL_PARTY_DIVISOR
        {
            return Err(PoolError::PartyFull {
                party: issuer.clone(),
            });
        }
        Ok(true)
    }

    fn insert(&mut self, pending: Pending) -> Result<bool, PoolError> {
        let size = pending.bytes.len();
        if !self.room(&pending.tx, size)? {
            return Ok(false);
        }
        let (id, issuer) = (pending.tx.id(), &pending.tx.tx().issuer);
        if let Some((count, bytes)) = self.by_party.get_mut(issuer) {
            *count += 1;
            *bytes += size;
        } else {
            self.by_party.insert(issuer.clone(), (1, size));
        }
        let place = self.next;
        self.next += 1;
        self.bytes += size;
        self.place.insert(id.0, place);
        self.by_leaf.insert(pending.leaf, place);
        self.by_end.insert((pending.tx.tx().valid_until.0, place));
        self.waiting.insert(place, pending);
        Ok(true)
    }

    fn remove(&mut self, id: &TxId) -> Option<Pending> {
        let place = self.place.remove(&id.0)?;
        let pending = self.waiting.remove(&place)?;
        self.doubted.remove(&id.0);
        self.by_leaf.remove(&pending.leaf);
        self.by_end.remove(&(pending.tx.tx().valid_until.0, place));
        self.bytes -= pending.bytes.len();
        let party = &pending.tx.tx().issuer;
        if let Some((count, bytes)) = self.by_party.get_mut(party) {
            *count -= 1;
            *bytes -= pending.bytes.len();
            if *count == 0 {
                self.by_party.remove(party);
            }
        }
        Some(pending)
    }

    /// Whether it can be proposed.
    fn is_open(&self, pending: &Pending, except: &HashSet<[u8; 32]>) -> bool {
        let id = pending.tx.id().0;
        !except.contains(&id) && !self.doubted.contains_key(&id)
    }

    /// Refusals found while this block was made hold; those of other blocks of its height or below never happened. Whether there
    /// are such, which can be proposed again.
    fn settle(&mut self, height: u64, block: &Digest) -> bool {
        let doubted = std::mem::take(&mut self.doubted);
        let (decided, open): (BTreeMap<_, _>, _) = doubted
            .into_iter()
            .partition(|(_, (at, _, _))| *at <= height);
        self.doubted = open;
        // in an order of its own, so that a simulated run can be repeated
        let (held, lifted): (Vec<_>, Vec<_>) = decided
            .into_iter()
            .partition(|(_, (_, made, _))| made == block);
        for (id, (_, _, refusal)) in held {
            let id = TxId(id);
            self.remove(&id);
            self.refused(&id, refusal);
        }
        !lifted.is_empty()
    }

    fn refused(&mut self, id: &TxId, refusal: Refusal) {
        *self.refusals.entry(refusal.code).or_default() += 1;
        self.tell(id, &Fate::Refused(Arc::new(refusal)));
    }

    /// Forgets who asked and went away.
    fn forget_the_gone(&mut self) {
        self.watchers
            .retain(|_, watchers| watchers.iter().any(|watcher| !watcher.is_closed()));
    }

    fn tell(&mut self, id: &TxId, fate: &Fate) {
        for watcher in self.watchers.remove(&id.0).into_iter().flatten() {
            // a watcher that went away needs no answer
            let _gone = watcher.send(fate.clone());
        }
    }
}

/// The mempool. Clones share it.
#[derive(Clone, Default)]
pub struct Pool {
    state: Arc<Mutex<State>>,
    arrived: Arc<Notify>,
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a checked transaction; `false` if it was there already.
    pub fn insert(&self, pending: Pending) -> Result<bool, PoolError> {
        let taken = self.lock().insert(pending);
        self.arrived.notify_waiters();
        taken
    }

    /// Takes checked transactions, in order, each as [`Pool::insert`] does.
    pub fn insert_all(
        &self,
        all: impl IntoIterator<Item = Pending>,
    ) -> Vec<Result<bool, PoolError>> {
        let taken = {
            let mut state = self.lock();
            all.into_iter()
                .map(|pending| state.insert(pending))
                .collect()
        };
        self.arrived.notify_waiters();
        taken
    }

    /// Whether there would be room for each of these transactions, alone, with their sizes in bytes; `false` if it is here already.
    /// What is not taken anyway need not be checked.
    pub fn room<'t>(
        &self,
        all: impl IntoIterator<Item = (&'t SignedTransaction, usize)>,
    ) -> Vec<Result<bool, PoolError>> {
        let state = self.lock();
        all.into_iter()
            .map(|(tx, size)| state.room(tx, size))
            .collect()
    }

    /// Asks to be told what becomes of a transaction, also of one that does not wait here: then, when a block with it is final.
    pub fn watch(&self, id: TxId) -> oneshot::Receiver<Fate> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.lock();
        let watchers = state.watchers.entry(id.0).or_default();
        watchers.retain(|watcher| !watcher.is_closed());
        watchers.push(sender);
        receiver
    }

    /// The oldest transactions within the limits, without those in `except`.
    pub fn take(
        &self,
        max_count: usize,
        max_bytes: usize,
        except: &HashSet<[u8; 32]>,
    ) -> Vec<Pending> {
        let state = self.lock();
        let mut taken = Vec::new();
        let mut bytes = 0;
        for pending in state.waiting.values() {
            if taken.len() >= max_count {
                break;
            }
            if !state.is_open(pending, except) {
                continue;
            }
            if bytes + pending.bytes.len() > max_bytes {
                break;
            }
            bytes += pending.bytes.len();
            taken.push(pending.clone());
        }
        taken
    }

    /// For each leaf of a block's transactions, the checked transaction with exactly these bytes if it waits here.
    pub fn known(&self, leaves: &[merkle::Hash]) -> Vec<Option<Arc<SignedTransaction>>> {
        let state = self.lock();
        let find = |leaf| Some(state.waiting.get(state.by_leaf.get(leaf)?)?.tx.clone());
        leaves.iter().map(find).collect()
    }

    /// Removes what became final in a block and what was refused while it was made, and tells who waits.
    pub fn finalize(&self, height: u64, block: &Digest, receipts: &[(TxId, Arc<Receipt>)]) {
        let mut state = self.lock();
        for (id, receipt) in receipts {
            state.remove(id);
            state.tell(
                id,
                &Fate::Final {
                    height,
                    receipt: receipt.clone(),
                },
            );
        }
        let open_again = state.settle(height, block);
        let expired: Vec<(TxId, u64)> = state
            .by_end
            .range(..=(height, u64::MAX))
            .filter_map(|(until, place)| Some((state.waiting.get(place)?.tx.id(), *until)))
            .collect();
        for (id, valid_until) in expired {
            state.remove(&id);
            state.tell(&id, &Fate::Expired { valid_until });
        }
        // who is told to come back has asked first, and is told so without an answer here
        if state.watchers.len() > state.waiting.len() + GONE_WATCHERS {
            state.forget_the_gone();
        }
        drop(state);
        if open_again {
            self.arrived.notify_waiters();
        }
    }

    /// Remembers what was refused while `block` was made at `height`. It is proposed no more until it is known whether that
    /// block is final.
    pub fn doubt(&self, height: u64, block: Digest, refused: Vec<(TxId, Refusal)>) {
        let mut state = self.lock();
        for (id, refusal) in refused {
            if state.place.contains_key(&id.0) {
                state.doubted.insert(id.0, (height, block, refusal));
            }
        }
    }

    /// Removes a transaction that a rule refuses in a final state and tells who waits.
    pub fn refuse(&self, id: &TxId, refusal: Refusal) {
        let mut state = self.lock();
        if state.remove(id).is_some() {
            state.refused(id, refusal);
        }
    }

    /// Transactions that wait and that somebody asks about, the oldest first.
    pub fn watched(&self, most: usize) -> Vec<Arc<SignedTransaction>> {
        let mut state = self.lock();
        state.forget_the_gone();
        let mut places: Vec<u64> = state
            .watchers
            .keys()
            .filter_map(|id| state.place.get(id).copied())
            .collect();
        places.sort_unstable();
        let txs = places
            .iter()
            .take(most)
            .filter_map(|place| state.waiting.get(place));
        txs.map(|pending| pending.tx.clone()).collect()
    }

    /// How often each code was the reason of a refusal here.
    pub fn refusals(&self) -> BTreeMap<&'static str, u64> {
        self.lock().refusals.clone()
    }

    /// Transactions and bytes waiting.
    pub fn size(&self) -> (usize, usize) {
        let state = self.lock();
        (state.waiting.len(), state.bytes)
    }

    /// Whether a transaction waits here.
    pub fn contains(&self, id: &TxId) -> bool {
        self.lock().place.contains_key(&id.0)
    }

    /// Whether the transaction with this leaf waits here.
    pub fn waits(&self, leaf: &merkle::Hash) -> bool {
        self.lock().by_leaf.contains_key(leaf)
    }

    /// Resolves when there is a transaction outside `except`.
    pub async fn wait_for_work(&self, except: &HashSet<[u8; 32]>) {
        loop {
            let arrived = self.arrived.notified();
            tokio::pin!(arrived);
            // registered before looking, so that an arrival in between is not missed
            arrived.as_mut().enable();
            // what arrived last is the least likely to be in a block already
            {
                let state = self.lock();
                let mut latest = state.waiting.values().rev();
                if latest.any(|pending| state.is_open(pending, except)) {
                    return;
                }
            }
            arrived.await;
        }
    }
}

#[cfg(test)]
mod tests;
