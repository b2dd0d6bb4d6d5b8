//! What a container knows of its contents: acts on it are judged by everything inside, at any depth, and what comes out is
//! as it was inside.

use pangolin_ledger::{
    Body, Code, Event, EventKind, GroupId, ObjectId, OrderBody, OrderId, OrderKind, OrderScope,
    OrderTerms, Outcome,
    state::{Content, Namespace},
};

use crate::support::{EventExt, World, attribute, event, id, step, with};

/// Packs of two lots in two cases on a pallet: A.1 and A.2 of a lot until 2026 in C.1, A.3 of a lot until 2030 in C.2.
fn pallet() -> World {
    let mut w = World::new();
    let lot = |objects: &[&str], lot: &str, until: &str| {
        event(step::CREATE, objects)
            .attr(attribute::GROUP, lot)
            .attr(attribute::EXPIRY, until)
    };
    w.ok("maker", vec![lot(&["A.1", "A.2"], "short", "20260331")]);
    w.ok("maker", vec![lot(&["A.3"], "long", "20300331")]);
    w.ok("maker", vec![event(step::CREATE, &["C.1", "C.2", "P.1"])]);
    w.ok(
        "maker",
        vec![event(step::PACK, &["A.1", "A.2"]).parent("C.1")],
    );
    w.ok("maker", vec![event(step::PACK, &["A.3"]).parent("C.2")]);
    w.ok(
        "maker",
        vec![event(step::PACK, &["C.1", "C.2"]).parent("P.1")],
    );
    w
}

/// Requires that what is shipped has not expired by a day.
fn on_day(object: &str, day: &str) -> Event {
    event(step::NOT_AFTER, &[object]).attr(attribute::EXPIRY, day)
}

fn staged(step: u16, object: &str, from: Option<&str>, to: &str) -> Event {
    let event = event(step, &[object]).attr(attribute::STAGE_TO, to);
    match from {
        Some(from) => event.attr(attribute::STAGE_FROM, from),
        None => event,
    }
}

fn order(w: &mut World, kind: OrderKind, object: &str) -> OrderId {
    let terms = OrderTerms {
        kind,
        scope: OrderScope::Object(id(object)),
        reason: Code(1),
        legal_basis: "§ 1".into(),
        expires: None,
        officers: 1,
        document: None,
    };
    let tx = w.tx("gov", Body::Order(OrderBody::Issue(terms)));
    assert!(matches!(w.run(&tx), Outcome::Applied(_)));
    OrderId(tx.id().0)
}

fn exempt(w: &mut World, order: OrderId, object: &str) {
    let only: Option<ObjectId> = Some(id(object));
    let legal_basis = "§ 2".to_owned();
    w.enact(
        "gov",
        Body::Order(OrderBody::Release {
            order,
            only,
            legal_basis,
        }),
    );
}

#[test]
fn an_expired_lot_is_found_at_any_depth() {
    let mut w = pallet();
    w.ok("maker", vec![on_day("P.1", "20260331")]);
    for (day, object, found) in [
        ("20260401", "P.1", true),
        ("20260401", "C.1", true),
        ("20260401", "A.1", true),
        ("20260401", "C.2", false),
    ] {
        let outcome = w.say("maker", vec![on_day(object, day)]);
        assert_eq!(outcome.receipt().is_none(), found, "{object} on {day}");
        if let Outcome::Refused(refusal) = outcome {
            assert_eq!(refusal.code, "goods-expired");
            assert!(refusal.message.contains("group short is 20260331"));
        }
    }
    // Once the lot in question is out, the pallet passes.
    w.ok("maker", vec![event(step::UNPACK, &["C.1"]).parent("P.1")]);
    w.ok("maker", vec![on_day("P.1", "20260401").nonce(1)]);
}

#[test]
fn a_group_inside_costs_one_read_however_many_packs() {
    let mut w = World::new();
    let names: Vec<String> = (0..3_000).map(|n| format!("A.{n:04}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let create = event(step::CREATE, &names)
        .attr(attribute::GROUP, "lot")
        .attr(attribute::EXPIRY, "20260331");
    w.ok("maker", vec![create, event(step::CREATE, &["P.1"])]);
    w.ok("maker", vec![event(step::PACK, &names).parent("P.1")]);
    w.unhinted.clear();
    let tx = w.tx("maker", Body::Events(vec![on_day("P.1", "20260331")]));
    assert!(w.machine.hints(&w.machine.prepare(&tx)).len() < 20);
    assert!(matches!(w.run(&tx), Outcome::Applied(_)));
    assert!(!w.unhinted.contains(&Namespace::Object));
    assert!(
        !w.unhinted.contains(&Namespace::Group),
        "the group is read beforehand"
    );
    assert_eq!(w.object("P.1").inside.len(), 2);
}

#[test]
fn too_many_different_groups_are_refused_when_they_go_in() {
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["P.1"])]);
    let names: Vec<String> = (0..520).map(|n| format!("A.{n}")).collect();
    for name in &names {
        let create = event(step::CREATE, &[name]).attr(attribute::GROUP, name);
        w.ok("maker", vec![create]);
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    w.ok(
        "maker",
        vec![event(step::PACK, &names[..511]).parent("P.1")],
    );
    let (code, _) = w.refused(
        "maker",
        vec![event(step::PACK, &names[511..]).parent("P.1")],
    );
    assert_eq!(code, "too-mixed");
}

#[test]
fn a_stage_inside_is_seen_from_outside() {
    let mut w = pallet();
    let normal = |object| event(step::AT_STAGE, &[object]).attr(attribute::STAGE_FROM, "0");
    w.ok("maker", vec![normal("P.1")]);
    w.ok("maker", vec![staged(step::ADVANCE, "A.1", Some("0"), "5")]);
    for (n, object) in ["A.1", "C.1", "P.1"].into_iter().enumerate() {
        let n = u8::try_from(n).unwrap();
        assert_eq!(w.parked("maker", normal(object).nonce(n)).1, "wrong-stage");
    }
    w.ok("maker", vec![normal("C.2"), normal("A.2")]);
    assert_eq!(
        w.object("P.1").inside.get(&Content::Stage(Code(5))),
        Some(&1)
    );
    w.ok("maker", vec![staged(step::ADVANCE, "A.1", Some("5"), "0")]);
    assert_eq!(w.object("P.1").inside.get(&Content::Stage(Code(5))), None);
    w.ok("maker", vec![normal("P.1").nonce(9)]);
}

/// Both ways out of the pallet: with a list, and everything at once without one.
fn ways_out() -> [Event; 2] {
    [
        event(step::UNPACK_FREELY, &["C.1", "C.2"]).parent("P.1"),
        event(step::EMPTY_FREELY, &[]).parent("P.1"),
    ]
}

#[test]
fn a_container_lends_its_stage_to_what_comes_out() {
    let normal = |object| event(step::AT_STAGE, &[object]).attr(attribute::STAGE_FROM, "0");
    for out in ways_out() {
        let mut w = pallet();
        w.ok("maker", vec![staged(step::ADVANCE, "P.1", Some("0"), "6")]);
        assert_eq!(w.parked("maker", normal("A.1")).1, "wrong-stage");
        // Nothing inside makes a transition of its own: this one waits until the case around it is at its first stage.
        let own = staged(step::ADVANCE, "A.1", Some("0"), "1");
        assert_eq!(w.parked("maker", own).1, "wrong-stage");
        w.ok("maker", vec![out]);
        for object in ["C.1", "A.1"] {
            assert_eq!(w.status(object).stage, Code(6), "{object}");
        }
        assert_eq!(w.parked("maker", normal("C.1")).1, "wrong-stage");
        w.ok("maker", vec![staged(step::ADVANCE, "C.1", Some("6"), "0")]);
        assert_eq!(
            (w.object("C.1").stage, w.object("A.1").stage),
            (Code(0), Code(1))
        );
    }
}

#[test]
fn a_hold_goes_along_with_what_comes_out() {
    for out in ways_out() {
        let mut w = pallet();
        w.ok("maker", vec![event(step::HOLD, &["P.1"])]);
        w.ok("maker", vec![out]);
        assert!(w.status("C.1").held && w.status("A.1").held);
        let ship = event(step::SHIP, &["C.1"]).to("trader");
        assert_eq!(w.parked("maker", ship).1, "held-back");
        w.ok("maker", vec![event(step::UNHOLD, &["C.1"])]);
        assert!(!w.status("A.1").held && w.status("C.2").held);
        assert!(
            w.status("C.1").pending.is_some(),
            "the shipment waited for it"
        );
    }
}

#[test]
fn what_is_accepted_out_of_a_held_container_is_held() {
    let mut w = pallet();
    w.ok("maker", vec![event(step::HOLD, &["P.1"])]);
    let back = event(step::SHIP_BACK, &["P.1"]).to("trader");
    w.ok("maker", vec![back]);
    w.ok("trader", vec![event(step::RECEIVE_INFERRING, &["A.1"])]);
    assert!(w.status("A.1").held && w.status("A.1").containers.is_empty());
    assert_eq!(w.custodian("A.1").as_deref(), Some("trader"));
}

#[test]
fn what_is_offered_to_arrive_at_a_stage_is_at_it_once_accepted() {
    let mut w = pallet();
    let ship = |n| {
        let event = event(step::SHIP, &["P.1"]).to("trader").nonce(n);
        event.attr(attribute::STAGE_TO, "4")
    };
    w.ok("maker", vec![ship(1)]);
    assert_eq!(w.status("A.1").stage, Code(0));
    w.ok("maker", vec![event(step::WITHDRAW, &["P.1"])]);
    assert_eq!(
        w.object("P.1").stage,
        Code(0),
        "called off, it is as it was"
    );
    w.ok("maker", vec![ship(2)]);
    w.ok("trader", vec![event(step::RECEIVE_INFERRING, &["A.1"])]);
    assert_eq!(w.object("A.1").stage, Code(4));
    w.ok("trader", vec![event(step::RECEIVE, &["P.1"])]);
    assert_eq!(w.status("A.2").stage, Code(4));
}

#[test]
fn a_transition_may_take_the_object_out() {
    let mut w = pallet();
    w.ok(
        "maker",
        vec![staged(step::ADVANCE_INFERRING, "A.1", Some("0"), "5")],
    );
    assert!(w.status("A.1").containers.is_empty());
    let normal = event(step::AT_STAGE, &["P.1"]).attr(attribute::STAGE_FROM, "0");
    w.ok("maker", vec![normal]);
}

#[test]
fn what_was_used_in_part_is_whole_no_more_nor_is_its_container() {
    let mut w = pallet();
    assert_eq!(
        w.parked("maker", event(step::USE, &["A.1"])).1,
        "inside-container"
    );
    w.ok(
        "maker",
        vec![
            event(step::EMPTY, &[]).parent("P.1"),
            event(step::EMPTY, &[]).parent("C.1"),
        ],
    );
    let mut w = {
        let mut fresh = World::new();
        fresh.ok("maker", vec![event(step::CREATE, &["A.1", "A.2", "C.1"])]);
        fresh
    };
    w.ok("maker", vec![event(step::WHOLE, &["A.1"])]);
    w.ok("maker", vec![event(step::USE, &["A.1"])]);
    w.ok("maker", vec![event(step::USE, &["A.1"]).nonce(1)]);
    assert!(w.object("A.1").is_live());
    w.ok(
        "maker",
        vec![event(step::PACK, &["A.1", "A.2"]).parent("C.1")],
    );
    for object in ["A.1", "C.1"] {
        let (code, place) = w.refused("maker", vec![event(step::WHOLE, &[object]).nonce(2)]);
        assert_eq!((code, place.as_str()), ("not-whole", "/events/0/objects/0"));
    }
    w.ok("maker", vec![event(step::UNPACK, &["A.1"]).parent("C.1")]);
    w.ok("maker", vec![event(step::WHOLE, &["C.1"]).nonce(3)]);
    w.ok("maker", vec![event(step::END, &["A.1"])]);
}

#[test]
fn what_is_held_inside_stops_the_container() {
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["A.1", "C.1", "P.1"])]);
    w.ok("maker", vec![event(step::HOLD, &["A.1"])]);
    assert_eq!(
        w.parked("maker", event(step::PACK, &["A.1"]).parent("C.1"))
            .1,
        "held-back"
    );
    w.ok(
        "maker",
        vec![event(step::PACK_HELD, &["A.1"]).parent("C.1")],
    );
    w.ok(
        "maker",
        vec![event(step::PACK_HELD, &["C.1"]).parent("P.1")],
    );
    assert_eq!(
        w.parked("maker", event(step::SHIP, &["P.1"]).to("trader"))
            .1,
        "held-back"
    );
    // The hold ends where the pack is; both containers know, and the shipment that waits goes out.
    w.ok("maker", vec![event(step::UNHOLD, &["A.1"])]);
    assert_eq!(w.object("P.1").inside.get(&Content::Held), None);
    let pending = w
        .status("A.1")
        .pending
        .map(|pending| pending.to.to_string());
    assert_eq!(pending.as_deref(), Some("trader"));
}

#[test]
fn nothing_leaves_a_container_that_an_order_is_on() {
    for kind in [OrderKind::Hold, OrderKind::Recall] {
        let mut w = pallet();
        let order = order(&mut w, kind, "P.1");
        let code = if kind == OrderKind::Hold {
            "on-hold"
        } else {
            "on-recall"
        };
        for (n, out) in [
            event(step::UNPACK_FREELY, &["C.1"]).parent("P.1"),
            event(step::UNPACK_FREELY, &["A.1"]).parent("C.1"),
            event(step::EMPTY_FREELY, &[]).parent("P.1"),
            event(step::HOLD_INFERRING, &["A.1"]),
        ]
        .into_iter()
        .enumerate()
        {
            let (found, _) = w.refused("maker", vec![out]);
            assert_eq!(found, code, "way {n}");
        }
        exempt(&mut w, order, "C.1");
        w.ok(
            "maker",
            vec![event(step::UNPACK_FREELY, &["C.1"]).parent("P.1").nonce(1)],
        );
        assert!(w.status("C.1").containers.is_empty());
        assert_eq!(w.status("C.2").orders.len(), 1);
    }
}

#[test]
fn a_recall_of_what_a_lot_was_made_of_stops_every_pallet_with_it() {
    let mut w = World::new();
    for (pack, lot) in [("A.1", "first"), ("A.2", "second")] {
        w.ok(
            "maker",
            vec![event(step::CREATE, &[pack]).attr(attribute::GROUP, lot)],
        );
    }
    w.ok("maker", vec![event(step::CREATE, &["C.1"])]);
    // The lot of the outputs is made of the first lot, and later of the second as well.
    let transform = |from: &str, to: &str| {
        let event = event(step::TRANSFORM, &[from]).attr(attribute::GROUP, "mixed");
        with(event, |e| {
            e.kind = EventKind::Transformation;
            e.outputs.objects = [id(to)].into_iter().collect();
        })
    };
    w.ok("maker", vec![transform("A.1", "B.1")]);
    w.ok("maker", vec![event(step::PACK, &["B.1"]).parent("C.1")]);
    w.ok("maker", vec![transform("A.2", "B.2")]);
    w.ok("maker", vec![event(step::PACK, &["B.2"]).parent("C.1")]);
    // Taking the first out does not make the container forget what the second was made of.
    w.ok("maker", vec![event(step::UNPACK, &["B.1"]).parent("C.1")]);
    let terms = OrderTerms {
        kind: OrderKind::Recall,
        scope: OrderScope::Group(GroupId::new("second").unwrap()),
        reason: Code(1),
        legal_basis: "§ 1".into(),
        expires: None,
        officers: 1,
        document: None,
    };
    w.enact("gov", Body::Order(OrderBody::Issue(terms)));
    let (code, _) = w.refused("maker", vec![event(step::SHIP, &["C.1"]).to("trader")]);
    assert_eq!(code, "on-recall");
    assert_eq!(w.status("C.1").orders_inside.len(), 1);
}
