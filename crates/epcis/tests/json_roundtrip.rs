//! What is read is written again: nothing lost, valid against the published schema, with the same hashes.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod common;

use pangolin_epcis::{
    hash::{HashContext, event_hash},
    read::{self, Document, Mode},
    write,
};
use serde_json::Value;

const FOLDERS: [&str; 5] = [
    "epcis/2.0-json",
    "epcis/2.0-json-query",
    "epcis-reference/examples",
    "event-hash",
    "event-hash/expected-equal",
];

fn read(bytes: &[u8]) -> Document {
    read::document(read::any(bytes, Mode::Strict)).unwrap_or_else(|defects| {
        let lines = defects.list().iter().map(ToString::to_string);
        panic!(
            "{}\n{}",
            lines.collect::<Vec<_>>().join("\n"),
            String::from_utf8_lossy(bytes)
        )
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

/// The events of a document, without what the canonical form leaves out or writes in one way.
fn events(document: &Value) -> Value {
    let body = &document["epcisBody"];
    let mut events = match body.get("eventList") {
        Some(list) => list.clone(),
        None => body["queryResults"]["resultsBody"]["eventList"].clone(),
    };
    for event in events.as_array_mut().unwrap() {
        let event = event.as_object_mut().unwrap();
        event.retain(|_, value| *value != Value::Array(vec![]));
    }
    events
}

#[test]
fn nothing_is_lost() {
    let Some(data) = common::testdata() else {
        return;
    };
    for path in FOLDERS
        .iter()
        .flat_map(|f| common::files(&data.join(f), &["json", "jsonld"]))
    {
        if path.ends_with("SimpleEventQuery.json") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let first = read(&bytes);
        let written = write::json(Vec::new(), &first.header, &first.events).unwrap();
        let second = read(&written);
        assert_eq!(first.events, second.events, "{}", path.display());
        assert_eq!(hashes(&first), hashes(&second), "{}", path.display());
        let source: Value = serde_json::from_slice(&bytes).unwrap();
        let target: Value = serde_json::from_slice(&written).unwrap();
        assert_eq!(events(&source), events(&target), "{}", path.display());
        let again = write::json(Vec::new(), &second.header, &second.events).unwrap();
        assert_eq!(written, again, "{}", path.display());
    }
}

#[test]
fn what_is_written_is_valid() {
    let Some(data) = common::testdata() else {
        return;
    };
    let schema = std::fs::read(data.join("epcis-reference/EPCIS-JSON-Schema.json")).unwrap();
    let schema: Value = serde_json::from_slice(&schema).unwrap();
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    let valid = |text: &[u8], what: &str| {
        let value: Value = serde_json::from_slice(text).unwrap();
        let errors = validator.iter_errors(&value);
        let mut errors: Vec<String> = errors
            .map(|e| format!("{}: {e}", e.instance_path()))
            .collect();
        // the standard (§7.4.1) has persistentDisposition in every event; the schema forgot it in three
        errors.retain(|error| !error.contains("\"persistentDisposition\" is not valid"));
        assert!(errors.is_empty(), "{what}\n{}", errors.join("\n"));
    };
    let folders = FOLDERS.iter().chain(&["epcis/2.0-xml", "epcis/1.2-xml"]);
    let mut count = 0;
    for path in folders.flat_map(|f| common::files(&data.join(f), &["json", "jsonld", "xml"])) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name == "SimpleEventQuery.json" {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let Ok(document) = read::document(read::any(&bytes[..], Mode::Lenient)) else {
            panic!("{}", path.display());
        };
        let Ok(written) = write::json(Vec::new(), &document.header, &document.events) else {
            continue;
        };
        let second = read::document(read::json(&written[..], Mode::Lenient)).unwrap();
        assert_eq!(hashes(&document), hashes(&second), "{}", path.display());
        // what was against the standard before is so afterwards
        if read::document(read::any(&bytes[..], Mode::Strict)).is_err() {
            continue;
        }
        count += 1;
        read(&written);
        valid(&written, &path.display().to_string());
        for event in &document.events {
            let alone = write::json_event(event, &document.header.context);
            valid(alone.as_bytes(), &format!("{}\n{alone}", path.display()));
        }
    }
    assert!(count > 60, "{count}");
}

/// The shapes that only XML has, in JSON, and the hash that must not notice.
#[test]
fn shapes_of_xml() {
    use pangolin_epcis::model::{Attribute, Context, Element, Mixed, Name, Value as Kept};

    let name = |local: &str| Name::prefixed("ex", "https://ns.example.org/x/", local);
    let text = |local: &str, text: &str| Element::text(name(local), text);
    let attributes = vec![Attribute {
        name: Name::bare("", "unit"),
        value: "KGM".to_owned(),
    }];
    let weight = Element {
        attributes: attributes.clone(),
        ..text("weight", "3.5")
    };
    let flag = Element {
        attributes,
        ..text("flag", "")
    };
    let several = Kept::List(vec![Kept::Text("2".to_owned()), Kept::Text("3".to_owned())]);
    let mixed = Kept::Mixed(vec![
        Mixed::Text("before ".to_owned()),
        Mixed::Element(text("bold", "b")),
        Mixed::Text(" after".to_owned()),
    ]);
    let document = r#"{"@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": "ObjectEvent", "action": "OBSERVE", "epcList": ["urn:x:1"],
        "eventTime": "2026-01-02T03:04:05Z", "eventTimeZoneOffset": "+00:00"}"#;
    let mut event = read(document.as_bytes()).events.remove(0);
    event.extensions = vec![
        text("step", "1"),
        weight,
        flag,
        Element::new(name("step"), several),
        Element::new(name("note"), mixed),
    ];
    let json = write::json_event(&event, &Context::default());
    let expected = concat!(
        r#""ex:step":["1","2","3"],"ex:weight":{"unit":"KGM","#,
        r##""#text":"3.5"},"ex:flag":{"unit":"KGM"},"##,
        r##""ex:note":{"#mixed":["before ",{"ex:bold":"b"}," after"]}}"##
    );
    assert!(json.ends_with(expected), "{json}");
    let again = read(json.as_bytes());
    let hash = event_hash(&event, &HashContext::default());
    assert_eq!(hashes(&again), [hash]);
}

/// JSON that was made from XML declares prefixes beside their use: the names, and the hash, are those of the XML.
#[test]
fn prefixes_declared_beside_their_use() {
    let document = |members: &str, context: &str| {
        format!(
            r#"{{"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {{"x": "https://x.example/"{context}}}],
            "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-01-02T03:04:05Z",
            "epcisBody": {{"eventList": [{{"type": "ObjectEvent", "action": "ADD", "eventTime": "2026-01-02T03:04:05Z",
            "eventTimeZoneOffset": "+01:00", "epcList": ["urn:epc:id:sgtin:4012345.012345.1"], {members}}}]}}}}"#
        )
    };
    let accepted =
        |text: &str, mode: Mode| hashes(&read::document(read::any(text.as_bytes(), mode)).unwrap());
    let inside = document(
        r#""x:a": {"@xmlns:y": "https://y.example/", "y:b": 1, "x:c": {"y:d": 2}}"#,
        "",
    );
    let before = document(
        r#""x:a": {"y:b": 1, "x:c": {"y:d": 2}}"#,
        r#", "y": "https://y.example/""#,
    );
    assert_eq!(
        accepted(&inside, Mode::Strict),
        accepted(&before, Mode::Strict)
    );
    let again = read(inside.as_bytes());
    let written = write::json(Vec::new(), &again.header, &again.events).unwrap();
    assert_eq!(hashes(&read(&written)), hashes(&again));

    // a declaration ends with the object it stands in, and hides an outer one
    let hidden = document(
        r#""x:a": {"@xmlns:x": "https://y.example/", "x:b": 1}, "x:c": 2"#,
        "",
    );
    let plain = document(
        r#""x:a": {"y:b": 1}, "x:c": 2"#,
        r#", "y": "https://y.example/""#,
    );
    assert_eq!(
        accepted(&hidden, Mode::Strict),
        accepted(&plain, Mode::Strict)
    );

    // beside the members of EPCIS the JSON schema refuses it
    let beside = document(
        r#""ilmd": {"@xmlns:y": "https://y.example/", "y:lot": "L1"}"#,
        "",
    );
    let defects = read::document(read::any(beside.as_bytes(), Mode::Strict)).unwrap_err();
    let first = &defects.list()[0];
    assert_eq!(first.code, "prefix-declared-inline");
    assert_eq!(
        first.place.to_string(),
        "/epcisBody/eventList/0/ilmd/@xmlns:y"
    );
    let plain = document(
        r#""ilmd": {"y:lot": "L1"}"#,
        r#", "y": "https://y.example/""#,
    );
    assert_eq!(
        accepted(&beside, Mode::Lenient),
        accepted(&plain, Mode::Strict)
    );
}
