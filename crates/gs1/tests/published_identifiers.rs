//! Reads every EPC URN and Digital Link URI of the public EPCIS documents, where they are at hand.

mod common;

use pangolin_gs1::{Key, KeyError};
use std::collections::BTreeSet;

/// Texts in quotation marks or between tags that look like identifiers of objects.
fn identifiers(document: &str) -> BTreeSet<String> {
    document
        .split(['"', '<', '>'])
        .map(str::trim)
        .filter(|text| text.starts_with("urn:epc:") || text.starts_with("https://id.gs1.org/"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn all_are_read_and_written_back() {
    let mut found = BTreeSet::new();
    for folder in ["epcis", "epcis-reference", "event-hash"] {
        for document in common::documents(folder) {
            found.extend(identifiers(&document));
        }
    }
    let mut refused = Vec::new();
    for text in &found {
        match Key::parse_with_prefix(text) {
            Ok((key, prefix)) => {
                assert_eq!(Key::parse(&key.canonical()).as_ref(), Ok(&key), "{text}");
                if let Some(prefix) = prefix {
                    assert_eq!(key.to_urn(&prefix).as_ref(), Ok(text));
                }
            }
            Err(error) => refused.push((text.as_str(), error)),
        }
    }
    // What is refused is broken: published examples contain made-up keys.
    for (text, error) in &refused {
        println!("{text}: {} at {} ({error})", error.code(), error.offset());
        assert!(matches!(error, KeyError::Epc(_) | KeyError::DigitalLink(_)));
    }
    println!(
        "{} identifiers read, {} refused",
        found.len() - refused.len(),
        refused.len()
    );
}
