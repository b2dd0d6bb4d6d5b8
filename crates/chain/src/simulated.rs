//! Real nodes in the engine's deterministic runtime, for tests: real engines, stores and keys; a simulated network, clocks and disks. One
//! seed decides everything that happens. Only with the feature `simulated`.
//!
//! * [`found`](founding::found) makes a chain: secrets, shares of its key, genesis file.
//! * [`start`](node::start) starts one node of it, which may behave as badly as [`Vice`](conduct::Vice) says.
//! * [`Simulation`](simulation::Simulation) runs whole chains, one or several, for tests that must not name the engine
//!   ([`SimulatedChain`](chain::SimulatedChain)).
//!
//! Failures of the simulation itself are panics.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "for tests, which end at the first surprise"
)]

pub mod chain;
pub mod clock;
pub mod conduct;
pub mod founding;
pub mod node;
pub mod simulation;
pub mod wire;
