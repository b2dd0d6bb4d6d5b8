//! The public JSON documents: what must be accepted is, what must be refused is.

mod common;

use pangolin_epcis::read::{self, Mode};

#[test]
fn valid_documents_are_accepted() {
    let Some(data) = common::testdata() else {
        return;
    };
    let mut failures = Vec::new();
    let mut count = 0;
    for folder in [
        "epcis/2.0-json",
        "epcis/2.0-json-query",
        "epcis-reference/examples",
        "event-hash",
        "event-hash/expected-equal",
    ] {
        for path in common::files(&data.join(folder), &["json", "jsonld"]) {
            if path.ends_with("SimpleEventQuery.json") {
                continue; // a query, not a document
            }
            count += 1;
            let bytes = std::fs::read(&path).unwrap();
            let mut reader = read::json(&bytes[..], Mode::Strict);
            let events = reader.by_ref().filter(Result::is_ok).count();
            let outcome = reader.finish();
            if !outcome.is_accepted() || events == 0 {
                failures.push(format!(
                    "{}: {events}\n{:#?}",
                    path.display(),
                    outcome.defects
                ));
            }
            for d in outcome.defects.list() {
                println!("{}: {d}", path.display());
            }
        }
    }
    assert!(count > 40, "{count}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn invalid_documents_are_refused() {
    let Some(data) = common::testdata() else {
        return;
    };
    for path in common::files(&data.join("epcis/invalid-json"), &["json"]) {
        let bytes = std::fs::read(&path).unwrap();
        let outcome = read::json(&bytes[..], Mode::Strict).finish();
        println!("{}", path.display());
        for d in outcome.defects.list() {
            println!("  {d}");
        }
        assert!(!outcome.is_accepted(), "{}", path.display());
    }
}
