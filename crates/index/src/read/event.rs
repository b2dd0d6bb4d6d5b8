//! Stored events.

use jiff::Timestamp;
use pangolin_epcis::{
    Event,
    model::{ErrorDeclaration, Term, Time, Uri},
    vocab::Vocabulary,
};
use pangolin_ledger::{
    codec::Wire as _,
    id::{Code, Digest32, EventId, Height, PartyId, ProfileRef, TimeMs, TxId},
    tx,
};
use pangolin_profiles::capture::event_uri;
use rusqlite::OptionalExtension as _;

use super::names::Names;
use crate::{
    error::{During as _, IndexError, damaged},
    lens::Lens,
    reduced,
    store::{Reading, object::event_flag},
    write::{EventState, unpack_profile},
};

/// An event as the chain recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its number in this index: ascending in the order of the blocks.
    pub no: i64,
    /// The event hash.
    pub id: EventId,
    /// The block that recorded it.
    pub height: Height,
    /// The time of that block.
    pub record_time: TimeMs,
    /// The transaction.
    pub tx: TxId,
    /// Its place among the events of the transaction.
    pub place: u32,
    /// The party that stated it.
    pub issuer: PartyId,
    /// The rules it was accepted by.
    pub profile: ProfileRef,
    /// What became of it.
    pub state: EventState,
    /// Whether it was declared in error.
    pub in_error: bool,
    /// Of a declaration: what it says.
    pub declaration: Option<Declaration>,
    /// The full event, or where it is.
    pub body: EventBody,
}

/// The full event, or where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventBody {
    /// As carried: the bytes of the transaction's payload.
    Full(Vec<u8>),
    /// With its owner.
    Committed {
        /// SHA-256 of the full event.
        digest: Digest32,
        /// What the rules saw.
        reduced: Box<tx::Event>,
    },
    /// At a URI.
    Pointer {
        /// Where.
        uri: String,
        /// SHA-256 of the full event.
        digest: Digest32,
        /// What the rules saw.
        reduced: Box<tx::Event>,
    },
}

/// The declaration that an event was in error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// When it was made.
    pub time: TimeMs,
    /// Why, as a code of the profile.
    pub reason: Code,
    /// Why, in words.
    pub note: String,
    /// Events that state what really happened.
    pub correctives: Vec<EventId>,
}

impl Declaration {
    /// The reason as the standard's word, or as the URI of somebody's own vocabulary, which the note then holds.
    pub(crate) fn reason_word(&self, lens: &dyn Lens, profile: ProfileRef) -> Option<String> {
        reason_word(lens, profile, self.reason, &self.note)
    }
}

/// See [`Declaration::reason_word`].
pub(crate) fn reason_word(
    lens: &dyn Lens,
    profile: ProfileRef,
    reason: Code,
    note: &str,
) -> Option<String> {
    let own = || Uri::parse(note).ok().map(|uri| uri.as_str().to_owned());
    lens.error_reason(profile, reason).or_else(own)
}

impl StoredEvent {
    /// The event in the form of the standard, with its `recordTime`, and with its hash as `eventID` if it has none of its own.
    /// Of an event that is not on the chain, what the rules saw. `Err` says why it cannot be read.
    pub fn to_epcis(&self, lens: &dyn Lens) -> Result<Event, String> {
        let mut event = match &self.body {
            EventBody::Full(bytes) => lens.full_event(bytes)?,
            EventBody::Committed { reduced, .. } | EventBody::Pointer { reduced, .. } => {
                reduced::as_full(lens, self.profile, reduced)
                    .ok_or("the reduced event has no form in the standard")?
            }
        };
        event.record_time = time(self.record_time);
        if event.event_id.is_none() {
            event.event_id = Uri::parse(&event_uri(&self.id)).ok();
        }
        if let Some(declaration) = &self.declaration {
            event.error_declaration = self.error_declaration(lens, declaration);
        }
        Ok(event)
    }

    fn error_declaration(
        &self,
        lens: &dyn Lens,
        declaration: &Declaration,
    ) -> Option<ErrorDeclaration> {
        let reason = declaration.reason_word(lens, self.profile);
        let ids = declaration
            .correctives
            .iter()
            .filter_map(|id| Uri::parse(&event_uri(id)).ok())
            .collect::<Vec<_>>();
        Some(ErrorDeclaration {
            declaration_time: time(declaration.time)?,
            reason: reason.map(|word| {
                Term::parse(Vocabulary::ErrorReason, &word)
                    .unwrap_or_else(|_| Term::user(Vocabulary::ErrorReason, &word))
            }),
            corrective_event_ids: (!ids.is_empty()).then_some(ids),
            extensions: Vec::new(),
        })
    }

    /// Bytes of the full event as stored.
    pub(crate) fn size(&self) -> usize {
        match &self.body {
            EventBody::Full(bytes) => bytes.len(),
            EventBody::Committed { .. } | EventBody::Pointer { .. } => 1_024,
        }
    }
}

fn time(time: TimeMs) -> Option<Time> {
    let text = Timestamp::from_millisecond(time.0)
        .ok()?
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string();
    Time::parse(&text).ok()
}

/// The row of an event without its body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventRow {
    pub(crate) no: i64,
    pub(crate) time: i64,
    pub(crate) state: EventState,
    pub(crate) flags: i64,
}

impl EventRow {
    /// Whether it is part of the answers to queries: what waits or was refused did not happen as far as the chain knows.
    pub(crate) const fn is_visible(&self) -> bool {
        matches!(self.state, EventState::Applied | EventState::Declaration)
    }
}

/// The row of an event.
pub(crate) fn row(reading: &Reading<'_>, no: i64) -> Result<Option<EventRow>, IndexError> {
    reading
        .prepare("SELECT time, state, flags FROM events WHERE no = ?1")?
        .query_row([no], |row| {
            let state: i64 = row.get(1)?;
            Ok(EventRow {
                no,

                time: row.get(0)?,
                state: EventState::from_number(state)
                    .ok_or(rusqlite::Error::IntegralValueOutOfRange(1, state))?,
                flags: row.get(2)?,
            })
        })
        .optional()
        .during("reading an event")
}

/// The numbers of the events with a hash, ascending.
pub(crate) fn numbers(reading: &Reading<'_>, id: &EventId) -> Result<Vec<i64>, IndexError> {
    reading
        .prepare("SELECT no FROM events WHERE hash8 = ?1 AND hash = ?2 ORDER BY no")?
        .query_map(
            rusqlite::params![crate::write::first8(&id.0), id.0],
            |row| row.get(0),
        )
        .and_then(Iterator::collect)
        .during("looking up an event")
}

/// The whole of an event.
pub(crate) fn load(
    reading: &Reading<'_>,
    names: &Names,
    no: i64,
) -> Result<StoredEvent, IndexError> {
    type Columns = (Vec<u8>, i64, i64, Vec<u8>, u32, i64, i64, i64, i64);
    let (hash, height, time, tx, place, issuer, profile, state, flags): Columns = reading
        .prepare(
            "SELECT events.hash, events.height, blocks.time, transactions.id, events.place, events.issuer,
                    events.profile, events.state, events.flags
             FROM events JOIN blocks ON blocks.height = events.height JOIN transactions ON transactions.no = events.tx
             WHERE events.no = ?1",
        )?
        .query_row([no], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
                row.get(5)?,
                row.get(6)?,
                row.get(7)?,
                row.get(8)?,
            ))
        })
        .during("reading an event")?;
    let state = EventState::from_number(state)
        .ok_or_else(|| damaged(format!("event {no} has state {state}")))?;
    let declaration = if state == EventState::Declaration {
        Some(declaration(reading, no)?)
    } else {
        None
    };
    let missing = || damaged(format!("event {no} has a digest of another length"));
    Ok(StoredEvent {
        no,
        id: EventId(hash.try_into().map_err(|_| missing())?),
        height: Height(height.cast_unsigned()),
        record_time: TimeMs(time),
        tx: TxId(tx.try_into().map_err(|_| missing())?),
        place,
        issuer: names
            .party(reading, issuer)?
            .ok_or_else(|| damaged(format!("event {no} has no issuer")))?,
        profile: unpack_profile(profile),
        state,
        in_error: flags & event_flag::IN_ERROR != 0,
        declaration,
        body: body(reading, no)?,
    })
}

/// The full event, or where it is.
fn body(reading: &Reading<'_>, no: i64) -> Result<EventBody, IndexError> {
    let (kind, payload, reduced): (i64, Vec<u8>, Option<Vec<u8>>) = reading
        .prepare("SELECT kind, payload, reduced FROM bodies WHERE event = ?1")?
        .query_row([no], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .during("reading the body of an event")?;
    if kind == 0 {
        return Ok(EventBody::Full(payload));
    }
    let wrong = || damaged(format!("the body of event {no} is malformed"));
    let reduced = reduced.ok_or_else(wrong)?;
    let reduced = Box::new(tx::Event::from_bytes(&reduced).map_err(|_| wrong())?);
    let (digest, uri) = payload.split_first_chunk::<32>().ok_or_else(wrong)?;
    let digest = Digest32(*digest);
    Ok(match kind {
        1 => EventBody::Committed { digest, reduced },
        _ => EventBody::Pointer {
            uri: String::from_utf8(uri.to_vec()).map_err(|_| wrong())?,
            digest,
            reduced,
        },
    })
}

fn declaration(reading: &Reading<'_>, no: i64) -> Result<Declaration, IndexError> {
    let (time, reason, note, correctives): (i64, u16, String, Vec<u8>) = reading
        .prepare("SELECT time, reason, note, correctives FROM declarations WHERE event = ?1")?
        .query_row([no], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .during("reading a declaration")?;
    Ok(Declaration {
        time: TimeMs(time),
        reason: Code(reason),
        note,
        correctives: correctives
            .as_chunks::<32>()
            .0
            .iter()
            .map(|hash| EventId(*hash))
            .collect(),
    })
}
