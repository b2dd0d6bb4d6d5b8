//! Tests of the index against the real machine.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod chain;
mod follows_machine;
mod load;
mod moves;
mod profile;
#[expect(
    clippy::format_push_string,
    reason = "texts of events are put together piece by piece"
)]
mod queries;
mod questions;
