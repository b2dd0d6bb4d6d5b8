//! Whole networks on one machine: making their files and running their nodes as processes.

mod create;
mod ended;
pub(crate) mod members;
pub(crate) mod ports;
mod processes;

pub(crate) use create::{Company, Created, REGULATOR, Spec, create, write_secret};
pub(crate) use ended::Ended;
pub(crate) use processes::{Processes, Usage};
