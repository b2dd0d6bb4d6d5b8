//! Orders of authorities.

use pangolin_ledger::{
    Body, ClassId, Code, Effect, GroupId, OrderBody, OrderId, OrderKind, OrderScope, OrderTerms,
    Outcome, TimeMs,
    state::{Order, OrderState, keys},
};

use crate::support::{EventExt, START_MS, World, attribute, event, id, party, step, with};

fn terms(kind: OrderKind, scope: OrderScope, officers: u8) -> OrderTerms {
    let legal_basis = "Act 12, section 3".to_owned();
    OrderTerms {
        kind,
        scope,
        reason: Code(1),
        legal_basis,
        expires: None,
        officers,
        document: None,
    }
}

fn issue(w: &mut World, terms: OrderTerms) -> OrderId {
    let tx = w.tx("gov", Body::Order(OrderBody::Issue(terms)));
    let outcome = w.run(&tx);
    assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
    OrderId(tx.id().0)
}

fn release(order: OrderId, only: Option<&str>) -> Body {
    Body::Order(OrderBody::Release {
        order,
        only: only.map(id),
        legal_basis: "cleared".into(),
    })
}

fn world() -> World {
    let mut w = World::new();
    let lot = |objects: &[&str], lot| event(step::CREATE, objects).attr(attribute::GROUP, lot);
    w.ok(
        "maker",
        vec![
            lot(&["A.1", "A.2", "A.3"], "L1"),
            lot(&["A.4"], "L2"),
            event(step::CREATE, &["C.1"]),
        ],
    );
    w
}

fn group(name: &str) -> OrderScope {
    OrderScope::Group(GroupId::new(name).unwrap())
}

/// The code with which shipping is refused, or nothing.
fn shipping(w: &World, from: &str, object: &str) -> &'static str {
    let mut copy = w.clone();
    match copy.say(
        from,
        vec![event(step::SHIP, &[object]).to("user").nonce(99)],
    ) {
        Outcome::Applied(_) => "applied",
        Outcome::Refused(refusal) => refusal.code,
    }
}

#[test]
fn an_order_reaches_objects_by_every_scope() {
    let scopes = [
        (
            OrderScope::Object(id("A.1")),
            ["on-hold", "applied", "applied"],
        ),
        (group("L1"), ["on-hold", "on-hold", "applied"]),
        (
            OrderScope::Class(ClassId::new("A").unwrap()),
            ["on-hold", "on-hold", "on-hold"],
        ),
        (
            OrderScope::Party(party("maker")),
            ["on-hold", "on-hold", "on-hold"],
        ),
    ];
    for (scope, expect) in scopes {
        let mut w = world();
        let order = issue(&mut w, terms(OrderKind::Hold, scope.clone(), 1));
        let found = ["A.1", "A.2", "A.4"].map(|object| shipping(&w, "maker", object));
        assert_eq!(found, expect, "{scope:?}");
        assert_eq!(w.status("A.1").orders.len(), 1);
        w.enact("gov", release(order, None));
        assert_eq!(shipping(&w, "maker", "A.1"), "applied");
        assert!(!w.status("A.1").is_blocked());
        assert!(
            !w.state.contains_key(&keys::orders_on(&scope)),
            "no order, no record"
        );
    }
}

#[test]
fn a_recall_lets_goods_go_back() {
    let mut w = world();
    issue(&mut w, terms(OrderKind::Recall, group("L1"), 1));
    assert_eq!(shipping(&w, "maker", "A.1"), "on-recall");
    w.ok("maker", vec![event(step::SHIP_BACK, &["A.1"]).to("other")]);
}

#[test]
fn an_order_on_what_is_inside_stops_the_container() {
    let mut w = world();
    w.ok(
        "maker",
        vec![event(step::PACK, &["A.1", "A.4"]).parent("C.1")],
    );
    w.ok("maker", vec![event(step::CREATE, &["P.1"])]);
    w.ok("maker", vec![event(step::PACK, &["C.1"]).parent("P.1")]);
    let order = issue(&mut w, terms(OrderKind::Hold, group("L1"), 1));
    assert_eq!(shipping(&w, "maker", "P.1"), "on-hold");
    assert_eq!(w.status("P.1").orders_inside.len(), 1);
    w.enact("gov", release(order, None));
    let order = issue(
        &mut w,
        terms(OrderKind::Hold, OrderScope::Object(id("A.4")), 1),
    );
    assert_eq!(shipping(&w, "maker", "P.1"), "on-hold");
    w.enact("gov", release(order, None));
    assert_eq!(shipping(&w, "maker", "P.1"), "applied");
}

#[test]
fn a_container_goes_on_once_the_pack_in_question_is_out() {
    let mut w = world();
    w.ok(
        "maker",
        vec![event(step::PACK, &["A.1", "A.4"]).parent("C.1")],
    );
    issue(
        &mut w,
        terms(OrderKind::Recall, OrderScope::Object(id("A.1")), 1),
    );
    assert_eq!(shipping(&w, "maker", "C.1"), "on-recall");
    let unpack = event(step::UNPACK, &["A.1"]).parent("C.1");
    assert_eq!(
        w.refused("maker", vec![unpack]).0,
        "on-recall",
        "this profile lets nothing happen to it"
    );
    w.ok("maker", vec![event(step::END, &["A.2"])]);
}

#[test]
fn an_order_on_a_container_stops_its_contents() {
    let mut w = world();
    w.ok("maker", vec![event(step::PACK, &["A.1"]).parent("C.1")]);
    issue(
        &mut w,
        terms(OrderKind::Hold, OrderScope::Object(id("C.1")), 1),
    );
    let ship = event(step::SHIP_INFERRING, &["A.1"]).to("user");
    assert_eq!(w.refused("maker", vec![ship]).0, "on-hold");
    assert!(w.status("A.1").is_blocked());
}

#[test]
fn an_order_on_a_group_reaches_what_was_made_of_it() {
    let mut w = world();
    let repack = with(
        event(step::TRANSFORM, &["A.1"]).attr(attribute::GROUP, "L9"),
        |e| {
            e.kind = pangolin_ledger::EventKind::Transformation;
            e.outputs.objects = ["B.1", "B.2"].into_iter().map(id).collect();
        },
    );
    w.ok("maker", vec![repack]);
    w.ok("maker", vec![event(step::PACK, &["B.2"]).parent("C.1")]);
    issue(&mut w, terms(OrderKind::Recall, group("L1"), 1));
    assert_eq!(shipping(&w, "maker", "B.1"), "on-recall");
    assert_eq!(shipping(&w, "maker", "C.1"), "on-recall");
    assert_eq!(shipping(&w, "maker", "A.4"), "applied");
    assert!(w.status("B.1").is_blocked());
}

#[test]
fn an_order_may_come_before_the_object() {
    let mut w = world();
    let order = issue(
        &mut w,
        terms(OrderKind::Hold, OrderScope::Object(id("A.7")), 1),
    );
    assert!(w.status("A.7").record.is_none() && w.status("A.7").is_blocked());
    assert_eq!(
        w.refused("maker", vec![event(step::CREATE, &["A.7"]).nonce(1)])
            .0,
        "on-hold"
    );
    w.enact("gov", release(order, None));
    assert!(
        !w.state.contains_key(&keys::object(&id("A.7"))),
        "nothing is left of it"
    );
    w.ok("maker", vec![event(step::CREATE, &["A.7"]).nonce(1)]);
}

#[test]
fn several_officers_must_sign() {
    let mut w = world();
    let order = issue(&mut w, terms(OrderKind::Recall, group("L1"), 2));
    assert_eq!(
        shipping(&w, "maker", "A.1"),
        "applied",
        "one signature of two"
    );
    let approve = || Body::Order(OrderBody::Approve { order });
    let same = w.tx("gov", approve());
    assert_eq!(
        w.run(&same).refusal().map(|r| r.code),
        Some("already-signed")
    );
    assert_eq!(w.forbids("gov2", approve()), "not-issuer");
    let second = w.tx_by("gov", "gov/2", approve());
    let Outcome::Applied(receipt) = w.run(&second) else {
        panic!()
    };
    assert_eq!(receipt.effects, [Effect::OrderActive(order)]);
    assert_eq!(shipping(&w, "maker", "A.1"), "on-recall");
    assert_eq!(w.forbids("gov", approve()), "order-not-pending");
    // The release needs two as well.
    assert_eq!(w.enact("gov", release(order, None)), []);
    assert_eq!(shipping(&w, "maker", "A.1"), "on-recall");
    let second = w.tx_by("gov", "gov/2", release(order, None));
    let Outcome::Applied(receipt) = w.run(&second) else {
        panic!()
    };
    assert_eq!(receipt.effects, [Effect::OrderReleased(order)]);
    assert_eq!(w.forbids("gov", release(order, None)), "order-not-active");
}

#[test]
fn the_chain_asks_for_a_least_number_of_officers() {
    use pangolin_ledger::state::{Officers, Params};
    let params = Params {
        officers: Officers { hold: 1, recall: 3 },
        ..Params::default()
    };
    let mut w = World::with_params(params);
    let issue = |kind| Body::Order(OrderBody::Issue(terms(kind, group("L1"), 2)));
    assert_eq!(
        w.forbids("gov", issue(OrderKind::Recall)),
        "too-few-officers"
    );
    assert_eq!(w.enact("gov", issue(OrderKind::Hold)), []);
}

#[test]
fn an_exempted_object_is_free_but_not_its_container() {
    let mut w = world();
    let order = issue(&mut w, terms(OrderKind::Hold, group("L1"), 1));
    assert_eq!(
        w.enact("gov", release(order, Some("A.1"))),
        [Effect::Exempted {
            order,
            object: id("A.1")
        }]
    );
    assert_eq!(shipping(&w, "maker", "A.1"), "applied");
    assert_eq!(shipping(&w, "maker", "A.2"), "on-hold");
    assert!(!w.status("A.1").is_blocked());
    w.ok("maker", vec![event(step::PACK, &["A.1"]).parent("C.1")]);
    assert_eq!(shipping(&w, "maker", "C.1"), "on-hold");
}

#[test]
fn orders_end_by_themselves() {
    let mut w = world();
    let expires = Some(TimeMs(START_MS + 3_600_000));
    let order = issue(
        &mut w,
        OrderTerms {
            expires,
            ..terms(OrderKind::Hold, group("L1"), 1)
        },
    );
    assert_eq!(shipping(&w, "maker", "A.1"), "on-hold");
    assert_eq!(w.wait(3_700_000), [Effect::OrderExpired(order)]);
    assert_eq!(shipping(&w, "maker", "A.1"), "applied");
    let record: Order = w.get(keys::order(&order)).unwrap();
    assert!(matches!(record.state, OrderState::Expired { .. }));
    let past = OrderTerms {
        expires,
        ..terms(OrderKind::Hold, group("L1"), 1)
    };
    assert_eq!(
        w.forbids("gov", Body::Order(OrderBody::Issue(past))),
        "order-expired"
    );
}

#[test]
fn an_order_without_its_signatures_lapses() {
    use pangolin_ledger::state::Params;
    let mut w = World::with_params(Params {
        proposal_ms: 600_000,
        ..Params::default()
    });
    let order = issue(&mut w, terms(OrderKind::Hold, group("L1"), 2));
    assert_eq!(w.wait(700_000), [Effect::OrderExpired(order)]);
    let late = w.tx_by("gov", "gov/2", Body::Order(OrderBody::Approve { order }));
    assert_eq!(
        w.run(&late).refusal().map(|r| r.code),
        Some("order-not-pending")
    );
}

#[test]
fn orders_need_authority_and_a_legal_basis() {
    let mut w = world();
    let body = |legal_basis: &str| {
        let terms = OrderTerms {
            legal_basis: legal_basis.into(),
            ..terms(OrderKind::Hold, group("L1"), 1)
        };
        Body::Order(OrderBody::Issue(terms))
    };
    assert_eq!(w.forbids("maker", body("because")), "role-missing");
    assert_eq!(w.forbids("gov", body("")), "malformed");
    let order = issue(&mut w, terms(OrderKind::Hold, group("L1"), 1));
    assert_eq!(w.forbids("maker", release(order, None)), "role-missing");
    assert_eq!(
        w.enact("gov2", release(order, None)),
        [Effect::OrderReleased(order)],
        "another authority may"
    );
    assert_eq!(
        w.forbids(
            "gov",
            Body::Order(OrderBody::Approve {
                order: OrderId([0; 32])
            })
        ),
        "order-unknown"
    );
}

#[test]
fn two_orders_on_one_object_end_one_by_one() {
    let mut w = world();
    let scope = OrderScope::Object(id("A.1"));
    let hold = issue(&mut w, terms(OrderKind::Hold, scope.clone(), 1));
    let recall = issue(&mut w, terms(OrderKind::Recall, scope, 1));
    assert_eq!(w.status("A.1").orders.len(), 2);
    w.enact("gov", release(hold, None));
    assert_eq!(shipping(&w, "maker", "A.1"), "on-recall");
    w.enact("gov", release(recall, None));
    assert_eq!(shipping(&w, "maker", "A.1"), "applied");
}
