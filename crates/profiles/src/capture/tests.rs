//! Tests of the reduction as a whole.

use std::time::Instant;

use pangolin_epcis::{
    model::Event,
    read::{self, Document, Mode},
};
use pangolin_ledger::{
    codec::Wire as _,
    id::{Code, ProfileRef, Value},
    tx::{self, Action, EventKind, Payload, Stock},
};

use super::*;
use crate::{cbv, disclosure::SaltSecret};

const LOT: Code = Code(0x0400);
const DAY: Code = Code(0x0401);
const AFFIRMED: Code = Code(0x0402);
const SUSPECT: Code = Code(0x0400);
const MDA: &[&str] = &["urn:epcglobal:cbv:mda"];

const LEXICON: Lexicon = Lexicon {
    profile: ProfileRef { id: 9, version: 1 },
    steps: &[],
    dispositions: &[(SUSPECT, "https://example.org/suspect")],
    documents: &[],
    fields: &[
        Field {
            code: LOT,
            places: &[FieldPlace::Ilmd],
            namespaces: MDA,
            path: &["lotNumber"],
            form: Form::Lot,
        },
        Field {
            code: DAY,
            places: &[FieldPlace::Ilmd],
            namespaces: MDA,
            path: &["itemExpirationDate"],
            form: Form::Day,
        },
        Field {
            code: AFFIRMED,
            places: &[FieldPlace::Event, FieldPlace::Document],
            namespaces: &["http://epcis.gs1us.org/hc/ns"],
            path: &["statement", "affirm"],
            form: Form::Flag,
        },
    ],
};

const PACK: &str = "urn:epc:id:sgtin:030001.0012345.1";
const SECRET: SaltSecret = SaltSecret::new([3; 32]);

/// Reads a document with these members around these events.
fn document(members: &str, events: &str) -> Document {
    let text = format!(
        r#"{{"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            {{"gs1ushc": "http://epcis.gs1us.org/hc/ns"}}],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-03-01T00:00:00Z", {members}
        "epcisBody": {{"eventList": [{events}]}}}}"#
    );
    read::document(read::json(text.as_bytes(), Mode::Lenient)).unwrap()
}

fn event(body: &str) -> Event {
    let text = format!(
        r#"{{"type": "ObjectEvent", "eventTime": "2026-03-01T08:00:00.5Z", "eventTimeZoneOffset": "-05:00", {body}}}"#
    );
    document("", &text).events.remove(0)
}

fn reduce(event: &Event) -> Result<tx::Event, Vec<(String, &'static str)>> {
    let result = Reducer::new(&LEXICON).reduce(event, &SECRET, Placement::Full);
    result.map_err(|defects| {
        defects
            .iter()
            .map(|d| (d.place.clone(), d.code()))
            .collect()
    })
}

fn value(text: &str) -> Value {
    Value::new(text).unwrap()
}

#[test]
fn everything_the_rules_need_is_reduced() {
    let reduced = reduce(&event(
        r#""action": "ADD", "bizStep": "commissioning", "disposition": "active",
        "epcList": ["urn:epc:id:sgtin:030001.0012345.12", "https://id.gs1.org/01/00300010123455/21/11"],
        "quantityList": [{"epcClass": "urn:epc:class:lgtin:030001.0012345.A123", "quantity": 2}],
        "readPoint": {"id": "urn:epc:id:sgln:030001.111111.R1"},
        "bizLocation": {"id": "urn:epc:id:sgln:030001.111111.0"},
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:0399999999991:XYZPO189"}],
        "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:030001.111111"},
                       {"type": "location", "source": "urn:epc:id:sgln:030001.111121.0"}],
        "destinationList": [{"type": "owning_party", "destination": "urn:epc:id:sgln:039999.999999.0"},
                       {"type": "possessing_party", "destination": "urn:epc:id:sgln:039999.345678.0"}],
        "persistentDisposition": {"set": ["recalled", "completeness_verified"]},
        "ilmd": {"cbvmda:lotNumber": "A123", "cbvmda:itemExpirationDate": "2025-03-27"},
        "gs1ushc:statement": {"gs1ushc:affirm": true}"#,
    ))
    .unwrap();
    assert_eq!(
        (reduced.kind, reduced.action),
        (EventKind::Object, Action::Add)
    );
    assert_eq!(reduced.time.0, 1_772_352_000_500);
    assert_eq!(
        (reduced.step, reduced.disposition),
        (cbv::step::COMMISSIONING, Some(cbv::disposition::ACTIVE))
    );
    let packs: Vec<_> = reduced.objects.iter().map(object_uri).collect();
    assert_eq!(
        packs,
        [
            "https://id.gs1.org/01/00300010123455/21/11",
            "https://id.gs1.org/01/00300010123455/21/12"
        ]
    );
    let (stock, amount) = reduced.quantities.iter().next().unwrap();
    assert!(
        matches!(stock, Stock::Group(lot) if group_uri(lot) == "https://id.gs1.org/01/00300010123455/10/A123")
    );
    assert_eq!(amount.0, 2_000);
    assert_eq!(reduced.place, Some(value("0300011111116")));
    assert_eq!(
        reduced.source.as_ref().map(party_uri).as_deref(),
        Some("https://id.gs1.org/417/0300011111116")
    );
    assert_eq!(
        reduced
            .destination
            .as_ref()
            .map(ToString::to_string)
            .as_deref(),
        Some("0399993456780")
    );
    let reference = reduced.references.iter().next().unwrap();
    assert_eq!(reference.kind, cbv::document::PO);
    let attributes: Vec<_> = reduced
        .attributes
        .iter()
        .map(|(code, value)| (code.0, value.to_string()))
        .collect();
    let expected = [
        (attribute::OFFSET.0, "-300"),
        (attribute::OWNER_FROM.0, "0300011111116"),
        (attribute::OWNER_TO.0, "0399999999991"),
        (attribute::PLACE_FROM.0, "0300011111215"),
        (attribute::HOLDER_TO.0, "0399993456780"),
        (attribute::DISPOSITIONS_SET.0, "0x00040019"),
        (LOT.0, "A123"),
        (DAY.0, "20250327"),
        (AFFIRMED.0, "1"),
    ];
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(code, text)| (code, text.to_owned()))
        .collect();
    assert_eq!(attributes, expected);
    assert!(verify_reduction(&LEXICON, &reduced).is_ok());
    assert_eq!(
        tx::Event::from_bytes(&reduced.to_bytes()).as_ref(),
        Ok(&reduced)
    );
}

#[test]
fn containers_transformations_and_foreign_words() {
    let text = r#"{"type": "AggregationEvent", "eventTime": "2026-03-01T08:00:00Z", "eventTimeZoneOffset": "+00:00",
        "action": "DELETE", "parentID": "urn:epc:id:sscc:030001.41234567890", "childEPCs": [],
        "bizStep": "https://example.org/step", "disposition": "https://example.org/suspect"},
      {"type": "TransformationEvent", "eventTime": "2026-03-01T08:00:00Z", "eventTimeZoneOffset": "+00:00",
        "inputEPCList": ["urn:epc:id:sgtin:030001.0012345.1"], "outputEPCList": ["urn:epc:id:sgtin:030001.0012345.2"],
        "transformationID": "urn:epc:id:gdti:030001.111111.7"}"#;
    let document = document("", text);
    let unpack = reduce(&document.events[0]).unwrap();
    assert_eq!(
        (unpack.kind, unpack.action),
        (EventKind::Aggregation, Action::Delete)
    );
    assert!(unpack.parent.is_some() && unpack.objects.is_empty());
    assert_eq!(
        (unpack.step, unpack.disposition),
        (cbv::OTHER, Some(SUSPECT))
    );
    assert_eq!(
        unpack.attributes.get(&attribute::STEP_URI),
        Some(&value("https://example.org/step"))
    );
    assert_eq!(unpack.attributes.get(&attribute::DISPOSITION_URI), None);
    let transformed = reduce(&document.events[1]).unwrap();
    assert_eq!(
        (transformed.objects.len(), transformed.outputs.objects.len()),
        (1, 1)
    );
    assert!(transformed.attributes.contains_key(&attribute::PROCESS));
    for event in [&unpack, &transformed] {
        assert!(verify_reduction(&LEXICON, event).is_ok());
    }
}

#[test]
fn what_a_document_states_counts_for_its_events_and_travels_with_them() {
    let pack = r#"{"type": "ObjectEvent", "eventTime": "2026-03-01T08:00:00Z", "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE", "epcList": ["urn:epc:id:sgtin:030001.0012345.1"]"#;
    let own = format!(r#"{pack}}}, {pack}, "gs1ushc:statement": {{"gs1ushc:affirm": false}}}}"#);
    let document = document(
        r#""epcisHeader": {"gs1ushc:statement": {"gs1ushc:affirm": true}, "gs1ushc:other": 1},"#,
        &own,
    );
    let reducer = Reducer::of_document(&LEXICON, &document.header);
    let alone = Reducer::new(&LEXICON);
    for (event, expect) in document.events.iter().zip(["1", "0"]) {
        let reduced = reducer.reduce(event, &SECRET, Placement::Full).unwrap();
        assert_eq!(reduced.attributes.get(&AFFIRMED), Some(&value(expect)));
        assert_eq!(reduced.id, alone.event_id(event));
        verify_reduction(&LEXICON, &reduced).unwrap();
    }
    assert_eq!(
        alone
            .reduce(&document.events[0], &SECRET, Placement::Full)
            .unwrap()
            .attributes
            .get(&AFFIRMED),
        None
    );
}

#[test]
fn defects_have_code_place_and_remedy() {
    let check = |body: &str, expect: &[(&str, &str)]| {
        let event = event(&format!(r#""action": "OBSERVE", {body}"#));
        let result = Reducer::new(&LEXICON).reduce(&event, &SECRET, Placement::Full);
        let defects = result.err().unwrap_or_default();
        let got: Vec<_> = defects
            .iter()
            .map(|defect| (defect.place.as_str(), defect.code()))
            .collect();
        assert_eq!(got, expect, "{body}");
        assert!(
            defects
                .iter()
                .all(|defect| !defect.remedy().is_empty() && !defect.to_string().is_empty())
        );
    };
    check(
        r#""epcList": ["urn:epc:id:sgtin:030001.001234.1", "urn:epc:class:lgtin:030001.0012345.A"]"#,
        &[
            ("/epcList/0", "epc-field-length"),
            ("/epcList/1", "not-an-instance"),
        ],
    );
    check(
        &format!(
            r#""epcList": ["{PACK}", "urn:x:1", "https://id.gs1.org/01/00300010123455/21/1"]"#
        ),
        &[("/epcList/2", "object-repeated")],
    );
    check(
        &format!(r#""epcList": ["urn:x:{}"]"#, "a".repeat(200)),
        &[("/epcList/0", "identifier-too-long")],
    );
    check(
        r#""epcList": [], "readPoint": {"id": "urn:epc:id:sgln:1.2.0"}"#,
        &[("/readPoint", "epc-prefix-length")],
    );
    check(
        &format!(
            r#""epcList": ["{PACK}"], "sourceList": [
        {{"type": "owning_party", "source": "urn:epc:id:pgln:030001.111111"}},
        {{"type": "owning_party", "source": "urn:epc:id:pgln:030001.111112"}}]"#
        ),
        &[("/sourceList/1", "party-ambiguous")],
    );
    check(r#""epcList": []"#, &[("", "event-about-nothing")]);
    check(
        r#""quantityList": [{"epcClass": "urn:epc:class:lgtin:030001.0012345.A"}]"#,
        &[("/quantityList/0", "quantity-not-stated")],
    );
    check(
        &format!(
            r#""epcList": ["{PACK}"], "errorDeclaration": {{"declarationTime": "2026-03-01T08:00:00Z"}}"#
        ),
        &[("/errorDeclaration", "is-error-declaration")],
    );
    check(
        &format!(r#""epcList": ["{PACK}"], "gs1ushc:statement": {{"gs1ushc:affirm": "maybe"}}"#),
        &[("/statement/affirm", "field-form")],
    );
    check(
        &format!(
            r#""epcList": ["{PACK}"], "gs1ushc:statement": [{{"gs1ushc:affirm": true}}, {{"gs1ushc:affirm": false}}]"#
        ),
        &[("/statement/affirm", "field-ambiguous")],
    );
}

#[test]
fn defects_are_bounded() {
    let bad: Vec<_> = (0..200)
        .map(|n| format!(r#""urn:epc:id:sgtin:030001.{n}.1""#))
        .collect();
    let event = event(&format!(
        r#""action": "OBSERVE", "epcList": [{}]"#,
        bad.join(",")
    ));
    assert_eq!(reduce(&event).unwrap_err().len(), DEFECTS_MAX);
}

#[test]
fn a_false_reduction_is_found() {
    let honest = reduce(&event(
        r#""action": "OBSERVE", "bizStep": "storing", "epcList": ["urn:epc:id:sgtin:030001.0012345.1"]"#,
    ))
    .unwrap();
    let check = |expect: &str, change: &dyn Fn(&mut tx::Event)| {
        let mut event = honest.clone();
        change(&mut event);
        assert_eq!(
            verify_reduction(&LEXICON, &event).unwrap_err().to_string(),
            expect
        );
    };
    check(
        "the identity of the reduced event is not what the full event says",
        &|event| event.id.0[0] ^= 1,
    );
    check(
        "the business step of the reduced event is not what the full event says",
        &|event| event.step = Code(1),
    );
    check(
        "the list of objects of the reduced event is not what the full event says",
        &|event| {
            event.objects = std::iter::empty().collect();
        },
    );
    check(
        "an attribute of the reduced event is not what the full event says",
        &|event| {
            event.attributes.insert(LOT, value("X"));
        },
    );
    check("the payload cannot be read", &|event| {
        event.payload = Payload::Full(Box::default());
    });
    check(
        "the full event is not carried by the transaction",
        &|event| {
            event.payload = Payload::Committed(event.commitment);
        },
    );
}

#[test]
fn placements_share_identity_and_commitment() {
    let event = event(r#""action": "OBSERVE", "epcList": ["urn:epc:id:sgtin:030001.0012345.1"]"#);
    let reducer = Reducer::new(&LEXICON);
    let place = |placement| reducer.reduce(&event, &SECRET, placement).unwrap();
    let full = place(Placement::Full);
    let pointer = place(Placement::Pointer("https://example.org/e".to_owned()));
    let committed = place(Placement::Committed);
    assert_eq!(full.payload.digest(), pointer.payload.digest());
    assert_eq!(full.digest(), pointer.digest());
    assert_eq!(full.commitment, pointer.commitment);
    // where only the owner has the event, nothing on the chain is a hash of it that could be tried
    assert_eq!(committed.id, SECRET.identity(&full.id));
    assert_eq!(committed.payload.digest(), committed.commitment);
    assert_ne!(committed.commitment, full.commitment);
    assert_eq!(place(Placement::Committed), committed);
    let other = reducer
        .reduce(&event, &SaltSecret::new([4; 32]), Placement::Full)
        .unwrap();
    assert_ne!(full.commitment, other.commitment);
    let long = Placement::Pointer("x".repeat(3_000));
    assert_eq!(
        reducer.reduce(&event, &SECRET, long).unwrap_err()[0].code(),
        "identifier-too-long"
    );
}

#[test]
fn corrections_repeat_the_event_in_error() {
    let reducer = Reducer::new(&LEXICON);
    let body = r#""action": "OBSERVE", "epcList": ["urn:epc:id:sgtin:030001.0012345.1"]"#;
    let recorded = reducer
        .reduce(&event(body), &SECRET, Placement::Full)
        .unwrap();
    let corrective = event_uri(&recorded.id);
    let declared = |reason: &str, id: &str| {
        event(&format!(
            r#"{body}, "errorDeclaration": {{"declarationTime": "2026-03-02T08:00:00Z", "reason": "{reason}",
            "correctiveEventIDs": ["{id}"]}}"#
        ))
    };
    let correct = |event: &Event, recorded: &tx::Event| {
        reducer.correction(event, reducer.event_id(event), recorded.clone())
    };
    let correction = correct(&declared("incorrect_data", &corrective), &recorded).unwrap();
    assert_eq!(
        (correction.reason, correction.correctives),
        (cbv::error::INCORRECT_DATA, vec![recorded.id])
    );
    let correction = correct(&declared("https://example.org/why", &corrective), &recorded).unwrap();
    assert_eq!(
        (correction.reason, correction.note.as_str()),
        (cbv::OTHER, "https://example.org/why")
    );
    let code =
        |event: &Event, recorded: &tx::Event| correct(event, recorded).unwrap_err()[0].code();
    assert_eq!(
        code(&declared("did_not_occur", "urn:uuid:1"), &recorded),
        "not-an-event-hash"
    );
    assert_eq!(code(&event(body), &recorded), "no-error-declaration");
    let mut other = recorded.clone();
    other.id.0[0] ^= 1;
    assert_eq!(
        code(&declared("did_not_occur", &corrective), &other),
        "not-the-recorded-event"
    );
}

#[test]
fn event_uris_are_read_strictly() {
    let id = pangolin_ledger::id::EventId([0xab; 32]);
    let uri = event_uri(&id);
    assert_eq!(parse_event_uri(&uri), Some(id));
    for bad in [
        uri.replace("ab", "AB"),
        uri.replace("ab", "+b"),
        uri.replace("2.0", "1.2"),
        uri.replace("ab", ""),
    ] {
        assert_eq!(parse_event_uri(&bad), None, "{bad}");
    }
}

/// The time of reducing 40,000 packs, without reading the document and without the event hash, is printed and not judged:
/// tests run unoptimised and beside others.
#[test]
fn a_lot_is_reduced_in_one_go() {
    let packs: Vec<_> = (0..40_000)
        .map(|n| format!(r#""urn:epc:id:sgtin:030001.0012345.{n:012}""#))
        .collect();
    let event = event(&format!(
        r#""action": "OBSERVE", "epcList": [{}]"#,
        packs.join(",")
    ));
    let reducer = Reducer::new(&LEXICON);
    let id = reducer.event_id(&event);
    let start = Instant::now();
    let reduced = reducer
        .reduce_identified(&event, id, &SECRET, Placement::Full)
        .unwrap();
    let took = start.elapsed();
    let Payload::Full(payload) = &reduced.payload else {
        panic!()
    };
    println!(
        "40,000 packs: {took:?}, payload {} bytes, event {} bytes",
        payload.len(),
        reduced.to_bytes().len()
    );
    assert_eq!(reduced.objects.len(), 40_000);
    assert!(payload.len() < 8 * 40_000);
    verify_reduction(&LEXICON, &reduced).unwrap();
}

/// A document with an event that says what it rests on, in JSON-LD.
fn resting(rests_on: &str) -> Result<tx::Event, Vec<(String, &'static str)>> {
    let text = format!(
        r#"{{"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            {{"c": "https://ns.pangolin.network/chains/"}}],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-03-01T00:00:00Z",
        "epcisBody": {{"eventList": [{{"type": "ObjectEvent", "eventTime": "2026-03-01T08:00:00Z", "eventTimeZoneOffset": "+00:00",
            "action": "OBSERVE", "epcList": ["{PACK}"], "c:restsOn": {rests_on}}}]}}}}"#
    );
    let mut read = read::document(read::json(text.as_bytes(), Mode::Lenient)).unwrap();
    reduce(&read.events.remove(0))
}

#[test]
fn what_an_event_rests_on_is_reduced_to_lines() {
    let hash = "aB".repeat(32);
    let check = |text: &str, expect: &str| {
        let reduced = resting(text).unwrap();
        let got = reduced.attributes[&attribute::RESTS_ON].to_string();
        let lines = Value::new(expect).unwrap().to_string();
        assert_eq!(got, lines, "{text}");
    };
    check(
        r#"{"c:source": "hub", "c:key": "lot"}"#,
        "hub 6c6f74 present",
    );
    check(
        r#"[{"c:source": "port", "c:keyHex": "00ff", "c:absent": true}, {"c:source": "hub", "c:key": "lot"}]"#,
        "hub 6c6f74 present\nport 00ff absent",
    );
    check(
        &format!(r#"{{"c:source": "hub", "c:key": "lot", "c:valueHash": "{hash}"}}"#),
        &format!("hub 6c6f74 {}", hash.to_lowercase()),
    );
    // the same twice is the same
    check(
        r#"[{"c:source": "hub", "c:key": "lot"}, {"c:source": "hub", "c:keyHex": "6c6f74", "c:absent": "false"}]"#,
        "hub 6c6f74 present",
    );
    for bad in [
        r#""hub lot""#,
        r#"{"c:source": "hub"}"#,
        r#"{"c:key": "lot"}"#,
        r#"{"c:source": "", "c:key": "lot"}"#,
        r#"{"c:source": "my hub", "c:key": "lot"}"#,
        r#"{"c:source": "hub", "c:key": "lot", "c:keyHex": "6c"}"#,
        r#"{"c:source": "hub", "c:keyHex": "6"}"#,
        r#"{"c:source": "hub", "c:key": "lot", "c:valueHash": "ab"}"#,
        r#"{"c:source": "hub", "c:key": "lot", "c:absent": "maybe"}"#,
        r#"{"c:source": "hub", "c:key": "lot", "c:more": "x"}"#,
        &format!(
            r#"{{"c:source": "hub", "c:key": "lot", "c:absent": true, "c:valueHash": "{hash}"}}"#
        ),
        &format!(
            "[{}]",
            (0..9)
                .map(|n| format!(r#"{{"c:source": "hub", "c:key": "{n}"}}"#))
                .collect::<Vec<_>>()
                .join(",")
        ),
    ] {
        let defects = resting(bad).unwrap_err();
        assert_eq!(defects, [("/restsOn".to_owned(), "field-form")], "{bad}");
    }
}

#[test]
fn what_an_event_rests_on_is_the_same_in_both_syntaxes() {
    let xml = format!(
        r#"<?xml version="1.0"?><epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" xmlns:c="https://ns.pangolin.network/chains/"
            schemaVersion="2.0" creationDate="2026-03-01T00:00:00Z"><EPCISBody><EventList><ObjectEvent>
            <eventTime>2026-03-01T08:00:00Z</eventTime><eventTimeZoneOffset>+00:00</eventTimeZoneOffset>
            <epcList><epc>{PACK}</epc></epcList><action>OBSERVE</action>
            <c:restsOn><c:source>hub</c:source><c:key>lot</c:key></c:restsOn>
            <c:restsOn><c:source>port</c:source><c:key>seal</c:key><c:absent>true</c:absent></c:restsOn>
            </ObjectEvent></EventList></EPCISBody></epcis:EPCISDocument>"#
    );
    let mut read = read::document(read::xml(xml.as_bytes(), Mode::Lenient)).unwrap();
    let from_xml = reduce(&read.events.remove(0)).unwrap();
    let json = resting(
        r#"[{"c:source": "port", "c:key": "seal", "c:absent": true}, {"c:source": "hub", "c:key": "lot"}]"#,
    );
    let json = json.unwrap();
    assert_eq!(
        from_xml.attributes[&attribute::RESTS_ON],
        json.attributes[&attribute::RESTS_ON]
    );
}
