//! The relay's file: which chains, by which nodes, in whose name.
//!
//! ```toml
//! listen = "127.0.0.1:4300"            # where to serve the status page and the metrics; absent: nowhere
//!
//! [[chain]]
//! name = "east"
//! genesis = "east/genesis.json"        # says which chain it is
//! node = "https://node.east.example"   # a node that lists the party under `relays`
//! party = "urn:example:carrier"        # any party that the chain admitted
//! key = "carrier.key"
//! witnesses = ["https://other.east.example"]   # further nodes, whose blocks are compared with those of `node`
//!
//! [[source]]                           # a chain that runs CometBFT, as it is registered at the chains above
//! name = "hub"
//! rpc = "https://rpc.hub.example"      # any node of it
//! ```

use anyhow::{Context as _, Result};
use pangolin_chain::genesis::Genesis;
use pangolin_client::{Client, Credentials, Options};
use pangolin_interchain::{NodePort, NodeWitness, Signer, Witness};
use pangolin_ledger::{ChainId, Genesis as Ledger, SourceId, Wire as _};
use pangolin_proof::trust::TrustedChain;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crate::{connect, failure::Failure, node::read_key};

/// Most chains of one relay: each two of them are carried between in both directions.
const MAX_CHAINS: usize = 64;
/// Most witnesses of one chain: each shows the last block of every other one.
pub(crate) const MAX_WITNESSES: usize = 7;
/// Longest time for one request.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The file. Paths are relative to its directory.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Where to serve the status page and the metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) listen: Option<SocketAddr>,
    /// Milliseconds between two questions to one chain.
    #[serde(default = "default_poll")]
    pub(crate) poll_ms: u64,
    /// Milliseconds between two comparisons of the blocks that nodes of one chain show.
    #[serde(default = "default_compare")]
    pub(crate) compare_ms: u64,
    /// The chains.
    #[serde(rename = "chain", default)]
    pub(crate) chains: Vec<ChainEntry>,
    /// Chains of another kind, of which facts are brought.
    #[serde(rename = "source", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) sources: Vec<SourceEntry>,
}

/// A chain.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChainEntry {
    /// Its name, for people.
    pub(crate) name: String,
    /// Its genesis file.
    pub(crate) genesis: PathBuf,
    /// Address of one of its nodes.
    pub(crate) node: String,
    /// In whose name messages are delivered: a GLN or a URI.
    pub(crate) party: String,
    /// The party's secret key file.
    pub(crate) key: PathBuf,
    /// Addresses of further nodes, which are asked for blocks only, to be compared with those of `node`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) witnesses: Vec<String>,
    /// PEM files with authorities to trust besides those of the system.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) ca: Vec<PathBuf>,
}

/// A chain that runs CometBFT.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceEntry {
    /// The source, as it is registered.
    pub(crate) name: String,
    /// Address of one of its nodes.
    pub(crate) rpc: String,
    /// Milliseconds between two looks at what is wanted of it.
    #[serde(default = "default_look")]
    pub(crate) poll_ms: u64,
}

const fn default_look() -> u64 {
    1_000
}

/// Milliseconds between two comparisons where the file does not say.
pub(crate) const fn default_compare() -> u64 {
    5_000
}

/// Milliseconds between two questions where the file does not say.
pub(crate) const fn default_poll() -> u64 {
    50
}

impl Config {
    /// Reads the file.
    pub(crate) fn load(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        Self::parse(&text).map_err(|error| {
            if let Some(syntax) = error.downcast_ref::<toml::de::Error>() {
                let before = syntax.span().and_then(|span| text.get(..span.start));
                let line = before.unwrap_or_default().matches('\n').count() + 1;
                return Failure::local("relay-file", syntax.message().trim().replace('\n', " "))
                    .at(format!("{}: line {line}", file.display()))
                    .advising("mend that line; docs/operating/relay.md describes each key")
                    .into();
            }
            let why = error.context(format!("{} is not a relay's file", file.display()));
            Failure::coded("relay-file", &why, Some(file.display().to_string()))
                .advising("docs/operating/relay.md shows one")
                .into()
        })
    }

    fn parse(text: &str) -> Result<Self> {
        let config: Self = toml::from_str(text)?;
        let fewest = if config.sources.is_empty() { 2 } else { 1 };
        if !(fewest..=MAX_CHAINS).contains(&config.chains.len()) {
            let count = config.chains.len();
            anyhow::bail!(
                "a relay carries between {fewest} to {MAX_CHAINS} chains, and {count} are named"
            );
        }
        if !(1..=60_000).contains(&config.poll_ms) {
            anyhow::bail!("poll_ms is {}, and not between 1 and 60000", config.poll_ms);
        }
        if !(100..=3_600_000).contains(&config.compare_ms) {
            anyhow::bail!(
                "compare_ms is {}, and not between 100 and 3600000",
                config.compare_ms
            );
        }
        let mut sources = BTreeSet::new();
        for source in &config.sources {
            if !sources.insert(&source.name) {
                anyhow::bail!("the source {:?} is named twice", source.name);
            }
            if SourceId::new(&source.name).is_err() {
                anyhow::bail!("{:?} is no name of a source", source.name);
            }
            if !(1..=3_600_000).contains(&source.poll_ms) {
                anyhow::bail!(
                    "poll_ms is {}, and not between 1 and 3600000",
                    source.poll_ms
                );
            }
        }
        let mut names = BTreeSet::new();
        for chain in &config.chains {
            if !names.insert(&chain.name) {
                anyhow::bail!("the chain {:?} is named twice", chain.name);
            }
            let witnesses: BTreeSet<&String> = chain.witnesses.iter().collect();
            let once = witnesses.len() == chain.witnesses.len() && !witnesses.contains(&chain.node);
            if !once || witnesses.len() > MAX_WITNESSES {
                anyhow::bail!(
                    "the witnesses of {:?} are to be at most {MAX_WITNESSES} nodes, each named once and none of them its `node`",
                    chain.name
                );
            }
        }
        Ok(config)
    }

    /// The chains, ready to be asked.
    pub(crate) fn ports(&self, file: &Path) -> Result<Vec<NodePort>> {
        let dir = file.parent().unwrap_or(Path::new("."));
        let mut seen = BTreeSet::new();
        self.chains
            .iter()
            .map(|entry| {
                let port = entry.port(dir)?;
                let chain = pangolin_interchain::Port::chain(&port);
                if !seen.insert(chain) {
                    let why = format!("chain {:?} is the same as one named before it", entry.name);
                    let failure = Failure::local("relay-file", why);
                    return Err(failure.at(file.display().to_string()).into());
                }
                Ok(port)
            })
            .collect()
    }
}

impl ChainEntry {
    fn genesis(&self, dir: &Path) -> Result<Genesis> {
        let path = dir.join(&self.genesis);
        let bytes =
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Genesis::parse(&bytes).with_context(|| format!("{} is not a genesis file", path.display()))
    }

    fn client(&self, dir: &Path, url: &str, who: Credentials) -> Result<Client> {
        let options = Options {
            timeout: TIMEOUT,
            trust: self.ca.iter().map(|ca| dir.join(ca)).collect(),
            patience: Duration::from_secs(5),
            ..Options::default()
        };
        Client::with(url, who, &options)
            .with_context(|| format!("cannot prepare a connection to {url}"))
    }

    /// What its blocks are checked with, and the nodes that show them: the one that is carried for, and the witnesses, which are asked as
    /// nobody.
    pub(super) fn witnesses(&self, dir: &Path) -> Result<(TrustedChain, Vec<Arc<dyn Witness>>)> {
        let own = Credentials::Key(read_key(&dir.join(&self.key))?.into());
        let own = (&self.node, own);
        let others = self.witnesses.iter().map(|url| (url, Credentials::None));
        let all = std::iter::once(own).chain(others).map(|(url, who)| {
            let client = self.client(dir, url, who)?;
            Ok(Arc::new(NodeWitness::new(url.clone(), client)) as Arc<dyn Witness>)
        });
        Ok((self.genesis(dir)?.trusted(), all.collect::<Result<_>>()?))
    }

    fn port(&self, dir: &Path) -> Result<NodePort> {
        let path = dir.join(&self.genesis);
        let genesis = self.genesis(dir)?;
        let ledger = Ledger::from_bytes(&genesis.ledger)
            .with_context(|| format!("the ledger in {} cannot be read", path.display()))?;
        let profile = ledger.profiles.first().copied();
        let key = read_key(&dir.join(&self.key))?;
        let client = self.client(dir, &self.node, Credentials::Key(key.into()))?;
        let signer = Signer {
            party: connect::party(&self.party)?,
            key,
        };
        Ok(NodePort::new(
            self.name.clone(),
            ChainId(genesis.chain.0),
            profile.with_context(|| format!("{} names no rules", path.display()))?,
            client,
            signer,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r#"
        listen = "127.0.0.1:4300"
        [[chain]]
        name = "east"
        genesis = "east.json"
        node = "http://127.0.0.1:1"
        party = "urn:x:carrier"
        key = "carrier.key"
        [[chain]]
        name = "west"
        genesis = "west.json"
        node = "http://127.0.0.1:2"
        party = "urn:x:carrier"
        key = "carrier.key"
    "#;

    #[test]
    fn a_file_is_read_and_written() {
        let config = Config::parse(TWO).unwrap();
        assert_eq!((config.chains.len(), config.poll_ms), (2, 50));
        let text = toml::to_string_pretty(&config).unwrap();
        assert_eq!(Config::parse(&text).unwrap().chains[1].name, "west");
    }

    #[test]
    fn everything_else_is_refused_in_words() {
        for (from, to, expect) in [
            ("\"west\"", "\"east\"", "\"east\" is named twice"),
            ("listen", "poll_ms = 0\nlisten", "not between 1 and 60000"),
            (
                "listen",
                "compare_ms = 1\nlisten",
                "not between 100 and 3600000",
            ),
            (
                "party",
                "witnesses = [\"http://127.0.0.1:1\"]\nparty",
                "none of them its `node`",
            ),
            (
                "party",
                "witnesses = [\"http://a\", \"http://a\"]\nparty",
                "each named once",
            ),
            ("party", "partei", "unknown field"),
            (
                "[[chain]]",
                "[[source]]\nname = \"a\"\nrpc = \"u\"\n[[source]]\nname = \"a\"\nrpc = \"v\"\n[[chain]]",
                "named twice",
            ),
            ("127.0.0.1:4300", "here", "invalid socket address"),
        ] {
            let error = Config::parse(&TWO.replace(from, to)).unwrap_err();
            assert!(format!("{error:#}").contains(expect), "{error:#}");
        }
        let error = Config::parse("").unwrap_err().to_string();
        assert!(error.contains("0 are named"), "{error}");
    }
}
