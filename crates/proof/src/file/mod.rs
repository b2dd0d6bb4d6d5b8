//! Proof files: answers of a chain that anybody can check later, alone, against the chain's one public key.
//!
//! A file is JSON with hexadecimal binary parts. Three kinds:
//!
//! | kind | shows |
//! |---|---|
//! | `receipt` | this transaction's receipt is in the final block at this height |
//! | `status` | this is what the state says about an object at this height, orders on it and on its lot included |
//! | `custody` | the object's record commits to exactly this history, back to where it began |
//!
//! [`ProofFile::verify`] trusts nothing in the file but what the chain's key signs. It evaluates a status itself, from
//! proven records, with the ledger's own query, instead of believing a stated answer. What cannot be shown
//! is a [`Report::doubts`] entry, and a report with doubts is not a clean one.

mod custody;
mod receipt;
mod report;
mod status;
mod wire;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use custody::{CustodyProof, CustodyStep};
pub use receipt::ReceiptProof;
pub use report::{Check, Report};
pub use status::StatusProof;

use crate::{
    state::StateProofError,
    trust::{FinalityError, TrustedChain},
};

/// Format of the files.
pub const FORMAT: &str = "pangolin-proof/1";

/// Largest proof file, in bytes.
pub const MAX_FILE_BYTES: usize = 32 * 1024 * 1024;

/// A proof file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofFile {
    /// [`FORMAT`].
    pub format: String,
    /// Identity of the chain, hexadecimal.
    pub chain: String,
    /// What the file is about, for people; compared with the proof where that is possible.
    pub about: String,
    /// The proof.
    pub proof: Kind,
}

/// The kinds of proofs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Kind {
    /// A transaction's receipt.
    Receipt(ReceiptProof),
    /// An object's status.
    Status(StatusProof),
    /// An object's history.
    Custody(CustodyProof),
}

/// Why a proof file is not accepted.
#[derive(Debug, Error)]
pub enum ProofFileError {
    /// Larger than [`MAX_FILE_BYTES`].
    #[error("the proof file has {0} bytes, more than {MAX_FILE_BYTES}")]
    TooLarge(usize),
    /// Not the expected JSON.
    #[error("the file is not the JSON object that a proof file is: {0}")]
    Syntax(serde_json::Error),
    /// Another format.
    #[error("the file says format {0:?}; this build reads {FORMAT:?}")]
    Format(String),
    /// About another chain than the trusted one.
    #[error("the file is about chain {found}, not about {trusted}")]
    OtherChain {
        /// The file's chain.
        found: String,
        /// The trusted chain.
        trusted: String,
    },
    /// A part does not hold what it should.
    #[error("{field} does not hold {expected}")]
    Field {
        /// Path in the file.
        field: String,
        /// What was expected.
        expected: &'static str,
    },
    /// The block is not shown to be final.
    #[error("the block is not shown to be final: {0}")]
    Finality(#[from] FinalityError),
    /// A state entry is not shown.
    #[error("the state is not shown: {0}")]
    State(#[from] StateProofError),
    /// The receipt is not in the block.
    #[error("the receipt is not part of the block")]
    ReceiptNotInBlock,
    /// Records that the answer needs are missing.
    #[error("{0} records that the answer rests on are missing")]
    Incomplete(usize),
    /// A proven record cannot be read.
    #[error("a proven record cannot be read: {0}")]
    Record(String),
    /// The history does not lead to the record.
    #[error("step {step} of the history does not fit the one after it")]
    BrokenHistory {
        /// Position of the step.
        step: usize,
    },
}

impl ProofFileError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "proof-too-large",
            Self::Syntax(_) => "proof-syntax",
            Self::Format(_) => "proof-format",
            Self::OtherChain { .. } => "other-chain",
            Self::Field { .. } => "proof-field",
            Self::Finality(error) => error.code(),
            Self::State(error) => error.code(),
            Self::ReceiptNotInBlock => "receipt-not-in-block",
            Self::Incomplete(_) => "proof-incomplete",
            Self::Record(_) => "record-unreadable",
            Self::BrokenHistory { .. } => "broken-history",
        }
    }
}

impl ProofFile {
    /// A file about `about` on `chain`.
    pub fn new(chain: &TrustedChain, about: impl Into<String>, proof: Kind) -> Self {
        Self {
            format: FORMAT.into(),
            chain: chain.chain.to_string(),
            about: about.into(),
            proof,
        }
    }

    /// Reads a file.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofFileError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(ProofFileError::TooLarge(bytes.len()));
        }
        let file: Self = serde_json::from_slice(bytes).map_err(ProofFileError::Syntax)?;
        if file.format != FORMAT {
            return Err(ProofFileError::Format(file.format));
        }
        Ok(file)
    }

    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// Checks the file against a trusted chain and says what was checked.
    pub fn verify(&self, trusted: &TrustedChain) -> Result<Report, ProofFileError> {
        if self.chain != trusted.chain.to_string() {
            return Err(ProofFileError::OtherChain {
                found: self.chain.clone(),
                trusted: trusted.chain.to_string(),
            });
        }
        let mut report = Report::new(trusted.name.clone(), self.about.clone());
        match &self.proof {
            Kind::Receipt(proof) => proof.verify(trusted, &mut report)?,
            Kind::Status(proof) => {
                proof.verify(trusted, &mut report)?;
            }
            Kind::Custody(proof) => proof.verify(trusted, &mut report)?,
        }
        Ok(report)
    }
}
