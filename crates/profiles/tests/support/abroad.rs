//! The other chain of a story: it sends goods, and everything it signs is believed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use pangolin_ledger::{
    codec::Wire as _,
    evidence::{BadEvidence, Proven, Verifier},
    hash::{arrival_mark, provenance, sha256},
    id::{ChainId, Code, Digest32, EventId, Height, ObjectId, PartyId, ProfileRef, TimeMs, TxId},
    state::{
        Content, EventRecord, EventState, Flags, ForeignChain, Holder, InboxEntry, InboxResult,
        Key, Notices, Object, OutboxEntry, OutboxKind, SeenHeader, Status, keys,
    },
    tx::{Delivery, Item, Witness},
    walk::{Step, Walk},
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

/// What is to be said of where something comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum History {
    /// It was made on the other chain, which shows it at once.
    Shown,
    /// The same, but the other chain shows it later, or never.
    Open,
    /// The other chain says that it comes from a further one, which never sent it.
    Invented,
}

/// Something that the other chain locked for this one.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) object: ObjectId,
    pub(crate) from: PartyId,
    pub(crate) to: PartyId,
    pub(crate) stage: Code,
    pub(crate) inside: u32,
    pub(crate) history: History,
}

/// The number under which the further chain is said to have sent something.
const NEVER: u64 = 5;
/// The digest with which.
const NOTHING: Digest32 = Digest32([7; 32]);

impl Sent {
    /// The event that made it.
    fn made(&self) -> EventId {
        EventId(sha256(&[b"made", self.object.as_bytes()]))
    }

    /// The digest with which it left.
    fn left(&self) -> Digest32 {
        match self.history {
            History::Shown | History::Open => provenance(Vec::new(), &self.made()),
            History::Invented => provenance(vec![NOTHING], &arrival_mark(&FURTHER, NEVER)),
        }
    }

    /// The lock and the record that it left.
    fn lock(&self, here: ChainId, at: TimeMs) -> (OutboxEntry, Vec<u8>) {
        let mut flags = Flags::default();
        // a corrupt chain may say so
        flags.set(Flags::CLEARED, true);
        flags.set(Flags::WALKED, true);
        let inside = (self.inside > 0).then_some((Content::Stage(Code(0x0402)), 1));
        let object = Object {
            status: Status::Away(here),
            stage: self.stage,
            flags,
            holder: Some(Holder::Party(self.from.clone())),
            last_event: EventId([5; 32]),
            last_time: at,
            provenance: self.left(),
            seq: 3,
            children: self.inside,
            height: u8::from(self.inside > 0),
            inside: inside.into_iter().collect(),
            ..Object::unknown()
        };
        let record = object.to_bytes();
        let entry = OutboxEntry {
            kind: OutboxKind::Lock {
                to: self.to.clone(),
                until: at.plus(24 * 60 * 60 * 1_000),
            },
            object: self.object.clone(),
            record: Digest32(sha256(&[&record])),
            provenance: object.provenance,
            height: Height(1),
        };
        (entry, record)
    }

    /// What the other chain says of where it comes from.
    fn tells(&self) -> (Key, Vec<u8>) {
        match self.history {
            History::Shown | History::Open => {
                let record = EventRecord {
                    state: EventState::Applied,
                    issuer: self.from.clone(),
                    profile: ProfileRef { id: 1, version: 1 },
                    tx: TxId([1; 32]),
                    index: 0,
                    height: Height(1),
                    digest: Digest32([1; 32]),
                    corrected: false,
                };
                (keys::event(&self.made()), record.to_bytes())
            }
            History::Invented => {
                let entry = InboxEntry {
                    result: InboxResult::Accepted,
                    object: self.object.clone(),
                    provenance: NOTHING,
                    entry: Digest32([1; 32]),
                    proven_at: Height(1),
                    height: Height(1),
                };
                (keys::inbox(&FURTHER, NEVER), entry.to_bytes())
            }
        }
    }

    /// Its history, with what happened to it here since it came.
    fn walk(&self, here: ChainId, seq: u64, since: &[EventId]) -> Item {
        let arrival = |chain, seq| Step::Arrival {
            parent: 1,
            chain,
            seq,
        };
        let mut steps = match self.history {
            History::Shown | History::Open => vec![Step::Event {
                chain: 1,
                event: self.made(),
                parents: Vec::new(),
            }],
            History::Invented => vec![
                Step::Gap {
                    chain: 2,
                    digest: NOTHING,
                },
                arrival(1, NEVER),
            ],
        };
        steps.push(arrival(0, seq));
        steps.extend(since.iter().map(|event| Step::Event {
            chain: 0,
            event: *event,
            parents: vec![1],
        }));
        let walk = Walk {
            object: self.object.clone(),
            chains: vec![here, ELSEWHERE, FURTHER],
            steps,
            hints: Vec::new(),
        };
        Item::Walk {
            object: self.object.clone(),
            walk: walk.to_bytes(),
        }
    }
}

/// What brings these to `here`: with them, that all orders of the other chain are known, and where they come from.
pub(crate) fn delivery(
    notary: &Notary,
    here: ChainId,
    at: TimeMs,
    first: u64,
    sent: &[Sent],
) -> Delivery {
    let mut entries = BTreeMap::from([(keys::notices(), Some(Notices { next: 0 }.to_bytes()))]);
    let mut items = vec![Item::AllNoticed];
    for (seq, sent) in (first..).zip(sent) {
        let (entry, record) = sent.lock(here, at);
        entries.insert(keys::outbox(&here, seq), Some(entry.to_bytes()));
        items.push(Item::Arrival { seq, record });
        if sent.history == History::Shown {
            let (key, record) = sent.tells();
            entries.insert(key, Some(record));
            items.push(sent.walk(here, seq, &[]));
        }
    }
    Delivery {
        chain: ELSEWHERE,
        evidence: notary.deposit(at, entries),
        witnesses: Vec::new(),
        items,
    }
}

/// What shows where something comes from that came at `came` and went through these events since.
pub(crate) fn history(
    notary: &Notary,
    here: ChainId,
    (came, at): (TimeMs, TimeMs),
    (seq, sent): (u64, &Sent),
    since: &[EventId],
) -> Delivery {
    let (entry, _) = sent.lock(here, came);
    let (key, record) = sent.tells();
    let entries = BTreeMap::from([
        (keys::outbox(&here, seq), Some(entry.to_bytes())),
        (key, Some(record)),
    ]);
    let never = BTreeMap::from([(keys::outbox(&ELSEWHERE, NEVER), None)]);
    Delivery {
        chain: ELSEWHERE,
        evidence: notary.deposit(at, entries),
        witnesses: vec![Witness {
            chain: FURTHER,
            evidence: notary.deposit(at, never),
        }],
        items: vec![sent.walk(here, seq, since)],
    }
}
