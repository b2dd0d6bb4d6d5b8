//! Every size and count that bounds what a node accepts, in one place.

use std::num::{NonZeroU64, NonZeroUsize};

/// Largest signed transaction, in bytes.
pub const MAX_TX_BYTES: usize = 2 * 1024 * 1024;

/// Largest sum of the signed transactions of one block, in bytes.
pub const MAX_BLOCK_BYTES: usize = 4 * 1024 * 1024;

/// Most transactions of one block.
pub const MAX_BLOCK_TXS: usize = 8_192;

/// Most validators of one chain.
pub const MAX_VALIDATORS: usize = 100;

/// Largest message of the transaction relay, in bytes: several transactions travel together.
pub const MAX_RELAY_BYTES: usize = MAX_TX_BYTES + 64;

/// Most transactions waiting in the mempool.
pub const MAX_POOL_TXS: usize = 200_000;

/// Most bytes waiting in the mempool.
pub const MAX_POOL_BYTES: usize = 64 * 1024 * 1024;

/// Share of the mempool, as a divisor, that one party may fill: 1/4 of it.
pub const POOL_PARTY_DIVISOR: usize = 4;

/// A block's time may be at most this many milliseconds after its parent's.
pub const MAX_TIME_STEP_MS: u64 = 60_000;

/// A node says that its clock is off when a final block is this many milliseconds ahead of it.
pub const CLOCK_WARNING_MS: u64 = 5_000;

/// Rounds in which the executor may ask the stores for further keys of one transaction.
pub const MAX_READ_ROUNDS: usize = 64;

/// Operations of a store sent in one state-sync answer.
pub const SYNC_BATCH: NonZeroU64 = NonZeroU64::new(512).expect("not zero");

/// Largest state-sync answer, in bytes: one operation of the largest size, or many small ones.
pub const MAX_SYNC_BYTES: usize = pangolin_proof::record::MAX_VALUE_BYTES + 64 * 1024;

/// Messages held for each peer and channel of the network. Their places are allocated when the node starts, a few hundred
/// bytes each.
pub const NETWORK_MAILBOX: NonZeroUsize = NonZeroUsize::new(128).expect("not zero");

/// Messages held by the mailbox of an engine actor.
pub const MAILBOX: NonZeroUsize = NonZeroUsize::new(1024).expect("not zero");
