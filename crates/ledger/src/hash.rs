//! SHA-256 with a domain in front, and the provenance digest.

use sha2::{Digest as _, Sha256};

use crate::id::{ChainId, Digest32, EventId};

/// Domain of transaction identifiers.
pub(crate) const TX_DOMAIN: &[u8] = b"pangolin/tx/1";
/// Domain of event digests.
pub(crate) const EVENT_DOMAIN: &[u8] = b"pangolin/event/2";
/// Domain of provenance digests.
pub(crate) const PROVENANCE_DOMAIN: &[u8] = b"pangolin/provenance/1";
/// Domain of the rolling digest of what a container holds.
pub(crate) const CONTENTS_DOMAIN: &[u8] = b"pangolin/contents/1";
/// Domain of receipt leaves.
pub(crate) const RECEIPT_DOMAIN: &[u8] = b"pangolin/receipt/1";
/// Domain of the identities with which objects of other chains enter their history here.
const ARRIVAL_DOMAIN: &[u8] = b"pangolin/arrival/1";
/// Domain of the identities with which objects that another chain did not let in go on here.
const RETURN_DOMAIN: &[u8] = b"pangolin/return/1";
/// Domain of governance proposals.
pub(crate) const PROPOSAL_DOMAIN: &[u8] = b"pangolin/proposal/1";

/// SHA-256 over the concatenation of `parts`.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// `SHA-256(domain ‖ digests of all parents, ascending and without repetition ‖ event)`: commits to the whole history of
/// whatever carries it (DESIGN §4).
pub fn provenance(mut parents: Vec<Digest32>, event: &EventId) -> Digest32 {
    parents.sort_unstable();
    parents.dedup();
    let mut hasher = Sha256::new();
    hasher.update(PROVENANCE_DOMAIN);
    for parent in &parents {
        hasher.update(parent.0);
    }
    hasher.update(event.0);
    Digest32(hasher.finalize().into())
}

/// The identity with which an object that `from` locked under this number enters its history where it is let in.
pub fn arrival_mark(from: &ChainId, seq: u64) -> EventId {
    mark(ARRIVAL_DOMAIN, from, seq)
}

/// The identity with which an object goes on at home that was locked under this number for `to` and not let in there.
pub fn return_mark(to: &ChainId, seq: u64) -> EventId {
    mark(RETURN_DOMAIN, to, seq)
}

fn mark(domain: &[u8], chain: &ChainId, seq: u64) -> EventId {
    EventId(sha256(&[domain, &chain.0, &seq.to_be_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provenance_ignores_order_and_repetition_of_parents() {
        let (a, b, e) = (Digest32([1; 32]), Digest32([2; 32]), EventId([9; 32]));
        assert_eq!(provenance(vec![a, b], &e), provenance(vec![b, a, b], &e));
        assert_ne!(provenance(vec![a], &e), provenance(vec![b], &e));
        assert_ne!(
            provenance(vec![a], &e),
            provenance(vec![a], &EventId([8; 32]))
        );
        assert_ne!(provenance(vec![], &e), provenance(vec![a], &e));
    }
}
