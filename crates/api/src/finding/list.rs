//! The chains that the state lists, in the order in which they became known.

use pangolin_ledger::{
    id::ChainId,
    state::{Directory, Key, Listed, keys},
};

use crate::{app::App, problem::Problem, registry::decode};

/// Some of the list.
pub(crate) struct List {
    /// The chains, from the number that was asked for on.
    pub(crate) chains: Vec<ChainId>,
    /// How many are known in all.
    pub(crate) known: u64,
    /// Height of the state that says so, and its time in milliseconds since 1970.
    pub(crate) at: (u64, u64),
}

impl List {
    /// At most so many chains from a number on.
    pub(crate) async fn read(app: &App, first: u64, most: u64) -> Result<Self, Problem> {
        let chain = &app.deps().chain;
        let key = keys::directory();
        let view = chain.read(vec![key]).await?;
        let at = (view.height, view.time_ms);
        let directory: Option<Directory> = decode(key, view.values.into_iter().next().flatten())?;
        let known = directory.unwrap_or_default().chains;
        let end = known.min(first.saturating_add(most));
        let entries: Vec<Key> = (first..end).map(keys::listed).collect();
        let mut chains = Vec::with_capacity(entries.len());
        if !entries.is_empty() {
            // the list grows at its end only, so entries of one height are those of a later one
            let view = chain.read(entries.clone()).await?;
            for (key, value) in entries.into_iter().zip(view.values) {
                let entry: Option<Listed> = decode(key, value)?;
                chains.extend(entry.map(|entry| entry.chain));
            }
        }
        Ok(Self { chains, known, at })
    }
}
