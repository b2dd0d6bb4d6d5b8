//! Documents on disk between their arrival and the end of their job.
//!
//! **Invariant**: a document under its final name is complete and synced. Partial files, and those that were refused before
//! they were kept, are removed at once, and at the latest when the node starts.

use std::{
    io,
    path::{Path, PathBuf},
};

use axum::body::Body;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio::{fs, io::AsyncWriteExt as _};

use super::job::JobId;
use crate::{
    auth::body::BodyError,
    http::exceeds,
    listen::pace::{Pieces, TooSlow},
    room::{Room, Rooms},
};

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
    /// The body is not the one that was signed, or its signature cannot be used.
    #[error(transparent)]
    Body(#[from] BodyError),
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

/// A document that has arrived completely and is not safe yet. Dropping it removes it.
#[derive(Debug)]
pub struct Arrived {
    part: PathBuf,
    document: Document,
    /// The room it takes, until it is kept.
    room: Option<Room>,
}

impl Arrived {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.part
    }

    /// Its size in bytes.
    pub const fn bytes(&self) -> u64 {
        self.document.bytes
    }
}

impl Drop for Arrived {
    fn drop(&mut self) {
        if self.room.is_some() {
            // nothing was acknowledged; what is left is removed at the latest when the node starts
            let _gone = std::fs::remove_file(&self.part);
        }
    }
}

/// The directory of documents.
#[derive(Debug)]
pub struct Spool {
    directory: PathBuf,
    document_max: u64,
    rooms: Rooms,
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
        Ok(Self {
            directory: directory.to_owned(),
            document_max,
            rooms: Rooms::new(total_max, used),
        })
    }

    /// Where the document of a job is.
    pub fn path(&self, job: &JobId) -> PathBuf {
        self.directory.join(format!("{job}.doc"))
    }

    /// Streams a document to disk. It is not safe there before [`Spool::keep`], so that a document that is refused costs no
    /// sync of the disk.
    pub async fn receive(&self, job: &JobId, body: Body) -> Result<Arrived, SpoolError> {
        if exceeds(&body, self.document_max) {
            return Err(SpoolError::TooLarge {
                max: self.document_max,
            });
        }
        let mut arrived = Arrived {
            part: self.directory.join(format!("{job}.part")),
            document: Document {
                bytes: 0,
                sha256: [0; 32],
            },
            room: Some(self.rooms.room()),
        };
        self.write(&mut arrived, Pieces::of(body)).await?;
        Ok(arrived)
    }

    /// Makes the document of a job safe, under its final name.
    pub async fn keep(&self, job: &JobId, mut arrived: Arrived) -> Result<Document, SpoolError> {
        let file = fs::File::open(&arrived.part)
            .await
            .map_err(disk("opening a document"))?;
        file.sync_all().await.map_err(disk("syncing a document"))?;
        fs::rename(&arrived.part, self.path(job))
            .await
            .map_err(disk("naming a document"))?;
        if let Some(room) = arrived.room.take() {
            room.keep();
        }
        let directory = fs::File::open(&self.directory)
            .await
            .map_err(disk("opening the spool directory"))?;
        directory
            .sync_all()
            .await
            .map_err(disk("syncing the spool directory"))?;
        Ok(arrived.document.clone())
    }

    async fn write(&self, arrived: &mut Arrived, mut pieces: Pieces) -> Result<(), SpoolError> {
        let Some(room) = &mut arrived.room else {
            return Err(SpoolError::Full);
        };
        let mut file = fs::File::create(&arrived.part)
            .await
            .map_err(disk("creating a document"))?;
        let mut hash = Sha256::new();
        loop {
            let piece = pieces.next().await;
            let piece = piece.map_err(|TooSlow| SpoolError::Broken)?;
            let Some(piece) = piece else { break };
            let piece = piece.map_err(|error| broken(&error))?;
            let len = piece.len() as u64;
            if room.taken() + len > self.document_max {
                return Err(SpoolError::TooLarge {
                    max: self.document_max,
                });
            }
            room.grow(len).map_err(|_| SpoolError::Full)?;
            hash.update(&piece);
            file.write_all(&piece)
                .await
                .map_err(disk("writing a document"))?;
        }
        if room.taken() == 0 {
            return Err(SpoolError::Empty);
        }
        // what is still on its way to the file must be there before anybody reads it
        file.flush().await.map_err(disk("writing a document"))?;
        arrived.document = Document {
            bytes: room.taken(),
            sha256: hash.finalize().into(),
        };
        Ok(())
    }

    /// Removes the document of a job. One that is gone already is no error.
    pub fn remove(&self, job: &JobId) -> Result<(), SpoolError> {
        let path = self.path(job);
        let Ok(metadata) = std::fs::metadata(&path) else {
            return Ok(());
        };
        std::fs::remove_file(&path).map_err(disk("removing a document"))?;
        self.rooms.give_back(metadata.len());
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

/// Tells a body that is refused from one that broke off.
fn broken(error: &axum::Error) -> SpoolError {
    BodyError::of(error).map_or(SpoolError::Broken, SpoolError::Body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::body::checked;

    #[tokio::test]
    async fn documents_are_bounded_and_complete() {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path();
        let spool = Spool::open(at, 10, 15).unwrap();
        let (a, b, c) = (JobId::random(), JobId::random(), JobId::random());
        let arrived = spool.receive(&a, Body::from("0123456789")).await.unwrap();
        assert!(!spool.path(&a).exists(), "not before it is kept");
        let document = spool.keep(&a, arrived).await.unwrap();
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
            spool
                .receive(&b, checked(Body::from("x"), [0; 32], None))
                .await,
            Err(SpoolError::Body(BodyError::Digest(_)))
        ));
        assert!(!spool.path(&b).exists());
        spool.remove(&a).unwrap();
        spool.remove(&a).unwrap();
        let refused = spool.receive(&c, Body::from("0123456789")).await.unwrap();
        let part = refused.path().to_owned();
        assert!(part.exists());
        drop(refused);
        assert!(!part.exists(), "nothing stays behind of what is not kept");
        let kept = spool
            .receive(&c, Body::from("0123456789"))
            .await
            .expect("the room was given back");
        spool.keep(&c, kept).await.unwrap();
        std::fs::write(at.join("x.part"), b"half").unwrap();
        let spool = Spool::open(at, 10, 15).unwrap();
        assert!(!at.join("x.part").exists());
        spool.sweep(|_| false).unwrap();
        assert!(!spool.path(&c).exists());
    }
}
