//! Where nodes of other chains answer, in the configuration of each node: of the chains that its chain knows by its own governance,
//! registries among them. Those that become known by a registry's word have their addresses in its records.

use anyhow::Result;
use std::collections::BTreeSet;

use super::{
    file::{Chain, Topology},
    make::Made,
};
use crate::node::config::{Config, NeighbourEntry};

/// Writes the neighbours into the configuration of every node, where they are not there yet.
pub(super) fn write(chains: &[Made], topology: &Topology) -> Result<()> {
    for (on, chain) in chains.iter().enumerate() {
        let linked = topology.links.iter().filter(|link| link.on == on);
        let mut known: BTreeSet<usize> = linked.map(|link| link.of).collect();
        let followed = topology.registries.iter();
        let followed = followed.filter(|registry| registry.followers.contains(&on));
        known.extend(followed.map(|registry| registry.chain));
        let entries = known.iter().filter_map(|of| {
            let (made, chain) = (chains.get(*of)?, topology.chains.get(*of)?);
            Some(entry(made, chain))
        });
        let entries: Vec<NeighbourEntry> = entries.collect();
        for (_, dir, _) in &chain.created.nodes {
            let mut config = Config::load(dir)?;
            // what somebody wrote down about other chains stays
            let of_others = config.neighbours.iter();
            let of_others =
                of_others.filter(|known| entries.iter().all(|new| new.chain != known.chain));
            let wanted: Vec<NeighbourEntry> = entries.iter().chain(of_others).cloned().collect();
            if config.neighbours != wanted {
                config.neighbours = wanted;
                config.save(dir)?;
            }
        }
    }
    Ok(())
}

fn entry(made: &Made, chain: &Chain) -> NeighbourEntry {
    let nodes = made.created.nodes.iter();
    let prefixes = chain
        .companies
        .iter()
        .flat_map(|company| company.member.prefixes.iter().cloned());
    NeighbourEntry {
        chain: made.genesis.chain.to_string(),
        endpoints: nodes
            .filter_map(|(_, _, http)| http.map(|http| format!("http://{http}")))
            .collect(),
        prefixes: prefixes.collect(),
    }
}
