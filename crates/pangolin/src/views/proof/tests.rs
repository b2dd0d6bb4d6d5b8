//! What is proven is said as the trade says it, and nothing of a stranger's passes for it.

use pangolin_ledger::{
    ChainId, Digest32, EventId, EventOutcome, EventReceipt, OrderId, OrderTerms, PublicKey, TimeMs,
    query::BlockingOrder,
    report::Part,
    state::{ActiveOrder, Missing, Order, Params},
};
use pangolin_profiles::{capture::id, cbv::step, pharma};
use pangolin_proof::file::{Check, Relation, Stated};

use super::*;

const MAKER: &str = "0300011111116";

fn object() -> ObjectId {
    let key = pangolin_gs1::Key::parse("urn:epc:id:sgtin:030001.0012345.11").unwrap();
    id::object(&key).unwrap()
}

fn maker() -> PartyId {
    PartyId::new(MAKER).unwrap()
}

fn words() -> ProofWords {
    ProofWords {
        speech: speech::of(pharma::STRICT),
        names: [(maker(), "Acmegen Pharma".to_owned())].into(),
    }
}

fn report() -> Report {
    Report {
        chain: "pharma".into(),
        about: "x\n\u{1b}[2J[ok] fake\u{202e}".into(),
        claims: Vec::new(),
        height: 7,
        time_ms: 0,
        checks: vec![Check {
            code: "final",
            text: "block 7 is final".into(),
        }],
        profile: Some(pharma::STRICT),
        stated: None,
        events: Vec::new(),
        facts: Vec::new(),
        orders: Vec::new(),
        warnings: Vec::new(),
        doubts: Vec::new(),
    }
}

fn shipment(outcome: EventOutcome, carried: bool) -> ProvenEvent {
    let zero = Digest32([0; 32]);
    let mut event = Event::new(
        EventId([1; 32]),
        EventKind::Object,
        Action::Observe,
        TimeMs(1_772_352_000_000),
        step::SHIPPING,
        zero,
    );
    event.objects = [object()].into_iter().collect();
    event.source = Some(maker());
    event.destination = Some(PartyId::new("0399999999991").unwrap());
    ProvenEvent {
        receipt: EventReceipt {
            id: event.id,
            outcome,
            objects: 1,
            digest: event.digest(),
        },
        event: carried.then_some(event),
    }
}

fn stated() -> Stated {
    Stated {
        issuer: maker(),
        key: PublicKey([3; 32]),
    }
}

#[test]
fn a_receipt_says_who_did_what_and_what_became_of_it() {
    let mut report = report();
    report.stated = Some(stated());
    report.events = vec![
        shipment(EventOutcome::Applied, true),
        shipment(
            EventOutcome::Parked {
                missing: Missing::Object(object()),
                deadline: TimeMs(1_772_352_000_000),
                code: "object-absent".into(),
            },
            true,
        ),
    ];
    let text = proof(&report, &words());
    let did = "pack GTIN 00300010123455 serial 11 shipped by Acmegen Pharma (GLN 0300011111116) to GLN 0399999999991";
    assert!(
        text.contains(&format!(
            "event 1 of 2: 2026-03-01: {did}\n    applied, 1 object record written; ni:///"
        )),
        "{text}"
    );
    assert!(
        text.contains(&format!(
            "event 2 of 2: 2026-03-01: {did}\n    waits for what must come before it, until 2026-03-01 08:00 UTC \
             (code object-absent), 1 object record written"
        )),
        "{text}"
    );
    let json = proof_json(&report, &words());
    assert_eq!(json["statedBy"]["name"], "Acmegen Pharma");
    assert_eq!(json["events"][0]["outcome"], "applied");
    assert_eq!(json["events"][1]["code"], "object-absent");
    let stated = &json["events"][0]["stated"];
    assert_eq!(stated["type"], "ObjectEvent");
    assert!(stated["bizStep"].as_str().unwrap().ends_with("shipping"));
    assert_eq!(
        stated["objects"][0],
        "https://id.gs1.org/01/00300010123455/21/11"
    );
}

#[test]
fn a_receipt_without_its_transaction_says_no_more_than_what_became_of_it() {
    let mut report = report();
    report.profile = None;
    report.events = vec![shipment(EventOutcome::Applied, false)];
    let text = proof(&report, &words());
    assert!(
        text.contains("?ver=CBV2.0\n    applied, 1 object record written\n"),
        "{text}"
    );
    let json = proof_json(&report, &words());
    assert!(json["statedBy"].is_null() && json["events"][0]["stated"].is_null());
}

fn recall(record: bool) -> ProvenOrder {
    let scope = OrderScope::Object(object());
    let terms = OrderTerms {
        kind: OrderKind::Recall,
        scope: scope.clone(),
        reason: pharma::words::order_reason::RECALL_CLASS_1,
        legal_basis: "21 CFR 7.46".into(),
        expires: None,
        officers: 1,
        document: None,
    };
    ProvenOrder {
        relation: Relation::Itself,
        found: BlockingOrder {
            scope,
            order: ActiveOrder {
                order: OrderId([5; 32]),
                kind: OrderKind::Recall,
                expires: Some(TimeMs(0)),
            },
            exempted: false,
            by: None,
        },
        record: record.then(|| Order {
            issuer: maker(),
            terms,
            signed: [PublicKey([3; 32])].into(),
            state: OrderState::Active {
                since: pangolin_ledger::Height(6),
            },
            issued: pangolin_ledger::Height(5),
        }),
    }
}

#[test]
fn programs_read_every_member_of_an_order() {
    let json = order_json(&words(), &recall(true));
    for (member, value) in [
        ("kind", json!("recall")),
        ("on", json!("object")),
        (
            "subject",
            json!("https://id.gs1.org/01/00300010123455/21/11"),
        ),
        ("order", json!("05".repeat(32))),
        ("exempted", json!(false)),
        ("since", json!(6)),
        ("reason", json!("class I recall")),
        ("reasonCode", json!(0x0460)),
        ("legalBasis", json!("21 CFR 7.46")),
        ("expires", json!("1970-01-01T00:00:00Z")),
    ] {
        assert_eq!(json[member], value, "{member}: {json}");
    }
    assert!(json["issuer"].as_str().unwrap().ends_with(MAKER), "{json}");
    let bare = order_json(&words(), &recall(false));
    assert!(bare["since"].is_null() && bare["reason"].is_null());
    assert_eq!(bare["kind"], "recall");
}

#[test]
fn warnings_and_doubts_stand_before_the_verdict() {
    let mut report = report();
    report.warnings.push("it is recalled".into());
    let text = proof(&report, &words());
    assert!(
        text.contains("\nATTENTION: it is recalled\n\nVERIFIED as of block 7;"),
        "{text}"
    );
    assert_eq!(
        proof_json(&report, &words())["warnings"][0],
        "it is recalled"
    );
    // the same twice is said once, and things are called as everywhere
    for _ in 0..2 {
        report.doubts.push(say!["where ", &object(), " was"]);
    }
    report.about.clear();
    let text = proof(&report, &words());
    assert!(
        text.ends_with(
            "\nNOT SHOWN:\n  where pack GTIN 00300010123455 serial 11 was\n\nNOT FULLY VERIFIED"
        ),
        "{text}"
    );
    assert!(
        !text.contains("what its sender says"),
        "it says nothing: {text}"
    );
}

#[test]
fn words_of_a_stranger_stay_on_their_line() {
    let mut report = report();
    // a legal basis, a name or a reason is a stranger's text too, though it is proven that he wrote it
    let basis = say!["law\n  [ok] all is well", Part::from(maker())];
    report.facts.push(("recall".into(), basis));
    let text = proof(&report, &words());
    assert!(
        text.contains("  x\\n\\u{1b}[2J[ok] fake\\u{202e}\n"),
        "{text}"
    );
    assert!(
        text.contains("  recall: law\\n  [ok] all is well"),
        "{text}"
    );
    let checks = text
        .lines()
        .filter(|line| line.trim_start().starts_with("[ok]"));
    assert_eq!(checks.count(), 1);
    assert_eq!(plain("Größe 5 µm"), "Größe 5 µm");
}

#[test]
fn names_and_words_come_from_the_genesis_file() {
    let genesis = Genesis {
        chain: ChainId([0; 32]),
        time: TimeMs(0),
        params: Params::default(),
        profiles: vec![pharma::STRICT],
        parties: vec![pangolin_ledger::GenesisParty {
            id: maker(),
            name: "Acmegen Pharma".into(),
            keys: Vec::new(),
            roles: Vec::new(),
        }],
        chains: Vec::new(),
    };
    let words = ProofWords::new(&genesis, None);
    let said = words.say(&say![maker(), ", ", pharma::words::ended::DISPENSED]);
    assert_eq!(said, "Acmegen Pharma (GLN 0300011111116), dispensed");
    let other = ProofWords::new(&genesis, Some(ProfileRef { id: 77, version: 1 }));
    assert!(
        other
            .say(&say![pangolin_ledger::Code(0xfff0)])
            .starts_with("code ")
    );
    // what was given on another chain keeps its name
    let said = other.say(&say![pharma::words::ended::DISPENSED]);
    assert_eq!(said, "dispensed");
}
