//! Tests of the index against the real machine.

mod chain;
mod follows_machine;
mod load;
mod profile;
mod queries;
mod questions;
