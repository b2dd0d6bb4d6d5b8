//! Repackaging: packs are used up, packs of the repackager's own product come into being (§581(16), §582(e)).

use pangolin_ledger::{
    id::{Code, Scope},
    profile::{Blocks, Conserve, Op, Plan, Step, Target},
    report::Refusal,
};

use super::{Reading, commission, saleable, whole};
use crate::{
    capture::attribute,
    pharma::{
        reason, role,
        words::{ended, field},
    },
};

pub(super) fn plan(reading: &Reading<'_>) -> Result<Plan, Refusal> {
    reading.packs()?;
    let outputs = &reading.event.outputs.objects;
    let Some(gtin) = commission::item(reading, outputs, "/outputs/objects")? else {
        let message = "repackaging makes packs with a GTIN and a serial number";
        return Err(reading.refuse(&reason::NOT_A_PACK, "/outputs/objects", message));
    };
    conserved(reading)?;
    let group = Some(commission::lot(reading, &gtin)?);
    let mut plan = commission::labelled(&gtin, [role::REPACKAGER]);
    plan = whole(saleable(plan, Target::Objects), Target::Objects);
    plan = reading.not_expired(plan, Target::Objects, Blocks::ALL);
    let process = reading
        .field(attribute::PROCESS)
        .and_then(|value| Scope::new(value.as_bytes()).ok());
    // Packs are counted here; the ledger's conservation is about quantities, of which there are none.
    let transform = Op::Transform {
        reason: ended::REPACKAGED,
        group,
        process,
        conserve: Conserve::Nothing,
    };
    Ok(plan.step(Step::new(transform, Target::Objects)))
}

/// Outputs times their content is at most inputs times theirs; a pack has one unit of content unless the event says otherwise.
fn conserved(reading: &Reading<'_>) -> Result<(), Refusal> {
    let event = reading.event;
    let content = |code: Code| -> u64 {
        let value = reading
            .field(code)
            .and_then(|value| std::str::from_utf8(value.as_bytes()).ok()?.parse().ok());
        value.unwrap_or(1)
    };
    let total = |count: usize, content: u64| {
        u64::try_from(count)
            .unwrap_or(u64::MAX)
            .saturating_mul(content)
    };
    let inputs = total(event.objects.len(), content(field::INPUT_CONTENT));
    let outputs = total(event.outputs.objects.len(), content(field::OUTPUT_CONTENT));
    if outputs > inputs {
        let message = format!("{outputs} units of content come out of {inputs}");
        return Err(reading.refuse(&reason::REPACK_CONTENT, "/outputs/objects", message));
    }
    Ok(())
}
