//! Lists of values and of resources below a resource.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A list of values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Collection {
    /// The context of EPCIS 2.0.
    #[serde(rename = "@context")]
    pub context: String,
    /// `Collection`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The values.
    pub member: Vec<String>,
}

impl Collection {
    /// A list of these values.
    pub fn new(member: Vec<String>) -> Self {
        Self {
            context: pangolin_epcis::model::EPCIS_CONTEXT.to_owned(),
            kind: "Collection".to_owned(),
            member,
        }
    }
}
