//! Orders of authorities: hold, recall, release.
//!
//! An order names its scope, its legal basis and its expiry, and takes effect when as many officers (keys) of the issuing
//! authority have signed as it asks for: the issuing transaction counts as the first signature, each
//! [`OrderBody::Approve`] as one more.

use crate::{
    codec::{Wire as _, Writer},
    id::{ClassId, Code, Digest32, GroupId, ObjectId, OrderId, PartyId, TimeMs},
    limits::MAX_TEXT_BYTES,
};

/// What an order is on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderScope {
    /// One object and, if it is a container, everything inside.
    Object(ObjectId),
    /// Every object of a group (lot).
    Group(GroupId),
    /// Every object of a class.
    Class(ClassId),
    /// Everything in the custody of a party.
    Party(PartyId),
}
wire_enum!(OrderScope { 0 => Object(object), 1 => Group(group), 2 => Class(class), 3 => Party(party) });

/// The same, of things that belong to somebody else.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ScopeRef<'a> {
    Object(&'a ObjectId),
    Group(&'a GroupId),
    Class(&'a ClassId),
    Party(&'a PartyId),
}

impl ScopeRef<'_> {
    /// Appends the encoding of the scope.
    pub(crate) fn put(self, w: &mut Writer) {
        match self {
            Self::Object(object) => {
                w.u8(0);
                object.put(w);
            }
            Self::Group(group) => {
                w.u8(1);
                group.put(w);
            }
            Self::Class(class) => {
                w.u8(2);
                class.put(w);
            }
            Self::Party(party) => {
                w.u8(3);
                party.put(w);
            }
        }
    }

    /// The scope.
    pub(crate) fn to_scope(self) -> OrderScope {
        match self {
            Self::Object(object) => OrderScope::Object(object.clone()),
            Self::Group(group) => OrderScope::Group(group.clone()),
            Self::Class(class) => OrderScope::Class(class.clone()),
            Self::Party(party) => OrderScope::Party(party.clone()),
        }
    }
}

impl<'a> From<&'a OrderScope> for ScopeRef<'a> {
    fn from(scope: &'a OrderScope) -> Self {
        match scope {
            OrderScope::Object(object) => Self::Object(object),
            OrderScope::Group(group) => Self::Group(group),
            OrderScope::Class(class) => Self::Class(class),
            OrderScope::Party(party) => Self::Party(party),
        }
    }
}

/// Kinds of orders that block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderKind {
    /// Nothing may move until further notice.
    Hold,
    /// Must go back or be destroyed; must not reach anybody else.
    Recall,
}
wire_enum!(OrderKind { 0 => Hold, 1 => Recall });

/// What an order says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderTerms {
    /// Kind.
    pub kind: OrderKind,
    /// What it is on.
    pub scope: OrderScope,
    /// Why, from the profile's code list.
    pub reason: Code,
    /// The provision it rests on, in words (1 to 512 bytes).
    pub legal_basis: String,
    /// When it ends by itself.
    pub expires: Option<TimeMs>,
    /// Signatures of different officers that it needs (at least 1).
    pub officers: u8,
    /// SHA-256 of a notice or file.
    pub document: Option<Digest32>,
}
wire_struct!(OrderTerms { kind, scope, reason, legal_basis[text MAX_TEXT_BYTES], expires, officers, document });

/// The body of an order transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderBody {
    /// Issues an order; its [`OrderId`] is the identity of this transaction.
    Issue(OrderTerms),
    /// One more officer signs an order that is not yet in force.
    Approve {
        /// The order.
        order: OrderId,
    },
    /// Ends an order, or exempts one object from it. Needs as many signatures as the order did: each officer sends the
    /// same release.
    Release {
        /// The order.
        order: OrderId,
        /// Exempt only this object; `None` ends the order.
        only: Option<ObjectId>,
        /// The provision it rests on, in words (1 to 512 bytes).
        legal_basis: String,
    },
}
wire_enum!(OrderBody { 0 => Issue(terms), 1 => Approve { order }, 2 => Release { order, only, legal_basis[text MAX_TEXT_BYTES] } });
