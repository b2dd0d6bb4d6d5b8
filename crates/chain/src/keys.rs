//! A node's secrets and how the chain key comes about.
//!
//! * **Ceremony**: the validators make the chain key together, and nobody ever holds it whole. For real chains.
//! * **Trusted dealer**: one machine makes the key and hands out the shares. It held the whole key for a moment and could
//!   sign anything, so this is for development and demonstration only, and the genesis file says so.
//!
//! Secrets are never logged: the types here have no readable form other than the file they are kept in.

use commonware_codec::{Copying, DecodeExt as _, Encode as _};
use commonware_cryptography::{
    Signer as _,
    bls12381::{
        dkg::feldman_desmedt::deal,
        primitives::{sharing::Mode, variant::MinSig},
    },
};
use commonware_math::algebra::Random as _;
use commonware_utils::{
    N3f1,
    ordered::{Map, Set},
};
use rand_core::CryptoRng;
use thiserror::Error;

use crate::types::{ChainShare, ChainSharing, NodeKey, NodeSecret};

/// Why a secret cannot be made or read.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The text is not hexadecimal.
    #[error("the key file does not hold hexadecimal text")]
    NotHex,
    /// The bytes are not a secret of this kind.
    #[error("the key file does not hold {0}")]
    NotASecret(&'static str),
    /// The dealer could not make a key for these validators.
    #[error("no key can be dealt to these validators: {0}")]
    Deal(String),
}

impl KeyError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotHex => "key-not-hexadecimal",
            Self::NotASecret(_) => "key-not-a-secret",
            Self::Deal(_) => "key-deal",
        }
    }
}

/// A fresh node key.
pub fn generate(rng: &mut impl CryptoRng) -> NodeSecret {
    NodeSecret::random(rng)
}

/// Deals a chain key to `validators`: development and demonstration only.
pub fn trusted_dealer(
    rng: &mut impl CryptoRng,
    validators: Set<NodeKey>,
) -> Result<(ChainSharing, Map<NodeKey, ChainShare>), KeyError> {
    let (output, shares) = deal::<MinSig, NodeKey, N3f1>(rng, Mode::NonZeroCounter, validators)
        .map_err(|e| KeyError::Deal(e.to_string()))?;
    Ok((output.public().clone(), shares))
}

/// A node secret as its file holds it.
pub fn encode_secret(secret: &NodeSecret) -> String {
    hex::encode(secret.encode())
}

/// Reads a node secret from its file.
pub fn parse_secret(text: &str) -> Result<NodeSecret, KeyError> {
    let bytes = hex::decode(text.trim()).map_err(|_| KeyError::NotHex)?;
    NodeSecret::decode(Copying(&bytes)).map_err(|_| KeyError::NotASecret("a node's secret key"))
}

/// A share as its file holds it.
pub fn encode_share(share: &ChainShare) -> String {
    hex::encode(share.encode())
}

/// Reads a share from its file.
pub fn parse_share(text: &str) -> Result<ChainShare, KeyError> {
    let bytes = hex::decode(text.trim()).map_err(|_| KeyError::NotHex)?;
    ChainShare::decode(Copying(&bytes)).map_err(|_| KeyError::NotASecret("a share of a chain key"))
}

/// The public key of a secret, hexadecimal.
pub fn public_hex(secret: &NodeSecret) -> String {
    hex::encode(secret.public_key().as_ref())
}
