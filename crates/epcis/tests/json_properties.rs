//! What holds for every event and every input, in JSON.

mod common;

use pangolin_epcis::{
    defect::Place,
    hash::{HashContext, event_hash},
    read::{self, Document, Mode},
    write,
};
use proptest::{collection::vec, option, prelude::*, sample::select, test_runner::Config};
use serde_json::{Map, Value, json};

fn epc() -> impl Strategy<Value = String> {
    prop_oneof![
        "urn:epc:id:sgtin:4012345\\.[0-9]{6}\\.[A-Z0-9_-]{1,12}",
        "urn:epc:id:sscc:4012345\\.[0-9]{10}",
        "https://id\\.example\\.org/thing/[a-z]{1,8}",
        "ex:[a-z]{1,8}",
    ]
}

fn place() -> impl Strategy<Value = Value> {
    (
        "urn:epc:id:sgln:4012345\\.[0-9]{5}\\.[A-Z0-9]{1,5}",
        extensions(),
    )
        .prop_map(|(id, more)| {
            let mut place = more;
            place.insert("id".to_owned(), json!(id));
            Value::Object(place)
        })
}

fn time() -> impl Strategy<Value = String> {
    "20[0-9]{2}-0[1-9]-[12][0-8]T[01][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-]0[0-9]:[0-5][0-9])"
}

/// Numbers whose exponent form does not depend on who prints them.
fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0..1_000_000_u32).prop_map(|n| json!(n)),
        (1..1_000_000_u32).prop_map(|n| json!(f64::from(n) / 1_000.0)),
    ]
}

fn extension_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number(),
        "\\PC{0,12}".prop_map(Value::String),
        "ex:[a-z]{1,4}".prop_map(Value::String),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::Array),
            vec(("(ex:|ex2:|)[a-z]{1,4}", inner), 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn extensions() -> impl Strategy<Value = Map<String, Value>> {
    let key = prop_oneof![
        "ex:[a-z]{1,4}",
        "ex2:[a-z]{1,4}",
        "https://ns\\.example\\.net/[a-z]{1,4}"
    ];
    vec((key, extension_value()), 0..3).prop_map(|members| members.into_iter().collect())
}

fn quantities() -> impl Strategy<Value = Value> {
    let element = (
        "urn:epc:class:lgtin:4012345\\.[0-9]{6}\\.[A-Z0-9]{1,8}",
        number(),
        option::of(select(vec!["KGM", "LTR", "EA"])),
    )
        .prop_map(|(class, quantity, uom)| {
            let mut element = json!({"epcClass": class, "quantity": quantity});
            if let Some(uom) = uom {
                element["uom"] = json!(uom);
            }
            element
        });
    vec(element, 1..3).prop_map(Value::Array)
}

fn epcs() -> impl Strategy<Value = Value> {
    proptest::collection::btree_set(epc(), 1..4)
        .prop_map(|set| json!(set.into_iter().collect::<Vec<_>>()))
}

fn sensors() -> impl Strategy<Value = Value> {
    let report = (
        select(vec!["Temperature", "Speed", "gs1:Angle", "ex:own"]),
        number(),
        option::of(select(vec!["x", "latitude", "ex:c"])),
        extensions(),
    )
        .prop_map(|(kind, value, component, more)| {
            let mut report = more;
            report.insert("type".to_owned(), json!(kind));
            report.insert("value".to_owned(), value);
            report.insert("booleanValue".to_owned(), json!(true));
            if let Some(component) = component {
                report.insert("component".to_owned(), json!(component));
            }
            Value::Object(report)
        });
    let element = (time(), vec(report, 1..3), extensions()).prop_map(|(time, reports, more)| {
        let mut element = more;
        element.insert(
            "sensorMetadata".to_owned(),
            json!({"time": time, "deviceID": "urn:epc:id:giai:4012345.7"}),
        );
        element.insert("sensorReport".to_owned(), Value::Array(reports));
        Value::Object(element)
    });
    vec(element, 1..3).prop_map(Value::Array)
}

fn common_members() -> impl Strategy<Value = Map<String, Value>> {
    let vocabulary = (
        option::of(select(vec![
            "shipping",
            "cbv:BizStep-packing",
            "ex:step",
            "https://ref.gs1.org/cbv/BizStep-loading",
        ])),
        option::of(select(vec!["active", "https://example.org/d"])),
    );
    let lists = (
        option::of(vec(
            (
                select(vec!["po", "inv", "ex:doc"]),
                "urn:epcglobal:cbv:bt:4012345000009:[A-Z]{1,4}",
            ),
            1..3,
        )),
        option::of(vec(
            (
                select(vec!["owning_party", "location"]),
                "urn:epc:id:pgln:4012345\\.[0-9]{5}",
            ),
            1..3,
        )),
        option::of(vec(
            (
                select(vec!["owning_party", "location"]),
                "urn:epc:id:pgln:4012345\\.[0-9]{5}",
            ),
            1..3,
        )),
        option::of(sensors()),
    );
    (
        time(),
        "[+-]0[0-9]:(00|30)",
        vocabulary,
        option::of(place()),
        lists,
        extensions(),
    )
        .prop_map(
            |(
                time,
                offset,
                (step, disposition),
                place,
                (documents, sources, destinations, sensors),
                more,
            )| {
                let mut event = more;
                let mut set = |key: &str, value: Value| drop(event.insert(key.to_owned(), value));
                set("eventTime", json!(time));
                set("eventTimeZoneOffset", json!(offset));
                let _ = step.map(|step| set("bizStep", json!(step)));
                let _ = disposition.map(|word| set("disposition", json!(word)));
                let _ = place.map(|place| set("readPoint", place));
                let typed = |list: Vec<(&str, String)>, key: &str| {
                    let entries = list
                        .into_iter()
                        .map(|(kind, id)| json!({"type": kind, key: id}));
                    Value::Array(entries.collect())
                };
                let _ =
                    documents.map(|list| set("bizTransactionList", typed(list, "bizTransaction")));
                let _ = sources.map(|list| set("sourceList", typed(list, "source")));
                let _ = destinations.map(|list| set("destinationList", typed(list, "destination")));
                let _ = sensors.map(|list| set("sensorElementList", list));
                event
            },
        )
}

fn event() -> impl Strategy<Value = Value> {
    let what = prop_oneof![
        (epcs(), option::of(quantities()), option::of(extensions())).prop_map(|(epcs, quantities, ilmd)| {
            let mut what = json!({"type": "ObjectEvent", "action": "ADD", "epcList": epcs});
            let _ = quantities.map(|list| what["quantityList"] = list);
            let _ = ilmd.map(|ilmd| what["ilmd"] = Value::Object(ilmd));
            what
        }),
        (select(vec!["AggregationEvent", "AssociationEvent"]), epcs(), select(vec!["ADD", "OBSERVE", "DELETE"])).prop_map(|(kind, children, action)| {
            json!({"type": kind, "action": action, "parentID": "urn:epc:id:sscc:4012345.0000000333", "childEPCs": children})
        }),
        (epcs(), quantities()).prop_map(|(epcs, quantities)| {
            json!({"type": "TransactionEvent", "action": "OBSERVE", "epcList": epcs, "quantityList": quantities,
                   "bizTransactionList": [{"type": "po", "bizTransaction": "https://example.org/1"}]})
        }),
        (epcs(), epcs(), option::of(extensions())).prop_map(|(inputs, outputs, ilmd)| {
            let mut what = json!({"type": "TransformationEvent", "inputEPCList": inputs, "outputEPCList": outputs});
            let _ = ilmd.map(|ilmd| what["ilmd"] = Value::Object(ilmd));
            what
        }),
    ];
    (common_members(), what).prop_map(|(mut event, what)| {
        let Value::Object(what) = what else {
            unreachable!()
        };
        event.extend(what);
        Value::Object(event)
    })
}

fn document(events: &[Value]) -> Value {
    json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
                     {"ex": "https://ns.example.org/x/", "ex2": "https://ns.example.org/y#"}],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-01-02T03:04:05Z",
        "epcisBody": {"eventList": events}
    })
}

fn read(text: &[u8], mode: Mode) -> Document {
    read::document(read::json(text, mode)).unwrap_or_else(|defects| {
        let lines: Vec<String> = defects.list().iter().map(ToString::to_string).collect();
        panic!("{}\n{}", lines.join("\n"), String::from_utf8_lossy(text))
    })
}

fn hashes(document: &Document) -> Vec<String> {
    let context = HashContext::of(&document.header);
    document
        .events
        .iter()
        .map(|event| event_hash(event, &context))
        .collect()
}

/// The same value with every list backwards and every object written in another order.
fn disordered(value: &Value, top: bool) -> String {
    match value {
        Value::Array(items) if top => {
            let items: Vec<String> = items.iter().map(|item| disordered(item, false)).collect();
            format!("[{}]", items.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items
                .iter()
                .rev()
                .map(|item| disordered(item, false))
                .collect();
            format!("[ {} ]", items.join(" ,\n"))
        }
        Value::Object(map) => {
            let members: Vec<String> = map
                .iter()
                .rev()
                .map(|(key, value)| {
                    format!("{}: {}", json!(key), disordered(value, key == "eventList"))
                })
                .collect();
            format!("{{ {} }}", members.join(",\t"))
        }
        scalar => scalar.to_string(),
    }
}

fn schema() -> Option<jsonschema::Validator> {
    let path = common::testdata()?.join("epcis-reference/EPCIS-JSON-Schema.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .ok()
}

/// Every pointer into a value.
fn pointers(value: &Value, at: &str, to: &mut Vec<String>) {
    to.push(at.to_owned());
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{at}/{index}"), to);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                pointers(
                    item,
                    &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")),
                    to,
                );
            }
        }
        _ => {}
    }
}

fn odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        extension_value(),
        select(vec![
            json!(""),
            json!(" "),
            json!("x"),
            json!("x y"),
            json!("urn:"),
            json!("urn:x y"),
            json!("urn:x"),
            json!([]),
            json!({}),
            json!([[]]),
            json!(-1),
            json!(1.5),
            json!("1"),
            json!("shipping"),
            json!("active"),
            json!("po"),
            json!("2026-01-02T03:04:05Z"),
            json!("2026-01-02"),
            json!("+01:00"),
            json!("ADD"),
            json!("OBSERVE"),
            json!("DELETE"),
            json!("KGM"),
            json!("EPCISDocument"),
            json!("2.0"),
            json!({"id": "urn:x:y"}),
            json!(["urn:x:y"]),
            json!(["urn:x:y", "urn:x:y"]),
            json!("urn:epcglobal:cbv:bizstep:shipping"),
            json!("http://ns.gs1.org/cbv/x"),
            json!("https://gs1.org/voc/x"),
            json!("f0"),
            json!({"set": ["active"]}),
            json!({"declarationTime": "2026-01-02T03:04:05Z"}),
            json!([{"sensorReport": []}]),
            json!("ObjectEvent"),
            json!("ex:own"),
        ]),
    ]
}

const KEYS: [&str; 24] = [
    "type",
    "action",
    "epcList",
    "quantityList",
    "parentID",
    "childEPCs",
    "childQuantityList",
    "inputEPCList",
    "outputEPCList",
    "transformationID",
    "ilmd",
    "bizStep",
    "disposition",
    "persistentDisposition",
    "readPoint",
    "bizLocation",
    "errorDeclaration",
    "eventID",
    "recordTime",
    "certificationInfo",
    "id",
    "x",
    "ex:x",
    "uom",
];

proptest! {
    #![proptest_config(Config { cases: 200, ..Config::default() })]

    #[test]
    fn reading_and_writing_are_inverse(events in vec(event(), 1..4)) {
        let source = document(&events);
        let first = read(source.to_string().as_bytes(), Mode::Strict);
        let written = write::json(Vec::new(), &first.header, &first.events).unwrap();
        let target: Value = serde_json::from_slice(&written).unwrap();
        prop_assert_eq!(&source, &target);
        let second = read(&written, Mode::Strict);
        prop_assert_eq!(&first.events, &second.events);
        prop_assert_eq!(&first.header, &second.header);
        prop_assert_eq!(hashes(&first), hashes(&second));
        for event in &first.events {
            let alone = write::json_event(event, &first.header.context);
            let again = read(alone.as_bytes(), Mode::Strict);
            let context = HashContext::of(&again.header);
            let hash = event_hash(event, &HashContext::of(&first.header));
            prop_assert_eq!(event_hash(&again.events[0], &context), hash);
        }
    }

    #[test]
    fn order_does_not_change_a_hash(events in vec(event(), 1..3)) {
        let source = document(&events);
        let straight = read(source.to_string().as_bytes(), Mode::Strict);
        let shuffled = read(disordered(&source, false).as_bytes(), Mode::Strict);
        prop_assert_eq!(hashes(&straight), hashes(&shuffled));
    }

    #[test]
    fn a_change_changes_the_hash(event in event(), at in any::<prop::sample::Index>()) {
        let source = document(std::slice::from_ref(&event));
        let before = read(source.to_string().as_bytes(), Mode::Strict);
        let mut changed = event.clone();
        let keys = ["eventTime", "eventTimeZoneOffset", "ex:added", "bizLocation"];
        let key = keys[at.index(keys.len())];
        changed[key] = match key {
            "eventTime" => json!("1999-01-02T03:04:05Z"),
            "eventTimeZoneOffset" => json!("+13:45"),
            "bizLocation" => json!({"id": "urn:x:elsewhere"}),
            _ => json!({"deep": ["er"]}),
        };
        let after = read(document(&[changed]).to_string().as_bytes(), Mode::Strict);
        prop_assert_ne!(hashes(&before), hashes(&after));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(
        events in vec(event(), 1..2),
        edits in vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..4),
    ) {
        let mut bytes = document(&events).to_string().into_bytes();
        for (at, byte, how) in edits {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => bytes.truncate(at + 1),
            }
        }
        for mode in [Mode::Strict, Mode::Lenient] {
            let mut reader = read::any(&bytes[..], mode);
            let events: Vec<_> = reader.by_ref().filter_map(Result::ok).map(|(_, event)| event).collect();
            let context = HashContext::of(reader.header());
            for event in &events {
                let _ = event_hash(event, &context);
            }
            let outcome = reader.finish();
            prop_assert_eq!(outcome.accepted, events.len());
            let _ = write::json(Vec::new(), &outcome.header, &events);
        }
    }

    #[test]
    fn any_bytes_at_all(bytes in vec(any::<u8>(), 0..200)) {
        let _ = read::any(&bytes[..], Mode::Lenient).finish();
    }
}

#[test]
fn strict_reading_is_no_laxer_than_the_schema() {
    let Some(schema) = schema() else { return };
    let mut runner = proptest::test_runner::TestRunner::new(Config {
        cases: 3_000,
        ..Config::default()
    });
    let strategy = (
        event(),
        any::<prop::sample::Index>(),
        odd_value(),
        0..4_u8,
        select(KEYS.to_vec()),
    );
    let result = runner.run(&strategy, |(event, at, value, how, key)| {
        let mut whole = document(&[event]);
        let mut all = Vec::new();
        pointers(&whole, "", &mut all);
        let pointer = all[at.index(all.len())].clone();
        match (how, whole.pointer_mut(&pointer)) {
            (0, Some(Value::Object(map))) => drop(map.insert(key.to_owned(), value)),
            (1, Some(_)) if pointer.contains('/') => {
                let (parent, last) = pointer.rsplit_once('/').unwrap();
                if let Some(Value::Object(map)) = whole.pointer_mut(parent) {
                    map.remove(last);
                }
            }
            (_, Some(target)) => *target = value,
            (_, None) => {}
        }
        let text = whole.to_string();
        let outcome = read::json(text.as_bytes(), Mode::Strict).finish();
        let errors: Vec<String> = schema
            .iter_errors(&whole)
            .map(|e| format!("{}: {e}", e.instance_path()))
            .collect();
        let forgotten = errors
            .iter()
            .all(|e| e.contains("\"persistentDisposition\" is not valid"));
        prop_assert!(
            !outcome.is_accepted() || forgotten,
            "accepted, but\n{}\n{text}",
            errors.join("\n")
        );
        for defect in outcome.defects.list() {
            if let Place::Pointer(pointer) = &defect.place {
                prop_assert!(whole.pointer(pointer).is_some(), "{defect}");
            }
        }
        Ok(())
    });
    result.unwrap();
}
