//! What is to be carried from one chain to another: the locks of objects, from the moment they are seen to the moment they are
//! settled.
//!
//! Nothing waits for anything else: each lock is looked at, delivered and settled by itself. What fails comes again later, each time
//! after a longer pause. Where much has gathered, half of what goes next is the oldest of it and half the latest: the oldest are not
//! forgotten, and what comes fresh does not wait until they are done.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use pangolin_ledger::state::OutboxEntry;

use crate::limits::{FIRST_PAUSE, LONGEST_PAUSE};

/// What comes next for a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// The ledgers are asked how it stands.
    Look,
    /// The object is brought to the other chain.
    Arrive,
    /// What became of it is told at home.
    Settle,
}

/// Why a lock waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) times: u32,
}

/// The locks of one chain for another.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    /// Number of the next entry that was not seen yet.
    next: u64,
    /// Locks by what comes next; those under way are in none.
    queues: BTreeMap<Stage, BTreeSet<u64>>,
    /// Locks that come again, by when.
    later: BTreeSet<(Duration, u64, Stage)>,
    /// Entries of locks that are not settled.
    entries: BTreeMap<u64, OutboxEntry>,
    /// When locks were first seen.
    since: BTreeMap<u64, Duration>,
    failures: BTreeMap<u64, Failure>,
    /// How often somebody else was first with a lock.
    known: BTreeMap<u64, u32>,
}

/// How often somebody else may be first with a lock before it is looked at again later only: with its arrival and with its settlement.
const FIRST: u32 = 2;

impl Lane {
    /// The source has written entries up to `next`. All times are since some moment.
    pub(crate) fn grown(&mut self, next: u64, now: Duration) {
        for seq in self.next..next {
            self.since.insert(seq, now);
            self.queue(Stage::Look).insert(seq);
        }
        self.next = self.next.max(next);
    }

    fn queue(&mut self, stage: Stage) -> &mut BTreeSet<u64> {
        self.queues.entry(stage).or_default()
    }

    /// Takes up to `most` locks of a stage, half of them the oldest and half the latest, ascending.
    pub(crate) fn take(&mut self, stage: Stage, most: usize, now: Duration) -> Vec<u64> {
        self.awaken(now);
        let queue = self.queue(stage);
        let latest = if queue.len() > most { most / 2 } else { 0 };
        let mut taken: Vec<u64> = (0..latest).filter_map(|_| queue.pop_last()).collect();
        taken.extend((latest..most).map_while(|_| queue.pop_first()));
        taken.sort_unstable();
        taken
    }

    fn awaken(&mut self, now: Duration) {
        while let Some((when, _, _)) = self.later.first()
            && *when <= now
            && let Some((_, seq, stage)) = self.later.pop_first()
        {
            self.queue(stage).insert(seq);
        }
    }

    /// The lock is done.
    pub(crate) fn done(&mut self, seq: u64) {
        self.entries.remove(&seq);
        self.since.remove(&seq);
        self.failures.remove(&seq);
        self.known.remove(&seq);
    }

    /// Somebody else was first: how it stands is looked up. A node that is behind says the same again: then it is asked later.
    pub(crate) fn known(&mut self, seq: u64, now: Duration) {
        let times = self.known.entry(seq).or_default();
        *times = times.saturating_add(1);
        match times.checked_sub(FIRST).filter(|more| *more > 0) {
            None => self.goes_on(seq, Stage::Look),
            Some(more) => self.waits(seq, now + pause(more)),
        }
    }

    /// What comes next for a lock that was under way.
    pub(crate) fn goes_on(&mut self, seq: u64, stage: Stage) {
        self.queue(stage).insert(seq);
    }

    /// What the source wrote of a lock.
    pub(crate) fn keep(&mut self, seq: u64, entry: OutboxEntry) {
        self.entries.insert(seq, entry);
    }

    pub(crate) fn entry(&self, seq: u64) -> Option<&OutboxEntry> {
        self.entries.get(&seq)
    }

    /// A lock did not go on: it is looked at again later.
    pub(crate) fn failed(&mut self, seq: u64, code: &str, message: &str, now: Duration) {
        let times = self
            .failures
            .get(&seq)
            .map_or(1, |failure| failure.times.saturating_add(1));
        let failure = Failure {
            code: code.to_owned(),
            message: message.to_owned(),
            times,
        };
        self.failures.insert(seq, failure);
        self.later.insert((now + pause(times), seq, Stage::Look));
    }

    /// A lock has to wait, without anything being wrong.
    pub(crate) fn waits(&mut self, seq: u64, until: Duration) {
        self.later.insert((until, seq, Stage::Look));
    }

    /// When the next lock comes again.
    pub(crate) fn awakes(&self) -> Option<Duration> {
        self.later.first().map(|(when, _, _)| *when)
    }

    /// Locks that are not settled.
    pub(crate) fn open(&self) -> usize {
        self.since.len()
    }

    /// How many are at each stage.
    pub(crate) fn at(&self, stage: Stage) -> usize {
        self.queues.get(&stage).map_or(0, BTreeSet::len)
    }

    /// For how long the oldest is open, as far as is known here.
    pub(crate) fn oldest(&self, now: Duration) -> Option<Duration> {
        let (_, since) = self.since.first_key_value()?;
        Some(now.saturating_sub(*since))
    }

    /// For how long one is open.
    pub(crate) fn age(&self, seq: u64, now: Duration) -> Option<Duration> {
        self.since.get(&seq).map(|since| now.saturating_sub(*since))
    }

    /// What does not go on, the oldest first.
    pub(crate) fn stuck(&self) -> impl Iterator<Item = (u64, &Failure)> {
        self.failures.iter().map(|(seq, failure)| (*seq, failure))
    }
}

/// The pause after so many failures.
pub(crate) fn pause(times: u32) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(1 << times.saturating_sub(1).min(16));
    doubled.min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    #[test]
    fn the_oldest_and_the_latest_go_first() {
        let mut lane = Lane::default();
        lane.grown(1_000, NOW);
        assert_eq!(lane.take(Stage::Look, 6, NOW), [0, 1, 2, 997, 998, 999]);
        lane.grown(1_002, NOW);
        assert_eq!(
            lane.take(Stage::Look, 4, NOW),
            [3, 4, 1_000, 1_001],
            "what is fresh does not wait"
        );
        assert_eq!(lane.take(Stage::Arrive, 4, NOW), [0_u64; 0]);
        assert_eq!(lane.open(), 1_002);
    }

    #[test]
    fn what_fails_comes_again_after_longer_and_longer_pauses() {
        let mut lane = Lane::default();
        lane.grown(2, NOW);
        let mut now = NOW;
        let mut pauses = Vec::new();
        for _ in 0..10 {
            let taken = lane.take(Stage::Look, 9, now);
            assert!(taken.contains(&0), "{taken:?}");
            lane.failed(0, "no-port", "no node", now);
            assert_eq!(lane.take(Stage::Look, 9, now), [0_u64; 0], "not at once");
            let awakes = lane.awakes().unwrap();
            pauses.push(awakes.saturating_sub(now).as_millis());
            now = awakes;
        }
        assert_eq!(
            pauses,
            [
                500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000
            ]
        );
        let stuck: Vec<_> = lane
            .stuck()
            .map(|(seq, failure)| (seq, failure.times))
            .collect();
        assert_eq!(stuck, [(0, 10)]);
        lane.done(0);
        assert!(lane.stuck().next().is_none());
        assert_eq!(lane.oldest(now), Some(now.saturating_sub(NOW)));
    }

    #[test]
    fn what_others_were_first_with_is_looked_at_at_once_and_then_later_and_later() {
        let mut lane = Lane::default();
        lane.grown(1, NOW);
        let mut pauses = Vec::new();
        let mut now = NOW;
        for _ in 0..5 {
            assert_eq!(lane.take(Stage::Look, 9, now), [0]);
            lane.known(0, now);
            let awakes = lane.awakes().unwrap_or(now);
            pauses.push(awakes.saturating_sub(now).as_millis());
            now = awakes;
        }
        assert_eq!(pauses, [0, 0, 500, 1_000, 2_000]);
        lane.take(Stage::Look, 9, now);
        lane.done(0);
        assert_eq!((lane.open(), lane.known.len()), (0, 0));
    }

    proptest! {
        /// Whatever fails and however much comes in between: every lock goes on in the end, the oldest within as many takes as there are
        /// locks before it.
        #[test]
        fn nothing_is_forgotten(
            grown in prop::collection::vec(0u64..200, 1..20),
            most in 2usize..50,
            failing in prop::collection::btree_set(0u64..500, 0..40),
        ) {
            let mut lane = Lane::default();
            let mut now = NOW;
            let mut failing = failing;
            let (mut next, mut done) = (0, BTreeSet::new());
            let mut grown = grown.into_iter();
            for _ in 0..10_000 {
                if let Some(more) = grown.next() {
                    next += more;
                    lane.grown(next, now);
                }
                let oldest = (0..next).find(|seq| !done.contains(seq) && !failing.contains(seq));
                let taken = lane.take(Stage::Look, most, now);
                if let Some(oldest) = oldest.filter(|oldest| lane.age(*oldest, now).is_some()) {
                    prop_assert!(taken.contains(&oldest) || taken.iter().any(|seq| *seq < oldest) || lane.awakes().is_some());
                }
                for seq in taken {
                    if failing.remove(&seq) {
                        lane.failed(seq, "x", "y", now);
                    } else {
                        prop_assert!(done.insert(seq), "{} twice", seq);
                        lane.done(seq);
                    }
                }
                now += Duration::from_millis(500);
                if grown.len() == 0 && done.len() as u64 == next {
                    break;
                }
            }
            prop_assert_eq!(done.len() as u64, next);
            prop_assert_eq!(lane.open(), 0);
        }
    }
}
