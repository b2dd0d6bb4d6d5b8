//! What an event at the border did, in one sentence.

use pangolin_ledger::{
    id::PartyId,
    report::{Message, Part},
};

use super::{
    act::{self, Act},
    words::{self, document, field},
};
use crate::{
    departure::Departure,
    speech::{self, Happened},
};

/// The sentence for an event; `None` if it means no act of this profile.
///
/// `2026-03-01: logistic unit SSCC … cleared under declaration 26DE… by Customs Office (GLN …)`.
pub(super) fn sentence(happened: &Happened<'_>) -> Option<Message> {
    let Happened { event, issuer, .. } = *happened;
    let act = act::find(event).ok()?;
    let mut parts: Vec<Part> = vec![speech::when(event.time).into()];
    parts.extend(speech::things(event));
    parts.push(" ".into());
    parts.extend(verb(happened, act));
    parts.extend([" by ".into(), issuer.into()]);
    parts.extend(counterpart(happened, act));
    Some(Message::new(parts))
}

/// What was done.
fn verb(happened: &Happened<'_>, act: Act) -> Vec<Part> {
    let event = happened.event;
    let under = |text: &'static str| {
        let mut numbers = event.references.iter();
        let number = numbers.find(|reference| reference.kind == document::DECLARATION);
        let number = number.map(|reference| format!(" {}", reference.value));
        vec![text.into(), number.unwrap_or_default().into()]
    };
    let container = |text: &'static str| {
        let parent = event.parent.iter().map(Part::from);
        std::iter::once(Part::from(text)).chain(parent).collect()
    };
    let plain = match act {
        Act::Declare => return under("declared under number"),
        Act::Clear => return under("cleared under declaration"),
        Act::Refuse => return under("not cleared: refused under declaration"),
        Act::Unpack if !event.objects.is_empty() => return container("unpacked from "),
        Act::Seal => return container("attached to "),
        Act::Unseal => return container("taken off "),
        Act::Observe => return vec![format!("reported ({})", words::step_word(event.step)).into()],
        Act::Unpack => "emptied: everything in it unpacked",
        Act::Receive => "received under customs control",
        Act::Send => "sent",
        Act::Return => "sent back",
        Act::Void => "kept: the shipment was called off",
        Act::Examine => "examined",
        Act::Destroy => "destroyed under customs control",
    };
    vec![plain.into()]
}

/// Who the goods go to or come from, or whom a declaration is lodged with.
fn counterpart(happened: &Happened<'_>, act: Act) -> Vec<Part> {
    let Happened { event, issuer, .. } = *happened;
    let office = event.attributes.get(&field::OFFICE);
    let office = office.and_then(|office| PartyId::new(office.as_bytes()).ok());
    let (word, other) = match act {
        Act::Send | Act::Return => (" to ", &event.destination),
        Act::Receive => (" from ", &event.source),
        Act::Declare => (" with ", &office),
        _ => return Vec::new(),
    };
    let other = other.iter().filter(|other| *other != issuer);
    let mut parts: Vec<Part> = other
        .flat_map(|other| [word.into(), other.into()])
        .collect();
    let sent = matches!(act, Act::Send | Act::Return);
    if sent && let Ok(Some(departure)) = Departure::of(event, 0) {
        parts.extend([" on chain ".into(), Part::Chain(departure.chain())]);
    }
    parts
}
