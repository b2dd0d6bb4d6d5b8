//! Containers: pack, unpack, verify contents.
//!
//! Packing leaves orders alone: an order on anything inside stops the container. What may not be sold by itself (in quarantine,
//! suspect, returned, opened) is packed for return only: the container knows what is inside it and is not sold either.
//! What comes out of a container is in quarantine, suspect or returned if the container was.

use pangolin_ledger::{
    id::ObjectId,
    profile::{Blocks, Guard, MissingParent, Op, Plan, Target},
    report::Refusal,
};

use super::{Reading, step, trade};
use crate::{
    capture::id,
    pharma::{act::Act, reason, settings::NewContainers, words::stage},
};

pub(super) fn pack(reading: &Reading<'_>, act: Act) -> Result<Plan, Refusal> {
    let parent = reading.parent()?;
    if reading.event.objects.is_empty() {
        return Err(reading.refuse(&reason::CONTENTS_MISSING, "/objects", "nothing is packed"));
    }
    let missing = missing(reading, parent);
    let mut plan = trade();
    if missing == MissingParent::Wait {
        // The container is looked at first: what waits, waits together with its shipment, and is tried before it.
        plan = plan.step(step(Op::Require(Guard::Live), Target::Parent, Blocks::NONE));
    }
    if act == Act::PackReturn {
        let back = Op::Advance {
            from: vec![stage::NORMAL, stage::RETURNED],
            to: stage::RETURNED,
        };
        return Ok(plan
            .step(step(Op::Enclose { missing }, Target::Objects, Blocks::NONE))
            .step(step(back, Target::Parent, Blocks::NONE)));
    }
    let saleable = Op::Require(Guard::Stage(vec![stage::NORMAL]));
    let whole = Op::Require(Guard::Whole);
    Ok(plan
        .step(step(saleable, Target::Objects, Blocks::HELD))
        .step(step(whole, Target::Objects, Blocks::NONE))
        .step(step(Op::Enclose { missing }, Target::Objects, Blocks::HELD)))
}

/// A pack or case must have been commissioned; a logistic unit or returnable container may come into being by being filled, if
/// the chain says so.
fn missing(reading: &Reading<'_>, parent: &ObjectId) -> MissingParent {
    match reading.settings.new_containers {
        NewContainers::Create if id::item(parent).is_none() => MissingParent::Create,
        _ => MissingParent::Wait,
    }
}

pub(super) fn unpack(reading: &Reading<'_>) -> Result<Plan, Refusal> {
    reading.parent()?;
    Ok(if reading.event.objects.is_empty() {
        trade().step(step(Op::Empty, Target::Parent, Blocks::NONE))
    } else {
        trade().step(step(Op::Disclose, Target::Objects, Blocks::NONE))
    })
}

/// A mismatch is an exception to be reported, never repaired in silence.
pub(super) fn verify(reading: &Reading<'_>) -> Result<Plan, Refusal> {
    reading.parent()?;
    Ok(trade()
        .step(step(Op::Observe, Target::Parent, Blocks::NONE))
        .step(step(
            Op::Require(Guard::ExactContents),
            Target::Objects,
            Blocks::NONE,
        )))
}
