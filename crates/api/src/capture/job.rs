//! A capture job and what became of its events.

use std::fmt;

use pangolin_epcis::read::Mode;
use pangolin_ledger::id::{EventId, PartyId, TxId};

use crate::{
    own::Placement,
    wire::defect::{Defect, RefusalReport},
};

/// Identifier of a job: 128 random bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobId([u8; 16]);

impl JobId {
    /// A fresh one.
    pub fn random() -> Self {
        Self(rand::random())
    }

    /// Reads 32 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// What happens to the rest when something goes wrong (`GS1-Capture-Error-Behaviour`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// All or nothing.
    Rollback,
    /// As much as possible.
    Proceed,
}

impl Behaviour {
    /// The word of the standard.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rollback => "rollback",
            Self::Proceed => "proceed",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "rollback" => Some(Self::Rollback),
            "proceed" => Some(Self::Proceed),
            _ => None,
        }
    }
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Waits for its turn.
    Waiting,
    /// Is being worked on.
    Running,
    /// Finished; what became of it does not change, except that parked events go on, and refusals that are open are followed.
    Finished,
}

/// What a sender hands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The party in whose name events are stated.
    pub party: PartyId,
    /// What happens when something goes wrong; `None` if the sender did not say.
    pub behaviour: Option<Behaviour>,
    /// How the document is read.
    pub mode: Mode,
    /// Where the full events are kept.
    pub placement: Placement,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Place in the order of arrival.
    pub no: i64,
    /// Identifier.
    pub id: JobId,
    /// What was asked for.
    pub order: Order,
    /// When it arrived, milliseconds since 1970.
    pub created_ms: i64,
    /// When it finished.
    pub finished_ms: Option<i64>,
    /// How far it is.
    pub phase: Phase,
    /// The behaviour in force.
    pub behaviour: Behaviour,
    /// Size of the document in bytes.
    pub bytes: u64,
    /// SHA-256 of the document.
    pub sha256: [u8; 32],
    /// Events in the document, once it was surveyed.
    pub events: Option<u64>,
    /// How many events are in which state.
    pub counts: Counts,
    /// The last block that may take something that was refused; `None`: nothing of what is refused can be taken any more.
    pub open_until: Option<u64>,
}

/// How many events of a job are in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Recorded by this job.
    pub captured: u64,
    /// Recorded before.
    pub known: u64,
    /// Waiting for a predecessor.
    pub parked: u64,
    /// Refused.
    pub rejected: u64,
    /// Errors of the document as a whole.
    pub document: u64,
}

impl Counts {
    /// Whether nothing went wrong so far.
    pub const fn is_success(&self) -> bool {
        self.rejected == 0 && self.document == 0
    }
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventState {
    /// Recorded by this job.
    Captured {
        /// The transaction.
        tx: TxId,
        /// The block.
        height: u64,
    },
    /// Recorded before.
    Known {
        /// The block.
        height: u64,
    },
    /// Recorded, and waits for a predecessor.
    Parked {
        /// The transaction.
        tx: TxId,
        /// The block.
        height: u64,
        /// What it waits for, in the words of the trade.
        missing: String,
        /// When it stops waiting, milliseconds since 1970.
        deadline_ms: i64,
    },
    /// Refused.
    Rejected(Box<Rejection>),
}

/// Why an event, or a document, was refused.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rejection {
    /// Stable code.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// Defects of the event.
    #[serde(default)]
    pub defects: Vec<Defect>,
    /// The rule that refused it.
    #[serde(default)]
    pub refusal: Option<RefusalReport>,
    /// What is not the last word about it; `None`: it is refused for good.
    #[serde(skip)]
    pub open: Option<Open>,
}

/// A transaction that a rule refused in the state of a moment. Until its validity ends another validator may take it in a later state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Open {
    /// The transaction.
    pub tx: TxId,
    /// The last block that may take it.
    pub until: u64,
}

impl Rejection {
    /// The defect to name first: the one that ended reading, otherwise the first that is more than a warning.
    pub fn worst(&self) -> Option<&Defect> {
        let fatal = self.defects.iter().find(|defect| defect.is_fatal());
        fatal.or_else(|| self.defects.iter().find(|defect| !defect.is_warning()))
    }

    /// A rejection without further detail.
    pub fn new(
        code: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Box<Self> {
        Box::new(Self {
            code: code.into(),
            message: message.into(),
            remedy: remedy.into(),
            defects: Vec::new(),
            refusal: None,
            open: None,
        })
    }
}

/// What became of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventResult {
    /// Index in the document, from 0.
    pub index: u64,
    /// Its event hash, if it could be computed.
    pub id: Option<EventId>,
    /// What became of it.
    pub state: EventState,
}
