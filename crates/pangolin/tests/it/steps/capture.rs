//! Files in.

use pangolin_sandbox::industry::Document;

use crate::support::{Network, run, run_with};

pub(crate) fn files_become_final(network: &Network, documents: &[&Document]) {
    for document in documents {
        let file = network.file(document);
        let ran = network.capture(&document.sender.slug, &file);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(ran.stderr, "", "quiet where there is no terminal");
        let value = ran.value();
        assert_eq!(value["captured"], true);
        assert_eq!(value["file"], file.to_str().unwrap());
        let captured = value["job"]["counts"]["captured"].as_u64().unwrap();
        assert_eq!(captured, document.events().len() as u64, "{value}");
    }
}

pub(crate) fn a_file_on_standard_input_is_known(network: &Network, document: &Document) {
    let slug = &document.sender.slug;
    let bytes = document.bytes().unwrap();
    let url = network.home(slug).url();
    let environment = [
        ("PANGOLIN_NODE", url.as_str()),
        ("PANGOLIN_TOKEN", &Network::token(slug)),
    ];
    let ran = run_with(["capture", "--strict", "-"], &environment, &bytes);
    assert_eq!(ran.code, 0, "{ran:?}");
    let known = document.events().len();
    assert_eq!(
        ran.stdout,
        format!("standard input: captured: 0 events final, {known} known before\n")
    );
}

pub(crate) fn a_counterfeit_is_refused(network: &Network, document: &Document) {
    let slug = &document.sender.slug;
    let file = network.file(document);
    let ran = network.capture(slug, &file);
    assert_eq!(ran.code, 1, "{ran:?}");
    let value = ran.value();
    assert_eq!(value["captured"], false);
    assert_eq!(
        value["job"]["errors"][0]["refusal"]["code"], "object-absent",
        "{value}"
    );
    // the same for people: code, rule and remedy; the other file does not suffer
    let (url, key) = (network.home(slug).url(), network.key(slug));
    let (file, key) = (file.to_str().unwrap(), key.to_str().unwrap());
    let ran = run(["capture", file, file, "--node", &url, "--key", key]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for expect in [
        "NOT captured",
        "REFUSED [object-absent]",
        "rule: ",
        "do: ",
        "0 of 2 files captured",
    ] {
        assert!(ran.stdout.contains(expect), "{expect}: {ran:?}");
    }
}

pub(crate) fn a_broken_file_is_refused_with_every_defect(network: &Network) {
    let slug = &network.members[0].slug;
    let broken = network.dir.path().join("broken.json");
    // two defects: a time without offset, and an EPC with a wrong check
    let text = r#"{"@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", "type": "EPCISDocument",
        "schemaVersion": "2.0", "creationDate": "2026-01-05T13:00:00Z", "epcisBody": {"eventList": [
        {"type": "ObjectEvent", "eventTime": "yesterday", "eventTimeZoneOffset": "noon", "action": "ADD",
         "epcList": ["not an identifier"], "bizStep": "commissioning"}]}}"#;
    std::fs::write(&broken, text).unwrap();
    let ran = network.capture(slug, &broken);
    assert_eq!(ran.code, 1, "{ran:?}");
    let value = ran.value();
    assert_eq!(value["captured"], false);
    let defects = value["defects"].as_array().unwrap();
    assert!(defects.len() >= 2, "{value}");
    for defect in defects {
        for member in ["code", "place", "message", "remedy"] {
            assert!(!defect[member].as_str().unwrap().is_empty(), "{defect}");
        }
    }
    // a file that is not there is found before anything is sent
    let missing = network.capture(slug, &network.dir.path().join("missing.xml"));
    assert_eq!(missing.code, 2, "{missing:?}");
    assert_eq!(missing.error()["code"], "file");
}
