//! The event hash ids of XML events: the published ones hold, and no conversion changes one.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod common;

use std::path::{Path, PathBuf};

use pangolin_epcis::hash::{HashContext, event_hash};
use pangolin_epcis::model::{DocumentKind, Time};
use pangolin_epcis::read::{self, Document, Mode};
use pangolin_epcis::xml::{Carry, LossKind, Version, write_document};

fn document(path: &Path) -> Document {
    let bytes = std::fs::read(path).unwrap();
    read::document(read::any(&bytes[..], Mode::Lenient))
        .unwrap_or_else(|defects| panic!("{} {defects:#?}", path.display()))
}

fn hashes(document: &Document) -> Vec<String> {
    let context = HashContext::of(&document.header);
    let events = document.events.iter();
    events.map(|event| event_hash(event, &context)).collect()
}

#[test]
fn published_hashes_hold() {
    let Some(data) = common::testdata() else {
        return;
    };
    let mut count = 0;
    let mut wrong = Vec::new();
    for path in common::files(&data.join("event-hash"), &["xml"]) {
        let expect = std::fs::read_to_string(path.with_extension("hashes")).unwrap();
        let expect: Vec<&str> = expect.split_whitespace().collect();
        let found = hashes(&document(&path));
        count += 1;
        if found != expect {
            wrong.push(format!("{path:?}\n{found:#?}\n{expect:#?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count}\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    println!("{count} of {count} files");
}

#[test]
fn different_representations_have_one_hash() {
    let Some(data) = common::testdata() else {
        return;
    };
    for path in common::files(&data.join("event-hash/expected-equal"), &["xml"]) {
        let mut found = hashes(&document(&path));
        found.dedup();
        assert_eq!(found.len(), 1, "{path:?}");
    }
}

fn documents(data: &Path) -> Vec<PathBuf> {
    let folders = [
        "epcis/1.2-xml",
        "epcis/2.0-xml",
        "epcis/2.0-json",
        "epcis-reference/examples",
        "event-hash",
        "event-hash/expected-equal",
    ];
    let files = folders.map(|folder| common::files(&data.join(folder), &["xml", "json", "jsonld"]));
    files.concat()
}

#[test]
fn conversion_never_changes_a_hash() {
    let Some(data) = common::testdata() else {
        return;
    };
    let (mut same, mut lossy) = (0, Vec::new());
    let mut wrong = Vec::new();
    for path in documents(&data) {
        let mut original = document(&path);
        let date = || Time::parse("2026-01-01T00:00:00Z").unwrap();
        original.header.creation_date.get_or_insert_with(date);
        if original.header.kind == DocumentKind::Event {
            original.header.kind = DocumentKind::Capture;
        }
        let before = hashes(&original);
        for version in [Version::V2_0, Version::V1_2] {
            let (bytes, losses) = write_document(
                &original.header,
                &original.events,
                version,
                Carry::Extensions,
            )
            .unwrap();
            let back = read::document(read::xml(&bytes[..], Mode::Lenient))
                .unwrap_or_else(|defects| panic!("{} {defects:#?}", path.display()));
            let dropped: Vec<_> = losses
                .iter()
                .filter(|loss| loss.kind == LossKind::Dropped && loss.event.is_some())
                .map(ToString::to_string)
                .collect();
            if hashes(&back) == before {
                same += 1;
            } else if dropped.is_empty() {
                wrong.push(format!(
                    "{path:?} {version:?} {losses:?}\n{}",
                    String::from_utf8_lossy(&bytes)
                ));
            } else {
                lossy.push(format!("{path:?} {version:?} {dropped:?}"));
            }
            // And on to JSON.
            let json = pangolin_epcis::write::json(Vec::new(), &back.header, &back.events).unwrap();
            let json = read::document(read::json(&json[..], Mode::Lenient))
                .unwrap_or_else(|defects| panic!("{} {defects:#?}", path.display()));
            if hashes(&json) != hashes(&back) {
                wrong.push(format!("{path:?} {version:?} to JSON"));
            }
        }
    }
    println!("{same} conversions keep all hashes; with listed losses: {lossy:#?}");
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn pairs_of_both_syntaxes_have_equal_hashes() {
    let Some(data) = common::testdata() else {
        return;
    };
    let (mut equal, mut different) = (Vec::new(), Vec::new());
    let pairs = [
        ("epcis/2.0-xml", "epcis/2.0-json", "json"),
        ("event-hash", "event-hash", "jsonld"),
    ];
    for (xml, json, extension) in pairs {
        for path in common::files(&data.join(xml), &["xml"]) {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let twin = data.join(json).join(format!("{name}.{extension}"));
            if !twin.is_file() {
                continue;
            }
            if hashes(&document(&path)) == hashes(&document(&twin)) {
                equal.push(name);
            } else {
                different.push(name);
            }
        }
    }
    println!(
        "{} pairs equal: {equal:?}\ndifferent: {different:?}",
        equal.len()
    );
    assert_eq!(different, [""; 0]);
}
