//! Questions that are not answered: a status, and in headers what the standard leaves no body for.

use axum::http::StatusCode;

use super::guess::{TOO_FAST_REMEDY, TOO_MANY_REMEDY};
use crate::state::StateError;

/// A verification that is not answered: a status without a body, as the standard asks; its code, place and remedy are sent as
/// headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declined {
    /// Status.
    pub status: StatusCode,
    /// Stable code.
    pub code: &'static str,
    /// The part of the question that it is about.
    pub place: Option<&'static str>,
}

impl Declined {
    /// A status with its code.
    pub const fn new(status: StatusCode, code: &'static str) -> Self {
        Self {
            status,
            code,
            place: None,
        }
    }

    /// Says which part of the question it is about.
    #[must_use]
    pub const fn at(mut self, place: &'static str) -> Self {
        self.place = Some(place);
        self
    }

    /// What to do. Headers carry ASCII only.
    pub fn remedy(&self) -> &'static str {
        match self.code {
            "bad-gtin" => "send 8, 12, 13 or 14 digits with the right check digit",
            "bad-lot" => {
                "send 1 to 20 characters of those GS1 allows in a lot number, percent-encoded"
            }
            "bad-serial" => {
                "send 1 to 20 characters of those GS1 allows in a serial number, percent-encoded"
            }
            "bad-expiry" => {
                "send the date as it stands in the bar code: YYMMDD, with day 00 for the end of the month"
            }
            "bad-requester" => "send the GLN of whoever asks: 13 digits",
            "bad-corr-uuid" => "send a fresh UUID of version 4",
            "bad-parameter" => "percent-encode the UTF-8 of the value",
            "missing-parameter" => "add the parameter; /openapi.json lists those of this path",
            "repeated-parameter" => "send the parameter once",
            "unsupported-value" => {
                "send linkType=verificationService and context=dscsaSaleableReturn"
            }
            "unknown-requester" => {
                "send the GLN under which the requester is registered on the chain; its registrar admits parties"
            }
            "requester-suspended" => "have the registrar of the chain lift the suspension",
            "requester-not-authorised" => {
                "have the registrar of the chain record the licence of an authorised trading partner"
            }
            "not-the-requester" => "sign the request with a key of the party that reqGLN names",
            "not-signed-in" => {
                "sign the request with a key that is registered on the chain (RFC 9421, ed25519)"
            }
            "too-many-guesses" => TOO_MANY_REMEDY,
            "too-many-requests" => TOO_FAST_REMEDY,
            "no-responder" => "ask the directory of the trade who answers for this item",
            "not-allowed" => "ask the operator of the node",
            _ => "try again; if it stays, tell the operator of the node this code and the time",
        }
    }
}

impl From<StateError> for Declined {
    fn from(error: StateError) -> Self {
        match error {
            StateError::Chain(error) => {
                tracing::warn!(%error, "a verification could not read the state");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, error.code())
            }
            StateError::Corrupt(_) | StateError::TooMany => {
                tracing::error!(%error, "a verification could not be answered");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "state-unreadable")
            }
        }
    }
}
