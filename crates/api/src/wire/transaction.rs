//! Transactions and what became of them.

use pangolin_ledger::report::{EventOutcome, Receipt};
use pangolin_profiles::capture::event_uri;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::defect::RefusalReport;
use crate::{clock::utc_text, words};

/// A transaction and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Transaction {
    /// Identity, hexadecimal; absent if the bytes could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `sent`, `final`, `refused`, `expired` or `not-taken`.
    pub state: String,
    /// The block that contains it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u64>,
    /// The time of that block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Where the receipt with its proof is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    /// Its events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<TransactionEvent>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<RefusalReport>,
    /// Code of whatever else went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What became of an event of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TransactionEvent {
    /// Its identifier.
    #[serde(rename = "eventID")]
    pub event_id: String,
    /// `applied`, `parked` or `known`.
    pub state: String,
    /// What a parked event waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// When a parked event stops waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
    /// The block that recorded a known event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u64>,
}

impl Transaction {
    /// A transaction in a state.
    pub fn new(id: Option<String>, state: &str) -> Self {
        Self {
            id,
            state: state.to_owned(),
            height: None,
            time: None,
            receipt: None,
            events: Vec::new(),
            refusal: None,
            code: None,
            detail: None,
        }
    }

    /// A transaction in a final block.
    pub fn finalised(id: &str, height: u64, receipt: Option<&Receipt>) -> Self {
        let mut transaction = Self::new(Some(id.to_owned()), "final");
        transaction.height = Some(height);
        transaction.receipt = Some(format!("/proofs/receipt/{id}"));
        transaction.events = receipt
            .iter()
            .flat_map(|receipt| receipt.events.iter().map(TransactionEvent::from))
            .collect();
        transaction
    }
}

impl From<&pangolin_ledger::report::EventReceipt> for TransactionEvent {
    fn from(receipt: &pangolin_ledger::report::EventReceipt) -> Self {
        let mut event = Self {
            event_id: event_uri(&receipt.id),
            state: "applied".to_owned(),
            missing: None,
            deadline: None,
            height: None,
        };
        match &receipt.outcome {
            EventOutcome::Applied => {}
            EventOutcome::Parked {
                missing, deadline, ..
            } => {
                "parked".clone_into(&mut event.state);
                event.missing = Some(words::missing(missing));
                event.deadline = Some(utc_text(deadline.0));
            }
            EventOutcome::Duplicate { height } => {
                "known".clone_into(&mut event.state);
                event.height = Some(height.0);
            }
        }
        event
    }
}
