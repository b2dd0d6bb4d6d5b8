//! Black box: the real program, alone and as whole networks on this machine.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests: a panic is the message, and what a failed network leaves behind is named"
)]

mod ceremony;
mod chains;
mod cli;
mod demo;
mod disclosed;
mod failures;
mod find;
mod forks;
mod gs1_us;
mod hostile;
mod import;
mod network;
mod registry;
mod relay;
mod replay;
mod sources;
mod steps;
mod support;
mod unclear;
mod validators;
mod votes;
