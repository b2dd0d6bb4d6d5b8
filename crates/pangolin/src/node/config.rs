//! The node's configuration file, `node.toml`.

use anyhow::{Context as _, Result, bail};
use pangolin_api::own::Placement;
use pangolin_chain::{genesis, node::Peer};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Name of the file in a node's directory.
pub(crate) const FILE: &str = "node.toml";

/// A node's configuration. Paths are relative to the directory of the file.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the file"
)]
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Name, for people.
    pub(crate) name: String,
    /// The chain's genesis file.
    pub(crate) genesis: PathBuf,
    /// File with this node's secret key.
    pub(crate) secret: PathBuf,
    /// File with this validator's share of the chain key; absent for an observer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) share: Option<PathBuf>,
    /// Where state, blocks and index are kept.
    pub(crate) data: PathBuf,
    /// Where to listen for peers.
    pub(crate) listen: SocketAddr,
    /// Where to serve HTTP; absent: no interface and no index.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) http: Option<SocketAddr>,
    /// Whether a node with an interface keeps an index of all events and the evidence for proofs. Without, it takes transactions and
    /// verifies products only, at a fraction of the cost: a validator whose organisation also runs an observer.
    #[serde(default = "yes")]
    pub(crate) index: bool,
    /// Megabytes of file pages kept in memory.
    #[serde(default = "default_cache")]
    pub(crate) cache_mb: usize,
    /// Keep every block instead of the last [`Config::keep_blocks`].
    #[serde(default)]
    pub(crate) archive: bool,
    /// Blocks to keep when not an archive.
    #[serde(default = "default_keep")]
    pub(crate) keep_blocks: usize,
    /// Fetch the state from peers at the first start instead of replaying the chain.
    #[serde(default)]
    pub(crate) sync_state: bool,
    /// Product verifications that one requester may ask for in a second; who asks faster is told to come back.
    #[serde(default = "default_verify_rate")]
    pub(crate) verify_rate: u32,
    /// Most entries of the log of disclosures, each up to some hundred bytes. None younger than 90 days goes: where that many come
    /// earlier, what would be one more is not disclosed.
    #[serde(
        default = "default_disclosures",
        skip_serializing_if = "is_default_disclosures"
    )]
    pub(crate) disclosures: u64,
    /// Where full events go that are captured here and whose request does not say: `full`, into blocks; `committed`, into this
    /// node's own store, and the chain gets what the rules need and a commitment.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) placement: Placement,
    /// Addresses under which clients know the interface, such as `https://node.example`; signatures cover them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) public_urls: Vec<String>,
    /// Parties that operate this node: GLNs or URIs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) operators: Vec<String>,
    /// Parties that may carry messages between chains by this node: GLNs or URIs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) relays: Vec<String>,
    /// PEM files with certificates to trust, besides those of the system, when nodes of other chains are asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) trust: Vec<PathBuf>,
    /// Development: accept the tokens below instead of signed requests.
    #[serde(default)]
    pub(crate) development: bool,
    /// Certificate and key of the interface; absent: plain HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tls: Option<Tls>,
    /// Client certificates and whose they are.
    #[serde(rename = "client", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) clients: Vec<ClientEntry>,
    /// Development tokens: token → party.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tokens: BTreeMap<String, String>,
    /// Capture agent keys: party → file with the secret key that signs what the party captures here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) agents: BTreeMap<String, PathBuf>,
    /// Validators and observers with their addresses.
    #[serde(rename = "peer", default)]
    pub(crate) peers: Vec<PeerEntry>,
    /// Nodes of other chains, besides those that registries record.
    #[serde(rename = "neighbour", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) neighbours: Vec<NeighbourEntry>,
}

/// Nodes of another chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NeighbourEntry {
    /// The chain, hexadecimal.
    pub(crate) chain: String,
    /// Where its nodes answer.
    pub(crate) endpoints: Vec<String>,
    /// Company prefixes that are at home there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) prefixes: Vec<String>,
}

/// Certificate and key of the interface, both in PEM.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    /// The certificate chain.
    pub(crate) certificate: PathBuf,
    /// The private key.
    pub(crate) key: PathBuf,
}

/// A client certificate and whose it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientEntry {
    /// SHA-256 of the certificate in DER, hexadecimal.
    pub(crate) sha256: String,
    /// The party.
    pub(crate) party: String,
    /// Further parties it may capture for.
    #[serde(default)]
    pub(crate) acts_for: Vec<String>,
}

/// A peer in the configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeerEntry {
    /// Name, for people.
    pub(crate) name: String,
    /// Public key, hexadecimal.
    pub(crate) key: String,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field over like this"
)]
fn is_default(placement: &Placement) -> bool {
    *placement == Placement::default()
}

const fn yes() -> bool {
    true
}

const fn default_cache() -> usize {
    16
}

const fn default_keep() -> usize {
    100_000
}

/// The default of [`Config::disclosures`].
pub(crate) const fn default_disclosures() -> u64 {
    pangolin_api::limits::DEFAULT_DISCLOSURES
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
const fn is_default_disclosures(most: &u64) -> bool {
    *most == default_disclosures()
}

/// The default of [`Config::verify_rate`].
pub(crate) const fn default_verify_rate() -> u32 {
    pangolin_api::limits::DEFAULT_VERIFY_RATE
}

impl Config {
    /// Reads the configuration of the node in `dir`.
    pub(crate) fn load(dir: &Path) -> Result<Self> {
        let path = dir.join(FILE);
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "cannot read {}; `pangolin node init` makes a node's directory",
                path.display()
            )
        })?;
        toml::from_str(&text)
            .with_context(|| format!("{} is not a node configuration", path.display()))
    }

    /// Writes the configuration into `dir`.
    pub(crate) fn save(&self, dir: &Path) -> Result<()> {
        let path = dir.join(FILE);
        let text = toml::to_string_pretty(self).context("cannot write the node configuration")?;
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// The peers, parsed.
    pub(crate) fn peers(&self) -> Result<Vec<Peer>> {
        self.peers
            .iter()
            .map(|peer| {
                let Some(key) = genesis::parse_key(&peer.key) else {
                    bail!(
                        "the key of peer {} is not a public key in hexadecimal",
                        peer.name
                    )
                };
                Ok(Peer {
                    key,
                    address: peer.address,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, default_disclosures};

    const LEAST: &str = r#"
        name = "one"
        genesis = "genesis.json"
        secret = "node.key"
        data = "data"
        listen = "127.0.0.1:1"
    "#;

    #[test]
    fn the_log_of_disclosures_is_as_large_as_the_file_says() {
        let plain: Config = toml::from_str(LEAST).unwrap();
        assert_eq!(plain.disclosures, default_disclosures());
        assert!(!toml::to_string(&plain).unwrap().contains("disclosures"));
        let larger: Config = toml::from_str(&format!("{LEAST}disclosures = 5_000_000")).unwrap();
        assert_eq!(larger.disclosures, 5_000_000);
        let written = toml::to_string(&larger).unwrap();
        assert!(written.contains("disclosures = 5000000"), "{written}");
    }
}
