//! The memory of signatures: a captured request cannot be sent a second time.
//!
//! Two generations, each as long as a signature may live: a signature is forgotten only after it is too old anyway.
//! **Invariant**: when the memory is full, requests are refused rather than forgotten.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use sha2::{Digest as _, Sha256};

use crate::limits::{MAX_REPLAYS, SIGNATURE_AGE_S, SIGNATURE_AHEAD_S};

/// What a signature turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Not seen before; remembered.
    Never,
    /// Seen before.
    Before,
    /// There is no room to remember it.
    Full,
}

#[derive(Default)]
struct Generations {
    since_s: i64,
    current: BTreeSet<[u8; 16]>,
    previous: BTreeSet<[u8; 16]>,
}

/// The memory of signatures.
#[derive(Default)]
pub struct Replays(Mutex<Generations>);

impl Replays {
    /// Remembers a signature at `now_s`, seconds since 1970.
    pub fn see(&self, signature: &[u8; 64], now_s: i64) -> Seen {
        let digest = Sha256::digest(signature);
        let mut short = [0; 16];
        short.copy_from_slice(digest.split_at(16).0);
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let life_s = SIGNATURE_AGE_S + SIGNATURE_AHEAD_S;
        if now_s - memory.since_s > life_s {
            let older = std::mem::take(&mut memory.current);
            // after a pause of two lives nothing of the last generation can still be valid
            memory.previous = if now_s - memory.since_s > 2 * life_s {
                BTreeSet::new()
            } else {
                older
            };
            memory.since_s = now_s;
        }
        if memory.current.contains(&short) || memory.previous.contains(&short) {
            return Seen::Before;
        }
        if memory.current.len() >= MAX_REPLAYS {
            return Seen::Full;
        }
        memory.current.insert(short);
        Seen::Never
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_remembered_for_its_life() {
        let replays = Replays::default();
        let life = SIGNATURE_AGE_S + SIGNATURE_AHEAD_S;
        assert_eq!(replays.see(&[1; 64], 1_000), Seen::Never);
        assert_eq!(replays.see(&[1; 64], 1_000), Seen::Before);
        // signed in the future by the allowed lead, used until its age ends
        assert_eq!(replays.see(&[1; 64], 1_000 + life), Seen::Before);
        assert_eq!(replays.see(&[2; 64], 1_001 + life), Seen::Never);
        assert_eq!(
            replays.see(&[1; 64], 1_002 + life),
            Seen::Before,
            "the generation before still counts"
        );
        assert_eq!(replays.see(&[1; 64], 1_003 + 4 * life), Seen::Never);
    }
}
