//! Groups (lots, batches): what their members share.

use std::collections::BTreeMap;

use crate::{
    id::{ClassId, Code, EventId, PartyId, Value},
    limits::MAX_ATTRIBUTES,
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
    /// The event that first named it.
    pub event: EventId,
}
wire_struct!(Group v 1 { class, maker, attributes[map MAX_ATTRIBUTES], made, limit, event });
