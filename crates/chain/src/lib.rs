//! A validator: the ledger as the application of the consensus engine.
//!
//! What comes from outside is checked in one order, in one place each: size and syntax where bytes are
//! decoded, signatures in [`signatures`], authority and rules in the ledger before the vote. The engine below
//! (consensus, peers, storage) is wrapped here; nothing above this crate names it.

pub mod abstain;
pub mod app;
pub mod block;
pub mod ceremony;
mod certified;
pub mod engine;
pub mod execute;
pub mod genesis;
pub mod handle;
mod judge;
pub mod keys;
pub mod limits;
pub mod metrics;
pub mod node;
pub mod pace;
pub mod pool;
pub mod relay;
pub mod seats;
pub mod signatures;
#[cfg(feature = "simulated")]
pub mod simulated;
pub mod statesync;
pub mod store;
pub mod types;
