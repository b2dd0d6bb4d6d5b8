//! A run of the deterministic runtime, for tests that must not name the engine.

use commonware_runtime::{
    Clock as _, Handle, Runner as _, Spawner as _, Supervisor as _, deterministic,
};
use futures::future::{BoxFuture, FutureExt as _};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

/// What runs in the time of the simulation. Nothing of it may outlive the run.
#[derive(Clone)]
pub struct Simulation {
    context: Arc<deterministic::Context>,
}

/// A task of the simulation.
pub struct Errand(Handle<()>);

impl Errand {
    /// Ends it wherever it is.
    pub fn stop(self) {
        self.0.abort();
    }
}

/// Runs `work` and everything that it starts under a seed; what comes of it, and a hash over all that happened. Panics if it takes longer
/// than `limit` of the simulation's time.
pub fn simulate<T, W>(seed: u64, limit: Duration, work: impl FnOnce(Simulation) -> W) -> (T, String)
where
    W: Future<Output = T>,
{
    let config = deterministic::Config::new()
        .with_seed(seed)
        .with_timeout(Some(limit));
    deterministic::Runner::new(config).start(|context| async move {
        let auditor = context.auditor();
        let context = Arc::new(context);
        let done = work(Simulation { context }).await;
        (done, auditor.state())
    })
}

impl Simulation {
    /// Time since the run began.
    pub fn now(&self) -> Duration {
        let now = self.context.current();
        now.duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
    }

    /// Ends when so much time has passed.
    pub fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        self.context.sleep(time).boxed()
    }

    /// Starts a task.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> Errand {
        let context = self.context.child("errand");
        Errand(context.spawn(|_| work))
    }

    pub(super) fn context(&self) -> &deterministic::Context {
        &self.context
    }
}
