//! The full events of which the chain has only the commitment. Nobody else has them: when this file is lost without a copy, what
//! the chain says of these events stays true and their fields cannot be shown any more.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use pangolin_ledger::id::{EventId, PartyId};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{OwnError, durable};

/// Name of the file.
pub const FILE: &str = "events.sqlite";

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS events (
    id BLOB NOT NULL UNIQUE, party BLOB NOT NULL, hash BLOB NOT NULL, kept INTEGER NOT NULL,
    recorded INTEGER NOT NULL DEFAULT 0, payload BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS events_hash ON events (party, hash);
CREATE INDEX IF NOT EXISTS events_open ON events (kept) WHERE recorded = 0;
";

/// A full event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullEvent {
    /// Its identity on the chain.
    pub id: EventId,
    /// Its event hash.
    pub hash: EventId,
    /// Its owner.
    pub party: PartyId,
    /// The event, as a block would carry it.
    pub payload: Vec<u8>,
}

fn during(what: &'static str) -> impl FnOnce(rusqlite::Error) -> OwnError {
    move |source| OwnError {
        file: FILE,
        what,
        source: Arc::new(source),
    }
}

/// The full events.
pub struct Events(Mutex<Connection>);

impl Events {
    /// Opens the file, makes it where it is missing.
    pub fn open(path: &Path) -> Result<Self, OwnError> {
        Ok(Self(Mutex::new(durable(path, FILE, SCHEMA)?)))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps events; what is kept already stays as it is. When this returns they are on the disk.
    pub fn keep(&self, events: &[FullEvent], now_ms: i64) -> Result<(), OwnError> {
        let mut connection = self.connection();
        let write = connection.transaction().map_err(during("beginning"))?;
        {
            let mut insert = write
                .prepare_cached(
                    "INSERT OR IGNORE INTO events (id, party, hash, kept, payload) VALUES (?1, ?2, ?3, ?4, ?5)",
                )
                .map_err(during("keeping an event"))?;
            for event in events {
                insert
                    .execute(params![
                        event.id.0,
                        event.party.as_bytes(),
                        event.hash.0,
                        now_ms,
                        event.payload
                    ])
                    .map_err(during("keeping an event"))?;
            }
        }
        write.commit().map_err(during("keeping events"))
    }

    /// The identity that an event of a party got when it was kept.
    pub fn identity(&self, party: &PartyId, hash: &EventId) -> Result<Option<EventId>, OwnError> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached("SELECT id FROM events WHERE party = ?1 AND hash = ?2")
            .map_err(during("looking up an event"))?;
        let id: Option<[u8; 32]> = statement
            .query_row(params![party.as_bytes(), hash.0], |row| row.get(0))
            .optional()
            .map_err(during("looking up an event"))?;
        Ok(id.map(EventId))
    }

    /// The full event of an identity.
    pub fn get(&self, id: &EventId) -> Result<Option<FullEvent>, OwnError> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached("SELECT party, hash, payload FROM events WHERE id = ?1")
            .map_err(during("reading an event"))?;
        statement
            .query_row([id.0], |row| {
                let party: Vec<u8> = row.get(0)?;
                let party = PartyId::new(party).map_err(|_| {
                    let kind = rusqlite::types::Type::Blob;
                    rusqlite::Error::FromSqlConversionFailure(0, kind, "no party".into())
                })?;
                Ok(FullEvent {
                    id: *id,
                    party,
                    hash: EventId(row.get(1)?),
                    payload: row.get(2)?,
                })
            })
            .optional()
            .map_err(during("reading an event"))
    }

    /// How many are kept.
    pub fn count(&self) -> Result<u64, OwnError> {
        let connection = self.connection();
        let count = connection.query_row("SELECT count(*) FROM events", [], |row| {
            row.get::<_, i64>(0)
        });
        count
            .map(i64::cast_unsigned)
            .map_err(during("counting events"))
    }

    /// Events kept before a moment of which it is not known that the chain recorded them.
    pub fn open_before(&self, before_ms: i64, limit: u32) -> Result<Vec<EventId>, OwnError> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(
                "SELECT id FROM events WHERE recorded = 0 AND kept < ?1 ORDER BY kept LIMIT ?2",
            )
            .map_err(during("listing events"))?;
        let rows = statement
            .query_map(params![before_ms, limit], |row| row.get(0).map(EventId))
            .map_err(during("listing events"))?;
        rows.collect::<rusqlite::Result<_>>()
            .map_err(during("listing events"))
    }

    /// Says of events that the chain recorded them.
    pub fn recorded(&self, ids: &[EventId]) -> Result<(), OwnError> {
        self.each("UPDATE events SET recorded = 1 WHERE id = ?1", ids)
    }

    /// Removes events that the chain refused.
    pub fn forget(&self, ids: &[EventId]) -> Result<(), OwnError> {
        self.each("DELETE FROM events WHERE id = ?1 AND recorded = 0", ids)
    }

    fn each(&self, sql: &str, ids: &[EventId]) -> Result<(), OwnError> {
        let mut connection = self.connection();
        let write = connection.transaction().map_err(during("beginning"))?;
        {
            let mut statement = write
                .prepare_cached(sql)
                .map_err(during("marking an event"))?;
            for id in ids {
                statement
                    .execute([id.0])
                    .map_err(during("marking an event"))?;
            }
        }
        write.commit().map_err(during("marking events"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(n: u8, party: &str) -> FullEvent {
        FullEvent {
            id: EventId([n; 32]),
            hash: EventId([n + 100; 32]),
            party: PartyId::new(party).unwrap(),
            payload: vec![n; 10],
        }
    }

    #[test]
    fn what_is_kept_is_found_after_a_restart_and_stays_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        let (one, two) = (event(1, "a"), event(2, "b"));
        let events = Events::open(&path).unwrap();
        events.keep(&[one.clone(), two.clone()], 5).unwrap();
        // the same event under another identity, as after a change of keys
        let again = FullEvent {
            id: EventId([9; 32]),
            ..one.clone()
        };
        events.keep(std::slice::from_ref(&again), 6).unwrap();
        drop(events);
        let events = Events::open(&path).unwrap();
        assert_eq!(events.get(&one.id).unwrap(), Some(one.clone()));
        assert_eq!(events.get(&again.id).unwrap(), None);
        assert_eq!(
            events.identity(&one.party, &one.hash).unwrap(),
            Some(one.id)
        );
        assert_eq!(events.identity(&two.party, &one.hash).unwrap(), None);
        assert_eq!(events.count().unwrap(), 2);
    }

    #[test]
    fn what_the_chain_recorded_is_never_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let events = Events::open(&dir.path().join(FILE)).unwrap();
        let (one, two) = (event(1, "a"), event(2, "a"));
        events.keep(&[one.clone(), two.clone()], 5).unwrap();
        assert_eq!(events.open_before(5, 10).unwrap(), []);
        assert_eq!(events.open_before(6, 10).unwrap(), [one.id, two.id]);
        events.recorded(&[one.id]).unwrap();
        assert_eq!(events.open_before(6, 10).unwrap(), [two.id]);
        events.forget(&[one.id, two.id]).unwrap();
        assert_eq!(events.get(&one.id).unwrap(), Some(one));
        assert_eq!(events.get(&two.id).unwrap(), None);
    }
}
