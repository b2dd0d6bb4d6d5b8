//! K6 on sources: what an event says that a system of another kind says, and the grade of that.
//!
//! * A source is registered by the governance, with how what it says is shown ([`Assurance`](crate::state::Assurance)): by a light client of its
//!   kind, or by those who attest it. That never changes. Facts come with evidence that every validator checks before it votes
//!   (`machine/reports`); whoever brings them has no say.
//! * Of two facts under one key, the one of the greater height counts, whichever comes first.
//! * An event that rests on a fact waits until the fact is known, and no older than the source's registration allows. It is refused if
//!   what is known, and of late, is something else; or if nothing is believed of the source.
//! * The receipt names each fact with its grade. What an event wrote that rests on attested facts carries a mark for good
//!   ([`Flags::ATTESTED`](crate::state::Flags::ATTESTED)), on other chains too, and so does what is made of it: no finality stands behind it.
//! * Two headers, or statements, of one height suspend the source. The governance ends that, and may say then which header is to be believed.

use crate::{
    machine::{act::Act, halt::Halt},
    profile::Waits,
    report::{Effect, Reason, Refusal, Subject, reasons},
    say,
    state::{Expected, Fact, Grade, Missing, Rest, Source, keys},
};

/// The fact is known, fresh, and as it is said to be.
pub(crate) fn rest(act: &mut Act<'_>, rest: &Rest) -> Result<(), Halt> {
    let (source, fact) = (
        keys::source(&rest.source),
        keys::fact(&rest.source, &rest.key),
    );
    act.require([&source, &fact])?;
    let named = format!("source {}", rest.source);
    let Some(source) = act.o.get::<Source>(&source)? else {
        let message = format!("the {named} is not registered");
        return Err(act.refuse(&reasons::UNKNOWN_SOURCE, message));
    };
    if source.suspended.is_some() {
        let message = format!("the {named} is suspended");
        return Err(act.refuse(&reasons::SOURCE_SUSPENDED, message));
    }
    let what = format!("what the {named} says of {}", rest.key);
    let Some(fact) = act.o.get::<Fact>(&fact)? else {
        let message = format!("{what} is not known yet");
        return Err(later(act, rest, &reasons::FACT_UNPROVEN, say![message]));
    };
    if fact.time.plus(source.freshness_ms) < act.moment.now {
        let message = say![what, " is known as of ", fact.time];
        return Err(later(act, rest, &reasons::FACT_STALE, message));
    }
    let is = match (&rest.expected, &fact.value) {
        (Expected::Present, Some(_)) | (Expected::Absent, None) => true,
        (Expected::Value(wanted), Some(found)) => wanted == found,
        _ => false,
    };
    if !is {
        let found = match &fact.value {
            None => "nothing".to_owned(),
            Some(digest) => format!("the value with SHA-256 {digest}"),
        };
        let message = say![what, " is ", found, ", as of ", fact.time];
        return Err(act.refuse(&reasons::FACT_DIFFERS, message));
    }
    let grade = source.assurance.grade();
    act.attested |= grade == Grade::Attested;
    act.effects.push(Effect::Rested {
        source: rest.source.clone(),
        key: rest.key.clone(),
        grade,
        value: fact.value,
        height: fact.height,
        time: fact.time,
    });
    Ok(())
}

fn later(act: &Act<'_>, rest: &Rest, reason: &Reason, message: crate::report::Message) -> Halt {
    let refusal = Refusal::new(
        reason,
        Subject::Event(act.event.id),
        act.place.to_owned(),
        message,
    );
    let missing = Missing::Fact {
        source: rest.source.clone(),
        key: rest.key.clone(),
    };
    act.waits(Waits::FACT, vec![missing], refusal)
}
