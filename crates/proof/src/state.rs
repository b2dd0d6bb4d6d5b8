//! What a chain's state says about some keys at one height, with the proofs.

use std::collections::BTreeSet;

use commonware_codec::{Copying, Decode as _};
use pangolin_ledger::Key;
use thiserror::Error;

use crate::{
    header::Header,
    record::{
        AbsenceProof, RecordProof, RuleProof, StateKey, record_holds, rule_absent, rule_holds,
    },
    trust::{FinalHeader, FinalityError, TrustedChain},
};

/// Most entries of one proof.
pub const MAX_ENTRIES: usize = 4_096;

/// Most digests in one entry's path.
pub const MAX_DIGESTS: usize = 512;

/// Whether a key lies in the rules store, which can also prove absence; the records store shows presence only.
pub const fn is_rule(key: &Key) -> bool {
    match key.namespace() {
        Some(namespace) => namespace.is_rule(),
        None => true,
    }
}

/// One key with what the state says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// The record under it; `None` when there is none.
    pub value: Option<Vec<u8>>,
    /// Encoded proof: of presence in the key's store, or of absence in the rules store.
    pub proof: Vec<u8>,
}

/// Entries of the state of one final header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateProof {
    /// The header whose state this is.
    pub header: FinalHeader,
    /// The entries.
    pub entries: Vec<Entry>,
}

/// Why a state proof does not hold.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StateProofError {
    /// The header is not shown to be final.
    #[error(transparent)]
    Finality(#[from] FinalityError),
    /// More entries than [`MAX_ENTRIES`].
    #[error("{0} entries, more than {MAX_ENTRIES}")]
    TooMany(usize),
    /// A key stands there twice.
    #[error("entry {index} repeats the key of another")]
    Repeated {
        /// Position of the entry.
        index: usize,
    },
    /// A proof is malformed.
    #[error("the proof of entry {index} is malformed")]
    Malformed {
        /// Position of the entry.
        index: usize,
    },
    /// Absence is claimed in a store that cannot prove it.
    #[error("entry {index} claims absence where it cannot be shown")]
    Unprovable {
        /// Position of the entry.
        index: usize,
    },
    /// A proof does not lead to the header's root.
    #[error("the proof of entry {index} does not lead to the state of the header")]
    Wrong {
        /// Position of the entry.
        index: usize,
    },
}

impl StateProofError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Finality(error) => error.code(),
            Self::TooMany(_) => "too-many-entries",
            Self::Repeated { .. } => "repeated-entry",
            Self::Malformed { .. } => "malformed-proof",
            Self::Unprovable { .. } => "unprovable-absence",
            Self::Wrong { .. } => "wrong-proof",
        }
    }
}

impl StateProofError {
    /// Position of the entry it is about.
    pub const fn index(&self) -> Option<usize> {
        match self {
            Self::Repeated { index }
            | Self::Malformed { index }
            | Self::Unprovable { index }
            | Self::Wrong { index } => Some(*index),
            Self::Finality(_) | Self::TooMany(_) => None,
        }
    }
}

impl StateProof {
    /// The header, if it is final on `trusted` and every entry is part of its state.
    pub fn verify(&self, trusted: &TrustedChain) -> Result<&Header, StateProofError> {
        self.bounded()?;
        let header = self.header.verify(trusted)?;
        self.part_of(header)?;
        Ok(header)
    }

    fn bounded(&self) -> Result<(), StateProofError> {
        if self.entries.len() > MAX_ENTRIES {
            return Err(StateProofError::TooMany(self.entries.len()));
        }
        let mut known = BTreeSet::new();
        let again = |entry: &Entry| !known.insert(entry.key);
        match self.entries.iter().position(again) {
            // a few bytes could stand for much work otherwise
            Some(index) => Err(StateProofError::Repeated { index }),
            None => Ok(()),
        }
    }

    /// Whether every entry is part of the state of a header, of which somebody else knows that it is final.
    pub(crate) fn part_of(&self, header: &Header) -> Result<(), StateProofError> {
        self.bounded()?;
        for (index, entry) in self.entries.iter().enumerate() {
            entry.verify(index, header)?;
        }
        Ok(())
    }
}

impl Entry {
    fn verify(&self, index: usize, header: &Header) -> Result<(), StateProofError> {
        let malformed = |_| StateProofError::Malformed { index };
        let key = StateKey::new(self.key.0);
        let bytes = Copying(&self.proof);
        let good = match (is_rule(&self.key), &self.value) {
            (true, Some(value)) => {
                let proof = RuleProof::decode_cfg(bytes, &(MAX_DIGESTS, ())).map_err(malformed)?;
                rule_holds(&proof, &key, value, &header.state.rules.root)
            }
            (true, None) => {
                let proof = AbsenceProof::decode_cfg(bytes, &(MAX_DIGESTS, ((), ()), ()))
                    .map_err(malformed)?;
                rule_absent(&proof, &key, &header.state.rules.root)
            }
            (false, Some(value)) => {
                let proof = RecordProof::decode_cfg(bytes, &MAX_DIGESTS).map_err(malformed)?;
                record_holds(&proof, &key, value, &header.state.records.root)
            }
            (false, None) => return Err(StateProofError::Unprovable { index }),
        };
        if good {
            Ok(())
        } else {
            Err(StateProofError::Wrong { index })
        }
    }
}

/// The bytes of a proof.
pub fn encode_proof(proof: &impl commonware_codec::Encode) -> Vec<u8> {
    proof.encode().to_vec()
}
