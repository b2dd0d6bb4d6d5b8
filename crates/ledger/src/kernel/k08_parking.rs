//! K8, parking: an event that came before its predecessor is kept until a deadline.
//!
//! * It is recorded under everything whose change may make it possible: the object, its containers, a balance. Those carry a
//!   flag, so that a change of an object that nobody waits for costs nothing.
//! * It is tried again whenever one of them changes; of what becomes possible at once, earlier events first, whatever they
//!   waited for. What it waits for may change, its deadline not.
//! * At the deadline it becomes an exception: the event's record says `Expired`, and the event may be sent again.
//! * How many events wait for one thing is bounded, and how many objects those of one party name. A payload carried by the
//!   event stays in its block; what waits keeps the digest.
//!
//! **What is promised of the order**: a valid history leads to the same objects, custody, histories and hand-overs in
//! whatever order its events arrive, as long as none comes after a deadline (what one block cannot do goes on in the
//! next), if each event states (`Event::expected`, K4)
//! * the last event of every object it writes: those it names, its parent, and the containers that something comes out of;
//! * for what came out of a container when that was emptied as a whole, the event that emptied it.
//!
//! **What is not**:
//! * An act in place on something in a filled container (an observation, a stage, a condition) rests on the custodian, holds
//!   and stages of containers that it does not write. It is judged by them as they are when it is applied. It may state
//!   their last events: then it is applied upon exactly those, and refused as `stale-previous` if they have moved on, at
//!   once or, having waited, as an exception on record. To judge it by what they were, each event of a container would
//!   have to leave a record behind.
//! * An event that states nothing is applied as soon as the recorded state allows. That is the true order as long as goods
//!   and quantities come to no party twice and nothing is sent on before it is complete; otherwise an event that is possible
//!   already may come before one that is still missing, and the latter waits until its deadline. Nothing in the events
//!   tells that one is missing.

use crate::{
    limits::{MAX_MISSING, MAX_PARKED_PER_SUBJECT},
    machine::{
        Overlay,
        halt::{Halt, Needs},
    },
    report::{Subject, reasons},
    state::{
        Balance, Due, Feed, Flags, Missing, Object, Parked, Quota, Usage, WaitingEntry,
        WaitingList, keys,
    },
};

/// Parks an event.
pub(crate) fn park(
    o: &mut Overlay,
    mut parked: Parked,
    quota: Quota,
    place: &str,
) -> Result<(), Halt> {
    parked.missing.truncate(MAX_MISSING);
    let key = keys::usage(&parked.issuer);
    let mut usage = o.get::<Usage>(&key)?.unwrap_or_default();
    usage.parked = usage.parked.saturating_add(parked.event.weight());
    if usage.parked > quota.parked {
        let message = format!(
            "its waiting events would name {} objects of at most {}",
            usage.parked, quota.parked
        );
        return Err(Halt::refuse(
            &reasons::PARKING_FULL,
            Subject::Party(parked.issuer),
            place,
            message,
        ));
    }
    o.put(key, &usage);
    subscribe(o, &parked, place)?;
    o.defer(parked.deadline, Due::Parked(parked.event.id));
    o.put(keys::parked(&parked.event.id), &parked);
    Ok(())
}

/// Ends the waiting of an event, whatever became of it.
pub(crate) fn unpark(o: &mut Overlay, parked: &Parked) -> Result<(), Halt> {
    unsubscribe(o, parked)?;
    o.remove(keys::parked(&parked.event.id));
    let key = keys::usage(&parked.issuer);
    let mut usage = o.get::<Usage>(&key)?.unwrap_or_default();
    usage.parked = usage.parked.saturating_sub(parked.event.weight());
    o.put(key, &usage);
    Ok(())
}

/// The event waits for something else from here on.
pub(crate) fn wait_for(
    o: &mut Overlay,
    mut parked: Parked,
    mut missing: Vec<Missing>,
) -> Result<(), Halt> {
    missing.truncate(MAX_MISSING);
    if parked.missing == missing {
        return Ok(());
    }
    unsubscribe(o, &parked)?;
    parked.missing = missing;
    subscribe(o, &parked, "")?;
    o.put(keys::parked(&parked.event.id), &parked);
    Ok(())
}

fn entry(parked: &Parked) -> WaitingEntry {
    WaitingEntry {
        time: parked.event.time,
        event: parked.event.id,
    }
}

fn subscribe(o: &mut Overlay, parked: &Parked, place: &str) -> Result<(), Halt> {
    let mut needs = Needs::default();
    for missing in &parked.missing {
        needs.note(subscribe_to(o, missing, parked, place))?;
    }
    needs.done()
}

fn subscribe_to(
    o: &mut Overlay,
    missing: &Missing,
    parked: &Parked,
    place: &str,
) -> Result<(), Halt> {
    let key = keys::waiting(missing);
    let mut list = o.get::<WaitingList>(&key)?.unwrap_or_default();
    list.entries.insert(entry(parked));
    if list.entries.len() > MAX_PARKED_PER_SUBJECT {
        let message = format!("{MAX_PARKED_PER_SUBJECT} events wait for the same thing already");
        return Err(Halt::refuse(
            &reasons::PARKING_FULL,
            Subject::Event(parked.event.id),
            place,
            message,
        ));
    }
    flag(o, missing, true)?;
    o.put(key, &list);
    Ok(())
}

fn unsubscribe(o: &mut Overlay, parked: &Parked) -> Result<(), Halt> {
    let mut needs = Needs::default();
    for missing in &parked.missing {
        needs.note(unsubscribe_from(o, missing, parked))?;
    }
    needs.done()
}

fn unsubscribe_from(o: &mut Overlay, missing: &Missing, parked: &Parked) -> Result<(), Halt> {
    let key = keys::waiting(missing);
    let mut list = o.get::<WaitingList>(&key)?.unwrap_or_default();
    list.entries.remove(&entry(parked));
    if list.entries.is_empty() {
        o.remove(key);
        flag(o, missing, false)
    } else {
        o.put(key, &list);
        Ok(())
    }
}

/// Marks the thing as awaited or not. A record that carries nothing else goes.
fn flag(o: &mut Overlay, missing: &Missing, on: bool) -> Result<(), Halt> {
    match missing {
        Missing::Object(id) => {
            let key = keys::object(id);
            let known = o.object(&key)?;
            let mut object = known.unwrap_or_else(|| Object::unknown().into());
            if object.flags.has(Flags::AWAITED) == on {
                return Ok(());
            }
            object.flags.set(Flags::AWAITED, on);
            if object.exists() || !object.flags.is_empty() {
                o.put_object(key, object);
            } else {
                o.remove(key);
            }
        }
        Missing::Feed { chain, lane } => {
            let key = keys::feed(chain);
            let mut feed = o.get::<Feed>(&key)?.unwrap_or_default();
            if on {
                feed.lanes.insert(*lane);
            } else {
                feed.lanes.remove(lane);
            }
            o.put(key, &feed);
        }
        // whoever delivers a walk, or a fact, looks whether it is awaited
        Missing::Ancestry(_) | Missing::Fact { .. } => {}
        Missing::Stock { holder, stock } => {
            let key = keys::balance(holder, stock);
            let mut balance = o.get::<Balance>(&key)?.unwrap_or_else(Balance::empty);
            if balance.awaited == on {
                return Ok(());
            }
            balance.awaited = on;
            if on || balance.amount.0 > 0 {
                o.put(key, &balance);
            } else {
                o.remove(key);
            }
        }
    }
    Ok(())
}
