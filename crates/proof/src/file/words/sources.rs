//! What is said of sources of other kinds, in sentences.

use pangolin_ledger::{
    Effect, FactKey, GovernanceAction, SourceId, TimeMs,
    report::{Message, SourceChange},
    say,
    state::{Assurance, Grade},
    tx::Report,
};

/// What whoever reads of something attested must know.
pub(in crate::file) const ATTESTED: &str =
    "it rests on an attested source: somebody signed that, and no finality proves it";

/// What governance decides about a source.
pub(super) fn governance(action: &GovernanceAction) -> Message {
    use GovernanceAction as A;
    match action {
        A::RegisterSource {
            source,
            name,
            assurance,
            ..
        } => {
            let how = match assurance {
                Assurance::CometBft(terms) => {
                    format!("followed by a light client of {}", terms.chain)
                }
                Assurance::Attested(terms) => format!(
                    "attested by {} of {} keys",
                    terms.threshold,
                    terms.keys.len()
                ),
            };
            say![format!("registers the source {source} ({name}), {how}")]
        }
        A::SuspendSource { source } => {
            say![format!(
                "nothing of the source {source} is believed any more"
            )]
        }
        A::ResumeSource { source, mark } => {
            let from = mark
                .as_ref()
                .map(|mark| format!(", from height {} on", mark.height));
            let from = from.unwrap_or_default();
            say![format!("the source {source} is believed again{from}")]
        }
        _ => Message::default(),
    }
}

/// What a report brings.
pub(super) fn report(report: &Report) -> Message {
    say![format!(
        "brings what the source {} says: {} facts",
        report.source,
        report.facts.len()
    )]
}

/// What happened to a source, or rests on one.
pub(super) fn effect(effect: &Effect) -> Message {
    match effect {
        Effect::Source {
            source,
            change: what,
        } => change(source, what),
        Effect::Rested {
            source,
            key,
            grade,
            value,
            time,
            ..
        } => rested(source, key, *grade, value.is_some(), *time),
        _ => Message::default(),
    }
}

/// What changed about a source.
fn change(source: &SourceId, change: &SourceChange) -> Message {
    use SourceChange as C;
    let what = match change {
        C::Registered => "is registered".to_owned(),
        C::Suspended => "is suspended".to_owned(),
        C::Resumed => "is believed again".to_owned(),
        C::Followed { height } => format!("is followed to height {height}"),
        C::Told { key, present: true } => format!("has a value under {key}"),
        C::Told { key, .. } => format!("has nothing under {key}"),
        C::Contradicted { at } => {
            format!("contradicted itself at height {at}, and is suspended")
        }
    };
    say![format!("the source {source} {what}")]
}

/// What something rests on.
fn rested(source: &SourceId, key: &FactKey, grade: Grade, present: bool, time: TimeMs) -> Message {
    let what = if present {
        "the value"
    } else {
        "that nothing is"
    };
    let how = match grade {
        Grade::Attested => "attested, not proven by finality",
        Grade::LightClient => "proven by its finality",
        Grade::Native => "proven by its certificate",
    };
    say![
        format!("this rests on {what} under {key} at the source {source}, as of "),
        time,
        format!(" ({how})")
    ]
}
