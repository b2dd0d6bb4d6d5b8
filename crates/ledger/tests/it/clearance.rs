//! K6, clearance: what passes through a chain leaves it only when an authority of that chain lets it.

use pangolin_ledger::{
    Body, Code, Correction, Effect, Event, TimeMs, Wire as _,
    state::{Flags, Object, Status},
};

use crate::support::{EventExt, Pair, attribute, event, party, step, with};

const DAY: i64 = 86_400_000;

/// Packs A.1 and A.2 in pallet P.1 of `maker` on chain 0; the pallet and pack A.3 are with `trader` on chain 1.
fn abroad() -> Pair {
    let mut pair = Pair::new();
    let made = event(step::CREATE, &["A.1", "A.2", "A.3"])
        .attr(attribute::GROUP, "lot")
        .attr(attribute::EXPIRY, "2030-01-01");
    let pallet = event(step::CREATE, &["P.1"]);
    let packed = event(step::PACK, &["A.1", "A.2"]).parent("P.1");
    pair.chains[0].ok("maker", vec![made, pallet, packed]);
    for object in ["P.1", "A.3"] {
        pair.moves((0, 1), "maker", object, "trader");
        pair.chains[1].ok("trader", vec![event(step::RECEIVE, &[object])]);
    }
    pair
}

/// The event that sends an object of chain 1 on, under a guard.
fn leaves(pair: &Pair, guard: u16, to: usize, object: &str) -> Event {
    let departure = pair.departure((1, to), &[object], "trader", DAY);
    with(departure, |e| e.step = Code(guard))
}

fn is_cleared(pair: &Pair, object: &str) -> bool {
    pair.chains[1].object(object).flags.has(Flags::CLEARED)
}

#[test]
fn only_what_an_authority_cleared_leaves() {
    let mut pair = abroad();
    let early = leaves(&pair, step::DEPART_CLEARED, 2, "P.1");
    assert_eq!(
        pair.chains[1].refused("trader", vec![early]).0,
        "not-cleared"
    );
    let clear = event(step::CLEAR, &["P.1"]);
    let (code, _) = pair.chains[1].refused("trader", vec![clear.clone()]);
    assert_eq!(code, "role-missing", "the custodian clears nothing");
    pair.chains[1].ok("gov", vec![clear]);
    assert!(is_cleared(&pair, "P.1"));
    let again = event(step::CLEAR, &["P.1"]).nonce(1);
    let (code, _) = pair.chains[1].refused("gov", vec![again]);
    assert_eq!(code, "already-cleared");
    let other = leaves(&pair, step::DEPART_CLEARED, 2, "A.3");
    let code = pair.chains[1].refused("trader", vec![other]).0;
    assert_eq!(code, "not-cleared");

    let off = leaves(&pair, step::DEPART_CLEARED, 2, "P.1");
    let receipt = pair.chains[1].ok("trader", vec![off]);
    let mut effects = receipt.effects.iter();
    assert!(effects.any(|effect| matches!(effect, Effect::Departed { .. })));
    // the clearance is no affair of the next chain
    let travels = Object::from_bytes(&pair.record(1, "P.1")).unwrap();
    assert!(!travels.flags.has(Flags::CLEARED));
    let arrival = pair.arrival((1, 2), 0, pair.record(1, "P.1"));
    pair.delivered(2, arrival);
    assert!(!pair.chains[2].object("P.1").flags.has(Flags::CLEARED));
}

#[test]
fn clearance_is_of_the_container_and_does_not_come_out_of_it() {
    let mut pair = abroad();
    let content = pair.content(1, &[0], "P.1", "A.1");
    pair.delivered(1, content);
    let inside = event(step::CLEAR, &["A.1"]);
    let code = pair.clone().chains[1].parked("gov", inside).1;
    assert_eq!(code, "inside-container");
    pair.chains[1].ok("gov", vec![event(step::CLEAR, &["P.1"])]);
    let out = event(step::UNPACK, &["A.1"]).parent("P.1");
    pair.chains[1].ok("trader", vec![out]);
    let off = leaves(&pair, step::DEPART_CLEARED, 2, "A.1");
    assert_eq!(pair.chains[1].refused("trader", vec![off]).0, "not-cleared");
    let emptied = event(step::EMPTY, &[]).parent("P.1");
    pair.chains[1].ok("trader", vec![emptied]);
    let content = pair.content_of(1, &[0], ("P.1", 1), "A.2");
    pair.delivered(1, content);
    let off = leaves(&pair, step::DEPART_CLEARED, 2, "A.2");
    assert_eq!(pair.chains[1].refused("trader", vec![off]).0, "not-cleared");
}

#[test]
fn what_arrives_is_not_cleared_whatever_its_record_says() {
    let mut pair = abroad();
    pair.chains[1].ok("gov", vec![event(step::CLEAR, &["P.1"])]);
    let off = leaves(&pair, step::DEPART_CLEARED, 2, "P.1");
    pair.chains[1].ok("trader", vec![off]);
    let arrival = pair.arrival((1, 2), 0, pair.record(1, "P.1"));
    pair.delivered(2, arrival);
    pair.chains[2].ok("trader", vec![event(step::RECEIVE, &["P.1"])]);
    // chain 2 clears it as well, and sends it back
    pair.chains[2].ok("gov", vec![event(step::CLEAR, &["P.1"])]);
    pair.moves((2, 1), "trader", "P.1", "trader");
    pair.chains[1].ok("trader", vec![event(step::RECEIVE, &["P.1"]).nonce(9)]);
    assert!(pair.chains[1].object("P.1").is_live());
    assert!(!is_cleared(&pair, "P.1"), "its second visit is another one");
}

#[test]
fn a_lock_that_comes_to_nothing_leaves_the_clearance() {
    let mut pair = abroad();
    pair.chains[1].ok("gov", vec![event(step::CLEAR, &["P.1"])]);
    let off = with(leaves(&pair, step::DEPART_CLEARED, 2, "P.1"), |e| {
        e.destination = Some(party("ghost"));
    });
    pair.chains[1].ok("trader", vec![off]);
    let arrival = pair.arrival((1, 2), 0, pair.record(1, "P.1"));
    pair.delivered(2, arrival);
    let outcome = pair.outcome((1, 2), 0);
    pair.delivered(1, outcome);
    assert!(pair.chains[1].object("P.1").is_live() && is_cleared(&pair, "P.1"));
}

#[test]
fn goods_go_back_to_where_they_came_over_only() {
    let mut pair = abroad();
    let on = leaves(&pair, step::DEPART_BACK, 2, "P.1");
    let code = pair.chains[1].refused("trader", vec![on]).0;
    assert_eq!(code, "not-from-there");
    let back = leaves(&pair, step::DEPART_BACK, 0, "P.1");
    pair.chains[1].ok("trader", vec![back]);
    let home = pair.chains[0].chain;
    assert_eq!(pair.chains[1].object("P.1").status, Status::Away(home));
}

#[test]
fn a_clearance_in_error_is_taken_back_as_long_as_nothing_rests_on_it() {
    let declare = |event: &Event| {
        Body::Correction(Box::new(Correction {
            event: event.clone(),
            declared: TimeMs(event.time.0 + 1),
            reason: Code(1),
            note: "another pallet was meant".into(),
            correctives: Vec::new(),
        }))
    };
    let mut pair = abroad();
    let clear = event(step::CLEAR, &["P.1"]);
    pair.chains[1].ok("gov", vec![clear.clone()]);
    let mut gone = pair.clone();
    pair.chains[1].enact("gov", declare(&clear));
    assert!(!is_cleared(&pair, "P.1"));
    let off = leaves(&gone, step::DEPART_CLEARED, 2, "P.1");
    gone.chains[1].ok("trader", vec![off]);
    let effects = gone.chains[1].enact("gov", declare(&clear));
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Superseded(_)))
    );
    let there = gone.chains[2].chain;
    assert_eq!(gone.chains[1].object("P.1").status, Status::Away(there));
}
