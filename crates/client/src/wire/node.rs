//! The node, and product verification.

use serde::{Deserialize, Serialize};

/// The answer to a verification (GS1 Lightweight Messaging Standard).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// When it was made.
    pub verification_timestamp: String,
    /// Who answers.
    #[serde(rename = "responderGLN")]
    pub responder_gln: String,
    /// What is said.
    pub data: VerificationData,
    /// Identifier of the question.
    #[serde(rename = "corrUUID")]
    pub corr_uuid: String,
}

/// What is said about a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerificationData {
    /// Whether it is verified.
    pub verified: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification_failure_reason: Option<String>,
    /// What else is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_info: Option<String>,
}

/// How a node stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeStatus {
    /// The node that answers.
    pub node: NodeName,
    /// Identity of the chain, hexadecimal.
    pub chain: String,
    /// Name of the chain, for people.
    pub chain_name: String,
    /// Last final block.
    pub height: u64,
    /// Its time.
    pub time: String,
    /// Milliseconds from that time to the node's clock.
    pub block_age_ms: i64,
    /// Its digest, hexadecimal.
    pub block: String,
    /// Root of the records store.
    pub records_root: String,
    /// Root of the rules store.
    pub rules_root: String,
    /// Last block that the index has; none at a node without an index.
    #[serde(default)]
    pub indexed: Option<u64>,
    /// Whether the node votes.
    pub validator: bool,
    /// The validators of the genesis file.
    pub validators: Vec<Peer>,
    /// The other peers that the node is configured with; told to its operators and to authorities only.
    #[serde(default)]
    pub other_peers: Option<Vec<Peer>>,
    /// Transactions waiting.
    pub waiting_transactions: u64,
    /// Bytes waiting.
    pub waiting_bytes: u64,
    /// Profile that the node captures under: `id@version`.
    pub profile: String,
    /// Its name and version, for people.
    pub profile_name: String,
    /// Version of the software.
    pub version: String,
    /// Whether the node runs for development.
    pub development: bool,
}

/// A page of events that wait for what comes first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The events, the oldest first.
    pub events: Vec<WaitingEvent>,
    /// What the next page comes after.
    #[serde(default)]
    pub next: Option<i64>,
}

/// An event that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingEvent {
    /// Its identity, hexadecimal.
    pub event: String,
    /// Code of the refusal that it would be if it could not wait.
    pub code: String,
    /// The block that recorded it.
    pub height: u64,
}

/// What a chain has of an object's history over chains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Identity of the chain, hexadecimal.
    pub chain: String,
    /// The steps through it, in the ledger's canonical encoding, hexadecimal.
    pub piece: String,
    /// The proof of its state, as deliveries between chains carry it, hexadecimal.
    pub state: String,
}

/// A node of the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeName {
    /// Its name.
    pub name: String,
    /// Organisation that runs it, where that is known.
    #[serde(default)]
    pub organisation: Option<String>,
    /// Its public key, hexadecimal.
    pub key: String,
}

/// A node as the one that answers sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// The node.
    #[serde(flatten)]
    pub node: NodeName,
    /// Whether it is connected; absent for the node that answers, and where that is not known.
    #[serde(default)]
    pub connected: Option<bool>,
}
