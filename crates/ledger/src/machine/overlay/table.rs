//! The keys an overlay knows, each with what was supplied and what was written.
//!
//! One block touches hundreds of thousands of keys, some of them dozens of times. Each has a place in a list, found by a hash
//! table; who comes back to a key keeps its place ([`Spot`]) and does not look for it again.
//!
//! **Invariant**: no hash order. The table is only ever asked for one key; the list is in the order of arrival, and what is
//! given out is sorted. How keys are hashed decides how long a look takes and nothing else.
//!
//! Whoever chooses identifiers could choose many that hash alike, and make each look as long as the list. So the hash of a
//! block depends on its time ([`Seed`]), which nobody knows when he chooses them.

use std::borrow::Cow;

use hashbrown::HashTable;

use super::slot::Slot;
use crate::{codec::Writer, hash::sha256, machine::BlockContext, state::Key};

/// A place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(u32);

impl Place {
    const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A key with its place in the list of an overlay. In another overlay the place is looked for again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    /// The key.
    pub(crate) key: Key,
    pub(super) at: Place,
}

/// What the hash of a table depends on besides the key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seed(u64, u64);

impl Default for Seed {
    /// For tables that hold what one caller asks for.
    fn default() -> Self {
        Self(0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7345)
    }
}

impl Seed {
    /// The seed of a block.
    pub(super) fn of(block: &BlockContext) -> Self {
        let (height, time) = (block.height.0.to_be_bytes(), block.time.0.to_be_bytes());
        let digest = Key(sha256(&[
            b"pangolin overlay",
            &block.chain.0,
            &height,
            &time,
        ]));
        let [first, second, ..] = digest.words();
        Self(first, second | 1)
    }

    /// Keys are hashes: 64 of their bits, mixed with the seed so that no part of the result depends on them alone.
    pub(super) fn hash(self, key: &Key) -> u64 {
        let [_, word, ..] = key.words();
        let product = u128::from(word ^ self.0) * u128::from(self.1);
        let [low, high] = [product, product >> 64].map(|half| half & u128::from(u64::MAX));
        u64::try_from(low ^ high).unwrap_or_default()
    }
}

/// Keys and what is known of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    seed: Seed,
    places: HashTable<Place>,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    key: Key,
    slot: Slot,
}

fn hash_at(seed: Seed, entries: &[Entry], at: Place) -> u64 {
    let entry = entries.get(at.index());
    entry.map_or(0, |entry| seed.hash(&entry.key))
}

fn is_at(entries: &[Entry], key: &Key, at: Place) -> bool {
    entries
        .get(at.index())
        .is_some_and(|entry| entry.key == *key)
}

impl Table {
    /// An empty table with this seed.
    pub(super) fn new(seed: Seed) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    /// What is known of a key.
    pub(super) fn get(&self, key: &Key) -> Option<&Slot> {
        let hash = self.seed.hash(key);
        let found = |at: &Place| is_at(&self.entries, key, *at);
        let at = self.places.find(hash, found)?;
        self.entries.get(at.index()).map(|entry| &entry.slot)
    }

    /// Makes room for `keys` more.
    pub(super) fn reserve(&mut self, keys: usize) {
        let Self {
            seed,
            places,
            entries,
        } = self;
        entries.reserve(keys);
        places.reserve(keys, |at| hash_at(*seed, entries, *at));
    }

    /// A key with its place, made if it has none.
    pub(super) fn spot(&mut self, key: Key) -> Spot {
        let Self {
            seed,
            places,
            entries,
        } = self;
        let hash = seed.hash(&key);
        if let Some(at) = places.find(hash, |at| is_at(entries, &key, *at)) {
            return Spot { key, at: *at };
        }
        // One block names some hundred thousand keys.
        let at = Place(u32::try_from(entries.len()).unwrap_or(u32::MAX));
        entries.push(Entry {
            key,
            slot: Slot::default(),
        });
        places.insert_unique(hash, at, |at| hash_at(*seed, entries, *at));
        Spot { key, at }
    }

    /// The place of a key that may have been found in another overlay.
    pub(super) fn place(&mut self, spot: Spot) -> Place {
        if is_at(&self.entries, &spot.key, spot.at) {
            spot.at
        } else {
            self.spot(spot.key).at
        }
    }

    /// What is known at a place.
    pub(super) fn at(&self, spot: Spot) -> Option<&Slot> {
        if is_at(&self.entries, &spot.key, spot.at) {
            return self.entries.get(spot.at.index()).map(|entry| &entry.slot);
        }
        self.get(&spot.key)
    }

    /// What is known at a place of this list, to be changed.
    pub(super) fn slot(&mut self, at: Place) -> &mut Slot {
        &mut self.entries[at.index()].slot
    }

    /// All changes, ascending.
    pub(super) fn writes(&self) -> Vec<(Key, Option<Cow<'_, [u8]>>)> {
        let changed = self.entries.iter().filter(|entry| entry.slot.is_change());
        ascending(
            changed
                .map(|entry| (entry.key, entry.slot.record()))
                .collect(),
        )
    }

    /// All changes, ascending.
    pub(super) fn into_writes(self) -> Vec<(Key, Option<Vec<u8>>)> {
        let mut scratch = Writer::new();
        let changed = self.entries.into_iter();
        let changed = changed.filter(|entry| entry.slot.is_change());
        ascending(
            changed
                .map(|entry| (entry.key, entry.slot.into_write(&mut scratch)))
                .collect(),
        )
    }
}

/// `items` by their keys, of which no two are alike. They are long: the beginnings of the keys are sorted, then each item is
/// moved once.
fn ascending<T>(mut items: Vec<(Key, Option<T>)>) -> Vec<(Key, Option<T>)> {
    let mut order: Vec<(u64, usize)> = items
        .iter()
        .enumerate()
        .map(|(index, (key, _))| (key.words()[0], index))
        .collect();
    order.sort_unstable_by(|a, b| {
        let rest = || items[a.1].0.cmp(&items[b.1].0);
        a.0.cmp(&b.0).then_with(rest)
    });
    let in_order = order.into_iter();
    in_order
        .map(|(_, index)| {
            let (key, item) = &mut items[index];
            (*key, item.take())
        })
        .collect()
}
