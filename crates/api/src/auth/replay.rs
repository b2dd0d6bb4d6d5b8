//! The memory of signatures: a captured request cannot be sent a second time.
//!
//! A request *enters* with its head and *claims* its signature when its body has been read and is the signed one. A signature
//! is thereby used up by a whole and genuine request only: who sends it with another body takes nothing from its owner. Of
//! several requests under one signature that enter at the same time, the first to claim it is accepted.
//!
//! What was claimed is remembered in two generations, each as long as a signature may live: it is forgotten only after it is
//! too old anyway. What a request that is under way has to know is kept until it ends, however slow its body is. What is
//! forgotten leaves a floor: nothing created at or before the newest of it is accepted again, even if the clock is set back.
//! The memory ends with the process; what outlives it is in [`marks`](super::marks).
//!
//! **Invariant**: a signature is claimed once, in this life of the node or another.
//! **Invariant**: when the memory is full, requests are refused rather than forgotten.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use pangolin_ledger::id::PublicKey;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::{
    marks::{Covered, Marks, MarksError},
    signature::Verified,
};
use crate::{
    clock::Clock,
    limits::{MAX_REPLAYS, SIGNATURE_AGE_S, SIGNATURE_AHEAD_S},
};

/// A signature cannot be used.
#[derive(Debug, Clone, Error)]
pub enum Refused {
    /// It was used before.
    #[error("this signature was used before")]
    Used,
    /// It is so old that nobody here remembers whether it was used.
    #[error(
        "the signature was made before this node's memory of signatures begins, which a start of the node limits"
    )]
    Forgotten {
        /// Seconds after which a signature that is made then can be used.
        after_s: u32,
    },
    /// There is no room to remember it.
    #[error("the memory of signatures is full")]
    Full,
    /// It could not be made safe that it was used.
    #[error("the use of the signature could not be recorded")]
    Unsafe(#[source] Arc<MarksError>),
}

impl Refused {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Used => "signature-replayed",
            Self::Forgotten { .. } => "signature-before-start",
            Self::Full => "signature-memory-full",
            Self::Unsafe(_) => "signature-marks",
        }
    }
}

type Short = [u8; 16];

/// Signatures that were claimed in one span of time.
#[derive(Debug)]
struct Generation {
    claimed: BTreeSet<Short>,
    /// The last time of creation among them.
    newest_s: i64,
}

impl Default for Generation {
    fn default() -> Self {
        Self {
            claimed: BTreeSet::new(),
            newest_s: i64::MIN,
        }
    }
}

/// A signature of requests that are under way.
#[derive(Debug, Default)]
struct UnderWay {
    requests: usize,
    claimed: bool,
}

#[derive(Debug)]
struct Memory {
    since_s: i64,
    current: Generation,
    previous: Generation,
    under_way: BTreeMap<Short, UnderWay>,
    /// Nothing that this covers is accepted.
    refused: Covered,
}

/// The memory of signatures.
#[derive(Debug)]
pub struct Replays {
    memory: Mutex<Memory>,
    marks: Marks,
}

impl Replays {
    /// Opens the memory. `served_before`: whether a node served from this directory before.
    pub fn open(directory: &Path, served_before: bool, now_s: i64) -> Result<Self, MarksError> {
        let (marks, refused) = Marks::open(directory, served_before, now_s)?;
        let memory = Memory {
            since_s: now_s,
            current: Generation::default(),
            previous: Generation::default(),
            under_way: BTreeMap::new(),
            refused,
        };
        Ok(Self {
            memory: Mutex::new(memory),
            marks,
        })
    }

    /// Lets a request in whose head is right; its signature is used when it is claimed.
    pub fn enter(self: &Arc<Self>, verified: &Verified, now_s: i64) -> Result<Entered, Refused> {
        let digest = Sha256::digest(verified.signature);
        let mut short = [0; 16];
        short.copy_from_slice(digest.split_at(16).0);
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.turn(now_s);
        if memory.knows(&short) {
            return Err(Refused::Used);
        }
        let until_s = memory.refused.until(&verified.key);
        if verified.created_s <= until_s {
            let after_s = until_s.saturating_add(1).saturating_sub(verified.created_s);
            let after_s = after_s.clamp(1, 2 * SIGNATURE_AHEAD_S);
            return Err(Refused::Forgotten {
                after_s: u32::try_from(after_s).unwrap_or(1),
            });
        }
        if memory.current.claimed.len() >= MAX_REPLAYS {
            return Err(Refused::Full);
        }
        memory.under_way.entry(short).or_default().requests += 1;
        Ok(Entered {
            replays: Arc::clone(self),
            short,
            key: verified.key,
            created_s: verified.created_s,
        })
    }

    fn claim(&self, short: Short, created_s: i64, now_s: i64) -> Result<(), Refused> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.turn(now_s);
        let under_way = memory.under_way.entry(short).or_default();
        if under_way.claimed {
            return Err(Refused::Used);
        }
        under_way.claimed = true;
        if memory.knows(&short) {
            return Err(Refused::Used);
        }
        if memory.current.claimed.len() >= MAX_REPLAYS {
            return Err(Refused::Full);
        }
        memory.current.claimed.insert(short);
        memory.current.newest_s = memory.current.newest_s.max(created_s);
        Ok(())
    }

    fn leave(&self, short: Short) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(under_way) = memory.under_way.get_mut(&short) {
            under_way.requests = under_way.requests.saturating_sub(1);
            if under_way.requests == 0 {
                memory.under_way.remove(&short);
            }
        }
    }
}

impl Memory {
    fn knows(&self, short: &Short) -> bool {
        self.current.claimed.contains(short) || self.previous.claimed.contains(short)
    }

    /// Forgets what is too old.
    fn turn(&mut self, now_s: i64) {
        let life_s = SIGNATURE_AGE_S + SIGNATURE_AHEAD_S;
        let passed_s = now_s.saturating_sub(self.since_s);
        if passed_s <= life_s {
            return;
        }
        let older = std::mem::take(&mut self.current);
        let forgotten = std::mem::replace(&mut self.previous, older);
        self.forget(&forgotten);
        // after a pause of two lives nothing of the last generation can still be valid
        if passed_s > 2 * life_s {
            let forgotten = std::mem::take(&mut self.previous);
            self.forget(&forgotten);
        }
        self.since_s = now_s;
    }

    fn forget(&mut self, generation: &Generation) {
        self.refused.all_s = self.refused.all_s.max(generation.newest_s);
    }
}

/// A request that is under way. Dropping it before it has claimed its signature leaves that to another.
#[derive(Debug)]
pub struct Entered {
    replays: Arc<Replays>,
    short: Short,
    key: PublicKey,
    created_s: i64,
}

impl Entered {
    /// Uses the signature up: returns when a second use is impossible, even after the node was killed.
    pub async fn claim(self, clock: &dyn Clock) -> Result<(), Refused> {
        let now_s = clock.now_ms().div_euclid(1_000);
        let marks = &self.replays.marks;
        let covered = marks.cover(self.key, self.created_s, now_s).await;
        covered.map_err(|error| Refused::Unsafe(Arc::new(error)))?;
        self.replays.claim(self.short, self.created_s, now_s)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.replays.leave(self.short);
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::clock::ManualClock;

    const NOW: i64 = 1_000_000;
    const LIFE: i64 = SIGNATURE_AGE_S + SIGNATURE_AHEAD_S;

    fn replays(at: &TempDir, now_s: i64) -> Arc<Replays> {
        let served_before = at.path().join("signatures").exists();
        Arc::new(Replays::open(at.path(), served_before, now_s).unwrap())
    }

    fn signed(name: u8, created_s: i64) -> Verified {
        Verified {
            key: PublicKey([7; 32]),
            signature: [name; 64],
            created_s,
        }
    }

    /// What becomes of a request whose body arrives at once.
    async fn send(replays: &Arc<Replays>, name: u8, created_s: i64, now_s: i64) -> &'static str {
        let entered = match replays.enter(&signed(name, created_s), now_s) {
            Ok(entered) => entered,
            Err(refused) => return refused.code(),
        };
        let claimed = entered.claim(&ManualClock::at(now_s * 1_000)).await;
        claimed.map_or_else(|refused| refused.code(), |()| "accepted")
    }

    #[tokio::test]
    async fn a_signature_is_remembered_for_its_life() {
        let at = tempfile::tempdir().unwrap();
        let replays = replays(&at, NOW);
        assert_eq!(send(&replays, 1, NOW, NOW).await, "accepted");
        assert_eq!(send(&replays, 1, NOW, NOW).await, "signature-replayed");
        // signed in the future by the allowed lead, used until its age ends
        assert_eq!(send(&replays, 2, NOW + 30, NOW).await, "accepted");
        assert_eq!(
            send(&replays, 2, NOW + 30, NOW + LIFE).await,
            "signature-replayed"
        );
        let later = NOW + LIFE + 1;
        assert_eq!(send(&replays, 3, later, later).await, "accepted");
        assert_eq!(
            send(&replays, 2, NOW + 30, later).await,
            "signature-replayed"
        );
    }

    #[tokio::test]
    async fn a_clock_that_jumps_and_comes_back_brings_nothing_back() {
        let at = tempfile::tempdir().unwrap();
        let replays = replays(&at, NOW);
        assert_eq!(send(&replays, 1, NOW, NOW).await, "accepted");
        let jumped = NOW + 10 * LIFE;
        assert!(replays.enter(&signed(2, jumped), jumped).is_ok());
        assert_eq!(
            send(&replays, 1, NOW, NOW + 1).await,
            "signature-before-start"
        );
        assert_eq!(send(&replays, 3, NOW + 1, NOW + 1).await, "accepted");
    }

    #[tokio::test]
    async fn a_node_that_was_killed_accepts_nothing_again() {
        let at = tempfile::tempdir().unwrap();
        let before = replays(&at, NOW);
        assert_eq!(send(&before, 1, NOW, NOW).await, "accepted");
        assert_eq!(send(&before, 2, NOW + 29, NOW).await, "accepted");
        drop(before);
        for started in [NOW, NOW + 1, NOW + 20, NOW - 240] {
            let after = replays(&at, started);
            for now in [started, NOW, NOW + 20, NOW + 300] {
                for (name, created) in [(1, NOW), (2, NOW + 29)] {
                    let found = send(&after, name, created, now).await;
                    assert_eq!(found, "signature-before-start", "{started} {now}");
                }
            }
        }
        let after = replays(&at, NOW + 31);
        assert_eq!(send(&after, 3, NOW + 31, NOW + 31).await, "accepted");
    }

    #[tokio::test]
    async fn only_a_request_that_is_whole_uses_its_signature_up() {
        let at = tempfile::tempdir().unwrap();
        let replays = replays(&at, NOW);
        let forged = replays.enter(&signed(1, NOW), NOW).unwrap();
        drop(forged);
        let slow = replays.enter(&signed(1, NOW), NOW).unwrap();
        assert_eq!(send(&replays, 1, NOW, NOW).await, "accepted");
        // the memory has long forgotten it; the request that is still under way has not
        for turn in 1..4 {
            let now = NOW + turn * 2 * LIFE;
            let name = u8::try_from(10 + turn).unwrap();
            assert_eq!(send(&replays, name, now, now).await, "accepted");
        }
        let late = slow.claim(&ManualClock::at((NOW + 800) * 1_000)).await;
        assert!(matches!(late, Err(Refused::Used)), "{late:?}");
        assert!(replays.memory.lock().unwrap().under_way.is_empty());
    }
}
