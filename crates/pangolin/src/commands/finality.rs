//! Waiting until something that a node has taken is final, so that whoever waits knows for what, how long, and why.
//!
//! The node has what was submitted, so an end of the waiting (Ctrl-C, `--wait`, a node that goes away) ends nothing else: the error
//! says that it was submitted, and the command that asks later. The same where nobody knows whether the node has it, because the
//! connection broke or something on the way answered: what was signed may become final, and that is no refusal. Remarks go to
//! standard error, and only where people read.

use anyhow::Result;
use pangolin_client::{Client, NodeStatus, Transaction as Sent};
use std::time::{Duration, Instant};

use super::officer::Signed;
use crate::{
    failure::{Failure, Submitted},
    interrupt::interrupted,
    output, views,
};

/// Time after which it is said that something is waited for.
pub(super) const SOON: Duration = Duration::from_secs(1);
/// Time between two remarks.
pub(super) const STEP: Duration = Duration::from_secs(5);

/// What is waited for.
pub(super) struct Subject {
    /// In words: `order 12ab…`.
    pub(super) what: String,
    /// Its path at the node.
    pub(super) place: String,
    /// The command that asks later.
    pub(super) later: String,
    /// Of what was signed here: the transaction, and the last block that can take it.
    pub(super) valid: Option<(String, u64)>,
}

impl Subject {
    /// It is not known to be final, and nobody waits for it any more.
    fn not_final(&self, why: &str) -> Failure {
        let what = &self.what;
        let message = format!("{what} was submitted and is not known to be final: {why}");
        self.failure("not-final", message)
    }

    /// It was sent, and nobody knows whether the node has it.
    fn unknown(&self, why: &str) -> Failure {
        let until = self.valid.as_ref().map(|(_, until)| {
            format!("; it can become final up to block {until}, and the same command again would sign another one")
        });
        let message = format!(
            "{} may have been submitted, and what became of it is not known: {why}{}",
            self.what,
            until.unwrap_or_default()
        );
        self.failure("outcome-unknown", message)
    }

    fn failure(&self, code: &str, message: String) -> Failure {
        let remedy = format!("ask later: {}", self.later);
        let failure = Failure::with_remedy(code, message, remedy).at(&self.place);
        match &self.valid {
            Some((transaction, valid_until)) => failure.after(Submitted {
                transaction: transaction.clone(),
                valid_until: *valid_until,
                later: self.later.clone(),
            }),
            None => failure,
        }
    }
}

/// Who waits.
pub(super) struct Waiting<'c> {
    client: &'c Client,
    subject: Subject,
    begun: Instant,
    limit: Option<Duration>,
    /// How the node stood when the waiting began to be long, if it said so.
    before: Option<NodeStatus>,
}

impl<'c> Waiting<'c> {
    /// Something that the node has taken at `begun`. `quiet`: nothing is remarked.
    pub(super) async fn new(
        client: &'c Client,
        subject: Subject,
        begun: Instant,
        limit: Option<Duration>,
    ) -> Self {
        let before = client.status().await.ok();
        Self {
            client,
            subject,
            begun,
            limit,
            before,
        }
    }

    /// What is said first.
    pub(super) fn first(&self) -> String {
        format!("submitted as {}, waiting for finality", self.subject.what)
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
        self.subject.not_final(&why)
    }
}

/// Hands an order in and waits until it is final or refused.
pub(super) async fn follow(
    client: &Client,
    order: &Signed,
    subject: Subject,
    limit: Option<Duration>,
    quiet: bool,
) -> Result<Sent> {
    let begun = Instant::now();
    let first = limit.map_or(SOON, |limit| SOON.min(limit));
    let mut interrupt = std::pin::pin!(interrupted()?);
    let fate = tokio::select! {
        fate = order.submit(client, first) => fate,
        () = &mut interrupt => return Err(subject.unknown("interrupted while it was sent").into()),
    };
    let mut sent = match fate {
        Err(error) if error.may_have_been_taken() => {
            return Err(subject.unknown(&error.to_string()).because(&error).into());
        }
        fate => fate?,
    };
    if sent.state != "sent" {
        return Ok(sent);
    }
    let waiting = Waiting::new(client, subject, begun, limit).await;
    if !quiet {
        output::note(waiting.first());
    }
    while !waiting.is_over() {
        let fate = tokio::select! {
            fate = order.submit(client, waiting.next().max(SOON)) => fate,
            () = &mut interrupt => return Err(waiting.given_up("interrupted").await.into()),
        };
        sent = match fate {
            Ok(sent) => sent,
            // the node had it: whatever it says about asking again, it may become final
            Err(error) => return Err(waiting.given_up(&error.to_string()).await.into()),
        };
        if sent.state == "not-taken" {
            let why = sent.detail.as_deref().unwrap_or("it is not taken again");
            return Err(waiting.given_up(why).await.into());
        }
        if sent.state != "sent" {
            return Ok(sent);
        }
        if !quiet {
            output::note(waiting.remark().await);
        }
    }
    Err(waiting.given_up("--wait was over").await.into())
}
