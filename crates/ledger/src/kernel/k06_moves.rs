//! K6 between chains: an object lives on one chain at a time.
//!
//! * *Depart*: the custodian locks an object here and names who may accept it on the other chain, and until when. From that
//!   event on the object is away: nothing happens to it here. The lock is an outbox entry with the digest of the record.
//! * *Arrive*: the other chain lets it in or refuses it, once; its inbox entry decides. It is let in as an offer: the custodian
//!   stays who it was until the party that was named accepts it there.
//! * *Settle*: this chain takes note of that decision, once. A refused object lives here again. So does one that was not let in
//!   in time, because no chain lets an object in after the time of its lock: that there is no inbox entry in a
//!   state after that time is proof that there never will be one.
//! * No clock of this chain ends a lock.
//! * *Contents* follow their container by that one record. They are frozen where they are, and the container begins a filling
//!   on the other chain, which remembers from where it came ([`Filling`](crate::state::Filling)). Whatever is inside is brought
//!   in when it is first needed: by proof of its last record. The last chain on the way has it that brought it in, or in
//!   which it was put into the container; that a chain did neither is proven too.

use crate::{
    codec::Wire as _,
    hash::sha256,
    id::{ChainId, Digest32, ObjectId, PartyId, TimeMs},
    kernel::k04_state,
    machine::{
        Overlay,
        act::{Act, Loaded},
        halt::Halt,
    },
    profile::Step,
    report::{Effect, Subject, reasons},
    say,
    state::{
        Channel, Content, Filling, ForeignChain, Key, OutboxEntry, OutboxKind, Status, TxRecord,
        keys,
    },
};

/// A chain that is registered and believed.
pub(crate) fn believed(o: &Overlay, chain: &ChainId, place: &str) -> Result<ForeignChain, Halt> {
    let Some(record) = o.get::<ForeignChain>(&keys::foreign_chain(chain))? else {
        let message = say![chain, " is not registered here"];
        let subject = Subject::Chain(*chain);
        return Err(Halt::refuse(
            &reasons::UNKNOWN_CHAIN,
            subject,
            place,
            message,
        ));
    };
    if let Some(since) = record.suspended {
        let message = format!("it is suspended since height {since}");
        let subject = Subject::Chain(*chain);
        return Err(Halt::refuse(
            &reasons::CHAIN_SUSPENDED,
            subject,
            place,
            message,
        ));
    }
    Ok(record)
}

/// What is put into a container that came filled from another chain: the filling's own chains do not have the last word on it.
pub(crate) fn mark_packed(
    act: &mut Act<'_>,
    step: &Step,
    container: &ObjectId,
    epoch: u32,
) -> Result<(), Halt> {
    if epoch == 0 {
        return Ok(());
    }
    let filling: Option<Filling> = act.o.get(&keys::filling(container, epoch))?;
    if filling.is_none_or(|filling| filling.came.is_none()) {
        return Ok(());
    }
    let height = act.moment.height;
    for object in act.objects(step.on)? {
        let key = keys::brought(container, epoch, object);
        act.o.put(key, &TxRecord { height });
    }
    Ok(())
}

/// Objects are locked here and offered to a party of another chain.
pub(crate) fn depart(
    act: &mut Act<'_>,
    step: &Step,
    chain: &ChainId,
    to: &PartyId,
    until: TimeMs,
) -> Result<(), Halt> {
    let channel_key = keys::channel(chain);
    act.require([&keys::foreign_chain(chain), &channel_key])?;
    believed(act.o, chain, act.place)?;
    let mut channel: Channel = act.o.get(&channel_key)?.unwrap_or_default();
    act.each(step.on, |act, named| {
        let loaded = act.live(named)?;
        let mut loaded = k04_state::freed(act, step, loaded)?;
        k04_state::not_offered(act, &loaded)?;
        groups_known(act, &loaded)?;
        loaded.object.status = Status::Away(*chain);
        act.enter(&mut loaded.object, &loaded.joins);
        let entry = OutboxEntry {
            kind: OutboxKind::Lock {
                to: to.clone(),
                until,
            },
            object: loaded.id.clone(),
            record: Digest32(sha256(&[&loaded.object.travelling().to_bytes()])),
            provenance: loaded.object.provenance,
            height: act.moment.height,
        };
        let seq = channel.next_out;
        channel.next_out += 1;
        act.o.put(keys::outbox(chain, seq), &entry);
        act.effects.push(Effect::Departed {
            chain: *chain,
            seq,
            object: loaded.id.clone(),
        });
        act.store(&loaded.id, loaded.spot, loaded.object);
        Ok(())
    })?;
    act.o.put(channel_key, &channel);
    Ok(())
}

/// The groups of the object and of what is inside it are recorded: the other chain asks for each.
fn groups_known(act: &Act<'_>, loaded: &Loaded) -> Result<(), Halt> {
    let inside = loaded.object.inside.keys();
    let groups: Vec<Key> = inside
        .filter_map(|content| match content {
            Content::Group(group) => Some(keys::group(group)),
            _ => None,
        })
        .collect();
    act.require(&groups)?;
    for group in groups {
        if !act.o.has(&group)? {
            let message = "nothing is recorded of the group of a quantity inside";
            return Err(act.refuses(loaded, &reasons::GROUP_UNKNOWN, message));
        }
    }
    Ok(())
}
