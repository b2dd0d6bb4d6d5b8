//! Events.

pub mod create;
pub mod list;
pub mod show;
pub mod sight;
pub mod translate;
pub mod write;
