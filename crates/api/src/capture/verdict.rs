//! Refusals followed until they are the last word.
//!
//! A rule refuses a transaction in the state of a moment. Other validators may have it, and whoever of them proposes later takes it if its
//! obstacle is gone by then. Only when its validity has ended is a refusal one for good; until then it is *open*.
//!
//! Open refusals are in the store of jobs, so that what finds no place among those that are followed, or is under way when the node ends, is
//! followed later. Steps of `settled`: ask the chain to be told → look in the state whether it is recorded → wait until something is told or its validity
//! ends, and begin again. What became of it is written for all events of the transaction at once.

use std::{
    collections::BTreeSet,
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use pangolin_chain::{
    handle::{Handle, ProveError},
    pool::Fate,
};
use pangolin_ledger::report::Receipt;
use tokio::{sync::Notify, task::JoinSet};

use super::{
    job::{EventResult, EventState, JobId, Open},
    recorded, send,
    store::{JobStore, OpenRefusal, StoreError},
};
use crate::{
    limits::{MAX_FOLLOWED_REFUSALS, VERDICT_LOOK},
    state::StateError,
};

/// Longest pause after a state that could not be read.
const PAUSE: Duration = Duration::from_secs(10);

/// Follows open refusals.
pub(super) struct Refusals {
    chain: Handle,
    store: Arc<JobStore>,
    news: Notify,
    stopping: AtomicBool,
}

impl Refusals {
    pub(super) fn new(chain: Handle, store: Arc<JobStore>) -> Self {
        Self {
            chain,
            store,
            news: Notify::new(),
            stopping: AtomicBool::new(false),
        }
    }

    /// Another one is in the store.
    pub(super) fn news(&self) {
        self.news.notify_one();
    }

    /// Follows none any more.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.news();
    }

    /// Follows open refusals side by side, those first that end first, until it is stopped; `ended` learns of each job to which one belonged
    /// that ended.
    pub(super) async fn follow(&self, ended: impl Fn(JobId)) -> Result<(), StoreError> {
        let mut followed = BTreeSet::new();
        let mut under_way = JoinSet::new();
        while !self.stopping.load(Ordering::SeqCst) {
            let store = Arc::clone(&self.store);
            // none is found where no place is free
            let limit = if followed.len() < MAX_FOLLOWED_REFUSALS {
                MAX_FOLLOWED_REFUSALS
            } else {
                0
            };
            let open = blocking(move || store.open_refusals(limit)).await?;
            for refusal in open {
                if followed.len() < MAX_FOLLOWED_REFUSALS && followed.insert(refusal) {
                    let (chain, store) = (self.chain.clone(), Arc::clone(&self.store));
                    under_way
                        .spawn(async move { (refusal, settled(&chain, &store, refusal).await) });
                }
            }
            tokio::select! {
                () = self.news.notified() => {}
                Some(done) = under_way.join_next() => {
                    let (refusal, job) = done.unwrap_or_else(|panicked| resume_unwind(panicked.into_panic()));
                    followed.remove(&refusal);
                    job?.map(&ended);
                }
            }
        }
        Ok(())
    }
}

/// Follows an open refusal to its end and writes what became of it; the job, if it is there.
async fn settled(
    chain: &Handle,
    store: &Arc<JobStore>,
    refusal: OpenRefusal,
) -> Result<Option<JobId>, StoreError> {
    let Open { tx, until } = refusal.open;
    loop {
        // asked before it is looked up, so that nothing is missed in between
        let fate = chain.watch(tx);
        let events = {
            let store = Arc::clone(store);
            blocking(move || store.refused(&refusal)).await?
        };
        let known = match recorded::done_by(chain, tx, &events).await {
            Ok(found) => found,
            Err(error) => {
                if !matches!(error, StateError::Chain(ProveError::Moving)) {
                    tracing::warn!(%error, %tx, "not known whether a refused transaction was taken after all; asked again");
                    tokio::time::sleep(PAUSE).await;
                }
                continue;
            }
        };
        // no block above this height takes it
        if !known.value.is_empty() || known.height >= until || events.is_empty() {
            return settle(store, refusal, known.value).await;
        }
        tokio::select! {
            fate = fate => {
                if let Ok(Fate::Final { height, receipt }) = fate {
                    return settle(store, refusal, by_receipt(&events, height, &receipt)).await;
                }
                // refused once more, or the node is about to stop
                tokio::time::sleep(VERDICT_LOOK).await;
            }
            () = passed(chain, until) => {}
        }
    }
}

async fn passed(chain: &Handle, until: u64) {
    while chain.status().height < until {
        tokio::time::sleep(VERDICT_LOOK).await;
    }
}

/// What a receipt says of events that were refused before; a declaration that an event was in error has no events of its own.
fn by_receipt(events: &[EventResult], height: u64, receipt: &Receipt) -> Vec<EventResult> {
    let tx = receipt.tx;
    let done = events.iter().filter_map(|event| {
        let found = receipt.events.iter().find(|of| Some(of.id) == event.id);
        let state = match found {
            Some(found) => send::outcome(tx, height, &found.outcome),
            None if receipt.events.is_empty() => EventState::Captured { tx, height },
            None => return None,
        };
        Some(EventResult {
            state,
            ..event.clone()
        })
    });
    done.collect()
}

async fn settle(
    store: &Arc<JobStore>,
    refusal: OpenRefusal,
    done: Vec<EventResult>,
) -> Result<Option<JobId>, StoreError> {
    let store = Arc::clone(store);
    blocking(move || store.settle(&refusal, &done)).await
}

/// Works where that may block.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|panicked| resume_unwind(panicked.into_panic()))
}
