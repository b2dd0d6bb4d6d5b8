//! What an outsider relies on: a proof that was touched anywhere no longer holds, or claims nothing else.

#![expect(clippy::unwrap_used, reason = "tests end at the first surprise")]

mod encoding;
mod fields;
mod finality;
mod foreign;
mod fork;
mod provenance;
mod receipt;
mod route;
mod support;
mod vector;
