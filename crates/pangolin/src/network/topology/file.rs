//! The file of a network of several chains: what it says, and everything that is wrong with it.
//!
//! ```toml
//! format = "pangolin-network/1"
//!
//! [[chain]]
//! name = "north"
//! profile = "pharma-strict"
//! validators = ["Makers' Association", "Wholesalers' Union"]   # organisations, each runs one process
//!
//! [[chain.member]]
//! slug = "acme"
//! name = "Acme Pharma"
//! id = "0366159000019"
//! roles = ["manufacturer"]
//!
//! [[link]]
//! between = ["north", "south"]                                # each knows the other
//! ```
//!
//! Places are JSON pointers: `/chain/0/member/2/roles/0`.

mod registry;

use anyhow::{Context as _, Result};
use pangolin_api::own::Placement;
use pangolin_ledger::{ChainId, Role, TimeMs, limits::MAX_JURISDICTION_BYTES};
use pangolin_profiles::{
    catalog::{self, Rules},
    member::{self, Member},
};
use serde::Deserialize;
use std::{collections::BTreeSet, fmt, path::Path};

use super::problem::{Problem, Problems};
use crate::{
    failure::Failure,
    network::{Company, members::MAX_MEMBERS, members::is_slug},
    node::machine,
};

pub(crate) use registry::Registry;
use registry::RegistryEntry;

const FORMAT: &str = "pangolin-network/1";
/// Most chains of a network on one machine.
const MAX_CHAINS: usize = 16;
/// Most validators of a chain on one machine, and most observers.
const MAX_NODES: usize = 16;
/// Most relays.
const MAX_RELAYS: usize = 16;
/// Largest file, in bytes.
const MAX_FILE_BYTES: u64 = 8 * 1024 * 1024;
/// Longest name, in bytes.
const MAX_NAME_BYTES: usize = 200;
/// How old the word of another chain may be where the file does not say.
const FRESHNESS_MS: u64 = 60_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    #[serde(default = "first_port")]
    first_port: u16,
    #[serde(rename = "chain", default)]
    chains: Vec<ChainEntry>,
    #[serde(rename = "link", default)]
    links: Vec<LinkEntry>,
    #[serde(rename = "relay", default)]
    relays: Vec<RelayEntry>,
    #[serde(rename = "registry", default)]
    registries: Vec<RegistryEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChainEntry {
    name: String,
    title: Option<String>,
    profile: String,
    #[serde(default = "second")]
    heartbeat_ms: u64,
    #[serde(default)]
    placement: Placement,
    validators: Vec<String>,
    #[serde(default)]
    observers: Vec<String>,
    regulator: Option<String>,
    #[serde(default)]
    jurisdiction: String,
    #[serde(rename = "member", default)]
    members: Vec<MemberEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberEntry {
    slug: String,
    name: String,
    id: String,
    roles: Vec<String>,
    #[serde(default)]
    prefixes: Vec<String>,
    #[serde(default)]
    gtins: Vec<String>,
    home: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkEntry {
    between: Vec<String>,
    #[serde(default)]
    one_way: bool,
    freshness_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RelayEntry {
    name: String,
    chains: Vec<String>,
    party: String,
}

const fn second() -> u64 {
    1_000
}

const fn first_port() -> u16 {
    4_600
}

/// A network as a checked file describes it.
#[derive(Debug)]
pub(crate) struct Topology {
    /// First of the ports; 0: free ones.
    pub(crate) first_port: u16,
    /// The chains.
    pub(crate) chains: Vec<Chain>,
    /// Which chain knows which.
    pub(crate) links: Vec<Link>,
    /// What carries messages between them.
    pub(crate) relays: Vec<Relay>,
    /// Chains that record others.
    pub(crate) registries: Vec<Registry>,
}

/// A chain of the network.
#[derive(Debug)]
pub(crate) struct Chain {
    /// Name in files and messages.
    pub(crate) name: String,
    /// Name for people.
    pub(crate) title: String,
    /// Its rules.
    pub(crate) rules: &'static Rules,
    /// Longest time between two blocks, in milliseconds.
    pub(crate) heartbeat_ms: u64,
    /// Where full events go that are captured by its nodes.
    pub(crate) placement: Placement,
    /// Name and organisation of each validator.
    pub(crate) validators: Vec<(String, String)>,
    /// Name and organisation of each observer.
    pub(crate) observers: Vec<(String, String)>,
    /// Who governs it.
    pub(crate) regulator: Member,
    /// Under whose law it is run; empty where that is not said.
    pub(crate) jurisdiction: String,
    /// Members besides.
    pub(crate) companies: Vec<Company>,
    /// Parties that may carry messages by its nodes: relays, which are members too.
    pub(crate) relays: Vec<String>,
}

/// One chain knows another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// The chain that knows, by its place.
    pub(crate) on: usize,
    /// The chain that is known.
    pub(crate) of: usize,
    /// How old the word of that chain may be when it is relied upon, in milliseconds.
    pub(crate) freshness_ms: u64,
}

/// A process that carries messages between chains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relay {
    /// Its name in files.
    pub(crate) name: String,
    /// Its chains, by their places.
    pub(crate) chains: Vec<usize>,
    /// The party in whose name it sends, admitted on each of them.
    pub(crate) party: String,
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "chain {} knows chain {}", self.on, self.of)
    }
}

impl Topology {
    /// Reads and checks a file; the error names everything that is wrong with it.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let size = std::fs::metadata(path)
            .with_context(|| format!("cannot read {}", path.display()))?
            .len();
        if size > MAX_FILE_BYTES {
            return Err(Failure::local(
                "network-file",
                format!("it has {size} bytes, more than {MAX_FILE_BYTES}"),
            )
            .at(path.display().to_string())
            .advising("name a network file: docs/operating/networks.md shows one")
            .into());
        }
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).map_err(|problems| problems.failure(path).into())
    }

    /// Reads the text of a file.
    pub(crate) fn parse(text: &str) -> Result<Self, Problems> {
        let file: File = toml::from_str(text).map_err(|error| Problems::syntax(text, &error))?;
        let mut check = Checking::default();
        if file.format != FORMAT {
            let what = format!("{:?} is no format that this program reads", file.format);
            check.wrong("/format", what, format!("write format = {FORMAT:?}"));
        }
        let names: Vec<String> = file.chains.iter().map(|chain| chain.name.clone()).collect();
        if names.is_empty() || names.len() > MAX_CHAINS {
            let what = format!(
                "a network has 1 to {MAX_CHAINS} chains, not {}",
                names.len()
            );
            check.wrong("/chain", what, "describe each chain with [[chain]]");
        }
        let links = check.links(&file.links, &names);
        let relays = check.relays(&file.relays, &names);
        let registries = check.registries(&file.registries, &names, &relays);
        let mut chains = Vec::new();
        for (i, entry) in file.chains.into_iter().enumerate() {
            let serving = relays.iter().filter(|relay| relay.chains.contains(&i));
            let serving: Vec<&Relay> = serving.collect();
            chains.extend(check.chain(i, entry, &names, &serving));
        }
        let ports = 2 * chains.iter().map(Chain::nodes).sum::<usize>();
        let room = usize::from(u16::MAX) + 1 - usize::from(file.first_port);
        if file.first_port != 0 && ports > room {
            let what = format!("its nodes need {ports} ports, and there are {room} from it on");
            check.wrong(
                "/first_port",
                what,
                "write a smaller one, or 0 for free ones",
            );
        }
        check.done(Self {
            first_port: file.first_port,
            chains,
            links,
            relays,
            registries,
        })
    }

    /// All nodes of all chains.
    pub(crate) fn nodes(&self) -> usize {
        self.chains.iter().map(Chain::nodes).sum()
    }
}

impl Chain {
    /// Its nodes.
    pub(crate) fn nodes(&self) -> usize {
        self.validators.len() + self.observers.len()
    }
}

/// The file being checked.
#[derive(Default)]
struct Checking {
    problems: Vec<Problem>,
}

impl Checking {
    fn wrong(
        &mut self,
        place: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.problems.push(Problem {
            place: place.into(),
            what: what.into(),
            remedy: remedy.into(),
        });
    }

    fn done(self, topology: Topology) -> Result<Topology, Problems> {
        if self.problems.is_empty() {
            Ok(topology)
        } else {
            Err(Problems(self.problems))
        }
    }

    fn slug(&mut self, place: String, slug: &str) {
        if !is_slug(slug) {
            let what = format!("{slug:?} is not 1 to 40 characters of a to z, 0 to 9 and hyphen");
            self.wrong(
                place,
                what,
                "it becomes the name of a directory: shorten it",
            );
        }
    }

    fn name(&mut self, place: String, name: &str) {
        if name.is_empty() || name.len() > MAX_NAME_BYTES || name.chars().any(char::is_control) {
            let what = format!("{name:?} is no name of 1 to {MAX_NAME_BYTES} bytes on one line");
            self.wrong(place, what, "shorten it");
        }
    }

    /// The place of the chain of that name.
    fn chain_named(&mut self, place: String, name: &str, names: &[String]) -> Option<usize> {
        let found = names.iter().position(|known| known == name);
        if found.is_none() {
            let what = format!("there is no chain {name:?}");
            let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
            let names = Vec::from_iter(names).join(", ");
            self.wrong(place, what, format!("name one of {names}"));
        }
        found
    }

    fn links(&mut self, entries: &[LinkEntry], names: &[String]) -> Vec<Link> {
        let mut links: Vec<Link> = Vec::new();
        for (i, entry) in entries.iter().enumerate() {
            let place = format!("/link/{i}/between");
            let found = entry.between.iter().enumerate();
            let found: Vec<usize> = found
                .filter_map(|(j, name)| self.chain_named(format!("{place}/{j}"), name, names))
                .collect();
            let distinct: BTreeSet<usize> = found.iter().copied().collect();
            if found.len() == entry.between.len()
                && (found.len() < 2 || distinct.len() < found.len())
            {
                let what = "a link is between two or more different chains";
                self.wrong(&place, what, "name each of them once");
                continue;
            }
            if entry.one_way && found.len() > 2 {
                let what =
                    "a link of one way is between two chains: the first one knows the second";
                self.wrong(&place, what, "write one link for each");
                continue;
            }
            if entry.freshness_ms == Some(0) {
                let place = format!("/link/{i}/freshness_ms");
                let what = "no word of another chain is that fresh";
                self.wrong(
                    place,
                    what,
                    "give the milliseconds that a word may be old, such as 60000",
                );
            }
            let freshness_ms = entry.freshness_ms.unwrap_or(FRESHNESS_MS);
            for (j, on) in found.iter().enumerate() {
                let known = found.iter().enumerate();
                let known = known.filter(|(k, of)| *of != on && (!entry.one_way || j < *k));
                for (_, of) in known {
                    let link = Link {
                        on: *on,
                        of: *of,
                        freshness_ms,
                    };
                    if links.iter().any(|other| (other.on, other.of) == (*on, *of)) {
                        let what =
                            format!("that {} knows {} is said before", names[*on], names[*of]);
                        self.wrong(&place, what, "say it once");
                    } else {
                        links.push(link);
                    }
                }
            }
        }
        links
    }

    fn relays(&mut self, entries: &[RelayEntry], names: &[String]) -> Vec<Relay> {
        let mut relays: Vec<Relay> = Vec::new();
        if entries.len() > MAX_RELAYS {
            let what = format!("there are {} relays, more than {MAX_RELAYS}", entries.len());
            self.wrong("/relay", what, "leave some out: one serves several chains");
        }
        for (i, entry) in entries.iter().enumerate() {
            let place = format!("/relay/{i}");
            self.slug(format!("{place}/name"), &entry.name);
            if relays.iter().any(|known| known.name == entry.name) {
                let what = format!("another relay is called {:?}", entry.name);
                self.wrong(format!("{place}/name"), what, "give it a name of its own");
            }
            if member::party_id(&entry.party).is_none() {
                let what = format!("{:?} is neither a GLN nor a URI", entry.party);
                let remedy = "name the party in whose name it sends, such as urn:example:relay";
                self.wrong(format!("{place}/party"), what, remedy);
            }
            let chains = entry.chains.iter().enumerate();
            let chains: BTreeSet<usize> = chains
                .filter_map(|(j, name)| {
                    self.chain_named(format!("{place}/chains/{j}"), name, names)
                })
                .collect();
            if chains.len() < 2 && entry.chains.len() < 2 {
                let what = "a relay carries between two chains or more";
                self.wrong(format!("{place}/chains"), what, "name them");
            }
            relays.push(Relay {
                name: entry.name.clone(),
                chains: chains.into_iter().collect(),
                party: entry.party.clone(),
            });
        }
        relays
    }

    fn chain(
        &mut self,
        i: usize,
        entry: ChainEntry,
        names: &[String],
        relays: &[&Relay],
    ) -> Option<Chain> {
        let place = |field: &str| format!("/chain/{i}/{field}");
        self.slug(place("name"), &entry.name);
        if names.iter().take(i).any(|other| *other == entry.name) {
            let what = format!("another chain is called {:?}", entry.name);
            self.wrong(place("name"), what, "give it a name of its own");
        }
        let title = entry
            .title
            .unwrap_or_else(|| format!("{} chain", entry.name));
        self.name(place("title"), &title);
        if !(100..=60_000).contains(&entry.heartbeat_ms) {
            let what = format!("{} is not within 100 to 60000", entry.heartbeat_ms);
            self.wrong(
                place("heartbeat_ms"),
                what,
                "give milliseconds, such as 1000",
            );
        }
        let validators = self.nodes(&place("validators"), "validator", &entry.validators, 1);
        let observers = self.nodes(&place("observers"), "observer", &entry.observers, 0);
        let Some(rules) = catalog::named(&entry.profile) else {
            let what = format!("there are no rules {:?}", entry.profile);
            let remedy = format!("name one of {}", catalog::names().join(", "));
            self.wrong(place("profile"), what, remedy);
            return None;
        };
        let regulator = Member {
            name: entry
                .regulator
                .unwrap_or_else(|| format!("Office of supervision of the {title}")),
            id: format!("urn:pangolin:network:{}:regulator", entry.name),
            roles: vec![Role::GOVERNOR, Role::REGISTRAR, Role::AUTHORITY],
            ..Member::default()
        };
        self.name(place("regulator"), &regulator.name);
        if entry.jurisdiction.len() > MAX_JURISDICTION_BYTES {
            let what = format!("it has more than {MAX_JURISDICTION_BYTES} bytes");
            self.wrong(place("jurisdiction"), what, "shorten it");
        }
        let mut companies = self.members(i, &entry.members, &validators, rules);
        companies.extend(self.carriers(i, &companies, relays));
        let before = self.problems.len();
        self.fits(i, rules, &regulator, &companies, before);
        Some(Chain {
            name: entry.name,
            title,
            rules,
            heartbeat_ms: entry.heartbeat_ms,
            placement: entry.placement,
            validators,
            observers,
            regulator,
            jurisdiction: entry.jurisdiction,
            companies,
            relays: relays.iter().map(|relay| relay.party.clone()).collect(),
        })
    }

    /// The nodes of these organisations.
    fn nodes(
        &mut self,
        place: &str,
        kind: &str,
        organisations: &[String],
        least: usize,
    ) -> Vec<(String, String)> {
        if !(least..=MAX_NODES).contains(&organisations.len()) {
            let count = organisations.len();
            let what = format!("a chain has {least} to {MAX_NODES} {kind}s here, not {count}");
            self.wrong(
                place,
                what,
                "list the organisations, each of which runs one",
            );
        }
        for (j, organisation) in organisations.iter().enumerate() {
            self.name(format!("{place}/{j}"), organisation);
        }
        let named = organisations.iter().zip(1..);
        named
            .map(|(organisation, n): (_, u32)| (format!("{kind}-{n}"), organisation.clone()))
            .collect()
    }

    fn members(
        &mut self,
        i: usize,
        entries: &[MemberEntry],
        validators: &[(String, String)],
        rules: &Rules,
    ) -> Vec<Company> {
        let mut slugs = BTreeSet::from(["regulator"]);
        if entries.len() > MAX_MEMBERS {
            let what = format!(
                "there are {} members, more than {MAX_MEMBERS}",
                entries.len()
            );
            self.wrong(format!("/chain/{i}/member"), what, "leave some out");
        }
        let mut companies = Vec::new();
        for (j, entry) in entries.iter().enumerate() {
            let place = |field: &str| format!("/chain/{i}/member/{j}/{field}");
            self.slug(place("slug"), &entry.slug);
            if !slugs.insert(&entry.slug) {
                let what = format!("the slug {:?} is taken", entry.slug);
                self.wrong(place("slug"), what, "give the member one of its own");
            }
            self.name(place("name"), &entry.name);
            let home = entry.home.as_ref().map_or(Some(0), |home| {
                validators.iter().position(|(name, _)| name == home)
            });
            if home.is_none() {
                let known: Vec<&str> = validators.iter().map(|(name, _)| name.as_str()).collect();
                let what = format!("{:?} is no validator", entry.home.as_deref().unwrap_or(""));
                self.wrong(
                    place("home"),
                    what,
                    format!("name one of {}", known.join(", ")),
                );
            }
            let mut roles = Vec::new();
            for (k, name) in entry.roles.iter().enumerate() {
                if let Some(role) = (rules.industry().role)(name) {
                    roles.push(role);
                } else {
                    let what = format!("{name:?} is no role under the rules {}", rules.name);
                    let known = known_roles(rules).join(", ");
                    let place = format!("/chain/{i}/member/{j}/roles/{k}");
                    self.wrong(place, what, format!("give one of {known}"));
                }
            }
            companies.push(Company {
                slug: entry.slug.clone(),
                member: Member {
                    name: entry.name.clone(),
                    id: entry.id.clone(),
                    roles,
                    prefixes: entry.prefixes.clone(),
                    gtins: entry.gtins.clone(),
                    ..Member::default()
                },
                home: home.unwrap_or(0),
            });
        }
        companies
    }

    /// Relays are members without roles on the chains they serve.
    fn carriers(&mut self, i: usize, companies: &[Company], relays: &[&Relay]) -> Vec<Company> {
        let mut carriers: Vec<Company> = Vec::new();
        for relay in relays {
            let taken = companies.iter().chain(&carriers);
            let mut taken =
                taken.filter(|other| other.member.id == relay.party || other.slug == relay.name);
            if let Some(other) = taken.next() {
                let what = format!(
                    "relay {:?} and member {:?} of chain {i} have the same name or party",
                    relay.name, other.slug
                );
                self.wrong(
                    "/relay",
                    what,
                    "give the relay a name and a party of its own",
                );
                continue;
            }
            carriers.push(Company {
                slug: relay.name.clone(),
                member: Member {
                    name: format!("relay {}", relay.name),
                    id: relay.party.clone(),
                    ..Member::default()
                },
                home: 0,
            });
        }
        carriers
    }

    /// The members make a genesis; asked only where they are not known to be wrong already.
    fn fits(
        &mut self,
        i: usize,
        rules: &Rules,
        regulator: &Member,
        companies: &[Company],
        before: usize,
    ) {
        let prefix = format!("/chain/{i}/member");
        if self
            .problems
            .iter()
            .take(before)
            .any(|known| known.place.starts_with(&prefix))
        {
            return;
        }
        let members = companies.iter().map(|company| company.member.clone());
        let members: Vec<Member> = members.chain([regulator.clone()]).collect();
        let industry = rules.industry();
        let (chain, params) = (ChainId([0; 32]), (industry.params)());
        let profiles = vec![rules.reference];
        let made = member::genesis(industry, chain, TimeMs(0), params, profiles, &members);
        let wrong = match made {
            Err(error) => Some((error.to_string(), source(&error))),
            Ok(genesis) => {
                let state = machine().genesis(&genesis);
                state.err().map(|error| (error.to_string(), String::new()))
            }
        };
        if let Some((what, why)) = wrong {
            self.wrong(prefix, format!("{what}{why}"), "correct that member");
        }
    }
}

fn source(error: &dyn std::error::Error) -> String {
    error
        .source()
        .map(|why| format!(": {why}"))
        .unwrap_or_default()
}

/// The names of the roles of an industry.
fn known_roles(rules: &Rules) -> Vec<&'static str> {
    let industry = rules.industry();
    let reserved = member::RESERVED.iter().map(|(role, _)| *role);
    let roles = industry.kinds.iter().copied().chain(reserved);
    let mut names: Vec<_> = roles.filter_map(|role| industry.role_name(role)).collect();
    names.dedup();
    names
}
