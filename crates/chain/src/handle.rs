//! What the rest of a node may ask of its chain. Object-safe, so that nothing above names the engine.

use bytes::Bytes;
use futures::future::BoxFuture;
use pangolin_ledger::{Key, SignedTransaction, TxId};
use pangolin_proof::{state::StateProof, trust::FinalHeader};
use std::sync::Arc;
use thiserror::Error;
use tokio::sync::oneshot;

use crate::{
    app::FinalBlock,
    pool::{Fate, PoolError},
};

/// Why a transaction was not taken.
#[derive(Debug, Error)]
pub enum SubmitError {
    /// Larger than the limit.
    #[error("the transaction has {size} bytes, more than {max}")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// Not a transaction.
    #[error("the transaction cannot be read: {0}")]
    Syntax(String),
    /// Inconsistent in itself.
    #[error("the transaction is inconsistent at {place}: {message}")]
    Inconsistent {
        /// Stable code.
        code: &'static str,
        /// Path in the transaction.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// For another chain.
    #[error("the transaction is for another chain")]
    OtherChain,
    /// Not signed by its key.
    #[error("the signature is not the one of the transaction's key")]
    BadSignature,
    /// No room: try again later.
    #[error(transparent)]
    Busy(#[from] PoolError),
    /// The node is stopping.
    #[error("the node is stopping")]
    Stopping,
}

impl SubmitError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "transaction-too-large",
            Self::Syntax(_) => "transaction-syntax",
            Self::Inconsistent { code, .. } => code,
            Self::OtherChain => "other-chain",
            Self::BadSignature => "bad-signature",
            Self::Busy(error) => error.code(),
            Self::Stopping => "stopping",
        }
    }
}

/// Why a proof cannot be made.
#[derive(Debug, Error)]
pub enum ProveError {
    /// The state moved on while the proof was made, several times in a row.
    #[error("the state moved on while it was read; try again")]
    Moving,
    /// The block has no certificate within reach.
    #[error("block {height} has no certificate yet; try again")]
    Uncertified {
        /// Height of the block.
        height: u64,
    },
    /// Another block of that height is final.
    #[error("another block is final at height {height} than the one in question; try again")]
    OtherBlock {
        /// Height of the block.
        height: u64,
    },
    /// The block was pruned here.
    #[error("block {height} is not kept by this node; ask an archive node")]
    Pruned {
        /// Height of the block.
        height: u64,
    },
    /// Absence in the records store, which cannot be shown.
    #[error("the records store cannot prove that an entry does not exist")]
    Unprovable,
    /// A store could not be read.
    #[error("the state cannot be read: {0}")]
    Storage(String),
}

impl ProveError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Moving => "state-moving",
            Self::Uncertified { .. } => "uncertified",
            Self::OtherBlock { .. } => "certificate-of-other-block",
            Self::Pruned { .. } => "pruned",
            Self::Unprovable => "unprovable-absence",
            Self::Storage(_) => "storage",
        }
    }
}

/// How a node stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Height of the last final block that was applied here.
    pub height: u64,
    /// Its ledger time, milliseconds since 1970.
    pub time_ms: u64,
    /// Transactions waiting.
    pub pool_transactions: usize,
    /// Bytes waiting.
    pub pool_bytes: usize,
    /// Whether this node votes.
    pub validator: bool,
    /// Digest of the last final block, hexadecimal.
    pub block: String,
    /// Root of the records store, hexadecimal.
    pub records_root: String,
    /// Root of the rules store, hexadecimal.
    pub rules_root: String,
}

/// Values of state keys at one height.
#[derive(Clone, Debug)]
pub struct StateView {
    /// Height of the state.
    pub height: u64,
    /// Ledger time of that height.
    pub time_ms: u64,
    /// One per key asked for.
    pub values: Vec<Option<Arc<[u8]>>>,
}

/// A running node's chain.
pub trait Chain: Send + Sync {
    /// Checks a transaction, keeps it and passes it on.
    fn submit(&self, bytes: Bytes) -> Result<TxId, SubmitError>;
    /// Checks transactions that were decoded from these bytes, keeps them and passes them on: cheaper than one by one.
    fn submit_all(
        &self,
        transactions: Vec<(SignedTransaction, Bytes)>,
    ) -> Vec<Result<TxId, SubmitError>> {
        transactions
            .into_iter()
            .map(|(_, bytes)| self.submit(bytes))
            .collect()
    }
    /// Tells what becomes of a transaction.
    fn watch(&self, id: TxId) -> oneshot::Receiver<Fate>;
    /// How the node stands.
    fn status(&self) -> Status;
    /// Reads state keys, all at the same height.
    fn read(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<StateView, ProveError>>;
    /// Reads state keys with proofs, all at the same height.
    fn prove(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<StateProof, ProveError>>;
    /// The header of a final block with what shows that it is final.
    fn final_header(&self, height: u64) -> BoxFuture<'_, Result<FinalHeader, ProveError>>;
    /// Signed transactions of a final block, in order.
    fn transactions(&self, height: u64) -> BoxFuture<'_, Result<Arc<Vec<Bytes>>, ProveError>>;
}

/// A shared [`Chain`].
pub type Handle = Arc<dyn Chain>;

/// Final blocks in order, from a node to its index.
pub type Finals = tokio::sync::mpsc::UnboundedReceiver<FinalBlock>;
