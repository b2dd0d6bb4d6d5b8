//! Answers of nodes that are as they should be, and others; and what goes into one request.

use std::sync::{Arc, Mutex};

use pangolin_ledger::{
    Digest32,
    state::keys,
    walk::{
        local::{Came, MAX_WANTS, Piece},
        together::Value,
    },
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpListener,
};

use super::*;

const CHAIN: ChainId = ChainId([1; 32]);

fn some_piece() -> Piece {
    let came = Came::Event {
        event: EventId([2; 32]),
        parents: Vec::new(),
    };
    Piece {
        came: [(Digest32([3; 32]), came)].into(),
        ..Piece::default()
    }
}

fn records() -> BTreeMap<Key, Option<Value>> {
    [
        (keys::params(), Some(Value(vec![1]))),
        (keys::wanted(), None),
        (keys::maker(&CHAIN), Some(Value(vec![2]))),
    ]
    .into()
}

fn has(rests: &[u32]) -> Answer {
    Answer::Has {
        piece: some_piece(),
        rests: rests.iter().copied().collect(),
    }
}

fn answer(change: impl FnOnce(&mut Pieces)) -> Vec<u8> {
    let mut pieces = Pieces {
        chain: CHAIN,
        records: Records::Told {
            height: Height(5),
            time: TimeMs(6),
            entries: records(),
        },
        answers: vec![
            has(&[0, 2]),
            Answer::not(UNKNOWN, "it is not here"),
            Answer::not("too-many-guesses", "too many"),
            has(&[1]),
        ],
    };
    change(&mut pieces);
    pieces.to_bytes()
}

fn code(bytes: &[u8]) -> String {
    told(bytes, CHAIN, 4).unwrap_err().code
}

#[test]
fn each_answer_has_its_own_records() {
    let all: Vec<_> = records()
        .into_iter()
        .map(|(key, value)| (key, value.map(|v| v.0)))
        .collect();
    let told = told(&answer(|_| ()), CHAIN, 4).unwrap();
    let view = |places: &[usize]| View {
        height: Height(5),
        time: TimeMs(6),
        values: places.iter().map(|place| all[*place].clone()).collect(),
    };
    let [first, unknown, refused, last] = &told[..] else {
        panic!("{told:?}")
    };
    let expect = |places: &[usize]| {
        let (piece, view) = (some_piece(), view(places));
        Ok(Some(Told { piece, view }))
    };
    assert_eq!((first, last), (&expect(&[0, 2]), &expect(&[1])));
    assert_eq!(unknown, &Ok(None));
    assert_eq!(refused.as_ref().unwrap_err().code, "too-many-guesses");
}

#[test]
fn what_is_no_answer_to_the_questions_is_none() {
    assert_eq!(code(b"[]"), "record");
    assert_eq!(
        code(&answer(|all| all.chain = ChainId([2; 32]))),
        "other-chain"
    );
    let fewer = answer(|all| drop(all.answers.pop()));
    let more = answer(|all| all.answers.push(has(&[])));
    let proof = answer(|all| all.records = Records::Proven { proof: vec![1] });
    for other in [fewer, more, proof] {
        assert_eq!(code(&other), "other-answer");
    }
    // one that names a record that was not sent is no matter of the others
    let told = told(&answer(|all| all.answers[0] = has(&[0, 3])), CHAIN, 4).unwrap();
    assert_eq!(told[0].as_ref().unwrap_err().code, "other-answer");
    assert!(told[3].is_ok());
}

#[test]
fn a_request_is_within_the_limits_of_a_node() {
    let question = |wants: usize| -> BTreeSet<Want> {
        let want = |n: usize| Want::Left {
            to: CHAIN,
            seq: n as u64,
            digest: Digest32([0; 32]),
            only: true,
        };
        (0..wants).map(want).collect()
    };
    for (sizes, expect) in [
        (vec![1; MAX_TOGETHER], vec![MAX_TOGETHER]),
        (vec![1; MAX_TOGETHER + 1], vec![MAX_TOGETHER, 1]),
        (vec![MAX_WANTS; 17], vec![8, 8, 1]),
        (vec![MAX_WANTS, 1, MAX_WANTS], vec![3]),
        (Vec::new(), Vec::new()),
    ] {
        let questions: Vec<_> = sizes.into_iter().map(question).collect();
        let parts = parts(questions.clone());
        let counts: Vec<usize> = parts.iter().map(Vec::len).collect();
        assert_eq!(counts, expect);
        assert_eq!(parts.concat(), questions, "in their order");
        for part in parts {
            assert!(Questions::new(part).is_ok());
        }
    }
}

/// A node that answers `most` histories of a request and says of the others that it is too much together; `many`: to how many it was
/// asked at a time.
async fn node(most: usize) -> (NodePort, Arc<Mutex<Vec<usize>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let many = Arc::new(Mutex::new(Vec::new()));
    let asked = Arc::clone(&many);
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(socket);
            let (mut head, mut line) = (String::new(), String::new());
            while stream.read_line(&mut line).await.unwrap() > 2 {
                head.push_str(&line.to_ascii_lowercase());
                line.clear();
            }
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
            stream.read_exact(&mut body).await.unwrap();
            let answer = if head.starts_with("get /status") {
                status().into_bytes()
            } else {
                let questions = Questions::from_bytes(&body).unwrap();
                let count = questions.each().len();
                asked.lock().unwrap().push(count);
                answer(|pieces| {
                    let too_much = || Answer::not(TOO_MUCH, "ask for it by itself");
                    let answers =
                        (0..count).map(|at| if at < most { has(&[0]) } else { too_much() });
                    pieces.answers = answers.collect();
                })
            };
            let start = format!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                answer.len()
            );
            stream.write_all(start.as_bytes()).await.unwrap();
            stream.write_all(&answer).await.unwrap();
        }
    });
    let client = Client::new(&url, pangolin_client::Credentials::None).unwrap();
    let signer = Signer {
        party: pangolin_ledger::PartyId::new("carrier").unwrap(),
        key: ed25519_zebra::SigningKey::from([7; 32]),
    };
    let profile = ProfileRef { id: 1, version: 1 };
    let port = NodePort::new("north".to_owned(), CHAIN, profile, client, signer);
    (port, many)
}

fn status() -> String {
    let zero = "00".repeat(32);
    serde_json::json!({
        "node": {"name": "n", "key": zero}, "chain": CHAIN.to_string(), "chainName": "c", "height": 5,
        "time": "2026-01-05T13:00:00Z", "blockAgeMs": 1, "block": zero, "recordsRoot": zero, "rulesRoot": zero,
        "validator": true, "validators": [], "waitingTransactions": 0, "waitingBytes": 0, "profile": "1@1",
        "profileName": "p", "version": "1", "development": true,
    })
    .to_string()
}

#[tokio::test]
async fn what_is_too_much_together_is_asked_for_by_itself() {
    let questions: Vec<BTreeSet<Want>> = (0..5)
        .map(|seq| {
            let want = Want::Left {
                to: CHAIN,
                seq,
                digest: Digest32([0; 32]),
                only: true,
            };
            [want].into()
        })
        .collect();
    for (most, expect) in [
        (5, vec![5]),
        (2, vec![5, 1, 1, 1]),
        (1, vec![5, 1, 1, 1, 1]),
    ] {
        let (port, many) = node(most).await;
        let told = port.pieces(questions.clone()).await;
        assert_eq!(told.len(), 5);
        for told in told {
            assert!(matches!(told, Ok(Some(_))), "at {most}: {told:?}");
        }
        assert_eq!(*many.lock().unwrap(), expect);
    }
    // a history that is too much even by itself is said to be so, once
    let (port, many) = node(0).await;
    let told = port.pieces(questions[..2].to_vec()).await;
    for told in told {
        assert_eq!(told.unwrap_err().code, TOO_MUCH);
    }
    assert_eq!(*many.lock().unwrap(), [2, 1, 1]);
}
