//! Tests of the payload as a whole.

use pangolin_epcis::hash::{HashContext, digest};
use proptest::prelude::*;

use super::*;

fn event(packs: usize, extension: &str) -> Event {
    let list: Vec<_> = (0..packs)
        .map(|n| format!(r#""urn:epc:id:sgtin:030001.0012345.{n}""#))
        .collect();
    let text = format!(
        r#"{{"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {{"x": "https://example.org/x/"}}],
        "type": "ObjectEvent", "eventTime": "2026-03-01T08:00:00Z", "eventTimeZoneOffset": "-05:00",
        "epcList": [{}], "action": "OBSERVE", "bizStep": "storing", "x:note": "{extension}"}}"#,
        list.join(",")
    );
    read::json(text.as_bytes(), Mode::Strict)
        .next()
        .unwrap()
        .unwrap()
        .1
}

#[test]
fn events_come_back_in_every_format() {
    for (packs, note, format) in [
        (1, String::new(), 0),
        (1, "n".repeat(600), 1),
        (8, String::new(), 2),
        (5_000, "n".repeat(600), 3),
    ] {
        let event = event(packs, &note);
        let bytes = encode(&event).unwrap();
        assert_eq!(bytes[0], format);
        let back = decode(&bytes).unwrap();
        assert_eq!(
            (&back.what, &back.biz_step, &back.extensions),
            (&event.what, &event.biz_step, &event.extensions)
        );
        let hash = |event| digest(event, &HashContext::default());
        assert_eq!(hash(&back), hash(&event));
    }
}

#[test]
fn lists_cost_little() {
    assert!(encode(&event(10_000, "")).unwrap().len() < 60_000);
}

#[test]
fn broken_payloads_have_codes() {
    let code = |bytes: &[u8]| decode(bytes).unwrap_err().code();
    assert_eq!(code(&[]), "payload-empty");
    assert_eq!(code(&[4]), "payload-format");
    assert_eq!(code(&[0]), "payload-not-an-event");
    assert_eq!(code(b"\0{}"), "payload-not-an-event");
    assert_eq!(code(&[1, 0xff, 0xff]), "payload-deflate");
    assert_eq!(code(&[2, 200]), "payload-lists");
    assert_eq!(code(&vec![0; MAX_PAYLOAD_BYTES + 1]), "payload-too-long");
    let bomb = miniz_oxide::deflate::compress_to_vec(&vec![b' '; TEXT_MAX + 1], 1);
    assert_eq!(code(&[&[1], &bomb[..]].concat()), "payload-deflate");
    let two = format!(
        r#"{{"@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", "type": "EPCISDocument",
        "schemaVersion": "2.0", "creationDate": "2026-03-01T00:00:00Z", "epcisBody": {{"eventList": [{0}, {0}]}}}}"#,
        r#"{"type": "ObjectEvent", "eventTime": "2026-03-01T08:00:00Z", "eventTimeZoneOffset": "-05:00",
        "epcList": ["urn:x:1"], "action": "OBSERVE"}"#
    );
    assert_eq!(code(format!("\0{two}").as_bytes()), "payload-not-an-event");
}

#[test]
fn lists_belong_to_their_event() {
    let (_, rest) = lists::split(&event(8, ""));
    let code = |event: &mut Event, rest| lists::join(event, rest).unwrap_err().code();
    assert_eq!(code(&mut event(2, ""), rest), "payload-entry");
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes);
    }

    #[test]
    fn damage_is_survived(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let mut bytes = encode(&event(20, "abc")).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = to;
        let _ = decode(&bytes);
    }
}
