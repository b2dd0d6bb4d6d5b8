//! What another chain decided, carried here with its proof.
//!
//! Whoever carries it has no say: a delivery is judged by its proof alone, and the same message counts once, whoever brings it and
//! however often. So several may carry the same messages without holding each other up.

use crate::{
    id::{ChainId, ObjectId},
    limits::{MAX_DELIVERIES, MAX_EVIDENCE_BYTES, MAX_RECORD_BYTES, MAX_STAYS, MAX_WALK_BYTES},
};

/// Messages of another chain with the proof of its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// That chain.
    pub chain: ChainId,
    /// Proof of some records of its state at one height, in the encoding of [`Verifier`](crate::evidence::Verifier).
    pub evidence: Vec<u8>,
    /// Proofs of further chains on the way, each chain once.
    pub witnesses: Vec<Witness>,
    /// What is delivered (at least one).
    pub items: Vec<Item>,
}
wire_struct!(Delivery { chain, evidence[blob MAX_EVIDENCE_BYTES], witnesses[list MAX_STAYS], items[list MAX_DELIVERIES] });

/// What a further chain's state says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The chain.
    pub chain: ChainId,
    /// Proof of some records of its state at one height.
    pub evidence: Vec<u8>,
}
wire_struct!(Witness { chain, evidence[blob MAX_EVIDENCE_BYTES] });

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// An object that was locked there for this chain. Proven must be the outbox entry, the groups of the object and of
    /// whatever is inside it, and what it holds of each class and group inside. If this chain sent the object to a third one,
    /// so must be its record on each chain from there on.
    Arrival {
        /// Sequence number of the lock.
        seq: u64,
        /// The object's record as the lock left it, as it travels.
        record: Vec<u8>,
    },
    /// What became there of a lock of this chain. Proven must be the inbox entry, or that there is none.
    Outcome {
        /// Sequence number of the lock.
        seq: u64,
    },
    /// An object that came inside a container. Proven must be, of each chain on the way of that filling, the object's record
    /// or that there is none, and how the filling began there; and what the object itself holds of each class and group inside.
    Content {
        /// The container.
        container: ObjectId,
        /// The filling of it, as this chain counts.
        epoch: u32,
        /// The object.
        object: ObjectId,
    },
    /// What became of an order there. Proven must be the notice; notices are taken note of in their order, without gaps.
    Notice {
        /// Number of the notice.
        seq: u64,
    },
    /// That no further notices are known there. Proven must be how many it has written, or that there are none.
    AllNoticed,
    /// What a registry that is followed has recorded of a chain. Proven must be its record there.
    Recorded {
        /// The chain.
        chain: ChainId,
    },
    /// That the registry has recorded nothing else. Proven must be its directory.
    AllRecorded,
    /// That the chain certified two different blocks of one height: that of the delivery's proof, and another one.
    Forked {
        /// Proof of the other header.
        evidence: Vec<u8>,
    },
    /// The history of an object of this chain, over the others, back to its origins. Proven must be, of each of them, what the steps
    /// through it rest on ([`walk::rests_on`](crate::walk::rests_on) names most of it).
    Walk {
        /// The object.
        object: ObjectId,
        /// The [`Walk`](crate::walk::Walk), which leads to its record here.
        walk: Vec<u8>,
    },
}
wire_enum!(Item {
    0 => Arrival { seq, record[blob MAX_RECORD_BYTES] },
    1 => Outcome { seq },
    2 => Content { container, epoch, object },
    3 => Notice { seq },
    4 => AllNoticed,
    5 => Recorded { chain },
    6 => AllRecorded,
    7 => Forked { evidence[blob MAX_EVIDENCE_BYTES] },
    8 => Walk { object, walk[blob MAX_WALK_BYTES] },
});
