//! Tests of the profile that need no state.

use pangolin_ledger::{
    id::{EventId, ObjectSet, PartyId, TimeMs, Value},
    limits::{MAX_ROLES, MAX_STEPS_PER_EVENT},
    profile::{Op, Patience, Waits},
    tx::{Action, DataClass, EventKind, Reference},
};
use proptest::prelude::*;

use super::*;
use crate::{
    capture::attribute,
    cbv::{disposition, step},
    member, registry,
};

fn party(text: &str) -> PartyId {
    PartyId::new(text).unwrap()
}

fn object(uri: &str) -> ObjectId {
    id::object(&pangolin_gs1::Key::parse(uri).unwrap()).unwrap()
}

fn event(kind: EventKind, action: Action, step: Code, uris: &[&str]) -> Event {
    let zero = Digest32([0; 32]);
    let time = TimeMs(1_772_352_000_000);
    let mut event = Event::new(EventId([1; 32]), kind, action, time, step, zero);
    event.objects = uris.iter().map(|uri| object(uri)).collect();
    event
}

fn classify(event: &Event, place: &str) -> Result<Plan, Refusal> {
    let issuer = party("0300011111116");
    let class = DataClass::Transaction;
    let claim = Claim {
        issuer: &issuer,
        class,
        place,
    };
    Customs.classify(event, &claim)
}

const PALLET: &str = "urn:epc:id:sscc:030001.41234567890";
const MACHINE: &str = "urn:epc:id:giai:0614141.X1";

#[test]
fn whoever_decides_or_sends_on_is_answered_at_once() {
    let of = |step: Code, place: &str| {
        let mut event = event(EventKind::Object, Action::Observe, step, &[PALLET]);
        event.destination = Some(party("0399999999991"));
        event.references.insert(Reference {
            kind: words::document::DECLARATION,
            value: Value::new("26DE01").unwrap(),
        });
        classify(&event, place).unwrap().patience
    };
    assert_eq!(of(words::step::CLEARING, "/events/0"), Patience::NONE);
    assert_eq!(of(step::SHIPPING, "/parked/01"), Patience::NONE);
    assert!(of(step::RECEIVING, "/events/0").waits.has(Waits::CUSTODY));
    assert!(!of(step::STORING, "/events/0").waits.has(Waits::CUSTODY));
    assert_eq!(of(step::STORING, "/parked/01").waits, Waits::ALL);
}

#[test]
fn a_declaration_is_of_exactly_what_it_lists() {
    let digest = |parent: Option<&str>, uris: &[&str], step: Code| {
        let mut event = event(EventKind::Transaction, Action::Observe, step, uris);
        event.parent = parent.map(object);
        event.references.insert(Reference {
            kind: words::document::DECLARATION,
            value: Value::new("26DE01").unwrap(),
        });
        let office = Value::new("0311111111111").unwrap();
        event.attributes.insert(words::field::OFFICE, office);
        let plan = classify(&event, "/events/0").unwrap();
        let found = plan.steps.into_iter().find_map(|step| match step.op {
            Op::PutDocument {
                digest, previous, ..
            } => Some((digest, previous)),
            _ => None,
        });
        found.unwrap()
    };
    let declaring = words::step::DECLARING;
    let (declared, none) = digest(None, &[PALLET, MACHINE], declaring);
    assert_eq!(none, None);
    assert_eq!(digest(None, &[MACHINE, PALLET], declaring).0, declared);
    for (parent, uris) in [
        (None, &[PALLET][..]),
        (Some(PALLET), &[MACHINE]),
        (Some(MACHINE), &[PALLET]),
    ] {
        assert_ne!(
            digest(parent, uris, declaring).0,
            declared,
            "{parent:?} {uris:?}"
        );
    }
    let (cleared, before) = digest(None, &[PALLET, MACHINE], words::step::CLEARING);
    let (refused, also) = digest(None, &[PALLET, MACHINE], words::step::REFUSING);
    assert_eq!((before, also), (Some(declared), Some(declared)));
    assert!(cleared != refused && cleared != declared);
}

#[test]
fn operators_are_whoever_has_a_trade() {
    let make = |roles: &[Role], prefixes: &[&str]| {
        let member = Member {
            name: "x".into(),
            id: "0300011111116".into(),
            roles: roles.to_vec(),
            prefixes: prefixes.iter().map(|text| (*text).to_owned()).collect(),
            ..Member::default()
        };
        licences(&member, &mut Claims::default())
            .map(|roles| roles.into_iter().map(|(role, _)| role).collect::<Vec<_>>())
            .map_err(|error| error.code())
    };
    let both = Ok(vec![role::OPERATOR, role::CARRIER]);
    assert_eq!(make(&[role::CARRIER, role::CARRIER], &[]), both);
    assert_eq!(make(&[Role::AUTHORITY], &[]), Ok(vec![Role::AUTHORITY]));
    assert_eq!(make(&[role::CARRIER], &["030001"]), Err("not-a-labeler"));
    assert!(member::party_id("0300011111116").is_some());
    assert_ne!(Customs.digest(), registry::Registry.digest());
    assert_eq!(Customs.describe(Code(0x0402)), Some("suspect"));
}

fn any_event() -> impl Strategy<Value = Event> {
    let kinds = prop::sample::select(vec![
        EventKind::Object,
        EventKind::Aggregation,
        EventKind::Transaction,
        EventKind::Transformation,
        EventKind::Association,
    ]);
    let actions = prop::sample::select(vec![Action::Add, Action::Observe, Action::Delete]);
    let step = prop_oneof![0u16..45, 0x0500u16..0x0504, Just(0xffff)];
    let uris = proptest::collection::btree_set(prop::sample::select(vec![PALLET, MACHINE]), 0..3);
    let attributes = proptest::collection::btree_map(
        prop_oneof![4u16..15, Just(0x0530u16)].prop_map(Code),
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..70),
            prop::sample::select(vec![
                "0399999999991".to_owned(),
                "0a".repeat(32),
                "17".into()
            ])
            .prop_map(String::into_bytes),
        ]
        .prop_map(|bytes| Value::new(bytes).unwrap()),
        0..6,
    );
    let numbers = proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..255), 0..3);
    let returned = any::<bool>();
    (
        kinds,
        actions,
        step,
        uris,
        attributes,
        numbers,
        returned,
        any::<bool>(),
    )
        .prop_map(
            |(kind, action, step, uris, attributes, numbers, returned, parent)| {
                let uris: Vec<_> = uris.into_iter().collect();
                let mut event = event(kind, action, Code(step), &uris);
                event.disposition = returned.then_some(disposition::RETURNED);
                event.attributes = attributes;
                event.parent = parent.then(|| object(PALLET));
                event.destination = parent.then(|| party("0399999999991"));
                event.outputs.objects = ObjectSet::new();
                for number in numbers {
                    let kind = words::document::DECLARATION;
                    let value = Value::new(number).unwrap();
                    event.references.insert(Reference { kind, value });
                }
                event
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_event_has_a_plan_within_limits_or_a_refusal_in_the_table(event in any_event()) {
        match classify(&event, "/events/0") {
            Ok(plan) => {
                prop_assert!(plan.steps.len() <= MAX_STEPS_PER_EVENT && !plan.steps.is_empty());
                prop_assert!(plan.needs.iter().all(|need| (1..=MAX_ROLES).contains(&need.any_of.len())));
                prop_assert!(!plan.needs.is_empty(), "nothing happens without authority");
                // customs gives no stages, and takes none
                let stages = plan.steps.iter().any(|step| matches!(step.op, Op::Advance { .. }));
                prop_assert!(!stages);
                let leaves = plan.steps.iter().any(|step| matches!(step.op, Op::Depart { .. }));
                let guarded = plan.steps.iter().any(|step| matches!(step.op, Op::Require(_)));
                prop_assert!(!leaves || guarded, "nothing leaves unguarded");
            }
            Err(refusal) => {
                prop_assert!(rules::own().iter().any(|rule| rule.code == refusal.code));
                prop_assert!(refusal.place.starts_with("/events/0"));
            }
        }
        let sentence = speech::happened(&speech::Happened {
            profile: RULES,
            issuer: &party("x"),
            event: &event,
        });
        prop_assert!(!SPEECH.say(&sentence, &speech::nameless).is_empty());
        let _ = attribute::ALL;
    }
}
