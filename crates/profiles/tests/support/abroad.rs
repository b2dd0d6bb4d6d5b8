//! The other chain of a story: it sends goods, and everything it signs is believed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use pangolin_ledger::{
    codec::Wire as _,
    evidence::{BadEvidence, Proven, Verifier},
    hash::sha256,
    id::{ChainId, Code, Digest32, EventId, Height, ObjectId, PartyId, TimeMs},
    state::{
        Content, Flags, ForeignChain, Holder, Key, Notices, Object, OutboxEntry, OutboxKind,
        SeenHeader, Status, keys,
    },
    tx::{Delivery, Item},
};

/// The chain that goods come from and go to.
pub(crate) const ELSEWHERE: ChainId = ChainId([8; 32]);
/// A further one, from which nothing comes.
pub(crate) const FURTHER: ChainId = ChainId([9; 32]);

/// How it is registered.
pub(crate) fn registered(chain: ChainId) -> ForeignChain {
    ForeignChain {
        name: "elsewhere".into(),
        key: vec![chain.0[0]; 48],
        // longer than any story
        freshness_ms: 400 * 24 * 60 * 60 * 1_000,
        registered: Height(0),
        suspended: None,
        seen: None,
    }
}

/// Believes what it wrote itself: the evidence is a number.
#[derive(Debug, Default)]
pub(crate) struct Notary(Mutex<Vec<Arc<Proven>>>);

impl Verifier for Notary {
    fn verify(&self, _: &ChainId, _: &[u8], evidence: &[u8]) -> Result<Arc<Proven>, BadEvidence> {
        let number: [u8; 8] = evidence.try_into().expect("a number");
        let number = usize::try_from(u64::from_be_bytes(number)).expect("a small number");
        Ok(self.0.lock().expect("one thread")[number].clone())
    }
}

impl Notary {
    pub(crate) fn deposit(&self, at: TimeMs, entries: BTreeMap<Key, Option<Vec<u8>>>) -> Vec<u8> {
        let mut all = self.0.lock().expect("one thread");
        let number = all.len() as u64;
        let header = SeenHeader {
            height: Height(number + 1),
            time: at,
            block: Digest32([3; 32]),
        };
        all.push(Arc::new(Proven { header, entries }));
        number.to_be_bytes().to_vec()
    }
}

/// Something that the other chain locked for this one.
pub(crate) struct Sent {
    pub(crate) object: ObjectId,
    pub(crate) from: PartyId,
    pub(crate) to: PartyId,
    pub(crate) stage: Code,
    pub(crate) inside: u32,
}

/// What brings these to `here`: with them, that all orders of the other chain are known.
pub(crate) fn delivery(
    notary: &Notary,
    here: ChainId,
    at: TimeMs,
    first: u64,
    sent: Vec<Sent>,
) -> Delivery {
    let until = at.plus(24 * 60 * 60 * 1_000);
    let mut entries = BTreeMap::from([(keys::notices(), Some(Notices { next: 0 }.to_bytes()))]);
    let mut items = vec![Item::AllNoticed];
    for (seq, sent) in (first..).zip(sent) {
        let mut flags = Flags::default();
        // a corrupt chain may say so
        flags.set(Flags::CLEARED, true);
        let inside = (sent.inside > 0).then_some((Content::Stage(Code(0x0402)), 1));
        let object = Object {
            status: Status::Away(here),
            stage: sent.stage,
            flags,
            holder: Some(Holder::Party(sent.from)),
            last_event: EventId([5; 32]),
            last_time: at,
            provenance: Digest32(sha256(&[sent.object.as_bytes()])),
            seq: 3,
            children: sent.inside,
            height: u8::from(sent.inside > 0),
            inside: inside.into_iter().collect(),
            ..Object::unknown()
        };
        let record = object.to_bytes();
        let entry = OutboxEntry {
            kind: OutboxKind::Lock { to: sent.to, until },
            object: sent.object,
            record: Digest32(sha256(&[&record])),
            provenance: object.provenance,
            height: Height(1),
        };
        entries.insert(keys::outbox(&here, seq), Some(entry.to_bytes()));
        items.push(Item::Arrival { seq, record });
    }
    Delivery {
        chain: ELSEWHERE,
        evidence: notary.deposit(at, entries),
        witnesses: Vec::new(),
        items,
    }
}
