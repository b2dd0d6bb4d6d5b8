//! What an event did, in one sentence: day, thing, act, parties, place.

use pangolin_ledger::{
    id::{EventId, ObjectId, PartyId, ProfileRef, TimeMs},
    report::{Message, Part},
    say,
    tx::Event,
};

use super::of;
use crate::calendar::{DAY_MS, civil};

/// An event and who stated it.
#[derive(Debug, Clone, Copy)]
pub struct Happened<'a> {
    /// The profile it was stated under.
    pub profile: ProfileRef,
    /// Who stated it.
    pub issuer: &'a PartyId,
    /// The event.
    pub event: &'a Event,
}

/// The sentence for an event: `2026-03-01: 6 packs of lot A123 … commissioned by GLN …`. It keeps what it names as it is; whoever
/// shows it says it with [`Speech::say`](super::Speech::say).
pub fn happened(happened: &Happened<'_>) -> Message {
    let own = (of(happened.profile).event)(happened);
    own.unwrap_or_else(|| {
        let Happened { event, issuer, .. } = happened;
        let mut parts = vec![when(event.time).into()];
        parts.extend(things(event));
        parts.extend([" reported by ".into(), (*issuer).into()]);
        Message::new(parts)
    })
}

/// The sentence for the declaration that an event was in error.
pub fn declared_in_error(issuer: &PartyId, declared: TimeMs, event: &EventId) -> Message {
    say![when(declared), event, " was declared in error by ", issuer,]
}

/// `2026-03-01: `
pub(crate) fn when(time: TimeMs) -> String {
    let (year, month, day) = civil(time.0.div_euclid(DAY_MS));
    format!("{year:04}-{month:02}-{day:02}: ")
}

/// What an event is about: the thing itself if it is one, the first and how many more if there are several.
pub(crate) fn things(event: &Event) -> Vec<Part> {
    let list = event.objects.as_slice();
    match (list, &event.parent) {
        ([], Some(parent)) => vec![parent.into()],
        ([], None) => vec!["quantities".into()],
        (objects, _) => several(objects),
    }
}

/// `pack …`, or `pack … and 5 more`.
pub(crate) fn several(objects: &[ObjectId]) -> Vec<Part> {
    match objects {
        [] => Vec::new(),
        [one] => vec![one.into()],
        [first, more @ ..] => vec![first.into(), format!(" and {} more", more.len()).into()],
    }
}
