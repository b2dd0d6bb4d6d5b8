//! Headers, finality certificates and state proofs: everything that a third party needs to check an
//! answer of a chain against the chain's one public key.
//!
//! Pure: no clock, randomness, files or network, so the same code runs in a validator, in the command
//! line and in a browser.

pub mod file;
pub mod foreign;
pub mod fork;
pub mod header;
#[cfg(feature = "made-up")]
pub mod made_up;
pub mod merkle;
mod packed;
pub mod provenance;
pub mod record;
pub mod state;
pub mod trust;
