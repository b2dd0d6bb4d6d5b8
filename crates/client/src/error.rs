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
    /// The refused transaction, hexadecimal, while another validator may take it.
    pub transaction: Option<String>,
    /// The last block that may take it in spite of the refusal.
    #[serde(rename = "openUntil")]
    pub open_until: Option<u64>,
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

    /// Whether the node itself said no, with a code of its own. Otherwise the question was not answered.
    pub fn is_refusal(&self) -> bool {
        let coded = !matches!(self, Self::Status { code: None, .. });
        coded
            && self
                .status()
                .is_some_and(|status| (400..500).contains(&status) && !matches!(status, 408 | 429))
    }

    /// Whether what was sent may have been taken in spite of the error: the connection broke after it was made, the node failed
    /// over it, or something on the way answered in the node's place. Where this is false, nothing was taken.
    pub fn may_have_been_taken(&self) -> bool {
        match self {
            Self::Connection(error) => !error.is_connect() && !error.is_builder(),
            // a node that says 503 has taken nothing
            Self::Problem(problem) => problem.status != 503 && !self.is_refusal_status(),
            Self::Status { status: 503, code } => code.is_none(),
            Self::Status { .. } => !self.is_refusal_status(),
            Self::Setup(_) | Self::File(_) => false,
            Self::Answer(_) | Self::OtherAnswer | Self::TooLarge(_) => true,
        }
    }

    /// Whether the status says that the request was not taken, whoever says it.
    fn is_refusal_status(&self) -> bool {
        self.status()
            .is_some_and(|status| (400..500).contains(&status) && status != 408)
    }

    /// Whether the same request may succeed later.
    pub fn may_succeed_later(&self) -> bool {
        matches!(self, Self::Connection(_)) || matches!(self.status(), Some(429 | 503))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(status: u16) -> ClientError {
        ClientError::Problem(Box::new(ProblemReport {
            status,
            code: "c".into(),
            ..ProblemReport::default()
        }))
    }

    fn bare(status: u16) -> ClientError {
        ClientError::Status { status, code: None }
    }

    #[test]
    fn only_a_node_that_gives_a_code_has_said_no() {
        for (error, refusal, taken) in [
            (problem(400), true, false),
            (problem(403), true, false),
            (problem(408), false, true),
            (problem(429), false, false),
            (problem(500), false, true),
            (problem(503), false, false),
            (bare(302), false, true),
            (bare(404), false, false),
            (bare(408), false, true),
            (bare(500), false, true),
            (bare(502), false, true),
            (bare(503), false, true),
            (bare(504), false, true),
            (ClientError::Setup(String::new()), false, false),
            (ClientError::OtherAnswer, false, true),
            (ClientError::TooLarge(1), false, true),
        ] {
            assert_eq!(error.is_refusal(), refusal, "{error:?}");
            assert_eq!(error.may_have_been_taken(), taken, "{error:?}");
        }
        let busy = ClientError::Status {
            status: 503,
            code: Some("queue-full".into()),
        };
        assert!(!busy.may_have_been_taken(), "the node's own 503");
    }
}
