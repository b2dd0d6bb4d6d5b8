//! The interface as a whole: requests in, answers out, over a chain of one node in memory.

mod auth;
mod capture;
mod common;
mod events;
mod example;
mod hostile;
mod malformed;
mod reading;
mod verify;
