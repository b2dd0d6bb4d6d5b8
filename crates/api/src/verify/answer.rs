//! The answer, as it is sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::policy::{AdditionalInfo, FailureReason, Verdict};

/// The answer to a verification request (GS1 Lightweight Messaging Standard 1.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VerificationResponse)]
pub struct Answer {
    /// When the answer was made: milliseconds and an explicit offset.
    #[schema(example = "2018-08-14T23:29:00.000-08:00")]
    pub verification_timestamp: String,
    /// Who answers.
    #[serde(rename = "responderGLN")]
    #[schema(example = "0312231245676")]
    pub responder_gln: String,
    /// What is said.
    pub data: Data,
    /// The identifier of the request, as it came.
    #[serde(rename = "corrUUID")]
    #[schema(example = "59bc5c88-15f7-49a7-9687-73b05d2c50a4")]
    pub corr_uuid: String,
}

/// What is said about the pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VerificationData)]
pub struct Data {
    /// Whether it is verified.
    pub verified: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification_failure_reason: Option<FailureReason>,
    /// What else is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_info: Option<AdditionalInfo>,
}

impl Answer {
    /// Puts an answer together.
    pub fn new(timestamp: String, responder: String, verdict: Verdict, correlation: &str) -> Self {
        let data = match verdict {
            Verdict::Verified(info) => Data {
                verified: true,
                verification_failure_reason: None,
                additional_info: info,
            },
            Verdict::Failed(reason, info) => Data {
                verified: false,
                verification_failure_reason: Some(reason),
                additional_info: info,
            },
        };
        Self {
            verification_timestamp: timestamp,
            responder_gln: responder,
            data,
            corr_uuid: correlation.to_owned(),
        }
    }
}

/// The answer to a connectivity check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ConnectivityCheckResponse)]
pub struct Connectivity {
    /// Who answers for the item.
    #[serde(rename = "responderGLN")]
    pub responder_gln: String,
}
