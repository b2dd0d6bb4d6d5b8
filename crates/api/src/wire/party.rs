//! Parties.

use pangolin_index::PartyView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{clock::utc_text, deps::Trade, registry::Standing};

/// A party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Party {
    /// Its identifier: a GLN, or a URI.
    pub id: String,
    /// The same as a URI.
    pub uri: String,
    /// Its name; empty where the chain does not know one.
    pub name: String,
    /// The block that admitted it; absent if events only name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admitted: Option<u64>,
    /// From when it is suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<String>,
    /// Its roles in force; only where one party is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
}

/// Parties, with how to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Parties {
    /// The parties, in the order of their identifiers.
    pub parties: Vec<Party>,
    /// For the parameter `after` of the next page; absent after the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Party {
    /// A party in the words of the trade.
    pub fn new(view: &PartyView, standing: Option<&Standing>, trade: &dyn Trade) -> Self {
        let name = |role: &pangolin_ledger::id::Role| {
            trade
                .role_name(*role)
                .map_or_else(|| format!("role {role}"), str::to_owned)
        };
        Self {
            id: view.party.to_string(),
            uri: view.uri.clone(),
            name: view.name.clone(),
            admitted: view.admitted.map(|height| height.0),
            suspended: view.suspended.map(|time| utc_text(time.0)),
            roles: standing
                .iter()
                .flat_map(|standing| standing.roles.iter().map(name))
                .collect(),
        }
    }
}
