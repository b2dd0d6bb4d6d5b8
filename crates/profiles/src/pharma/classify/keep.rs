//! Goods kept back: quarantine, suspect, illegitimate, and how they come back into stock.
//!
//! Quarantine is the ledger's *held* fact, which also covers what is inside; suspect and illegitimate are stages of the object
//! itself. An investigation uses both: holding with disposition suspect sets both, holding with disposition cleared ends both.
//!
//! Who clears goods of suspicion that came from other chains has their history proven first. Who declares them suspect or illegitimate
//! waits for nothing: what keeps goods out of trade must not depend on what other chains show.

use pangolin_ledger::{
    id::Code,
    profile::{Blocks, Op, Plan, Target},
    report::Refusal,
};

use super::{Reading, step, trade, walked};
use crate::pharma::{
    act::Act,
    words::{disposition, stage},
};

fn advance(from: &[Code], to: Code, on: Target, blocks: Blocks) -> pangolin_ledger::profile::Step {
    step(
        Op::Advance {
            from: from.to_vec(),
            to,
        },
        on,
        blocks,
    )
}

/// Whatever is put into quarantine is taken out of its container: it stands apart from saleable goods (§582(b)(4)(A)(i)).
pub(super) fn quarantine(reading: &Reading<'_>, act: Act) -> Result<Plan, Refusal> {
    let on = reading.target()?;
    let plan = trade().step(step(Op::Hold, on, Blocks::NONE).inferring());
    Ok(match act {
        Act::QuarantineSuspect => plan.step(advance(
            &[stage::NORMAL, stage::RETURNED],
            stage::SUSPECT,
            on,
            Blocks::NONE,
        )),
        _ => plan,
    })
}

/// Quarantine ends. Illegitimate goods stay where they are.
pub(super) fn release(reading: &Reading<'_>) -> Result<Plan, Refusal> {
    let on = reading.target()?;
    let from = [stage::NORMAL, stage::RETURNED, stage::SUSPECT];
    let plan = walked(reading.sellable(trade(), on), on, Blocks::NONE);
    Ok(plan.step(step(Op::Unhold, on, Blocks::NONE)).step(advance(
        &from,
        stage::NORMAL,
        on,
        Blocks::NONE,
    )))
}

/// Suspect or illegitimate, without a change of quarantine.
pub(super) fn declare(reading: &Reading<'_>, act: Act) -> Result<Plan, Refusal> {
    let on = reading.target()?;
    let (from, to): (&[Code], Code) = match act {
        Act::Illegitimate => (
            &[stage::NORMAL, stage::RETURNED, stage::SUSPECT],
            stage::ILLEGITIMATE,
        ),
        _ => (&[stage::NORMAL, stage::RETURNED], stage::SUSPECT),
    };
    Ok(trade().step(advance(from, to, on, Blocks::NONE)))
}

/// Verified goods go back into stock; for goods that were never away, an observation. Suspect goods need the express
/// statement that they are cleared, goods in quarantine need its end.
pub(super) fn restock(reading: &Reading<'_>) -> Result<Plan, Refusal> {
    let on = reading.target()?;
    let mut from = vec![stage::NORMAL, stage::RETURNED];
    let mut plan = reading.sellable(trade(), on);
    if reading.event.disposition == Some(disposition::CLEARED) {
        from.push(stage::SUSPECT);
        plan = walked(plan, on, Blocks::NONE);
    }
    Ok(plan.step(advance(&from, stage::NORMAL, on, Blocks::HELD)))
}
