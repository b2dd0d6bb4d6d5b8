//! Lots.

pub mod whereabouts;
