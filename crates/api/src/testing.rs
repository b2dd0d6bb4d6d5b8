//! What the unit tests share.

use std::path::PathBuf;

/// An empty directory of its own for a test.
pub(crate) fn directory(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!(
        "pangolin-api-{name}-{}-{}",
        std::process::id(),
        rand::random::<u64>()
    ));
    std::fs::create_dir_all(&path).unwrap();
    path
}
