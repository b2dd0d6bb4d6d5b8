//! Reduction held against the public test material: every event either reduces, and its reduction is that of its payload, or
//! has defects with codes; and both syntaxes of an event reduce alike.

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use pangolin_epcis::read::{self, Document, Mode};
use pangolin_ledger::tx;
use pangolin_profiles::{
    capture::{self, Placement, Reducer},
    disclosure::{self, SaltSecret},
    payload, pharma,
};

const SECRET: SaltSecret = SaltSecret::new([5; 32]);

fn documents() -> Vec<(PathBuf, Document)> {
    let Some(root) = support::testdata() else {
        return Vec::new();
    };
    let mut files = Vec::new();
    for folder in [
        "epcis/1.2-xml",
        "epcis/2.0-json",
        "epcis/2.0-xml",
        "epcis-reference/examples",
        "event-hash",
    ] {
        let entries = std::fs::read_dir(root.join(folder))
            .into_iter()
            .flatten()
            .flatten();
        files.extend(entries.map(|entry| entry.path()));
    }
    files.sort();
    files
        .into_iter()
        .filter_map(|path| Some((path.clone(), document(&path)?)))
        .collect()
}

fn document(path: &Path) -> Option<Document> {
    let known = ["xml", "json", "jsonld"];
    path.extension()
        .filter(|ext| known.iter().any(|known| *ext == *known))?;
    let text = std::fs::read(path).ok()?;
    read::document(read::any(text.as_slice(), Mode::Lenient)).ok()
}

#[test]
fn every_event_reduces_or_says_why_not() {
    let (mut fine, mut codes) = (0, BTreeMap::new());
    for (path, document) in documents() {
        let reducer = Reducer::of_document(&pharma::LEXICON, &document.header);
        for (index, event) in document.events.iter().enumerate() {
            match reducer.reduce(event, &SECRET, Placement::Full) {
                Ok(reduced) => {
                    let verified = capture::verify_reduction(&pharma::LEXICON, &reduced);
                    assert!(
                        verified.is_ok(),
                        "{} event {index}: {}",
                        path.display(),
                        verified.unwrap_err()
                    );
                    let shown = disclosure::disclose(event, &reduced.id, &SECRET, |_| true);
                    assert_eq!(shown.verify(&reduced.commitment), Ok(()));
                    // whoever keeps the payload shows the same fields out of it later
                    let kept = payload::decode(&reducer.payload(event).unwrap()).unwrap();
                    let (stated, kept) = (disclosure::fields(event), disclosure::fields(&kept));
                    assert_eq!(kept, stated, "{} event {index}", path.display());
                    fine += 1;
                }
                Err(defects) => {
                    for defect in defects {
                        *codes.entry(defect.code()).or_insert(0) += 1;
                    }
                }
            }
        }
    }
    println!("{fine} events reduced; defects {codes:?}");
    let expected = [
        "event-about-nothing",
        "event-type-unsupported",
        "is-error-declaration",
        // one document names a pallet twice, in two written forms; another has a returnable asset with a wrong check digit
        "object-repeated",
        "incorrect-check-digit",
        "not-an-instance",
        "quantity-not-stated",
        "unit-unknown",
    ];
    assert!(
        codes.keys().all(|code| expected.contains(code)),
        "{codes:?}"
    );
}

/// What the rules see must not depend on the syntax.
#[test]
fn both_syntaxes_reduce_alike() {
    let mut by_name: BTreeMap<String, Vec<Document>> = BTreeMap::new();
    for (path, document) in documents() {
        let folder = path
            .parent()
            .and_then(Path::file_name)
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let group = if folder.starts_with("2.0-") {
            "2.0"
        } else {
            &folder
        };
        by_name
            .entry(format!("{group}/{stem}"))
            .or_default()
            .push(document);
    }
    let mut pairs = 0;
    for (name, documents) in &by_name {
        let [a, b] = &documents[..] else { continue };
        let all = |document: &Document| -> BTreeMap<_, tx::Event> {
            let reducer = Reducer::of_document(&pharma::LEXICON, &document.header);
            let reduce = |event| reducer.rule_inputs(event, reducer.event_id(event)).ok();
            document
                .events
                .iter()
                .filter_map(reduce)
                .map(|event| (event.id, event))
                .collect()
        };
        let (a, b) = (all(a), all(b));
        let common: BTreeSet<_> = a.keys().filter(|id| b.contains_key(*id)).collect();
        for id in common {
            assert_eq!(a.get(id), b.get(id), "{name}");
            pairs += 1;
        }
    }
    println!("{pairs} pairs reduce alike");
}
