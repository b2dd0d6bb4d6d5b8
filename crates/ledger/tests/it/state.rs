//! K4: existence, stages, holds, guards, compare-and-swap, documents.

use pangolin_ledger::{
    Action, Code, Digest32, DocumentId, Event,
    state::{Document, Flags, Status, keys},
};

use crate::support::{EventExt, World, attribute, event, id, step, with};

fn world() -> World {
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["A.1", "A.2"])]);
    w
}

#[test]
fn nothing_happens_before_creation_or_after_the_end() {
    let mut w = world();
    assert_eq!(
        w.parked("maker", event(step::OBSERVE, &["A.9"])).1,
        "object-absent"
    );
    w.ok("maker", vec![event(step::END, &["A.1"])]);
    assert_eq!(w.object("A.1").status, Status::Terminated(Code(1)));
    for act in [step::OBSERVE, step::END, step::SHIP, step::HOLD] {
        assert_eq!(
            w.refused("maker", vec![event(act, &["A.1"]).to("trader").nonce(1)])
                .0,
            "object-terminated"
        );
    }
}

#[test]
fn an_end_can_be_undone_where_the_profile_says_so() {
    let mut w = world();
    assert_eq!(
        w.parked("maker", event(step::REINSTATE, &["A.2"])).1,
        "not-terminated"
    );
    w.ok("maker", vec![event(step::END, &["A.1"])]);
    w.ok("maker", vec![event(step::REINSTATE, &["A.1"])]);
    assert!(w.object("A.1").is_live());
}

#[test]
fn stages_follow_the_table_of_the_profile() {
    let mut w = world();
    let go = |from: &str, to: &str| {
        event(step::ADVANCE, &["A.1"])
            .attr(attribute::STAGE_FROM, from)
            .attr(attribute::STAGE_TO, to)
    };
    assert_eq!(w.parked("maker", go("2", "3")).1, "wrong-stage");
    let receipt = w.ok("maker", vec![go("0", "2")]);
    assert_eq!(
        w.object("A.1").stage,
        Code(3),
        "the event that waited has followed: {receipt:?}"
    );
    assert_eq!(w.object("A.1").stage_before, Code(2));
}

#[test]
fn holding_back_is_a_fact_of_its_own() {
    let mut w = world();
    w.ok("maker", vec![event(step::HOLD, &["A.1"])]);
    let object = w.object("A.1");
    assert!(object.flags.has(Flags::HELD) && object.is_live());
    assert_eq!(
        w.parked("maker", event(step::SHIP, &["A.1"]).to("trader"))
            .1,
        "held-back"
    );
    let receipt = w.ok("maker", vec![event(step::UNHOLD, &["A.1"])]);
    assert!(w.object("A.1").in_transit(), "{receipt:?}");
    assert_eq!(
        w.parked("maker", event(step::UNHOLD, &["A.2"])).1,
        "not-held"
    );
}

#[test]
fn guards_read_the_group() {
    let mut w = World::new();
    let lot = |o, g, e| {
        event(step::CREATE, &[o])
            .attr(attribute::GROUP, g)
            .attr(attribute::EXPIRY, e)
    };
    w.ok(
        "maker",
        vec![
            lot("A.1", "old", "2024-01-31"),
            lot("A.2", "fresh", "2030-01-31"),
        ],
    );
    w.ok("maker", vec![event(step::CREATE, &["A.3"])]);
    let check = |o| event(step::NOT_AFTER, &[o]).attr(attribute::EXPIRY, "2026-11-22");
    assert_eq!(w.refused("maker", vec![check("A.1")]).0, "goods-expired");
    w.ok("maker", vec![check("A.2")]);
    assert_eq!(w.refused("maker", vec![check("A.3")]).0, "goods-expired");
    let in_group = |o| event(step::IN_GROUP, &[o]).attr(attribute::GROUP, "fresh");
    w.ok("maker", vec![in_group("A.2")]);
    assert_eq!(w.refused("maker", vec![in_group("A.1")]).0, "guard-failed");
}

fn after(event: Event, object: &str, previous: &Event) -> Event {
    with(event, |e| {
        e.expected.insert(id(object), previous.id);
    })
}

#[test]
fn a_stated_predecessor_must_be_the_tip() {
    let mut w = World::new();
    let create = event(step::CREATE, &["A.1"]);
    w.ok("maker", vec![create.clone()]);
    let first = after(event(step::OBSERVE, &["A.1"]), "A.1", &create);
    let late = after(event(step::HOLD, &["A.1"]), "A.1", &create);
    w.ok("maker", vec![first.clone()]);
    assert_eq!(
        w.refused("maker", vec![late]),
        ("stale-previous", "/events/0/expected".to_owned())
    );
    let second = after(event(step::OBSERVE, &["A.1"]).nonce(1), "A.1", &first);
    let third = after(event(step::HOLD, &["A.1"]).nonce(1), "A.1", &second);
    assert_eq!(w.parked("maker", third.clone()).1, "stale-previous");
    w.ok("maker", vec![second]);
    assert_eq!(w.object("A.1").last_event, third.id);
}

#[test]
fn documents_are_a_chain_with_one_controller() {
    let mut w = world();
    let put = |digest: &str, previous: Option<&str>| {
        let put = event(step::DOCUMENT, &["A.1"])
            .attr(attribute::DOCUMENT, "B/L 7")
            .attr(attribute::DIGEST, digest);
        previous.map_or(put.clone(), |previous| {
            put.attr(attribute::PREVIOUS, previous)
        })
    };
    assert_eq!(
        w.refused("maker", vec![put("v2", Some("v1"))]).0,
        "document-absent"
    );
    w.ok("maker", vec![put("v1", None)]);
    assert_eq!(
        w.refused("maker", vec![put("v1", None).nonce(1)]).0,
        "stale-previous"
    );
    assert_eq!(
        w.refused("trader", vec![put("v2", Some("v1"))]).0,
        "not-controller"
    );
    w.ok("maker", vec![put("v2", Some("v1")).to("trader")]);
    assert_eq!(
        w.refused("maker", vec![put("v3", Some("v2"))]).0,
        "not-controller"
    );
    w.ok("trader", vec![put("v3", Some("v2"))]);
    assert_eq!(
        w.refused("trader", vec![put("v4", Some("v2"))]).0,
        "stale-previous"
    );
    let document: Document = w
        .get(keys::document(&DocumentId::new("B/L 7").unwrap()))
        .unwrap();
    assert_eq!(
        (document.version, document.controller.to_string().as_str()),
        (3, "trader")
    );
}

#[test]
fn the_data_class_never_goes_down() {
    use pangolin_ledger::{Body, DataClass, Outcome};
    let mut w = world();
    let mut n = 0;
    let mut send = |w: &mut World, step, object, class| {
        n += 1;
        let mut tx = w
            .tx("maker", Body::Events(vec![event(step, &[object]).nonce(n)]))
            .tx()
            .clone();
        tx.class = class;
        let tx = World::sign(tx);
        match w.run(&tx) {
            Outcome::Applied(_) => "applied",
            Outcome::Refused(refusal) => refusal.code,
        }
    };
    assert_eq!(
        send(&mut w, step::OBSERVE, "A.1", DataClass::Record),
        "class-lowered"
    );
    assert_eq!(
        send(&mut w, step::CREATE, "R.1", DataClass::Record),
        "applied"
    );
    assert_eq!(
        send(&mut w, step::OBSERVE, "R.1", DataClass::Record),
        "applied"
    );
    assert_eq!(
        send(&mut w, step::OBSERVE, "R.1", DataClass::Transaction),
        "applied"
    );
    assert_eq!(
        send(&mut w, step::END, "R.1", DataClass::Record),
        "class-lowered"
    );
}

#[test]
fn lasting_relations_are_made_and_undone() {
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["A.1", "S.1"])]);
    let relate = |step, n| event(step, &["S.1"]).parent("A.1").nonce(n);
    assert_eq!(
        w.parked("maker", relate(step::DETACH, 1)).1,
        "not-associated"
    );
    w.ok("maker", vec![relate(step::ATTACH, 2)]);
    // The detachment that waited has been applied: the relation can be made again.
    w.ok("maker", vec![relate(step::ATTACH, 3)]);
    assert_eq!(
        w.parked("maker", relate(step::ATTACH, 4)).1,
        "already-associated"
    );
    assert!(
        w.state
            .contains_key(&keys::association(&id("A.1"), &id("S.1")))
    );
    let reverse = event(step::ATTACH, &["A.1"]).parent("S.1");
    assert_eq!(w.refused("maker", vec![reverse]).0, "relation-cycle");
}

#[test]
fn an_event_that_means_nothing_is_recorded() {
    let mut w = world();
    let note = with(event(step::NOTHING, &["A.1"]), |e| {
        e.action = Action::Observe;
    });
    w.ok("nobody", vec![note]);
    assert_eq!(w.object("A.1").seq, 1);
}

#[test]
fn provenance_commits_to_the_history() {
    let mut w = world();
    assert_eq!(w.object("A.1").provenance, w.object("A.2").provenance);
    w.ok("maker", vec![event(step::OBSERVE, &["A.1"])]);
    let (one, two) = (w.object("A.1"), w.object("A.2"));
    assert_ne!(one.provenance, two.provenance);
    let expected = pangolin_ledger::hash::provenance(vec![two.provenance], &one.last_event);
    assert_eq!(one.provenance, expected);
    assert_ne!(expected, Digest32([0; 32]));
}
