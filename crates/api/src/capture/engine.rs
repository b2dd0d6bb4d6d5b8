//! Works off capture jobs: parties side by side, each party's jobs begun in the order of their arrival.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::BufReader,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use pangolin_ledger::{
    id::{EventId, PartyId},
    state::EventRecord,
    tx::{self, Body},
};
use pangolin_profiles::capture::Reducer;
use thiserror::Error;
use tokio::sync::{Notify, broadcast, mpsc};

use super::{
    batch::{Batcher, Item},
    job::{Behaviour, EventResult, EventState, Job, JobId, Order, Rejection},
    prepare::{self, Keep, Piece, Plan, Prepared},
    recorded::{self, RecordedError},
    send::{SendError, Sender},
    spool::{Document, Spool, SpoolError},
    store::{JobStore, StoreError},
    survey::{Survey, survey},
    verdict::Refusals,
};
use crate::{
    clock::Clock,
    deps::{SignError, Trade},
    limits::{MAX_RUNNING_JOBS, MAX_RUNNING_JOBS_PER_PARTY},
    own::{Own, OwnError, events::FullEvent},
};

/// Jobs looked at for the next to begin.
const MAX_LOOKAHEAD: usize = 1_000;
/// Events between the thread that reads and the task that sends.
const IN_FLIGHT: usize = 16;
/// Announcements of finished jobs that a slow listener may lag behind.
const ANNOUNCEMENTS: usize = 1_024;

/// A job stopped before its end. It stays open and is taken up again when the node starts.
#[derive(Debug, Error)]
pub enum JobError {
    /// Sending stopped.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The store of jobs failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The document could not be read or removed.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// A recorded event could not be shown.
    #[error(transparent)]
    Recorded(#[from] RecordedError),
    /// A full event could not be kept, or looked up.
    #[error(transparent)]
    Own(#[from] OwnError),
    /// A thread that reads the document ended by itself.
    #[error("reading the document was interrupted")]
    Interrupted,
}

impl JobError {
    /// Whether the node's own storage failed, so that nothing more may be acknowledged.
    const fn is_storage(&self) -> bool {
        matches!(self, Self::Store(_) | Self::Spool(_) | Self::Own(_))
    }
}

/// What the engine is made of.
pub struct Parts {
    /// Jobs.
    pub store: Arc<JobStore>,
    /// Documents.
    pub spool: Arc<Spool>,
    /// Full events that the chain does not get.
    pub own: Arc<Own>,
    /// Signs and sends.
    pub sender: Sender,
    /// Words of the industry.
    pub trade: Arc<dyn Trade>,
    /// Time of day.
    pub clock: Arc<dyn Clock>,
    /// Most events of a document.
    pub max_events: usize,
}

/// The engine. Clones share it.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    parts: Parts,
    running: Mutex<Running>,
    wake: Notify,
    refusals: Refusals,
    finished: broadcast::Sender<JobId>,
    failed: AtomicBool,
    stopping: AtomicBool,
}

#[derive(Default)]
struct Running {
    jobs: BTreeSet<i64>,
    by_party: BTreeMap<PartyId, usize>,
}

impl Engine {
    /// An engine that does nothing until [`Engine::run`].
    pub fn new(parts: Parts) -> Self {
        let (finished, _) = broadcast::channel(ANNOUNCEMENTS);
        let refusals = Refusals::new(parts.sender.chain.clone(), Arc::clone(&parts.store));
        Self(Arc::new(Inner {
            parts,
            running: Mutex::default(),
            wake: Notify::new(),
            refusals,
            finished,
            failed: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
        }))
    }

    /// The store of jobs.
    pub fn store(&self) -> &Arc<JobStore> {
        &self.0.parts.store
    }

    /// The documents.
    pub fn spool(&self) -> &Arc<Spool> {
        &self.0.parts.spool
    }

    /// Whether the node's own storage failed: nothing may be acknowledged any more.
    pub fn has_failed(&self) -> bool {
        self.0.failed.load(Ordering::SeqCst)
    }

    /// Announcements of finished jobs.
    pub fn announcements(&self) -> broadcast::Receiver<JobId> {
        self.0.finished.subscribe()
    }

    /// Writes a job whose document is safe, and begins it when its turn comes.
    pub async fn accept(
        &self,
        id: JobId,
        order: Order,
        document: Document,
    ) -> Result<Job, JobError> {
        let now_ms = self.0.parts.clock.now_ms();
        let created = self
            .blocking(move |parts| parts.store.create(id, &order, &document, now_ms))
            .await;
        if created.is_err() {
            self.0.failed.store(true, Ordering::SeqCst);
        }
        self.0.wake.notify_one();
        created
    }

    /// Runs until [`Engine::stop`].
    pub async fn run(&self) {
        tokio::join!(self.work_off(), self.follow_refusals());
    }

    async fn work_off(&self) {
        while !self.0.stopping.load(Ordering::SeqCst) {
            if let Err(error) = self.begin().await {
                tracing::error!(%error, "capture jobs cannot be read; captures are refused until the node is restarted");
                self.0.failed.store(true, Ordering::SeqCst);
            }
            self.0.wake.notified().await;
        }
    }

    /// Begins no further jobs. Jobs under way end by themselves, or are taken up again at the next start.
    pub fn stop(&self) {
        self.0.stopping.store(true, Ordering::SeqCst);
        self.0.wake.notify_one();
        self.0.refusals.stop();
    }

    async fn follow_refusals(&self) {
        // nobody may be listening
        let ended = |job| drop(self.0.finished.send(job));
        if let Err(error) = self.0.refusals.follow(ended).await {
            tracing::error!(%error, "what became of refused transactions cannot be kept; captures are refused until the node is restarted");
            self.0.failed.store(true, Ordering::SeqCst);
        }
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.0
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    async fn begin(&self) -> Result<(), JobError> {
        let waiting = self
            .blocking(|parts| parts.store.waiting(MAX_LOOKAHEAD))
            .await?;
        for job in waiting {
            let party = job.order.party.clone();
            {
                let mut running = self.running();
                let of_party = running.by_party.get(&party).copied().unwrap_or_default();
                let free =
                    running.jobs.len() < MAX_RUNNING_JOBS && of_party < MAX_RUNNING_JOBS_PER_PARTY;
                if !free || !running.jobs.insert(job.no) {
                    continue;
                }
                running.by_party.insert(party.clone(), of_party + 1);
            }
            let engine = self.clone();
            tokio::spawn(async move {
                engine.work(job).await;
            });
        }
        Ok(())
    }

    async fn work(&self, job: Job) {
        let (no, id, party) = (job.no, job.id, job.order.party.clone());
        match self.job(job).await {
            Ok(()) => {}
            Err(JobError::Send(SendError::Stopping)) => {
                tracing::info!(job = %id, "the job goes on after the next start");
            }
            Err(error) => {
                tracing::error!(job = %id, %error, "the job stopped and goes on after the next start");
                if error.is_storage() {
                    self.0.failed.store(true, Ordering::SeqCst);
                }
            }
        }
        {
            let mut running = self.running();
            running.jobs.remove(&no);
            if let Some(count) = running.by_party.get_mut(&party) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    running.by_party.remove(&party);
                }
            }
        }
        // nobody may be listening
        let _nobody = self.0.finished.send(id);
        self.0.wake.notify_one();
    }

    /// Runs `work` where it may block.
    async fn blocking<T: Send + 'static, E: Into<JobError> + Send + 'static>(
        &self,
        work: impl FnOnce(&Parts) -> Result<T, E> + Send + 'static,
    ) -> Result<T, JobError> {
        let inner = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || work(&inner.parts)).await;
        done.map_err(|_| JobError::Interrupted)?.map_err(Into::into)
    }

    async fn job(&self, job: Job) -> Result<(), JobError> {
        let no = job.no;
        let done = self
            .blocking(move |parts| {
                let started = parts.store.start(no)?;
                started.then(|| parts.store.done(no)).transpose()
            })
            .await?;
        let Some(done) = done else {
            // it was listed as waiting, and worked off before its turn came
            return Ok(());
        };
        let done: BTreeSet<u64> = done.into_iter().collect();
        let path = self.0.parts.spool.path(&job.id);
        let (mode, max_events) = (job.order.mode, self.0.parts.max_events);
        let read = path.clone();
        let surveyed = self
            .blocking(move |_| Ok::<_, SpoolError>(survey(open(&read)?, mode, max_events)))
            .await?;
        let (events, defects) = (surveyed.events, surveyed.defects.clone());
        self.blocking(move |parts| parts.store.surveyed(no, events, &defects))
            .await?;
        let greedy = job.order.behaviour == Some(Behaviour::Proceed);
        let refused = surveyed.is_refused(job.order.behaviour);
        if refused || surveyed.fatal.is_some() {
            let rejection = *surveyed.rejection();
            self.blocking(move |parts| parts.store.failures(no, &[rejection]))
                .await?;
        }
        if !refused || greedy {
            self.capture(&job, path, surveyed, done).await?;
        }
        let now_ms = self.0.parts.clock.now_ms();
        let id = job.id;
        self.blocking(move |parts| {
            parts.store.finish(no, now_ms)?;
            parts.spool.remove(&id).map_err(JobError::from)
        })
        .await
    }

    async fn capture(
        &self,
        job: &Job,
        path: PathBuf,
        surveyed: Survey,
        done: BTreeSet<u64>,
    ) -> Result<(), JobError> {
        let secret = match self.0.parts.sender.signer.salts(&job.order.party) {
            Ok(secret) => secret,
            Err(error) => {
                let (no, rejection) = (job.no, unsigned(&error));
                return self
                    .blocking(move |parts| parts.store.failures(no, &[*rejection]))
                    .await;
            }
        };
        let (sender, mut receiver) = mpsc::channel::<Prepared>(IN_FLIGHT);
        let (mode, max_events, trade) = (
            job.order.mode,
            self.0.parts.max_events,
            Arc::clone(&self.0.parts.trade),
        );
        let header = surveyed.header.clone();
        let (own, order) = (Arc::clone(&self.0.parts.own), job.order.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let input = open(&path)?;
            let (lexicon, header) = (trade.lexicon(), &header);
            let plan = Plan {
                mode,
                max_events,
                header,
                lexicon,
                keep: Keep {
                    party: &order.party,
                    secret: &secret,
                    placement: order.placement,
                    own: &own,
                },
                done: &done,
            };
            prepare::prepare(input, &plan, |prepared| {
                sender.blocking_send(prepared).is_ok()
            })?;
            Ok::<_, JobError>(())
        });
        let mut course = Course::new(self, job, &surveyed);
        let mut outcome = Ok(());
        while let Some(prepared) = receiver.recv().await {
            outcome = course.event(prepared).await;
            if outcome.is_err() {
                break;
            }
        }
        // a reader that still has something to hand out ends when nobody takes it
        drop(receiver);
        reading.await.map_err(|_| JobError::Interrupted)??;
        outcome?;
        course.end().await
    }
}

fn open(path: &PathBuf) -> Result<BufReader<File>, SpoolError> {
    let file = File::open(path).map_err(|source| SpoolError::Disk {
        what: "opening a document",
        source,
    })?;
    Ok(BufReader::with_capacity(256 * 1024, file))
}

fn unsigned(error: &SignError) -> Box<Rejection> {
    let remedy = "have the key of this node registered on the chain as an agent key of the party";
    Rejection::new(error.code(), error.to_string(), remedy)
}

/// The course of one job through its events.
struct Course<'a> {
    engine: &'a Engine,
    job: &'a Job,
    surveyed: &'a Survey,
    batcher: Batcher,
    /// Whether everything must still go into one transaction.
    whole: bool,
    /// Whether what did not fit was refused.
    refused: bool,
    rejected: Vec<EventResult>,
}

impl<'a> Course<'a> {
    fn new(engine: &'a Engine, job: &'a Job, surveyed: &'a Survey) -> Self {
        let whole = job.behaviour == Behaviour::Rollback;
        Self {
            engine,
            job,
            surveyed,
            batcher: Batcher::default(),
            whole,
            refused: false,
            rejected: Vec::new(),
        }
    }

    async fn event(&mut self, prepared: Prepared) -> Result<(), JobError> {
        if self.refused {
            return Ok(());
        }
        let Prepared { index, id, piece } = prepared;
        match piece {
            Err(rejection) => {
                self.rejected.push(EventResult {
                    index,
                    id,
                    state: EventState::Rejected(rejection),
                });
                if self.whole {
                    Ok(())
                } else {
                    self.keep_rejected().await
                }
            }
            Ok(Piece::Event { event, size, full }) => {
                self.item(Item {
                    index,
                    event: *event,
                    size,
                    full,
                })
                .await
            }
            Ok(Piece::Declaration(event)) => {
                // a declaration is a transaction of its own: alone in its document it is all or nothing by itself
                if self.whole && self.surveyed.events > 1 && !self.divide().await? {
                    return Ok(());
                }
                self.flush().await?;
                let result = self.declare(index, &event).await?;
                self.keep(vec![result]).await
            }
        }
    }

    async fn item(&mut self, item: Item) -> Result<(), JobError> {
        if self.whole && !self.batcher.fits(&item) && !self.divide().await? {
            return Ok(());
        }
        match self.batcher.push(item) {
            Some(full) => self.send(full).await,
            None => Ok(()),
        }
    }

    /// The document does not fit into one transaction: goes on greedily unless the sender demanded all or nothing.
    async fn divide(&mut self) -> Result<bool, JobError> {
        let no = self.job.no;
        if self.job.order.behaviour == Some(Behaviour::Rollback) {
            self.refused = true;
            self.batcher.take();
            self.rejected.clear();
            let rejection = *Rejection::new(
                "too-large-for-rollback",
                "all or nothing is possible for what fits into one transaction; this document does not",
                "send it with GS1-Capture-Error-Behaviour: proceed, or divide it",
            );
            self.engine
                .blocking(move |parts| parts.store.failures(no, &[rejection]))
                .await?;
            return Ok(false);
        }
        self.whole = false;
        self.engine
            .blocking(move |parts| parts.store.behave(no, Behaviour::Proceed))
            .await?;
        self.keep_rejected().await?;
        Ok(true)
    }

    /// Sends a batch. The chain gets no commitment before the events behind it are on this node's disk.
    async fn send(&mut self, mut batch: Vec<Item>) -> Result<(), JobError> {
        let mut results = self.take_known(&mut batch).await?;
        let full = batch.iter_mut().filter_map(|item| item.full.take());
        let full: Vec<FullEvent> = full.map(|full| *full).collect();
        if !full.is_empty() {
            let keep = move |parts: &Parts| parts.own.events.keep(&full, parts.clock.now_ms());
            self.engine.blocking(keep).await?;
        }
        let sender = &self.engine.0.parts.sender;
        let sent = sender.events(&self.job.order.party, batch, self.whole);
        results.extend(sent.await?);
        self.keep(results).await
    }

    /// Takes out events that the chain has in full already: they are not recorded again under another identity.
    async fn take_known(&self, batch: &mut Vec<Item>) -> Result<Vec<EventResult>, JobError> {
        let mut known = Vec::new();
        let mut rest = Vec::with_capacity(batch.len());
        for item in batch.drain(..) {
            let Some(full) = &item.full else {
                rest.push(item);
                continue;
            };
            let (chain, id) = (&self.engine.0.parts.sender.chain, full.hash);
            let status = recorded::status(chain, &id).await;
            match recorded::outcome(&status.map_err(SendError::from)?.value) {
                Some(state) => known.push(EventResult {
                    index: item.index,
                    id: Some(id),
                    state,
                }),
                None => rest.push(item),
            }
        }
        *batch = rest;
        Ok(known)
    }

    async fn flush(&mut self) -> Result<(), JobError> {
        match self.batcher.take() {
            Some(batch) => self.send(batch).await,
            None => Ok(()),
        }
    }

    async fn keep(&self, results: Vec<EventResult>) -> Result<(), JobError> {
        let no = self.job.no;
        let open = results
            .iter()
            .any(|result| matches!(&result.state, EventState::Rejected(why) if why.open.is_some()));
        self.engine
            .blocking(move |parts| parts.store.results(no, &results))
            .await?;
        if open {
            self.engine.0.refusals.news();
        }
        Ok(())
    }

    async fn keep_rejected(&mut self) -> Result<(), JobError> {
        let rejected = std::mem::take(&mut self.rejected);
        if rejected.is_empty() {
            Ok(())
        } else {
            self.keep(rejected).await
        }
    }

    /// What the chain has of the event with an event hash, and under which identity: its hash, or the one that it got when it was
    /// kept here.
    async fn declared(
        &self,
        hash: EventId,
    ) -> Result<(EventId, Option<(EventRecord, tx::Event)>), JobError> {
        let parts = &self.engine.0.parts;
        let id = self.known_as(hash).await?;
        let found = recorded::reduced(&parts.sender.chain, &id).await?;
        if found.is_some() || id != hash {
            return Ok((id, found));
        }
        // where what was kept is lost, the party's key still says under which identity it was recorded
        let Ok(secret) = parts.sender.signer.salts(&self.job.order.party) else {
            return Ok((id, None));
        };
        let kept = secret.identity(&hash);
        let found = recorded::reduced(&parts.sender.chain, &kept).await?;
        Ok(if found.is_some() {
            (kept, found)
        } else {
            (id, None)
        })
    }

    /// The identity on the chain of an event of the party, by its event hash.
    async fn known_as(&self, hash: EventId) -> Result<EventId, JobError> {
        let party = self.job.order.party.clone();
        let known = move |parts: &Parts| parts.own.events.identity(&party, &hash);
        Ok(self.engine.blocking(known).await?.unwrap_or(hash))
    }

    /// Declares an earlier event in error.
    async fn declare(
        &self,
        index: u64,
        event: &pangolin_epcis::Event,
    ) -> Result<EventResult, JobError> {
        let parts = &self.engine.0.parts;
        let reducer = Reducer::of_document(parts.trade.lexicon(), &self.surveyed.header);
        let (id, found) = self.declared(reducer.event_id(event)).await?;
        let rejected = |rejection| EventResult {
            index,
            id: Some(id),
            state: EventState::Rejected(rejection),
        };
        let Some((record, recorded)) = found else {
            return Ok(rejected(Rejection::new(
                "event-unknown",
                "the event that is declared in error is not recorded",
                "repeat the event in error exactly as it was recorded",
            )));
        };
        let correction = match reducer.correction(event, id, recorded) {
            Ok(mut correction) => {
                for corrective in &mut correction.correctives {
                    *corrective = self.known_as(*corrective).await?;
                }
                correction
            }
            Err(defects) => {
                let index = usize::try_from(index).unwrap_or(usize::MAX);
                return Ok(rejected(prepare::rejection(index, &defects)));
            }
        };
        let sent = parts
            .sender
            .single(
                &self.job.order.party,
                Body::Correction(Box::new(correction)),
            )
            .await?;
        let state = match sent {
            Ok((tx, height)) => EventState::Captured { tx, height },
            Err(rejection)
                if rejection.code == pangolin_ledger::report::reasons::ALREADY_CORRECTED.code =>
            {
                EventState::Known {
                    height: record.height.0,
                }
            }
            Err(rejection) => EventState::Rejected(rejection),
        };
        Ok(EventResult {
            index,
            id: Some(id),
            state,
        })
    }

    async fn end(mut self) -> Result<(), JobError> {
        if self.refused {
            return Ok(());
        }
        if self.whole && !self.rejected.is_empty() {
            // one event is refused already: the others are not sent
            let rest = self.batcher.take().unwrap_or_default();
            let why = Rejection::new(
                "rolled-back",
                "another event of the document was refused",
                "correct that event and send the document again, or ask for GS1-Capture-Error-Behaviour: proceed",
            );
            self.rejected.extend(rest.iter().map(|item| EventResult {
                index: item.index,
                id: Some(item.event.id),
                state: EventState::Rejected(why.clone()),
            }));
            return self.keep_rejected().await;
        }
        self.keep_rejected().await?;
        self.flush().await
    }
}
