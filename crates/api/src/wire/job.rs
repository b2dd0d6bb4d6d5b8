//! Capture jobs: the resource of EPCIS 2.0 with what became of each event.

use pangolin_profiles::capture::event_uri;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::defect::{Defect, RefusalReport};
use crate::{
    capture::job::{EventResult, EventState, Job, Phase, Rejection},
    clock::utc_text,
    http::segment,
};

/// A capture job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaptureJob {
    /// Identifier of the job.
    #[serde(rename = "captureID")]
    pub capture_id: String,
    /// When the document arrived.
    pub created_at: String,
    /// When the job finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// Whether the job waits or is being worked on.
    pub running: bool,
    /// Whether nothing went wrong so far.
    pub success: bool,
    /// `rollback` or `proceed`, as in force.
    pub capture_error_behaviour: String,
    /// What went wrong, at most 1,000 entries.
    pub errors: Vec<JobProblem>,
    /// The party in whose name events are stated.
    pub party: String,
    /// SHA-256 of the document, hexadecimal.
    pub sha256: String,
    /// Size of the document in bytes.
    pub bytes: u64,
    /// How many events are in which state.
    pub counts: JobCounts,
    /// The last block that may take something that was refused: it may be recorded after all. Absent: what is refused is refused for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_until: Option<u64>,
    /// Events that wait for a predecessor, with their present state, at most 200 entries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parked: Vec<JobEvent>,
    /// What became of events, where it was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<JobEvent>,
    /// Everything that was found wrong with the document when it was read, also where it was accepted. What stands in the way
    /// of an event is told once: here, or among the defects of its error.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defects: Vec<Defect>,
}

/// How many events of a job are in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct JobCounts {
    /// Events in the document, once it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<u64>,
    /// Recorded by this job.
    pub captured: u64,
    /// Recorded before: the same events were sent again.
    pub known: u64,
    /// Recorded, waiting for a predecessor.
    pub parked: u64,
    /// Refused.
    pub rejected: u64,
}

/// Something that went wrong in a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobProblem {
    /// `epcisException:ValidationException`.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short title.
    pub title: String,
    /// Stable code, kebab-case.
    pub code: String,
    /// What is wrong; of several defects, the first.
    pub detail: String,
    /// Where: JSON pointer, or line:column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What to do.
    pub remedy: String,
    /// Index of the event in the document; absent for the document as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<u64>,
    /// Identifier of the event, if it could be computed.
    #[serde(rename = "eventID", default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// Its defects that the defects of the document do not list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defects: Vec<Defect>,
    /// The rule that refused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<RefusalReport>,
    /// The refused transaction, hexadecimal, while another validator may take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction: Option<String>,
    /// The last block that may take it; absent: it is refused for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_until: Option<u64>,
}

impl JobProblem {
    /// A rejection of an event, or of the document.
    pub fn new(rejection: &Rejection, event: Option<&EventResult>) -> Self {
        let whole = event.is_none();
        Self {
            kind: "epcisException:ValidationException".to_owned(),
            title: if whole {
                "the document was refused"
            } else {
                "the event was refused"
            }
            .to_owned(),
            code: rejection.code.clone(),
            detail: rejection.message.clone(),
            place: rejection
                .refusal
                .as_ref()
                .map(|refusal| refusal.place.clone())
                .or_else(|| {
                    let mut defects = rejection.defects.iter();
                    defects
                        .find(|defect| defect.code == rejection.code)
                        .map(|defect| defect.place.clone())
                }),
            remedy: rejection.remedy.clone(),
            event: event.map(|event| event.index),
            event_id: event.and_then(|event| event.id).map(|id| event_uri(&id)),
            // the defects of a document stand in the job itself
            defects: if whole {
                Vec::new()
            } else {
                rejection.defects.clone()
            },
            refusal: rejection.refusal.clone(),
            transaction: rejection.open.map(|open| open.tx.to_string()),
            open_until: rejection.open.map(|open| open.until),
        }
    }
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobEvent {
    /// Index in the document, from 0.
    pub event: u64,
    /// Its identifier, if it could be computed.
    #[serde(rename = "eventID", default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// `captured`, `known`, `parked` or `rejected`.
    pub state: String,
    /// The transaction, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction: Option<String>,
    /// The block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u64>,
    /// Where the receipt with its proof is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    /// What a parked event waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// When a parked event stops waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
    /// Code of a refusal; the details are among the errors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Of a refusal: the last block that may take the transaction after all; absent: it is refused for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_until: Option<u64>,
}

impl From<&EventResult> for JobEvent {
    fn from(result: &EventResult) -> Self {
        let event_id = result.id.map(|id| event_uri(&id));
        let receipt = event_id
            .as_ref()
            .map(|id| format!("/proofs/receipt/{}", segment(id)));
        let mut event = Self {
            event: result.index,
            event_id,
            state: String::new(),
            transaction: None,
            height: None,
            receipt,
            missing: None,
            deadline: None,
            code: None,
            open_until: None,
        };
        match &result.state {
            EventState::Captured { tx, height } => {
                "captured".clone_into(&mut event.state);
                event.transaction = Some(tx.to_string());
                event.height = Some(*height);
            }
            EventState::Known { height } => {
                "known".clone_into(&mut event.state);
                event.height = Some(*height);
            }
            EventState::Parked {
                tx,
                height,
                missing,
                deadline_ms,
            } => {
                "parked".clone_into(&mut event.state);
                event.transaction = Some(tx.to_string());
                event.height = Some(*height);
                event.missing = Some(missing.clone());
                event.deadline = Some(utc_text(*deadline_ms));
            }
            EventState::Rejected(rejection) => {
                "rejected".clone_into(&mut event.state);
                event.receipt = None;
                event.code = Some(rejection.code.clone());
                event.transaction = rejection.open.map(|open| open.tx.to_string());
                event.open_until = rejection.open.map(|open| open.until);
            }
        }
        event
    }
}

impl CaptureJob {
    /// Shows the defects of the document besides the errors, each defect once: an error's defect that was found by reading
    /// stands among those of the document, a warning that became an error with the error.
    pub fn show_defects(&mut self, mut defects: Vec<Defect>) {
        let same = |one: &Defect, other: &Defect| {
            (one.event, &one.code, &one.place) == (other.event, &other.code, &other.place)
        };
        for error in &mut self.errors {
            error.defects.retain(|own| !defects.contains(own));
            defects.retain(|known| !error.defects.iter().any(|own| same(own, known)));
        }
        self.defects = defects;
    }

    /// A job without errors and events, which are added by whoever reads them.
    pub fn new(job: &Job) -> Self {
        Self {
            capture_id: job.id.to_string(),
            created_at: utc_text(job.created_ms),
            finished_at: job.finished_ms.map(utc_text),
            running: job.phase != Phase::Finished,
            success: job.counts.is_success(),
            capture_error_behaviour: job.behaviour.as_str().to_owned(),
            errors: Vec::new(),
            party: pangolin_profiles::capture::party_uri(&job.order.party),
            sha256: hex::encode(job.sha256),
            bytes: job.bytes,
            counts: JobCounts {
                events: job.events,
                captured: job.counts.captured,
                known: job.counts.known,
                parked: job.counts.parked,
                rejected: job.counts.rejected,
            },
            open_until: job.open_until,
            parked: Vec::new(),
            events: Vec::new(),
            defects: Vec::new(),
        }
    }
}
