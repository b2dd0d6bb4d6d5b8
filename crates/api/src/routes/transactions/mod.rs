//! Transactions that parties sign themselves.

pub mod show;
pub mod submit;
