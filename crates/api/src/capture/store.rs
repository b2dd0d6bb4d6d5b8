//! Jobs and their results, in one embedded database.
//!
//! **Invariant**: a job row exists only while its document is on disk or it has finished. What is acknowledged, and the end of a
//! job, are synced before they are relied upon; what lies between is made again from the document.

mod rows;
#[cfg(test)]
mod tests;

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use pangolin_ledger::id::{PartyId, TxId};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use thiserror::Error;

use self::rows::{JOB_COLUMNS, job_row, result_row};
use super::{
    job::{Behaviour, Counts, EventResult, Job, JobId, Open, Order, Phase, Rejection},
    spool::Document,
};
use crate::{
    limits::{MAX_JOB_ERRORS, MAX_JOB_RESULTS},
    own::Placement,
    wire::defect::Defect,
};

/// The store of jobs failed. The node must not go on acknowledging.
#[derive(Debug, Clone, Error)]
#[error("{what} failed in the store of jobs: {source}")]
pub struct StoreError {
    what: &'static str,
    #[source]
    source: Arc<rusqlite::Error>,
}

fn during(what: &'static str) -> impl FnOnce(rusqlite::Error) -> StoreError {
    move |source| StoreError {
        what,
        source: Arc::new(source),
    }
}

type Result<T> = std::result::Result<T, StoreError>;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS jobs (
    no INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, party BLOB NOT NULL,
    asked TEXT, behaviour TEXT NOT NULL, strict INTEGER NOT NULL, created INTEGER NOT NULL, finished INTEGER,
    phase INTEGER NOT NULL, bytes INTEGER NOT NULL, sha256 BLOB NOT NULL, events INTEGER,
    captured INTEGER NOT NULL DEFAULT 0, known INTEGER NOT NULL DEFAULT 0, parked INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0, document INTEGER NOT NULL DEFAULT 0, defects TEXT,
    committed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS jobs_open ON jobs (party, no) WHERE phase < 2;
CREATE INDEX IF NOT EXISTS jobs_party ON jobs (party, no);
CREATE INDEX IF NOT EXISTS jobs_finished ON jobs (finished) WHERE finished IS NOT NULL;
CREATE TABLE IF NOT EXISTS results (
    job INTEGER NOT NULL REFERENCES jobs (no) ON DELETE CASCADE, event INTEGER NOT NULL, id BLOB, state INTEGER NOT NULL,
    tx BLOB, height INTEGER, deadline INTEGER, detail TEXT, PRIMARY KEY (job, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS results_state ON results (job, state, event);
CREATE INDEX IF NOT EXISTS results_open ON results (job, height, tx) WHERE state = 3 AND tx IS NOT NULL;
CREATE INDEX IF NOT EXISTS results_due ON results (height, job, tx) WHERE state = 3 AND tx IS NOT NULL;
CREATE TABLE IF NOT EXISTS failures (
    job INTEGER NOT NULL REFERENCES jobs (no) ON DELETE CASCADE, no INTEGER NOT NULL, detail TEXT NOT NULL,
    PRIMARY KEY (job, no)
) STRICT, WITHOUT ROWID;
";

/// Adds what files of earlier versions lack.
fn complete(connection: &Connection) -> rusqlite::Result<()> {
    let sql = "SELECT count(*) FROM pragma_table_info('jobs') WHERE name = 'committed'";
    if connection.query_row(sql, [], |row| row.get::<_, i64>(0))? == 0 {
        let sql = "ALTER TABLE jobs ADD COLUMN committed INTEGER NOT NULL DEFAULT 0";
        connection.execute_batch(sql)?;
    }
    Ok(())
}

/// The store of jobs.
pub struct JobStore(Mutex<Connection>);

impl JobStore {
    /// Opens the file, creates it if need be. Jobs that were running wait again.
    pub fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path).map_err(during("opening"))?;
        for (pragma, value) in [
            ("journal_mode", "WAL"),
            ("synchronous", "NORMAL"),
            ("foreign_keys", "ON"),
        ] {
            connection
                .pragma_update(None, pragma, value)
                .map_err(during("setting up"))?;
        }
        connection
            .execute_batch(SCHEMA)
            .map_err(during("creating the tables"))?;
        complete(&connection).map_err(during("completing the tables"))?;
        connection
            .execute("UPDATE jobs SET phase = 0 WHERE phase = 1", [])
            .map_err(during("taking up jobs"))?;
        Ok(Self(Mutex::new(connection)))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what must survive a loss of power, with all that was written before: the log is synced in its order. Everything
    /// else is made again from the document when it is lost.
    fn durably(&self, sql: &str, values: impl rusqlite::Params) -> Result<i64> {
        let connection = self.connection();
        let sync = |level| {
            connection
                .pragma_update(None, "synchronous", level)
                .map_err(during("setting up"))
        };
        sync("FULL")?;
        let written = connection
            .execute(sql, values)
            .map_err(during("writing a job"));
        sync("NORMAL")?;
        written.map(|_| connection.last_insert_rowid())
    }

    /// Writes a job whose document is on disk.
    pub fn create(
        &self,
        id: JobId,
        order: &Order,
        document: &Document,
        now_ms: i64,
    ) -> Result<Job> {
        let behaviour = order.behaviour.unwrap_or(Behaviour::Rollback);
        let strict = order.mode == pangolin_epcis::read::Mode::Strict;
        let no = self.durably(
            "INSERT INTO jobs (id, party, asked, behaviour, strict, created, phase, bytes, sha256, committed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8, ?9)",
            params![
                id.to_string(),
                order.party.as_bytes(),
                order.behaviour.map(Behaviour::as_str),
                behaviour.as_str(),
                strict,
                now_ms,
                i64::try_from(document.bytes).unwrap_or(i64::MAX),
                document.sha256,
                order.placement == Placement::Committed
            ],
        )?;
        Ok(Job {
            no,
            id,
            order: order.clone(),
            created_ms: now_ms,
            finished_ms: None,
            phase: Phase::Waiting,
            behaviour,
            bytes: document.bytes,
            sha256: document.sha256,
            events: None,
            counts: Counts::default(),
            open_until: None,
        })
    }

    /// A job.
    pub fn job(&self, id: &JobId) -> Result<Option<Job>> {
        let sql = format!("SELECT {JOB_COLUMNS} FROM jobs WHERE id = ?1");
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(&sql)
            .map_err(during("reading a job"))?;
        statement
            .query_row([id.to_string()], job_row)
            .optional()
            .map_err(during("reading a job"))
    }

    /// Jobs before `before` in the order of arrival, latest first; of one party, or of all.
    pub fn jobs(
        &self,
        party: Option<&PartyId>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Job>> {
        let sql = format!(
            "SELECT {JOB_COLUMNS} FROM jobs WHERE no < ?1 AND (?2 IS NULL OR party = ?2) ORDER BY no DESC LIMIT ?3"
        );
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(&sql)
            .map_err(during("listing jobs"))?;
        let rows = statement
            .query_map(
                params![
                    before.unwrap_or(i64::MAX),
                    party.map(PartyId::as_bytes),
                    limit
                ],
                job_row,
            )
            .map_err(during("listing jobs"))?;
        rows.collect::<rusqlite::Result<_>>()
            .map_err(during("listing jobs"))
    }

    /// Jobs that wait, oldest first.
    pub fn waiting(&self, limit: usize) -> Result<Vec<Job>> {
        let sql = format!("SELECT {JOB_COLUMNS} FROM jobs WHERE phase = 0 ORDER BY no LIMIT ?1");
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(&sql)
            .map_err(during("listing waiting jobs"))?;
        let rows = statement
            .query_map([i64::try_from(limit).unwrap_or(i64::MAX)], job_row)
            .map_err(during("listing waiting jobs"))?;
        rows.collect::<rusqlite::Result<_>>()
            .map_err(during("listing waiting jobs"))
    }

    /// Jobs of a party that wait or run.
    pub fn open_jobs(&self, party: &PartyId) -> Result<usize> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached("SELECT count(*) FROM jobs WHERE party = ?1 AND phase < 2")
            .map_err(during("counting jobs"))?;
        let count: i64 = statement
            .query_row([party.as_bytes()], |row| row.get(0))
            .map_err(during("counting jobs"))?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// Says that a job is being worked on, and that what an earlier life of the node refused of it is judged anew. False, and nothing
    /// is changed: it does not wait any more.
    #[must_use = "a job that does not wait any more must not be worked on"]
    pub fn start(&self, no: i64) -> Result<bool> {
        let sql = "UPDATE jobs SET phase = 1 WHERE no = ?1 AND phase = 0";
        let started = self
            .connection()
            .execute(sql, params![no])
            .map_err(during("starting a job"))?;
        if started == 0 {
            return Ok(false);
        }
        self.forget_errors(no)?;
        Ok(true)
    }

    /// Says what a survey found.
    pub fn surveyed(&self, no: i64, events: u64, defects: &[Defect]) -> Result<()> {
        let events = i64::try_from(events).unwrap_or(i64::MAX);
        let defects = serde_json::to_string(defects).unwrap_or_default();
        self.update(
            "UPDATE jobs SET events = ?2, defects = ?3 WHERE no = ?1",
            params![no, events, defects],
        )
    }

    /// Every defect that a survey found.
    pub fn defects_of(&self, no: i64) -> Result<Vec<Defect>> {
        let connection = self.connection();
        let text: Option<String> = connection
            .query_row("SELECT defects FROM jobs WHERE no = ?1", [no], |row| {
                row.get(0)
            })
            .optional()
            .map_err(during("reading defects"))?
            .flatten();
        Ok(text
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default())
    }

    /// Says which behaviour is in force.
    pub fn behave(&self, no: i64, behaviour: Behaviour) -> Result<()> {
        self.update(
            "UPDATE jobs SET behaviour = ?2 WHERE no = ?1",
            params![no, behaviour.as_str()],
        )
    }

    fn update(&self, sql: &str, values: impl rusqlite::Params) -> Result<()> {
        let connection = self.connection();
        connection
            .execute(sql, values)
            .map_err(during("writing a job"))?;
        Ok(())
    }

    /// Keeps what became of events. An event that has a result keeps the later one.
    pub fn results(&self, no: i64, results: &[EventResult]) -> Result<()> {
        let mut connection = self.connection();
        let tx = connection
            .transaction()
            .map_err(during("writing results"))?;
        for result in results {
            write_result(&tx, no, result)?;
        }
        tx.commit().map_err(during("committing results"))
    }

    /// Open refusals, those that end first before others.
    pub fn open_refusals(&self, limit: usize) -> Result<Vec<OpenRefusal>> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(
                "SELECT DISTINCT height, job, tx FROM results WHERE state = 3 AND tx IS NOT NULL
                 ORDER BY height, job, tx LIMIT ?1",
            )
            .map_err(during("listing refusals"))?;
        let rows = statement
            .query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
                Ok(OpenRefusal {
                    job: row.get(1)?,
                    open: Open {
                        until: row.get::<_, i64>(0)?.cast_unsigned(),
                        tx: TxId(row.get(2)?),
                    },
                })
            })
            .map_err(during("listing refusals"))?;
        rows.collect::<rusqlite::Result<_>>()
            .map_err(during("listing refusals"))
    }

    /// The events of a job that an open refusal is about.
    pub fn refused(&self, refusal: &OpenRefusal) -> Result<Vec<EventResult>> {
        refused(&self.connection(), refusal)
    }

    /// Ends an open refusal: what became of events of it after all, if anything; the others are refused for good. All of it at once, and
    /// nothing of events of which something else is known by then. The job, if it is there.
    pub fn settle(&self, refusal: &OpenRefusal, done: &[EventResult]) -> Result<Option<JobId>> {
        let mut connection = self.connection();
        let tx = connection
            .transaction()
            .map_err(during("ending a refusal"))?;
        let open = refused(&tx, refusal)?;
        for result in done {
            if open.iter().any(|open| open.index == result.index) {
                write_result(&tx, refusal.job, result)?;
            }
        }
        tx.execute(
            "UPDATE results INDEXED BY results_open SET tx = NULL, height = NULL WHERE job = ?1 AND height = ?2 AND tx = ?3 AND state = 3",
            of(refusal),
        )
        .map_err(during("ending a refusal"))?;
        let id: Option<String> = tx
            .query_row("SELECT id FROM jobs WHERE no = ?1", [refusal.job], |row| {
                row.get(0)
            })
            .optional()
            .map_err(during("reading a job"))?;
        tx.commit().map_err(during("ending a refusal"))?;
        Ok(id.and_then(|id| JobId::parse(&id)))
    }

    /// Keeps errors of the document as a whole.
    pub fn failures(&self, no: i64, failures: &[Rejection]) -> Result<()> {
        let mut connection = self.connection();
        let tx = connection
            .transaction()
            .map_err(during("writing failures"))?;
        for failure in failures {
            let detail = serde_json::to_string(failure).unwrap_or_default();
            tx.execute(
                "INSERT INTO failures (job, no, detail)
                 SELECT ?1, count(*), ?2 FROM failures WHERE job = ?1 HAVING count(*) < ?3",
                params![
                    no,
                    detail,
                    i64::try_from(MAX_JOB_ERRORS).unwrap_or(i64::MAX)
                ],
            )
            .map_err(during("writing a failure"))?;
            tx.execute(
                "UPDATE jobs SET document = document + 1 WHERE no = ?1",
                [no],
            )
            .map_err(during("counting failures"))?;
        }
        tx.commit().map_err(during("committing failures"))
    }

    /// Finishes a job. Its document may be removed after this.
    pub fn finish(&self, no: i64, now_ms: i64) -> Result<()> {
        self.durably(
            "UPDATE jobs SET phase = 2, finished = ?2 WHERE no = ?1",
            params![no, now_ms],
        )
        .map(|_| ())
    }

    /// Results of a job from event `from` on; only rejected ones, only parked ones, or all.
    pub fn page(
        &self,
        no: i64,
        only: Option<Only>,
        from: u64,
        limit: usize,
    ) -> Result<Vec<EventResult>> {
        let connection = self.connection();
        let sql = "SELECT event, id, state, tx, height, deadline, detail FROM results
                   WHERE job = ?1 AND event >= ?2 AND (?3 IS NULL OR state = ?3) ORDER BY event LIMIT ?4";
        let mut statement = connection
            .prepare_cached(sql)
            .map_err(during("reading results"))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let values = params![
            no,
            i64::try_from(from).unwrap_or(i64::MAX),
            only.map(Only::number),
            limit
        ];
        let rows = statement
            .query_map(values, result_row)
            .map_err(during("reading results"))?;
        rows.collect::<rusqlite::Result<_>>()
            .map_err(during("reading results"))
    }

    /// Indices of events that need no further work.
    pub fn done(&self, no: i64) -> Result<Vec<u64>> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached("SELECT event FROM results WHERE job = ?1 AND state < 3 ORDER BY event")
            .map_err(during("reading results"))?;
        let rows = statement
            .query_map([no], |row| row.get::<_, i64>(0))
            .map_err(during("reading results"))?;
        let rows = rows
            .collect::<rusqlite::Result<Vec<_>>>()
            .map_err(during("reading results"))?;
        Ok(rows.into_iter().map(i64::cast_unsigned).collect())
    }

    /// Forgets what an earlier run of a job found to be wrong: it is looked at again.
    pub fn forget_errors(&self, no: i64) -> Result<()> {
        self.update(
            "DELETE FROM results WHERE job = ?1 AND state = 3",
            params![no],
        )?;
        self.update("DELETE FROM failures WHERE job = ?1", params![no])?;
        self.update(
            "UPDATE jobs SET rejected = 0, document = 0 WHERE no = ?1",
            params![no],
        )
    }

    /// Errors of the document as a whole.
    pub fn failures_of(&self, no: i64, limit: usize) -> Result<Vec<Rejection>> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached("SELECT detail FROM failures WHERE job = ?1 ORDER BY no LIMIT ?2")
            .map_err(during("reading failures"))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement
            .query_map(params![no, limit], |row| row.get::<_, String>(0))
            .map_err(during("reading failures"))?;
        let texts = rows
            .collect::<rusqlite::Result<Vec<_>>>()
            .map_err(during("reading failures"))?;
        Ok(texts
            .iter()
            .filter_map(|text| serde_json::from_str(text).ok())
            .collect())
    }

    /// Whether a job still needs its document.
    pub fn needs_document(&self, id: &JobId) -> Result<bool> {
        Ok(self
            .job(id)?
            .is_some_and(|job| job.phase != Phase::Finished))
    }

    /// Removes jobs that finished before `before_ms`; says how many.
    pub fn prune(&self, before_ms: i64) -> Result<usize> {
        let connection = self.connection();
        connection
            .execute("DELETE FROM jobs WHERE finished < ?1", [before_ms])
            .map_err(during("removing old jobs"))
    }
}

/// A transaction that was refused and may be taken after all, and the job that sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenRefusal {
    /// The job.
    pub job: i64,
    /// The transaction.
    pub open: Open,
}

fn of(refusal: &OpenRefusal) -> impl rusqlite::Params {
    let OpenRefusal { job, open } = *refusal;
    (job, open.until.cast_signed(), open.tx.0)
}

fn refused(connection: &Connection, refusal: &OpenRefusal) -> Result<Vec<EventResult>> {
    // a large job has more events than are refused
    let sql =
        "SELECT event, id, state, tx, height, deadline, detail FROM results INDEXED BY results_open
               WHERE job = ?1 AND height = ?2 AND tx = ?3 AND state = 3 ORDER BY event";
    let mut statement = connection
        .prepare_cached(sql)
        .map_err(during("reading a refusal"))?;
    let rows = statement
        .query_map(of(refusal), result_row)
        .map_err(during("reading a refusal"))?;
    rows.collect::<rusqlite::Result<_>>()
        .map_err(during("reading a refusal"))
}

/// Writes what became of an event, and counts it.
fn write_result(tx: &Transaction<'_>, no: i64, result: &EventResult) -> Result<()> {
    let before: Option<i64> = tx
        .prepare_cached("SELECT state FROM results WHERE job = ?1 AND event = ?2")
        .and_then(|mut s| {
            s.query_row(params![no, result.index.cast_signed()], |row| row.get(0))
                .optional()
        })
        .map_err(during("reading a result"))?;
    let state = rows::state_number(&result.state);
    let full = result.index >= MAX_JOB_RESULTS as u64;
    if !full {
        rows::put_result(tx, no, result).map_err(during("writing a result"))?;
    }
    let sql = match before {
        Some(before) if before == state => return Ok(()),
        Some(before) => format!(
            "UPDATE jobs SET {0} = {0} - 1, {1} = {1} + 1 WHERE no = ?1",
            rows::counter(before),
            rows::counter(state)
        ),
        None => format!(
            "UPDATE jobs SET {0} = {0} + 1 WHERE no = ?1",
            rows::counter(state)
        ),
    };
    tx.prepare_cached(&sql)
        .and_then(|mut s| s.execute([no]))
        .map_err(during("counting results"))?;
    Ok(())
}

/// Which results are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only {
    /// Parked events.
    Parked,
    /// Refused events.
    Rejected,
}

impl Only {
    const fn number(self) -> i64 {
        match self {
            Self::Parked => rows::PARKED,
            Self::Rejected => rows::REJECTED,
        }
    }
}
