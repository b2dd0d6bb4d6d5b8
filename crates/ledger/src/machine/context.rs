//! What the machine is told about a block, and what it answers.

use crate::{
    id::{ChainId, Height, TimeMs},
    report::{Receipt, Refusal},
};

/// The block that is being executed. Its time is the only clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockContext {
    /// This chain.
    pub chain: ChainId,
    /// Number of the block.
    pub height: Height,
    /// Time of the block.
    pub time: TimeMs,
    /// Time of the block before; never after [`Self::time`].
    pub parent_time: TimeMs,
}

/// What became of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the state. Events that wait for a predecessor are marked in the receipt.
    Applied(Receipt),
    /// It is not, and nothing changed. A block that contains it is invalid.
    Refused(Refusal),
}

impl Outcome {
    /// The receipt, if it was applied.
    pub const fn receipt(&self) -> Option<&Receipt> {
        match self {
            Self::Applied(receipt) => Some(receipt),
            Self::Refused(_) => None,
        }
    }

    /// The refusal, if it was refused.
    pub const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Applied(_) => None,
            Self::Refused(refusal) => Some(refusal),
        }
    }
}
