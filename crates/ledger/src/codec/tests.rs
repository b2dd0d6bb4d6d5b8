use proptest::prelude::*;

use super::{CodecError, Reader, Wire, Writer, put_ids, take_ids};

#[test]
fn integers_are_minimal_and_bounded() {
    let cases: [(&[u8], Result<u64, &str>); 7] = [
        (&[0], Ok(0)),
        (&[0x7f], Ok(127)),
        (&[0x80, 0x01], Ok(128)),
        (&[0x80, 0x00], Err("integer-not-minimal")),
        (&[0xff; 10], Err("integer-overflow")),
        (
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            Ok(u64::MAX),
        ),
        (&[0x80], Err("truncated")),
    ];
    for (bytes, expect) in cases {
        assert_eq!(
            u64::from_bytes(bytes).map_err(|e| e.code()),
            expect,
            "{bytes:?}"
        );
    }
    assert_eq!(
        u16::from_bytes(&[0x80, 0x80, 0x04]).map_err(|e| e.code()),
        Err("integer-overflow")
    );
    assert_eq!(
        bool::from_bytes(&[2]).map_err(|e| e.code()),
        Err("unknown-tag")
    );
    assert_eq!(
        u8::from_bytes(&[1, 2]),
        Err(CodecError::Trailing { at: 1, left: 1 })
    );
}

#[test]
fn signed_integers_round_trip() {
    for value in [0, 1, -1, 63, -64, 64, i64::MAX, i64::MIN, 1_700_000_000_000] {
        assert_eq!(i64::from_bytes(&value.to_bytes()), Ok(value));
    }
}

fn ids_of(bytes: &[u8]) -> Result<Vec<Vec<u8>>, &'static str> {
    let mut r = Reader::new(bytes);
    let out = take_ids(&mut r, 10, 8, |id| Some(id.to_vec())).map_err(|e| e.code())?;
    r.finish().map_err(|e| e.code())?;
    Ok(out)
}

#[test]
fn id_lists_have_one_form() {
    let good = ids_of(&[2, 0, 3, b'a', b'b', b'c', 2, 1, b'd']);
    assert_eq!(good, Ok(vec![b"abc".to_vec(), b"abd".to_vec()]));
    // prefix not maximal, descending, duplicate, empty, longer than the limit, shared more than there is
    for bad in [
        &[2, 0, 3, b'a', b'b', b'c', 1, 2, b'b', b'd'][..],
        &[2, 0, 1, b'b', 0, 1, b'a'],
        &[2, 0, 1, b'b', 1, 0],
        &[1, 0, 0],
        &[1, 0, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        &[2, 0, 1, b'a', 2, 1, b'a'],
        &[11, 0],
    ] {
        assert!(ids_of(bad).is_err(), "{bad:?}");
    }
}

proptest! {
    #[test]
    fn id_lists_round_trip(set in proptest::collection::btree_set(proptest::collection::vec(any::<u8>(), 1..8), 0..10)) {
        let mut w = Writer::new();
        put_ids(&mut w, set.iter().map(Vec::as_slice));
        prop_assert_eq!(ids_of(w.as_bytes()), Ok(set.into_iter().collect::<Vec<_>>()));
    }

    #[test]
    fn accepted_id_lists_are_canonical(bytes in proptest::collection::vec(0u8..6, 0..24)) {
        if let Ok(items) = ids_of(&bytes) {
            let mut w = Writer::new();
            put_ids(&mut w, items.iter().map(Vec::as_slice));
            prop_assert_eq!(w.into_bytes(), bytes);
        }
    }

    #[test]
    fn accepted_integers_are_canonical(bytes in proptest::collection::vec(any::<u8>(), 0..11)) {
        if let Ok(value) = u64::from_bytes(&bytes) {
            prop_assert_eq!(value.to_bytes(), bytes);
        }
    }
}
