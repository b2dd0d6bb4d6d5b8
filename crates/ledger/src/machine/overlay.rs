//! The state as one block sees it: what was read of the committed state, and what the block has written.
//!
//! The caller supplies committed records; a read of a key that was not supplied is answered with [`NeedKeys`]. Writes go to
//! the overlay only. Every write since a mark can be undone, which is how a refused transaction leaves no trace.
//!
//! Records come and go encoded. What is looked at again and again is decoded once; objects, which make up nearly all of a
//! block, are encoded once too, when the block's changes are asked for.
//!
//! **Invariants**
//! * A key that was written is never read from the base again, so that supplying records in any portions and in any order
//!   gives the same result.
//! * Whether a record is kept decoded shows nowhere: what is read is what its bytes say, and bytes that say nothing are
//!   corrupt at each look.

mod shared;
mod slot;
mod table;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, sync::Arc};

use crate::{
    codec::{Wire, Writer},
    id::{Digest32, EventId, TimeMs},
    machine::BlockContext,
    state::{Due, Key},
};

pub(crate) use shared::Shared;
pub(crate) use table::Spot;

use slot::{Slot, Write};
use table::{Place, Seed, Table};

/// Keys the machine must see before it can go on: read them, [`supply`](Overlay::supply) them and call again. Nothing was
/// changed. Ascending, without repetition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedKeys(pub Vec<Key>);

/// The state as one block sees it.
#[derive(Debug, Clone, Default)]
pub struct Overlay {
    table: Table,
    journal: Vec<Undo>,
    due: Vec<(TimeMs, Due)>,
    lineage: Vec<Link>,
    scratch: Writer,
    corrupt: Option<Key>,
}

/// A write that can be undone: where it was and what was written there before.
#[derive(Debug, Clone)]
struct Undo {
    at: Place,
    before: Write,
}

/// How a provenance digest came about: `digest = provenance(parents, event)`. Not part of the state; whoever keeps these can
/// show the history that a record commits to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The digest.
    pub digest: Digest32,
    /// The digests it was built upon; none at the origin.
    pub parents: Vec<Digest32>,
    /// The event (or correcting transaction).
    pub event: EventId,
}

/// A moment to which the overlay can return.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    writes: usize,
    due: usize,
    lineage: usize,
}

/// Why a read failed.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The key was not supplied.
    Unknown(Key),
    /// The record cannot be decoded.
    Corrupt(Key),
}

impl Overlay {
    /// An overlay that knows nothing of the committed state.
    pub fn new() -> Self {
        Self::default()
    }

    /// An overlay for a block. It differs from a [`new`](Self::new) one in nothing but that nobody can choose identifiers
    /// which make it slow.
    pub fn for_block(block: &BlockContext) -> Self {
        Self {
            table: Table::new(Seed::of(block)),
            ..Self::default()
        }
    }

    /// Takes note of keys in the order in which they will be looked at, which is the order in which what is known of them is
    /// kept. Returns those that cannot be read yet, ascending and without repetition.
    pub fn want(&mut self, keys: &[Key]) -> Vec<Key> {
        self.table.reserve(keys.len());
        let mut unknown = Vec::with_capacity(keys.len());
        for key in keys {
            let at = self.table.spot(*key).at;
            if !self.table.slot(at).is_known() {
                unknown.push(*key);
            }
        }
        unknown.sort_unstable();
        unknown.dedup();
        unknown
    }

    /// Tells what the committed state holds under `key`: `None` when there is no record.
    pub fn supply(&mut self, key: Key, record: Option<Arc<[u8]>>) {
        let at = self.table.spot(key).at;
        self.table.slot(at).supply(record);
    }

    /// Whether `key` can be read.
    pub fn knows(&self, key: &Key) -> bool {
        self.table.get(key).is_some_and(Slot::is_known)
    }

    /// Of `keys`, those that cannot be read yet, ascending and without repetition.
    pub fn unknown<'a>(&self, keys: impl IntoIterator<Item = &'a Key>) -> Vec<Key> {
        let mut unknown: Vec<Key> = keys
            .into_iter()
            .filter(|key| !self.knows(key))
            .copied()
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        unknown
    }

    /// What the block changes so far: `None` removes a record. Ascending by key. Removals of what never existed are left
    /// out.
    pub fn writes(&self) -> Vec<(Key, Option<Cow<'_, [u8]>>)> {
        self.table.writes()
    }

    /// What the block changes: `None` removes a record. Ascending by key. Removals of what never existed are left out.
    pub fn into_writes(self) -> Vec<(Key, Option<Vec<u8>>)> {
        self.table.into_writes()
    }

    /// The bytes under `key`; `Err` when it was not supplied.
    pub fn read(&self, key: &Key) -> Result<Option<Cow<'_, [u8]>>, NeedKeys> {
        let slot = self.table.get(key).filter(|slot| slot.is_known());
        slot.map(Slot::record).ok_or_else(|| NeedKeys(vec![*key]))
    }

    /// The record under `key`.
    pub(crate) fn get<T: Wire>(&self, key: &Key) -> Result<Option<T>, ReadError> {
        let slot = known(self.table.get(key), key)?;
        slot.decode().map_err(|_| ReadError::Corrupt(*key))
    }

    /// The record under `key`, shared with whoever looks at it later.
    pub(crate) fn look<T: Wire + Send + Sync + 'static>(
        &self,
        key: &Key,
    ) -> Result<Option<Arc<T>>, ReadError> {
        let slot = known(self.table.get(key), key)?;
        slot.look().map_err(|_| ReadError::Corrupt(*key))
    }

    /// The record of an object under `key`.
    pub(crate) fn object(&self, key: &Key) -> Result<Option<Shared>, ReadError> {
        let slot = known(self.table.get(key), key)?;
        slot.object().map_err(|_| ReadError::Corrupt(*key))
    }

    /// The record of an object at `spot`.
    pub(crate) fn object_at(&self, spot: Spot) -> Result<Option<Shared>, ReadError> {
        let slot = known(self.table.at(spot), &spot.key)?;
        slot.object().map_err(|_| ReadError::Corrupt(spot.key))
    }

    /// Whether there is a record under `key`.
    pub(crate) fn has(&self, key: &Key) -> Result<bool, ReadError> {
        let slot = known(self.table.get(key), key)?;
        Ok(slot.has_record())
    }

    /// The place of a key, for whoever comes back to it.
    pub(crate) fn spot(&mut self, key: Key) -> Spot {
        self.table.spot(key)
    }

    /// Writes a record.
    pub(crate) fn put<T: Wire>(&mut self, key: Key, record: &T) {
        self.scratch.clear();
        record.put(&mut self.scratch);
        let bytes = self.scratch.as_bytes().into();
        self.write(key, Write::Record(bytes));
    }

    /// Writes the record of an object.
    pub(crate) fn put_object(&mut self, key: Key, object: Shared) {
        self.write(key, Write::Object(object));
    }

    /// Writes the record of an object at `spot`.
    pub(crate) fn put_object_at(&mut self, spot: Spot, object: Shared) {
        self.write_at(spot, Write::Object(object));
    }

    /// Removes a record.
    pub(crate) fn remove(&mut self, key: Key) {
        self.write(key, Write::Removed);
    }

    /// Removes a record, unless there is none.
    pub(crate) fn remove_if_present(&mut self, key: Key) -> Result<(), ReadError> {
        if self.has(&key)? {
            self.remove(key);
        }
        Ok(())
    }

    fn write(&mut self, key: Key, write: Write) {
        let spot = self.table.spot(key);
        self.write_at(spot, write);
    }

    fn write_at(&mut self, spot: Spot, write: Write) {
        let at = self.table.place(spot);
        let before = self.table.slot(at).write(write);
        self.journal.push(Undo { at, before });
    }

    /// Registers a deadline; written to its bucket at the end of the block.
    pub(crate) fn defer(&mut self, deadline: TimeMs, due: Due) {
        self.due.push((deadline, due));
    }

    /// The deadlines registered since the beginning of the block.
    pub(crate) fn take_due(&mut self) -> Vec<(TimeMs, Due)> {
        std::mem::take(&mut self.due)
    }

    /// Deadlines registered and not yet taken.
    pub(crate) fn restore_due(&mut self, due: Vec<(TimeMs, Due)>) {
        self.due = due;
    }

    /// The present moment.
    pub(crate) const fn mark(&self) -> Mark {
        Mark {
            writes: self.journal.len(),
            due: self.due.len(),
            lineage: self.lineage.len(),
        }
    }

    /// Undoes everything since `mark`.
    pub(crate) fn rollback(&mut self, mark: Mark) {
        while self.journal.len() > mark.writes {
            let Some(Undo { at, before }) = self.journal.pop() else {
                break;
            };
            self.table.slot(at).write(before);
        }
        self.due.truncate(mark.due);
        self.lineage.truncate(mark.lineage);
    }

    /// Remembers how a provenance digest came about.
    pub(crate) fn trace(&mut self, link: Link) {
        self.lineage.push(link);
    }

    /// How the provenance digests written since the last call came about, in order.
    pub fn take_lineage(&mut self) -> Vec<Link> {
        std::mem::take(&mut self.lineage)
    }

    /// Makes everything so far permanent for this block.
    pub(crate) fn commit(&mut self) {
        self.journal.clear();
    }

    /// Remembers that a record could not be read.
    pub(crate) const fn poison(&mut self, key: Key) {
        self.corrupt = Some(key);
    }

    /// The key of a record that could not be read. The node must stop without committing.
    pub const fn corrupt(&self) -> Option<Key> {
        self.corrupt
    }
}

/// What is known, unless nothing is.
fn known<'s>(slot: Option<&'s Slot>, key: &Key) -> Result<&'s Slot, ReadError> {
    slot.filter(|slot| slot.is_known())
        .ok_or(ReadError::Unknown(*key))
}
