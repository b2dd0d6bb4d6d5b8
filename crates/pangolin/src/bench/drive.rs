//! Handing transactions in, and what became of them.

use anyhow::{Context as _, Result};
use bytes::{Bytes, BytesMut};
use pangolin_client::{Client, ClientError};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::{figures::Durations, load::Load};

/// Longest wait for the fate of what was sent.
const WAIT: Duration = Duration::from_secs(30);
/// Pause of a client that was told to come back; each time in a row twice as long.
const PAUSE: Duration = Duration::from_millis(50);
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What became of a load.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    /// Transactions in final blocks.
    pub(super) finals: u64,
    /// Events in them.
    pub(super) events: u64,
    /// Serial references in them.
    pub(super) references: u64,
    /// Times a node told a client to come back.
    pub(super) told_to_wait: u64,
    /// Transactions that became neither final nor were told to come back, with the first reason.
    pub(super) failed: u64,
    /// Why the first of them failed.
    pub(super) failure: Option<String>,
    /// From sending to the answer, per request.
    pub(super) durations: Durations,
    /// From the first request to the last answer.
    pub(super) took: Duration,
}

impl Outcome {
    fn join(&mut self, other: Self) {
        self.finals += other.finals;
        self.events += other.events;
        self.references += other.references;
        self.told_to_wait += other.told_to_wait;
        self.failed += other.failed;
        self.failure = self.failure.take().or(other.failure);
        self.durations.extend(other.durations);
    }

    /// Fails when a transaction did.
    pub(super) fn all_final(self) -> Result<Self> {
        anyhow::ensure!(
            self.failed == 0,
            "{} transactions did not become final; the first: {}",
            self.failed,
            self.failure.as_deref().unwrap_or("unknown")
        );
        Ok(self)
    }
}

/// How a load is sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// Requests under way at each node.
    pub(super) requests: usize,
    /// Most transactions in one request.
    pub(super) batch: usize,
    /// Most bytes in one request.
    pub(super) batch_bytes: usize,
}

/// Sends transactions that build on each other to one node, in order and without waiting for each; then makes sure that
/// all are final. The time ends when the last one is; `at_end` is called then, before the others are asked about.
pub(super) async fn send_in_order(
    client: &Client,
    load: &[Load],
    way: Way,
    mut at_end: impl FnMut(),
) -> Result<Outcome> {
    let begun = Instant::now();
    let mut told_to_wait = 0;
    let batches = batches(load, way);
    for batch in &batches {
        let mut open: &[Load] = batch;
        while !open.is_empty() {
            let taken = hand_in(client, open).await?;
            open = open.get(taken..).unwrap_or_default();
            if !open.is_empty() {
                told_to_wait += open.len() as u64;
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    let mut outcome = Outcome::default();
    for (i, batch) in batches.iter().enumerate().rev() {
        // handed in again, a transaction is answered with its fate
        let mut open = batch.to_vec();
        while !open.is_empty() {
            open = once(client, open, &mut outcome).await;
        }
        if i + 1 == batches.len() {
            outcome.took = begun.elapsed();
            at_end();
        }
    }
    outcome.told_to_wait = told_to_wait;
    Ok(outcome)
}

fn batches(load: &[Load], way: Way) -> Vec<&[Load]> {
    let mut out = Vec::new();
    let mut rest = load;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = |one: &&Load| {
            bytes += one.bytes.len();
            bytes <= way.batch_bytes
        };
        let count = rest.iter().take(way.batch).take_while(fits).count().max(1);
        let (batch, more) = rest.split_at(count);
        out.push(batch);
        rest = more;
    }
    out
}

/// Hands transactions in without waiting; how many of the first ones were taken.
async fn hand_in(client: &Client, batch: &[Load]) -> Result<usize> {
    match client.submit(join(batch), Duration::ZERO).await {
        Ok(fates) => Ok(fates
            .iter()
            .position(|fate| fate.state == "not-taken")
            .unwrap_or(batch.len())),
        Err(error) if comes_back(&error) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

type Queue = Arc<Mutex<VecDeque<Vec<Load>>>>;

/// Sends everything, each transaction to its home, in order, and waits for all fates.
pub(super) async fn send(clients: &[Client], load: Vec<Load>, way: Way) -> Result<Outcome> {
    let mut queues: Vec<VecDeque<Vec<Load>>> = vec![VecDeque::new(); clients.len()];
    for one in load {
        let queue = queues
            .get_mut(one.home % clients.len())
            .context("as many queues as nodes")?;
        let size = |batch: &Vec<Load>| batch.iter().map(|load| load.bytes.len()).sum::<usize>();
        match queue.back_mut() {
            Some(last)
                if last.len() < way.batch && size(last) + one.bytes.len() <= way.batch_bytes =>
            {
                last.push(one);
            }
            _ => queue.push_back(vec![one]),
        }
    }
    let begun = Instant::now();
    let mut workers = Vec::new();
    for (client, queue) in clients.iter().zip(queues) {
        let queue: Queue = Arc::new(Mutex::new(queue));
        for _ in 0..way.requests {
            workers.push(tokio::spawn(work(client.clone(), queue.clone())));
        }
    }
    let mut outcome = Outcome::default();
    for worker in workers {
        outcome.join(worker.await.context("a client stopped")?);
    }
    outcome.took = begun.elapsed();
    Ok(outcome)
}

async fn work(client: Client, queue: Queue) -> Outcome {
    let mut outcome = Outcome::default();
    loop {
        let next = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        let Some(mut batch) = next else {
            return outcome;
        };
        let mut pause = PAUSE;
        while !batch.is_empty() {
            let before = batch.len();
            batch = once(&client, batch, &mut outcome).await;
            if !batch.is_empty() {
                tokio::time::sleep(pause).await;
            }
            pause = if batch.len() < before {
                PAUSE
            } else {
                LONGEST_PAUSE.min(pause * 2)
            };
        }
    }
}

/// Sends a batch; what has to be sent again is returned.
async fn once(client: &Client, batch: Vec<Load>, outcome: &mut Outcome) -> Vec<Load> {
    let sent = Instant::now();
    let answer = client.submit(join(&batch), WAIT).await;
    outcome.durations.push(sent.elapsed());
    let fates = match answer {
        Ok(fates) => fates,
        Err(error) if comes_back(&error) => {
            outcome.told_to_wait += batch.len() as u64;
            return batch;
        }
        Err(error) => {
            outcome.failed += batch.len() as u64;
            outcome.failure.get_or_insert_with(|| error.to_string());
            return Vec::new();
        }
    };
    let mut again = Vec::new();
    for (load, fate) in batch.into_iter().zip(fates) {
        match (fate.state.as_str(), fate.code.as_deref()) {
            ("final", _) | ("refused", Some("already-recorded")) => {
                outcome.finals += 1;
                outcome.events += load.events;
                outcome.references += load.references;
            }
            ("not-taken", Some("queue-full" | "party-queue-full")) => {
                outcome.told_to_wait += 1;
                again.push(load);
            }
            // still on its way when the wait ended: asked for again
            ("sent", _) => again.push(load),
            (state, code) => {
                outcome.failed += 1;
                let why = format!(
                    "{state} {} {}",
                    code.unwrap_or_default(),
                    fate.detail.unwrap_or_default()
                );
                outcome.failure.get_or_insert(why);
            }
        }
    }
    again
}

fn comes_back(error: &ClientError) -> bool {
    matches!(error.status(), Some(429 | 503))
}

fn join(batch: &[Load]) -> Bytes {
    let mut body = BytesMut::with_capacity(batch.iter().map(|load| load.bytes.len()).sum());
    for load in batch {
        body.extend_from_slice(&load.bytes);
    }
    body.freeze()
}
