//! What validators state as validators: under the key of their node, without being a party.

use crate::{
    id::{PartyId, PublicKey},
    limits::{MAX_CONTRADICTION_BYTES, MAX_LOG_BYTES},
};

/// A statement of a validator. Its transaction is signed by the node's key, and its issuer is [`issuer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValidatorBody {
    /// What this validator dealt in a resharing of the chain's key.
    Dealt {
        /// Number of the resharing.
        round: u64,
        /// Its signed log.
        log: Vec<u8>,
    },
    /// That another validator contradicted itself.
    Contradicted {
        /// The two votes.
        evidence: Vec<u8>,
    },
}
wire_enum!(ValidatorBody {
    0 => Dealt { round, log[blob MAX_LOG_BYTES] },
    1 => Contradicted { evidence[blob MAX_CONTRADICTION_BYTES] },
});

/// Whom a validator's transaction names as its issuer: the key of its node, hexadecimal.
pub fn issuer(key: &PublicKey) -> Option<PartyId> {
    PartyId::new(key.to_string()).ok()
}
