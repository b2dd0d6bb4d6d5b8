//! Every kind of wrong document, with the code and the place it must get.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use pangolin_epcis::{
    defect::Place,
    read::{self, Limits, Mode},
};
use serde_json::{Value, json};

/// A document with one event of each type, in which nothing is wrong.
const BASE: &str = include_str!("json_defects/base.json");
/// One change to it per line: code, place of the defect, place of the change, value (`-` removes it).
/// Places are below the list of events, or below the document when they begin with `^`.
const CASES: &str = include_str!("json_defects/cases.txt");

fn base() -> Value {
    serde_json::from_str(BASE).unwrap()
}

const EVENTS: &str = "/epcisBody/eventList";

/// Sets, adds or (with `None`) removes the member a pointer names.
fn change(document: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(map), Some(value)) => drop(map.insert(key.to_owned(), value)),
        (Value::Object(map), None) => drop(map.remove(key).unwrap()),
        (Value::Array(list), Some(value)) => match key.parse::<usize>() {
            Ok(at) => list[at] = value,
            Err(_) => list.push(value),
        },
        _ => panic!("{pointer}"),
    }
}

/// The codes and places of a document's defects; the places resolve.
fn defects(text: &str, mode: Mode) -> (bool, Vec<(String, String)>) {
    let outcome = read::json(text.as_bytes(), mode).finish();
    let whole: Option<Value> = serde_json::from_str(text).ok();
    let found = outcome.defects.list().iter().map(|defect| {
        if let (Place::Pointer(pointer), Some(whole)) = (&defect.place, &whole) {
            assert!(whole.pointer(pointer).is_some(), "{defect}");
        }
        assert!(!defect.message.is_empty() && !defect.remedy.is_empty());
        (defect.code.to_owned(), defect.place.to_string())
    });
    let found = found.collect();
    (outcome.is_accepted(), found)
}

#[test]
fn the_base_is_clean() {
    assert_eq!(defects(&base().to_string(), Mode::Strict), (true, vec![]));
}

#[test]
fn every_wrong_change_is_found_at_its_place() {
    let full = |pointer: &str| match pointer.strip_prefix('^') {
        Some(rest) => rest.to_owned(),
        None => format!("{EVENTS}{pointer}"),
    };
    let mut count = 0;
    for line in CASES.lines().filter(|line| !line.starts_with('#')) {
        let parts: Vec<&str> = line.splitn(4, " | ").collect();
        let [code, place, pointer, value] = parts[..] else {
            panic!("{line}")
        };
        let value = (value != "-").then(|| serde_json::from_str(value).unwrap());
        let mut document = base();
        change(&mut document, &full(pointer), value);
        let (accepted, mut found) = defects(&document.to_string(), Mode::Strict);
        found.retain(|(code, _)| code != "prefix-undeclared");
        let place = match full(place) {
            whole if whole.is_empty() => "document".to_owned(),
            other => other,
        };
        assert_eq!(found, [(code.to_owned(), place)], "{line}");
        assert!(!accepted, "{line}");
        count += 1;
    }
    assert!(count > 120, "{count}");
}

#[test]
fn sensor_data_belong_to_an_object_or_a_place() {
    let mut document = base();
    for member in ["epcList", "quantityList", "readPoint", "ilmd"] {
        change(&mut document, &format!("{EVENTS}/0/{member}"), None);
    }
    let (_, found) = defects(&document.to_string(), Mode::Strict);
    assert_eq!(found[0].0, "sensor-without-object-or-place");
}

#[test]
fn suspicious_but_allowed() {
    let cases = [
        ("/0/quantityList/0/uom", json!("XXX"), "uom-unknown"),
        ("/0/bizTransactionList", json!([]), "list-empty"),
        (
            "/0/epcList/0",
            json!("urn:epc:id:new:1.2"),
            "epc-scheme-unknown",
        ),
        (
            "/0/epcList/0",
            json!("https://id.gs1.org/01/04012345123457/21/1"),
            "digital-link-invalid",
        ),
        (
            "/0/epcList/0",
            json!("https://id.gs1.org/01/04012345123456"),
            "epc-is-class",
        ),
        ("/0/other:note", json!("x"), "prefix-undeclared"),
        (
            "/1/childEPCs",
            json!(["urn:x:1", "urn:x:1"]),
            "list-duplicate",
        ),
        (
            "/0/sensorElementList/0/sensorReport/0/percRank",
            json!(101),
            "sensor-rank",
        ),
        (
            "/0/sensorElementList/0/sensorReport/0/minValue",
            json!(3),
            "sensor-range",
        ),
        (
            "/0/quantityList/0",
            json!({"epcClass": "urn:x:1", "quantity": 0.5}),
            "quantity-fraction-without-uom",
        ),
    ];
    for (pointer, value, code) in cases {
        let mut document = base();
        change(&mut document, &format!("{EVENTS}{pointer}"), Some(value));
        let (accepted, found) = defects(&document.to_string(), Mode::Strict);
        assert_eq!(
            found
                .iter()
                .map(|(code, _)| code.as_str())
                .collect::<Vec<_>>(),
            [code],
            "{pointer}"
        );
        assert!(accepted, "{pointer}");
    }
}

#[test]
fn every_defect_is_listed() {
    let mut document = base();
    for (pointer, value) in [
        ("/epcisBody/eventList/0/bizStep", json!("x")),
        ("/epcisBody/eventList/0/epcList/0", json!("x")),
        ("/epcisBody/eventList/2/eventTime", json!("x")),
        ("/epcisBody/eventList/4/action", json!("x")),
        ("/schemaVersion", json!("x")),
    ] {
        change(&mut document, pointer, Some(value));
    }
    let text = document.to_string();
    let mut reader = read::json(text.as_bytes(), Mode::Strict);
    let refused: Vec<usize> = reader
        .by_ref()
        .filter_map(Result::err)
        .map(|r| r.index)
        .collect();
    assert_eq!(refused, [0, 2, 4]);
    let outcome = reader.finish();
    assert_eq!(
        (outcome.accepted, outcome.refused, outcome.defects.errors()),
        (2, 3, 5)
    );
    let events: Vec<_> = outcome
        .defects
        .list()
        .iter()
        .map(|defect| defect.event)
        .collect();
    assert_eq!(events, [Some(0), Some(0), Some(2), Some(4), None]);
}

#[test]
fn texts_that_are_no_document() {
    let good = base().to_string();
    let check = |text: &[u8], code: &str, place: &str| {
        let outcome = read::json(text, Mode::Lenient).finish();
        let last = outcome.defects.list().last().unwrap();
        assert_eq!(
            (last.code, last.place.to_string().as_str()),
            (code, place),
            "{last}"
        );
        assert!(!read::json(text, Mode::Strict).finish().is_accepted());
    };
    check(b"", "json-root", "1:1");
    check(b"[]", "json-root", "1:1");
    check(b"\"x\"", "json-root", "1:1");
    check(b"{", "json-incomplete", "1:2");
    check(b"{}", "member-missing", "document");
    check(b"{\"type\": }", "json-syntax", "1:10");
    check(b"{\"type\": \"\xff\"}", "json-not-utf8", "1:10");
    check(
        format!("{good} x").as_bytes(),
        "json-trailing",
        &format!("1:{}", good.len() + 2),
    );
    check(
        &good.as_bytes()[..good.len() - 2],
        "json-incomplete",
        &format!("1:{}", good.len() - 1),
    );
    let deep = format!("{{\"ex:x\": {}1{}}}", "[".repeat(100), "]".repeat(100));
    check(deep.as_bytes(), "json-too-deep", "1:73");
}

#[test]
fn duplicate_members() {
    let good = base().to_string();
    let twice = good.replacen(
        "\"action\":\"ADD\"",
        "\"action\":\"ADD\",\"action\":\"ADD\"",
        1,
    );
    let (accepted, found) = defects(&twice, Mode::Strict);
    assert_eq!(
        found,
        [("member-duplicate".to_owned(), format!("{EVENTS}/0/action"))]
    );
    assert!(!accepted);
    assert!(
        defects(&twice, Mode::Lenient).0,
        "the same value twice is unambiguous"
    );
    let differing = good.replacen(
        "\"action\":\"ADD\"",
        "\"action\":\"ADD\",\"action\":\"DELETE\"",
        1,
    );
    assert!(!defects(&differing, Mode::Lenient).0);
    let root = good.replacen(
        "\"schemaVersion\":\"2.0\"",
        "\"schemaVersion\":\"2.0\",\"schemaVersion\":\"2.0\"",
        1,
    );
    assert_eq!(defects(&root, Mode::Strict).1[0].0, "member-duplicate");
    let body = good.replacen(
        "\"epcisBody\":",
        "\"epcisBody\":{\"eventList\":[]},\"epcisBody\":",
        1,
    );
    assert_eq!(defects(&body, Mode::Strict).1[0].0, "member-duplicate");
}

#[test]
fn lenient_repairs_what_is_unambiguous() {
    let cases = [
        ("/0/action", json!("add")),
        ("/0/eventTime", json!("2026-01-02 03:04:05+01:00")),
        ("/0/eventTimeZoneOffset", json!("+0100")),
        ("/0/eventTimeZoneOffset", json!("Z")),
        ("/0/epcList", json!("urn:epc:id:sgtin:4012345.012345.1")),
        ("/0/epcList/0", json!(" urn:epc:id:sgtin:4012345.012345.1 ")),
        ("/0/quantityList/0/quantity", json!("5.5")),
        ("/0/readPoint", json!("urn:epc:id:sgln:4012345.00001.0")),
        ("/0/bizStep", json!("urn:epcglobal:cbv:bizstep:shipping")),
        ("/0/bizStep", json!("transforming")),
        ("/0/recordTime", json!(null)),
        ("/0/note", json!("x")),
    ];
    for (pointer, value) in cases {
        let mut document = base();
        change(&mut document, &format!("{EVENTS}{pointer}"), Some(value));
        let (accepted, found) = defects(&document.to_string(), Mode::Lenient);
        assert!(accepted && found.len() == 1, "{pointer}: {found:?}");
        assert!(!defects(&document.to_string(), Mode::Strict).0, "{pointer}");
    }
    let mut document = base();
    change(
        &mut document,
        "/epcisBody/eventList/0/eventTimeZoneOffset",
        None,
    );
    assert!(defects(&document.to_string(), Mode::Lenient).0);
}

#[test]
fn limits_are_kept() {
    let text = base().to_string();
    let check = |limits: Limits, code: &str| {
        let outcome = read::json_within(text.as_bytes(), Mode::Lenient, limits).finish();
        assert_eq!(
            outcome.defects.fatal().map(|defect| defect.code),
            Some(code)
        );
    };
    let limits = Limits::default();
    check(
        Limits {
            event_bytes_max: 300,
            ..limits
        },
        "json-too-large",
    );
    check(
        Limits {
            header_bytes_max: 50,
            ..limits
        },
        "json-too-large",
    );
    check(
        Limits {
            values_max: 10,
            ..limits
        },
        "json-too-many-values",
    );
    check(
        Limits {
            depth_max: 5,
            ..limits
        },
        "json-too-deep",
    );
    check(
        Limits {
            events_max: 3,
            ..limits
        },
        "events-too-many",
    );
    let late = text.replacen("\"@context\"", "\"ex:context\"", 1);
    let late = format!(
        "{},\"@context\":\"https://ref.gs1.org/standards/epcis/epcis-context.jsonld\"}}",
        &late[..late.len() - 1]
    );
    let outcome = read::json_within(
        late.as_bytes(),
        Mode::Lenient,
        Limits {
            early_bytes_max: 300,
            ..limits
        },
    )
    .finish();
    assert_eq!(
        outcome.defects.fatal().map(|defect| defect.code),
        Some("context-too-late")
    );
}

#[test]
fn the_order_of_members_means_nothing() {
    let text = base().to_string();
    let whole: Value = serde_json::from_str(&text).unwrap();
    let Value::Object(map) = whole else { panic!() };
    let mut backwards: Vec<String> = map
        .iter()
        .map(|(key, value)| format!("{}:{value}", json!(key)))
        .collect();
    backwards.sort();
    backwards.reverse();
    let backwards = format!("{{{}}}", backwards.join(","));
    let forward = read::document(read::json(text.as_bytes(), Mode::Strict)).unwrap();
    let backward = read::document(read::json(backwards.as_bytes(), Mode::Strict)).unwrap();
    assert_eq!(forward.events, backward.events);
    assert_eq!(forward.header, backward.header);
}

#[test]
fn a_single_event_is_a_document() {
    let Value::Object(mut event) = base().pointer("/epcisBody/eventList/0").unwrap().clone() else {
        panic!()
    };
    let (accepted, found) = defects(&Value::Object(event.clone()).to_string(), Mode::Strict);
    assert!(!accepted);
    assert!(
        found.contains(&("context-missing".to_owned(), "document".to_owned())),
        "{found:?}"
    );
    event.insert("@context".to_owned(), base()["@context"].clone());
    let (accepted, found) = defects(&Value::Object(event).to_string(), Mode::Strict);
    assert!(accepted && found.is_empty(), "{found:?}");
}
