//! Finding what chains know of an identifier, without any business relation to them.
//!
//! The search begins at one node. Its directory ([`Atlas`]) says which chains there are, with the keys their proofs are checked with, where
//! their nodes answer and whose identifiers are at home there. First asked are the own chain and those with the longest fitting prefix.
//! What a chain proves of an object leads on: it names the chains over which the object came, and the one to which it went. If none of these
//! knows anything, all others are asked.
//!
//! * **What is shown is proven** under the key that the directory names, whoever answers. A node can keep silent or say that it knows nothing,
//!   and no more; where another chain's proof contradicts that, the chain is marked.
//! * **Nobody is dropped in silence**: a chain that does not answer, or answers wrongly, is listed with what went wrong.
//! * **No address comes from an answer**: only the directory's are asked, without redirects.
//! * **Everything is bounded**: chains, nodes of each, bytes and time of each answer, time of all.

mod atlas;
mod judge;
mod outside;
mod records;
mod search;
mod subject;

use std::time::Duration;

use pangolin_client::{ClientError, Trouble};
use pangolin_ledger::TimeMs;

pub use atlas::{Atlas, Place, Stands};
pub use outside::{Outside, Reply, Source};
pub use records::{Recorded, recorded};
pub use search::Search;
pub use subject::{Subject, What};

/// Chains in one search.
pub const MAX_CHAINS: usize = 64;
/// Nodes that are asked of one chain.
pub const MAX_ENDPOINTS: usize = 3;
/// Chains that are asked at the same time.
const PARALLEL: usize = 8;
/// Longest time for one answer.
const ANSWER: Duration = Duration::from_secs(5);
/// Longest time for a search.
const ALL: Duration = Duration::from_secs(20);
/// Largest answer, in bytes: a proof of a status has some tens of kilobytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;
/// Age of a proven state beyond which another node of the chain is asked for a younger one, in milliseconds.
const YOUNG_MS: i64 = 2 * 60 * 1_000;

/// What is wrong with a chain, or with one of its nodes.
fn trouble(endpoint: Option<&str>, code: &str, message: impl Into<String>) -> Trouble {
    Trouble {
        endpoint: endpoint.map(str::to_owned),
        code: code.to_owned(),
        message: message.into(),
    }
}

/// What went wrong with a request, with its causes.
fn failed(error: &ClientError) -> (String, String) {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    (error.code().to_owned(), message)
}

/// A time as text.
fn text(time: TimeMs) -> String {
    jiff::Timestamp::from_millisecond(time.0).map_or_else(|_| time.0.to_string(), |t| t.to_string())
}
