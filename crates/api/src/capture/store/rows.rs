//! Rows of the store and what they mean. The numbers are part of the file format.

use pangolin_epcis::read::Mode;
use pangolin_ledger::id::{EventId, PartyId, TxId};
use rusqlite::{Row, Transaction, params, types::Type};

use crate::{
    capture::job::{
        Behaviour, Counts, EventResult, EventState, Job, JobId, Open, Order, Phase, Rejection,
    },
    own::Placement,
};

pub(super) const CAPTURED: i64 = 0;
pub(super) const KNOWN: i64 = 1;
pub(super) const PARKED: i64 = 2;
pub(super) const REJECTED: i64 = 3;

/// The columns of [`job_row`], in order.
pub(super) const JOB_COLUMNS: &str = "no, id, party, asked, behaviour, strict, created, finished, phase, bytes, sha256, \
                                      events, captured, known, parked, rejected, document, committed, \
                                      (SELECT max(height) FROM results WHERE job = no AND state = 3 AND tx IS NOT NULL)";

/// The column that counts results of a state.
pub(super) const fn counter(state: i64) -> &'static str {
    match state {
        CAPTURED => "captured",
        KNOWN => "known",
        PARKED => "parked",
        _ => "rejected",
    }
}

pub(super) const fn state_number(state: &EventState) -> i64 {
    match state {
        EventState::Captured { .. } => CAPTURED,
        EventState::Known { .. } => KNOWN,
        EventState::Parked { .. } => PARKED,
        EventState::Rejected(_) => REJECTED,
    }
}

fn bad(column: usize, what: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, what.into())
}

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::cast_unsigned)
}

pub(super) fn job_row(row: &Row<'_>) -> rusqlite::Result<Job> {
    let behaviour = |column| -> rusqlite::Result<Option<Behaviour>> {
        let text: Option<String> = row.get(column)?;
        text.map(|text| Behaviour::parse(&text).ok_or_else(|| bad(column, "behaviour")))
            .transpose()
    };
    let id: String = row.get(1)?;
    let party: Vec<u8> = row.get(2)?;
    let order = Order {
        party: PartyId::new(party).map_err(|_| bad(2, "party"))?,
        behaviour: behaviour(3)?,
        mode: if row.get::<_, bool>(5)? {
            Mode::Strict
        } else {
            Mode::Lenient
        },
        placement: if row.get::<_, bool>(17)? {
            Placement::Committed
        } else {
            Placement::Full
        },
    };
    Ok(Job {
        no: row.get(0)?,
        id: JobId::parse(&id).ok_or_else(|| bad(1, "job id"))?,
        order,
        created_ms: row.get(6)?,
        finished_ms: row.get(7)?,
        phase: match row.get::<_, i64>(8)? {
            0 => Phase::Waiting,
            1 => Phase::Running,
            _ => Phase::Finished,
        },
        behaviour: behaviour(4)?.ok_or_else(|| bad(4, "behaviour"))?,
        bytes: unsigned(row, 9)?,
        sha256: row.get(10)?,
        events: row.get::<_, Option<i64>>(11)?.map(i64::cast_unsigned),
        counts: Counts {
            captured: unsigned(row, 12)?,
            known: unsigned(row, 13)?,
            parked: unsigned(row, 14)?,
            rejected: unsigned(row, 15)?,
            document: unsigned(row, 16)?,
        },
        open_until: row.get::<_, Option<i64>>(18)?.map(i64::cast_unsigned),
    })
}

pub(super) fn put_result(
    tx: &Transaction<'_>,
    job: i64,
    result: &EventResult,
) -> rusqlite::Result<()> {
    let (id, height, deadline, detail) = match &result.state {
        EventState::Captured { tx, height } => (Some(tx), Some(*height), None, None),
        EventState::Known { height } => (None, Some(*height), None, None),
        EventState::Parked {
            tx,
            height,
            missing,
            deadline_ms,
        } => (
            Some(tx),
            Some(*height),
            Some(*deadline_ms),
            Some(missing.clone()),
        ),
        // of an open refusal: the transaction, and the last block that may take it
        EventState::Rejected(rejection) => (
            rejection.open.as_ref().map(|open| &open.tx),
            rejection.open.map(|open| open.until),
            None,
            Some(serde_json::to_string(rejection).unwrap_or_default()),
        ),
    };
    let mut statement = tx.prepare_cached(
        "INSERT OR REPLACE INTO results (job, event, id, state, tx, height, deadline, detail)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    statement.execute(params![
        job,
        result.index.cast_signed(),
        result.id.map(|id| id.0),
        state_number(&result.state),
        id.map(|tx| tx.0),
        height.map(u64::cast_signed),
        deadline,
        detail
    ])?;
    Ok(())
}

pub(super) fn result_row(row: &Row<'_>) -> rusqlite::Result<EventResult> {
    let id: Option<[u8; 32]> = row.get(1)?;
    let tx = || row.get::<_, [u8; 32]>(3).map(TxId);
    let height = || unsigned(row, 4);
    let state = match row.get::<_, i64>(2)? {
        CAPTURED => EventState::Captured {
            tx: tx()?,
            height: height()?,
        },
        KNOWN => EventState::Known { height: height()? },
        PARKED => EventState::Parked {
            tx: tx()?,
            height: height()?,
            missing: row.get(6)?,
            deadline_ms: row.get(5)?,
        },
        _ => {
            let text: String = row.get(6)?;
            let mut rejection: Rejection =
                serde_json::from_str(&text).map_err(|_| bad(6, "rejection"))?;
            let tx: Option<[u8; 32]> = row.get(3)?;
            rejection.open = match tx.map(TxId) {
                Some(tx) => Some(Open {
                    tx,
                    until: height()?,
                }),
                None => None,
            };
            EventState::Rejected(Box::new(rejection))
        }
    };
    Ok(EventResult {
        index: unsigned(row, 0)?,
        id: id.map(EventId),
        state,
    })
}
