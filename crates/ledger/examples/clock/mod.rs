//! The clock of the programs that measure, here and in `crates/sandbox`.

use std::time::{Duration, Instant};

/// Processor time of this process where the system tells it (the machine may be shared), otherwise time that passes.
pub(crate) struct Clock(Instant, Option<u64>);

impl Clock {
    /// A clock that begins at this moment.
    pub(crate) fn now() -> Self {
        Self(Instant::now(), processor_ns())
    }

    /// The time since it began.
    pub(crate) fn elapsed(&self) -> Duration {
        match (self.1, processor_ns()) {
            (Some(from), Some(to)) => Duration::from_nanos(to - from),
            _ => self.0.elapsed(),
        }
    }
}

fn processor_ns() -> Option<u64> {
    std::fs::read_to_string("/proc/self/schedstat")
        .ok()?
        .split(' ')
        .next()?
        .parse()
        .ok()
}
