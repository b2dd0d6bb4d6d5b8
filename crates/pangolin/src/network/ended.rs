//! How a node of this machine came to its end, in words: who, by what, and what it said last.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::ExitStatus,
};

use crate::failure::Failure;

/// Lines of a log that are shown.
const LINES: usize = 3;
/// Bytes at the end of a log in which they are looked for: a log may be large.
const TAIL_BYTES: u64 = 16 * 1024;
/// Longest line that is shown, in characters.
const LINE_CHARS: usize = 400;

/// A node that has ended, which nobody told it to.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    /// Its name.
    pub(crate) name: String,
    /// Its log.
    pub(crate) log: PathBuf,
    /// What it logged last, oldest first.
    pub(crate) last: Vec<String>,
    status: ExitStatus,
}

impl Ended {
    /// A node whose process ended so.
    pub(crate) fn read(name: &str, status: ExitStatus, log: &Path) -> Self {
        Self {
            name: name.to_owned(),
            log: log.to_owned(),
            last: tail(log),
            status,
        }
    }

    /// By what it ended: a signal, which comes from outside, or by itself.
    pub(crate) fn how(&self) -> String {
        if let Some(number) = self.status.signal() {
            // the library knows the name: `signal: 9 (SIGKILL)`
            let text = self.status.to_string();
            let name = text
                .split_once('(')
                .and_then(|(_, rest)| rest.split_once(')'));
            let name = name.map(|(name, _)| format!(" ({name})"));
            return format!("was ended by signal {number}{}", name.unwrap_or_default());
        }
        match self.status.code() {
            Some(code) => format!("ended by itself with exit code {code}"),
            None => format!("ended ({})", self.status),
        }
    }

    /// As a reason to give up.
    pub(crate) fn failure(&self) -> Failure {
        let last: Vec<String> = self.last.iter().map(|line| format!("\n  {line}")).collect();
        let message = format!(
            "node {} {}; the end of its log:{}",
            self.name,
            self.how(),
            last.concat()
        );
        Failure::local("node-ended", message)
            .at(self.log.display().to_string())
            .advising("read that log: its last line says why where the node ended by itself")
    }
}

/// The last lines of a log; none where it cannot be read, which is no reason to say less about the rest.
fn tail(log: &Path) -> Vec<String> {
    let read = || {
        let mut file = File::open(log)?;
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(size.saturating_sub(TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
        std::io::Result::Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = read().unwrap_or_default();
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let short = |line: &&str| line.chars().take(LINE_CHARS).collect();
    let first = lines.len().saturating_sub(LINES);
    lines.iter().skip(first).map(short).collect()
}

/// How a node ended, and the end of its log.
pub(crate) fn last_words(ended: &Ended) -> Vec<String> {
    let mut lines = vec![format!(
        "   NODE {} {}; the end of {}:",
        ended.name,
        ended.how(),
        ended.log.display()
    )];
    lines.extend(ended.last.iter().map(|line| format!("     | {line}")));
    lines
}

/// What it means for a chain of `all` validators that so many run. It needs more than two thirds of them.
pub(crate) fn standing(running: usize, all: usize) -> String {
    let needed = all - all.saturating_sub(1) / 3;
    let run = if running == 1 { "runs" } else { "run" };
    let have = format!("{running} of {all} validators {run}");
    if running >= needed {
        return format!("{have}, and {needed} are enough: the chain goes on");
    }
    format!(
        "{have}, and the chain needs {needed}: it stands still until {} more {}; nothing final is lost",
        needed - running,
        if needed - running == 1 { "runs" } else { "run" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_with_its_cause_and_last_words() {
        let log = std::env::temp_dir().join(format!("pangolin-ended-{}", std::process::id()));
        let noise = "x".repeat(usize::try_from(2 * TAIL_BYTES).unwrap());
        std::fs::write(&log, format!("{noise}\none\ntwo\n\nthree\nfour\n")).unwrap();
        // a raw wait status: the signal, or the exit code in the second byte
        let killed = Ended::read("north", ExitStatus::from_raw(9), &log);
        assert_eq!(killed.how(), "was ended by signal 9 (SIGKILL)");
        assert_eq!(killed.last, ["two", "three", "four"]);
        let failed = Ended::read("north", ExitStatus::from_raw(2 << 8), &log);
        assert_eq!(failed.how(), "ended by itself with exit code 2");
        let json = failed.failure().json();
        assert_eq!(json["code"], "node-ended");
        assert_eq!(json["place"], log.display().to_string());
        let message = json["message"].as_str().unwrap();
        assert!(
            message.contains("node north ended") && message.ends_with("\n  four"),
            "{message}"
        );
        std::fs::remove_file(&log).unwrap();
        assert!(
            Ended::read("north", ExitStatus::from_raw(9), &log)
                .last
                .is_empty()
        );
    }

    #[test]
    fn what_is_left_decides_whether_the_chain_goes_on() {
        for (running, all, expect) in [
            (
                4,
                4,
                "4 of 4 validators run, and 3 are enough: the chain goes on",
            ),
            (
                3,
                4,
                "3 of 4 validators run, and 3 are enough: the chain goes on",
            ),
            (
                2,
                4,
                "2 of 4 validators run, and the chain needs 3: it stands still until 1 more runs; nothing final is lost",
            ),
            (
                1,
                4,
                "1 of 4 validators runs, and the chain needs 3: it stands still until 2 more run; nothing final is lost",
            ),
            (
                4,
                7,
                "4 of 7 validators run, and the chain needs 5: it stands still until 1 more runs; nothing final is lost",
            ),
        ] {
            assert_eq!(standing(running, all), expect);
        }
    }
}
