//! Queries: answers with the keys they rest on.

use pangolin_ledger::{
    EventId, GroupId, ObjectId, Overlay, Role, Scope, TimeMs,
    query::{self, QueryError},
    state::{EventState, Namespace, keys},
    tx::OrderScope,
};

use crate::support::{EventExt, World, attribute, event, id, party, role, step};

#[test]
fn a_status_rests_on_the_keys_it_names_and_no_others() {
    let mut w = World::new();
    w.ok(
        "maker",
        vec![event(step::CREATE, &["A.1", "A.2"]).attr(attribute::GROUP, "L1")],
    );
    w.ok("maker", vec![event(step::CREATE, &["C.1", "P.1"])]);
    w.ok("maker", vec![event(step::PACK, &["A.1"]).parent("C.1")]);
    w.ok("maker", vec![event(step::PACK, &["C.1"]).parent("P.1")]);
    let pack = id("A.1");
    let answer = w.ask(|o| query::object_status(o, &pack, TimeMs(w.time)));
    let group = GroupId::new("L1").unwrap();
    for key in [
        keys::object(&pack),
        keys::object(&id("C.1")),
        keys::object(&id("P.1")),
        keys::group(&group),
        keys::orders_on(&OrderScope::Object(pack.clone())),
        keys::orders_on(&OrderScope::Object(id("P.1"))),
        keys::orders_on(&OrderScope::Group(group)),
        keys::orders_on(&OrderScope::Party(party("maker"))),
    ] {
        assert!(answer.consulted.contains(&key));
    }
    // Whoever has just these records comes to the same answer.
    let mut proven = Overlay::new();
    for key in &answer.consulted {
        proven.supply(
            *key,
            w.state.get(key).map(|record| record.as_slice().into()),
        );
    }
    assert_eq!(
        query::object_status(&proven, &pack, TimeMs(w.time)),
        Ok(answer.clone())
    );
    // Leaving one out is noticed.
    for left_out in &answer.consulted {
        let mut partial = Overlay::new();
        for key in answer.consulted.iter().filter(|key| *key != left_out) {
            partial.supply(
                *key,
                w.state.get(key).map(|record| record.as_slice().into()),
            );
        }
        let result = query::object_status(&partial, &pack, TimeMs(w.time));
        assert_eq!(result, Err(QueryError::Need(vec![*left_out])));
    }
}

#[test]
fn an_unknown_object_has_a_provable_absence() {
    let w = World::new();
    let ghost: ObjectId = id("A.404");
    let answer = w.ask(|o| query::object_status(o, &ghost, TimeMs(w.time)));
    assert!(
        answer.value.record.is_none() && !answer.value.live && answer.value.custodian.is_none()
    );
    let spaces: Vec<_> = answer
        .consulted
        .iter()
        .map(|key| key.namespace().unwrap())
        .collect();
    assert_eq!(spaces, [Namespace::Object, Namespace::OrdersOn]);
}

#[test]
fn events_parties_and_licences_can_be_asked_for() {
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["A.1"])]);
    let ship = event(step::SHIP, &["A.1"]).to("trader");
    w.ok("maker", vec![ship.clone()]);
    let status = w.ask(|o| query::event_status(o, &ship.id)).value;
    assert_eq!(status.record.unwrap().state, EventState::Applied);
    assert_eq!(status.handover.unwrap().to, party("trader"));
    let waits = event(step::OBSERVE, &["A.9"]);
    w.parked("maker", waits.clone());
    assert!(
        w.ask(|o| query::event_status(o, &waits.id))
            .value
            .parked
            .is_some()
    );
    assert!(
        w.ask(|o| query::event_status(o, &EventId([0; 32])))
            .value
            .record
            .is_none()
    );
    assert_eq!(
        w.ask(|o| query::party(o, &party("maker")))
            .value
            .unwrap()
            .name,
        "maker"
    );
    let maker = party("maker");
    let licence = |role: Role| {
        w.ask(|o| query::licence(o, &maker, role, &Scope::all()))
            .value
    };
    assert!(licence(role::MAKER).is_some() && licence(role::TRADER).is_none());
}
