//! What parties do: each story goes on until it has come to its end, whatever is lost on the way.

use std::sync::Arc;

use pangolin_ledger::{
    Body, Code, GovernanceAction, GovernanceBody, ObjectId, OrderBody, OrderKind, OrderScope,
    OrderTerms,
    state::{ForeignChain, keys},
    tx::{Action, Event, EventKind},
};
use pangolin_profiles::{
    capture::attribute,
    cbv::step,
    pharma::words::{field, order_reason},
};

use super::stage::{CHAINS, Said, Stage};
use crate::{
    cast::{
        AUTHORITY, MAKER, NAMES, PHARMACY, WHOLESALER, attribute as put, event, pack, party, unit,
    },
    judge::Judge,
};

/// Where things are made, and the other chain.
const HOME: usize = 0;
const AWAY: usize = 1;
/// A party that there is not.
const NOBODY: &str = "urn:x:nobody";
/// Time between two looks at whether something has come about, in milliseconds.
const LOOK_MS: u64 = 200;
/// Looks after which something is stated again.
const LOOKS: u64 = 20;
/// Time within which goods are to be let in, in milliseconds: long enough for every trouble.
const LONG_MS: i64 = 120_000;
/// The same, so short that it may pass first.
const SHORT_MS: i64 = 700;
const SEES: (EventKind, Action) = (EventKind::Object, Action::Observe);

/// A story, by number.
#[derive(Clone)]
pub(super) struct Story {
    stage: Arc<Stage>,
    number: usize,
}

/// How many stories there are.
pub(super) const STORIES: usize = 5;

fn lives(judge: &Judge, at: usize, object: &ObjectId) -> bool {
    judge.homes_of(object) == [at]
}

/// Whether something lives at a chain, is there in nobody else's hands, and is on its way to nobody.
fn is_with(judge: &Judge, at: usize, object: &ObjectId, holder: &str) -> bool {
    let status = judge.chains[at].status(object);
    lives(judge, at, object) && status.pending.is_none() && status.custodian == Some(party(holder))
}

/// How often something was locked at a chain.
fn locks(judge: &Judge, at: usize, object: &ObjectId) -> usize {
    let locks = judge.locks.iter();
    locks
        .filter(|((from, _, _), lock)| *from == at && lock.object == *object)
        .count()
}

fn ended(judge: &Judge, at: usize, object: &ObjectId) -> bool {
    judge.chains[at].status(object).ended.is_some()
}

impl Story {
    /// Starts a story.
    pub(super) fn tell(stage: &Arc<Stage>, number: usize) {
        let story = Self {
            stage: stage.clone(),
            number,
        };
        let (begin, end) = (number, stage.clone());
        stage.seen().waits.insert(number, "its begin".into());
        stage.simulation.spawn(async move {
            story.stage.sleep(100 + 150 * begin as u64).await;
            match number {
                0 => story.there_and_back(&pack(0)).await,
                1 => story.turned_away(&pack(1)).await,
                2 => story.recalled(&pack(2), &pack(3)).await,
                3 => story.in_a_case(&unit(0), &pack(4)).await,
                _ => story.in_a_hurry(&pack(5)).await,
            }
            end.seen().waits.remove(&number);
        });
    }

    async fn wait(&self, what: &str, done: impl Fn(&Judge) -> bool) {
        self.stage.seen().waits.insert(self.number, what.to_owned());
        while !done(&self.stage.seen().judge) {
            self.stage.sleep(LOOK_MS).await;
        }
    }

    /// States something again and again until it has come about.
    async fn insist(
        &self,
        what: &str,
        (at, by): (usize, &str),
        state: impl Fn() -> Body,
        done: impl Fn(&Judge) -> bool,
    ) {
        self.stage.seen().waits.insert(self.number, what.to_owned());
        while !done(&self.stage.seen().judge) {
            let said = self.stage.say(at, by, state()).await;
            self.stage
                .log(&format!("{} {by}: {what}: {said:?}", NAMES[at]));
            for _ in 0..LOOKS {
                if done(&self.stage.seen().judge) {
                    return;
                }
                self.stage.sleep(LOOK_MS).await;
            }
        }
    }

    fn event(
        &self,
        what: (EventKind, Action),
        step: Code,
        at: usize,
        objects: &[ObjectId],
    ) -> Event {
        let mut seen = self.stage.seen();
        seen.number += 1;
        let time = seen.judge.chains[at].time;
        event(seen.number, what, step, time, objects)
    }

    fn states(&self, step: Code, at: usize, object: &ObjectId) -> Body {
        let event = self.event(SEES, step, at, std::slice::from_ref(object));
        Body::Events(vec![event])
    }

    async fn make(&self, object: &ObjectId, lot: Option<&str>) {
        let state = || {
            let what = (EventKind::Object, Action::Add);
            let mut event = self.event(
                what,
                step::COMMISSIONING,
                HOME,
                std::slice::from_ref(object),
            );
            if let Some(lot) = lot {
                put(&mut event, field::LOT, lot);
                put(&mut event, field::EXPIRY, "20300101");
            }
            Body::Events(vec![event])
        };
        let done = |judge: &Judge| judge.made.contains_key(object);
        self.insist("to be made", (HOME, MAKER), state, done).await;
    }

    /// Locks something for a party of the other chain, for so long.
    async fn send(&self, from: usize, by: &str, object: &ObjectId, to: &str, ms: i64) {
        let other = (from + 1) % CHAINS;
        let before = locks(&self.stage.seen().judge, from, object);
        let state = || {
            let mut event = self.event(SEES, step::SHIPPING, from, std::slice::from_ref(object));
            event.destination = Some(party(to));
            put(&mut event, field::STATEMENT, "1");
            let chain = self.stage.ids[other].to_string();
            put(&mut event, attribute::CHAIN_TO, &chain);
            let until = self.stage.seen().judge.chains[other].time + ms;
            put(&mut event, attribute::ARRIVE_BEFORE, &until.to_string());
            Body::Events(vec![event])
        };
        let done = |judge: &Judge| locks(judge, from, object) > before;
        self.insist("a lock", (from, by), state, done).await;
    }

    /// Sends something and receives it there.
    async fn hand_over(&self, from: usize, by: &str, object: &ObjectId, to: &str) {
        let other = (from + 1) % CHAINS;
        self.send(from, by, object, to, LONG_MS).await;
        self.wait("an arrival", |judge| lives(judge, other, object))
            .await;
        let state = || self.states(step::RECEIVING, other, object);
        let done = |judge: &Judge| is_with(judge, other, object, to);
        self.insist("to be received", (other, to), state, done)
            .await;
    }

    /// Lock, acceptance and release, in both directions.
    async fn there_and_back(&self, object: &ObjectId) {
        self.make(object, Some("A1")).await;
        self.hand_over(HOME, MAKER, object, WHOLESALER).await;
        self.hand_over(AWAY, WHOLESALER, object, MAKER).await;
        self.count("stories there and back");
    }

    /// Lock, refusal and unlocking.
    async fn turned_away(&self, object: &ObjectId) {
        self.make(object, Some("A1")).await;
        self.send(HOME, MAKER, object, NOBODY, LONG_MS).await;
        let back = |judge: &Judge| {
            let mut locks = judge.locks.values();
            let refused = locks.any(|lock| {
                lock.object == *object && lock.decided == Some(false) && lock.settled == Some(false)
            });
            refused && is_with(judge, HOME, object, MAKER)
        };
        self.wait("it to be turned away and free again", back).await;
        self.count("stories turned away");
    }

    /// A lock that may end before anybody has brought it.
    async fn in_a_hurry(&self, object: &ObjectId) {
        self.make(object, Some("A1")).await;
        self.send(HOME, MAKER, object, PHARMACY, SHORT_MS).await;
        let settled = |judge: &Judge| {
            let mut locks = judge.locks.values();
            locks.any(|lock| lock.object == *object && lock.settled.is_some())
        };
        self.wait("the lock to end", settled).await;
        self.count("stories in a hurry");
    }

    /// A case with a pack in it, which is taken out on the other chain.
    async fn in_a_case(&self, case: &ObjectId, object: &ObjectId) {
        self.make(case, None).await;
        self.make(object, Some("A1")).await;
        let aggregate = |action, step, at| {
            let what = (EventKind::Aggregation, action);
            let mut event = self.event(what, step, at, std::slice::from_ref(object));
            event.parent = Some(case.clone());
            Body::Events(vec![event])
        };
        let inside = |judge: &Judge| !judge.chains[HOME].status(object).containers.is_empty();
        let state = || aggregate(Action::Add, step::PACKING, HOME);
        self.insist("to be packed", (HOME, MAKER), state, inside)
            .await;
        self.hand_over(HOME, MAKER, case, PHARMACY).await;
        let state = || aggregate(Action::Delete, step::UNPACKING, AWAY);
        let out = |judge: &Judge| is_with(judge, AWAY, object, PHARMACY);
        self.insist("to be unpacked", (AWAY, PHARMACY), state, out)
            .await;
        self.count("stories in a case");
    }

    /// One pack is dispensed on the other chain, which asks for its whole history; the other one is recalled at the origin, and is not.
    async fn recalled(&self, first: &ObjectId, second: &ObjectId) {
        self.make(first, Some("B2")).await;
        self.make(second, Some("C3")).await;
        self.hand_over(HOME, MAKER, first, PHARMACY).await;
        self.hand_over(HOME, MAKER, second, PHARMACY).await;
        let state = || self.states(step::DISPENSING, AWAY, first);
        let done = |judge: &Judge| ended(judge, AWAY, first);
        self.insist("to be dispensed", (AWAY, PHARMACY), state, done)
            .await;
        let terms = OrderTerms {
            kind: OrderKind::Recall,
            scope: OrderScope::Object(second.clone()),
            reason: order_reason::RECALL_CLASS_1,
            legal_basis: "21 CFR 7.3(m)(1)".into(),
            expires: None,
            officers: 1,
            document: None,
        };
        let state = || Body::Order(OrderBody::Issue(terms.clone()));
        let done = |judge: &Judge| !judge.chains[HOME].orders.is_empty();
        self.insist("a recall", (HOME, AUTHORITY), state, done)
            .await;
        // the judge says if it is dispensed too late
        loop {
            let body = self.states(step::DISPENSING, AWAY, second);
            match self.stage.say(AWAY, PHARMACY, body).await {
                Said::Refused("on-recall") => return self.count("stories of a recall"),
                said => self
                    .stage
                    .log(&format!("dispensing in spite of it: {said:?}")),
            }
            if ended(&self.stage.seen().judge, AWAY, second) {
                return self.count("stories of a recall that came too late");
            }
            self.stage.sleep(LOOK_MS).await;
        }
    }

    fn count(&self, what: &str) {
        self.stage.seen().judge.count(what);
    }
}

/// Both chains register each other, and the second one believes what is made on the first, by their own governance.
pub(super) async fn introduce(stage: &Arc<Stage>, chain_keys: &[Vec<u8>], freshness_ms: u64) {
    let story = Story {
        stage: stage.clone(),
        number: STORIES,
    };
    let govern = |action: GovernanceAction| {
        let reason = String::new();
        Body::Governance(Box::new(GovernanceBody { action, reason }))
    };
    for at in 0..CHAINS {
        let of = (at + 1) % CHAINS;
        let chain = stage.ids[of];
        let register = || {
            govern(GovernanceAction::RegisterChain {
                chain,
                name: NAMES[of].into(),
                key: chain_keys[of].clone(),
                freshness_ms,
            })
        };
        let done = |judge: &Judge| {
            let known = judge.chains[at].get::<ForeignChain>(&keys::foreign_chain(&chain));
            known.is_some()
        };
        story
            .insist("to be registered", (at, AUTHORITY), register, done)
            .await;
    }
    let chain = stage.ids[HOME];
    let allow = || {
        govern(GovernanceAction::AllowMaker {
            chain,
            allowed: true,
        })
    };
    let done = |judge: &Judge| {
        judge.chains[AWAY]
            .records
            .contains_key(&keys::maker(&chain))
    };
    story
        .insist("to be a maker", (AWAY, AUTHORITY), allow, done)
        .await;
    stage.seen().waits.remove(&STORIES);
}
