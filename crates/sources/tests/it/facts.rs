//! What the state of a chain says: by proofs of the reference implementation, and by those of made-up chains.

use pangolin_ledger::{
    Digest32, FactKey, TimeMs,
    state::{Assurance, CometBft, Mark, Tree},
    tx::Stated,
};
use pangolin_sources::{
    comet::Evidence,
    facts,
    made_up::{self, Chain, State, Validator},
};
use serde::Deserialize;

use crate::{code, hear};

#[derive(Deserialize)]
struct Vector {
    key: String,
    value: String,
    root: String,
    proof: String,
}

fn one_tree(tree: Tree) -> CometBft {
    CometBft {
        chain: "x".into(),
        trusting_ms: 1,
        drift_ms: 0,
        trees: vec![tree],
        stores: vec![],
    }
}

fn at(root: [u8; 32]) -> Mark {
    let zero = Digest32([0; 32]);
    Mark {
        height: 1,
        time: TimeMs(0),
        digest: zero,
        next: zero,
        root: Some(Digest32(root)),
    }
}

#[test]
fn proofs_of_the_reference_implementation_show_what_they_are_to_show() {
    let trees = [("iavl", Tree::Iavl), ("tendermint", Tree::Simple)];
    let cases = [
        "exist_left",
        "exist_middle",
        "exist_right",
        "nonexist_left",
        "nonexist_middle",
        "nonexist_right",
    ];
    for (name, tree) in trees {
        for case in cases {
            let file = format!(
                "{}/tests/data/ics23_{name}_{case}.json",
                env!("CARGO_MANIFEST_DIR")
            );
            let vector: Vector =
                serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
            let bytes = |text: &str| hex::decode(text).unwrap();
            let (value, proof) = (bytes(&vector.value), bytes(&vector.proof));
            let root: [u8; 32] = bytes(&vector.root).try_into().unwrap();
            let fact = Stated {
                key: FactKey::new(bytes(&vector.key)).unwrap(),
                value: (!value.is_empty()).then_some(value),
                proof: facts::encode(std::slice::from_ref(&proof)),
            };
            let say = |tree, root, fact: &Stated| {
                let said = facts::prove(&one_tree(tree), &at(root), std::slice::from_ref(fact));
                said.err().map_or("shown", |error| error.code)
            };
            assert_eq!(fact.value.is_some(), case.starts_with("exist"), "{case}");
            assert_eq!(say(tree, root, &fact), "shown", "{name} {case}");
            assert_eq!(say(tree, [1; 32], &fact), "wrong-root", "{name} {case}");
            let other = if tree == Tree::Iavl {
                Tree::Simple
            } else {
                Tree::Iavl
            };
            assert_eq!(say(other, root, &fact), "wrong-proof", "{name} {case}");
            // something else under the key, nothing, or another key
            let mut changed = fact.clone();
            changed.value = Some(b"something else".to_vec());
            assert_eq!(say(tree, root, &changed), "wrong-proof", "{name} {case}");
            if fact.value.is_some() {
                changed.value = None;
                assert_eq!(say(tree, root, &changed), "wrong-proof", "{name} {case}");
                changed = fact.clone();
                changed.key = FactKey::new("another").unwrap();
                assert_eq!(say(tree, root, &changed), "wrong-proof", "{name} {case}");
            }
            // twice the same proof, none, or half of one
            for proofs in [
                vec![proof.clone(), proof.clone()],
                vec![],
                vec![proof[..proof.len() / 2].to_vec()],
            ] {
                changed = fact.clone();
                changed.proof = facts::encode(&proofs);
                let said = say(tree, root, &changed);
                assert!(said == "wrong-proof" || said == "malformed-proof", "{said}");
            }
        }
    }
}

fn made_up_chain() -> Chain {
    let team: Vec<_> = (1..5).map(|number| Validator::new(number, 10)).collect();
    let goods = [
        ("lot-1", "released"),
        ("lot-2", "held"),
        ("lot-3", "released"),
        ("lot-5", "x"),
        ("lot-7", "y"),
    ];
    let goods = goods.map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes().to_vec()));
    let other = [(b"a".to_vec(), b"b".to_vec())];
    let state: State = [
        (b"bank".to_vec(), other.clone().into()),
        (b"goods".to_vec(), goods.into()),
        (b"staking".to_vec(), other.into()),
    ]
    .into();
    let mut chain = Chain::new("made-up-1");
    for index in 0..4 {
        chain.block(TimeMs(1_000 * index), &team, &team, state.clone());
    }
    chain
}

#[test]
fn a_fact_lies_in_a_store_in_the_list_of_stores() {
    let chain = made_up_chain();
    let assurance = Assurance::CometBft(made_up::terms(&chain, "goods"));
    let evidence = Evidence {
        steps: vec![chain.step(1, 3)],
        at: 3,
    };
    let say = |facts: &[Stated]| {
        let marks = [chain.mark(1)];
        code(hear(
            &assurance,
            &marks,
            TimeMs(3_000),
            &evidence.encode(),
            facts,
        ))
    };
    let fact = |key: &[u8]| chain.fact(2, b"goods", key);
    let all: Vec<_> = [
        "lot-0", "lot-1", "lot-2", "lot-3", "lot-4", "lot-5", "lot-6", "lot-7", "lot-8",
    ]
    .iter()
    .map(|key| fact(key.as_bytes()))
    .collect();
    let present = all.iter().filter(|fact| fact.value.is_some()).count();
    assert_eq!((present, say(&all)), (5, "shown"));
    for one in &all {
        assert_eq!(say(std::slice::from_ref(one)), "shown", "{}", one.key);
    }
    // from another store
    assert_eq!(say(&[chain.fact(2, b"bank", b"a")]), "wrong-proof");
    // nothing is missing that is there
    let mut hidden = fact(b"lot-2");
    hidden.proof = fact(b"lot-4").proof;
    hidden.value = None;
    assert_eq!(say(&[hidden]), "wrong-proof");
    // neighbours that are none: the key between them is not shown to be missing
    let mut wide = fact(b"lot-2");
    wide.value = None;
    let (_, left) = made_up::prove(&chain.states[1], b"goods", b"lot-0");
    wide.proof = facts::encode(&left);
    assert_eq!(say(&[wide]), "wrong-proof");
    // one byte of it
    let right = fact(b"lot-3");
    for index in 0..right.proof.len() {
        let mut changed = right.clone();
        changed.proof[index] ^= 1;
        assert_ne!(say(&[changed]), "shown", "{index}");
        let mut cut = right.clone();
        cut.proof.truncate(index);
        assert_ne!(say(&[cut]), "shown", "{index}");
    }
    // one wrong among many
    let mut some = all;
    some[3].value = Some(b"held".to_vec());
    assert_eq!(say(&some), "wrong-proof");
}

#[test]
fn a_hash_of_another_kind_proves_nothing() {
    let chain = made_up_chain();
    let fact = chain.fact(2, b"goods", b"lot-1");
    let mark = Mark {
        root: None,
        ..chain.mark(3)
    };
    let said = facts::prove(&made_up::terms(&chain, "goods"), &mark, &[fact]);
    assert_eq!(said.unwrap_err().code, "no-root");
    assert!(facts::prove(&made_up::terms(&chain, "goods"), &mark, &[]).is_ok());
}
