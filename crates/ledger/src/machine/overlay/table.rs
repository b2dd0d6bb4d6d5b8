//! The keys an overlay knows, each with what was supplied and what was written.
//!
//! One block touches hundreds of thousands of keys, and a lookup in one large ordered map costs more than the rule that
//! needs it. Beyond [`SPLIT`] keys they are spread over [`BUCKETS`] ordered maps by the first bits of their hash. Who
//! grinds identifiers into one bucket gets one large ordered map again, and nothing worse.

use std::{collections::BTreeMap, sync::Arc};

use crate::state::Key;

/// Keys in the first map before they are spread.
const SPLIT: usize = 1_024;
/// Maps they are spread over.
const BUCKETS: usize = 1 << 12;

/// What was supplied for a key.
#[derive(Debug, Clone, Default)]
pub(super) enum Base {
    /// Nothing yet.
    #[default]
    Unknown,
    /// That there is no record.
    Absent,
    /// The record.
    Record(Arc<[u8]>),
}

/// What was written under a key.
#[derive(Debug, Clone, Default)]
pub(super) enum Write {
    /// Nothing.
    #[default]
    Nothing,
    /// The record was removed.
    Removed,
    /// A record.
    Record(Box<[u8]>),
}

/// What is known of a key.
#[derive(Debug, Clone, Default)]
pub(super) struct Slot {
    pub(super) base: Base,
    pub(super) write: Write,
}

impl Slot {
    /// Whether the key can be read.
    pub(super) const fn is_known(&self) -> bool {
        !matches!((&self.base, &self.write), (Base::Unknown, Write::Nothing))
    }

    /// The record as the block sees it.
    pub(super) fn record(&self) -> Option<&[u8]> {
        match (&self.write, &self.base) {
            (Write::Record(bytes), _) => Some(bytes),
            (Write::Nothing, Base::Record(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// Whether committing the write changes anything.
    const fn is_change(&self) -> bool {
        match self.write {
            Write::Nothing => false,
            Write::Removed => !matches!(self.base, Base::Absent),
            Write::Record(_) => true,
        }
    }
}

/// Keys and what is known of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    few: BTreeMap<Key, Slot>,
    /// Empty until there are more than [`SPLIT`] keys, then [`BUCKETS`] maps.
    many: Vec<BTreeMap<Key, Slot>>,
}

/// The first bits of the hash; the very first byte is the namespace.
fn bucket(key: &Key) -> usize {
    usize::from(u16::from_be_bytes([key.0[1], key.0[2]]) >> 4)
}

impl Table {
    pub(super) fn get(&self, key: &Key) -> Option<&Slot> {
        self.many.get(bucket(key)).unwrap_or(&self.few).get(key)
    }

    pub(super) fn slot(&mut self, key: Key) -> &mut Slot {
        if self.few.len() > SPLIT {
            self.spread();
        }
        self.many
            .get_mut(bucket(&key))
            .unwrap_or(&mut self.few)
            .entry(key)
            .or_default()
    }

    fn spread(&mut self) {
        self.many.resize_with(BUCKETS, BTreeMap::new);
        for (key, slot) in std::mem::take(&mut self.few) {
            if let Some(map) = self.many.get_mut(bucket(&key)) {
                map.insert(key, slot);
            }
        }
    }

    /// All changes, ascending.
    pub(super) fn writes(&self) -> Vec<(Key, Option<&[u8]>)> {
        let slots = self.few.iter().chain(self.many.iter().flatten());
        let changes = slots.filter(|(_, slot)| slot.is_change());
        let mut writes: Vec<_> = changes.map(|(key, slot)| (*key, slot.record())).collect();
        writes.sort_unstable_by_key(|(key, _)| *key);
        writes
    }

    /// All changes, ascending.
    pub(super) fn into_writes(self) -> Vec<(Key, Option<Vec<u8>>)> {
        let slots = self.few.into_iter().chain(self.many.into_iter().flatten());
        let changes = slots.filter(|(_, slot)| slot.is_change());
        let mut writes: Vec<_> = changes
            .map(|(key, slot)| match slot.write {
                Write::Record(bytes) => (key, Some(bytes.into_vec())),
                Write::Removed | Write::Nothing => (key, None),
            })
            .collect();
        writes.sort_unstable_by_key(|(key, _)| *key);
        writes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_keys_behave_like_few() {
        let mut table = Table::default();
        let key = |n: u64| Key(crate::hash::sha256(&[&n.to_be_bytes()]));
        for n in 0..5_000 {
            table.slot(key(n)).base = Base::Absent;
            table.slot(key(n)).write = if n % 2 == 0 {
                Write::Removed
            } else {
                Write::Record([1].into())
            };
        }
        assert!((0..5_000).all(|n| table.get(&key(n)).is_some_and(Slot::is_known)));
        assert!(table.get(&key(5_000)).is_none());
        let writes = table.clone().into_writes();
        assert_eq!(writes.len(), 2_500, "what never existed is not removed");
        assert!(writes.array_windows().all(|[a, b]| a.0 < b.0));
        assert_eq!(table.writes().len(), 2_500);
    }
}
