//! The node itself.

pub mod health;
pub mod metrics;
pub mod openapi;
pub mod ready;
pub mod status;
pub mod validators;
