//! What a finished ceremony shows to anybody: the logs of all dealers and the confirmations of all validators.
//!
//! It holds no secret. Whoever has it and the genesis file can check that the chain's key is the sum of what the validators
//! dealt, that every validator acknowledged its share of every dealing, and that all signed this chain's identity.

use commonware_codec::{Copying, Decode as _, DecodeExt as _, Encode as _};
use commonware_cryptography::{
    Hasher as _, Sha256,
    bls12381::dkg::feldman_desmedt::{Logs, observe},
    ed25519::Signature,
};
use commonware_parallel::Sequential;
use commonware_utils::N3f1;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use thiserror::Error;

use super::{
    CeremonyError, Log, Terms,
    evidence::{Checked, check_log},
    wire::Confirm,
};
use crate::{
    genesis::{Genesis, GenesisError, KeyOrigin},
    types::Digest,
};

/// Format of the record's file.
pub const FORMAT: &str = "pangolin-ceremony/1";

/// Why a record is not accepted.
#[derive(Debug, Error)]
pub enum RecordError {
    /// Not the expected JSON.
    #[error("it cannot be read as JSON of format {FORMAT}")]
    Syntax(#[source] serde_json::Error),
    /// Another format.
    #[error("it says format {0:?}; this build reads {FORMAT:?}")]
    Format(String),
    /// A field does not hold what it should.
    #[error("{0} is not as it must be")]
    Field(String),
    /// The genesis file cannot be read.
    #[error("the genesis file cannot be read")]
    Genesis(#[from] GenesisError),
    /// The genesis file names another origin of the key.
    #[error("the genesis file does not say that its key comes from a ceremony")]
    Origin,
    /// The ceremony was about something else.
    #[error("it belongs to another ceremony than the genesis file's")]
    OtherSession,
    /// The ceremony was about another draft.
    #[error("it belongs to another draft, {0}")]
    OtherDraft(String),
    /// A log is wrong.
    #[error("the log of {0} is not in order")]
    Log(String),
    /// A confirmation is wrong.
    #[error("the confirmation of {0} is not in order")]
    Confirmation(String),
    /// The key in the genesis file is not what the logs sum up to.
    #[error("the chain key of the genesis file does not follow from the logs")]
    Key,
    /// The validators of the genesis file make no ceremony.
    #[error("the genesis file's validators make no ceremony")]
    Terms(#[source] Box<CeremonyError>),
}

impl RecordError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "ceremony-record-syntax",
            Self::Format(_) => "ceremony-record-format",
            Self::Field(_) => "ceremony-record-field",
            Self::Genesis(error) => error.code(),
            Self::Origin => "ceremony-record-origin",
            Self::OtherSession => "ceremony-record-of-other-ceremony",
            Self::OtherDraft(_) => "ceremony-record-of-other-draft",
            Self::Log(_) => "ceremony-record-log",
            Self::Confirmation(_) => "ceremony-record-confirmation",
            Self::Key => "ceremony-record-key",
            Self::Terms(_) => "ceremony-record-terms",
        }
    }
}

/// The record, as its file holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// [`FORMAT`].
    pub format: String,
    /// Hash of the draft, hexadecimal.
    pub draft: String,
    /// The chain's identity, hexadecimal.
    pub chain: String,
    /// One entry per validator, in the order of their keys.
    pub validators: Vec<Entry>,
}

/// A validator's part of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its signed log: commitment and everybody's acknowledgement, hexadecimal.
    pub log: String,
    /// Its signature over the chain's identity, hexadecimal.
    pub confirmation: String,
}

/// The record's parts, decoded.
pub(crate) struct Parts {
    pub(crate) logs: Vec<Log>,
    pub(crate) confirms: Vec<Confirm>,
}

impl Record {
    pub(crate) fn new(terms: &Terms, chain: Digest, logs: &[Log], confirms: &[Confirm]) -> Self {
        let entries = logs.iter().zip(confirms).enumerate();
        Self {
            format: FORMAT.into(),
            draft: terms.draft().to_string(),
            chain: chain.to_string(),
            validators: entries
                .map(|(place, (log, confirm))| Entry {
                    name: terms.name(place),
                    log: hex::encode(log.encode()),
                    confirmation: hex::encode(confirm.signature.encode()),
                })
                .collect(),
        }
    }

    /// Reads a record's file.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        let record: Self = serde_json::from_slice(bytes).map_err(RecordError::Syntax)?;
        if record.format != FORMAT {
            return Err(RecordError::Format(record.format));
        }
        Ok(record)
    }

    /// As its file holds it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self)
            .unwrap_or_else(|_| unreachable!("a record has text only"));
        bytes.push(b'\n');
        bytes
    }

    /// The chain's identity.
    pub fn chain(&self) -> Result<Digest, RecordError> {
        digest(&self.chain).ok_or_else(|| RecordError::Field("/chain".into()))
    }

    pub(crate) fn parts(&self, terms: &Terms) -> Result<Parts, RecordError> {
        let chain = self.chain()?;
        let count = u32::try_from(terms.count()).ok().and_then(NonZeroU32::new);
        let count = count.filter(|count| count.get() as usize == self.validators.len());
        let count = count.ok_or_else(|| RecordError::Field("/validators".into()))?;
        let mut parts = Parts {
            logs: Vec::new(),
            confirms: Vec::new(),
        };
        for (place, entry) in self.validators.iter().enumerate() {
            let field = |name: &str| RecordError::Field(format!("/validators/{place}/{name}"));
            let bytes = hex::decode(&entry.log).map_err(|_| field("log"))?;
            let log = Log::decode_cfg(Copying(&bytes), &count).map_err(|_| field("log"))?;
            let bytes = hex::decode(&entry.confirmation).map_err(|_| field("confirmation"))?;
            let signature =
                Signature::decode(Copying(&bytes)).map_err(|_| field("confirmation"))?;
            parts.logs.push(log);
            parts.confirms.push(Confirm {
                signer: u32::try_from(place).unwrap_or(u32::MAX),
                chain,
                signature,
            });
        }
        Ok(parts)
    }

    /// Checks that the key of the chain with this genesis file was made as the record says.
    pub fn verify(&self, genesis: &[u8], rng: &mut impl CryptoRng) -> Result<Genesis, RecordError> {
        let parsed = Genesis::parse(genesis)?;
        if parsed.file.key_origin != KeyOrigin::Ceremony {
            return Err(RecordError::Origin);
        }
        if self.chain()? != parsed.chain {
            return Err(RecordError::OtherSession);
        }
        let draft = digest(&self.draft).ok_or_else(|| RecordError::Field("/draft".into()))?;
        let boxed = |error| RecordError::Terms(Box::new(error));
        let terms = Terms::new(parsed.file.clone(), draft).map_err(boxed)?;
        let info = terms.info().map_err(boxed)?;
        let parts = self.parts(&terms)?;
        let mut logs = Logs::<_, _, N3f1>::new(info.clone());
        for (place, log) in parts.logs.iter().enumerate() {
            let wrong = || RecordError::Log(terms.name(place));
            match check_log(rng, &terms, &info, log) {
                Checked::Good(dealer) if dealer == place => {
                    let (dealer, log) = log.clone().check(&info).ok_or_else(wrong)?;
                    logs.record(dealer, log);
                }
                _ => return Err(wrong()),
            }
        }
        let output = observe(rng, logs, &Sequential).map_err(|_| RecordError::Key)?;
        if *output.public() != parsed.sharing {
            return Err(RecordError::Key);
        }
        let keys = terms.validators().iter().enumerate();
        for ((place, key), confirm) in keys.zip(&parts.confirms) {
            if !confirm.is_of(&terms.session(), key) {
                return Err(RecordError::Confirmation(terms.name(place)));
            }
        }
        Ok(parsed)
    }
}

fn digest(text: &str) -> Option<Digest> {
    let bytes: [u8; 32] = hex::decode(text).ok()?.try_into().ok()?;
    Some(Digest::from(bytes))
}

/// Hash of a draft's content.
pub fn hash_draft(content: &[u8]) -> Digest {
    Sha256::hash(&[b"pangolin/draft/1", content])
}
