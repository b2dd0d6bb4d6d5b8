//! Transactions signed, sent and followed to their end.
//!
//! Steps of [`Sender::events`]: send the batch → final: done → refused for one event: that event is rejected and the rest is
//! sent again; after a few such rounds the batch is halved each time, so that many refused events in one batch cost rounds in
//! the logarithm of its size → refused as a whole: all are rejected.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use pangolin_chain::{
    handle::{Handle, SubmitError},
    pool::Fate,
};
use pangolin_ledger::{
    codec::Wire as _,
    id::{ChainId, Height, PartyId, ProfileRef, Signature, TxId},
    report::{EventOutcome, Receipt, Refusal, reasons},
    tx::{Auth, Body, DataClass, SignedTransaction, Transaction},
};
use thiserror::Error;

use super::{
    batch::Item,
    job::{EventResult, EventState, Open, Rejection},
    recorded,
};
use crate::{
    deps::{SignError, Signer, Trade},
    limits::{BATCH_VALIDITY_BLOCKS, BUSY_PAUSE, FATE_WAIT, MAX_PEELS, MAX_RESENDS},
    state::StateError,
    wire::defect::RefusalReport,
    words,
};

/// Sending stopped before its end; the job is taken up again later.
#[derive(Debug, Error)]
pub enum SendError {
    /// The node is stopping.
    #[error("the node is stopping")]
    Stopping,
    /// The state could not be read.
    #[error(transparent)]
    State(#[from] StateError),
}

/// What became of a transaction.
#[derive(Debug)]
enum Sent {
    Final {
        id: TxId,
        height: u64,
        receipt: Arc<Receipt>,
    },
    Refused {
        open: Open,
        refusal: Arc<Refusal>,
    },
    /// Not taken, or given up: the place in the transaction if one is named.
    Failed {
        rejection: Box<Rejection>,
        place: String,
    },
    /// It is in a final block; its receipt did not come.
    Recorded,
}

/// Signs and sends for parties.
#[derive(Clone)]
pub struct Sender {
    /// The chain.
    pub chain: Handle,
    /// Its identity.
    pub chain_id: ChainId,
    /// The rules that transactions are sent under.
    pub profile: ProfileRef,
    /// The keys.
    pub signer: Arc<dyn Signer>,
    /// The words of the industry.
    pub trade: Arc<dyn Trade>,
}

impl Sender {
    /// Sends events in one or more transactions. With `all_or_nothing` they go in one, and if one event is refused, all are.
    pub async fn events(
        &self,
        party: &PartyId,
        items: Vec<Item>,
        all_or_nothing: bool,
    ) -> Result<Vec<EventResult>, SendError> {
        let mut results = Vec::with_capacity(items.len());
        let mut queue = VecDeque::from([items]);
        let mut peels = 0;
        while let Some(mut batch) = queue.pop_front() {
            if batch.is_empty() {
                continue;
            }
            let events = batch.iter().map(|item| item.event.clone()).collect();
            let (rejection, place) = match self.transact(party, Body::Events(events)).await? {
                Sent::Final {
                    id,
                    height,
                    receipt,
                } => {
                    results.extend(from_receipt(&batch, id, height, &receipt));
                    continue;
                }
                Sent::Recorded => {
                    results.extend(self.as_recorded(batch).await?);
                    continue;
                }
                Sent::Refused { refusal, .. } if refusal.code == reasons::ALREADY_RECORDED.code => {
                    results.extend(self.as_recorded(batch).await?);
                    continue;
                }
                Sent::Refused { open, refusal } => {
                    let rejection = rejected(&refusal, open, self.trade.as_ref());
                    (rejection, refusal.place.clone())
                }
                Sent::Failed { rejection, place } => (rejection, place),
            };
            let at = event_index(&place).filter(|at| *at < batch.len());
            match at {
                Some(at) if !all_or_nothing => {
                    let item = batch.remove(at);
                    results.push(result(&item, EventState::Rejected(rejection)));
                    peels += 1;
                    if peels > MAX_PEELS && batch.len() > 1 {
                        let second = batch.split_off(batch.len() / 2);
                        queue.push_front(second);
                    }
                    queue.push_front(batch);
                }
                _ => results.extend(all_rejected(&batch, at, &rejection)),
            }
        }
        results.sort_by_key(|result| result.index);
        Ok(results)
    }

    /// Sends one body that is not a list of events; says what became of it.
    pub async fn single(
        &self,
        party: &PartyId,
        body: Body,
    ) -> Result<Result<(TxId, u64), Box<Rejection>>, SendError> {
        Ok(match self.transact(party, body).await? {
            Sent::Final { id, height, .. } => Ok((id, height)),
            Sent::Refused { open, refusal } => Err(rejected(&refusal, open, self.trade.as_ref())),
            Sent::Failed { rejection, .. } => Err(rejection),
            Sent::Recorded => Err(Rejection::new(
                "fate-unknown",
                "the transaction was sent, and what became of it is not known here",
                "send it again; what is recorded is not recorded twice",
            )),
        })
    }

    async fn transact(&self, party: &PartyId, body: Body) -> Result<Sent, SendError> {
        let mut last = None;
        for _ in 0..MAX_RESENDS {
            let signed = match self.sign(party, body.clone()) {
                Ok(signed) => signed,
                Err(failed) => return Ok(failed),
            };
            match self.follow(&signed).await? {
                Followed::Sent(sent) => return Ok(sent),
                Followed::Again(why) => last = Some(why),
            }
        }
        let why = last.unwrap_or_default();
        let message = format!(
            "the transaction was sent {MAX_RESENDS} times and no block took it in time{why}"
        );
        let rejection = Rejection::new("transaction-expired", message, "send the document again");
        Ok(Sent::Failed {
            rejection,
            place: String::new(),
        })
    }

    fn sign(&self, party: &PartyId, body: Body) -> Result<SignedTransaction, Sent> {
        let failed = |rejection| Sent::Failed {
            rejection,
            place: String::new(),
        };
        let unsigned = |error: &SignError| {
            failed(Rejection::new(
                error.code(),
                error.to_string(),
                "have the key of this node registered on the chain as an agent key of the party",
            ))
        };
        let key = self
            .signer
            .key(party)
            .ok_or_else(|| unsigned(&SignError::NoKey(party.clone())))?;
        let tx = Transaction {
            chain: self.chain_id,
            profile: self.profile,
            class: DataClass::Transaction,
            issuer: party.clone(),
            key,
            valid_until: Height(self.chain.status().height + BATCH_VALIDITY_BLOCKS),
            body,
        };
        tx.check().map_err(|error| Sent::Failed {
            rejection: Rejection::new(error.code(), error.to_string(), "correct the event"),
            place: error.place().to_owned(),
        })?;
        let unsigned_tx = SignedTransaction::new(tx, Auth::Single(Signature([0; 64])));
        let signature = self
            .signer
            .sign(party, &unsigned_tx.statement())
            .map_err(|error| unsigned(&error))?;
        Ok(SignedTransaction::new(
            unsigned_tx.tx().clone(),
            Auth::Single(signature),
        ))
    }

    /// Sends a transaction and waits for its fate. While the chain is busy, or stands still, this waits too.
    async fn follow(&self, signed: &SignedTransaction) -> Result<Followed, SendError> {
        let (id, bytes) = (signed.id(), bytes::Bytes::from(signed.to_bytes()));
        let mut pause = Duration::from_millis(20);
        loop {
            // asked before it is sent, so that no answer is missed
            let fate = self.chain.watch(id);
            match self.chain.submit(bytes.clone()) {
                Ok(_) => {}
                Err(SubmitError::Busy(_)) => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(BUSY_PAUSE);
                    continue;
                }
                Err(SubmitError::Stopping) => return Err(SendError::Stopping),
                Err(error) => return Ok(Followed::Sent(not_taken(&error))),
            }
            match tokio::time::timeout(FATE_WAIT, fate).await {
                Ok(Ok(Fate::Final { height, receipt })) => {
                    return Ok(Followed::Sent(Sent::Final {
                        id,
                        height,
                        receipt,
                    }));
                }
                Ok(Ok(Fate::Refused(refusal))) if refusal.code == reasons::QUOTA.code => {
                    tokio::time::sleep(BUSY_PAUSE).await;
                }
                Ok(Ok(Fate::Refused(refusal))) if refusal.code == reasons::EXPIRED.code => {
                    return Ok(Followed::Again(String::new()));
                }
                Ok(Ok(Fate::Refused(refusal))) => {
                    let until = signed.tx().valid_until.0;
                    let open = Open { tx: id, until };
                    return Ok(Followed::Sent(Sent::Refused { open, refusal }));
                }
                Ok(Ok(Fate::Expired { valid_until })) => {
                    return Ok(Followed::Again(format!(
                        " (valid until block {valid_until})"
                    )));
                }
                Ok(Err(_)) | Err(_) => {
                    if self.is_recorded(signed).await? {
                        return Ok(Followed::Sent(Sent::Recorded));
                    }
                    if self.chain.status().height > signed.tx().valid_until.0 {
                        return Ok(Followed::Again(String::new()));
                    }
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(BUSY_PAUSE);
                }
            }
        }
    }

    async fn is_recorded(&self, signed: &SignedTransaction) -> Result<bool, SendError> {
        let Body::Events(events) = &signed.tx().body else {
            return Ok(false);
        };
        let Some(first) = events.first() else {
            return Ok(false);
        };
        let status = recorded::status(&self.chain, &first.id).await?;
        Ok(status
            .value
            .record
            .is_some_and(|record| record.tx == signed.id()))
    }

    /// What the state says about events whose receipt is not at hand.
    async fn as_recorded(&self, batch: Vec<Item>) -> Result<Vec<EventResult>, SendError> {
        let mut results = Vec::with_capacity(batch.len());
        for item in batch {
            let status = recorded::status(&self.chain, &item.event.id).await?;
            let state = recorded::outcome(&status.value).unwrap_or_else(recorded::in_vain);
            results.push(result(&item, state));
        }
        Ok(results)
    }
}

enum Followed {
    Sent(Sent),
    Again(String),
}

fn result(item: &Item, state: EventState) -> EventResult {
    EventResult {
        index: item.index,
        id: Some(item.event.id),
        state,
    }
}

fn not_taken(error: &SubmitError) -> Sent {
    let place = match error {
        SubmitError::Inconsistent { place, .. } => place.clone(),
        // one event alone may be larger than a transaction: it is the one to name
        SubmitError::TooLarge { .. } => "/events/0".to_owned(),
        _ => String::new(),
    };
    let remedy = match error {
        SubmitError::TooLarge { .. } => "divide the event into several",
        _ => "report this to the operator of the node",
    };
    Sent::Failed {
        rejection: Rejection::new(error.code(), error.to_string(), remedy),
        place,
    }
}

/// A refusal in the words of the trade.
fn rejected(refusal: &Refusal, open: Open, trade: &dyn Trade) -> Box<Rejection> {
    let report = RefusalReport::new(refusal, trade);
    let mut rejection =
        Rejection::new(refusal.code, report.message.clone(), refusal.remedy.clone());
    rejection.refusal = Some(report);
    rejection.open = Some(open);
    rejection
}

/// The event that a place in a transaction is about: 3 of `/events/3/objects/17`.
fn event_index(place: &str) -> Option<usize> {
    let rest = place.strip_prefix("/events/")?;
    rest.split('/').next()?.parse().ok()
}

fn all_rejected(batch: &[Item], at: Option<usize>, why: &Rejection) -> Vec<EventResult> {
    let others = |index: usize| match at {
        Some(at) if at != index => {
            let mut other = Rejection::new(
                "rolled-back",
                format!("another event of the document was refused: {}", why.code),
                "correct that event and send the document again, or ask for GS1-Capture-Error-Behaviour: proceed",
            );
            other.open = why.open;
            other
        }
        _ => Box::new(why.clone()),
    };
    batch
        .iter()
        .enumerate()
        .map(|(index, item)| result(item, EventState::Rejected(others(index))))
        .collect()
}

fn from_receipt(batch: &[Item], tx: TxId, height: u64, receipt: &Receipt) -> Vec<EventResult> {
    let each = batch.iter().zip(&receipt.events);
    each.map(|(item, event)| result(item, outcome(tx, height, &event.outcome)))
        .collect()
}

/// What became of an event of a transaction in a final block.
pub(super) fn outcome(tx: TxId, height: u64, outcome: &EventOutcome) -> EventState {
    match outcome {
        EventOutcome::Applied => EventState::Captured { tx, height },
        EventOutcome::Parked {
            missing, deadline, ..
        } => EventState::Parked {
            tx,
            height,
            missing: words::missing(missing),
            deadline_ms: deadline.0,
        },
        EventOutcome::Duplicate { height } => EventState::Known { height: height.0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_name_events() {
        for (place, expect) in [
            ("/events/3/objects/17", Some(3)),
            ("/events/0", Some(0)),
            ("/events", None),
            ("", None),
            ("/order", None),
        ] {
            assert_eq!(event_index(place), expect, "{place}");
        }
    }
}
