//! Questions about the chain's state.
//!
//! **Invariant**: an answer rests on the state of one height. Each round reads all keys known so far at once; a question
//! that turns out to need more is asked again from the beginning, so that nothing of an earlier height is left in it.

use std::collections::BTreeSet;

use pangolin_chain::handle::{Handle, ProveError};
use pangolin_ledger::{
    id::TimeMs,
    machine::Overlay,
    query::{Answer, QueryError},
    state::Key,
};
use thiserror::Error;

use crate::limits::{MAX_READ_ROUNDS, MAX_STATE_KEYS};

/// A question about the state is not answered.
#[derive(Debug, Error)]
pub enum StateError {
    /// The chain's state could not be read.
    #[error(transparent)]
    Chain(#[from] ProveError),
    /// A record cannot be decoded.
    #[error("the record under {0:?} cannot be decoded")]
    Corrupt(Key),
    /// The question needs more records than allowed.
    #[error(
        "the question needs more than {MAX_STATE_KEYS} records or {MAX_READ_ROUNDS} rounds of reading"
    )]
    TooMany,
}

/// An answer with its height.
#[derive(Debug, Clone)]
pub struct At<T> {
    /// Height of the state.
    pub height: u64,
    /// Ledger time of that height, milliseconds since 1970.
    pub time_ms: i64,
    /// The answer.
    pub value: T,
}

/// Asks a question. `first` are keys that it will surely need; `ask` gets the state and its time.
pub async fn ask<T>(
    chain: &Handle,
    first: impl IntoIterator<Item = Key> + Send,
    ask: impl Fn(&Overlay, TimeMs) -> Result<Answer<T>, QueryError> + Send,
) -> Result<At<T>, StateError> {
    let mut known: BTreeSet<Key> = first.into_iter().collect();
    for _ in 0..MAX_READ_ROUNDS {
        let keys: Vec<Key> = known.iter().copied().collect();
        let view = chain.read(keys.clone()).await?;
        let mut overlay = Overlay::new();
        for (key, value) in keys.into_iter().zip(view.values) {
            overlay.supply(key, value);
        }
        let time_ms = i64::try_from(view.time_ms).unwrap_or(i64::MAX);
        match ask(&overlay, TimeMs(time_ms)) {
            Ok(answer) => {
                return Ok(At {
                    height: view.height,
                    time_ms,
                    value: answer.value,
                });
            }
            Err(QueryError::Need(more)) => known.extend(more),
            Err(QueryError::Corrupt(key)) => return Err(StateError::Corrupt(key)),
        }
        if known.len() > MAX_STATE_KEYS {
            break;
        }
    }
    Err(StateError::TooMany)
}
