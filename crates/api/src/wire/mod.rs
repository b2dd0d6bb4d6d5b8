//! The shapes of what is sent and received. Domain types have no shapes of their own; they are turned into these here.

pub mod chains;
pub mod defect;
pub mod disclosure;
pub mod job;
pub mod job_xml;
pub mod list;
pub mod node;
pub mod order;
pub mod party;
pub mod trace;
pub mod transaction;
pub mod validators;
pub mod waiting;
pub mod whereabouts;
