//! Proof files: answers of a chain that anybody can check later, alone, against the chain's one public key.
//!
//! A file is JSON with hexadecimal binary parts. Six kinds:
//!
//! | kind | shows |
//! |---|---|
//! | `receipt` | this transaction's receipt is in the final block at this height; with the transaction's bytes, who stated what |
//! | `status` | this is what the state says about an object at this height, orders on it and on its lot included |
//! | `custody` | the object's record commits to exactly this history, back to where it began |
//! | `provenance` | the same over all chains that the object was on, each proven by the chain before it |
//! | `header` | this is the block of this height |
//! | `fields` | these are fields of an event that the chain recorded, whether or not the chain has the event itself |
//!
//! [`ProofFile::verify`] trusts nothing in the file but what the chain's key signs. It evaluates a status itself, from
//! proven records, with the ledger's own query, instead of believing a stated answer. What cannot be shown
//! is a [`Report::doubts`] entry, and a report with doubts is not a clean one.

mod custody;
mod fields;
mod header;
mod provenance;
mod reading;
mod receipt;
mod report;
mod status;
mod wire;
mod words;

use pangolin_ledger::kernel::k11_disclosure::DisclosureError;
use serde::Serialize;
use thiserror::Error;

pub use custody::{CustodyProof, CustodyStep};
pub use fields::FieldsProof;
pub use header::HeaderProof;
pub use provenance::{ProvenanceProof, report as provenance_report};
pub use receipt::ReceiptProof;
pub use report::{Check, ProvenEvent, ProvenOrder, Relation, Report, Stated};
pub use status::StatusProof;

use crate::{
    provenance::CertificateError,
    state::StateProofError,
    trust::{FinalHeader, FinalityError, TrustedChain},
};

/// Format of the files.
pub const FORMAT: &str = "pangolin-proof/1";

/// Media type of the files.
pub const MEDIA_TYPE: &str = "application/vnd.pangolin.proof+json";

/// Largest proof file, in bytes.
pub const MAX_FILE_BYTES: usize = 32 * 1024 * 1024;

/// A proof file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Kind {
    /// A transaction's receipt.
    Receipt(ReceiptProof),
    /// An object's status.
    Status(StatusProof),
    /// An object's history.
    Custody(CustodyProof),
    /// An object's history over several chains.
    Provenance(ProvenanceProof),
    /// Fields of an event.
    Fields(FieldsProof),
    /// A block.
    Header(HeaderProof),
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
    /// It does not say which kind of proof it is, or one that this build does not know.
    #[error(
        "/proof/kind is {}, not receipt, status, custody, provenance, fields or header",
        .0.as_ref().map_or_else(|| "missing".to_owned(), |kind| format!("{kind:?}"))
    )]
    Kind(Option<String>),
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
    /// The transaction in the file is not the one of the receipt.
    #[error("/proof/transaction is not the transaction that the receipt names")]
    OtherTransaction,
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
    /// Not a certificate in its binary form.
    #[error("this is no certificate as a code holds it: {0}")]
    Code(String),
    /// The event in the file is not the one that was recorded.
    #[error(
        "/proof/inputs, /proof/commitment and /proof/payload are not those of the event that the chain recorded"
    )]
    OtherEvent,
    /// A field does not belong to the event.
    #[error(transparent)]
    Disclosure(#[from] DisclosureError),
    /// A history over several chains does not hold.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

impl ProofFileError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "proof-too-large",
            Self::Syntax(_) | Self::Kind(_) | Self::Code(_) => "proof-syntax",
            Self::Format(_) => "proof-format",
            Self::OtherChain { .. } => "other-chain",
            Self::Field { .. } => "proof-field",
            Self::Finality(error) => error.code(),
            Self::State(error) => error.code(),
            Self::ReceiptNotInBlock => "receipt-not-in-block",
            Self::OtherTransaction => "other-transaction",
            Self::Incomplete(_) => "proof-incomplete",
            Self::Record(_) => "record-unreadable",
            Self::BrokenHistory { .. } => "broken-history",
            Self::OtherEvent => "other-event",
            Self::Disclosure(error) => error.code(),
            Self::Certificate(error) => error.code(),
        }
    }
}

impl ProofFileError {
    /// Where, as far as the error alone says it: [`ProofFile::place`] says more.
    pub fn place(&self) -> Option<String> {
        match self {
            Self::Syntax(error) => {
                Some(format!("line {}, column {}", error.line(), error.column()))
            }
            Self::Kind(_) => Some("/proof/kind".into()),
            Self::Format(_) => Some("/format".into()),
            Self::Field { field, .. } => Some(field.clone()),
            _ => None,
        }
    }

    /// What to do.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::TooLarge(_) | Self::Syntax(_) | Self::Kind(_) | Self::Code(_) => {
                "make sure that this is the proof file as it was sent, whole; if it is, ask its sender for another"
            }
            Self::Format(_) => "check it with a program that reads that format",
            Self::OtherChain { .. } => {
                "check it with the genesis file of the chain it is about, if that is a chain you trust"
            }
            Self::Certificate(CertificateError::NoAnchor(_)) => {
                "check it with the genesis file of a chain that it shows, if you trust that one: a code of a long history shows only the chain where the thing is; from the registry leads the certificate file that was made with the code"
            }
            _ => "do not rely on this file: ask its sender for another, or ask the chain yourself",
        }
    }
}

impl ProofFile {
    /// A file about `about` on `chain`.
    pub fn new(chain: &TrustedChain, about: impl Into<String>, proof: Kind) -> Self {
        Self::on(chain.chain.to_string(), about, proof)
    }

    /// The same, of a chain by its identity in hexadecimal.
    pub fn on(chain: impl Into<String>, about: impl Into<String>, proof: Kind) -> Self {
        Self {
            format: FORMAT.into(),
            chain: chain.into(),
            about: about.into(),
            proof,
        }
    }

    /// Reads a file.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofFileError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(ProofFileError::TooLarge(bytes.len()));
        }
        let file = reading::read(bytes)?;
        if file.format != FORMAT {
            return Err(ProofFileError::Format(file.format));
        }
        Ok(file)
    }

    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// Where in the file, as a JSON pointer, what a check found is; for syntax, line and column.
    pub fn place(&self, error: &ProofFileError) -> Option<String> {
        let (header, entries) = match &self.proof {
            Kind::Receipt(_) | Kind::Header(_) => ("/proof/final", None),
            Kind::Status(_) | Kind::Fields(_) => {
                ("/proof/state/final", Some("/proof/state/entries"))
            }
            Kind::Custody(_) => (
                "/proof/status/state/final",
                Some("/proof/status/state/entries"),
            ),
            Kind::Provenance(_) => ("/proof/chains", None),
        };
        match error {
            ProofFileError::Field { field, .. } => Some(match (&self.proof, field) {
                // the status of a history is a part of it
                (Kind::Custody(_), field) if !field.starts_with("/proof/steps") => {
                    field.replacen("/proof", "/proof/status", 1)
                }
                _ => field.clone(),
            }),
            ProofFileError::OtherChain { .. } => Some("/chain".into()),
            ProofFileError::Finality(_) | ProofFileError::State(StateProofError::Finality(_)) => {
                Some(header.into())
            }
            ProofFileError::State(error) => {
                let index = error.index().map(|index| format!("/{index}"));
                entries.map(|entries| format!("{entries}{}", index.unwrap_or_default()))
            }
            ProofFileError::ReceiptNotInBlock => Some("/proof/path".into()),
            ProofFileError::OtherTransaction => Some(receipt::TRANSACTION.into()),
            ProofFileError::Incomplete(_) => entries.map(Into::into),
            ProofFileError::OtherEvent => Some("/proof/commitment".into()),
            ProofFileError::Disclosure(_) => Some(fields::FIELDS.into()),
            ProofFileError::BrokenHistory { step } => Some(format!("/proof/steps/{step}")),
            ProofFileError::Certificate(error) => Some(provenance::place(error)),
            _ => error.place(),
        }
    }

    /// The headers that the file rests on, as it has them: nothing of them is checked.
    pub fn headers(&self) -> Result<Vec<FinalHeader>, ProofFileError> {
        Ok(match &self.proof {
            Kind::Receipt(proof) => vec![proof.header()?],
            Kind::Header(proof) => vec![proof.header()?],
            Kind::Status(proof) => vec![proof.header()?],
            Kind::Custody(proof) => vec![proof.header()?],
            Kind::Fields(proof) => vec![proof.header()?],
            Kind::Provenance(proof) => {
                let parts = proof.certificate()?.parts.into_iter();
                parts.map(|part| part.state.header).collect()
            }
        })
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
            Kind::Provenance(proof) => proof.verify(trusted, &mut report)?,
            Kind::Fields(proof) => proof.verify(trusted, &mut report)?,
            Kind::Header(proof) => proof.verify(trusted, &mut report)?,
        }
        Ok(report)
    }
}
