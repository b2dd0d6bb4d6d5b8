//! ICS-23: what the state of a CometBFT chain says under a key, or that it says nothing.
//!
//! The innermost tree shows the value, or that the key is missing between its neighbours; its root is the value of its store's key in the
//! tree around it, and so on, and the root of the outermost is in the header. Both ends of each proof are held against the specification of its
//! kind of tree.

use ics23::{
    CommitmentProof, ExistenceProof, HostFunctionsManager, NonExistenceProof, ProofSpec,
    calculate_existence_root, commitment_proof::Proof, iavl_spec, tendermint_spec,
    verify_membership, verify_non_membership,
};
use pangolin_ledger::{
    codec::{Reader, Writer},
    evidence::BadEvidence,
    limits::{MAX_EVIDENCE_BYTES, MAX_TREES},
    state::{CometBft, Mark, Tree},
    tx::Stated,
};
use prost_ics23::Message as _;

use crate::bad;

/// Version of the encoding.
const VERSION: u8 = 1;

/// The bytes of the proofs of one fact, the innermost first.
pub fn encode(proofs: &[Vec<u8>]) -> Vec<u8> {
    let mut w = Writer::with_capacity(2_048);
    w.u8(VERSION);
    w.varint(proofs.len() as u64);
    for proof in proofs {
        w.bytes(proof);
    }
    w.into_bytes()
}

fn decode(bytes: &[u8]) -> Result<Vec<CommitmentProof>, BadEvidence> {
    let broken = |error: &dyn std::fmt::Display| {
        bad("malformed-proof", format!("a proof is malformed: {error}"))
    };
    let mut r = Reader::new(bytes);
    r.version(VERSION).map_err(|error| broken(&error))?;
    let count = r.length(MAX_TREES).map_err(|error| broken(&error))?;
    let mut proofs = Vec::with_capacity(count);
    for _ in 0..count {
        let bytes = r
            .bytes(MAX_EVIDENCE_BYTES)
            .map_err(|error| broken(&error))?;
        proofs.push(CommitmentProof::decode(bytes).map_err(|error| broken(&error))?);
    }
    r.finish().map_err(|error| broken(&error))?;
    Ok(proofs)
}

/// Whether the state of the header shows all `facts`.
pub fn prove(terms: &CometBft, at: &Mark, facts: &[Stated]) -> Result<(), BadEvidence> {
    if facts.is_empty() {
        return Ok(());
    }
    let Some(root) = at.root else {
        let message = format!(
            "the application's hash at height {} is no root of a tree",
            at.height
        );
        return Err(bad("no-root", message));
    };
    facts
        .iter()
        .try_for_each(|fact| shown(terms, &root.0, fact))
}

fn shown(terms: &CometBft, root: &[u8], fact: &Stated) -> Result<(), BadEvidence> {
    let proofs = decode(&fact.proof)?;
    if proofs.len() != terms.trees.len() || terms.stores.len() + 1 != terms.trees.len() {
        let message = format!(
            "{} proofs for {} trees in one another",
            proofs.len(),
            terms.trees.len()
        );
        return Err(bad("wrong-proof", message));
    }
    let wrong = |what: &str, level: usize| {
        bad(
            "wrong-proof",
            format!("the proof of {what}, of tree {level} from within, does not show it"),
        )
    };
    let mut below: Option<Vec<u8>> = None;
    for (level, (proof, tree)) in proofs.iter().zip(&terms.trees).enumerate() {
        let spec = spec(*tree);
        let above = match &proof.proof {
            Some(Proof::Exist(proof)) => root_of(proof),
            Some(Proof::Nonexist(proof)) => absent_root(proof),
            _ => None,
        };
        let above = above.ok_or_else(|| wrong("a root", level))?;
        let shows = match (
            &below,
            level.checked_sub(1).and_then(|at| terms.stores.get(at)),
        ) {
            (Some(value), Some(store)) => verify_membership::<HostFunctionsManager>(
                proof,
                &spec,
                &above,
                store.as_bytes(),
                value,
            ),
            _ => match &fact.value {
                Some(value) => verify_membership::<HostFunctionsManager>(
                    proof,
                    &spec,
                    &above,
                    fact.key.as_bytes(),
                    value,
                ),
                None => verify_non_membership::<HostFunctionsManager>(
                    proof,
                    &spec,
                    &above,
                    fact.key.as_bytes(),
                ),
            },
        };
        if !shows {
            return Err(wrong(&fact.key.to_string(), level));
        }
        below = Some(above);
    }
    if below.as_deref() == Some(root) {
        Ok(())
    } else {
        Err(bad(
            "wrong-root",
            format!(
                "the proof of {} leads to another state than the header's",
                fact.key
            ),
        ))
    }
}

fn root_of(proof: &ExistenceProof) -> Option<Vec<u8>> {
    calculate_existence_root::<HostFunctionsManager>(proof).ok()
}

fn absent_root(proof: &NonExistenceProof) -> Option<Vec<u8>> {
    root_of(proof.left.as_ref().or(proof.right.as_ref())?)
}

fn spec(tree: Tree) -> ProofSpec {
    match tree {
        Tree::Iavl => iavl_spec(),
        Tree::Simple => tendermint_spec(),
    }
}
