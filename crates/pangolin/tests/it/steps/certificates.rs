//! Certificates of a pack's way, put together from real nodes. The network of this test is one chain: ways over several are walked in the
//! ledger's own tests.

use pangolin_chain::genesis::Genesis;
use pangolin_ledger::{
    Wire as _,
    walk::{
        local::Want,
        together::{Answer, Pieces, Questions, Records},
    },
};
use pangolin_proof::foreign;
use std::fs;

use super::reading::Pack;
use crate::support::{Network, http, run};

pub(crate) fn a_certificate_is_put_together_and_checked(network: &Network, pack: &Pack) {
    let [file, code] = ["way.json", "way.txt"].map(|name| network.dir.path().join(name));
    let (path, scanned) = (file.to_str().unwrap(), code.to_str().unwrap());
    let genesis = network.genesis();
    let genesis = genesis.to_str().unwrap();
    let ask = |epc: &str, more: &[&str]| {
        let mut args = vec![
            "certificate",
            "--epc",
            epc,
            "--genesis",
            genesis,
            "--out",
            path,
        ];
        args.extend(more);
        network.ask("observer", &args)
    };
    let made = ask(&pack.epc, &["--code", scanned]);
    assert_eq!(made.code, 0, "{made:?}");
    assert!(
        made.stdout.contains("\n\nVERIFIED as of block "),
        "{made:?}"
    );
    let checked = run(["--output", "json", "verify", path, "--genesis", genesis]).value();
    assert_eq!(checked["verified"], true, "{checked}");
    let codes = checked["checks"].as_array().unwrap().iter();
    let codes: Vec<_> = codes.map(|check| check["code"].as_str().unwrap()).collect();
    for code in ["final", "history", "origin", "status"] {
        assert!(codes.contains(&code), "{codes:?}");
    }

    // a code holds the history and its last record; the rest of it is told
    let read = fs::read(&code).unwrap();
    assert!(
        read.starts_with(b"PGC:") && read.len() <= 4_296,
        "{} characters",
        read.len()
    );
    let checked = run(["--output", "json", "verify", scanned, "--genesis", genesis]).value();
    let codes = checked["checks"].as_array().unwrap().iter();
    assert!(
        codes.clone().any(|check| check["code"] == "history"),
        "{checked}"
    );

    // whoever wants to show no events of a chain gets a gap, and it says so
    let made = ask(&pack.epc, &["--ends-only"]);
    assert!(made.stdout.contains("NOT FULLY VERIFIED"), "{made:?}");
    assert!(made.stdout.contains("[history-not-shown]"), "{made:?}");
    let checked = run(["verify", path, "--genesis", genesis]);
    assert_eq!(checked.code, 1, "{checked:?}");

    let unknown = ask("(01)00301430957019(21)NONE", &[]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(unknown.stderr.contains("not on this chain"), "{unknown:?}");
    let lot = ask("(01)00301430957019(10)LOT", &[]);
    assert_eq!(lot.code, 2, "{lot:?}");

    let text = fs::read_to_string(&code).unwrap();
    let damaged = text.replacen('A', "B", 3);
    fs::write(&code, damaged).unwrap();
    let checked = run(["verify", scanned, "--genesis", genesis]);
    assert_eq!(checked.code, 1, "{checked:?}");
    assert!(checked.stdout.contains("NOT VERIFIED ["), "{checked:?}");
}

/// What a node answers to questions about several histories.
fn posted(network: &Network, node: &str, path: &str, body: &[u8]) -> http::Answer {
    let headers = [("content-type", "application/octet-stream")];
    let path = format!("/proofs/provenance{path}");
    let address = network.node(node).http;
    http::send(address, "POST", &path, None, &headers, body).unwrap()
}

pub(crate) fn several_histories_are_told_in_one_answer(network: &Network, pack: &Pack) {
    let want = |epc: &str| Want::Object(pangolin_api::words::object(epc).unwrap());
    let (known, unknown) = (want(&pack.epc), want("(01)00301430957019(21)NONE"));
    let each = [&known, &unknown, &known].map(|want| [want.clone()].into());
    let questions = Questions::new(each.to_vec()).unwrap().to_bytes();
    let post = |path: &str, body: &[u8]| posted(network, "observer", path, body);
    let pieces = |path: &str| {
        let answer = post(path, &questions);
        assert_eq!(
            answer.status,
            200,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
        Pieces::from_bytes(&answer.body).unwrap()
    };
    let plain = pieces("");
    let [
        Answer::Has { piece, rests },
        Answer::Not { code, .. },
        again,
    ] = &plain.answers[..]
    else {
        panic!("{plain:?}")
    };
    assert_eq!(code, "not-on-this-chain");
    assert_eq!(again, &plain.answers[0]);
    assert!(!piece.came.is_empty() && piece.keys.is_empty());
    let Records::Told { entries, .. } = &plain.records else {
        panic!("{plain:?}")
    };
    assert_eq!(
        rests.len(),
        entries.len(),
        "all records are of the one that is known"
    );
    assert!(entries.values().all(Option::is_some));

    // with the proof it is the same, and shown to whoever has the genesis file
    let genesis = Genesis::parse(&fs::read(network.genesis()).unwrap()).unwrap();
    let proven = pieces("?proof=true");
    assert_eq!(proven.answers, plain.answers);
    let Records::Proven { proof } = &proven.records else {
        panic!("{proven:?}")
    };
    let state = foreign::decode(proof).unwrap();
    state.verify(&genesis.trusted()).unwrap();
    let shown = state
        .entries
        .iter()
        .map(|entry| (entry.key, entry.value.clone()));
    let told = entries
        .iter()
        .map(|(key, value)| (*key, value.clone().map(|v| v.0)));
    assert!(shown.eq(told), "the same records in the same order");

    let ends = pieces("?events=none");
    assert!(matches!(&ends.answers[0], Answer::Has { piece, .. } if piece.came.is_empty()));
    // nothing that is known needs no proof
    let nothing = Questions::new(vec![[unknown].into()]).unwrap().to_bytes();
    let answer = post("?proof=true", &nothing);
    let answers = Pieces::from_bytes(&answer.body).unwrap().answers;
    assert!(matches!(&answers[..], [Answer::Not { .. }]), "{answers:?}");
    let many = [&[1, 65][..], &[0; 65]].concat();
    let refused = post("", &many);
    let problem = String::from_utf8_lossy(&refused.body).into_owned();
    assert_eq!(refused.status, 400, "{problem}");
    assert!(problem.contains("too-many-histories"), "{problem}");

    // each that is not there is a guess; after 30 or so of them nothing is told, of what is there neither
    let guess = |n: usize| want(&format!("(01)00301430957019(21)NONE{n}"));
    let guesses = (0..40).map(guess).chain([known]);
    let guesses = guesses.map(|want| [want].into()).collect();
    let guesses = Questions::new(guesses).unwrap().to_bytes();
    let answer = posted(network, "validator-2", "", &guesses);
    let answers = Pieces::from_bytes(&answer.body).unwrap().answers;
    let codes = answers.iter().map(|answer| match answer {
        Answer::Not { code, .. } => code.as_str(),
        Answer::Has { .. } => "told",
    });
    let codes: Vec<&str> = codes.collect();
    let unknown = codes
        .iter()
        .take_while(|code| **code == "not-on-this-chain");
    let unknown = unknown.count();
    assert!((30..34).contains(&unknown), "{codes:?}");
    assert!(
        codes[unknown..]
            .iter()
            .all(|code| *code == "too-many-guesses"),
        "{codes:?}"
    );
}
