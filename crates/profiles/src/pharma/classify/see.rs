//! Seeing: the custodian's observations, those of others, and attachments.

use pangolin_ledger::{
    id::{Role, Scope},
    profile::{Blocks, Guard, Op, Plan, Step, Target},
    report::Refusal,
};

use super::{Reading, step, trade, trading_partner};
use crate::pharma::act::Act;

/// By the custodian: enters the history of container and contents.
pub(super) fn observe(reading: &Reading<'_>) -> Result<Plan, Refusal> {
    let on = reading.target()?;
    let plan = trade().step(step(Op::Observe, on, Blocks::NONE));
    Ok(
        if on == Target::Parent && !reading.event.objects.is_empty() {
            plan.step(step(Op::Observe, Target::Objects, Blocks::NONE))
        } else {
            plan
        },
    )
}

/// By anybody in the trade, or an authority: who sees goods that it does not have leaves no trace in their history.
pub(super) fn witness(reading: &Reading<'_>) -> Result<Plan, Refusal> {
    let on = reading.target()?;
    let anybody = trading_partner().or_scoped(Role::AUTHORITY, Scope::all());
    let exists = Step::new(Op::Require(Guard::Live), on)
        .blocked_by(Blocks::NONE)
        .by_anyone();
    Ok(Plan::new().need(anybody).step(exists))
}

/// A logger or seal on a pallet: each thing stays in its own custody.
pub(super) fn associate(reading: &Reading<'_>, act: Act) -> Result<Plan, Refusal> {
    reading.parent()?;
    reading.objects()?;
    let op = if act == Act::Attach {
        Op::Associate
    } else {
        Op::Dissociate
    };
    Ok(trade().step(step(op, Target::Objects, Blocks::NONE)))
}
