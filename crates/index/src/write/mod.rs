//! The writer: a block becomes rows, in one transaction.
//!
//! For each transaction in order: its row; for each of its events the row, the full event as carried, the objects it names,
//! the values it can be found by, and, if it was applied, what its plan does to the objects; then the effects of its receipt
//! in order. Objects are read once at the beginning of the block and written once at its end.
//!
//! **Invariant**: where objects are follows from blocks and receipts alone. The writer repeats what the plans mean (`steps`,
//! `undo`) for what the receipts say was applied; it judges nothing.

mod batch;
mod dictionary;
mod effects;
mod event;
mod facts;
mod governance;
mod orders;
mod slots;
mod steps;
mod stock;
mod undo;

use std::sync::Arc;

use pangolin_ledger::{
    id::Height,
    report::Receipt,
    tx::{Body, SignedTransaction},
};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{
    block::{Applied, GenesisParty, IndexBlock},
    error::{During as _, IndexError},
    lens::{Lens, canonical},
    store::Config,
};

use batch::Batch;
pub(crate) use batch::unpack_profile;
use dictionary::Dictionary;
pub use event::EventState;
pub(crate) use event::kind_from;
pub(crate) use facts::nanoseconds;

/// The one that writes.
pub(crate) struct Writer {
    connection: Connection,
    lens: Arc<dyn Lens>,
    dictionary: Dictionary,
    first: Height,
    verify: bool,
}

impl Writer {
    pub(crate) fn new(
        connection: Connection,
        lens: Arc<dyn Lens>,
        config: &Config,
    ) -> Result<Self, IndexError> {
        let writer = Self {
            connection,
            lens,
            dictionary: Dictionary::default(),
            first: config.first,
            verify: config.verify_payloads,
        };
        last_block(&writer.connection)?;
        Ok(writer)
    }

    pub(crate) fn apply(&mut self, block: &IndexBlock) -> Result<Applied, IndexError> {
        if let Some(applied) = self.place(block)? {
            return Ok(applied);
        }
        let result = self.write(block);
        if result.is_err() {
            // What was rolled back may be in the caches.
            self.dictionary = Dictionary::default();
        }
        result.map(|()| Applied::Now)
    }

    /// Whether the block was indexed before; an error if it is neither that nor the next one.
    fn place(&self, block: &IndexBlock) -> Result<Option<Applied>, IndexError> {
        let expected = last_block(&self.connection)?.map_or(self.first, |last| Height(last.0 + 1));
        if block.height == expected {
            return Ok(None);
        }
        if block.height > expected {
            return Err(IndexError::Gap {
                expected,
                found: block.height,
            });
        }
        let known: Option<Vec<u8>> = self
            .connection
            .query_row(
                "SELECT digest FROM blocks WHERE height = ?1",
                [height(block.height)],
                |row| row.get(0),
            )
            .optional()
            .during("looking up a block")?;
        match known {
            Some(digest) if digest != block.digest.0 => Err(IndexError::OtherChain {
                height: block.height,
            }),
            _ => Ok(Some(Applied::Before)),
        }
    }

    fn write(&mut self, block: &IndexBlock) -> Result<(), IndexError> {
        let Self {
            connection,
            lens,
            dictionary,
            verify,
            ..
        } = self;
        let tx = connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .during("beginning a block")?;
        let mut batch = Batch::begin(&tx, lens.as_ref(), dictionary, *verify, block)?;
        batch.effects(&block.effects.begin.effects, None)?;
        for (place, (signed, receipt)) in block.transactions.iter().enumerate() {
            transaction(&mut batch, place, signed, receipt)?;
        }
        batch.effects(&block.effects.end.effects, None)?;
        batch.finish(block)?;
        tx.commit().during("committing a block")
    }

    pub(crate) fn genesis(&mut self, parties: &[GenesisParty]) -> Result<(), IndexError> {
        let tx = self.connection.transaction().during("beginning genesis")?;
        for GenesisParty { party, name } in parties {
            tx.prepare_cached(
                "INSERT INTO parties (key, name, admitted) VALUES (?1, ?2, 0)
                 ON CONFLICT (key) DO UPDATE SET name = excluded.name, admitted = 0 WHERE admitted IS NULL",
            )
            .and_then(|mut statement| statement.execute(params![party.as_bytes(), name]))
            .during("inserting a party")?;
        }
        tx.commit().during("committing genesis")
    }

    pub(crate) fn put_places(&mut self, pairs: &[(String, String)]) -> Result<(), IndexError> {
        let tx = self.connection.transaction().during("beginning places")?;
        for (place, parent) in pairs {
            tx.prepare_cached("INSERT OR IGNORE INTO places (place, parent) VALUES (?1, ?2)")
                .and_then(|mut statement| statement.execute([canonical(place), canonical(parent)]))
                .during("inserting a place")?;
        }
        tx.commit().during("committing places")
    }

    /// Carries the log over into the file.
    pub(crate) fn settle(&mut self) -> Result<(), IndexError> {
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .during("carrying over the log")
    }
}

fn last_block(connection: &Connection) -> Result<Option<Height>, IndexError> {
    let last: Option<i64> = connection
        .query_row("SELECT max(height) FROM blocks", [], |row| row.get(0))
        .during("reading the last block")?;
    Ok(last.map(|last| Height(last.cast_unsigned())))
}

/// A height as the file has it.
pub(crate) fn height(height: Height) -> i64 {
    i64::try_from(height.0).unwrap_or(i64::MAX)
}

/// The first eight bytes of a digest, by which it is looked up.
pub(crate) fn first8(digest: &[u8; 32]) -> i64 {
    digest
        .first_chunk()
        .map_or(0, |head| i64::from_be_bytes(*head))
}

fn transaction(
    batch: &mut Batch<'_>,
    place: usize,
    signed: &SignedTransaction,
    receipt: &Receipt,
) -> Result<(), IndexError> {
    if receipt.tx != signed.id() {
        return Err(batch.inconsistent(format!(
            "receipt {place} is of transaction {}, not {}",
            receipt.tx,
            signed.id()
        )));
    }
    let number = batch.transaction(place, signed)?;
    match &signed.tx().body {
        Body::Events(list) => {
            if list.len() != receipt.events.len() {
                let message = format!(
                    "transaction {place} has {} events and {} receipts",
                    list.len(),
                    receipt.events.len()
                );
                return Err(batch.inconsistent(message));
            }
            for (at, (event, outcome)) in list.iter().zip(&receipt.events).enumerate() {
                batch.event(signed, number, at, event, &outcome.outcome)?;
            }
        }
        Body::Order(body) => batch.order(signed, body)?,
        Body::Governance(body) => batch.governance(body, &receipt.effects)?,
        Body::Correction(body) => batch.correction(signed, number, body, &receipt.effects)?,
        // written by its effects
        Body::Delivery(_) | Body::Validator(_) | Body::Report(_) => {}
    }
    batch.effects(&receipt.effects, Some(&signed.tx().issuer))
}
