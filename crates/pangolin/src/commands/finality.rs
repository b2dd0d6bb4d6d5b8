//! Waiting until something that a node has taken is final, so that whoever waits knows for what, how long, and why.
//!
//! The node has what was submitted, so an end of the waiting (Ctrl-C, `--wait`, a node that goes away) ends nothing else: the error
//! says that it was submitted, and the command that asks later. Remarks go to standard error, and only where people read.

use anyhow::Result;
use pangolin_client::{Client, NodeStatus, Transaction as Sent};
use std::time::{Duration, Instant};

use super::officer::SignedOrder;
use crate::{failure::Failure, interrupt::interrupted, output, views};

/// Time after which it is said that something is waited for.
pub(super) const SOON: Duration = Duration::from_secs(1);
/// Time between two remarks.
pub(super) const STEP: Duration = Duration::from_secs(5);

/// What is waited for.
pub(super) struct Waiting<'c> {
    client: &'c Client,
    /// In words: `order 12ab…`.
    what: String,
    /// Its path at the node.
    place: String,
    /// The command that asks later.
    later: String,
    begun: Instant,
    limit: Option<Duration>,
    /// How the node stood when the waiting began to be long, if it said so.
    before: Option<NodeStatus>,
}

impl<'c> Waiting<'c> {
    /// Something that the node has taken at `begun`. `quiet`: nothing is remarked.
    pub(super) async fn new(
        client: &'c Client,
        (what, place): (String, String),
        later: String,
        begun: Instant,
        limit: Option<Duration>,
    ) -> Self {
        let before = client.status().await.ok();
        Self {
            client,
            what,
            place,
            later,
            begun,
            limit,
            before,
        }
    }

    /// What is said first.
    pub(super) fn first(&self) -> String {
        format!("submitted as {}, waiting for finality", self.what)
    }

    /// What is said from time to time: how long, and why. The node is asked.
    pub(super) async fn remark(&self) -> String {
        let waited = self.begun.elapsed().as_secs();
        format!("still waiting after {waited} s: {}", self.why().await)
    }

    async fn why(&self) -> String {
        match (self.client.status().await, &self.before) {
            (Ok(status), Some(before)) => views::not_final(before, &status, self.begun.elapsed()),
            (Ok(_), None) => "the node answers again".to_owned(),
            (Err(error), _) => format!("the node does not say how it stands: {error}"),
        }
    }

    /// Time until the waiting is given up, or a remark is due.
    pub(super) fn next(&self) -> Duration {
        self.limit.map_or(STEP, |limit| {
            STEP.min(limit.saturating_sub(self.begun.elapsed()))
        })
    }

    /// Whether the time is over that somebody wanted to wait.
    pub(super) fn is_over(&self) -> bool {
        self.limit
            .is_some_and(|limit| self.begun.elapsed() >= limit)
    }

    /// Why the waiting ends without an end of what is waited for.
    pub(super) async fn given_up(&self, end: &str) -> Failure {
        let waited = self.begun.elapsed().as_secs();
        let why = format!("{end} after {waited} s; {}", self.why().await);
        not_final(&self.what, &self.place, &why, &self.later)
    }
}

/// It is not known to be final, and nobody waits for it any more; `later` is the command that asks.
fn not_final(what: &str, place: &str, why: &str, later: &str) -> Failure {
    let message = format!("{what} was submitted and is not known to be final: {why}");
    Failure::with_remedy("not-final", message, format!("ask later: {later}")).at(place)
}

/// Hands an order in and waits until it is final or refused; `what` is its name and its path, `later` the command that asks for it.
pub(super) async fn follow(
    client: &Client,
    order: &SignedOrder,
    what: (String, String),
    later: String,
    limit: Option<Duration>,
    quiet: bool,
) -> Result<Sent> {
    let begun = Instant::now();
    let first = limit.map_or(SOON, |limit| SOON.min(limit));
    let mut sent = order.submit(client, first).await?;
    if sent.state != "sent" {
        return Ok(sent);
    }
    let waiting = Waiting::new(client, what, later, begun, limit).await;
    if !quiet {
        output::note(waiting.first());
    }
    let mut interrupt = std::pin::pin!(interrupted()?);
    while !waiting.is_over() {
        let fate = tokio::select! {
            fate = order.submit(client, waiting.next().max(SOON)) => fate,
            () = &mut interrupt => return Err(waiting.given_up("interrupted").await.into()),
        };
        sent = match fate {
            Ok(sent) => sent,
            Err(error) if error.may_succeed_later() => {
                return Err(waiting.given_up(&error.to_string()).await.into());
            }
            Err(error) => return Err(error.into()),
        };
        if sent.state != "sent" {
            return Ok(sent);
        }
        if !quiet {
            output::note(waiting.remark().await);
        }
    }
    Err(waiting.given_up("--wait was over").await.into())
}
