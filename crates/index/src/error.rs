//! What can go wrong in the index.

use std::path::PathBuf;

use pangolin_ledger::id::{Height, ProfileRef};
use thiserror::Error;

use crate::query::QueryError;

/// An operation of the index failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IndexError {
    /// The database refused an operation; the node must stop writing.
    #[error("{what} failed in the index")]
    Storage {
        /// The operation.
        what: &'static str,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// The file is damaged.
    #[error(
        "the index file {path} is damaged ({detail}); stop the node and rebuild the index from the blocks"
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The file is a database of something else, or no database.
    #[error(
        "{path} is not an index of this program; name another file, or remove it and rebuild the index"
    )]
    NotAnIndex {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a later program.
    #[error(
        "the index file has schema {found}, this program knows up to {known}; use the later program or rebuild"
    )]
    Newer {
        /// Schema of the file.
        found: i64,
        /// Latest known.
        known: i64,
    },
    /// A block was left out.
    #[error("block {found} does not follow: the next block to index is {expected}")]
    Gap {
        /// The block that must come.
        expected: Height,
        /// The block that came.
        found: Height,
    },
    /// A block differs from what was indexed at its height.
    #[error(
        "block {height} was indexed with another content: the index belongs to another chain; rebuild it"
    )]
    OtherChain {
        /// The block.
        height: Height,
    },
    /// Receipts and transactions of a block do not belong together.
    #[error("block {height} is inconsistent: {detail}")]
    Inconsistent {
        /// The block.
        height: Height,
        /// What does not fit.
        detail: String,
    },
    /// Rules that this program does not have.
    #[error(
        "block {height} rests on profile {profile}, which this program does not have; install it and go on"
    )]
    UnknownProfile {
        /// The block.
        height: Height,
        /// The profile.
        profile: ProfileRef,
    },
    /// Every reading connection is in use.
    #[error("the index is busy; try again later")]
    Busy,
    /// A file operation failed.
    #[error("{what} {path} failed")]
    File {
        /// The operation.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The question was not understood.
    #[error(transparent)]
    Query(#[from] QueryError),
}

impl IndexError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Storage { .. } => "index-storage",
            Self::Corrupt { .. } => "index-corrupt",
            Self::NotAnIndex { .. } => "index-not-an-index",
            Self::Newer { .. } => "index-newer",
            Self::Gap { .. } => "index-gap",
            Self::OtherChain { .. } => "index-other-chain",
            Self::Inconsistent { .. } => "index-inconsistent",
            Self::UnknownProfile { .. } => "index-unknown-profile",
            Self::Busy => "index-busy",
            Self::File { .. } => "index-file",
            Self::Query(error) => error.code(),
        }
    }
}

/// Names the operation that failed. Damage is told apart, because its remedy is another.
pub(crate) trait During<T> {
    /// What was being done, in words that follow "… failed".
    fn during(self, what: &'static str) -> Result<T, IndexError>;
}

impl<T> During<T> for rusqlite::Result<T> {
    fn during(self, what: &'static str) -> Result<T, IndexError> {
        self.map_err(|source| match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
                IndexError::Corrupt {
                    path: PathBuf::new(),
                    detail: format!("{what}: {source}"),
                }
            }
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                IndexError::Busy
            }
            _ => IndexError::Storage { what, source },
        })
    }
}

/// A row of the database does not hold what the program wrote.
pub(crate) fn damaged(detail: impl Into<String>) -> IndexError {
    IndexError::Corrupt {
        path: PathBuf::new(),
        detail: detail.into(),
    }
}
