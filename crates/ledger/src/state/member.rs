//! Who validates: the present validators with the public part of their shares, the wanted ones, and each attempt to hand the
//! chain's key from the ones to the others.
//!
//! A chain whose genesis file has no epochs has none of these records: its validators stay as they are.

use std::collections::BTreeSet;

use crate::{
    id::{Height, PublicKey},
    limits::{MAX_ADDRESS_BYTES, MAX_SHARING_BYTES, MAX_TEXT_BYTES, MAX_VALIDATORS},
};

/// A validator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The key of its node.
    pub key: PublicKey,
    /// Name of its node (at most 512 bytes).
    pub name: String,
    /// Organisation that runs it (at most 512 bytes).
    pub organisation: String,
    /// Where its node listens for peers, as `address:port`; empty where the operators tell each other.
    pub address: String,
}
wire_struct!(Member { key, name[text MAX_TEXT_BYTES], organisation[text MAX_TEXT_BYTES], address[text MAX_ADDRESS_BYTES] });

/// How the chain is validated, in short: what each block looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roster {
    /// Blocks of an epoch: validators change between two epochs only.
    pub epoch_blocks: u64,
    /// The epoch in which the present validators began.
    pub since: u64,
    /// Number of the last resharing that was opened; 0: none was.
    pub round: u64,
    /// Whether it is under way.
    pub open: bool,
    /// Whether other validators are wanted than the present ones.
    pub wanted: bool,
    /// Last block that changed what is wanted.
    pub changed: Height,
}
wire_struct!(Roster v 1 { epoch_blocks, since, round, open, wanted, changed });

impl Roster {
    /// The epoch of a block.
    pub const fn epoch(&self, height: Height) -> u64 {
        match height.0.checked_div(self.epoch_blocks) {
            Some(epoch) => epoch,
            None => 0,
        }
    }

    /// The epoch of the block after one.
    pub const fn next_epoch(&self, height: Height) -> u64 {
        self.epoch(Height(height.0.saturating_add(1)))
    }

    /// How many blocks of its epoch come before a block.
    pub const fn position(&self, height: Height) -> u64 {
        match height.0.checked_rem(self.epoch_blocks) {
            Some(position) => position,
            None => height.0,
        }
    }

    /// Whether a block is the last of its epoch.
    pub const fn is_last(&self, height: Height) -> bool {
        self.position(height) + 1 == self.epoch_blocks
    }
}

/// The present validators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// In the order of their keys.
    pub list: Vec<Member>,
    /// The resharing that made their shares; 0: the genesis file's.
    pub round: u64,
    /// The public part of their shares, as who checks it encodes it ([`Seats`](crate::evidence::Seats)).
    pub sharing: Vec<u8>,
}
wire_struct!(Members v 1 { list[list MAX_VALIDATORS], round, sharing[blob MAX_SHARING_BYTES] });

/// The validators that the governance wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// In the order of their keys.
    pub list: Vec<Member>,
}
wire_struct!(Wanted v 1 { list[list MAX_VALIDATORS] });

/// What became of a resharing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is under way.
    Open,
    /// The players are the validators of the next epoch.
    Done,
    /// Too few dealt: the dealers remain the validators.
    Failed,
}
wire_enum!(Outcome { 0 => Open, 1 => Done, 2 => Failed });

/// One attempt to hand the chain's key on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// Its number: never used twice, not even after a failure.
    pub number: u64,
    /// It ends with the last block of this epoch.
    pub epoch: u64,
    /// Block that opened it.
    pub opened: Height,
    /// The validators, who deal.
    pub dealers: Vec<PublicKey>,
    /// The resharing that made their shares.
    pub before: u64,
    /// The public part of their shares.
    pub sharing: Vec<u8>,
    /// Who gets shares.
    pub players: Vec<Member>,
    /// Dealers whose log is recorded.
    pub logs: BTreeSet<PublicKey>,
    /// What became of it.
    pub outcome: Outcome,
}
wire_struct!(Round v 1 {
    number, epoch, opened, dealers[list MAX_VALIDATORS], before, sharing[blob MAX_SHARING_BYTES],
    players[list MAX_VALIDATORS], logs[set MAX_VALIDATORS], outcome,
});

/// How a validator contradicted itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// Two votes that different blocks are there.
    Notarized,
    /// Two votes that different blocks are final.
    Finalized,
    /// A vote that a turn is over without a block, and one that its block is final.
    Skipped,
}
wire_enum!(Contradiction { 0 => Notarized, 1 => Finalized, 2 => Skipped });

/// That a validator contradicted itself. Written once; it never validates again under this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misconduct {
    /// How.
    pub kind: Contradiction,
    /// The epoch of its votes.
    pub epoch: u64,
    /// The turn of its votes within the epoch.
    pub view: u64,
    /// Block that recorded it.
    pub height: Height,
}
wire_struct!(Misconduct v 1 { kind, epoch, view, height });

/// Most faulty validators among `count` that the chain bears.
pub const fn tolerated(count: usize) -> usize {
    count.saturating_sub(1) / 3
}
