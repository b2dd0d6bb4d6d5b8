//! The directory of a node: which chains there are, where they answer, and what they are likely to know.

use serde::{Deserialize, Serialize};

/// Chains as a node knows them: by its own chain's decisions, by the records of registries, and by its configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct NodeDirectory {
    /// Identity of the node's own chain, hexadecimal.
    pub chain: String,
    /// Height of its state that this rests on.
    pub height: u64,
    /// Its time.
    pub time: String,
    /// The chains; where an identifier was named, those that are likely to know it first.
    pub chains: Vec<DirectoryEntry>,
    /// Registries whose records could not be had, or are older than they should be.
    pub not_heard: Vec<NotHeard>,
    /// Whether there are more chains than are listed.
    pub truncated: bool,
}

/// A chain in a directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DirectoryEntry {
    /// Its identity, hexadecimal.
    pub chain: String,
    /// Its name.
    pub name: String,
    /// What its proofs are checked with, hexadecimal; absent where nobody says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// `here`, `active`, `suspended`, `retired`, or `unregistered`: known by configuration only.
    pub state: String,
    /// Whether its proofs are believed now.
    pub believed: bool,
    /// Where its nodes answer.
    pub endpoints: Vec<String>,
    /// Prefixes of the issuers that are at home there.
    pub prefixes: Vec<String>,
    /// Who says so: `own governance`, `own records`, `registry NAME`, `configuration`.
    pub sources: Vec<String>,
    /// The longest of its prefixes with which the identifier begins that was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likely_by: Option<String>,
}

/// A registry whose records could not be had now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct NotHeard {
    /// Its identity, hexadecimal.
    pub registry: String,
    /// Stable code.
    pub code: String,
    /// What happened.
    pub message: String,
    /// Since when its records are as they are listed; absent where none are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
}
