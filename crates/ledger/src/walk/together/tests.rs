//! Questions and answers as they are sent, and what is told together.

use proptest::{collection, prelude::*};

use super::*;
use crate::{
    Digest32, EventId, Link, ObjectId,
    state::{Object, Placement, Status, keys},
    walk::{
        Origin,
        local::{Brought, Came, CameBy},
    },
};

fn id(n: u32) -> ObjectId {
    ObjectId::new(format!("pack.{n}")).unwrap()
}

fn digest(n: u32) -> Digest32 {
    Digest32(crate::hash::sha256(&[&n.to_be_bytes()]))
}

fn of(objects: &[u32]) -> Vec<BTreeSet<Want>> {
    let each = objects.iter();
    each.map(|n| [Want::Object(id(*n))].into()).collect()
}

fn want() -> impl Strategy<Value = Want> {
    prop_oneof![
        (0..9u32).prop_map(|n| Want::Object(id(n))),
        (any::<u64>(), 0..9u32, any::<bool>()).prop_map(|(seq, n, only)| Want::Left {
            to: ChainId([1; 32]),
            seq,
            digest: digest(n),
            only,
        }),
        (0..9u32, any::<u32>()).prop_map(|(n, epoch)| Want::Filling {
            container: id(n),
            epoch,
            object: id(n + 1),
            digest: (epoch % 2 == 0).then(|| digest(n)),
        }),
        any::<[u8; 32]>().prop_map(|chain| Want::Chain(ChainId(chain))),
    ]
}

fn some_piece() -> impl Strategy<Value = Piece> {
    collection::btree_set(0..50u32, 0..6).prop_map(|steps| {
        let mut piece = Piece::default();
        for n in steps {
            let came = Came::Event {
                event: EventId(digest(n + 100).0),
                parents: vec![digest(n + 1)],
            };
            piece.came.insert(digest(n), came);
            let within = Placement {
                container: id(n),
                epoch: n,
            };
            let brought = Brought {
                object: id(n),
                within: within.clone(),
            };
            piece.brought.insert(digest(n), vec![brought]);
            piece.fillings.insert((id(n), n), CameBy::Inside(within));
        }
        piece
    })
}

fn answer() -> impl Strategy<Value = Answer> {
    let places = collection::btree_set(any::<u32>(), 0..8);
    prop_oneof![
        (some_piece(), places).prop_map(|(piece, rests)| Answer::Has { piece, rests }),
        ("[a-z-]{0,30}", ".{0,60}").prop_map(|(code, message)| Answer::not(&code, &message)),
    ]
}

fn records() -> impl Strategy<Value = Records> {
    let value = prop::option::of(collection::vec(any::<u8>(), 0..40));
    let entries = collection::btree_map(any::<[u8; 32]>(), value, 0..8);
    prop_oneof![
        (any::<u64>(), any::<i64>(), entries).prop_map(|(height, time, entries)| Records::Told {
            height: Height(height),
            time: TimeMs(time),
            entries: entries
                .into_iter()
                .map(|(key, value)| (Key(key), value.map(Value)))
                .collect(),
        }),
        collection::vec(any::<u8>(), 0..80).prop_map(|proof| Records::Proven { proof }),
    ]
}

proptest! {
    #[test]
    fn questions_are_read_as_they_were_asked(
        each in collection::vec(collection::btree_set(want(), 1..6), 1..MAX_TOGETHER),
        at in any::<prop::sample::Index>(),
        other in any::<u8>(),
    ) {
        let questions = Questions::new(each).unwrap();
        let mut bytes = questions.to_bytes();
        prop_assert_eq!(&Questions::from_bytes(&bytes).unwrap(), &questions);
        prop_assert!(Questions::from_bytes(&bytes[..at.index(bytes.len())]).is_err());
        let at = at.index(bytes.len());
        bytes[at] = other;
        if let Ok(read) = Questions::from_bytes(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }

    #[test]
    fn answers_are_read_as_they_were_given(
        records in records(),
        answers in collection::vec(answer(), 0..5),
        at in any::<prop::sample::Index>(),
        other in any::<u8>(),
    ) {
        let given = Pieces { chain: ChainId([7; 32]), records, answers };
        let mut bytes = given.to_bytes();
        prop_assert_eq!(&Pieces::from_bytes(&bytes).unwrap(), &given);
        let at = at.index(bytes.len());
        bytes[at] = other;
        if let Ok(read) = Pieces::from_bytes(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }
}

#[test]
fn more_than_the_limits_is_no_question() {
    let code = |questions: Vec<BTreeSet<Want>>| {
        let made = Questions::new(questions.clone()).map_err(|bad| (bad.code(), bad.place()));
        // the same of what somebody else sends
        let sent = Questions::from_bytes(&Questions(questions).to_bytes());
        assert_eq!(sent.map_err(|bad| (bad.code(), bad.place())), made);
        made.map(|questions| questions.each().len())
    };
    let refused = |code, place: &str| Err((code, place.to_owned()));
    let all: Vec<u32> = (0..=64).collect();
    assert_eq!(code(of(&all[..MAX_TOGETHER])), Ok(MAX_TOGETHER));
    assert_eq!(code(of(&all)), refused("too-many-histories", ""));
    assert_eq!(code(Vec::new()), refused("no-question", ""));
    let mut empty = of(&all[..3]);
    empty[1].clear();
    assert_eq!(code(empty), refused("no-question", "/1"));
    let many = |count: u32| {
        (0..count)
            .map(|n| Want::Object(id(n)))
            .collect::<BTreeSet<_>>()
    };
    let most = u32::try_from(MAX_WANTS).unwrap();
    assert_eq!(code(vec![many(most); 8]), Ok(8));
    assert_eq!(code(vec![many(most); 9]), refused("too-much-asked", ""));
    for bytes in [
        &b""[..],
        &[2, 1],
        &[1, 0xff, 0xff, 0xff, 0xff, 0x7f],
        &[1, 1, 1, 9],
    ] {
        let bad = Questions::from_bytes(bytes).unwrap_err().code();
        let many = bytes.len() > 4;
        assert_eq!(
            bad,
            if many {
                "too-many-histories"
            } else {
                "questions-syntax"
            }
        );
    }
}

#[test]
fn words_that_are_too_long_are_cut() {
    let long = "ä".repeat(MAX_WORDS);
    let Answer::Not { code, message } = Answer::not("code", &long) else {
        panic!("no words")
    };
    assert_eq!((code.as_str(), message.len()), ("code", MAX_WORDS));
    let answer = Answer::not("code", &message);
    assert_eq!(Answer::from_bytes(&answer.to_bytes()), Ok(answer));
}

/// A chain on which each pack has a line of events of its own, as long as its number says.
struct Lines;

impl Memory for Lines {
    fn link(&self, of: &Digest32) -> Result<Option<Link>, String> {
        let [pack, step] =
            [0, 4].map(|at| u32::from_be_bytes(of.0[at..at + 4].try_into().unwrap()));
        let parent = step
            .checked_sub(1)
            .map_or(Digest32([0; 32]), |step| line(pack, step));
        Ok((pack > 0).then_some(Link {
            digest: *of,
            parents: vec![parent],
            event: EventId(of.0),
        }))
    }
    fn move_of(&self, _: &EventId) -> Result<Option<Origin>, String> {
        Ok(None)
    }
    fn brought(&self, _: &Digest32) -> Result<Vec<Brought>, String> {
        Ok(Vec::new())
    }
    fn came_by(&self, _: &Placement) -> Result<Option<CameBy>, String> {
        Ok(None)
    }
}

fn line(pack: u32, step: u32) -> Digest32 {
    let mut digest = [0; 32];
    digest[..4].copy_from_slice(&pack.to_be_bytes());
    digest[4..8].copy_from_slice(&step.to_be_bytes());
    Digest32(digest)
}

/// What a chain answers that knows these packs.
fn asked(questions: &[u32], known: &[u32]) -> Vec<Result<Piece, NoPiece>> {
    let mut overlay = Overlay::new();
    let mut rounds = 0;
    loop {
        match pieces(&of(questions), &Lines, &overlay, true) {
            Ok(found) => return found,
            Err(needs) => {
                for key in needs {
                    let pack = known.iter().find(|pack| key == keys::object(&id(**pack)));
                    let record = pack.map(|pack| Object {
                        status: Status::Live,
                        provenance: line(*pack, *pack),
                        ..Object::unknown()
                    });
                    overlay.supply(key, record.map(|record| record.to_bytes().into()));
                }
            }
        }
        rounds += 1;
        assert!(rounds < 5, "it goes on asking");
    }
}

#[test]
fn each_question_has_an_answer_of_its_own() {
    let found = asked(&[3, 8, 3, 5, 8], &[3, 5]);
    let steps = |found: &Result<Piece, NoPiece>| found.clone().map(|piece| piece.came.len());
    let steps: Vec<_> = found.iter().map(steps).collect();
    let unknown = Err(NoPiece::Unknown);
    assert_eq!(steps, [Ok(4), unknown.clone(), Ok(4), Ok(6), unknown]);
    assert_eq!(found[0], found[2], "asked twice");
    let single = |pack: u32| asked(&[pack], &[3, 5]).remove(0);
    assert_eq!((&found[0], &found[3]), (&single(3), &single(5)));
    // each names its own records among those of all
    let pieces: Vec<_> = found.into_iter().flatten().collect();
    let all: BTreeSet<Key> = pieces.iter().flat_map(|piece| piece.keys.clone()).collect();
    for piece in &pieces {
        let places = places(piece, &all);
        let keys = places
            .iter()
            .map(|at| *all.iter().nth(*at as usize).unwrap());
        assert_eq!(keys.collect::<BTreeSet<_>>(), piece.keys);
    }
}

#[test]
fn what_is_too_much_together_is_asked_for_by_itself() {
    // 4,001 steps each; a walk has 10,000
    let found = asked(&[4_000, 4_001, 4_002, 3], &[3, 4_000, 4_001, 4_002]);
    let fits: Vec<_> = found.iter().map(Result::is_ok).collect();
    assert_eq!(fits, [true, true, false, false]);
    assert_eq!(found[2..], [Err(NoPiece::TooMuch), Err(NoPiece::TooMuch)]);
    assert!(asked(&[4_002], &[4_002])[0].is_ok());
    // one that is too long for itself is no matter of the others
    let found = asked(&[20_000, 3], &[3, 20_000]);
    assert_eq!(found[0], Err(NoPiece::TooLong));
    assert!(found[1].is_ok());
}

#[test]
fn a_piece_is_read_in_its_one_order_only() {
    let piece = |numbers: &[u32]| {
        let mut piece = Piece::default();
        for n in numbers {
            let within = Placement {
                container: id(*n),
                epoch: *n,
            };
            piece.fillings.insert((id(*n), *n), CameBy::Inside(within));
        }
        piece.to_bytes()
    };
    let both = piece(&[3, 7]);
    // nothing came and nothing was brought; each filling is as long as the other
    let (head, fillings) = both.split_at(4);
    let (first, second) = fillings.split_at(fillings.len() / 2);
    assert_eq!(piece(&[3])[4..], *first);
    let swapped = [head, second, first].concat();
    let twice = [head, first, first].concat();
    for wrong in [swapped, twice] {
        let refused = Piece::from_bytes(&wrong);
        assert!(
            matches!(refused, Err(CodecError::NotAscending { .. })),
            "{refused:?}"
        );
    }
}
