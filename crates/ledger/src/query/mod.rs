//! Questions about the state, answered with the keys that the answer rests on.
//!
//! A query reads an [`Overlay`] like the machine does, and asks for missing records with [`QueryError::Need`]. Its answer lists every
//! key that was consulted, so that proofs can be made for exactly those; and since the same function over proven records
//! gives the same answer, whoever verifies the proofs evaluates the status for himself.

mod chain;
mod reader;
mod status;

use thiserror::Error;

use crate::{
    id::{DocumentId, EventId, GroupId, OrderId, PartyId, Role, Scope},
    machine::Overlay,
    state::{
        Balance, Correctives, Document, EventRecord, Group, Handover, Holder, Key, Licence, Order,
        Parked, Party, keys,
    },
    tx::Stock,
};

pub use chain::{Acquaintance, acquaintance};
pub use status::{BlockingOrder, ContainerStatus, Known, ObjectStatus, object_status};

use reader::Reader;

/// An answer with the keys it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<T> {
    /// What was asked for.
    pub value: T,
    /// Every key that was consulted, ascending.
    pub consulted: Vec<Key>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QueryError {
    /// These records must be supplied first.
    #[error("{} records must be supplied first", .0.len())]
    Need(Vec<Key>),
    /// This record cannot be decoded.
    #[error("the record under {0:?} cannot be decoded")]
    Corrupt(Key),
}

impl QueryError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Need(_) => "need-keys",
            Self::Corrupt(_) => "state-corrupt",
        }
    }
}

/// What became of an event, what it waits for, what corrects it, and how far its hand-over is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventStatus {
    /// Its record; `None` if it was never recorded.
    pub record: Option<EventRecord>,
    /// What it waits for.
    pub parked: Option<Parked>,
    /// What corrects it.
    pub correctives: Option<Correctives>,
    /// The hand-over it opened.
    pub handover: Option<Handover>,
}

/// What became of an event.
pub fn event_status(o: &Overlay, event: &EventId) -> Result<Answer<EventStatus>, QueryError> {
    Reader::answer(o, |r| {
        r.want([keys::event(event), keys::handover(event)])?;
        let record: Option<EventRecord> = r.get(keys::event(event))?;
        let waits = record
            .as_ref()
            .is_some_and(|record| record.state == crate::state::EventState::Parked);
        let corrected = record.as_ref().is_none_or(|record| record.corrected);
        Ok(EventStatus {
            parked: if waits {
                r.get(keys::parked(event))?
            } else {
                None
            },
            correctives: if corrected {
                r.get(keys::correctives(event))?
            } else {
                None
            },
            handover: r.get(keys::handover(event))?,
            record,
        })
    })
}

/// A party.
pub fn party(o: &Overlay, party: &PartyId) -> Result<Answer<Option<Party>>, QueryError> {
    Reader::answer(o, |r| r.get(keys::party(party)))
}

/// A role or licence of a party.
pub fn licence(
    o: &Overlay,
    party: &PartyId,
    role: Role,
    scope: &Scope,
) -> Result<Answer<Option<Licence>>, QueryError> {
    Reader::answer(o, |r| r.get(keys::licence(party, role, scope)))
}

/// An order.
pub fn order(o: &Overlay, order: &OrderId) -> Result<Answer<Option<Order>>, QueryError> {
    Reader::answer(o, |r| r.get(keys::order(order)))
}

/// A group.
pub fn group(o: &Overlay, group: &GroupId) -> Result<Answer<Option<Group>>, QueryError> {
    Reader::answer(o, |r| r.get(keys::group(group)))
}

/// A document.
pub fn document(
    o: &Overlay,
    document: &DocumentId,
) -> Result<Answer<Option<Document>>, QueryError> {
    Reader::answer(o, |r| r.get(keys::document(document)))
}

/// What a holder has of a stock.
pub fn balance(
    o: &Overlay,
    holder: &Holder,
    stock: &Stock,
) -> Result<Answer<Option<Balance>>, QueryError> {
    Reader::answer(o, |r| r.get(keys::balance(holder, stock)))
}
