//! Bearer tokens, for development only.

use std::collections::{BTreeMap, BTreeSet};

use pangolin_ledger::id::PartyId;
use sha2::{Digest as _, Sha256};

/// Tokens by their digest, so that looking one up takes the same time whatever it shares with a known one.
#[derive(Default)]
pub struct Tokens(BTreeMap<[u8; 32], (PartyId, BTreeSet<PartyId>)>);

impl Tokens {
    /// Adds a token of a party that may also act for others.
    pub fn insert(&mut self, token: &str, party: PartyId, acts_for: BTreeSet<PartyId>) {
        self.0
            .insert(Sha256::digest(token).into(), (party, acts_for));
    }

    /// Whose token it is.
    pub fn find(&self, token: &str) -> Option<(PartyId, BTreeSet<PartyId>)> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        self.0.get(&digest).cloned()
    }
}
