//! What a person reads when a node cannot go on: what failed, where, and what to do.
//!
//! The engine below ends a failed part by a panic, and what it says is meant for its authors. Here each failure is put down to one
//! of few causes an operator can act upon: a disk that takes no more, files that are damaged, a genesis file that belongs to
//! other data. A failure that is none of these is shown as it is.
//!
//! **Invariant**: the reason is the last line of the log, and nothing of it is a guess that could destroy something: every
//! remedy moves files away, none deletes them.

use std::{
    fs,
    io::{self, ErrorKind, Write as _},
    panic::PanicHookInfo,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use anyhow::{Context as _, Result};
use tracing::error;

use super::listening;
use crate::{failure::Failure, sockets::Socket};

/// Exit code of a node that ran and could not go on.
const STOPPED: i32 = 2;
/// Bytes written to learn whether a disk takes more: an engine writes about as much at once.
const PROBE_BYTES: usize = 1024 * 1024;
/// File that remembers whose data a directory holds.
const IDENTITY: &str = "chain-id";

/// A part of a node's data with files of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// State, blocks and votes.
    Chain,
    /// Receipts and lineage.
    Evidence,
    /// Search and trace.
    Index,
    /// Documents and jobs.
    Capture,
}

impl Part {
    const fn code(self) -> &'static str {
        match self {
            Self::Chain => "chain-damaged",
            Self::Evidence => "evidence-damaged",
            Self::Index => "index-damaged",
            Self::Capture => "jobs-damaged",
        }
    }

    fn path(self, data: &Path) -> PathBuf {
        data.join(match self {
            Self::Chain => "chain",
            Self::Evidence => "evidence.sqlite",
            Self::Index => "index.sqlite",
            Self::Capture => "capture/jobs.sqlite",
        })
    }

    /// What to do when its files are damaged.
    fn remedy(self, data: &Path) -> String {
        let path = self.path(data);
        let path = path.display();
        match self {
            Self::Chain => format!(
                "move {path} away and start the node again: it fetches the chain from its peers. Never put an older copy in its place"
            ),
            Self::Evidence => format!(
                "move {path}* away and start the node again: it goes on, and proofs of earlier receipts and histories come from another node; \
                 to have them here again, move the chain folder beside it away too, with `sync_state = false`"
            ),
            Self::Index => format!(
                "move {path}* away and start the node again: the index is made anew from the blocks this node keeps"
            ),
            Self::Capture => format!(
                "move {path}* away and start the node again: hand in again the documents whose jobs were not final; what is recorded is known"
            ),
        }
    }
}

/// Why `part` failed, in words for an operator.
pub(super) fn explained(part: Part, data: &Path, error: &anyhow::Error) -> Failure {
    let text = format!("{error:#}");
    full(data, &text).unwrap_or_else(|| {
        let path = part.path(data);
        let message = format!("{}: {text}", path.display());
        Failure::with_remedy(part.code(), message, part.remedy(data))
    })
}

/// Ends the process because a part cannot go on.
pub(super) fn stop(failure: &Failure) -> ! {
    error!("the node stops: {}", failure.line());
    std::process::exit(STOPPED)
}

/// A failed task ends the process: a node that goes on with half of its parts would guess.
pub(super) fn stop_on_panic(data: PathBuf, sockets: Vec<Socket>) {
    let before = std::panic::take_hook();
    let first = AtomicBool::new(true);
    std::panic::set_hook(Box::new(move |panic| {
        if !first.swap(false, Ordering::SeqCst) {
            // the failure of one part makes others fail, and only the first tells the reason
            loop {
                std::thread::park();
            }
        }
        let text = said(panic);
        let failure = listening::lost(&sockets, &text)
            .or_else(|| full(&data, &text))
            .or_else(|| damaged(&data, &text))
            .unwrap_or_else(|| {
                before(panic);
                unknown(&text)
            });
        stop(&failure)
    }));
}

/// What a panic says, on one line.
fn said(panic: &PanicHookInfo<'_>) -> String {
    let text = panic.payload_as_str().unwrap_or("a task failed");
    let text = text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    match panic.location() {
        // where the engine keeps its files, the place is not the operator's business but tells what the words leave out
        Some(place) => format!("{text} ({})", short(place.file(), place.line())),
        None => text,
    }
}

/// The last two parts of a path: the rest belongs to the machine that built the program.
fn short(file: &str, line: u32) -> String {
    let mut parts: Vec<&str> = file.rsplit('/').take(3).collect();
    parts.reverse();
    format!("{}:{line}", parts.join("/"))
}

fn unknown(text: &str) -> Failure {
    Failure::with_remedy(
        "node-failed",
        text,
        "start the node again: it recovers to its last durable block. If it ends alike, report the log",
    )
}

/// Whether the disk takes no more: by what was said, or by trying, because the engine often does not say.
fn full(data: &Path, text: &str) -> Option<Failure> {
    const SIGNS: [&str; 6] = [
        "os error 28",
        "os error 27",
        "os error 122",
        "StorageFull",
        "database or disk is full",
        "No space left",
    ];
    let tried = probe(data).err().filter(|error| {
        matches!(
            error.kind(),
            ErrorKind::StorageFull | ErrorKind::FileTooLarge | ErrorKind::QuotaExceeded
        ) || error.kind() == ErrorKind::ReadOnlyFilesystem
    });
    let why = match tried {
        Some(error) => error.to_string(),
        None if SIGNS.iter().any(|sign| text.contains(sign)) => text.to_owned(),
        None => return None,
    };
    let message = format!(
        "the disk takes no more of what this node writes to {}: {why}",
        data.display()
    );
    Some(Failure::with_remedy(
        "disk-full",
        message,
        "make room on that disk, or lift the limit, and start the node again: it goes on from its last durable block, and nothing final is lost",
    ))
}

/// Writes as much as the engine does at once, and takes it back.
fn probe(data: &Path) -> io::Result<()> {
    let path = data.join("probe");
    let written = fs::File::create(&path).and_then(|mut file| {
        file.write_all(&vec![1; PROBE_BYTES])?;
        file.sync_all()
    });
    // it may not have come into being
    let _gone = fs::remove_file(&path);
    written
}

/// Whether the engine could not read its files.
fn damaged(data: &Path, text: &str) -> Option<Failure> {
    const SIGNS: [&str; 11] = [
        "corrupt",
        "checksum",
        "journal",
        "archive",
        "database",
        "metadata",
        "blob",
        "partition",
        "storage",
        "the stores",
        "a stored block",
    ];
    let lower = text.to_ascii_lowercase();
    if !SIGNS.iter().any(|sign| lower.contains(sign)) {
        return None;
    }
    let part = Part::Chain;
    let folder = part.path(data);
    let place = named(&folder, text).unwrap_or(folder);
    let message = format!(
        "{} does not hold what this node wrote there: {text}",
        place.display()
    );
    Some(Failure::with_remedy(
        part.code(),
        message,
        part.remedy(data),
    ))
}

/// The file or folder of the engine that a message names.
fn named(folder: &Path, text: &str) -> Option<PathBuf> {
    let own = |c: char| c.is_ascii_alphanumeric() || "_-/".contains(c);
    text.split(|c| !own(c))
        .filter(|word| word.starts_with("node") && !word.contains("//"))
        .map(|word| folder.join(word.trim_end_matches('/')))
        .find(|path| path.exists())
}

/// Holds the data to the genesis file: with another one, a node would be alone on a chain of its own and not say so.
pub(super) fn same_chain(data: &Path, genesis: &Path, chain: &str) -> Result<()> {
    let path = data.join(IDENTITY);
    match fs::read_to_string(&path) {
        Ok(known) if known.trim() == chain => Ok(()),
        Ok(known) => Err(Failure::with_remedy(
            "genesis-changed",
            format!(
                "{} is the genesis file of chain {chain}, but {} holds the data of chain {}",
                genesis.display(),
                data.display(),
                known.trim()
            ),
            "put the genesis file of that chain back: every other node has it (`pangolin genesis show` prints a file's chain)",
        )
        .into()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::write(&path, format!("{chain}\n"))
                .with_context(|| format!("cannot write {}", path.display()))
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("chain/node-consensus");
        fs::create_dir_all(&journal).unwrap();
        fs::write(journal.join("0000000000000392"), "x").unwrap();
        folder
    }

    #[test]
    fn what_the_engine_says_is_put_down_to_a_cause() {
        let folder = folder();
        let data = folder.path();
        for (text, code, place) in [
            (
                "unable to open journal: Runtime(BlobCorrupt(\"node-consensus\", \"0392\", \"x\"))",
                "chain-damaged",
                "chain/node-consensus ",
            ),
            (
                "journal error: blob corrupt: node-consensus/0000000000000392 reason: x",
                "chain-damaged",
                "node-consensus/0000000000000392 ",
            ),
            (
                "failed to initialize verified archive",
                "chain-damaged",
                "chain ",
            ),
            (
                "sync: No space left on device (os error 28)",
                "disk-full",
                "",
            ),
        ] {
            let told = full(data, text).or_else(|| damaged(data, text)).unwrap();
            assert_eq!(told.json()["code"], code, "{text}");
            assert!(told.line().contains(place), "{}", told.line());
            assert!(told.line().contains("; do: "), "{}", told.line());
        }
        let text = "index out of bounds";
        assert!(full(data, text).or_else(|| damaged(data, text)).is_none());
    }

    #[test]
    fn data_belongs_to_one_genesis_file() {
        let folder = folder();
        let data = folder.path();
        let genesis = Path::new("genesis.json");
        same_chain(data, genesis, "aa").unwrap();
        same_chain(data, genesis, "aa").unwrap();
        let error = same_chain(data, genesis, "bb").unwrap_err();
        assert_eq!(Failure::of(&error).json()["code"], "genesis-changed");
    }
}
