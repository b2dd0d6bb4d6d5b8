//! Events that came before their predecessor: kept, with a deadline, until it comes (K8).

use crate::{
    id::{
        ChainId, EventId, FactKey, Height, ObjectId, PartyId, ProfileRef, PublicKey, SourceId,
        TimeMs, TxId,
    },
    limits::{MAX_MISSING, MAX_PARKED_PER_SUBJECT},
    state::Holder,
    tx::{DataClass, Event, Stock},
};

/// What a parked event waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// A change of this object.
    Object(ObjectId),
    /// More of this stock in the hands of this holder.
    Stock {
        /// The holder.
        holder: Holder,
        /// The stock.
        stock: Stock,
    },
    /// Later word of the orders of this chain.
    Feed {
        /// The chain.
        chain: ChainId,
        /// Which of the many lists of those who wait for it: the first byte of the event.
        lane: u8,
    },
    /// The walk of this object's history over other chains.
    Ancestry(ObjectId),
    /// What a source says under a key.
    Fact {
        /// The source.
        source: SourceId,
        /// The key.
        key: FactKey,
    },
}
wire_enum!(Missing { 0 => Object(object), 1 => Stock { holder, stock }, 2 => Feed { chain, lane }, 3 => Ancestry(object), 4 => Fact { source, key } });

/// A parked event with the circumstances under which it was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The event.
    pub event: Event,
    /// Who stated it.
    pub issuer: PartyId,
    /// The key that signed.
    pub key: PublicKey,
    /// The transaction.
    pub tx: TxId,
    /// The rules it is judged by.
    pub profile: ProfileRef,
    /// Its data class.
    pub class: DataClass,
    /// Block that accepted it.
    pub height: Height,
    /// Time of that block: authority is judged as of then.
    pub arrived: TimeMs,
    /// When it stops waiting.
    pub deadline: TimeMs,
    /// What it waits for: whichever of these changes, it is tried again. The first is the one to report.
    pub missing: Vec<Missing>,
}
wire_struct!(Parked v 1 { event, issuer, key, tx, profile, class, height, arrived, deadline, missing[list MAX_MISSING] });

/// One entry of a waiting list. The time of the event comes first: earlier events are tried first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaitingEntry {
    /// When the event happened.
    pub time: TimeMs,
    /// The event.
    pub event: EventId,
}
wire_struct!(WaitingEntry { time, event });

/// The parked events that wait for the same thing, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WaitingList {
    /// The entries.
    pub entries: std::collections::BTreeSet<WaitingEntry>,
}
wire_struct!(WaitingList v 1 { entries[set MAX_PARKED_PER_SUBJECT] });
