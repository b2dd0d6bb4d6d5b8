//! Where a carrier takes its time from.

use std::{
    fmt,
    time::{Duration, Instant},
};

use futures::future::{BoxFuture, FutureExt as _};

/// Tells time, and waits. A carrier waits for nothing else than this and its [`Port`](crate::Port)s, so whoever gives it another clock and other
/// ports runs it in a time of its own, on any executor.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Time since some moment.
    fn now(&self) -> Duration;
    /// Ends when so much time has passed.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()>;
}

/// The clock of this machine, under the runtime of Tokio.
#[derive(Debug)]
pub struct Wall {
    begun: Instant,
}

impl Default for Wall {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
        }
    }
}

impl Clock for Wall {
    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        tokio::time::sleep(time).boxed()
    }
}
