//! K1, identifier and schema: what the ledger itself asks of an event's form. Identifiers and codes are the profile's
//! business ([`Profile::classify`](crate::profile::Profile::classify)).
//!
//! * An event does not lie further in the future of the block's time than the chain allows, nor further in the past.
//! * A plan stays within its limits, uses outputs only for transformations, and quantities only where they have a meaning.

use crate::{
    id::TimeMs,
    limits::{MAX_ROLES, MAX_STEPS_PER_EVENT},
    machine::{act::Moment, halt::Halt},
    profile::{Op, Plan, Target},
    report::{Subject, reasons},
    say,
    state::Params,
    tx::Event,
};

/// Judges the event's time against the block that first contained it.
pub(crate) fn time(
    event: &Event,
    params: &Params,
    moment: Moment,
    place: &str,
) -> Result<(), Halt> {
    let place = || format!("{place}/time");
    let latest = moment.arrived.plus(params.future_ms);
    if event.time > latest {
        let message = say![
            "the event is at ",
            event.time,
            ", the block allows up to ",
            latest
        ];
        return Err(Halt::refuse(
            &reasons::EVENT_IN_FUTURE,
            Subject::Event(event.id),
            &place(),
            message,
        ));
    }
    if params.past_ms > 0 && event.time.plus(params.past_ms) < moment.arrived {
        let message = say![
            "the event is at ",
            event.time,
            ", earlier than the block allows: ",
            TimeMs(moment.arrived.0.saturating_sub_unsigned(params.past_ms)),
        ];
        return Err(Halt::refuse(
            &reasons::EVENT_TOO_OLD,
            Subject::Event(event.id),
            &place(),
            message,
        ));
    }
    Ok(())
}

/// Judges a plan. A profile that breaks this is in error, not the sender; the event is refused all the same.
pub(crate) fn plan(plan: &Plan, event: &Event, place: &str) -> Result<(), Halt> {
    let refuse = |message: &'static str| {
        Halt::refuse(&reasons::BAD_PLAN, Subject::Event(event.id), place, message)
    };
    if plan.steps.len() > MAX_STEPS_PER_EVENT {
        return Err(refuse("the plan has too many steps"));
    }
    if plan
        .needs
        .iter()
        .any(|need| need.any_of.is_empty() || need.any_of.len() > MAX_ROLES)
    {
        return Err(refuse("a need of the plan names no role or too many"));
    }
    for step in &plan.steps {
        let misplaced = match step.op {
            Op::Transform { .. }
            | Op::Enclose { .. }
            | Op::Disclose
            | Op::Associate
            | Op::Dissociate => step.on != Target::Objects,
            Op::Empty => step.on == Target::Outputs,
            _ => false,
        };
        if misplaced {
            return Err(refuse("a step of the plan is about the wrong target"));
        }
        let quantities = step.on == Target::Objects && !event.quantities.is_empty()
            || step.on == Target::Outputs && !event.outputs.quantities.is_empty();
        if quantities && needs_objects(&step.op) {
            let message = "this act is about single objects, the event names quantities";
            let place = format!("{place}/quantities");
            return Err(Halt::refuse(
                &reasons::NOT_FOR_QUANTITIES,
                Subject::Event(event.id),
                &place,
                message,
            ));
        }
    }
    Ok(())
}

/// Whether an operation has no meaning for quantities.
const fn needs_objects(op: &Op) -> bool {
    matches!(
        op,
        Op::Hold
            | Op::Unhold
            | Op::Use
            | Op::Clear
            | Op::Depart { .. }
            | Op::Reinstate { .. }
            | Op::Advance { .. }
            | Op::Associate
            | Op::Dissociate
    )
}
