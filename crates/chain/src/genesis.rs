//! The genesis file: who validates, under which key, with which rules and parties the chain begins.
//!
//! The chain's identity is the SHA-256 of the file's bytes, so all nodes must have the very same file, and
//! whoever holds the file holds everything that is needed to check the chain's proofs.

use commonware_codec::{Copying, Decode as _, DecodeExt as _, Encode as _};
use commonware_cryptography::{Hasher as _, Sha256, bls12381::primitives::sharing::ModeVersion};
use commonware_glue::stateful::db::DatabaseSet;
use commonware_utils::{Faults as _, N3f1, TryCollect as _, ordered::Set};
use pangolin_ledger::{Key, machine::genesis_seats, state::Member};
use pangolin_proof::{
    header::{Header, State, StoreRoot},
    trust::TrustedChain,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    num::{NonZeroU32, NonZeroU64},
    time::Duration,
};
use thiserror::Error;

use crate::{
    block::Block,
    limits::MAX_VALIDATORS,
    seats,
    types::{ChainShare, ChainSharing, Digest, NodeKey, Scheme},
};

/// Format of the file.
pub const FORMAT: &str = "pangolin-genesis/1";

/// Largest genesis file, in bytes.
pub const MAX_GENESIS_BYTES: usize = 64 * 1024 * 1024;

/// Blocks that an epoch may have: fewer leave no time to hand the key on.
pub const EPOCH_RANGE: std::ops::RangeInclusive<u64> = 16..=10_000_000;

/// Blocks of an epoch where nobody states another number: an hour of a chain that is idle.
pub const EPOCH_BLOCKS: u64 = 3_600;

const CHAIN_DOMAIN: &[u8] = b"pangolin/chain/1";

/// Why a genesis file is not accepted.
#[derive(Debug, Error)]
pub enum GenesisError {
    /// The file is larger than [`MAX_GENESIS_BYTES`].
    #[error("the genesis file has {0} bytes, more than {MAX_GENESIS_BYTES}")]
    TooLarge(usize),
    /// The file is not the expected JSON.
    #[error("the genesis file cannot be read")]
    Syntax(#[source] serde_json::Error),
    /// The file has another format.
    #[error("the genesis file says format {0:?}; this build reads {FORMAT:?}")]
    Format(String),
    /// Too few or too many validators.
    #[error("a chain has 1 to {MAX_VALIDATORS} validators, not {0}")]
    Validators(usize),
    /// A validator appears twice.
    #[error("validator {0} appears twice")]
    Repeated(String),
    /// A field does not hold what it should.
    #[error("{field} does not hold {expected}")]
    Field {
        /// Path in the file.
        field: String,
        /// What was expected.
        expected: &'static str,
    },
}

impl GenesisError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "genesis-too-large",
            Self::Syntax(_) => "genesis-syntax",
            Self::Format(_) => "genesis-format",
            Self::Validators(_) => "genesis-validators",
            Self::Repeated(_) => "genesis-validator-repeated",
            Self::Field { .. } => "genesis-field",
        }
    }
}

/// A validator in the genesis file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidatorEntry {
    /// Name of the node.
    pub name: String,
    /// Organisation that runs it.
    pub organisation: String,
    /// Its ed25519 public key, hexadecimal.
    pub key: String,
}

/// The file as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisFile {
    /// [`FORMAT`].
    pub format: String,
    /// Name of the chain, for people.
    pub name: String,
    /// How the chain key was made: `ceremony`, or `trusted-dealer` for development only.
    pub key_origin: KeyOrigin,
    /// Ledger time of the genesis block, milliseconds since 1970-01-01T00:00:00Z.
    pub created_ms: u64,
    /// Longest time between two blocks of an idle chain, in milliseconds.
    pub heartbeat_ms: u64,
    /// Blocks of an epoch: between two of them, the validators may change. Without it they stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch_blocks: Option<u64>,
    /// Validators.
    pub validators: Vec<ValidatorEntry>,
    /// The public part of the shared chain key, hexadecimal.
    pub chain_key: String,
    /// Initial parties, keys, licences and limits: the ledger's canonical encoding, hexadecimal.
    pub ledger: String,
}

/// How the chain key was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyOrigin {
    /// By all validators together: nobody ever held the whole key.
    Ceremony,
    /// By one machine that held the whole key for a moment. For development and demonstration only.
    TrustedDealer,
}

/// A checked genesis.
#[derive(Clone, Debug)]
pub struct Genesis {
    /// The file.
    pub file: GenesisFile,
    /// Identity of the chain.
    pub chain: Digest,
    /// Validators in the order of their keys.
    pub validators: Set<NodeKey>,
    /// The public part of the shared chain key.
    pub sharing: ChainSharing,
    /// The ledger's initial entries, in its canonical encoding.
    pub ledger: Vec<u8>,
}

impl Genesis {
    /// Reads and checks a genesis file.
    pub fn parse(bytes: &[u8]) -> Result<Self, GenesisError> {
        if bytes.len() > MAX_GENESIS_BYTES {
            return Err(GenesisError::TooLarge(bytes.len()));
        }
        let file: GenesisFile = serde_json::from_slice(bytes).map_err(GenesisError::Syntax)?;
        if file.format != FORMAT {
            return Err(GenesisError::Format(file.format));
        }
        if file
            .epoch_blocks
            .is_some_and(|blocks| !EPOCH_RANGE.contains(&blocks))
        {
            return Err(GenesisError::Field {
                field: "/epoch_blocks".into(),
                expected: "a number of blocks from 16 to 10000000",
            });
        }
        if file.validators.is_empty() || file.validators.len() > MAX_VALIDATORS {
            return Err(GenesisError::Validators(file.validators.len()));
        }
        let mut keys = BTreeSet::new();
        for (i, validator) in file.validators.iter().enumerate() {
            let key = parse_key(&validator.key).ok_or_else(|| GenesisError::Field {
                field: format!("/validators/{i}/key"),
                expected: "an ed25519 public key in hexadecimal",
            })?;
            if !keys.insert(key) {
                return Err(GenesisError::Repeated(validator.name.clone()));
            }
        }
        let validators: Set<NodeKey> = keys
            .into_iter()
            .try_collect()
            .map_err(|_| GenesisError::Validators(file.validators.len()))?;
        let count = u32::try_from(file.validators.len())
            .ok()
            .and_then(NonZeroU32::new);
        let count = count.ok_or(GenesisError::Validators(0))?;
        let field = |field: &str, expected| GenesisError::Field {
            field: field.into(),
            expected,
        };
        let sharing = hex::decode(&file.chain_key)
            .ok()
            .and_then(|bytes| {
                ChainSharing::decode_cfg(Copying(&bytes), &(count, ModeVersion::v0())).ok()
            })
            .filter(|sharing| {
                let quorum = N3f1::quorum(count.get());
                sharing.total() == count && sharing.required() == quorum
            })
            .ok_or_else(|| {
                field(
                    "/chain_key",
                    "the public part of the key of these validators",
                )
            })?;
        let ledger = hex::decode(&file.ledger).map_err(|_| field("/ledger", "hexadecimal"))?;
        let chain = Sha256::hash(&[CHAIN_DOMAIN, bytes]);
        Ok(Self {
            file,
            chain,
            validators,
            sharing,
            ledger,
        })
    }

    /// What votes and certificates of this chain are signed under.
    pub fn namespace(&self) -> Vec<u8> {
        namespace(&self.chain)
    }

    /// The scheme of a validator; `None` when the share is not of this key.
    pub fn signer(&self, share: ChainShare) -> Option<Scheme> {
        Scheme::signer(
            &self.namespace(),
            self.validators.clone(),
            self.sharing.clone(),
            share,
        )
    }

    /// The scheme of an observer.
    pub fn verifier(&self) -> Scheme {
        Scheme::verifier(
            &self.namespace(),
            self.validators.clone(),
            self.sharing.clone(),
        )
    }

    /// What a third party needs to check proofs of this chain.
    pub fn trusted(&self) -> TrustedChain {
        TrustedChain {
            name: self.file.name.clone(),
            chain: self.chain,
            key: *self.sharing.public(),
        }
    }

    /// Blocks of an epoch, in a chain whose validators may change.
    pub fn epoch_blocks(&self) -> Option<NonZeroU64> {
        self.file.epoch_blocks.and_then(NonZeroU64::new)
    }

    /// What the ledger is to know of the validators from the first block on; nothing where they stay.
    pub fn seats(&self) -> Vec<(Key, Vec<u8>)> {
        let Some(epoch_blocks) = self.epoch_blocks() else {
            return Vec::new();
        };
        let described = |key: &NodeKey| {
            let text = hex::encode(key.as_ref());
            let entries = self.file.validators.iter();
            let entry = entries
                .clone()
                .find(|entry| entry.key.eq_ignore_ascii_case(&text));
            Member {
                key: seats::to_ledger(key),
                name: entry.map_or_else(String::new, |entry| entry.name.clone()),
                organisation: entry.map_or_else(String::new, |entry| entry.organisation.clone()),
                address: String::new(),
            }
        };
        let members = self.validators.iter().map(described).collect();
        let output = seats::sharing::of_genesis(&self.chain, &self.validators, &self.sharing);
        let output = output.unwrap_or_else(|| unreachable!("checked by parse"));
        genesis_seats(epoch_blocks.get(), members, output.encode().to_vec()).into()
    }

    /// Longest time between two blocks of an idle chain.
    pub const fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.file.heartbeat_ms)
    }

    /// The block of height 0, whose stores are empty.
    pub fn block<E, D>(&self) -> Block
    where
        D: DatabaseSet<E, SyncTargets = (Target, Target)>,
    {
        let (records, rules) = D::initial_sync_targets();
        let empty = |target: Target| StoreRoot {
            root: target.root,
            operations: target.root,
            range: target.range,
        };
        let leader = self
            .validators
            .iter()
            .next()
            .cloned()
            .unwrap_or_else(|| unreachable!("checked by parse"));
        let state = State {
            records: empty(records),
            rules: empty(rules),
        };
        let header = Header::genesis(self.chain, leader, self.file.created_ms, state);
        Block::new(header, Vec::new())
    }
}

type Target = commonware_storage::qmdb::sync::Target<commonware_storage::mmr::Family, Digest>;

/// What votes and certificates of `chain` are signed under.
pub fn namespace(chain: &Digest) -> Vec<u8> {
    pangolin_proof::trust::namespace(chain)
}

/// Reads a node's public key from hexadecimal.
pub fn parse_key(text: &str) -> Option<NodeKey> {
    NodeKey::decode(Copying(&hex::decode(text).ok()?)).ok()
}

/// The public part of a shared key, as the file holds it.
pub fn encode_sharing(sharing: &ChainSharing) -> String {
    hex::encode(sharing.encode())
}
