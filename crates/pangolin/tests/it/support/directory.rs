//! A directory of a test's own, and ports that nobody uses.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// A directory that is removed at the end, unless the test fails or `PANGOLIN_KEEP` is set.
pub(crate) struct Directory(PathBuf);

impl Directory {
    /// An empty directory.
    pub(crate) fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let name = format!("pangolin-{}-{}", std::process::id(), now.as_nanos());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if std::thread::panicking() || std::env::var_os("PANGOLIN_KEEP").is_some() {
            eprintln!("kept for a look: {}", self.0.display());
        } else {
            let _removed = fs::remove_dir_all(&self.0);
        }
    }
}

/// The first of `count` consecutive free ports, below those that the system gives to outgoing connections.
pub(crate) fn free_ports(count: u16) -> u16 {
    const FIRST: u32 = 12_000;
    const RANGE: u32 = 20_000;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    // tests run at the same time: each begins to look elsewhere
    let mut place = std::process::id()
        .wrapping_mul(7_919)
        .wrapping_add(now.subsec_nanos());
    loop {
        let first = u16::try_from(FIRST + place % RANGE).unwrap();
        let taken: Result<Vec<_>, _> = (first..first + count)
            .map(|port| TcpListener::bind(("127.0.0.1", port)))
            .collect();
        if taken.is_ok() {
            return first;
        }
        place = place.wrapping_add(u32::from(count) * 13);
    }
}
