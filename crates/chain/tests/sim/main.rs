//! Whole networks from one seed: real engines, stores and transactions; crashes, partitions, loss, liars, wrong clocks,
//! late nodes. After every run the judge checks everything that must be true (`judge`). What runs the nodes is [`pangolin_chain::simulated`].
//!
//! `PANGOLIN_SEEDS=1000 cargo test -p pangolin-chain --test sim seeds` runs many seeds instead of a few.

#![expect(
    clippy::unwrap_used,
    clippy::unnecessary_literal_bound,
    reason = "tests end at the first surprise; the harness fixes the signatures"
)]

mod judge;
mod load;
mod network;
mod trade;
mod world;

mod refused;
mod run;

mod byzantine;
mod clocks;
mod faults;
mod forgotten;
mod late;
mod members;
mod proofs;
mod seeds;
