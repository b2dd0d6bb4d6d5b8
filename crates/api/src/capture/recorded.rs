//! Events as they are recorded: their state, and their reduced form out of the block that contains them.

use pangolin_chain::handle::{Handle, ProveError};
use pangolin_ledger::{
    codec::Wire as _,
    id::{EventId, TxId},
    machine::Overlay,
    query::{self, Answer, EventStatus, QueryError},
    state::{EventRecord, keys},
    tx::{self, Body, SignedTransaction},
};
use thiserror::Error;

use super::job::{EventResult, EventState, Rejection};
use crate::{
    state::{self, At, StateError},
    words,
};

/// A recorded event cannot be shown.
#[derive(Debug, Error)]
pub enum RecordedError {
    /// The state could not be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// The block could not be read.
    #[error(transparent)]
    Block(#[from] ProveError),
    /// The block does not hold what the state says.
    #[error("block {height} does not hold the event that the state names")]
    Inconsistent {
        /// The block.
        height: u64,
    },
}

/// What the chain's state says about an event.
pub async fn status(chain: &Handle, id: &EventId) -> Result<At<EventStatus>, StateError> {
    state::ask(chain, [keys::event(id), keys::handover(id)], |o, _| {
        query::event_status(o, id)
    })
    .await
}

/// What became of an event that is in a final block, as a capture job tells it. `None`: it is in none, or may be sent again.
pub fn outcome(status: &EventStatus) -> Option<EventState> {
    let record = status.record.as_ref()?;
    let height = record.height.0;
    match &record.state {
        pangolin_ledger::state::EventState::Applied => Some(EventState::Known { height }),
        pangolin_ledger::state::EventState::Parked => {
            let parked = status.parked.as_ref();
            Some(EventState::Parked {
                tx: record.tx,
                height,
                missing: parked
                    .map(|parked| words::missings(&parked.missing))
                    .unwrap_or_default(),
                deadline_ms: parked.map_or(0, |parked| parked.deadline.0),
            })
        }
        pangolin_ledger::state::EventState::Expired => None,
        pangolin_ledger::state::EventState::Rejected(code) => {
            Some(EventState::Rejected(Rejection::new(
                code.clone(),
                "the predecessor of the event came, and then a rule refused the event",
                "state what really happened, after the predecessor",
            )))
        }
    }
}

/// What is told of an event whose predecessor did not come in time.
pub fn in_vain() -> EventState {
    EventState::Rejected(Rejection::new(
        "event-expired",
        "the event waited for its predecessor in vain",
        "send the predecessor, then the event again",
    ))
}

/// What a transaction did to events, if a final block contains it: those of them that it recorded, or declared to be in error. All are
/// looked up in one state, whose height is told.
pub async fn done_by(
    chain: &Handle,
    tx: TxId,
    events: &[EventResult],
) -> Result<At<Vec<EventResult>>, StateError> {
    let ids: Vec<EventId> = events.iter().filter_map(|event| event.id).collect();
    let first = ids
        .iter()
        .flat_map(|id| [keys::event(id), keys::handover(id)]);
    let found = state::ask(chain, first.collect::<Vec<_>>(), |o, _| all(o, &ids));
    let At {
        height,
        time_ms,
        value: statuses,
    } = found.await?;
    let mut done = Vec::new();
    let known = events.iter().filter(|event| event.id.is_some());
    for (event, status) in known.zip(&statuses) {
        let declared = status
            .correctives
            .as_ref()
            .and_then(|c| c.declared.as_ref());
        let state = if status.record.as_ref().is_some_and(|record| record.tx == tx) {
            match outcome(status) {
                Some(EventState::Known { height }) => EventState::Captured { tx, height },
                Some(state) => state,
                None => in_vain(),
            }
        } else if let Some(declared) = declared.filter(|declared| declared.tx == tx) {
            let height = declared.height.0;
            EventState::Captured { tx, height }
        } else {
            continue;
        };
        done.push(EventResult {
            state,
            ..event.clone()
        });
    }
    Ok(At {
        height,
        time_ms,
        value: done,
    })
}

/// The statuses of events; what is missing for any of them is asked for at once.
fn all(o: &Overlay, ids: &[EventId]) -> Result<Answer<Vec<EventStatus>>, QueryError> {
    let (mut value, mut consulted, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for id in ids {
        match query::event_status(o, id) {
            Ok(answer) => {
                value.push(answer.value);
                consulted.extend(answer.consulted);
            }
            Err(QueryError::Need(keys)) => missing.extend(keys),
            Err(error) => return Err(error),
        }
    }
    if missing.is_empty() {
        Ok(Answer { value, consulted })
    } else {
        Err(QueryError::Need(missing))
    }
}

/// The reduced form of a recorded event, out of its block.
pub async fn reduced(
    chain: &Handle,
    id: &EventId,
) -> Result<Option<(EventRecord, tx::Event)>, RecordedError> {
    let Some(record) = status(chain, id).await?.value.record else {
        return Ok(None);
    };
    let height = record.height.0;
    let inconsistent = RecordedError::Inconsistent { height };
    let block = chain.transactions(height).await?;
    for bytes in block.iter() {
        let Ok(signed) = SignedTransaction::from_bytes(bytes) else {
            continue;
        };
        if signed.id() != record.tx {
            continue;
        }
        let Body::Events(events) = &signed.tx().body else {
            return Err(inconsistent);
        };
        let index = usize::try_from(record.index).unwrap_or(usize::MAX);
        let event = events.get(index).filter(|event| event.id == *id).cloned();
        return event.map(|event| Some((record, event))).ok_or(inconsistent);
    }
    Err(inconsistent)
}
