//! The ledger from outside: each kernel, each wire type, and random histories, with a small profile of its own.

mod support;

mod authority;
mod blocks;
mod bytes;
mod conformance;
mod conservation;
mod containment;
mod control;
mod correction;
mod governance;
mod histories;
mod once;
mod orders;
mod parking;
mod queries;
mod schema;
mod state;
