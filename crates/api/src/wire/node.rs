//! How the node stands.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the node stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeStatus {
    /// Identity of the chain, hexadecimal.
    pub chain: String,
    /// Last final block applied here.
    pub height: u64,
    /// Its ledger time.
    pub time: String,
    /// Its digest, hexadecimal.
    pub block: String,
    /// Root of the records store, hexadecimal.
    pub records_root: String,
    /// Root of the rules store, hexadecimal.
    pub rules_root: String,
    /// Last block that the index has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indexed: Option<u64>,
    /// Whether this node votes.
    pub validator: bool,
    /// Transactions waiting.
    pub waiting_transactions: u64,
    /// Bytes waiting.
    pub waiting_bytes: u64,
    /// Profile that this node captures under: `id@version`.
    pub profile: String,
    /// Version of the software.
    pub version: String,
    /// Whether the node runs for development: tokens are accepted.
    pub development: bool,
}

/// Whether the node is ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Readiness {
    /// Whether it is.
    pub ready: bool,
    /// Why not.
    pub reasons: Vec<String>,
}
