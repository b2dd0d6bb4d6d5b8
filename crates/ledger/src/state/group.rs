//! Groups (lots, batches): what their members share.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    id::{ClassId, Code, EventId, GroupId, PartyId, Value},
    limits::{MAX_ATTRIBUTES, MAX_LINEAGE},
};

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Class of its members.
    pub class: Option<ClassId>,
    /// Who made it.
    pub maker: PartyId,
    /// What its members share, for example an expiry date. Fixed by the event that first named the group.
    pub attributes: BTreeMap<Code, Value>,
    /// Objects created in it.
    pub made: u64,
    /// Most objects that may be created in it (K5).
    pub limit: Option<u64>,
    /// The groups its members were made of, at all levels. An order on one of these concerns its members.
    pub made_of: BTreeSet<GroupId>,
    /// The event that first named it.
    pub event: EventId,
}
wire_struct!(Group v 1 { class, maker, attributes[map MAX_ATTRIBUTES], made, limit, made_of[set MAX_LINEAGE], event });

impl Group {
    /// A group without class, attributes and members.
    pub const fn bare(maker: PartyId, event: EventId) -> Self {
        Self {
            class: None,
            maker,
            attributes: BTreeMap::new(),
            made: 0,
            limit: None,
            made_of: BTreeSet::new(),
            event,
        }
    }
}
