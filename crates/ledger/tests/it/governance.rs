//! Governance: thresholds, admission, parameters, profiles, foreign chains.

use pangolin_ledger::{
    Body, ChainId, Digest32, Effect, GovernanceAction as Action, GovernanceBody, Height, Machine,
    ProfileRef, Role, Scope, TimeMs,
    state::{Channel, ForeignChain, Params, Party, Proposal, Quota, keys},
};

use crate::support::{EventExt, START_MS, TestProfile, World, event, party, step};

fn act(action: Action) -> Body {
    Body::Governance(Box::new(GovernanceBody {
        action,
        reason: "test".into(),
    }))
}

fn add(name: &str) -> Action {
    Action::AddParty {
        party: party(name),
        name: format!("{name} Ltd"),
    }
}

#[test]
fn a_change_needs_the_role_and_the_threshold() {
    let params = Params {
        registrars: 2,
        proposal_ms: 600_000,
        ..Params::default()
    };
    let mut w = World::with_params(params);
    assert_eq!(w.forbids("maker", act(add("late"))), "role-missing");
    let effects = w.enact("gov", act(add("late")));
    assert!(matches!(
        effects[..],
        [Effect::Proposed {
            signed: 1,
            needed: 2,
            ..
        }]
    ));
    assert!(w.get::<Party>(keys::party(&party("late"))).is_none());
    assert_eq!(w.forbids("gov", act(add("late"))), "already-signed");
    let effects = w.enact("gov2", act(add("late")));
    assert!(matches!(
        effects[..],
        [Effect::Enacted(_), Effect::Membership { .. }]
    ));
    assert!(w.get::<Party>(keys::party(&party("late"))).is_some());
    // Signatures that come too late do not add up.
    w.enact("gov", act(add("later")));
    w.wait(600_000);
    assert!(matches!(
        w.enact("gov2", act(add("later")))[..],
        [Effect::Proposed { signed: 1, .. }]
    ));
    let open = w
        .state
        .keys()
        .filter(|key| key.namespace() == Some(pangolin_ledger::state::Namespace::Proposal));
    assert_eq!(open.filter_map(|key| w.get::<Proposal>(*key)).count(), 1);
}

#[test]
fn impossible_changes_are_refused() {
    let mut w = World::new();
    let now = TimeMs(START_MS);
    let (maker, late) = (party("maker"), party("late"));
    let usage = pangolin_ledger::state::KeyUse::Owner;
    let scope = Scope::all();
    let role = Role(1);
    let profile = TestProfile::REFERENCE;
    let cases = [
        (add("maker"), "governance-subject"),
        (
            Action::SuspendParty {
                party: late.clone(),
                from: now,
            },
            "unknown-party",
        ),
        (
            Action::ResumeParty {
                party: maker.clone(),
            },
            "governance-subject",
        ),
        (
            Action::AddKey {
                party: maker.clone(),
                key: World::key("trader"),
                usage,
                from: now,
                until: None,
            },
            "governance-subject",
        ),
        (
            Action::RevokeKey {
                party: maker.clone(),
                key: World::key("trader"),
                from: now,
            },
            "governance-subject",
        ),
        (
            Action::Grant {
                party: late,
                role,
                scope: scope.clone(),
                from: now,
                until: None,
            },
            "unknown-party",
        ),
        (
            Action::Grant {
                party: maker.clone(),
                role,
                scope: scope.clone(),
                from: now,
                until: Some(now),
            },
            "governance-subject",
        ),
        (
            Action::Revoke {
                party: maker.clone(),
                role: Role(77),
                scope,
                from: now,
            },
            "governance-subject",
        ),
        (
            Action::RevokeDelegation {
                principal: maker.clone(),
                agent: maker,
                from: now,
            },
            "governance-subject",
        ),
        (
            Action::ActivateProfile {
                profile,
                digest: Digest32([7; 32]),
                from: Height(0),
            },
            "governance-subject",
        ),
        (
            Action::ActivateProfile {
                profile,
                digest: Digest32([8; 32]),
                from: Height(99),
            },
            "governance-subject",
        ),
        (
            Action::ActivateProfile {
                profile: ProfileRef { id: 7, version: 2 },
                digest: Digest32([7; 32]),
                from: Height(99),
            },
            "governance-subject",
        ),
        (
            Action::SuspendChain {
                chain: ChainId([1; 32]),
            },
            "governance-subject",
        ),
        (
            Action::SetParams(Params {
                governors: 0,
                ..Params::default()
            }),
            "governance-subject",
        ),
        (
            Action::SetParams(Params {
                window_blocks: 0,
                ..Params::default()
            }),
            "governance-subject",
        ),
        (
            Action::SetParams(Params {
                max_tx_bytes: u32::MAX,
                ..Params::default()
            }),
            "governance-subject",
        ),
    ];
    for (action, expect) in cases {
        assert_eq!(w.forbids("gov", act(action.clone())), expect, "{action:?}");
    }
}

#[test]
fn a_retired_profile_is_not_accepted_any_more() {
    let mut w = World::new();
    w.enact(
        "gov",
        act(Action::RetireProfile {
            profile: TestProfile::REFERENCE,
            from: Height(4),
        }),
    );
    w.ok("maker", vec![event(step::CREATE, &["A.1"])]);
    w.ok("maker", vec![event(step::CREATE, &["A.2"])]);
    assert_eq!(
        w.refused("maker", vec![event(step::CREATE, &["A.3"])]).0,
        "unknown-profile"
    );
    w.machine = Machine::new(Vec::new());
    assert_eq!(
        w.refused("maker", vec![event(step::CREATE, &["A.3"])]).0,
        "unknown-profile"
    );
}

#[test]
fn quotas_bound_what_a_party_sends() {
    let quota = Quota {
        txs: 2,
        bytes: 100_000,
        parked: 1,
    };
    let mut w = World::with_params(Params {
        window_blocks: 10,
        quota,
        ..Params::default()
    });
    w.height = 10;
    w.ok("maker", vec![event(step::CREATE, &["A.1"])]);
    w.ok("maker", vec![event(step::CREATE, &["A.2"])]);
    assert_eq!(
        w.refused("maker", vec![event(step::CREATE, &["A.3"])]).0,
        "quota-exhausted"
    );
    w.ok("trader", vec![event(step::NOTHING, &["A.2"])]);
    w.height = 19;
    w.ok("maker", vec![event(step::CREATE, &["A.3"])]);
    let more = Quota { txs: 9, ..quota };
    w.enact(
        "gov",
        act(Action::SetQuota {
            party: party("maker"),
            quota: Some(more),
        }),
    );
    for n in 4..10 {
        w.ok("maker", vec![event(step::CREATE, &[&format!("A.{n}")])]);
    }
    let small = Quota {
        txs: 9,
        bytes: 10,
        parked: 1,
    };
    w.enact(
        "gov",
        act(Action::SetQuota {
            party: party("trader"),
            quota: Some(small),
        }),
    );
    assert_eq!(
        w.refused("trader", vec![event(step::NOTHING, &["A.2"]).nonce(3)])
            .0,
        "quota-exhausted"
    );
}

#[test]
fn foreign_chains_are_registered_suspended_and_resumed() {
    let mut w = World::new();
    let chain = ChainId([1; 32]);
    let register = || Action::RegisterChain {
        chain,
        name: "customs".into(),
        key: vec![7; 48],
        freshness_ms: 5_000,
    };
    assert_eq!(
        w.enact("gov", act(register())).last(),
        Some(&Effect::Foreign(chain))
    );
    assert_eq!(w.forbids("gov2", act(register())), "governance-subject");
    let own = Action::RegisterChain {
        chain: World::CHAIN,
        name: "us".into(),
        key: vec![],
        freshness_ms: 1,
    };
    assert_eq!(w.forbids("gov", act(own)), "governance-subject");
    assert_eq!(
        w.get::<Channel>(keys::channel(&chain)),
        Some(Channel::default())
    );
    w.enact("gov", act(Action::SuspendChain { chain }));
    assert!(
        w.get::<ForeignChain>(keys::foreign_chain(&chain))
            .unwrap()
            .suspended
            .is_some()
    );
    w.enact("gov", act(Action::ResumeChain { chain }));
    let record: ForeignChain = w.get(keys::foreign_chain(&chain)).unwrap();
    assert_eq!(
        (record.key, record.suspended, record.seen),
        (vec![7; 48], None, None)
    );
}

#[test]
fn reserved_roles_are_given_by_governors() {
    let params = Params {
        governors: 2,
        ..Params::default()
    };
    let mut w = World::with_params(params);
    let grant = |role| {
        let (party, from) = (party("maker"), TimeMs(START_MS));
        act(Action::Grant {
            party,
            role,
            scope: Scope::all(),
            from,
            until: None,
        })
    };
    assert!(matches!(
        w.enact("gov", grant(Role::AUTHORITY))[..],
        [Effect::Proposed { needed: 2, .. }]
    ));
    assert!(matches!(
        w.enact("gov", grant(Role(5)))[..],
        [Effect::Enacted(_), _]
    ));
}

#[test]
fn parameters_change_as_a_whole() {
    let mut w = World::new();
    w.enact(
        "gov",
        act(Action::SetParams(Params {
            max_tx_bytes: 200,
            ..Params::default()
        })),
    );
    let (code, _) = w.refused(
        "maker",
        vec![event(step::CREATE, &["A.1", "A.2"]).attr(1, &"x".repeat(100))],
    );
    assert_eq!(code, "transaction-too-large");
}

#[test]
fn genesis_documents_are_checked() {
    use pangolin_ledger::{Genesis, GenesisError, GenesisParty};
    let w = World::new();
    let member = |name: &str| GenesisParty {
        id: party(name),
        name: name.into(),
        keys: vec![(World::key(name), pangolin_ledger::state::KeyUse::Owner)],
        roles: vec![
            (Role::GOVERNOR, Scope::all()),
            (Role::REGISTRAR, Scope::all()),
        ],
    };
    let good = Genesis {
        chain: World::CHAIN,
        time: TimeMs(0),
        params: Params::default(),
        profiles: vec![TestProfile::REFERENCE],
        parties: vec![member("a")],
        chains: vec![],
    };
    let code = |genesis: &Genesis| {
        w.machine
            .genesis(genesis)
            .err()
            .map(|e: GenesisError| e.code())
    };
    assert_eq!(code(&good), None);
    let twice = GenesisParty {
        id: party("b"),
        ..member("a")
    };
    let cases = [
        (
            Genesis {
                profiles: vec![ProfileRef { id: 1, version: 1 }],
                ..good.clone()
            },
            "unknown-profile",
        ),
        (
            Genesis {
                parties: vec![member("a"), member("a")],
                ..good.clone()
            },
            "repeated-party",
        ),
        (
            Genesis {
                parties: vec![member("a"), twice],
                ..good.clone()
            },
            "repeated-key",
        ),
        (
            Genesis {
                parties: vec![],
                ..good.clone()
            },
            "ungovernable",
        ),
        (
            Genesis {
                params: Params {
                    registrars: 2,
                    ..Params::default()
                },
                ..good.clone()
            },
            "ungovernable",
        ),
        (
            Genesis {
                params: Params {
                    registrars: 0,
                    ..Params::default()
                },
                ..good
            },
            "bad-params",
        ),
    ];
    for (genesis, expect) in cases {
        assert_eq!(code(&genesis), Some(expect));
    }
}
