//! Traces.

pub mod show;
