//! Events, transactions and other things that happen once: K3, K7, K12.

use crate::{
    id::{Code, Digest32, EventId, Height, PartyId, ProfileRef, TimeMs, TxId},
    limits::{MAX_CORRECTIVES, MAX_TEXT_BYTES},
};

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventState {
    /// Its effects are in the state.
    Applied,
    /// Waits for a predecessor; see [`Parked`](super::Parked).
    Parked,
    /// Its predecessor did not come in time. It may be sent again.
    Expired,
    /// Its predecessor came, and then a rule forbade it. The code is that of the refusal.
    Rejected(String),
}
wire_enum!(EventState { 0 => Applied, 1 => Parked, 2 => Expired, 3 => Rejected(code [text MAX_TEXT_BYTES]) });

/// An event that is in a final block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    /// What became of it.
    pub state: EventState,
    /// Who stated it.
    pub issuer: PartyId,
    /// The rules it was judged by.
    pub profile: ProfileRef,
    /// The transaction.
    pub tx: TxId,
    /// Place among the transaction's events.
    pub index: u32,
    /// The block that contains the transaction.
    pub height: Height,
    /// Digest of the reduced event: whoever shows the event later shows this one.
    pub digest: Digest32,
    /// Whether [`Correctives`] exist.
    pub corrected: bool,
}
wire_struct!(EventRecord v 1 { state, issuer, profile, tx, index, height, digest, corrected });

/// What corrects an event. The event itself is never changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Correctives {
    /// The declaration that it was in error.
    pub declared: Option<Declaration>,
    /// Events that state what really happened, in the order in which they were linked.
    pub events: Vec<EventId>,
}
wire_struct!(Correctives v 1 { declared, events[list MAX_CORRECTIVES] });

/// The declaration that an event was in error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The transaction that declared it.
    pub tx: TxId,
    /// Its block.
    pub height: Height,
    /// When the error was declared.
    pub time: TimeMs,
    /// Why.
    pub reason: Code,
}
wire_struct!(Declaration {
    tx,
    height,
    time,
    reason
});

/// A transaction without events that is in a final block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TxRecord {
    /// Its block.
    pub height: Height,
}
wire_struct!(TxRecord v 1 { height });

/// Something that happened and may not happen again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nullifier {
    /// The event by which it happened.
    pub event: EventId,
    /// Its block.
    pub height: Height,
    /// Who did it.
    pub party: PartyId,
}
wire_struct!(Nullifier v 1 { event, height, party });

/// A hand-over: *complete* when everything offered was accepted or came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// Who offered.
    pub from: PartyId,
    /// Who may accept.
    pub to: PartyId,
    /// Objects and quantity lines offered.
    pub offered: u32,
    /// Of these accepted.
    pub accepted: u32,
    /// Of these withdrawn or declined.
    pub returned: u32,
    /// By when it should be complete.
    pub deadline: Option<TimeMs>,
    /// Whether the deadline passed before.
    pub overdue: bool,
}
wire_struct!(Handover v 1 { from, to, offered, accepted, returned, deadline, overdue });

impl Handover {
    /// Whether both sides have reported everything.
    pub const fn is_complete(&self) -> bool {
        self.accepted.saturating_add(self.returned) >= self.offered
    }
}
