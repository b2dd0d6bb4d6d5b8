//! Headers of made-up chains: which are believed, and which are not.

use pangolin_ledger::{
    TimeMs,
    evidence::Heard,
    limits::MAX_HEADERS,
    state::{Assurance, CometBft, Mark},
};
use pangolin_sources::{
    comet::{Evidence, Step},
    made_up::{self, Chain, State, Validator, sign},
};

use crate::{code, hear};

const DAY: i64 = 86_400_000;
const START: i64 = 1_700_000_000_000;

fn team(numbers: std::ops::Range<u8>) -> Vec<Validator> {
    numbers.map(|number| Validator::new(number, 10)).collect()
}

/// A chain whose validators are those of `teams`, one for each height and one for the height after the last.
fn chain(teams: &[Vec<Validator>]) -> Chain {
    let mut chain = Chain::new("made-up-1");
    for (index, pair) in teams.windows(2).enumerate() {
        let time = TimeMs(START + 5_000 * i64::try_from(index).unwrap());
        chain.block(time, &pair[0], &pair[1], State::new());
    }
    chain
}

fn steady(heights: usize) -> Chain {
    chain(&vec![team(1..5); heights + 1])
}

fn terms(chain: &Chain) -> CometBft {
    made_up::terms(chain, "goods")
}

fn now(chain: &Chain) -> TimeMs {
    TimeMs(START + 5_000 * i64::try_from(chain.height()).unwrap())
}

fn say(chain: &Chain, marks: &[Mark], steps: Vec<Step>, at: u64) -> &'static str {
    let evidence = Evidence { steps, at }.encode();
    let assurance = Assurance::CometBft(terms(chain));
    code(hear(&assurance, marks, now(chain), &evidence, &[]))
}

#[test]
fn a_neighbour_and_a_far_header_are_believed() {
    let chain = steady(9);
    let trusted = [chain.mark(2)];
    for to in [3, 4, 9] {
        let evidence = Evidence {
            steps: vec![chain.step(2, to)],
            at: to,
        };
        assert_eq!(Evidence::decode(&evidence.encode()).unwrap(), evidence);
        let assurance = Assurance::CometBft(terms(&chain));
        let heard = hear(&assurance, &trusted, now(&chain), &evidence.encode(), &[]).unwrap();
        let mark = chain.mark(to);
        let marks = vec![mark];
        assert_eq!(heard, Heard::Shown { marks, at: mark }, "{to}");
    }
    // what is believed needs nothing
    assert_eq!(say(&chain, &trusted, vec![], 2), "shown");
    assert_eq!(say(&chain, &trusted, vec![], 3), "no-header");
    assert_eq!(
        say(&chain, &trusted, vec![chain.step(2, 3)], 4),
        "no-header"
    );
    // nothing below is believed
    assert_eq!(say(&chain, &trusted, vec![chain.step(1, 2)], 2), "shown");
    assert_eq!(
        say(&chain, &[chain.mark(5)], vec![chain.step(2, 3)], 3),
        "no-trusted-header"
    );
}

#[test]
fn validators_may_change_by_less_than_two_thirds_in_one_step() {
    // of four, one leaves at a time: after three changes one of the four is left, which has not more than a third
    let teams = [1..5, 1..5, 2..6, 3..7, 4..8, 5..9, 5..9].map(team);
    let chain = chain(&teams);
    let trusted = [chain.mark(1)];
    assert_eq!(say(&chain, &trusted, vec![chain.step(1, 3)], 3), "shown");
    assert_eq!(say(&chain, &trusted, vec![chain.step(1, 4)], 4), "shown");
    assert_eq!(
        say(&chain, &trusted, vec![chain.step(1, 5)], 5),
        "not-enough-trust"
    );
    let between = vec![chain.step(1, 3), chain.step(3, 5)];
    assert_eq!(say(&chain, &trusted, between, 5), "shown");
    // the set that is said to be believed must be the one that is
    let mut lying = chain.step(1, 5);
    lying.trusted = Some(made_up::set(&teams[4]));
    assert_eq!(say(&chain, &trusted, vec![lying], 5), "no-trusted-header");
}

#[test]
fn a_chain_whose_validators_are_all_replaced_is_followed_height_by_height() {
    let teams = [1..5, 1..5, 11..15, 21..25, 31..35].map(team);
    let chain = chain(&teams);
    let trusted = [chain.mark(1)];
    assert_eq!(
        say(&chain, &trusted, vec![chain.step(1, 3)], 3),
        "not-enough-trust"
    );
    let each = (1..4)
        .map(|height| chain.step(height, height + 1))
        .collect();
    assert_eq!(say(&chain, &trusted, each, 4), "shown");
    // not by those whom nobody named
    let mut usurped = chain.clone();
    usurped.validators[1] = team(41..45);
    let header = chain.signed(2).header.clone();
    usurped.headers[1] = sign(header, &team(41..45), |_| true);
    assert_eq!(
        say(&chain, &trusted, vec![usurped.step(1, 2)], 2),
        "invalid-header"
    );
}

#[test]
fn too_few_votes_are_no_commit() {
    let teams = vec![team(1..8); 6];
    let mut chain = chain(&teams);
    let trusted = [chain.mark(1)];
    let header = chain.signed(4).header.clone();
    for (signed, expect) in [
        (7, "shown"),
        (5, "shown"),
        (4, "invalid-header"),
        (1, "not-enough-trust"),
        (0, "invalid-header"),
    ] {
        chain.headers[3] = sign(header.clone(), &teams[0], |index| index < signed);
        let got = say(&chain, &trusted, vec![chain.step(1, 4)], 4);
        assert_eq!(got, expect, "{signed}");
    }
    // the same vote twice is one vote
    let mut twice = sign(header.clone(), &teams[0], |index| index < 4);
    let first = twice.commit.signatures[0].clone();
    twice.commit.signatures[4] = first.clone();
    twice.commit.signatures[5] = first;
    chain.headers[3] = twice;
    assert_eq!(
        say(&chain, &trusted, vec![chain.step(1, 4)], 4),
        "invalid-header"
    );
    // a vote for another block is no vote for this one
    let other = chain.header(TimeMs(START), &teams[0], &teams[0]);
    let mut commit = sign(header, &teams[0], |_| true);
    let wrong = sign(other, &teams[0], |_| true);
    commit.commit.signatures = wrong.commit.signatures;
    chain.headers[3] = commit;
    assert_eq!(
        say(&chain, &trusted, vec![chain.step(1, 4)], 4),
        "invalid-header"
    );
}

#[test]
fn time_counts() {
    let chain = steady(5);
    let assurance = Assurance::CometBft(terms(&chain));
    let evidence = Evidence {
        steps: vec![chain.step(1, 4)],
        at: 4,
    };
    let at = |now: i64| {
        code(hear(
            &assurance,
            &[chain.mark(1)],
            TimeMs(now),
            &evidence.encode(),
            &[],
        ))
    };
    let own = chain.mark(4).time.0;
    assert_eq!(at(own), "shown");
    // a header from the future, by more than the drift
    assert_eq!(at(own - 9_999), "shown");
    assert_eq!(at(own - 10_001), "invalid-header");
    // the validators that are believed are believed for a day
    assert_eq!(at(START + DAY - 1), "shown");
    assert_eq!(at(START + DAY + 1), "invalid-header");
    assert_eq!(at(i64::MAX), "time");
    assert_eq!(at(i64::MIN), "time");
}

#[test]
fn another_chain_is_another_chain() {
    let chain = steady(4);
    let mut named = terms(&chain);
    named.chain = "made-up-2".into();
    let evidence = Evidence {
        steps: vec![chain.step(1, 3)],
        at: 3,
    };
    let of = |terms: CometBft| {
        let assurance = Assurance::CometBft(terms);
        code(hear(
            &assurance,
            &[chain.mark(1)],
            now(&chain),
            &evidence.encode(),
            &[],
        ))
    };
    assert_eq!(of(named.clone()), "invalid-header");
    named.chain = "n".repeat(51);
    assert_eq!(of(named), "chain-id");
}

#[test]
fn two_headers_of_one_height_contradict_each_other_if_both_deserve_belief() {
    let chain = steady(6);
    let mut other = chain.clone();
    let by = team(1..5);
    let mut header = chain.signed(4).header.clone();
    header.data_hash = None;
    other.headers[3] = sign(header.clone(), &by, |_| true);
    let trusted = [chain.mark(1), chain.mark(4)];
    assert_eq!(
        say(&chain, &trusted, vec![other.step(1, 4)], 4),
        "contradicted"
    );
    // in one report too
    let both = vec![chain.step(1, 4), other.step(1, 4)];
    assert_eq!(say(&chain, &trusted[..1], both, 4), "contradicted");
    // one that deserves none is no contradiction
    other.headers[3] = sign(header, &by, |index| index < 2);
    let both = vec![chain.step(1, 4), other.step(1, 4)];
    assert_eq!(say(&chain, &trusted[..1], both, 4), "invalid-header");
}

#[test]
fn whoever_changes_a_byte_gains_nothing() {
    let teams = [1..4, 1..4, 2..5, 3..6].map(team);
    let chain = chain(&teams);
    let assurance = Assurance::CometBft(terms(&chain));
    let marks = [chain.mark(1)];
    let evidence = Evidence {
        steps: vec![chain.step(1, 3)],
        at: 3,
    };
    let bytes = evidence.encode();
    let hear = |bytes: &[u8]| hear(&assurance, &marks, now(&chain), bytes, &[]);
    let right = hear(&bytes).unwrap();
    let mut same = 0;
    for at in 0..bytes.len() {
        for bit in [0, 3, 7] {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            // what plays no part in any hash may change (the priority of a proposer): then nothing else does
            if let Ok(heard) = hear(&changed) {
                assert_eq!(heard, right, "{at} {bit}");
                same += 1;
            }
        }
        assert!(hear(&bytes[..at]).is_err(), "{at}");
    }
    assert!(same < bytes.len() / 4, "{same} of {}", bytes.len());
    assert!(hear(&[&bytes[..], &[0]].concat()).is_err());
}

#[test]
fn a_height_has_so_many_validators() {
    let say = |count: u16| {
        let all: Vec<_> = (0..count)
            .map(|number| Validator::numbered(number.into(), 1))
            .collect();
        let chain = chain(&vec![all; 4]);
        say(&chain, &[chain.mark(1)], vec![chain.step(1, 3)], 3)
    };
    assert_eq!(say(512), "shown");
    assert_eq!(say(513), "too-many-validators");
}

#[test]
fn a_report_has_so_many_headers() {
    let heights = u64::try_from(MAX_HEADERS).unwrap() + 2;
    let chain = steady(MAX_HEADERS + 2);
    let steps = |count: u64| {
        (1..=count)
            .map(|height| chain.step(height, height + 1))
            .collect()
    };
    assert_eq!(
        say(&chain, &[chain.mark(1)], steps(heights - 2), 9),
        "shown"
    );
    assert_eq!(
        say(&chain, &[chain.mark(1)], steps(heights - 1), 9),
        "malformed"
    );
}
