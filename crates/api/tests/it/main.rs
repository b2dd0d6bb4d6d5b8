//! The interface as a whole: requests in, answers out, over a chain of one node in memory.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests: a panic is the message, and what is skipped is said"
)]

mod auth;
mod capture;
mod committed;
mod common;
mod events;
mod example;
mod finding;
mod full;
mod guessing;
mod histories;
mod hostile;
mod malformed;
mod reading;
mod refused;
mod verify;
