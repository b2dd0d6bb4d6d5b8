//! K6 and K7: exclusive control in two phases, and matching of both sides.

use pangolin_ledger::{
    Effect,
    state::{Handover, keys},
};

use crate::support::{EventExt, World, attribute, event, id, step};

fn world() -> World {
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["A.1", "A.2", "A.3"])]);
    w
}

#[test]
fn custody_changes_only_when_the_named_party_accepts() {
    let mut w = world();
    w.ok("maker", vec![event(step::SHIP, &["A.1"]).to("trader")]);
    assert_eq!(w.custodian("A.1").as_deref(), Some("maker"));
    assert!(w.object("A.1").in_transit());
    let (_, code) = w.parked("other", event(step::RECEIVE, &["A.1"]));
    assert_eq!(code, "not-offered");
    w.ok("trader", vec![event(step::RECEIVE, &["A.1"])]);
    assert_eq!(w.custodian("A.1").as_deref(), Some("trader"));
    let object = w.object("A.1");
    assert!(!object.in_transit());
    assert_eq!(object.received.unwrap().from.to_string(), "maker");
}

#[test]
fn only_the_custodian_acts() {
    let mut w = world();
    for act in [step::SHIP, step::END, step::HOLD, step::OBSERVE] {
        let (missing, code) = w.parked("trader", event(act, &["A.1"]).to("user"));
        assert_eq!(code, "not-custodian");
        assert_eq!(missing, pangolin_ledger::Missing::Object(id("A.1")));
    }
    assert_eq!(
        w.refused(
            "trader",
            vec![event(step::SHIP_IMPATIENT, &["A.2"]).to("user")]
        )
        .0,
        "not-custodian"
    );
}

#[test]
fn nothing_else_happens_to_what_is_offered() {
    let mut w = world();
    w.ok("maker", vec![event(step::SHIP, &["A.1"]).to("trader")]);
    for act in [step::END, step::SHIP] {
        assert_eq!(
            w.parked("maker", event(act, &["A.1"]).to("other")).1,
            "already-offered"
        );
    }
}

#[test]
fn offers_end_from_either_side_without_a_change_of_custody() {
    let mut w = world();
    w.ok(
        "maker",
        vec![event(step::SHIP, &["A.1", "A.2"]).to("trader")],
    );
    w.ok("maker", vec![event(step::WITHDRAW, &["A.1"])]);
    let receipt = w.ok("trader", vec![event(step::DECLINE, &["A.2"])]);
    assert!(
        receipt
            .effects
            .iter()
            .any(|e| matches!(e, Effect::Completed(_)))
    );
    for object in ["A.1", "A.2"] {
        assert_eq!(w.custodian(object).as_deref(), Some("maker"));
        assert!(!w.object(object).in_transit());
    }
}

#[test]
fn the_receiver_must_be_known_and_another() {
    let mut w = world();
    let (code, place) = w.refused("maker", vec![event(step::SHIP, &["A.1"]).to("ghost")]);
    assert_eq!(
        (code, place.as_str()),
        ("unknown-party", "/events/0/destination")
    );
    assert_eq!(
        w.refused("maker", vec![event(step::SHIP, &["A.1"]).to("maker")])
            .0,
        "offer-to-self"
    );
}

#[test]
fn a_hand_over_is_complete_when_everything_arrived_or_came_back() {
    let mut w = world();
    let ship = event(step::SHIP, &["A.1", "A.2", "A.3"]).to("trader");
    w.ok("maker", vec![ship.clone()]);
    let count = |w: &World| {
        let handover: Handover = w.get(keys::handover(&ship.id)).unwrap();
        (
            handover.offered,
            handover.accepted,
            handover.returned,
            handover.is_complete(),
        )
    };
    assert_eq!(count(&w), (3, 0, 0, false));
    w.ok("trader", vec![event(step::RECEIVE, &["A.1"])]);
    w.ok("trader", vec![event(step::DECLINE, &["A.2"])]);
    assert_eq!(count(&w), (3, 1, 1, false));
    let receipt = w.ok("trader", vec![event(step::RECEIVE, &["A.3"])]);
    assert_eq!(count(&w), (3, 2, 1, true));
    assert_eq!(receipt.effects, [Effect::Completed(ship.id)]);
}

#[test]
fn an_offer_that_is_not_accepted_in_time_becomes_an_exception() {
    let mut w = world();
    let ship = event(step::SHIP, &["A.1", "A.2"])
        .to("trader")
        .attr(attribute::DEADLINE_MS, "3600000");
    w.ok("maker", vec![ship.clone()]);
    w.ok("trader", vec![event(step::RECEIVE, &["A.1"])]);
    assert_eq!(w.wait(3_500_000), []);
    assert_eq!(
        w.wait(200_000),
        [Effect::Overdue {
            offer: ship.id,
            open: 1
        }]
    );
    assert_eq!(w.wait(7_200_000), []);
    let handover: Handover = w.get(keys::handover(&ship.id)).unwrap();
    assert!(handover.overdue && !handover.is_complete());
    w.ok("trader", vec![event(step::RECEIVE, &["A.2"])]);
}

#[test]
fn the_stated_giver_must_be_the_custodian() {
    let mut w = world();
    w.ok("maker", vec![event(step::SHIP, &["A.1"]).to("trader")]);
    assert_eq!(
        w.parked("trader", event(step::RECEIVE, &["A.1"]).from("other"))
            .1,
        "not-custodian"
    );
    w.ok("trader", vec![event(step::RECEIVE, &["A.1"]).from("maker")]);
}

#[test]
fn an_authority_may_see_what_it_does_not_have() {
    let mut w = world();
    w.ok("gov", vec![event(step::SEIZE, &["A.1"])]);
    assert_eq!(
        w.refused("trader", vec![event(step::SEIZE, &["A.1"]).nonce(1)])
            .0,
        "role-missing"
    );
}
