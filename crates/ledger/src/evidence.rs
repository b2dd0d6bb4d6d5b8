//! The door through which another chain's proofs come in. The ledger states what it needs to know; how finality and state are
//! proven is the affair of whoever implements [`Verifier`].

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    id::ChainId,
    state::{Key, SeenHeader},
};

/// What a proof shows of another chain's state at one height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The final header whose state this is.
    pub header: SeenHeader,
    /// Records by key; `None`: proven not to exist.
    pub entries: BTreeMap<Key, Option<Vec<u8>>>,
}

/// Why a proof shows nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadEvidence {
    /// Stable code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
}

/// Checks proofs of other chains. Pure: the same bytes have the same answer on every machine and at any time, because
/// validators vote by it.
pub trait Verifier: Send + Sync {
    /// What `evidence` shows of the chain with this identity and key (the key as it was registered).
    fn verify(
        &self,
        chain: &ChainId,
        key: &[u8],
        evidence: &[u8],
    ) -> Result<Arc<Proven>, BadEvidence>;
}
