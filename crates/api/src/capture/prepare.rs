//! The second reading of a document: each event reduced for the ledger.

use std::{collections::BTreeSet, io::Read};

use pangolin_epcis::{
    Event,
    defect::{Defects, quote},
    model::Header,
    read,
};
use pangolin_ledger::{
    codec::Wire as _,
    id::{EventId, PartyId},
    tx,
};
use pangolin_profiles::{
    capture::{self, CaptureDefect, Lexicon, Reducer},
    disclosure::SaltSecret,
};

use super::{job::Rejection, survey};
use crate::{
    own::{Own, OwnError, Placement, events::FullEvent},
    wire::defect::Defect,
};

/// What an event becomes.
#[derive(Debug, Clone)]
pub enum Piece {
    /// An event for the ledger.
    Event {
        /// The event.
        event: Box<tx::Event>,
        /// Its size in bytes.
        size: usize,
        /// The full event, where the chain does not get it.
        full: Option<Box<FullEvent>>,
    },
    /// The declaration that an earlier event was in error.
    Declaration(Box<Event>),
}

/// An event after its second reading.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Index in the document, from 0.
    pub index: u64,
    /// Its event hash, if it could be read.
    pub id: Option<EventId>,
    /// What it becomes, or why it is refused.
    pub piece: Result<Piece, Box<Rejection>>,
}

/// How a document is read the second time.
pub struct Plan<'a> {
    /// How defects are dealt with.
    pub mode: read::Mode,
    /// Most events.
    pub max_events: usize,
    /// What the first reading found besides events.
    pub header: &'a Header,
    /// The words of the industry.
    pub lexicon: &'a Lexicon,
    /// Where the full events go.
    pub keep: Keep<'a>,
    /// Events that need no further work.
    pub done: &'a BTreeSet<u64>,
}

/// Where the full events of a document go.
#[derive(Clone, Copy)]
pub struct Keep<'a> {
    /// The party whose events they are.
    pub party: &'a PartyId,
    /// The secret of the party.
    pub secret: &'a SaltSecret,
    /// Into blocks, or to this node.
    pub placement: Placement,
    /// What this node keeps.
    pub own: &'a Own,
}

/// Reads a document again and hands out its events in order, until `take` says that it wants no more.
pub fn prepare(
    input: impl Read,
    plan: &Plan<'_>,
    mut take: impl FnMut(Prepared) -> bool,
) -> Result<(), OwnError> {
    let reducer = Reducer::of_document(plan.lexicon, plan.header);
    let mut reader = read::any_within(input, plan.mode, survey::limits(plan.max_events));
    while let Some(read) = reader.next() {
        let index = match &read {
            Ok((index, _)) => *index,
            Err(refused) => refused.index,
        };
        if plan.done.contains(&(index as u64)) {
            continue;
        }
        let prepared = match read {
            Ok((_, event)) => {
                let mut prepared = reduce(&reducer, &plan.keep, index, event)?;
                if let Err(rejection) = &mut prepared.piece {
                    known(rejection, &defects_of(reader.defects(), index));
                }
                prepared
            }
            Err(refused) => Prepared {
                index: index as u64,
                id: None,
                piece: Err(refusal(&refused, defects_of(reader.defects(), index))),
            },
        };
        if !take(prepared) {
            break;
        }
    }
    Ok(())
}

fn reduce(
    reducer: &Reducer,
    keep: &Keep<'_>,
    index: usize,
    event: Event,
) -> Result<Prepared, OwnError> {
    let hash = reducer.event_id(&event);
    let place = index as u64;
    if event.error_declaration.is_some() {
        return Ok(Prepared {
            index: place,
            id: Some(hash),
            piece: Ok(Piece::Declaration(Box::new(event))),
        });
    }
    let (id, placement) = keep
        .own
        .identity(keep.party, &hash, keep.placement, keep.secret)?;
    let keep = Keep { placement, ..*keep };
    let piece = piece(reducer, &keep, &event, hash, id);
    Ok(Prepared {
        index: place,
        id: Some(id),
        piece: piece.map_err(|defects| rejection(index, &defects)),
    })
}

fn piece(
    reducer: &Reducer,
    keep: &Keep<'_>,
    event: &Event,
    hash: EventId,
    id: EventId,
) -> Result<Piece, Vec<CaptureDefect>> {
    let placement = match keep.placement {
        Placement::Full => capture::Placement::Full,
        Placement::Committed => capture::Placement::Committed,
    };
    let reduced = reducer.reduce_identified(event, id, keep.secret, placement)?;
    let full = match keep.placement {
        Placement::Full => None,
        Placement::Committed => Some(Box::new(FullEvent {
            id,
            hash,
            party: keep.party.clone(),
            payload: reducer.payload(event)?,
        })),
    };
    let size = reduced.to_bytes().len();
    Ok(Piece::Event {
        event: Box::new(reduced),
        size,
        full,
    })
}

/// What the reader found wrong with an event.
fn defects_of(found: &Defects, index: usize) -> Vec<Defect> {
    let found = found.list().iter();
    found
        .filter(|found| found.event == Some(index))
        .map(Defect::from)
        .collect()
}

/// What the reader has warned of and what now stands in the way is one defect: it keeps the code that the reader gave it, and
/// its place in the document as it was sent.
fn known(rejection: &mut Rejection, warnings: &[Defect]) {
    let mut first = true;
    for defect in &mut rejection.defects {
        let value = defect.message.split_once(" is no valid identifier");
        let same = value.and_then(|(value, _)| {
            let quoted = quote(value);
            warnings
                .iter()
                .find(|warning| warning.message.starts_with(&quoted))
        });
        if let Some(warning) = same {
            defect.code.clone_from(&warning.code);
            defect.place.clone_from(&warning.place);
            if first {
                rejection.code.clone_from(&warning.code);
                rejection.message = format!("{} at {}", defect.message, defect.place);
            }
        }
        first = false;
    }
}

fn refusal(refused: &read::Refused, defects: Vec<Defect>) -> Box<Rejection> {
    let first = refused.first.as_deref();
    let code = first.map_or("event-refused", |defect| defect.code);
    let remedy = first.map_or("correct the event", |defect| defect.remedy);
    let mut rejection = Rejection::new(code, refused.to_string(), remedy);
    rejection.defects = defects;
    rejection
}

/// The defects of an event that cannot be reduced.
pub fn rejection(index: usize, defects: &[CaptureDefect]) -> Box<Rejection> {
    let first = defects.first();
    let code = first.map_or("event-refused", CaptureDefect::code);
    let remedy = first.map_or("correct the event", CaptureDefect::remedy);
    let message = first.map_or_else(
        || "the event cannot be recorded".to_owned(),
        ToString::to_string,
    );
    let mut rejection = Rejection::new(code, message, remedy);
    rejection.defects = defects
        .iter()
        .map(|found| Defect {
            code: found.code().to_owned(),
            severity: "error".to_owned(),
            place: found.place.clone(),
            event: Some(index),
            message: found.problem.to_string(),
            remedy: found.remedy().to_owned(),
        })
        .collect();
    rejection
}
