//! What the memory of signatures leaves on disk: until when signatures may have been accepted, so that a node that was
//! killed does not accept one of them again.
//!
//! A journal of every signature would cost a sync of the disk per request. Kept instead is a *mark*: a time of creation up
//! to which signatures may have been accepted. Before a request is accepted, the mark on disk covers it; it is raised by
//! [`SIGNATURE_LEASE_S`] at a time, so that a busy node writes it every few seconds and an idle one never. A node that
//! starts refuses what its mark covers, and asks for another signature, which takes a sender a moment.
//!
//! * **The sender's clock is ahead.** Its signature, created in the future by up to [`SIGNATURE_AHEAD_S`], could be sent again
//!   after the start. One mark for all would then reach into the future, and one such member would keep all others waiting.
//!   Its key has a mark of its own, as far ahead as a signature may be.
//! * **The node's clock was set back.** Marks are times that senders wrote, compared with times that senders write: the clock
//!   of the node has no part in it.
//! * **The marks are lost** or cannot be read, on a node that has served before: everything is refused that was created before
//!   the start or could have been accepted by then. Here alone the clock must be right.
//! * **The marks come from an older copy of the disk**: signatures accepted since then are not covered.
//!   `docs/operating/backup.md` says not to restore them.
//!
//! **Invariant**: an accepted signature was created no later than a mark that was safe on disk before it was accepted.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use pangolin_ledger::id::PublicKey;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::limits::{MAX_AHEAD_KEYS, SIGNATURE_AHEAD_S, SIGNATURE_LEASE_S};

/// Name of the file in the interface's directory.
const FILE: &str = "signatures";
/// First line of the file: what it is, and its version.
const TITLE: &str = "pangolin signatures 1";

/// The marks could not be kept.
#[derive(Debug, Error)]
pub enum MarksError {
    /// The disk failed.
    #[error("{what} {} failed", path.display())]
    Disk {
        /// The operation.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The writing was interrupted.
    #[error("writing the marks of signatures was interrupted")]
    Interrupted,
    /// Too many keys with clocks that are ahead.
    #[error("the clocks of more than {MAX_AHEAD_KEYS} senders are ahead")]
    TooMany,
}

/// Times of creation, in seconds since 1970, up to which signatures may have been accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// Of any key.
    pub all_s: i64,
    /// Of keys whose senders' clocks are ahead.
    pub keys: BTreeMap<PublicKey, i64>,
}

impl Default for Covered {
    /// Nothing was accepted yet.
    fn default() -> Self {
        Self {
            all_s: i64::MIN,
            keys: BTreeMap::new(),
        }
    }
}

impl Covered {
    /// The last time of creation that is covered for a key.
    pub fn until(&self, key: &PublicKey) -> i64 {
        self.keys
            .get(key)
            .map_or(self.all_s, |own| self.all_s.max(*own))
    }

    /// Marks that cover a signature of `key` created at `created_s` too, seen at `now_s`.
    fn raised(&self, key: PublicKey, created_s: i64, now_s: i64) -> Result<Self, MarksError> {
        let mut raised = self.clone();
        let lease_s = now_s.saturating_add(SIGNATURE_LEASE_S);
        if created_s <= lease_s {
            raised.all_s = raised.all_s.max(lease_s);
        } else {
            let ahead_s = now_s.saturating_add(SIGNATURE_AHEAD_S).max(created_s);
            raised.keys.insert(key, ahead_s);
        }
        let all_s = raised.all_s;
        raised.keys.retain(|_, own| *own > all_s);
        if raised.keys.len() > MAX_AHEAD_KEYS {
            return Err(MarksError::TooMany);
        }
        Ok(raised)
    }

    fn text(&self) -> String {
        let mut text = format!("{TITLE}\nall {}\n", self.all_s);
        for (key, until_s) in &self.keys {
            // writing to a text does not fail
            let _written = writeln!(text, "key {} {until_s}", hex::encode(key.0));
        }
        let sum = sum(&text);
        text.push_str(&sum);
        text
    }

    /// What [`Covered::text`] wrote; `None` where anything of it is missing or other.
    fn parse(text: &str) -> Option<Self> {
        let at = text.rfind("sum ")?;
        let (body, found) = text.split_at_checked(at)?;
        if found != sum(body) {
            return None;
        }
        let mut lines = body.lines();
        if lines.next()? != TITLE {
            return None;
        }
        let mut covered = Self {
            all_s: lines.next()?.strip_prefix("all ")?.parse().ok()?,
            keys: BTreeMap::new(),
        };
        for line in lines {
            let (key, until_s) = line.strip_prefix("key ")?.split_once(' ')?;
            let mut bytes = [0; 32];
            hex::decode_to_slice(key, &mut bytes).ok()?;
            covered.keys.insert(PublicKey(bytes), until_s.parse().ok()?);
        }
        Some(covered)
    }
}

fn sum(text: &str) -> String {
    format!("sum {}\n", hex::encode(Sha256::digest(text)))
}

/// The marks on disk.
#[derive(Debug)]
pub struct Marks {
    path: PathBuf,
    /// What is safe on disk. Held for moments only.
    safe: Mutex<Arc<Covered>>,
    /// Whoever holds it writes; the others wait and find themselves covered.
    writing: tokio::sync::Mutex<()>,
}

impl Marks {
    /// Opens the marks in `directory`. Returned with them is what must not be accepted any more. `served_before`: whether
    /// a node served from this directory before; `now_s` is used where its marks are lost.
    pub fn open(
        directory: &Path,
        served_before: bool,
        now_s: i64,
    ) -> Result<(Self, Covered), MarksError> {
        let path = directory.join(FILE);
        let found = match fs::read(&path) {
            Ok(bytes) => {
                let found = std::str::from_utf8(&bytes).ok().and_then(Covered::parse);
                if found.is_none() {
                    tracing::warn!(path = %path.display(), "the marks of accepted signatures are damaged; they are made anew");
                }
                found
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                (!served_before).then(Covered::default)
            }
            Err(source) => {
                let what = "reading";
                return Err(MarksError::Disk { what, path, source });
            }
        };
        let refused = found.clone().unwrap_or_else(|| {
            tracing::warn!(
                seconds = SIGNATURE_AHEAD_S,
                "which signatures were accepted before is not known: signed requests are refused for a moment"
            );
            Covered {
                all_s: now_s.saturating_add(SIGNATURE_AHEAD_S),
                keys: BTreeMap::new(),
            }
        });
        let marks = Self {
            path,
            safe: Mutex::new(Arc::new(found.unwrap_or_default())),
            writing: tokio::sync::Mutex::new(()),
        };
        Ok((marks, refused))
    }

    /// Makes the marks cover a signature of `key` created at `created_s`, and returns when they are safe on disk.
    pub async fn cover(
        &self,
        key: PublicKey,
        created_s: i64,
        now_s: i64,
    ) -> Result<(), MarksError> {
        if created_s <= self.safe().until(&key) {
            return Ok(());
        }
        let _writer = self.writing.lock().await;
        let safe = self.safe();
        if created_s <= safe.until(&key) {
            return Ok(());
        }
        let raised = safe.raised(key, created_s, now_s)?;
        let (path, text) = (self.path.clone(), raised.text());
        tokio::task::spawn_blocking(move || write(&path, &text))
            .await
            .map_err(|_| MarksError::Interrupted)??;
        *self.safe.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(raised);
        Ok(())
    }

    fn safe(&self) -> Arc<Covered> {
        Arc::clone(&self.safe.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Puts `text` in the place of the file: either the old or the whole of the new is there, whenever the power fails.
fn write(path: &Path, text: &str) -> Result<(), MarksError> {
    let failed = |what| {
        move |source| MarksError::Disk {
            what,
            path: path.to_owned(),
            source,
        }
    };
    let part = path.with_extension("part");
    let mut file = File::create(&part).map_err(failed("creating"))?;
    file.write_all(text.as_bytes()).map_err(failed("writing"))?;
    file.sync_all().map_err(failed("syncing"))?;
    fs::rename(&part, path).map_err(failed("naming"))?;
    let directory = path.parent().unwrap_or(path);
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(failed("syncing the directory of"))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    const A: PublicKey = PublicKey([1; 32]);
    const B: PublicKey = PublicKey([2; 32]);
    const NOW: i64 = 1_772_712_000;

    fn open(at: &TempDir, served_before: bool) -> (Marks, Covered) {
        Marks::open(at.path(), served_before, NOW).unwrap()
    }

    #[tokio::test]
    async fn what_was_accepted_is_refused_by_the_next_start() {
        let at = tempfile::tempdir().unwrap();
        let (marks, refused) = open(&at, false);
        assert_eq!(refused, Covered::default(), "a first start refuses nothing");
        marks.cover(A, NOW, NOW).await.unwrap();
        let (_, refused) = open(&at, true);
        assert_eq!((refused.until(&A), refused.until(&B)), (NOW + 2, NOW + 2));
    }

    #[tokio::test]
    async fn a_clock_that_is_ahead_makes_its_own_key_wait_only() {
        let at = tempfile::tempdir().unwrap();
        let (marks, _) = open(&at, false);
        marks.cover(A, NOW - 300, NOW).await.unwrap();
        marks.cover(B, NOW + 29, NOW).await.unwrap();
        let (_, refused) = open(&at, true);
        assert_eq!((refused.until(&A), refused.until(&B)), (NOW + 2, NOW + 30));
        // what time has overtaken is forgotten
        marks.cover(A, NOW + 60, NOW + 60).await.unwrap();
        assert_eq!(open(&at, true).1.keys, BTreeMap::new());
    }

    #[tokio::test]
    async fn the_file_is_written_once_for_what_it_covers() {
        let at = tempfile::tempdir().unwrap();
        let (marks, _) = open(&at, false);
        marks.cover(A, NOW, NOW).await.unwrap();
        let file = at.path().join(FILE);
        fs::remove_file(&file).unwrap();
        for created in [NOW - 100, NOW, NOW + 2] {
            marks.cover(B, created, NOW + 1).await.unwrap();
        }
        assert!(!file.exists(), "it was covered already");
        marks.cover(B, NOW + 3, NOW + 3).await.unwrap();
        assert!(file.exists());
    }

    #[tokio::test]
    async fn marks_that_are_lost_or_damaged_cover_what_may_have_been_accepted() {
        let at = tempfile::tempdir().unwrap();
        let (_, refused) = open(&at, true);
        assert_eq!(refused.until(&A), NOW + SIGNATURE_AHEAD_S);
        let (marks, _) = open(&at, true);
        // accepted after that time, so that the next start refuses all that came before
        marks.cover(A, NOW + 31, NOW + 31).await.unwrap();
        assert_eq!(open(&at, true).1.until(&B), NOW + 33);
        let file = at.path().join(FILE);
        let good = fs::read(&file).unwrap();
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] ^= 1;
            fs::write(&file, bad).unwrap();
            let (_, refused) = open(&at, true);
            assert_eq!(refused.until(&A), NOW + SIGNATURE_AHEAD_S, "byte {place}");
        }
        fs::write(&file, &good[..good.len() / 2]).unwrap();
        assert_eq!(open(&at, true).1.until(&A), NOW + SIGNATURE_AHEAD_S);
    }

    #[tokio::test]
    async fn nothing_is_covered_that_could_not_be_written() {
        let at = tempfile::tempdir().unwrap();
        let (marks, _) = open(&at, false);
        fs::create_dir(at.path().join("signatures.part")).unwrap();
        for _ in 0..2 {
            let failed = marks.cover(A, NOW, NOW).await;
            assert!(matches!(failed, Err(MarksError::Disk { .. })), "{failed:?}");
        }
        fs::remove_dir(at.path().join("signatures.part")).unwrap();
        marks.cover(A, NOW, NOW).await.unwrap();
    }

    #[test]
    fn the_file_says_the_same_when_it_is_read() {
        let covered = Covered {
            all_s: NOW,
            keys: [(A, NOW + 5), (B, NOW + 30)].into(),
        };
        assert_eq!(Covered::parse(&covered.text()), Some(covered));
        assert_eq!(
            Covered::parse(&Covered::default().text()),
            Some(Covered::default())
        );
        assert_eq!(Covered::parse(""), None);
    }
}
