//! Blocks: a header and the signed transactions it commits to.
//!
//! The digest of a block is its header's digest. Reading a block recomputes the commitment to the
//! transactions, so a body that does not belong to its header is refused where it arrives.

use bytes::{BufMut, Bytes};
use commonware_codec::{
    Buf, EncodeSize, Error as CodecError, MaxEncodeSize as _, RangeCfg, Read, ReadExt as _, Write,
    varint::UInt,
};
use commonware_consensus::{
    Block as ConsensusBlock, BoundedBlock, CertifiableBlock, Heightable, types::Height,
};
use commonware_cryptography::Digestible;
use pangolin_proof::{header::Header, merkle};
use std::sync::Arc;

use crate::{
    limits::{MAX_BLOCK_BYTES, MAX_BLOCK_TXS, MAX_TX_BYTES},
    types::{Context, Digest},
};

/// Bytes that a transaction's length takes at most.
const LENGTH_BYTES: usize = 5;

/// A block of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What certificates sign.
    pub header: Header,
    /// Signed transactions in execution order, each as its canonical bytes.
    pub transactions: Arc<Vec<Bytes>>,
    /// Their leaves in the tree whose root the header holds.
    leaves: Arc<Vec<merkle::Hash>>,
}

impl Block {
    /// A block whose header commits to `transactions`.
    pub fn new(header: Header, transactions: Vec<Bytes>) -> Self {
        let leaves = leaves_of(&transactions);
        Self::with_leaves(header, transactions, leaves)
    }

    /// A block whose header commits to `transactions`, of which these are the leaves.
    pub(crate) fn with_leaves(
        header: Header,
        transactions: Vec<Bytes>,
        leaves: Vec<merkle::Hash>,
    ) -> Self {
        Self {
            header,
            transactions: Arc::new(transactions),
            leaves: Arc::new(leaves),
        }
    }

    /// The leaves of the transactions, in order.
    pub fn leaves(&self) -> &[merkle::Hash] {
        &self.leaves
    }

    /// The commitment of a header to `transactions`.
    pub fn transactions_root(transactions: &[Bytes]) -> Digest {
        Digest::from(merkle::root(&leaves_of(transactions)))
    }

    /// Sum of the transactions' sizes, in bytes.
    pub fn body_bytes(&self) -> usize {
        self.transactions.iter().map(Bytes::len).sum()
    }
}

fn leaves_of(transactions: &[Bytes]) -> Vec<merkle::Hash> {
    transactions
        .iter()
        .map(|tx| merkle::leaf_hash(tx))
        .collect()
}

impl Write for Block {
    fn write(&self, buf: &mut impl BufMut) {
        self.header.write(buf);
        self.transactions.as_ref().write(buf);
    }
}

impl EncodeSize for Block {
    fn encode_size(&self) -> usize {
        self.header.encode_size() + self.transactions.as_ref().encode_size()
    }
}

impl Read for Block {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, (): &()) -> Result<Self, CodecError> {
        let header = Header::read(buf)?;
        let count = usize::read_cfg(buf, &RangeCfg::from(0..=MAX_BLOCK_TXS))?;
        let mut transactions = Vec::with_capacity(count);
        let mut total = 0usize;
        for _ in 0..count {
            let tx = Bytes::read_cfg(buf, &RangeCfg::from(1..=MAX_TX_BYTES))?;
            total = total.saturating_add(tx.len());
            if total > MAX_BLOCK_BYTES {
                return Err(CodecError::Invalid(
                    "block",
                    "transactions exceed the size limit",
                ));
            }
            transactions.push(tx);
        }
        let leaves = leaves_of(&transactions);
        if header.transactions != Digest::from(merkle::root(&leaves)) {
            return Err(CodecError::Invalid(
                "block",
                "transactions do not match the header",
            ));
        }
        Ok(Self::with_leaves(header, transactions, leaves))
    }
}

impl Digestible for Block {
    type Digest = Digest;

    fn digest(&self) -> Digest {
        self.header.digest()
    }
}

impl Heightable for Block {
    fn height(&self) -> Height {
        self.header.height
    }
}

impl ConsensusBlock for Block {
    fn parent(&self) -> Digest {
        self.header.parent
    }
}

impl CertifiableBlock for Block {
    type Context = Context;

    fn context(&self) -> Context {
        self.header.context.clone()
    }
}

impl BoundedBlock for Block {
    fn max_encode_size((): &()) -> usize {
        Header::MAX_ENCODE_SIZE
            + UInt(u32::MAX).encode_size()
            + MAX_BLOCK_BYTES
            + MAX_BLOCK_TXS * LENGTH_BYTES
    }
}
