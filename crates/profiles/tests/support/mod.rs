//! A chain without a network: the ledger's machine over a map, with named parties. Stories are told to it.

#![allow(dead_code, reason = "each test target uses its own part")]

pub(crate) mod abroad;
mod journey;
mod outcome;
pub(crate) mod story;
pub(crate) mod world;

use std::path::PathBuf;

/// The public test material, if it is there: `PANGOLIN_TESTDATA`, or `shared/testdata` beside the workspace.
#[expect(clippy::print_stdout, reason = "says why a test did nothing")]
pub(crate) fn testdata() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/testdata");
    let path = std::env::var_os("PANGOLIN_TESTDATA").map_or(beside, PathBuf::from);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: no test data");
    None
}
