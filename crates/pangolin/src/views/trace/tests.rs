//! Traces as text.

use super::*;
use serde_json::{Value, json};

#[expect(
    clippy::needless_pass_by_value,
    reason = "documents are written where they are used"
)]
fn found(nodes: Value, edges: Value, complete: bool) -> Trace {
    serde_json::from_value(json!({
        "root": 0, "nodes": nodes, "edges": edges, "truncated": [], "complete": complete,
        "height": 7, "time": "2026-01-05T13:00:00Z",
    }))
    .unwrap()
}

fn pack(serial: &str) -> Value {
    let uri = format!("urn:epc:id:sgtin:0614141.112345.{serial}");
    json!({"kind": "object", "uri": uri, "status": "live", "held": false, "corrected": false})
}

fn event(time: &str, step: &str) -> Value {
    json!({"kind": "event", "eventID": "e", "time": time, "height": 3, "bizStep": step,
        "state": "applied", "inError": false})
}

fn edge(from: usize, to: usize, kind: &str) -> Value {
    json!({"from": from, "to": to, "kind": kind})
}

#[test]
fn a_time_line_is_in_order_and_says_who_gave_to_whom() {
    let nodes = json!([
        pack("400"),
        event("2026-01-06T08:00:00Z", "shipping"),
        event("2026-01-05T08:00:00Z", "commissioning"),
        {"kind": "party", "uri": "urn:a:1", "name": "Acme"},
        {"kind": "party", "uri": "urn:a:2", "name": ""},
    ]);
    let edges = json!([
        edge(1, 0, "names-subject"),
        edge(2, 0, "names-subject"),
        edge(3, 2, "states"),
        edge(3, 1, "states"),
        edge(3, 1, "gives"),
        edge(4, 1, "receives"),
        edge(4, 0, "holds"),
    ]);
    let text = trace(&found(nodes, edges, true), false);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "(01)10614141123459(21)400  live");
    assert_eq!(lines[1], "  with    2");
    let made = lines
        .iter()
        .position(|line| line.contains("commissioning"))
        .unwrap();
    let sent = lines
        .iter()
        .position(|line| line.contains("shipping"))
        .unwrap();
    assert!(made < sent, "{text}");
    assert!(lines[sent].contains("Acme -> 2"), "{text}");
    assert_eq!(
        lines.last(),
        Some(&"complete, as of block 7 (2026-01-05 13:00:00 UTC)")
    );
}

#[test]
fn what_is_unpacked_comes_out_of_its_case() {
    for (step, expect) in [("packing", "in (01)"), ("unpacking", "out of (01)")] {
        let nodes = json!([pack("400"), event("2026-01-06T08:00:00Z", step), pack("1")]);
        let edges = json!([edge(1, 0, "names-child"), edge(1, 2, "names-parent")]);
        let text = trace(&found(nodes, edges, true), false);
        assert!(text.contains(expect), "{step}: {text}");
    }
}

#[test]
fn a_gap_is_a_line_of_its_own_and_said_again_at_the_end() {
    let nodes = json!([
        pack("400"),
        {"kind": "unknown", "reason": "origin", "message": "no event states how it came into being"},
    ]);
    let text = trace(&found(nodes, json!([edge(1, 0, "before")]), false), false);
    let gap = text.lines().find(|line| line.contains("UNKNOWN")).unwrap();
    assert!(gap.starts_with('?') && gap.contains("400"), "{text}");
    assert!(
        text.contains("NOT COMPLETE") && text.contains("1 thing is not known"),
        "{text}"
    );
}

#[test]
fn contents_are_a_tree_that_ends_where_it_would_turn_in_a_circle() {
    let nodes = json!([pack("1"), pack("2"), pack("3")]);
    let edges = json!([
        edge(1, 0, "inside"),
        edge(2, 1, "inside"),
        {"from": 2, "to": 0, "kind": "inside", "until": "2026-01-01T00:00:00Z"},
        edge(0, 2, "inside"),
    ]);
    let text = trace(&found(nodes, edges, true), true);
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[1].starts_with("  (01)") && lines[1].contains("(21)2 "),
        "{text}"
    );
    assert!(
        lines[2].starts_with("    (01)") && lines[2].contains("(21)3 "),
        "{text}"
    );
    assert_eq!(lines.len(), 6, "{text}");
}

#[test]
fn kinds_of_a_later_node_do_not_stop_the_reader() {
    let nodes = json!([pack("1"), {"kind": "hologram", "size": 3}]);
    let text = trace(&found(nodes, json!([edge(1, 0, "holds")]), true), false);
    assert!(text.contains("does not know"), "{text}");
}
