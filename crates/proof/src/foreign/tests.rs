//! What is packed in a proof.

use pangolin_ledger::{
    CodecError,
    codec::{Reader, Writer},
    limits::MAX_EVIDENCE_BYTES,
};
use proptest::prelude::*;

use super::{MAX_BYTES, VERSION, decode, decode_within, encode, is_carried, read, write};
use crate::{
    packed,
    state::{Entry, StateProof},
    trust::FinalHeader,
};

fn of(entries: usize, proof: &[u8]) -> StateProof {
    let key = |n: usize| {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&n.to_be_bytes());
        pangolin_ledger::Key(key)
    };
    let entry = |n| Entry {
        key: key(n),
        value: None,
        proof: proof.to_vec(),
    };
    StateProof {
        header: FinalHeader {
            headers: Vec::new(),
            certificate: vec![7; 100],
        },
        entries: (0..entries).map(entry).collect(),
    }
}

/// Few bytes may stand for many, but not for more than a proof of that many bytes could make work.
#[test]
fn how_long_a_proof_is_counts_unpacked() {
    let small = encode(&of(400, &[3; 1_500]));
    assert!(is_carried(&small));
    let large = encode(&of(700, &[3; 1_500]));
    assert!(
        large.len() < MAX_EVIDENCE_BYTES / 10,
        "{} bytes",
        large.len()
    );
    assert!(!is_carried(&large));
    assert!(decode(&large).is_ok(), "a tool reads it");
    let refused = decode_within(&large, MAX_EVIDENCE_BYTES);
    assert!(
        matches!(
            refused,
            Err(CodecError::TooLong {
                max: MAX_EVIDENCE_BYTES,
                ..
            })
        ),
        "{refused:?}"
    );
    let mut w = Writer::new();
    w.u8(VERSION);
    packed::write(&mut w, &vec![0; MAX_BYTES + 1]);
    let refused = decode(&w.into_bytes());
    assert!(
        matches!(refused, Err(CodecError::TooLong { at: 1, .. })),
        "{refused:?}"
    );
}

#[test]
fn neither_another_version_nor_what_is_left_over_is_read() {
    let good = encode(&of(2, &[1, 2]));
    assert!(is_carried(&good) && decode(&good).is_ok());
    let mut other = good.clone();
    other[0] = 1;
    assert!(!is_carried(&other));
    let version = CodecError::UnknownVersion { at: 0, version: 1 };
    assert_eq!(decode(&other), Err(version));
    let (mut raw, mut w) = (Writer::new(), Writer::new());
    write(&mut raw, &of(2, &[1, 2]));
    raw.u8(0);
    let at = raw.as_bytes().len() - 1;
    w.u8(VERSION);
    packed::write(&mut w, raw.as_bytes());
    assert_eq!(
        decode(&w.into_bytes()),
        Err(CodecError::Trailing { at, left: 1 })
    );
}

proptest! {
    #[test]
    fn what_is_packed_has_one_form(bytes in proptest::collection::vec(prop_oneof![0_u8..4, any::<u8>()], 0..300)) {
        let mut r = Reader::new(&bytes);
        if let Ok(proof) = read(&mut r) {
            let end = r.position();
            let mut w = Writer::new();
            write(&mut w, &proof);
            prop_assert_eq!(w.as_bytes(), &bytes[..end]);
        }
    }
}
