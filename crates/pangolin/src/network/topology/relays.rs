//! What carries messages between the chains: one `pangolin relay` for each relay of the file.

use anyhow::{Context as _, Result};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use super::{
    file::Relay,
    make::{Made, highest_port},
};
use crate::{
    network::ports,
    relay::{ChainEntry, Config, MAX_WITNESSES, default_compare, default_poll},
};

/// A relay that can be started.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// Its name among the processes.
    pub(crate) name: String,
    /// Its file.
    pub(crate) file: PathBuf,
    /// Where it shows how it stands.
    pub(crate) listen: SocketAddr,
}

/// Writes the files of the relays into `DIR/relays`; where each shows how it stands is kept from one start to the next.
pub(crate) fn prepare(dir: &Path, chains: &[Made], relays: &[Relay]) -> Result<Vec<Prepared>> {
    let folder = dir.join("relays");
    let mut next = highest_port(chains)?;
    let mut prepared = Vec::new();
    if !relays.is_empty() {
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    for relay in relays {
        let file = folder.join(format!("{}.toml", relay.name));
        next = next.saturating_add(1);
        let before = file.exists().then(|| Config::load(&file)).transpose()?;
        let listen = match before.and_then(|config| config.listen) {
            Some(listen) => listen,
            None => SocketAddr::from((Ipv4Addr::LOCALHOST, ports::first_free(next)?)),
        };
        next = next.max(listen.port());
        let entries = relay.chains.iter().filter_map(|at| chains.get(*at));
        let entries = entries
            .map(|chain| entry(relay, chain))
            .collect::<Result<_>>()?;
        let config = Config {
            listen: Some(listen),
            poll_ms: default_poll(),
            compare_ms: default_compare(),
            sources: Vec::new(),
            chains: entries,
        };
        let text = toml::to_string_pretty(&config).context("cannot write a relay's file")?;
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        prepared.push(Prepared {
            name: format!("relay {}", relay.name),
            file,
            listen,
        });
    }
    Ok(prepared)
}

/// A chain in a relay's file. Paths are relative to it.
fn entry(relay: &Relay, chain: &Made) -> Result<ChainEntry> {
    let mut nodes = chain.created.nodes.iter().filter_map(|(_, _, http)| *http);
    let http = nodes
        .next()
        .with_context(|| format!("no node of {} serves HTTP", chain.name))?;
    let above = Path::new("..").join(&chain.name);
    Ok(ChainEntry {
        name: chain.name.clone(),
        genesis: above.join("genesis.json"),
        node: format!("http://{http}"),
        party: relay.party.clone(),
        key: above.join("keys").join(format!("{}.key", relay.name)),
        witnesses: nodes
            .take(MAX_WITNESSES)
            .map(|http| format!("http://{http}"))
            .collect(),
        ca: Vec::new(),
    })
}
