//! Governance: thresholds, admission, parameters, profiles, foreign chains.

use std::sync::Arc;

use pangolin_ledger::{
    Body, ChainId, ClassId, Digest32, Effect, Event, GovernanceAction as Action, GovernanceBody,
    Height, Machine, ObjectId, Profile, ProfileRef, Refusal, Role, Scope, TimeMs,
    profile::{Claim, Plan},
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

/// The next version of the rules: the same ones.
#[derive(Debug)]
struct Next;

impl Next {
    const REFERENCE: ProfileRef = ProfileRef {
        id: TestProfile::REFERENCE.id,
        version: TestProfile::REFERENCE.version + 1,
    };
}

impl Profile for Next {
    fn reference(&self) -> ProfileRef {
        Self::REFERENCE
    }
    fn name(&self) -> &'static str {
        "next"
    }
    fn digest(&self) -> Digest32 {
        Digest32([8; 32])
    }
    fn class_of(&self, object: &ObjectId) -> Option<ClassId> {
        TestProfile.class_of(object)
    }
    fn classify(&self, event: &Event, claim: &Claim<'_>) -> Result<Plan, Refusal> {
        TestProfile.classify(event, claim)
    }
}

/// Creates an object under a version of the rules; the code of the refusal.
fn create(w: &mut World, profile: ProfileRef, object: &str) -> &'static str {
    let body = Body::Events(vec![event(step::CREATE, &[object])]);
    let mut tx = w.tx("maker", body).tx().clone();
    tx.profile = profile;
    let outcome = w.run(&World::sign(tx));
    outcome.refusal().map_or("applied", |refusal| refusal.code)
}

#[test]
fn a_next_version_comes_into_force_at_a_height_beside_the_present_one_which_then_ends() {
    let (old, new) = (TestProfile::REFERENCE, Next::REFERENCE);
    let mut w = World::new();
    w.machine = Machine::new(vec![Arc::new(TestProfile), Arc::new(Next)]);
    let retire = |from| {
        act(Action::RetireProfile {
            profile: old,
            from: Height(from),
        })
    };
    assert_eq!(
        w.forbids("gov", retire(9)),
        "governance-subject",
        "nothing else is in force"
    );
    let activate = Action::ActivateProfile {
        profile: new,
        digest: Digest32([8; 32]),
        from: Height(5),
    };
    assert_eq!(w.forbids("maker", act(activate.clone())), "role-missing");
    w.enact("gov", act(activate));
    assert_eq!(
        w.forbids("gov", retire(4)),
        "governance-subject",
        "not yet in force then"
    );
    assert_eq!(w.height, 4);
    assert_eq!(create(&mut w, new, "A.1"), "applied", "block 5");
    assert_eq!(
        create(&mut w, old, "A.2"),
        "applied",
        "two versions are in force"
    );
    w.enact("gov", retire(9));
    assert_eq!(create(&mut w, old, "A.3"), "applied", "block 8");
    assert_eq!(create(&mut w, old, "A.4"), "unknown-profile", "block 9");
    assert_eq!(create(&mut w, new, "A.4"), "applied");
    // what was made under the earlier version lives on under the later one
    let mut tx = w
        .tx("maker", Body::Events(vec![event(step::OBSERVE, &["A.2"])]))
        .tx()
        .clone();
    tx.profile = new;
    assert!(w.run(&World::sign(tx)).receipt().is_some());
    // without the software there are no rules
    w.machine = Machine::new(vec![Arc::new(TestProfile)]);
    assert_eq!(create(&mut w, new, "A.5"), "unknown-profile");
}

#[test]
fn a_threshold_of_governors_is_raised_by_as_many() {
    let mut w = World::new();
    let two = |governors| {
        act(Action::SetParams(Params {
            governors,
            ..Params::default()
        }))
    };
    assert_eq!(Params::default().governors, 1);
    let effects = w.enact("gov", two(2));
    assert!(
        matches!(
            effects[..],
            [Effect::Proposed {
                signed: 1,
                needed: 2,
                ..
            }]
        ),
        "{effects:?}"
    );
    w.enact("gov2", two(2));
    assert_eq!(w.get::<Params>(keys::params()).unwrap().governors, 2);
    w.enact("gov", two(3));
    w.enact("gov2", two(3));
    assert_eq!(
        w.get::<Params>(keys::params()).unwrap().governors,
        2,
        "there are no three"
    );
    // and lowered by as many as there are
    w.enact("gov", two(1));
    w.enact("gov2", two(1));
    assert_eq!(w.get::<Params>(keys::params()).unwrap().governors, 1);
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
