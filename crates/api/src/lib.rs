//! The HTTP interface of a node.

pub mod app;
pub mod auth;
pub mod authorise;
pub mod capture;
pub mod clock;
pub mod config;
pub mod deps;
pub mod finding;
pub mod http;
pub mod limits;
pub mod listen;
pub mod metrics;
pub mod openapi;
pub mod own;
pub mod problem;
pub mod registry;
pub mod room;
pub mod router;
pub mod routes;
pub mod serve;
pub mod state;
pub mod tls;
pub mod trade;
pub mod verify;
pub mod version;
pub mod wire;
pub mod words;

pub use config::Config;
pub use deps::Deps;
pub use serve::{Running, ServeError, serve};
