//! K8: events out of order.

use pangolin_ledger::{
    Body, Effect, EventOutcome, Outcome,
    limits::{MAX_CASCADE_PER_BLOCK, MAX_CASCADE_PER_TX, MAX_PARKED_PER_SUBJECT},
    state::{EventRecord, EventState, Namespace, Params, Quota, Usage, keys},
};

use crate::support::{EventExt, World, event, event_at, party, step};

const DAY: i64 = 24 * 3_600_000;

fn left_over(w: &World) -> usize {
    let waiting = [Namespace::Parked, Namespace::Waiting];
    w.state
        .keys()
        .filter(|key| key.namespace().is_some_and(|n| waiting.contains(&n)))
        .count()
}

#[test]
fn events_wait_for_their_predecessors_and_follow_at_once() {
    let mut w = World::new();
    let end = event_at(step::END, &["A.1"], 4);
    let receive = event_at(step::RECEIVE, &["A.1"], 3);
    let ship = event_at(step::SHIP, &["A.1"], 2).to("trader");
    assert_eq!(w.parked("trader", end.clone()).1, "object-absent");
    w.parked("trader", receive.clone());
    w.parked("maker", ship.clone());
    assert_eq!(left_over(&w), 4);
    let receipt = w.ok("maker", vec![event_at(step::CREATE, &["A.1"], 1)]);
    let followed: Vec<_> = receipt
        .effects
        .iter()
        .filter(|e| matches!(e, Effect::Unparked(_)))
        .collect();
    assert_eq!(
        followed,
        [
            &Effect::Unparked(ship.id),
            &Effect::Unparked(receive.id),
            &Effect::Unparked(end.id)
        ]
    );
    assert!(!w.object("A.1").is_live());
    assert_eq!(left_over(&w), 0);
    assert_eq!(
        w.get::<Usage>(keys::usage(&party("trader")))
            .unwrap()
            .parked,
        0
    );
    let record: EventRecord = w.get(keys::event(&end.id)).unwrap();
    assert_eq!((record.state, record.height.0), (EventState::Applied, 1));
}

#[test]
fn an_event_lapses_at_its_deadline_and_may_be_sent_again() {
    let mut w = World::new();
    let ship = event(step::SHIP, &["A.1"]).to("trader");
    w.parked("maker", ship.clone());
    assert_eq!(w.refused("maker", vec![ship.clone()]).0, "already-recorded");
    assert_eq!(w.wait(7 * DAY - 100_000), []);
    assert_eq!(w.wait(200_000), [Effect::Lapsed(ship.id)]);
    assert_eq!(
        w.get::<EventRecord>(keys::event(&ship.id)).unwrap().state,
        EventState::Expired
    );
    assert_eq!(left_over(&w), 0);
    assert!(
        !w.state
            .contains_key(&keys::object(&crate::support::id("A.1")))
    );
    w.ok("maker", vec![event(step::CREATE, &["A.1"])]);
    assert!(!w.object("A.1").in_transit());
    w.ok("maker", vec![ship]);
    assert!(w.object("A.1").in_transit());
}

#[test]
fn a_lapsed_event_that_waits_again_keeps_its_later_deadline() {
    let mut w = World::new();
    let ship = event(step::SHIP, &["A.1"]).to("trader");
    w.parked("maker", ship.clone());
    assert_eq!(w.wait(7 * DAY + 120_000), [Effect::Lapsed(ship.id)]);
    w.parked("maker", ship.clone());
    assert_eq!(w.wait(6 * DAY), []);
    assert_eq!(w.wait(2 * DAY), [Effect::Lapsed(ship.id)]);
}

#[test]
fn a_copy_by_another_party_does_not_block_the_original() {
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["A.1"])]);
    let end = event(step::END, &["A.1"]);
    w.parked("trader", end.clone());
    assert_eq!(
        w.refused("other", vec![end.clone()]).0,
        "event-of-other-party"
    );
    let receipt = w.ok("maker", vec![end.clone()]);
    assert_eq!(receipt.effects, []);
    assert_eq!(left_over(&w), 0);
    let record: EventRecord = w.get(keys::event(&end.id)).unwrap();
    assert_eq!(
        (record.state, record.issuer),
        (EventState::Applied, party("maker"))
    );
    assert_eq!(w.refused("trader", vec![end]).0, "event-of-other-party");
}

#[test]
fn a_rejected_event_leaves_a_record_with_the_reason() {
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["A.1"])]);
    let receive = event(step::RECEIVE, &["A.1"]);
    w.parked("trader", receive.clone());
    let receipt = w.ok("maker", vec![event(step::END, &["A.1"])]);
    let code = "object-terminated".to_owned();
    assert_eq!(
        receipt.effects,
        [Effect::Rejected {
            event: receive.id,
            code: code.clone()
        }]
    );
    assert_eq!(
        w.get::<EventRecord>(keys::event(&receive.id))
            .unwrap()
            .state,
        EventState::Rejected(code)
    );
    assert_eq!(left_over(&w), 0);
}

#[test]
fn what_an_event_waits_for_may_change() {
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["A.1", "C.1"])]);
    // Waits first for the pack's custody, then, once the pack is in a case, for what happens to the case as well.
    w.parked("trader", event(step::RECEIVE_INFERRING, &["A.1"]));
    w.ok("maker", vec![event(step::PACK, &["A.1"]).parent("C.1")]);
    w.ok("maker", vec![event(step::SHIP, &["C.1"]).to("trader")]);
    assert_eq!(w.custodian("A.1").as_deref(), Some("trader"));
    assert_eq!(w.custodian("C.1").as_deref(), Some("maker"));
    assert_eq!(left_over(&w), 0);
}

#[test]
fn events_of_one_transaction_may_stand_in_any_order() {
    let mut w = World::new();
    let events = vec![
        event_at(step::PACK, &["A.1", "A.2"], 3).parent("C.1"),
        event_at(step::SHIP, &["C.1"], 4).to("trader"),
        event_at(step::CREATE, &["A.1", "A.2"], 1),
        event_at(step::CREATE, &["C.1"], 2),
    ];
    let Outcome::Applied(receipt) = w.say("maker", events) else {
        panic!()
    };
    assert!(matches!(
        receipt.events[0].outcome,
        EventOutcome::Parked { .. }
    ));
    assert!(w.object("C.1").in_transit());
    assert_eq!(w.object("C.1").children, 2);
    assert_eq!(left_over(&w), 0);
}

#[test]
fn waiting_is_bounded_per_subject_and_per_party() {
    let quota = Quota {
        parked: 70,
        ..Params::default().quota
    };
    let mut w = World::with_params(Params {
        quota,
        ..Params::default()
    });
    for n in 0..MAX_PARKED_PER_SUBJECT {
        w.parked(
            "trader",
            event_at(step::OBSERVE, &["A.1"], i64::try_from(n).unwrap()),
        );
    }
    assert_eq!(
        w.refused("trader", vec![event_at(step::OBSERVE, &["A.1"], 999)])
            .0,
        "parking-full"
    );
    for n in 0..6 {
        w.parked("trader", event(step::OBSERVE, &[&format!("B.{n}")]));
    }
    assert_eq!(
        w.refused("trader", vec![event(step::OBSERVE, &["B.6"])]).0,
        "parking-full"
    );
    w.parked("other", event(step::OBSERVE, &["B.7"]));
}

#[test]
fn a_long_cascade_continues_at_the_end_of_the_block() {
    let mut w = World::new();
    let count = 2 * MAX_CASCADE_PER_TX;
    let names: Vec<String> = (0..count).map(|n| format!("A.{n:04}")).collect();
    let waiting: Vec<_> = names
        .iter()
        .map(|name| event(step::SHIP, &[name]).to("trader"))
        .collect();
    let tx = w.tx("maker", Body::Events(waiting));
    assert!(matches!(w.run(&tx), Outcome::Applied(_)));
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let create = w.tx("maker", Body::Events(vec![event(step::CREATE, &all)]));
    let (outcomes, at_end) = w.block(std::slice::from_ref(&create));
    let now = outcomes[0].receipt().unwrap().effects.len();
    assert_eq!(now, MAX_CASCADE_PER_TX);
    assert_eq!(now + at_end.effects.len(), count);
    assert_eq!(left_over(&w), 0);
    assert!(names.iter().all(|name| w.object(name).in_transit()));
}

#[test]
fn early_events_that_fail_again_do_not_keep_others_from_their_turn() {
    let mut w = World::new();
    let names: Vec<String> = (0..20).map(|n| format!("A.{n:02}")).collect();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let failing = i64::try_from(MAX_PARKED_PER_SUBJECT).unwrap() - 1;
    let mut early = Vec::new();
    for ms in 0..failing {
        early.extend(all.iter().map(|name| event_at(step::OBSERVE, &[name], ms)));
    }
    assert!(early.len() > MAX_CASCADE_PER_BLOCK);
    for events in early.chunks(500) {
        let tx = w.tx("other", Body::Events(events.to_vec()));
        assert!(matches!(w.run(&tx), Outcome::Applied(_)));
    }
    let ship = |name: &&str| event_at(step::SHIP, &[name], 500).to("trader");
    let tx = w.tx("maker", Body::Events(all.iter().map(ship).collect()));
    assert!(matches!(w.run(&tx), Outcome::Applied(_)));
    w.ok("maker", vec![event(step::CREATE, &all)]);
    for _ in 0..8 {
        w.block(&[]);
    }
    assert!(names.iter().all(|name| w.object(name).in_transit()));
}

#[test]
fn a_chain_that_stood_still_catches_up_in_bounded_steps() {
    let mut w = World::new();
    let ship = event(step::SHIP, &["A.1"]).to("trader");
    w.parked("maker", ship.clone());
    w.time += 30 * DAY;
    let mut blocks = 0;
    let lapsed = loop {
        let (_, effects) = w.block(&[]);
        blocks += 1;
        if !effects.effects.is_empty() {
            break effects.effects;
        }
        assert!(blocks < 1_000);
    };
    assert_eq!(lapsed, [Effect::Lapsed(ship.id)]);
    assert!(blocks > 10, "{blocks}");
}

#[test]
fn deadlines_leave_nothing_behind() {
    let mut w = World::new();
    let (start, ()) = (w.state.clone(), ());
    w.parked("maker", event(step::SHIP, &["A.1"]).to("trader"));
    w.wait(8 * DAY);
    let pages = [Namespace::DueHead, Namespace::DuePage];
    let left = w
        .state
        .keys()
        .filter(|key| key.namespace().is_some_and(|n| pages.contains(&n)));
    assert_eq!(left.count(), 0);
    // The event's record, the usage of its party.
    assert_eq!(w.state.len(), start.len() + 2);
}

#[test]
fn a_deep_cascade_goes_on_generation_by_generation() {
    use pangolin_ledger::limits::MAX_CASCADE_GENERATIONS;

    use crate::support::{Feeding, id, with};
    let mut w = World::new();
    w.feeding = Feeding::OnDemand;
    let depth = 5 * MAX_CASCADE_GENERATIONS;
    let names: Vec<String> = (0..=depth).map(|n| format!("A.{n:02}")).collect();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    w.ok("maker", vec![event(step::CREATE, &all)]);
    // Each event waits for the one before it on one object, and enters the history of the next object.
    let first = event(step::OBSERVE, &[all[0]]);
    let mut previous = first.id;
    for pair in all.windows(2) {
        let next = with(event(step::OBSERVE, pair), |e| {
            e.expected.insert(id(pair[0]), previous);
        });
        previous = next.id;
        assert_eq!(w.parked("maker", next).1, "stale-previous");
    }
    w.ok("maker", vec![first]);
    let followed = |w: &World| names.iter().filter(|name| w.object(name).seq > 1).count();
    // One generation is the arrival itself; the transaction and the end of its block go on alike.
    assert_eq!(followed(&w), 1 + 2 * MAX_CASCADE_GENERATIONS);
    w.block(&[]);
    w.block(&[]);
    w.block(&[]);
    assert_eq!(followed(&w), names.len());
    assert_eq!(left_over(&w), 0);
}

#[test]
fn what_waits_keeps_the_digest_of_its_payload_only() {
    use pangolin_ledger::{Payload, state::Parked};

    use crate::support::with;
    let mut w = World::new();
    let ship = with(event(step::SHIP, &["A.1"]).to("trader"), |e| {
        e.payload = Payload::Full(vec![7; 100_000].into());
    });
    w.parked("maker", ship.clone());
    let key = keys::parked(&ship.id);
    let parked: Parked = w.get(key).unwrap();
    assert!(w.state[&key].len() < 1_000);
    assert_eq!(parked.event.digest(), ship.digest());
    w.ok("maker", vec![event(step::CREATE, &["A.1"])]);
    assert!(w.object("A.1").in_transit());
}
