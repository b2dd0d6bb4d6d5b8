//! Carrying, between each two of the chains that are known here, in both directions, all at the same time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures::{
    StreamExt as _,
    future::{BoxFuture, FutureExt as _},
    stream::FuturesUnordered,
};
use pangolin_ledger::{
    ChainId, Digest32, Height, Item, Key, Machine, Wire as _, evidence,
    hash::sha256,
    state::{InboxEntry, Object, OutboxEntry, OutboxKind, Settlement, keys},
};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    board::Board,
    clock::{Clock, Wall},
    contents::Contents,
    draft::{Drafter, Expected, LeftOut},
    lane::{Lane, Stage, pause},
    limits::{ARRIVALS, LOOKED_AT, OUTCOMES, WINDOW},
    notices,
    port::{Fate, PortError, Ports},
    pulse::{self, Other, Pulse, Pulses},
    records,
};

/// How often chains are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Time between two questions to one chain.
    pub poll: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            poll: Duration::from_millis(50),
        }
    }
}

/// Longest time between two looks at a direction in which nothing happens.
const IDLE: Duration = Duration::from_secs(1);

/// Carries messages between chains.
#[derive(Debug)]
pub struct Relay {
    drafter: Drafter,
    board: Arc<Board>,
    settings: Settings,
}

/// From which chain to which.
type Way = (ChainId, ChainId);

/// What a piece of work brought about.
enum Landed {
    Looked(Vec<u64>, Result<Vec<(u64, Looked)>, PortError>),
    Arrived(Vec<u64>, Result<Delivered, PortError>),
    Settled(Vec<u64>, Result<Delivered, PortError>),
    Noticed(Result<u64, PortError>),
    Recorded(Result<u64, PortError>),
}

/// How a lock stands.
enum Looked {
    /// Settled, or no lock.
    Done,
    /// To be brought to the other chain.
    Arrive(Box<OutboxEntry>),
    /// To be settled at home.
    Settle,
}

/// What became of the messages of a delivery.
#[derive(Default)]
struct Delivered {
    done: BTreeSet<u64>,
    /// Somebody else was first.
    known: BTreeSet<u64>,
    failed: BTreeMap<u64, (String, String)>,
}

impl Relay {
    /// A carrier between the chains of `ports` whose rules `machine` knows.
    pub fn new(machine: Machine, ports: Ports, settings: Settings) -> Self {
        Self::with_clock(machine, ports, settings, Arc::new(Wall::default()))
    }

    /// The same, in another time.
    pub fn with_clock(
        machine: Machine,
        ports: Ports,
        settings: Settings,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let board = Arc::new(Board::new(&ports, clock));
        Self {
            drafter: Drafter::new(machine, Arc::new(ports)),
            board,
            settings,
        }
    }

    /// How it goes.
    pub fn board(&self) -> Arc<Board> {
        self.board.clone()
    }

    /// Carries until it is dropped.
    pub async fn run(self: Arc<Self>) {
        let mut work: JoinSet<()> = self.parts().into_iter().collect();
        while let Some(ended) = work.join_next().await {
            if let Err(error) = ended {
                tracing::error!("a part of the relay ended: {error}");
            }
        }
    }

    /// What goes on at the same time while it carries: the pulse of each chain, bringing in at each, and each direction. Whoever runs
    /// all of them runs the relay.
    pub fn parts(self: &Arc<Self>) -> Vec<BoxFuture<'static, ()>> {
        let mut parts = Vec::new();
        let mut pulses: BTreeMap<ChainId, Pulses> = BTreeMap::new();
        let chains: Vec<ChainId> = self.drafter.ports().keys().copied().collect();
        for (chain, port) in self.drafter.ports() {
            let others = chains.iter().copied().filter(|other| other != chain);
            let (tell, hear) = watch::channel(None);
            let (port, board, poll) = (port.clone(), self.board.clone(), self.settings.poll);
            parts.push(pulse::take(port, others.collect(), poll, board, tell).boxed());
            pulses.insert(*chain, hear);
        }
        for (from, source) in &pulses {
            let contents = Contents {
                at: *from,
                drafter: self.drafter.clone(),
                board: self.board.clone(),
                pulses: source.clone(),
            };
            parts.push(contents.run().boxed());
            for (to, destination) in pulses.iter().filter(|(to, _)| *to != from) {
                let carrying = Carrying {
                    relay: self.clone(),
                    way: (*from, *to),
                    lane: Lane::default(),
                    flights: FuturesUnordered::new(),
                    under_way: UnderWay::default(),
                    notices_after: Duration::ZERO,
                    noticed_at: None,
                    records_after: Duration::ZERO,
                    recorded_at: None,
                };
                parts.push(carrying.run(source.clone(), destination.clone()).boxed());
            }
        }
        parts
    }

    /// How locks stand, as both ledgers say.
    async fn look(&self, (from, to): Way, seqs: &[u64]) -> Result<Vec<(u64, Looked)>, PortError> {
        let wrong = |error| PortError::record(&error);
        let (source, destination) = (self.drafter.port(&from)?, self.drafter.port(&to)?);
        let at_home = seqs
            .iter()
            .flat_map(|seq| [keys::outbox(&to, *seq), keys::settlement(&to, *seq)]);
        let there = seqs.iter().map(|seq| keys::inbox(&from, *seq));
        let (home, there) = futures::try_join!(
            source.read(at_home.collect()),
            destination.read(there.collect())
        )?;
        let mut found = Vec::with_capacity(seqs.len());
        for seq in seqs {
            let entry: Option<OutboxEntry> = home.get(&keys::outbox(&to, *seq)).map_err(wrong)?;
            let settled: Option<Settlement> =
                home.get(&keys::settlement(&to, *seq)).map_err(wrong)?;
            let decided: Option<InboxEntry> =
                there.get(&keys::inbox(&from, *seq)).map_err(wrong)?;
            // what is not written yet is looked at again
            let Some(entry) = entry else { continue };
            let looked = match (&entry.kind, settled, decided) {
                (OutboxKind::Lock { .. }, None, Some(_)) => Looked::Settle,
                (OutboxKind::Lock { until, .. }, None, None) if there.time > *until => {
                    Looked::Settle
                }
                (OutboxKind::Lock { .. }, None, None) => Looked::Arrive(Box::new(entry)),
                _ => Looked::Done,
            };
            found.push((*seq, looked));
        }
        Ok(found)
    }

    /// Brings locked objects to the other chain.
    async fn arrive(
        &self,
        (from, to): Way,
        locks: Vec<(u64, OutboxEntry)>,
    ) -> Result<Delivered, PortError> {
        let mut delivered = Delivered::default();
        let records = locks.iter().map(|(_, entry)| keys::object(&entry.object));
        let view = self.drafter.port(&from)?.read(records.collect()).await?;
        let mut expected: BTreeSet<Key> = BTreeSet::new();
        let (mut seqs, mut items) = (Vec::new(), Vec::new());
        for (seq, entry) in &locks {
            let key = keys::object(&entry.object);
            let object: Option<Object> =
                view.get(&key).map_err(|error| PortError::record(&error))?;
            let Some(object) = object.map(|object| object.travelling()) else {
                continue;
            };
            let record = object.to_bytes();
            if Digest32(sha256(&[&record])) != entry.record {
                let message = "the object's record is not the one that was locked".to_owned();
                delivered
                    .failed
                    .insert(*seq, ("record-changed".to_owned(), message));
                continue;
            }
            expected.insert(keys::outbox(&to, *seq));
            expected.extend(evidence::beside(&entry.object, &object));
            items.push(Item::Arrival { seq: *seq, record });
            seqs.push(*seq);
        }
        let expected = BTreeMap::from([(from, expected.into_iter().collect())]);
        self.deliver(to, from, &seqs, items, expected, delivered)
            .await
    }

    /// Tells at home what became of locks.
    async fn settle(&self, (from, to): Way, seqs: Vec<u64>) -> Result<Delivered, PortError> {
        let items = seqs.iter().map(|seq| Item::Outcome { seq: *seq }).collect();
        let inbox = seqs.iter().map(|seq| keys::inbox(&from, *seq)).collect();
        let expected = BTreeMap::from([(to, inbox)]);
        self.deliver(from, to, &seqs, items, expected, Delivered::default())
            .await
    }

    /// Delivers messages of chain `of` at chain `at`, of which the n-th is about `seqs[n]`.
    async fn deliver(
        &self,
        at: ChainId,
        of: ChainId,
        seqs: &[u64],
        items: Vec<Item>,
        expected: Expected,
        mut delivered: Delivered,
    ) -> Result<Delivered, PortError> {
        if items.is_empty() {
            return Ok(delivered);
        }
        let (draft, left_out) = self.drafter.draft(&at, &of, items, expected).await?;
        for left in left_out {
            delivered.leaves_out(seqs, left);
        }
        let Some(draft) = draft else {
            return Ok(delivered);
        };
        let carried = draft
            .items
            .iter()
            .filter_map(|item| seqs.get(*item))
            .copied();
        match self.drafter.port(&at)?.submit(&draft.tx).await? {
            Fate::Final => delivered.done.extend(carried),
            // another carrier was first with at least one of them: how the others stand is looked up
            Fate::Refused { code, .. } if code == "already-recorded" => {
                delivered.known.extend(carried);
            }
            Fate::Refused { code, message, .. } => {
                delivered
                    .failed
                    .extend(carried.map(|seq| (seq, (code.clone(), message.clone()))));
            }
            Fate::Unknown => {
                let why = (
                    "not-final".to_owned(),
                    "the delivery is not final yet".to_owned(),
                );
                delivered
                    .failed
                    .extend(carried.map(|seq| (seq, why.clone())));
            }
        }
        Ok(delivered)
    }
}

impl Delivered {
    fn leaves_out(&mut self, seqs: &[u64], left: LeftOut) {
        let Some(seq) = seqs.get(left.item) else {
            return;
        };
        if left.is_known() {
            self.known.insert(*seq);
        } else {
            self.failed.insert(*seq, (left.code, left.message));
        }
    }
}

/// Pieces of work of each kind under way.
#[derive(Debug, Default)]
struct UnderWay {
    looks: usize,
    arrivals: usize,
    settlements: usize,
    notices: usize,
    records: usize,
}

/// One direction.
struct Carrying {
    relay: Arc<Relay>,
    way: Way,
    lane: Lane,
    flights: FuturesUnordered<BoxFuture<'static, Landed>>,
    under_way: UnderWay,
    /// When notices are tried again after a failure.
    notices_after: Duration,
    /// Height of the destination at which notices were sent: until it is higher, what it knows is not seen here.
    noticed_at: Option<Height>,
    /// When records of a registry are tried again after a failure.
    records_after: Duration,
    /// Height of the destination at which records were sent.
    recorded_at: Option<Height>,
}

impl Carrying {
    fn now(&self) -> Duration {
        self.relay.board.now()
    }

    async fn run(mut self, mut source: Pulses, mut destination: Pulses) {
        loop {
            // what is due already goes on when something else happens: until then there is nothing to wake up for
            let now = self.now();
            let awakes = self.lane.awakes().filter(|awakes| *awakes > now);
            let pause = awakes.map_or(IDLE, |awakes| awakes.saturating_sub(now).min(IDLE));
            tokio::select! {
                // always in the same order: what is ready decides, not chance
                biased;
                changed = source.changed() => if changed.is_err() { return },
                changed = destination.changed() => if changed.is_err() { return },
                Some(landed) = self.flights.next(), if !self.flights.is_empty() => self.land(landed),
                () = self.relay.board.sleep(pause) => {}
            }
            // one after the other: two of these locks at once, and tasks that take them the other way round wait for ever
            let home = source.borrow().clone();
            let there = destination.borrow().clone();
            let state = match (&home, &there) {
                (Some(home), Some(there)) => self.go_on(home, there),
                _ => "a chain is out of reach",
            };
            self.relay
                .board
                .lane(self.way, state, &self.lane, self.now());
            // chains that answer at once must not keep the others from being asked
            tokio::task::consume_budget().await;
        }
    }

    /// Starts what can be started; returns how this direction stands, in words.
    fn go_on(&mut self, home: &Pulse, there: &Pulse) -> &'static str {
        let (from, to) = self.way;
        let (Some(out), Some(known)) = (home.others.get(&to), there.others.get(&from)) else {
            return "not known";
        };
        self.lane.grown(out.next_out, self.now());
        let state = match (&out.record, &known.record) {
            (None, _) => "the source does not know the destination",
            (_, None) => "the destination does not know the source",
            (Some(out), Some(known)) if out.suspended.is_some() || known.suspended.is_some() => {
                "one has suspended the other"
            }
            _ => "carrying",
        };
        if known
            .record
            .as_ref()
            .is_some_and(|record| record.suspended.is_none())
            && self.under_way.notices == 0
            && self.now() >= self.notices_after
            && self.noticed_at.is_none_or(|at| there.height > at)
            && notices::is_due(home, known)
        {
            self.under_way.notices += 1;
            self.noticed_at = Some(there.height);
            let (relay, first, written) = (self.relay.clone(), known.feed.next, home.notices);
            self.fly(async move {
                Landed::Noticed(notices::bring(&relay.drafter, from, to, first, written).await)
            });
        }
        self.tell_records(home, there, known);
        if state == "carrying" {
            self.start();
        }
        // a registry need not know who follows it
        if out.record.is_none() && known.following.is_some_and(|known| known.ended.is_none()) {
            return "a registry and its follower";
        }
        // nor is anything carried to it from them
        if known.record.is_none() && out.following.is_some_and(|out| out.ended.is_none()) {
            return "a follower and its registry";
        }
        state
    }

    /// Brings what the source recorded of chains, if the destination follows it.
    fn tell_records(&mut self, home: &Pulse, there: &Pulse, known: &Other) {
        let (registry, at) = self.way;
        let waits = self.under_way.records > 0
            || self.now() < self.records_after
            || self.recorded_at.is_some_and(|at| there.height <= at);
        if waits || !records::is_due(home, known) {
            return;
        }
        self.under_way.records += 1;
        self.recorded_at = Some(there.height);
        let relay = self.relay.clone();
        self.fly(
            async move { Landed::Recorded(records::bring(&relay.drafter, registry, at).await) },
        );
    }

    fn start(&mut self) {
        let (way, now) = (self.way, self.now());
        if self.under_way.looks == 0 {
            let seqs = self.lane.take(Stage::Look, LOOKED_AT, now);
            if !seqs.is_empty() {
                self.under_way.looks += 1;
                let relay = self.relay.clone();
                self.fly(async move {
                    let found = relay.look(way, &seqs).await;
                    Landed::Looked(seqs, found)
                });
            }
        }
        while self.under_way.settlements < WINDOW {
            let seqs = self.lane.take(Stage::Settle, OUTCOMES, now);
            if seqs.is_empty() {
                break;
            }
            self.under_way.settlements += 1;
            let relay = self.relay.clone();
            self.fly(async move {
                let done = relay.settle(way, seqs.clone()).await;
                Landed::Settled(seqs, done)
            });
        }
        while self.under_way.arrivals < WINDOW {
            let seqs = self.lane.take(Stage::Arrive, ARRIVALS, now);
            if seqs.is_empty() {
                break;
            }
            self.under_way.arrivals += 1;
            let locks = seqs
                .iter()
                .filter_map(|seq| Some((*seq, self.lane.entry(*seq)?.clone())));
            let (locks, relay) = (locks.collect(), self.relay.clone());
            self.fly(async move {
                let done = relay.arrive(way, locks).await;
                Landed::Arrived(seqs, done)
            });
        }
    }

    fn fly(&mut self, work: impl Future<Output = Landed> + Send + 'static) {
        self.flights.push(work.boxed());
    }

    fn land(&mut self, landed: Landed) {
        let now = self.now();
        match landed {
            Landed::Looked(seqs, found) => {
                self.under_way.looks -= 1;
                self.looked(&seqs, found, now);
            }
            Landed::Arrived(seqs, done) => {
                self.under_way.arrivals -= 1;
                self.delivered(&seqs, done, now, true);
            }
            Landed::Settled(seqs, done) => {
                self.under_way.settlements -= 1;
                self.delivered(&seqs, done, now, false);
            }
            Landed::Noticed(done) => {
                self.under_way.notices -= 1;
                match done {
                    Ok(_) => self.relay.board.noticed(self.way),
                    Err(error) => {
                        self.noticed_at = None;
                        self.notices_after = now + pause(2);
                        self.relay.board.trouble(self.way, &error);
                    }
                }
            }
            Landed::Recorded(done) => {
                self.under_way.records -= 1;
                match done {
                    Ok(records) => self.relay.board.recorded(self.way, records),
                    Err(error) => {
                        self.recorded_at = None;
                        self.records_after = now + pause(2);
                        self.relay.board.trouble(self.way, &error);
                    }
                }
            }
        }
    }

    fn looked(
        &mut self,
        seqs: &[u64],
        found: Result<Vec<(u64, Looked)>, PortError>,
        now: Duration,
    ) {
        let mut open: BTreeSet<u64> = seqs.iter().copied().collect();
        match found {
            Ok(found) => {
                for (seq, looked) in found {
                    open.remove(&seq);
                    match looked {
                        Looked::Done => self.lane.done(seq),
                        Looked::Settle => self.lane.goes_on(seq, Stage::Settle),
                        Looked::Arrive(entry) => {
                            self.lane.keep(seq, *entry);
                            self.lane.goes_on(seq, Stage::Arrive);
                        }
                    }
                }
            }
            Err(error) => self.relay.board.trouble(self.way, &error),
        }
        for seq in open {
            self.lane.waits(seq, now + pause(1));
        }
    }

    fn delivered(
        &mut self,
        seqs: &[u64],
        done: Result<Delivered, PortError>,
        now: Duration,
        arrivals: bool,
    ) {
        let done = done.unwrap_or_else(|error| {
            self.relay.board.trouble(self.way, &error);
            let failed = seqs
                .iter()
                .map(|seq| (*seq, (error.code.clone(), error.message.clone())));
            Delivered {
                failed: failed.collect(),
                ..Delivered::default()
            }
        });
        for seq in seqs {
            if done.done.contains(seq) {
                if arrivals {
                    self.relay.board.arrived(self.way, self.lane.age(*seq, now));
                    self.lane.goes_on(*seq, Stage::Settle);
                } else {
                    self.relay.board.settled(self.way, self.lane.age(*seq, now));
                    self.lane.done(*seq);
                }
            } else if let Some((code, message)) = done.failed.get(seq) {
                self.lane.failed(*seq, code, message, now);
            } else {
                self.lane.known(*seq, now);
            }
        }
    }
}
