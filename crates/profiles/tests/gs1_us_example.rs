//! The official GS1 US example of a direct purchase (DSCSA guideline R1.3, section 2.2.1.1): twelve packs, three cases, one
//! pallet, sold by a manufacturer to a wholesaler. It passes completely, and in any order.

mod support;

use std::collections::BTreeMap;

use pangolin_epcis::read::{self, Document, Mode};
use pangolin_gs1::Key;
use pangolin_ledger::{
    machine::Outcome,
    report::{Effect, EventOutcome},
    tx::{self, Body, DataClass},
};
use pangolin_profiles::{
    capture::{self, Placement, Reducer, id},
    catalog,
    disclosure::SaltSecret,
    pharma::{self, Member, role},
};
use support::world::World;

const PALLET: &str = "urn:epc:id:sscc:030001.41234567890";
const PACK: &str = "urn:epc:id:sgtin:030001.0012345.22";
/// The day after the example.
const MORNING_MS: i64 = 1_680_422_400_000;

fn example() -> Option<Document> {
    let path = support::testdata()?.join("epcis/1.2-xml/GS1_US_Pharma_Example_2_2_1_1.xml");
    let text = std::fs::read(path).ok()?;
    Some(read::document(read::xml(text.as_slice(), Mode::Strict)).expect("the example is valid"))
}

fn reduced(document: &Document) -> Vec<tx::Event> {
    let reducer = Reducer::of_document(&pharma::LEXICON, &document.header);
    let secret = SaltSecret::new([1; 32]);
    let reduce = |event| {
        reducer
            .reduce(event, &secret, Placement::Full)
            .expect("the event is reducible")
    };
    document.events.iter().map(reduce).collect()
}

fn world() -> World {
    let member = |name: &str, gln: &str, role, prefixes: &[&str]| {
        let prefixes = prefixes.iter().map(|prefix| (*prefix).to_owned()).collect();
        let member = Member {
            name: name.into(),
            id: gln.into(),
            roles: vec![role],
            prefixes,
            ..Member::default()
        };
        (name.to_owned(), member)
    };
    let governor = Member {
        name: "registrar".into(),
        id: "urn:x:registrar".into(),
        roles: vec![
            pangolin_ledger::id::Role::GOVERNOR,
            pangolin_ledger::id::Role::REGISTRAR,
        ],
        ..Member::default()
    };
    let members: BTreeMap<_, _> = [
        member(
            "manufacturer",
            "0300011111116",
            role::MANUFACTURER,
            &["030001"],
        ),
        member("wholesaler", "0399999999991", role::WHOLESALER, &[]),
        ("registrar".to_owned(), governor),
    ]
    .into();
    World::new(
        catalog::rules(pharma::STRICT).expect("the rules are known"),
        pangolin_ledger::id::TimeMs(MORNING_MS),
        members,
        &[],
    )
}

fn send(world: &mut World, by: &str, events: Vec<tx::Event>) -> (Vec<EventOutcome>, Vec<Effect>) {
    let signed = world.sign(by, DataClass::Transaction, Body::Events(events));
    match world.block(None, &signed) {
        (Outcome::Applied(receipt), _) => (
            receipt
                .events
                .into_iter()
                .map(|event| event.outcome)
                .collect(),
            receipt.effects,
        ),
        (Outcome::Refused(refusal), _) => panic!("{refusal}"),
    }
}

fn custodian(world: &World, uri: &str) -> (String, Option<String>, Vec<String>) {
    let object = id::object(&Key::parse(uri).expect("a key")).expect("short enough");
    let status = world.status(&object);
    let offered = status.pending.map(|pending| world.name_of(&pending.to));
    let inside = status
        .containers
        .iter()
        .map(|container| capture::object_uri(&container.id))
        .collect();
    (
        status
            .custodian
            .map(|party| world.name_of(&party))
            .unwrap_or_default(),
        offered,
        inside,
    )
}

fn is_on_its_way(world: &World) {
    let cases = "https://id.gs1.org/01/10300010123452/21/121".to_owned();
    let pallet = "https://id.gs1.org/00/403000112345678901".to_owned();
    let expected = (
        "manufacturer".to_owned(),
        Some("wholesaler".to_owned()),
        vec![cases, pallet],
    );
    assert_eq!(custodian(world, PACK), expected);
}

fn receipt(document: &Document) -> tx::Event {
    let text = format!(
        r#"{{"@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", "type": "ObjectEvent",
        "eventTime": "2023-04-02T07:00:00Z", "eventTimeZoneOffset": "-04:00", "epcList": ["{PALLET}"],
        "action": "OBSERVE", "bizStep": "receiving", "disposition": "in_progress",
        "readPoint": {{"id": "urn:epc:id:sgln:039999.345678.0"}},
        "sourceList": [{{"type": "owning_party", "source": "urn:epc:id:sgln:030001.111111.0"}}]}}"#
    );
    let (_, event) = read::json(text.as_bytes(), Mode::Strict)
        .next()
        .expect("one event")
        .expect("valid");
    let reducer = Reducer::of_document(&pharma::LEXICON, &document.header);
    reducer
        .reduce(&event, &SaltSecret::new([2; 32]), Placement::Committed)
        .expect("reducible")
}

#[test]
fn the_example_passes_in_one_transaction_and_is_received() {
    let Some(document) = example() else { return };
    let events = reduced(&document);
    assert_eq!(events.len(), 8);
    for event in &events {
        capture::verify_reduction(&pharma::LEXICON, event)
            .expect("the reduction is that of the payload");
    }
    let mut world = world();
    let (outcomes, _) = send(&mut world, "manufacturer", events);
    assert_eq!(outcomes, vec![EventOutcome::Applied; 8]);
    is_on_its_way(&world);
    let (outcomes, effects) = send(&mut world, "wholesaler", vec![receipt(&document)]);
    assert_eq!(outcomes, [EventOutcome::Applied]);
    assert!(matches!(effects[..], [Effect::Completed(_)]));
    assert_eq!(custodian(&world, PACK).0, "wholesaler");
}

#[test]
fn the_example_passes_event_by_event() {
    let Some(document) = example() else { return };
    let mut world = world();
    for event in reduced(&document) {
        assert_eq!(
            send(&mut world, "manufacturer", vec![event]).0,
            [EventOutcome::Applied]
        );
    }
    is_on_its_way(&world);
}

#[test]
fn the_example_passes_backwards() {
    let Some(document) = example() else { return };
    let mut world = world();
    let (early, _) = send(&mut world, "wholesaler", vec![receipt(&document)]);
    assert!(matches!(early[..], [EventOutcome::Parked { .. }]));
    let mut events = reduced(&document);
    events.reverse();
    let (outcomes, effects) = send(&mut world, "manufacturer", events);
    let parked = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, EventOutcome::Parked { .. }))
        .count();
    let unparked = effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Unparked(_)))
        .count();
    assert_eq!((parked, unparked), (5, 6), "{effects:?}");
    assert_eq!(custodian(&world, PACK).0, "wholesaler");
    assert_eq!(custodian(&world, PACK).2.len(), 2);
}

#[test]
fn without_the_header_there_is_no_statement() {
    let Some(mut document) = example() else {
        return;
    };
    document.header.header_extensions.clear();
    document.header.extensions.clear();
    let mut world = world();
    let signed = world.sign(
        "manufacturer",
        DataClass::Transaction,
        Body::Events(reduced(&document)),
    );
    let (outcome, _) = world.block(None, &signed);
    let refusal = outcome.refusal().expect("refused");
    assert_eq!(
        (refusal.code, refusal.place.as_str()),
        ("statement-missing", "/events/7/attributes")
    );
    let findings = pharma::watch(&reduced(&document)[7], &world.actor("manufacturer").id);
    assert_eq!(
        findings
            .iter()
            .map(|finding| finding.code)
            .collect::<Vec<_>>(),
        ["watch-statement-missing"]
    );
}
