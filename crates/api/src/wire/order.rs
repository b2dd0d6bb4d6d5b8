//! Orders of authorities.

use pangolin_index::{OrderStanding, OrderView};
use pangolin_ledger::tx::OrderKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{clock::utc_text, deps::Trade, words};

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Identity: that of the transaction that issued it, hexadecimal.
    pub id: String,
    /// `hold` or `recall`.
    pub kind: String,
    /// What it is on: `object`, `group`, `class` or `party`.
    pub scope: String,
    /// Identifier of what it is on.
    pub subject: String,
    /// The authority.
    pub issuer: String,
    /// Why, in words, where the profile has some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why, as a code of the profile.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Orders {
    /// The orders, in the order in which they were issued.
    pub orders: Vec<Order>,
    /// For the parameter `after` of the next page; absent after the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
    /// The block as of which this is the answer.
    pub height: u64,
}

/// The word of a kind.
pub const fn kind(kind: OrderKind) -> &'static str {
    match kind {
        OrderKind::Hold => "hold",
        OrderKind::Recall => "recall",
    }
}

impl Order {
    /// An order in the words of the trade.
    pub fn new(view: &OrderView, trade: &dyn Trade) -> Self {
        let (scope, subject) = words::scope(&view.scope);
        let state = match view.state {
            OrderStanding::Pending => "pending",
            OrderStanding::Active => "active",
            OrderStanding::Released => "released",
            OrderStanding::Expired => "expired",
        };
        Self {
            id: view.id.to_string(),
            kind: kind(view.kind).to_owned(),
            scope: scope.to_owned(),
            subject,
            issuer: pangolin_profiles::capture::party_uri(&view.issuer),
            reason: trade
                .describe(pangolin_ledger::id::Code(view.reason))
                .map(str::to_owned),
            reason_code: view.reason,
            legal_basis: view.legal_basis.clone(),
            expires: view.expires.map(|time| utc_text(time.0)),
            officers: view.officers,
            signed: view.signed,
            document: view.document.map(|digest| digest.to_string()),
            state: state.to_owned(),
            issued: view.issued.0,
            changed: view.changed.0,
        }
    }
}
