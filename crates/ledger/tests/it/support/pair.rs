//! Three chains that registered each other, and whatever carries proofs between them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use pangolin_ledger::{
    Body, ChainId, Delivery, Digest32, Effect, Event, GovernanceAction, GovernanceBody, Height,
    Item, Key, Outcome, TimeMs, Wire as _,
    evidence::{self, BadEvidence, Proven, Verifier},
    hash,
    state::{
        Feed, Filling, Namespace, Notice, Notices, Object, OutboxEntry, Params, SeenHeader, keys,
    },
    tx::Witness,
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
const NAMES: [&str; 3] = ["one", "two", "three"];

/// From which chain to which.
pub(crate) type Hop = (usize, usize);

/// The chains 0, 1 and 2.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) chains: [World; 3],
    notary: Arc<Notary>,
}

impl Pair {
    pub(crate) fn key_of(chain: ChainId) -> Vec<u8> {
        vec![chain.0[0]; 96]
    }

    /// All orders of each are known at the others, for longer than a test lasts.
    pub(crate) fn new() -> Self {
        let mut pair = Self::with_freshness(3_650 * 86_400_000);
        for at in 0..3 {
            for of in (0..3).filter(|of| *of != at) {
                pair.all_noticed(at, of);
            }
        }
        pair
    }

    /// Chains on which the orders of another may be known as of `freshness_ms` ago.
    pub(crate) fn with_freshness(freshness_ms: u64) -> Self {
        Self::knowing(Some(freshness_ms))
    }

    /// Chains that know nothing of each other.
    pub(crate) fn strangers() -> Self {
        Self::knowing(None)
    }

    fn knowing(freshness_ms: Option<u64>) -> Self {
        let notary = Arc::new(Notary::default());
        let chains = NAMES.map(|name| ChainId(hash::sha256(&[name.as_bytes()])));
        let worlds = chains.map(|own| {
            let mut w = World::on(own, Params::default());
            w.machine = w.machine.believing(notary.clone());
            let known = freshness_ms.into_iter();
            let known = known.flat_map(|freshness_ms| chains.map(|other| (other, freshness_ms)));
            for (other, freshness_ms) in known.filter(|(other, _)| *other != own) {
                let action = GovernanceAction::RegisterChain {
                    chain: other,
                    name: "another".into(),
                    key: Self::key_of(other),
                    freshness_ms,
                };
                let reason = String::new();
                w.enact(
                    "gov",
                    Body::Governance(Box::new(GovernanceBody { action, reason })),
                );
            }
            w
        });
        Self {
            chains: worlds,
            notary,
        }
    }

    /// A proof of what a chain's state says now under these keys.
    pub(crate) fn prove(&self, of: usize, wanted: &[Key]) -> Vec<u8> {
        self.deposit(of, self.proven(of, wanted))
    }

    /// What such a proof shows.
    pub(crate) fn proven(&self, of: usize, wanted: &[Key]) -> Proven {
        let w = &self.chains[of];
        // only of rules can absence be proven
        let provable = |key: &&Key| {
            w.state.contains_key(*key) || key.namespace().is_some_and(Namespace::is_rule)
        };
        let entries = wanted
            .iter()
            .filter(provable)
            .map(|key| (*key, w.state.get(key).cloned()))
            .collect();
        Proven {
            header: SeenHeader {
                height: Height(w.height),
                time: TimeMs(w.time),
                block: Digest32(hash::sha256(&[&w.height.to_be_bytes()])),
            },
            entries,
        }
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

    /// Delivers at `at` what became of the orders of `of`, without saying that this is all.
    pub(crate) fn notices(&mut self, at: usize, of: usize) {
        let chain = self.chains[of].chain;
        let known: Option<Feed> = self.chains[at].get(keys::feed(&chain));
        let written: Option<Notices> = self.chains[of].get(keys::notices());
        for seq in known.map_or(0, |feed| feed.next)..written.unwrap_or_default().next {
            let notice = self.message(of, &[keys::notice(seq)], Item::Notice { seq });
            self.delivered(at, notice);
        }
    }

    /// A chain that is corrupt as a whole writes a notice.
    pub(crate) fn forge_notice(&mut self, of: usize, notice: &Notice) {
        let w = &mut self.chains[of];
        let next = w.get::<Notices>(keys::notices()).unwrap_or_default().next;
        w.state.insert(keys::notice(next), notice.to_bytes());
        let written = Notices { next: next + 1 };
        w.state.insert(keys::notices(), written.to_bytes());
    }

    /// Delivers at `at` that all orders of `of` are known.
    pub(crate) fn all_noticed(&mut self, at: usize, of: usize) -> Vec<Effect> {
        self.notices(at, of);
        let all = self.message(of, &[keys::notices()], Item::AllNoticed);
        self.delivered(at, all)
    }

    /// A delivery of one item of `of` with the proof of these records.
    pub(crate) fn message(&self, of: usize, wanted: &[Key], item: Item) -> Delivery {
        Delivery {
            chain: self.chains[of].chain,
            evidence: self.prove(of, wanted),
            witnesses: Vec::new(),
            items: vec![item],
        }
    }

    /// The lock with this number.
    pub(crate) fn lock(&self, (from, to): Hop, seq: u64) -> OutboxEntry {
        let to = self.chains[to].chain;
        self.chains[from].get(keys::outbox(&to, seq)).unwrap()
    }

    /// The event that offers objects of one chain to a party of another, `ms` from now at the latest.
    pub(crate) fn departure(&self, (from, at): Hop, objects: &[&str], to: &str, ms: i64) -> Event {
        use super::EventExt as _;
        let until = self.chains[at].time + ms;
        let w = &self.chains[from];
        let departs = event(step::DEPART, objects)
            .to(to)
            .attr(attribute::CHAIN, NAMES[at])
            .attr(attribute::UNTIL_MS, &until.to_string());
        with(departs, |e| {
            e.commitment = Digest32(hash::sha256(&[&w.height.to_be_bytes()]));
        })
    }

    /// Locks one object; the number of the lock.
    pub(crate) fn depart(&mut self, hop: Hop, by: &str, object: &str, to: &str, ms: i64) -> u64 {
        let departs = self.departure(hop, &[object], to, ms);
        let receipt = self.chains[hop.0].ok(by, vec![departs]);
        let mut effects = receipt.effects.iter();
        let seq = effects.find_map(|effect| match effect {
            Effect::Departed { seq, .. } => Some(*seq),
            _ => None,
        });
        seq.unwrap()
    }

    /// The lock, the record it left, and what is proven of its contents.
    pub(crate) fn arrival(&self, (from, to): Hop, seq: u64, record: Vec<u8>) -> Delivery {
        let (source, there) = (&self.chains[from], &self.chains[to]);
        let mut wanted = vec![keys::outbox(&there.chain, seq)];
        if let Ok(object) = Object::from_bytes(&record) {
            let lock: OutboxEntry = source.get(wanted[0]).unwrap();
            wanted.extend(evidence::beside(&lock.object, &object));
        }
        Delivery {
            chain: source.chain,
            evidence: self.prove(from, &wanted),
            witnesses: Vec::new(),
            items: vec![Item::Arrival { seq, record }],
        }
    }

    /// Locks an object and brings it to the other chain.
    pub(crate) fn moves(&mut self, hop: Hop, by: &str, object: &str, to: &str) {
        let seq = self.depart(hop, by, object, to, 86_400_000);
        let record = self.record(hop.0, object);
        let arrival = self.arrival(hop, seq, record);
        self.delivered(hop.1, arrival);
    }

    /// What brings an object of a filling in at `at`; `way` are the chains it came over, the last first.
    pub(crate) fn content(
        &self,
        at: usize,
        way: &[usize],
        container: &str,
        object: &str,
    ) -> Delivery {
        let epoch = self.chains[at].object(container).epoch;
        self.content_of(at, way, (container, epoch), object)
    }

    /// The same of an earlier filling.
    pub(crate) fn content_of(
        &self,
        at: usize,
        way: &[usize],
        (container, mut epoch): (&str, u32),
        object: &str,
    ) -> Delivery {
        let (container, object) = (id(container), id(object));
        let item = Item::Content {
            container: container.clone(),
            epoch,
            object: object.clone(),
        };
        let mut proofs = BTreeMap::new();
        let mut here = at;
        for next in way {
            let filling: Option<Filling> = self.chains[here].get(keys::filling(&container, epoch));
            epoch = filling.unwrap().came.unwrap().epoch;
            here = *next;
            let mut wanted = vec![
                keys::object(&object),
                keys::filling(&container, epoch),
                keys::brought(&container, epoch, &object),
            ];
            if let Some(record) = self.chains[here].state.get(&wanted[0]) {
                wanted.extend(evidence::beside(
                    &object,
                    &Object::from_bytes(record).unwrap(),
                ));
            }
            let known: &mut Vec<Key> = proofs.entry(here).or_default();
            known.extend(wanted);
        }
        let proof = |of: &usize| (self.chains[*of].chain, self.prove(*of, &proofs[of]));
        let first = way.iter().find(|of| **of != at).unwrap();
        let (chain, evidence) = proof(first);
        let others = proofs.keys().filter(|of| *of != first && **of != at);
        let witnesses = others.map(proof);
        Delivery {
            chain,
            evidence,
            witnesses: witnesses
                .map(|(chain, evidence)| Witness { chain, evidence })
                .collect(),
            items: vec![item],
        }
    }

    /// The record of an object, if chain `at` has one of something that exists.
    pub(crate) fn known(&self, at: usize, object: &str) -> Option<Object> {
        let record: Option<Object> = self.chains[at].get(keys::object(&id(object)));
        record.filter(Object::exists)
    }

    /// The chains over which a filling came, the last first; `None`: it began at `at`.
    pub(crate) fn way(&self, at: usize, container: &str, mut epoch: u32) -> Option<Vec<usize>> {
        let mut way = Vec::new();
        let mut here = at;
        loop {
            let key = keys::filling(&id(container), epoch);
            let filling: Option<Filling> = self.chains[here].get(key);
            let Some(stay) = filling.and_then(|filling| filling.came) else {
                return (!way.is_empty()).then_some(way);
            };
            epoch = stay.epoch;
            here = (0..3)
                .find(|n| self.chains[*n].chain == stay.chain)
                .unwrap();
            way.push(here);
        }
    }

    /// A proof of where objects are, as one chain knows: their records, and what was brought into which filling.
    pub(crate) fn prove_way(&self, of: usize, objects: &[&str]) -> Vec<u8> {
        let mut wanted = Vec::new();
        for name in objects {
            wanted.push(keys::object(&id(name)));
            for epoch in 0..=self.known(of, name).map_or(0, |object| object.epoch) {
                wanted.push(keys::filling(&id(name), epoch));
                let brought = objects
                    .iter()
                    .map(|inner| keys::brought(&id(name), epoch, &id(inner)));
                wanted.extend(brought);
            }
        }
        self.prove(of, &wanted)
    }

    /// The record of an object of chain `from`, as it travels.
    pub(crate) fn record(&self, from: usize, object: &str) -> Vec<u8> {
        self.chains[from].object(object).travelling().to_bytes()
    }

    /// What carries the outcome of a lock back home.
    pub(crate) fn outcome(&self, (home, to): Hop, seq: u64) -> Delivery {
        let (source, there) = (&self.chains[home], &self.chains[to]);
        Delivery {
            chain: there.chain,
            evidence: self.prove(to, &[keys::inbox(&source.chain, seq)]),
            witnesses: Vec::new(),
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
