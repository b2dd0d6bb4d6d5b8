//! What happens between chains: moves, how fast orders get around, and what it costs to judge goods that came from elsewhere.

mod foreign;
mod moves;
mod reach;
mod trade;

use anyhow::{Context as _, Result};
use futures::future::BoxFuture;
use std::{fs, path::PathBuf};

use super::figures::Figure;
use crate::cli::BenchArgs;

pub(super) use self::{foreign::run as foreign, moves::run as moves, reach::run as reach};

/// Runs something in a directory of its own, which is kept if it fails.
async fn in_directory<'a>(
    args: &'a BenchArgs,
    name: &str,
    measure: impl FnOnce(PathBuf) -> BoxFuture<'a, Result<Vec<Figure>>>,
) -> Result<Vec<Figure>> {
    let dir = args
        .dir
        .join(format!("bench-{name}-{}", std::process::id()));
    let measured = measure(dir.clone()).await;
    if measured.is_ok() {
        fs::remove_dir_all(&dir).with_context(|| format!("cannot clear {}", dir.display()))?;
    }
    measured.with_context(|| format!("the files of the nodes are kept in {}", dir.display()))
}
