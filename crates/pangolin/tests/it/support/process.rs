//! Processes of a test's own that go on beside it, what they say, and waiting for what they bring about.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// Longest wait for what several chains bring about, in a debug build on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);
/// Time between two looks at something that is waited for.
const STEP: Duration = Duration::from_millis(200);

/// A process that is killed at the end.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    /// Starts it, without any input.
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().unwrap())
    }

    /// Starts it and waits for a line that says so; what it said until then. What it says later is read and dropped: whoever prints must
    /// not wait for a reader.
    pub(crate) fn start_until(command: &mut Command, end: &str) -> (Self, String) {
        let mut process = Self::start(command.stdout(Stdio::piped()));
        let mut lines = BufReader::new(process.0.stdout.take().unwrap()).lines();
        let mut told = String::new();
        while !told.contains(end) {
            let Some(line) = lines.next() else {
                panic!("it ended: {told}")
            };
            told.push_str(&line.unwrap());
            told.push('\n');
        }
        std::thread::spawn(move || lines.for_each(drop));
        (process, told)
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// Waits until something holds.
pub(crate) fn until(what: &str, holds: impl Fn() -> bool) {
    until_or(what, holds, String::new);
}

/// The same; where it does not come about, it is said besides why.
pub(crate) fn until_or(what: &str, holds: impl Fn() -> bool, why: impl Fn() -> String) {
    let begun = Instant::now();
    while !holds() {
        assert!(
            begun.elapsed() < PATIENCE,
            "it did not come about that {what}: {}",
            why()
        );
        sleep(STEP);
    }
}

/// Sends a signal to a process.
pub(crate) fn signal(which: &str, pid: u32) {
    let sent = Command::new("kill")
        .args([which, &pid.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// Whether a process runs.
pub(crate) fn runs(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .starts_with(" Z")
    })
}

/// Child processes, oldest first.
pub(crate) fn children(parent: u32) -> Vec<u32> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let own = std::fs::read_to_string(path).unwrap_or_default();
    // they may have been started by any thread of the parent
    let mut found: Vec<u32> = own
        .split_whitespace()
        .filter_map(|pid| pid.parse().ok())
        .collect();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let after = stat.rsplit(')').next().unwrap_or_default();
        let its = after
            .split_whitespace()
            .nth(1)
            .and_then(|text| text.parse().ok());
        if its == Some(parent) && !found.contains(&pid) {
            found.push(pid);
        }
    }
    found.sort_unstable();
    found
}
