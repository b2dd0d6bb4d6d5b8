//! Watches every block that becomes final anywhere, and says what must not be. It knows what was stated and what became final, and
//! works out for itself what follows: what moved where, what came over which chains, which orders were in force when.
//!
//! **Properties**: *agreement* (all validators of a chain have the same final blocks), *validity* (no honest validator finds a final block
//! wrong), *one live home* (over all chains), *atomic move* (what is let in was locked for here, and lives there no more; a lock ends as
//! the other chain decided), *no orphan* (what lives was made), *recall monotone* (what is known of another chain's orders only grows,
//! and is what that chain wrote), *deep* (no act that rests on the whole history is about what a corrupt chain forged, unless that chain may make things and
//! gave it a history of its own), *recall within Δ* (no act against an order that is older than Δ, and each names word that is younger), *liveness* (`peace.rs`).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use pangolin_ledger::{
    Body, ChainId, Effect, EventId, EventOutcome, Height, Key, ObjectId, OrderBody, OrderId,
    OrderTerms, Overlay, SignedTransaction, TimeMs, Wire,
    hash::{arrival_mark, provenance},
    query::{self, ObjectStatus, QueryError},
    state::{Feed, InboxResult, Object, OutboxEntry, OutboxKind, keys},
    tx::{Action, Event, EventKind},
};

use crate::{
    acts,
    block::Executed,
    cast::{NAMES, Trade},
    seal::{Id, Records},
};

/// An order, with the time of the blocks from which it was in force, and until which.
#[derive(Debug, Clone)]
pub(crate) struct Ordered {
    pub(crate) id: OrderId,
    pub(crate) terms: OrderTerms,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// A chain as its final blocks are.
pub(crate) struct Seen {
    pub(crate) id: ChainId,
    pub(crate) trade: Trade,
    pub(crate) records: Records,
    pub(crate) height: u64,
    pub(crate) time: i64,
    blocks: Vec<Id>,
    /// What lives there.
    pub(crate) lives: BTreeSet<ObjectId>,
    pub(crate) orders: Vec<Ordered>,
    /// The chains that an object here came over.
    pub(crate) over: BTreeMap<ObjectId, BTreeSet<usize>>,
    /// What came as a lock that no rule let a chain make, or from where it had come so.
    pub(crate) forged: BTreeMap<ObjectId, Forgery>,
    /// Whether at most f of its validators lie.
    pub(crate) honest: bool,
}

impl Seen {
    pub(crate) fn get<T: Wire>(&self, key: &Key) -> Option<T> {
        self.records
            .get(key)
            .map(|bytes| T::from_bytes(bytes).unwrap())
    }

    pub(crate) fn status(&self, object: &ObjectId) -> ObjectStatus {
        let mut o = Overlay::new();
        loop {
            match query::object_status(&o, object, TimeMs(self.time)) {
                Ok(answer) => return answer.value,
                Err(QueryError::Need(wanted)) => {
                    for key in wanted {
                        o.supply(key, self.records.get(&key).cloned());
                    }
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// How an object was forged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forgery {
    /// With a history that is not that chain's own, or that it may not make.
    Invented,
    /// With the history of what it really has, by a chain of which others believe what is made there: it could have made this one too.
    OwnMaking,
}

/// What is known of a lock.
#[derive(Debug, Clone)]
pub(crate) struct Lock {
    pub(crate) object: ObjectId,
    pub(crate) until: i64,
    /// Whether the other chain let it in.
    pub(crate) decided: Option<bool>,
    /// Whether it counts as gone at home.
    pub(crate) settled: Option<bool>,
}

/// From which chain, to which, and the number.
pub(crate) type LockId = (usize, usize, u64);

/// The judge.
pub(crate) struct Judge {
    pub(crate) freshness_ms: i64,
    pub(crate) chains: Vec<Seen>,
    pub(crate) locks: BTreeMap<LockId, Lock>,
    /// Where things came into being.
    pub(crate) made: BTreeMap<ObjectId, usize>,
    /// Chains of which others believe what is made there.
    pub(crate) makers: Vec<usize>,
    /// Forged locks with a history of the chain that forged them.
    pub(crate) own_histories: BTreeSet<LockId>,
    /// Of what a corrupt chain forged a twin, whatever became of that.
    pub(crate) twinned: BTreeSet<ObjectId>,
    /// Events that wait.
    parked: BTreeMap<EventId, Event>,
    /// Those of them that wait for a history, and where.
    pub(crate) unwalked: BTreeMap<EventId, (usize, Vec<ObjectId>)>,
    terms: BTreeMap<OrderId, OrderTerms>,
    pub(crate) violations: Vec<String>,
    /// What became possible because a chain is corrupt as a whole.
    pub(crate) limits: Vec<String>,
    /// Deliveries that became final, the last of them.
    pub(crate) deliveries: Vec<Arc<SignedTransaction>>,
    /// How often what happened.
    pub(crate) counts: BTreeMap<String, u64>,
    pub(crate) trace: Id,
    /// What is being judged is of a chain that is corrupt as a whole: it may say anything.
    lying: bool,
}

/// Violations of one run that are kept.
const MOST: usize = 20;
/// Deliveries that are kept to be brought again.
const REPLAYED: usize = 40;

impl Judge {
    pub(crate) fn new(freshness_ms: u64) -> Self {
        Self {
            freshness_ms: i64::try_from(freshness_ms).unwrap(),
            chains: Vec::new(),
            locks: BTreeMap::new(),
            made: BTreeMap::new(),
            makers: Vec::new(),
            own_histories: BTreeSet::new(),
            twinned: BTreeSet::new(),
            parked: BTreeMap::new(),
            unwalked: BTreeMap::new(),
            terms: BTreeMap::new(),
            violations: Vec::new(),
            limits: Vec::new(),
            deliveries: Vec::new(),
            counts: BTreeMap::new(),
            trace: [0; 32],
            lying: false,
        }
    }

    pub(crate) fn begin(&mut self, id: ChainId, trade: Trade, records: Records) {
        self.chains.push(Seen {
            id,
            trade,
            records,
            height: 0,
            time: crate::cast::START,
            blocks: vec![[0; 32]],
            lives: BTreeSet::new(),
            orders: Vec::new(),
            over: BTreeMap::new(),
            forged: BTreeMap::new(),
            honest: true,
        });
    }

    pub(crate) fn wrong(&mut self, what: String) {
        if !self.lying && self.violations.len() < MOST {
            self.violations.push(what);
        }
    }

    pub(crate) fn count(&mut self, what: impl Into<String>) {
        *self.counts.entry(what.into()).or_default() += 1;
    }

    /// A leader said that rules refuse something.
    pub(crate) fn refused(&mut self, chain: usize, code: &str) {
        let trade = self.chains[chain].trade;
        self.count(format!("refused {code} {trade:?}"));
    }

    pub(crate) fn place_of(&self, chain: &ChainId) -> Option<usize> {
        self.chains.iter().position(|seen| seen.id == *chain)
    }

    /// A block became final at a validator. Returns what is worth noting.
    pub(crate) fn committed(&mut self, at: usize, by: usize, executed: &Executed) -> Vec<String> {
        let block = &executed.block;
        let height = block.header.height;
        let seen = &self.chains[at];
        if height <= seen.height {
            let known = seen.blocks[usize::try_from(height).unwrap()];
            if known != block.id {
                let text = format!(
                    "agreement: validator {by} of {} has another block {height}",
                    NAMES[at]
                );
                self.wrong(text);
            }
            return Vec::new();
        }
        assert_eq!(
            height,
            seen.height + 1,
            "blocks become final in their order"
        );
        self.trace = pangolin_ledger::hash::sha256(&[&self.trace, &block.id]);
        self.lying = !self.chains[at].honest;
        let news = self.final_block(at, executed);
        self.lying = false;
        news
    }

    fn final_block(&mut self, at: usize, executed: &Executed) -> Vec<String> {
        let block = &executed.block;
        let mut news = Vec::new();
        let feeds = self.feeds(at);
        let seen = &mut self.chains[at];
        for (key, value) in &executed.writes {
            match value {
                Some(value) => seen.records.insert(*key, value.clone()),
                None => seen.records.remove(key),
            };
        }
        seen.height = block.header.height;
        seen.time = block.header.time;
        seen.blocks.push(block.id);
        self.count("blocks");
        for (tx, receipt) in block.txs.iter().zip(&executed.receipts) {
            self.count("transactions");
            let mut applied = Vec::new();
            match &tx.tx().body {
                Body::Events(events) => {
                    for (event, told) in events.iter().zip(&receipt.events) {
                        match &told.outcome {
                            EventOutcome::Applied => applied.push(event.clone()),
                            EventOutcome::Parked { code, .. } => {
                                self.count(format!("parked {code}"));
                                news.push(format!("waits {code} {} {:?}", event.id, event.objects));
                                if code == "ancestry-unproven" {
                                    let about = event.objects.iter().cloned().collect();
                                    self.unwalked.insert(event.id, (at, about));
                                    let forged = &self.chains[at].forged;
                                    if event
                                        .objects
                                        .iter()
                                        .any(|object| forged.contains_key(object))
                                    {
                                        self.count("forged, waits for its history");
                                    }
                                }
                                self.parked.insert(event.id, event.clone());
                            }
                            EventOutcome::Duplicate { .. } => {}
                        }
                    }
                }
                Body::Order(OrderBody::Issue(terms)) => {
                    self.terms.insert(OrderId(tx.id().0), terms.clone());
                }
                Body::Delivery(_) => {
                    self.deliveries.push(tx.clone());
                    if self.deliveries.len() > REPLAYED {
                        self.deliveries.remove(0);
                    }
                }
                _ => {}
            }
            self.happened(at, &receipt.effects, applied, &mut news);
        }
        self.happened(at, &executed.effects, Vec::new(), &mut news);
        self.monotone(at, &feeds);
        if !block.txs.is_empty() || !executed.effects.is_empty() || !block.forced.is_empty() {
            self.homes(at);
        }
        let name = NAMES[at];
        let height = block.header.height;
        for text in &mut news {
            *text = format!("{name} {height}: {text}");
        }
        news
    }

    /// What became final together: effects, and events that took effect.
    fn happened(
        &mut self,
        at: usize,
        effects: &[Effect],
        mut applied: Vec<Event>,
        news: &mut Vec<String>,
    ) {
        for effect in effects {
            match effect {
                Effect::Unparked(id) => {
                    self.unwalked.remove(id);
                    applied.extend(self.parked.remove(id));
                }
                Effect::Lapsed(id) | Effect::Rejected { event: id, .. } => {
                    self.unwalked.remove(id);
                }
                Effect::OrderActive(order) => self.ordered(at, *order),
                Effect::OrderReleased(order) | Effect::OrderExpired(order) => {
                    let now = self.chains[at].time;
                    let mut orders = self.chains[at].orders.iter_mut();
                    if let Some(order) = orders.find(|known| known.id == *order) {
                        order.to = now;
                    }
                }
                _ => self.moved(at, effect),
            }
            if !matches!(effect, Effect::Relied { .. }) {
                news.push(format!("{effect:?}"));
            }
        }
        for event in applied {
            news.push(format!("event step {} {:?}", event.step, event.objects));
            self.count(format!("step {} {:?}", event.step, event.action));
            let made = (EventKind::Object, Action::Add);
            if (event.kind, event.action) == made {
                for object in &event.objects {
                    self.made.entry(object.clone()).or_insert(at);
                }
            }
            acts::judge(self, at, &event, effects);
        }
    }

    fn ordered(&mut self, at: usize, order: OrderId) {
        let Some(terms) = self.terms.get(&order).cloned() else {
            return;
        };
        let seen = &mut self.chains[at];
        seen.orders.push(Ordered {
            id: order,
            terms,
            from: seen.time,
            to: i64::MAX,
        });
        self.count("orders");
    }

    /// Something moved between chains.
    fn moved(&mut self, at: usize, effect: &Effect) {
        match effect {
            Effect::Departed { chain, seq, object } => {
                let Some(to) = self.place_of(chain) else {
                    return self.wrong("a lock is for a chain that there is not".into());
                };
                let key = keys::outbox(chain, *seq);
                let entry: Option<OutboxEntry> = self.chains[at].get(&key);
                let Some(OutboxKind::Lock { until, .. }) = entry.map(|entry| entry.kind) else {
                    return self.wrong(format!("atomic move: lock {seq} is not in the outbox"));
                };
                let lock = Lock {
                    object: object.clone(),
                    until: until.0,
                    decided: None,
                    settled: None,
                };
                self.count("locks");
                if self.locks.insert((at, to, *seq), lock).is_some() {
                    self.wrong(format!("atomic move: lock {seq} was made twice"));
                }
            }
            Effect::Arrived {
                chain,
                seq,
                object,
                result,
                ..
            } => self.arrived(at, chain, *seq, object, *result),
            Effect::Settled {
                chain, seq, gone, ..
            } => self.settled(at, chain, *seq, *gone),
            Effect::Walked { whole, .. } => {
                self.count(if *whole { "walked" } else { "refuted" });
            }
            Effect::BroughtIn { object, chain, .. } => {
                self.count("brought in");
                let Some(from) = self.place_of(chain).filter(|from| *from != at) else {
                    return;
                };
                self.came_over(at, from, object);
            }
            _ => {}
        }
    }

    fn came_over(&mut self, at: usize, from: usize, object: &ObjectId) {
        let mut over = self.chains[from]
            .over
            .get(object)
            .cloned()
            .unwrap_or_default();
        over.insert(from);
        over.remove(&at);
        let forged = self.chains[from].forged.get(object).copied();
        let here = &mut self.chains[at];
        here.over.insert(object.clone(), over);
        match forged {
            Some(forgery) => here.forged.insert(object.clone(), forgery),
            None => here.forged.remove(object),
        };
    }

    fn arrived(
        &mut self,
        at: usize,
        chain: &ChainId,
        seq: u64,
        object: &ObjectId,
        result: InboxResult,
    ) {
        let Some(from) = self.place_of(chain) else {
            return self.wrong("something arrived from a chain that there is not".into());
        };
        let accepted = result == InboxResult::Accepted;
        self.count(if accepted {
            "arrivals".to_owned()
        } else {
            format!("turned away {result:?}")
        });
        let now = self.chains[at].time;
        let honest = self.chains[from].honest;
        let Some(lock) = self.locks.get_mut(&(from, at, seq)) else {
            if honest {
                let text = format!(
                    "no orphan: {object} came by lock {seq} that {} did not make",
                    NAMES[from]
                );
                self.wrong(text);
            }
            if accepted {
                self.came_over(at, from, object);
                let own = self.own_histories.contains(&(from, at, seq));
                let forgery = if own && self.makers.contains(&from) {
                    self.count("forged with a history of its own");
                    Forgery::OwnMaking
                } else {
                    Forgery::Invented
                };
                self.chains[at].forged.insert(object.clone(), forgery);
                self.twinned.insert(object.clone());
                self.count("forged arrivals");
            }
            return;
        };
        let (until, settled) = (lock.until, lock.settled);
        let twice = lock.decided.replace(accepted).is_some() || lock.object != *object;
        if twice && honest {
            self.wrong(format!(
                "atomic move: lock {seq} was decided twice, or of another object"
            ));
        }
        if !accepted {
            return;
        }
        if now > until {
            self.wrong(format!("atomic move: lock {seq} was let in too late"));
        }
        if settled == Some(false) {
            self.wrong(format!(
                "atomic move: {object} was let in after it was freed at home"
            ));
        }
        if honest {
            self.as_locked(from, at, seq, object);
        }
        self.came_over(at, from, object);
    }

    /// What was let in is what was locked, unless more happened to it in the same block.
    fn as_locked(&mut self, from: usize, at: usize, seq: u64, object: &ObjectId) {
        let key = keys::object(object);
        let there: Option<Object> = self.chains[from].get(&key);
        let here: Option<Object> = self.chains[at].get(&key);
        let mark = arrival_mark(&self.chains[from].id, seq);
        let (Some(there), Some(here)) = (there, here.filter(|here| here.last_event == mark)) else {
            return;
        };
        let digest = provenance(vec![there.provenance], &mark);
        let same = here.provenance == digest
            && here.seq == there.seq + 1
            && (here.group, here.stage) == (there.group, there.stage);
        if !same {
            self.wrong(format!(
                "atomic move: {object} came by lock {seq} as another one than was locked"
            ));
        }
    }

    fn settled(&mut self, at: usize, chain: &ChainId, seq: u64, gone: bool) {
        let Some(to) = self.place_of(chain) else {
            return;
        };
        self.count(if gone { "gone" } else { "back" });
        let (there, honest) = (self.chains[to].time, self.chains[to].honest);
        let Some(lock) = self.locks.get_mut(&(at, to, seq)) else {
            return self.wrong(format!("atomic move: lock {seq} ends that was not made"));
        };
        let twice = lock.settled.replace(gone).is_some();
        let (decided, late) = (lock.decided, there > lock.until);
        if twice {
            self.wrong(format!("atomic move: lock {seq} ended twice"));
        }
        let right = decided == Some(gone) || decided.is_none() && !gone && late;
        if !right && honest {
            self.wrong(format!(
                "atomic move: lock {seq} of {} for {} ended with gone={gone}, decided was {decided:?}",
                NAMES[at], NAMES[to]
            ));
        }
    }

    fn feeds(&self, at: usize) -> Vec<Option<Feed>> {
        let seen = &self.chains[at];
        let feed = |other: &Seen| seen.get(&keys::feed(&other.id));
        self.chains.iter().map(feed).collect()
    }

    /// What is known of the orders of others only grows.
    fn monotone(&mut self, at: usize, before: &[Option<Feed>]) {
        let after = self.feeds(at);
        for (of, (before, after)) in before.iter().zip(&after).enumerate() {
            if before == after {
                continue;
            }
            let (before, after) = (
                before.clone().unwrap_or_default(),
                after.clone().unwrap_or_default(),
            );
            if after.next < before.next || after.as_of < before.as_of {
                let text = format!("recall monotone: {} knows less of {}", NAMES[at], NAMES[of]);
                self.wrong(text);
            }
            if let Err(what) = crate::notices::compare(self, at, of) {
                self.wrong(format!("recall monotone: {what}"));
            }
        }
    }

    /// Works out anew what lives on a chain, and whether it lives anywhere else.
    fn homes(&mut self, at: usize) {
        let seen = &self.chains[at];
        let known = self.made.keys();
        let lives: BTreeSet<ObjectId> = known
            .chain(seen.lives.iter())
            .filter(|object| seen.records.contains_key(&keys::object(object)))
            .filter(|object| seen.status(object).live)
            .cloned()
            .collect();
        self.chains[at].lives = lives;
        if !self.chains[at].honest {
            return;
        }
        let lives: Vec<ObjectId> = self.chains[at].lives.iter().cloned().collect();
        for object in lives {
            let homes = self.homes_of(&object);
            if homes.len() > 1 {
                let names: Vec<&str> = homes.iter().map(|home| NAMES[*home]).collect();
                let text = format!("one live home: {object} lives on {}", names.join(" and "));
                self.found(&homes, &object, text);
            }
        }
        for object in self.strangers(at) {
            let text = format!(
                "no orphan: {object} lives on {} and was made nowhere",
                NAMES[at]
            );
            self.found(&[at], &object, text);
        }
    }

    /// Something lives that must not: a violation, unless it came over a chain that is corrupt as a whole.
    pub(crate) fn found(&mut self, homes: &[usize], object: &ObjectId, text: String) {
        let over = homes
            .iter()
            .filter_map(|home| self.chains[*home].over.get(object));
        let tainted = over.flatten().any(|chain| !self.chains[*chain].honest);
        if !tainted {
            self.wrong(text);
        } else if !self.limits.contains(&text) {
            self.limits.push(text);
        }
    }

    /// The honest chains on which an object lives.
    pub(crate) fn homes_of(&self, object: &ObjectId) -> Vec<usize> {
        let chains = self.chains.iter().enumerate();
        chains
            .filter(|(_, seen)| seen.honest && seen.lives.contains(object))
            .map(|(at, _)| at)
            .collect()
    }

    /// What came to a chain as an arrival and was made nowhere.
    fn strangers(&self, at: usize) -> Vec<ObjectId> {
        let seen = &self.chains[at];
        let over = seen.over.keys();
        over.filter(|object| !self.made.contains_key(*object))
            .filter(|object| seen.status(object).live)
            .cloned()
            .collect()
    }

    pub(crate) fn height(&self, at: usize) -> Height {
        Height(self.chains[at].height)
    }
}
