//! Orders of authorities.

use std::collections::BTreeSet;

use crate::{
    id::{Height, OrderId, PartyId, PublicKey, TimeMs},
    limits::{MAX_APPROVALS, MAX_ORDERS_PER_SUBJECT},
    tx::{OrderKind, OrderTerms},
};

/// Where an order stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderState {
    /// Collects signatures until a moment.
    Pending {
        /// That moment.
        until: TimeMs,
    },
    /// In force since a block.
    Active {
        /// That block.
        since: Height,
    },
    /// Ended by a release in a block.
    Released {
        /// That block.
        at: Height,
    },
    /// Its expiry, or the time for signatures, passed.
    Expired {
        /// The block that noticed.
        at: Height,
    },
}
wire_enum!(OrderState { 0 => Pending { until }, 1 => Active { since }, 2 => Released { at }, 3 => Expired { at } });

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The authority.
    pub issuer: PartyId,
    /// What it says.
    pub terms: OrderTerms,
    /// Officers (keys) that signed.
    pub signed: BTreeSet<PublicKey>,
    /// Where it stands.
    pub state: OrderState,
    /// The block that issued it.
    pub issued: Height,
}
wire_struct!(Order v 1 { issuer, terms, signed[set MAX_APPROVALS], state, issued });

/// Signatures collected for a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseProposal {
    /// Officers (keys) that signed.
    pub signed: BTreeSet<PublicKey>,
    /// Until when it collects signatures.
    pub until: TimeMs,
}
wire_struct!(ReleaseProposal v 1 { signed[set MAX_APPROVALS], until });

/// An order in force, as the index of its subject shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveOrder {
    /// The order.
    pub order: OrderId,
    /// Its kind.
    pub kind: OrderKind,
    /// When it ends by itself.
    pub expires: Option<TimeMs>,
}
wire_struct!(ActiveOrder {
    order,
    kind,
    expires
});

impl ActiveOrder {
    /// Whether it still blocks at `at`.
    pub fn in_force(&self, at: TimeMs) -> bool {
        self.expires.is_none_or(|end| at < end)
    }
}

/// The orders in force on one scope. The record exists only while there are some.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrdersOn {
    /// In the order in which they came into force.
    pub orders: Vec<ActiveOrder>,
}
wire_struct!(OrdersOn v 1 { orders[list MAX_ORDERS_PER_SUBJECT] });
