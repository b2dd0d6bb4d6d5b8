//! Which events somebody may see: those of which the party is the issuer, a source or a destination. Authorities see all.
//!
//! The index does not know who asks; pages are filtered here. A page can therefore have fewer events than asked for, even
//! none, and still not be the last.

use std::sync::Arc;

use pangolin_epcis::Event;
use pangolin_gs1::Key;
use pangolin_index::{IndexError, Lens, Query, SqliteIndex, StoredEvent};
use pangolin_ledger::id::{Height, PartyId, TimeMs};

use crate::authorise::Sight;

/// Pages of the index read for one page of an answer.
const MAX_PAGES: usize = 8;

/// A page of events that somebody may see.
#[derive(Debug)]
pub struct Page {
    /// The events.
    pub events: Vec<Event>,
    /// Token and expiry of the next page.
    pub next: Option<(String, i64)>,
    /// The block as of which this is the answer.
    pub height: u64,
    /// Events that cannot be shown, because they cannot be read.
    pub unreadable: usize,
}

/// A page of what a query finds, of what somebody may see.
pub fn page(
    index: &SqliteIndex,
    query: &Query,
    sight: &Sight,
    now: TimeMs,
) -> Result<Page, IndexError> {
    let lens = Arc::clone(index.lens());
    let mut query = query.clone();
    let mut page = Page {
        events: Vec::new(),
        next: None,
        height: 0,
        unreadable: 0,
    };
    for _ in 0..MAX_PAGES {
        let found = index.events(&query, now)?;
        page.height = height(found.height);
        for stored in &found.events {
            match visible(stored, sight, lens.as_ref()) {
                Ok(Some(event)) => page.events.push(event),
                Ok(None) => {}
                Err(reason) => {
                    tracing::error!(event = %stored.id, reason, "an event of the index cannot be read");
                    page.unreadable += 1;
                }
            }
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

/// The event in the form of the standard, if it may be seen.
pub fn visible(
    stored: &StoredEvent,
    sight: &Sight,
    lens: &dyn Lens,
) -> Result<Option<Event>, String> {
    let event = stored.to_epcis(lens)?;
    Ok(match sight {
        Sight::Everything => Some(event),
        Sight::Of(party) => {
            (stored.issuer == *party || names(&event, party, lens)).then_some(event)
        }
    })
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
