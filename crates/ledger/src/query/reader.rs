//! Reads for queries: remembers what was consulted, collects what is missing.

use std::collections::BTreeSet;

use super::{Answer, QueryError};
use crate::{codec::Wire, machine::Overlay, state::Key};

/// An overlay that remembers what was consulted.
pub(super) struct Reader<'a> {
    o: &'a Overlay,
    consulted: BTreeSet<Key>,
}

impl<'a> Reader<'a> {
    /// Runs a query.
    pub(super) fn answer<T>(
        o: &'a Overlay,
        query: impl FnOnce(&mut Self) -> Result<T, QueryError>,
    ) -> Result<Answer<T>, QueryError> {
        let mut reader = Self {
            o,
            consulted: BTreeSet::new(),
        };
        let value = query(&mut reader)?;
        Ok(Answer {
            value,
            consulted: reader.consulted.into_iter().collect(),
        })
    }

    /// Asks for all of `keys` at once.
    pub(super) fn want(&mut self, keys: impl IntoIterator<Item = Key>) -> Result<(), QueryError> {
        let keys: Vec<Key> = keys.into_iter().collect();
        let unknown = self.o.unknown(&keys);
        if unknown.is_empty() {
            Ok(())
        } else {
            Err(QueryError::Need(unknown))
        }
    }

    /// The record under `key`.
    pub(super) fn get<T: Wire>(&mut self, key: Key) -> Result<Option<T>, QueryError> {
        self.consulted.insert(key);
        let bytes = self.o.read(&key).map_err(|need| QueryError::Need(need.0))?;
        bytes
            .map(|bytes| T::from_bytes(&bytes))
            .transpose()
            .map_err(|_| QueryError::Corrupt(key))
    }
}
