//! The embedded index: one file, one writer, several readers.
//!
//! * The writer has one connection and applies a block in one transaction: after a crash a block is in the file as a whole or
//!   not at all. Blocks are counted by height, so a block that comes again changes nothing.
//! * Readers have connections of their own that cannot write. Each answer is read in one transaction, hence at one height.
//! * Memory is bounded: every connection has a page cache of a configured size, the writer's dictionaries have limits.
//! * The file holds nothing that the blocks do not: when it is lost or damaged, it is rebuilt.

pub(crate) mod bits;
pub(crate) mod object;
mod pool;
mod rebuild;
mod schema;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use pangolin_ledger::id::{Height, TimeMs};
use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::{
    block::{Applied, GenesisParty, IndexBlock},
    error::{During as _, IndexError},
    lens::Lens,
    limits::MAX_READERS,
    write::Writer,
};

pub(crate) use pool::{Pool, Reading};

/// How an index is kept.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file. Two more with endings of their own stand beside it while it is open.
    pub path: PathBuf,
    /// The first block: 1, or the block after the state that a late node started from.
    pub first: Height,
    /// Connections that read at the same time, at most [`MAX_READERS`].
    pub readers: usize,
    /// Page cache of the writer in KiB.
    pub writer_cache_kib: u32,
    /// Page cache of each reader in KiB.
    pub reader_cache_kib: u32,
    /// Hold every full event against its reduced event, and raise an alert where they differ. Costs about as much as
    /// everything else; unneeded where the validators do so before they vote.
    pub verify_payloads: bool,
}

impl Config {
    /// The defaults for a file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            first: Height(1),
            readers: 4,
            writer_cache_kib: 64 * 1024,
            reader_cache_kib: 16 * 1024,
            verify_payloads: false,
        }
    }
}

/// The embedded index.
pub struct SqliteIndex {
    config: Config,
    lens: Arc<dyn Lens>,
    writer: Mutex<Writer>,
    pool: Pool,
    token_key: Vec<u8>,
}

impl std::fmt::Debug for SqliteIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteIndex")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl SqliteIndex {
    /// Opens the file, or creates it; brings an older one to the present schema.
    pub fn open(config: Config, lens: Arc<dyn Lens>) -> Result<Self, IndexError> {
        let named = |error| name(error, &config.path);
        let mut connection = open_writer(&config).map_err(named)?;
        schema::migrate(&mut connection).map_err(named)?;
        let token_key = connection
            .query_row(
                "SELECT value FROM meta WHERE name = 'token-key'",
                [],
                |row| row.get(0),
            )
            .during("reading the token key")
            .map_err(named)?;
        let writer = Writer::new(connection, Arc::clone(&lens), &config).map_err(named)?;
        let pool = Pool::new(
            &config.path,
            config.readers.clamp(1, MAX_READERS),
            config.reader_cache_kib,
        );
        Ok(Self {
            config,
            lens,
            writer: Mutex::new(writer),
            pool,
            token_key,
        })
    }

    /// Indexes a block. A block that is indexed already changes nothing; a block that does not follow is refused.
    pub fn apply(&self, block: &IndexBlock) -> Result<Applied, IndexError> {
        self.writer()
            .apply(block)
            .map_err(|error| self.named(error))
    }

    /// Makes the parties known that are members from the beginning. Repeating it changes nothing.
    pub fn genesis(&self, parties: &[GenesisParty]) -> Result<(), IndexError> {
        self.writer()
            .genesis(parties)
            .map_err(|error| self.named(error))
    }

    /// States which places lie in which others: pairs of (place, place around it), as URIs in any notation.
    pub fn put_places(&self, pairs: &[(String, String)]) -> Result<(), IndexError> {
        self.writer()
            .put_places(pairs)
            .map_err(|error| self.named(error))
    }

    /// The last block indexed, and its time; `None` before the first.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method alone has one lifetime, the closure any"
    )]
    pub fn tip(&self) -> Result<Option<(Height, TimeMs)>, IndexError> {
        self.read(|reading| reading.tip())
    }

    /// The next block to apply.
    pub fn next(&self) -> Result<Height, IndexError> {
        Ok(self
            .tip()?
            .map_or(self.config.first, |(height, _)| Height(height.0 + 1)))
    }

    /// Looks through the whole file for damage: minutes for a large one.
    pub fn check(&self) -> Result<(), IndexError> {
        self.read(|reading| {
            let report: String = reading
                .connection()
                .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
                .during("checking the file")?;
            if report == "ok" {
                Ok(())
            } else {
                Err(crate::error::damaged(report))
            }
        })
    }

    /// What identifiers and codes mean.
    pub fn lens(&self) -> &Arc<dyn Lens> {
        &self.lens
    }

    /// The configuration.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn token_key(&self) -> &[u8] {
        &self.token_key
    }

    /// Runs `work` on a reader, in one transaction.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Reading<'_>) -> Result<T, IndexError>,
    ) -> Result<T, IndexError> {
        self.pool
            .read(self.lens.as_ref(), work)
            .map_err(|error| self.named(error))
    }

    /// The writer. A panic while it was in use left a transaction that was rolled back; its caches are dropped on error.
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn named(&self, error: IndexError) -> IndexError {
        name(error, &self.config.path)
    }
}

/// Puts the file into errors that concern it.
fn name(error: IndexError, path: &Path) -> IndexError {
    match error {
        IndexError::Corrupt { detail, .. } => IndexError::Corrupt {
            path: path.to_owned(),
            detail,
        },
        other => other,
    }
}

fn open_writer(config: &Config) -> Result<Connection, IndexError> {
    let connection = Connection::open(&config.path).during("opening the file")?;
    let application: i64 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .during("reading the mark of the file")?;
    let empty = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
            row.get::<_, i64>(0)
        })
        .during("reading the schema")?
        == 0;
    if application != schema::APPLICATION_ID && !empty {
        return Err(IndexError::NotAnIndex {
            path: config.path.clone(),
        });
    }
    // A crash may lose the last blocks, which are applied again; it cannot damage the file (SQLite, WAL).
    for (pragma, value) in [
        ("journal_mode", "WAL"),
        ("synchronous", "NORMAL"),
        ("temp_store", "MEMORY"),
    ] {
        connection
            .pragma_update(None, pragma, value)
            .during("setting up the file")?;
    }
    keep_plans(&connection)?;
    let cache = -i64::from(config.writer_cache_kib);
    connection
        .pragma_update(None, "cache_size", cache)
        .during("setting up the cache")?;
    connection
        .pragma_update(None, "wal_autocheckpoint", WAL_PAGES)
        .during("setting up the log")?;
    connection
        .pragma_update(None, "journal_size_limit", WAL_BYTES)
        .during("setting up the log")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Plans do not depend on bound values: otherwise each new value of a range prepares its statement anew.
fn keep_plans(connection: &Connection) -> Result<(), IndexError> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .during("setting up statements")
        .map(|_| ())
}

/// Pages in the log before they are carried over into the file.
const WAL_PAGES: i64 = 4_000;
/// Bytes of the log that stay allocated.
const WAL_BYTES: i64 = 64 * 1024 * 1024;
/// Prepared statements kept per connection.
const STATEMENTS: usize = 128;

/// A connection that cannot write.
fn open_reader(path: &Path, cache_kib: u32) -> Result<Connection, IndexError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let connection =
        Connection::open_with_flags(path, flags).during("opening the file for reading")?;
    connection
        .pragma_update(None, "cache_size", -i64::from(cache_kib))
        .during("setting up the cache")?;
    keep_plans(&connection)?;
    connection
        .pragma_update(None, "query_only", true)
        .during("setting up a reader")?;
    connection
        .busy_timeout(std::time::Duration::from_millis(
            crate::limits::READER_WAIT_MS,
        ))
        .during("setting up a reader")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}
