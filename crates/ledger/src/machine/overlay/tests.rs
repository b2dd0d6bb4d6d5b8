//! The overlay against one that keeps everything encoded, and what must be exact at its edges.

use std::{collections::BTreeMap, sync::Arc};

use proptest::prelude::*;

use super::*;
use crate::{
    id::{Code, Digest32, PartyId},
    state::{Flags, Holder, Object, Status},
};

fn key(n: u8) -> Key {
    Key(crate::hash::sha256(&[&[n]]))
}

fn object(n: u32) -> Object {
    Object {
        status: Status::Live,
        stage: Code(u16::try_from(n % 5).unwrap()),
        holder: Some(Holder::Party(PartyId::new(format!("party {n}")).unwrap())),
        provenance: Digest32(crate::hash::sha256(&[&n.to_be_bytes()])),
        seq: n,
        ..Object::unknown()
    }
}

fn bytes(record: &Object) -> Arc<[u8]> {
    record.to_bytes().into()
}

fn seen(o: &Overlay, at: u8) -> Option<Object> {
    let record = o.object(&key(at)).expect("it can be read");
    record.map(|object| (*object).clone())
}

/// What the overlay says of a key in every way there is, which must be one and the same.
fn agreed(o: &mut Overlay, at: u8) -> Result<Option<Object>, String> {
    let key = key(at);
    let decoded: Result<Option<Object>, _> = o.get(&key);
    let shared = o.object(&key);
    let spot = o.spot(key);
    let shared_at = o.object_at(spot);
    let text = |error: ReadError| format!("{error:?}");
    let plain = |object: Option<Shared>| object.map(|object| (*object).clone());
    let decoded = decoded.map_err(text);
    assert_eq!(shared.map(plain).map_err(text), decoded);
    assert_eq!(shared_at.map(plain).map_err(text), decoded);
    match &decoded {
        Ok(Some(object)) => {
            assert_eq!(o.read(&key).unwrap().unwrap(), object.to_bytes());
            assert!(o.has(&key).unwrap());
        }
        Ok(None) => {
            assert_eq!(o.read(&key).unwrap(), None);
            assert!(!o.has(&key).unwrap());
        }
        Err(error) => {
            assert_eq!(error.starts_with("Unknown"), !o.knows(&key));
        }
    }
    decoded
}

#[test]
fn a_written_object_is_read_as_its_bytes_say() {
    let mut o = Overlay::new();
    o.supply(key(1), Some(bytes(&object(1))));
    assert_eq!(seen(&o, 1), Some(object(1)));
    let mut record = o.object(&key(1)).unwrap().unwrap();
    record.flags.set(Flags::HELD, true);
    assert_eq!(
        seen(&o, 1),
        Some(object(1)),
        "a change shows when it is written"
    );
    let changed = (*record).clone();
    o.put_object(key(1), record);
    assert_eq!(agreed(&mut o, 1), Ok(Some(changed.clone())));
    let written = o.into_writes();
    assert_eq!(written, [(key(1), Some(changed.to_bytes()))]);
}

#[test]
fn rollback_restores_the_decoded_and_the_encoded_form() {
    let mut o = Overlay::new();
    o.supply(key(1), Some(bytes(&object(1))));
    o.supply(key(2), None);
    assert_eq!(seen(&o, 1), Some(object(1)));
    let untouched = o.mark();
    o.put_object(key(1), object(10).into());
    o.put_object(key(2), object(20).into());
    o.put_object(key(3), object(30).into());
    let once = o.mark();
    o.put_object(key(1), object(11).into());
    o.remove(key(2));
    o.put(key(3), &object(31));
    let late = object(12);
    o.put_object(key(1), late.clone().into());
    assert_eq!(agreed(&mut o, 1), Ok(Some(late)));

    o.rollback(once);
    assert_eq!(agreed(&mut o, 1), Ok(Some(object(10))));
    assert_eq!(agreed(&mut o, 2), Ok(Some(object(20))));
    assert_eq!(agreed(&mut o, 3), Ok(Some(object(30))));
    o.rollback(untouched);
    assert_eq!(agreed(&mut o, 1), Ok(Some(object(1))));
    assert_eq!(agreed(&mut o, 2), Ok(None));
    assert!(!o.knows(&key(3)), "it was never supplied");
    assert_eq!(o.writes(), []);
}

#[test]
fn what_is_supplied_later_counts_unless_it_was_written() {
    let mut o = Overlay::new();
    for at in [1, 2] {
        o.supply(key(at), Some(bytes(&object(1))));
        assert_eq!(seen(&o, at), Some(object(1)));
    }
    o.put_object(key(2), object(2).into());
    for at in [1, 2] {
        o.supply(key(at), Some(bytes(&object(3))));
    }
    assert_eq!(agreed(&mut o, 1), Ok(Some(object(3))));
    assert_eq!(agreed(&mut o, 2), Ok(Some(object(2))));
    o.supply(key(1), None);
    assert_eq!(agreed(&mut o, 1), Ok(None));
}

#[test]
fn bytes_that_say_nothing_are_corrupt_at_each_look() {
    let mut o = Overlay::new();
    let mut trailing = object(1).to_bytes();
    trailing.push(0);
    for broken in [&[][..], &[9, 9], &trailing] {
        o.supply(key(1), Some(broken.into()));
        let spot = o.spot(key(1));
        for _ in 0..2 {
            for found in [o.object(&key(1)), o.object_at(spot)] {
                assert!(matches!(found, Err(ReadError::Corrupt(at)) if at == key(1)));
            }
        }
        assert!(o.has(&key(1)).unwrap(), "there is a record");
        assert_eq!(o.read(&key(1)).unwrap().unwrap(), broken);
    }
    // what was decoded before does not hide that other bytes came
    o.supply(key(2), Some(bytes(&object(2))));
    assert_eq!(seen(&o, 2), Some(object(2)));
    o.supply(key(2), Some([9, 9].into()));
    assert!(matches!(o.object(&key(2)), Err(ReadError::Corrupt(_))));
    // nor does a write that was undone
    let mark = o.mark();
    o.put_object(key(2), object(2).into());
    assert_eq!(seen(&o, 2), Some(object(2)));
    o.rollback(mark);
    assert!(matches!(o.object(&key(2)), Err(ReadError::Corrupt(_))));
}

#[test]
fn a_place_of_another_overlay_is_looked_for_again() {
    let mut long = Overlay::new();
    for n in 0..50 {
        long.supply(key(n), None);
    }
    let mut o = Overlay::new();
    o.supply(key(7), Some(bytes(&object(7))));
    o.supply(key(8), Some(bytes(&object(8))));
    for n in [7, 8, 40] {
        let foreign = long.spot(key(n));
        let found = o.object_at(foreign);
        match n {
            40 => assert!(matches!(found, Err(ReadError::Unknown(at)) if at == key(40))),
            _ => assert_eq!(*found.unwrap().unwrap(), object(n.into())),
        }
        o.put_object_at(foreign, object(100).into());
        assert_eq!(agreed(&mut o, n), Ok(Some(object(100))));
    }
    assert_eq!(o.into_writes().len(), 3);
}

#[test]
fn many_keys_behave_like_few() {
    let mut o = Overlay::new();
    let key = |n: u32| Key(crate::hash::sha256(&[&n.to_be_bytes()]));
    for n in 0..5_000 {
        o.supply(key(n), None);
        match n % 4 {
            0 | 2 => o.remove(key(n)),
            1 => o.put_object(key(n), object(n).into()),
            _ => o.put(key(n), &object(n)),
        }
    }
    assert!((0..5_000).all(|n| o.knows(&key(n))));
    assert!(!o.knows(&key(5_000)));
    let writes: Vec<_> = o.writes().into_iter().collect();
    assert_eq!(writes.len(), 2_500, "what never existed is not removed");
    assert!(writes.array_windows().all(|[a, b]| a.0 < b.0));
    let writes: Vec<_> = writes
        .into_iter()
        .map(|(key, record)| (key, record.map(Cow::into_owned)))
        .collect();
    assert_eq!(writes, o.into_writes());
}

#[test]
fn what_is_wanted_and_unknown_is_told_once_ascending() {
    let mut o = Overlay::new();
    o.supply(key(3), None);
    o.put_object(key(4), object(4).into());
    let wanted = [5, 1, 3, 4, 1, 2, 5].map(key);
    let mut unknown = vec![key(1), key(2), key(5)];
    unknown.sort_unstable();
    assert_eq!(o.want(&wanted), unknown);
    assert_eq!(
        o.want(&wanted),
        unknown,
        "wanting a key does not make it known"
    );
    assert!(!o.knows(&key(1)));
    o.supply(key(1), Some(bytes(&object(1))));
    unknown.retain(|other| *other != key(1));
    assert_eq!(o.want(&wanted), unknown);
    assert_eq!(seen(&o, 1), Some(object(1)));
}

#[test]
fn the_seed_of_a_block_spreads_what_its_neighbours_leave_together() {
    let block = |time| crate::machine::BlockContext {
        chain: crate::id::ChainId([1; 32]),
        height: crate::id::Height(7),
        time: TimeMs(time),
        parent_time: TimeMs(0),
    };
    let key = |n: u64| {
        let mut key = [0; 32];
        key[8..16].copy_from_slice(&n.to_be_bytes());
        Key(key)
    };
    let low = |seed: Seed, n: u64| seed.hash(&key(n)) & 0xff;
    let one = Seed::of(&block(1));
    let alike: Vec<u64> = (0..200_000).filter(|n| low(one, *n) == 0).collect();
    assert!(alike.len() > 400, "{}", alike.len());
    let places = |seed| {
        let places: std::collections::BTreeSet<u64> = alike.iter().map(|n| low(seed, *n)).collect();
        places.len()
    };
    assert_eq!(places(one), 1);
    assert_eq!(places(Seed::of(&block(1))), 1, "it is the same for all");
    assert!(places(Seed::of(&block(2))) > 128);
    assert!(places(Seed::default()) > 128);
}

/// Something that is done to an overlay.
#[derive(Debug, Clone)]
enum Deed {
    Supply(u8, Option<u32>),
    Spoil(u8),
    Look(u8),
    Put(u8, u32),
    Change(u8),
    Remove(u8),
    Mark,
    Rollback,
    Commit,
}

fn deed() -> impl Strategy<Value = Deed> {
    let at = 0..6u8;
    prop_oneof![
        (at.clone(), proptest::option::of(0..9u32)).prop_map(|(at, n)| Deed::Supply(at, n)),
        at.clone().prop_map(Deed::Spoil),
        at.clone().prop_map(Deed::Look),
        (at.clone(), 10..99u32).prop_map(|(at, n)| Deed::Put(at, n)),
        at.clone().prop_map(Deed::Change),
        at.prop_map(Deed::Remove),
        Just(Deed::Mark),
        Just(Deed::Rollback),
        Just(Deed::Commit),
    ]
}

/// An overlay that keeps nothing but bytes and decodes them at every look.
#[derive(Default, Clone)]
struct Model {
    base: BTreeMap<u8, Option<Vec<u8>>>,
    written: BTreeMap<u8, Option<Vec<u8>>>,
}

impl Model {
    fn look(&self, at: u8) -> Result<Option<Object>, String> {
        let found = self.written.get(&at).or_else(|| self.base.get(&at));
        match found {
            None => Err(format!("Unknown({:?})", key(at))),
            Some(None) => Ok(None),
            Some(Some(bytes)) => Object::from_bytes(bytes)
                .map(Some)
                .map_err(|_| format!("Corrupt({:?})", key(at))),
        }
    }

    fn writes(&self) -> Vec<(Key, Option<Vec<u8>>)> {
        let changes = self
            .written
            .iter()
            .filter(|(at, record)| record.is_some() || self.base.get(at) != Some(&None));
        let mut writes: Vec<_> = changes
            .map(|(at, record)| (key(*at), record.clone()))
            .collect();
        writes.sort_unstable();
        writes
    }
}

proptest! {
    #[test]
    fn nobody_sees_what_is_kept_decoded(deeds in proptest::collection::vec(deed(), 1..60)) {
        let (mut o, mut model) = (Overlay::new(), Model::default());
        let mut saved = (o.mark(), model.written.clone());
        for deed in deeds {
            match deed {
                Deed::Supply(at, n) => {
                    let record = n.map(|n| object(n).to_bytes());
                    o.supply(key(at), record.clone().map(Arc::from));
                    model.base.insert(at, record);
                }
                Deed::Spoil(at) => {
                    o.supply(key(at), Some([1, 2, 3].into()));
                    model.base.insert(at, Some(vec![1, 2, 3]));
                }
                Deed::Look(at) => prop_assert_eq!(agreed(&mut o, at), model.look(at)),
                Deed::Put(at, n) => {
                    let spot = o.spot(key(at));
                    o.put_object_at(spot, object(n).into());
                    model.written.insert(at, Some(object(n).to_bytes()));
                }
                Deed::Change(at) => {
                    if let Ok(Some(mut record)) = o.object(&key(at)) {
                        record.seq += 1;
                        o.put_object(key(at), record);
                        let mut record = model.look(at).unwrap().unwrap();
                        record.seq += 1;
                        model.written.insert(at, Some(record.to_bytes()));
                    }
                }
                Deed::Remove(at) => {
                    o.remove(key(at));
                    model.written.insert(at, None);
                }
                Deed::Mark => saved = (o.mark(), model.written.clone()),
                Deed::Rollback => {
                    o.rollback(saved.0);
                    model.written.clone_from(&saved.1);
                }
                Deed::Commit => {
                    o.commit();
                    saved = (o.mark(), model.written.clone());
                }
            }
        }
        for at in 0..6 {
            prop_assert_eq!(agreed(&mut o, at), model.look(at));
        }
        prop_assert_eq!(o.into_writes(), model.writes());
    }
}
