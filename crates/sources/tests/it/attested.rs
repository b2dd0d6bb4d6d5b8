//! Statements of those who attest a source.

use ed25519_zebra::SigningKey;
use pangolin_ledger::{
    Digest32, FactKey, SourceId, TimeMs,
    evidence::Heard,
    state::{Assurance, Attesters, Mark},
    tx::Stated,
};
use pangolin_sources::attested::{Evidence, MAX_AHEAD_MS, Statement};

use crate::{code, hear};

fn keys() -> Vec<SigningKey> {
    (1..5)
        .map(|number| SigningKey::from([number; 32]))
        .collect()
}

fn terms(threshold: u8) -> Assurance {
    let source = SourceId::new("x").unwrap();
    let statement = Statement {
        source: &source,
        number: 0,
        time: TimeMs(0),
        facts: &[],
    };
    let keys = keys()
        .iter()
        .take(3)
        .map(|key| statement.sign(key).0)
        .collect();
    Assurance::Attested(Attesters { keys, threshold })
}

fn fact(key: &str, value: Option<&str>) -> Stated {
    Stated {
        key: FactKey::new(key).unwrap(),
        value: value.map(|value| value.as_bytes().to_vec()),
        proof: vec![],
    }
}

fn signed(source: &str, number: u64, facts: &[Stated], by: &[usize]) -> Evidence {
    let source = SourceId::new(source).unwrap();
    let statement = Statement {
        source: &source,
        number,
        time: TimeMs(5_000),
        facts,
    };
    Evidence {
        number,
        time: TimeMs(5_000),
        signatures: by
            .iter()
            .map(|index| statement.sign(&keys()[*index]))
            .collect(),
    }
}

fn say(marks: &[Mark], evidence: &Evidence, facts: &[Stated]) -> &'static str {
    code(hear(
        &terms(2),
        marks,
        TimeMs(6_000),
        &evidence.encode(),
        facts,
    ))
}

#[test]
fn enough_of_them_sign_the_same() {
    let facts = [fact("a", Some("1")), fact("b", None)];
    assert_eq!(
        say(&[], &signed("there", 1, &facts, &[0, 1]), &facts),
        "shown"
    );
    assert_eq!(
        say(&[], &signed("there", 1, &facts, &[0, 1, 2]), &facts),
        "shown"
    );
    assert_eq!(
        say(&[], &signed("there", 1, &facts, &[0]), &facts),
        "too-few-signatures"
    );
    assert_eq!(
        say(&[], &signed("there", 1, &facts, &[]), &facts),
        "too-few-signatures"
    );
    assert_eq!(
        say(&[], &signed("there", 1, &facts, &[0, 3]), &facts),
        "unknown-attester"
    );
    // of another source, number, time, value, or of more
    assert_eq!(
        say(&[], &signed("here", 1, &facts, &[0, 1]), &facts),
        "bad-signature"
    );
    let mut changed = signed("there", 1, &facts, &[0, 1]);
    changed.number = 2;
    assert_eq!(say(&[], &changed, &facts), "bad-signature");
    changed = signed("there", 1, &facts, &[0, 1]);
    changed.time = TimeMs(5_001);
    assert_eq!(say(&[], &changed, &facts), "bad-signature");
    let right = signed("there", 1, &facts, &[0, 1]);
    assert_eq!(
        say(&[], &right, &[fact("a", Some("2")), fact("b", None)]),
        "bad-signature"
    );
    assert_eq!(
        say(&[], &right, &[fact("a", Some("1")), fact("b", Some(""))]),
        "bad-signature"
    );
    assert_eq!(say(&[], &right, &facts[..1]), "bad-signature");
    assert_eq!(
        say(&[], &signed("there", 1, &[], &[0, 1]), &[]),
        "nothing-stated"
    );
    let mut proven = facts.clone();
    proven[0].proof = vec![1];
    assert_eq!(say(&[], &right, &proven), "proof-of-attested");
}

#[test]
fn a_number_belongs_to_one_statement() {
    let facts = [fact("a", Some("1"))];
    let right = signed("there", 7, &facts, &[0, 1]);
    let heard = hear(&terms(2), &[], TimeMs(6_000), &right.encode(), &facts).unwrap();
    let Heard::Shown { marks, at } = heard else {
        panic!("{heard:?}");
    };
    assert_eq!(
        (marks.as_slice(), at.height, at.time),
        (&[at][..], 7, TimeMs(5_000))
    );
    // the same again, by others
    let again = signed("there", 7, &facts, &[1, 2]);
    let heard = hear(&terms(2), &marks, TimeMs(6_000), &again.encode(), &facts).unwrap();
    assert_eq!(heard, Heard::Shown { marks: vec![], at });
    let other = [fact("a", Some("2"))];
    assert_eq!(
        say(&marks, &signed("there", 7, &other, &[0, 2]), &other),
        "contradicted"
    );
    assert_eq!(
        say(&marks, &signed("there", 7, &other, &[0]), &other),
        "too-few-signatures"
    );
    assert_eq!(
        say(&marks, &signed("there", 6, &other, &[0, 2]), &other),
        "shown"
    );
    assert_eq!(at.next, Digest32([0; 32]));
}

#[test]
fn nothing_is_said_of_the_future() {
    let facts = [fact("a", Some("1"))];
    let evidence = signed("there", 1, &facts, &[0, 1]).encode();
    let at = |now: i64| code(hear(&terms(2), &[], TimeMs(now), &evidence, &facts));
    let ahead = i64::try_from(MAX_AHEAD_MS).unwrap();
    assert_eq!(at(5_000 - ahead), "shown");
    assert_eq!(at(4_999 - ahead), "in-future");
    assert_eq!(at(i64::MAX), "shown");
}

#[test]
fn every_byte_counts() {
    let facts = [fact("a", Some("1"))];
    let evidence = signed("there", 1, &facts, &[0, 1]);
    let bytes = evidence.encode();
    assert_eq!(Evidence::decode(&bytes).unwrap(), evidence);
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            assert!(
                hear(&terms(2), &[], TimeMs(6_000), &changed, &facts).is_err(),
                "{at} {bit}"
            );
        }
        assert!(
            hear(&terms(2), &[], TimeMs(6_000), &bytes[..at], &facts).is_err(),
            "{at}"
        );
    }
}
