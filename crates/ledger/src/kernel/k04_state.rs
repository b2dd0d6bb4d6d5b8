//! K4, state transitions and compare-and-swap.
//!
//! * If an event states the last event of an object, that must be the tip. If it is not and the stated event has not been
//!   applied yet, the event waits for it; if it has, somebody was faster and the event is refused.
//! * What came out of a container when it was emptied as a whole is not written by that, and rests on it all the same: of a
//!   container that the event does not name, the one that ended the filling in which the other stated objects were will
//!   do as well as the tip. What the container went through later is not their affair.
//! * An object that has ended takes part in nothing any more, unless it is reinstated.
//! * Holding back is a fact of its own: it changes neither status nor custody, and ends only explicitly.
//! * Stages are the profile's own states; a transition must start from one of those it names. A container lends its stage to
//!   what is inside: who asks for a stage asks it of the containers around an object and of everything inside it as well,
//!   and nothing inside a container makes a transition to a stage below the container's.
//! * What was used in part is whole no more, and neither is a container with it.

use std::collections::BTreeMap;

use crate::{
    id::{Code, EventId, GroupId, ObjectId},
    kernel::{k05_conservation, k06_ancestry, k06_clearance, k06_orders, k09_containment},
    machine::{
        act::{Act, Loaded, Named},
        halt::Halt,
    },
    profile::{Contents, Guard, Step, Test, Waits},
    report::{Message, Part, Refusal, Subject, reasons},
    say,
    state::{
        Content, EventRecord, EventState, Flags, Group, Holder, Key, Missing, Placement, Released,
        Status, keys,
    },
};

/// Compare-and-swap: the stated last events must be the tips, or have let the other stated objects out.
pub(crate) fn expected(act: &mut Act<'_>) -> Result<(), Halt> {
    let event = act.event;
    if event.expected.is_empty() {
        return Ok(());
    }
    let mut wanted: Vec<Key> = event.expected.keys().map(keys::object).collect();
    wanted.extend(event.expected.values().map(keys::event));
    act.require(&wanted)?;
    let mut fillings = None;
    let mut stale = None;
    for (id, previous) in &event.expected {
        let object = act.o.object(&keys::object(id))?;
        let tip = object
            .as_ref()
            .filter(|object| object.exists())
            .map(|object| object.last_event);
        if tip == Some(*previous) {
            continue;
        }
        let named = event.names(id);
        if !named && let_out(act, &mut fillings, id, previous)? {
            continue;
        }
        let place = format!("{}/expected", act.place);
        let message = match tip {
            Some(tip) => say!["its last event is ", tip, ", not ", previous],
            None => say!["it does not exist; its last event should be ", previous],
        };
        let refusal = Refusal::new(
            &reasons::STALE_PREVIOUS,
            Subject::Object(id.clone()),
            place,
            message,
        );
        if !is_applied(act, previous)? {
            return Err(act.waits(Waits::PREVIOUS, vec![Missing::Object(id.clone())], refusal));
        }
        if named {
            return Err(refusal.into());
        }
        // Whether it was that event which let the others out is known once they are at their own stated events.
        stale.get_or_insert(refusal);
    }
    stale.map_or(Ok(()), |refusal| Err(refusal.into()))
}

/// The last filling of each container in which one of the objects is whose last events the event states.
type Fillings = BTreeMap<ObjectId, u32>;

/// Whether `previous` ended the filling of `container` in which the objects are whose last events the event states.
fn let_out(
    act: &Act<'_>,
    fillings: &mut Option<Fillings>,
    container: &ObjectId,
    previous: &EventId,
) -> Result<bool, Halt> {
    let known = match fillings {
        Some(known) => known,
        None => fillings.insert(stated_fillings(act)?),
    };
    let Some(epoch) = known.get(container) else {
        return Ok(false);
    };
    let released: Option<Released> = act.o.get(&keys::released(container, *epoch))?;
    Ok(released.is_some_and(|released| released.event == *previous))
}

fn stated_fillings(act: &Act<'_>) -> Result<Fillings, Halt> {
    let mut fillings = Fillings::new();
    for (id, previous) in &act.event.expected {
        let object = act.o.object(&keys::object(id))?;
        // A container that moved on after it let others out is not one of them.
        let object = object.filter(|object| object.last_event == *previous);
        let placement = object.as_ref().and_then(|object| object.placement());
        if let Some(Placement { container, epoch }) = placement {
            let last = fillings.entry(container.clone()).or_default();
            *last = (*last).max(*epoch);
        }
    }
    Ok(fillings)
}

fn is_applied(act: &Act<'_>, event: &EventId) -> Result<bool, Halt> {
    let record: Option<EventRecord> = act.o.get(&keys::event(event))?;
    Ok(record.is_some_and(|record| record.state == EventState::Applied))
}

/// The event enters the history of the objects.
pub(crate) fn observe(act: &mut Act<'_>, step: &Step) -> Result<(), Halt> {
    act.each(step.on, |act, named| {
        let loaded = act.live(named)?;
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
    act.each(step.on, |act, named| {
        let mut loaded = free(act, step, named)?;
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
    act.each(step.on, |act, named| {
        let mut loaded = act.live(named)?;
        act.by_custodian(step, &loaded)?;
        if !loaded.object.flags.has(Flags::HELD) {
            return Err(act.waits_for(
                &loaded,
                Waits::STAGE,
                &reasons::NOT_HELD,
                "it is not held back",
            ));
        }
        let before = loaded.object.clone();
        loaded.object.flags.set(Flags::HELD, false);
        k09_containment::mark_changed(act, &loaded, &before)?;
        act.save(loaded);
        Ok(())
    })
}

/// Part of each object is used up.
pub(crate) fn use_part(act: &mut Act<'_>, step: &Step) -> Result<(), Halt> {
    act.each(step.on, |act, named| {
        let mut loaded = free(act, step, named)?;
        not_offered(act, &loaded)?;
        loaded.object.flags.set(Flags::USED, true);
        act.save(loaded);
        Ok(())
    })
}

/// Objects go from one stage to another.
pub(crate) fn advance(act: &mut Act<'_>, step: &Step, from: &[Code], to: Code) -> Result<(), Halt> {
    act.each(step.on, |act, named| {
        let mut loaded = act.live(named)?;
        act.by_custodian(step, &loaded)?;
        k06_orders::check(act, step.blocked_by, &loaded)?;
        if step.infer {
            loaded = k09_containment::outermost(act, step, loaded)?;
        }
        if !from.is_empty() {
            if !from.contains(&loaded.object.stage) {
                let message = say!["it is at stage ", loaded.object.stage];
                return Err(act.waits_for(&loaded, Waits::STAGE, &reasons::WRONG_STAGE, message));
            }
            around_at(act, &loaded, |stage| stage <= to)?;
        }
        let before = loaded.object.clone();
        loaded.object.stage_before = loaded.object.stage;
        loaded.object.stage = to;
        k09_containment::mark_changed(act, &loaded, &before)?;
        act.save(loaded);
        Ok(())
    })
}

/// The object, what is around it and what is inside it are at one of these stages.
fn at_stage(act: &Act<'_>, loaded: &Loaded, stages: &[Code]) -> Result<(), Halt> {
    let wrong = |message| Err(act.waits_for(loaded, Waits::STAGE, &reasons::WRONG_STAGE, message));
    if stages.is_empty() {
        return Ok(());
    }
    if !stages.contains(&loaded.object.stage) {
        return wrong(say!["it is at stage ", loaded.object.stage]);
    }
    around_at(act, loaded, |stage| stages.contains(&stage))?;
    for (content, count) in &loaded.object.inside {
        if let Content::Stage(stage) = content
            && !stages.contains(stage)
        {
            return wrong(say![*count, " inside: at stage ", *stage]);
        }
    }
    Ok(())
}

/// The containers around the object are at their first stage or at one that is allowed.
fn around_at(act: &Act<'_>, loaded: &Loaded, allowed: impl Fn(Code) -> bool) -> Result<(), Halt> {
    let mut around = loaded.location.stages.iter();
    let Some(stage) = around.find(|stage| !allowed(**stage)) else {
        return Ok(());
    };
    let message = say!["the container around it is at stage ", *stage];
    Err(act.waits_for(loaded, Waits::STAGE, &reasons::WRONG_STAGE, message))
}

/// No part of the object, or of anything inside it, was used up.
fn whole(act: &Act<'_>, loaded: &Loaded) -> Result<(), Halt> {
    let message = if loaded.object.flags.has(Flags::USED) {
        say!["part of it was used"]
    } else if let Some(count) = loaded.object.inside.get(&Content::Used) {
        say![*count, " inside: used in part"]
    } else {
        return Ok(());
    };
    Err(act.refuses(loaded, &reasons::NOT_WHOLE, message))
}

/// Objects and quantities end for good.
pub(crate) fn terminate(
    act: &mut Act<'_>,
    step: &Step,
    reason: Code,
    contents: Contents,
) -> Result<(), Halt> {
    act.each(step.on, |act, named| {
        let loaded = act.live(named)?;
        if contents == Contents::Take && act.covered(step, &loaded) {
            return Ok(());
        }
        let mut loaded = freed(act, step, loaded)?;
        not_offered(act, &loaded)?;
        if loaded.object.has_contents() {
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
    act.each(step.on, |act, named| {
        let mut loaded = act.load(named)?;
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
pub(crate) fn free(act: &mut Act<'_>, step: &Step, named: Named<'_>) -> Result<Loaded, Halt> {
    let loaded = act.live(named)?;
    freed(act, step, loaded)
}

/// The same of an object that was looked at.
pub(crate) fn freed(act: &mut Act<'_>, step: &Step, loaded: Loaded) -> Result<Loaded, Halt> {
    act.by_custodian(step, &loaded)?;
    k06_orders::check(act, step.blocked_by, &loaded)?;
    k09_containment::outermost(act, step, loaded)
}

/// The object is not on its way to somebody.
pub(crate) fn not_offered(act: &Act<'_>, loaded: &Loaded) -> Result<(), Halt> {
    match loaded.pending() {
        None => Ok(()),
        Some(pending) => {
            let message = say!["it was offered to ", &pending.to, " by ", pending.offer];
            Err(act.waits_for(loaded, Waits::CUSTODY, &reasons::ALREADY_OFFERED, message))
        }
    }
}

/// What does not pass: an attribute of the object's group, or of a group inside it.
fn group_fails(
    act: &Act<'_>,
    loaded: &Loaded,
    code: Code,
    test: &Test,
    required: bool,
) -> Result<Option<Message>, Halt> {
    let inside = loaded.object.inside.iter();
    let inside = inside.filter_map(|(content, count)| match content {
        Content::Group(group) => Some((group, Some(*count))),
        _ => None,
    });
    let own = loaded.object.group.iter().map(|group| (group, None));
    let groups: Vec<(&GroupId, Option<u32>)> = own.chain(inside).collect();
    if groups.is_empty() && required {
        return Ok(Some(say!["it is of no group with ", Part::Attribute(code)]));
    }
    let wanted: Vec<Key> = groups.iter().map(|(group, _)| keys::group(group)).collect();
    act.require(&wanted)?;
    for ((group, count), key) in groups.into_iter().zip(&wanted) {
        let record = act.o.look::<Group>(key)?;
        let value = record
            .as_ref()
            .and_then(|group| group.attributes.get(&code));
        if value.map_or(!required, |value| test.passes(value)) {
            continue;
        }
        let shown = value.map_or(Part::from("absent"), |value| {
            Part::Value(code, value.clone())
        });
        let mut message = vec![
            Part::Attribute(code),
            " of ".into(),
            group.into(),
            " is ".into(),
            shown,
        ];
        if let Some(count) = count {
            message.extend([", ".into(), count.into(), " of it inside".into()]);
        }
        return Ok(Some(Message::new(message)));
    }
    Ok(None)
}

/// A condition that changes nothing.
pub(crate) fn guard(act: &mut Act<'_>, step: &Step, guard: &Guard) -> Result<(), Halt> {
    // The group of the object before, if it passed: neighbours are mostly of one group.
    let mut passed: Option<GroupId> = None;
    act.each(step.on, |act, named| {
        let loaded = act.live(named)?;
        act.by_custodian(step, &loaded)?;
        k06_orders::check(act, step.blocked_by, &loaded)?;
        match guard {
            Guard::Live | Guard::Inside | Guard::ExactContents => Ok(()),
            Guard::Stage(stages) => at_stage(act, &loaded, stages),
            Guard::Whole => whole(act, &loaded),
            Guard::Cleared => k06_clearance::is_cleared(act, &loaded),
            Guard::Ancestry => k06_ancestry::shown(act, &loaded),
            Guard::CameOver(chain) => k06_clearance::came_over(act, &loaded, chain),
            Guard::InGroup(group) if loaded.object.group.as_ref() == Some(group) => Ok(()),
            Guard::InGroup(group) => {
                let message = match &loaded.object.group {
                    Some(own) => say!["it is of ", own, ", not of ", group],
                    None => say!["it is of no group, not of ", group],
                };
                Err(act.refuses(&loaded, &reasons::GUARD_FAILED, message))
            }
            Guard::GroupAttribute {
                code,
                test,
                required,
                refusal,
            } => {
                let own = &loaded.object.group;
                if own.is_some() && *own == passed && loaded.object.inside.is_empty() {
                    return Ok(());
                }
                let Some(message) = group_fails(act, &loaded, *code, test, *required)? else {
                    passed.clone_from(own);
                    return Ok(());
                };
                let mut halt = Refusal::new(
                    &reasons::GUARD_FAILED,
                    Subject::Object(loaded.id.clone()),
                    act.path(loaded.at),
                    message,
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
