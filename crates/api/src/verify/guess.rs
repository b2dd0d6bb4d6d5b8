//! Guessing: somebody who keeps asking for packs that do not exist is turned away, and nobody asks faster than allowed.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use crate::limits::{ANSWERS_PER_FAILURE, GUESS_WINDOW_MS, MAX_GUESSERS};

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    since_ms: i64,
    failures: u32,
    answered: u32,
    second: i64,
    requests: u32,
}

/// Whether a requester may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// Yes.
    Yes,
    /// It guessed too often.
    Guessing,
    /// It asks too fast.
    TooFast,
}

/// The memory of guesses. A requester is the party it names together with the address it comes from, so that nobody can
/// shut out another by guessing in its name from elsewhere.
pub struct Guesses {
    failures_max: u32,
    rate_max: u32,
    counts: Mutex<BTreeMap<(String, String), Count>>,
}

impl Guesses {
    /// A memory with these limits: failures per window, requests per second.
    pub fn new(failures_max: u32, rate_max: u32) -> Self {
        Self {
            failures_max,
            rate_max,
            counts: Mutex::default(),
        }
    }

    /// Counts a request.
    pub fn request(&self, requester: &str, peer: &str, now_ms: i64) -> Allowed {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MAX_GUESSERS {
            counts.retain(|_, count| now_ms - count.since_ms < GUESS_WINDOW_MS);
        }
        if counts.len() >= MAX_GUESSERS
            && !counts.contains_key(&(requester.to_owned(), peer.to_owned()))
        {
            return Allowed::TooFast;
        }
        let count = counts
            .entry((requester.to_owned(), peer.to_owned()))
            .or_default();
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
        count.requests += 1;
        if count.failures >= self.budget(*count) {
            Allowed::Guessing
        } else if count.requests > self.rate_max {
            Allowed::TooFast
        } else {
            count.answered += 1;
            Allowed::Yes
        }
    }

    /// Failures that a requester may have in a window: a busy one has honest mismatches too.
    const fn budget(&self, count: Count) -> u32 {
        self.failures_max
            .saturating_add(count.answered / ANSWERS_PER_FAILURE)
    }

    /// Counts a guess that failed.
    pub fn failed(&self, requester: &str, peer: &str, now_ms: i64) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&(requester.to_owned(), peer.to_owned())) {
            count.failures += 1;
            if count.failures >= self.budget(*count) {
                count.since_ms = now_ms;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_ends_and_is_forgotten() {
        let guesses = Guesses::new(2, 1_000);
        for _ in 0..2 {
            assert_eq!(guesses.request("a", "x", 5_000), Allowed::Yes);
            guesses.failed("a", "x", 5_000);
        }
        assert_eq!(guesses.request("a", "x", 6_000), Allowed::Guessing);
        assert_eq!(
            guesses.request("a", "y", 6_000),
            Allowed::Yes,
            "another address"
        );
        assert_eq!(
            guesses.request("a", "x", 5_000 + GUESS_WINDOW_MS),
            Allowed::Yes
        );
    }

    #[test]
    fn a_busy_requester_may_have_more_honest_mismatches() {
        let guesses = Guesses::new(2, 1_000_000);
        for n in 0..200u32 {
            assert_eq!(guesses.request("a", "x", 5_000), Allowed::Yes, "{n}");
            if n % 25 == 24 {
                guesses.failed("a", "x", 5_000);
            }
        }
        // 8 failures in 200 answers; guessing alone still ends soon
        for _ in 0..5 {
            guesses.failed("a", "x", 5_000);
        }
        assert_eq!(guesses.request("a", "x", 6_000), Allowed::Guessing);
    }

    #[test]
    fn the_rate_is_limited_per_second() {
        let guesses = Guesses::new(1, 2);
        let ask = |now| guesses.request("a", "x", now);
        assert_eq!(
            (ask(1_000), ask(1_001), ask(1_002)),
            (Allowed::Yes, Allowed::Yes, Allowed::TooFast)
        );
        assert_eq!(ask(2_000), Allowed::Yes);
    }
}
