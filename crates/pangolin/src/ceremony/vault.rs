//! A node's directory as the vault of a ceremony: secrets readable by their owner only, on disk before anybody hears of
//! them, results never overwritten.

use pangolin_chain::{
    ceremony::{Completed, Journal, Vault},
    keys,
};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

/// Where the state of a ceremony that goes on is kept. Secret.
pub(super) const STATE: &str = "ceremony.state";
/// The share of the chain key. Secret.
pub(super) const SHARE: &str = "share.key";
/// What shows anybody how the key was made. Written last: with it the ceremony is finished.
pub(super) const RECORD: &str = "ceremony.json";

/// A node's directory.
pub(super) struct Directory {
    /// The directory.
    pub(super) dir: PathBuf,
    /// Where the genesis file goes.
    pub(super) genesis: PathBuf,
    /// Where the share goes.
    pub(super) share: PathBuf,
}

impl Vault for Directory {
    fn keep(&mut self, journal: &Journal) -> io::Result<()> {
        let path = self.dir.join(STATE);
        let aside = write_aside(&path, journal.to_text().as_bytes())?;
        fs::rename(aside, &path)?;
        sync_parent(&path)
    }

    fn finish(&mut self, result: &Completed) -> io::Result<()> {
        write_once(&self.share, keys::encode_share(&result.share).as_bytes())?;
        write_once(&self.genesis, &result.genesis)?;
        write_once(&self.dir.join(RECORD), &result.record.to_bytes())?;
        let state = self.dir.join(STATE);
        match fs::remove_file(&state) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => sync_parent(&state),
        }
    }
}

/// Writes a file that does not exist, or exists with this content: whole or not at all.
fn write_once(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let aside = write_aside(path, bytes)?;
    // unlike renaming, linking refuses to replace
    let linked = fs::hard_link(&aside, path);
    fs::remove_file(&aside)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && fs::read(path)? == bytes => {}
        Err(error) => {
            let text = format!("{}: {error}", path.display());
            return Err(io::Error::new(error.kind(), text));
        }
        Ok(()) => {}
    }
    sync_parent(path)
}

fn write_aside(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    let aside = PathBuf::from(name);
    match fs::remove_file(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(aside)
}

fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}
