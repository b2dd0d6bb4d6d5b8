//! Whole networks on one machine: making their files and running their nodes as processes.

mod create;
mod processes;

pub(crate) use create::{Company, Created, Spec, create, write_secret};
pub(crate) use processes::Processes;
