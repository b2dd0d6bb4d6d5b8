//! What machine the numbers are from.

use serde::Serialize;
use std::fs;

/// The machine, as far as it tells.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Machine {
    /// Processor.
    processor: String,
    /// Processors that this program may use.
    processors: usize,
    /// Memory in megabytes (10^6 bytes).
    memory_mb: u64,
    /// Operating system.
    system: String,
}

impl Machine {
    /// Reads what the operating system says.
    pub(super) fn here() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let after = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_once(':'))
                .map(|(_, value)| value.trim().to_owned())
        };
        let kib = after(&read("/proc/meminfo"), "MemTotal")
            .and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
        Self {
            processor: after(&read("/proc/cpuinfo"), "model name")
                .unwrap_or_else(|| "unknown".into()),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mb: kib.unwrap_or(0) * 1_024 / 1_000_000,
            system: format!(
                "{} {}",
                std::env::consts::OS,
                read("/proc/sys/kernel/osrelease").trim()
            ),
        }
    }

    /// In one line.
    pub(super) fn line(&self) -> String {
        format!(
            "{} processors of {}, {} MB, {}",
            self.processors, self.processor, self.memory_mb, self.system
        )
    }
}
