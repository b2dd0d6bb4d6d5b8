//! The shapes of what is sent and received. Domain types have no shapes of their own; they are turned into these here.

pub mod defect;
