//! Sources of other kinds: what is registered, heard, and rested upon.

use std::sync::Arc;

use pangolin_ledger::{
    Body, Code, Correction, Digest32, Effect, Event, EventKind, FactKey, GovernanceAction,
    GovernanceBody, Missing, Outcome, SourceId, TimeMs,
    evidence::{BadEvidence, Claimed, Heard, Sources},
    hash,
    limits::{MAX_FACT_SHOWN, MAX_MARKS, MAX_SOURCES},
    report::SourceChange,
    state::{Assurance, Fact, Flags, Grade, Mark, Object, Source, SourceList, keys},
    tx::{Report, Stated, TxError},
};

use crate::{
    samples::sources::{attested, comet, mark},
    support::{EventExt, START_MS, World, attribute, event, event_at, id, step},
};

/// Believes what it is told: the evidence is the height of a mark, its time and the first byte of its hash, or a fault.
struct Gullible;

impl Sources for Gullible {
    fn hear(&self, claimed: &Claimed<'_>) -> Result<Heard, BadEvidence> {
        let text = std::str::from_utf8(claimed.evidence).unwrap();
        let parts: Vec<i64> = text
            .split(' ')
            .filter_map(|part| part.parse().ok())
            .collect();
        let [height, time, hash] = parts[..] else {
            return Err(BadEvidence {
                code: "not-so",
                message: "it is not so".into(),
            });
        };
        let at = Mark {
            height: height.try_into().unwrap(),
            time: TimeMs(time),
            digest: Digest32([u8::try_from(hash).unwrap(); 32]),
            ..mark(1)
        };
        let known = claimed.marks.iter().find(|known| known.height == at.height);
        Ok(match known {
            Some(known) if known.digest == at.digest => Heard::Shown { marks: vec![], at },
            Some(_) => Heard::Contradicted { at: at.height },
            None => Heard::Shown {
                marks: vec![at],
                at,
            },
        })
    }
}

const FRESH_MS: u64 = 600_000;

fn source(name: &str) -> SourceId {
    SourceId::new(name).unwrap()
}

fn key(name: &str) -> FactKey {
    FactKey::new(name).unwrap()
}

fn govern(action: GovernanceAction) -> Body {
    let reason = String::new();
    Body::Governance(Box::new(GovernanceBody { action, reason }))
}

fn register(name: &str, assurance: Assurance, mark: Option<Mark>) -> GovernanceAction {
    GovernanceAction::RegisterSource {
        source: source(name),
        name: name.into(),
        assurance,
        freshness_ms: FRESH_MS,
        mark,
    }
}

/// A world with a chain `there` and an attested source `office`.
fn world() -> World {
    let mut w = World::new();
    w.machine = w.machine.hearing(Arc::new(Gullible));
    w.enact("gov", govern(register("there", comet(), Some(mark(7)))));
    w.enact("gov", govern(register("office", attested(), None)));
    w
}

fn report(of: &str, evidence: &str, facts: &[(&str, Option<&str>)]) -> Body {
    let facts = facts.iter().map(|(name, value)| Stated {
        key: key(name),
        value: value.map(|value| value.as_bytes().to_vec()),
        proof: vec![],
    });
    Body::Report(Box::new(Report {
        source: source(of),
        evidence: evidence.as_bytes().to_vec(),
        facts: facts.collect(),
    }))
}

/// Evidence of a height, as of now.
fn now(w: &World, height: u64) -> String {
    format!("{height} {} 1", w.time)
}

fn changes(effects: &[Effect]) -> Vec<SourceChange> {
    let changes = effects.iter().filter_map(|effect| match effect {
        Effect::Source { change, .. } => Some(change.clone()),
        _ => None,
    });
    changes.collect()
}

fn record(w: &World, name: &str) -> Source {
    w.get(keys::source(&source(name))).unwrap()
}

/// An event that rests on facts: `source key expected`, one a line.
fn resting(at: u16, objects: &[&str], on: &str) -> Event {
    event(at, objects).attr(attribute::RESTS_ON, on)
}

fn digest(text: &str) -> String {
    Digest32(hash::sha256(&[text.as_bytes()])).to_string()
}

#[test]
fn sources_are_registered_once_and_by_governance() {
    let mut w = world();
    let list: SourceList = w.get(keys::sources()).unwrap();
    assert_eq!(list.sources, [source("there"), source("office")]);
    assert_eq!(record(&w, "there").marks, [mark(7)]);
    let mut refused = |who: &str, action| w.forbids(who, govern(action));
    assert_eq!(
        refused("gov", register("there", attested(), None)),
        "governance-subject"
    );
    assert_eq!(
        refused("trader", register("x", attested(), None)),
        "role-missing"
    );
    let nobody = GovernanceAction::SuspendSource {
        source: source("nobody"),
    };
    assert_eq!(refused("gov", nobody), "governance-subject");
    let resume = |name: &str, mark| GovernanceAction::ResumeSource {
        source: source(name),
        mark,
    };
    assert_eq!(refused("gov", resume("there", None)), "governance-subject");
    assert_eq!(
        refused("gov", resume("office", Some(mark(9)))),
        "governance-subject"
    );
    w.enact("gov", govern(resume("there", Some(mark(9)))));
    assert_eq!(record(&w, "there").marks, [mark(9)]);
    for index in 2..MAX_SOURCES {
        w.enact(
            "gov",
            govern(register(&format!("s{index}"), attested(), None)),
        );
    }
    let full = govern(register("more", attested(), None));
    assert_eq!(w.forbids("gov", full), "governance-subject");
}

#[test]
fn terms_that_make_no_sense_are_malformed() {
    let say = |action: GovernanceAction| {
        let w = World::new();
        let tx = w.tx("gov", govern(action));
        tx.tx()
            .check()
            .err()
            .map(|error: TxError| (error.code(), error.place().to_owned()))
    };
    let bad = |code, field: &str| Some((code, format!("/governance/action/{field}")));
    assert_eq!(say(register("x", comet(), Some(mark(1)))), None);
    assert_eq!(
        say(register("x", comet(), None)),
        bad("out-of-range", "mark")
    );
    assert_eq!(
        say(register("x", comet(), Some(mark(0)))),
        bad("out-of-range", "mark/height")
    );
    assert_eq!(
        say(register("x", comet(), Some(mark(1 << 62)))),
        bad("out-of-range", "mark/height")
    );
    assert_eq!(
        say(register("x", attested(), Some(mark(1)))),
        bad("out-of-range", "mark")
    );
    let Assurance::CometBft(terms) = comet() else {
        unreachable!();
    };
    let with = |change: &dyn Fn(&mut pangolin_ledger::state::CometBft)| {
        let mut terms = terms.clone();
        change(&mut terms);
        say(register("x", Assurance::CometBft(terms), Some(mark(1))))
    };
    assert_eq!(with(&|t| t.chain.clear()), bad("empty-text", "chain"));
    assert_eq!(
        with(&|t| t.trusting_ms = 0),
        bad("out-of-range", "trusting_ms")
    );
    assert_eq!(
        with(&|t| t.drift_ms = t.trusting_ms),
        bad("out-of-range", "drift_ms")
    );
    assert_eq!(with(&|t| t.trees.clear()), bad("out-of-range", "trees"));
    assert_eq!(with(&|t| t.stores.clear()), bad("out-of-range", "stores"));
    let Assurance::Attested(terms) = attested() else {
        unreachable!();
    };
    for threshold in [0, 3] {
        let mut terms = terms.clone();
        terms.threshold = threshold;
        let said = say(register("x", Assurance::Attested(terms), None));
        assert_eq!(said, bad("out-of-range", "threshold"));
    }
}

#[test]
fn reports_are_judged_by_their_evidence() {
    let mut w = world();
    let facts = [("a", Some("1")), ("b", None)];
    assert_eq!(
        w.forbids("trader", report("nobody", "9 0 1", &facts)),
        "unknown-source"
    );
    let tx = w.tx("trader", report("there", "no", &facts));
    let Outcome::Refused(refusal) = w.run(&tx) else {
        panic!("applied");
    };
    assert_eq!(
        (refusal.code, refusal.place.as_str()),
        ("bad-report", "/report/evidence")
    );
    assert_eq!(refusal.message, "it is not so (not-so)");
    let at = now(&w, 9);
    let effects = w.enact("trader", report("there", &at, &facts));
    let told = |name: &str, present| SourceChange::Told {
        key: key(name),
        present,
    };
    let all = [
        SourceChange::Followed { height: 9 },
        told("a", true),
        told("b", false),
    ];
    assert_eq!(changes(&effects), all);
    let fact: Fact = w.get(keys::fact(&source("there"), &key("a"))).unwrap();
    assert_eq!((fact.shown.as_slice(), fact.height), (&b"1"[..], 9));
    // the same again tells nothing, and an earlier word undoes no later one
    assert_eq!(
        w.forbids("maker", report("there", &at, &facts)),
        "already-recorded"
    );
    let earlier = w.enact("trader", report("there", "8 1 1", &[("a", Some("0"))]));
    assert_eq!(changes(&earlier), [SourceChange::Followed { height: 8 }]);
    let fact: Fact = w.get(keys::fact(&source("there"), &key("a"))).unwrap();
    assert_eq!(fact.shown, b"1");
    // a long value is kept as its digest
    let long = "x".repeat(MAX_FACT_SHOWN + 1);
    let at = now(&w, 10);
    w.enact("trader", report("there", &at, &[("a", Some(&long))]));
    let fact: Fact = w.get(keys::fact(&source("there"), &key("a"))).unwrap();
    assert_eq!(
        (fact.shown.len(), fact.value.unwrap().to_string()),
        (0, digest(&long))
    );
    // so many marks are remembered, the highest
    for height in 20..40 {
        let at = now(&w, height);
        w.enact("trader", report("there", &at, &[]));
    }
    let heights: Vec<u64> = record(&w, "there")
        .marks
        .iter()
        .map(|mark| mark.height)
        .collect();
    assert_eq!(
        (heights.len(), heights[0], heights[MAX_MARKS - 1]),
        (MAX_MARKS, 24, 39)
    );
    assert_eq!(
        w.forbids("trader", report("there", "12 1 1", &[])),
        "already-recorded"
    );
    let mut deaf = World::new();
    deaf.enact("gov", govern(register("there", comet(), Some(mark(7)))));
    assert_eq!(
        deaf.forbids("trader", report("there", "9 0 1", &facts)),
        "bad-report"
    );
}

#[test]
fn the_same_fact_twice_in_one_report_is_malformed() {
    let w = World::new();
    let tx = w.tx("trader", report("x", "1 1 1", &[("a", None), ("a", None)]));
    assert_eq!(tx.tx().check().unwrap_err().place(), "/report/facts/1/key");
}

#[test]
fn a_source_that_contradicts_itself_is_suspended() {
    let mut w = world();
    w.ok("maker", vec![event(step::CREATE, &["A.1"])]);
    let at = now(&w, 9);
    w.enact("trader", report("there", &at, &[("a", Some("1"))]));
    let effects = w.enact(
        "trader",
        report("there", "9 5 2", &[("a", Some("2")), ("z", None)]),
    );
    assert_eq!(changes(&effects), [SourceChange::Contradicted { at: 9 }]);
    assert!(record(&w, "there").suspended.is_some());
    assert!(
        !w.state
            .contains_key(&keys::fact(&source("there"), &key("z")))
    );
    let at = now(&w, 11);
    assert_eq!(
        w.forbids("trader", report("there", &at, &[])),
        "source-suspended"
    );
    let rests = resting(step::OBSERVE, &["A.1"], "there a present");
    assert_eq!(
        w.refused("maker", vec![rests.clone()]).0,
        "source-suspended"
    );
    let resume = GovernanceAction::ResumeSource {
        source: source("there"),
        mark: Some(mark(20)),
    };
    w.enact("gov", govern(resume));
    assert_eq!(record(&w, "there").marks, [mark(20)]);
    w.ok("maker", vec![rests]);
}

#[test]
fn an_event_waits_for_the_fact_it_rests_on() {
    let mut w = world();
    w.ok("maker", vec![event(step::CREATE, &["A.1", "A.2", "A.3"])]);
    let end = resting(step::END, &["A.1"], "there lot present");
    let missing = Missing::Fact {
        source: source("there"),
        key: key("lot"),
    };
    assert_eq!(
        w.parked("maker", end.clone()),
        (missing, "fact-unproven".into())
    );
    // of another key, it waits on
    let at = now(&w, 9);
    w.enact("trader", report("there", &at, &[("other", Some("1"))]));
    assert!(w.object("A.1").is_live());
    let at = now(&w, 10);
    let effects = w.enact("trader", report("there", &at, &[("lot", Some("free"))]));
    assert!(effects.contains(&Effect::Unparked(end.id)), "{effects:?}");
    let rested = Effect::Rested {
        source: source("there"),
        key: key("lot"),
        grade: Grade::LightClient,
        value: Some(Digest32(hash::sha256(&[b"free"]))),
        height: 10,
        time: TimeMs(at.split(' ').nth(1).unwrap().parse().unwrap()),
    };
    assert!(effects.contains(&rested), "{effects:?}");
    assert!(!w.object("A.1").is_live());
    assert!(!w.object("A.1").flags.has(Flags::ATTESTED));
    // known and as it is said to be: at once
    let value = format!("there lot {}", digest("free"));
    w.ok("maker", vec![resting(step::OBSERVE, &["A.2"], &value)]);
    // known to be otherwise
    for otherwise in ["there lot absent", &format!("there lot {}", digest("held"))] {
        let event = resting(step::OBSERVE, &["A.2"], otherwise);
        assert_eq!(
            w.refused("maker", vec![event]).0,
            "fact-differs",
            "{otherwise}"
        );
    }
    let unknown = resting(step::OBSERVE, &["A.2"], "nobody lot absent");
    assert_eq!(w.refused("maker", vec![unknown]).0, "unknown-source");
    // one of two is missing
    let two = resting(
        step::OBSERVE,
        &["A.3"],
        "there lot present\nthere more absent",
    );
    let (_, code) = w.parked("maker", two.clone());
    assert_eq!(code, "fact-unproven");
    let at = now(&w, 11);
    let effects = w.enact("trader", report("there", &at, &[("more", Some("1"))]));
    let rejected = Effect::Rejected {
        event: two.id,
        code: "fact-differs".into(),
    };
    assert!(effects.contains(&rejected), "{effects:?}");
}

#[test]
fn facts_grow_old() {
    let mut w = world();
    w.ok("maker", vec![event(step::CREATE, &["A.1"])]);
    let at = now(&w, 9);
    w.enact("trader", report("there", &at, &[("lot", Some("held"))]));
    w.time += i64::try_from(FRESH_MS).unwrap() + 1;
    let later = event_at(step::OBSERVE, &["A.1"], w.time - START_MS)
        .attr(attribute::RESTS_ON, "there lot absent");
    let (_, code) = w.parked("maker", later.clone());
    assert_eq!(code, "fact-stale");
    // word that is as old does not help; later word does
    w.enact("trader", report("there", "10 5 1", &[("lot", None)]));
    let at = now(&w, 11);
    let effects = w.enact("trader", report("there", &at, &[("lot", None)]));
    assert!(effects.contains(&Effect::Unparked(later.id)), "{effects:?}");
}

#[test]
fn an_event_that_waits_too_long_lapses() {
    let mut w = world();
    w.ok("maker", vec![event(step::CREATE, &["A.1"])]);
    let waits = resting(step::OBSERVE, &["A.1"], "there lot present");
    w.parked("maker", waits.clone());
    let effects = w.wait(40 * 86_400_000);
    assert!(effects.contains(&Effect::Lapsed(waits.id)), "{effects:?}");
    assert!(!w.state.contains_key(&keys::parked(&waits.id)));
}

#[test]
fn what_rests_on_attested_facts_says_so_for_good() {
    let mut w = world();
    let at = now(&w, 1);
    w.enact("trader", report("office", &at, &[("lot", Some("free"))]));
    let create = resting(step::CREATE, &["A.1"], "office lot present");
    let receipt = w.ok("maker", vec![create]);
    assert!(receipt.effects.iter().any(|effect| matches!(
        effect,
        Effect::Rested {
            grade: Grade::Attested,
            ..
        }
    )));
    let attested = |w: &World, name: &str| {
        let object: Object = w.object(name);
        object.flags.has(Flags::ATTESTED)
    };
    assert!(attested(&w, "A.1"));
    w.ok("maker", vec![event(step::CREATE, &["A.2", "A.3"])]);
    assert!(!attested(&w, "A.2"));
    w.ok("maker", vec![event(step::OBSERVE, &["A.1", "A.2"])]);
    assert!(attested(&w, "A.1") && !attested(&w, "A.2"));
    assert!(attested(&w, "A.1"));
    // and what is made of it
    let makes = |from: &[&str], made: &str| {
        let event = event(step::TRANSFORM, from).attr(attribute::GROUP, made);
        crate::support::with(event, |e| {
            e.kind = EventKind::Transformation;
            e.outputs.objects = [id(made)].into_iter().collect();
        })
    };
    w.ok("maker", vec![makes(&["A.1", "A.2"], "Z.1")]);
    assert!(attested(&w, "Z.1") && !attested(&w, "A.2"));
    w.ok("maker", vec![makes(&["A.3"], "Y.1")]);
    assert!(!attested(&w, "Y.1"));
}

#[test]
fn a_process_remembers_that_something_in_it_was_attested() {
    let mut w = world();
    let at = now(&w, 1);
    w.enact("trader", report("office", &at, &[("lot", None)]));
    w.ok(
        "maker",
        vec![resting(step::CREATE, &["A.1"], "office lot absent")],
    );
    let part = |from: &[&str], made: &[&str]| {
        let event = event(step::TRANSFORM, from)
            .attr(attribute::GROUP, "made")
            .attr(attribute::PROCESS, "p");
        crate::support::with(event, |e| {
            e.kind = EventKind::Transformation;
            e.outputs.objects = made.iter().map(|name| id(name)).collect();
        })
    };
    w.ok("maker", vec![part(&["A.1"], &[])]);
    w.ok("maker", vec![part(&[], &["Z.1"])]);
    assert!(w.object("Z.1").flags.has(Flags::ATTESTED));
}

#[test]
fn an_event_in_error_is_undone_whatever_it_rested_on() {
    let mut w = world();
    let at = now(&w, 1);
    w.enact("trader", report("there", &at, &[("lot", Some("free"))]));
    let wrong = resting(step::CREATE, &["A.1"], "there lot present");
    w.ok("maker", vec![wrong.clone()]);
    let correction = Correction {
        event: wrong.clone(),
        declared: TimeMs(w.time),
        reason: Code(1),
        note: String::new(),
        correctives: vec![],
    };
    let effects = w.enact("maker", Body::Correction(Box::new(correction)));
    assert!(
        effects.contains(&Effect::DeclaredInError(wrong.id)),
        "{effects:?}"
    );
    assert!(
        !effects.contains(&Effect::Unreversed(wrong.id)),
        "{effects:?}"
    );
    assert!(!w.object("A.1").is_live());
}
