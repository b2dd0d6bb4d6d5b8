//! The capture agent's keys: one per party that captures through this node, registered by the party on the chain.

use anyhow::{Context as _, Result};
use ed25519_zebra::{SigningKey, VerificationKeyBytes};
use pangolin_api::deps::{SignError, Signer};
use pangolin_ledger::{PartyId, PublicKey, Signature, hash::sha256, tx::STATEMENT_BYTES};
use pangolin_profiles::disclosure::SaltSecret;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::failure::Failure;

/// A key that signs what a party captures through this node.
pub(super) struct Agent {
    pub(super) key: SigningKey,
    pub(super) public: PublicKey,
}

/// Reads the keys that the configuration names.
pub(super) fn load(
    dir: &Path,
    files: &BTreeMap<String, PathBuf>,
) -> Result<BTreeMap<PartyId, Agent>> {
    files
        .iter()
        .map(|(party, file)| {
            let path = dir.join(file);
            let id = pangolin_profiles::member::party_id(party)
                .with_context(|| format!("{party:?} in [agents] is neither a GLN nor a URI"))?;
            let key = read_key(&path)?;
            let public = PublicKey(VerificationKeyBytes::from(&key).into());
            Ok((id, Agent { key, public }))
        })
        .collect()
}

/// Reads an ed25519 secret key: 64 hexadecimal characters.
pub(crate) fn read_key(path: &Path) -> Result<SigningKey> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let bytes: [u8; 32] = hex::decode(text.trim())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| {
            Failure::local(
                "key-syntax",
                "it does not hold an ed25519 secret key: 64 hexadecimal characters",
            )
            .at(path.display().to_string())
            .advising("name the file that `pangolin keys new` made, or put it back from its backup")
        })?;
    Ok(SigningKey::from(bytes))
}

/// Signs for the parties whose agent keys this node holds.
pub(super) struct Agents(BTreeMap<PartyId, Agent>);

impl Agents {
    /// The agents of these keys.
    pub(super) const fn new(agents: BTreeMap<PartyId, Agent>) -> Self {
        Self(agents)
    }

    fn agent(&self, party: &PartyId) -> std::result::Result<&Agent, SignError> {
        self.0
            .get(party)
            .ok_or_else(|| SignError::NoKey(party.clone()))
    }
}

impl Signer for Agents {
    fn key(&self, party: &PartyId) -> Option<PublicKey> {
        self.0.get(party).map(|agent| agent.public)
    }

    fn sign(
        &self,
        party: &PartyId,
        statement: &[u8; STATEMENT_BYTES],
    ) -> std::result::Result<Signature, SignError> {
        Ok(Signature(self.agent(party)?.key.sign(statement).into()))
    }

    fn salts(&self, party: &PartyId) -> std::result::Result<SaltSecret, SignError> {
        // derived from the agent's secret key, so that the same event has the same salts after a restart
        let secret: [u8; 32] = self.agent(party)?.key.into();
        Ok(SaltSecret::new(sha256(&[b"pangolin/salts/1", &secret])))
    }
}
