//! Blocks, and executing them: what each validator does for itself before it votes.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use ed25519_zebra::{Signature, VerificationKey, VerificationKeyBytes};
use pangolin_ledger::{
    BlockContext, ChainId, Effect, Height, Key, Link, Machine, NeedKeys, Outcome, Overlay, Receipt,
    Refusal, SignedTransaction, TimeMs, Wire as _,
    hash::sha256,
    state::{TxRecord, keys},
};

use crate::seal::{Header, Id, Records, Writes, root_after};

/// A proposed block.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) header: Header,
    pub(crate) id: Id,
    pub(crate) txs: Vec<Arc<SignedTransaction>>,
    /// What is written without any rule: only validators that are all corrupt let it pass.
    pub(crate) forced: Writes,
}

impl Block {
    pub(crate) fn new(
        mut header: Header,
        txs: Vec<Arc<SignedTransaction>>,
        forced: Writes,
    ) -> Self {
        header.body = body(&txs, &forced);
        let id = header.id();
        Self {
            header,
            id,
            txs,
            forced,
        }
    }

    pub(crate) fn context(&self, parent_time: i64) -> BlockContext {
        BlockContext {
            chain: self.header.chain,
            height: Height(self.header.height),
            time: TimeMs(self.header.time),
            parent_time: TimeMs(parent_time),
        }
    }
}

fn body(txs: &[Arc<SignedTransaction>], forced: &Writes) -> Id {
    let mut bytes = Vec::new();
    for tx in txs {
        bytes.extend(sha256(&[&tx.to_bytes()]));
    }
    for (key, value) in forced {
        bytes.extend(key.0);
        bytes.extend(value.iter().flat_map(|value| value.iter()));
    }
    sha256(&[b"body", &bytes])
}

/// What a block does.
#[derive(Debug)]
pub(crate) struct Executed {
    pub(crate) block: Arc<Block>,
    pub(crate) writes: Writes,
    pub(crate) receipts: Vec<Receipt>,
    /// At its end.
    pub(crate) effects: Vec<Effect>,
    /// How the provenance digests that it wrote came about.
    pub(crate) links: Vec<Link>,
}

/// A state with what blocks that are not final do to it, the last first.
pub(crate) struct Layers<'a> {
    pub(crate) records: &'a Records,
    pub(crate) above: Vec<Arc<Executed>>,
}

impl<'a> Layers<'a> {
    pub(crate) fn get(&'a self, key: &Key) -> Option<&'a Arc<[u8]>> {
        for layer in &self.above {
            if let Some(value) = layer.writes.get(key) {
                return value.as_ref();
            }
        }
        self.records.get(key)
    }
}

/// Runs a question to the end, with whatever records it asks for.
pub(crate) fn ask<'a, T>(
    get: impl Fn(&Key) -> Option<&'a Arc<[u8]>>,
    o: &mut Overlay,
    mut work: impl FnMut(&mut Overlay) -> Result<T, NeedKeys>,
) -> T {
    loop {
        match work(o) {
            Ok(value) => return value,
            Err(NeedKeys(keys)) => {
                for key in keys {
                    o.supply(key, get(&key).cloned());
                }
            }
        }
    }
}

/// A block being executed.
pub(crate) struct Running<'a> {
    machine: &'a Machine,
    context: BlockContext,
    below: &'a Layers<'a>,
    overlay: Overlay,
    receipts: Vec<Receipt>,
    effects: Vec<Effect>,
}

impl<'a> Running<'a> {
    pub(crate) fn begin(
        machine: &'a Machine,
        context: BlockContext,
        below: &'a Layers<'a>,
    ) -> Self {
        let mut overlay = Overlay::new();
        let begun = ask(
            |key| below.get(key),
            &mut overlay,
            |o| machine.begin_block(&context, o),
        );
        Self {
            machine,
            context,
            below,
            overlay,
            receipts: Vec::new(),
            effects: begun.effects,
        }
    }

    /// The next transaction; why it is refused, if it is.
    pub(crate) fn apply(&mut self, tx: &SignedTransaction) -> Result<(), Refusal> {
        let prepared = self.machine.prepare(tx);
        let mut hints = self.machine.hints(&prepared);
        hints.sort_unstable();
        hints.dedup();
        for key in self.overlay.unknown(&hints) {
            self.overlay.supply(key, self.below.get(&key).cloned());
        }
        let (machine, context) = (self.machine, &self.context);
        let below = self.below;
        let outcome = ask(
            |key| below.get(key),
            &mut self.overlay,
            |o| machine.execute(context, &prepared, o),
        );
        match outcome {
            Outcome::Applied(receipt) => {
                self.receipts.push(receipt);
                Ok(())
            }
            Outcome::Refused(refusal) => {
                assert_ne!(refusal.code, "state-corrupt", "{refusal} {tx:?}");
                Err(refusal)
            }
        }
    }

    /// What all of it writes, and the root of the state afterwards.
    pub(crate) fn end(mut self, root: Id, forced: &Writes) -> (Ended, Id) {
        let (machine, context, below) = (self.machine, &self.context, self.below);
        let ended = ask(
            |key| below.get(key),
            &mut self.overlay,
            |o| machine.end_block(context, o),
        );
        let bad = ended.corrupt;
        assert!(
            bad.is_none(),
            "a record cannot be read: {bad:?} {:?}",
            bad.map(|key| key.namespace())
        );
        self.effects.extend(ended.effects);
        let links = self.overlay.take_lineage();
        let writes = self.overlay.into_writes().into_iter();
        let mut writes: Writes = writes
            .map(|(key, value)| (key, value.map(Arc::from)))
            .collect();
        writes.extend(forced.clone());
        let root = root_after(root, &writes, |key| below.get(key));
        let ended = Ended {
            writes,
            receipts: self.receipts,
            effects: self.effects,
            links,
        };
        (ended, root)
    }
}

/// What a block did, before it has a header.
pub(crate) struct Ended {
    pub(crate) writes: Writes,
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) links: Vec<Link>,
}

impl Ended {
    pub(crate) fn of(self, block: Arc<Block>) -> Executed {
        Executed {
            block,
            writes: self.writes,
            receipts: self.receipts,
            effects: self.effects,
            links: self.links,
        }
    }
}

/// Checks signatures of transactions, each once.
#[derive(Default)]
pub(crate) struct Signatures(Mutex<BTreeMap<Id, bool>>);

impl Signatures {
    pub(crate) fn is_good(&self, tx: &SignedTransaction) -> bool {
        let name = sha256(&[&tx.to_bytes()]);
        if let Some(known) = self.0.lock().unwrap().get(&name) {
            return *known;
        }
        let key = VerificationKey::try_from(VerificationKeyBytes::from(tx.tx().key.0));
        let signature = Signature::from(tx.auth().signature().0);
        let good = tx.tx().check().is_ok()
            && key.is_ok_and(|key| key.verify(&signature, &tx.statement()).is_ok());
        self.0.lock().unwrap().insert(name, good);
        good
    }
}

/// The records and the root that a genesis describes.
pub(crate) fn first_state(
    machine: &Machine,
    genesis: &pangolin_ledger::Genesis,
    makers: &[ChainId],
) -> (Records, Id, ChainId) {
    let records = machine.genesis(genesis).unwrap().into_iter();
    let mut records: Records = records
        .map(|(key, value)| (key, Arc::from(value)))
        .collect();
    // what the governance of each would decide first
    for maker in makers.iter().filter(|maker| **maker != genesis.chain) {
        let allowed = TxRecord { height: Height(0) };
        records.insert(keys::maker(maker), Arc::from(allowed.to_bytes()));
    }
    let writes = records
        .iter()
        .map(|(key, value)| (*key, Some(value.clone())))
        .collect();
    let root = root_after([0; 32], &writes, |_| None);
    (records, root, genesis.chain)
}
