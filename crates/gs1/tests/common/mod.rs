//! Finds public test material that is kept outside the repository.

use std::path::PathBuf;

/// The text of a file of the test material, or `None` (and a note on the terminal) where there is none.
#[allow(dead_code, reason = "each test file uses its own part of this module")]
pub(crate) fn testdata(path: &str) -> Option<String> {
    let text = std::fs::read_to_string(root().join(path)).ok();
    if text.is_none() {
        skipped();
    }
    text
}

/// The texts of all files below a folder of the test material; none (and a note) where there is no such folder.
#[allow(dead_code, reason = "each test file uses its own part of this module")]
pub(crate) fn documents(folder: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(path) {
                texts.push(text);
            }
        }
    }
    if texts.is_empty() {
        skipped();
    }
    texts
}

#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn skipped() {
    println!("skipped: no test data");
}

fn root() -> PathBuf {
    std::env::var_os("PANGOLIN_TESTDATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/testdata"),
        PathBuf::from,
    )
}
