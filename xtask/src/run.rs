//! Running one program: its output goes to the screen as it comes and is kept for the report.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, IsTerminal, Read, Write},
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

/// Lines of a step's output that the report can quote.
const LINES_KEPT: usize = 20_000;

/// How a program ended.
pub(crate) struct Ended {
    /// It was found, ran, and ended with 0.
    pub(crate) ok: bool,
    /// Its exit code, if it had one.
    pub(crate) code: Option<i32>,
    /// Its last lines, both streams, colours removed.
    pub(crate) lines: Vec<String>,
}

/// A cargo command at the root of the workspace.
///
/// The variables that `cargo run` sets for this program are taken away: build scripts that watch them would run again each
/// time, and with them half of the dependencies.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).current_dir(root());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let set_by_run = [
            "CARGO_PKG_",
            "CARGO_MANIFEST_",
            "CARGO_BIN_",
            "CARGO_CRATE_",
        ];
        if set_by_run.iter().any(|start| name.starts_with(start)) {
            command.env_remove(name);
        }
    }
    command
}

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// Runs a program, shows its output as it comes, and keeps it.
pub(crate) fn show_and_keep(mut command: Command) -> Ended {
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            let name = command.get_program().to_string_lossy().into_owned();
            return Ended {
                ok: false,
                code: None,
                lines: vec![format!("error: `{name}` could not be started: {error}")],
            };
        }
    };
    let kept = Arc::new(Mutex::new(VecDeque::new()));
    let out = child.stdout.take().map(|stream| keep(stream, &kept));
    let err = child.stderr.take().map(|stream| keep(stream, &kept));
    let status = child.wait().ok();
    for reader in [out, err].into_iter().flatten() {
        // A reader that panicked has lost lines of the report, nothing else.
        let _ = reader.join();
    }
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    Ended {
        ok: status.is_some_and(|status| status.success()),
        code: status.and_then(|status| status.code()),
        lines: kept.drain(..).collect(),
    }
}

/// What a short program prints, or `None` if it is not there or fails.
pub(crate) fn ask(mut command: Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn keep(
    stream: impl Read + Send + 'static,
    kept: &Arc<Mutex<VecDeque<String>>>,
) -> thread::JoinHandle<()> {
    let kept = Arc::clone(kept);
    thread::spawn(move || {
        let mut lines = BufReader::new(stream);
        let mut line = Vec::new();
        while lines
            .read_until(b'\n', &mut line)
            .is_ok_and(|read| read > 0)
        {
            let text = String::from_utf8_lossy(&line).into_owned();
            line.clear();
            // A closed screen must not end the run.
            let _ = std::io::stdout().write_all(text.as_bytes());
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() == LINES_KEPT {
                kept.pop_front();
            }
            kept.push_back(plain(text.trim_end()));
        }
    })
}

/// Text without the escape sequences of colours.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' {
            // CSI sequence: ESC [ parameters, ended by a letter.
            for c in rest.by_ref() {
                if c.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_removed() {
        assert_eq!(
            plain("\u{1b}[1m\u{1b}[31merror\u{1b}[0m: x"),
            "error: x".to_owned()
        );
    }

    #[test]
    fn both_streams_are_kept() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; echo two >&2; exit 3"]);
        let mut ended = show_and_keep(command);
        ended.lines.sort();
        assert_eq!(
            (ended.ok, ended.lines),
            (false, vec!["one".to_owned(), "two".to_owned()])
        );
    }

    #[test]
    fn a_missing_program_is_named() {
        let ended = show_and_keep(Command::new("no-such-program-anywhere"));
        assert!(!ended.ok);
        assert!(ended.lines[0].contains("no-such-program-anywhere"));
    }
}
