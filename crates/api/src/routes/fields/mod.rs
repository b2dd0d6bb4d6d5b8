//! Fields of single events.

pub mod show;
