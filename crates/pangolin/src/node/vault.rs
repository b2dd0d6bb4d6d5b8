//! The folder `vault` of a node: its shares of the chain's key after the genesis file's, and what it needs to get them.
//!
//! Secrets, readable by the node's user only. The folder lies beside the node's keys and not among its data: data are copied and made anew,
//! and a share that is lost comes back with the next resharing only. Each file is replaced as a whole and is on disk before the node
//! goes on.
//!
//! The genesis file's share counts as one of them: once the chain has handed its key on, the node erases it, because shares
//! of an earlier set of validators sign under the same key.

use pangolin_chain::seats::vault::Vault;
use std::{
    fs,
    io::{self, ErrorKind, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

/// The folder in a node's directory.
const FOLDER: &str = "vault";
/// Name of the genesis file's share.
const GENESIS_SHARE: &str = "share-0";

/// The vault of one node.
pub(crate) struct FileVault {
    folder: PathBuf,
    /// The genesis file's share, which lies outside.
    share: Option<PathBuf>,
}

impl FileVault {
    /// The vault of the node in `dir`, whose share of the genesis file's key is in `share`.
    pub(crate) fn of(dir: &Path, share: Option<PathBuf>) -> Self {
        Self {
            folder: dir.join(FOLDER),
            share,
        }
    }

    /// Whether this node has had a share of a later epoch: the genesis file's may be gone then.
    pub(crate) fn is_used(&self) -> io::Result<bool> {
        let names = self.listed()?;
        Ok(names.iter().any(|name| name.starts_with("share-")))
    }

    fn listed(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry?.file_name().into_string();
            names.extend(name.ok().filter(|name| !name.starts_with("next.")));
        }
        names.sort_unstable();
        Ok(names)
    }

    fn path(&self, name: &str) -> PathBuf {
        match &self.share {
            Some(share) if name == GENESIS_SHARE => share.clone(),
            _ => self.folder.join(name),
        }
    }

    fn write(&self, name: &str, secret: &[u8]) -> io::Result<()> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)?;
        let (path, aside) = (
            self.folder.join(name),
            self.folder.join(format!("next.{name}")),
        );
        let mut options = fs::OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&aside)?;
        writeln!(file, "{}", hex::encode(secret))?;
        file.sync_all()?;
        fs::rename(&aside, &path)?;
        fs::File::open(&self.folder)?.sync_all()
    }

    /// Overwrites a file before it goes, as far as the disk lets one.
    fn erase(path: &Path) -> io::Result<()> {
        let length = match fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            found => found?.len(),
        };
        let mut file = fs::OpenOptions::new().write(true).open(path)?;
        file.write_all(&vec![b'0'; usize::try_from(length).unwrap_or(0)])?;
        file.sync_all()?;
        fs::remove_file(path)
    }
}

fn at(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}

impl Vault for FileVault {
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let path = self.path(name);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text.map_err(|error| at(&path, &error))?,
        };
        let bytes = hex::decode(text.trim());
        bytes
            .map(Some)
            .map_err(|_| format!("{} is damaged: put it back from its backup", path.display()))
    }

    fn save(&self, name: &str, secret: &[u8]) -> Result<(), String> {
        self.write(name, secret)
            .map_err(|error| at(&self.folder.join(name), &error))
    }

    fn remove(&self, name: &str) -> Result<(), String> {
        let path = self.path(name);
        Self::erase(&path).map_err(|error| at(&path, &error))
    }

    fn names(&self) -> Result<Vec<String>, String> {
        let mut names = self.listed().map_err(|error| at(&self.folder, &error))?;
        if self.share.as_ref().is_some_and(|share| share.exists()) {
            names.push(GENESIS_SHARE.into());
        }
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn secrets_are_kept_for_their_owner_alone_and_erased_with_the_genesis_share() {
        let dir = std::env::temp_dir().join(format!("vault-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let share = dir.join("share.key");
        fs::write(&share, "00").unwrap();
        let vault = FileVault::of(&dir, Some(share.clone()));
        assert!(!vault.is_used().unwrap());
        assert_eq!(
            (vault.names().unwrap(), vault.load("share-1").unwrap()),
            (vec!["share-0".to_owned()], None)
        );
        vault.save("share-1", &[1, 2]).unwrap();
        vault.save("share-1", &[3]).unwrap();
        assert_eq!(vault.load("share-1").unwrap(), Some(vec![3]));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode(&dir.join("vault")), mode(&dir.join("vault/share-1"))),
            (0o700, 0o600)
        );
        assert!(vault.is_used().unwrap());
        vault.remove("share-0").unwrap();
        vault.remove("share-0").unwrap();
        assert!(!share.exists());
        assert_eq!(vault.names().unwrap(), ["share-1"]);
        fs::write(dir.join("vault/share-1"), "no hexadecimal").unwrap();
        assert!(vault.load("share-1").unwrap_err().contains("share-1"));
        fs::remove_dir_all(&dir).unwrap();
    }
}
