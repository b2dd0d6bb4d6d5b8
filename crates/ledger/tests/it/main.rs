//! The ledger from outside: each kernel, each wire type, and random histories, with a small profile of its own.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod support;

mod ancestry;
mod authority;
mod blocks;
mod bytes;
mod clearance;
mod conformance;
mod conservation;
mod containment;
mod control;
mod convergence;
mod correction;
mod encodings;
mod governance;
mod histories;
mod inside;
mod model;
mod moves;
mod once;
mod orders;
mod parking;
mod queries;
mod recall;
mod registry;
mod samples;
mod schema;
mod sources;
mod state;
mod statuses;
mod travel;
mod validators;
mod walks;
