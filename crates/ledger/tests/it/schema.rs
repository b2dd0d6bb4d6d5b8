//! K1: form, time, frame.

use pangolin_ledger::{
    Amount, Body, ChainId, ClassId, Event, EventKind, Height, Outcome, ProfileRef, Stock,
    Transaction, state::Params,
};

use crate::support::{EventExt, World, event, event_at, id, step, with};

fn code(w: &mut World, change: impl FnOnce(&mut Transaction)) -> (&'static str, String) {
    let mut tx = w
        .tx("maker", Body::Events(vec![event(step::CREATE, &["A.1"])]))
        .tx()
        .clone();
    change(&mut tx);
    match w.run(&World::sign(tx)) {
        Outcome::Applied(_) => ("applied", String::new()),
        Outcome::Refused(refusal) => (refusal.code, refusal.place),
    }
}

#[test]
fn the_frame_is_checked_first() {
    let mut w = World::new();
    w.height = 50;
    assert_eq!(
        code(&mut w, |tx| tx.chain = ChainId([1; 32])).0,
        "wrong-chain"
    );
    assert_eq!(
        code(&mut w, |tx| tx.profile = ProfileRef { id: 7, version: 9 }).0,
        "unknown-profile"
    );
    assert_eq!(
        code(&mut w, |tx| tx.valid_until = Height(50)).0,
        "transaction-expired"
    );
    assert_eq!(
        code(&mut w, |tx| tx.valid_until = Height(u64::MAX)).0,
        "valid-too-long"
    );
    assert_eq!(
        code(&mut w, |tx| tx.valid_until = Height(tx.valid_until.0 - 90)).0,
        "applied"
    );
}

#[test]
fn malformed_events_are_named_by_place() {
    let mut w = World::new();
    let stock = Stock::Class(ClassId::new("A").unwrap());
    let cases: [(Event, &str); 6] = [
        (event(step::OBSERVE, &[]), "/events/0"),
        (
            event(step::PACK, &["A.1"]).parent("A.1"),
            "/events/0/parent",
        ),
        (
            with(event(step::CREATE, &["A.1"]), |e| {
                e.quantities.insert(stock.clone(), Amount(0));
            }),
            "/events/0/quantities",
        ),
        (
            with(event(step::CREATE, &["A.1"]), |e| {
                e.outputs.objects = [id("B.1")].into_iter().collect();
            }),
            "/events/0/outputs",
        ),
        (
            with(event(step::TRANSFORM, &["A.1"]), |e| {
                e.kind = EventKind::Transformation;
                e.outputs.objects = [id("A.1")].into_iter().collect();
            }),
            "/events/0/outputs",
        ),
        (
            with(event(step::TRANSFORM, &["A.1"]), |e| {
                e.kind = EventKind::Transformation;
            })
            .parent("C.1"),
            "/events/0/parent",
        ),
    ];
    for (event, place) in cases {
        assert_eq!(
            w.refused("maker", vec![event]),
            ("malformed", place.to_owned())
        );
    }
    assert_eq!(w.refused("maker", vec![]).1, "/events");
    let twice = event(step::CREATE, &["A.1"]);
    assert_eq!(
        w.refused("maker", vec![twice.clone(), twice]).1,
        "/events/1"
    );
}

#[test]
fn events_lie_within_the_time_the_chain_allows() {
    let params = Params {
        future_ms: 60_000,
        past_ms: 600_000,
        ..Params::default()
    };
    let mut w = World::with_params(params);
    let (code, place) = w.refused("maker", vec![event_at(step::CREATE, &["A.1"], 70_000)]);
    assert_eq!(
        (code, place.as_str()),
        ("event-in-future", "/events/0/time")
    );
    w.ok("maker", vec![event_at(step::CREATE, &["A.1"], 60_000)]);
    assert_eq!(
        w.refused("maker", vec![event_at(step::CREATE, &["A.2"], -700_000)])
            .0,
        "event-too-old"
    );
}

#[test]
fn a_profile_that_breaks_its_contract_is_refused_not_obeyed() {
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["A.1", "C.1"])]);
    assert_eq!(
        w.refused("maker", vec![event(step::BROKEN, &["A.1"]).parent("C.1")])
            .0,
        "bad-plan"
    );
}

#[test]
fn a_plan_that_needs_a_parent_says_so() {
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["A.1"])]);
    assert_eq!(
        w.refused("maker", vec![event(step::PACK, &["A.1"])]),
        ("missing-field", "/events/0/parent".into())
    );
}

#[test]
fn an_unreadable_record_stops_the_node() {
    use pangolin_ledger::{Overlay, state::keys};
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["A.1"])]);
    let tx = w.tx("maker", Body::Events(vec![event(step::OBSERVE, &["A.1"])]));
    let block = w.context();
    let mut o = Overlay::new();
    for (key, record) in &w.state {
        let broken: &[u8] = if *key == keys::object(&id("A.1")) {
            &[9, 9]
        } else {
            record
        };
        o.supply(*key, Some(broken.into()));
    }
    for key in w
        .machine
        .hints(&w.machine.prepare(&tx))
        .into_iter()
        .chain(w.machine.block_hints(&block))
    {
        if !o.knows(&key) {
            o.supply(key, None);
        }
    }
    let Ok(Outcome::Refused(refusal)) = w.machine.execute(&block, &w.machine.prepare(&tx), &mut o)
    else {
        panic!()
    };
    assert_eq!(refusal.code, "state-corrupt");
    assert_eq!(o.corrupt(), Some(keys::object(&id("A.1"))));
    assert_eq!(
        w.machine.end_block(&block, &mut o).unwrap().corrupt,
        o.corrupt()
    );
}
