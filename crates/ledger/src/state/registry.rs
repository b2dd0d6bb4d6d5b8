//! What a registry records of chains, and what other chains made of it.
//!
//! A registry is a chain like any other: its governance records chains ([`ChainRecord`]), lists them by numbers without gaps and counts
//! every change ([`Directory`]). A chain whose governance decided to follow it ([`Following`]) takes note of each record by proof
//! ([`Noted`]). What becomes of it there depends on who decides about that chain ([`Standing`]): the rules are in `kernel/k02_chains`.

use std::collections::BTreeSet;

use crate::{
    id::{ChainId, Digest32, Height, ProfileRef, PublicKey, Scope, TimeMs},
    limits::{
        MAX_CHAIN_KEY_BYTES, MAX_CHAIN_PREFIXES, MAX_CHAIN_PROFILES, MAX_ENDPOINTS,
        MAX_JURISDICTION_BYTES, MAX_SUPERVISORS, MAX_TEXT_BYTES, MAX_URI_BYTES,
    },
};

/// How what a chain says is assured, the weakest first. It belongs to a chain's identity: its key is read by it, and it never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// A source without verifiable finality: those who attest it have signed what it says.
    Attested,
    /// Another kind of chain: its finality and state are checked by a light client of its kind.
    LightClient,
    /// A chain like this one: one key, under which more than two thirds of its validators certify each block.
    Native,
}
wire_enum!(Grade { 0 => Attested, 1 => LightClient, 2 => Native });

impl Grade {
    /// All grades, the weakest first.
    pub const ALL: [Self; 3] = [Self::Attested, Self::LightClient, Self::Native];

    /// Its name in files and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attested => "attested",
            Self::LightClient => "light-client",
            Self::Native => "native",
        }
    }

    /// The grade of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grade| grade.name() == name)
    }
}

/// How a chain stands in a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChainState {
    /// It may be believed.
    Active,
    /// It may not, until its suspension ends.
    Suspended,
    /// It has ended. For good.
    Retired,
}
wire_enum!(ChainState { 0 => Active, 1 => Suspended, 2 => Retired });

impl ChainState {
    /// Its name in files and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Retired => "retired",
        }
    }
}

/// Who supervises a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supervisor {
    /// Its name.
    pub name: String,
    /// The key that it signs with on that chain, where it is known.
    pub key: Option<PublicKey>,
}
wire_struct!(Supervisor { name[text MAX_TEXT_BYTES], key });

/// Where nodes of a chain answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// A URL.
    pub url: String,
}
wire_struct!(Endpoint { url[text MAX_URI_BYTES] });

/// What a registry says of a chain besides who it is; it may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainAbout {
    /// Its name, for people.
    pub name: String,
    /// Under whose law it is run: a country, a region.
    pub jurisdiction: String,
    /// The rules in force on it, with their versions.
    pub profiles: BTreeSet<ProfileRef>,
    /// Where its nodes answer.
    pub endpoints: Vec<Endpoint>,
    /// Who supervises it.
    pub supervisors: Vec<Supervisor>,
    /// Issuers that are at home there, by the prefixes of what they name; several chains may have the same one.
    pub prefixes: BTreeSet<Scope>,
    /// How old its statuses may be when relied upon, in milliseconds: what the registry advises. Each chain decides for itself.
    pub freshness_ms: u64,
}
wire_struct!(ChainAbout {
    name[text MAX_TEXT_BYTES], jurisdiction[text MAX_JURISDICTION_BYTES], profiles[set MAX_CHAIN_PROFILES],
    endpoints[list MAX_ENDPOINTS], supervisors[list MAX_SUPERVISORS], prefixes[set MAX_CHAIN_PREFIXES], freshness_ms,
});

/// Who a chain is. Never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainIdentity {
    /// How what it says is assured.
    pub grade: Grade,
    /// What its proofs are verified with: the threshold public key of a chain like this one.
    pub key: Vec<u8>,
    /// SHA-256 of its genesis file.
    pub genesis: Digest32,
}
wire_struct!(ChainIdentity { grade, key[blob MAX_CHAIN_KEY_BYTES], genesis });

/// What a registry records of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainRecord {
    /// Who it is.
    pub identity: ChainIdentity,
    /// What is said of it.
    pub about: ChainAbout,
    /// How it stands.
    pub state: ChainState,
    /// How often it was recorded and changed: of two versions of this record, the one with the higher number is the later one.
    pub revision: u64,
    /// Block that recorded it.
    pub recorded: Height,
    /// Block that changed it last.
    pub changed: Height,
}
wire_struct!(ChainRecord v 1 { identity, about, state, revision, recorded, changed });

/// How many chains this chain knows of, and how much it recorded of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Directory {
    /// Chains that are registered or recorded here: as many entries has the list.
    pub chains: u64,
    /// Chains that are recorded here.
    pub records: u64,
    /// The revisions of all records together: it grows by one with every change of any of them.
    pub changes: u64,
}
wire_struct!(Directory v 1 { chains, records, changes });

/// An entry in the list of chains, in the order in which they became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// The chain.
    pub chain: ChainId,
}
wire_struct!(Listed v 1 { chain });

/// On which terms a chain follows a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowTerms {
    /// The weakest grade of chains that become known by the registry's word.
    pub grade: Grade,
    /// How old the statuses of such a chain may be when relied upon, in milliseconds, however much older the registry would allow.
    pub freshness_ms: u64,
    /// How old the registry's own word may be when such a chain is believed, in milliseconds; `None`: any age.
    pub word_ms: Option<u64>,
}
wire_struct!(FollowTerms {
    grade,
    freshness_ms,
    word_ms
});

/// That this chain follows a registry, and how far it knows its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Following {
    /// The terms.
    pub terms: FollowTerms,
    /// Block in which the governance first decided so.
    pub since: Height,
    /// Block in which it decided not to any more.
    pub ended: Option<Height>,
    /// Chains of which a record is known.
    pub chains: u64,
    /// The revisions of all known records together.
    pub known: u64,
    /// The highest header of the registry under which a record was proven here.
    pub latest: Height,
    /// The latest time of the registry at which these were proven to be all.
    pub as_of: Option<TimeMs>,
}
wire_struct!(Following v 1 { terms, since, ended, chains, known, latest, as_of });

impl Following {
    /// Nothing is known of the registry yet.
    pub const fn new(terms: FollowTerms, since: Height) -> Self {
        Self {
            terms,
            since,
            ended: None,
            chains: 0,
            known: 0,
            latest: Height(0),
            as_of: None,
        }
    }

    /// Whether the registry's own word is older at `now` than the terms allow, so that nothing is believed by it.
    pub fn is_stale(&self, now: TimeMs) -> bool {
        let fresh = |bound| self.as_of.is_some_and(|as_of| as_of.plus(bound) >= now);
        self.ended.is_none() && self.terms.word_ms.is_some_and(|bound| !fresh(bound))
    }
}

/// The last record of a chain that was taken note of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// Its revision.
    pub revision: u64,
    /// How the chain stood in it.
    pub state: ChainState,
    /// SHA-256 of the chain's key.
    pub key: Digest32,
    /// Height of the registry's header under which it was proven.
    pub proven_at: Height,
    /// Block that took note of it.
    pub height: Height,
}
wire_struct!(Noted v 1 { revision, state, key, proven_at, height });

/// Who decides whether a chain that is registered here is believed, and what they decided. Where there is none, the own governance does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The registry whose word counts besides the own decision; `None`: none.
    pub registry: Option<ChainId>,
    /// Since when the own governance, or evidence that was shown here, suspends it.
    pub own: Option<Height>,
    /// How it stands by the registry's word.
    pub told: ChainState,
    /// Since when.
    pub since: Height,
}
wire_struct!(Standing v 1 { registry, own, told, since });

impl Standing {
    /// How a chain stands of which the own governance alone decides.
    pub const fn own(suspended: Option<Height>) -> Self {
        Self {
            registry: None,
            own: suspended,
            told: ChainState::Active,
            since: Height(0),
        }
    }

    /// Since when nothing of the chain is believed, whoever decided so.
    pub fn suspended(&self) -> Option<Height> {
        let told = match (self.registry, self.told) {
            (None, _) | (_, ChainState::Active) => None,
            (Some(_), ChainState::Suspended | ChainState::Retired) => Some(self.since),
        };
        match (self.own, told) {
            (Some(own), Some(told)) => Some(own.min(told)),
            (own, told) => own.or(told),
        }
    }
}

/// That a chain certified two different blocks of one height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fork {
    /// The height.
    pub at: Height,
    /// One block.
    pub one: Digest32,
    /// The other.
    pub other: Digest32,
    /// Block in which that was shown here.
    pub height: Height,
}
wire_struct!(Fork v 1 { at, one, other, height });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_are_ordered_and_found_by_their_names() {
        assert!(Grade::Attested < Grade::LightClient && Grade::LightClient < Grade::Native);
        for grade in Grade::ALL {
            assert_eq!(Grade::named(grade.name()), Some(grade));
        }
        assert_eq!(Grade::named("Native"), None);
    }

    #[test]
    fn a_chain_is_suspended_by_whoever_may_suspend_it() {
        let (own, since) = (Some(Height(7)), Height(5));
        let of = |registry, own, told| Standing {
            registry,
            own,
            told,
            since,
        };
        let registry = Some(ChainId([1; 32]));
        for (standing, suspended) in [
            (Standing::own(None), None),
            (Standing::own(own), own),
            (of(None, None, ChainState::Suspended), None),
            (of(registry, None, ChainState::Active), None),
            (of(registry, None, ChainState::Suspended), Some(since)),
            (of(registry, None, ChainState::Retired), Some(since)),
            (of(registry, own, ChainState::Active), own),
            (of(registry, own, ChainState::Retired), Some(since)),
        ] {
            assert_eq!(standing.suspended(), suspended, "{standing:?}");
        }
    }
}
