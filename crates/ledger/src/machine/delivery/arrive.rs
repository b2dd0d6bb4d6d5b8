//! An object that another chain locked for this one.

use crate::{
    codec::Wire as _,
    hash::{ARRIVAL_DOMAIN, provenance, sha256},
    id::{Code, Digest32, GroupId, PartyId, TimeMs},
    kernel::k02_authority,
    machine::{Link, halt::Halt},
    report::{Effect, reasons},
    state::{
        Channel, Flags, Group, Handover, Holder, InboxEntry, InboxResult, Missing, Object,
        OutboxEntry, OutboxKind, Pending, Status, Unwelcome, keys,
    },
    tx::OrderScope,
};

use super::Work;

/// A lock of the other chain, with the record that it left.
struct Locked {
    entry: OutboxEntry,
    to: PartyId,
    object: Object,
    from: PartyId,
    /// The object's group there, unless it has none.
    group: Option<(GroupId, Group)>,
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
        self.effects.push(Effect::Arrived {
            chain: self.chain,
            seq,
            object: locked.entry.object.clone(),
            group: locked.object.group.clone(),
            from: locked.from.clone(),
            to: locked.to.clone(),
            result,
        });
        if result == InboxResult::Accepted {
            self.let_in(seq, locked)?;
        }
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
        let group = match &object.group {
            None => None,
            Some(id) => {
                let shown = self.shown(&keys::group(id), "the object's group", place)?;
                let Some(shown) = shown else {
                    return Err(wrong("the object's group is not there"));
                };
                Some((id.clone(), self.read(shown, "the object's group", place)?))
            }
        };
        let locked = Locked {
            entry,
            to,
            object,
            from,
            group,
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
        let here = self.o.object(&keys::object(&locked.entry.object))?;
        let free = here.as_ref().is_none_or(|here| match &here.status {
            Status::Unknown => true,
            Status::Away(chain) => *chain == self.chain,
            Status::Live | Status::Terminated(_) | Status::Voided => false,
        });
        if !free {
            return Ok(Some(Unwelcome::Present));
        }
        if let Some((id, there)) = &locked.group
            && let Some(here) = self.o.get::<Group>(&keys::group(id))?
            && (here.attributes != there.attributes
                || here.class != there.class
                || here.made_of != there.made_of)
        {
            return Ok(Some(Unwelcome::Group));
        }
        Ok(None)
    }

    /// The object lives here, offered to the party that its lock names.
    fn let_in(&mut self, seq: u64, locked: Locked) -> Result<(), Halt> {
        let Locked {
            entry,
            to,
            object: there,
            from,
            group,
        } = locked;
        let mark = self.mark(ARRIVAL_DOMAIN, seq);
        let id = entry.object;
        let key = keys::object(&id);
        let here = self.o.object(&key)?;
        let ordered = self
            .o
            .has(&keys::orders_on(&OrderScope::Object(id.clone())))?;
        let awaited = here
            .as_ref()
            .is_some_and(|here| here.flags.has(Flags::AWAITED));
        if let Some((group, record)) = group {
            let key = keys::group(&group);
            if !self.o.has(&key)? {
                // its members are made where they are made: nothing of it is made here
                let here = Group {
                    made: 0,
                    limit: Some(0),
                    ..record
                };
                self.o.put(key, &here);
            }
        }
        let parents = vec![there.provenance];
        let digest = provenance(parents.clone(), &mark);
        self.o.trace(Link {
            digest,
            parents,
            event: mark,
        });
        let mut flags = there.flags;
        flags.set(Flags::ORDERS, ordered);
        flags.set(Flags::AWAITED, awaited);
        let object = Object {
            status: Status::Live,
            flags,
            pending: Some(Pending {
                to: to.clone(),
                offer: mark,
                stage: Code(0),
            }),
            last_event: mark,
            last_time: self.block.time,
            provenance: digest,
            seq: there.seq.saturating_add(1),
            epoch: here.as_ref().map_or(0, |here| here.epoch),
            children: 0,
            height: 0,
            contents: Digest32([0; 32]),
            inside: std::collections::BTreeMap::new(),
            received: None,
            ..there
        };
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
            self.woken.insert(Missing::Object(id));
        }
        Ok(())
    }
}
