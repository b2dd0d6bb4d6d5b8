//! Making the files of a network: keys, genesis, one directory per node.
//!
//! The chain key comes from a trusted dealer, this program, which holds the whole key for a moment. That is for
//! development and demonstration only; the genesis file says so, and so does every node's status.

use anyhow::{Context as _, Result};
use commonware_cryptography::Signer as _;
use commonware_utils::{TryCollect as _, ordered::Set};
use ed25519_zebra::{SigningKey, VerificationKeyBytes};
use pangolin_api::own::Placement;
use pangolin_chain::{
    genesis::{FORMAT, GenesisFile, KeyOrigin, ValidatorEntry, encode_sharing},
    keys,
    types::{NodeKey, NodeSecret},
};
use pangolin_ledger::{
    ChainId, PublicKey, Role, TimeMs, Wire as _,
    state::{KeyUse, Params},
};
use pangolin_profiles::{
    catalog::Rules,
    member::{self, Member},
};
use rand_core::CryptoRng;
use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use crate::node::{
    config::{Config, PeerEntry, default_disclosures},
    votes,
};

/// A company of the network.
#[derive(Clone, Debug)]
pub(crate) struct Company {
    /// Name in files and tokens.
    pub(crate) slug: String,
    /// Its membership, without keys.
    pub(crate) member: Member,
    /// The node that captures for it, by place among [`Spec::validators`].
    pub(crate) home: usize,
}

/// What to make.
pub(crate) struct Spec {
    /// Name of the chain.
    pub(crate) name: String,
    /// Its rules.
    pub(crate) rules: &'static Rules,
    /// Name and organisation of each validator.
    pub(crate) validators: Vec<(String, String)>,
    /// Name and organisation of each observer.
    pub(crate) observers: Vec<(String, String)>,
    /// Companies.
    pub(crate) companies: Vec<Company>,
    /// Who admits the others and governs, without keys.
    pub(crate) regulator: Member,
    /// Parties that may carry messages between chains by the nodes.
    pub(crate) relays: Vec<String>,
    /// Parameters of the ledger.
    pub(crate) params: Params,
    /// First of the ports: peers of all nodes, then HTTP of all nodes.
    pub(crate) first_port: u16,
    /// Ledger time of the beginning, milliseconds since 1970.
    pub(crate) created_ms: u64,
    /// Longest time between two blocks, in milliseconds.
    pub(crate) heartbeat_ms: u64,
    /// Blocks of an epoch.
    pub(crate) epoch_blocks: u64,
    /// Whether the nodes serve HTTP: validators, observers.
    pub(crate) http: (bool, bool),
    /// Whether validators that serve HTTP keep an index; observers do.
    pub(crate) index: bool,
    /// Product verifications that one requester may ask each node for in a second.
    pub(crate) verify_rate: u32,
    /// Where full events go that are captured here.
    pub(crate) placement: Placement,
}

/// A network on disk.
#[derive(Clone, Debug)]
pub(crate) struct Created {
    /// The genesis file.
    pub(crate) genesis: PathBuf,
    /// Name, directory and HTTP address of each node: validators, then observers.
    pub(crate) nodes: Vec<(String, PathBuf, Option<SocketAddr>)>,
    /// Development tokens by company slug.
    pub(crate) tokens: BTreeMap<String, String>,
    /// Owner key file of each company by slug.
    pub(crate) keys: BTreeMap<String, PathBuf>,
}

/// The party that admits members and issues orders.
pub(crate) const REGULATOR: &str = "regulator";
/// What the development tokens begin with; the slug follows.
pub(crate) const TOKEN_PREFIX: &str = "demo-token-";

/// The regulator of a network of one chain.
pub(crate) fn office() -> Member {
    Member {
        name: "Office of Medicines Supervision".into(),
        id: "urn:pangolin:demo:regulator".into(),
        roles: vec![Role::GOVERNOR, Role::REGISTRAR, Role::AUTHORITY],
        ..Member::default()
    }
}

/// Makes the files under `dir`, which must not hold a network.
pub(crate) fn create(dir: &Path, spec: &Spec, rng: &mut impl CryptoRng) -> Result<Created> {
    fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let count = spec.validators.len() + spec.observers.len();
    let secrets: Vec<NodeSecret> = (0..count).map(|_| keys::generate(rng)).collect();
    let (voting, watching) = secrets.split_at(spec.validators.len());
    let set: Set<NodeKey> = voting
        .iter()
        .map(NodeSecret::public_key)
        .try_collect()
        .map_err(|_| anyhow::anyhow!("two validators drew the same key"))?;
    let (sharing, shares) = keys::trusted_dealer(rng, set)?;
    let company_keys = company_keys(dir, spec, rng)?;
    let members = members(spec, &company_keys);
    let time = TimeMs(i64::try_from(spec.created_ms)?);
    let ledger = member::genesis(
        spec.rules.industry(),
        ChainId([0; 32]),
        time,
        spec.params.clone(),
        vec![spec.rules.reference],
        &members,
    )?;
    let file = GenesisFile {
        format: FORMAT.into(),
        name: spec.name.clone(),
        key_origin: KeyOrigin::TrustedDealer,
        created_ms: spec.created_ms,
        heartbeat_ms: spec.heartbeat_ms,
        epoch_blocks: Some(spec.epoch_blocks),
        validators: spec
            .validators
            .iter()
            .zip(voting)
            .map(|((name, organisation), secret)| ValidatorEntry {
                name: name.clone(),
                organisation: organisation.clone(),
                key: keys::public_hex(secret),
            })
            .collect(),
        chain_key: encode_sharing(&sharing),
        ledger: hex::encode(ledger.to_bytes()),
    };
    let genesis = dir.join("genesis.json");
    write(&genesis, &serde_json::to_vec_pretty(&file)?)?;
    let names: Vec<&String> = spec
        .validators
        .iter()
        .chain(&spec.observers)
        .map(|(name, _)| name)
        .collect();
    let address = |i: usize| -> Result<SocketAddr> {
        Ok(SocketAddr::from((
            Ipv4Addr::LOCALHOST,
            u16::try_from(i)
                .ok()
                .and_then(|i| spec.first_port.checked_add(i))
                .context("there are too few ports above the first one")?,
        )))
    };
    let peers = names
        .iter()
        .zip(&secrets)
        .enumerate()
        .map(|(i, (name, secret))| {
            Ok(PeerEntry {
                name: (*name).clone(),
                key: keys::public_hex(secret),
                address: address(i)?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let tokens: BTreeMap<String, String> = spec
        .companies
        .iter()
        .map(|company| company.slug.clone())
        .chain([REGULATOR.to_owned()])
        .map(|slug| (slug.clone(), format!("{TOKEN_PREFIX}{slug}")))
        .collect();
    let mut nodes = Vec::new();
    for (i, (name, secret)) in names.iter().zip(&secrets).enumerate() {
        let node = dir.join(name);
        fs::create_dir_all(&node).with_context(|| format!("cannot make {}", node.display()))?;
        write_secret(&node.join("node.key"), &keys::encode_secret(secret))?;
        let share = shares.get_value(&secret.public_key());
        if let Some(share) = share {
            write_secret(&node.join("share.key"), &keys::encode_share(share))?;
            votes::never(&node.join("data"))?;
        }
        let voter = i < voting.len();
        let http = if voter { spec.http.0 } else { spec.http.1 };
        let http = http.then(|| address(count + i)).transpose()?;
        let config = Config {
            name: (*name).clone(),
            genesis: PathBuf::from("../genesis.json"),
            secret: "node.key".into(),
            share: share.map(|_| "share.key".into()),
            data: "data".into(),
            listen: address(i)?,
            http,
            index: spec.index || !voter,
            cache_mb: 8,
            archive: !voter,
            keep_blocks: 100_000,
            sync_state: false,
            verify_rate: spec.verify_rate,
            disclosures: default_disclosures(),
            placement: spec.placement,
            development: true,
            public_urls: Vec::new(),
            operators: Vec::new(),
            relays: spec.relays.clone(),
            tls: None,
            clients: Vec::new(),
            tokens: tokens
                .iter()
                .map(|(slug, token)| (token.clone(), party_of(spec, slug)))
                .collect(),
            agents: company_keys
                .iter()
                .filter(|(slug, _)| home_of(spec, slug) == i || !voter)
                .map(|(slug, key)| {
                    (
                        party_of(spec, slug),
                        PathBuf::from("..").join(&key.agent_file),
                    )
                })
                .collect(),
            trust: Vec::new(),
            peers: peers.clone(),
            neighbours: Vec::new(),
        };
        config.save(&node)?;
        nodes.push(((*name).clone(), node, http));
    }
    debug_assert_eq!(watching.len(), spec.observers.len());
    let keys = company_keys
        .into_iter()
        .map(|(slug, key)| (slug, dir.join(key.owner_file)))
        .collect();
    Ok(Created {
        genesis,
        nodes,
        tokens,
        keys,
    })
}

struct CompanyKeys {
    owner: PublicKey,
    owner_file: PathBuf,
    agent: PublicKey,
    agent_file: PathBuf,
}

fn company_keys(
    dir: &Path,
    spec: &Spec,
    rng: &mut impl CryptoRng,
) -> Result<BTreeMap<String, CompanyKeys>> {
    let folder = dir.join("keys");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let slugs = spec
        .companies
        .iter()
        .map(|company| company.slug.clone())
        .chain([REGULATOR.to_owned()]);
    let mut fresh = |name: String| -> Result<(PublicKey, PathBuf)> {
        let key = SigningKey::new(&mut *rng);
        let file = PathBuf::from("keys").join(name);
        let secret: [u8; 32] = key.into();
        write_secret(&dir.join(&file), &hex::encode(secret))?;
        Ok((PublicKey(VerificationKeyBytes::from(&key).into()), file))
    };
    slugs
        .map(|slug| {
            let (owner, owner_file) = fresh(format!("{slug}.key"))?;
            let (agent, agent_file) = fresh(format!("{slug}-agent.key"))?;
            Ok((
                slug,
                CompanyKeys {
                    owner,
                    owner_file,
                    agent,
                    agent_file,
                },
            ))
        })
        .collect()
}

fn members(spec: &Spec, keys: &BTreeMap<String, CompanyKeys>) -> Vec<Member> {
    let with_keys = |slug: &str, mut member: Member| {
        if let Some(keys) = keys.get(slug) {
            member.keys.push((keys.owner, KeyUse::Owner));
            let agent = if slug == REGULATOR {
                KeyUse::Owner
            } else {
                KeyUse::Agent(std::collections::BTreeSet::new())
            };
            member.keys.push((keys.agent, agent));
        }
        member
    };
    let regulator = spec.regulator.clone();
    let companies = spec
        .companies
        .iter()
        .map(|company| with_keys(&company.slug, company.member.clone()));
    companies.chain([with_keys(REGULATOR, regulator)]).collect()
}

fn party_of(spec: &Spec, slug: &str) -> String {
    let company = spec.companies.iter().find(|company| company.slug == slug);
    company.map_or_else(
        || spec.regulator.id.clone(),
        |company| company.member.id.clone(),
    )
}

fn home_of(spec: &Spec, slug: &str) -> usize {
    let company = spec.companies.iter().find(|company| company.slug == slug);
    company.map_or(spec.validators.len(), |company| company.home)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a secret so that only its owner reads it.
pub(crate) fn write_secret(path: &Path, text: &str) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.with_context(|| format!("cannot make {}", path.display()))?;
    std::io::Write::write_all(&mut file, text.as_bytes())
        .with_context(|| format!("cannot write {}", path.display()))
}
