//! Two chains that registered each other, and whatever carries proofs between them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use pangolin_ledger::{
    Body, ChainId, Delivery, Digest32, Effect, Event, GovernanceAction, GovernanceBody, Height,
    Item, Key, Outcome, TimeMs, Wire as _,
    evidence::{BadEvidence, Proven, Verifier},
    hash,
    state::{Object, OutboxEntry, Params, SeenHeader, keys},
};

use super::{World, attribute, event, id, step, with};

/// Of which chain, under which key, and what.
type Deposit = (ChainId, Vec<u8>, Arc<Proven>);

/// Believes what was deposited with it, under the number of the deposit.
#[derive(Default)]
pub(crate) struct Notary {
    deposits: Mutex<BTreeMap<Vec<u8>, Deposit>>,
}

impl Verifier for Notary {
    fn verify(
        &self,
        chain: &ChainId,
        key: &[u8],
        evidence: &[u8],
    ) -> Result<Arc<Proven>, BadEvidence> {
        match self.deposits.lock().unwrap().get(evidence) {
            Some((of, signed, proven)) if of == chain && signed == key => Ok(proven.clone()),
            _ => Err(BadEvidence {
                code: "test-forgery",
                message: "nobody deposited this".into(),
            }),
        }
    }
}

/// What the chains' identities are made of.
const NAMES: [&str; 2] = ["one", "two"];

/// The chains 0 and 1.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) chains: [World; 2],
    notary: Arc<Notary>,
}

impl Pair {
    pub(crate) fn key_of(chain: ChainId) -> Vec<u8> {
        vec![chain.0[0]; 96]
    }

    pub(crate) fn new() -> Self {
        let notary = Arc::new(Notary::default());
        let chains = NAMES.map(|name| ChainId(hash::sha256(&[name.as_bytes()])));
        let worlds = [(0, 1), (1, 0)].map(|(own, other)| {
            let mut w = World::on(chains[own], Params::default());
            w.machine = w.machine.believing(notary.clone());
            let action = GovernanceAction::RegisterChain {
                chain: chains[other],
                name: "the other".into(),
                key: Self::key_of(chains[other]),
                freshness_ms: 5_000,
            };
            let reason = String::new();
            w.enact(
                "gov",
                Body::Governance(Box::new(GovernanceBody { action, reason })),
            );
            w
        });
        Self {
            chains: worlds,
            notary,
        }
    }

    /// A proof of what a chain's state says now under these keys.
    pub(crate) fn prove(&self, of: usize, wanted: &[Key]) -> Vec<u8> {
        let w = &self.chains[of];
        let entries = wanted
            .iter()
            .map(|key| (*key, w.state.get(key).cloned()))
            .collect();
        self.deposit(
            of,
            Proven {
                header: SeenHeader {
                    height: Height(w.height),
                    time: TimeMs(w.time),
                    block: Digest32(hash::sha256(&[&w.height.to_be_bytes()])),
                },
                entries,
            },
        )
    }

    /// A proof of something, true or not: a chain that is corrupt as a whole signs anything.
    pub(crate) fn deposit(&self, of: usize, proven: Proven) -> Vec<u8> {
        let mut deposits = self.notary.deposits.lock().unwrap();
        let number = deposits.len().to_be_bytes().to_vec();
        let chain = self.chains[of].chain;
        deposits.insert(
            number.clone(),
            (chain, Self::key_of(chain), Arc::new(proven)),
        );
        number
    }

    /// The lock with this number, as chain `from` has it.
    pub(crate) fn lock(&self, from: usize, seq: u64) -> OutboxEntry {
        let to = self.chains[1 - from].chain;
        self.chains[from].get(keys::outbox(&to, seq)).unwrap()
    }

    /// The event that offers objects of chain `from` to a party of the other one, `ms` from now at the latest.
    pub(crate) fn departure(&self, from: usize, objects: &[&str], to: &str, ms: i64) -> Event {
        use super::EventExt as _;
        let until = self.chains[1 - from].time + ms;
        let w = &self.chains[from];
        let departs = event(step::DEPART, objects)
            .to(to)
            .attr(attribute::CHAIN, NAMES[1 - from])
            .attr(attribute::UNTIL_MS, &until.to_string());
        with(departs, |e| {
            e.commitment = Digest32(hash::sha256(&[&w.height.to_be_bytes()]));
        })
    }

    /// Locks one object; the number of the lock.
    pub(crate) fn depart(&mut self, from: usize, by: &str, object: &str, to: &str, ms: i64) -> u64 {
        let departs = self.departure(from, &[object], to, ms);
        let receipt = self.chains[from].ok(by, vec![departs]);
        match receipt.effects.as_slice() {
            [Effect::Departed { seq, .. }] => *seq,
            other => panic!("{other:?}"),
        }
    }

    /// What carries lock `seq` of chain `from` to the other.
    pub(crate) fn arrival(&self, from: usize, seq: u64, record: Vec<u8>) -> Delivery {
        let (source, there) = (&self.chains[from], &self.chains[1 - from]);
        let mut wanted = vec![keys::outbox(&there.chain, seq)];
        if let Ok(Object {
            group: Some(group), ..
        }) = Object::from_bytes(&record)
        {
            wanted.push(keys::group(&group));
        }
        Delivery {
            chain: source.chain,
            evidence: self.prove(from, &wanted),
            items: vec![Item::Arrival { seq, record }],
        }
    }

    /// The record of an object of chain `from`.
    pub(crate) fn record(&self, from: usize, object: &str) -> Vec<u8> {
        let key = keys::object(&id(object));
        self.chains[from].state[&key].clone()
    }

    /// What carries the outcome of lock `seq` back to chain `home`.
    pub(crate) fn outcome(&self, home: usize, seq: u64) -> Delivery {
        let (source, there) = (&self.chains[home], &self.chains[1 - home]);
        Delivery {
            chain: there.chain,
            evidence: self.prove(1 - home, &[keys::inbox(&source.chain, seq)]),
            items: vec![Item::Outcome { seq }],
        }
    }

    /// Delivers at chain `at`, by a party without any role.
    pub(crate) fn deliver(&mut self, at: usize, delivery: Delivery) -> Outcome {
        let w = &mut self.chains[at];
        let tx = w.tx("nobody", Body::Delivery(Box::new(delivery)));
        w.run(&tx)
    }

    /// Delivers what must be applied; the effects.
    pub(crate) fn delivered(&mut self, at: usize, delivery: Delivery) -> Vec<Effect> {
        match self.deliver(at, delivery) {
            Outcome::Applied(receipt) => receipt.effects,
            Outcome::Refused(refusal) => panic!("refused: {refusal}"),
        }
    }

    /// Delivers what must be refused; the code.
    pub(crate) fn undelivered(&mut self, at: usize, delivery: Delivery) -> &'static str {
        match self.deliver(at, delivery) {
            Outcome::Applied(receipt) => panic!("applied: {receipt:?}"),
            Outcome::Refused(refusal) => refusal.code,
        }
    }
}
