//! The JSON forms of headers, paths and state entries.

use commonware_codec::Encode as _;
use pangolin_ledger::{Key, ObjectId};
use serde::{Deserialize, Serialize};

use super::ProofFileError;
use crate::{
    header::Header,
    merkle::{Hash, Path},
    state::{Entry, StateProof},
    trust::FinalHeader,
};

fn field(path: &str, expected: &'static str) -> ProofFileError {
    ProofFileError::Field {
        field: path.to_owned(),
        expected,
    }
}

/// Reads hexadecimal text at `path`.
pub(super) fn bytes(path: &str, text: &str) -> Result<Vec<u8>, ProofFileError> {
    hex::decode(text).map_err(|_| field(path, "hexadecimal"))
}

/// Reads 32 bytes of hexadecimal text at `path`.
pub(super) fn hash(path: &str, text: &str) -> Result<Hash, ProofFileError> {
    bytes(path, text)?
        .try_into()
        .map_err(|_| field(path, "32 bytes in hexadecimal"))
}

/// Reads an object's identifier at `path`.
pub(super) fn object(path: &str, text: &str) -> Result<ObjectId, ProofFileError> {
    let encoded = bytes(path, text)?;
    ObjectId::new(encoded).map_err(|_| field(path, "an object identifier"))
}

/// A final header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireHeader {
    /// Encoded headers, each the parent of the next.
    pub(super) headers: Vec<String>,
    /// Encoded certificate of the last.
    pub(super) certificate: String,
}

impl From<&FinalHeader> for WireHeader {
    fn from(header: &FinalHeader) -> Self {
        Self {
            headers: header
                .headers
                .iter()
                .map(|header| hex::encode(header.encode()))
                .collect(),
            certificate: hex::encode(&header.certificate),
        }
    }
}

impl WireHeader {
    /// Reads the header that the file has at `at`.
    pub(super) fn read(&self, at: &str) -> Result<FinalHeader, ProofFileError> {
        let headers = self
            .headers
            .iter()
            .enumerate()
            .map(|(i, text)| {
                let path = format!("{at}/headers/{i}");
                Header::from_bytes(&bytes(&path, text)?).map_err(|_| field(&path, "a block header"))
            })
            .collect::<Result<_, _>>()?;
        Ok(FinalHeader {
            headers,
            certificate: bytes(&format!("{at}/certificate"), &self.certificate)?,
        })
    }
}

/// A path in a Merkle tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WirePath {
    /// Position of the leaf.
    pub(super) index: u64,
    /// Leaves of the tree.
    pub(super) leaves: u64,
    /// Siblings from the leaf upwards.
    pub(super) siblings: Vec<String>,
}

impl From<&Path> for WirePath {
    fn from(path: &Path) -> Self {
        Self {
            index: path.index,
            leaves: path.leaves,
            siblings: path.siblings.iter().map(hex::encode).collect(),
        }
    }
}

impl WirePath {
    pub(super) fn read(&self) -> Result<Path, ProofFileError> {
        let siblings = self
            .siblings
            .iter()
            .enumerate()
            .map(|(i, text)| hash(&format!("/proof/path/siblings/{i}"), text))
            .collect::<Result<_, _>>()?;
        Ok(Path {
            index: self.index,
            leaves: self.leaves,
            siblings,
        })
    }
}

/// A state key with its record and proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireEntry {
    /// The key.
    pub(super) key: String,
    /// The record; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) value: Option<String>,
    /// The proof.
    pub(super) proof: String,
}

/// State entries of one final header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireState {
    /// The header.
    #[serde(rename = "final")]
    pub(super) header: WireHeader,
    /// The entries.
    pub(super) entries: Vec<WireEntry>,
}

impl From<&StateProof> for WireState {
    fn from(state: &StateProof) -> Self {
        let entry = |entry: &Entry| WireEntry {
            key: hex::encode(entry.key.0),
            value: entry.value.as_ref().map(hex::encode),
            proof: hex::encode(&entry.proof),
        };
        Self {
            header: (&state.header).into(),
            entries: state.entries.iter().map(entry).collect(),
        }
    }
}

impl WireState {
    pub(super) fn read(&self) -> Result<StateProof, ProofFileError> {
        self.read_at("/proof/state")
    }

    /// Reads what the file has at `place`.
    pub(super) fn read_at(&self, place: &str) -> Result<StateProof, ProofFileError> {
        let read = |(i, entry): (usize, &WireEntry)| -> Result<Entry, ProofFileError> {
            let at = |part: &str| format!("{place}/entries/{i}/{part}");
            Ok(Entry {
                key: Key(hash(&at("key"), &entry.key)?),
                value: entry
                    .value
                    .as_ref()
                    .map(|text| bytes(&at("value"), text))
                    .transpose()?,
                proof: bytes(&at("proof"), &entry.proof)?,
            })
        };
        let entries = self
            .entries
            .iter()
            .enumerate()
            .map(read)
            .collect::<Result<_, _>>()?;
        Ok(StateProof {
            header: self.header.read(&format!("{place}/final"))?,
            entries,
        })
    }
}
