//! Whole networks on one machine: making their files and running their nodes as processes.

mod create;
pub(crate) mod ended;
pub(crate) mod members;
pub(crate) mod ports;
mod processes;
pub(crate) mod topology;

pub(crate) use create::{
    Company, Created, REGULATOR, Spec, TOKEN_PREFIX, create, office, write_secret,
};
pub(crate) use processes::{Processes, Usage};
