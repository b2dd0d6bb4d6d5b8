//! An object that another chain locked for this one.

use crate::{
    codec::Wire as _,
    hash::{arrival_mark, provenance, sha256},
    id::{Code, Digest32, GroupId, ObjectId, PartyId, TimeMs},
    kernel::k02_authority,
    limits::MAX_DEPTH,
    machine::{Link, halt::Halt},
    report::{Effect, reasons},
    state::{
        Channel, Flags, Group, Handover, Holder, InboxEntry, InboxResult, Missing, Object,
        OutboxEntry, OutboxKind, Pending, Status, Unwelcome, keys,
    },
    tx::Quantities,
};

use super::{
    Work,
    carried::{Inside, groups_of},
};

/// A lock of the other chain, with the record that it left.
struct Locked {
    entry: OutboxEntry,
    to: PartyId,
    object: Object,
    from: PartyId,
    /// The groups there of it and of whatever is inside it.
    groups: Vec<(GroupId, Group)>,
    /// What is inside it.
    inside: Option<Inside>,
}

impl Work<'_> {
    /// Lets an object in, or refuses it; either is the decision on this lock.
    pub(super) fn arrival(&mut self, seq: u64, record: &[u8], place: &str) -> Result<(), Halt> {
        let inbox = keys::inbox(&self.chain, seq);
        if let Some(known) = self.o.get::<InboxEntry>(&inbox)? {
            let message = format!("decided at height {}", known.height);
            return Err(self.refuse(&reasons::ALREADY_RECORDED, place, message));
        }
        let (locked, until) = self.locked(seq, record, place)?;
        let result = if self.block.time > until {
            InboxResult::Refused(Unwelcome::Late)
        } else {
            match self.unwelcome(&locked, place)? {
                Some(why) => InboxResult::Refused(why),
                None => InboxResult::Accepted,
            }
        };
        let decided = InboxEntry {
            result,
            object: locked.entry.object.clone(),
            provenance: locked.entry.provenance,
            entry: Digest32(sha256(&[&locked.entry.to_bytes()])),
            proven_at: self.proven.header.height,
            height: self.block.height,
        };
        let (from, to) = (locked.from.clone(), locked.to.clone());
        let (object, group) = (locked.entry.object.clone(), locked.object.group.clone());
        let (epoch, inside) = if result == InboxResult::Accepted {
            self.let_in(seq, locked, place)?
        } else {
            (0, Quantities::new())
        };
        self.done.effects.push(Effect::Arrived {
            chain: self.chain,
            seq,
            object,
            group,
            from,
            to,
            result,
            epoch,
            inside,
        });
        self.o.put(inbox, &decided);
        let key = keys::channel(&self.chain);
        let mut channel: Channel = self.o.get(&key)?.unwrap_or_default();
        channel.next_in += 1;
        self.o.put(key, &channel);
        Ok(())
    }

    /// The lock as it is proven, and the last moment at which it is let in.
    fn locked(&self, seq: u64, record: &[u8], place: &str) -> Result<(Locked, TimeMs), Halt> {
        let wrong = |message: &'static str| self.refuse(&reasons::WRONG_RECORD, place, message);
        let this = &self.block.chain;
        let Some(shown) = self.shown(&keys::outbox(this, seq), "the outbox entry", place)? else {
            let message = "the other chain has no lock of this number";
            return Err(self.refuse(&reasons::NO_LOCK, place, message));
        };
        let entry: OutboxEntry = self.read(shown, "the outbox entry", place)?;
        let OutboxKind::Lock { to, until } = entry.kind.clone() else {
            return Err(wrong("the outbox entry is no lock"));
        };
        if Digest32(sha256(&[record])) != entry.record {
            return Err(wrong("the record is not the one that was locked"));
        }
        let object: Object = self.read(record, "the object's record", place)?;
        let (Status::Away(home), Some(Holder::Party(from))) = (&object.status, &object.holder)
        else {
            return Err(wrong("the object is not locked"));
        };
        if home != this {
            return Err(wrong("the object is locked for another chain"));
        }
        let from = from.clone();
        if usize::from(object.height) > MAX_DEPTH || object.epoch == u32::MAX {
            return Err(wrong("the object's contents are out of range"));
        }
        let groups = self.groups(&self.chain, groups_of(&object), place)?;
        let inside = self.inside(&self.chain, &entry.object, &object, entry.height, place)?;
        let locked = Locked {
            entry,
            to,
            object,
            from,
            groups,
            inside,
        };
        Ok((locked, until))
    }

    /// Why the object is not let in.
    fn unwelcome(&self, locked: &Locked, place: &str) -> Result<Option<Unwelcome>, Halt> {
        match k02_authority::party(self.o, &locked.to, self.block.time, place) {
            Ok(_) => {}
            Err(Halt::Refused(_)) => return Ok(Some(Unwelcome::Receiver)),
            Err(halt) => return Err(halt),
        }
        let id = &locked.entry.object;
        let here = self.o.object(&keys::object(id))?;
        if let Some(here) = here.filter(|here| here.exists())
            && !self.comes_back(id, &here, &locked.object, place)?
        {
            return Ok(Some(Unwelcome::Present));
        }
        if self.contradicted(&locked.groups)? {
            return Ok(Some(Unwelcome::Group));
        }
        Ok(None)
    }

    /// Whether an object that this chain knows went from here, and comes from where it went with a longer history.
    fn comes_back(
        &self,
        id: &ObjectId,
        here: &Object,
        there: &Object,
        place: &str,
    ) -> Result<bool, Halt> {
        let Some(gone) = self.away(id, here)? else {
            return Ok(false);
        };
        let longer = there.seq > here.seq && there.epoch >= here.epoch;
        // what was in it here left with it: its contents are of a later filling
        let later = !here.has_contents() || there.has_contents() || there.epoch > here.epoch;
        Ok(longer && later && self.came_from(gone, place)?)
    }

    /// The object lives here, offered to the party that its lock names. Returns its filling and the quantities in it.
    fn let_in(&mut self, seq: u64, locked: Locked, place: &str) -> Result<(u32, Quantities), Halt> {
        let Locked {
            entry,
            to,
            object: there,
            from,
            groups,
            inside,
        } = locked;
        let mark = arrival_mark(&self.chain, seq);
        let id = entry.object;
        let key = keys::object(&id);
        let here = self.o.object(&key)?.filter(|here| here.exists());
        if let Some(here) = here
            && let Some(gone) = self.away(&id, &here)?
        {
            self.end_filling(&id, &here, gone.to)?;
        }
        self.learn(groups)?;
        let parents = vec![there.provenance];
        let digest = provenance(parents.clone(), &mark);
        self.o.trace(Link {
            digest,
            parents,
            event: mark,
        });
        let mut object = Object {
            status: Status::Live,
            pending: Some(Pending {
                to: to.clone(),
                offer: mark,
                stage: Code(0),
            }),
            last_event: mark,
            last_time: self.block.time,
            provenance: digest,
            seq: there.seq.saturating_add(1),
            received: None,
            ..there
        };
        self.localise(&id, &mut object, [self.chain], place)?;
        let quantities = match inside {
            Some(inside) => self.begin_filling(&id, &mut object, inside),
            None => Quantities::new(),
        };
        let epoch = object.epoch;
        let awaited = object.flags.has(Flags::AWAITED);
        self.o.put_object(key, object.into());
        let handover = Handover {
            from,
            to,
            offered: 1,
            accepted: 0,
            returned: 0,
            deadline: None,
            overdue: false,
        };
        self.o.put(keys::handover(&mark), &handover);
        if awaited {
            self.done.woken.insert(Missing::Object(id));
        }
        Ok((epoch, quantities))
    }
}
