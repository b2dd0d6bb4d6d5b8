//! Several sovereign chains from one seed: validators with states of their own that execute every block before their vote, the real rules
//! of two industries, the real relay; crashes, partitions, Byzantine validators, malicious carriers, stale proofs, and a chain
//! that is corrupt as a whole. After every final block the judge checks everything that must be true (`judge`).
//!
//! What is modelled: the consensus protocol (`validator`), signatures of votes and proofs of states (`seal`). Two chains of the real engine with
//! the real relay between them are run by `engine`, before the same judge; one chain of it, with much more going wrong, by
//! `crates/chain/tests/sim`. `PANGOLIN_SEEDS=5000 cargo test -p pangolin-interchain --test sim many_seeds` runs many seeds.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests end at the first surprise, and say at the end how often what happened"
)]

mod acts;
mod block;
mod cast;
mod corrupt;
mod dice;
mod engine;
mod errand;
mod evil;
mod judge;
#[path = "../it/kept.rs"]
mod kept;
mod market;
mod notices;
mod peace;
mod port;
mod run;
mod seal;
mod talk;
mod validator;
mod vice;
mod world;

mod seeds;
