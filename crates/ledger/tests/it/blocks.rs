//! Blocks: several transactions, hints, feeding.

use pangolin_ledger::{Body, Outcome};

use crate::support::{EventExt, Feeding, World, attribute, event, step};

#[test]
fn transactions_of_one_block_see_each_other() {
    let mut w = World::new();
    let txs = [
        w.tx("maker", Body::Events(vec![event(step::CREATE, &["A.1"])])),
        w.tx(
            "maker",
            Body::Events(vec![event(step::SHIP, &["A.1"]).to("trader")]),
        ),
        w.tx("trader", Body::Events(vec![event(step::RECEIVE, &["A.1"])])),
        w.tx(
            "maker",
            Body::Events(vec![event(step::CREATE, &["A.1"]).nonce(1)]),
        ),
        w.tx("trader", Body::Events(vec![event(step::END, &["A.1"])])),
    ];
    let (outcomes, _) = w.block(&txs);
    let applied: Vec<bool> = outcomes
        .iter()
        .map(|o| matches!(o, Outcome::Applied(_)))
        .collect();
    assert_eq!(applied, [true, true, true, false, true]);
    assert!(!w.object("A.1").is_live());
}

#[test]
fn common_acts_need_no_key_beyond_the_hints() {
    let mut w = World::new();
    let create = event(step::CREATE, &["A.1", "A.2", "C.1"]);
    w.ok("maker", vec![create]);
    w.ok("maker", vec![event(step::PACK, &["A.1"]).parent("C.1")]);
    assert_eq!(w.unhinted, []);
    // Only the state knows what is in the case, and by which hand-over it comes.
    w.ok("maker", vec![event(step::SHIP, &["C.1"]).to("trader")]);
    w.ok("trader", vec![event(step::RECEIVE, &["C.1"])]);
    assert_eq!(w.unhinted, []);
}

#[test]
fn every_way_of_feeding_gives_the_same_state() {
    let run = |feeding| {
        let mut w = World::new();
        w.feeding = feeding;
        let lot =
            event(step::CREATE, &["A.1", "A.2", "A.3", "C.1", "P.1"]).attr(attribute::GROUP, "L");
        w.parked("trader", event(step::RECEIVE, &["P.1"]));
        w.ok("maker", vec![lot]);
        let events = vec![
            event(step::PACK, &["A.1", "A.2"]).parent("C.1"),
            event(step::PACK, &["C.1", "A.3"]).parent("P.1"),
            event(step::SHIP, &["P.1"]).to("trader"),
        ];
        w.ok("maker", events);
        w.ok("trader", vec![event(step::EMPTY, &[]).parent("P.1")]);
        w.ok(
            "trader",
            vec![event(step::SHIP_INFERRING, &["A.1"]).to("user")],
        );
        w.wait(8 * 24 * 3_600_000);
        w.state
    };
    let reference = run(Feeding::Everything);
    for feeding in [Feeding::Hints, Feeding::OnDemand, Feeding::Piecemeal] {
        assert_eq!(run(feeding), reference, "{feeding:?}");
    }
}

#[test]
fn an_empty_block_writes_next_to_nothing() {
    let mut w = World::new();
    let before = w.state.clone();
    w.block(&[]);
    w.block(&[]);
    assert_eq!(w.state, before);
}
