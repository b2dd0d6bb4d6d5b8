//! Malicious carriers: they keep every proof they can get, and bring what is old, forged, mixed up, for another chain or for nobody.

use std::{collections::BTreeMap, sync::Arc};

use pangolin_ledger::{
    Body, Delivery, Item, Key, ObjectId, Wire as _, Witness, evidence,
    state::{Object, Placement, keys},
};

use crate::{
    cast::{carrier, pack, unit},
    dice::Dice,
    port::prove,
    seal::Evidence,
    world::World,
};

/// Proofs and deliveries that a malicious carrier keeps.
const KEPT: usize = 24;
/// Numbers of messages that it asks about.
const NUMBERS: u64 = 12;
/// Packs that it asks about.
const PACKS: usize = 12;

/// What a malicious carrier has.
#[derive(Default)]
pub(crate) struct Evil {
    proofs: Vec<(usize, Evidence)>,
}

impl World {
    /// A malicious carrier does something.
    pub(crate) fn evil(&mut self, number: usize, evil: &mut Evil) {
        if self.dice.percent(40) || evil.proofs.is_empty() {
            self.learn(evil);
            return;
        }
        let at = self.dice.below(self.chains.len());
        let delivery = if self.dice.percent(30) {
            self.replayed()
        } else {
            self.concocted(at, evil)
        };
        let Some(delivery) = delivery else {
            return;
        };
        let chain = &self.chains[at];
        let to = (chain.id, chain.trade.profile());
        let until = self.judge.height(at).0 + 40;
        let body = Body::Delivery(Box::new(delivery));
        let tx = Arc::new(self.keys.sign(to, &carrier(number), until, body));
        self.stash(at, &tx);
        if let Some(index) = self.anybody(at) {
            self.submit(at, index, tx);
        }
    }

    fn learn(&mut self, evil: &mut Evil) {
        let at = self.dice.below(self.chains.len());
        let wanted = self.interesting(at);
        let index = self.anybody(at);
        let proof = index.and_then(|index| prove(&self.chains[at].validators[index], &wanted));
        evil.proofs.extend(proof.map(|proof| (at, proof)));
        if evil.proofs.len() > KEPT {
            // some old ones are the most useful
            let gone = self.dice.below(evil.proofs.len());
            evil.proofs.remove(gone);
        }
    }

    /// Records of a chain that messages rest on.
    fn interesting(&mut self, at: usize) -> Vec<Key> {
        let seen = &self.judge.chains[at];
        let mut wanted = vec![keys::notices()];
        wanted.extend((0..NUMBERS / 2).map(keys::notice));
        for other in self.judge.chains.iter().filter(|other| other.id != seen.id) {
            for seq in 0..NUMBERS {
                wanted.extend([keys::outbox(&other.id, seq), keys::inbox(&other.id, seq)]);
            }
        }
        let things = (0..3).map(unit).chain((0..PACKS).map(pack));
        for id in things {
            wanted.push(keys::object(&id));
            if let Some(record) = seen.get::<Object>(&keys::object(&id)) {
                wanted.extend(evidence::beside(&id, &record));
                if let Some(Placement { container, .. }) = record.placement() {
                    for epoch in 0..4 {
                        wanted.push(keys::filling(container, epoch));
                        wanted.push(keys::brought(container, epoch, &id));
                    }
                }
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }

    /// Something that became final once, for whoever likes to hear it again.
    fn replayed(&mut self) -> Option<Delivery> {
        let past = self.judge.deliveries.clone();
        let tx = self.dice.of(&past)?;
        let Body::Delivery(delivery) = &tx.tx().body else {
            return None;
        };
        Some(Delivery::clone(delivery))
    }

    fn concocted(&mut self, at: usize, evil: &Evil) -> Option<Delivery> {
        let foreign: Vec<_> = evil.proofs.iter().filter(|(of, _)| *of != at).collect();
        let (from, evidence) = *self.dice.of(&foreign)?;
        let mut evidence = evidence.clone();
        if self.dice.percent(35) {
            forge(&mut evidence, &mut self.dice);
        }
        let mut witnesses = BTreeMap::new();
        for _ in 0..self.dice.below(3) {
            if let Some((of, proof)) = self.dice.of(&foreign)
                && of != from
            {
                witnesses.insert(self.chains[*of].id, proof.bytes());
            }
        }
        let count = 1 + self.dice.below(3);
        let items = (0..count).filter_map(|_| self.item(at, *from, &evidence));
        let items: Vec<Item> = items.collect();
        if items.is_empty() {
            return None;
        }
        Some(Delivery {
            chain: self.chains[*from].id,
            evidence: evidence.bytes(),
            witnesses: witnesses
                .into_iter()
                .map(|(chain, evidence)| Witness { chain, evidence })
                .collect(),
            items,
        })
    }

    fn item(&mut self, at: usize, from: usize, evidence: &Evidence) -> Option<Item> {
        let seq = self.dice.next() % NUMBERS;
        Some(match self.dice.below(6) {
            0 | 1 => {
                let locks = self.judge.locks.iter();
                let lock = locks.filter(|((of, to, _), _)| (*of, *to) == (from, at));
                let known: Vec<_> = lock
                    .map(|((_, _, seq), lock)| (*seq, lock.object.clone()))
                    .collect();
                let (seq, object) = self.dice.of(&known)?.clone();
                Item::Arrival {
                    seq,
                    record: self.record(from, &object, evidence)?,
                }
            }
            2 | 3 => Item::Outcome { seq },
            4 => {
                let object = pack(self.dice.below(12));
                let container = unit(self.dice.below(3));
                let epoch = u32::try_from(self.dice.below(4)).unwrap();
                Item::Content {
                    container,
                    epoch,
                    object,
                }
            }
            _ if self.dice.percent(50) => Item::Notice { seq: seq / 2 },
            _ => Item::AllNoticed,
        })
    }

    /// A record of an object: as it is now, as it was, or as it never was.
    fn record(&mut self, from: usize, object: &ObjectId, evidence: &Evidence) -> Option<Vec<u8>> {
        let key = keys::object(object);
        let old = evidence.entries.get(&key).cloned().flatten();
        let now = self.judge.chains[from].get::<Object>(&key)?;
        let mut record = match old.and_then(|old| Object::from_bytes(&old).ok()) {
            Some(old) if self.dice.percent(50) => old,
            _ => now,
        };
        if self.dice.percent(20) {
            record.seq += 1;
        }
        Some(record.travelling().to_bytes())
    }
}

/// Changes a proof.
fn forge(evidence: &mut Evidence, dice: &mut Dice) {
    match dice.below(6) {
        0 => evidence.header.time += dice.between(1, 100_000),
        1 => evidence.header.height += 1,
        2 => {
            evidence.votes.pop_last();
        }
        3 => {
            // one validator's vote under another's name
            if let Some((_, signature)) = evidence.votes.pop_first() {
                evidence.votes.insert(3, signature);
            }
        }
        4 => {
            let keys: Vec<Key> = evidence.entries.keys().copied().collect();
            if let Some(key) = dice.of(&keys) {
                evidence.entries.insert(*key, None);
            }
        }
        _ => {
            let values: Vec<Vec<u8>> = evidence.entries.values().flatten().cloned().collect();
            if let Some(value) = dice.of(&values)
                && let Some(entry) = evidence.entries.values_mut().next()
            {
                *entry = Some(value.clone());
            }
        }
    }
}
