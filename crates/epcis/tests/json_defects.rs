//! Every kind of wrong document, with the code and the place it must get.

use pangolin_epcis::{
    defect::Place,
    read::{self, Limits, Mode},
};
use serde_json::{Value, json};

const BASE: &str = r#"{
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"ex": "https://ns.example.org/x/"}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-01-02T03:04:05Z",
        "epcisBody": {"eventList": [
            {
                "type": "ObjectEvent", "action": "ADD",
                "eventTime": "2026-01-02T03:04:05.678+01:00", "eventTimeZoneOffset": "+01:00",
                "recordTime": "2026-01-02T03:04:06Z",
                "eventID": "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8",
                "certificationInfo": ["https://example.org/c/1"],
                "errorDeclaration": {"declarationTime": "2026-01-02T04:00:00Z", "reason": "incorrect_data", "correctiveEventIDs": ["urn:uuid:1-2"]},
                "epcList": ["urn:epc:id:sgtin:4012345.012345.1"],
                "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.L1", "quantity": 5.5, "uom": "KGM"}],
                "bizStep": "commissioning", "disposition": "active",
                "persistentDisposition": {"set": ["completeness_verified"], "unset": ["completeness_inferred"]},
                "readPoint": {"id": "urn:epc:id:sgln:4012345.00001.0", "ex:gate": "7"},
                "bizLocation": {"id": "urn:epc:id:sgln:4012345.00001.0"},
                "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:4012345000009:1"}],
                "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00000"}],
                "destinationList": [{"type": "location", "destination": "urn:epc:id:sgln:4012345.00002.0"}],
                "sensorElementList": [{
                    "sensorMetadata": {"time": "2026-01-02T03:00:00Z", "deviceID": "urn:epc:id:giai:4012345.7"},
                    "sensorReport": [{"type": "Temperature", "value": 4.5, "minValue": 1, "maxValue": 2, "uom": "CEL", "booleanValue": true, "hexBinaryValue": "f0", "component": "x", "exception": "ALARM_CONDITION"}]
                }],
                "ilmd": {"ex:lot": "L1"},
                "ex:note": {"inner": [1, "2", null, true]}
            },
            {
                "type": "AggregationEvent", "action": "ADD",
                "eventTime": "2026-01-02T03:04:05Z", "eventTimeZoneOffset": "-06:00",
                "parentID": "urn:epc:id:sscc:4012345.0000000333", "childEPCs": ["urn:epc:id:sgtin:4012345.012345.1"]
            },
            {
                "type": "TransactionEvent", "action": "ADD",
                "eventTime": "2026-01-02T03:04:05Z", "eventTimeZoneOffset": "-06:00",
                "bizTransactionList": [{"bizTransaction": "https://example.org/po/1"}], "epcList": ["urn:epc:id:sgtin:4012345.012345.1"]
            },
            {
                "type": "TransformationEvent",
                "eventTime": "2026-01-02T03:04:05Z", "eventTimeZoneOffset": "-06:00",
                "inputEPCList": ["urn:epc:id:sgtin:4012345.012345.1"], "outputEPCList": ["urn:epc:id:sgtin:4012345.012345.2"]
            },
            {
                "type": "AssociationEvent", "action": "ADD",
                "eventTime": "2026-01-02T03:04:05Z", "eventTimeZoneOffset": "-06:00",
                "parentID": "urn:epc:id:grai:4012345.55555.987", "childEPCs": ["urn:epc:id:giai:4012345.7"]
            }
        ]}
    }"#;

/// A document with one event of each type, in which nothing is wrong.
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

/// One change to the base: pointer below the events or (with a leading `^`) the document, value, code, place.
type Case = (&'static str, Option<Value>, &'static str, &'static str);

fn check(cases: Vec<Case>) {
    for (pointer, value, code, place) in cases {
        let full = |pointer: &str| match pointer.strip_prefix('^') {
            Some(rest) => rest.to_owned(),
            None => format!("{EVENTS}{pointer}"),
        };
        let mut document = base();
        change(&mut document, &full(pointer), value.clone());
        let (accepted, mut found) = defects(&document.to_string(), Mode::Strict);
        found.retain(|(code, _)| code != "prefix-undeclared");
        let place = match full(place) {
            whole if whole.is_empty() => "document".to_owned(),
            other => other,
        };
        let expected = vec![(code.to_owned(), place)];
        assert_eq!(found, expected, "{pointer} = {value:?}");
        assert!(!accepted, "{pointer} = {value:?}");
    }
}

#[test]
fn documents() {
    check(vec![
        ("^/@context", None, "context-missing", "^"),
        (
            "^/@context",
            Some(json!("https://example.org/other.jsonld")),
            "context-not-epcis",
            "^/@context",
        ),
        (
            "^/@context",
            Some(
                json!(["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"ex": "https://ns.example.org/x/"}, 7]),
            ),
            "context-invalid",
            "^/@context/2",
        ),
        ("^/type", None, "member-missing", "^"),
        (
            "^/type",
            Some(json!("EPCISQueryDocument")),
            "document-type-invalid",
            "^/type",
        ),
        (
            "^/type",
            Some(json!("Document")),
            "document-type-invalid",
            "^/type",
        ),
        ("^/schemaVersion", None, "member-missing", "^"),
        (
            "^/schemaVersion",
            Some(json!("1.2")),
            "schema-version-invalid",
            "^/schemaVersion",
        ),
        (
            "^/schemaVersion",
            Some(json!("two")),
            "schema-version-invalid",
            "^/schemaVersion",
        ),
        (
            "^/schemaVersion",
            Some(json!(2)),
            "value-type",
            "^/schemaVersion",
        ),
        ("^/creationDate", None, "member-missing", "^"),
        (
            "^/creationDate",
            Some(json!("2026-01-02")),
            "time-invalid",
            "^/creationDate",
        ),
        ("^/epcisBody", None, "member-missing", "^"),
        ("^/epcisBody", Some(json!([])), "value-type", "^/epcisBody"),
        (
            "^/epcisBody",
            Some(json!({})),
            "member-missing",
            "^/epcisBody",
        ),
        (
            "^/epcisBody/eventList",
            Some(json!("x")),
            "value-type",
            "^/epcisBody/eventList",
        ),
        (
            "^/epcisBody/more",
            Some(json!(1)),
            "member-unknown",
            "^/epcisBody/more",
        ),
        (
            "^/epcisbody",
            Some(json!({})),
            "member-unknown",
            "^/epcisbody",
        ),
        ("^/id", Some(json!("document 1")), "uri-invalid", "^/id"),
        (
            "^/epcisHeader",
            Some(json!({"masterData": {}})),
            "member-unknown",
            "^/epcisHeader/masterData",
        ),
        (
            "^/epcisHeader",
            Some(json!({"epcisMasterData": {"vocabularyList": [{"vocabularyElementList": []}]}})),
            "member-missing",
            "^/epcisHeader/epcisMasterData/vocabularyList/0",
        ),
    ]);
}

#[test]
fn events_and_their_common_members() {
    check(vec![
        ("/-", Some(json!("x")), "value-type", "/5"),
        (
            "/0/type",
            Some(json!("ShipmentEvent")),
            "event-type-unknown",
            "/0/type",
        ),
        ("/0/type", None, "member-missing", "/0"),
        ("/0/type", Some(json!(1)), "value-type", "/0/type"),
        ("/0/eventTime", None, "member-missing", "/0"),
        (
            "/0/eventTime",
            Some(json!("2026-01-02T03:04:05")),
            "time-invalid",
            "/0/eventTime",
        ),
        (
            "/0/eventTime",
            Some(json!("2026-02-30T03:04:05Z")),
            "time-invalid",
            "/0/eventTime",
        ),
        (
            "/0/eventTime",
            Some(json!(1_767_323_045)),
            "value-type",
            "/0/eventTime",
        ),
        (
            "/0/recordTime",
            Some(json!(null)),
            "value-null",
            "/0/recordTime",
        ),
        ("/0/eventTimeZoneOffset", None, "member-missing", "/0"),
        (
            "/0/eventTimeZoneOffset",
            Some(json!("Z")),
            "time-zone-offset-invalid",
            "/0/eventTimeZoneOffset",
        ),
        (
            "/0/eventTimeZoneOffset",
            Some(json!("+15:00")),
            "time-zone-offset-invalid",
            "/0/eventTimeZoneOffset",
        ),
        (
            "/0/recordTime",
            Some(json!("now")),
            "time-invalid",
            "/0/recordTime",
        ),
        (
            "/0/eventID",
            Some(json!("374d95fc")),
            "uri-invalid",
            "/0/eventID",
        ),
        (
            "/0/certificationInfo",
            Some(json!(["x y"])),
            "uri-invalid",
            "/0/certificationInfo/0",
        ),
        ("/0/action", None, "member-missing", "/0"),
        (
            "/0/action",
            Some(json!("add")),
            "action-invalid",
            "/0/action",
        ),
        ("/0/action", Some(json!("")), "action-invalid", "/0/action"),
        (
            "/0/bizStep",
            Some(json!("transforming")),
            "term-unknown",
            "/0/bizStep",
        ),
        ("/0/bizStep", Some(json!("")), "term-unknown", "/0/bizStep"),
        (
            "/0/bizStep",
            Some(json!("urn:epcglobal:cbv:bizstep:shipping")),
            "term-form",
            "/0/bizStep",
        ),
        (
            "/0/bizStep",
            Some(json!("https://ref.gs1.org/cbv/BizStep-sending")),
            "term-unknown",
            "/0/bizStep",
        ),
        (
            "/0/disposition",
            Some(json!("in_transport")),
            "term-unknown",
            "/0/disposition",
        ),
        (
            "/0/readPoint",
            Some(json!({})),
            "member-missing",
            "/0/readPoint",
        ),
        (
            "/0/readPoint",
            Some(json!("urn:epc:id:sgln:4012345.00001.0")),
            "value-type",
            "/0/readPoint",
        ),
        (
            "/0/readPoint/id",
            Some(json!("gate 7")),
            "uri-invalid",
            "/0/readPoint/id",
        ),
        (
            "/0/readPoint/id",
            Some(json!("urn:epc:id:sgln:4012345.0001.0")),
            "epc-invalid",
            "/0/readPoint/id",
        ),
        (
            "/0/bizLocation/name",
            Some(json!("x")),
            "member-unknown",
            "/0/bizLocation/name",
        ),
        ("/0/note", Some(json!("x")), "member-unknown", "/0/note"),
        (
            "/0/EventTime",
            Some(json!("x")),
            "member-unknown",
            "/0/EventTime",
        ),
        (
            "/0/errorDeclaration",
            Some(json!({"reason": "incorrect_data"})),
            "member-missing",
            "/0/errorDeclaration",
        ),
        (
            "/0/errorDeclaration/reason",
            Some(json!("wrong")),
            "term-unknown",
            "/0/errorDeclaration/reason",
        ),
        (
            "/0/errorDeclaration/correctiveEventIDs",
            Some(json!(["x"])),
            "uri-invalid",
            "/0/errorDeclaration/correctiveEventIDs/0",
        ),
        (
            "/0/errorDeclaration/by",
            Some(json!("x")),
            "member-unknown",
            "/0/errorDeclaration/by",
        ),
        (
            "/0/persistentDisposition",
            Some(json!({})),
            "member-missing",
            "/0/persistentDisposition",
        ),
        (
            "/0/persistentDisposition/set",
            Some(json!([])),
            "list-empty",
            "/0/persistentDisposition/set",
        ),
        (
            "/0/persistentDisposition/set",
            Some(json!(["active", "active"])),
            "list-duplicate",
            "/0/persistentDisposition/set",
        ),
        (
            "/0/persistentDisposition/reset",
            Some(json!(["active"])),
            "member-unknown",
            "/0/persistentDisposition/reset",
        ),
        (
            "/0/bizTransactionList/0/type",
            Some(json!("order")),
            "term-unknown",
            "/0/bizTransactionList/0/type",
        ),
        (
            "/0/bizTransactionList/0/bizTransaction",
            None,
            "member-missing",
            "/0/bizTransactionList/0",
        ),
        (
            "/0/bizTransactionList/0/ex:x",
            Some(json!("1")),
            "member-unknown",
            "/0/bizTransactionList/0/ex:x",
        ),
        (
            "/0/bizTransactionList",
            Some(json!({"bizTransaction": "urn:x:1"})),
            "value-type",
            "/0/bizTransactionList",
        ),
        (
            "/0/sourceList/0/type",
            None,
            "member-missing",
            "/0/sourceList/0",
        ),
        (
            "/0/sourceList/0/type",
            Some(json!("place")),
            "term-unknown",
            "/0/sourceList/0/type",
        ),
        (
            "/0/sourceList/0/source",
            Some(json!(7)),
            "value-type",
            "/0/sourceList/0/source",
        ),
        (
            "/0/destinationList/0/destination",
            Some(json!("here")),
            "uri-invalid",
            "/0/destinationList/0/destination",
        ),
    ]);
}

#[test]
fn what_happened_to_what() {
    check(vec![
        (
            "/0/epcList",
            Some(json!("urn:epc:id:sgtin:4012345.012345.1")),
            "value-type",
            "/0/epcList",
        ),
        (
            "/0/epcList",
            Some(json!([
                "urn:epc:id:sgtin:4012345.012345.1",
                "urn:epc:id:sgtin:4012345.012345.1"
            ])),
            "list-duplicate",
            "/0/epcList",
        ),
        (
            "/0/epcList/0",
            Some(json!("4012345.012345.1")),
            "uri-invalid",
            "/0/epcList/0",
        ),
        (
            "/0/epcList/0",
            Some(json!("")),
            "uri-invalid",
            "/0/epcList/0",
        ),
        (
            "/0/epcList/0",
            Some(json!(" urn:epc:id:sgtin:4012345.012345.1")),
            "value-whitespace",
            "/0/epcList/0",
        ),
        (
            "/0/epcList/0",
            Some(json!("urn:epc:id:sgtin:4012345.12345.1")),
            "epc-invalid",
            "/0/epcList/0",
        ),
        (
            "/0/epcList/0",
            Some(json!("urn:epc:class:lgtin:4012345.012345.1")),
            "epc-is-class",
            "/0/epcList/0",
        ),
        (
            "/0/epcList/0",
            Some(json!("urn:x:ü")),
            "uri-not-ascii",
            "/0/epcList/0",
        ),
        (
            "/0/epcList/0",
            Some(json!(null)),
            "value-type",
            "/0/epcList/0",
        ),
        (
            "/0/quantityList/0/quantity",
            Some(json!("5")),
            "number-invalid",
            "/0/quantityList/0/quantity",
        ),
        (
            "/0/quantityList/0/quantity",
            Some(json!("twenty")),
            "number-invalid",
            "/0/quantityList/0/quantity",
        ),
        (
            "/0/quantityList/0/quantity",
            Some(json!(-1)),
            "quantity-negative",
            "/0/quantityList",
        ),
        (
            "/0/quantityList/0/quantity",
            None,
            "uom-without-quantity",
            "/0/quantityList",
        ),
        (
            "/0/quantityList/0/uom",
            Some(json!("kg")),
            "uom-invalid",
            "/0/quantityList/0/uom",
        ),
        (
            "/0/quantityList/0/uom",
            Some(json!("KILO")),
            "uom-invalid",
            "/0/quantityList/0/uom",
        ),
        (
            "/0/quantityList/0/epcClass",
            None,
            "member-missing",
            "/0/quantityList/0",
        ),
        (
            "/0/quantityList/0/weight",
            Some(json!(1)),
            "member-unknown",
            "/0/quantityList/0/weight",
        ),
        (
            "/0/quantityList/0/ex:x",
            Some(json!(1)),
            "member-unknown",
            "/0/quantityList/0/ex:x",
        ),
        (
            "/0/ilmd",
            Some(json!({"lot": "L1"})),
            "member-unknown",
            "/0/ilmd/lot",
        ),
        ("/0/ilmd", Some(json!("L1")), "value-type", "/0/ilmd"),
        (
            "/0/action",
            Some(json!("OBSERVE")),
            "ilmd-action",
            "/0/ilmd",
        ),
        ("/0/action", Some(json!("DELETE")), "ilmd-action", "/0/ilmd"),
        (
            "/0/parentID",
            Some(json!("urn:epc:id:sscc:4012345.0000000333")),
            "member-unknown",
            "/0/parentID",
        ),
        (
            "/1/epcList",
            Some(json!([])),
            "member-unknown",
            "/1/epcList",
        ),
        ("/1/ilmd", Some(json!({})), "member-unknown", "/1/ilmd"),
        ("/1/parentID", None, "parent-missing", "/1"),
        ("/1/childEPCs", None, "children-missing", "/1"),
        (
            "/1/childEPCs",
            Some(json!([])),
            "children-missing",
            "/1/childEPCs",
        ),
        (
            "/1/childEPCs/0",
            Some(json!("urn:epc:id:sscc:4012345.0000000333")),
            "parent-is-child",
            "/1/childEPCs",
        ),
        ("/2/bizTransactionList", None, "member-missing", "/2"),
        (
            "/2/bizTransactionList",
            Some(json!([])),
            "list-empty",
            "/2/bizTransactionList",
        ),
        ("/2/epcList", None, "what-empty", "/2"),
        ("/3/inputEPCList", None, "transformation-incomplete", "/3"),
        (
            "/3/outputEPCList",
            Some(json!([])),
            "transformation-incomplete",
            "/3/outputEPCList",
        ),
        (
            "/3/action",
            Some(json!("ADD")),
            "member-unknown",
            "/3/action",
        ),
        (
            "/3/transformationID",
            Some(json!("x")),
            "uri-invalid",
            "/3/transformationID",
        ),
        ("/4/parentID", None, "member-missing", "/4"),
        ("/4/childEPCs", None, "children-missing", "/4"),
    ]);
}

#[test]
fn sensors() {
    let element = "/0/sensorElementList/0";
    let report = format!("{element}/sensorReport/0");
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let at = |name: &str| leak(format!("{report}/{name}"));
    let meta = |name: &str| leak(format!("{element}/sensorMetadata/{name}"));
    let element = leak(element.to_owned());
    let reports = leak(format!("{element}/sensorReport"));
    let report = leak(report.clone());
    check(vec![
        (reports, None, "member-missing", element),
        (reports, Some(json!([])), "list-empty", reports),
        (at("type"), None, "member-missing", report),
        (at("type"), Some(json!("Heat")), "term-unknown", at("type")),
        (
            at("type"),
            Some(json!("https://gs1.org/voc/Temperature")),
            "term-form",
            at("type"),
        ),
        (
            at("exception"),
            Some(json!("ALARM")),
            "term-unknown",
            at("exception"),
        ),
        (
            at("component"),
            Some(json!("w")),
            "term-unknown",
            at("component"),
        ),
        (
            at("value"),
            Some(json!("4.5")),
            "number-invalid",
            at("value"),
        ),
        (
            at("value"),
            Some(json!([4.5])),
            "number-invalid",
            at("value"),
        ),
        (
            at("booleanValue"),
            Some(json!("true")),
            "boolean-invalid",
            at("booleanValue"),
        ),
        (
            at("booleanValue"),
            Some(json!(1)),
            "boolean-invalid",
            at("booleanValue"),
        ),
        (
            at("hexBinaryValue"),
            Some(json!("xyz")),
            "hex-binary-invalid",
            at("hexBinaryValue"),
        ),
        (
            at("hexBinaryValue"),
            Some(json!("")),
            "hex-binary-invalid",
            at("hexBinaryValue"),
        ),
        (
            at("uriValue"),
            Some(json!("x")),
            "uri-invalid",
            at("uriValue"),
        ),
        (
            at("stringValue"),
            Some(json!(5)),
            "value-type",
            at("stringValue"),
        ),
        (at("time"), Some(json!("noon")), "time-invalid", at("time")),
        (at("unit"), Some(json!("CEL")), "member-unknown", at("unit")),
        (
            meta("deviceID"),
            Some(json!("device 7")),
            "uri-invalid",
            meta("deviceID"),
        ),
        (
            meta("endTime"),
            Some(json!("later")),
            "time-invalid",
            meta("endTime"),
        ),
        (
            meta("device"),
            Some(json!("x")),
            "member-unknown",
            meta("device"),
        ),
    ]);
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
