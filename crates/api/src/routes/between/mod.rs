//! What is asked between chains: which there are, what they know, what is given to whom; and what carriers of messages ask a node for.

pub mod chains;
pub mod contents;
pub mod directory;
pub mod find;
pub mod state;
pub mod waiting;
