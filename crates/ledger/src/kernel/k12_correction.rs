//! K12, append-only correction.
//!
//! * A party declares an event of its own in error by sending the reduced event again: its digest must be the recorded one.
//!   Others may where the profile says so. An event is declared in error once.
//! * The event's record is marked and linked to the declaration and to the corrective events. Nothing is overwritten: the
//!   block with the event, its transaction and its record stay.
//! * An object whose last event it was rolls forward: a further record, which the declaration enters, without the effect of
//!   the event. An object that has moved on since stays as it is, and is named.
//! * Undone this way are creation, ending, hand-over, packing, holding back, stages, attachments, transformations whose
//!   outputs are untouched, and quantities that are still there. Unpacking, withdrawing, declining and documents are not: a
//!   corrective event states what is true.
//! * An event that waits for a predecessor is given up.

use crate::{
    id::{EventId, ObjectId, PartyId},
    kernel::{k05_conservation as k5, k09_containment},
    limits::MAX_CORRECTIVES,
    machine::{Overlay, act::Act, halt::Halt},
    profile::{Op, Plan, Step, Target},
    report::{Effect, Subject, reasons},
    state::{
        Association, Correctives, EventRecord, Flags, Group, Handover, Holder, Key, Nullifier,
        Object, Pending, Status, keys,
    },
    tx::{Quantities, Stock},
};

/// Links a corrective event to the one it corrects.
pub(crate) fn link(
    o: &mut Overlay,
    target: &EventId,
    corrective: &EventId,
    place: &str,
) -> Result<(), Halt> {
    let mut correctives = o
        .get::<Correctives>(&keys::correctives(target))?
        .unwrap_or_default();
    if !correctives.events.contains(corrective) {
        correctives.events.push(*corrective);
    }
    if correctives.events.len() > MAX_CORRECTIVES {
        let message = format!("more than {MAX_CORRECTIVES} events correct it");
        return Err(Halt::refuse(
            &reasons::TOO_MANY_CORRECTIVES,
            Subject::Event(*target),
            place,
            message,
        ));
    }
    o.put(keys::correctives(target), &correctives);
    mark(o, target)
}

/// Marks the record of an event as corrected.
pub(crate) fn mark(o: &mut Overlay, target: &EventId) -> Result<(), Halt> {
    let key = keys::event(target);
    if let Some(mut record) = o.get::<EventRecord>(&key)?
        && !record.corrected
    {
        record.corrected = true;
        o.put(key, &record);
    }
    Ok(())
}

/// Undoes what can be undone of an applied event, step by step from the last.
pub(crate) fn revert(act: &mut Act<'_>, plan: &Plan) -> Result<(), Halt> {
    for step in plan.steps.iter().rev() {
        match &step.op {
            Op::Transform { .. } => revert_transformation(act)?,
            Op::Once { kind, what } => {
                let key = keys::nullifier(*kind, what);
                if act
                    .o
                    .get::<Nullifier>(&key)?
                    .is_some_and(|first| first.event == act.event.id)
                {
                    act.o.remove(key);
                }
            }
            Op::PutDocument { .. } | Op::Empty | Op::Withdraw | Op::Decline | Op::Depart { .. } => {
                unreversed(act);
            }
            Op::Require(_) | Op::Rest(_) => {}
            _ => {
                revert_objects(act, step)?;
                revert_quantities(act, step)?;
            }
        }
    }
    Ok(())
}

fn unreversed(act: &mut Act<'_>) {
    let effect = Effect::Unreversed(act.event.id);
    if !act.effects.contains(&effect) {
        act.effects.push(effect);
    }
}

fn revert_objects(act: &mut Act<'_>, step: &Step) -> Result<(), Halt> {
    let mut voided = 0u64;
    act.each(step.on, |act, named| {
        let id = named.id;
        let object = act.o.object_at(named.spot)?;
        let Some(object) = object.filter(|object| untouched(act, object)) else {
            superseded(act, id);
            return Ok(());
        };
        // An ended object is not live, but may be what is to be undone: load it whatever its status.
        let mut loaded = act.load(named)?;
        let away = matches!(object.status, Status::Away(_)) || loaded.location.away.is_some();
        if away || matches!(step.op, Op::Enclose { .. }) && !loaded.location.ordered.is_empty() {
            // It is another chain's, or an order on the container reaches what is inside: it does not come out by a correction.
            superseded(act, id);
            return Ok(());
        }
        let before = loaded.object.clone();
        match &step.op {
            Op::Create { .. } if object.is_live() => {
                loaded.object.status = Status::Voided;
                voided += 1;
            }
            Op::Terminate { .. } if !object.is_live() => {
                loaded.object.status = Status::Live;
                loaded.object.flags.set(Flags::WITH_CONTENTS, false);
            }
            Op::Reinstate { reasons } if object.is_live() => {
                if let Some(reason) = reasons.first() {
                    loaded.object.status = Status::Terminated(*reason);
                }
            }
            Op::Clear => loaded.object.flags.set(Flags::CLEARED, false),
            Op::Hold => loaded.object.flags.set(Flags::HELD, false),
            Op::Unhold => loaded.object.flags.set(Flags::HELD, true),
            Op::Advance { .. } => loaded.object.stage = loaded.object.stage_before,
            Op::Offer { .. } => {
                if let Some(pending) = loaded.object.pending.take() {
                    act.handovers.entry(pending.offer).or_default().1 += 1;
                }
            }
            Op::Accept { .. } => {
                if let Some(received) = loaded.object.received.take() {
                    // Whoever accepts it again gets it as it is: its stage is not taken back.
                    let arrived = loaded.object.stage;
                    reopen(act, &received.offer)?;
                    loaded.object.holder = Some(Holder::Party(received.from));
                    loaded.object.pending = Some(Pending {
                        to: act.issuer.clone(),
                        offer: received.offer,
                        stage: arrived,
                    });
                }
            }
            Op::Enclose { .. } if loaded.is_inside() => {
                loaded = k09_containment::take_out(act, loaded)?;
            }
            Op::Associate => detach(act, id)?,
            Op::Dissociate => attach(act, id)?,
            Op::Disclose | Op::Use => unreversed(act),
            _ => {}
        }
        k09_containment::mark_changed(act, &loaded, &before)?;
        loaded.object.flags.set(Flags::CORRECTED, true);
        act.effects.push(Effect::RolledForward(id.clone()));
        act.save(loaded);
        Ok(())
    })?;
    if voided > 0
        && let Op::Create { group: Some(new) } = &step.op
    {
        let key = keys::group(&new.group);
        if let Some(mut group) = act.o.get::<Group>(&key)? {
            group.made = group.made.saturating_sub(voided);
            act.o.put(key, &group);
        }
    }
    Ok(())
}

/// Whether the event in error, or its declaration, is the last in the history of the object.
fn untouched(act: &Act<'_>, object: &Object) -> bool {
    object.exists() && (object.last_event == act.event.id || object.last_event == act.mark)
}

fn superseded(act: &mut Act<'_>, id: &ObjectId) {
    let effect = Effect::Superseded(id.clone());
    if !act.effects.contains(&effect) {
        act.effects.push(effect);
    }
}

/// An acceptance is undone: the hand-over is open again.
fn reopen(act: &mut Act<'_>, offer: &EventId) -> Result<(), Halt> {
    let key = keys::handover(offer);
    if let Some(mut handover) = act.o.get::<Handover>(&key)? {
        handover.accepted = handover.accepted.saturating_sub(1);
        act.o.put(key, &handover);
    }
    Ok(())
}

fn relation(act: &Act<'_>, child: &ObjectId) -> Option<Key> {
    act.event
        .parent
        .as_ref()
        .map(|parent| keys::association(parent, child))
}

fn detach(act: &mut Act<'_>, child: &ObjectId) -> Result<(), Halt> {
    if let Some(key) = relation(act, child)
        && act
            .o
            .get::<Association>(&key)?
            .is_some_and(|found| found.event == act.event.id)
    {
        act.o.remove(key);
    }
    Ok(())
}

fn attach(act: &mut Act<'_>, child: &ObjectId) -> Result<(), Halt> {
    if let Some(key) = relation(act, child)
        && !act.o.has(&key)?
    {
        act.o.put(
            key,
            &Association {
                event: act.mark,
                since: act.event.time,
            },
        );
    }
    Ok(())
}

/// Where the quantities of a step came from and went to; `None` stands for nowhere.
fn flow(act: &Act<'_>, op: &Op) -> Option<(Option<Holder>, Option<Holder>)> {
    let own = || Holder::Party(act.issuer.clone());
    let transit = |from: &PartyId, to: &PartyId| Holder::Transit {
        from: from.clone(),
        to: to.clone(),
    };
    match op {
        Op::Create { .. } => Some((None, Some(own()))),
        Op::Terminate { .. } => Some((Some(own()), None)),
        Op::Offer { to, .. } => Some((Some(own()), Some(transit(act.issuer, to)))),
        Op::Accept { from: Some(from) } => Some((Some(transit(from, act.issuer)), Some(own()))),
        _ => None,
    }
}

fn revert_quantities(act: &mut Act<'_>, step: &Step) -> Result<(), Halt> {
    let lines = k5::lines(act, step.on);
    if lines.is_empty() {
        return Ok(());
    }
    match flow(act, &step.op) {
        None if matches!(step.op, Op::Observe) => Ok(()),
        None => {
            unreversed(act);
            Ok(())
        }
        Some((from, to)) => give_back(act, lines, from.as_ref(), to.as_ref()),
    }
}

/// Moves quantities back as far as they are all still there; otherwise leaves them.
fn give_back(
    act: &mut Act<'_>,
    lines: &Quantities,
    from: Option<&Holder>,
    to: Option<&Holder>,
) -> Result<(), Halt> {
    if !all_there(act, lines, to)? {
        unreversed(act);
        return Ok(());
    }
    for (stock, amount) in lines {
        let taken = match to {
            Some(to) => vec![k5::consume(act, to, stock, *amount)?],
            None => Vec::new(),
        };
        if let Some(from) = from {
            k5::produce(act, from, stock, *amount, &taken)?;
        }
    }
    Ok(())
}

fn all_there(act: &Act<'_>, lines: &Quantities, holder: Option<&Holder>) -> Result<bool, Halt> {
    let Some(holder) = holder else {
        return Ok(true);
    };
    let stocks: Vec<&Stock> = lines.keys().collect();
    let wanted: Vec<Key> = stocks
        .iter()
        .map(|stock| keys::balance(holder, stock))
        .collect();
    act.require(&wanted)?;
    for (stock, amount) in lines {
        if k5::balance(act, holder, stock)? < *amount {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A transformation is undone as a whole or not at all: otherwise inputs and outputs would both be in being.
fn revert_transformation(act: &mut Act<'_>) -> Result<(), Halt> {
    let own = Holder::Party(act.issuer.clone());
    let outputs = &act.event.outputs.quantities;
    let mut whole = all_there(act, outputs, Some(&own))?;
    for target in [Target::Outputs, Target::Objects] {
        act.each(target, |act, named| {
            let object = act.o.object_at(named.spot)?;
            whole &= object.is_some_and(|object| untouched(act, &object));
            Ok(())
        })?;
    }
    if !whole {
        unreversed(act);
        return Ok(());
    }
    for (target, status) in [
        (Target::Outputs, Status::Voided),
        (Target::Objects, Status::Live),
    ] {
        act.each(target, |act, named| {
            let mut loaded = act.load(named)?;
            loaded.object.status = status.clone();
            loaded.object.flags.set(Flags::CORRECTED, true);
            act.effects.push(Effect::RolledForward(named.id.clone()));
            act.save(loaded);
            Ok(())
        })?;
    }
    give_back(act, outputs, None, Some(&own))?;
    let inputs = &act.event.quantities;
    give_back(act, inputs, Some(&own), None)
}
