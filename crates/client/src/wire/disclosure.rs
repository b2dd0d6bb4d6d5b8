//! What was disclosed of a party's events.

use serde::{Deserialize, Serialize};

/// A disclosure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Disclosure {
    /// Its number at the node.
    pub no: i64,
    /// When.
    pub time: String,
    /// To whom.
    pub asker: String,
    /// The chain that says who the asker is, where it is another one, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// By which right: `party`, `authority`, `custody` or `authority-abroad`.
    pub right: String,
    /// The events.
    pub events: Vec<String>,
    /// The fields, by their paths; without any: the events as the chain has them.
    pub fields: Vec<String>,
    /// Hash over this entry and all before it, hexadecimal.
    pub hash: String,
}

/// Disclosures, with how to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Disclosures {
    /// Whose events.
    pub owner: String,
    /// The disclosures, the oldest first.
    pub disclosures: Vec<Disclosure>,
    /// For the next page; absent after the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
    /// Entries of all owners that the node dropped because there were too many.
    pub dropped: u64,
    /// The time of the answer.
    pub time: String,
}
