//! What proofs show of the chains on the way.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use super::BadWalk;
use crate::{
    codec::Wire,
    evidence::Proven,
    id::{ChainId, Height},
    report::Message,
    say,
    state::Key,
};

/// What is known of the chains' states.
pub trait Known {
    /// The record of a chain under a key; `Some(None)`: there is none; `None`: nothing is known of it.
    fn entry(&self, chain: &ChainId, key: &Key) -> Option<Option<Cow<'_, [u8]>>>;
    /// The height at which that is known of a chain.
    fn height(&self, chain: &ChainId) -> Option<Height>;
}

impl Known for BTreeMap<ChainId, Arc<Proven>> {
    fn entry(&self, chain: &ChainId, key: &Key) -> Option<Option<Cow<'_, [u8]>>> {
        let entry = self.get(chain)?.entries.get(key)?;
        Some(entry.as_deref().map(Cow::Borrowed))
    }

    fn height(&self, chain: &ChainId) -> Option<Height> {
        self.get(chain).map(|proven| proven.header.height)
    }
}

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
    known: &'a dyn Known,
}

impl<'a> Sights<'a> {
    pub(super) const fn new(chains: &'a [ChainId], known: &'a dyn Known) -> Self {
        Self { chains, known }
    }

    /// The height at which the chain's state is known.
    pub(super) fn height(&self, chain: &ChainId) -> Option<Height> {
        self.known.height(chain)
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
        match self.known.entry(chain, key) {
            None => Ok(Sight::Unknown),
            Some(None) => Ok(Sight::Absent),
            Some(Some(bytes)) => T::from_bytes(&bytes).map(Sight::Is).map_err(|error| {
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
