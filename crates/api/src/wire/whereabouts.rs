//! Where a lot is.

use pangolin_index::{ObjectStatus, Whereabouts};
use pangolin_profiles::capture::{group_uri, object_uri, party_uri};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{clock::utc_text, deps::Trade, words};

/// Where a lot is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Whereabouts)]
pub struct LotWhereabouts {
    /// The lot.
    pub lot: String,
    /// Packs ever made in it and not declared in error.
    pub made: u64,
    /// Packs counted below.
    pub counted: u64,
    /// Who has how many, in what state.
    pub holders: Vec<Holding>,
    /// Quantities of it without serial numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quantities: Vec<QuantityHolding>,
    /// Lots that were made of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made_into: Vec<String>,
    /// Whether a limit cut the answer off.
    pub truncated: bool,
    /// The block as of which this is the answer.
    pub height: u64,
    /// Its time.
    pub time: String,
}

/// Packs of one lot with one party in one state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Holding {
    /// Who has them; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<String>,
    /// To whom they are on the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered_to: Option<String>,
    /// `live`, `ended`, `voided`, `away` or `unknown`.
    pub status: String,
    /// Why they ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether they are held back.
    pub held: bool,
    /// How many.
    pub objects: u64,
    /// One of them.
    pub example: String,
}

/// A quantity of one lot with one holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QuantityHolding {
    /// The holder.
    pub holder: String,
    /// How much, in thousandths of the unit.
    pub amount: u64,
}

/// The word of a status.
pub const fn status(status: ObjectStatus) -> &'static str {
    match status {
        ObjectStatus::Unknown => "unknown",
        ObjectStatus::Live => "live",
        ObjectStatus::Ended => "ended",
        ObjectStatus::Voided => "voided",
        ObjectStatus::Away => "away",
    }
}

/// Why an object ended, in words where the profile has some.
pub fn reason(trade: &dyn Trade, code: u16) -> String {
    let code = pangolin_ledger::id::Code(code);
    trade
        .describe(code)
        .map_or_else(|| format!("code {code}"), str::to_owned)
}

impl LotWhereabouts {
    /// Whereabouts in the words of the trade.
    pub fn new(found: &Whereabouts, trade: &dyn Trade) -> Self {
        let holders = found.holders.iter().map(|holding| Holding {
            party: holding.party.as_ref().map(party_uri),
            offered_to: holding.offered_to.as_ref().map(party_uri),
            status: status(holding.status).to_owned(),
            reason: holding.reason.map(|code| reason(trade, code)),
            held: holding.held,
            objects: holding.objects,
            example: object_uri(&holding.example),
        });
        let quantities = found.quantities.iter().map(|holding| QuantityHolding {
            holder: words::holder(&holding.holder),
            amount: holding.amount.0,
        });
        Self {
            lot: found.uri.clone(),
            made: found.made,
            counted: found.counted,
            holders: holders.collect(),
            quantities: quantities.collect(),
            made_into: found.made_into.iter().map(group_uri).collect(),
            truncated: found.truncated,
            height: found.height.0,
            time: utc_text(found.time.0),
        }
    }
}
