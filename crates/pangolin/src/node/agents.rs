//! The capture agent's keys: one per party that captures through this node, registered by the party on the chain.

use anyhow::{Context as _, Result};
use ed25519_zebra::{SigningKey, VerificationKeyBytes};
use pangolin_ledger::{PartyId, PublicKey};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// A key that signs what a party captures through this node.
pub(super) struct Agent {
    pub(super) key: SigningKey,
    pub(super) public: PublicKey,
}

/// Reads the keys that the configuration names.
pub(super) fn load(dir: &Path, files: &BTreeMap<String, PathBuf>) -> Result<BTreeMap<PartyId, Agent>> {
    files
        .iter()
        .map(|(party, file)| {
            let path = dir.join(file);
            let id = pangolin_profiles::pharma::party_id(party)
                .with_context(|| format!("{party:?} in [agents] is neither a GLN nor a URI"))?;
            let key = read_key(&path)?;
            let public = PublicKey(VerificationKeyBytes::from(&key).into());
            Ok((id, Agent { key, public }))
        })
        .collect()
}

/// Reads an ed25519 secret key: 64 hexadecimal characters.
pub(crate) fn read_key(path: &Path) -> Result<SigningKey> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let bytes: [u8; 32] = hex::decode(text.trim())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .with_context(|| format!("{} does not hold an ed25519 secret key in hexadecimal", path.display()))?;
    Ok(SigningKey::from(bytes))
}
