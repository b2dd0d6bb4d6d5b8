//! What a responder says about what the state says: the policies of STANDARDS §5.
//!
//! A pack that does not match is told by code (E) or without reason (D). One that matches may still not be sold again:
//! suspicion comes before recall, recall before expiry.

use pangolin_ledger::{query::ObjectStatus, tx::OrderKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::request::Version;
use crate::deps::Concern;

/// Why a verification failed. Nothing else may be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum FailureReason {
    /// No such serial number of this trade item.
    #[serde(rename = "No_match_GTIN_Serial")]
    NoMatch,
    /// The lot is another.
    #[serde(rename = "No_match_GTIN_Serial_Lot")]
    NoMatchLot,
    /// The expiry date is another.
    #[serde(rename = "No_match_GTIN_Serial_Expiry")]
    NoMatchExpiry,
    /// Lot and expiry date are others.
    #[serde(rename = "No_match_GTIN_Serial_Lot_Expiry")]
    NoMatchLotExpiry,
    /// The responder does not say.
    #[serde(rename = "No_reason_provided")]
    NoReason,
    /// The identifier matches; the responder's policy forbids the sale.
    #[serde(rename = "Manufacturer_policy")]
    ManufacturerPolicy,
    /// The pack must not be distributed again.
    #[serde(rename = "Not_for_re-distribution")]
    NotForRedistribution,
}

/// What else is known of a pack. `ExpirationExtended` and `Illegitimate` exist since version 1.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum AdditionalInfo {
    /// Recalled.
    Recalled,
    /// Suspected.
    Suspect,
    /// Expired.
    Expired,
    /// The expiry date was extended.
    ExpirationExtended,
    /// Known to be illegitimate.
    Illegitimate,
}

/// How a responder answers about a pack that matches and has a flaw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// Verified, with the information (B1).
    Inform,
    /// Not verified by policy, with the information (B2).
    #[default]
    Refuse,
    /// Not verified by policy, without the information.
    RefuseSilently,
}

/// How a responder answers about a pack that does not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mismatch {
    /// Which part does not match (E).
    #[default]
    Code,
    /// Without a reason (D).
    NoReason,
}

/// The policy of a responder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Recalled packs.
    pub recalled: Flaw,
    /// Expired packs.
    pub expired: Flaw,
    /// Packs that do not match.
    pub mismatch: Mismatch,
}

/// What of the question agrees with the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// There is no such pack.
    None,
    /// Everything agrees.
    All,
    /// The lot does not.
    NotLot,
    /// The expiry date does not.
    NotExpiry,
    /// Neither does.
    NotLotNorExpiry,
}

/// What the state says about the pack.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each of which the policy asks for by name"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// What agrees.
    pub found: Match,
    /// What speaks against it by its own state.
    pub concern: Option<Concern>,
    /// Whether a recall is in force on it, its containers, its lot or its item.
    pub recalled: bool,
    /// Whether a hold is.
    pub on_hold: bool,
    /// Whether its expiry date is past.
    pub expired: bool,
    /// Whether it lives on another chain, where orders on it would not be seen here.
    pub away: bool,
}

impl Facts {
    /// There is no such pack.
    pub const fn unknown() -> Self {
        Self {
            found: Match::None,
            concern: None,
            recalled: false,
            on_hold: false,
            expired: false,
            away: false,
        }
    }
}

/// Whether an order of this kind is in force on an object, and it is not exempted.
pub fn has_order(status: &ObjectStatus, kind: OrderKind) -> bool {
    status
        .orders
        .iter()
        .any(|found| !found.exempted && found.order.kind == kind)
}

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Verified.
    Verified(Option<AdditionalInfo>),
    /// Not verified.
    Failed(FailureReason, Option<AdditionalInfo>),
}

/// Judges a pack.
pub fn judge(facts: &Facts, policy: &Policy, version: Version) -> Verdict {
    let mismatch = |reason| match policy.mismatch {
        Mismatch::Code => Verdict::Failed(reason, None),
        Mismatch::NoReason => Verdict::Failed(FailureReason::NoReason, None),
    };
    match facts.found {
        Match::None => return mismatch(FailureReason::NoMatch),
        Match::NotLot => return mismatch(FailureReason::NoMatchLot),
        Match::NotExpiry => return mismatch(FailureReason::NoMatchExpiry),
        Match::NotLotNorExpiry => return mismatch(FailureReason::NoMatchLotExpiry),
        Match::All => {}
    }
    let not_again = |info| Verdict::Failed(FailureReason::NotForRedistribution, info);
    match facts.concern {
        // requesters that speak 1.1 do not know the word
        Some(Concern::Illegitimate) if version == Version::V1_3 => {
            return not_again(Some(AdditionalInfo::Illegitimate));
        }
        Some(Concern::Illegitimate | Concern::Suspect) => {
            return not_again(Some(AdditionalInfo::Suspect));
        }
        Some(Concern::NotForSale) => return not_again(None),
        None => {}
    }
    if facts.on_hold {
        return not_again(Some(AdditionalInfo::Suspect));
    }
    if facts.recalled {
        return flaw(policy.recalled, AdditionalInfo::Recalled);
    }
    if facts.expired {
        return flaw(policy.expired, AdditionalInfo::Expired);
    }
    if facts.away {
        return Verdict::Failed(FailureReason::NoReason, None);
    }
    Verdict::Verified(None)
}

const fn flaw(policy: Flaw, info: AdditionalInfo) -> Verdict {
    match policy {
        Flaw::Inform => Verdict::Verified(Some(info)),
        Flaw::Refuse => Verdict::Failed(FailureReason::ManufacturerPolicy, Some(info)),
        Flaw::RefuseSilently => Verdict::Failed(FailureReason::ManufacturerPolicy, None),
    }
}
