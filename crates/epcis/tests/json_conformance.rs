//! The public JSON documents: what must be accepted is, what must be refused is, at the right place.

mod common;

use pangolin_epcis::{
    defect::Severity,
    hash::{HashContext, event_hash},
    read::{self, Mode},
};

#[test]
fn valid_documents_are_accepted() {
    let Some(data) = common::testdata() else {
        return;
    };
    let folders = [
        "epcis/2.0-json",
        "epcis/2.0-json-query",
        "epcis-reference/examples",
        "event-hash",
        "event-hash/expected-equal",
    ];
    let mut count = 0;
    for folder in folders {
        for path in common::files(&data.join(folder), &["json", "jsonld"]) {
            if path.ends_with("SimpleEventQuery.json") {
                continue; // a query, not a document
            }
            count += 1;
            let bytes = std::fs::read(&path).unwrap();
            let outcome = read::any(&bytes[..], Mode::Strict).finish();
            assert!(
                outcome.is_accepted(),
                "{}\n{:#?}",
                path.display(),
                outcome.defects
            );
            assert!(outcome.accepted > 0, "{}", path.display());
        }
    }
    assert!(count > 45, "{count}");
}

#[test]
fn invalid_documents_are_refused() {
    let Some(data) = common::testdata() else {
        return;
    };
    let expected = [
        (
            "Combination_of_multiple_invalid_fields",
            "term-unknown 0/bizStep, term-unknown 1/disposition, term-unknown 2/sourceList/0/type, \
             member-unknown 3/ilmd/materialType, time-invalid 4/eventTime, action-invalid 4/action",
        ),
        ("EPCISDocument_without_context", "context-missing document"),
        ("ObjectEvent_with_invalid_action", "action-invalid 0/action"),
        (
            "ObjectEvent_with_invalid_eventTime_format",
            "time-invalid 0/eventTime",
        ),
        (
            "ObjectEvent_with_non_standard_bizStep",
            "term-unknown 0/bizStep",
        ),
        (
            "ObjectEvent_with_quantity_as_text",
            "number-invalid 0/quantityList/0/quantity",
        ),
        (
            "ObjectEvent_with_unknown_field_in_quantityList",
            "member-unknown 0/quantityList/0/weight",
        ),
        (
            "ObjectEvent_without_action_and_eventTime",
            "member-missing 0, member-missing 0, member-missing 0",
        ),
    ];
    for path in common::files(&data.join("epcis/invalid-json"), &["json"]) {
        let bytes = std::fs::read(&path).unwrap();
        let outcome = read::any(&bytes[..], Mode::Strict).finish();
        assert!(!outcome.is_accepted(), "{}", path.display());
        let errors = outcome
            .defects
            .list()
            .iter()
            .filter(|d| d.severity >= Severity::Error);
        let found: Vec<String> = errors
            .map(|d| format!("{} {}", d.code, d.place).replace("/epcisBody/eventList/", ""))
            .collect();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap();
        let known = expected.iter().find(|(name, _)| *name == stem);
        if let Some((_, known)) = known {
            assert_eq!(found.join(", "), *known, "{stem}");
        }
    }
}

/// The same events in both syntaxes have the same hashes.
#[test]
fn pairs_of_both_syntaxes() {
    let Some(data) = common::testdata() else {
        return;
    };
    let hashes = |path: &std::path::Path| {
        let bytes = std::fs::read(path).ok()?;
        let document = read::document(read::any(&bytes[..], Mode::Lenient)).ok()?;
        let context = HashContext::of(&document.header);
        let ids = document
            .events
            .iter()
            .map(|event| event_hash(event, &context));
        Some(ids.collect::<Vec<_>>())
    };
    let (mut pairs, mut equal) = (0, 0);
    let mut differing = Vec::new();
    for (json, xml) in [
        ("epcis/2.0-json", "epcis/2.0-xml"),
        ("event-hash", "event-hash"),
    ] {
        for path in common::files(&data.join(json), &["json", "jsonld"]) {
            let stem = path.file_stem().unwrap();
            let other = data.join(xml).join(stem).with_extension("xml");
            let (Some(left), Some(right)) = (hashes(&path), hashes(&other)) else {
                continue;
            };
            for (index, (left, right)) in left.iter().zip(&right).enumerate() {
                pairs += 1;
                if left == right {
                    equal += 1;
                } else {
                    differing.push(format!("{} #{index}", stem.to_string_lossy()));
                }
            }
        }
    }
    assert!(pairs > 20, "{pairs}");
    assert!(
        differing.is_empty(),
        "{equal} of {pairs}; differing: {}",
        differing.join(", ")
    );
}
