//! Salts from one secret.

use std::fmt;

use pangolin_ledger::id::EventId;
use sha2::{Digest as _, Sha256};

/// What an identity is made under. A message of a salt begins with an event's identity instead, which nobody can choose.
const IDENTITY: &[u8] = b"pangolin/identity/1";
/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;

/// The secret from which all salts of an owner come. Whoever has it can find every field of every event by trying: keep it
/// like a signing key. It does not appear in debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct SaltSecret([u8; 32]);

impl SaltSecret {
    /// Takes 32 random bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The identity under which an event goes to the chain that only its owner keeps: `HMAC-SHA-256(secret, "pangolin/identity/1" ‖ event
    /// hash)`. The event hash itself is a hash of everything that the event says, so whoever knows all but one of its fields could find
    /// that one by trying; this identity is the same for the same event and tells nothing about it.
    pub fn identity(&self, hash: &EventId) -> EventId {
        let mut message = IDENTITY.to_vec();
        message.extend_from_slice(&hash.0);
        EventId(self.keyed().of(&message))
    }

    /// The salts of one event.
    pub(super) fn salts(&self, event: &EventId) -> Salts {
        let mut salts = self.keyed();
        salts.inner.update(event.0);
        salts
    }

    fn keyed(&self) -> Salts {
        let pad = |with: u8| {
            let mut block = [with; BLOCK];
            block
                .iter_mut()
                .zip(self.0)
                .for_each(|(byte, secret)| *byte ^= secret);
            let mut hasher = Sha256::new();
            hasher.update(block);
            hasher
        };
        Salts {
            inner: pad(0x36),
            outer: pad(0x5c),
        }
    }
}

impl fmt::Debug for SaltSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SaltSecret(…)")
    }
}

/// HMAC-SHA-256 (RFC 2104) with the parts that all salts of an event share done once.
pub(super) struct Salts {
    inner: Sha256,
    outer: Sha256,
}

impl Salts {
    /// `HMAC-SHA-256(secret, event id ‖ path)`.
    pub(super) fn of(&self, path: impl AsRef<[u8]>) -> [u8; 32] {
        let mut inner = self.inner.clone();
        inner.update(path);
        let mut outer = self.outer.clone();
        outer.update(inner.finalize());
        outer.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_salt_is_the_hmac_of_event_and_path() {
        // Computed with another implementation: HMAC-SHA-256, key 0b × 32, message 01 × 32 followed by "/bizStep".
        let salts = SaltSecret::new([0x0b; 32]).salts(&EventId([1; 32]));
        let hex = pangolin_ledger::id::Digest32(salts.of("/bizStep")).to_string();
        assert_eq!(
            hex,
            "9b4984e3157b91541cd00d9eeb7d5db0a616a5ba93fc3eefcf7e03949c239019"
        );
    }

    #[test]
    fn an_identity_is_the_hmac_of_the_event_hash() {
        // Computed with another implementation: HMAC-SHA-256, key 0b × 32, message "pangolin/identity/1" followed by 01 × 32.
        let secret = SaltSecret::new([0x0b; 32]);
        let hash = EventId([1; 32]);
        assert_eq!(
            secret.identity(&hash).to_string(),
            "d8bd19c66ff6658f85eb26f2158ca9d69b32375e470d3439b07dabd1331d5c27"
        );
        assert_ne!(
            secret.identity(&hash),
            SaltSecret::new([1; 32]).identity(&hash)
        );
    }

    #[test]
    fn the_secret_is_not_shown() {
        assert_eq!(format!("{:?}", SaltSecret::new([1; 32])), "SaltSecret(…)");
    }
}
