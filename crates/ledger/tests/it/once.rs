//! K3: at most once.

use pangolin_ledger::{
    Body, EventOutcome, GroupId, Outcome,
    state::{Group, keys},
};

use crate::support::{EventExt, World, attribute, event, step};

#[test]
fn an_identifier_is_created_once() {
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["A.1", "A.2"])]);
    let (code, place) = w.refused("maker", vec![event(step::CREATE, &["A.0", "A.2"]).nonce(1)]);
    assert_eq!(
        (code, place.as_str()),
        ("already-created", "/events/0/objects/1")
    );
    w.ok("maker", vec![event(step::END, &["A.1"])]);
    assert_eq!(
        w.refused("maker", vec![event(step::CREATE, &["A.1"]).nonce(2)])
            .0,
        "already-created"
    );
}

#[test]
fn a_repeated_event_is_recognised_and_changes_nothing() {
    let mut w = World::new();
    let create = event(step::CREATE, &["A.1"]);
    w.ok("maker", vec![create.clone()]);
    let before = w.state.clone();
    assert_eq!(
        w.refused("maker", vec![create.clone()]).0,
        "already-recorded"
    );
    assert_eq!(before, w.state);
    let Outcome::Applied(receipt) = w.say("maker", vec![create, event(step::CREATE, &["A.2"])])
    else {
        panic!()
    };
    assert!(
        matches!(receipt.events[0].outcome, EventOutcome::Duplicate { height } if height.0 == 1)
    );
    assert_eq!(receipt.events[1].outcome, EventOutcome::Applied);
}

#[test]
fn an_event_id_with_another_content_is_a_conflict() {
    let mut w = World::new();
    let create = event(step::CREATE, &["A.1"]);
    w.ok("maker", vec![create.clone()]);
    let mut forged = event(step::CREATE, &["A.9"]);
    forged.id = create.id;
    assert_eq!(w.refused("maker", vec![forged]).0, "event-conflict");
}

#[test]
fn a_thing_that_may_happen_once_happens_once() {
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["A.1"])]);
    let claim = |n, what| {
        event(step::ONCE, &["A.1"])
            .attr(attribute::ONCE, what)
            .nonce(n)
    };
    w.ok("maker", vec![claim(1, "invoice 7")]);
    assert_eq!(
        w.refused("trader", vec![claim(2, "invoice 7")]).0,
        "already-done"
    );
    w.ok("trader", vec![claim(3, "invoice 8")]);
}

#[test]
fn a_group_keeps_what_was_first_said_of_it() {
    let mut w = World::new();
    let lot = |n, object, expiry| {
        event(step::CREATE, &[object])
            .attr(attribute::GROUP, "lot")
            .attr(attribute::EXPIRY, expiry)
            .nonce(n)
    };
    w.ok("maker", vec![lot(1, "A.1", "2027-01-31")]);
    w.ok("maker", vec![lot(2, "A.2", "2027-01-31")]);
    assert_eq!(
        w.refused("maker", vec![lot(3, "A.3", "2028-01-31")]).0,
        "group-differs"
    );
    assert_eq!(
        w.refused("maker", vec![lot(4, "B.3", "2027-01-31")]).0,
        "group-differs"
    );
    let group: Group = w.get(keys::group(&GroupId::new("lot").unwrap())).unwrap();
    assert_eq!(
        (group.made, group.class.unwrap().to_string().as_str()),
        (2, "A")
    );
}

#[test]
fn a_limited_group_is_not_oversold() {
    let mut w = World::new();
    let print = |n, objects: &[&str]| {
        event(step::CREATE, objects)
            .attr(attribute::GROUP, "licence")
            .attr(attribute::LIMIT, "3")
            .nonce(n)
    };
    w.ok("maker", vec![print(1, &["P.1", "P.2"])]);
    assert_eq!(
        w.refused("maker", vec![print(2, &["P.3", "P.4"])]).0,
        "group-exhausted"
    );
    w.ok("maker", vec![print(3, &["P.3"])]);
    assert_eq!(
        w.refused("maker", vec![print(4, &["P.4"])]).0,
        "group-exhausted"
    );
}

#[test]
fn one_refused_event_refuses_the_whole_transaction() {
    let mut w = World::new();
    let before = w.state.clone();
    let events = vec![event(step::CREATE, &["A.1"]), event(999, &["A.1"])];
    assert_eq!(
        w.refused("maker", events),
        ("unknown-step", "/events/1".to_owned())
    );
    assert_eq!(before, w.state);
}

#[test]
fn a_transaction_without_events_is_recorded_by_its_identity() {
    use crate::support::party;
    use pangolin_ledger::{GovernanceAction, GovernanceBody, Outcome};
    let mut w = World::new();
    let action = GovernanceAction::AddParty {
        party: party("late"),
        name: "Late Ltd".into(),
    };
    let tx = w.tx(
        "gov",
        Body::Governance(Box::new(GovernanceBody {
            action,
            reason: String::new(),
        })),
    );
    assert!(matches!(w.run(&tx), Outcome::Applied(_)));
    assert_eq!(
        w.run(&tx).refusal().map(|r| r.code),
        Some("already-recorded")
    );
}
