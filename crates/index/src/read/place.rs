//! Where an object is now: the containers around it, and who has the outermost.

use std::collections::BTreeMap;

use pangolin_ledger::limits::MAX_DEPTH;
use rusqlite::OptionalExtension as _;

use crate::{
    error::{During as _, IndexError, damaged},
    store::{
        Reading,
        object::{COLUMNS, HolderRef, ObjectRow, ObjectStatus, flag},
    },
};

/// Where an object is, by numbers of the index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Whereabout {
    /// The containers around it, innermost first.
    pub(crate) containers: Vec<i64>,
    /// Custodian, or 0.
    pub(crate) custodian: i64,
    /// To whom it, or the outermost container, was offered; or 0.
    pub(crate) pending: i64,
    /// Whether it or a container is held back.
    pub(crate) held: bool,
    /// Whether a container ended together with its contents, and why.
    pub(crate) ended: Option<u16>,
    /// Whether a container is on another chain, or came back from one without it being brought in.
    pub(crate) away: bool,
}

impl Whereabout {
    /// The status of an object that is there, and why it ended.
    pub(crate) fn status(&self, row: &ObjectRow) -> (ObjectStatus, Option<u16>) {
        match (row.status, self.ended) {
            (ObjectStatus::Live, Some(reason)) => (ObjectStatus::Ended, Some(reason)),
            (ObjectStatus::Live, None) if self.away => (ObjectStatus::Away, None),
            (ObjectStatus::Ended, _) => (ObjectStatus::Ended, Some(row.reason)),
            (status, _) => (status, None),
        }
    }
}

/// Containers looked up for one answer.
#[derive(Debug, Default)]
pub(crate) struct Containers(BTreeMap<i64, ObjectRow>);

/// Containers remembered in one answer.
const MAX_REMEMBERED: usize = 100_000;

impl Containers {
    /// Follows the containers outwards.
    pub(crate) fn locate(
        &mut self,
        reading: &Reading<'_>,
        row: &ObjectRow,
    ) -> Result<Whereabout, IndexError> {
        let mut found = Whereabout {
            pending: row.pending,
            held: row.has(flag::HELD),
            ..Whereabout::default()
        };
        let mut row = *row;
        loop {
            match row.holder {
                HolderRef::Nobody => return Ok(found),
                HolderRef::Party(party) => {
                    found.custodian = party;
                    return Ok(found);
                }
                HolderRef::Container(id) => {
                    let container = self.row(reading, id)?;
                    if container.epoch != row.filling {
                        let (party, held) = released_to(reading, id, row.filling)?;
                        found.custodian = party;
                        found.held |= held;
                        found.away |= party == 0;
                        return Ok(found);
                    }
                    if found.containers.len() >= MAX_DEPTH {
                        return Err(damaged(format!("object {} is too deep", row.id)));
                    }
                    found.containers.push(id);
                    found.pending = container.pending;
                    found.held |= container.has(flag::HELD);
                    found.away |= container.status == ObjectStatus::Away;
                    if container.status != ObjectStatus::Live && container.has(flag::WITH_CONTENTS)
                    {
                        found.ended = Some(container.reason);
                    }
                    row = container;
                }
            }
        }
    }

    /// The row of a container.
    pub(crate) fn row(&mut self, reading: &Reading<'_>, id: i64) -> Result<ObjectRow, IndexError> {
        if let Some(row) = self.0.get(&id) {
            return Ok(*row);
        }
        let row = reading
            .prepare(&format!("SELECT {COLUMNS} FROM objects WHERE id = ?1"))?
            .query_row([id], |row| ObjectRow::read(row, 0))
            .optional()
            .during("reading a container")?
            .ok_or_else(|| damaged(format!("container {id} is missing")))?;
        if self.0.len() >= MAX_REMEMBERED {
            self.0.clear();
        }
        self.0.insert(id, row);
        Ok(row)
    }
}

/// Who got what came out of a container, and whether it is held back.
fn released_to(
    reading: &Reading<'_>,
    container: i64,
    epoch: i64,
) -> Result<(i64, bool), IndexError> {
    reading
        .prepare("SELECT party, held FROM releases WHERE container = ?1 AND epoch = ?2")?
        .query_row([container, epoch], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .during("reading a release")?
        .ok_or_else(|| damaged(format!("the release of container {container} is missing")))
}
