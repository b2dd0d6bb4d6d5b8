//! K9: containers.

use pangolin_ledger::{
    Code, Effect, Outcome,
    state::{Flags, Status},
};

use crate::support::{EventExt, World, event, step};

/// Four packs in two cases on a pallet, all with the maker.
fn pallet() -> World {
    let mut w = World::new();
    w.ok(
        "maker",
        vec![event(
            step::CREATE,
            &["A.1", "A.2", "A.3", "A.4", "C.1", "C.2", "P.1"],
        )],
    );
    w.ok(
        "maker",
        vec![event(step::PACK, &["A.1", "A.2"]).parent("C.1")],
    );
    w.ok(
        "maker",
        vec![event(step::PACK, &["A.3", "A.4"]).parent("C.2")],
    );
    w.ok(
        "maker",
        vec![event(step::PACK, &["C.1", "C.2"]).parent("P.1")],
    );
    w
}

fn hand_over(w: &mut World, object: &str, from: &str, to: &str, n: u8) {
    w.ok(from, vec![event(step::SHIP, &[object]).to(to).nonce(n)]);
    w.ok(to, vec![event(step::RECEIVE, &[object]).nonce(n)]);
}

#[test]
fn moving_a_pallet_moves_everything_and_writes_one_record() {
    let mut w = pallet();
    let before = w.object("A.1");
    let receipt = w.ok("maker", vec![event(step::SHIP, &["P.1"]).to("trader")]);
    assert_eq!(receipt.events[0].objects, 1);
    w.ok("trader", vec![event(step::RECEIVE, &["P.1"])]);
    assert_eq!(w.object("A.1"), before);
    let status = w.status("A.1");
    assert_eq!(status.custodian.unwrap().to_string(), "trader");
    let around: Vec<String> = status.containers.iter().map(|c| c.id.to_string()).collect();
    assert_eq!(around, ["C.1", "P.1"]);
}

#[test]
fn what_is_inside_does_not_act_alone() {
    let mut w = pallet();
    assert_eq!(
        w.parked("maker", event(step::SHIP, &["A.1"]).to("trader"))
            .1,
        "inside-container"
    );
    assert_eq!(
        w.parked("maker", event(step::END, &["A.1"])).1,
        "inside-container"
    );
    assert_eq!(
        w.parked("maker", event(step::PACK, &["A.1"]).parent("C.2"))
            .1,
        "not-outermost"
    );
}

#[test]
fn inference_takes_a_single_pack_out_and_says_so() {
    let mut w = pallet();
    let receipt = w.ok(
        "maker",
        vec![event(step::SHIP_INFERRING, &["A.1"]).to("user")],
    );
    let taken = Effect::Inferred {
        object: crate::support::id("A.1"),
        container: crate::support::id("C.1"),
    };
    assert_eq!(receipt.effects, [taken]);
    assert_eq!(w.object("C.1").children, 1);
    w.ok("user", vec![event(step::RECEIVE, &["A.1"])]);
    assert_eq!(w.custodian("A.1").as_deref(), Some("user"));
    assert_eq!(w.custodian("A.2").as_deref(), Some("maker"));
}

#[test]
fn a_case_may_be_accepted_from_a_pallet_on_its_way() {
    let mut w = pallet();
    w.ok("maker", vec![event(step::SHIP, &["P.1"]).to("trader")]);
    assert_eq!(
        w.parked("other", event(step::RECEIVE_INFERRING, &["C.1"]))
            .1,
        "not-offered"
    );
    w.ok("trader", vec![event(step::RECEIVE_INFERRING, &["C.1"])]);
    assert_eq!(w.custodian("A.1").as_deref(), Some("trader"));
    assert_eq!(w.custodian("A.3").as_deref(), Some("maker"));
    w.ok("trader", vec![event(step::RECEIVE, &["P.1"])]);
    assert_eq!(w.custodian("A.3").as_deref(), Some("trader"));
}

#[test]
fn a_list_with_container_and_contents_is_covered_by_the_container() {
    let mut w = pallet();
    w.ok(
        "maker",
        vec![event(step::SHIP, &["P.1", "C.1", "A.1"]).to("trader")],
    );
    let receipt = w.ok("trader", vec![event(step::RECEIVE, &["A.1", "C.1", "P.1"])]);
    assert_eq!(receipt.events[0].objects, 1);
    assert_eq!(w.status("A.1").containers.len(), 2);
}

#[test]
fn unpacking_gives_back_custody_and_joins_histories() {
    let mut w = pallet();
    hand_over(&mut w, "P.1", "maker", "trader", 1);
    let case = w.object("C.1");
    w.ok("trader", vec![event(step::UNPACK, &["C.1"]).parent("P.1")]);
    assert_eq!(w.custodian("C.1").as_deref(), Some("trader"));
    assert_eq!(w.object("P.1").children, 1);
    assert_ne!(w.object("C.1").provenance, case.provenance);
    assert_eq!(
        w.parked("trader", event(step::UNPACK, &["A.3"]).parent("C.1"))
            .1,
        "not-inside"
    );
    w.ok(
        "trader",
        vec![event(step::UNPACK, &["A.1", "A.2"]).parent("C.1")],
    );
    let empty = w.object("C.1");
    assert_eq!(
        (empty.children, empty.height, empty.inside.len()),
        (0, 0, 0)
    );
}

#[test]
fn emptying_as_a_whole_needs_no_list_and_keeps_custody() {
    let mut w = pallet();
    hand_over(&mut w, "P.1", "maker", "trader", 1);
    let receipt = w.ok("trader", vec![event(step::EMPTY, &[]).parent("P.1")]);
    assert_eq!(receipt.events[0].objects, 1);
    // The case is free, its packs are still in it.
    assert_eq!(w.custodian("A.1").as_deref(), Some("trader"));
    assert_eq!(w.status("C.1").containers.len(), 0);
    assert!(w.status("C.1").released.is_some());
    // The pallet goes on without them, and they without it.
    hand_over(&mut w, "P.1", "trader", "other", 2);
    hand_over(&mut w, "C.1", "trader", "user", 3);
    assert_eq!(w.custodian("A.1").as_deref(), Some("user"));
    assert_eq!(w.custodian("A.3").as_deref(), Some("trader"));
    // The pallet is filled again; the second case of the first filling is not in it.
    w.ok("trader", vec![event(step::SHIP, &["C.2"]).to("other")]);
    w.ok("other", vec![event(step::RECEIVE, &["C.2"])]);
    w.ok(
        "other",
        vec![event(step::PACK, &["C.2"]).parent("P.1").nonce(7)],
    );
    assert_eq!(w.object("P.1").epoch, 1);
    assert_eq!(w.status("A.3").containers.len(), 2);
}

#[test]
fn only_the_outermost_is_emptied_and_only_by_its_custodian() {
    let mut w = pallet();
    assert_eq!(
        w.parked("maker", event(step::EMPTY, &[]).parent("C.1")).1,
        "not-outermost"
    );
    assert_eq!(
        w.parked("trader", event(step::EMPTY, &[]).parent("P.1")).1,
        "not-custodian"
    );
}

#[test]
fn a_container_that_ends_takes_its_contents_along_only_when_told() {
    let mut w = pallet();
    assert_eq!(w.parked("maker", event(step::END, &["P.1"])).1, "not-empty");
    let mut taking = w.clone();
    taking.ok("maker", vec![event(step::END_WITH_CONTENTS, &["P.1"])]);
    assert_eq!(taking.object("P.1").status, Status::Terminated(Code(2)));
    assert!(taking.object("P.1").flags.has(Flags::WITH_CONTENTS));
    let pack = taking.status("A.1");
    assert!(!pack.live && pack.ended == Some(Code(2)));
    let end = event(step::END_INFERRING, &["A.1"]).nonce(1);
    assert_eq!(taking.refused("maker", vec![end]).0, "object-terminated");
    w.ok("maker", vec![event(step::END_RELEASING, &["P.1"])]);
    assert!(w.status("A.1").live);
    assert_eq!(w.custodian("C.1").as_deref(), Some("maker"));
}

#[test]
fn nesting_is_bounded_and_without_cycles() {
    let mut w = World::new();
    let names: Vec<String> = (0..10).map(|n| format!("N.{n}")).collect();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    w.ok("maker", vec![event(step::CREATE, &all)]);
    for level in 0..8 {
        w.ok(
            "maker",
            vec![event(step::PACK, &[all[level]]).parent(all[level + 1])],
        );
    }
    assert_eq!(w.status("N.0").containers.len(), 8);
    assert_eq!(
        w.refused("maker", vec![event(step::PACK, &["N.8"]).parent("N.9")])
            .0,
        "too-deep"
    );
    assert_eq!(
        w.parked("maker", event(step::PACK, &["N.8"]).parent("N.3"))
            .1,
        "not-outermost"
    );
    assert_eq!(
        w.refused("maker", vec![event(step::PACK, &["N.8"]).parent("N.8")])
            .0,
        "malformed"
    );
}

#[test]
fn a_parent_that_is_missing_waits_or_is_made() {
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["A.1", "A.2"])]);
    assert_eq!(
        w.parked("maker", event(step::PACK, &["A.1"]).parent("C.9"))
            .1,
        "object-absent"
    );
    w.ok("maker", vec![event(step::PACK_NEW, &["A.2"]).parent("C.8")]);
    assert_eq!(w.object("C.8").children, 1);
    w.ok("maker", vec![event(step::CREATE, &["C.9"])]);
    assert_eq!(
        w.object("C.9").children,
        1,
        "the packing that waited has followed"
    );
}

#[test]
fn repacking_infers_from_the_old_container() {
    let mut w = World::new();
    w.ok(
        "maker",
        vec![event(step::CREATE, &["A.1", "A.2", "C.1", "C.2"])],
    );
    w.ok(
        "maker",
        vec![event(step::PACK, &["A.1", "A.2"]).parent("C.1")],
    );
    assert_eq!(
        w.parked("maker", event(step::PACK, &["A.1"]).parent("C.2"))
            .1,
        "inside-container"
    );
    w.ok("maker", vec![event(step::REPACK, &["A.2"]).parent("C.2")]);
    assert_eq!((w.object("C.1").children, w.object("C.2").children), (1, 1));
    // Into the outer container of the very case it is in.
    w.ok("maker", vec![event(step::CREATE, &["P.1"])]);
    w.ok("maker", vec![event(step::PACK, &["C.2"]).parent("P.1")]);
    w.ok("maker", vec![event(step::REPACK, &["A.2"]).parent("P.1")]);
    assert_eq!((w.object("C.2").children, w.object("P.1").children), (0, 2));
    let counts: Vec<u32> = w.object("P.1").inside.values().copied().collect();
    assert_eq!(counts, [1, 1], "one of class A, one of class C");
}

#[test]
fn listed_and_recorded_contents_can_be_compared() {
    let mut w = pallet();
    w.ok(
        "maker",
        vec![event(step::EXACT, &["A.1", "A.2"]).parent("C.1")],
    );
    assert_eq!(
        w.parked("maker", event(step::EXACT, &["A.1"]).parent("C.1"))
            .1,
        "contents-differ"
    );
    assert_eq!(
        w.parked("maker", event(step::EXACT, &["A.1", "A.3"]).parent("C.1"))
            .1,
        "contents-differ"
    );
}

#[test]
fn a_held_container_holds_its_contents() {
    let mut w = pallet();
    w.ok("maker", vec![event(step::HOLD, &["P.1"])]);
    assert!(w.status("A.1").held);
    assert_eq!(
        w.parked("maker", event(step::SHIP_INFERRING, &["A.1"]).to("user"))
            .1,
        "held-back"
    );
}

#[test]
fn forty_thousand_packs_move_as_one() {
    let mut w = World::new();
    let names: Vec<String> = (0..4_000).map(|n| format!("A.{n:05}")).collect();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    w.ok(
        "maker",
        vec![event(step::CREATE, &all), event(step::CREATE, &["P.1"])],
    );
    w.ok("maker", vec![event(step::PACK, &all).parent("P.1")]);
    let ship = w.tx(
        "maker",
        pangolin_ledger::Body::Events(vec![event(step::SHIP, &["P.1"]).to("trader")]),
    );
    let keys_before = w.state.len();
    assert!(matches!(w.run(&ship), Outcome::Applied(_)));
    // The event and the hand-over are new; the pallet's record changed.
    assert_eq!(w.state.len(), keys_before + 2);
    assert_eq!(w.object("P.1").children, 4_000);
}

#[test]
fn what_is_listed_is_inside_though_not_all_of_it_need_be_listed() {
    let mut w = pallet();
    let inside = |objects: &[&str]| event(step::INSIDE, objects).parent("P.1");
    w.ok("maker", vec![inside(&["C.1"])]);
    w.ok("maker", vec![inside(&["C.1", "C.2"])]);
    assert_eq!(w.parked("maker", inside(&["A.1"])).1, "contents-differ");
    w.ok("maker", vec![event(step::UNPACK, &["C.2"]).parent("P.1")]);
    assert_eq!(w.parked("maker", inside(&["C.2"])).1, "contents-differ");
}
