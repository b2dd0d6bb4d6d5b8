//! Carrying between chains on paper: the real ledger with the real rules of a trade, one transaction a block, and proofs that are as
//! good as their word. Chains that fail and come back, carriers that stop, several of them: nothing is lost, nothing happens twice.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests: a panic is the message"
)]

mod carry;
mod find;
mod forks;
mod heralds;
mod histories;
mod inside;
mod kept;
mod liars;
mod nodes;
mod orders;
mod paper;
mod registry;
mod trade;
