//! The configuration of the interface, as it stands in the node's file, and its checked form.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use pangolin_epcis::read::Mode;
use pangolin_ledger::id::{ChainId, PartyId};
use serde::Deserialize;
use thiserror::Error;

use crate::{
    auth::token::Tokens,
    authorise::{Area, OPEN, Rules},
    finding::Neighbour,
    limits,
    own::Placement,
    verify::directory::{Directory, DirectoryError, Responder},
};

/// The configuration. Everything has a default but `data_dir`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address to listen on.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// Where capture jobs and their documents are kept.
    pub data_dir: PathBuf,
    /// Addresses under which clients know this node, such as `https://node.example`: needed behind a proxy, because
    /// signatures cover them.
    #[serde(default)]
    pub public_urls: Vec<String>,
    /// Development: tokens are accepted, and plain HTTP beyond this machine.
    #[serde(default)]
    pub development: bool,
    /// Certificate and key of this node.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// Capture.
    #[serde(default)]
    pub capture: Capture,
    /// Who may do what.
    #[serde(default)]
    pub access: Access,
    /// Product verification.
    #[serde(default)]
    pub verify: Verify,
    /// Searches over chains.
    #[serde(default)]
    pub find: Find,
    /// Most entries of the log of disclosures.
    #[serde(default = "default_disclosures")]
    pub disclosures: u64,
}

/// Certificate and key, both in PEM.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate chain.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Reading mode, as the configuration names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReadMode {
    /// Accept what is unambiguous, list every defect.
    #[default]
    Lenient,
    /// Refuse what is against the standard.
    Strict,
}

impl From<ReadMode> for Mode {
    fn from(mode: ReadMode) -> Self {
        match mode {
            ReadMode::Lenient => Self::Lenient,
            ReadMode::Strict => Self::Strict,
        }
    }
}

/// Capture.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Capture {
    /// Largest document in bytes.
    pub max_bytes: u64,
    /// Most events in a document.
    pub max_events: usize,
    /// Most bytes of documents waiting.
    pub spool_bytes: u64,
    /// Days a finished job is kept.
    pub keep_days: u32,
    /// How documents are read when the request does not say.
    pub mode: ReadMode,
    /// Where full events are kept when the request does not say.
    pub placement: Placement,
}

impl Default for Capture {
    fn default() -> Self {
        Self {
            max_bytes: limits::DEFAULT_CAPTURE_BYTES,
            max_events: limits::DEFAULT_CAPTURE_EVENTS,
            spool_bytes: limits::DEFAULT_SPOOL_BYTES,
            keep_days: limits::DEFAULT_JOB_DAYS,
            mode: ReadMode::default(),
            placement: Placement::default(),
        }
    }
}

/// Who may do what.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Access {
    /// Areas that everybody may read.
    pub open: BTreeSet<Area>,
    /// Parties that operate this node.
    pub operators: Vec<String>,
    /// Parties that may carry messages between chains by this node.
    pub relays: Vec<String>,
    /// Client certificates.
    pub certificates: Vec<Certificate>,
    /// Tokens, in development only.
    pub tokens: Vec<Token>,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            open: OPEN.into(),
            operators: Vec::new(),
            relays: Vec::new(),
            certificates: Vec::new(),
            tokens: Vec::new(),
        }
    }
}

/// A client certificate and whose it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// SHA-256 of the certificate in DER, hexadecimal, with or without colons.
    pub sha256: String,
    /// The party.
    pub party: String,
    /// Further parties it may capture for.
    #[serde(default)]
    pub acts_for: Vec<String>,
}

/// A token and whose it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The token (at least 8 characters).
    pub token: String,
    /// The party.
    pub party: String,
    /// Further parties it may capture for.
    #[serde(default)]
    pub acts_for: Vec<String>,
}

/// Product verification.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Verify {
    /// Who answers for which trade items; whoever made the lot, unless the configuration says otherwise.
    pub responders: Vec<Responder>,
    /// Whether a requester must be signed in as the party it names.
    pub signed_requests: bool,
    /// Failed guesses of one requester within ten minutes before it is turned away.
    pub guesses: u32,
    /// Requests of one requester per second.
    pub rate: u32,
}

impl Default for Verify {
    fn default() -> Self {
        Self {
            responders: vec![Responder::maker()],
            signed_requests: false,
            guesses: limits::DEFAULT_GUESSES,
            rate: limits::DEFAULT_VERIFY_RATE,
        }
    }
}

/// Searches over chains.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Find {
    /// Nodes of other chains, besides those that registries record.
    pub neighbours: Vec<NeighbourEntry>,
    /// PEM files with certificates to trust besides those of the system.
    pub trust: Vec<PathBuf>,
}

/// Nodes of another chain.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeighbourEntry {
    /// The chain, hexadecimal.
    pub chain: String,
    /// Where its nodes answer.
    pub endpoints: Vec<String>,
    /// Prefixes of issuers that are at home there.
    #[serde(default)]
    pub prefixes: Vec<String>,
}

const fn default_disclosures() -> u64 {
    limits::DEFAULT_DISCLOSURES
}

const fn default_listen() -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080)
}

/// The configuration cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Plain HTTP beyond this machine.
    #[error(
        "{0} would be plain HTTP beyond this machine: configure tls, listen on a loopback address, or set development = true"
    )]
    Plaintext(SocketAddr),
    /// Tokens outside development.
    #[error("tokens are for development only: remove them, or set development = true")]
    Tokens,
    /// A token that anybody can guess.
    #[error("the token of party {0} has fewer than 8 characters")]
    ShortToken(String),
    /// A party identifier that is none.
    #[error("{0:?} is no party identifier")]
    Party(String),
    /// A fingerprint that is none.
    #[error("{0:?} is no SHA-256 in hexadecimal")]
    Fingerprint(String),
    /// A public address that is none.
    #[error("{0:?} is no address of the form https://host[:port]")]
    PublicUrl(String),
    /// A neighbour's chain that is none.
    #[error("{0:?} is no identity of a chain: it has 64 hexadecimal digits")]
    Chain(String),
    /// A neighbour's address that is none.
    #[error("{0:?} is no address of a node of the form https://host[:port]")]
    Endpoint(String),
    /// A neighbour's prefix that is none.
    #[error("{0:?} is no company prefix: it has digits only")]
    Prefix(String),
    /// The directory of responders contradicts itself.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

impl ConfigError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Plaintext(_) => "config-plaintext",
            Self::Tokens => "config-tokens",
            Self::ShortToken(_) => "config-short-token",
            Self::Party(_) => "config-party",
            Self::Fingerprint(_) => "config-fingerprint",
            Self::PublicUrl(_) => "config-public-url",
            Self::Chain(_) => "config-chain",
            Self::Endpoint(_) => "config-endpoint",
            Self::Prefix(_) => "config-prefix",
            Self::Directory(error) => error.code(),
        }
    }
}

/// A party with those it may capture for.
pub(crate) type Assigned = (PartyId, BTreeSet<PartyId>);

/// The configuration, checked.
pub(crate) struct Checked {
    pub(crate) rules: Rules,
    pub(crate) certificates: BTreeMap<[u8; 32], Assigned>,
    pub(crate) tokens: Option<Tokens>,
    pub(crate) origins: Vec<(String, String)>,
    pub(crate) directory: Directory,
    pub(crate) neighbours: Vec<Neighbour>,
}

impl Config {
    /// Checks everything that can be checked without files.
    pub(crate) fn check(&self) -> Result<Checked, ConfigError> {
        if self.tls.is_none() && !self.development && !self.listen.ip().is_loopback() {
            return Err(ConfigError::Plaintext(self.listen));
        }
        let access = &self.access;
        let mut certificates = BTreeMap::new();
        for entry in &access.certificates {
            let assigned = (party(&entry.party)?, parties(&entry.acts_for)?);
            certificates.insert(fingerprint(&entry.sha256)?, assigned);
        }
        let operators = parties(&access.operators)?;
        Ok(Checked {
            rules: Rules {
                open: access.open.clone(),
                operators,
                relays: parties(&access.relays)?,
            },
            certificates,
            tokens: self.tokens()?,
            origins: self
                .public_urls
                .iter()
                .map(|url| origin(url))
                .collect::<Result<_, _>>()?,
            directory: Directory::new(&self.verify.responders)?,
            neighbours: self
                .find
                .neighbours
                .iter()
                .map(neighbour)
                .collect::<Result<_, _>>()?,
        })
    }

    fn tokens(&self) -> Result<Option<Tokens>, ConfigError> {
        if !self.development {
            return if self.access.tokens.is_empty() {
                Ok(None)
            } else {
                Err(ConfigError::Tokens)
            };
        }
        let mut tokens = Tokens::default();
        for entry in &self.access.tokens {
            if entry.token.len() < 8 {
                return Err(ConfigError::ShortToken(entry.party.clone()));
            }
            tokens.insert(
                &entry.token,
                party(&entry.party)?,
                parties(&entry.acts_for)?,
            );
        }
        Ok(Some(tokens))
    }
}

fn party(text: &str) -> Result<PartyId, ConfigError> {
    crate::words::party(text).ok_or_else(|| ConfigError::Party(text.to_owned()))
}

fn parties(texts: &[String]) -> Result<BTreeSet<PartyId>, ConfigError> {
    texts.iter().map(|text| party(text)).collect()
}

fn neighbour(entry: &NeighbourEntry) -> Result<Neighbour, ConfigError> {
    let mut chain = [0; 32];
    hex::decode_to_slice(&entry.chain, &mut chain)
        .map_err(|_| ConfigError::Chain(entry.chain.clone()))?;
    for endpoint in &entry.endpoints {
        origin(endpoint).map_err(|_| ConfigError::Endpoint(endpoint.clone()))?;
    }
    let digits = |text: &&String| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if let Some(wrong) = entry.prefixes.iter().find(|text| !digits(text)) {
        return Err(ConfigError::Prefix(wrong.clone()));
    }
    Ok(Neighbour {
        chain: ChainId(chain),
        endpoints: entry.endpoints.clone(),
        prefixes: entry.prefixes.clone(),
    })
}

fn fingerprint(text: &str) -> Result<[u8; 32], ConfigError> {
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    let mut bytes = [0; 32];
    hex::decode_to_slice(digits, &mut bytes)
        .map_err(|_| ConfigError::Fingerprint(text.to_owned()))?;
    Ok(bytes)
}

fn origin(url: &str) -> Result<(String, String), ConfigError> {
    let bad = || ConfigError::PublicUrl(url.to_owned());
    let (scheme, authority) = url
        .trim_end_matches('/')
        .split_once("://")
        .ok_or_else(bad)?;
    let good = matches!(scheme, "http" | "https")
        && !authority.is_empty()
        && !authority.contains(['/', '?', '#', '@']);
    if good {
        Ok((scheme.to_owned(), authority.to_ascii_lowercase()))
    } else {
        Err(bad())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config {
            listen: default_listen(),
            data_dir: PathBuf::from("."),
            public_urls: Vec::new(),
            development: false,
            tls: None,
            capture: Capture::default(),
            access: Access::default(),
            verify: Verify::default(),
            find: Find::default(),
            disclosures: default_disclosures(),
        }
    }

    #[test]
    fn dangerous_configurations_are_refused() {
        let check = |change: &dyn Fn(&mut Config)| {
            let mut config = config();
            change(&mut config);
            config.check().map(|_| ()).map_err(|error| error.code())
        };
        let token = |text: &str| Token {
            token: text.into(),
            party: "urn:x:a".into(),
            acts_for: Vec::new(),
        };
        assert_eq!(check(&|_| ()), Ok(()));
        assert_eq!(
            check(&|c| c.listen = "0.0.0.0:80".parse().unwrap()),
            Err("config-plaintext")
        );
        assert_eq!(
            check(&|c| c.access.tokens.push(token("long enough"))),
            Err("config-tokens")
        );
        assert_eq!(
            check(&|c| {
                c.development = true;
                c.access.tokens.push(token("short"));
            }),
            Err("config-short-token")
        );
        assert_eq!(
            check(&|c| c.public_urls.push("node.example".into())),
            Err("config-public-url")
        );
        let neighbour = |chain: &str, endpoint: &str, prefix: &str| NeighbourEntry {
            chain: chain.into(),
            endpoints: vec![endpoint.into()],
            prefixes: vec![prefix.into()],
        };
        let (chain, node) = ("07".repeat(32), "https://node.example");
        for (entry, expect) in [
            (neighbour(&chain, node, "036615"), Ok(())),
            (neighbour("07", node, "036615"), Err("config-chain")),
            (neighbour(&chain, "node", "036615"), Err("config-endpoint")),
            (neighbour(&chain, node, "03x"), Err("config-prefix")),
        ] {
            assert_eq!(check(&|c| c.find.neighbours.push(entry.clone())), expect);
        }
        let certificate = |sha256: &str| Certificate {
            sha256: sha256.into(),
            party: "urn:x:a".into(),
            acts_for: Vec::new(),
        };
        assert_eq!(
            check(&|c| c.access.certificates.push(certificate("00"))),
            Err("config-fingerprint")
        );
        assert_eq!(
            check(&|c| c.access.certificates.push(certificate(&"0a:".repeat(32)))),
            Ok(())
        );
    }
}
