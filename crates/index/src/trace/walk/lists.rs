//! Lists of objects and of events, as the index keeps them.

use std::collections::BTreeSet;

use rusqlite::OptionalExtension as _;

use crate::{
    error::{During as _, IndexError, damaged},
    query::{Field, stored},
    read::history,
    store::{
        Reading,
        bits::{numbers, take_runs, take_varint},
        object::{ObjectRole, does},
    },
};

/// The objects that an event lists in a role, ascending, at most `max`.
pub(super) fn lists(
    reading: &Reading<'_>,
    event: i64,
    role: ObjectRole,
    max: usize,
) -> Result<Vec<i64>, IndexError> {
    let mut statement = reading.prepare("SELECT lists FROM bodies WHERE event = ?1")?;
    let mut rows = statement
        .query([event])
        .during("reading the objects of an event")?;
    let Some(row) = rows.next().during("reading the objects of an event")? else {
        return Ok(Vec::new());
    };
    let mut bytes = row
        .get_ref(0)
        .and_then(|value| Ok(value.as_blob()?))
        .during("reading the objects of an event")?;
    let wrong = || damaged(format!("the objects of event {event} are malformed"));
    while !bytes.is_empty() {
        let number = take_varint(&mut bytes).ok_or_else(wrong)?;
        let len = take_varint(&mut bytes)
            .and_then(|len| usize::try_from(len).ok())
            .ok_or_else(wrong)?;
        let (runs, rest) = bytes.split_at_checked(len).ok_or_else(wrong)?;
        if number == role.number().cast_unsigned() {
            return take_runs(runs, max).ok_or_else(wrong);
        }
        bytes = rest;
    }
    Ok(Vec::new())
}

/// The events that made a quantity of a class or lot, or used it up, ascending.
pub(super) fn stock_events(
    reading: &Reading<'_>,
    uri: &str,
    made: bool,
    max: usize,
) -> Result<Vec<i64>, IndexError> {
    let fields = if made {
        [Field::OutputClass, Field::EpcClass]
    } else {
        [Field::InputClass, Field::EpcClass]
    };
    let mut found = BTreeSet::new();
    for field in fields {
        let term: Option<i64> = reading
            .prepare("SELECT id FROM terms WHERE kind = ?1 AND value = ?2")?
            .query_row(
                rusqlite::params![field.number(), stored(uri.to_owned())],
                |row| row.get(0),
            )
            .optional()
            .during("looking up a term")?;
        let Some(term) = term else { continue };
        let mut statement = reading
            .prepare("SELECT bucket, bits FROM term_events WHERE term = ?1 ORDER BY bucket")?;
        let mut rows = statement.query([term]).during("reading a bitmap")?;
        while let Some(row) = rows.next().during("reading a bitmap")? {
            for no in numbers(
                row.get(0).during("reading a bitmap")?,
                row.get(1).during("reading a bitmap")?,
            ) {
                let fact = history::fact(reading, no)?;
                let wanted = if made {
                    does::CREATE | does::TRANSFORM
                } else {
                    does::TRANSFORM | does::TERMINATE
                };
                if fact.has(wanted) {
                    found.insert(no);
                }
            }
            if found.len() >= max {
                break;
            }
        }
    }
    Ok(found.into_iter().take(max).collect())
}
