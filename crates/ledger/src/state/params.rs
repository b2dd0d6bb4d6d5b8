//! Thresholds, deadlines and limits of one chain; profile versions; proposals; quotas.

use std::collections::BTreeSet;

use crate::{
    id::{Digest32, Height, PartyId, TimeMs},
    limits::MAX_APPROVALS,
};

/// What a party may send within one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Transactions.
    pub txs: u32,
    /// Bytes.
    pub bytes: u64,
    /// Objects named by events that wait for a predecessor at the same time, over all windows; an event that names none
    /// counts as one.
    pub parked: u32,
}
wire_struct!(Quota { txs, bytes, parked });

/// Signatures the weakest order of each kind needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Officers {
    /// Hold.
    pub hold: u8,
    /// Recall.
    pub recall: u8,
}
wire_struct!(Officers { hold, recall });

/// The parameters of a chain. Governance changes them as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    /// Parties with [`Role::GOVERNOR`](crate::id::Role::GOVERNOR) that must send the same change.
    pub governors: u8,
    /// Parties with [`Role::REGISTRAR`](crate::id::Role::REGISTRAR) that must send the same admission.
    pub registrars: u8,
    /// Signatures of orders.
    pub officers: Officers,
    /// How long an event waits for its predecessor, in milliseconds, unless the profile says otherwise.
    pub park_ms: u64,
    /// How far an event may lie ahead of the block's time, in milliseconds.
    pub future_ms: u64,
    /// How old an event may be when it is first recorded, in milliseconds; 0: any age.
    pub past_ms: u64,
    /// How long a proposal or order collects signatures, in milliseconds.
    pub proposal_ms: u64,
    /// Width of a quota window in blocks (at least 1).
    pub window_blocks: u64,
    /// Quota of a party without one of its own.
    pub quota: Quota,
    /// Bytes of one transaction.
    pub max_tx_bytes: u32,
    /// Blocks a transaction may stay valid.
    pub max_validity_blocks: u64,
}
wire_struct!(Params v 1 {
    governors, registrars, officers, park_ms, future_ms, past_ms, proposal_ms, window_blocks, quota, max_tx_bytes, max_validity_blocks,
});

/// A version of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileRecord {
    /// SHA-256 of its rules.
    pub digest: Digest32,
    /// First block.
    pub from: Height,
    /// First block without it.
    pub until: Option<Height>,
}
wire_struct!(ProfileRecord v 1 { digest, from, until });

impl ProfileRecord {
    /// Whether it is in force in block `height`.
    pub fn covers(&self, height: Height) -> bool {
        self.from <= height && self.until.is_none_or(|until| height < until)
    }
}

/// A change that collects signatures of different parties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Who signed.
    pub parties: BTreeSet<PartyId>,
    /// Until when it collects signatures.
    pub expires: TimeMs,
}
wire_struct!(Proposal v 1 { parties[set MAX_APPROVALS], expires });

/// What a party used of its quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Number of the window: height divided by [`Params::window_blocks`].
    pub window: u64,
    /// Transactions in this window.
    pub txs: u32,
    /// Bytes in this window.
    pub bytes: u64,
    /// Objects named by events that wait for a predecessor, counted as in [`Quota::parked`].
    pub parked: u32,
}
wire_struct!(Usage v 1 { window, txs, bytes, parked });

impl Default for Params {
    /// Parameters for a chain of few members; a genesis document normally states its own.
    fn default() -> Self {
        const MINUTE_MS: u64 = 60_000;
        const DAY_MS: u64 = 24 * 60 * MINUTE_MS;
        Self {
            governors: 1,
            registrars: 1,
            officers: Officers { hold: 1, recall: 1 },
            park_ms: 7 * DAY_MS,
            future_ms: 15 * MINUTE_MS,
            past_ms: 0,
            proposal_ms: 7 * DAY_MS,
            window_blocks: 100,
            quota: Quota {
                txs: 1_000_000,
                bytes: 4_000_000_000,
                parked: 2_000_000,
            },
            max_tx_bytes: 4 * 1024 * 1024,
            max_validity_blocks: crate::limits::MAX_VALIDITY_BLOCKS,
        }
    }
}
