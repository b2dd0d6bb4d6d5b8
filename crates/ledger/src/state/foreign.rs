//! The doors to other chains (DESIGN §5): who they are, and the numbered messages to and from them.
//!
//! An object lives on one chain at a time. Moving it is a chain of three final records: the source writes an outbox entry
//! `Lock`, the destination an inbox entry that accepts or refuses it, the source an outbox entry that cites that result.
//! Sequence numbers are dense per channel, so that a missing message is seen.

use std::collections::BTreeSet;

use crate::{
    id::{ChainId, Digest32, Height, ObjectId, OrderId, PartyId, TimeMs},
    limits::{MAX_CHAIN_KEY_BYTES, MAX_TEXT_BYTES},
    tx::{OrderKind, OrderScope},
};

/// A chain whose final records are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignChain {
    /// Its name.
    pub name: String,
    /// Its threshold public key: what its finality certificates are verified with.
    pub key: Vec<u8>,
    /// How old its statuses may be when relied upon, in milliseconds.
    pub freshness_ms: u64,
    /// Block that registered it.
    pub registered: Height,
    /// Since when it is suspended.
    pub suspended: Option<Height>,
    /// Highest header of it that was proven here.
    pub seen: Option<SeenHeader>,
}
wire_struct!(ForeignChain v 1 { name[text MAX_TEXT_BYTES], key[blob MAX_CHAIN_KEY_BYTES], freshness_ms, registered, suspended, seen });

/// A final header of a foreign chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenHeader {
    /// Its height.
    pub height: Height,
    /// Its time.
    pub time: TimeMs,
    /// Its digest, which commits to the state.
    pub block: Digest32,
}
wire_struct!(SeenHeader {
    height,
    time,
    block
});

/// The sequence numbers between this chain and another: the next to be used in each direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Channel {
    /// Next number of an outbox entry.
    pub next_out: u64,
    /// Next number of an inbox entry.
    pub next_in: u64,
}
wire_struct!(Channel v 1 { next_out, next_in });

/// What an outbox entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutboxKind {
    /// The object is locked here and offered to a party there.
    Lock {
        /// Who may accept it there.
        to: PartyId,
        /// Last moment, by the time of that chain, at which it lets the object in.
        until: TimeMs,
    },
    /// The lock number `lock` was accepted there: the object lives there now.
    Release {
        /// Sequence number of the lock.
        lock: u64,
    },
    /// The lock number `lock` was refused there: the object lives here again.
    Unlock {
        /// Sequence number of the lock.
        lock: u64,
    },
}
wire_enum!(OutboxKind { 0 => Lock { to, until }, 1 => Release { lock }, 2 => Unlock { lock } });

/// A message to another chain. Written once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// What it says.
    pub kind: OutboxKind,
    /// The object it is about.
    pub object: ObjectId,
    /// SHA-256 of the object's record after it, as it travels ([`Object::travelling`](super::Object::travelling)).
    pub record: Digest32,
    /// The object's provenance digest after it.
    pub provenance: Digest32,
    /// Block that wrote it.
    pub height: Height,
}
wire_struct!(OutboxEntry v 1 { kind, object, record, provenance, height });

/// What became of a message from another chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InboxResult {
    /// Accepted: the object lives here.
    Accepted,
    /// Refused: the object goes on living there.
    Refused(Unwelcome),
}
wire_enum!(InboxResult { 0 => Accepted, 1 => Refused(why) });

/// Why an object is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unwelcome {
    /// It came after its time.
    Late,
    /// Whom it was offered to is not admitted here, or suspended.
    Receiver,
    /// An object of this name lives, or ended, here, or lives on a third chain, or its history here is longer.
    Present,
    /// A group of this name says something else here.
    Group,
}
wire_enum!(Unwelcome { 0 => Late, 1 => Receiver, 2 => Present, 3 => Group });

/// A message from another chain. Written once; its existence decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxEntry {
    /// What became of it.
    pub result: InboxResult,
    /// The object it is about.
    pub object: ObjectId,
    /// The object's provenance digest on the chain it came from.
    pub provenance: Digest32,
    /// SHA-256 of the outbox entry.
    pub entry: Digest32,
    /// Height of the foreign header it was proven under.
    pub proven_at: Height,
    /// Block that wrote it.
    pub height: Height,
}
wire_struct!(InboxEntry v 1 { result, object, provenance, entry, proven_at, height });

/// What other chains must know of an order of this one, by a number without gaps. Written once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The order.
    pub order: OrderId,
    /// What it is on.
    pub scope: OrderScope,
    /// What became of it.
    pub change: Change,
    /// Block that wrote it.
    pub height: Height,
}
wire_struct!(Notice v 1 { order, scope, change, height });

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It came into force.
    Began {
        /// Its kind.
        kind: OrderKind,
        /// When it ends by itself.
        expires: Option<TimeMs>,
    },
    /// It was released, or expired.
    Ended,
    /// An object was exempted from it.
    Exempted(ObjectId),
}
wire_enum!(Change { 0 => Began { kind, expires }, 1 => Ended, 2 => Exempted(object) });

/// How many notices this chain has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Notices {
    /// Number of the next one.
    pub next: u64,
}
wire_struct!(Notices v 1 { next });

/// How far this chain knows the notices of another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Feed {
    /// Number of the next notice to be taken note of.
    pub next: u64,
    /// The latest time of that chain at which these were proven to be all.
    pub as_of: Option<TimeMs>,
    /// Lists in which events wait for later word.
    pub lanes: BTreeSet<u8>,
}
wire_struct!(Feed v 1 { next, as_of, lanes[set 256] });

/// How one filling of a container came here and where it went, if it did. A container that comes from another chain with
/// something inside begins a filling here; one that comes back has left the filling with which it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Filling {
    /// From where it came.
    pub came: Option<Stay>,
    /// To which chain it went, and came back as another one.
    pub went: Option<ChainId>,
}
wire_struct!(Filling v 1 { came, went });

/// A filling of a container on another chain, before it came here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// That chain.
    pub chain: ChainId,
    /// How often the container had been emptied as that chain counts.
    pub epoch: u32,
    /// Block that locked it there: from then on nothing in this filling changed there.
    pub locked: Height,
}
wire_struct!(Stay {
    chain,
    epoch,
    locked
});

/// How a lock of this chain ended. Written once, by whatever was proven of the other chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement {
    /// What the other chain decided; `None`: nothing, and it cannot any more.
    pub result: Option<InboxResult>,
    /// Height of the foreign header it was proven under.
    pub proven_at: Height,
    /// Block that wrote it.
    pub height: Height,
}
wire_struct!(Settlement v 1 { result, proven_at, height });
