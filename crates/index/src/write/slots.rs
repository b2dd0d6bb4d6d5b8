//! The objects that a block touches: read together at its beginning, written together at its end.

use std::collections::BTreeMap;

use pangolin_ledger::id::ObjectId;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{
    error::{During as _, IndexError},
    store::object::{COLUMNS, ObjectRow},
};

/// Keys looked up by one range of the table where they lie close together.
const CHUNK: usize = 64;
/// Rows read for one chunk before its keys are looked up one by one.
const ROWS_PER_CHUNK: usize = 4 * CHUNK;
/// Chunks that are looked up one by one after one whose keys lay apart.
const BACK_OFF: usize = 16;

/// An object of the block: its place in [`Slots`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot(usize);

/// The objects that a block touches.
#[derive(Debug, Default)]
pub(super) struct Slots {
    /// Ascending. Containers that no event of the block names come after them, without key.
    keys: Vec<ObjectId>,
    rows: Vec<ObjectRow>,
    /// As the table has it; `None` for an object that is not in the table.
    stored: Vec<Option<ObjectRow>>,
    by_id: BTreeMap<i64, Slot>,
}

impl Slots {
    /// Reads the rows of `keys`, in any order and with repetitions.
    pub(super) fn load(
        connection: &Connection,
        mut keys: Vec<ObjectId>,
    ) -> Result<Self, IndexError> {
        keys.sort_unstable();
        keys.dedup();
        let mut rows = Vec::with_capacity(keys.len());
        let mut back_off = 0;
        for chunk in keys.chunks(CHUNK) {
            if back_off == 0 && chunk.len() > 4 {
                if load_range(connection, chunk, &mut rows)? {
                    continue;
                }
                back_off = BACK_OFF;
            }
            back_off = back_off.saturating_sub(1);
            load_each(connection, chunk, &mut rows)?;
        }
        let by_id = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row.id > 0)
            .map(|(at, row)| (row.id, Slot(at)))
            .collect();
        let stored = rows
            .iter()
            .map(|row| (row.id > 0).then_some(*row))
            .collect();
        Ok(Self {
            keys,
            rows,
            stored,
            by_id,
        })
    }

    /// The slot of a key that was loaded. `hint` is the slot of the key before in an ascending list.
    pub(super) fn find(&self, key: &ObjectId, hint: Option<Slot>) -> Option<Slot> {
        if let Some(Slot(before)) = hint
            && self.keys.get(before + 1) == Some(key)
        {
            return Some(Slot(before + 1));
        }
        self.keys.binary_search(key).ok().map(Slot)
    }

    /// The slot of an object by its number; read from the table if need be.
    pub(super) fn by_id(
        &mut self,
        connection: &Connection,
        id: i64,
    ) -> Result<Option<Slot>, IndexError> {
        if let Some(slot) = self.by_id.get(&id) {
            return Ok(Some(*slot));
        }
        let row = connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM objects WHERE id = ?1"))
            .and_then(|mut statement| {
                statement
                    .query_row([id], |row| ObjectRow::read(row, 0))
                    .optional()
            })
            .during("reading a container")?;
        let Some(row) = row else { return Ok(None) };
        let slot = Slot(self.rows.len());
        self.rows.push(row);
        self.stored.push(Some(row));
        self.by_id.insert(id, slot);
        Ok(Some(slot))
    }

    /// The row of a slot, and gives it the number `next` if it has none; returns whether it did.
    pub(super) fn number(&mut self, Slot(at): Slot, next: i64) -> (i64, bool) {
        let Some(row) = self.rows.get_mut(at) else {
            return (0, false);
        };
        if row.id > 0 {
            return (row.id, false);
        }
        row.id = next;
        self.by_id.insert(next, Slot(at));
        (next, true)
    }

    /// The identifier of an object that the block names.
    pub(super) fn key(&self, Slot(at): Slot) -> Option<&ObjectId> {
        self.keys.get(at)
    }

    pub(super) fn row(&self, Slot(at): Slot) -> ObjectRow {
        self.rows.get(at).copied().unwrap_or_default()
    }

    pub(super) fn row_mut(&mut self, Slot(at): Slot) -> Option<&mut ObjectRow> {
        self.rows.get_mut(at)
    }

    /// Writes what changed, in the order of the numbers.
    pub(super) fn flush(&self, connection: &Connection) -> Result<(), IndexError> {
        let changed = self.by_id.values().filter(|Slot(at)| {
            let stored = self.stored.get(*at).copied().flatten();
            self.rows.get(*at).copied() != stored
        });
        let mut insert = connection
            .prepare_cached(&format!(
                "INSERT INTO objects ({COLUMNS}, key) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
            ))
            .during("preparing to insert objects")?;
        let mut update = connection
            .prepare_cached(
                "UPDATE objects SET status = ?2, reason = ?3, holder = ?4, filling = ?5, pending = ?6, giver = ?7, \
                 lot = ?8, flags = ?9, epoch = ?10, origin = ?11 WHERE id = ?1",
            )
            .during("preparing to update objects")?;
        for Slot(at) in changed {
            let Some(row) = self.rows.get(*at) else {
                continue;
            };
            let is_new = self.stored.get(*at).is_none_or(Option::is_none);
            let common = params![
                row.id,
                row.status.number(),
                row.reason,
                row.holder.number(),
                row.filling,
                row.pending,
                row.giver,
                row.lot,
                row.flags,
                row.epoch,
                row.origin
            ];
            if is_new {
                let Some(key) = self.keys.get(*at) else {
                    continue;
                };
                for (place, value) in common.iter().enumerate() {
                    insert
                        .raw_bind_parameter(place + 1, value)
                        .during("binding an object")?;
                }
                insert
                    .raw_bind_parameter(12, key.as_bytes())
                    .during("binding an object")?;
                insert.raw_execute().during("inserting an object")?;
            } else {
                update.execute(common).during("updating an object")?;
            }
        }
        Ok(())
    }
}

/// Reads a chunk of ascending keys by one range. `false` when too many other rows lie between; then nothing was added.
fn load_range(
    connection: &Connection,
    chunk: &[ObjectId],
    rows: &mut Vec<ObjectRow>,
) -> Result<bool, IndexError> {
    let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else {
        return Ok(true);
    };
    let mut statement = connection
        .prepare_cached(&format!(
            "SELECT key, {COLUMNS} FROM objects WHERE key BETWEEN ?1 AND ?2 ORDER BY key LIMIT ?3"
        ))
        .during("preparing to read objects")?;
    let limit = i64::try_from(ROWS_PER_CHUNK + 1).unwrap_or(i64::MAX);
    let mut found = statement
        .query(params![first.as_bytes(), last.as_bytes(), limit])
        .during("reading objects")?;
    let start = rows.len();
    let mut wanted = chunk.iter().peekable();
    let mut seen = 0;
    while let Some(row) = found.next().during("reading objects")? {
        seen += 1;
        if seen > ROWS_PER_CHUNK {
            rows.truncate(start);
            return Ok(false);
        }
        let key = row
            .get_ref(0)
            .and_then(|value| Ok(value.as_blob()?))
            .during("reading an object's key")?;
        while wanted.next_if(|id| id.as_bytes() < key).is_some() {
            rows.push(ObjectRow::default());
        }
        if wanted.next_if(|id| id.as_bytes() == key).is_some() {
            rows.push(ObjectRow::read(row, 1).during("reading an object")?);
        }
    }
    rows.extend(wanted.map(|_| ObjectRow::default()));
    Ok(true)
}

fn load_each(
    connection: &Connection,
    chunk: &[ObjectId],
    rows: &mut Vec<ObjectRow>,
) -> Result<(), IndexError> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM objects WHERE key = ?1"))
        .during("preparing to read objects")?;
    for key in chunk {
        let row = statement
            .query_row([key.as_bytes()], |row| ObjectRow::read(row, 0))
            .optional()
            .during("reading an object")?;
        rows.push(row.unwrap_or_default());
    }
    Ok(())
}
