//! Orders of authorities.

use serde::{Deserialize, Serialize};

/// A hold or recall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Identity, hexadecimal.
    pub id: String,
    /// `hold` or `recall`.
    pub kind: String,
    /// What it is on: `object`, `group`, `class` or `party`.
    pub scope: String,
    /// Identifier of what it is on.
    pub subject: String,
    /// The authority.
    pub issuer: String,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why, as a code of the profile.
    #[serde(default)]
    pub reason_code: u16,
    /// The provision it rests on.
    pub legal_basis: String,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Signatures that it needs.
    pub officers: u8,
    /// Signatures that it has.
    pub signed: u32,
    /// SHA-256 of a notice or file, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// `pending`, `active`, `released` or `expired`.
    pub state: String,
    /// The block that issued it.
    pub issued: u64,
    /// The block that changed it last.
    pub changed: u64,
}

/// Orders, with how to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orders {
    /// The orders, in the order in which they were issued.
    pub orders: Vec<Order>,
    /// Where the next page begins; absent after the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
    /// The block as of which this is the answer.
    pub height: u64,
}
