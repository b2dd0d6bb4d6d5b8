//! Random histories under a recall: from the moment it is in force, nothing of the lot, and no container with any of it, sets
//! out or ends, whoever tries, in whatever order, also what had been waiting.

use std::collections::BTreeMap;

use pangolin_ledger::{
    Body, Code, Event, GroupId, OrderBody, OrderKind, OrderScope, OrderTerms, Outcome,
    query::ObjectStatus,
};
use proptest::prelude::*;

use crate::support::{
    EventExt, World, attribute, event_at, step,
    walk::{CASES, Choices, PACKS, any_event},
};

fn recall() -> Body {
    Body::Order(OrderBody::Issue(OrderTerms {
        kind: OrderKind::Recall,
        scope: OrderScope::Group(GroupId::new("lot A").unwrap()),
        reason: Code(1),
        legal_basis: "§ 1".into(),
        expires: None,
        officers: 1,
        document: None,
    }))
}

/// Everything there is, as it stands.
fn standing(w: &World) -> BTreeMap<&'static str, ObjectStatus> {
    let all = PACKS.into_iter().chain(CASES);
    all.map(|name| (name, w.status(name))).collect()
}

/// The objects of the recalled lot and every container around one of them: found from the packs outwards, not by what
/// containers count.
fn concerned(all: &BTreeMap<&'static str, ObjectStatus>) -> Vec<&'static str> {
    let mut found = Vec::new();
    for (name, status) in all {
        let member = status.live
            && status
                .group
                .as_ref()
                .is_some_and(|(group, _)| group.to_string() == "lot A");
        if member {
            found.push(*name);
            let around = status.containers.iter().map(|c| c.id.to_string());
            for container in around {
                found.extend(CASES.into_iter().filter(|case| *case == container));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Ships or ends what is named.
fn is_moving(event: &Event) -> bool {
    [
        step::SHIP,
        step::SHIP_INFERRING,
        step::END,
        step::END_WITH_CONTENTS,
        step::END_RELEASING,
    ]
    .contains(&event.step.0)
}

fn check(
    before: &BTreeMap<&'static str, ObjectStatus>,
    after: &BTreeMap<&'static str, ObjectStatus>,
) {
    for name in concerned(before) {
        let (was, is) = (&before[name], &after[name]);
        assert!(is.live, "{name} of the recalled lot ended");
        if was.pending.is_none() {
            assert_eq!(is.pending, None, "{name} of the recalled lot set out");
        }
        if was.containers.is_empty() && is.containers.is_empty() && was.pending.is_none() {
            assert_eq!(
                was.custodian, is.custodian,
                "{name} changed hands without an offer"
            );
        }
    }
}

/// A world where the lot is spread over packs, cases and a pallet before anything random happens.
fn begin() -> World {
    let mut w = World::new();
    let lot = event_at(step::CREATE, &["A.1", "A.2", "A.3"], 0).attr(attribute::GROUP, "lot A");
    w.ok("maker", vec![lot]);
    w.ok(
        "maker",
        vec![event_at(
            step::CREATE,
            &["B.1", "B.2", "C.1", "C.2", "P.1"],
            0,
        )],
    );
    w.ok(
        "maker",
        vec![event_at(step::PACK, &["A.1", "B.1"], 1).parent("C.1")],
    );
    w.ok(
        "maker",
        vec![event_at(step::PACK, &["C.1"], 2).parent("P.1")],
    );
    w
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases / 16,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_recall_only_ever_stops_more(seed in any::<u64>(), at in 0u64..60) {
        let mut c = Choices(seed);
        let mut w = begin();
        let mut recalled = false;
        for n in 10..120u64 {
            if n == 10 + at {
                w.enact("gov", recall());
                recalled = true;
            }
            let (who, event) = any_event(&mut c, n);
            let before = standing(&w);
            let stopped = recalled && is_moving(&event) && {
                let concerned = concerned(&before);
                event.objects.iter().any(|id| concerned.contains(&id.to_string().as_str()))
            };
            let outcome = w.say(who, vec![event.clone()]);
            if stopped && let Outcome::Applied(receipt) = &outcome {
                let applied = receipt.events[0].outcome == pangolin_ledger::EventOutcome::Applied;
                prop_assert!(!applied, "{} did {}", who, event.step);
            }
            if recalled {
                check(&before, &standing(&w));
            }
        }
    }
}

#[test]
fn a_recall_is_met_in_these_histories() {
    let mut met = 0;
    for seed in 0..8 {
        let mut c = Choices(seed);
        let mut w = begin();
        w.enact("gov", recall());
        for n in 10..120u64 {
            let (who, event) = any_event(&mut c, n);
            if let Outcome::Refused(refusal) = w.say(who, vec![event])
                && refusal.code == "on-recall"
            {
                met += 1;
            }
        }
    }
    assert!(met > 20, "{met}");
}
