//! The engine's types as this chain uses them: one place that fixes the cryptography.
//!
//! Votes are BLS12-381 threshold signatures: a certificate is one signature under the chain's one public
//! key, whatever the number of validators and however often they change. Peers are known by ed25519 keys.

use commonware_consensus::{
    marshal::standard::Standard,
    simplex::{scheme::bls12381_threshold::standard, types},
    types::FixedEpocher,
};
use commonware_cryptography::{
    bls12381::primitives::{
        group,
        sharing::Sharing,
        variant::{MinSig, Variant},
    },
    ed25519, sha256,
};
use std::num::NonZeroU64;

use crate::block::Block;

/// SHA-256 digests throughout.
pub type Digest = sha256::Digest;
/// A node's public key.
pub type NodeKey = ed25519::PublicKey;
/// A node's private key.
pub type NodeSecret = ed25519::PrivateKey;
/// The chain's one public key.
pub type ChainKey = <MinSig as Variant>::Public;
/// The public part of the shared chain key.
pub type ChainSharing = Sharing<MinSig>;
/// A validator's share of the chain key.
pub type ChainShare = group::Share;
/// Threshold signatures of votes.
pub type Scheme = standard::Scheme<NodeKey, MinSig>;
/// Proof that a block is final.
pub type Finalization = types::Finalization<Scheme, Digest>;
/// Consensus context of a proposal.
pub type Context = types::Context<Digest, NodeKey>;
/// Whole blocks are sent to every validator.
pub type Dissemination = Standard<Block>;
/// Which blocks belong to which epoch: each has equally many.
pub type Epochs = FixedEpocher;

/// Blocks of the one epoch of a chain whose genesis file states none.
pub const EPOCH_BLOCKS: NonZeroU64 = NonZeroU64::MAX;
