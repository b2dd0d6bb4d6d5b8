//! K7, matching: a hand-over is *complete* when everything that was offered was accepted or came back.
//!
//! The event that offered has a record that counts; every event that accepts, declines or withdraws counts there. This is
//! the two-way match of shipping and receiving, and the hook for matches of more sides: a finance profile settles against
//! this record. Quantities without objects of their own are matched by their balances on the way (K5), not counted here.

use crate::{
    machine::{act::Act, halt::Halt},
    profile::{Op, Plan},
    report::Effect,
    state::{Due, Handover, Key, keys},
};

/// Opens the record of the objects that this event offered.
pub(crate) fn record_offer(act: &mut Act<'_>, plan: &Plan) {
    if act.offered == 0 {
        return;
    }
    let offer = plan.steps.iter().find_map(|step| match &step.op {
        Op::Offer { to, within_ms, .. } => Some((to, *within_ms)),
        _ => None,
    });
    let Some((to, within_ms)) = offer else { return };
    let deadline = within_ms.map(|ms| act.moment.now.plus(ms));
    let handover = Handover {
        from: act.issuer.clone(),
        to: to.clone(),
        offered: act.offered,
        accepted: 0,
        returned: 0,
        deadline,
        overdue: false,
    };
    act.o.put(keys::handover(&act.mark), &handover);
    if let Some(deadline) = deadline {
        act.o.defer(deadline, Due::Handover(act.mark));
    }
}

/// Counts what this event accepted or sent back.
pub(crate) fn record_arrivals(act: &mut Act<'_>) -> Result<(), Halt> {
    if act.handovers.is_empty() {
        return Ok(());
    }
    let arrivals = std::mem::take(&mut act.handovers);
    let wanted: Vec<Key> = arrivals.keys().map(keys::handover).collect();
    act.require(&wanted)?;
    for (offer, (accepted, returned)) in arrivals {
        let key = keys::handover(&offer);
        let Some(mut handover) = act.o.get::<Handover>(&key)? else {
            continue;
        };
        let before = handover.is_complete();
        handover.accepted = handover.accepted.saturating_add(accepted);
        handover.returned = handover.returned.saturating_add(returned);
        if handover.is_complete() && !before {
            act.effects.push(Effect::Completed(offer));
        }
        act.o.put(key, &handover);
    }
    Ok(())
}
