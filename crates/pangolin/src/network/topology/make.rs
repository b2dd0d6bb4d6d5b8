//! The directories of a network of several chains: made once, and found again.
//!
//! ```text
//! DIR/links.json          which chain was told of which
//! DIR/CHAIN/              as `network::create` makes it: genesis.json, keys, a directory for each node
//! DIR/CHAIN/made.json     what the chain was made with
//! ```
//!
//! A chain is made beside its place and moved there when it is whole, so an interrupted start leaves nothing half made.

use anyhow::{Context as _, Result};
use pangolin_chain::genesis::Genesis;
use rand_core::CryptoRng;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, TryLockError},
    net::SocketAddr,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{
    describe::{Description, describe},
    file::{Chain, Topology},
};
use crate::{
    failure::Failure,
    network::{Created, Spec, TOKEN_PREFIX, create, ports},
    node::config::{self, Config, default_verify_rate},
};

/// How the ports of chains that are not made yet are chosen.
const BY_FILE: &str =
    "choose other ports: `first_port` in the file, --first-port of `pangolin demo` (0: free ones)";
/// The nodes of a chain keep the ports with which it was made.
const ANOTHER: &str =
    "begin another network, with another `first_port` in the file, in another directory (--dir)";
/// Marks a directory as one of a network.
const MARK: &str = ".pangolin-network";
/// Which chain was told of which.
const LINKS: &str = "links.json";
/// What a chain was made with.
const MADE: &str = "made.json";
/// Where a chain is while it is being made.
const MAKING: &str = ".making";

/// Registrations that are final: the chain that knows, and the chains that it knows.
type Links = BTreeMap<String, BTreeSet<String>>;

/// A chain that was made.
#[derive(Debug)]
pub(crate) struct Made {
    /// Its name.
    pub(crate) name: String,
    /// Its name for people.
    pub(crate) title: String,
    /// Its files.
    pub(crate) created: Created,
    /// Its genesis.
    pub(crate) genesis: Genesis,
    /// Identifier of whoever governs it.
    pub(crate) regulator: String,
    /// How many of its nodes validate.
    pub(crate) validators: usize,
    /// Whether things are made on it.
    pub(crate) makes: bool,
    /// Whether it was there before.
    pub(crate) found: bool,
}

/// The directory of a network, locked for this process.
pub(crate) struct Home {
    dir: PathBuf,
    /// The chains that are there, by their names.
    chains: BTreeMap<String, Description>,
    links: Links,
    _lock: File,
}

impl Home {
    /// Opens a directory of a network, or makes an empty one.
    pub(crate) fn open(dir: &Path) -> Result<Self> {
        let mark = dir.join(MARK);
        let holds_something = dir.exists()
            && fs::read_dir(dir)
                .with_context(|| format!("cannot read {}", dir.display()))?
                .next()
                .is_some();
        if holds_something && !mark.exists() {
            return Err(
                Failure::local("directory-taken", "it holds something that is no network")
                    .at(dir.display().to_string())
                    .advising("name another directory with --dir")
                    .into(),
            );
        }
        fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
        let lock =
            File::create(&mark).with_context(|| format!("cannot write {}", mark.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(
                    Failure::local("network-runs", "another process runs this network")
                        .at(dir.display().to_string())
                        .advising("end that one, or name another directory with --dir")
                        .into(),
                );
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", mark.display()));
            }
        }
        let half = dir.join(MAKING);
        if half.exists() {
            fs::remove_dir_all(&half)
                .with_context(|| format!("cannot clear {}", half.display()))?;
        }
        Ok(Self {
            dir: dir.to_owned(),
            chains: made_in(dir)?,
            links: read(&dir.join(LINKS))?.unwrap_or_default(),
            _lock: lock,
        })
    }

    /// The directory.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes the chains that are not there, and finds the others.
    pub(crate) fn chains(
        &mut self,
        topology: &Topology,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Made>> {
        for chain in &topology.chains {
            let Some(known) = self.chains.get(&chain.name) else {
                continue;
            };
            if let Some(difference) = known.difference(&describe(chain)) {
                return Err(Failure::local(
                    "network-differs",
                    format!("chain {:?} was made with other {difference} than the file says", chain.name),
                )
                .at(self.dir.display().to_string())
                .advising("what a chain begins with does not change: put the file back, or name another directory with --dir")
                .into());
            }
        }
        let before: BTreeSet<String> = self.chains.keys().cloned().collect();
        let missing = topology.chains.iter();
        let missing = missing.filter(|chain| !self.chains.contains_key(&chain.name));
        let nodes = missing.clone().map(Chain::nodes).sum();
        let mut port = self.first_port(topology.first_port, nodes)?;
        if nodes > 0 {
            // before anything is written: nodes keep the ports with which they were made
            ports::check_free(&ports::of(port, nodes)?, BY_FILE)?;
        }
        for chain in missing.collect::<Vec<_>>() {
            self.make(chain, port, rng)?;
            port = u16::try_from(usize::from(port) + 2 * chain.nodes()).unwrap_or(u16::MAX);
        }
        let mut made = Vec::new();
        for chain in &topology.chains {
            let found = before.contains(&chain.name);
            made.push(self.find(chain, found)?);
        }
        ports::check_free(&addresses(&self.dir, &topology.chains)?, ANOTHER)?;
        Ok(made)
    }

    /// A registration is final; it is not made again.
    pub(crate) fn linked(&mut self, on: &str, of: &str) -> Result<()> {
        let known = self.links.entry(on.to_owned()).or_default();
        known.insert(of.to_owned());
        let path = self.dir.join(LINKS);
        let beside = path.with_extension("json.part");
        let text = serde_json::to_vec_pretty(&self.links)?;
        fs::write(&beside, text).with_context(|| format!("cannot write {}", beside.display()))?;
        fs::rename(&beside, &path).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Whether a registration is known to be final.
    pub(crate) fn is_linked(&self, on: &str, of: &str) -> bool {
        self.links.get(on).is_some_and(|known| known.contains(of))
    }

    /// The first port of chains that are made now: above those that are taken by chains made before.
    fn first_port(&self, given: u16, nodes: usize) -> Result<u16> {
        if nodes == 0 {
            return Ok(given);
        }
        let mut highest = 0;
        for name in self.chains.keys() {
            for (_, config) in configs(&self.dir.join(name))? {
                let http = config.http.map_or(0, |address| address.port());
                highest = highest.max(config.listen.port()).max(http);
            }
        }
        if given == 0 || highest == 0 {
            return ports::first(given, nodes);
        }
        ports::first(highest.saturating_add(1), nodes)
    }

    fn make(&mut self, chain: &Chain, first_port: u16, rng: &mut impl CryptoRng) -> Result<()> {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .context("the clock is before 1970")?;
        let spec = Spec {
            name: chain.title.clone(),
            rules: chain.rules,
            validators: chain.validators.clone(),
            observers: chain.observers.clone(),
            companies: chain.companies.clone(),
            regulator: chain.regulator.clone(),
            relays: chain.relays.clone(),
            params: (chain.rules.industry().params)(),
            first_port,
            created_ms: u64::try_from(now.as_millis())?,
            heartbeat_ms: chain.heartbeat_ms,
            epoch_blocks: pangolin_chain::genesis::EPOCH_BLOCKS,
            http: (true, true),
            index: true,
            verify_rate: default_verify_rate(),
            placement: chain.placement,
        };
        let (half, whole) = (self.dir.join(MAKING), self.dir.join(&chain.name));
        if whole.exists() {
            return Err(Failure::local(
                "directory-taken",
                "it is there, and no chain of this network is",
            )
            .at(whole.display().to_string())
            .advising("move it away, or give the chain another name")
            .into());
        }
        create(&half, &spec, rng)?;
        let (path, made) = (half.join(MADE), describe(chain));
        fs::write(&path, serde_json::to_vec_pretty(&made)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
        fs::rename(&half, &whole)
            .with_context(|| format!("cannot move {} into place", whole.display()))?;
        self.chains.insert(chain.name.clone(), made);
        Ok(())
    }

    fn find(&self, chain: &Chain, found: bool) -> Result<Made> {
        let dir = self.dir.join(&chain.name);
        let created = load(&dir)?;
        let bytes = fs::read(&created.genesis)
            .with_context(|| format!("cannot read {}", created.genesis.display()))?;
        let genesis = Genesis::parse(&bytes)
            .with_context(|| format!("{} is not a genesis file", created.genesis.display()))?;
        Ok(Made {
            name: chain.name.clone(),
            title: chain.title.clone(),
            created,
            genesis,
            regulator: chain.regulator.id.clone(),
            validators: chain.validators.len(),
            makes: chain.rules.industry().makes,
            found,
        })
    }
}

/// The chains in the directory of a network.
fn made_in(dir: &Path) -> Result<BTreeMap<String, Description>> {
    let mut chains = BTreeMap::new();
    let entries = fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", dir.display()))?;
        if let Some(made) = read(&entry.path().join(MADE))? {
            chains.insert(entry.file_name().to_string_lossy().into_owned(), made);
        }
    }
    Ok(chains)
}

/// What a file holds, if there is one.
fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .with_context(|| format!("{} cannot be read", path.display())),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// The nodes in a chain's directory with their configurations: validators, then observers.
fn configs(dir: &Path) -> Result<Vec<(PathBuf, Config)>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))?;
    for entry in entries {
        let path = entry
            .with_context(|| format!("cannot read {}", dir.display()))?
            .path();
        if path.join(config::FILE).exists() {
            let config = Config::load(&path)?;
            found.push((path, config));
        }
    }
    found.sort_by_key(|(_, config)| config.listen.port());
    Ok(found)
}

/// The files of a chain that was made.
fn load(dir: &Path) -> Result<Created> {
    let (mut nodes, mut tokens) = (Vec::new(), BTreeMap::new());
    for (path, config) in configs(dir)? {
        nodes.push((config.name, path, config.http));
        for token in config.tokens.into_keys() {
            if let Some(slug) = token.strip_prefix(TOKEN_PREFIX) {
                tokens.insert(slug.to_owned(), token.clone());
            }
        }
    }
    let folder = dir.join("keys");
    let keys = tokens.keys().map(|slug| {
        let file = folder.join(format!("{slug}.key"));
        (slug.clone(), file)
    });
    Ok(Created {
        genesis: dir.join("genesis.json"),
        nodes,
        keys: keys.collect(),
        tokens,
    })
}

/// The highest port that a node of these chains listens on.
pub(super) fn highest_port(chains: &[Made]) -> Result<u16> {
    let mut highest = 0;
    for chain in chains {
        for (_, dir, http) in &chain.created.nodes {
            let http = http.map_or(0, |address| address.port());
            highest = highest.max(Config::load(dir)?.listen.port()).max(http);
        }
    }
    Ok(highest)
}

/// Every address that the network listens on.
fn addresses(dir: &Path, chains: &[Chain]) -> Result<Vec<SocketAddr>> {
    let mut all = Vec::new();
    for chain in chains {
        for (_, config) in configs(&dir.join(&chain.name))? {
            all.push(config.listen);
            all.extend(config.http);
        }
    }
    Ok(all)
}
