//! Receipts: the answer to a transaction that is in a final block.

use super::Effect;
use crate::{
    codec::Wire as _,
    hash::{RECEIPT_DOMAIN, sha256},
    id::{Digest32, EventId, Height, TimeMs, TxId},
    limits::{MAX_EFFECTS, MAX_EVENTS_PER_TX},
    state::Missing,
};

/// What became of one event of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventOutcome {
    /// Its effects are in the state.
    Applied,
    /// It waits for a predecessor.
    Parked {
        /// What is missing.
        missing: Missing,
        /// When it stops waiting.
        deadline: TimeMs,
        /// Code of what would be the refusal.
        code: String,
    },
    /// It was already recorded, in the block at this height.
    Duplicate {
        /// That block.
        height: Height,
    },
}
wire_enum!(EventOutcome { 0 => Applied, 1 => Parked { missing, deadline, code[text crate::limits::MAX_TEXT_BYTES] }, 2 => Duplicate { height } });

/// One event of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventReceipt {
    /// The event.
    pub id: EventId,
    /// What became of it.
    pub outcome: EventOutcome,
    /// Object records it wrote.
    pub objects: u32,
    /// Digest of the reduced event.
    pub digest: Digest32,
}
wire_struct!(EventReceipt {
    id,
    outcome,
    objects,
    digest
});

/// The answer to a transaction. Its hash is a leaf of the block's tree of receipts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The transaction.
    pub tx: TxId,
    /// Its events, in order.
    pub events: Vec<EventReceipt>,
    /// What happened besides, in the order in which it happened.
    pub effects: Vec<Effect>,
}
wire_struct!(Receipt v 1 { tx, events[list MAX_EVENTS_PER_TX], effects[list MAX_EFFECTS] });

impl Receipt {
    /// Its leaf in the block's tree of receipts.
    pub fn digest(&self) -> Digest32 {
        Digest32(sha256(&[RECEIPT_DOMAIN, &self.to_bytes()]))
    }
}
