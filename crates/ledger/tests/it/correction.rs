//! K12: append-only correction.

use pangolin_ledger::{
    Amount, Body, ClassId, Code, Correction, Effect, Event, EventId, EventKind, Outcome, Stock,
    TimeMs,
    state::{Balance, Correctives, EventRecord, EventState, Flags, Handover, Holder, Status, keys},
};

use crate::support::{EventExt, START_MS, World, attribute, event, id, party, step, with};

fn declare(event: &Event, correctives: &[EventId]) -> Body {
    Body::Correction(Box::new(Correction {
        event: event.clone(),
        declared: TimeMs(START_MS),
        reason: Code(1),
        note: "typed the wrong line".into(),
        correctives: correctives.to_vec(),
    }))
}

#[test]
fn an_event_in_error_stays_visible_and_is_linked() {
    let mut w = World::new();
    let create = event(step::CREATE, &["A.1"]);
    w.ok("maker", vec![create.clone()]);
    let wrong = event(step::SHIP, &["A.1"]).to("trader");
    w.ok("maker", vec![wrong.clone()]);
    let recorded: EventRecord = w.get(keys::event(&wrong.id)).unwrap();
    let right = with(event(step::SHIP, &["A.1"]).to("other"), |e| {
        e.corrects = Some(wrong.id);
    });
    let effects = w.enact("maker", declare(&wrong, &[]));
    assert_eq!(
        effects[..2],
        [
            Effect::DeclaredInError(wrong.id),
            Effect::RolledForward(id("A.1"))
        ]
    );
    let object = w.object("A.1");
    assert!(!object.in_transit() && object.flags.has(Flags::CORRECTED));
    assert_eq!(object.seq, 3, "the history is longer, not shorter");
    w.ok("maker", vec![right.clone()]);
    let after: EventRecord = w.get(keys::event(&wrong.id)).unwrap();
    assert!(after.corrected);
    assert_eq!(
        EventRecord {
            corrected: false,
            ..after
        },
        recorded
    );
    let links: Correctives = w.get(keys::correctives(&wrong.id)).unwrap();
    assert!(links.declared.is_some());
    assert_eq!(links.events, [right.id]);
    let tx = w.tx_by("maker", "maker/2", declare(&wrong, &[]));
    assert_eq!(
        w.run(&tx).refusal().map(|r| r.code),
        Some("already-corrected")
    );
}

#[test]
fn each_act_is_undone_by_a_further_record() {
    type Check = fn(&World);
    let acts: [(u16, Check); 4] = [
        (step::END, |w| assert!(w.object("A.1").is_live())),
        (step::HOLD, |w| {
            assert!(!w.object("A.1").flags.has(Flags::HELD));
        }),
        (step::SHIP, |w| assert!(!w.object("A.1").in_transit())),
        (step::OBSERVE, |w| assert_eq!(w.object("A.1").seq, 3)),
    ];
    for (act, check) in acts {
        let mut w = World::new();
        w.ok("maker", vec![event(step::CREATE, &["A.1"])]);
        let wrong = event(act, &["A.1"]).to("trader");
        w.ok("maker", vec![wrong.clone()]);
        w.enact("maker", declare(&wrong, &[]));
        check(&w);
    }
}

#[test]
fn an_identifier_created_in_error_may_be_created_again() {
    let mut w = World::new();
    let wrong = event(step::CREATE, &["A.1"])
        .attr(attribute::GROUP, "L1")
        .attr(attribute::LIMIT, "1");
    w.ok("maker", vec![wrong.clone()]);
    w.enact("maker", declare(&wrong, &[]));
    assert_eq!(w.object("A.1").status, Status::Voided);
    assert_eq!(
        w.refused("maker", vec![event(step::OBSERVE, &["A.1"])]).0,
        "object-terminated"
    );
    w.ok("maker", vec![wrong.nonce(1)]);
    let object = w.object("A.1");
    assert!(object.is_live() && object.seq == 3);
}

#[test]
fn an_acceptance_in_error_reopens_the_hand_over() {
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["A.1", "A.2"])]);
    let ship = event(step::SHIP, &["A.1", "A.2"]).to("trader");
    w.ok("maker", vec![ship.clone()]);
    let wrong = event(step::RECEIVE, &["A.1", "A.2"]);
    w.ok("trader", vec![wrong.clone()]);
    w.ok("trader", vec![event(step::OBSERVE, &["A.2"])]);
    let effects = w.enact("trader", declare(&wrong, &[]));
    assert!(effects.contains(&Effect::RolledForward(id("A.1"))));
    assert!(
        effects.contains(&Effect::Superseded(id("A.2"))),
        "it has moved on and stays"
    );
    assert_eq!(w.custodian("A.1").as_deref(), Some("maker"));
    assert_eq!(w.custodian("A.2").as_deref(), Some("trader"));
    let handover: Handover = w.get(keys::handover(&ship.id)).unwrap();
    assert_eq!((handover.accepted, handover.is_complete()), (1, false));
    w.ok("trader", vec![event(step::RECEIVE, &["A.1"]).nonce(1)]);
    assert_eq!(w.custodian("A.1").as_deref(), Some("trader"));
}

#[test]
fn a_packing_in_error_is_undone() {
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["A.1", "A.2", "C.1"])]);
    let wrong = event(step::PACK, &["A.1", "A.2"]).parent("C.1");
    w.ok("maker", vec![wrong.clone()]);
    w.enact("maker", declare(&wrong, &[]));
    assert_eq!(
        (w.object("C.1").children, w.object("C.1").inside.len()),
        (0, 0)
    );
    assert!(w.status("A.1").containers.is_empty());
}

#[test]
fn quantities_come_back_as_far_as_they_are_there() {
    let stock = Stock::Class(ClassId::new("flour").unwrap());
    let of = |step, amount| {
        with(event(step, &[]), |e| {
            e.quantities.insert(stock.clone(), Amount(amount));
        })
    };
    let mut w = World::new();
    w.ok("maker", vec![of(step::CREATE, 10)]);
    let ship = of(step::SHIP, 6).to("trader");
    w.ok("maker", vec![ship.clone()]);
    let has = |w: &World| {
        let balance: Option<Balance> = w.get(keys::balance(&Holder::Party(party("maker")), &stock));
        balance.map_or(0, |balance| balance.amount.0)
    };
    let mut taken = w.clone();
    w.enact("maker", declare(&ship, &[]));
    assert_eq!(has(&w), 10);
    taken.ok("trader", vec![of(step::RECEIVE, 1).from("maker")]);
    let effects = taken.enact("maker", declare(&ship, &[]));
    assert_eq!(
        effects,
        [
            Effect::DeclaredInError(ship.id),
            Effect::Unreversed(ship.id)
        ]
    );
    assert_eq!(has(&taken), 4);
}

#[test]
fn a_transformation_is_undone_as_a_whole_or_not_at_all() {
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["A.1", "A.2"])]);
    let wrong = with(event(step::TRANSFORM, &["A.1", "A.2"]), |e| {
        e.kind = EventKind::Transformation;
        e.outputs.objects = [id("B.1")].into_iter().collect();
    });
    w.ok("maker", vec![wrong.clone()]);
    let mut used = w.clone();
    w.enact("maker", declare(&wrong, &[]));
    assert!(w.object("A.1").is_live() && w.object("A.2").is_live());
    assert_eq!(w.object("B.1").status, Status::Voided);
    used.ok("maker", vec![event(step::OBSERVE, &["B.1"])]);
    let effects = used.enact("maker", declare(&wrong, &[]));
    assert_eq!(
        effects,
        [
            Effect::DeclaredInError(wrong.id),
            Effect::Unreversed(wrong.id)
        ]
    );
    assert!(used.object("B.1").is_live() && !used.object("A.1").is_live());
}

#[test]
fn only_the_issuer_declares_and_only_what_was_recorded() {
    let mut w = World::new();
    let create = event(step::CREATE, &["A.1"]);
    w.ok("maker", vec![create.clone()]);
    assert_eq!(w.forbids("trader", declare(&create, &[])), "not-issuer");
    assert_eq!(
        w.forbids("maker", declare(&event(step::CREATE, &["A.2"]), &[])),
        "event-unknown"
    );
    let mut other = event(step::CREATE, &["A.1", "A.2"]);
    other.id = create.id;
    assert_eq!(w.forbids("maker", declare(&other, &[])), "event-unknown");
}

#[test]
fn an_event_that_waits_is_given_up() {
    let mut w = World::new();
    let ship = event(step::SHIP, &["A.1"]).to("trader");
    w.parked("maker", ship.clone());
    w.enact("maker", declare(&ship, &[]));
    w.ok("maker", vec![event(step::CREATE, &["A.1"])]);
    assert!(!w.object("A.1").in_transit());
    let record: EventRecord = w.get(keys::event(&ship.id)).unwrap();
    assert_eq!(
        record.state,
        EventState::Rejected("declared-in-error".into())
    );
}

#[test]
fn an_undone_act_lets_what_waited_follow() {
    let mut w = World::new();
    w.ok("maker", vec![event(step::CREATE, &["A.1"])]);
    let wrong = event(step::HOLD, &["A.1"]);
    w.ok("maker", vec![wrong.clone()]);
    w.parked("maker", event(step::SHIP, &["A.1"]).to("trader"));
    let Outcome::Applied(receipt) = ({
        let tx = w.tx("maker", declare(&wrong, &[]));
        w.run(&tx)
    }) else {
        panic!()
    };
    assert!(
        receipt
            .effects
            .iter()
            .any(|e| matches!(e, Effect::Unparked(_)))
    );
    assert!(w.object("A.1").in_transit());
}
