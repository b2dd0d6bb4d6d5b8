//! Refusals and events as people read them.

use pangolin_ledger::{
    id::{ClassId, Digest32, EventId, GroupId, ObjectId, ObjectSet, OrderId, TimeMs},
    report::{Kernel, Reason, RuleId, reasons},
    say,
    tx::{Action, Event, EventKind},
};

use super::*;
use crate::pharma;
use crate::{
    cbv::{disposition, step},
    pharma::{STRICT, words::field},
};

fn key(uri: &str) -> pangolin_gs1::Key {
    pangolin_gs1::Key::parse(uri).unwrap()
}

fn thing(uri: &str) -> ObjectId {
    id::object(&key(uri)).unwrap()
}

fn lot() -> GroupId {
    id::group(&key("urn:epc:class:lgtin:030001.0012345.A123")).unwrap()
}

fn party_id(gln: &str) -> PartyId {
    PartyId::new(gln).unwrap()
}

fn names(party: &PartyId) -> Option<String> {
    (party.as_bytes() == b"0300011111116").then(|| "Acmegen Pharma".to_owned())
}

const PACK: &str = "urn:epc:id:sgtin:030001.0012345.11";
const CASE: &str = "urn:epc:id:sgtin:030001.1012345.1";
const PALLET: &str = "urn:epc:id:sscc:030001.41234567890";

fn refusal(reason: &Reason, subject: Subject, message: Message) -> Refusal {
    let mut refusal = Refusal::new(reason, subject, "/events/0/objects/0", message);
    refusal.said.profile = Some(STRICT);
    refusal
}

#[test]
fn things_have_the_names_of_the_trade() {
    assert_eq!(object(&thing(PACK)), "pack GTIN 00300010123455 serial 11");
    assert_eq!(object(&thing(CASE)), "case GTIN 10300010123452 serial 1");
    assert_eq!(
        object(&thing(PALLET)),
        "logistic unit SSCC 403000112345678901"
    );
    assert_eq!(object(&thing("urn:uuid:1-2")), "urn:uuid:1-2");
    assert_eq!(group(&lot()), "lot A123 of GTIN 00300010123455");
    let product: ClassId = id::class_of(&thing(PACK)).unwrap();
    assert_eq!(class(&product), "product GTIN 00300010123455");
    assert_eq!(
        party(&party_id("0300011111116"), &names),
        "Acmegen Pharma (GLN 0300011111116)"
    );
    assert_eq!(
        party(&party_id("0399999999991"), &names),
        "GLN 0399999999991"
    );
    assert_eq!(party(&party_id("did:web:x"), &nameless), "did:web:x");
}

#[test]
fn a_refusal_says_what_which_why_and_what_to_do() {
    let pallet = thing(PALLET);
    let expiry = Part::Value(field::EXPIRY, Value::new("20270331").unwrap());
    let mut expired = refusal(
        &reasons::GUARD_FAILED,
        Subject::Object(pallet),
        say![
            Part::Attribute(field::EXPIRY),
            " of ",
            &lot(),
            " is ",
            expiry,
            ", ",
            6u32,
            " of it inside"
        ],
    );
    expired.code = pharma::rules::EXPIRED;
    let told = tell(&expired, &names);
    assert_eq!(told.subject, "logistic unit SSCC 403000112345678901");
    assert_eq!(
        told.message,
        "logistic unit SSCC 403000112345678901: expiry date of lot A123 of GTIN 00300010123455 is 2027-03-31, \
         6 of it inside (rule K4 state.guard: goods, and everything inside a container, are not shipped, \
         dispensed or called sellable after their expiry date; receiving them as expired, returning and destroying \
         them is allowed)"
    );
    assert!(told.remedy.starts_with("take the goods of that lot out"));

    let order = OrderId([0xab; 32]);
    let recalled = refusal(
        &reasons::ON_RECALL,
        Subject::Object(thing(PACK)),
        say![order, " is in force on ", &lot()],
    );
    let told = tell(&recalled, &nameless);
    assert!(
        told.message
            .starts_with("pack GTIN 00300010123455 serial 11: order abababab")
    );
    assert!(told.message.contains(
        "is in force on lot A123 of GTIN 00300010123455 (rule K6 control.recall-order: "
    ));
    assert!(
        told.remedy
            .contains("return them (bizStep shipping, disposition recalled)")
    );
}

#[test]
fn parties_roles_and_times_are_said() {
    let maker = party_id("0300011111116");
    let missing = refusal(
        &reasons::ROLE_MISSING,
        Subject::Role(maker.clone(), pharma::role::LABELER),
        say![
            &maker,
            " does not have ",
            pharma::role::LABELER,
            " for ",
            Scope::new("0614141").unwrap(),
            " at ",
            TimeMs(1_772_352_000_000)
        ],
    );
    let told = tell(&missing, &names);
    assert!(told.message.starts_with(
        "Acmegen Pharma (GLN 0300011111116) does not have the role labeler for company prefix 0614141 at 2026-03-01 08:00 UTC (rule K2"
    ), "{}", told.message);
    let unknown = say![Role(77), " ", Code(0xfff0), " ", Scope::new("x").unwrap()];
    assert_eq!(of(STRICT).say(&unknown, &nameless), "role 77 code 65520 x");
}

#[test]
fn what_no_profile_judged_has_the_ledgers_words() {
    const ODD: Reason = Reason {
        code: "odd",
        rule: RuleId("a.b"),
        kernel: Kernel::K1,
        remedy: "do this",
    };
    let told = tell(
        &Refusal::new(&ODD, Subject::Event(EventId([0; 32])), "", "it is odd"),
        &nameless,
    );
    assert_eq!(
        (told.message.as_str(), told.remedy.as_str()),
        ("it is odd (rule K1 a.b)", "do this")
    );
    assert!(told.subject.starts_with("event ni:///sha-256;0000"));
}

fn event(kind: EventKind, action: Action, step: Code, objects: &[&str]) -> Event {
    let zero = Digest32([0; 32]);
    let time = TimeMs(1_772_352_000_000);
    let mut event = Event::new(EventId([1; 32]), kind, action, time, step, zero);
    event.objects = objects.iter().map(|uri| thing(uri)).collect::<ObjectSet>();
    event
}

fn said(event: &Event, issuer: &str) -> String {
    let issuer = party_id(issuer);
    let message = happened(&Happened {
        profile: STRICT,
        issuer: &issuer,
        event,
    });
    of(STRICT).say(&message, &names)
}

#[test]
fn an_event_is_one_sentence() {
    use Action::{Add, Delete, Observe};
    use EventKind::{Aggregation, Object, Transformation};
    const MAKER: &str = "0300011111116";
    const WHOLESALER: &str = "0399999999991";
    let mut commission = event(Object, Add, step::COMMISSIONING, &[PACK]);
    let value = |text| Value::new(text).unwrap();
    commission.attributes.insert(field::LOT, value("A123"));
    commission
        .attributes
        .insert(field::EXPIRY, value("20270331"));
    commission
        .attributes
        .insert(attribute::OFFSET, value("-600"));
    assert_eq!(
        said(&commission, MAKER),
        "2026-02-28: pack GTIN 00300010123455 serial 11 of lot A123 (expiry date 2027-03-31) commissioned by Acmegen \
         Pharma (GLN 0300011111116)"
    );
    let mut pack = event(
        Aggregation,
        Add,
        step::PACKING,
        &[PACK, "urn:epc:id:sgtin:030001.0012345.12"],
    );
    pack.parent = Some(thing(CASE));
    pack.place = Some(value("0300011111116.DOCK"));
    assert_eq!(
        said(&pack, MAKER),
        "2026-03-01: pack GTIN 00300010123455 serial 11 and 1 more packed into case GTIN 10300010123452 serial 1 by \
         Acmegen Pharma (GLN 0300011111116)"
    );
    let mut ship = event(Object, Observe, step::SHIPPING, &[PALLET]);
    ship.destination = Some(party_id(WHOLESALER));
    assert_eq!(
        said(&ship, MAKER),
        "2026-03-01: logistic unit SSCC 403000112345678901 shipped by Acmegen Pharma (GLN 0300011111116) to GLN \
         0399999999991"
    );
    let mut receive = event(Object, Observe, step::RECEIVING, &[PALLET]);
    receive.source = Some(party_id(MAKER));
    receive.place = Some(value("0388888888881"));
    assert_eq!(
        said(&receive, WHOLESALER),
        "2026-03-01: logistic unit SSCC 403000112345678901 received by GLN 0399999999991 from Acmegen Pharma (GLN \
         0300011111116) at GLN 0388888888881"
    );
    let mut empty = event(Aggregation, Delete, step::UNPACKING, &[]);
    empty.parent = Some(thing(PALLET));
    assert!(
        !said(&empty, MAKER).contains("serial") && said(&empty, MAKER).contains("901 emptied: ")
    );
    let mut partly = event(Object, Observe, step::DISPENSING, &[PACK]);
    partly.disposition = Some(disposition::PARTIALLY_DISPENSED);
    assert!(said(&partly, MAKER).contains(" dispensed in part by "));
    let mut repack = event(Transformation, Add, step::REPACKAGING, &[PACK]);
    repack.outputs.objects = [thing("urn:epc:id:sgtin:0333333.012345.1")]
        .into_iter()
        .collect();
    assert!(said(&repack, MAKER).contains("serial 11 repackaged as pack GTIN "));
    let storing = event(Object, Observe, step::STORING, &[PACK]);
    assert!(said(&storing, MAKER).contains(" reported (storing) by "));
}

#[test]
fn what_means_no_act_is_said_plainly() {
    let odd = event(EventKind::Object, Action::Add, step::STORING, &[PACK]);
    assert_eq!(
        said(&odd, "x"),
        "2026-03-01: pack GTIN 00300010123455 serial 11 reported by x"
    );
    let declared = declared_in_error(&party_id("x"), TimeMs(0), &EventId([0; 32]));
    assert!(
        of(STRICT)
            .say(&declared, &nameless)
            .starts_with("1970-01-01: event ni:///")
    );
}
