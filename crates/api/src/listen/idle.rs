//! Connections that wait for a request: where there is no place for another connection, the one that has waited longest makes room.
//!
//! So nobody keeps others out by holding connections over which no request comes, whatever address they are of.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;

/// All that wait, by their turn.
#[derive(Clone, Default)]
pub(crate) struct Idle(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    next: u64,
    by_turn: BTreeMap<u64, Arc<Notify>>,
}

/// What a connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    /// It waits for its first request since that turn.
    First(u64),
    /// It waits for another one.
    Next(u64),
    /// A request is under way.
    Request,
}

/// A connection among them. Dropping it takes it out.
pub(crate) struct Seat {
    all: Idle,
    go: Arc<Notify>,
    doing: Mutex<Doing>,
}

/// A request is under way until this is dropped.
pub(crate) struct Busy(Arc<Seat>);

impl Idle {
    fn with<T>(&self, work: impl FnOnce(&mut Waiting) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// One more connection, which waits for its first request.
    pub(crate) fn seat(&self) -> Arc<Seat> {
        let go = Arc::new(Notify::new());
        let turn = self.with(|waiting| waiting.add(&go));
        Arc::new(Seat {
            all: self.clone(),
            go,
            doing: Mutex::new(Doing::First(turn)),
        })
    }

    /// Tells the connection that has waited longest to go, if any waits.
    pub(crate) fn free_one(&self) {
        if let Some((_, go)) = self.with(|waiting| waiting.by_turn.pop_first()) {
            go.notify_one();
        }
    }
}

impl Waiting {
    fn add(&mut self, go: &Arc<Notify>) -> u64 {
        let turn = self.next;
        self.next += 1;
        self.by_turn.insert(turn, Arc::clone(go));
        turn
    }
}

impl Seat {
    fn now(&self, doing: Doing) {
        let mut at = self.doing.lock().unwrap_or_else(PoisonError::into_inner);
        *at = doing;
    }

    fn doing(&self) -> Doing {
        *self.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self) {
        if let Doing::First(turn) | Doing::Next(turn) = self.doing() {
            self.all.with(|waiting| waiting.by_turn.remove(&turn));
        }
    }

    /// A request has come.
    pub(crate) fn busy(self: &Arc<Self>) -> Busy {
        self.leave();
        self.now(Doing::Request);
        Busy(Arc::clone(self))
    }

    /// Whether no request has come yet.
    pub(crate) fn is_new(&self) -> bool {
        matches!(self.doing(), Doing::First(_))
    }

    /// Returns when the connection has to make room.
    pub(crate) async fn told_to_go(&self) {
        self.go.notified().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let turn = self.0.all.with(|waiting| waiting.add(&self.0.go));
        self.0.now(Doing::Next(turn));
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn goes(seat: &Seat) -> bool {
        seat.told_to_go().now_or_never().is_some()
    }

    #[test]
    fn the_one_that_has_waited_longest_goes_and_none_with_a_request() {
        let idle = Idle::default();
        let [first, second, third] = [idle.seat(), idle.seat(), idle.seat()];
        let busy = first.busy();
        idle.free_one();
        assert!(!goes(&first) && goes(&second) && !goes(&third));
        assert!(!first.is_new() && third.is_new());
        // after its request it waits from the beginning
        drop(busy);
        idle.free_one();
        assert!(!goes(&first) && goes(&third));
        idle.free_one();
        assert!(goes(&first));
        idle.free_one();
        drop((idle.seat().busy(), idle.seat()));
        drop([first, second, third]);
        assert!(idle.with(|waiting| waiting.by_turn.is_empty()));
    }
}
