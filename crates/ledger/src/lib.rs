//! The ledger: a pure, deterministic state machine for traceable goods.

#[macro_use]
pub mod codec;
pub mod hash;
pub mod id;
pub mod limits;
pub mod machine;
pub mod profile;
pub mod report;
pub mod state;
pub mod tx;
