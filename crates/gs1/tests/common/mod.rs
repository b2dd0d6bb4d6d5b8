//! Finds public test material that is kept outside the repository.

use std::path::PathBuf;

/// The text of a file of the test material, or `None` (and a note on the terminal) where there is none.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub(crate) fn testdata(path: &str) -> Option<String> {
    let root = std::env::var_os("PANGOLIN_TESTDATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/testdata"),
        PathBuf::from,
    );
    let text = std::fs::read_to_string(root.join(path)).ok();
    if text.is_none() {
        println!("skipped: no test data");
    }
    text
}
