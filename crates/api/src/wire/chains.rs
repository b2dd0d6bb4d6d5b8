//! Other chains: what is decided about them here, and what is recorded of them.

use pangolin_ledger::{
    ChainId, TimeMs,
    state::{
        ChainRecord as Recorded, ChainState, Following as Follows, ForeignChain, Fork, Standing,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::utc_text;

/// A page of chains, in the order in which they became known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Chains {
    /// Height of the state that says so.
    pub height: u64,
    /// Its time.
    pub time: String,
    /// How many chains are known in all.
    pub known: u64,
    /// The chains.
    pub chains: Vec<KnownChain>,
    /// What to ask for to get the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// A chain that is registered here, or recorded, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KnownChain {
    /// Its number in the list.
    pub number: u64,
    /// Its identity, hexadecimal.
    pub chain: String,
    /// Its name.
    pub name: String,
    /// What its proofs are verified with, hexadecimal.
    pub key: String,
    /// How it is registered here: only then anything of it is believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<Registration>,
    /// What this chain records of it as a registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<ChainRecord>,
    /// Whether what is made there may be traded here.
    #[serde(default)]
    pub makes: bool,
    /// How this chain follows it as a registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub following: Option<Following>,
    /// The height at which it was shown to have certified two blocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forked_at: Option<u64>,
}

/// How a chain is registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    /// `active`, `suspended` or `retired`.
    pub state: String,
    /// Height since which it is not active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
    /// Height since which the own governance, or evidence that was shown here, suspends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_suspension: Option<u64>,
    /// Identity of the registry whose word counts about it; the own governance alone decides where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<String>,
    /// How old its statuses may be when relied upon, in milliseconds.
    pub freshness_ms: u64,
    /// Height that registered it.
    pub registered: u64,
    /// Its highest height that was proven here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_height: Option<u64>,
    /// Its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_time: Option<String>,
}

/// What a registry records of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChainRecord {
    /// `active`, `suspended` or `retired`.
    pub state: String,
    /// How what it says is assured: `native`, `light-client` or `attested`.
    pub grade: String,
    /// SHA-256 of its genesis file.
    pub genesis: String,
    /// Under whose law it is run.
    pub jurisdiction: String,
    /// Its rules, as `number@version`.
    pub profiles: Vec<String>,
    /// Where its nodes answer.
    pub endpoints: Vec<String>,
    /// Who supervises it.
    pub supervisors: Vec<Supervisor>,
    /// Prefixes of the issuers that are at home there.
    pub prefixes: Vec<String>,
    /// How old its statuses may be by the registry's advice, in milliseconds.
    pub freshness_ms: u64,
    /// Number of this version.
    pub revision: u64,
    /// Height that recorded it.
    pub recorded: u64,
    /// Height that changed it last.
    pub changed: u64,
}

/// Who supervises a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Supervisor {
    /// Its name.
    pub name: String,
    /// The key that it signs with there, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// How a registry is followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Following {
    /// The weakest grade of chains that become known by its word.
    pub grade: String,
    /// How old the statuses of such chains may be at most, in milliseconds.
    pub freshness_ms: u64,
    /// How old its own word may be, in milliseconds; any age where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word_ms: Option<u64>,
    /// Chains of which its record is known.
    pub chains: u64,
    /// Versions that are known of all of them together.
    pub changes: u64,
    /// The time of the registry at which these were proven to be all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// Height since which it is followed no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<u64>,
}

/// What the state has of one chain.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) registration: Option<ForeignChain>,
    pub(crate) standing: Option<Standing>,
    pub(crate) record: Option<Recorded>,
    pub(crate) following: Option<Follows>,
    pub(crate) fork: Option<Fork>,
    pub(crate) makes: bool,
}

impl KnownChain {
    pub(crate) fn new(number: u64, chain: &ChainId, found: &Found) -> Self {
        let record = found.record.as_ref();
        let registered = found.registration.as_ref();
        let name = registered.map(|known| &known.name);
        let name = name.or(record.map(|record| &record.about.name));
        let key = registered.map(|known| &known.key);
        let key = key.or(record.map(|record| &record.identity.key));
        Self {
            number,
            chain: chain.to_string(),
            name: name.cloned().unwrap_or_default(),
            key: key.map(hex::encode).unwrap_or_default(),
            registration: registered.map(|known| Registration::new(known, found.standing)),
            record: record.map(ChainRecord::new),
            makes: found.makes,
            following: found.following.as_ref().map(Following::new),
            forked_at: found.fork.as_ref().map(|fork| fork.at.0),
        }
    }
}

impl Registration {
    fn new(known: &ForeignChain, standing: Option<Standing>) -> Self {
        let standing = standing.unwrap_or_else(|| Standing::own(known.suspended));
        let retired = standing.registry.is_some() && standing.told == ChainState::Retired;
        let state = match known.suspended {
            Some(_) if retired => ChainState::Retired,
            Some(_) => ChainState::Suspended,
            None => ChainState::Active,
        };
        Self {
            state: state.name().into(),
            since: known.suspended.map(|height| height.0),
            own_suspension: standing.own.map(|height| height.0),
            registry: standing.registry.map(|registry| registry.to_string()),
            freshness_ms: known.freshness_ms,
            registered: known.registered.0,
            seen_height: known.seen.as_ref().map(|seen| seen.height.0),
            seen_time: known.seen.as_ref().map(|seen| text(seen.time)),
        }
    }
}

impl ChainRecord {
    fn new(record: &Recorded) -> Self {
        let about = &record.about;
        Self {
            state: record.state.name().into(),
            grade: record.identity.grade.name().into(),
            genesis: record.identity.genesis.to_string(),
            jurisdiction: about.jurisdiction.clone(),
            profiles: about.profiles.iter().map(ToString::to_string).collect(),
            endpoints: about.endpoints.iter().map(|e| e.url.clone()).collect(),
            supervisors: about
                .supervisors
                .iter()
                .map(|supervisor| Supervisor {
                    name: supervisor.name.clone(),
                    key: supervisor.key.map(|key| key.to_string()),
                })
                .collect(),
            prefixes: about.prefixes.iter().map(ToString::to_string).collect(),
            freshness_ms: about.freshness_ms,
            revision: record.revision,
            recorded: record.recorded.0,
            changed: record.changed.0,
        }
    }
}

impl Following {
    fn new(following: &Follows) -> Self {
        Self {
            grade: following.terms.grade.name().into(),
            freshness_ms: following.terms.freshness_ms,
            word_ms: following.terms.word_ms,
            chains: following.chains,
            changes: following.known,
            as_of: following.as_of.map(text),
            ended: following.ended.map(|height| height.0),
        }
    }
}

fn text(time: TimeMs) -> String {
    utc_text(time.0)
}
