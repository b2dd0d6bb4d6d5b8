//! K6 between chains: an object lives on one chain at a time, whoever carries the messages and in whatever order.

use std::collections::BTreeMap;

use pangolin_ledger::{
    Effect, Height, Item, Outcome, TimeMs, Wire as _,
    evidence::Proven,
    state::{
        Group, Holder, InboxEntry, InboxResult, OutboxEntry, OutboxKind, SeenHeader, Settlement,
        Status, Unwelcome, keys,
    },
};
use proptest::prelude::*;

use crate::support::{EventExt, Pair, attribute, event, histories, id, party, step};

const DAY: i64 = 86_400_000;

/// Chain 0 with objects of `maker`, in a group.
fn pair() -> Pair {
    let mut pair = Pair::new();
    let made = event(step::CREATE, &["A.1", "A.2", "A.3"])
        .attr(attribute::GROUP, "lot")
        .attr(attribute::EXPIRY, "2030-01-01");
    pair.chains[0].ok("maker", vec![made]);
    pair
}

fn lives(pair: &Pair, at: usize, object: &str) -> bool {
    let key = keys::object(&id(object));
    pair.chains[at].state.contains_key(&key) && pair.chains[at].object(object).is_live()
}

#[test]
fn an_object_moves_and_is_used_there() {
    let mut pair = pair();
    let seq = pair.depart((0, 1), "maker", "A.1", "trader", DAY);
    let there = pair.chains[1].chain;
    assert_eq!(pair.chains[0].object("A.1").status, Status::Away(there));
    let (code, _) = pair.chains[0].refused("maker", vec![event(step::OBSERVE, &["A.1"])]);
    assert_eq!(code, "object-elsewhere", "nothing happens to it here");

    let record = pair.record(0, "A.1");
    let before = pair.chains[0].object("A.1");
    let delivery = pair.arrival((0, 1), seq, record);
    let effects = pair.delivered(1, delivery.clone());
    let chain = pair.chains[0].chain;
    assert_eq!(
        effects,
        [Effect::Arrived {
            chain,
            seq,
            object: id("A.1"),
            group: before.group.clone(),
            from: party("maker"),
            to: party("trader"),
            result: InboxResult::Accepted,
            epoch: 0,
            inside: BTreeMap::new(),
        }]
    );
    let here = pair.chains[1].object("A.1");
    assert!(here.is_live() && here.in_transit());
    assert_eq!(pair.chains[1].custodian("A.1").as_deref(), Some("maker"));
    assert_eq!(here.seq, before.seq + 1);
    assert_ne!(here.provenance, before.provenance);
    let inbox: InboxEntry = pair.chains[1].get(keys::inbox(&chain, seq)).unwrap();
    assert_eq!(inbox.provenance, before.provenance);
    let group: Group = pair.chains[1]
        .get(keys::group(here.group.as_ref().unwrap()))
        .unwrap();
    assert_eq!((group.made, group.limit), (0, Some(0)));

    let receipt = pair.chains[1].ok("trader", vec![event(step::RECEIVE, &["A.1"])]);
    assert!(matches!(receipt.effects[..], [Effect::Completed(_)]));
    pair.chains[1].ok("trader", vec![event(step::END, &["A.1"])]);

    let settled = pair.outcome((0, 1), seq);
    let effects = pair.delivered(0, settled.clone());
    assert!(matches!(effects[..], [Effect::Settled { gone: true, .. }]));
    assert_eq!(pair.chains[0].object("A.1").status, Status::Away(there));
    let cited: OutboxEntry = pair.chains[0].get(keys::outbox(&there, seq + 1)).unwrap();
    assert_eq!(cited.kind, OutboxKind::Release { lock: seq });
    // whoever brings it once more
    assert_eq!(pair.undelivered(1, delivery), "already-recorded");
    assert_eq!(pair.undelivered(0, settled), "already-recorded");
}

#[test]
fn what_is_known_does_not_hold_up_the_rest() {
    let mut pair = pair();
    let deliveries = ["A.1", "A.2"].map(|object| {
        let seq = pair.depart((0, 1), "maker", object, "trader", DAY);
        let record = pair.record(0, object);
        pair.arrival((0, 1), seq, record)
    });
    let [first, second] = deliveries;
    pair.delivered(1, first.clone());
    // a proof of both, as another carrier would bring it
    let mut both = second.clone();
    both.items.insert(0, first.items[0].clone());
    let effects = pair.delivered(1, both.clone());
    assert_eq!(effects.len(), 1, "the first one is left out: {effects:?}");
    assert!(lives(&pair, 1, "A.2"));
    assert_eq!(pair.undelivered(1, both.clone()), "already-recorded");
    // what is wrong holds up the rest all the same: nothing is half applied
    let third = pair.depart((0, 1), "maker", "A.3", "trader", DAY);
    let record = pair.record(0, "A.3");
    let mut wrong = pair.arrival((0, 1), third, record);
    wrong.items.insert(0, first.items[0].clone());
    wrong.items.push(Item::Arrival {
        seq: 99,
        record: Vec::new(),
    });
    assert_eq!(pair.undelivered(1, wrong.clone()), "not-proven");
    assert!(!lives(&pair, 1, "A.3"));
    wrong.items.pop();
    pair.delivered(1, wrong);
    assert!(lives(&pair, 1, "A.3"));
}

#[test]
fn what_is_refused_lives_at_home_again() {
    let mut pair = pair();
    let seq = pair.depart((0, 1), "maker", "A.1", "ghost", DAY);
    let record = pair.record(0, "A.1");
    let delivery = pair.arrival((0, 1), seq, record);
    let effects = pair.delivered(1, delivery);
    let refused = InboxResult::Refused(Unwelcome::Receiver);
    assert!(matches!(&effects[..], [Effect::Arrived { result, .. }] if *result == refused));
    assert!(!lives(&pair, 1, "A.1"));
    let settled = pair.outcome((0, 1), seq);
    pair.delivered(0, settled);
    assert!(lives(&pair, 0, "A.1"));
    assert_eq!(pair.chains[0].custodian("A.1").as_deref(), Some("maker"));
    let there = pair.chains[1].chain;
    let settlement: Settlement = pair.chains[0].get(keys::settlement(&there, seq)).unwrap();
    assert_eq!(settlement.result, Some(refused));
    pair.chains[0].ok("maker", vec![event(step::END, &["A.1"])]);
}

#[test]
fn only_proof_that_it_was_not_let_in_ends_a_lock() {
    let mut pair = pair();
    let seq = pair.depart((0, 1), "maker", "A.1", "trader", DAY);
    let record = pair.record(0, "A.1");
    let early = pair.outcome((0, 1), seq);
    assert_eq!(pair.undelivered(0, early.clone()), "move-undecided");
    pair.chains[0].wait(2 * DAY);
    let code = pair.undelivered(0, early.clone());
    assert_eq!(
        code, "move-undecided",
        "the time of this chain ends no lock"
    );
    pair.chains[1].wait(2 * DAY);
    let late = pair.outcome((0, 1), seq);
    let arrival = pair.arrival((0, 1), seq, record);
    let mut other = pair.clone();

    let effects = pair.delivered(0, late.clone());
    assert!(matches!(effects[..], [Effect::Settled { gone: false, .. }]));
    assert!(lives(&pair, 0, "A.1"));
    let effects = pair.delivered(1, arrival.clone());
    let refused = InboxResult::Refused(Unwelcome::Late);
    assert!(matches!(&effects[..], [Effect::Arrived { result, .. }] if *result == refused));
    assert!(!lives(&pair, 1, "A.1"));

    // in the other order
    other.delivered(1, arrival);
    other.delivered(0, late);
    assert!(lives(&other, 0, "A.1") && !lives(&other, 1, "A.1"));
}

#[test]
fn a_proof_counts_not_its_bearer() {
    let mut pair = pair();
    let seq = pair.depart((0, 1), "maker", "A.1", "trader", DAY);
    let record = pair.record(0, "A.1");
    let good = pair.arrival((0, 1), seq, record.clone());
    let change = |change: &dyn Fn(&mut pangolin_ledger::Delivery)| {
        let mut bad = good.clone();
        change(&mut bad);
        bad
    };
    let other = pair.record(0, "A.2");
    let this = pair.chains[1].chain;
    for (bad, code) in [
        (change(&|d| d.evidence = vec![9; 40]), "bad-evidence"),
        (change(&|d| d.chain = this), "unknown-chain"),
        (
            change(&|d| {
                d.items = vec![Item::Arrival {
                    seq,
                    record: other.clone(),
                }];
            }),
            "wrong-record",
        ),
        (
            change(&|d| {
                d.items = vec![Item::Arrival {
                    seq: seq + 1,
                    record: record.clone(),
                }];
            }),
            "not-proven",
        ),
        (change(&|d| d.items.clear()), "malformed"),
        (
            change(&|d| d.items.push(Item::Outcome { seq: 0 })),
            "no-such-lock",
        ),
    ] {
        assert_eq!(pair.undelivered(1, bad), code);
        assert!(!lives(&pair, 1, "A.1"), "all of it or nothing");
    }
    let lacks_group = pangolin_ledger::Delivery {
        evidence: pair.prove(0, &[keys::outbox(&this, seq)]),
        ..good.clone()
    };
    assert_eq!(pair.undelivered(1, lacks_group), "not-proven");
    let nowhere = pangolin_ledger::Delivery {
        evidence: pair.prove(0, &[keys::outbox(&this, 7)]),
        items: vec![Item::Arrival {
            seq: 7,
            record: record.clone(),
        }],
        ..good.clone()
    };
    assert_eq!(pair.undelivered(1, nowhere), "no-such-lock");
    pair.delivered(1, good);
}

#[test]
fn who_may_lock_what() {
    let mut pair = pair();
    let of = |pair: &Pair| pair.departure((0, 1), &["A.1"], "trader", DAY);
    let departs = of(&pair);
    assert_eq!(
        pair.chains[0].parked("trader", departs).1,
        "not-custodian",
        "only its custodian"
    );
    let strange = of(&pair).attr(attribute::CHAIN, "four");
    assert_eq!(
        pair.chains[0].refused("maker", vec![strange]).0,
        "unknown-chain"
    );
    pair.chains[0].ok("maker", vec![event(step::SHIP, &["A.1"]).to("trader")]);
    let offered = of(&pair);
    assert_eq!(pair.chains[0].parked("maker", offered).1, "already-offered");
}

#[test]
fn what_lives_or_ended_here_is_not_let_in() {
    let mut pair = pair();
    pair.chains[1].ok("maker", vec![event(step::CREATE, &["A.1", "A.2"])]);
    pair.chains[1].ok("maker", vec![event(step::END, &["A.2"])]);
    for object in ["A.1", "A.2"] {
        let seq = pair.depart((0, 1), "maker", object, "trader", DAY);
        let record = pair.record(0, object);
        let arrival = pair.arrival((0, 1), seq, record);
        let effects = pair.delivered(1, arrival);
        let refused = InboxResult::Refused(Unwelcome::Present);
        assert!(matches!(&effects[..], [Effect::Arrived { result, .. }] if *result == refused));
    }
    let made = event(step::CREATE, &["A.9"])
        .attr(attribute::GROUP, "lot")
        .attr(attribute::EXPIRY, "2040-12-31");
    pair.chains[1].ok("maker", vec![made]);
    let seq = pair.depart((0, 1), "maker", "A.3", "trader", DAY);
    let record = pair.record(0, "A.3");
    let arrival = pair.arrival((0, 1), seq, record);
    let effects = pair.delivered(1, arrival);
    let refused = InboxResult::Refused(Unwelcome::Group);
    assert!(matches!(&effects[..], [Effect::Arrived { result, .. }] if *result == refused));
}

#[test]
fn there_and_back_again() {
    let mut pair = pair();
    let out = pair.depart((0, 1), "maker", "A.1", "trader", DAY);
    let record = pair.record(0, "A.1");
    let arrival = pair.arrival((0, 1), out, record);
    pair.delivered(1, arrival);
    pair.chains[1].ok("trader", vec![event(step::RECEIVE, &["A.1"])]);
    let back = pair.depart((1, 0), "trader", "A.1", "maker", DAY);
    let record = pair.record(1, "A.1");
    let arrival = pair.arrival((1, 0), back, record);
    // home before the first lock was settled
    pair.delivered(0, arrival);
    assert!(lives(&pair, 0, "A.1") && !lives(&pair, 1, "A.1"));
    let settled = pair.outcome((0, 1), out);
    pair.delivered(0, settled);
    let settled = pair.outcome((1, 0), back);
    pair.delivered(1, settled);
    assert!(lives(&pair, 0, "A.1") && !lives(&pair, 1, "A.1"));
    pair.chains[0].ok("maker", vec![event(step::RECEIVE, &["A.1"])]);
    assert_eq!(pair.chains[0].custodian("A.1").as_deref(), Some("maker"));
    let Some(Holder::Party(holder)) = pair.chains[0].object("A.1").holder else {
        panic!("in no container");
    };
    assert_eq!(holder.to_string(), "maker");
}

#[test]
fn a_chain_that_contradicts_itself_frees_nothing_twice() {
    let mut pair = pair();
    let seq = pair.depart((0, 1), "maker", "A.1", "trader", DAY);
    let record = pair.record(0, "A.1");
    let arrival = pair.arrival((0, 1), seq, record);
    pair.delivered(1, arrival);
    pair.chains[1].ok("trader", vec![event(step::RECEIVE, &["A.1"])]);
    let back = pair.depart((1, 0), "trader", "A.1", "maker", DAY);
    let record = pair.record(1, "A.1");
    let arrival = pair.arrival((1, 0), back, record);
    pair.delivered(0, arrival);
    pair.chains[0].ok("maker", vec![event(step::RECEIVE, &["A.1"])]);
    pair.depart((0, 1), "maker", "A.1", "trader", DAY);
    // it let the object in, and signs now that it refused the first lock, or never decided on it
    let source = pair.chains[0].chain;
    let key = keys::inbox(&source, seq);
    let mut lie: InboxEntry = pair.chains[1].get(key).unwrap();
    lie.result = InboxResult::Refused(Unwelcome::Late);
    for said in [Some(lie.to_bytes()), None] {
        let proven = Proven {
            header: SeenHeader {
                height: Height(900),
                time: TimeMs(pair.chains[1].time + 9 * DAY),
                block: pangolin_ledger::Digest32([0; 32]),
            },
            entries: BTreeMap::from([(key, said)]),
        };
        let mut forged = pair.outcome((0, 1), seq);
        forged.evidence = pair.deposit(1, proven);
        assert_eq!(pair.undelivered(0, forged), "wrong-record");
        assert!(!lives(&pair, 0, "A.1"));
    }
}

/// What may happen in a random history.
#[derive(Debug, Clone)]
enum Act {
    Depart {
        object: u8,
        ms: i64,
        known: bool,
    },
    Arrive {
        lock: usize,
    },
    Outcome {
        lock: usize,
    },
    /// A proof that was made earlier is delivered now.
    Replay {
        proof: usize,
    },
    Receive {
        object: u8,
    },
    Wait {
        at: usize,
        ms: i64,
    },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        3 => (0..3_u8, 1_000..90_000_i64, any::<bool>())
            .prop_map(|(object, ms, known)| Act::Depart { object, ms, known }),
        4 => (0..12_usize).prop_map(|lock| Act::Arrive { lock }),
        4 => (0..12_usize).prop_map(|lock| Act::Outcome { lock }),
        3 => (0..24_usize).prop_map(|proof| Act::Replay { proof }),
        3 => (0..3_u8).prop_map(|object| Act::Receive { object }),
        1 => (0..2_usize, 1_000..60_000_i64).prop_map(|(at, ms)| Act::Wait { at, ms }),
    ];
    proptest::collection::vec(act, 1..60)
}

/// A history under way: all locks with the records they left, and all proofs ever made.
struct History {
    pair: Pair,
    locks: Vec<(usize, u64, Vec<u8>)>,
    proofs: Vec<(usize, pangolin_ledger::Delivery)>,
    turn: u8,
}

impl History {
    fn act(&mut self, act: &Act) {
        self.turn = self.turn.wrapping_add(1);
        let pick = |n: usize, of: usize| (of > 0).then(|| n % of);
        match act {
            Act::Depart { object, ms, known } => {
                let name = format!("A.{}", object + 1);
                for at in [0, 1] {
                    if !lives(&self.pair, at, &name) {
                        continue;
                    }
                    let custodian = self.pair.chains[at].custodian(&name).unwrap();
                    let to = match (*known, custodian.as_str()) {
                        (false, _) => "ghost",
                        (true, "maker") => "trader",
                        (true, _) => "maker",
                    };
                    let departs = self
                        .pair
                        .departure((at, 1 - at), &[&name], to, *ms)
                        .nonce(self.turn);
                    let outcome = self.pair.chains[at].say(&custodian, vec![departs]);
                    let Outcome::Applied(receipt) = outcome else {
                        continue;
                    };
                    for effect in &receipt.effects {
                        if let Effect::Departed { seq, .. } = effect {
                            let record = self.pair.record(at, &name);
                            self.locks.push((at, *seq, record));
                        }
                    }
                }
            }
            Act::Arrive { lock } => {
                let Some(at) = pick(*lock, self.locks.len()) else {
                    return;
                };
                let (from, seq, record) = self.locks[at].clone();
                let delivery = self.pair.arrival((from, 1 - from), seq, record);
                self.proofs.push((1 - from, delivery.clone()));
                self.pair.deliver(1 - from, delivery);
            }
            Act::Outcome { lock } => {
                let Some(at) = pick(*lock, self.locks.len()) else {
                    return;
                };
                let (home, seq, _) = self.locks[at];
                let delivery = self.pair.outcome((home, 1 - home), seq);
                self.proofs.push((home, delivery.clone()));
                self.pair.deliver(home, delivery);
            }
            Act::Replay { proof } => {
                if let Some(at) = pick(*proof, self.proofs.len()) {
                    let (at, delivery) = self.proofs[at].clone();
                    self.pair.deliver(at, delivery);
                }
            }
            Act::Receive { object } => {
                let name = format!("A.{}", object + 1);
                for at in [0, 1] {
                    for who in ["maker", "trader"] {
                        if lives(&self.pair, at, &name)
                            && self.pair.chains[at]
                                .object(&name)
                                .pending
                                .is_some_and(|pending| pending.to.to_string() == who)
                        {
                            let receives = event(step::RECEIVE, &[&name]).nonce(self.turn);
                            self.pair.chains[at].ok(who, vec![receives]);
                        }
                    }
                }
            }
            Act::Wait { at, ms } => {
                self.pair.chains[*at].wait(*ms);
            }
        }
    }

    /// No object lives twice, and whatever lives nowhere waits for an outcome.
    fn check(&self) {
        for n in 1..=3 {
            let name = format!("A.{n}");
            let homes = [0, 1].map(|at| lives(&self.pair, at, &name));
            assert_ne!(homes, [true, true], "{name} lives twice");
            let open = self.locks.iter().any(|(home, seq, _)| {
                let there = self.pair.chains[1 - home].chain;
                let settled = keys::settlement(&there, *seq);
                self.pair.lock((*home, 1 - *home), *seq).object == id(&name)
                    && !self.pair.chains[*home].state.contains_key(&settled)
            });
            assert!(homes != [false, false] || open, "{name} is lost");
        }
    }
}

proptest! {
    #![proptest_config(histories(2))]

    /// Whatever is carried, by whom and in which order: one live home, and at the end exactly one.
    #[test]
    fn one_live_home(acts in acts()) {
        let mut history = History { pair: pair(), locks: Vec::new(), proofs: Vec::new(), turn: 0 };
        for act in &acts {
            history.act(act);
            history.check();
        }
        // everything arrives in the end
        for chain in &mut history.pair.chains {
            chain.wait(DAY);
        }
        for lock in 0..history.locks.len() {
            history.act(&Act::Arrive { lock });
            history.act(&Act::Outcome { lock });
            history.check();
        }
        for n in 1..=3 {
            let name = format!("A.{n}");
            let homes = [0, 1].map(|at| lives(&history.pair, at, &name));
            prop_assert_eq!(homes.iter().filter(|lives| **lives).count(), 1, "{} has one home", name);
        }
    }
}
