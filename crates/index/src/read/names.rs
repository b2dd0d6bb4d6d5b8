//! Numbers of the index back to what they stand for, within one answer.

use std::cell::RefCell;
use std::collections::BTreeMap;

use pangolin_ledger::id::{GroupId, ObjectId, PartyId};
use rusqlite::OptionalExtension as _;

use crate::{
    error::{During as _, IndexError, damaged},
    store::{
        Reading,
        object::{COLUMNS, ObjectRow},
    },
};

/// What was looked up for one answer.
#[derive(Debug, Default)]
pub(crate) struct Names {
    parties: RefCell<BTreeMap<i64, PartyId>>,
    groups: RefCell<BTreeMap<i64, GroupId>>,
}

impl Names {
    /// The party of a number; `None` for 0.
    pub(crate) fn party(
        &self,
        reading: &Reading<'_>,
        id: i64,
    ) -> Result<Option<PartyId>, IndexError> {
        if id == 0 {
            return Ok(None);
        }
        if let Some(party) = self.parties.borrow().get(&id) {
            return Ok(Some(party.clone()));
        }
        let key: Vec<u8> = reading
            .prepare("SELECT key FROM parties WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .during("reading a party")?;
        let party = PartyId::new(key).map_err(|error| damaged(error.to_string()))?;
        self.parties.borrow_mut().insert(id, party.clone());
        Ok(Some(party))
    }

    /// The group of a number; `None` for 0.
    pub(crate) fn group(
        &self,
        reading: &Reading<'_>,
        id: i64,
    ) -> Result<Option<GroupId>, IndexError> {
        if id == 0 {
            return Ok(None);
        }
        if let Some(group) = self.groups.borrow().get(&id) {
            return Ok(Some(group.clone()));
        }
        let key: Vec<u8> = reading
            .prepare("SELECT key FROM groups WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .during("reading a group")?;
        let group = GroupId::new(key).map_err(|error| damaged(error.to_string()))?;
        self.groups.borrow_mut().insert(id, group.clone());
        Ok(Some(group))
    }
}

/// The number of a party.
pub(crate) fn party_id(reading: &Reading<'_>, party: &PartyId) -> Result<Option<i64>, IndexError> {
    reading
        .prepare("SELECT id FROM parties WHERE key = ?1")?
        .query_row([party.as_bytes()], |row| row.get(0))
        .optional()
        .during("looking up a party")
}

/// The number of a group.
pub(crate) fn group_id(reading: &Reading<'_>, group: &GroupId) -> Result<Option<i64>, IndexError> {
    reading
        .prepare("SELECT id FROM groups WHERE key = ?1")?
        .query_row([group.as_bytes()], |row| row.get(0))
        .optional()
        .during("looking up a group")
}

/// The row of an object by its identifier.
pub(crate) fn object_row(
    reading: &Reading<'_>,
    object: &ObjectId,
) -> Result<Option<ObjectRow>, IndexError> {
    reading
        .prepare(&format!("SELECT {COLUMNS} FROM objects WHERE key = ?1"))?
        .query_row([object.as_bytes()], |row| ObjectRow::read(row, 0))
        .optional()
        .during("looking up an object")
}

/// The row and identifier of an object by its number.
pub(crate) fn object_by_id(
    reading: &Reading<'_>,
    id: i64,
) -> Result<(ObjectRow, ObjectId), IndexError> {
    let found = reading
        .prepare(&format!("SELECT {COLUMNS}, key FROM objects WHERE id = ?1"))?
        .query_row([id], |row| {
            Ok((ObjectRow::read(row, 0)?, row.get::<_, Vec<u8>>(11)?))
        })
        .optional()
        .during("reading an object")?;
    let (row, key) = found.ok_or_else(|| damaged(format!("object {id} is missing")))?;
    Ok((
        row,
        ObjectId::new(key).map_err(|error| damaged(error.to_string()))?,
    ))
}
