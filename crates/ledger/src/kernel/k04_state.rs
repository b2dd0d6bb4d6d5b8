//! K4, state transitions and compare-and-swap.
//!
//! * If an event states the last event of an object, that must be the tip. If it is not and the stated event has not been
//!   applied yet, the event waits for it; if it has, somebody was faster and the event is refused.
//! * An object that has ended takes part in nothing any more, unless it is reinstated.
//! * Holding back is a fact of its own: it changes neither status nor custody, and ends only explicitly.
//! * Stages are the profile's own states; a transition must start from one of those it names.

use crate::{
    id::{Code, EventId, ObjectId},
    kernel::{k05_conservation, k06_orders, k09_containment},
    machine::{
        act::{Act, Loaded},
        halt::Halt,
    },
    profile::{Contents, Guard, Step, Waits},
    report::{Refusal, Subject, reasons},
    state::{EventRecord, EventState, Flags, Group, Holder, Key, Missing, Object, Status, keys},
};

/// Compare-and-swap: the stated last events must be the tips.
pub(crate) fn expected(act: &mut Act<'_>) -> Result<(), Halt> {
    let event = act.event;
    if event.expected.is_empty() {
        return Ok(());
    }
    let mut wanted: Vec<Key> = event.expected.keys().map(keys::object).collect();
    wanted.extend(event.expected.values().map(keys::event));
    act.require(&wanted)?;
    for (id, previous) in &event.expected {
        let object: Option<Object> = act.o.get(&keys::object(id))?;
        let tip = object
            .as_ref()
            .filter(|object| object.exists())
            .map(|object| object.last_event);
        if tip == Some(*previous) {
            continue;
        }
        let place = format!("{}/expected", act.place);
        let message = match tip {
            Some(tip) => format!("the last event of the object is {tip}, not {previous}"),
            None => format!("the object does not exist; its last event should be {previous}"),
        };
        let refusal = Refusal::new(
            &reasons::STALE_PREVIOUS,
            Subject::Object(id.clone()),
            place,
            message,
        );
        if is_applied(act, previous)? {
            return Err(refusal.into());
        }
        return Err(act.waits(Waits::PREVIOUS, vec![Missing::Object(id.clone())], refusal));
    }
    Ok(())
}

fn is_applied(act: &Act<'_>, event: &EventId) -> Result<bool, Halt> {
    let record: Option<EventRecord> = act.o.get(&keys::event(event))?;
    Ok(record.is_some_and(|record| record.state == EventState::Applied))
}

/// The event enters the history of the objects.
pub(crate) fn observe(act: &mut Act<'_>, step: &Step) -> Result<(), Halt> {
    act.each(step.on, |act, index, id, key| {
        let loaded = act.live(step.on, index, id, key)?;
        act.by_custodian(step, &loaded)?;
        k06_orders::check(act, step.blocked_by, &loaded)?;
        act.save(loaded);
        Ok(())
    })?;
    let holder = Holder::Party(act.issuer.clone());
    k05_conservation::each_line(act, step.on, |act, stock, amount| {
        k05_conservation::at_least(act, &holder, stock, amount)
    })
}

/// The custodian holds objects back.
pub(crate) fn hold(act: &mut Act<'_>, step: &Step) -> Result<(), Halt> {
    act.each(step.on, |act, index, id, key| {
        let mut loaded = free(act, step, index, id, key)?;
        if loaded.object.flags.has(Flags::HELD) {
            return Err(act.waits_for(
                &loaded,
                Waits::STAGE,
                &reasons::ALREADY_HELD,
                "it is held back already",
            ));
        }
        loaded.object.flags.set(Flags::HELD, true);
        act.save(loaded);
        Ok(())
    })
}

/// The custodian no longer holds objects back.
pub(crate) fn unhold(act: &mut Act<'_>, step: &Step) -> Result<(), Halt> {
    act.each(step.on, |act, index, id, key| {
        let mut loaded = act.live(step.on, index, id, key)?;
        act.by_custodian(step, &loaded)?;
        if !loaded.object.flags.has(Flags::HELD) {
            return Err(act.waits_for(
                &loaded,
                Waits::STAGE,
                &reasons::NOT_HELD,
                "it is not held back",
            ));
        }
        loaded.object.flags.set(Flags::HELD, false);
        act.save(loaded);
        Ok(())
    })
}

/// Objects go from one stage to another.
pub(crate) fn advance(act: &mut Act<'_>, step: &Step, from: &[Code], to: Code) -> Result<(), Halt> {
    act.each(step.on, |act, index, id, key| {
        let mut loaded = act.live(step.on, index, id, key)?;
        act.by_custodian(step, &loaded)?;
        k06_orders::check(act, step.blocked_by, &loaded)?;
        at_stage(act, &loaded, from)?;
        loaded.object.stage_before = loaded.object.stage;
        loaded.object.stage = to;
        act.save(loaded);
        Ok(())
    })
}

fn at_stage(act: &Act<'_>, loaded: &Loaded, stages: &[Code]) -> Result<(), Halt> {
    let stage = loaded.object.stage;
    if stages.is_empty() || stages.contains(&stage) {
        return Ok(());
    }
    let name = act
        .profile
        .describe(stage)
        .map_or_else(|| stage.to_string(), str::to_owned);
    Err(act.waits_for(
        loaded,
        Waits::STAGE,
        &reasons::WRONG_STAGE,
        format!("the object is at stage {name}"),
    ))
}

/// Objects and quantities end for good.
pub(crate) fn terminate(
    act: &mut Act<'_>,
    step: &Step,
    reason: Code,
    contents: Contents,
) -> Result<(), Halt> {
    act.each(step.on, |act, index, id, key| {
        let peek = act.live(step.on, index, id, key)?;
        if contents == Contents::Take && act.covered(step, &peek) {
            return Ok(());
        }
        let mut loaded = free(act, step, index, id, key)?;
        not_offered(act, &loaded)?;
        if loaded.object.children > 0 || !loaded.object.inside.is_empty() {
            match contents {
                Contents::Refuse => {
                    let message = format!("{} objects are inside", loaded.object.children);
                    return Err(act.waits_for(&loaded, Waits::PLACE, &reasons::NOT_EMPTY, message));
                }
                Contents::Release => k09_containment::release_contents(act, &mut loaded)?,
                Contents::Take => loaded.object.flags.set(Flags::WITH_CONTENTS, true),
            }
        }
        loaded.object.status = Status::Terminated(reason);
        act.save(loaded);
        Ok(())
    })?;
    let holder = Holder::Party(act.issuer.clone());
    k05_conservation::each_line(act, step.on, |act, stock, amount| {
        k06_orders::stock(act, step.blocked_by, stock)?;
        k05_conservation::consume(act, &holder, stock, amount).map(|_| ())
    })
}

/// Objects that had ended are in being again.
pub(crate) fn reinstate(act: &mut Act<'_>, step: &Step, from: &[Code]) -> Result<(), Halt> {
    act.each(step.on, |act, index, id, key| {
        let mut loaded = act.load(step.on, index, id, key)?;
        let ended =
            matches!(&loaded.object.status, Status::Terminated(reason) if from.contains(reason));
        if !ended {
            let message = "the object has not ended for a reason that can be undone";
            return Err(act.waits_for(&loaded, Waits::STAGE, &reasons::NOT_TERMINATED, message));
        }
        act.by_custodian(step, &loaded)?;
        k06_orders::check(act, step.blocked_by, &loaded)?;
        loaded.object.status = Status::Live;
        loaded.object.flags.set(Flags::WITH_CONTENTS, false);
        act.save(loaded);
        Ok(())
    })
}

/// A live object that the actor may act upon by itself: in no container, or taken out of it by inference, and not blocked.
pub(crate) fn free(
    act: &mut Act<'_>,
    step: &Step,
    index: usize,
    id: &ObjectId,
    key: Key,
) -> Result<Loaded, Halt> {
    let loaded = act.live(step.on, index, id, key)?;
    act.by_custodian(step, &loaded)?;
    k06_orders::check(act, step.blocked_by, &loaded)?;
    k09_containment::outermost(act, step, loaded)
}

/// The object is not on its way to somebody.
pub(crate) fn not_offered(act: &Act<'_>, loaded: &Loaded) -> Result<(), Halt> {
    match loaded.pending() {
        None => Ok(()),
        Some(pending) => {
            let message = format!(
                "it was offered to {} with event {}",
                pending.to, pending.offer
            );
            Err(act.waits_for(loaded, Waits::CUSTODY, &reasons::ALREADY_OFFERED, message))
        }
    }
}

/// A condition that changes nothing.
pub(crate) fn guard(act: &mut Act<'_>, step: &Step, guard: &Guard) -> Result<(), Halt> {
    act.each(step.on, |act, index, id, key| {
        let loaded = act.live(step.on, index, id, key)?;
        act.by_custodian(step, &loaded)?;
        k06_orders::check(act, step.blocked_by, &loaded)?;
        match guard {
            Guard::Live | Guard::ExactContents => Ok(()),
            Guard::Stage(stages) => at_stage(act, &loaded, stages),
            Guard::InGroup(group) if loaded.object.group.as_ref() == Some(group) => Ok(()),
            Guard::InGroup(group) => {
                let own = loaded
                    .object
                    .group
                    .as_ref()
                    .map_or_else(|| "none".to_owned(), ToString::to_string);
                Err(act.refuses(
                    &loaded,
                    &reasons::GUARD_FAILED,
                    format!("its group is {own}, not {group}"),
                ))
            }
            Guard::GroupAttribute {
                code,
                test,
                required,
                refusal,
            } => {
                let group = match &loaded.object.group {
                    Some(group) => act.o.get::<Group>(&keys::group(group))?,
                    None => None,
                };
                let value = group.as_ref().and_then(|group| group.attributes.get(code));
                if value.map_or(!required, |value| test.passes(value)) {
                    return Ok(());
                }
                let shown = value.map_or_else(|| "absent".to_owned(), ToString::to_string);
                let mut halt = Refusal::new(
                    &reasons::GUARD_FAILED,
                    Subject::Object(loaded.id.clone()),
                    loaded.place.clone(),
                    format!("attribute {code} of its group is {shown}"),
                );
                halt.code = refusal;
                Err(halt.into())
            }
        }
    })?;
    if !matches!(guard, Guard::Live) {
        return Ok(());
    }
    let holder = Holder::Party(act.issuer.clone());
    k05_conservation::each_line(act, step.on, |act, stock, amount| {
        k05_conservation::at_least(act, &holder, stock, amount)
    })
}
