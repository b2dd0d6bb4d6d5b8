//! Event hashes against the published vectors.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod common;

use pangolin_epcis::{
    hash::{HashContext, event_hash, prehash},
    read::{self, Mode},
};

/// The pre-hash strings and hashes of every event of a document.
fn hashes(bytes: &[u8]) -> Vec<(String, String)> {
    let mut reader = read::any(bytes, Mode::Lenient);
    let events: Vec<_> = reader.by_ref().map(|event| event.unwrap().1).collect();
    let context = HashContext::of(reader.header());
    events
        .iter()
        .map(|event| (prehash(event, &context), event_hash(event, &context)))
        .collect()
}

fn check(extension: &str) -> usize {
    let Some(data) = common::testdata() else {
        return usize::MAX;
    };
    let folder = data.join("event-hash");
    let mut failures = Vec::new();
    let mut count = 0;
    for path in common::files(&folder, &[extension]) {
        let expected = std::fs::read_to_string(path.with_extension("hashes")).unwrap();
        let expected: Vec<&str> = expected.split_whitespace().collect();
        let found = hashes(&std::fs::read(&path).unwrap());
        assert_eq!(found.len(), expected.len(), "{}", path.display());
        let shown = std::fs::read_to_string(path.with_extension("prehashes")).unwrap_or_default();
        for (index, ((prehash, hash), expected)) in found.iter().zip(&expected).enumerate() {
            count += 1;
            if hash != expected {
                let shown = shown.lines().nth(index).unwrap_or("");
                failures.push(format!(
                    "{} #{index}\n  ours  {prehash}\n  shown {shown}",
                    path.display()
                ));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {count}\n{}",
        failures.len(),
        failures.join("\n")
    );
    count
}

#[test]
fn json_documents_hash_as_published() {
    assert!(check("jsonld") >= 15);
}

#[test]
fn xml_documents_hash_as_published() {
    assert!(check("xml") >= 20);
}

#[test]
fn representations_of_one_event_hash_alike() {
    let Some(data) = common::testdata() else {
        return;
    };
    let files = common::files(&data.join("event-hash/expected-equal"), &["json", "xml"]);
    assert!(!files.is_empty());
    for path in files {
        let found = hashes(&std::fs::read(&path).unwrap());
        assert!(found.len() > 1, "{}", path.display());
        assert!(
            found.windows(2).all(|pair| pair[0] == pair[1]),
            "{}: {found:#?}",
            path.display()
        );
    }
}
