//! The HTTP interface of a node.

pub mod app;
pub mod auth;
pub mod authorise;
pub mod capture;
pub mod clock;
pub mod config;
pub mod deps;
pub mod limits;
pub mod metrics;
pub mod problem;
pub mod registry;
pub mod state;
#[cfg(test)]
pub(crate) mod testing;
pub mod verify;
pub mod wire;
pub mod words;
