//! A node as a process: configuration, chain, index, interface.

mod agents;
pub(crate) mod config;
mod evidence;
mod feed;
mod first_block;
mod identity;
mod listening;
mod proofs;
mod rules;
mod service;
mod silence;
pub(crate) mod stop;
mod trouble;
mod vault;
pub(crate) mod votes;

pub(crate) use agents::read_key;
pub(crate) use first_block::remark;
pub(crate) use service::{lock, machine, run};
