//! Ends: dispensed, decommissioned, destroyed, sampled, stolen, lost; and recovered.
//!
//! What leaves trade for use, or as if it had been, came from where it says: of goods from other chains the whole history is proven first.
//! What is destroyed, stolen or lost is out of trade whatever it was.

use pangolin_ledger::{
    profile::{Blocks, Contents, Need, Op, Plan, Step, Target},
    report::Refusal,
};

use super::{Reading, saleable, step, trade, walked};
use crate::pharma::{
    act::Act,
    role,
    words::{ended, field, stage},
};

/// Once, by a dispenser, and only what may be sold. A pack inside a case is taken out by inference.
pub(super) fn dispense(reading: &Reading<'_>) -> Result<Plan, Refusal> {
    reading.packs()?;
    let mut plan = trade().need(Need::any([role::DISPENSER, role::GOVERNMENT]));
    plan = saleable(plan, Target::Objects);
    plan = reading.not_expired(plan, Target::Objects, Blocks::ALL);
    plan = walked(plan, Target::Objects, Blocks::ALL);
    let end = Op::Terminate {
        reason: ended::DISPENSED,
        contents: Contents::Refuse,
    };
    Ok(plan.step(Step::new(end, Target::Objects).inferring()))
}

/// Part of a pack reaches a patient, by the same rules; the rest is dispensed later by the same dispenser, returned or
/// destroyed, and sold to nobody.
pub(super) fn dispense_part(reading: &Reading<'_>) -> Result<Plan, Refusal> {
    reading.packs()?;
    let mut plan = trade().need(Need::any([role::DISPENSER, role::GOVERNMENT]));
    plan = saleable(plan, Target::Objects);
    plan = reading.not_expired(plan, Target::Objects, Blocks::ALL);
    plan = walked(plan, Target::Objects, Blocks::ALL);
    Ok(plan.step(Step::new(Op::Use, Target::Objects).inferring()))
}

/// A container that is not empty ends only if the event says what becomes of its contents, or lists them. What an order
/// holds is evidence and does not end.
pub(super) fn terminate(reading: &Reading<'_>, act: Act) -> Result<Plan, Refusal> {
    reading.objects()?;
    let reason = match act {
        Act::Destroy => ended::DESTROYED,
        Act::Sample => ended::SAMPLED,
        _ => ended::DECOMMISSIONED,
    };
    let contents = match reading
        .field(field::CONTENTS)
        .map(|value| value.as_bytes().to_vec())
        .as_deref()
    {
        Some(b"take") => Contents::Take,
        Some(b"release") => Contents::Release,
        _ => Contents::Refuse,
    };
    let end = Op::Terminate { reason, contents };
    let plan = match act {
        Act::Destroy => trade(),
        _ => walked(trade(), Target::Objects, Blocks::HOLD),
    };
    Ok(plan.step(step(end, Target::Objects, Blocks::HOLD).inferring()))
}

/// Stolen and lost goods end with their contents, whatever else is known about them.
pub(super) fn missing(reading: &Reading<'_>, act: Act) -> Result<Plan, Refusal> {
    let on = reading.target()?;
    let reason = if act == Act::Stolen {
        ended::STOLEN
    } else {
        ended::LOST
    };
    let end = Op::Terminate {
        reason,
        contents: Contents::Take,
    };
    Ok(trade().step(step(end, on, Blocks::NONE).inferring()))
}

/// Found again: in being, and to be verified like a return.
pub(super) fn recover(reading: &Reading<'_>) -> Result<Plan, Refusal> {
    let on = reading.target()?;
    let again = Op::Reinstate {
        reasons: vec![ended::STOLEN, ended::LOST],
    };
    let verify = Op::Advance {
        from: Vec::new(),
        to: stage::RETURNED,
    };
    Ok(trade()
        .step(step(again, on, Blocks::NONE))
        .step(step(verify, on, Blocks::NONE)))
}
