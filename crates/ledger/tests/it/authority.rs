//! K2: keys, parties, roles, delegation, in time.

use std::collections::BTreeSet;

use pangolin_ledger::{
    Body, Event, GovernanceAction as Action, GovernanceBody, Outcome, Role, Scope,
    SignedTransaction, TimeMs, state::KeyUse,
};

use crate::support::{EventExt, START_MS, World, event, event_at, party, role, step};

const HOUR: i64 = 3_600_000;

fn act(action: Action) -> Body {
    Body::Governance(Box::new(GovernanceBody {
        action,
        reason: "test".into(),
    }))
}

fn at(ms: i64) -> TimeMs {
    TimeMs(START_MS + ms)
}

fn code(w: &mut World, tx: &SignedTransaction) -> &'static str {
    match w.run(tx) {
        Outcome::Applied(_) => "applied",
        Outcome::Refused(refusal) => refusal.code,
    }
}

fn say_by(w: &mut World, issuer: &str, signer: &str, event: Event) -> &'static str {
    let tx = w.tx_by(issuer, signer, Body::Events(vec![event]));
    code(w, &tx)
}

#[test]
fn a_key_belongs_to_its_party() {
    let mut w = World::new();
    assert_eq!(
        say_by(&mut w, "maker", "nowhere", event(step::CREATE, &["A.1"])),
        "unknown-key"
    );
    assert_eq!(
        say_by(&mut w, "maker", "trader", event(step::CREATE, &["A.1"])),
        "key-not-of-party"
    );
    assert_eq!(
        say_by(&mut w, "ghost", "maker", event(step::CREATE, &["A.1"])),
        "unknown-party"
    );
    assert_eq!(
        say_by(&mut w, "maker", "maker/2", event(step::CREATE, &["A.1"])),
        "applied"
    );
}

#[test]
fn keys_have_a_time() {
    let mut w = World::new();
    let key = World::key("new");
    let (from, until) = (at(HOUR), Some(at(2 * HOUR)));
    w.enact(
        "maker",
        act(Action::AddKey {
            party: party("maker"),
            key,
            usage: KeyUse::Owner,
            from,
            until,
        }),
    );
    assert_eq!(
        say_by(&mut w, "maker", "new", event(step::CREATE, &["A.1"])),
        "key-not-valid"
    );
    w.wait(HOUR);
    assert_eq!(
        say_by(&mut w, "maker", "new", event(step::CREATE, &["A.1"])),
        "applied"
    );
    w.wait(HOUR);
    assert_eq!(
        say_by(&mut w, "maker", "new", event(step::CREATE, &["A.2"])),
        "key-not-valid"
    );
    w.enact(
        "maker",
        act(Action::RevokeKey {
            party: party("maker"),
            key: World::key("maker/2"),
            from: at(0),
        }),
    );
    assert_eq!(
        say_by(&mut w, "maker", "maker/2", event(step::CREATE, &["A.2"])),
        "key-not-valid"
    );
}

#[test]
fn roles_are_judged_when_the_event_happened_and_when_it_arrived() {
    let mut w = World::new();
    let grant = |from, until| {
        act(Action::Grant {
            party: party("nobody"),
            role: role::MAKER,
            scope: Scope::all(),
            from,
            until,
        })
    };
    assert_eq!(
        w.refused("nobody", vec![event(step::CREATE, &["A.1"])]).0,
        "role-missing"
    );
    w.enact("gov", grant(at(HOUR), Some(at(3 * HOUR))));
    w.wait(2 * HOUR);
    let before = event_at(step::CREATE, &["A.1"], HOUR - 1);
    assert_eq!(w.refused("nobody", vec![before]).0, "role-missing");
    w.ok("nobody", vec![event_at(step::CREATE, &["A.1"], HOUR)]);
    w.wait(HOUR);
    let late = event_at(step::CREATE, &["A.2"], 2 * HOUR);
    assert_eq!(
        w.refused("nobody", vec![late]).0,
        "role-missing",
        "it has ended by the time of the block"
    );
}

#[test]
fn a_revoked_role_is_told_apart_and_cannot_be_backdated_around() {
    let mut w = World::new();
    w.wait(2 * HOUR);
    let revoke = Action::Revoke {
        party: party("maker"),
        role: role::MAKER,
        scope: Scope::all(),
        from: at(HOUR),
    };
    w.enact("gov", act(revoke));
    for ms in [0, 2 * HOUR] {
        assert_eq!(
            w.refused("maker", vec![event_at(step::CREATE, &["A.1"], ms)])
                .0,
            "role-revoked"
        );
    }
    let again = Action::Grant {
        party: party("maker"),
        role: role::MAKER,
        scope: Scope::all(),
        from: at(2 * HOUR),
        until: None,
    };
    w.enact("gov", act(again));
    w.ok("maker", vec![event_at(step::CREATE, &["A.1"], 2 * HOUR)]);
}

#[test]
fn a_role_may_be_limited_to_a_scope() {
    let mut w = World::new();
    let observe = || event(step::SCOPED, &["A.1"]);
    assert_eq!(w.refused("trader", vec![observe()]).0, "role-missing");
    let grant = |scope: &str| {
        let (from, scope) = (at(-HOUR), Scope::new(scope).unwrap());
        act(Action::Grant {
            party: party("trader"),
            role: role::SCOPED,
            scope,
            from,
            until: None,
        })
    };
    w.enact("gov", grant("B"));
    assert_eq!(w.refused("trader", vec![observe()]).0, "role-missing");
    w.enact("gov", grant("A"));
    assert_eq!(w.parked("trader", observe()).1, "object-absent");
}

#[test]
fn a_suspended_party_neither_sends_nor_receives() {
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["A.1", "A.2"])]);
    w.enact(
        "gov",
        act(Action::SuspendParty {
            party: party("trader"),
            from: at(HOUR),
        }),
    );
    w.ok("maker", vec![event(step::SHIP, &["A.1"]).to("trader")]);
    w.wait(HOUR);
    assert_eq!(
        w.refused("trader", vec![event(step::RECEIVE, &["A.1"])]).0,
        "party-suspended"
    );
    assert_eq!(
        w.refused("maker", vec![event(step::SHIP, &["A.2"]).to("trader")])
            .0,
        "party-suspended"
    );
    w.enact(
        "gov",
        act(Action::ResumeParty {
            party: party("trader"),
        }),
    );
    w.ok("trader", vec![event(step::RECEIVE, &["A.1"])]);
}

#[test]
fn an_agent_signs_what_it_may() {
    let mut w = World::new();
    let delegate = |roles: &[Role]| {
        let roles: BTreeSet<Role> = roles.iter().copied().collect();
        let (principal, agent) = (party("maker"), party("other"));
        act(Action::Delegate {
            principal,
            agent,
            roles,
            from: at(0),
            until: None,
        })
    };
    w.enact("maker", delegate(&[role::TRADER]));
    let create = event(step::CREATE, &["A.1"]);
    assert_eq!(
        say_by(&mut w, "maker", "other", create.clone()),
        "key-not-entitled"
    );
    w.enact("maker", delegate(&[role::MAKER]));
    assert_eq!(say_by(&mut w, "maker", "other", create), "applied");
    assert_eq!(
        w.custodian("A.1").as_deref(),
        Some("maker"),
        "the act is the principal's"
    );
    let hold = event(step::HOLD, &["A.1"]);
    assert_eq!(
        say_by(&mut w, "maker", "other", hold.clone()),
        "key-not-entitled",
        "the act needs no role"
    );
    w.enact("maker", delegate(&[]));
    assert_eq!(say_by(&mut w, "maker", "other", hold), "applied");
    let add = Action::AddKey {
        party: party("maker"),
        key: World::key("evil"),
        usage: KeyUse::Owner,
        from: at(0),
        until: None,
    };
    let tx = w.tx_by("maker", "other", act(add));
    assert_eq!(
        code(&mut w, &tx),
        "key-not-entitled",
        "an agent does not govern"
    );
    let (principal, agent) = (party("maker"), party("other"));
    w.enact(
        "maker",
        act(Action::RevokeDelegation {
            principal,
            agent,
            from: at(0),
        }),
    );
    assert_eq!(
        say_by(&mut w, "maker", "other", event(step::UNHOLD, &["A.1"])),
        "key-not-of-party"
    );
}

#[test]
fn an_agent_key_is_limited_like_an_agent() {
    let mut w = World::new();
    let usage = KeyUse::Agent([role::MAKER].into());
    let (key, from) = (World::key("line"), at(0));
    w.enact(
        "maker",
        act(Action::AddKey {
            party: party("maker"),
            key,
            usage,
            from,
            until: None,
        }),
    );
    assert_eq!(
        say_by(&mut w, "maker", "line", event(step::CREATE, &["A.1"])),
        "applied"
    );
    assert_eq!(
        say_by(&mut w, "maker", "line", event(step::HOLD, &["A.1"])),
        "key-not-entitled"
    );
    let tx = w.tx_by(
        "maker",
        "line",
        act(Action::RevokeKey {
            party: party("maker"),
            key,
            from,
        }),
    );
    assert_eq!(code(&mut w, &tx), "key-not-entitled");
}
