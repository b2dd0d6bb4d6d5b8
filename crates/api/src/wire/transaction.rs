//! Transactions and what became of them.

use pangolin_ledger::report::{Effect, EventOutcome, Receipt};
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
    /// What systems of other kinds said, on which it rests, or an event that waited and was applied with it.
    #[serde(default, rename = "restsOn", skip_serializing_if = "Vec::is_empty")]
    pub rests_on: Vec<RestedOn>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<RefusalReport>,
    /// Of a refusal: the last block that may take it in spite of that.
    #[serde(default, rename = "openUntil", skip_serializing_if = "Option::is_none")]
    pub open_until: Option<u64>,
    /// Code of whatever else went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A fact of a source, on which something rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestedOn {
    /// The source.
    pub source: String,
    /// Its key, as text where it is one, otherwise `0x` and hexadecimal digits.
    pub key: String,
    /// How it is assured: `light-client`, or `attested`, which no finality proves.
    pub grade: String,
    /// SHA-256 of the value, hexadecimal; absent: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_hash: Option<String>,
    /// Height of the source, or number of the statement, at which it was so.
    pub height: u64,
    /// Time of the source at that height.
    pub as_of: String,
}

impl RestedOn {
    fn of(effect: &Effect) -> Option<Self> {
        let Effect::Rested {
            source,
            key,
            grade,
            value,
            height,
            time,
        } = effect
        else {
            return None;
        };
        Some(Self {
            source: source.to_string(),
            key: key.to_string(),
            grade: grade.name().to_owned(),
            value_hash: value.map(|value| value.to_string()),
            height: *height,
            as_of: utc_text(time.0),
        })
    }
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
            rests_on: Vec::new(),
            refusal: None,
            open_until: None,
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
        transaction.rests_on = receipt
            .iter()
            .flat_map(|receipt| receipt.effects.iter().filter_map(RestedOn::of))
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
