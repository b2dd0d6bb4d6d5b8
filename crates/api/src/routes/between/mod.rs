//! What whoever carries messages between chains asks of a node: records of the state, their proofs, and which events wait.

pub mod chains;
pub mod state;
pub mod waiting;
