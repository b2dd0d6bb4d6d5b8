//! What can go wrong.

use serde::Deserialize;
use thiserror::Error;

use crate::wire::Defect;

/// A problem as the node reports it (RFC 7807).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct ProblemReport {
    /// `epcisException:…`.
    #[serde(rename = "type")]
    pub kind: String,
    /// For people.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable code: what programs decide by.
    pub code: String,
    /// What happened.
    pub detail: String,
    /// Place in what was sent.
    pub place: Option<String>,
    /// What to do.
    pub remedy: Option<String>,
    /// The rule that refused, for refusals of the chain.
    pub rule: Option<String>,
    /// The thing a rule refused.
    pub subject: Option<String>,
    /// Everything that is wrong with a document.
    pub defects: Vec<Defect>,
}

/// A request did not succeed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The node answered with a problem.
    #[error("{} ({}){}", .0.detail, .0.code, .0.remedy.as_ref().map(|text| format!("; {text}")).unwrap_or_default())]
    Problem(Box<ProblemReport>),
    /// The node answered with a status and no problem.
    #[error("the node answered with status {status}{}", code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default())]
    Status {
        /// The status.
        status: u16,
        /// The code in `Pangolin-Code`.
        code: Option<String>,
    },
    /// The node could not be reached, or the connection broke.
    #[error("the node could not be asked")]
    Connection(#[source] reqwest::Error),
    /// The client could not be set up.
    #[error("the client could not be set up: {0}")]
    Setup(String),
    /// The answer could not be understood.
    #[error("the answer could not be understood")]
    Answer(#[source] serde_json::Error),
    /// The answer belongs to another question.
    #[error("the answer belongs to another question")]
    OtherAnswer,
    /// The answer is larger than allowed.
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
    /// A file could not be read.
    #[error("the file could not be read")]
    File(#[source] std::io::Error),
}

impl ClientError {
    /// Stable code; that of the node where it gave one.
    pub fn code(&self) -> &str {
        match self {
            Self::Problem(problem) => &problem.code,
            Self::Status {
                code: Some(code), ..
            } => code,
            Self::Status { .. } => "http-status",
            Self::Connection(_) => "connection",
            Self::Setup(_) => "client-setup",
            Self::Answer(_) => "answer-syntax",
            Self::OtherAnswer => "other-answer",
            Self::TooLarge(_) => "answer-too-large",
            Self::File(_) => "file",
        }
    }

    /// The status, if the node answered with one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Problem(problem) => Some(problem.status),
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the same request may succeed later.
    pub fn may_succeed_later(&self) -> bool {
        matches!(self, Self::Connection(_)) || matches!(self.status(), Some(429 | 503))
    }
}
