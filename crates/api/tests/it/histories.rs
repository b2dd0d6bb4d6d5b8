//! Several histories in one question: each is allowed, counted and answered as if it were asked for alone.

use axum::body::Body;
use pangolin_api::authorise::Area;
use pangolin_ledger::{
    Wire as _,
    id::{ChainId, Digest32, ObjectId},
    walk::{
        local::{MAX_WANTS, Want},
        together::{Answer as Told, MAX_TOGETHER, Pieces, Questions, Records},
    },
};

use crate::common::{Answer, MAKER, Node, PHARMACY, REGULATOR, WHOLESALER};

const PATH: &str = "/proofs/provenance";

fn object(name: &str) -> Want {
    Want::Object(ObjectId::new(name).unwrap())
}

fn left(seq: u64) -> Want {
    Want::Left {
        to: ChainId([1; 32]),
        seq,
        digest: Digest32([2; 32]),
        only: false,
    }
}

fn questions(of: &[Want]) -> Vec<u8> {
    let each = of.iter().map(|want| [want.clone()].into());
    Questions::new(each.collect()).unwrap().to_bytes()
}

fn objects(names: &[&str]) -> Vec<u8> {
    let wants: Vec<Want> = names.iter().map(|name| object(name)).collect();
    questions(&wants)
}

async fn post(node: &Node, who: &str, path: &str, body: Vec<u8>) -> Answer {
    let headers = [("content-type", "application/octet-stream")];
    node.call(who, "POST", path, &headers, Body::from(body))
        .await
}

fn pieces(answer: &Answer) -> Pieces {
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/octet-stream");
    Pieces::from_bytes(&answer.body).unwrap()
}

/// How many steps each answer tells, or the code why none.
fn said(answer: &Answer) -> Vec<Result<usize, String>> {
    let each = pieces(answer).answers.into_iter();
    let said = each.map(|answer| match answer {
        Told::Has { piece, .. } => Ok(piece.came.len()),
        Told::Not { code, message } => {
            assert!(!message.is_empty());
            Err(code)
        }
    });
    said.collect()
}

fn not<T>(code: &str) -> Result<T, String> {
    Err(code.to_owned())
}

#[tokio::test]
async fn each_question_has_its_answer_in_its_place() {
    let node = Node::new();
    let asked = objects(&["a", "unknown 1", "b", "a", "unknown 1"]);
    let answer = post(&node, "", PATH, asked.clone()).await;
    let unknown = || not("not-on-this-chain");
    let all = vec![Ok(1), unknown(), Ok(1), Ok(1), unknown()];
    assert_eq!(said(&answer), all);
    let plain = pieces(&answer);
    assert!(matches!(plain.records, Records::Told { .. }));
    let same = post(&node, "", &format!("{PATH}?proof=false"), asked.clone()).await;
    assert_eq!(same.body, answer.body);
    let proven = post(&node, "", &format!("{PATH}?proof=true"), asked.clone()).await;
    assert_eq!(said(&proven), all);
    let proof = b"proof".to_vec();
    assert_eq!(pieces(&proven).records, Records::Proven { proof });
    let ends = post(&node, "", &format!("{PATH}?events=none"), asked).await;
    let all = vec![Ok(0), unknown(), Ok(0), Ok(0), unknown()];
    assert_eq!(said(&ends), all);
}

#[tokio::test]
async fn what_is_no_question_or_too_much_is_refused_with_its_place() {
    let node = Node::new();
    let raw = |each: Vec<usize>| {
        let mut bytes = vec![1, u8::try_from(each.len()).unwrap()];
        for count in each {
            let mut wants: Vec<Want> = (0..count).map(|n| object(&format!("{n:04}"))).collect();
            wants.sort_unstable();
            let mut w = pangolin_ledger::codec::Writer::new();
            w.list(wants.iter());
            bytes.extend(w.into_bytes());
        }
        bytes
    };
    for (body, code, place) in [
        (raw(vec![1; MAX_TOGETHER + 1]), "too-many-histories", "body"),
        (raw(vec![MAX_WANTS; 9]), "too-much-asked", "body"),
        (raw(vec![MAX_WANTS + 1]), "questions-syntax", "body"),
        (raw(vec![]), "no-question", "body"),
        (raw(vec![1, 0, 1]), "no-question", "body/1"),
        (Vec::new(), "questions-syntax", "body"),
        (b"[\"want\"]".to_vec(), "questions-syntax", "body"),
    ] {
        let answer = post(&node, "", PATH, body).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, code.into()));
        let problem = answer.json();
        assert_eq!(problem["place"], place, "{problem}");
        assert!(problem["remedy"].as_str().unwrap().contains("1 to 64"));
    }
    let most = post(&node, "", PATH, raw(vec![1; MAX_TOGETHER])).await;
    assert_eq!(said(&most), vec![Ok(1); MAX_TOGETHER]);
    let large = post(&node, "", PATH, vec![1; 256 * 1024 + 1]).await;
    assert_eq!(large.code(), "body-too-large");
    for bad in ["?proof=perhaps", "?events=all", "?want=00", "?texts=none"] {
        let answer = post(&node, "", &format!("{PATH}{bad}"), objects(&["a"])).await;
        assert_eq!(answer.code(), "bad-parameter", "{bad}");
    }
    let json = [("content-type", "application/json")];
    let answer = node.call("", "POST", PATH, &json, objects(&["a"])).await;
    assert_eq!(answer.code(), "not-binary");
}

#[tokio::test]
async fn each_counts_as_a_question_and_as_a_guess() {
    let node = Node::with(|config| {
        config.verify.guesses = 3;
        config.access.relays = vec![PHARMACY.to_owned()];
    });
    let names = ["a", "unknown 1", "unknown 2", "unknown 1", "b", "unknown 3"];
    for who in ["", WHOLESALER] {
        let answer = post(&node, who, PATH, objects(&names)).await;
        let (unknown, guessing) = (|| not("not-on-this-chain"), || not("too-many-guesses"));
        assert_eq!(
            said(&answer),
            [
                Ok(1),
                unknown(),
                unknown(),
                unknown(),
                guessing(),
                guessing()
            ],
            "what comes after the last guess is not looked at, known or not"
        );
        // and so it is by all other ways, and for the next question
        let answer = post(&node, who, PATH, objects(&["a", "b"])).await;
        let problem = (answer.status.as_u16(), answer.code());
        assert_eq!(problem, (403, "too-many-guesses".into()), "{who}");
        let single = format!("{PATH}?want={}", hex::encode(object("a").to_bytes()));
        assert_eq!(node.get(who, &single).await.code(), "too-many-guesses");
    }
    // somebody else is counted for himself; whoever may read everything is not
    assert_eq!(
        said(&post(&node, MAKER, PATH, objects(&["a"])).await),
        [Ok(1)]
    );
    for who in [PHARMACY, REGULATOR] {
        for _ in 0..3 {
            let answer = said(&post(&node, who, PATH, objects(&names)).await);
            assert_eq!(answer.iter().filter(|said| said.is_ok()).count(), 2);
            assert_eq!(answer.last(), Some(&not("not-on-this-chain")), "{who}");
        }
    }
}

#[tokio::test]
async fn guesses_that_were_made_alone_count_for_those_together() {
    let node = Node::with(|config| config.verify.guesses = 3);
    let single = |name| format!("{PATH}?want={}", hex::encode(object(name).to_bytes()));
    for _ in 0..2 {
        let answer = node.get(MAKER, &single("unknown")).await;
        assert_eq!(answer.code(), "not-on-this-chain");
    }
    let answer = post(&node, MAKER, PATH, objects(&["unknown 1", "a"])).await;
    let expect = [not("not-on-this-chain"), not("too-many-guesses")];
    assert_eq!(said(&answer), expect);
    assert_eq!(
        node.get(MAKER, &single("a")).await.code(),
        "too-many-guesses"
    );
}

#[tokio::test]
async fn nobody_asks_faster_by_asking_together() {
    let node = Node::with(|config| config.verify.rate = 4);
    let answer = post(&node, MAKER, PATH, objects(&["a", "b", "c", "d", "e", "f"])).await;
    let too_fast = || not("too-many-requests");
    let expect = [Ok(1), Ok(1), Ok(1), Ok(1), too_fast(), too_fast()];
    assert_eq!(said(&answer), expect);
    let answer = post(&node, MAKER, PATH, objects(&["a"])).await;
    assert_eq!(answer.status.as_u16(), 503);
    assert!(!answer.header("retry-after").is_empty());
    assert_eq!(answer.code(), "too-many-requests");
}

#[tokio::test]
async fn where_proofs_are_not_for_everybody_what_left_is_told_by_its_digest() {
    let node = Node::with(|config| {
        config.access.open.retain(|area| *area != Area::Proofs);
        config.verify.guesses = 1;
    });
    let mixed = questions(&[object("a"), left(3), object("unknown"), left(4)]);
    let answer = post(&node, "", PATH, mixed.clone()).await;
    let denied = || not("not-signed-in");
    // without the events, and nothing is said of the others, nor counted as a guess
    assert_eq!(said(&answer), [denied(), Ok(0), denied(), Ok(0)]);
    let answer = post(&node, "", PATH, questions(&[left(3)])).await;
    assert_eq!(said(&answer), [Ok(0)]);
    let answer = post(&node, "", PATH, objects(&["a", "unknown"])).await;
    assert_eq!(answer.status.as_u16(), 401);
    assert_eq!(answer.code(), "not-signed-in");
    assert!(!answer.header("www-authenticate").is_empty());
    let answer = post(&node, MAKER, PATH, mixed).await;
    let expect = [
        Ok(1),
        Ok(1),
        not("not-on-this-chain"),
        not("too-many-guesses"),
    ];
    assert_eq!(said(&answer), expect);
}
