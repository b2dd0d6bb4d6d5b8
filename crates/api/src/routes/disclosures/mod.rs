//! What was disclosed to others.

pub mod list;
