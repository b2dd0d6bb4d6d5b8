//! What proofs show of the chains on the way.

use std::{collections::BTreeMap, sync::Arc};

use super::BadWalk;
use crate::{codec::Wire, evidence::Proven, id::ChainId, report::Message, say, state::Key};

/// What is known of a record.
pub(super) enum Sight<T> {
    /// It is this.
    Is(T),
    /// There is none.
    Absent,
    /// Nothing is proven.
    Unknown,
}

/// The proofs of the chains.
pub(super) struct Sights<'a> {
    pub(super) chains: &'a [ChainId],
    known: &'a BTreeMap<ChainId, Arc<Proven>>,
}

impl<'a> Sights<'a> {
    pub(super) const fn new(
        chains: &'a [ChainId],
        known: &'a BTreeMap<ChainId, Arc<Proven>>,
    ) -> Self {
        Self { chains, known }
    }

    /// The chain at a place in the list.
    pub(super) fn chain(&self, at: u8, place: &str) -> Result<ChainId, BadWalk> {
        let found = self.chains.get(usize::from(at)).copied();
        found.ok_or_else(|| bad("no-such-chain", place, say!["there is no chain ", at]))
    }

    /// What the chain's state says under a key.
    pub(super) fn get<T: Wire>(
        &self,
        chain: &ChainId,
        key: &Key,
        place: &str,
    ) -> Result<Sight<T>, BadWalk> {
        match self
            .known
            .get(chain)
            .and_then(|proven| proven.entries.get(key))
        {
            None => Ok(Sight::Unknown),
            Some(None) => Ok(Sight::Absent),
            Some(Some(bytes)) => T::from_bytes(bytes).map(Sight::Is).map_err(|error| {
                let message = say![
                    "a record of ",
                    chain,
                    " cannot be read: ",
                    error.to_string()
                ];
                bad("record-unreadable", place, message)
            }),
        }
    }
}

/// A walk that contradicts what is proven, or itself.
pub(super) fn bad(code: &'static str, place: &str, message: impl Into<Message>) -> BadWalk {
    BadWalk {
        code,
        place: place.to_owned(),
        message: message.into(),
    }
}
