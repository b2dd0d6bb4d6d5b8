//! Answers of nodes that are as they should be, and others; and what goes into one request.

use pangolin_ledger::{
    Digest32,
    state::keys,
    walk::{
        local::{Came, MAX_WANTS, Piece},
        together::Value,
    },
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
