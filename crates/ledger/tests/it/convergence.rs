//! K8: the same events in another order lead to the same state, as far as they state what they rest on.

use pangolin_ledger::{
    Digest32, Effect, Event, Outcome,
    state::{EventRecord, EventState, Namespace, keys},
};

use crate::support::{EventExt, World, attribute, event_at, id, step, with};

type Story = Vec<(&'static str, Event)>;

/// States the last events of objects.
fn after(event: Event, stated: &[(&str, &Event)]) -> Event {
    with(event, |e| {
        e.expected
            .extend(stated.iter().map(|(name, last)| (id(name), last.id)));
    })
}

/// Every order of the items.
fn orders<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    let Some((first, rest)) = items.split_first() else {
        return vec![Vec::new()];
    };
    let shorter = orders(rest).into_iter();
    let with_first = |order: Vec<T>| {
        (0..=order.len()).map(move |at| {
            let mut longer = order.clone();
            longer.insert(at, first.clone());
            longer
        })
    };
    shorter.flat_map(with_first).collect()
}

/// The state that a story leads to, without what differs by the order of blocks.
fn result(story: &Story) -> World {
    let mut w = World::new();
    for (who, event) in story {
        let outcome = w.say(who, vec![event.clone()]);
        assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
    }
    let settled = [Namespace::Object, Namespace::Released, Namespace::Parked];
    w.state
        .retain(|key, _| key.namespace().is_some_and(|own| settled.contains(&own)));
    w
}

/// The story leads to the same state in every order; returns it.
fn told_in_any_order(story: &Story) -> World {
    let reference = result(story);
    for order in orders(story) {
        assert_eq!(result(&order).state, reference.state, "{order:?}");
    }
    reference
}

/// A pack in a case in a pallet: the events that made it so.
fn nested() -> (Event, Event, Event) {
    let create = event_at(step::CREATE, &["A.1", "C.1", "P.1"], 0);
    let case = event_at(step::PACK, &["A.1"], 1).parent("C.1");
    let case = after(case, &[("A.1", &create), ("C.1", &create)]);
    let pallet = event_at(step::PACK, &["C.1"], 2).parent("P.1");
    let pallet = after(pallet, &[("C.1", &case), ("P.1", &create)]);
    (create, case, pallet)
}

#[test]
fn a_pack_that_leaves_a_case_let_out_of_its_pallet_follows_the_emptying() {
    let (create, case, pallet) = nested();
    let empty = after(
        event_at(step::EMPTY, &[], 3).parent("P.1"),
        &[("P.1", &pallet)],
    );
    let unpack = event_at(step::UNPACK, &["A.1"], 4).parent("C.1");
    let stated = [("A.1", &case), ("C.1", &pallet), ("P.1", &empty)];
    let unpack = after(unpack, &stated);
    let ship = after(
        event_at(step::SHIP, &["P.1"], 5).to("trader"),
        &[("P.1", &empty)],
    );
    let story = [create, case, pallet, empty, unpack, ship];
    let w = told_in_any_order(&story.map(|event| ("maker", event)).to_vec());
    assert_eq!(w.object("C.1").placement(), None);
    assert!(w.object("P.1").in_transit());
}

#[test]
fn a_pack_that_leaves_a_case_on_its_pallet_enters_the_history_of_both() {
    let (create, case, pallet) = nested();
    let unpack = event_at(step::UNPACK, &["A.1"], 3).parent("C.1");
    let stated = [("A.1", &case), ("C.1", &pallet), ("P.1", &pallet)];
    let unpack = after(unpack, &stated);
    let ship = after(
        event_at(step::SHIP, &["P.1"], 4).to("trader"),
        &[("P.1", &unpack)],
    );
    let last = unpack.id;
    let receive = after(event_at(step::RECEIVE, &["P.1"], 5), &[("P.1", &ship)]);
    let mut story: Story = [create, case, pallet, unpack, ship]
        .map(|event| ("maker", event))
        .to_vec();
    let before = result(&story[..4].to_vec());
    for around in ["C.1", "P.1"] {
        assert_eq!(before.object(around).last_event, last);
        assert_ne!(before.object(around).provenance, Digest32([0; 32]));
    }
    story.push(("trader", receive));
    let w = told_in_any_order(&story);
    assert_eq!(w.object("P.1").seq, 5);
    assert_eq!(w.object("C.1").seq, 4);
}

#[test]
fn who_states_an_emptying_that_let_others_out_is_refused() {
    let (create, case, pallet) = nested();
    let mut w = World::new();
    for event in [&create, &case, &pallet] {
        w.ok("maker", vec![event.clone()]);
    }
    let empty = event_at(step::EMPTY, &[], 3).parent("P.1");
    w.ok("maker", vec![empty.clone()]);
    let again = event_at(step::PACK, &["C.1"], 4).parent("P.1");
    w.ok("maker", vec![again.clone()]);
    let second = event_at(step::EMPTY, &[], 5).parent("P.1");
    w.ok("maker", vec![second.clone()]);
    w.ok("maker", vec![event_at(step::HOLD, &["P.1"], 6)]);
    let unpack = |let_out: &Event| {
        let unpack = event_at(step::UNPACK, &["A.1"], 7).parent("C.1");
        after(unpack, &[("C.1", &again), ("P.1", let_out)])
    };
    assert_eq!(w.refused("maker", vec![unpack(&empty)]).0, "stale-previous");
    // An event that names the container writes it: only the tip will do.
    let named = event_at(step::PACK, &["C.1"], 7).parent("P.1");
    let named = after(named, &[("C.1", &again), ("P.1", &second)]);
    assert_eq!(w.refused("maker", vec![named]).0, "stale-previous");
    w.ok("maker", vec![unpack(&second)]);
}

#[test]
fn of_what_becomes_possible_at_once_the_earlier_comes_first() {
    let mut w = World::new();
    let observe = event_at(step::OBSERVE, &["A.1"], 3);
    let pack = event_at(step::PACK, &["A.1"], 2).parent("C.1");
    w.parked("maker", observe.clone());
    w.parked("maker", pack.clone());
    let receipt = w.ok("maker", vec![event_at(step::CREATE, &["A.1", "C.1"], 1)]);
    let followed = [Effect::Unparked(pack.id), Effect::Unparked(observe.id)];
    assert_eq!(receipt.effects, followed);
    assert_eq!(w.object("A.1").last_event, observe.id);
}

/// An act in place on a pack rests on the case around it, whose record it does not write.
fn in_place(ms: i64, pack: &Event) -> Event {
    let advance = event_at(step::ADVANCE, &["A.1"], ms).attr(attribute::STAGE_TO, "1");
    after(advance, &[("A.1", pack), ("C.1", pack)])
}

#[test]
fn what_rests_on_a_filled_container_is_refused_once_it_moved_on() {
    let create = event_at(step::CREATE, &["A.1", "C.1"], 0);
    let pack = event_at(step::PACK, &["A.1"], 1).parent("C.1");
    let ship = event_at(step::SHIP, &["C.1"], 3).to("trader");
    let ship = after(ship, &[("C.1", &pack)]);
    let mut w = World::new();
    w.ok("maker", vec![create.clone(), pack.clone(), ship.clone()]);
    let before = w.object("A.1");
    let late = in_place(2, &pack);
    assert_eq!(w.refused("maker", vec![late]).0, "stale-previous");
    assert_eq!(w.object("A.1"), before);

    // While both wait, time decides; who comes too late is an exception that is on record.
    for (ms, applies) in [(2, true), (4, false)] {
        let mut w = World::new();
        let advance = in_place(ms, &pack);
        w.ok("maker", vec![create.clone()]);
        w.parked("maker", ship.clone());
        w.parked("maker", advance.clone());
        let receipt = w.ok("maker", vec![pack.clone()]);
        assert!(w.object("C.1").in_transit());
        let record: EventRecord = w.get(keys::event(&advance.id)).unwrap();
        let code = "stale-previous".to_owned();
        let rejected = Effect::Rejected {
            event: advance.id,
            code: code.clone(),
        };
        assert_eq!(receipt.effects.contains(&rejected), !applies);
        let state = if applies {
            EventState::Applied
        } else {
            EventState::Rejected(code)
        };
        assert_eq!(record.state, state, "{ms}");
    }
}
