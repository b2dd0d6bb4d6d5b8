//! Finality: what makes a header final, and the one key that everything is checked against.

use commonware_codec::{Copying, DecodeExt as _, Encode as _};
use commonware_consensus::simplex::{scheme::bls12381_threshold::standard, types::Finalization};
use commonware_cryptography::{
    bls12381::primitives::variant::{MinSig, Variant},
    ed25519,
    sha256::Digest,
};
use commonware_parallel::Sequential;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::header::Header;

/// Threshold signatures of a chain's validators.
pub type Scheme = standard::Scheme<ed25519::PublicKey, MinSig>;
/// A chain's one public key.
pub type ChainKey = <MinSig as Variant>::Public;
/// A certificate of finality.
pub type Certificate = Finalization<Scheme, Digest>;

/// Longest run of headers between a block and the next block that has a certificate of its own.
pub const MAX_HEADERS: usize = 64;

/// What votes and certificates of a chain are signed under.
pub fn namespace(chain: &Digest) -> Vec<u8> {
    [b"pangolin/vote/1/".as_slice(), chain.as_ref()].concat()
}

/// A chain whose proofs somebody wants to check: its identity and its key, both from its genesis file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedChain {
    /// Name, for people.
    pub name: String,
    /// Identity.
    pub chain: Digest,
    /// The one public key.
    pub key: ChainKey,
}

impl TrustedChain {
    /// A chain by its identity and the encoding of its key; `None` if that is no chain's key.
    pub fn known(name: impl Into<String>, chain: [u8; 32], key: &[u8]) -> Option<Self> {
        let key = ChainKey::decode(Copying(key)).ok()?;
        Some(Self {
            name: name.into(),
            chain: chain.into(),
            key,
        })
    }

    /// The key's encoding.
    pub fn key_bytes(&self) -> Vec<u8> {
        self.key.encode().to_vec()
    }
}

/// Why a header is not shown to be final.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FinalityError {
    /// There is no header.
    #[error("there is no header")]
    Empty,
    /// More headers than [`MAX_HEADERS`].
    #[error("{0} headers, more than {MAX_HEADERS}")]
    TooMany(usize),
    /// A header is malformed.
    #[error("header {index} is malformed")]
    Header {
        /// Position in the run.
        index: usize,
    },
    /// A header belongs to another chain.
    #[error("header {index} belongs to chain {found}")]
    OtherChain {
        /// Position in the run.
        index: usize,
        /// The chain it names.
        found: Digest,
    },
    /// A header does not follow the one before it.
    #[error("header {index} does not follow the one before it")]
    Broken {
        /// Position in the run.
        index: usize,
    },
    /// The certificate is malformed.
    #[error("the certificate is malformed")]
    Malformed,
    /// The certificate is about another block.
    #[error("the certificate is about block {certified}, not about {shown}")]
    OtherBlock {
        /// What the certificate signs.
        certified: Digest,
        /// The last header's digest.
        shown: Digest,
    },
    /// The certificate is not signed by the chain's key.
    #[error("the certificate is not signed by the chain's key")]
    BadSignature,
}

impl FinalityError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "no-header",
            Self::TooMany(_) => "too-many-headers",
            Self::Header { .. } => "malformed-header",
            Self::OtherChain { .. } => "other-chain",
            Self::Broken { .. } => "broken-headers",
            Self::Malformed => "malformed-certificate",
            Self::OtherBlock { .. } => "certificate-of-other-block",
            Self::BadSignature => "bad-certificate",
        }
    }
}

/// A final header: a run of headers, each the parent of the next, and the certificate of the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalHeader {
    /// The header in question first, the certified one last; usually they are the same.
    pub headers: Vec<Header>,
    /// Encoded [`Certificate`] of the last header.
    pub certificate: Vec<u8>,
}

impl FinalHeader {
    /// The header in question, if it is final on `trusted`.
    pub fn verify(&self, trusted: &TrustedChain) -> Result<&Header, FinalityError> {
        let first = self.headers.first().ok_or(FinalityError::Empty)?;
        if self.headers.len() > MAX_HEADERS {
            return Err(FinalityError::TooMany(self.headers.len()));
        }
        let mut before: Option<Digest> = None;
        for (index, header) in self.headers.iter().enumerate() {
            if header.chain != trusted.chain {
                return Err(FinalityError::OtherChain {
                    index,
                    found: header.chain,
                });
            }
            if before.is_some_and(|parent| header.parent != parent) {
                return Err(FinalityError::Broken { index });
            }
            before = Some(header.digest());
        }
        let shown = before.ok_or(FinalityError::Empty)?;
        let certificate = Certificate::decode(Copying(&self.certificate))
            .map_err(|_| FinalityError::Malformed)?;
        if certificate.proposal.payload != shown {
            return Err(FinalityError::OtherBlock {
                certified: certificate.proposal.payload,
                shown,
            });
        }
        let scheme = Scheme::certificate_verifier(&namespace(&trusted.chain), trusted.key);
        if !certificate.verify(&mut seeded(&self.certificate), &scheme, &Sequential) {
            return Err(FinalityError::BadSignature);
        }
        Ok(first)
    }
}

/// Randomness for the engine's signature check, which uses it only to combine several signatures into one check.
/// Drawn from the certificate itself, so that this crate stays free of outside randomness.
fn seeded(certificate: &[u8]) -> ChaCha20Rng {
    ChaCha20Rng::from_seed(Sha256::digest(certificate).into())
}
