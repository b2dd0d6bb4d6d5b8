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
mod error;
mod finding;
mod owner;
mod sign;
mod wire;

use std::time::{Duration, Instant};

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;

pub use call::{Options, Sent};
pub use error::{ClientError, ProblemReport};
pub use sign::Credentials;
pub use wire::{
    CaptureJob, ChainRecord, Chains, Contents, Defect, DirectoryEntry, Disclosure, Disclosures,
    Finding, Findings, Following, Given, Holding, Identity, JobCounts, JobEvent, JobProblem,
    KnownChain, Knows, LotFound, NodeDirectory, NodeName, NodeStatus, NotHeard, ObjectFound, Order,
    OrderFound, Orders, Peer, Piece, RefusalReport, Registration, Resharing, RestedOn, Supervisor,
    Trace, TraceCut, TraceEdge, TraceNode, Transaction, TransactionEvent, Trouble, Validator,
    Validators, Verification, VerificationData, Waiting, WaitingEvent, Whereabouts,
};

use call::{Caller, Content, Listener, Note};

/// Longest time that one request asks the node to wait.
const WAIT_STEP: Duration = Duration::from_secs(20);
/// Time between two looks at a job that is followed; the node answers sooner when the job ends.
const FOLLOW_STEP: Duration = Duration::from_secs(1);
/// Pages of events read by [`Client::all_events`].
const MAX_PAGES: usize = 100_000;
/// Orders in a page: as many as a node gives.
const ORDERS_PAGE: &str = "1000";
/// Most pages of chains that are read as one list.
const MAX_CHAIN_PAGES: usize = 64;
/// Pages of orders read by [`Client::all_orders`].
const MAX_ORDER_PAGES: usize = 100;

/// A client of one node. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    caller: Caller,
}

/// How a document is to be captured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capture {
    /// Media type; the node finds out by itself where it is not stated.
    pub media_type: Option<String>,
    /// `true`: all or nothing; `false`: as much as possible; `None`: as the node does by itself.
    pub all_or_nothing: Option<bool>,
    /// `true`: refuse what is against the standard; `false`: accept what is unambiguous; `None`: as the node is configured.
    pub strict: Option<bool>,
    /// Party in whose name events are stated, if it is not the sender.
    pub party: Option<String>,
    /// Where full events are kept: `full` or `committed`; `None`: as the node is configured.
    pub placement: Option<String>,
}

impl Capture {
    fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![(
            "content-type",
            self.media_type
                .clone()
                .unwrap_or_else(|| "application/octet-stream".to_owned()),
        )];
        if let Some(whole) = self.all_or_nothing {
            let word = if whole { "rollback" } else { "proceed" };
            headers.push(("gs1-capture-error-behaviour", word.to_owned()));
        }
        if let Some(party) = &self.party {
            headers.push(("pangolin-party", party.clone()));
        }
        if let Some(placement) = &self.placement {
            headers.push(("pangolin-placement", placement.clone()));
        }
        headers
    }

    const fn query(&self) -> &'static str {
        match self.strict {
            None => "",
            Some(true) => "?mode=strict",
            Some(false) => "?mode=lenient",
        }
    }
}

/// A document to be captured.
#[derive(Debug, Clone)]
pub enum Document<'a> {
    /// In memory.
    Bytes(Bytes),
    /// A file of any size.
    File(&'a std::path::Path),
}

/// What happens while a document is captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// So many bytes of the document are on their way. Where the node was busy, the count begins again.
    Sent {
        /// Bytes.
        bytes: u64,
    },
    /// The node is busy; the document is sent again after this time.
    Busy {
        /// How long.
        wait: Duration,
    },
    /// How the job stands.
    Working(&'a CaptureJob),
}

/// A page of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// The EPCISQueryDocument, in JSON-LD.
    pub document: Bytes,
    /// Path and query of the next page; `None` after the last.
    pub next: Option<String>,
    /// The block as of which this is the answer.
    pub height: Option<u64>,
}

/// A question about a pack (GS1 Lightweight Messaging Standard).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Trade item: 8, 12, 13 or 14 digits.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// Serial number.
    pub serial: String,
    /// Expiry date, `YYMMDD`.
    pub expiry: String,
    /// Who asks: 13 digits.
    pub requester: String,
}

/// A proof file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofFile {
    /// Content.
    pub bytes: Bytes,
    /// Height of the state or block it is about.
    pub height: Option<u64>,
}

/// Records of the state, as the node encodes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateAnswer {
    /// Height of the state.
    pub height: u64,
    /// Its time, milliseconds since 1970.
    pub time_ms: u64,
    /// The records, or their proof.
    pub bytes: Bytes,
}

/// Of what a proof is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// That a transaction (hexadecimal) or event (hash URI) is final.
    Receipt(String),
    /// The status of an object.
    Status(String),
    /// Who had an object.
    Custody(String),
    /// The block of a height; of the last one where there is none.
    Header(Option<u64>),
    /// Fields of an event.
    Fields {
        /// The event's hash URI.
        event: String,
        /// Paths of the fields; none: all of them.
        paths: Vec<String>,
    },
}

/// The form of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofForm {
    /// Canonical bytes.
    Binary,
    /// JSON.
    Json,
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

    /// Hands in a document. When this returns, the document is safe and its job has begun or waits.
    pub async fn capture(&self, document: Bytes, how: &Capture) -> Result<CaptureJob, ClientError> {
        self.hand_in(&Content::Bytes(document), how, None).await
    }

    /// Hands in a file of any size, which is read twice: for its digest, and to be sent.
    pub async fn capture_file(
        &self,
        file: &std::path::Path,
        how: &Capture,
    ) -> Result<CaptureJob, ClientError> {
        self.hand_in(&Content::File(file), how, None).await
    }

    async fn hand_in(
        &self,
        content: &Content<'_>,
        how: &Capture,
        listener: Option<&Listener>,
    ) -> Result<CaptureJob, ClientError> {
        let path = format!("/capture{}", how.query());
        let sent = self
            .caller
            .send_content("POST", &path, &how.headers(), content, listener)
            .await?;
        sent.success()?.json()
    }

    /// Hands in a document and follows its job to the end, however long that takes; `progress` learns what happens meanwhile.
    pub async fn capture_to_end(
        &self,
        document: Document<'_>,
        how: &Capture,
        progress: impl Fn(Progress<'_>) + Send + Sync + 'static,
    ) -> Result<CaptureJob, ClientError> {
        let progress = std::sync::Arc::new(progress);
        let told = progress.clone();
        let listener: Listener = std::sync::Arc::new(move |note| {
            told(match note {
                Note::Sent(bytes) => Progress::Sent { bytes },
                Note::Busy(wait) => Progress::Busy { wait },
            });
        });
        let content = match document {
            Document::Bytes(bytes) => Content::Bytes(bytes),
            Document::File(path) => Content::File(path),
        };
        let mut job = self.hand_in(&content, how, Some(&listener)).await?;
        progress(Progress::Working(&job));
        while job.running {
            job = self.job(&job.capture_id, FOLLOW_STEP).await?;
            progress(Progress::Working(&job));
        }
        Ok(job)
    }

    /// How a job stands; waits for its end, at most so long.
    pub async fn job(&self, id: &str, wait: Duration) -> Result<CaptureJob, ClientError> {
        self.json(&format!(
            "/capture/{}?wait={}",
            segment(id),
            wait.min(WAIT_STEP).as_secs()
        ))
        .await
    }

    /// Waits for the end of a job, and tells `progress` how it stands from time to time. After `limit` the job is given as it
    /// is.
    pub async fn finished(
        &self,
        id: &str,
        limit: Duration,
        mut progress: impl FnMut(&CaptureJob),
    ) -> Result<CaptureJob, ClientError> {
        let began = Instant::now();
        loop {
            let left = limit.saturating_sub(began.elapsed());
            let job = self.job(id, left.min(Duration::from_secs(2))).await?;
            progress(&job);
            if !job.running || began.elapsed() >= limit {
                return Ok(job);
            }
        }
    }

    /// What became of up to 1,000 events of a job, from one on.
    pub async fn job_events(&self, id: &str, from: u64) -> Result<CaptureJob, ClientError> {
        self.json(&format!("/capture/{}?events={from}", segment(id)))
            .await
    }

    /// A page of events, by the parameters of EPCIS 2.0.
    pub async fn events(&self, parameters: &[(&str, &str)]) -> Result<EventPage, ClientError> {
        self.event_page(&format!("/events{}", query(parameters)))
            .await
    }

    /// The page that [`EventPage::next`] names.
    pub async fn event_page(&self, path: &str) -> Result<EventPage, ClientError> {
        let sent = self.get(path).await?;
        let next = sent.header("link").and_then(next_of);
        let height = sent
            .header("pangolin-height")
            .and_then(|text| text.parse().ok());
        Ok(EventPage {
            document: sent.body,
            next,
            height,
        })
    }

    /// All pages of a query, one after the other, handed to `take` until it says `false`.
    pub async fn all_events(
        &self,
        parameters: &[(&str, &str)],
        mut take: impl FnMut(EventPage) -> bool,
    ) -> Result<(), ClientError> {
        let mut path = format!("/events{}", query(parameters));
        for _ in 0..MAX_PAGES {
            let page = self.event_page(&path).await?;
            let next = page.next.clone();
            match (take(page), next) {
                (true, Some(next)) => path = next,
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    /// An event by its identifier, as an EPCISQueryDocument in JSON-LD.
    pub async fn event(&self, id: &str) -> Result<Bytes, ClientError> {
        Ok(self.get(&format!("/events/{}", segment(id))).await?.body)
    }

    /// Verifies a product identifier. The answer's `corrUUID` is checked against the question's.
    pub async fn verify(&self, question: &Question) -> Result<Verification, ClientError> {
        let correlation = sign::uuid();
        let path = format!(
            "/verify/gtin/{}/lot/{}/ser/{}{}",
            segment(&question.gtin),
            segment(&question.lot),
            segment(&question.serial),
            query(&[
                ("exp", &question.expiry),
                ("linkType", "verificationService"),
                ("context", "dscsaSaleableReturn"),
                ("reqGLN", &question.requester),
                ("corrUUID", &correlation),
            ])
        );
        let headers = [
            ("accept", "application/json".to_owned()),
            ("gs1us-version", "1.3.0".to_owned()),
        ];
        let answer: Verification = self
            .caller
            .send("GET", &path, &headers, Bytes::new())
            .await?
            .success()?
            .json()?;
        if answer.corr_uuid == correlation {
            Ok(answer)
        } else {
            Err(ClientError::OtherAnswer)
        }
    }

    /// A trace of an object: `direction` is `back`, `forward` or `contents`.
    pub async fn trace(
        &self,
        epc: &str,
        direction: &str,
        depth: Option<u32>,
    ) -> Result<serde_json::Value, ClientError> {
        let depth = depth.map(|depth| depth.to_string());
        let mut parameters = vec![("direction", direction)];
        parameters.extend(depth.as_deref().map(|depth| ("depth", depth)));
        self.json(&format!("/trace/{}{}", segment(epc), query(&parameters)))
            .await
    }

    /// Who has packs of a lot.
    pub async fn whereabouts(
        &self,
        gtin: &str,
        lot: &str,
    ) -> Result<serde_json::Value, ClientError> {
        self.json(&format!(
            "/lots/{}/{}/whereabouts",
            segment(gtin),
            segment(lot)
        ))
        .await
    }

    /// A proof.
    pub async fn proof(&self, of: &Proof, form: ProofForm) -> Result<ProofFile, ClientError> {
        let path = match of {
            Proof::Receipt(id) => format!("/proofs/receipt/{}", segment(id)),
            Proof::Status(epc) => format!("/proofs/status/{}", segment(epc)),
            Proof::Custody(epc) => format!("/proofs/custody/{}", segment(epc)),
            Proof::Header(height) => finding::header(*height),
            Proof::Fields { event, paths } => owner::fields(event, paths),
        };
        let accept = match form {
            ProofForm::Binary => "application/octet-stream",
            ProofForm::Json => "application/json",
        };
        let headers = [("accept", accept.to_owned())];
        let sent = self
            .caller
            .send("GET", &path, &headers, Bytes::new())
            .await?
            .success()?;
        let height = sent
            .header("pangolin-height")
            .and_then(|text| text.parse().ok());
        Ok(ProofFile {
            bytes: sent.body,
            height,
        })
    }

    /// Sends transactions that are signed already, as canonical bytes one after the other, and waits for their fate at most so
    /// long.
    pub async fn submit(
        &self,
        transactions: Bytes,
        wait: Duration,
    ) -> Result<Vec<Transaction>, ClientError> {
        let path = format!("/transactions?wait={}", wait.min(WAIT_STEP).as_secs());
        let headers = [("content-type", "application/octet-stream".to_owned())];
        self.caller
            .send("POST", &path, &headers, transactions)
            .await?
            .success()?
            .json()
    }

    /// Records of the state by their keys of 32 bytes, or their proof: for operators of the node and the relays that it lists.
    pub async fn state(&self, keys: Bytes, proof: bool) -> Result<StateAnswer, ClientError> {
        let headers = [("content-type", "application/octet-stream".to_owned())];
        let path = format!("/state?proof={proof}");
        let sent = self.caller.send("POST", &path, &headers, keys).await?;
        let sent = sent.success()?;
        let number = |name| {
            let text = sent.header(name);
            let number = text.and_then(|text| text.parse().ok());
            number.ok_or(ClientError::OtherAnswer)
        };
        Ok(StateAnswer {
            height: number("pangolin-height")?,
            time_ms: number("pangolin-time")?,
            bytes: sent.body.clone(),
        })
    }

    /// Events that wait for what comes first, 1,000 in a page: for operators of the node and the relays that it lists.
    pub async fn waiting(&self, after: Option<i64>) -> Result<Waiting, ClientError> {
        let after = after.map(|after| after.to_string());
        let given: Vec<_> = after
            .iter()
            .map(|after| ("after", after.as_str()))
            .collect();
        self.json(&format!("/waiting{}", query(&given))).await
    }

    /// Where a transaction is.
    pub async fn transaction(&self, id: &str) -> Result<Transaction, ClientError> {
        self.json(&format!("/transactions/{}", segment(id))).await
    }

    /// Sends an order that an officer has signed.
    pub async fn order(&self, transaction: Bytes) -> Result<Transaction, ClientError> {
        let headers = [("content-type", "application/octet-stream".to_owned())];
        self.caller
            .send("POST", "/orders", &headers, transaction)
            .await?
            .success()?
            .json()
    }

    /// A page of orders; `state` is `pending`, `active`, `released` or `expired`, `after` is [`Orders::next`] of the page before.
    pub async fn orders(
        &self,
        state: Option<&str>,
        after: Option<i64>,
    ) -> Result<Orders, ClientError> {
        let after = after.map(|after| after.to_string());
        let given = [("state", state), ("after", after.as_deref())];
        let mut parameters = vec![("limit", ORDERS_PAGE)];
        parameters.extend(
            given
                .iter()
                .filter_map(|(name, value)| Some((*name, (*value)?))),
        );
        self.json(&format!("/orders{}", query(&parameters))).await
    }

    /// All pages of orders as one. Where there are more than the limit of pages, [`Orders::next`] says where it goes on.
    pub async fn all_orders(&self, state: Option<&str>) -> Result<Orders, ClientError> {
        let mut all = self.orders(state, None).await?;
        for _ in 1..MAX_ORDER_PAGES {
            let Some(next) = all.next else { break };
            let page = self.orders(state, Some(next)).await?;
            all.orders.extend(page.orders);
            (all.next, all.height) = (page.next, page.height);
        }
        Ok(all)
    }

    /// The parties that the chain knows.
    pub async fn parties(&self) -> Result<serde_json::Value, ClientError> {
        self.json("/parties").await
    }

    /// A party with its roles.
    pub async fn party(&self, id: &str) -> Result<serde_json::Value, ClientError> {
        self.json(&format!("/parties/{}", segment(id))).await
    }

    /// How the node stands.
    pub async fn status(&self) -> Result<NodeStatus, ClientError> {
        self.json("/status").await
    }

    /// Who validates the chain, and how that changes.
    pub async fn validators(&self) -> Result<Validators, ClientError> {
        self.json("/validators").await
    }

    /// The chains that are known there, a page of them; `after` is [`Chains::next`] of the page before.
    pub async fn chains(&self, after: Option<u64>) -> Result<Chains, ClientError> {
        let after = after.map(|after| after.to_string());
        let given: Vec<(&str, &str)> = after
            .iter()
            .map(|after| ("after", after.as_str()))
            .collect();
        self.json(&format!("/chains{}", query(&given))).await
    }

    /// All pages of chains as one. Where there are more than the limit of pages, [`Chains::next`] says where it goes on.
    pub async fn all_chains(&self) -> Result<Chains, ClientError> {
        let mut all = self.chains(None).await?;
        for _ in 1..MAX_CHAIN_PAGES {
            let Some(next) = all.next else { break };
            let page = self.chains(Some(next)).await?;
            all.chains.extend(page.chains);
            (all.next, all.height, all.time) = (page.next, page.height, page.time);
        }
        Ok(all)
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

/// The address of the next page in a `Link` header.
fn next_of(link: &str) -> Option<String> {
    link.split(',').find_map(|part| {
        let (address, relation) = part.trim().strip_prefix('<')?.split_once('>')?;
        relation
            .contains("rel=\"next\"")
            .then(|| address.to_owned())
    })
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

    #[test]
    fn the_next_page_is_found() {
        assert_eq!(
            next_of("</events?a=1>; rel=\"next\"").as_deref(),
            Some("/events?a=1")
        );
        assert_eq!(
            next_of("</x>; rel=\"prev\", </y>; rel=\"next\"").as_deref(),
            Some("/y")
        );
        assert_eq!(next_of("</x>; rel=\"prev\""), None);
    }
}
