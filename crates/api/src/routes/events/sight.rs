//! Which events somebody may see: those of which the party is the issuer, a source or a destination. Authorities see all.
//!
//! The index does not know who asks; pages are filtered here. A page can therefore have fewer events than asked for, even
//! none, and still not be the last. Of an event that is not on the chain, its owner sees what this node keeps, everybody else what the
//! rules saw: more of it is asked for by its fields, and written down.

use pangolin_epcis::Event;
use pangolin_gs1::Key;
use pangolin_index::{EventBody, IndexError, Lens, Query, SqliteIndex, StoredEvent};
use pangolin_ledger::id::{Height, PartyId, TimeMs};

use crate::{
    authorise::Sight,
    own::{Own, Right, Tally},
};

/// Pages of the index read for one page of an answer.
const MAX_PAGES: usize = 8;

/// A page of events that somebody may see.
#[derive(Debug, Default)]
pub struct Page {
    /// The events.
    pub events: Vec<Event>,
    /// Token and expiry of the next page.
    pub next: Option<(String, i64)>,
    /// The block as of which this is the answer.
    pub height: u64,
    /// Events that cannot be shown, because they cannot be read.
    pub unreadable: usize,
    /// Events of others that are shown: to be written down before the answer goes out.
    pub disclosed: Tally,
}

/// A page of what a query finds, of what somebody may see.
pub fn page(
    index: &SqliteIndex,
    query: &Query,
    sight: &Sight,
    own: &Own,
    now: TimeMs,
) -> Result<Page, IndexError> {
    let lens = index.lens().clone();
    let mut query = query.clone();
    let mut page = Page::default();
    for _ in 0..MAX_PAGES {
        let found = index.events(&query, now)?;
        page.height = height(found.height);
        for stored in &found.events {
            page.show(stored, sight, own, lens.as_ref());
        }
        page.next = found.next.map(|next| (next.token, next.expires.0));
        match &page.next {
            Some((token, _)) if page.events.is_empty() => {
                query.next_page_token = Some(token.clone());
            }
            _ => break,
        }
    }
    Ok(page)
}

const fn height(height: Height) -> u64 {
    height.0
}

impl Page {
    /// Adds an event, if it may be seen.
    pub fn show(&mut self, stored: &StoredEvent, sight: &Sight, own: &Own, lens: &dyn Lens) {
        match visible(stored, sight, own, lens) {
            Ok(Some((event, right))) => {
                if let Some(right) = right {
                    self.disclosed.add(&stored.issuer, right, stored.id);
                }
                self.events.push(event);
            }
            Ok(None) => {}
            Err(reason) => {
                tracing::error!(event = %stored.id, reason, "an event cannot be read");
                self.unreadable += 1;
            }
        }
    }
}

/// The event in the form of the standard, if it may be seen; with the right by which, unless it is the owner's.
pub(in crate::routes) fn visible(
    stored: &StoredEvent,
    sight: &Sight,
    own: &Own,
    lens: &dyn Lens,
) -> Result<Option<(Event, Option<Right>)>, String> {
    match sight {
        Sight::Everything => Ok(Some((stored.to_epcis(lens)?, Some(Right::Authority)))),
        Sight::Of(party) if stored.issuer == *party => {
            Ok(Some((whole(stored, own)?.to_epcis(lens)?, None)))
        }
        Sight::Of(party) => {
            let event = stored.to_epcis(lens)?;
            let named = names(&event, party, lens);
            Ok(named.then_some((event, Some(Right::Party))))
        }
    }
}

/// The event as its owner has it.
fn whole(stored: &StoredEvent, own: &Own) -> Result<StoredEvent, String> {
    let mut stored = stored.clone();
    if matches!(stored.body, EventBody::Committed { .. }) {
        let kept = own.events.get(&stored.id);
        let kept = kept.map_err(|error| error.to_string())?;
        // where it is lost, or elsewhere, what the rules saw is left
        if let Some(kept) = kept {
            stored.body = EventBody::Full(kept.payload);
        }
    }
    Ok(stored)
}

/// Whether an event names a party as source or destination.
fn names(event: &Event, party: &PartyId, lens: &dyn Lens) -> bool {
    event
        .sources
        .iter()
        .chain(&event.destinations)
        .any(|named| {
            let key = Key::parse(named.id.as_str());
            key.is_ok_and(|key| lens.party(&key).as_ref() == Some(party))
        })
}
