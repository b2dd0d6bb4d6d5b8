//! Headers that real software made: of a Gaia node, as it answered; and those on which a model of the light client was asked.

use pangolin_ledger::{
    TimeMs,
    evidence::Heard,
    state::{Assurance, CometBft, Mark, Tree},
};
use pangolin_sources::{
    comet::{Evidence, Step, mark_of},
    rpc,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tendermint::{block::signed_header::SignedHeader, validator};

use crate::{code, hear};

fn file(name: &str) -> String {
    let path = format!("{}/tests/data/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn terms(chain: &str, trusting_ms: u64) -> Assurance {
    Assurance::CometBft(CometBft {
        chain: chain.into(),
        trusting_ms,
        drift_ms: 1_000,
        trees: vec![Tree::Iavl],
        stores: vec![],
    })
}

/// The single validator of the recorded chain.
fn validators() -> validator::Set {
    let status: Value = serde_json::from_str(&file("gaia_status")).unwrap();
    let info = &status["result"]["validator_info"];
    let answer = json!({"result": {"validators": [{
        "address": info["address"], "pub_key": info["pub_key"], "voting_power": info["voting_power"], "proposer_priority": "0",
    }], "total": "1"}});
    let (all, total) = rpc::validators(&answer.to_string()).unwrap();
    assert_eq!(total, 1);
    validator::Set::without_proposer(all)
}

/// The header of height 9, whose commit is in the block after it.
fn ninth() -> SignedHeader {
    let metas: Value = serde_json::from_str(&file("gaia_blockchain_from_1_to_10")).unwrap();
    let metas = metas["result"]["block_metas"].as_array().unwrap().clone();
    let ninth = metas
        .iter()
        .find(|meta| meta["header"]["height"] == "9")
        .unwrap();
    let tenth: Value = serde_json::from_str(&file("gaia_block_at_height_10")).unwrap();
    let commit = &tenth["result"]["block"]["last_commit"];
    let answer =
        json!({"result": {"signed_header": {"header": ninth["header"], "commit": commit}}});
    rpc::commit(&answer.to_string()).unwrap()
}

/// A header below, from which on the chain is followed.
fn first() -> Mark {
    let metas: Value = serde_json::from_str(&file("gaia_blockchain_from_1_to_10")).unwrap();
    let metas = metas["result"]["block_metas"].as_array().unwrap().clone();
    let first = metas
        .iter()
        .find(|meta| meta["header"]["height"] == "1")
        .unwrap();
    let commit =
        json!({"height": "1", "round": 0, "block_id": first["block_id"], "signatures": []});
    let answer =
        json!({"result": {"signed_header": {"header": first["header"], "commit": commit}}});
    let header = rpc::commit(&answer.to_string()).unwrap();
    let mark = mark_of(&header).unwrap();
    // the hash is the one that the node gives
    let hash = first["block_id"]["hash"].as_str().unwrap().to_lowercase();
    assert_eq!(hex::encode(mark.digest.0), hash);
    mark
}

#[test]
fn the_headers_of_a_gaia_node_are_believed() {
    assert_eq!(
        rpc::status(&file("gaia_status")).unwrap(),
        ("ibc-0".into(), 165)
    );
    let tenth = rpc::commit(&file("gaia_commit_at_height_10")).unwrap();
    let (ninth, mark) = (ninth(), mark_of(&tenth).unwrap());
    let evidence = Evidence {
        steps: vec![
            Step {
                signed: ninth,
                validators: validators(),
                trusted: Some(validators()),
            },
            Step {
                signed: tenth,
                validators: validators(),
                trusted: None,
            },
        ],
        at: 10,
    };
    let bytes = evidence.encode();
    let hour = 3_600_000;
    let now = TimeMs(mark.time.0 + 1);
    let heard = hear(&terms("ibc-0", hour), &[first()], now, &bytes, &[]).unwrap();
    let Heard::Shown { marks, at } = heard else {
        panic!("{heard:?}");
    };
    assert_eq!((marks.len(), at), (2, mark));
    assert_eq!(
        code(hear(&terms("ibc-1", hour), &[first()], now, &bytes, &[])),
        "invalid-header"
    );
    assert_eq!(
        code(hear(&terms("ibc-0", 1_000), &[first()], now, &bytes, &[])),
        "invalid-header"
    );
    let mut other = first();
    other.next.0[0] ^= 1;
    assert_eq!(
        code(hear(&terms("ibc-0", hour), &[other], now, &bytes, &[])),
        "no-trusted-header"
    );
    // whichever byte of a recorded header changes
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        if let Ok(Heard::Shown { at: shown, .. }) =
            hear(&terms("ibc-0", hour), &[first()], now, &changed, &[])
        {
            assert_eq!(shown, mark, "{at}");
        }
    }
}

#[derive(Deserialize)]
struct Run {
    description: String,
    initial: Initial,
    input: Vec<Input>,
}

#[derive(Deserialize)]
struct Initial {
    signed_header: SignedHeader,
    next_validator_set: validator::Set,
    trusting_period: String,
}

#[derive(Deserialize)]
struct Input {
    block: Block,
    now: tendermint::Time,
    verdict: String,
}

#[derive(Deserialize)]
struct Block {
    signed_header: SignedHeader,
    validator_set: validator::Set,
    next_validator_set: validator::Set,
}

#[test]
fn steps_are_judged_as_the_model_of_the_light_client_does() {
    let runs: Vec<Run> = serde_json::from_str(&file("model_based")).unwrap();
    let (mut steps, mut verdicts) = (0, std::collections::BTreeSet::new());
    for run in runs {
        let Initial {
            signed_header,
            next_validator_set,
            trusting_period,
        } = run.initial;
        let nanos: u64 = trusting_period.trim_end_matches("ns").parse().unwrap();
        let Assurance::CometBft(mut terms) = terms("test-chain", nanos / 1_000_000) else {
            unreachable!();
        };
        // the model has one clock
        terms.drift_ms = 0;
        let assurance = Assurance::CometBft(terms);
        let (mut mark, mut next) = (mark_of(&signed_header).unwrap(), next_validator_set);
        for (index, input) in run.input.into_iter().enumerate() {
            let block = input.block;
            let height = block.signed_header.header.height.value();
            let shown = mark_of(&block.signed_header).unwrap();
            let evidence = Evidence {
                steps: vec![Step {
                    signed: block.signed_header,
                    validators: block.validator_set,
                    trusted: (height != mark.height + 1).then(|| next.clone()),
                }],
                at: height,
            };
            let now = TimeMs(input.now.unix_timestamp() * 1_000);
            let got = match code(hear(&assurance, &[mark], now, &evidence.encode(), &[])) {
                "shown" => "SUCCESS",
                "not-enough-trust" => "NOT_ENOUGH_TRUST",
                // a height that is not above the believed one is judged by nothing
                "invalid-header" | "no-trusted-header" => "INVALID",
                other => other,
            };
            assert_eq!(got, input.verdict, "{} {index}", run.description);
            steps += 1;
            verdicts.insert(input.verdict);
            if got == "SUCCESS" {
                (mark, next) = (shown, block.next_validator_set);
            }
        }
    }
    assert!(steps > 40 && verdicts.len() == 3, "{steps} {verdicts:?}");
}
