//! Tests of the profile that need no state: plans, members, findings, and that nothing makes it panic.

use pangolin_gs1::Key;
use pangolin_ledger::{
    id::{Code, Digest32, EventId, ObjectSet, PublicKey, Role, Scope, TimeMs, Value},
    limits::{MAX_ROLES, MAX_STEPS_PER_EVENT},
    profile::{Guard, Op, Patience, Waits},
    state::KeyUse,
    tx::{Action, DataClass, EventKind, OrderKind, OrderScope},
};
use proptest::prelude::*;

use super::*;
use crate::{capture::attribute, cbv::step};

fn object(uri: &str) -> ObjectId {
    id::object(&Key::parse(uri).unwrap()).unwrap()
}

fn party(text: &str) -> PartyId {
    PartyId::new(text).unwrap()
}

fn event(kind: EventKind, action: Action, step: Code, uris: &[&str]) -> Event {
    let zero = Digest32([0; 32]);
    let mut event = Event::new(
        EventId([1; 32]),
        kind,
        action,
        TimeMs(1_772_352_000_000),
        step,
        zero,
    );
    event.objects = uris.iter().map(|uri| object(uri)).collect();
    event
}

fn classify(event: &Event, place: &str) -> Result<Plan, Refusal> {
    let issuer = party("0300011111116");
    let claim = Claim {
        issuer: &issuer,
        class: DataClass::Transaction,
        place,
    };
    Pharma::strict().classify(event, &claim)
}

const PACK: &str = "urn:epc:id:sgtin:030001.0012345.1";
const PALLET: &str = "urn:epc:id:sscc:030001.41234567890";

#[test]
fn what_waits_already_waits_for_anything() {
    let storing = event(EventKind::Object, Action::Observe, step::STORING, &[PACK]);
    let waits = |place| classify(&storing, place).unwrap().patience.waits;
    assert!(!waits("/events/0").has(Waits::CUSTODY) && waits("/events/0").has(Waits::ABSENT));
    assert_eq!(waits("/parked/0101"), Waits::ALL);
    let receiving = event(EventKind::Object, Action::Observe, step::RECEIVING, &[PACK]);
    let patience = classify(&receiving, "/events/0").unwrap().patience;
    assert!(patience.waits.has(Waits::CUSTODY) && patience.ms == Some(Settings::STRICT.receipt_ms));
    let dispensing = event(
        EventKind::Object,
        Action::Observe,
        step::DISPENSING,
        &[PACK],
    );
    assert_eq!(
        classify(&dispensing, "/events/0").unwrap().patience,
        Patience::NONE
    );
}

#[test]
fn forged_rule_inputs_are_refused_like_missing_ones() {
    let mut forged = event(EventKind::Object, Action::Add, step::COMMISSIONING, &[PACK]);
    let code = |event: &Event| classify(event, "/events/0").unwrap_err().code;
    assert_eq!(code(&forged), "lot-missing");
    forged
        .attributes
        .insert(words::field::LOT, Value::new([0xff, 0]).unwrap());
    assert_eq!(code(&forged), "expiry-missing");
    forged
        .attributes
        .insert(words::field::EXPIRY, Value::new("20270331").unwrap());
    assert_eq!(code(&forged), "lot-missing");
    forged
        .attributes
        .insert(words::field::LOT, Value::new("A1").unwrap());
    assert!(classify(&forged, "/events/0").is_ok());
    for bad in ["2027033", "20270331x", "zzzzzzzz", "20271399"] {
        forged
            .attributes
            .insert(words::field::EXPIRY, Value::new(bad).unwrap());
        assert_eq!(code(&forged), "expiry-missing", "{bad}");
    }
}

#[test]
fn settings_make_versions_with_digests_of_their_own() {
    let (strict, lenient) = (Pharma::strict(), Pharma::lenient());
    assert_ne!(strict.digest(), lenient.digest());
    assert_ne!(
        (strict.reference(), strict.settings()),
        (lenient.reference(), lenient.settings())
    );
    assert_eq!(Pharma::with(1, Settings::STRICT).digest(), strict.digest());
    assert_eq!(strict.name(), "pharma (DSCSA)");
    assert_eq!(strict.describe(words::stage::SUSPECT), Some("suspect"));
    assert!(strict.class_of(&object(PACK)).is_some() && strict.class_of(&object(PALLET)).is_none());
}

#[test]
fn orders_need_authority_or_the_label() {
    let needs = |scope| {
        let terms = OrderTerms {
            kind: OrderKind::Recall,
            scope,
            reason: words::order_reason::RECALL_CLASS_1,
            legal_basis: "x".into(),
            expires: None,
            officers: 1,
            document: None,
        };
        Pharma::strict()
            .order(&terms, &party("x"))
            .map(|needs| needs[0].any_of.clone())
    };
    let authority = (Role::AUTHORITY, Scope::all());
    let label = |text: &str| (role::LABELER, Scope::new(text).unwrap());
    let lot = id::group(&Key::parse("urn:epc:class:lgtin:030001.0012345.A1").unwrap()).unwrap();
    let of_lot = needs(OrderScope::Group(lot)).unwrap();
    assert!(of_lot.contains(&authority) && of_lot.contains(&label("030001")) && of_lot.len() == 9);
    let of_pallet = needs(OrderScope::Object(object(PALLET))).unwrap();
    assert!(of_pallet.contains(&label("030001")) && of_pallet.len() == 8);
    let tote = object("urn:epc:id:grai:0614141.12345.400");
    assert_eq!(needs(OrderScope::Object(tote)), Ok(vec![authority.clone()]));
    assert_eq!(needs(OrderScope::Party(party("x"))), Ok(vec![authority]));
    let odd = OrderScope::Class(ClassId::new("odd").unwrap());
    assert_eq!(
        needs(odd).map_err(|refusal| refusal.code),
        Err("scope-unknown")
    );
}

#[test]
fn members_must_fit_together() {
    let member = |name: &str, roles: Vec<Role>, prefixes: &[&str], gtins: &[&str]| Member {
        name: name.into(),
        id: "0300011111116".into(),
        roles,
        prefixes: prefixes.iter().map(|text| (*text).to_owned()).collect(),
        gtins: gtins.iter().map(|text| (*text).to_owned()).collect(),
        keys: vec![(PublicKey([1; 32]), KeyUse::Owner)],
    };
    let code = |members: &[Member]| {
        let chain = pangolin_ledger::id::ChainId([0; 32]);
        genesis(chain, TimeMs(0), params(), vec![STRICT], members)
            .map(|g| g.parties)
            .map_err(|e| e.code())
    };
    let make = || vec![role::MANUFACTURER];
    let parties = code(&[member("a", make(), &["030001"], &["10300010123452"])]).unwrap();
    let scopes: Vec<_> = parties[0]
        .roles
        .iter()
        .map(|(role, scope)| (role.0, scope.to_string()))
        .collect();
    let expected = [(1, ""), (2, ""), (9, "030001"), (9, "10300010123452")];
    assert_eq!(
        scopes,
        expected.map(|(role, scope)| (role, scope.to_owned()))
    );
    assert_eq!(
        code(&[member("a", make(), &["0300"], &[])]),
        Err("prefix-malformed")
    );
    assert_eq!(
        code(&[
            member("a", make(), &["030001"], &[]),
            member("b", make(), &["0300012"], &[])
        ]),
        Err("prefix-overlap")
    );
    assert_eq!(
        code(&[
            member("a", make(), &["030001"], &[]),
            member("b", make(), &["030001"], &[])
        ]),
        Err("prefix-contested")
    );
    assert_eq!(
        code(&[member("a", make(), &[], &["1"])]),
        Err("member-gtin")
    );
    assert_eq!(
        code(&[member("a", vec![role::WHOLESALER], &["030001"], &[])]),
        Err("not-a-labeler")
    );
    assert_eq!(
        code(&[member("a", vec![role::LABELER], &[], &[])]),
        Err("labeler-unlimited")
    );
    let unnamed = Member {
        id: "0300011111117".into(),
        ..Member::default()
    };
    assert_eq!(code(&[unnamed]), Err("member-id"));
    assert_eq!(
        party_id("urn:epc:id:sgln:030001.111111.0"),
        Some(party("0300011111116"))
    );
    assert_eq!(
        party_id("did:web:fda.example"),
        Some(party("did:web:fda.example"))
    );
}

#[test]
fn findings_are_about_what_senders_leave_out() {
    let issuer = party("0300011111116");
    let codes = |event: &Event| {
        watch(event, &issuer)
            .into_iter()
            .map(|finding| finding.code)
            .collect::<Vec<_>>()
    };
    let mut shipment = event(EventKind::Object, Action::Observe, step::SHIPPING, &[PACK]);
    shipment.destination = Some(party("0399999999991"));
    assert_eq!(
        codes(&shipment),
        [
            "watch-statement-missing",
            "watch-document-missing",
            "watch-place-missing"
        ]
    );
    shipment
        .attributes
        .insert(words::field::STATEMENT, Value::new("1").unwrap());
    shipment.place = Some(Value::new("0300011111116").unwrap());
    shipment.references.insert(pangolin_ledger::tx::Reference {
        kind: crate::cbv::document::DESADV,
        value: Value::new("urn:x:1").unwrap(),
    });
    assert_eq!(codes(&shipment), [""; 0]);
    let mut receipt = event(EventKind::Object, Action::Observe, step::RECEIVING, &[PACK]);
    receipt.place.clone_from(&shipment.place);
    assert_eq!(codes(&receipt), ["watch-source-missing"]);
    receipt
        .attributes
        .insert(attribute::OWNER_FROM, Value::new("x").unwrap());
    assert_eq!(codes(&receipt), [""; 0]);
    let mut odd = event(
        EventKind::Object,
        Action::Observe,
        crate::cbv::OTHER,
        &[PACK],
    );
    odd.place.clone_from(&shipment.place);
    assert_eq!(codes(&odd), ["watch-step-unknown"]);
    assert!(
        FINDINGS
            .iter()
            .all(|finding| finding.code.starts_with("watch-") && !finding.remedy.is_empty())
    );
}

#[test]
fn a_drop_shipment_goes_to_the_place() {
    let offered = |change: &dyn Fn(&mut Event)| {
        let mut shipment = event(EventKind::Object, Action::Observe, step::SHIPPING, &[PACK]);
        shipment.destination = Some(party("0399999999991"));
        shipment
            .attributes
            .insert(words::field::STATEMENT, Value::new("1").unwrap());
        shipment
            .attributes
            .insert(words::field::DROP_SHIPMENT, Value::new("1").unwrap());
        change(&mut shipment);
        let plan = classify(&shipment, "/events/0").unwrap();
        plan.steps.iter().find_map(|step| match &step.op {
            Op::Offer { to, .. } => Some(to.to_string()),
            _ => None,
        })
    };
    let place = |text: &'static str| {
        move |event: &mut Event| {
            event
                .attributes
                .insert(attribute::PLACE_TO, Value::new(text).unwrap());
        }
    };
    assert_eq!(
        offered(&place("0366666666661")).as_deref(),
        Some("0366666666661")
    );
    assert_eq!(
        offered(&place("0366666666661.DOCK")).as_deref(),
        Some("0366666666661")
    );
    assert_eq!(
        offered(&place("urn:x:place")).as_deref(),
        Some("urn:x:place")
    );
    assert_eq!(offered(&|_| {}).as_deref(), Some("0399999999991"));
}

#[test]
fn what_is_inside_a_shipment_is_guarded() {
    let mut shipment = event(
        EventKind::Object,
        Action::Observe,
        step::SHIPPING,
        &[PALLET],
    );
    shipment.destination = Some(party("0399999999991"));
    shipment
        .attributes
        .insert(words::field::STATEMENT, Value::new("1").unwrap());
    let plan = classify(&shipment, "/events/0").unwrap();
    let guards: Vec<_> = plan
        .steps
        .iter()
        .filter(|step| matches!(step.op, Op::Require(_)))
        .collect();
    assert!(matches!(guards[0].op, Op::Require(Guard::Stage(_))));
    assert!(matches!(guards[1].op, Op::Require(Guard::Whole)));
    assert!(matches!(
        &guards[2].op,
        Op::Require(Guard::GroupAttribute {
            refusal: "product-expired",
            ..
        })
    ));
}

fn any_event() -> impl Strategy<Value = Event> {
    let uris = [
        PACK,
        "urn:epc:id:sgtin:030001.1012345.7",
        PALLET,
        "urn:epc:id:grai:0614141.12345.400",
        "urn:epc:id:giai:0614141.X1",
        "urn:uuid:1-2",
    ];
    let kinds = prop::sample::select(vec![
        EventKind::Object,
        EventKind::Aggregation,
        EventKind::Transaction,
        EventKind::Transformation,
        EventKind::Association,
    ]);
    let actions = prop::sample::select(vec![Action::Add, Action::Observe, Action::Delete]);
    let code = prop_oneof![0u16..45, 0x0400u16..0x0470, Just(0xffff)];
    let attributes = proptest::collection::btree_map(
        prop_oneof![0u16..14, 0x0440u16..0x0448].prop_map(Code),
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..20),
            prop::sample::select(vec![
                "1",
                "0",
                "20270331",
                "take",
                "0399999999991",
                "-300",
                "A1"
            ])
            .prop_map(|text| text.as_bytes().to_vec()),
        ]
        .prop_map(|bytes| Value::new(bytes).unwrap()),
        0..10,
    );
    let some = move || proptest::collection::btree_set(prop::sample::select(uris.to_vec()), 0..4);
    (
        kinds,
        actions,
        code.clone(),
        proptest::option::of(code),
        some(),
        some(),
        any::<bool>(),
        attributes,
    )
        .prop_map(
            |(kind, action, step, disposition, objects, outputs, parent, attributes)| {
                let mut event = event(
                    kind,
                    action,
                    Code(step),
                    &objects.into_iter().collect::<Vec<_>>(),
                );
                event.disposition = disposition.map(Code);
                event.outputs.objects = outputs.into_iter().map(object).collect::<ObjectSet>();
                event.parent = parent.then(|| object(PALLET));
                event.attributes = attributes;
                event.destination = parent.then(|| party("0399999999991"));
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
            }
            Err(refusal) => {
                prop_assert!(rules::own().iter().any(|rule| rule.code == refusal.code));
                prop_assert!(refusal.place.starts_with("/events/0"));
            }
        }
        let _ = watch(&event, &party("x"));
    }
}
