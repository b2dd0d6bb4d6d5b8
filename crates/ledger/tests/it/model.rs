//! A small model of moves between chains: every state that it can reach is looked at, and the real ledger is held against it.
//!
//! The model knows one object, three chains, their clocks, and what was ever proven: locks and decisions. A carrier may bring any of it at
//! any time, again, in any order, or never; what was true of a chain once can be shown for ever.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use pangolin_ledger::{
    Effect,
    state::{InboxResult, Status, keys},
    tx::Witness,
};
use proptest::prelude::*;

use crate::support::{EventExt, Pair, attribute, event, histories, id, step};

const CHAINS: usize = 3;
/// Clocks of the model go so far.
const LAST: u8 = 1;
/// Locks that are made at most: enough for a way round. `PANGOLIN_MODEL_LOCKS=4` takes minutes.
const LOCKS: usize = 3;

fn most_locks() -> usize {
    let asked = std::env::var("PANGOLIN_MODEL_LOCKS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(LOCKS)
}

/// What a chain says of the object. Histories only grow, which `seq` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Record {
    Absent,
    Live { seq: u8 },
    Away { to: usize, seq: u8 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Decision {
    Accepted,
    Refused,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Lock {
    from: usize,
    to: usize,
    until: u8,
    /// The record's count after it.
    seq: u8,
    decision: Option<Decision>,
    settled: bool,
    /// Whether a state of the destination after `until` without a decision was ever there to be shown.
    missed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Model {
    records: [Record; CHAINS],
    /// Where each chain ever said that the object went: what is shown of the chains between may be old.
    said: [BTreeSet<usize>; CHAINS],
    clocks: [u8; CHAINS],
    locks: Vec<Lock>,
    /// Locks that are made at most.
    most: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Tick(usize),
    Depart {
        from: usize,
        to: usize,
        until: u8,
    },
    Arrive(usize),
    Settle(usize),
    /// By proof that nothing was decided in time.
    SettleMissed(usize),
}

impl Model {
    fn new(most: usize) -> Self {
        let mut records = [Record::Absent; CHAINS];
        records[0] = Record::Live { seq: 0 };
        Self {
            records,
            said: Default::default(),
            clocks: [0; CHAINS],
            locks: Vec::new(),
            most,
        }
    }

    fn homes(&self) -> Vec<usize> {
        let lives = |at: &usize| matches!(self.records[*at], Record::Live { .. });
        (0..CHAINS).filter(lives).collect()
    }

    fn steps(&self) -> Vec<Step> {
        let mut steps: Vec<Step> = (0..CHAINS).map(Step::Tick).collect();
        for from in 0..CHAINS {
            for to in (0..CHAINS).filter(|to| *to != from) {
                steps.extend((0..=LAST).map(|until| Step::Depart { from, to, until }));
            }
        }
        for lock in 0..self.locks.len() {
            steps.extend([
                Step::Arrive(lock),
                Step::Settle(lock),
                Step::SettleMissed(lock),
            ]);
        }
        steps
    }

    /// The state after a step; `None` if the rules refuse it, or the model goes no further.
    fn after(&self, step: Step) -> Option<Self> {
        let mut next = self.clone();
        match step {
            Step::Tick(at) if self.clocks[at] <= LAST => {
                next.clocks[at] += 1;
                for lock in next.locks.iter_mut().filter(|lock| lock.to == at) {
                    lock.missed |= lock.decision.is_none() && next.clocks[at] > lock.until;
                }
            }
            Step::Depart { from, to, until } if self.locks.len() < self.most => {
                let Record::Live { seq } = self.records[from] else {
                    return None;
                };
                let seq = seq + 1;
                next.records[from] = Record::Away { to, seq };
                next.said[from].insert(to);
                next.locks.push(Lock {
                    from,
                    to,
                    until,
                    seq,
                    decision: None,
                    settled: false,
                    missed: self.clocks[to] > until,
                });
            }
            Step::Arrive(n) => {
                let lock = self.locks.get(n)?;
                if lock.decision.is_some() {
                    return None;
                }
                let good = self.clocks[lock.to] <= lock.until && self.welcome(lock);
                if good {
                    next.records[lock.to] = Record::Live { seq: lock.seq + 1 };
                }
                let decision = if good {
                    Decision::Accepted
                } else {
                    Decision::Refused
                };
                next.locks[n].decision = Some(decision);
            }
            Step::Settle(n) => {
                let lock = self.locks.get(n).filter(|lock| !lock.settled)?;
                let gone = lock.decision? == Decision::Accepted;
                next.settle(n, gone);
            }
            Step::SettleMissed(n) => {
                let lock = self
                    .locks
                    .get(n)
                    .filter(|lock| !lock.settled && lock.missed)?;
                debug_assert_ne!(lock.decision, Some(Decision::Accepted));
                next.settle(n, false);
            }
            Step::Tick(_) | Step::Depart { .. } => return None,
        }
        Some(next)
    }

    fn settle(&mut self, n: usize, gone: bool) {
        let Lock { from, to, seq, .. } = self.locks[n];
        self.locks[n].settled = true;
        // only if nothing entered its history since the lock
        if !gone && self.records[from] == (Record::Away { to, seq }) {
            self.records[from] = Record::Live { seq: seq + 1 };
        }
    }

    /// Whether the destination lets the object in: it does not know it, or it sent it away, and the chains between can show, by something that
    /// they ever said, that each passed it on.
    fn welcome(&self, lock: &Lock) -> bool {
        match self.records[lock.to] {
            Record::Absent => true,
            Record::Live { .. } => false,
            Record::Away { to, seq } => lock.seq > seq && self.passed_on(to, lock),
        }
    }

    fn passed_on(&self, first: usize, lock: &Lock) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![first];
        while let Some(at) = open.pop() {
            if at == lock.from {
                return true;
            }
            if at != lock.to && seen.insert(at) {
                open.extend(&self.said[at]);
            }
        }
        false
    }

    /// What holds in every state.
    fn check(&self) {
        let homes = self.homes();
        assert!(homes.len() <= 1, "two homes: {self:?}");
        if homes.is_empty() {
            let open = |lock: &Lock| !lock.settled || lock.decision.is_none();
            assert!(
                self.locks.iter().any(open),
                "it lives nowhere, and nothing is under way: {self:?}"
            );
        }
        for lock in &self.locks {
            let both = lock.missed && lock.decision == Some(Decision::Accepted);
            assert!(!both, "let in, and shown not to be: {self:?}");
        }
    }

    /// Everything is carried in the end, and no clock stands still: it lives somewhere.
    fn comes_to_rest(&self) {
        let mut state = self.clone();
        for at in 0..CHAINS {
            while let Some(next) = state.after(Step::Tick(at)) {
                state = next;
            }
        }
        for n in 0..state.locks.len() {
            for step in [Step::Arrive(n), Step::Settle(n), Step::SettleMissed(n)] {
                state = state.after(step).unwrap_or(state);
            }
        }
        assert_eq!(state.homes().len(), 1, "it is lost from {self:?}");
    }
}

#[test]
fn every_state_that_can_be_reached_has_one_home_at_most_and_loses_nothing() {
    let first = Model::new(most_locks());
    let mut seen = BTreeSet::from([first.clone()]);
    let mut open = VecDeque::from([first]);
    while let Some(state) = open.pop_front() {
        state.check();
        state.comes_to_rest();
        for next in state
            .steps()
            .into_iter()
            .filter_map(|step| state.after(step))
        {
            if seen.insert(next.clone()) {
                open.push_back(next);
            }
        }
    }
    println!("{} states", seen.len());
    assert!(
        seen.len() > 10_000,
        "the model goes far enough to mean something: {}",
        seen.len()
    );
}

/// The real ledger beside the model.
struct Real {
    pair: Pair,
    /// Of each lock of the model: its hop and number, and the record that it left.
    locks: Vec<((usize, usize), u64, Vec<u8>)>,
    /// Milliseconds that a step of the model's clocks takes.
    start: [i64; CHAINS],
}

/// A step of the model's clocks.
const TICK_MS: i64 = 3_600_000;

impl Real {
    fn new() -> Self {
        let mut pair = Pair::new();
        let made = event(step::CREATE, &["A.1"])
            .attr(attribute::GROUP, "lot")
            .attr(attribute::EXPIRY, "2030-01-01");
        pair.chains[0].ok("maker", vec![made]);
        let start = [0, 1, 2].map(|at| pair.chains[at].time);
        Self {
            pair,
            locks: Vec::new(),
            start,
        }
    }

    fn homes(&self) -> Vec<usize> {
        let lives = |at: &usize| {
            let record = self.pair.known(*at, "A.1");
            record.is_some_and(|record| record.is_live())
        };
        (0..CHAINS).filter(lives).collect()
    }

    /// Does the same as the model did.
    fn does(&mut self, before: &Model, step: Step) {
        match step {
            Step::Tick(at) => {
                let to = self.start[at] + TICK_MS * i64::from(before.clocks[at] + 1);
                let wait = to - self.pair.chains[at].time;
                self.pair.chains[at].wait(wait.max(0));
            }
            Step::Depart { from, to, until } => {
                let until = self.start[to] + TICK_MS * i64::from(until) + TICK_MS / 2;
                let ms = until - self.pair.chains[to].time;
                let seq = self.pair.depart((from, to), "maker", "A.1", "maker", ms);
                let record = self.pair.record(from, "A.1");
                self.locks.push(((from, to), seq, record));
            }
            Step::Arrive(n) => {
                let (hop, seq, record) = self.locks[n].clone();
                let mut arrival = self.pair.arrival(hop, seq, record);
                let third = 3 - hop.0 - hop.1;
                arrival.witnesses = vec![Witness {
                    chain: self.pair.chains[third].chain,
                    evidence: self.pair.prove_way(third, &["A.1"]),
                }];
                let effects = self.pair.delivered(hop.1, arrival);
                if let Some(Effect::Arrived {
                    result: InboxResult::Accepted,
                    ..
                }) = effects.first()
                {
                    let nonce = u8::try_from(n).unwrap();
                    let received = event(step::RECEIVE, &["A.1"]).nonce(nonce);
                    self.pair.chains[hop.1].ok("maker", vec![received]);
                }
            }
            Step::Settle(n) | Step::SettleMissed(n) => {
                let (hop, seq, _) = self.locks[n].clone();
                let outcome = self.pair.outcome(hop, seq);
                self.pair.delivered(hop.0, outcome);
            }
        }
    }

    fn decision(&self, n: usize) -> Option<Decision> {
        let ((from, to), seq, _) = &self.locks[n];
        let source = self.pair.chains[*from].chain;
        let entry: Option<pangolin_ledger::state::InboxEntry> =
            self.pair.chains[*to].get(keys::inbox(&source, *seq));
        entry.map(|entry| match entry.result {
            InboxResult::Accepted => Decision::Accepted,
            InboxResult::Refused(_) => Decision::Refused,
        })
    }

    /// What the ledgers say is what the model says.
    fn agrees(&self, model: &Model) {
        assert_eq!(self.homes(), model.homes(), "{model:?}");
        for (n, lock) in model.locks.iter().enumerate() {
            assert_eq!(self.decision(n), lock.decision, "lock {n} of {model:?}");
        }
        let identities: BTreeMap<_, usize> = (0..CHAINS)
            .map(|at| (self.pair.chains[at].chain, at))
            .collect();
        for (at, record) in model.records.iter().enumerate() {
            let known = self.pair.known(at, "A.1").map(|record| record.status);
            let away = match known {
                Some(Status::Away(chain)) => identities.get(&chain).copied(),
                _ => None,
            };
            let wanted = match record {
                Record::Away { to, .. } => Some(*to),
                _ => None,
            };
            assert_eq!(away, wanted, "chain {at} of {model:?}");
            assert_eq!(known.is_none(), *record == Record::Absent, "{}", id("A.1"));
        }
    }
}

proptest! {
    #![proptest_config(histories(2))]

    /// Any way through the model is a history of the real ledger, with the same outcome at each step.
    #[test]
    fn the_ledger_does_what_the_model_does(choices in prop::collection::vec(any::<prop::sample::Index>(), 1..40)) {
        let (mut model, mut real) = (Model::new(LOCKS + 1), Real::new());
        for choice in choices {
            let possible: Vec<(Step, Model)> = model
                .steps()
                .into_iter()
                .filter_map(|step| Some((step, model.after(step)?)))
                // a lock that is decided is settled by its decision, which is what a carrier can prove at present
                .filter(|(step, _)| !matches!(step, Step::SettleMissed(n) if model.locks[*n].decision.is_some()))
                .collect();
            if possible.is_empty() {
                break;
            }
            let (step, next) = &possible[choice.index(possible.len())];
            real.does(&model, *step);
            model = next.clone();
            real.agrees(&model);
        }
    }
}
