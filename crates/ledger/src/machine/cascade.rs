//! Trying parked events again when what they wait for has changed.
//!
//! Subjects are taken in their order, the events under one subject in the order of their times. An event that applies may
//! wake others. Each attempt costs one unit of the budget; when it is spent, the subjects that are left are registered as
//! due at once and continue at the end of this or the next block.

use std::{borrow::Cow, collections::BTreeSet};

use crate::{
    kernel::{self, k01_schema, k02_authority, k08_parking, k12_correction},
    machine::{
        BlockContext, Machine, Overlay,
        act::{Act, Moment},
        halt::Halt,
        hints,
    },
    profile::Claim,
    report::{Effect, reasons},
    state::{Due, EventRecord, EventState, Key, Missing, Params, Parked, WaitingList, keys},
    tx::EventKeys,
};

/// Tries the events that wait for `ready`.
pub(super) fn run(
    machine: &Machine,
    block: &BlockContext,
    params: &Params,
    o: &mut Overlay,
    mut ready: BTreeSet<Missing>,
    budget: &mut usize,
    effects: &mut Vec<Effect>,
) -> Result<(), Halt> {
    prefetch(machine, o, &ready, *budget)?;
    while let Some(subject) = ready.pop_first() {
        let Some(list) = o.get::<WaitingList>(&keys::waiting(&subject))? else {
            continue;
        };
        let wanted: Vec<Key> = list
            .entries
            .iter()
            .map(|entry| keys::parked(&entry.event))
            .collect();
        for key in wanted {
            if *budget == 0 {
                o.defer(block.time, Due::Retry(subject));
                for left in ready {
                    o.defer(block.time, Due::Retry(left));
                }
                return Ok(());
            }
            *budget -= 1;
            let Some(parked) = o.get::<Parked>(&key)? else {
                continue;
            };
            let mut woken = BTreeSet::new();
            let settled = attempt(machine, block, params, o, &parked, &mut woken, effects)?;
            prefetch(machine, o, &woken, *budget)?;
            ready.append(&mut woken);
            if settled {
                // The subject may have changed: look at all that wait for it again.
                ready.insert(subject);
                break;
            }
        }
    }
    Ok(())
}

/// Asks at once for what trying the events that wait for `ready` will read, as far as it can be named. Without this each
/// event would ask for its records by itself, and each time everything would begin again.
fn prefetch(
    machine: &Machine,
    o: &Overlay,
    ready: &BTreeSet<Missing>,
    budget: usize,
) -> Result<(), Halt> {
    if ready.is_empty() {
        return Ok(());
    }
    let lists: Vec<Key> = ready.iter().map(keys::waiting).collect();
    require(o, &lists)?;
    let mut events = Vec::new();
    for key in &lists {
        let list: Option<WaitingList> = o.get(key)?;
        events.extend(
            list.into_iter()
                .flat_map(|list| list.entries)
                .map(|entry| keys::parked(&entry.event)),
        );
        if events.len() >= budget {
            break;
        }
    }
    events.truncate(budget);
    require(o, &events)?;
    let mut hinted = Vec::new();
    let mut waiting = Vec::new();
    for key in &events {
        if let Some(parked) = o.get::<Parked>(key)? {
            hinted.extend(hints::of_parked(machine, &parked));
            waiting.push(parked);
        }
    }
    require(o, &hinted)?;
    let mut follow = Vec::new();
    for parked in &waiting {
        hints::from_objects(&mut follow, o, &EventKeys::new(&parked.event));
    }
    require(o, &follow)
}

fn require(o: &Overlay, keys: &[Key]) -> Result<(), Halt> {
    let unknown = o.unknown(keys);
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(Halt::Need(unknown))
    }
}

/// Tries one parked event. Returns whether it does not wait any more.
fn attempt(
    machine: &Machine,
    block: &BlockContext,
    params: &Params,
    o: &mut Overlay,
    parked: &Parked,
    woken: &mut BTreeSet<Missing>,
    effects: &mut Vec<Effect>,
) -> Result<bool, Halt> {
    let id = parked.event.id;
    let mark = o.mark();
    let code = match judge(machine, block, params, o, parked) {
        Ok(mut done) => {
            k08_parking::unpark(o, parked)?;
            settle(o, parked, EventState::Applied)?;
            if let Some(target) = &parked.event.corrects {
                k12_correction::link(o, target, &id, "")?;
            }
            effects.push(Effect::Unparked(id));
            effects.append(&mut done.effects);
            woken.append(&mut done.woken);
            return Ok(true);
        }
        Err(Halt::Waits(waiting)) => {
            o.rollback(mark);
            match k08_parking::wait_for(o, parked.clone(), waiting.missing) {
                Ok(()) => return Ok(false),
                Err(Halt::Refused(refusal)) => {
                    o.rollback(mark);
                    refusal.code
                }
                Err(halt) => return Err(halt),
            }
        }
        Err(Halt::Refused(refusal)) => {
            o.rollback(mark);
            refusal.code
        }
        Err(halt) => return Err(halt),
    };
    k08_parking::unpark(o, parked)?;
    settle(o, parked, EventState::Rejected(code.to_owned()))?;
    effects.push(Effect::Rejected {
        event: id,
        code: code.to_owned(),
    });
    Ok(true)
}

/// What an applied event left behind.
struct Done {
    effects: Vec<Effect>,
    woken: BTreeSet<Missing>,
}

fn judge(
    machine: &Machine,
    block: &BlockContext,
    params: &Params,
    o: &mut Overlay,
    parked: &Parked,
) -> Result<Done, Halt> {
    let place = format!("/parked/{}", parked.event.id);
    let Some(profile) = machine.profile(parked.profile) else {
        let message = "the profile is not known to this software";
        let subject = crate::report::Subject::Profile(parked.profile);
        return Err(Halt::refuse(
            &reasons::UNKNOWN_PROFILE,
            subject,
            &place,
            message,
        ));
    };
    let moment = Moment {
        height: block.height,
        now: block.time,
        arrived: parked.arrived,
    };
    let claim = Claim {
        issuer: &parked.issuer,
        class: parked.class,
        place: &place,
    };
    let plan = profile.classify(&parked.event, &claim)?;
    k01_schema::plan(&plan, &parked.event, &place)?;
    k01_schema::time(&parked.event, params, moment, &place)?;
    k02_authority::needs(
        o,
        &plan.needs,
        &parked.issuer,
        None,
        parked.event.time,
        moment,
        &place,
    )?;
    let event_keys = Cow::Owned(EventKeys::new(&parked.event));
    let mut act = Act::new(
        o,
        profile,
        &parked.event,
        event_keys,
        parked.event.id,
        &claim,
        moment,
    );
    match kernel::apply(&mut act, &plan) {
        Err(Halt::Waits(waiting)) if !plan.patience.waits.has(waiting.kind) => {
            Err(waiting.refusal.into())
        }
        Err(halt) => Err(halt),
        Ok(()) => Ok(Done {
            effects: act.effects,
            woken: act.woken,
        }),
    }
}

/// Writes what became of a parked event.
pub(super) fn settle(o: &mut Overlay, parked: &Parked, state: EventState) -> Result<(), Halt> {
    let key = keys::event(&parked.event.id);
    let record: EventRecord = o.get(&key)?.ok_or(Halt::Corrupt(key))?;
    o.put(key, &EventRecord { state, ..record });
    Ok(())
}
