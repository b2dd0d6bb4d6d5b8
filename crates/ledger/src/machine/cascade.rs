//! Trying parked events again when what they wait for has changed.
//!
//! The events that wait for any of the subjects that changed are taken together, in the order of their times: of as many
//! subjects as the budget suffices for, so that early events that fail again never keep others from their turn. An event
//! that applies may wake others: those that wait for a subject of the same generation join it, the rest are tried in the
//! next one. Each attempt costs one unit of the budget and one for each object it names; when it is spent, or after
//! [`MAX_CASCADE_GENERATIONS`], the subjects that are left are registered as due at once and continue at the end of this
//! or the next block.
//!
//! All events of a generation ask for their records together: the number of times a caller has to begin again depends on
//! the number of generations, not of events.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    kernel::{self, k01_schema, k02_authority, k08_parking, k12_correction},
    limits::{MAX_CASCADE_GENERATIONS, MAX_CASCADE_PER_BLOCK, MAX_CASCADE_PER_TX, MAX_REFS_PER_TX},
    machine::{
        BlockContext, Machine, Overlay,
        act::{Act, Moment},
        halt::{Halt, Needs},
        hints,
    },
    profile::Claim,
    report::{Effect, EventReceipt, Receipt, reasons},
    state::{
        Due, EventRecord, EventState, Key, Missing, Params, Parked, WaitingEntry, WaitingList, keys,
    },
    tx::{Event, EventKeys, SignedTransaction},
};

/// How much may still be tried.
#[derive(Debug)]
pub(super) struct Budget {
    attempts: usize,
    refs: usize,
}

impl Budget {
    /// What one transaction may try.
    pub(super) const fn of_transaction() -> Self {
        Self {
            attempts: MAX_CASCADE_PER_TX,
            refs: MAX_REFS_PER_TX,
        }
    }

    /// What the end of a block may try.
    pub(super) const fn of_block() -> Self {
        Self {
            attempts: MAX_CASCADE_PER_BLOCK,
            refs: 2 * MAX_REFS_PER_TX,
        }
    }

    const fn is_spent(&self) -> bool {
        self.attempts == 0 || self.refs == 0
    }

    fn spend(&mut self, event: &Event) {
        self.attempts = self.attempts.saturating_sub(1);
        self.refs = self.refs.saturating_sub(event.refs());
    }
}

/// What a transaction did, and what may be waiting for it.
#[derive(Debug, Default)]
pub(super) struct Consequences {
    pub(super) effects: Vec<Effect>,
    /// What has changed.
    pub(super) woken: BTreeSet<Missing>,
}

impl Consequences {
    /// Lets what waited for it go on, as far as a transaction may; the receipt of all of it.
    pub(super) fn conclude(
        mut self,
        machine: &Machine,
        block: &BlockContext,
        tx: &SignedTransaction,
        params: &Params,
        o: &mut Overlay,
        events: Vec<EventReceipt>,
    ) -> Result<Receipt, Halt> {
        let budget = Budget::of_transaction();
        run(
            machine,
            block,
            params,
            o,
            self.woken,
            budget,
            &mut self.effects,
        )?;
        Ok(Receipt {
            tx: tx.id(),
            events,
            effects: self.effects,
        })
    }
}

/// Tries the events that wait for `ready`.
pub(super) fn run(
    machine: &Machine,
    block: &BlockContext,
    params: &Params,
    o: &mut Overlay,
    ready: BTreeSet<Missing>,
    mut budget: Budget,
    effects: &mut Vec<Effect>,
) -> Result<(), Halt> {
    let mut cascade = Cascade {
        machine,
        block,
        params,
        o,
        effects,
    };
    let mut ready = ready;
    for _ in 0..MAX_CASCADE_GENERATIONS {
        if ready.is_empty() || budget.is_spent() {
            break;
        }
        ready = cascade.generation(ready, &mut budget)?;
    }
    for left in ready {
        o.defer(block.time, Due::Retry(left));
    }
    Ok(())
}

struct Cascade<'a> {
    machine: &'a Machine,
    block: &'a BlockContext,
    params: &'a Params,
    o: &'a mut Overlay,
    effects: &'a mut Vec<Effect>,
}

/// Events to be tried, earliest first, each with the subject under which it was found.
type Queue = BTreeMap<WaitingEntry, Missing>;

/// What one generation tries.
#[derive(Debug, Default)]
struct Turns {
    /// The subjects whose events it tries.
    subjects: BTreeSet<Missing>,
    queue: Queue,
    /// Tried once; a subject of theirs has changed since. Their turn comes after that of all others.
    again: Queue,
    tried: BTreeSet<WaitingEntry>,
}

impl Turns {
    /// Takes as many of the subjects as the budget suffices for, at least one; returns the others.
    fn take(
        o: &Overlay,
        ready: BTreeSet<Missing>,
        budget: &Budget,
    ) -> Result<(Self, BTreeSet<Missing>), Halt> {
        let mut turns = Self::default();
        let mut left = BTreeSet::new();
        for subject in ready {
            let waiting = waiting_for(o, &subject)?;
            if turns.queue.is_empty() || turns.queue.len() + waiting.len() <= budget.attempts {
                let entries = waiting.into_iter().map(|entry| (entry, subject.clone()));
                turns.queue.extend(entries);
                turns.subjects.insert(subject);
            } else {
                left.insert(subject);
            }
        }
        Ok((turns, left))
    }

    fn pop(&mut self) -> Option<(WaitingEntry, Missing)> {
        if self.queue.is_empty() {
            self.queue = std::mem::take(&mut self.again);
            self.tried.clear();
        }
        let (entry, subject) = self.queue.pop_first()?;
        self.tried.insert(entry.clone());
        Some((entry, subject))
    }

    /// What waits for `subject` gets another turn.
    fn renew(&mut self, o: &Overlay, subject: &Missing) -> Result<(), Halt> {
        for entry in waiting_for(o, subject)? {
            let turn = if self.tried.contains(&entry) {
                &mut self.again
            } else {
                &mut self.queue
            };
            turn.insert(entry, subject.clone());
        }
        Ok(())
    }
}

impl Cascade<'_> {
    /// Tries the events that wait for `ready`; returns what that has changed, and what the budget did not suffice for.
    fn generation(
        &mut self,
        ready: BTreeSet<Missing>,
        budget: &mut Budget,
    ) -> Result<BTreeSet<Missing>, Halt> {
        let lists: Vec<Key> = ready.iter().map(keys::waiting).collect();
        require(self.o, &lists)?;
        let (mut turns, mut next) = Turns::take(self.o, ready, budget)?;
        prefetch(self.machine, self.o, &turns.queue, budget)?;
        let mut needs = Needs::default();
        while let Some((entry, subject)) = turns.pop() {
            if budget.is_spent() {
                next.insert(subject);
                next.extend(turns.queue.into_values().chain(turns.again.into_values()));
                break;
            }
            let Some(parked) = self.o.get::<Parked>(&keys::parked(&entry.event))? else {
                continue;
            };
            budget.spend(&parked.event);
            let result = self.attempt(&parked);
            for changed in needs.note(result)?.into_iter().flatten() {
                if turns.subjects.contains(&changed) {
                    turns.renew(self.o, &changed)?;
                } else {
                    next.insert(changed);
                }
            }
        }
        needs.done()?;
        Ok(next)
    }
}

/// What waits for `subject`.
fn waiting_for(o: &Overlay, subject: &Missing) -> Result<BTreeSet<WaitingEntry>, Halt> {
    let list: Option<WaitingList> = o.get(&keys::waiting(subject))?;
    Ok(list.unwrap_or_default().entries)
}

/// Asks at once for what trying the queued events will read, as far as it can be named and the budget suffices.
fn prefetch(machine: &Machine, o: &Overlay, queue: &Queue, budget: &Budget) -> Result<(), Halt> {
    let first = queue.keys().take(budget.attempts);
    let events: Vec<Key> = first.map(|entry| keys::parked(&entry.event)).collect();
    require(o, &events)?;
    let mut hinted = Vec::new();
    let mut waiting = Vec::new();
    for key in &events {
        if let Some(parked) = o.get::<Parked>(key)? {
            hinted.extend(hints::of_parked(machine, &parked));
            let claim = Claim {
                issuer: &parked.issuer,
                class: parked.class,
                place: "/parked/",
            };
            let profile = machine.profile(parked.profile);
            let plan = profile.and_then(|profile| profile.classify(&parked.event, &claim).ok());
            waiting.push((EventKeys::new(&parked.event), plan, parked));
        }
    }
    require(o, &hinted)?;
    let mut follow = Vec::new();
    for (known, plan, parked) in &waiting {
        hints::from_objects(&mut follow, o, &parked.event, known, plan.as_ref());
    }
    require(o, &follow)
}

/// Asks for all `keys` at once, unless they are there.
pub(super) fn require(o: &Overlay, keys: &[Key]) -> Result<(), Halt> {
    let unknown = o.unknown(keys);
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(Halt::Need(unknown))
    }
}

impl Cascade<'_> {
    /// Tries one parked event. Returns what parked events may be waiting for and has changed by it.
    fn attempt(&mut self, parked: &Parked) -> Result<BTreeSet<Missing>, Halt> {
        let o = &mut *self.o;
        let id = parked.event.id;
        let mark = o.mark();
        let code = match judge(self.machine, self.block, self.params, o, parked) {
            Ok(mut done) => {
                k08_parking::unpark(o, parked)?;
                settle(o, parked, EventState::Applied)?;
                if let Some(target) = &parked.event.corrects {
                    k12_correction::link(o, target, &id, "")?;
                }
                self.effects.push(Effect::Unparked(id));
                self.effects.append(&mut done.effects);
                return Ok(done.woken);
            }
            Err(Halt::Waits(waiting)) => {
                o.rollback(mark);
                match k08_parking::wait_for(o, parked.clone(), waiting.missing) {
                    Ok(()) => return Ok(BTreeSet::new()),
                    Err(Halt::Refused(refusal)) => {
                        o.rollback(mark);
                        refusal.code
                    }
                    Err(halt) => return Err(halt),
                }
            }
            Err(Halt::Refused(refusal)) => {
                o.rollback(mark);
                refusal.code
            }
            Err(halt) => return Err(halt),
        };
        k08_parking::unpark(o, parked)?;
        settle(o, parked, EventState::Rejected(code.to_owned()))?;
        self.effects.push(Effect::Rejected {
            event: id,
            code: code.to_owned(),
        });
        Ok(BTreeSet::new())
    }
}

/// What an applied event left behind.
struct Done {
    effects: Vec<Effect>,
    woken: BTreeSet<Missing>,
}

fn judge(
    machine: &Machine,
    block: &BlockContext,
    params: &Params,
    o: &mut Overlay,
    parked: &Parked,
) -> Result<Done, Halt> {
    let place = format!("/parked/{}", parked.event.id);
    let Some(profile) = machine.profile(parked.profile) else {
        let message = "the profile is not known to this software";
        let subject = crate::report::Subject::Profile(parked.profile);
        return Err(Halt::refuse(
            &reasons::UNKNOWN_PROFILE,
            subject,
            &place,
            message,
        ));
    };
    let moment = Moment {
        height: block.height,
        now: block.time,
        arrived: parked.arrived,
    };
    let claim = Claim {
        issuer: &parked.issuer,
        class: parked.class,
        place: &place,
    };
    let plan = profile.classify(&parked.event, &claim)?;
    k01_schema::plan(&plan, &parked.event, &place)?;
    k01_schema::time(&parked.event, params, moment, &place)?;
    k02_authority::needs(
        o,
        &plan.needs,
        &parked.issuer,
        None,
        parked.event.time,
        moment,
        &place,
    )?;
    let event_keys = Cow::Owned(EventKeys::new(&parked.event));
    let mut act = Act::new(
        o,
        profile,
        &parked.event,
        event_keys,
        parked.event.id,
        &claim,
        moment,
    );
    match kernel::apply(&mut act, &plan) {
        Err(Halt::Waits(waiting)) if !plan.patience.suffices(waiting.kind) => {
            Err(waiting.refusal.into())
        }
        Err(halt) => Err(halt),
        Ok(()) => Ok(Done {
            effects: act.effects,
            woken: act.woken,
        }),
    }
}

/// Writes what became of a parked event.
pub(super) fn settle(o: &mut Overlay, parked: &Parked, state: EventState) -> Result<(), Halt> {
    let key = keys::event(&parked.event.id);
    let record: EventRecord = o.get(&key)?.ok_or(Halt::Corrupt(key))?;
    o.put(key, &EventRecord { state, ..record });
    Ok(())
}
