//! Receipts of a block, for files with real certificates.

use pangolin_ledger::{Digest32, EventId, EventOutcome, EventReceipt, Receipt, TxId, Wire as _};
use pangolin_proof::merkle;

pub(crate) use pangolin_proof::made_up::{Committee, digest};

/// Receipts of a block.
pub(crate) fn receipts(count: u8) -> Vec<Receipt> {
    (0..count)
        .map(|n| Receipt {
            tx: TxId([n; 32]),
            events: vec![EventReceipt {
                id: EventId([n + 100; 32]),
                outcome: EventOutcome::Applied,
                objects: 1,
                digest: Digest32([n + 200; 32]),
            }],
            effects: Vec::new(),
        })
        .collect()
}

/// Leaves of their tree.
pub(crate) fn leaves(receipts: &[Receipt]) -> Vec<merkle::Hash> {
    receipts
        .iter()
        .map(|receipt| merkle::leaf_hash(&receipt.to_bytes()))
        .collect()
}
