//! Who validates: what the governance may want, resharing within an epoch, and validators that contradict themselves.

use std::{collections::BTreeMap, sync::Arc};

use pangolin_ledger::{
    Auth, Body, ChainId, DataClass, Effect, GovernanceAction as Action, GovernanceBody, Height,
    Outcome, ProfileRef, PublicKey, Signature, SignedTransaction, Transaction, ValidatorBody,
    evidence::{BadEvidence, Contradicted, Resharing, Seats},
    machine::genesis_seats,
    report::ValidatorChange as Change,
    state::{
        Contradiction, Member, Members, Misconduct, Outcome as Ended, Roster, Round, Wanted, keys,
    },
    validator_issuer,
};

use crate::support::World;

/// Blocks of an epoch here.
const EPOCH: u64 = 10;

/// Mathematics that can be seen through: a log is `log` and the dealer's key; enough is two thirds; the sharing names its round.
struct Plain;

impl Seats for Plain {
    fn log(&self, _: &Resharing<'_>, dealer: &PublicKey, log: &[u8]) -> Result<(), BadEvidence> {
        if log == log_of(dealer) {
            Ok(())
        } else {
            Err(bad("no-log"))
        }
    }

    fn conclude(
        &self,
        resharing: &Resharing<'_>,
        logs: &BTreeMap<PublicKey, Vec<u8>>,
    ) -> Result<Vec<u8>, BadEvidence> {
        assert!(logs.iter().all(|(dealer, log)| *log == log_of(dealer)));
        let dealers = usize::from(resharing.sharing[0]);
        if logs.len() * 3 <= dealers * 2 {
            return Err(bad("too-few"));
        }
        Ok(vec![
            u8::try_from(resharing.players.len()).unwrap(),
            u8::try_from(resharing.number).unwrap(),
        ])
    }

    fn contradicted(&self, _: &ChainId, evidence: &[u8]) -> Result<Contradicted, BadEvidence> {
        let [n] = evidence else {
            return Err(bad("no-votes"));
        };
        Ok(Contradicted {
            validator: key(*n),
            kind: Contradiction::Finalized,
            epoch: 0,
            view: 7,
        })
    }
}

fn bad(code: &'static str) -> BadEvidence {
    BadEvidence {
        code,
        message: "not that".into(),
    }
}

fn key(n: u8) -> PublicKey {
    PublicKey([n; 32])
}

fn log_of(dealer: &PublicKey) -> Vec<u8> {
    [b"log".as_slice(), &dealer.0].concat()
}

fn member(n: u8) -> Member {
    Member {
        key: key(n),
        name: format!("node {n}"),
        organisation: "Org".into(),
        address: String::new(),
    }
}

fn members(list: impl IntoIterator<Item = u8>) -> Vec<Member> {
    list.into_iter().map(member).collect()
}

fn want(list: Vec<Member>) -> Body {
    Body::Governance(Box::new(GovernanceBody {
        action: Action::SetValidators { validators: list },
        reason: "test".into(),
    }))
}

/// A chain with epochs and validators 1 to `count`.
fn seated(count: u8) -> World {
    let mut w = World::new();
    w.machine = w.machine.clone().seating(Arc::new(Plain));
    w.state
        .extend(genesis_seats(EPOCH, members(1..=count), vec![count, 0]));
    w
}

trait Validating {
    fn states(&mut self, n: u8, body: ValidatorBody) -> Outcome;
    fn deals(&mut self, n: u8, round: u64) -> Outcome;
    fn until(&mut self, height: u64) -> Vec<Change>;
    fn seats(&self) -> Vec<u8>;
    fn roster(&self) -> Roster;
}

impl Validating for World {
    fn states(&mut self, n: u8, body: ValidatorBody) -> Outcome {
        let tx = Transaction {
            chain: self.chain,
            profile: ProfileRef { id: 0, version: 0 },
            class: DataClass::Record,
            issuer: validator_issuer(&key(n)).unwrap(),
            key: key(n),
            valid_until: Height(self.height + 20),
            body: Body::Validator(Box::new(body)),
        };
        self.run(&Self::sign(tx))
    }

    fn deals(&mut self, n: u8, round: u64) -> Outcome {
        let log = log_of(&key(n));
        self.states(n, ValidatorBody::Dealt { round, log })
    }

    /// Empty blocks up to a height; what changed about validators by itself.
    fn until(&mut self, height: u64) -> Vec<Change> {
        let mut changes = Vec::new();
        while self.height < height {
            let effects = self.block(&[]).1.effects;
            changes.extend(effects.into_iter().filter_map(|effect| match effect {
                Effect::Validators(change) => Some(change),
                _ => None,
            }));
        }
        changes
    }

    fn seats(&self) -> Vec<u8> {
        let seated: Members = self.get(keys::members()).unwrap();
        seated.list.iter().map(|member| member.key.0[0]).collect()
    }

    fn roster(&self) -> Roster {
        self.get(keys::roster()).unwrap()
    }
}

fn code(outcome: &Outcome) -> &'static str {
    outcome.refusal().map_or("applied", |refusal| refusal.code)
}

#[test]
fn a_chain_without_epochs_keeps_its_validators() {
    let mut w = World::new();
    assert_eq!(w.forbids("gov", want(members(1..=4))), "no-epochs");
    assert_eq!(code(&w.deals(1, 1)), "no-epochs");
    assert!(w.state.keys().all(|key| !(0x04..=0x09).contains(&key.0[0])));
}

#[test]
fn a_fifth_validator_comes_with_the_end_of_the_epoch() {
    let mut w = seated(4);
    assert_eq!(w.forbids("maker", want(members(1..=5))), "role-missing");
    w.enact("gov", want(members(1..=5)));
    assert_eq!(
        (w.seats(), w.roster().round, w.roster().open),
        (vec![1, 2, 3, 4], 1, true)
    );
    for n in 1..=3 {
        assert_eq!(code(&w.deals(n, 1)), "applied");
        assert_eq!(w.seats(), [1, 2, 3, 4]);
    }
    assert_eq!(w.until(EPOCH - 1), [Change::Reshared { round: 1 }]);
    assert_eq!(w.seats(), [1, 2, 3, 4, 5]);
    let seated: Members = w.get(keys::members()).unwrap();
    assert_eq!(
        (seated.sharing, seated.round, w.roster().since),
        (vec![5, 1], 1, 1)
    );
    assert!(w.get::<Wanted>(keys::wanted()).is_none() && !w.roster().wanted);
    assert_eq!(w.until(4 * EPOCH), [], "nothing more happens by itself");
    // who was away computes its share from these
    assert!(w.state.contains_key(&keys::round_log(1, &key(2))));
    w.enact("gov", want(members(2..=5)));
    for n in [2, 3, 4, 5] {
        assert_eq!(code(&w.deals(n, 2)), "applied");
    }
    assert_eq!(w.until(5 * EPOCH - 1), [Change::Reshared { round: 2 }]);
    assert_eq!(w.seats(), [2, 3, 4, 5]);
    assert!(
        !w.state.contains_key(&keys::round_log(1, &key(2))),
        "nobody needs them any more"
    );
    assert!(w.get::<Round>(keys::round(1)).is_none());
    assert_eq!(code(&w.deals(1, 3)), "not-a-validator");
}

#[test]
fn too_little_dealt_leaves_everything_and_is_tried_again() {
    let mut w = seated(4);
    w.enact("gov", want(members(1..=5)));
    for n in 1..=2 {
        w.deals(n, 1);
    }
    let changes = w.until(EPOCH - 1);
    assert_eq!(
        changes,
        [
            Change::NotReshared { round: 1 },
            Change::Opened { round: 2 }
        ]
    );
    let seated: Members = w.get(keys::members()).unwrap();
    assert_eq!(
        (w.seats(), seated.sharing, seated.round),
        (vec![1, 2, 3, 4], vec![4, 0], 0)
    );
    assert_eq!(code(&w.deals(3, 1)), "no-such-resharing");
    for n in 2..=4 {
        w.deals(n, 2);
    }
    assert_eq!(w.until(2 * EPOCH - 1), [Change::Reshared { round: 2 }]);
    assert_eq!(w.seats(), [1, 2, 3, 4, 5]);
}

#[test]
fn what_is_wanted_late_in_an_epoch_waits_for_the_next() {
    let mut w = seated(4);
    w.until(EPOCH / 2);
    w.enact("gov", want(members(1..=5)));
    assert!(!w.roster().open);
    assert_eq!(w.until(EPOCH - 1), [Change::Opened { round: 1 }]);
    assert_eq!(w.get::<Round>(keys::round(1)).unwrap().epoch, 1);
}

#[test]
fn who_is_not_wanted_any_more_is_not_seated() {
    for withdrawn in [true, false] {
        let mut w = seated(4);
        w.enact("gov", want(members(1..=5)));
        for n in 1..=4 {
            w.deals(n, 1);
        }
        let others = if withdrawn {
            members(1..=4)
        } else {
            members([1, 2, 3, 4, 6])
        };
        w.enact("gov", want(others));
        assert_eq!(w.until(EPOCH - 1)[0], Change::NotReshared { round: 1 });
        assert_eq!(w.seats(), [1, 2, 3, 4]);
        assert_eq!(w.roster().open, !withdrawn);
    }
}

#[test]
fn what_is_said_of_present_validators_changes_at_once() {
    let mut w = seated(4);
    let mut list = members(1..=4);
    list[2].address = "192.0.2.7:7000".into();
    w.enact("gov", want(list.clone()));
    assert_eq!(w.get::<Members>(keys::members()).unwrap().list, list);
    assert!(!w.roster().open && !w.roster().wanted);
}

#[test]
fn the_same_ones_get_new_shares_where_nothing_else_is_wanted() {
    let mut w = seated(4);
    w.enact("gov", want(members(1..=4)));
    assert!(w.roster().open && w.roster().wanted);
    for n in 1..=4 {
        w.deals(n, 1);
    }
    assert_eq!(w.until(EPOCH - 1), [Change::Reshared { round: 1 }]);
    let seated: Members = w.get(keys::members()).unwrap();
    assert_eq!(
        (w.seats(), seated.sharing, seated.round),
        (vec![1, 2, 3, 4], vec![4, 1], 1)
    );
    assert_eq!(w.until(3 * EPOCH), [], "once");
}

#[test]
fn sets_that_would_endanger_the_chain_are_refused() {
    let mut bad_address = members(1..=5);
    bad_address[4].address = "node5.example".into();
    let mut nameless = members(1..=5);
    nameless[4].name = String::new();
    let cases = [
        ("out of order", members([2, 1, 3, 4])),
        ("twice", members([1, 2, 2, 3, 4])),
        ("fewer than four", members([1, 2, 3])),
        ("two come", members(1..=6)),
        ("two go", members([3, 4, 5, 6])),
        ("address", bad_address),
        ("name", nameless),
    ];
    for (what, list) in cases {
        let mut w = seated(4);
        assert_eq!(w.forbids("gov", want(list)), "validator-set", "{what}");
    }
    // seven bear two faults: two may come and two go
    let mut w = seated(7);
    w.enact("gov", want(members(3..=9)));
    assert_eq!(
        seated(7).forbids("gov", want(members(4..=10))),
        "validator-set"
    );
    assert_eq!(
        seated(7).forbids("gov", want(members(4..=7))),
        "validator-set",
        "three go, and nobody comes"
    );
    // a chain that is not one of four yet may grow by one
    let mut w = seated(1);
    w.enact("gov", want(members(1..=2)));
    assert_eq!(
        seated(1).forbids("gov", want(members(1..=3))),
        "validator-set"
    );
}

#[test]
fn only_validators_deal_once_and_rightly() {
    let mut w = seated(4);
    assert_eq!(code(&w.deals(1, 1)), "no-such-resharing", "none is open");
    w.enact("gov", want(members(1..=5)));
    assert_eq!(
        code(&w.deals(5, 1)),
        "not-a-validator",
        "it gets a share, it does not deal"
    );
    let wrong = ValidatorBody::Dealt {
        round: 1,
        log: b"log".to_vec(),
    };
    assert_eq!(code(&w.states(1, wrong)), "bad-log");
    assert_eq!(code(&w.deals(1, 2)), "no-such-resharing");
    assert_eq!(code(&w.deals(1, 1)), "applied");
    assert_eq!(code(&w.deals(1, 1)), "already-recorded");
    // under a party's name it is nobody's statement
    let log = log_of(&key(2));
    let body = Body::Validator(Box::new(ValidatorBody::Dealt { round: 1, log }));
    assert_eq!(w.forbids("maker", body), "not-a-validator");
}

#[test]
fn who_contradicts_itself_is_recorded_and_goes_with_the_next_resharing() {
    let mut w = seated(5);
    let show = |n| ValidatorBody::Contradicted { evidence: vec![n] };
    assert_eq!(
        code(&w.states(1, ValidatorBody::Contradicted { evidence: vec![] })),
        "no-contradiction"
    );
    assert_eq!(code(&w.states(1, show(9))), "not-a-validator");
    let shown = w.states(1, show(3));
    let effects = &shown.receipt().unwrap().effects;
    assert_eq!(
        effects[..],
        [Effect::Validators(Change::Contradicted {
            validator: key(3)
        })]
    );
    let record: Misconduct = w.get(keys::misconduct(&key(3))).unwrap();
    assert_eq!((record.kind, record.view), (Contradiction::Finalized, 7));
    assert_eq!(code(&w.states(2, show(3))), "already-recorded");
    assert!(w.roster().open, "the next resharing begins at once");
    for n in [1, 2, 4, 5] {
        w.deals(n, 1);
    }
    assert_eq!(w.until(EPOCH - 1), [Change::Reshared { round: 1 }]);
    assert_eq!(w.seats(), [1, 2, 4, 5]);
    let back = w.forbids("gov", want(members(1..=5)));
    assert_eq!(back, "validator-set", "its key never comes back");
}

#[test]
fn a_resharing_that_would_seat_a_liar_does_not_come_about() {
    let mut w = seated(4);
    w.enact("gov", want(members(1..=5)));
    for n in 1..=4 {
        w.deals(n, 1);
    }
    w.states(1, ValidatorBody::Contradicted { evidence: vec![2] });
    let changes = w.until(EPOCH - 1);
    assert_eq!(
        changes,
        [
            Change::NotReshared { round: 1 },
            Change::Opened { round: 2 }
        ]
    );
    let round: Round = w.get(keys::round(2)).unwrap();
    assert_eq!(round.outcome, Ended::Open);
    let players: Vec<u8> = round.players.iter().map(|member| member.key.0[0]).collect();
    assert_eq!(players, [1, 3, 4, 5]);
}

#[test]
fn four_become_three_rather_than_keep_a_liar_and_three_do_not_become_two() {
    let show = |n| ValidatorBody::Contradicted { evidence: vec![n] };
    let mut w = seated(4);
    w.states(1, show(2));
    assert_eq!(
        w.get::<Wanted>(keys::wanted()).unwrap().list,
        members([1, 3, 4])
    );
    let mut w = seated(3);
    assert_eq!(code(&w.states(1, show(2))), "applied");
    assert!(w.get::<Misconduct>(keys::misconduct(&key(2))).is_some());
    assert!(w.get::<Wanted>(keys::wanted()).is_none());
}

#[test]
fn a_validators_statement_is_signed_by_the_key_it_names() {
    let tx = Transaction {
        chain: World::CHAIN,
        profile: ProfileRef { id: 0, version: 0 },
        class: DataClass::Record,
        issuer: validator_issuer(&key(2)).unwrap(),
        key: key(1),
        valid_until: Height(9),
        body: Body::Validator(Box::new(ValidatorBody::Contradicted { evidence: vec![3] })),
    };
    let signed = SignedTransaction::new(tx, Auth::Single(Signature([5; 64])));
    assert_eq!(code(&seated(4).run(&signed)), "not-a-validator");
}
