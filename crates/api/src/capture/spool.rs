//! Documents on disk between their arrival and the end of their job.
//!
//! **Invariant**: a document under its final name is complete and synced. Partial files are removed when the node starts.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::body::{Body, BodyDataStream};
use futures::StreamExt as _;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio::{fs, io::AsyncWriteExt as _};

use super::job::JobId;
use crate::{auth::body::DigestMismatch, limits::BODY_PAUSE};

/// A document could not be taken.
#[derive(Debug, Error)]
pub enum SpoolError {
    /// Larger than one document may be.
    #[error("the document has more than {max} bytes")]
    TooLarge {
        /// The limit.
        max: u64,
    },
    /// There is no room now.
    #[error("the documents that wait here fill the room for them")]
    Full,
    /// Nothing was sent.
    #[error("the document is empty")]
    Empty,
    /// The body is not the one that was signed.
    #[error(transparent)]
    Digest(#[from] DigestMismatch),
    /// The sender went away, or was too slow.
    #[error("the document did not arrive completely")]
    Broken,
    /// The disk failed.
    #[error("{what} failed")]
    Disk {
        /// The operation.
        what: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// A document that is safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256.
    pub sha256: [u8; 32],
}

/// The directory of documents.
#[derive(Debug)]
pub struct Spool {
    directory: PathBuf,
    document_max: u64,
    total_max: u64,
    used: Arc<AtomicU64>,
}

/// Room taken for a document that is arriving; given back unless the document is kept.
struct Room {
    used: Arc<AtomicU64>,
    taken: u64,
    max: u64,
}

impl Room {
    fn grow(&mut self, bytes: u64) -> Result<(), SpoolError> {
        let grown = self
            .used
            .try_update(Ordering::SeqCst, Ordering::SeqCst, |used| {
                used.checked_add(bytes).filter(|sum| *sum <= self.max)
            });
        grown.map_err(|_| SpoolError::Full)?;
        self.taken += bytes;
        Ok(())
    }

    fn keep(mut self) {
        self.taken = 0;
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.used.fetch_sub(self.taken, Ordering::SeqCst);
    }
}

fn disk(what: &'static str) -> impl FnOnce(io::Error) -> SpoolError {
    move |source| SpoolError::Disk { what, source }
}

impl Spool {
    /// Opens the directory, creates it if need be, and removes what did not arrive completely.
    pub fn open(directory: &Path, document_max: u64, total_max: u64) -> Result<Self, SpoolError> {
        std::fs::create_dir_all(directory).map_err(disk("creating the spool directory"))?;
        let mut used = 0;
        for entry in std::fs::read_dir(directory).map_err(disk("reading the spool directory"))? {
            let entry = entry.map_err(disk("reading the spool directory"))?;
            if entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "part")
            {
                std::fs::remove_file(entry.path()).map_err(disk("removing a partial document"))?;
            } else {
                used += entry
                    .metadata()
                    .map_err(disk("reading the spool directory"))?
                    .len();
            }
        }
        let used = Arc::new(AtomicU64::new(used));
        Ok(Self {
            directory: directory.to_owned(),
            document_max,
            total_max,
            used,
        })
    }

    /// Where the document of a job is.
    pub fn path(&self, job: &JobId) -> PathBuf {
        self.directory.join(format!("{job}.doc"))
    }

    /// Streams a document to disk.
    pub async fn receive(&self, job: &JobId, body: Body) -> Result<Document, SpoolError> {
        let part = self.directory.join(format!("{job}.part"));
        let received = self.write(&part, body.into_data_stream()).await;
        let (document, room) = match received {
            Ok(received) => received,
            Err(error) => {
                // nothing was acknowledged; what is left is removed at the latest when the node starts
                let _gone = fs::remove_file(&part).await;
                return Err(error);
            }
        };
        fs::rename(&part, self.path(job))
            .await
            .map_err(disk("naming a document"))?;
        let directory = fs::File::open(&self.directory)
            .await
            .map_err(disk("opening the spool directory"))?;
        directory
            .sync_all()
            .await
            .map_err(disk("syncing the spool directory"))?;
        room.keep();
        Ok(document)
    }

    async fn write(
        &self,
        path: &Path,
        mut stream: BodyDataStream,
    ) -> Result<(Document, Room), SpoolError> {
        let mut room = Room {
            used: Arc::clone(&self.used),
            taken: 0,
            max: self.total_max,
        };
        let mut file = fs::File::create(path)
            .await
            .map_err(disk("creating a document"))?;
        let mut hash = Sha256::new();
        loop {
            let piece = tokio::time::timeout(BODY_PAUSE, stream.next())
                .await
                .map_err(|_| SpoolError::Broken)?;
            let Some(piece) = piece else { break };
            let piece = piece.map_err(|error| broken(&error))?;
            let len = piece.len() as u64;
            if room.taken + len > self.document_max {
                return Err(SpoolError::TooLarge {
                    max: self.document_max,
                });
            }
            room.grow(len)?;
            hash.update(&piece);
            file.write_all(&piece)
                .await
                .map_err(disk("writing a document"))?;
        }
        if room.taken == 0 {
            return Err(SpoolError::Empty);
        }
        file.sync_all().await.map_err(disk("syncing a document"))?;
        Ok((
            Document {
                bytes: room.taken,
                sha256: hash.finalize().into(),
            },
            room,
        ))
    }

    /// Removes the document of a job. One that is gone already is no error.
    pub fn remove(&self, job: &JobId) -> Result<(), SpoolError> {
        let path = self.path(job);
        let Ok(metadata) = std::fs::metadata(&path) else {
            return Ok(());
        };
        std::fs::remove_file(&path).map_err(disk("removing a document"))?;
        self.used.fetch_sub(metadata.len(), Ordering::SeqCst);
        Ok(())
    }

    /// Removes documents that no job needs: their job was never written, or has finished.
    pub fn sweep(&self, needed: impl Fn(&JobId) -> bool) -> Result<(), SpoolError> {
        for entry in
            std::fs::read_dir(&self.directory).map_err(disk("reading the spool directory"))?
        {
            let path = entry.map_err(disk("reading the spool directory"))?.path();
            let job = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .and_then(JobId::parse);
            if let Some(job) = job
                && !needed(&job)
            {
                self.remove(&job)?;
            }
        }
        Ok(())
    }
}

/// Tells a body that is not the signed one from one that broke off.
fn broken(error: &axum::Error) -> SpoolError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<DigestMismatch>() {
            return SpoolError::Digest(DigestMismatch);
        }
        cause = error.source();
    }
    SpoolError::Broken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{auth::body::checked, testing::directory};

    #[tokio::test]
    async fn documents_are_bounded_and_complete() {
        let at = directory("spool");
        let spool = Spool::open(&at, 10, 15).unwrap();
        let (a, b, c) = (JobId::random(), JobId::random(), JobId::random());
        let document = spool.receive(&a, Body::from("0123456789")).await.unwrap();
        assert_eq!(document.bytes, 10);
        assert_eq!(std::fs::read(spool.path(&a)).unwrap(), b"0123456789");
        assert!(matches!(
            spool.receive(&b, Body::from("0123456789a")).await,
            Err(SpoolError::TooLarge { max: 10 })
        ));
        assert!(matches!(
            spool.receive(&b, Body::from("012345")).await,
            Err(SpoolError::Full)
        ));
        assert!(matches!(
            spool.receive(&b, Body::empty()).await,
            Err(SpoolError::Empty)
        ));
        assert!(matches!(
            spool.receive(&b, checked(Body::from("x"), [0; 32])).await,
            Err(SpoolError::Digest(_))
        ));
        assert!(!spool.path(&b).exists());
        spool.remove(&a).unwrap();
        spool.remove(&a).unwrap();
        assert!(
            spool.receive(&c, Body::from("0123456789")).await.is_ok(),
            "the room was given back"
        );
        std::fs::write(at.join("x.part"), b"half").unwrap();
        let spool = Spool::open(&at, 10, 15).unwrap();
        assert!(!at.join("x.part").exists());
        spool.sweep(|_| false).unwrap();
        assert!(!spool.path(&c).exists());
    }
}
