//! Capture: jobs, defects, refusals, transactions.

use serde::{Deserialize, Serialize};

/// Something wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defect {
    /// Stable code.
    pub code: String,
    /// `warning`, `error` or `fatal`.
    pub severity: String,
    /// JSON pointer, or line:column.
    pub place: String,
    /// Index of the event, from 0.
    #[serde(default)]
    pub event: Option<usize>,
    /// What was found.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// Why a rule of the chain refused something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalReport {
    /// Stable code.
    pub code: String,
    /// The rule.
    pub rule: String,
    /// The kernel.
    pub kernel: String,
    /// The thing concerned.
    pub subject: String,
    /// Place in the transaction.
    pub place: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// A capture job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaptureJob {
    /// Identifier.
    #[serde(rename = "captureID")]
    pub capture_id: String,
    /// When the document arrived.
    pub created_at: String,
    /// When the job finished.
    #[serde(default)]
    pub finished_at: Option<String>,
    /// Whether it waits or is being worked on.
    pub running: bool,
    /// Whether nothing went wrong so far.
    pub success: bool,
    /// `rollback` or `proceed`.
    pub capture_error_behaviour: String,
    /// What went wrong.
    #[serde(default)]
    pub errors: Vec<JobProblem>,
    /// Size of the document in bytes.
    #[serde(default)]
    pub bytes: u64,
    /// How many events are in which state.
    #[serde(default)]
    pub counts: JobCounts,
    /// The last block that may take something that was refused; `None`: what is refused is refused for good.
    #[serde(default)]
    pub open_until: Option<u64>,
    /// Events that wait for a predecessor.
    #[serde(default)]
    pub parked: Vec<JobEvent>,
    /// What became of events, where it was asked for.
    #[serde(default)]
    pub events: Vec<JobEvent>,
    /// Everything that was found wrong with the document.
    #[serde(default)]
    pub defects: Vec<Defect>,
}

/// How many events of a job are in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct JobCounts {
    /// Events in the document, once it was read.
    pub events: Option<u64>,
    /// Recorded by this job.
    pub captured: u64,
    /// Recorded before.
    pub known: u64,
    /// Waiting for a predecessor.
    pub parked: u64,
    /// Refused.
    pub rejected: u64,
}

/// Something that went wrong in a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobProblem {
    /// Stable code.
    pub code: String,
    /// What is wrong.
    pub detail: String,
    /// What to do.
    pub remedy: String,
    /// Index of the event; absent for the document as a whole.
    #[serde(default)]
    pub event: Option<u64>,
    /// Identifier of the event.
    #[serde(rename = "eventID", default)]
    pub event_id: Option<String>,
    /// Its defects.
    #[serde(default)]
    pub defects: Vec<Defect>,
    /// The rule that refused it.
    #[serde(default)]
    pub refusal: Option<RefusalReport>,
    /// The refused transaction, hexadecimal, while another validator may take it.
    #[serde(default)]
    pub transaction: Option<String>,
    /// The last block that may take it; `None`: it is refused for good.
    #[serde(default)]
    pub open_until: Option<u64>,
}

/// What became of an event of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobEvent {
    /// Index in the document.
    pub event: u64,
    /// Identifier.
    #[serde(rename = "eventID", default)]
    pub event_id: Option<String>,
    /// `captured`, `known`, `parked` or `rejected`.
    pub state: String,
    /// The transaction, hexadecimal.
    #[serde(default)]
    pub transaction: Option<String>,
    /// The block.
    #[serde(default)]
    pub height: Option<u64>,
    /// Path of the receipt.
    #[serde(default)]
    pub receipt: Option<String>,
    /// What a parked event waits for.
    #[serde(default)]
    pub missing: Option<String>,
    /// When a parked event stops waiting.
    #[serde(default)]
    pub deadline: Option<String>,
    /// Code of a refusal.
    #[serde(default)]
    pub code: Option<String>,
    /// Of a refusal: the last block that may take the transaction after all; `None`: it is refused for good.
    #[serde(default)]
    pub open_until: Option<u64>,
}

/// A transaction and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// Identity, hexadecimal.
    #[serde(default)]
    pub id: Option<String>,
    /// `sent`, `final`, `refused`, `expired` or `not-taken`.
    pub state: String,
    /// The block.
    #[serde(default)]
    pub height: Option<u64>,
    /// Time of the block.
    #[serde(default)]
    pub time: Option<String>,
    /// Path of the receipt.
    #[serde(default)]
    pub receipt: Option<String>,
    /// Its events.
    #[serde(default)]
    pub events: Vec<TransactionEvent>,
    /// What systems of other kinds said, on which it rests.
    #[serde(default, rename = "restsOn")]
    pub rests_on: Vec<RestedOn>,
    /// Why it was refused.
    #[serde(default)]
    pub refusal: Option<RefusalReport>,
    /// Of a refusal: the last block that may take it in spite of that.
    #[serde(default, rename = "openUntil")]
    pub open_until: Option<u64>,
    /// Code of whatever else went wrong.
    #[serde(default)]
    pub code: Option<String>,
    /// The same in words.
    #[serde(default)]
    pub detail: Option<String>,
}

/// A fact of a source, on which something rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestedOn {
    /// The source.
    pub source: String,
    /// Its key.
    pub key: String,
    /// `light-client`, or `attested`, which no finality proves.
    pub grade: String,
    /// SHA-256 of the value; absent: there is none.
    #[serde(default)]
    pub value_hash: Option<String>,
    /// Height of the source, or number of the statement.
    pub height: u64,
    /// Time of the source.
    pub as_of: String,
}

/// What became of an event of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionEvent {
    /// Identifier.
    #[serde(rename = "eventID")]
    pub event_id: String,
    /// `applied`, `parked` or `known`.
    pub state: String,
    /// What a parked event waits for.
    #[serde(default)]
    pub missing: Option<String>,
    /// When a parked event stops waiting.
    #[serde(default)]
    pub deadline: Option<String>,
    /// The block that recorded a known event.
    #[serde(default)]
    pub height: Option<u64>,
}
