//! Encodings: whatever is read is written the same again, nothing longer than its limit is read.

use commonware_codec::{Encode as _, EncodeSize as _, MaxEncodeSize as _};
use pangolin_proof::{
    header::Header,
    merkle::{Path, leaf_hash, root},
};
use proptest::prelude::*;

use crate::support::{Committee, digest};

#[test]
fn a_header_round_trips_and_nothing_else_is_read() {
    let header = Committee::new(1).header(5, digest(1), digest(2));
    let bytes = header.encode().to_vec();
    assert_eq!(bytes.len(), header.encode_size());
    assert!(bytes.len() <= Header::MAX_ENCODE_SIZE);
    assert_eq!(Header::from_bytes(&bytes).unwrap(), header);
    for cut in 0..bytes.len() {
        assert!(Header::from_bytes(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    let longer = [bytes.clone(), vec![0]].concat();
    assert!(Header::from_bytes(&longer).is_err());
    let version = [vec![2], bytes[1..].to_vec()].concat();
    assert!(Header::from_bytes(&version).is_err());
}

#[test]
fn a_header_touched_at_any_bit_is_another_header_or_none() {
    let header = Committee::new(1).header(5, digest(1), digest(2));
    let bytes = header.encode().to_vec();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut touched = bytes.clone();
            touched[at] ^= 1 << bit;
            if let Ok(other) = Header::from_bytes(&touched) {
                assert_eq!(
                    other.encode().to_vec(),
                    touched,
                    "byte {at}: one header, one encoding"
                );
                assert_ne!(other.digest(), header.digest(), "byte {at}");
            }
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic_and_are_canonical(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(header) = Header::from_bytes(&bytes) {
            prop_assert_eq!(header.encode().to_vec(), bytes);
        }
    }

    #[test]
    fn a_path_leads_from_its_leaf_to_its_root_only(count in 1usize..200, pick in any::<prop::sample::Index>(), other in any::<prop::sample::Index>()) {
        let leaves: Vec<_> = (0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect();
        let (at, wrong) = (pick.index(count), other.index(count));
        let top = root(&leaves);
        let path = Path::new(&leaves, at).unwrap();
        prop_assert!(path.verify(&leaves[at], &top));
        prop_assert_eq!(path.verify(&leaves[wrong], &top), wrong == at);
        for sibling in 0..path.siblings.len() {
            let mut touched = path.clone();
            touched.siblings[sibling][0] ^= 1;
            prop_assert!(!touched.verify(&leaves[at], &top));
        }
        let shorter = root(&leaves[..count - 1]);
        prop_assert!(!path.verify(&leaves[at], &shorter));
        for index in [path.index ^ 1, path.index + 1] {
            let moved = Path { index, ..path.clone() };
            // a moved leaf is shown only where no hash tells the places apart: nowhere but at its own
            prop_assert!(!moved.verify(&leaves[at], &top));
        }
    }

    #[test]
    fn a_changed_leaf_changes_the_root(count in 1usize..100, pick in any::<prop::sample::Index>()) {
        let mut leaves: Vec<_> = (0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect();
        let before = root(&leaves);
        leaves[pick.index(count)][31] ^= 1;
        prop_assert_ne!(root(&leaves), before);
    }
}
