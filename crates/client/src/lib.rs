//! Client of the HTTP interface of a Pangolin node: capture, jobs, events, verification, traces, proofs, orders.
//!
//! Every request is signed with the party's key (RFC 9421, Ed25519) unless other [`Credentials`] are given. Nothing here
//! knows the ledger: transactions and orders are bytes that were signed elsewhere.
//!
//! ```no_run
//! use pangolin_client::{Capture, Client, Credentials};
//! use std::time::Duration;
//!
//! # async fn example() -> Result<(), pangolin_client::ClientError> {
//! let client = Client::new("https://node.example", Credentials::Key([7; 32]))?;
//! let document = std::fs::read("shipment.xml").unwrap_or_default();
//! let job = client.capture(document.into(), &Capture::default()).await?;
//! let job = client.finished(&job.capture_id, Duration::from_secs(60), |_| ()).await?;
//! assert!(job.success, "{:?}", job.errors);
//! # Ok(())
//! # }
//! ```

mod call;
mod capture;
mod error;
mod finding;
mod ledger;
mod owner;
mod questions;
mod sign;
mod wire;

use std::time::Duration;

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;

pub use call::{Options, Sent};
pub use capture::{Capture, Document, Progress};
pub use error::{ClientError, ProblemReport};
pub use ledger::StateAnswer;
pub use questions::{EventPage, Proof, ProofFile, ProofForm, Question};
pub use sign::Credentials;
pub use wire::{
    CaptureJob, ChainRecord, Chains, Contents, Defect, DirectoryEntry, Disclosure, Disclosures,
    Finding, Findings, Following, Given, Holding, Identity, JobCounts, JobEvent, JobProblem,
    KnownChain, Knows, LotFound, NodeDirectory, NodeName, NodeStatus, NotHeard, ObjectFound, Order,
    OrderFound, Orders, Peer, Piece, RefusalReport, Registration, Resharing, RestedOn, Supervisor,
    Trace, TraceCut, TraceEdge, TraceNode, Transaction, TransactionEvent, Trouble, Validator,
    Validators, Verification, VerificationData, Waiting, WaitingEvent, Whereabouts,
};

use call::{Caller, Content};

/// Longest time that one request asks the node to wait.
const WAIT_STEP: Duration = Duration::from_secs(20);

/// A client of one node. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    caller: Caller,
}

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

fn query(parameters: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", segment(name), segment(value)))
        .collect();
    if pairs.is_empty() {
        String::new()
    } else {
        format!("?{}", pairs.join("&"))
    }
}

impl Client {
    /// A client of the node at `base`, such as `https://node.example:8443`, with default options.
    pub fn new(base: &str, credentials: Credentials) -> Result<Self, ClientError> {
        Self::with(base, credentials, &Options::default())
    }

    /// A client with options.
    pub fn with(
        base: &str,
        credentials: Credentials,
        options: &Options,
    ) -> Result<Self, ClientError> {
        Ok(Self {
            caller: Caller::new(base, credentials, options)?,
        })
    }

    /// Sends any request of this interface: method, path with query, headers, body.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: Bytes,
    ) -> Result<Sent, ClientError> {
        self.caller.send(method, path, headers, body).await
    }

    async fn get(&self, path: &str) -> Result<Sent, ClientError> {
        self.caller
            .send(
                "GET",
                path,
                &[("accept", "application/json".to_owned())],
                Bytes::new(),
            )
            .await?
            .success()
    }

    async fn json<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.get(path).await?.json()
    }

    /// Any resource of the interface, as the node shows it: path and query.
    pub async fn read(&self, path: &str) -> Result<serde_json::Value, ClientError> {
        self.json(path).await
    }

    /// Whether the node can be relied upon.
    pub async fn ready(&self) -> Result<bool, ClientError> {
        // a node that is not ready says so with 503: that is the answer, and no reason to be patient
        let sent = self
            .caller
            .send_once("GET", "/readyz", &[], &Content::Bytes(Bytes::new()), None)
            .await?;
        Ok(sent.status == 200)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_encoded() {
        assert_eq!(
            segment("https://id.gs1.org/01/0/21/a b"),
            "https%3A%2F%2Fid.gs1.org%2F01%2F0%2F21%2Fa%20b"
        );
        assert_eq!(
            query(&[("EQ_x", "a|b"), ("perPage", "3")]),
            "?EQ_x=a%7Cb&perPage=3"
        );
        assert_eq!(query(&[]), "");
    }
}
