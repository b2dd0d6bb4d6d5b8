//! Quantities without identities of their own: K5.

use std::collections::BTreeSet;

use crate::{
    id::{Amount, ChainId, Digest32, EventId},
    limits::MAX_PASSED,
    state::Ancestry,
};

/// What a holder has of a stock. Removed when it reaches zero and nothing waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// How much.
    pub amount: Amount,
    /// Whether parked events wait for more.
    pub awaited: bool,
    /// The last event that changed it.
    pub last_event: EventId,
    /// Commitment to its history.
    pub provenance: Digest32,
}
wire_struct!(Balance v 1 { amount, awaited, last_event, provenance });

impl Balance {
    /// Nothing.
    pub const fn empty() -> Self {
        Self {
            amount: Amount(0),
            awaited: false,
            last_event: EventId([0; 32]),
            provenance: Digest32([0; 32]),
        }
    }
}

/// A transformation spread over several events: what went in and what came out so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Sum of amounts put in.
    pub inputs: u64,
    /// Sum of amounts taken out.
    pub outputs: u64,
    /// Commitment to everything put in.
    pub provenance: Digest32,
    /// The chains that something put in came over.
    pub passed: BTreeSet<ChainId>,
    /// What was walked of those things.
    pub ancestry: Option<Ancestry>,
    /// Whether something put in rests on a source without verifiable finality.
    pub attested: bool,
}
wire_struct!(Process v 3 { inputs, outputs, provenance, passed[set MAX_PASSED], ancestry, attested });
