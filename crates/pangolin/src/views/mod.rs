//! Answers of nodes as text for people. Each function is pure: an answer in, text out.

mod capture;
mod chains;
mod disclosures;
mod finality;
mod find;
mod fork;
mod node;
mod order;
mod proof;
mod relay;
mod sources;
mod trace;
mod validators;
mod words;

pub(crate) use capture::{problems, refused, summary};
pub(crate) use chains::{chains, decided};
pub(crate) use disclosures::disclosures;
pub(crate) use finality::not_final;
pub(crate) use find::{directory, found, steps};
pub(crate) use fork::{Forked, handed_in};
pub(crate) use node::{product, status};
pub(crate) use order::{issued, order, orders};
pub(crate) use proof::{ProofWords, doubts, proof, proof_json};
pub(crate) use relay::relay;
pub(crate) use sources::{facts, sources, told};
pub(crate) use trace::trace;
pub(crate) use validators::{stated, validators};
pub(crate) use words::lot_holders;
