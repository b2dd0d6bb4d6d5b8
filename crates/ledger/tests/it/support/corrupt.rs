//! A chain that is corrupt as a whole, and what honest ones make of it.

use std::collections::{BTreeMap, BTreeSet};

use pangolin_ledger::{
    Body, ChainId, Delivery, Digest32, EventId, GovernanceAction, GovernanceBody, Height, Item,
    Key, Link, ProfileRef, TimeMs, TxId, Wire as _,
    hash::{self, arrival_mark, provenance},
    state::{
        Channel, EventRecord, EventState, Group, InboxEntry, InboxResult, Object, OutboxEntry,
        OutboxKind, Status, keys,
    },
    tx::Witness,
    walk::{Origin, Walk, rests_on},
};

use super::{Pair, certify::Gathered, id, party};

/// An event upon others.
pub(crate) fn link(parents: Vec<Digest32>, event: EventId) -> Link {
    Link {
        digest: provenance(parents.clone(), &event),
        parents,
        event,
    }
}

impl Pair {
    /// A chain that is corrupt as a whole writes whatever record it likes, and sends the object on. Its lot is that of `A.2` on
    /// chain 0.
    pub(crate) fn forge(&mut self, at: usize, name: &str, links: Vec<Link>, to: usize) {
        let last = links.last().unwrap().digest;
        let there = self.chains[to].chain;
        let mut record: Object = self.chains[0].object("A.2");
        let group = record.group.clone().unwrap();
        let known: Group = self.chains[0].get(keys::group(&group)).unwrap();
        record.status = Status::Away(there);
        record.provenance = last;
        record.seq = 9;
        let w = &mut self.chains[at];
        let lock = OutboxEntry {
            kind: OutboxKind::Lock {
                to: party("trader"),
                until: TimeMs(w.time + 86_400_000),
            },
            object: id(name),
            record: Digest32(hash::sha256(&[&record.travelling().to_bytes()])),
            provenance: last,
            height: Height(w.height),
        };
        let channel = keys::channel(&there);
        let mut sent: Channel = w.get(channel).unwrap_or_default();
        let seq = sent.next_out;
        sent.next_out += 1;
        for (key, bytes) in [
            (channel, sent.to_bytes()),
            (keys::object(&id(name)), record.to_bytes()),
            (keys::outbox(&there, seq), lock.to_bytes()),
            (keys::group(&group), known.to_bytes()),
        ] {
            w.state.insert(key, bytes);
        }
        w.kept.keep(links, &[]);
        let bytes = record.travelling().to_bytes();
        let arrival = self.arrival((at, to), seq, bytes);
        self.delivered(to, arrival);
    }

    /// A corrupt chain sends on what it says chain 0 sent to it, which never did.
    pub(crate) fn invents(&mut self, at: usize, name: &str, to: usize) {
        let one = self.chains[0].chain;
        let left = Digest32([7; 32]);
        let arrived = link(vec![left], arrival_mark(&one, 5));
        let locked = link(vec![arrived.digest], EventId([8; 32]));
        let mark = Origin { chain: one, seq: 5 };
        let inbox = InboxEntry {
            result: InboxResult::Accepted,
            object: id(name),
            provenance: left,
            entry: Digest32([1; 32]),
            proven_at: Height(1),
            height: Height(1),
        };
        let w = &mut self.chains[at];
        w.state.insert(keys::inbox(&one, 5), inbox.to_bytes());
        w.kept.moved(arrival_mark(&one, 5), mark);
        self.forge(at, name, vec![arrived, locked], to);
    }

    /// A corrupt chain says that somebody stated an event.
    pub(crate) fn states(&mut self, at: usize, event: &EventId, issuer: &str) {
        let record = EventRecord {
            state: EventState::Applied,
            issuer: party(issuer),
            profile: ProfileRef { id: 1, version: 1 },
            tx: TxId([1; 32]),
            index: 0,
            height: Height(3),
            digest: Digest32([1; 32]),
            corrected: false,
        };
        let key = keys::event(event);
        self.chains[at].state.insert(key, record.to_bytes());
    }

    /// The governance of chain `at` says something of chain `of`.
    pub(crate) fn governs(
        &mut self,
        at: usize,
        of: usize,
        action: fn(ChainId) -> GovernanceAction,
    ) {
        let action = action(self.chains[of].chain);
        let reason = String::new();
        let body = Body::Governance(Box::new(GovernanceBody { action, reason }));
        self.chains[at].enact("gov", body);
    }

    /// What is made on chain `of` may be traded at `at`.
    pub(crate) fn allow(&mut self, at: usize, of: usize) {
        self.governs(at, of, |chain| GovernanceAction::AllowMaker {
            chain,
            allowed: true,
        });
    }

    /// It may not any more.
    pub(crate) fn disallow(&mut self, at: usize, of: usize) {
        self.governs(at, of, |chain| GovernanceAction::AllowMaker {
            chain,
            allowed: false,
        });
    }

    /// What brings the history of an object of chain `at` there; chains that are silent tell nothing.
    pub(crate) fn walk(&self, at: usize, object: &str, silent: &[usize]) -> Delivery {
        let gathered = self.gather(at, object, silent, &[]);
        self.walk_of(at, &gathered, &gathered.walk, silent)
    }

    /// The same of a walk that somebody changed.
    pub(crate) fn walk_of(
        &self,
        at: usize,
        gathered: &Gathered,
        walk: &Walk,
        silent: &[usize],
    ) -> Delivery {
        let mut wanted: BTreeMap<ChainId, BTreeSet<Key>> = rests_on(walk);
        for (chain, proven) in &gathered.known {
            let keys = proven.entries.keys().copied();
            wanted.entry(*chain).or_default().extend(keys);
        }
        let others = (0..3).filter(|of| *of != at && !silent.contains(of));
        let mut proofs = others.map(|of| {
            let chain = self.chains[of].chain;
            let keys: Vec<Key> = wanted.remove(&chain).into_iter().flatten().collect();
            (chain, self.prove(of, &keys))
        });
        let (chain, evidence) = proofs.next().unwrap();
        Delivery {
            chain,
            evidence,
            witnesses: proofs
                .map(|(chain, evidence)| Witness { chain, evidence })
                .collect(),
            items: vec![Item::Walk {
                object: walk.object.clone(),
                walk: walk.to_bytes(),
            }],
        }
    }
}
