//! The nodes of a network as processes of this machine.

use anyhow::{Context as _, Result};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::{Created, ended::Ended};

/// Processor time and memory of the nodes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// Processor time since the start, in milliseconds.
    pub(crate) cpu_ms: f64,
    /// Resident memory in megabytes (10^6 bytes); what several processes share, as the program itself, counts once in all.
    pub(crate) memory_mb: f64,
}

/// Longest time for all nodes to end by themselves.
const STOP_LIMIT: Duration = Duration::from_secs(5);
/// Time between two looks at a node that is to end.
const STOP_STEP: Duration = Duration::from_millis(20);

/// Running nodes; they end with this value, and with the process that has it, however that ends: each waits for the end of
/// its standard input, which only this process holds open.
pub(crate) struct Processes {
    running: Vec<Running>,
}

struct Running {
    name: String,
    log: PathBuf,
    child: Child,
}

impl Processes {
    /// Starts every node of a network. What a node prints goes to `node.log` in its directory.
    pub(crate) fn start(network: &Created) -> Result<Self> {
        let mut processes = Self::none();
        for (name, dir, _) in &network.nodes {
            processes.start_node(name, dir)?;
        }
        Ok(processes)
    }

    /// No process yet.
    pub(crate) const fn none() -> Self {
        Self {
            running: Vec::new(),
        }
    }

    /// How many run.
    pub(crate) const fn count(&self) -> usize {
        self.running.len()
    }

    /// Starts one node.
    pub(crate) fn start_node(&mut self, name: &str, dir: &Path) -> Result<()> {
        self.start_program(name, &["node", "run"], dir, dir.join("node.log"))
    }

    /// Starts one relay of this file.
    pub(crate) fn start_relay(&mut self, name: &str, file: &Path) -> Result<()> {
        self.start_program(name, &["relay", "run"], file, file.with_extension("log"))
    }

    /// Starts this program with a command that ends with its input.
    fn start_program(
        &mut self,
        name: &str,
        command: &[&str],
        about: &Path,
        log_path: PathBuf,
    ) -> Result<()> {
        let program = std::env::current_exe().context("cannot find this program's own file")?;
        let log = File::options().create(true).append(true).open(&log_path);
        let log = log.with_context(|| format!("cannot open {}", log_path.display()))?;
        let child = Command::new(program)
            .args(command)
            .arg("--until-input-ends")
            .arg(about)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().context("cannot open the log twice")?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        self.running.push(Running {
            name: name.to_owned(),
            log: log_path,
            child,
        });
        Ok(())
    }

    /// The nodes that have ended since this was asked before, which nobody told them to.
    pub(crate) fn ended(&mut self) -> Result<Vec<Ended>> {
        let mut ended = Vec::new();
        for Running { name, log, child } in &mut self.running {
            let status = child.try_wait();
            let status = status.with_context(|| format!("cannot look at node {name}"))?;
            ended.extend(status.map(|status| Ended::read(name, status, log)));
        }
        self.running
            .retain(|node| !ended.iter().any(|gone| gone.name == node.name));
        Ok(ended)
    }

    /// Fails when a node has ended, with the end of its log.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.ended()?.first() {
            Some(ended) => Err(ended.failure().into()),
            None => Ok(()),
        }
    }

    /// Processor time and memory of all nodes together.
    pub(crate) fn usage(&self) -> Usage {
        let one = |node: &Running| usage_of(node.child.id()).unwrap_or_default();
        self.running
            .iter()
            .map(one)
            .fold(Usage::default(), |sum, next| Usage {
                cpu_ms: sum.cpu_ms + next.cpu_ms,
                memory_mb: sum.memory_mb + next.memory_mb,
            })
    }
}

impl Processes {
    /// Asks every node to end and waits until all have; who does not end in time is killed.
    pub(crate) fn stop(&mut self) {
        for Running { child, .. } in &mut self.running {
            drop(child.stdin.take());
        }
        let begun = Instant::now();
        for Running { child, .. } in &mut self.running {
            while matches!(child.try_wait(), Ok(None)) && begun.elapsed() < STOP_LIMIT {
                std::thread::sleep(STOP_STEP);
            }
            // a child that has ended already needs no killing
            let _ended = child.kill();
            let _ended = child.wait();
        }
        self.running.clear();
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Reads /proc; `None` where there is none.
fn usage_of(pid: u32) -> Option<Usage> {
    const TICK_MS: f64 = 10.0;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    let memory = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let own = memory.lines().find(|line| line.starts_with("Pss:"))?;
    let kib: f64 = own.split_whitespace().nth(1)?.parse().ok()?;
    Some(Usage {
        cpu_ms: ticks * TICK_MS,
        memory_mb: kib * 1_024.0 / 1e6,
    })
}
