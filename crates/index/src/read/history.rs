//! The history of one object: what was stated about it, and in which containers it was when.
//!
//! Only its own events name an object. What happened to it while it was in a container is in the history of the container; the
//! stays tell which part of that history is its own.

use std::collections::BTreeMap;

use pangolin_ledger::id::{ChainId, Height, TimeMs};
use rusqlite::{OptionalExtension as _, Row};

use crate::{
    error::{During as _, IndexError, damaged},
    query::candidates::object_postings,
    store::{
        Reading,
        object::{ObjectRole, does},
    },
    write::EventState,
};

/// An event as histories need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) no: i64,
    /// In which order it took effect; events that did not come last.
    pub(crate) applied: Option<i64>,
    pub(crate) time: i64,
    pub(crate) height: Height,
    pub(crate) state: EventState,
    pub(crate) does: i64,
    pub(crate) parent: Option<i64>,
    pub(crate) about: Option<i64>,
    pub(crate) issuer: i64,
    pub(crate) source: Option<i64>,
    pub(crate) destination: Option<i64>,
}

impl Fact {
    /// The columns of an event that [`Self::read`] expects.
    const COLUMNS: &str =
        "no, applied, time, height, state, does, parent, about, issuer, source, destination";

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let state: i64 = row.get(4)?;
        Ok(Self {
            no: row.get(0)?,
            applied: row.get(1)?,
            time: row.get(2)?,
            height: Height(row.get::<_, i64>(3)?.cast_unsigned()),
            state: EventState::from_number(state)
                .ok_or(rusqlite::Error::IntegralValueOutOfRange(4, state))?,
            does: row.get(5)?,
            parent: row.get(6)?,
            about: row.get(7)?,
            issuer: row.get(8)?,
            source: row.get(9)?,
            destination: row.get(10)?,
        })
    }

    /// When it happened.
    pub(crate) fn happened(&self) -> TimeMs {
        TimeMs(self.time.div_euclid(1_000_000))
    }

    /// Its place in the order of effects.
    fn order(&self) -> (i64, i64) {
        (self.applied.unwrap_or(i64::MAX), self.no)
    }

    pub(crate) const fn has(&self, bits: i64) -> bool {
        self.does & bits != 0
    }
}

/// An event by its number.
pub(crate) fn fact(reading: &Reading<'_>, no: i64) -> Result<Fact, IndexError> {
    reading
        .prepare(&format!(
            "SELECT {} FROM events WHERE no = ?1",
            Fact::COLUMNS
        ))?
        .query_row([no], Fact::read)
        .during("reading an event")
}

/// An event of an object, with what the object is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) fact: Fact,
    pub(crate) roles: Vec<ObjectRole>,
}

impl Entry {
    pub(crate) fn is(&self, role: ObjectRole) -> bool {
        self.roles.contains(&role)
    }
}

/// The events of an object in the order of their effects; those without effect last.
pub(crate) fn entries(reading: &Reading<'_>, object: i64) -> Result<Vec<Entry>, IndexError> {
    let mut roles: BTreeMap<i64, Vec<ObjectRole>> = BTreeMap::new();
    for (event, role) in object_postings(reading, object)? {
        roles.entry(event).or_default().push(role);
    }
    let mut entries = Vec::with_capacity(roles.len());
    for (no, roles) in roles {
        entries.push(Entry {
            fact: fact(reading, no)?,
            roles,
        });
    }
    entries.sort_by_key(|entry| entry.fact.order());
    Ok(entries)
}

/// A time in a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stay {
    pub(crate) container: i64,
    /// The event that put it in.
    pub(crate) from: Fact,
    /// The event after which it was no longer in; `None` while it is.
    pub(crate) until: Option<Fact>,
}

/// The chain that an object came from first, and the block in which it came.
pub(crate) fn arrival(
    reading: &Reading<'_>,
    object: i64,
) -> Result<Option<(ChainId, Height)>, IndexError> {
    let found: Option<(Vec<u8>, i64)> = reading
        .prepare("SELECT chain, height FROM arrivals WHERE object = ?1 ORDER BY height LIMIT 1")?
        .query_row([object], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .during("reading an arrival")?;
    found
        .map(|(chain, height)| {
            let chain = chain
                .try_into()
                .map_err(|_| damaged("a chain has no identity"))?;
            Ok((ChainId(chain), Height(u64::try_from(height).unwrap_or(0))))
        })
        .transpose()
}

/// In which containers an object was when, from its entries.
pub(crate) fn stays(reading: &Reading<'_>, entries: &[Entry]) -> Result<Vec<Stay>, IndexError> {
    let mut stays: Vec<Stay> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.fact.applied.is_some()) {
        let leaves = entry.is(ObjectRole::TakenOut)
            || entry.is(ObjectRole::Child) && entry.fact.has(does::ENCLOSE | does::DISCLOSE)
            || entry.is(ObjectRole::Undone)
                && stays
                    .last()
                    .is_some_and(|stay| Some(stay.from.no) == entry.fact.about);
        if leaves && let Some(stay) = stays.last_mut().filter(|stay| stay.until.is_none()) {
            stay.until = Some(entry.fact);
        }
        if entry.is(ObjectRole::Child)
            && entry.fact.has(does::ENCLOSE)
            && let Some(container) = entry.fact.parent
        {
            stays.push(Stay {
                container,
                from: entry.fact,
                until: None,
            });
        }
    }
    for stay in &mut stays {
        end_by_release(reading, stay)?;
    }
    Ok(stays)
}

/// A stay ends at the latest when the container is emptied as a whole.
fn end_by_release(reading: &Reading<'_>, stay: &mut Stay) -> Result<(), IndexError> {
    let events: Vec<i64> = reading
        .prepare("SELECT event FROM releases WHERE container = ?1 AND event > 0 ORDER BY epoch")?
        .query_map([stay.container], |row| row.get(0))
        .and_then(Iterator::collect)
        .during("reading releases")?;
    let from = stay
        .from
        .applied
        .ok_or_else(|| damaged("a stay begins without effect"))?;
    for event in events {
        let release = fact(reading, event)?;
        let Some(applied) = release.applied.filter(|applied| *applied > from) else {
            continue;
        };
        let until = stay.until.and_then(|fact| fact.applied).unwrap_or(i64::MAX);
        if applied < until {
            stay.until = Some(release);
        }
        break;
    }
    Ok(())
}
