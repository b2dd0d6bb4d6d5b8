//! The key ceremony: the validators make the chain key together, and nobody ever holds it whole.
//!
//! **What it is.** A joint Feldman key generation (`feldman_desmedt` of the engine's cryptography) in which *every*
//! validator deals to every validator, and everybody must acknowledge everybody:
//!
//! 1. each validator deals: a public commitment, and one share for each of the others over the encrypted link;
//! 2. whoever gets a share checks it against the commitment, writes it to disk, and only then acknowledges it;
//! 3. with all acknowledgements a dealer signs its log, commitment and acknowledgements, and sends it to all;
//! 4. with all logs everybody computes the same public key, its own share and the same genesis file, and signs the
//!    chain's identity;
//! 5. with all these confirmations the genesis file and the share are written.
//!
//! **Why all.** A ceremony that goes on without somebody has to reveal that somebody's share to the others, and a
//! slow validator cannot be told from an absent one. Here no clock decides anything and no share is ever revealed; the price
//! is that anybody can stop a ceremony, by name. Who does not come is taken out of the draft (ADR 007).
//!
//! **Invariants**
//! * Everything signed or sent is bound to the [`Terms`]: the draft's hash and the genesis file but for the key. What belongs to
//!   another ceremony is refused, and its sender is shown as having another draft.
//! * A validator acknowledges one dealing of each dealer, ever. Therefore the outcome is unique: no two complete logs of one
//!   dealer can exist while one honest validator takes part, and a node killed at any moment goes on from its disk.
//! * Messages may be lost, repeated and reordered: every message may be sent again, none is acted on twice.
//! * A wrong share and a wrong log are signed by their dealer, so whoever sees one can show it to all.

mod actor;
mod evidence;
mod journal;
mod network;
mod participant;
mod progress;
mod record;
#[cfg(test)]
mod tests;
mod wire;

pub use actor::{Done, Limits, Vault, run};
pub use evidence::{Fault, Misdeed};
pub use journal::{Journal, JournalError};
pub use network::{Party, join};
pub use participant::{Completed, Participant};
pub use progress::{Peer, Presence, Progress};
pub use record::{FORMAT as RECORD_FORMAT, Record, RecordError, hash_draft};

use commonware_cryptography::{
    Hasher as _, Sha256,
    bls12381::{
        dkg::feldman_desmedt::{self, Reveal},
        primitives::{sharing::Mode, variant::MinSig},
    },
};
use commonware_utils::{N3f1, TryCollect as _, ordered::Set};
use std::io;
use thiserror::Error;

use crate::{
    genesis::{self, GenesisFile, KeyOrigin, encode_sharing},
    limits::MAX_VALIDATORS,
    types::{ChainSharing, Digest, NodeKey, NodeSecret},
};

/// Fewest validators: one alone would hold the whole key.
pub const MIN_VALIDATORS: usize = 2;

const SESSION_DOMAIN: &[u8] = b"pangolin/ceremony/session/1";

pub(crate) type Info = feldman_desmedt::Info<MinSig, NodeKey>;
pub(crate) type Dealer = feldman_desmedt::Dealer<MinSig, NodeSecret>;
pub(crate) type Player = feldman_desmedt::Player<MinSig, NodeSecret>;
pub(crate) type Log = feldman_desmedt::SignedDealerLog<MinSig, NodeKey>;
pub(crate) type Ack = feldman_desmedt::PlayerAck<NodeKey>;
pub(crate) type Public = feldman_desmedt::DealerPubMsg<MinSig>;

/// Why a ceremony does not come to its end.
#[derive(Debug, Error)]
pub enum CeremonyError {
    /// Too few or too many validators.
    #[error("a key ceremony has {MIN_VALIDATORS} to {MAX_VALIDATORS} validators, not {0}")]
    Validators(usize),
    /// A key is malformed or stands twice.
    #[error("validator {0:?}: its key is no ed25519 public key in hexadecimal, or stands twice")]
    Key(String),
    /// This node is not one of the validators.
    #[error("this node's key {0} is not among the validators of the draft")]
    NotAValidator(String),
    /// Two peers share a key, or an address is missing.
    #[error("the addresses do not belong to the validators of the draft")]
    Addresses,
    /// What an earlier run left cannot be used.
    #[error("the state that an earlier run left cannot be used")]
    Journal(#[from] JournalError),
    /// The record of a finished ceremony cannot be used.
    #[error("the record of the finished ceremony cannot be used")]
    Record(#[from] RecordError),
    /// The disk refuses.
    #[error("cannot write the ceremony's state")]
    Storage(#[source] io::Error),
    /// A validator did what no honest one does.
    #[error("{validator} {fault}")]
    Fault {
        /// Its name.
        validator: String,
        /// What it did.
        fault: Misdeed,
    },
    /// Another validator stopped because of somebody.
    #[error("{witness} stopped because of what {accused} did, and shows no evidence here")]
    Stopped {
        /// Who stopped.
        witness: String,
        /// Whom it names.
        accused: String,
    },
    /// The time ran out.
    #[error("the time is over; waiting for: {}", .0.join("; "))]
    Timeout(Vec<String>),
    /// The links ended.
    #[error("the network ended")]
    Network,
    /// The mathematics do not come out: never with honest software.
    #[error("the key cannot be computed: {0}")]
    Mathematics(String),
}

impl CeremonyError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Validators(_) => "ceremony-validators",
            Self::Key(_) => "ceremony-validator-key",
            Self::NotAValidator(_) => "not-a-validator",
            Self::Addresses => "ceremony-addresses",
            Self::Journal(error) => error.code(),
            Self::Record(error) => error.code(),
            Self::Storage(_) => "ceremony-storage",
            Self::Fault { fault, .. } => fault.code(),
            Self::Stopped { .. } => "ceremony-stopped",
            Self::Timeout(_) => "ceremony-timeout",
            Self::Network => "ceremony-network",
            Self::Mathematics(_) => "ceremony-key",
        }
    }
}

/// What a ceremony is about: everything that will stand in the genesis file but the key, and the hash of the draft it
/// comes from.
#[derive(Clone, Debug)]
pub struct Terms {
    template: GenesisFile,
    draft: Digest,
    validators: Set<NodeKey>,
    names: Vec<String>,
    session: Digest,
}

impl Terms {
    /// Checks the validators of `template`; whatever key it states is left out.
    pub fn new(template: GenesisFile, draft: Digest) -> Result<Self, CeremonyError> {
        let count = template.validators.len();
        if !(MIN_VALIDATORS..=MAX_VALIDATORS).contains(&count) {
            return Err(CeremonyError::Validators(count));
        }
        let template = GenesisFile {
            key_origin: KeyOrigin::Ceremony,
            chain_key: String::new(),
            ..template
        };
        let mut named = Vec::with_capacity(count);
        for validator in &template.validators {
            let key = genesis::parse_key(&validator.key)
                .filter(|key| named.iter().all(|(known, _)| known != key))
                .ok_or_else(|| CeremonyError::Key(validator.name.clone()))?;
            named.push((key, validator.name.clone()));
        }
        // places are those of the keys in their order, here as in the shares
        named.sort();
        let (keys, names): (Vec<_>, Vec<_>) = named.into_iter().unzip();
        let validators = keys
            .into_iter()
            .try_collect()
            .map_err(|_| CeremonyError::Validators(count))?;
        let session = Sha256::hash(&[SESSION_DOMAIN, draft.as_ref(), &bytes_of(&template)]);
        Ok(Self {
            template,
            draft,
            validators,
            names,
            session,
        })
    }

    /// Hash of the draft.
    pub const fn draft(&self) -> Digest {
        self.draft
    }

    /// What everything in this ceremony is bound to.
    pub const fn session(&self) -> Digest {
        self.session
    }

    /// The validators in the order of their keys.
    pub const fn validators(&self) -> &Set<NodeKey> {
        &self.validators
    }

    /// Name of the validator at a place.
    pub fn name(&self, place: usize) -> String {
        self.names
            .get(place)
            .cloned()
            .unwrap_or_else(|| format!("validator {place}"))
    }

    /// The genesis file with this key: the same bytes for everybody.
    pub fn genesis(&self, sharing: &ChainSharing) -> Vec<u8> {
        bytes_of(&GenesisFile {
            chain_key: encode_sharing(sharing),
            ..self.template.clone()
        })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// The rounds of the key generation are bound to the session.
    pub(crate) fn info(&self) -> Result<Info, CeremonyError> {
        Info::new::<N3f1>(
            self.session.as_ref(),
            0,
            None,
            Mode::NonZeroCounter,
            Reveal::V1,
            self.validators.clone(),
            self.validators.clone(),
        )
        .map_err(|error| CeremonyError::Mathematics(error.to_string()))
    }
}

fn bytes_of(file: &GenesisFile) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(file)
        .unwrap_or_else(|_| unreachable!("a genesis file has text and numbers only"));
    bytes.push(b'\n');
    bytes
}

/// Whether `mask` has everybody of `count`.
pub(crate) const fn everybody(mask: u128, count: usize) -> bool {
    mask.count_ones() as usize == count
}
