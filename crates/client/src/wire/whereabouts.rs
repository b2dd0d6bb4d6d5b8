//! Who has packs of a lot.

use serde::{Deserialize, Serialize};

/// Where a lot is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Whereabouts {
    /// The lot.
    pub lot: String,
    /// Packs ever made in it and not declared in error.
    pub made: u64,
    /// Packs counted below.
    pub counted: u64,
    /// Who has how many, in what state.
    pub holders: Vec<Holding>,
    /// Whether a limit cut the answer off.
    pub truncated: bool,
    /// The block as of which this is the answer.
    pub height: u64,
    /// Its time.
    pub time: String,
}

/// Packs of one lot with one party in one state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Holding {
    /// Who has them; absent where that is not known.
    #[serde(default)]
    pub party: Option<String>,
    /// To whom they are on the way.
    #[serde(default)]
    pub offered_to: Option<String>,
    /// `live`, `ended`, `voided`, `away` or `unknown`.
    pub status: String,
    /// Why they ended.
    #[serde(default)]
    pub reason: Option<String>,
    /// Whether they are held back.
    pub held: bool,
    /// How many.
    pub objects: u64,
    /// One of them.
    pub example: String,
}
