//! The log of disclosures: which contents of whose events went to whom, when, and by which right.
//!
//! Entries are only ever added, each with a hash over the one before it, so that whoever noted the hash of an entry sees whether what
//! came before was changed. The file is bounded: the oldest entries are dropped when there are too many, but none younger than
//! [`KEEP_MS`]; until then, whoever would be disclosed something is told to come back. How many were dropped is told.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use pangolin_ledger::{
    codec::{Wire as _, Writer},
    hash::sha256,
    id::{ChainId, EventId, PartyId},
};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params, types::Type};
use thiserror::Error;

use super::{OwnError, Right, durable};

/// Name of the file.
pub const FILE: &str = "disclosures.sqlite";

/// Milliseconds for which an entry is kept whatever comes after it: 90 days, so that an owner who looks once in a quarter sees it, and
/// nobody hides what he asked by asking much more.
pub const KEEP_MS: i64 = 90 * 24 * 60 * 60 * 1_000;

/// The hash before the first entry.
const BEGINNING: [u8; 32] = [0; 32];
/// What entries are hashed under.
const DOMAIN: &[u8] = b"pangolin/disclosure/1";

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS disclosures (
    no INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, owner BLOB NOT NULL, asker BLOB NOT NULL, home BLOB,
    right TEXT NOT NULL, events BLOB NOT NULL, fields TEXT NOT NULL, hash BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS disclosures_owner ON disclosures (owner, no);
CREATE TABLE IF NOT EXISTS dropped (one INTEGER PRIMARY KEY CHECK (one = 1), entries INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TRIGGER IF NOT EXISTS disclosures_stay BEFORE UPDATE ON disclosures BEGIN
    SELECT raise(ABORT, 'disclosures are never changed');
END;
";

/// A disclosure that is about to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose events.
    pub owner: PartyId,
    /// Who asked.
    pub asker: PartyId,
    /// The chain that says who the asker is, where it is another one.
    pub home: Option<ChainId>,
    /// By which right.
    pub right: Right,
    /// The events.
    pub events: Vec<EventId>,
    /// Paths of the fields; none: the events as the chain has them.
    pub fields: Vec<String>,
}

impl Entry {
    fn hash(&self, before: &[u8; 32], at_ms: i64) -> [u8; 32] {
        let mut w = Writer::new();
        at_ms.put(&mut w);
        self.owner.put(&mut w);
        self.asker.put(&mut w);
        self.home.put(&mut w);
        w.bytes(self.right.as_str().as_bytes());
        w.varint(self.events.len() as u64);
        for event in &self.events {
            w.fixed(&event.0);
        }
        w.varint(self.fields.len() as u64);
        for field in &self.fields {
            w.bytes(field.as_bytes());
        }
        sha256(&[DOMAIN, before, w.as_bytes()])
    }
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its number.
    pub no: i64,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// What.
    pub entry: Entry,
    /// The hash over it and everything before it.
    pub hash: [u8; 32],
}

/// A page of the log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Entries, the oldest first.
    pub entries: Vec<Written>,
    /// Entries of all owners that were dropped because there were too many.
    pub dropped: u64,
}

/// A disclosure cannot be written down.
#[derive(Debug, Clone, Error)]
pub enum LogError {
    /// The file failed.
    #[error(transparent)]
    File(#[from] OwnError),
    /// There are too many entries, and none may be dropped yet.
    #[error("the log has {entries} entries, and none of them is old enough to be dropped")]
    Full {
        /// Entries.
        entries: u64,
    },
}

fn during(what: &'static str) -> impl FnOnce(rusqlite::Error) -> OwnError {
    move |source| OwnError {
        file: FILE,
        what,
        source: Arc::new(source),
    }
}

/// The log.
pub struct Log {
    connection: Mutex<Connection>,
    entries_max: u64,
}

impl Log {
    /// Opens the file, makes it where it is missing.
    pub fn open(path: &Path, entries_max: u64) -> Result<Self, OwnError> {
        Ok(Self {
            connection: Mutex::new(durable(path, FILE, SCHEMA)?),
            entries_max,
        })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes entries down, all or none. When this returns they are on the disk.
    pub fn append(&self, entries: &[Entry], now_ms: i64) -> Result<(), LogError> {
        let mut connection = self.connection();
        let write = connection.transaction().map_err(during("beginning"))?;
        make_room(&write, self.entries_max, entries.len() as u64, now_ms)?;
        let mut hash = last(&write).map_err(during("reading the last entry"))?;
        for entry in entries {
            hash = entry.hash(&hash, now_ms);
            insert(&write, entry, now_ms, &hash).map_err(during("writing an entry"))?;
        }
        write.commit().map_err(during("writing entries"))?;
        Ok(())
    }

    /// Entries of one owner after a number, the oldest first.
    pub fn of(&self, owner: &PartyId, after: i64, limit: u32) -> Result<Page, OwnError> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(
                "SELECT no, at, owner, asker, home, right, events, fields, hash FROM disclosures
                 WHERE owner = ?1 AND no > ?2 ORDER BY no LIMIT ?3",
            )
            .map_err(during("listing entries"))?;
        let rows = statement
            .query_map(params![owner.as_bytes(), after, limit], row)
            .and_then(Iterator::collect);
        Ok(Page {
            entries: rows.map_err(during("listing entries"))?,
            dropped: dropped(&connection)
                .map_err(during("listing entries"))?
                .map_or(0, |(entries, _)| entries),
        })
    }

    /// The first entry that does not follow from the one before it; `None`: all do.
    pub fn broken(&self) -> Result<Option<i64>, OwnError> {
        let connection = self.connection();
        let read = || -> rusqlite::Result<Option<i64>> {
            let mut before = dropped(&connection)?.map_or(BEGINNING, |(_, hash)| hash);
            let mut statement = connection.prepare(
                "SELECT no, at, owner, asker, home, right, events, fields, hash FROM disclosures ORDER BY no",
            )?;
            for written in statement.query_map([], row)? {
                let written = written?;
                if written.entry.hash(&before, written.at_ms) != written.hash {
                    return Ok(Some(written.no));
                }
                before = written.hash;
            }
            Ok(None)
        };
        read().map_err(during("checking entries"))
    }
}

/// How many entries were dropped, and the hash of the last of them.
fn dropped(connection: &Connection) -> rusqlite::Result<Option<(u64, [u8; 32])>> {
    connection
        .query_row("SELECT entries, hash FROM dropped", [], |row| {
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
        })
        .optional()
}

/// The hash of the last entry.
fn last(write: &Transaction<'_>) -> rusqlite::Result<[u8; 32]> {
    let sql = "SELECT hash FROM disclosures ORDER BY no DESC LIMIT 1";
    let found = write.query_row(sql, [], |row| row.get(0)).optional()?;
    match found {
        Some(hash) => Ok(hash),
        None => Ok(dropped(write)?.map_or(BEGINNING, |(_, hash)| hash)),
    }
}

/// Drops the oldest entries where there are too many, or says that none may be.
fn make_room(write: &Transaction<'_>, max: u64, more: u64, now_ms: i64) -> Result<(), LogError> {
    let count = || {
        write.query_row(
            "SELECT ifnull(max(no), 0), ifnull(max(no) - min(no) + 1, 0) FROM disclosures",
            [],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?.cast_unsigned())),
        )
    };
    let (last, entries) = count().map_err(during("counting entries"))?;
    let over = (entries + more).saturating_sub(max);
    if over == 0 {
        return Ok(());
    }
    let until = last - i64::try_from(entries.saturating_sub(over)).unwrap_or(0);
    let newest: Option<(i64, [u8; 32])> = write
        .query_row(
            "SELECT at, hash FROM disclosures WHERE no = ?1",
            [until],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
        .map_err(during("looking for old entries"))?;
    let Some((_, hash)) = newest.filter(|(at, _)| *at < now_ms.saturating_sub(KEEP_MS)) else {
        return Err(LogError::Full { entries });
    };
    let drop = || -> rusqlite::Result<()> {
        let gone = write.execute("DELETE FROM disclosures WHERE no <= ?1", [until])?;
        let before = dropped(write)?.map_or(0, |(entries, _)| entries);
        let all = before.saturating_add(gone as u64).cast_signed();
        write.execute(
            "INSERT OR REPLACE INTO dropped (one, entries, hash) VALUES (1, ?1, ?2)",
            params![all, hash],
        )?;
        Ok(())
    };
    drop().map_err(during("dropping old entries"))?;
    Ok(())
}

fn insert(
    write: &Transaction<'_>,
    entry: &Entry,
    at_ms: i64,
    hash: &[u8; 32],
) -> rusqlite::Result<()> {
    let events: Vec<u8> = entry.events.iter().flat_map(|event| event.0).collect();
    let fields = serde_json::to_string(&entry.fields).unwrap_or_default();
    write
        .prepare_cached(
            "INSERT INTO disclosures (at, owner, asker, home, right, events, fields, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            at_ms,
            entry.owner.as_bytes(),
            entry.asker.as_bytes(),
            entry.home.map(|home| home.0),
            entry.right.as_str(),
            events,
            fields,
            hash
        ])?;
    Ok(())
}

fn row(row: &Row<'_>) -> rusqlite::Result<Written> {
    let bad = |column: usize, what: &'static str| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, what.into())
    };
    let party = |column: usize| -> rusqlite::Result<PartyId> {
        PartyId::new(row.get::<_, Vec<u8>>(column)?).map_err(|_| bad(column, "party"))
    };
    let right: String = row.get(5)?;
    let right = Right::ALL
        .into_iter()
        .find(|known| known.as_str() == right)
        .ok_or_else(|| bad(5, "right"))?;
    let events: Vec<u8> = row.get(6)?;
    let (events, rest) = events.as_chunks::<32>();
    if !rest.is_empty() {
        return Err(bad(6, "events"));
    }
    let fields: String = row.get(7)?;
    Ok(Written {
        no: row.get(0)?,
        at_ms: row.get(1)?,
        entry: Entry {
            owner: party(2)?,
            asker: party(3)?,
            home: row.get::<_, Option<[u8; 32]>>(4)?.map(ChainId),
            right,
            events: events.iter().copied().map(EventId).collect(),
            fields: serde_json::from_str(&fields).map_err(|_| bad(7, "fields"))?,
        },
        hash: row.get(8)?,
    })
}

#[cfg(test)]
mod tests;
