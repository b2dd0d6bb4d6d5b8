//! What another chain decided, carried here with its proof.
//!
//! Whoever carries it has no say: a delivery is judged by its proof alone, and the same message counts once, whoever brings it and
//! however often.

use crate::{
    id::ChainId,
    limits::{MAX_DELIVERIES, MAX_EVIDENCE_BYTES, MAX_RECORD_BYTES},
};

/// Messages of another chain with the proof of its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// That chain.
    pub chain: ChainId,
    /// Proof of some records of its state at one height, in the encoding of [`Verifier`](crate::evidence::Verifier).
    pub evidence: Vec<u8>,
    /// What is delivered (at least one).
    pub items: Vec<Item>,
}
wire_struct!(Delivery { chain, evidence[blob MAX_EVIDENCE_BYTES], items[list MAX_DELIVERIES] });

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// An object that was locked there for this chain. Proven must be the outbox entry, and the object's group if it has one.
    Arrival {
        /// Sequence number of the lock.
        seq: u64,
        /// The object's record as the lock left it.
        record: Vec<u8>,
    },
    /// What became there of a lock of this chain. Proven must be the inbox entry, or that there is none.
    Outcome {
        /// Sequence number of the lock.
        seq: u64,
    },
}
wire_enum!(Item { 0 => Arrival { seq, record[blob MAX_RECORD_BYTES] }, 1 => Outcome { seq } });
