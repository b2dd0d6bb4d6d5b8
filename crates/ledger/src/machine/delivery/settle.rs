//! What became, on another chain, of an object that this one locked.

use crate::{
    codec::Wire as _,
    hash::{provenance, return_mark, sha256},
    id::Digest32,
    machine::{Link, halt::Halt},
    report::{Effect, reasons},
    say,
    state::{
        Channel, Flags, InboxEntry, InboxResult, Missing, OutboxEntry, OutboxKind, Settlement,
        Status, keys,
    },
};

use super::Work;

impl Work<'_> {
    /// Settles a lock of this chain: the object is gone, or lives here again.
    pub(super) fn outcome(&mut self, seq: u64, place: &str) -> Result<(), Halt> {
        let settled = keys::settlement(&self.chain, seq);
        if let Some(known) = self.o.get::<Settlement>(&settled)? {
            let message = format!("settled at height {}", known.height);
            return Err(self.refuse(&reasons::ALREADY_RECORDED, place, message));
        }
        let lock = self
            .o
            .get::<OutboxEntry>(&keys::outbox(&self.chain, seq))?
            .and_then(|entry| match entry.kind.clone() {
                OutboxKind::Lock { until, .. } => Some((entry, until)),
                _ => None,
            });
        let Some((entry, until)) = lock else {
            let message = format!("this chain has no lock number {seq} for that one");
            return Err(self.refuse(&reasons::NO_LOCK, place, message));
        };
        let this = &self.block.chain;
        let result = match self.shown(&keys::inbox(this, seq), "the inbox entry", place)? {
            Some(shown) => {
                let decided: InboxEntry = self.read(shown, "the inbox entry", place)?;
                if decided.entry != Digest32(sha256(&[&entry.to_bytes()])) {
                    let message = "the inbox entry is about another lock";
                    return Err(self.refuse(&reasons::WRONG_RECORD, place, message));
                }
                Some(decided.result)
            }
            None if self.proven.header.time > until => None,
            None => {
                let message = say![
                    "at ",
                    self.proven.header.time,
                    " that chain had not decided, and may until ",
                    until
                ];
                return Err(self.refuse(&reasons::UNDECIDED, place, message));
            }
        };
        let gone = result == Some(InboxResult::Accepted);
        self.done.effects.push(Effect::Settled {
            chain: self.chain,
            seq,
            object: entry.object.clone(),
            gone,
        });
        if !gone {
            self.back(seq, &entry, place)?;
        }
        self.o.put(
            settled,
            &Settlement {
                result,
                proven_at: self.proven.header.height,
                height: self.block.height,
            },
        );
        self.cite(seq, gone, entry)
    }

    /// The object lives here again, with its custodian.
    fn back(&mut self, seq: u64, entry: &OutboxEntry, place: &str) -> Result<(), Halt> {
        let key = keys::object(&entry.object);
        let mut object = self.o.object(&key)?.ok_or(Halt::Corrupt(key))?;
        if object.status != Status::Away(self.chain) || object.provenance != entry.provenance {
            // the other chain let it in and contradicts itself now
            let message = say![&entry.object, " does not wait for the outcome of this lock"];
            return Err(self.refuse(&reasons::WRONG_RECORD, place, message));
        }
        let mark = return_mark(&self.chain, seq);
        let parents = vec![object.provenance];
        let digest = provenance(parents.clone(), &mark);
        self.o.trace(Link {
            digest,
            parents,
            event: mark,
        });
        object.status = Status::Live;
        object.provenance = digest;
        object.last_event = mark;
        object.last_time = self.block.time;
        object.seq = object.seq.saturating_add(1);
        if object.flags.has(Flags::AWAITED) {
            self.done
                .woken
                .insert(Missing::Object(entry.object.clone()));
        }
        self.o.put_object(key, object);
        Ok(())
    }

    /// The outbox entry that cites the decision.
    fn cite(&mut self, lock: u64, gone: bool, entry: OutboxEntry) -> Result<(), Halt> {
        let key = keys::channel(&self.chain);
        let mut channel: Channel = self.o.get(&key)?.unwrap_or_default();
        let kind = if gone {
            OutboxKind::Release { lock }
        } else {
            OutboxKind::Unlock { lock }
        };
        let cited = OutboxEntry {
            kind,
            height: self.block.height,
            ..entry
        };
        self.o
            .put(keys::outbox(&self.chain, channel.next_out), &cited);
        channel.next_out += 1;
        self.o.put(key, &channel);
        Ok(())
    }
}
