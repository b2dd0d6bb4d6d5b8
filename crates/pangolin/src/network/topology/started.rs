//! A network of several chains that something else drives: a benchmark, for example.

use anyhow::{Context as _, Result};
use pangolin_client::Client;
use pangolin_ledger::{ChainId, PartyId};
use std::{net::SocketAddr, path::Path};

use super::{
    acquaint,
    file::Topology,
    make::{Home, Made},
    neighbours, ready, registry, relays,
};
use crate::{
    connect,
    network::{Processes, Usage},
    node::config::Config,
};

/// Chains that run and know each other. They end when this is dropped.
pub(crate) struct Started {
    chains: Vec<Made>,
    /// Where the relays show how they stand.
    relays: Vec<SocketAddr>,
    processes: Processes,
    _home: Home,
}

impl Started {
    /// Makes and starts the chains and relays of a file's text in an empty directory. `adjust` has a say in the configuration of every
    /// node.
    pub(crate) async fn new(text: &str, dir: &Path, adjust: impl Fn(&mut Config)) -> Result<Self> {
        let topology = Topology::parse(text).map_err(|problems| {
            anyhow::anyhow!("the network is not well described: {problems:?}")
        })?;
        let mut home = Home::open(dir)?;
        let chains = home.chains(&topology, &mut rand::rng())?;
        neighbours::write(&chains, &topology)?;
        let mut processes = Processes::none();
        for chain in &chains {
            for (name, dir, _) in &chain.created.nodes {
                let mut config = Config::load(dir)?;
                adjust(&mut config);
                config.save(dir)?;
                processes.start_node(&chain.process(name), dir)?;
            }
        }
        ready(&chains, &mut processes).await?;
        acquaint(&mut home, &chains, &topology).await?;
        let relays = relays::prepare(home.dir(), &chains, &topology.relays)?;
        for relay in &relays {
            processes.start_relay(&relay.name, &relay.file)?;
        }
        registry::known(&mut home, &chains, &topology).await?;
        Ok(Self {
            chains,
            relays: relays.iter().map(|relay| relay.listen).collect(),
            processes,
            _home: home,
        })
    }

    fn chain(&self, at: usize) -> Result<&Made> {
        self.chains.get(at).context("a chain of the network")
    }

    /// The identity of a chain, in the order of the file.
    pub(crate) fn identity(&self, at: usize) -> Result<ChainId> {
        Ok(ChainId(self.chain(at)?.genesis.chain.0))
    }

    /// Where the relays show how they stand.
    pub(crate) fn relays(&self) -> &[SocketAddr] {
        &self.relays
    }

    /// Identifier of whoever governs a chain.
    pub(crate) fn regulator(&self, at: usize) -> Result<&str> {
        Ok(&self.chain(at)?.regulator)
    }

    /// The address of a node's interface.
    pub(crate) fn address(&self, at: usize, node: usize) -> Result<String> {
        let chain = self.chain(at)?;
        let http = chain
            .created
            .nodes
            .iter()
            .filter_map(|(_, _, http)| *http)
            .nth(node);
        let http = http.with_context(|| format!("chain {} has no such node", chain.name))?;
        Ok(format!("http://{http}"))
    }

    /// A client of a node of a chain, and the key of the member it signs for.
    pub(crate) fn client(
        &self,
        at: usize,
        node: usize,
        slug: &str,
    ) -> Result<(Client, ed25519_zebra::SigningKey)> {
        let chain = self.chain(at)?;
        let file = chain.created.keys.get(slug);
        let file = file.with_context(|| format!("{slug} is no member of {}", chain.name))?;
        let client = connect::local(&self.address(at, node)?, Some(file))?;
        Ok((client, crate::node::read_key(file)?))
    }

    /// The party that a text names.
    pub(crate) fn party(text: &str) -> Result<PartyId> {
        connect::party(text)
    }

    /// Processor time and memory of all nodes.
    pub(crate) fn usage(&self) -> Usage {
        self.processes.usage()
    }

    /// Fails when a node has ended.
    pub(crate) fn check(&mut self) -> Result<()> {
        self.processes.check()
    }
}
