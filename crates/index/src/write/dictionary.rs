//! Numbers for values that recur: parties, groups, terms. Kept in memory up to a limit, in the file for good.

use std::collections::{BTreeMap, BTreeSet};

use pangolin_ledger::id::{GroupId, PartyId};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{
    error::{During as _, IndexError},
    limits::MAX_CACHED_TERMS,
    query::Field,
};

/// What the writer remembers of the dictionaries. Dropped as a whole when a block could not be written.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    parties: BTreeMap<PartyId, i64>,
    names: BTreeMap<i64, PartyId>,
    groups: BTreeMap<GroupId, i64>,
    terms: BTreeMap<(Field, String), i64>,
    prefixes: BTreeSet<String>,
}

impl Dictionary {
    /// The number of a party; it gets one when it is first seen.
    pub(super) fn party(
        &mut self,
        connection: &Connection,
        party: &PartyId,
    ) -> Result<i64, IndexError> {
        if let Some(id) = self.parties.get(party) {
            return Ok(*id);
        }
        let known = connection
            .prepare_cached("SELECT id FROM parties WHERE key = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row([party.as_bytes()], |row| row.get(0))
                    .optional()
            })
            .during("looking up a party")?;
        let id = match known {
            Some(id) => id,
            None => connection
                .prepare_cached("INSERT INTO parties (key, name) VALUES (?1, '')")
                .and_then(|mut statement| statement.insert([party.as_bytes()]))
                .during("inserting a party")?,
        };
        bound(&mut self.parties);
        bound(&mut self.names);
        self.parties.insert(party.clone(), id);
        self.names.insert(id, party.clone());
        Ok(id)
    }

    /// The party of a number.
    pub(super) fn party_name(
        &mut self,
        connection: &Connection,
        id: i64,
    ) -> Result<PartyId, IndexError> {
        if let Some(party) = self.names.get(&id) {
            return Ok(party.clone());
        }
        let key: Vec<u8> = connection
            .prepare_cached("SELECT key FROM parties WHERE id = ?1")
            .and_then(|mut statement| statement.query_row([id], |row| row.get(0)))
            .during("reading a party")?;
        let party = PartyId::new(key).map_err(|error| crate::error::damaged(error.to_string()))?;
        bound(&mut self.names);
        self.names.insert(id, party.clone());
        Ok(party)
    }

    /// The number of a group; it gets one when it is first seen, with the event that names it.
    pub(super) fn group(
        &mut self,
        connection: &Connection,
        group: &GroupId,
        event: i64,
    ) -> Result<i64, IndexError> {
        if let Some(id) = self.groups.get(group) {
            return Ok(*id);
        }
        let known = connection
            .prepare_cached("SELECT id FROM groups WHERE key = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row([group.as_bytes()], |row| row.get(0))
                    .optional()
            })
            .during("looking up a group")?;
        let id = match known {
            Some(id) => id,
            None => connection
                .prepare_cached("INSERT INTO groups (key, made, event) VALUES (?1, 0, ?2)")
                .and_then(|mut statement| statement.insert(params![group.as_bytes(), event]))
                .during("inserting a group")?,
        };
        bound(&mut self.groups);
        self.groups.insert(group.clone(), id);
        Ok(id)
    }

    /// Keeps a company prefix that an event shows.
    pub(super) fn prefix(
        &mut self,
        connection: &Connection,
        prefix: String,
    ) -> Result<(), IndexError> {
        if self.prefixes.contains(&prefix) {
            return Ok(());
        }
        connection
            .prepare_cached("INSERT OR IGNORE INTO prefixes (prefix) VALUES (?1)")
            .and_then(|mut statement| statement.execute([&prefix]))
            .during("inserting a company prefix")?;
        if self.prefixes.len() >= MAX_CACHED_TERMS {
            self.prefixes.clear();
        }
        self.prefixes.insert(prefix);
        Ok(())
    }

    /// The number of a value.
    pub(super) fn term(
        &mut self,
        connection: &Connection,
        field: Field,
        value: String,
    ) -> Result<i64, IndexError> {
        let key = (field, value);
        if let Some(id) = self.terms.get(&key) {
            return Ok(*id);
        }
        let known = connection
            .prepare_cached("SELECT id FROM terms WHERE kind = ?1 AND value = ?2")
            .and_then(|mut statement| {
                statement
                    .query_row(params![field.number(), key.1], |row| row.get(0))
                    .optional()
            })
            .during("looking up a term")?;
        let id = match known {
            Some(id) => id,
            None => connection
                .prepare_cached("INSERT INTO terms (kind, value, n) VALUES (?1, ?2, 0)")
                .and_then(|mut statement| statement.insert(params![field.number(), key.1]))
                .during("inserting a term")?,
        };
        if remembered(field) {
            bound(&mut self.terms);
            self.terms.insert(key, id);
        }
        Ok(id)
    }
}

/// Whether values of a field recur so often that remembering them pays.
const fn remembered(field: Field) -> bool {
    !matches!(
        field,
        Field::EventId | Field::BizTransaction | Field::TransformationId | Field::CorrectiveEventId
    )
}

/// Forgets everything when the limit is reached: simpler than keeping track of use, and as good for values that recur.
fn bound<K: Ord, V>(map: &mut BTreeMap<K, V>) {
    if map.len() >= MAX_CACHED_TERMS {
        map.clear();
    }
}
