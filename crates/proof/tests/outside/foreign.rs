//! Proofs of one chain for another: only what its key signed counts, and the same bytes always have the same answer.

use commonware_cryptography::sha256::Digest;
use pangolin_ledger::{
    ChainId, Digest32, Height, Key, TimeMs,
    evidence::{BadEvidence, Verifier as _},
    limits::MAX_EVIDENCE_BYTES,
};
use pangolin_proof::{
    foreign::{LightClient, decode, encode},
    state::{Entry, StateProof},
};
use proptest::prelude::*;

use crate::support::{Committee, digest};

fn chain() -> ChainId {
    ChainId(digest(9).0)
}

/// A final header without any entry.
fn header(committee: &Committee, run: u64) -> StateProof {
    StateProof {
        header: committee.run(run, digest(2)),
        entries: Vec::new(),
    }
}

fn code(answer: Result<impl Sized, BadEvidence>) -> &'static str {
    answer.map_or_else(|bad| bad.code, |_| "proven")
}

#[test]
fn a_header_counts_under_the_key_of_its_chain_only() {
    let (ours, theirs) = (Committee::new(1), Committee::new(2));
    let client = LightClient::new();
    let evidence = encode(&header(&ours, 3));
    let key = ours.trusted.key_bytes();
    // asked twice: remembered or not, the answer is the same
    for _ in 0..2 {
        let proven = client.verify(&chain(), &key, &evidence).unwrap();
        let first = &header(&ours, 3).header.headers[0];
        assert_eq!(proven.header.height, Height(5));
        assert_eq!(proven.header.time, TimeMs(1_700_000_000_005));
        assert_eq!(proven.header.block, Digest32(first.digest().0));
        let other = theirs.trusted.key_bytes();
        assert_eq!(
            code(client.verify(&chain(), &other, &evidence)),
            "bad-certificate"
        );
        assert_eq!(
            code(client.verify(&ChainId([8; 32]), &key, &evidence)),
            "other-chain"
        );
        assert_eq!(
            code(client.verify(&chain(), &key[1..], &evidence)),
            "malformed-key"
        );
        assert_eq!(code(client.verify(&chain(), &key, &[])), "malformed-proof");
    }
}

#[test]
fn an_entry_that_the_state_does_not_hold_is_refused() {
    let committee = Committee::new(1);
    let mut proof = header(&committee, 1);
    proof.entries.push(Entry {
        key: Key([0x72; 32]),
        value: Some(vec![1]),
        proof: vec![0; 40],
    });
    assert_eq!(decode(&encode(&proof)).as_ref(), Ok(&proof));
    let answer =
        LightClient::new().verify(&chain(), &committee.trusted.key_bytes(), &encode(&proof));
    assert_eq!(code(answer), "malformed-proof");
}

/// That a header was found to be final says nothing of what is shown beside it, nor of another chain or certificate.
#[test]
fn a_remembered_certificate_vouches_for_its_header_only() {
    let (committee, other) = (Committee::new(1), Committee::new(2));
    let (key, client) = (committee.trusted.key_bytes(), LightClient::new());
    let good = header(&committee, 1);
    assert_eq!(
        code(client.verify(&chain(), &key, &encode(&good))),
        "proven"
    );
    let mut wrong = good.clone();
    wrong.entries.push(Entry {
        key: Key([0x72; 32]),
        value: Some(vec![1]),
        proof: vec![0; 40],
    });
    assert_eq!(
        code(client.verify(&chain(), &key, &encode(&wrong))),
        "malformed-proof"
    );
    let strange = client.verify(&chain(), &other.trusted.key_bytes(), &encode(&good));
    assert_eq!(code(strange), "bad-certificate");
    assert_eq!(
        code(client.verify(&ChainId([8; 32]), &key, &encode(&good))),
        "other-chain"
    );
    let mut swapped = good.clone();
    swapped.header.headers[0].height = commonware_consensus::types::Height::new(77);
    assert_eq!(
        code(client.verify(&chain(), &key, &encode(&swapped))),
        "certificate-of-other-block"
    );
    let mut cut = good;
    cut.header.certificate.pop();
    assert_ne!(code(client.verify(&chain(), &key, &encode(&cut))), "proven");
}

#[test]
fn a_proof_that_was_touched_shows_nothing_else() {
    let committee = Committee::new(1);
    let key = committee.trusted.key_bytes();
    let good = encode(&header(&committee, 2));
    let client = LightClient::new();
    let claimed = client.verify(&chain(), &key, &good).unwrap();
    for at in 0..good.len() {
        let mut touched = good.clone();
        touched[at] ^= 1;
        if let Ok(other) = client.verify(&chain(), &key, &touched) {
            assert_eq!(other, claimed, "byte {at}");
        }
        assert!(decode(&good[..at]).is_err(), "cut at {at}");
    }
    assert!(good.len() < MAX_EVIDENCE_BYTES);
}

#[test]
fn more_proofs_than_are_remembered() {
    let committee = Committee::new(1);
    let key = committee.trusted.key_bytes();
    let client = LightClient::new();
    let good = encode(&header(&committee, 1));
    for n in 0..2_100_u32 {
        let _refused = client.verify(&chain(), &key, &n.to_be_bytes());
        if n % 700 == 0 {
            assert_eq!(code(client.verify(&chain(), &key, &good)), "proven");
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _read = decode(&bytes);
    }

    #[test]
    fn what_is_written_is_read(headers in 0_u64..4, values in proptest::collection::vec(proptest::option::of(proptest::collection::vec(any::<u8>(), 0..50)), 0..5)) {
        let committee = Committee::new(1);
        let mut proof = StateProof {
            header: if headers == 0 {
                pangolin_proof::trust::FinalHeader { headers: Vec::new(), certificate: vec![7] }
            } else {
                committee.run(headers, Digest::from([1; 32]))
            },
            entries: Vec::new(),
        };
        for (n, value) in values.into_iter().enumerate() {
            let n = u8::try_from(n).unwrap();
            proof.entries.push(Entry { key: Key([n; 32]), value, proof: vec![n] });
        }
        prop_assert_eq!(decode(&encode(&proof)), Ok(proof));
    }
}
