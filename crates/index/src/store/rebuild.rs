//! Rebuilding the index from the blocks, beside the old file, which is replaced only by a complete one.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Config, SqliteIndex};
use crate::{
    block::{GenesisParty, IndexBlock},
    error::IndexError,
    lens::Lens,
};

impl SqliteIndex {
    /// Builds the index anew from all blocks and puts it into the place of the old file. `progress` is called with each block's
    /// height. Nobody may have the old file open. When it fails, the old file is as it was.
    pub fn rebuild<E: From<IndexError>>(
        config: Config,
        lens: Arc<dyn Lens>,
        parties: &[GenesisParty],
        blocks: impl IntoIterator<Item = Result<IndexBlock, E>>,
        mut progress: impl FnMut(u64),
    ) -> Result<Self, E> {
        let fresh = beside(&config.path, "rebuild");
        remove(&fresh)?;
        {
            let index = Self::open(
                Config {
                    path: fresh.clone(),
                    ..config.clone()
                },
                Arc::clone(&lens),
            )?;
            index.genesis(parties)?;
            for block in blocks {
                let block = block?;
                index.apply(&block)?;
                progress(block.height.0);
            }
            index.settle()?;
        }
        remove(&config.path)?;
        fs::rename(&fresh, &config.path).map_err(|source| file("renaming", &fresh, source))?;
        remove(&fresh)?;
        Ok(Self::open(config, lens)?)
    }

    /// Carries the whole log over into the file, so that the file alone is complete.
    fn settle(&self) -> Result<(), IndexError> {
        self.writer().settle().map_err(|error| self.named(error))
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{ending}"));
    PathBuf::from(name)
}

/// Removes a database with its log.
fn remove(path: &Path) -> Result<(), IndexError> {
    for ending in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        let path = PathBuf::from(name);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(file("removing", &path, source));
            }
            _ => {}
        }
    }
    Ok(())
}

fn file(what: &'static str, path: &Path, source: io::Error) -> IndexError {
    IndexError::File {
        what,
        path: path.to_owned(),
        source,
    }
}
