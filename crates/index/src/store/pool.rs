//! Reading connections: a bounded number, each used by one answer at a time.

use std::{
    path::{Path, PathBuf},
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

use pangolin_ledger::id::{Height, TimeMs};
use rusqlite::{CachedStatement, Connection, OptionalExtension as _};

use super::open_reader;
use crate::{
    error::{During as _, IndexError},
    lens::Lens,
    limits::READER_WAIT_MS,
};

/// Connections that read.
pub(crate) struct Pool {
    path: PathBuf,
    cache_kib: u32,
    free: Mutex<Free>,
    returned: Condvar,
}

struct Free {
    connections: Vec<Connection>,
    /// How many more may be opened.
    room: usize,
}

impl Pool {
    pub(super) fn new(path: &Path, size: usize, cache_kib: u32) -> Self {
        let free = Free {
            connections: Vec::new(),
            room: size,
        };
        Self {
            path: path.to_owned(),
            cache_kib,
            free: Mutex::new(free),
            returned: Condvar::new(),
        }
    }

    /// Runs `work` with a connection, in one transaction that ends with it.
    pub(crate) fn read<T>(
        &self,
        lens: &dyn Lens,
        work: impl FnOnce(&Reading<'_>) -> Result<T, IndexError>,
    ) -> Result<T, IndexError> {
        let connection = self.take()?;
        let lease = Lease {
            pool: self,
            connection: Some(connection),
        };
        let Some(connection) = &lease.connection else {
            return Err(IndexError::Busy);
        };
        connection
            .execute_batch("BEGIN")
            .during("beginning to read")?;
        let result = work(&Reading { connection, lens });
        // Nothing was written: ending a reading transaction loses nothing, whatever the result.
        connection
            .execute_batch("ROLLBACK")
            .during("ending to read")?;
        result
    }

    fn take(&self) -> Result<Connection, IndexError> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = free.connections.pop() {
                return Ok(connection);
            }
            if free.room > 0 {
                free.room -= 1;
                drop(free);
                return open_reader(&self.path, self.cache_kib).inspect_err(|_| self.give(None));
            }
            let wait = Duration::from_millis(READER_WAIT_MS);
            let (next, timeout) = self
                .returned
                .wait_timeout(free, wait)
                .unwrap_or_else(PoisonError::into_inner);
            free = next;
            if timeout.timed_out() && free.connections.is_empty() && free.room == 0 {
                return Err(IndexError::Busy);
            }
        }
    }

    /// Takes a connection back; `None` for one that was dropped, which makes room for another.
    fn give(&self, connection: Option<Connection>) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        match connection {
            Some(connection) => free.connections.push(connection),
            None => free.room += 1,
        }
        self.returned.notify_one();
    }
}

/// A connection on loan; it comes back whatever happens. One with an open transaction is not used again.
struct Lease<'p> {
    pool: &'p Pool,
    connection: Option<Connection>,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let connection = self.connection.take().filter(Connection::is_autocommit);
        self.pool.give(connection);
    }
}

/// A transaction that reads: everything in it is as of one height.
pub(crate) struct Reading<'c> {
    connection: &'c Connection,
    lens: &'c dyn Lens,
}

impl<'c> Reading<'c> {
    /// The connection.
    pub(crate) const fn connection(&self) -> &'c Connection {
        self.connection
    }

    /// What identifiers and codes mean.
    pub(crate) const fn lens(&self) -> &'c dyn Lens {
        self.lens
    }

    /// A prepared statement.
    pub(crate) fn prepare(&self, sql: &str) -> Result<CachedStatement<'c>, IndexError> {
        self.connection
            .prepare_cached(sql)
            .during("preparing a statement")
    }

    /// The last block indexed and its time.
    pub(crate) fn tip(&self) -> Result<Option<(Height, TimeMs)>, IndexError> {
        self.prepare("SELECT height, time FROM blocks ORDER BY height DESC LIMIT 1")?
            .query_row([], |row| {
                Ok((
                    Height(row.get::<_, i64>(0)?.cast_unsigned()),
                    TimeMs(row.get(1)?),
                ))
            })
            .optional()
            .during("reading the last block")
    }
}
