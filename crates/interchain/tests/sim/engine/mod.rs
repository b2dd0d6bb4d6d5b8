//! Two sovereign chains of real engines in one deterministic runtime, and the real relay between them: certificates that validators made
//! under faults, with shares of real threshold keys, are what the other chain judges before its votes.
//!
//! Real are consensus, stores, signatures, proofs, ledger, rules and relay; simulated are sockets, disks and clocks. Parties make medicines,
//! send them to the other chain and back, send what is not let in, recall, and dispense (`story`). Meanwhile nodes crash and come back,
//! chains are divided, messages are lost, one validator of each chain lies, carriers stop and get no answers (`trouble`), and one carrier
//! brings what is forged (`evil`). The judge is that of the other simulation; it executes every final block anew, with a light client of its own.
//!
//! `PANGOLIN_SEEDS=100 cargo test -p pangolin-interchain --test sim engine` runs many seeds.

mod evil;
mod port;
mod run;
mod seeds;
mod stage;
mod story;
mod together;
mod trouble;
