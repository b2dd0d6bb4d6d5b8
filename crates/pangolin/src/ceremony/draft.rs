//! The draft of a chain: everything that its genesis file will say but the key. All validators need the very same file.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use pangolin_chain::{
    ceremony::{CeremonyError, Terms, hash_draft},
    genesis::{
        EPOCH_BLOCKS, EPOCH_RANGE, FORMAT as GENESIS, GenesisFile, KeyOrigin, ValidatorEntry,
        parse_key,
    },
    node::Peer,
};
use pangolin_ledger::{ChainId, PublicKey, TimeMs, Wire as _, state::KeyUse};
use pangolin_profiles::{
    catalog::{self, Industry, Rules},
    member::{self, Member},
};
use serde::Deserialize;
use std::{collections::BTreeSet, net::SocketAddr, path::Path};

use crate::{
    failure::Failure,
    node::{config::PeerEntry, machine},
};

const FORMAT: &str = "pangolin-draft/1";
/// Longest name in a draft, in bytes.
const MAX_NAME_BYTES: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    name: String,
    profile: String,
    start: String,
    #[serde(default = "second")]
    heartbeat_ms: u64,
    /// Blocks of an epoch, between two of which validators may change.
    #[serde(default = "epoch_blocks")]
    epoch_blocks: u64,
    governors: Option<u8>,
    registrars: Option<u8>,
    #[serde(rename = "validator", default)]
    validators: Vec<Validator>,
    #[serde(rename = "member", default)]
    members: Vec<MemberEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Validator {
    name: String,
    organisation: String,
    key: String,
    address: SocketAddr,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberEntry {
    name: String,
    id: String,
    roles: Vec<String>,
    #[serde(default)]
    prefixes: Vec<String>,
    #[serde(default)]
    gtins: Vec<String>,
    owners: Vec<String>,
    #[serde(default)]
    agents: Vec<String>,
}

const fn second() -> u64 {
    1_000
}

/// A checked draft.
pub(crate) struct Draft {
    content: Vec<u8>,
    genesis: GenesisFile,
    peers: Vec<(PeerEntry, Peer)>,
    /// When the chain is to start.
    pub(crate) start: Timestamp,
}

impl Draft {
    /// Reads and checks a draft.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let content =
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&content)
    }

    fn parse(content: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(content).map_err(|error| wrong("", error))?;
        let file: File = toml::from_str(text).map_err(|error| {
            let place = error.span().map(|span| {
                let before = text.get(..span.start).unwrap_or_default();
                format!("line {}", before.matches('\n').count() + 1)
            });
            Failure::coded("draft", &anyhow::anyhow!("{}", error.message()), place)
        })?;
        if file.format != FORMAT {
            return Err(wrong("/format", format!("it must be {FORMAT:?}")));
        }
        let rules = catalog::named(&file.profile).ok_or_else(|| {
            let known = catalog::names().join(", ");
            wrong(
                "/profile",
                format!("the profile of a chain is one of {known}"),
            )
        })?;
        name("/name", &file.name)?;
        if !(100..=60_000).contains(&file.heartbeat_ms) {
            return Err(wrong("/heartbeat_ms", "it is 100 to 60000"));
        }
        if !EPOCH_RANGE.contains(&file.epoch_blocks) {
            return Err(wrong("/epoch_blocks", "it is 16 to 10000000"));
        }
        let start: Timestamp = file.start.parse().map_err(|error| wrong("/start", error))?;
        let created_ms =
            u64::try_from(start.as_millisecond()).map_err(|error| wrong("/start", error))?;
        let mut peers = Vec::new();
        let (mut names, mut addresses) = (BTreeSet::new(), BTreeSet::new());
        for (i, entry) in file.validators.iter().enumerate() {
            let place = |field: &str| format!("/validator/{i}/{field}");
            name(&place("name"), &entry.name)?;
            name(&place("organisation"), &entry.organisation)?;
            let key = parse_key(&entry.key).ok_or_else(|| {
                wrong(
                    place("key"),
                    "it is not a node's public key, as `pangolin node init` prints it",
                )
            })?;
            if !names.insert(&entry.name) {
                return Err(wrong(place("name"), "another validator has this name"));
            }
            if !addresses.insert(entry.address) || entry.address.ip().is_unspecified() {
                return Err(wrong(
                    place("address"),
                    "others must reach it there, and it alone",
                ));
            }
            let peer = PeerEntry {
                name: entry.name.clone(),
                key: entry.key.clone(),
                address: entry.address,
            };
            peers.push((
                peer,
                Peer {
                    key,
                    address: entry.address,
                },
            ));
        }
        let ledger = ledger(&file, rules, created_ms)?;
        let validators = file.validators.into_iter();
        let validators = validators.map(|entry| ValidatorEntry {
            name: entry.name,
            organisation: entry.organisation,
            key: entry.key,
        });
        let genesis = GenesisFile {
            format: GENESIS.into(),
            name: file.name,
            key_origin: KeyOrigin::Ceremony,
            created_ms,
            heartbeat_ms: file.heartbeat_ms,
            epoch_blocks: Some(file.epoch_blocks),
            validators: validators.collect(),
            chain_key: String::new(),
            ledger,
        };
        let draft = Self {
            content: content.to_vec(),
            genesis,
            peers,
            start,
        };
        draft.terms().map_err(super::said)?;
        Ok(draft)
    }

    /// What the ceremony is about.
    pub(crate) fn terms(&self) -> Result<Terms, CeremonyError> {
        Terms::new(self.genesis.clone(), hash_draft(&self.content))
    }

    /// The validators with their addresses.
    pub(crate) fn peers(&self) -> Vec<Peer> {
        self.peers.iter().map(|(_, peer)| peer.clone()).collect()
    }

    /// The validators as a node's configuration names them.
    pub(crate) fn peer_entries(&self) -> Vec<PeerEntry> {
        self.peers.iter().map(|(entry, _)| entry.clone()).collect()
    }
}

fn ledger(file: &File, rules: &Rules, created_ms: u64) -> Result<String> {
    let industry = rules.industry();
    let members = file.members.iter().enumerate();
    let members = members
        .map(|(i, entry)| member_of(i, entry, industry))
        .collect::<Result<Vec<_>>>()?;
    let mut params = (industry.params)();
    params.governors = file.governors.unwrap_or(params.governors);
    params.registrars = file.registrars.unwrap_or(params.registrars);
    let time = TimeMs(i64::try_from(created_ms)?);
    let profiles = vec![rules.reference];
    let genesis = member::genesis(industry, ChainId([0; 32]), time, params, profiles, &members)
        .map_err(|error| wrong("/member", error))?;
    machine()
        .genesis(&genesis)
        .map_err(|error| wrong("/member", error))?;
    Ok(hex::encode(genesis.to_bytes()))
}

fn member_of(i: usize, entry: &MemberEntry, industry: &Industry) -> Result<Member> {
    let place = |field: &str, j: usize| format!("/member/{i}/{field}/{j}");
    let mut roles = Vec::new();
    for (j, name) in entry.roles.iter().enumerate() {
        let known = (industry.role)(name);
        roles.push(known.ok_or_else(|| wrong(place("roles", j), "this role is not known"))?);
    }
    let mut keys = Vec::new();
    for (field, list) in [("owners", &entry.owners), ("agents", &entry.agents)] {
        for (j, text) in list.iter().enumerate() {
            let bytes = hex::decode(text)
                .ok()
                .and_then(|bytes| bytes.try_into().ok());
            let key = bytes.ok_or_else(|| {
                wrong(
                    place(field, j),
                    "it is not a public key, as `pangolin keys show` prints it",
                )
            })?;
            let used = if field == "owners" {
                KeyUse::Owner
            } else {
                KeyUse::Agent(BTreeSet::new())
            };
            keys.push((PublicKey(key), used));
        }
    }
    Ok(Member {
        name: entry.name.clone(),
        id: entry.id.clone(),
        roles,
        prefixes: entry.prefixes.clone(),
        gtins: entry.gtins.clone(),
        keys,
    })
}

const fn epoch_blocks() -> u64 {
    EPOCH_BLOCKS
}

fn name(place: &str, text: &str) -> Result<()> {
    if text.is_empty() || text.len() > MAX_NAME_BYTES || text.chars().any(char::is_control) {
        return Err(wrong(place, "it is a name of 1 to 200 bytes on one line"));
    }
    Ok(())
}

fn wrong(place: impl Into<String>, why: impl std::fmt::Display) -> anyhow::Error {
    let why = anyhow::anyhow!("the draft cannot be used: {why}");
    Failure::coded("draft", &why, Some(place.into())).into()
}

/// A draft to be filled in.
pub(crate) fn template(validators: u8, profile: &str, start: Timestamp) -> String {
    let mut text = format!(
        "# Everybody needs the very same file: compare the hash that `pangolin genesis check` prints.\n\
         format = {FORMAT:?}\nname = \"name of the chain\"\nprofile = {profile:?}\n\
         # Time of the first block: shortly before the nodes start.\nstart = \"{start:.0}\"\nheartbeat_ms = 1000\n\
         # Validators change between two epochs of so many blocks.\nepoch_blocks = {EPOCH_BLOCKS}\n"
    );
    for i in 1..=validators {
        text.extend([format!(
            "\n[[validator]]\nname = \"validator-{i}\"\norganisation = \"organisation {i}\"\n\
             key = \"public key that `pangolin node init` prints\"\naddress = \"192.0.2.{i}:4001\"\n"
        )]);
    }
    text.push_str(
        "\n# Whoever admits the others; more with [[member]] again.\n[[member]]\nname = \"office of supervision\"\n\
         id = \"urn:example:regulator\"\nroles = [\"governor\", \"registrar\", \"authority\"]\n\
         owners = [\"public key that `pangolin keys new` prints\"]\n",
    );
    text
}
