//! What a node answers.

use pangolin_ledger::{TimeMs, state::Tree};
use pangolin_sources::{
    facts,
    made_up::{Chain, State, Validator},
    rpc,
};

const TREES: [Tree; 2] = [Tree::Iavl, Tree::Simple];

fn chain() -> Chain {
    let team: Vec<_> = (1..40).map(|number| Validator::new(number, 10)).collect();
    let goods = [(b"lot-1".to_vec(), b"released".to_vec())];
    let state: State = [(b"goods".to_vec(), goods.into())].into();
    let mut chain = Chain::new("made-up-1");
    for index in 0..3 {
        chain.block(TimeMs(1_000 * index + 7), &team, &team, state.clone());
    }
    chain
}

#[test]
fn answers_are_read() {
    let chain = chain();
    let ask = |path: &str| chain.answer(path).to_string();
    assert_eq!(
        rpc::status(&ask("/status")).unwrap(),
        ("made-up-1".into(), 3)
    );
    assert_eq!(
        &rpc::commit(&ask("/commit?height=2")).unwrap(),
        chain.signed(2)
    );
    let (first, total) = rpc::validators(&ask("/validators?height=2&page=1&per_page=30")).unwrap();
    let (second, _) = rpc::validators(&ask("/validators?height=2&page=2&per_page=30")).unwrap();
    assert_eq!((first.len(), second.len(), total), (30, 9, 39));
    for key in ["lot-1", "lot-2"] {
        let path = format!(
            "/abci_query?path=%22/store/goods/key%22&data=0x{}&height=2&prove=true",
            hex::encode(key)
        );
        let found = rpc::query(&ask(&path), &TREES).unwrap();
        let fact = chain.fact(2, b"goods", key.as_bytes());
        assert_eq!((&found.value, found.height), (&fact.value, 2));
        assert_eq!(facts::encode(&found.proofs), fact.proof);
    }
}

#[test]
fn what_is_no_answer_is_said_to_be_none() {
    let chain = chain();
    let code = |text: &str| rpc::commit(text).map_or_else(|error| error.code(), |_| "read");
    assert_eq!(
        code(&chain.answer("/commit?height=9").to_string()),
        "rpc-refused"
    );
    assert_eq!(code("{}"), "rpc-malformed");
    assert_eq!(code("<html>"), "rpc-malformed");
    assert_eq!(code(&chain.answer("/status").to_string()), "rpc-malformed");
    // a node without proofs, as it was recorded
    let recorded = format!(
        "{}/tests/data/kvstore_query.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let recorded = std::fs::read_to_string(recorded).unwrap();
    let error = rpc::query(&recorded, &TREES).unwrap_err();
    assert_eq!(error.code(), "rpc-proof");
    let plain = rpc::query(&recorded, &[]).unwrap();
    assert_eq!(
        (plain.value.as_deref(), plain.height),
        (Some(&b"value"[..]), 89)
    );
    let refused = r#"{"result": {"response": {"code": 6, "log": "unknown store", "height": "0"}}}"#;
    let error = rpc::query(refused, &TREES).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the application answers 6: unknown store"
    );
    assert_eq!(
        rpc::query(&chain.answer("/nothing").to_string(), &TREES)
            .unwrap_err()
            .code(),
        "rpc-refused"
    );
}
