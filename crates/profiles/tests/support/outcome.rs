//! What a step says must come of it, held against what did.

use pangolin_ledger::{
    machine::Outcome,
    report::{Effect, EventOutcome, Receipt},
};
use serde_json::Value;

use super::story::Object;

/// What became of a transaction, one word list per event: `applied`, `parked CODE`, `duplicate`; or one `refused CODE`.
pub(crate) fn results(outcome: &Outcome) -> Vec<String> {
    match outcome {
        Outcome::Refused(refusal) => vec![format!("refused {}", refusal.code)],
        Outcome::Applied(receipt) if receipt.events.is_empty() => vec!["applied".to_owned()],
        Outcome::Applied(Receipt { events, .. }) => events
            .iter()
            .map(|event| match &event.outcome {
                EventOutcome::Applied => "applied".to_owned(),
                EventOutcome::Parked { code, .. } => format!("parked {code}"),
                EventOutcome::Duplicate { .. } => "duplicate".to_owned(),
            })
            .collect(),
    }
}

/// `expect` is one result for all events, or a list with one for each.
pub(crate) fn expected(step: &Object, got: &[String]) -> Result<(), String> {
    let wanted: Vec<String> = match step.get("expect") {
        Some(Value::String(all)) => vec![all.clone(); got.len()],
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => return Err("the step does not say what to expect".to_owned()),
    };
    // `refused` or `parked` without a code stands for any.
    let fits =
        |wanted: &String, got: &String| got == wanted || got.split(' ').next() == Some(wanted);
    if wanted.len() == got.len()
        && wanted
            .iter()
            .zip(got)
            .all(|(wanted, got)| fits(wanted, got))
    {
        return Ok(());
    }
    Err(format!("expected {wanted:?}, got {got:?}"))
}

pub(crate) fn effects_match(step: &Object, effects: &[Effect]) -> Result<(), String> {
    let Some(wanted) = step.get("effects").and_then(Value::as_array) else {
        return Ok(());
    };
    let wanted: Vec<_> = wanted.iter().filter_map(Value::as_str).collect();
    let got: Vec<_> = effects.iter().map(effect).collect();
    if wanted == got {
        Ok(())
    } else {
        Err(format!("expected effects {wanted:?}, got {got:?}"))
    }
}

fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Unparked(_) => "unparked".to_owned(),
        Effect::Lapsed(_) => "lapsed".to_owned(),
        Effect::Rejected { code, .. } => format!("rejected {code}"),
        Effect::Inferred { .. } => "inferred".to_owned(),
        Effect::Completed(_) => "completed".to_owned(),
        Effect::Overdue { .. } => "overdue".to_owned(),
        Effect::OrderActive(_) => "order-active".to_owned(),
        Effect::OrderReleased(_) => "order-released".to_owned(),
        Effect::OrderExpired(_) => "order-expired".to_owned(),
        Effect::Exempted { .. } => "exempted".to_owned(),
        Effect::Walked { whole: true, .. } => "walked".to_owned(),
        Effect::Walked { .. } => "refuted".to_owned(),
        Effect::Rested { grade, .. } => format!("rested {}", grade.name()),
        Effect::Relied { .. } => "relied".to_owned(),
        Effect::Departed { .. } => "departed".to_owned(),
        Effect::DeclaredInError(_) => "declared-in-error".to_owned(),
        Effect::RolledForward(_) => "rolled-forward".to_owned(),
        other => format!("{other:?}"),
    }
}
