//! What proofs need and the chain itself does not keep: the receipts of each block and the lineage of provenance digests.
//!
//! Written before the node goes on to the next block, so that a killed node finds them again. Blocks that come
//! again after a restart replace what is there with the same. Where the file was lost, receipts and histories
//! of that time cannot be proven by this node; another one can.

mod walks;

use anyhow::{Context as _, Result};
use pangolin_chain::app::FinalBlock;
use pangolin_ledger::{Digest32, EventId, Receipt, TxId, Wire as _, machine::Link};
use rusqlite::{Connection, OptionalExtension as _, params};
use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS receipts (
        height INTEGER NOT NULL, place INTEGER NOT NULL, tx BLOB NOT NULL, receipt BLOB NOT NULL,
        PRIMARY KEY (height, place)) WITHOUT ROWID;
    CREATE UNIQUE INDEX IF NOT EXISTS receipts_by_tx ON receipts (tx);
    CREATE TABLE IF NOT EXISTS events (event BLOB PRIMARY KEY, tx BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS lineage (digest BLOB PRIMARY KEY, event BLOB NOT NULL, parents BLOB NOT NULL) WITHOUT ROWID;
";

/// The file of receipts and lineage.
pub(super) struct Evidence(Mutex<Connection>);

/// A receipt with its place in its block.
pub(super) struct Placed {
    pub(super) height: u64,
    pub(super) place: usize,
    pub(super) receipt: Receipt,
}

impl Evidence {
    /// Opens the file, or creates it.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let connection =
            Connection::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        connection
            .execute_batch(&[SCHEMA, walks::SCHEMA].concat())
            .with_context(|| format!("cannot prepare {}", path.display()))?;
        Ok(Self(Mutex::new(connection)))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what a final block did.
    pub(super) fn keep(&self, block: &FinalBlock) -> Result<()> {
        let nothing = block.receipts.is_empty() && block.effects.is_empty();
        if nothing && block.lineage.is_empty() {
            return Ok(());
        }
        let height = i64::try_from(block.block.header.height.get())?;
        let mut connection = self.lock();
        let write = connection
            .transaction()
            .context("cannot begin to write receipts")?;
        {
            let mut receipts =
                write.prepare_cached("INSERT OR REPLACE INTO receipts VALUES (?1, ?2, ?3, ?4)")?;
            let mut events =
                write.prepare_cached("INSERT OR REPLACE INTO events VALUES (?1, ?2)")?;
            let mut lineage =
                write.prepare_cached("INSERT OR IGNORE INTO lineage VALUES (?1, ?2, ?3)")?;
            for (place, (tx, receipt)) in block.receipts.iter().enumerate() {
                receipts.execute(params![
                    height,
                    i64::try_from(place)?,
                    tx.0.as_slice(),
                    receipt.to_bytes()
                ])?;
                for effect in &receipt.effects {
                    walks::keep(&write, height, effect)?;
                }
                for event in &receipt.events {
                    events.execute(params![event.id.0.as_slice(), tx.0.as_slice()])?;
                }
            }
            for effect in block.effects.iter().flat_map(|by| &by.effects) {
                walks::keep(&write, height, effect)?;
            }
            for link in block.lineage.iter() {
                let parents: Vec<u8> = link.parents.iter().flat_map(|parent| parent.0).collect();
                lineage.execute(params![
                    link.digest.0.as_slice(),
                    link.event.0.as_slice(),
                    parents
                ])?;
            }
        }
        write.commit().context("cannot write receipts")
    }

    /// The receipt of a transaction.
    pub(super) fn receipt(&self, tx: &TxId) -> Result<Option<Placed>> {
        let row: Option<(i64, i64, Vec<u8>)> = self
            .lock()
            .prepare_cached("SELECT height, place, receipt FROM receipts WHERE tx = ?1")?
            .query_row([tx.0.as_slice()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        row.map(|(height, place, bytes)| {
            let receipt = Receipt::from_bytes(&bytes).context("a kept receipt cannot be read")?;
            Ok(Placed {
                height: u64::try_from(height)?,
                place: usize::try_from(place)?,
                receipt,
            })
        })
        .transpose()
    }

    /// The transaction that last stated an event.
    pub(super) fn transaction_of(&self, event: &EventId) -> Result<Option<TxId>> {
        let tx: Option<[u8; 32]> = self
            .lock()
            .prepare_cached("SELECT tx FROM events WHERE event = ?1")?
            .query_row([event.0.as_slice()], |row| row.get(0))
            .optional()?;
        Ok(tx.map(TxId))
    }

    /// The receipts of a block as their bytes, in order.
    pub(super) fn of_block(&self, height: u64) -> Result<Vec<Vec<u8>>> {
        let connection = self.lock();
        let mut rows = connection
            .prepare_cached("SELECT receipt FROM receipts WHERE height = ?1 ORDER BY place")?;
        let receipts = rows
            .query_map([i64::try_from(height)?], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        Ok(receipts)
    }

    /// How a provenance digest came about.
    pub(super) fn link(&self, digest: &Digest32) -> Result<Option<Link>> {
        let row: Option<([u8; 32], Vec<u8>)> = self
            .lock()
            .prepare_cached("SELECT event, parents FROM lineage WHERE digest = ?1")?
            .query_row([digest.0.as_slice()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(row.map(|(event, parents)| Link {
            digest: *digest,
            parents: parents
                .as_chunks::<32>()
                .0
                .iter()
                .map(|parent| Digest32(*parent))
                .collect(),
            event: EventId(event),
        }))
    }
}
