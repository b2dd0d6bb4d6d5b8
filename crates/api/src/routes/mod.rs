//! Handlers, one folder per resource and one file per verb: each extracts, authorises, calls and maps.

pub mod between;
pub mod capture;
pub mod disclosures;
pub mod discovery;
pub mod events;
pub mod fields;
pub mod lots;
pub mod node;
pub mod orders;
pub mod pages;
pub mod parties;
pub mod proofs;
pub mod trace;
pub mod transactions;
pub mod verify;
pub mod vocabulary;
