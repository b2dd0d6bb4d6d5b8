//! The registries of a network: which chain records which, and who follows it.

use serde::Deserialize;
use std::collections::BTreeSet;

use super::{Checking, FRESHNESS_MS, Relay};

/// Most registries of a network on one machine.
const MAX_REGISTRIES: usize = 4;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RegistryEntry {
    chain: String,
    records: Option<Vec<String>>,
    followers: Option<Vec<String>>,
    freshness_ms: Option<u64>,
    word_ms: Option<u64>,
}

/// A chain that records chains, and those that follow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Registry {
    /// The registry, by its place.
    pub(crate) chain: usize,
    /// The chains that it records.
    pub(crate) records: Vec<usize>,
    /// The chains that follow it.
    pub(crate) followers: Vec<usize>,
    /// How old the word of a chain that becomes known by it may be, in milliseconds.
    pub(crate) freshness_ms: u64,
    /// How old its own word may be, in milliseconds.
    pub(crate) word_ms: Option<u64>,
}

impl Checking {
    /// Checks the registries; what they record reaches their followers by relays, so each must have one.
    pub(super) fn registries(
        &mut self,
        entries: &[RegistryEntry],
        names: &[String],
        relays: &[Relay],
    ) -> Vec<Registry> {
        let mut registries: Vec<Registry> = Vec::new();
        if entries.len() > MAX_REGISTRIES {
            let what = format!(
                "there are {} registries, more than {MAX_REGISTRIES}",
                entries.len()
            );
            self.wrong("/registry", what, "leave some out");
        }
        for (i, entry) in entries.iter().enumerate() {
            let place = |field: &str| format!("/registry/{i}/{field}");
            let Some(chain) = self.chain_named(place("chain"), &entry.chain, names) else {
                continue;
            };
            if registries.iter().any(|known| known.chain == chain) {
                let what = format!("{} is described before", entry.chain);
                self.wrong(place("chain"), what, "describe it once");
            }
            let records = self.others(&place("records"), entry.records.as_deref(), chain, names);
            let followers = match &entry.followers {
                Some(named) => self.others(&place("followers"), Some(named), chain, names),
                None => records.clone(),
            };
            for follower in &followers {
                let carried = relays
                    .iter()
                    .any(|relay| relay.chains.contains(&chain) && relay.chains.contains(follower));
                if !carried {
                    let follower = &names[*follower];
                    let what = format!(
                        "no relay carries what {} records to {follower}",
                        entry.chain
                    );
                    let remedy = format!(
                        "list both under the chains of a relay: {}, {follower}",
                        entry.chain
                    );
                    self.wrong(place("followers"), what, remedy);
                }
            }
            for (field, ms) in [
                ("freshness_ms", entry.freshness_ms),
                ("word_ms", entry.word_ms),
            ] {
                if ms == Some(0) {
                    let what = "no word of another chain is that fresh";
                    self.wrong(place(field), what, "give milliseconds, such as 60000");
                }
            }
            registries.push(Registry {
                chain,
                records,
                followers,
                freshness_ms: entry.freshness_ms.unwrap_or(FRESHNESS_MS),
                word_ms: entry.word_ms,
            });
        }
        registries
    }

    /// The chains that are named, or all but the registry.
    fn others(
        &mut self,
        place: &str,
        named: Option<&[String]>,
        registry: usize,
        names: &[String],
    ) -> Vec<usize> {
        let Some(named) = named else {
            return (0..names.len()).filter(|at| *at != registry).collect();
        };
        let found = named.iter().enumerate();
        let found: BTreeSet<usize> = found
            .filter_map(|(j, name)| self.chain_named(format!("{place}/{j}"), name, names))
            .collect();
        if found.contains(&registry) {
            let what = "a registry neither records nor follows itself";
            self.wrong(place, what, "leave it out");
        }
        found.into_iter().filter(|at| *at != registry).collect()
    }
}
