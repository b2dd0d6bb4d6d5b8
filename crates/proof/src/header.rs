//! Block headers: what a finality certificate signs.
//!
//! The digest of a block is the SHA-256 of its encoded header. The header commits to everything else: the
//! chain, the place in consensus, the parent, the time, the state after the block, the transactions and
//! the receipts. So a header and its certificate are enough to check any statement about the block or
//! about the state at its height, without the block's body.

use bytes::BufMut;
use commonware_codec::{
    Buf, Copying, DecodeExt as _, Encode as _, EncodeSize, Error as CodecError, FixedSize,
    MaxEncodeSize, Read, ReadExt as _, Write,
};
use commonware_consensus::{
    simplex::types::Context,
    types::{Epoch, Height, Round, View},
};
use commonware_cryptography::{Digest as _, Hasher as _, Sha256, ed25519, sha256::Digest};
use commonware_storage::mmr::Location;
use commonware_utils::range::NonEmptyRange;

/// Version of the header encoding written by this build.
pub const HEADER_VERSION: u8 = 1;

/// Where in consensus a block was proposed: round, leader, parent.
pub type ConsensusContext = Context<Digest, ed25519::PublicKey>;

/// What one authenticated store holds after a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreRoot {
    /// Root that state proofs lead to.
    pub root: Digest,
    /// Root of the operations log, which state sync checks peers' data against.
    pub operations: Digest,
    /// Retained operations of the log: from the sync boundary to its size.
    pub range: NonEmptyRange<Location>,
}

impl Write for StoreRoot {
    fn write(&self, buf: &mut impl BufMut) {
        self.root.write(buf);
        self.operations.write(buf);
        self.range.write(buf);
    }
}

impl EncodeSize for StoreRoot {
    fn encode_size(&self) -> usize {
        self.root.encode_size() + self.operations.encode_size() + self.range.encode_size()
    }
}

impl MaxEncodeSize for StoreRoot {
    const MAX_ENCODE_SIZE: usize = 2 * Digest::SIZE + NonEmptyRange::<Location>::MAX_ENCODE_SIZE;
}

impl Read for StoreRoot {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, (): &()) -> Result<Self, CodecError> {
        Ok(Self {
            root: Digest::read(buf)?,
            operations: Digest::read(buf)?,
            range: NonEmptyRange::read(buf)?,
        })
    }
}

/// The authenticated state after a block: two stores with one root each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Objects, events and quantities: the bulk. Its proofs show what a record says now.
    pub records: StoreRoot,
    /// Parties, orders, nullifiers, profiles: what decides. Its proofs also show that an entry does not exist.
    pub rules: StoreRoot,
}

impl Write for State {
    fn write(&self, buf: &mut impl BufMut) {
        self.records.write(buf);
        self.rules.write(buf);
    }
}

impl EncodeSize for State {
    fn encode_size(&self) -> usize {
        self.records.encode_size() + self.rules.encode_size()
    }
}

impl MaxEncodeSize for State {
    const MAX_ENCODE_SIZE: usize = 2 * StoreRoot::MAX_ENCODE_SIZE;
}

impl Read for State {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, (): &()) -> Result<Self, CodecError> {
        Ok(Self {
            records: StoreRoot::read(buf)?,
            rules: StoreRoot::read(buf)?,
        })
    }
}

/// A block header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Chain identity: hash of the genesis file.
    pub chain: Digest,
    /// Round, leader and parent under which the block was proposed.
    pub context: ConsensusContext,
    /// Digest of the parent's header.
    pub parent: Digest,
    /// Position in the chain; genesis is 0.
    pub height: Height,
    /// Ledger time: milliseconds since 1970-01-01T00:00:00Z; grows with height.
    pub time_ms: u64,
    /// State after this block.
    pub state: State,
    /// [`merkle::root`](crate::merkle::root) over the signed transactions.
    pub transactions: Digest,
    /// [`merkle::root`](crate::merkle::root) over the event receipts.
    pub receipts: Digest,
}

impl Header {
    /// The block's digest: what votes and certificates sign.
    pub fn digest(&self) -> Digest {
        Sha256::hash(&[&self.encode()])
    }

    /// Decodes a header that fills `bytes` exactly.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        Self::decode(Copying(bytes))
    }

    /// The header of height 0: no parent, empty state. `leader` is the first validator by convention.
    pub fn genesis(chain: Digest, leader: ed25519::PublicKey, time_ms: u64, state: State) -> Self {
        Self {
            chain,
            context: ConsensusContext {
                round: Round::new(Epoch::zero(), View::zero()),
                leader,
                parent: (View::zero(), Digest::EMPTY),
            },
            parent: Digest::EMPTY,
            height: Height::zero(),
            time_ms,
            state,
            transactions: Digest::from(crate::merkle::root(&[])),
            receipts: Digest::from(crate::merkle::root(&[])),
        }
    }
}

impl Write for Header {
    fn write(&self, buf: &mut impl BufMut) {
        HEADER_VERSION.write(buf);
        self.chain.write(buf);
        self.context.write(buf);
        self.parent.write(buf);
        self.height.write(buf);
        self.time_ms.write(buf);
        self.state.write(buf);
        self.transactions.write(buf);
        self.receipts.write(buf);
    }
}

impl EncodeSize for Header {
    fn encode_size(&self) -> usize {
        u8::SIZE
            + 4 * Digest::SIZE
            + self.context.encode_size()
            + self.height.encode_size()
            + u64::SIZE
            + self.state.encode_size()
    }
}

impl MaxEncodeSize for Header {
    const MAX_ENCODE_SIZE: usize = u8::SIZE
        + 4 * Digest::SIZE
        + ConsensusContext::MAX_ENCODE_SIZE
        + Height::MAX_ENCODE_SIZE
        + u64::SIZE
        + State::MAX_ENCODE_SIZE;
}

impl Read for Header {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, (): &()) -> Result<Self, CodecError> {
        let version = u8::read(buf)?;
        if version != HEADER_VERSION {
            return Err(CodecError::Invalid("header", "unknown version"));
        }
        Ok(Self {
            chain: Digest::read(buf)?,
            context: ConsensusContext::read(buf)?,
            parent: Digest::read(buf)?,
            height: Height::read(buf)?,
            time_ms: u64::read(buf)?,
            state: State::read(buf)?,
            transactions: Digest::read(buf)?,
            receipts: Digest::read(buf)?,
        })
    }
}
