//! The index says of every object what the ledger's own state says.

use std::{cell::RefCell, collections::BTreeMap};

use crate::chain::{
    Chain, Dir, case, commission, object, object_event, pack, packing, party, receiving, shipping,
    transforming, unpacking,
};
use pangolin_index::{Applied, ObjectStatus, SqliteIndex};
use pangolin_ledger::{
    Body, Code, Correction, EventOutcome, ObjectId, PartyId, TimeMs,
    query::ObjectStatus as LedgerStatus, state::Status,
};
use proptest::{prelude::*, test_runner::TestRunner};

/// What a party tries to do.
#[derive(Debug, Clone)]
enum Try {
    Commission(Vec<u32>, u8),
    Pack(u32, Vec<u32>),
    PackCases(u32, Vec<u32>),
    Unpack(u32, Vec<u32>),
    Empty(u32),
    Ship(Vec<u32>, Vec<u32>, u8),
    Receive(Vec<u32>, Vec<u32>, u8),
    Withdraw(Vec<u32>),
    Simple(&'static str, Vec<u32>, Vec<u32>),
    Transform(Vec<u32>, Vec<u32>),
    Correct(usize),
    Seal,
    Wait,
}

fn packs() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::btree_set(0_u32..12, 0..4).prop_map(|set| set.into_iter().collect())
}

fn cases() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::btree_set(0_u32..4, 0..3).prop_map(|set| set.into_iter().collect())
}

/// The packs of a script.
const EVERYTHING: [u32; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

const WORDS: [&str; 8] = [
    "destroying",
    "decommissioning",
    "dispensing",
    "repairing",
    "holding",
    "stocking",
    "storing",
    "inspecting",
];

fn tries() -> impl Strategy<Value = (u8, bool, Try)> {
    let word = prop::sample::select(WORDS.to_vec());
    let action = prop_oneof![
        4 => (packs(), 0_u8..3).prop_map(|(packs, lot)| Try::Commission(packs, lot)),
        4 => (0_u32..4, packs()).prop_map(|(case, packs)| Try::Pack(case, packs)),
        4 => (0_u32..4, cases()).prop_map(|(case, cases)| Try::PackCases(case, cases)),
        3 => (0_u32..4, packs()).prop_map(|(case, packs)| Try::Unpack(case, packs)),
        1 => (0_u32..4).prop_map(Try::Empty),
        4 => (packs(), cases(), 0_u8..3).prop_map(|(packs, cases, to)| Try::Ship(packs, cases, to)),
        4 => (packs(), cases(), 0_u8..3).prop_map(|(packs, cases, from)| Try::Receive(packs, cases, from)),
        2 => packs().prop_map(Try::Withdraw),
        8 => (word, packs(), cases()).prop_map(|(word, packs, cases)| Try::Simple(word, packs, cases)),
        1 => (packs(), packs()).prop_map(|(inputs, outputs)| Try::Transform(inputs, outputs)),
        2 => (0_usize..40).prop_map(Try::Correct),
        3 => Just(Try::Seal),
        1 => Just(Try::Wait),
    ];
    (0_u8..3, prop::bool::weighted(0.15), action)
}

fn uris(packs: &[u32], cases: &[u32]) -> Vec<String> {
    packs
        .iter()
        .map(|n| pack(*n))
        .chain(cases.iter().map(|n| case(*n)))
        .collect()
}

/// The JSON of an attempt; `None` if it would name nothing.
fn json(n: i64, by: u8, what: &Try) -> Option<String> {
    let some = |list: Vec<String>| (!list.is_empty()).then_some(list);
    Some(match what {
        Try::Commission(list, lot) => commission(n, &some(uris(list, &[]))?, &format!("L{lot}")),
        Try::Pack(parent, list) => packing(n, &case(*parent), &some(uris(list, &[]))?),
        Try::PackCases(parent, list) => packing(
            n,
            &case(*parent),
            &some(
                uris(&[], list)
                    .into_iter()
                    .filter(|uri| *uri != case(*parent))
                    .collect(),
            )?,
        ),
        Try::Unpack(parent, list) => unpacking(n, &case(*parent), &some(uris(list, &[]))?),
        Try::Empty(parent) => unpacking(n, &case(*parent), &[]),
        Try::Ship(list, cases, to) if *to != by => shipping(n, &some(uris(list, cases))?, by, *to),
        Try::Receive(list, cases, from) if *from != by => {
            receiving(n, &some(uris(list, cases))?, *from, by)
        }
        Try::Withdraw(list) => {
            object_event(n, "OBSERVE", "void_shipping", &some(uris(list, &[]))?, "")
        }
        Try::Simple(word, list, cases) => {
            let action = if matches!(*word, "destroying" | "decommissioning") {
                "DELETE"
            } else {
                "OBSERVE"
            };
            object_event(n, action, word, &some(uris(list, cases))?, "")
        }
        Try::Transform(inputs, outputs) => {
            let outputs: Vec<u32> = outputs.iter().map(|n| n + 100).collect();
            transforming(
                n,
                &some(uris(inputs, &[]))?,
                &some(uris(&outputs, &[]))?,
                "T1",
            )
        }
        _ => return None,
    })
}

fn check(chain: &Chain, index: &SqliteIndex, id: &ObjectId) {
    let ledger = chain.status(id);
    let Some(record) = &ledger.record else {
        if let Ok(view) = index.object(id) {
            assert_eq!(view.status, ObjectStatus::Unknown, "{}", view.uri);
        }
        return;
    };
    let view = index.object(id).unwrap();
    let uri = &view.uri;
    let voided = record.status == Status::Voided;
    let status = match (&record.status, ledger.live) {
        (Status::Voided, _) => ObjectStatus::Voided,
        (_, true) => ObjectStatus::Live,
        (_, false) => ObjectStatus::Ended,
    };
    assert_eq!(view.status, status, "{uri} {record:?}");
    assert_eq!(view.custodian, ledger.custodian, "{uri} {record:?}");
    let containers: Vec<ObjectId> = ledger
        .containers
        .iter()
        .map(|container| container.id.clone())
        .collect();
    assert_eq!(view.containers, containers, "{uri}");
    assert_eq!(
        view.offered_to,
        ledger.pending.map(|pending| pending.to),
        "{uri}"
    );
    assert_eq!(view.held, ledger.held, "{uri}");
    assert_eq!(view.group, record.group, "{uri}");
    if !voided && !ledger.live {
        assert_eq!(view.reason, ledger.ended.map(|code| code.0), "{uri}");
    }
}

fn all_objects() -> Vec<ObjectId> {
    let numbers: Vec<u32> = (0..12).chain(100..112).collect();
    uris(&numbers, &[0, 1, 2, 3])
        .iter()
        .map(|uri| object(uri))
        .collect()
}

/// Makes an attempt likely to be accepted: by whoever has the objects, and only with objects that it can be about.
fn fit(chain: &Chain, by: u8, what: &Try) -> (u8, Try) {
    let number = |party: &PartyId| (0_u8..5).find(|n| crate::chain::party(*n) == *party);
    let status = |uri: String| chain.status(&object(&uri));
    let free = |status: &LedgerStatus| {
        status.live && status.pending.is_none() && status.containers.is_empty()
    };
    let of = |status: &LedgerStatus| status.custodian.as_ref().and_then(number);
    let offered = |status: &LedgerStatus| {
        status
            .pending
            .as_ref()
            .and_then(|pending| number(&pending.to))
    };
    let all = |packs: &[u32], cases: &[u32]| -> Vec<LedgerStatus> {
        uris(packs, cases).into_iter().map(status).collect()
    };
    let keep = |packs: &[u32], cases: &[u32], test: &dyn Fn(&LedgerStatus) -> bool| {
        let packs: Vec<u32> = packs
            .iter()
            .copied()
            .filter(|n| test(&status(pack(*n))))
            .collect();
        let cases: Vec<u32> = cases
            .iter()
            .copied()
            .filter(|n| test(&status(case(*n))))
            .collect();
        (packs, cases)
    };
    match what {
        Try::Commission(packs, lot) => (
            by,
            Try::Commission(keep(packs, &[], &|s| s.record.is_none()).0, *lot),
        ),
        Try::Pack(parent, packs) => {
            let outer = status(case(*parent));
            let by = of(&outer)
                .or_else(|| all(packs, &[]).iter().find_map(of))
                .unwrap_or(by);
            (
                by,
                Try::Pack(
                    *parent,
                    keep(packs, &[], &|s| free(s) && of(s) == Some(by)).0,
                ),
            )
        }
        Try::PackCases(parent, cases) => {
            let outer = status(case(*parent));
            let by = of(&outer)
                .or_else(|| all(&[], cases).iter().find_map(of))
                .unwrap_or(by);
            (
                by,
                Try::PackCases(
                    *parent,
                    keep(&[], cases, &|s| free(s) && of(s) == Some(by)).1,
                ),
            )
        }
        Try::Unpack(parent, _) => {
            let id = object(&case(*parent));
            let inside = keep(&EVERYTHING, &[], &|s| {
                s.containers.first().is_some_and(|c| c.id == id)
            })
            .0;
            (
                of(&status(case(*parent))).unwrap_or(by),
                Try::Unpack(*parent, inside.into_iter().take(2).collect()),
            )
        }
        Try::Empty(parent) => (of(&status(case(*parent))).unwrap_or(by), what.clone()),
        Try::Ship(packs, cases, to) => {
            let by = all(packs, cases).iter().find_map(of).unwrap_or(by);
            let (packs, cases) = keep(packs, cases, &|s| {
                s.live && s.pending.is_none() && of(s) == Some(by)
            });
            (
                by,
                Try::Ship(packs, cases, if *to == by { (by + 1) % 3 } else { *to }),
            )
        }
        Try::Receive(..) => {
            let (packs, cases) = keep(&EVERYTHING, &[0, 1, 2, 3], &|s| {
                s.live && s.pending.is_some()
            });
            let found = all(&packs, &cases);
            let Some(first) = found.first() else {
                return (by, what.clone());
            };
            let (to, from) = (offered(first).unwrap_or(by), of(first).unwrap_or(by));
            let (packs, cases) = keep(&packs, &cases, &|s| {
                offered(s) == Some(to) && of(s) == Some(from)
            });
            (
                to,
                Try::Receive(packs.into_iter().take(3).collect(), cases, from),
            )
        }
        Try::Withdraw(_) => {
            let (packs, _) = keep(&EVERYTHING, &[], &|s| {
                s.pending.is_some() && s.containers.is_empty()
            });
            let by = all(&packs, &[]).iter().find_map(of).unwrap_or(by);
            (
                by,
                Try::Withdraw(keep(&packs, &[], &|s| of(s) == Some(by)).0),
            )
        }
        Try::Simple(word, packs, cases) => {
            let wanted = |s: &LedgerStatus| match *word {
                "repairing" => s.ended == Some(Code(13)),
                "stocking" => s.held && s.live,
                _ => s.live && s.pending.is_none(),
            };
            let (packs, cases) = match *word {
                "repairing" | "stocking" => keep(&EVERYTHING, &[], &wanted),
                _ => keep(packs, cases, &wanted),
            };
            let by = all(&packs, &cases).iter().find_map(of).unwrap_or(by);
            let (packs, cases) = keep(&packs, &cases, &|s| of(s) == Some(by));
            (by, Try::Simple(word, packs, cases))
        }
        Try::Transform(inputs, outputs) => {
            let by = all(inputs, &[]).iter().find_map(of).unwrap_or(by);
            let inputs = keep(inputs, &[], &|s| free(s) && of(s) == Some(by)).0;
            let unborn = |n: &u32| status(pack(*n + 100)).record.is_none();
            (
                by,
                Try::Transform(inputs, outputs.iter().copied().filter(unborn).collect()),
            )
        }
        Try::Correct(_) | Try::Seal | Try::Wait => (by, what.clone()),
    }
}

/// Runs a script; returns how many events were applied, by what was tried.
fn run(script: &[(u8, bool, Try)]) -> BTreeMap<String, usize> {
    let dir = Dir::new();
    let mut chain = Chain::new();
    let index = SqliteIndex::open(dir.config(), crate::chain::lens()).unwrap();
    let mut stated: Vec<(u8, pangolin_ledger::Event)> = Vec::new();
    let mut applied = BTreeMap::new();
    let seal = |chain: &mut Chain| {
        let block = chain.seal().clone();
        assert_eq!(index.apply(&block).unwrap(), Applied::Now);
        assert_eq!(index.apply(&block).unwrap(), Applied::Before);
        for id in all_objects() {
            check(chain, &index, &id);
        }
    };
    let everything: Vec<u32> = (0..8).collect();
    chain
        .capture(0, &[commission(0, &uris(&everything, &[]), "L0")])
        .unwrap();
    seal(&mut chain);
    for (n, (by, wild, what)) in script.iter().enumerate() {
        let (by, what) = if *wild {
            (*by, what.clone())
        } else {
            fit(&chain, *by, what)
        };
        match &what {
            Try::Seal => seal(&mut chain),
            Try::Wait => {
                seal(&mut chain);
                chain.time += 700_000;
            }
            Try::Correct(back) => {
                let Some((issuer, event)) = stated.iter().rev().nth(back % 4) else {
                    continue;
                };
                let body = Correction {
                    event: event.clone(),
                    declared: TimeMs(chain.time),
                    reason: Code(1),
                    note: String::new(),
                    correctives: Vec::new(),
                };
                if chain
                    .send(*issuer, Body::Correction(Box::new(body)))
                    .is_ok()
                {
                    *applied.entry("Correct".to_owned()).or_insert(0) += 1;
                }
            }
            what => {
                let n = i64::try_from(n).unwrap() + 1;
                let Some(json) = json(n, by, what) else {
                    continue;
                };
                let event =
                    crate::chain::reduce(&json, pangolin_profiles::capture::Placement::Full);
                let Ok(receipt) = chain.send(by, Body::Events(vec![event.clone()])) else {
                    continue;
                };
                stated.push((by, event));
                if receipt.events[0].outcome == EventOutcome::Applied {
                    let name = match what {
                        Try::Simple(word, ..) => (*word).to_owned(),
                        other => format!("{other:?}").split('(').next().unwrap().to_owned(),
                    };
                    *applied.entry(name).or_insert(0) += 1;
                    if !wild {
                        seal(&mut chain);
                    }
                }
            }
        }
    }
    seal(&mut chain);
    // Whatever happened: building anew gives the same answers.
    let fresh = Dir::new();
    let again = chain.index(&fresh);
    for id in all_objects() {
        assert_eq!(index.object(&id).ok(), again.object(&id).ok());
    }
    applied
}

#[test]
fn objects_are_where_the_ledger_says() {
    let scripts = prop::collection::vec(tries(), 60..160);
    let applied = RefCell::new(BTreeMap::<String, usize>::new());
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 40,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let result = runner.run(&scripts, |script| {
        for (name, n) in run(&script) {
            *applied.borrow_mut().entry(name).or_insert(0) += n;
        }
        Ok(())
    });
    result.unwrap();
    // A script that only collects refusals tests nothing.
    let applied = applied.into_inner();
    println!("{applied:?}");
    let least = [
        "Commission",
        "Pack",
        "PackCases",
        "Unpack",
        "Empty",
        "Ship",
        "Receive",
        "Withdraw",
        "Transform",
        "Correct",
    ];
    for name in least.iter().copied().chain(WORDS) {
        assert!(
            applied.get(name).is_some_and(|n| *n >= 5),
            "too few of {name}: {applied:?}"
        );
    }
}

#[test]
fn events_out_of_order_take_effect_when_their_predecessor_comes() {
    let mut chain = Chain::new();
    let one = vec![pack(1)];
    let receipt = chain.capture(0, &[shipping(2, &one, 0, 1)]).unwrap();
    assert!(matches!(
        receipt.events[0].outcome,
        EventOutcome::Parked { .. }
    ));
    chain.seal();
    let dir = Dir::new();
    let index = chain.index(&dir);
    let waiting = index.parked(None, 0, 10).unwrap();
    assert_eq!(
        (waiting.len(), waiting[0].code.as_str()),
        (1, "object-absent")
    );
    chain.capture(0, &[commission(1, &one, "L1")]).unwrap();
    index.apply(chain.seal()).unwrap();
    let view = index.object(&object(&one[0])).unwrap();
    assert_eq!(
        (view.custodian, view.offered_to),
        (Some(party(0)), Some(party(1)))
    );
    assert_eq!(
        index
            .parked(Some(pangolin_index::ParkedStanding::Waiting), 0, 10)
            .unwrap(),
        []
    );
    assert_eq!(
        index
            .parked(Some(pangolin_index::ParkedStanding::Applied), 0, 10)
            .unwrap()
            .len(),
        1
    );
    assert_eq!(index.alerts(0, 10).unwrap(), []);
}

#[test]
fn what_never_comes_raises_an_alert() {
    let mut chain = Chain::new();
    chain.capture(0, &[shipping(2, &[pack(1)], 0, 1)]).unwrap();
    chain.seal();
    chain.time += 700_000;
    chain.seal();
    let dir = Dir::new();
    let index = chain.index(&dir);
    let alerts = index.alerts(0, 10).unwrap();
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0].code, "event-lapsed");
    let parked = index.parked(None, 0, 10).unwrap();
    assert_eq!(parked[0].state, pangolin_index::ParkedStanding::Lapsed);
}
