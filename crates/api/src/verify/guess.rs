//! Guessing: somebody who keeps asking for packs that do not exist is turned away, and nobody asks faster than allowed.
//!
//! A question is counted when it comes, and judged again before anything is told of what was looked up for it.
//!
//! **Invariant**: whoever asks for many things at the same time learns no more of what does not exist than whoever asks for one after the other.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use pangolin_ledger::id::PartyId;

use super::asker::Asker;
use crate::limits::{ANSWERS_PER_FAILURE, GUESS_WINDOW_MS, MAX_GUESSERS};

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    since_ms: i64,
    failures: u32,
    answered: u32,
    second: i64,
    requests: u32,
}

/// Whether an asker may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// Yes.
    Yes,
    /// It guessed too often.
    Guessing,
    /// It asks too fast.
    TooFast,
}

/// What whoever guessed too often may do.
pub const TOO_MANY_REMEDY: &str = "stop asking for packs that do not exist; answers come again ten minutes after the last guess; a signed request is counted for its own party alone";
/// What whoever asks too fast may do.
pub const TOO_FAST_REMEDY: &str = "ask more slowly; the operator of the node sets the rate; a signed request is counted for its own party alone";

/// Counts of askers of one kind.
struct Counts<K> {
    each: BTreeMap<K, Count>,
    /// The second in which outdated counts were last taken out because there was no more room.
    swept: i64,
}

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self {
            each: BTreeMap::new(),
            swept: i64::MIN,
        }
    }
}

impl<K: Ord + Clone> Counts<K> {
    /// The count of an asker; `None` where there is no room for another.
    fn of(&mut self, asker: &K, now_ms: i64) -> Option<&mut Count> {
        let second = now_ms.div_euclid(1_000);
        if self.each.len() >= MAX_GUESSERS && !self.each.contains_key(asker) {
            if self.swept == second {
                return None;
            }
            self.swept = second;
            self.each
                .retain(|_, count| now_ms - count.since_ms < GUESS_WINDOW_MS);
            if self.each.len() >= MAX_GUESSERS {
                return None;
            }
        }
        Some(self.each.entry(asker.clone()).or_default())
    }
}

/// The memory of guesses. Parties that proved who they are have one of their own, so that strangers, however many, take no
/// room from them.
pub struct Guesses {
    failures_max: u32,
    rate_max: u32,
    parties: Mutex<Counts<PartyId>>,
    strangers: Mutex<Counts<Option<IpAddr>>>,
}

impl Guesses {
    /// A memory with these limits: failures per window, requests per second.
    pub fn new(failures_max: u32, rate_max: u32) -> Self {
        Self {
            failures_max,
            rate_max,
            parties: Mutex::default(),
            strangers: Mutex::default(),
        }
    }

    /// Counts a request.
    pub fn request(&self, asker: &Asker, now_ms: i64) -> Allowed {
        self.with(asker, now_ms, |count| self.judge(count, now_ms))
            .unwrap_or_else(|| Self::uncounted(asker))
    }

    /// Whether an asker may be told of what was looked up, which is `known` or not; a guess that failed is counted. What was under way at the
    /// same time and comes to its answer after the last guess that an asker may have is not told, known or not.
    pub fn tell(&self, asker: &Asker, known: bool, now_ms: i64) -> Allowed {
        let told = self.with(asker, now_ms, |count| {
            if count.failures >= self.budget(*count) {
                return Allowed::Guessing;
            }
            if known {
                count.answered = count.answered.saturating_add(1);
            } else {
                count.failures += 1;
                if count.failures >= self.budget(*count) {
                    count.since_ms = now_ms;
                }
            }
            Allowed::Yes
        });
        told.unwrap_or_else(|| Self::uncounted(asker))
    }

    /// Where there is no room to count, only those go on who are not counted.
    const fn uncounted(asker: &Asker) -> Allowed {
        match asker {
            Asker::Entrusted => Allowed::Yes,
            Asker::Party(_) | Asker::Stranger(_) => Allowed::TooFast,
        }
    }

    /// Works on the count of an asker; `None` where it is not counted, or there is no room.
    fn with<T>(&self, asker: &Asker, now_ms: i64, work: impl FnOnce(&mut Count) -> T) -> Option<T> {
        match asker {
            Asker::Entrusted => None,
            Asker::Party(party) => {
                let mut counts = self.parties.lock().unwrap_or_else(PoisonError::into_inner);
                counts.of(party, now_ms).map(work)
            }
            Asker::Stranger(address) => {
                let mut counts = self
                    .strangers
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                counts.of(address, now_ms).map(work)
            }
        }
    }

    fn judge(&self, count: &mut Count, now_ms: i64) -> Allowed {
        if now_ms - count.since_ms >= GUESS_WINDOW_MS {
            *count = Count {
                since_ms: now_ms,
                ..Count::default()
            };
        }
        let second = now_ms.div_euclid(1_000);
        if count.second != second {
            count.second = second;
            count.requests = 0;
        }
        count.requests = count.requests.saturating_add(1);
        if count.failures >= self.budget(*count) {
            Allowed::Guessing
        } else if count.requests > self.rate_max {
            Allowed::TooFast
        } else {
            Allowed::Yes
        }
    }

    /// Failures that an asker may have in a window: a busy one has honest mismatches too.
    const fn budget(&self, count: Count) -> u32 {
        self.failures_max
            .saturating_add(count.answered / ANSWERS_PER_FAILURE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stranger(last: u8) -> Asker {
        Asker::Stranger(Some([192, 0, 2, last].into()))
    }

    fn party(name: &str) -> Asker {
        Asker::Party(PartyId::new(name).unwrap())
    }

    #[test]
    fn guessing_ends_and_is_forgotten() {
        let guesses = Guesses::new(2, 1_000);
        for asker in [stranger(1), party("a")] {
            for _ in 0..2 {
                assert_eq!(guesses.request(&asker, 5_000), Allowed::Yes);
                guesses.tell(&asker, false, 5_000);
            }
            assert_eq!(guesses.request(&asker, 6_000), Allowed::Guessing);
        }
        for other in [stranger(2), party("b"), Asker::Stranger(None)] {
            assert_eq!(guesses.request(&other, 6_000), Allowed::Yes, "{other:?}");
        }
        let later = 5_000 + GUESS_WINDOW_MS;
        assert_eq!(guesses.request(&stranger(1), later), Allowed::Yes);
    }

    #[test]
    fn many_questions_at_once_win_nothing() {
        let guesses = Guesses::new(2, 1_000);
        for asker in [stranger(1), party("a")] {
            let tell = |known| guesses.tell(&asker, known, 5_000);
            for _ in 0..10 {
                assert_eq!(guesses.request(&asker, 5_000), Allowed::Yes);
            }
            assert_eq!(tell(false), Allowed::Yes);
            assert_eq!(tell(true), Allowed::Yes);
            assert_eq!(tell(false), Allowed::Yes);
            // what is left of them tells nothing: neither of what is there, nor of what is not
            for known in [false, true, false, true] {
                assert_eq!(tell(known), Allowed::Guessing);
            }
        }
    }

    #[test]
    fn a_guesser_has_the_documented_number_of_guesses_and_none_more() {
        for max in [1, 19, 20, 30, 400] {
            let guesses = Guesses::new(max, 1_000_000);
            let mut told = 0;
            while guesses.request(&stranger(1), 5_000) == Allowed::Yes {
                assert_eq!(guesses.tell(&stranger(1), false, 5_000), Allowed::Yes);
                told += 1;
                assert!(told <= max, "more than {max}");
            }
            assert_eq!(told, max);
        }
    }

    #[test]
    fn twenty_known_packs_give_one_more_guess() {
        let told = |known: u32| {
            let guesses = Guesses::new(3, 1_000_000);
            let ask = |known| {
                let asked = guesses.request(&stranger(1), 5_000);
                asked == Allowed::Yes && guesses.tell(&stranger(1), known, 5_000) == Allowed::Yes
            };
            assert!((0..known).all(|_| ask(true)));
            (0..100).take_while(|_| ask(false)).count()
        };
        let for_one = ANSWERS_PER_FAILURE;
        let known = [for_one - 1, for_one, 2 * for_one - 1, 2 * for_one];
        assert_eq!(known.map(told), [3, 4, 4, 5]);
    }

    #[test]
    fn authorities_are_not_counted() {
        let guesses = Guesses::new(1, 1);
        for _ in 0..10 {
            assert_eq!(guesses.request(&Asker::Entrusted, 5_000), Allowed::Yes);
            guesses.tell(&Asker::Entrusted, false, 5_000);
        }
    }

    #[test]
    fn a_busy_asker_may_have_more_honest_mismatches() {
        let guesses = Guesses::new(2, 1_000_000);
        let asker = party("a");
        for n in 0..200u32 {
            assert_eq!(guesses.request(&asker, 5_000), Allowed::Yes, "{n}");
            guesses.tell(&asker, n % 25 != 24, 5_000);
        }
        // 8 failures in 200 answers; guessing alone still ends soon
        for _ in 0..5 {
            guesses.tell(&asker, false, 5_000);
        }
        assert_eq!(guesses.request(&asker, 6_000), Allowed::Guessing);
    }

    #[test]
    fn the_rate_is_limited_per_second() {
        let guesses = Guesses::new(1, 2);
        let ask = |now| guesses.request(&stranger(1), now);
        assert_eq!(
            (ask(1_000), ask(1_001), ask(1_002)),
            (Allowed::Yes, Allowed::Yes, Allowed::TooFast)
        );
        assert_eq!(ask(2_000), Allowed::Yes);
    }

    #[test]
    fn strangers_fill_their_own_room_only_and_it_is_emptied() {
        let guesses = Guesses::new(1, 1_000);
        let address = |n: u32| Asker::Stranger(Some(std::net::Ipv4Addr::from_bits(n).into()));
        for n in 0..u32::try_from(MAX_GUESSERS).unwrap() {
            guesses.request(&address(n), 5_000);
        }
        assert_eq!(guesses.request(&address(u32::MAX), 5_000), Allowed::TooFast);
        assert_eq!(guesses.request(&address(7), 5_000), Allowed::Yes, "known");
        assert_eq!(guesses.request(&party("a"), 5_000), Allowed::Yes);
        let later = 5_000 + GUESS_WINDOW_MS;
        assert_eq!(guesses.request(&address(u32::MAX), later), Allowed::Yes);
        assert_eq!(guesses.strangers.lock().unwrap().each.len(), 1);
    }
}
