//! The simulated runtime as one node sees it: the same tasks, files and randomness, with a clock of its own.

use commonware_runtime::{
    BlobVersion, Clock, Error, Handle, Metrics, Name, Spawner, Storage, Supervisor, deterministic,
    signal,
    telemetry::metrics::{Metric, Registered},
};
use rand_core::{TryCryptoRng, TryRng};
use std::{
    convert::Infallible,
    future::Future,
    ops::RangeInclusive,
    time::{Duration, SystemTime},
};

/// When a simulation begins, in milliseconds since 1970: a time that leaves room on both sides.
pub const START_MS: i64 = 1_700_000_000_000;

/// Moves a time of the simulation by milliseconds.
fn shift(time: SystemTime, ms: i64) -> SystemTime {
    let by = Duration::from_millis(ms.unsigned_abs());
    if ms < 0 {
        time.checked_sub(by).unwrap_or(SystemTime::UNIX_EPOCH)
    } else {
        time + by
    }
}

/// The runtime of one node, whose clock is `ahead_ms` ahead of everybody's.
pub struct Local {
    inner: deterministic::Context,
    ahead_ms: i64,
}

impl Local {
    /// The runtime with such a clock.
    pub const fn new(inner: deterministic::Context, ahead_ms: i64) -> Self {
        Self { inner, ahead_ms }
    }

    /// A time of the simulation as this node's clock shows it.
    pub fn shown(ahead_ms: i64, time: SystemTime) -> SystemTime {
        shift(time, START_MS + ahead_ms)
    }

    fn with(&self, inner: deterministic::Context) -> Self {
        Self::new(inner, self.ahead_ms)
    }
}

impl Supervisor for Local {
    fn name(&self) -> Name {
        self.inner.name()
    }

    fn child(&self, label: &'static str) -> Self {
        self.with(self.inner.child(label))
    }

    fn with_attribute(self, key: &'static str, value: impl std::fmt::Display) -> Self {
        Self::new(self.inner.with_attribute(key, value), self.ahead_ms)
    }
}

impl Spawner for Local {
    fn shared(self, blocking: bool) -> Self {
        Self::new(self.inner.shared(blocking), self.ahead_ms)
    }

    fn dedicated(self) -> Self {
        Self::new(self.inner.dedicated(), self.ahead_ms)
    }

    fn spawn<F, Fut, T>(self, f: F) -> Handle<T>
    where
        F: FnOnce(Self) -> Fut + Send + 'static,
        Fut: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let ahead_ms = self.ahead_ms;
        self.inner.spawn(move |inner| f(Self::new(inner, ahead_ms)))
    }

    async fn stop(self, value: i32, timeout: Option<Duration>) -> Result<(), Error> {
        self.inner.stop(value, timeout).await
    }

    fn stopped(&self) -> signal::Signal {
        self.inner.stopped()
    }
}

impl Metrics for Local {
    fn register<N: Into<String>, H: Into<String>, M: Metric>(
        &self,
        name: N,
        help: H,
        metric: M,
    ) -> Registered<M> {
        self.inner.register(name, help, metric)
    }

    fn encode(&self) -> String {
        self.inner.encode()
    }
}

impl governor::clock::Clock for Local {
    type Instant = SystemTime;

    fn now(&self) -> SystemTime {
        self.current()
    }
}

impl governor::clock::ReasonablyRealtime for Local {}

impl Clock for Local {
    fn current(&self) -> SystemTime {
        Self::shown(self.ahead_ms, self.inner.current())
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.inner.sleep(duration)
    }

    fn sleep_until(
        &self,
        deadline: SystemTime,
    ) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.inner
            .sleep_until(shift(deadline, -(START_MS + self.ahead_ms)))
    }
}

impl TryRng for Local {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.inner.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.inner.try_next_u64()
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), Infallible> {
        self.inner.try_fill_bytes(dest)
    }
}

impl TryCryptoRng for Local {}

impl Storage for Local {
    type Blob = <deterministic::Context as Storage>::Blob;

    async fn open_versioned(
        &self,
        partition: &str,
        name: &[u8],
        versions: RangeInclusive<BlobVersion>,
    ) -> Result<(Self::Blob, u64, BlobVersion), Error> {
        self.inner.open_versioned(partition, name, versions).await
    }

    async fn remove(&self, partition: &str, name: Option<&[u8]>) -> Result<(), Error> {
        self.inner.remove(partition, name).await
    }

    async fn scan(&self, partition: &str) -> Result<Vec<Vec<u8>>, Error> {
        self.inner.scan(partition).await
    }
}
