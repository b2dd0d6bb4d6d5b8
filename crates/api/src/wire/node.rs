//! How the node stands.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the node stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeStatus {
    /// This node.
    pub node: Member,
    /// Identity of the chain, hexadecimal.
    pub chain: String,
    /// Name of the chain, for people.
    pub chain_name: String,
    /// Last final block applied here.
    pub height: u64,
    /// Its ledger time.
    pub time: String,
    /// Milliseconds from that time to this node's clock; negative while the clock is behind.
    pub block_age_ms: i64,
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
    /// The validators of that block.
    pub validators: Vec<Peer>,
    /// The other peers that this node is configured with; for operators of the node and authorities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_peers: Option<Vec<Peer>>,
    /// Transactions waiting.
    pub waiting_transactions: u64,
    /// Bytes waiting.
    pub waiting_bytes: u64,
    /// Profile that this node captures under: `id@version`.
    pub profile: String,
    /// Its name and version, for people.
    pub profile_name: String,
    /// Version of the software.
    pub version: String,
    /// Whether the node runs for development: tokens are accepted.
    pub development: bool,
}

/// A node of the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Organisation that runs it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// Its public key, hexadecimal.
    pub key: String,
}

/// A node as this node sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Peer {
    /// The node.
    #[serde(flatten)]
    pub member: Member,
    /// Whether it is connected to this node; absent for this node itself, and where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected: Option<bool>,
}

/// Whether the node is ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Readiness {
    /// Whether it is.
    pub ready: bool,
    /// Why not.
    pub reasons: Vec<String>,
}
