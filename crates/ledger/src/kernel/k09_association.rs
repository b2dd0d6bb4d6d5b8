//! K9 on lasting relations: a child is attached to a parent, both stay in their own custody and location.
//!
//! The relation is a record of its own, which is present or absent; attaching twice and detaching what is not attached
//! wait for the statement that is missing. The event enters the history of both. Two objects are not attached to each
//! other; longer circles of relations are possible, harm nothing here, and are for a watch rule to report.

use crate::{
    kernel::k06_orders,
    machine::{act::Act, halt::Halt},
    profile::{Step, Waits},
    report::reasons,
    say,
    state::{Association, keys},
};

/// Objects are attached to the event's parent.
pub(crate) fn associate(act: &mut Act<'_>, step: &Step) -> Result<(), Halt> {
    relate(act, step, true)
}

/// Objects are detached from the event's parent.
pub(crate) fn dissociate(act: &mut Act<'_>, step: &Step) -> Result<(), Halt> {
    relate(act, step, false)
}

fn relate(act: &mut Act<'_>, step: &Step, attach: bool) -> Result<(), Halt> {
    let container = act.container()?;
    let parent_id = container.id;
    let parent = act.live(container)?;
    act.by_custodian(step, &parent)?;
    act.each(step.on, |act, named| {
        let child = act.live(named)?;
        act.by_custodian(step, &child)?;
        k06_orders::check(act, step.blocked_by, &child)?;
        let relation = keys::association(parent_id, named.id);
        let attached = act.o.has(&relation)?;
        if attach && act.o.has(&keys::association(named.id, parent_id))? {
            let message = say![parent_id, " is attached to it"];
            return Err(act.refuses(&child, &reasons::CYCLE, message));
        }
        if attach && attached {
            let message = say!["it is attached to ", parent_id, " already"];
            return Err(act.waits_for(&child, Waits::STAGE, &reasons::ALREADY_ASSOCIATED, message));
        }
        if !attach && !attached {
            let message = say!["it is not attached to ", parent_id];
            return Err(act.waits_for(&child, Waits::STAGE, &reasons::NOT_ASSOCIATED, message));
        }
        if attach {
            act.o.put(
                relation,
                &Association {
                    event: act.mark,
                    since: act.event.time,
                },
            );
        } else {
            act.o.remove(relation);
        }
        act.save(child);
        Ok(())
    })?;
    act.save(parent);
    Ok(())
}
