//! What is known of an identifier over chains.

use serde::{Deserialize, Serialize};

/// What a search over chains found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Findings {
    /// What was looked for, as a URI.
    pub subject: String,
    /// `object` or `lot`.
    pub kind: String,
    /// The chain where the search began, hexadecimal.
    pub from: String,
    /// When.
    pub time: String,
    /// The chains that were asked, or would have had to be, in the order in which they came up.
    pub chains: Vec<Finding>,
    /// Whether every chain that had to be asked answered with proof, and no limit cut the search off.
    pub complete: bool,
    /// Limits that cut the search off: `chains`, `time`.
    pub limits: Vec<String>,
}

/// Whether a chain knows something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Knows {
    /// It has a record, which is proven.
    Yes,
    /// It has a record of the container in which the object came, which is proven, and none of the object: nobody opened it there.
    Inside,
    /// Its nodes say that there is no record. That cannot be proven.
    No,
    /// It did not answer, or not so that it can be believed.
    NotKnown,
}

/// What one chain knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The chain, hexadecimal.
    pub chain: String,
    /// Its name, where the directory has it.
    pub name: String,
    /// How it came up: `here`, `prefix`, `came-from`, `went-to`, `everywhere`.
    pub why: Vec<String>,
    /// Whether it knows it.
    pub knows: Knows,
    /// Whether what is said below is proven under the chain's key.
    pub proven: bool,
    /// The node that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Height of the state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u64>,
    /// Its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The object, or the container in which it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectFound>,
    /// The lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<LotFound>,
    /// What went wrong with each of its nodes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub troubles: Vec<Trouble>,
    /// The contents that it gave to whoever asked, where they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contents: Option<Contents>,
    /// Why it gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Trouble>,
}

/// Why a node's answer is missing, or is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    /// The node; absent where it is about the chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Stable code.
    pub code: String,
    /// What happened.
    pub message: String,
}

/// An object as a chain's state has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ObjectFound {
    /// The object, as a URI.
    pub uri: String,
    /// `live`, `ended`, `voided` or `away`.
    pub status: String,
    /// The chain where it lives, if it went there, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away: Option<String>,
    /// The chains over which it came, hexadecimal.
    pub passed: Vec<String>,
    /// The block that let it in, where it came from another chain by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
    /// Its lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// Whether its custodian holds it back.
    pub held: bool,
    /// Holds and recalls in force on it.
    pub orders: Vec<OrderFound>,
}

/// A hold or recall in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OrderFound {
    /// `hold` or `recall`.
    pub kind: String,
    /// What it is on: `object`, `lot`, `product` or `party`.
    pub on: String,
    /// The chain that issued it, if it is another one, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Whether the object is exempted.
    pub exempted: bool,
}

/// A lot as a chain's state has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LotFound {
    /// Things that were made in it there.
    pub made: u64,
    /// Holds and recalls in force on it.
    pub orders: Vec<OrderFound>,
}

/// What a chain gives to somebody who may read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Contents {
    /// The chain, hexadecimal.
    pub chain: String,
    /// The block as of which this is.
    pub height: u64,
    /// Its time.
    pub time: String,
    /// As whom: `member`, or `abroad` for a party of another chain.
    #[serde(rename = "as")]
    pub as_whom: String,
    /// Who has the object, for whoever is entitled to an event of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custodian: Option<String>,
    /// The events, the oldest first.
    pub events: Vec<Given>,
    /// Events of its history here that whoever asks may not read.
    pub withheld: u64,
    /// Whether the history is longer than was looked at.
    pub truncated: bool,
}

/// An event that is given to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Given {
    /// Its identifier.
    #[serde(rename = "eventID")]
    pub event_id: String,
    /// When it happened.
    pub time: String,
    /// The block that recorded it.
    pub height: u64,
    /// Who stated it.
    pub owner: String,
    /// By which right it is given: `own`, `party` or `authority`.
    pub right: String,
    /// Where the full event is: `full` in the block, `committed` with its owner, who shows its fields, or `pointer`.
    pub placement: String,
    /// The event in the form of EPCIS 2.0; of one that is not on the chain, what the rules saw.
    pub event: serde_json::Value,
    /// Of one that is not on the chain: the proof file with its fields, where they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<serde_json::Value>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields_missing: Option<Trouble>,
}

/// Who somebody is on his chain, with that chain's proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The chain, hexadecimal.
    pub chain: String,
    /// The party.
    pub party: String,
    /// The proof of the party's and the key's records, as deliveries between chains carry it, hexadecimal.
    pub state: String,
}
