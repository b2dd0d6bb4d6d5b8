//! A chain whose validators all lie: it writes what it likes into its state, and signs it.

use pangolin_ledger::{
    Digest32, EventId, ObjectId, PartyId, TimeMs, Wire as _,
    hash::sha256,
    state::{Channel, Holder, Object, OutboxEntry, OutboxKind, Status, keys},
};
use std::sync::Arc;

use crate::{
    cast::{PHARMACY, Trade, WHOLESALER, pack, party},
    world::World,
};

/// Serials of invented packs begin here.
const INVENTED: usize = 9_000;

impl World {
    /// The chain lies.
    pub(crate) fn lie(&mut self, at: usize) {
        let others: Vec<usize> = (0..self.chains.len())
            .filter(|to| *to != at && self.chains[*to].trade == Trade::Pharma)
            .collect();
        let Some(to) = self.dice.of(&others).copied() else {
            return;
        };
        // one that there never was; or one that there is, or will be: it lives elsewhere, or was here and went on
        let serial = if self.dice.percent(50) {
            INVENTED + self.dice.below(50)
        } else {
            self.dice.below(6)
        };
        self.send_invented(at, to, &pack(serial));
    }

    /// A history for something that is invented: none that there is, or that of something real; with whether that is on this chain.
    fn history(&mut self, at: usize, object: &ObjectId) -> (EventId, Digest32, bool) {
        let invented = (
            EventId(sha256(&[b"invented", object.as_bytes()])),
            Digest32(sha256(&[b"invented before", object.as_bytes()])),
            false,
        );
        if self.dice.percent(30) {
            return invented;
        }
        let real: Vec<Object> = self
            .judge
            .made
            .keys()
            .flat_map(|made| self.judge.chains.iter().map(move |seen| (seen, made)))
            .filter_map(|(seen, made)| seen.get::<Object>(&keys::object(made)))
            .filter(Object::exists)
            .collect();
        let twin = self.dice.of(&real);
        let Some(twin) = twin.cloned() else {
            return invented;
        };
        let own = self.judge.made.keys().any(|made| {
            let record: Option<Object> = self.judge.chains[at].get(&keys::object(made));
            record.is_some_and(|record| record.provenance == twin.provenance)
        });
        (twin.last_event, twin.provenance, own)
    }

    /// Writes a lock of an object that the chain does not have.
    fn send_invented(&mut self, at: usize, to: usize, object: &ObjectId) {
        let (there, until) = (self.chains[to].id, self.judge.chains[to].time + 60_000);
        let (last, before, own) = self.history(at, object);
        let seen = &self.judge.chains[at];
        let height = seen.height + 1;
        let mut channel: Channel = seen.get(&keys::channel(&there)).unwrap_or_default();
        let known: Option<Object> = seen.get(&keys::object(object));
        let mut record = known.unwrap_or_else(Object::unknown);
        if record.is_live() || record.placement().is_some() {
            // it would contradict itself at home
            return;
        }
        let keeper: PartyId = party(WHOLESALER);
        record.status = Status::Away(there);
        record.holder = Some(Holder::Party(keeper));
        record.pending = None;
        record.class = pangolin_profiles::capture::id::class_of(object);
        record.group = None;
        record.last_event = last;
        record.provenance = before;
        record.seq = record.seq.max(2) + 1;
        record.last_time = TimeMs(seen.time);
        let entry = OutboxEntry {
            kind: OutboxKind::Lock {
                to: party(PHARMACY),
                until: TimeMs(until),
            },
            object: object.clone(),
            record: Digest32(sha256(&[&record.travelling().to_bytes()])),
            provenance: record.provenance,
            height: pangolin_ledger::Height(height),
        };
        let seq = channel.next_out;
        channel.next_out += 1;
        let written = [
            (keys::object(object), record.to_bytes()),
            (keys::outbox(&there, seq), entry.to_bytes()),
            (keys::channel(&there), channel.to_bytes()),
        ];
        let Some(forced) = &mut self.chains[at].corrupt else {
            return;
        };
        forced.clear();
        for (key, value) in written {
            forced.insert(key, Some(Arc::from(value)));
        }
        let lock = (at, to, seq);
        if own {
            self.judge.own_histories.insert(lock);
        } else {
            self.judge.own_histories.remove(&lock);
        }
        let whose = if own {
            "a history of its own"
        } else {
            "another history"
        };
        self.note(&format!(
            "invents {object} for chain {to} as lock {seq}, with {whose}"
        ));
    }
}
