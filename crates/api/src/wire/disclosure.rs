//! Disclosures to others.

use pangolin_profiles::capture::{event_uri, party_uri};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{clock::utc_text, own::log::Written};

/// A disclosure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Disclosure {
    /// Its number at this node.
    pub no: i64,
    /// When.
    pub time: String,
    /// To whom.
    pub asker: String,
    /// The chain that says who the asker is, where it is not this one, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// By which right: `party`, `authority`, `custody` or `authority-abroad`.
    pub right: String,
    /// The events.
    pub events: Vec<String>,
    /// The fields, by their paths; without any: the events as the chain has them.
    pub fields: Vec<String>,
    /// Hash over this entry and all before it, hexadecimal: whoever notes it sees later whether the log was changed.
    pub hash: String,
}

/// Disclosures, with how to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Disclosures {
    /// Whose events.
    pub owner: String,
    /// The disclosures, the oldest first.
    pub disclosures: Vec<Disclosure>,
    /// For the parameter `after` of the next page; absent after the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
    /// Entries of all owners that this node dropped because there were too many.
    pub dropped: u64,
    /// The time of this answer.
    pub time: String,
}

impl Disclosure {
    /// An entry of the log.
    pub fn new(written: &Written) -> Self {
        let entry = &written.entry;
        Self {
            no: written.no,
            time: utc_text(written.at_ms),
            asker: party_uri(&entry.asker),
            home: entry.home.map(|home| home.to_string()),
            right: entry.right.as_str().to_owned(),
            events: entry.events.iter().map(event_uri).collect(),
            fields: entry.fields.clone(),
            hash: hex::encode(written.hash),
        }
    }
}
