//! Values of every type of a registry and of whoever follows one.

use pangolin_ledger::{
    ChainId, Digest32, Effect, GovernanceAction, Height, ProfileRef, PublicKey, Scope, TimeMs,
    state, tx::Item,
};

use super::d;

pub(crate) fn identity() -> state::ChainIdentity {
    state::ChainIdentity {
        grade: state::Grade::Native,
        key: vec![1; 48],
        genesis: Digest32(d(2)),
    }
}

pub(crate) fn about() -> state::ChainAbout {
    state::ChainAbout {
        name: "North".into(),
        jurisdiction: "NO".into(),
        profiles: [ProfileRef { id: 1, version: 2 }].into(),
        endpoints: vec![state::Endpoint {
            url: "https://north.example".into(),
        }],
        supervisors: vec![
            state::Supervisor {
                name: "Office".into(),
                key: Some(PublicKey(d(3))),
            },
            state::Supervisor {
                name: "Court".into(),
                key: None,
            },
        ],
        prefixes: [Scope::new("036615").unwrap(), Scope::new("04").unwrap()].into(),
        freshness_ms: 60_000,
    }
}

pub(crate) const fn terms() -> state::FollowTerms {
    state::FollowTerms {
        grade: state::Grade::LightClient,
        freshness_ms: 5_000,
        word_ms: Some(9_000),
    }
}

pub(crate) fn actions() -> Vec<GovernanceAction> {
    use GovernanceAction as A;
    let (chain, registry) = (ChainId(d(8)), ChainId(d(9)));
    let mut actions = vec![
        A::RecordChain {
            chain,
            identity: identity(),
            about: about(),
        },
        A::AmendChain {
            chain,
            about: about(),
        },
        A::FollowRegistry {
            registry,
            terms: terms(),
        },
        A::LeaveRegistry { registry },
        A::EntrustChain {
            chain,
            registry: Some(registry),
        },
        A::EntrustChain {
            chain,
            registry: None,
        },
    ];
    let marks = STATES.map(|state| A::MarkChain { chain, state });
    actions.extend(marks);
    actions
}

const STATES: [state::ChainState; 3] = [
    state::ChainState::Active,
    state::ChainState::Suspended,
    state::ChainState::Retired,
];

pub(crate) fn items() -> Vec<Item> {
    vec![
        Item::Recorded {
            chain: ChainId(d(3)),
        },
        Item::AllRecorded,
    ]
}

pub(crate) fn effects() -> Vec<Effect> {
    vec![
        Effect::Recorded {
            chain: ChainId(d(1)),
            revision: 2,
        },
        Effect::Heard {
            registry: ChainId(d(1)),
            chain: ChainId(d(2)),
            revision: 3,
            heeded: true,
        },
        Effect::Forked {
            chain: ChainId(d(1)),
            at: Height(4),
        },
    ]
}

pub(crate) fn records() -> Vec<state::ChainRecord> {
    let record = |(grade, state)| state::ChainRecord {
        identity: state::ChainIdentity {
            grade,
            ..identity()
        },
        about: about(),
        state,
        revision: 7,
        recorded: Height(1),
        changed: Height(2),
    };
    state::Grade::ALL
        .into_iter()
        .zip(STATES)
        .map(record)
        .collect()
}

pub(crate) const DIRECTORY: state::Directory = state::Directory {
    chains: 3,
    records: 2,
    changes: 9,
};

pub(crate) const LISTED: state::Listed = state::Listed {
    chain: ChainId([4; 32]),
};

pub(crate) fn following() -> [state::Following; 2] {
    let new = state::Following::new(terms(), Height(1));
    let known = state::Following {
        ended: Some(Height(5)),
        chains: 2,
        known: 9,
        latest: Height(4),
        as_of: Some(TimeMs(3)),
        ..new
    };
    [new, known]
}

pub(crate) const NOTED: state::Noted = state::Noted {
    revision: 3,
    state: state::ChainState::Suspended,
    key: Digest32([5; 32]),
    proven_at: Height(6),
    height: Height(7),
};

pub(crate) const STANDING: state::Standing = state::Standing {
    registry: Some(ChainId([1; 32])),
    own: Some(Height(2)),
    told: state::ChainState::Retired,
    since: Height(3),
};

pub(crate) const FORK: state::Fork = state::Fork {
    at: Height(1),
    one: Digest32([2; 32]),
    other: Digest32([3; 32]),
    height: Height(4),
};
