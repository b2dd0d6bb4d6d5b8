//! What an event of the trade did, in one sentence: the custody of a pack is read step by step.

use pangolin_ledger::{
    id::{PartyId, Value},
    report::{Message, Part},
};

use super::{
    act::{self, Act},
    date,
    words::{self, field},
};
use crate::{
    capture::attribute,
    departure::Departure,
    speech::{self, Happened},
};

/// The sentence for an event; `None` if it means no act of this profile.
///
/// `2026-03-01: pack GTIN … serial 11 and 5 more of lot A123 (expiry date 2027-03-31) commissioned by Acmegen Pharma (GLN …)`.
pub(super) fn sentence(happened: &Happened<'_>) -> Option<Message> {
    let Happened { event, issuer, .. } = *happened;
    let act = act::find(event).ok()?;
    let mut parts: Vec<Part> = Vec::new();
    if let Some(day) = date::local(event).and_then(|day| speech::day(&day.to_string())) {
        parts.push(format!("{day}: ").into());
    }
    parts.extend(speech::things(event));
    parts.extend(lot(happened, act));
    parts.push(" ".into());
    parts.extend(verb(happened, act));
    parts.extend([" by ".into(), issuer.into()]);
    parts.extend(counterpart(happened, act));
    parts.extend(place(happened));
    Some(Message::new(parts))
}

/// Lot and expiry date, where they are stated.
fn lot(happened: &Happened<'_>, act: Act) -> Vec<Part> {
    let event = happened.event;
    let value = |code| event.attributes.get(&code);
    let (Act::Commission, Some(lot)) = (act, value(field::LOT)) else {
        return Vec::new();
    };
    let mut parts = vec![" of lot ".into(), Part::Value(field::LOT, lot.clone())];
    if let Some(expiry) = value(field::EXPIRY) {
        let expiry = Part::Value(field::EXPIRY, expiry.clone());
        parts.extend([
            " (".into(),
            Part::Attribute(field::EXPIRY),
            " ".into(),
            expiry,
            ")".into(),
        ]);
    }
    parts
}

/// What was done.
fn verb(happened: &Happened<'_>, act: Act) -> Vec<Part> {
    let event = happened.event;
    let container = |text: &'static str| {
        let parent = event.parent.iter().map(Part::from);
        std::iter::once(Part::from(text)).chain(parent).collect()
    };
    let plain = match act {
        Act::Pack => return container("packed into "),
        Act::PackReturn => {
            let mut parts: Vec<Part> = container("packed into ");
            parts.push(" to go back".into());
            return parts;
        }
        Act::Unpack if event.objects.is_empty() => "emptied: everything in it unpacked",
        Act::Unpack => return container("unpacked from "),
        Act::VerifyContents => return container("counted as the whole contents of "),
        Act::Attach => return container("attached to "),
        Act::Detach => return container("detached from "),
        Act::Repackage => {
            let mut parts = vec!["repackaged as ".into()];
            parts.extend(speech::several(event.outputs.objects.as_slice()));
            return parts;
        }
        Act::Observe | Act::Witness => {
            return vec![format!("reported ({})", words::step(event.step)).into()];
        }
        Act::Commission => "commissioned",
        Act::Ship => "shipped",
        Act::Return => "shipped back",
        Act::VoidShip => "kept: the shipment was called off",
        Act::Receive => "received",
        Act::ReceiveReturn => "received as a return",
        Act::Dispense => "dispensed",
        Act::DispensePart => "dispensed in part",
        Act::Decommission => "decommissioned",
        Act::Destroy => "destroyed",
        Act::Sample => "used up as a sample",
        Act::Stolen => "reported stolen",
        Act::Lost => "reported lost",
        Act::Recover => "reported found again",
        Act::Quarantine => "put into quarantine",
        Act::QuarantineSuspect => "put into quarantine as suspect",
        Act::Release => "released from quarantine",
        Act::Suspect => "declared suspect",
        Act::Illegitimate => "declared illegitimate",
        Act::Restock => "reported fit for sale",
    };
    vec![plain.into()]
}

/// Who the goods go to or come from.
fn counterpart(happened: &Happened<'_>, act: Act) -> Vec<Part> {
    let Happened { event, issuer, .. } = *happened;
    let (word, other) = match act {
        Act::Ship | Act::Return => (" to ", &event.destination),
        Act::Receive | Act::ReceiveReturn => (" from ", &event.source),
        _ => return Vec::new(),
    };
    let other = other.iter().filter(|other| *other != issuer);
    let mut parts: Vec<Part> = other
        .flat_map(|other| [word.into(), other.into()])
        .collect();
    let sent = matches!(act, Act::Ship | Act::Return);
    if sent && let Ok(Some(departure)) = Departure::of(event, 0) {
        parts.extend([" on chain ".into(), Part::Chain(departure.chain())]);
    }
    parts
}

/// Where, unless it is with the party itself.
fn place(happened: &Happened<'_>) -> Vec<Part> {
    let Happened { event, issuer, .. } = *happened;
    let elsewhere = |place: &&Value| !place.as_bytes().starts_with(issuer.as_bytes());
    let Some(place) = event.place.as_ref().filter(elsewhere) else {
        return Vec::new();
    };
    let party = PartyId::new(place.as_bytes()).ok();
    let shown = party.map_or_else(
        || Part::Value(attribute::PLACE_TO, place.clone()),
        Part::from,
    );
    vec![" at ".into(), shown]
}
