//! The real program, run to its end.

use std::{
    ffi::OsStr,
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::Value;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_pangolin");

/// What a run of the program gave.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    /// Its exit code; -1 after a signal.
    pub(crate) code: i32,
    /// What it printed.
    pub(crate) stdout: String,
    /// What it remarked.
    pub(crate) stderr: String,
}

impl Ran {
    /// The JSON values it printed, one a line.
    pub(crate) fn values(&self) -> Vec<Value> {
        let lines = self.stdout.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {self:?}")))
            .collect()
    }

    /// The one JSON value it printed.
    pub(crate) fn value(&self) -> Value {
        let mut values = self.values();
        assert_eq!(values.len(), 1, "{self:?}");
        values.remove(0)
    }

    /// The error it printed as JSON.
    pub(crate) fn error(&self) -> Value {
        let line = self.stderr.lines().last().unwrap_or_default();
        let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {self:?}"));
        value["error"].clone()
    }
}

/// Runs the program.
pub(crate) fn run<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Ran {
    run_with(args, &[], b"")
}

/// Runs the program with more environment and with something on its standard input.
pub(crate) fn run_with<S: AsRef<OsStr>>(
    args: impl IntoIterator<Item = S>,
    environment: &[(&str, &str)],
    input: &[u8],
) -> Ran {
    let mut child = Command::new(PROGRAM)
        .args(args)
        .env_remove("PANGOLIN_NODE")
        .env_remove("PANGOLIN_KEY")
        .env_remove("PANGOLIN_PARTY")
        .env_remove("PANGOLIN_TOKEN")
        .env_remove("PANGOLIN_CERT")
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writing = std::thread::spawn(move || {
        // a program that does not read closes the pipe
        let _closed = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
