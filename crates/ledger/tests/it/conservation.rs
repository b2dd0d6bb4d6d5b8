//! K5: quantities.

use pangolin_ledger::{
    Amount, ClassId, Event, GroupId, Stock,
    state::{Balance, Holder, Placement, keys},
};

use crate::support::{EventExt, World, attribute, event, id, party, step, with};

fn stock(name: &str) -> Stock {
    Stock::Class(ClassId::new(name).unwrap())
}

fn of(step: u16, name: &str, amount: u64) -> Event {
    with(event(step, &[]), |e| {
        e.quantities.insert(stock(name), Amount(amount));
    })
}

fn has(w: &World, who: &str, name: &str) -> u64 {
    let key = keys::balance(&Holder::Party(party(who)), &stock(name));
    w.get::<Balance>(key).map_or(0, |balance| balance.amount.0)
}

#[test]
fn quantities_are_made_moved_and_used_up() {
    let mut w = World::new();
    w.ok("maker", vec![of(step::CREATE, "flour", 1_000)]);
    w.ok("maker", vec![of(step::SHIP, "flour", 400).to("trader")]);
    assert_eq!(
        (has(&w, "maker", "flour"), has(&w, "trader", "flour")),
        (600, 0)
    );
    w.ok(
        "trader",
        vec![of(step::RECEIVE, "flour", 300).from("maker")],
    );
    assert_eq!(
        (has(&w, "maker", "flour"), has(&w, "trader", "flour")),
        (600, 300)
    );
    w.ok("maker", vec![of(step::WITHDRAW, "flour", 100).to("trader")]);
    assert_eq!(has(&w, "maker", "flour"), 700);
    w.ok("trader", vec![of(step::END, "flour", 300)]);
    let key = keys::balance(&Holder::Party(party("trader")), &stock("flour"));
    assert!(
        !w.state.contains_key(&key),
        "an empty balance leaves no record"
    );
}

#[test]
fn nobody_gives_more_than_he_has() {
    let mut w = World::new();
    w.ok("maker", vec![of(step::CREATE, "flour", 10)]);
    let (missing, code) = w.parked("maker", of(step::SHIP, "flour", 11).to("trader"));
    assert_eq!(code, "insufficient-quantity");
    assert!(matches!(missing, pangolin_ledger::Missing::Stock { .. }));
    w.ok("maker", vec![of(step::CREATE, "flour", 1).nonce(1)]);
    assert_eq!(
        has(&w, "maker", "flour"),
        0,
        "the shipment that waited has followed"
    );
    assert_eq!(
        w.parked("trader", of(step::RECEIVE, "flour", 12).from("maker"))
            .1,
        "insufficient-quantity"
    );
}

#[test]
fn sums_do_not_wrap() {
    let mut w = World::new();
    w.ok("maker", vec![of(step::CREATE, "flour", u64::MAX)]);
    assert_eq!(
        w.refused("maker", vec![of(step::CREATE, "flour", 1).nonce(1)])
            .0,
        "quantity-overflow"
    );
}

#[test]
fn quantities_go_into_containers_and_come_out() {
    let mut w = World::new();
    w.ok(
        "maker",
        vec![of(step::CREATE, "flour", 10), event(step::CREATE, &["C.1"])],
    );
    w.ok("maker", vec![of(step::PACK, "flour", 6).parent("C.1")]);
    let inside = Holder::Container(Placement {
        container: id("C.1"),
        epoch: 0,
    });
    assert_eq!(
        w.get::<Balance>(keys::balance(&inside, &stock("flour")))
            .unwrap()
            .amount,
        Amount(6)
    );
    w.ok("maker", vec![event(step::SHIP, &["C.1"]).to("trader")]);
    w.ok("trader", vec![event(step::RECEIVE, &["C.1"])]);
    w.ok("trader", vec![of(step::UNPACK, "flour", 2).parent("C.1")]);
    assert_eq!(
        (has(&w, "maker", "flour"), has(&w, "trader", "flour")),
        (4, 2)
    );
    assert_eq!(w.object("C.1").inside.len(), 1);
    w.ok("trader", vec![event(step::EMPTY, &[]).parent("C.1")]);
    assert_eq!(has(&w, "trader", "flour"), 6);
    assert!(w.object("C.1").inside.is_empty());
}

fn transform(inputs: &[(&str, u64)], outputs: &[(&str, u64)], n: u8) -> Event {
    let lines = |lines: &[(&str, u64)]| lines.iter().map(|(s, n)| (stock(s), Amount(*n))).collect();
    with(event(step::TRANSFORM, &[]), |e| {
        e.kind = pangolin_ledger::EventKind::Transformation;
        e.quantities = lines(inputs);
        e.outputs.quantities = lines(outputs);
    })
    .nonce(n)
}

#[test]
fn not_more_comes_out_than_went_in() {
    let mut w = World::new();
    w.ok("maker", vec![of(step::CREATE, "ore", 100)]);
    assert_eq!(
        w.refused("maker", vec![transform(&[("ore", 50)], &[("iron", 51)], 1)])
            .0,
        "too-much-out"
    );
    w.ok(
        "maker",
        vec![transform(&[("ore", 50)], &[("iron", 20), ("slag", 30)], 2)],
    );
    assert_eq!(
        (
            has(&w, "maker", "ore"),
            has(&w, "maker", "iron"),
            has(&w, "maker", "slag")
        ),
        (50, 20, 30)
    );
}

#[test]
fn a_transformation_may_be_spread_over_several_events() {
    let mut w = World::new();
    w.ok("maker", vec![of(step::CREATE, "ore", 100)]);
    let part = |i: &[(&str, u64)], o: &[(&str, u64)], n| {
        transform(i, o, n).attr(attribute::PROCESS, "melt 1")
    };
    w.ok("maker", vec![part(&[("ore", 60)], &[], 1)]);
    w.ok("maker", vec![part(&[], &[("iron", 40)], 2)]);
    assert_eq!(
        w.refused("maker", vec![part(&[], &[("iron", 21)], 3)]).0,
        "too-much-out"
    );
    w.ok("maker", vec![part(&[], &[("iron", 20)], 4)]);
}

#[test]
fn objects_are_transformed_and_descend_from_their_inputs() {
    let mut w = World::new();
    let lot = |o: &[&str], g| event(step::CREATE, o).attr(attribute::GROUP, g);
    w.ok("maker", vec![lot(&["A.1", "A.2"], "bulk")]);
    let repack = with(
        event(step::TRANSFORM, &["A.1", "A.2"]).attr(attribute::GROUP, "small"),
        |e| {
            e.kind = pangolin_ledger::EventKind::Transformation;
            e.outputs.objects = ["B.1", "B.2", "B.3"].into_iter().map(id).collect();
        },
    );
    let before = w.object("A.1").provenance;
    w.ok("maker", vec![repack]);
    assert!(!w.object("A.1").is_live() && w.object("B.3").is_live());
    let small = w
        .ask(|o| pangolin_ledger::query::group(o, &GroupId::new("small").unwrap()))
        .value
        .unwrap();
    assert_eq!(
        small
            .made_of
            .into_iter()
            .map(|g| g.to_string())
            .collect::<Vec<_>>(),
        ["bulk"]
    );
    let parents = vec![before];
    let event = w.object("B.1").last_event;
    assert_eq!(
        w.object("B.1").provenance,
        pangolin_ledger::hash::provenance(parents, &event)
    );
}

#[test]
fn acts_on_single_objects_take_no_quantities() {
    let mut w = World::new();
    w.ok("maker", vec![of(step::CREATE, "flour", 10)]);
    let (code, place) = w.refused("maker", vec![of(step::HOLD, "flour", 1)]);
    assert_eq!(
        (code, place.as_str()),
        ("not-for-quantities", "/events/0/quantities")
    );
    w.ok("maker", vec![of(step::OBSERVE, "flour", 10)]);
    assert_eq!(
        w.parked("maker", of(step::OBSERVE, "flour", 11)).1,
        "insufficient-quantity"
    );
}
