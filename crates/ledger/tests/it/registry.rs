//! Registries: what one records, and what becomes of it on a chain that follows it.
//!
//! Of the three chains, [`HERE`] follows the registry [`LIST`]; [`THERE`] is a chain that it records.

mod evidence;
mod following;
mod histories;

use pangolin_ledger::{
    Body, ChainId, Delivery, Digest32, Effect, GovernanceAction as Action, GovernanceBody, Item,
    Key, Outcome,
    state::{
        ChainAbout, ChainIdentity, ChainRecord, ChainState, Directory, FollowTerms, Following,
        ForeignChain, Grade, Listed, Noted, Params, keys,
    },
};

use crate::{
    samples::registry::{about, identity},
    support::{Pair, World},
};

/// The chain that follows.
const HERE: usize = 0;
/// The registry.
const LIST: usize = 1;
/// A chain that is recorded.
const THERE: usize = 2;

const TERMS: FollowTerms = FollowTerms {
    grade: Grade::LightClient,
    freshness_ms: 5_000,
    word_ms: None,
};

fn act(action: Action) -> Body {
    Body::Governance(Box::new(GovernanceBody {
        action,
        reason: String::new(),
    }))
}

impl World {
    /// The governance decides something; the effects.
    fn decides(&mut self, action: Action) -> Vec<Effect> {
        self.enact("gov", act(action))
    }

    /// The governance decides something in vain; the code.
    fn denies(&mut self, action: Action) -> &'static str {
        self.forbids("gov", act(action))
    }

    fn foreign(&self, chain: &ChainId) -> Option<ForeignChain> {
        self.get(keys::foreign_chain(chain))
    }

    /// Whether a chain is registered here and not suspended.
    fn believes(&self, chain: &ChainId) -> bool {
        let known = self.foreign(chain);
        known.is_some_and(|known| known.suspended.is_none())
    }

    fn directory(&self) -> Directory {
        self.get(keys::directory()).unwrap_or_default()
    }

    /// The chains that are listed, in their order.
    fn listed(&self) -> Vec<ChainId> {
        let entry = |number| self.get::<Listed>(keys::listed(number)).unwrap().chain;
        (0..self.directory().chains).map(entry).collect()
    }
}

impl Pair {
    fn chain(&self, of: usize) -> ChainId {
        self.chains[of].chain
    }

    fn registers(&mut self, at: usize, of: usize) {
        let chain = self.chain(of);
        self.chains[at].decides(Action::RegisterChain {
            chain,
            name: "by its own governance".into(),
            key: Self::key_of(chain),
            freshness_ms: 70_000,
        });
    }

    fn follows(&mut self, at: usize, of: usize, terms: FollowTerms) {
        let registry = self.chain(of);
        self.chains[at].decides(Action::FollowRegistry { registry, terms });
    }

    /// The registry records a chain.
    fn records(&mut self, chain: ChainId, grade: Grade) {
        let identity = ChainIdentity {
            grade,
            key: Self::key_of(chain),
            ..identity()
        };
        let about = about();
        self.chains[LIST].decides(Action::RecordChain {
            chain,
            identity,
            about,
        });
    }

    fn marks(&mut self, chain: ChainId, state: ChainState) {
        self.chains[LIST].decides(Action::MarkChain { chain, state });
    }

    /// The word of the registry on a chain, as of now.
    fn word(&self, chain: ChainId) -> Delivery {
        self.message(
            LIST,
            &[keys::chain_record(&chain)],
            Item::Recorded { chain },
        )
    }

    /// That this is all, as of now.
    fn all(&self) -> Delivery {
        self.message(LIST, &[keys::directory()], Item::AllRecorded)
    }

    /// Something that the chain [`THERE`] says now.
    fn saying(&self) -> Delivery {
        self.message(THERE, &[keys::notices()], Item::AllNoticed)
    }
}

/// A registry that is followed, with the chain recorded and known.
fn following(terms: FollowTerms) -> (Pair, ChainId) {
    let mut p = Pair::strangers();
    let there = p.chain(THERE);
    p.registers(HERE, LIST);
    p.follows(HERE, LIST, terms);
    p.records(there, Grade::Native);
    let word = p.word(there);
    p.delivered(HERE, word);
    (p, there)
}

#[test]
fn a_registry_records_chains_by_its_governance() {
    let params = Params {
        governors: 2,
        ..Params::default()
    };
    let mut w = World::with_params(params);
    let chain = ChainId([1; 32]);
    let record = || {
        act(Action::RecordChain {
            chain,
            identity: identity(),
            about: about(),
        })
    };
    assert_eq!(w.forbids("maker", record()), "role-missing");
    assert!(matches!(
        w.enact("gov", record())[..],
        [Effect::Proposed { signed: 1, .. }]
    ));
    assert!(w.get::<ChainRecord>(keys::chain_record(&chain)).is_none());
    let effects = w.enact("gov2", record());
    assert_eq!(
        effects.last(),
        Some(&Effect::Recorded { chain, revision: 1 })
    );
    let known: ChainRecord = w.get(keys::chain_record(&chain)).unwrap();
    assert_eq!((known.identity, known.about), (identity(), about()));
    assert_eq!((known.state, known.revision), (ChainState::Active, 1));
    assert!(w.foreign(&chain).is_none(), "a record is no registration");
}

#[test]
fn a_record_changes_but_for_who_the_chain_is_and_retires_for_good() {
    let mut w = World::new();
    let (one, two) = (ChainId([1; 32]), ChainId([2; 32]));
    let record = |chain| Action::RecordChain {
        chain,
        identity: identity(),
        about: about(),
    };
    let mark = |state| Action::MarkChain { chain: one, state };
    let amend = |chain, name: &str| Action::AmendChain {
        chain,
        about: ChainAbout {
            name: name.into(),
            ..about()
        },
    };
    assert_eq!(w.denies(mark(ChainState::Retired)), "chain-not-recorded");
    assert_eq!(w.denies(amend(one, "x")), "chain-not-recorded");
    assert_eq!(w.denies(record(World::CHAIN)), "governance-subject");
    w.decides(record(one));
    w.decides(record(two));
    assert_eq!(w.denies(record(one)), "chain-recorded");
    assert_eq!(w.denies(amend(one, "North")), "chain-unchanged");
    assert_eq!(w.denies(mark(ChainState::Active)), "chain-unchanged");
    w.decides(amend(one, "Northern"));
    w.decides(mark(ChainState::Suspended));
    w.decides(mark(ChainState::Active));
    let effects = w.decides(mark(ChainState::Retired));
    let revision = 5;
    assert_eq!(
        effects.last(),
        Some(&Effect::Recorded {
            chain: one,
            revision
        })
    );
    for again in [ChainState::Active, ChainState::Suspended] {
        assert_eq!(w.denies(mark(again)), "chain-retired");
    }
    assert_eq!(w.denies(amend(one, "x")), "chain-retired");
    let known: ChainRecord = w.get(keys::chain_record(&one)).unwrap();
    assert_eq!(
        (known.about.name.as_str(), known.identity, known.revision),
        ("Northern", identity(), 5)
    );
    assert_eq!(w.listed(), [one, two]);
    let directory = w.directory();
    assert_eq!((directory.records, directory.changes), (2, 6));
}

#[test]
fn a_record_out_of_bounds_is_refused() {
    let mut w = World::new();
    let chain = ChainId([1; 32]);
    let record = |change: fn(&mut ChainIdentity, &mut ChainAbout)| {
        let (mut identity, mut about) = (identity(), about());
        change(&mut identity, &mut about);
        Action::RecordChain {
            chain,
            identity,
            about,
        }
    };
    let wrong: [fn(&mut ChainIdentity, &mut ChainAbout); 7] = [
        |identity, _| identity.key.clear(),
        |_, about| about.name.clear(),
        |_, about| about.freshness_ms = 0,
        |_, about| about.endpoints[0].url.clear(),
        |_, about| about.supervisors[0].name.clear(),
        |_, about| {
            about.prefixes.insert(pangolin_ledger::Scope::all());
        },
        |_, about| about.name.clear(),
    ];
    for change in wrong {
        assert_eq!(w.denies(record(change)), "malformed");
    }
    let terms = |terms| Action::FollowRegistry {
        registry: chain,
        terms,
    };
    for wrong in [
        FollowTerms {
            freshness_ms: 0,
            ..TERMS
        },
        FollowTerms {
            word_ms: Some(0),
            ..TERMS
        },
    ] {
        assert_eq!(w.denies(terms(wrong)), "malformed");
    }
    w.decides(record(|_, _| ()));
}

#[test]
fn one_chain_has_one_key() {
    let mut w = World::new();
    let (one, two) = (ChainId([1; 32]), ChainId([2; 32]));
    let register = |chain, key: &[u8]| Action::RegisterChain {
        chain,
        name: "x".into(),
        key: key.into(),
        freshness_ms: 1,
    };
    let record = |chain| Action::RecordChain {
        chain,
        identity: identity(),
        about: about(),
    };
    w.decides(register(one, &[7; 48]));
    assert_eq!(w.denies(record(one)), "identity-differs");
    w.decides(record(two));
    assert_eq!(w.denies(register(two, &[7; 48])), "identity-differs");
    w.decides(register(two, &identity().key));
    assert_eq!(w.listed(), [one, two], "each is listed once");
}
