//! Room that many requests share: bytes of memory or disk, taken piece by piece while something arrives.
//!
//! **Invariant**: what is taken is given back when its holder is dropped, unless it was kept on purpose.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use thiserror::Error;

/// There is no more room at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("there is no more room at present")]
pub struct Full;

/// A bounded amount of bytes. Clones share it.
#[derive(Debug, Clone)]
pub struct Rooms {
    used: Arc<AtomicU64>,
    max: u64,
}

impl Rooms {
    /// Room for `max` bytes, of which `used` are taken already.
    pub fn new(max: u64, used: u64) -> Self {
        Self {
            used: Arc::new(AtomicU64::new(used)),
            max,
        }
    }

    /// A part of it, empty at first.
    pub fn room(&self) -> Room {
        Room {
            rooms: self.clone(),
            taken: 0,
        }
    }

    /// Gives back what was kept.
    pub fn give_back(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::SeqCst);
    }
}

/// What one holder has taken.
#[derive(Debug)]
pub struct Room {
    rooms: Rooms,
    taken: u64,
}

impl Room {
    /// Takes more.
    pub fn grow(&mut self, bytes: u64) -> Result<(), Full> {
        let max = self.rooms.max;
        let grown = self
            .rooms
            .used
            .try_update(Ordering::SeqCst, Ordering::SeqCst, |used| {
                used.checked_add(bytes).filter(|sum| *sum <= max)
            });
        grown.map_err(|_| Full)?;
        self.taken += bytes;
        Ok(())
    }

    /// How much was taken.
    pub const fn taken(&self) -> u64 {
        self.taken
    }

    /// Keeps what was taken beyond the life of this holder.
    pub fn keep(mut self) {
        self.taken = 0;
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.rooms.give_back(self.taken);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_bounded_shared_and_given_back() {
        let rooms = Rooms::new(10, 2);
        let mut one = rooms.room();
        let mut two = rooms.clone().room();
        assert_eq!((one.grow(5), two.grow(4)), (Ok(()), Err(Full)));
        assert_eq!((two.grow(3), one.grow(1)), (Ok(()), Err(Full)));
        drop(one);
        assert_eq!(two.grow(5), Ok(()));
        assert_eq!((two.taken(), two.grow(u64::MAX)), (8, Err(Full)));
        two.keep();
        assert_eq!(rooms.room().grow(1), Err(Full));
        rooms.give_back(8);
        assert_eq!(rooms.room().grow(8), Ok(()));
    }
}
