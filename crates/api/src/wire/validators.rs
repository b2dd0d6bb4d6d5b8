//! Who validates the chain, and how that changes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who validates the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Validators {
    /// Height of the state that says so.
    pub height: u64,
    /// Its time.
    pub time: String,
    /// The epoch of the next block.
    pub epoch: u64,
    /// Blocks of an epoch.
    pub epoch_blocks: u64,
    /// Blocks until the next epoch begins.
    pub blocks_left: u64,
    /// The epoch in which the present validators began.
    pub since: u64,
    /// The present validators.
    pub present: Vec<Validator>,
    /// The wanted ones, where others are present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Vec<Validator>>,
    /// The last time the key was handed on, or is being.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resharing: Option<Resharing>,
}

/// A validator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Validator {
    /// Name of its node.
    pub name: String,
    /// Organisation that runs it.
    pub organisation: String,
    /// Public key of its node, hexadecimal.
    pub key: String,
    /// Where its node listens for peers; empty where the operators tell each other.
    pub address: String,
    /// How it contradicted itself, if it did: `notarized`, `finalized` or `skipped`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contradicted: Option<String>,
}

/// An attempt to hand the chain's key on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resharing {
    /// Its number.
    pub number: u64,
    /// It ends with the last block of this epoch.
    pub epoch: u64,
    /// `open`, `done` or `failed`.
    pub outcome: String,
    /// Keys of the validators whose part is recorded.
    pub dealt: Vec<String>,
    /// Keys of the validators that get shares.
    pub players: Vec<String>,
}
