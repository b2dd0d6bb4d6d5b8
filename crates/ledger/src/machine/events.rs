//! Executing the events of a transaction.
//!
//! For each event, in order: was it recorded (K3) → what does it mean (profile, K1) → its time (K1) → authority (K2) → apply.
//! An event that only lacks a predecessor is parked (K8). When all are done, the events that waited for what has changed
//! are tried (`cascade`). One refused event refuses the transaction.

use std::borrow::Cow;

use crate::{
    id::{Digest32, PartyId},
    kernel::{self, k01_schema, k02_authority, k08_parking, k12_correction},
    machine::{
        BlockContext, Machine, Overlay, Prepared,
        act::Act,
        admit::Admitted,
        cascade::Consequences,
        halt::{Halt, Needs, Waiting},
        prepared,
    },
    profile::{Claim, Plan},
    report::{EventOutcome, EventReceipt, Receipt, Subject, reasons},
    say,
    state::{EventRecord, EventState, Parked, keys},
    tx::{Event, EventKeys, SignedTransaction},
};

/// Executes the events of a transaction.
pub(super) fn execute(
    machine: &Machine,
    block: &BlockContext,
    prepared: &Prepared<'_>,
    events: &[Event],
    admitted: &Admitted<'_>,
    o: &mut Overlay,
) -> Result<Receipt, Halt> {
    let tx = prepared.tx();
    let mut work = Work {
        tx,
        prepared,
        admitted,
        o,
        done: Consequences::default(),
    };
    let mut receipts = Vec::with_capacity(events.len());
    let mut needs = Needs::default();
    for (index, (event, event_keys)) in events.iter().zip(&tx.keyring().events).enumerate() {
        let result = work.event(index, event, event_keys);
        receipts.extend(needs.note(result)?);
    }
    needs.done()?;
    if let Some(height) = all_duplicates(&receipts) {
        let message = format!("every event is recorded, the first at height {height}");
        return Err(Halt::refuse(
            &reasons::ALREADY_RECORDED,
            Subject::Transaction(tx.id()),
            "/events",
            message,
        ));
    }
    let done = std::mem::take(&mut work.done);
    done.conclude(machine, block, tx, &admitted.params, work.o, receipts)
}

fn all_duplicates(receipts: &[EventReceipt]) -> Option<crate::id::Height> {
    let height = |receipt: &EventReceipt| match receipt.outcome {
        EventOutcome::Duplicate { height } => Some(height),
        _ => None,
    };
    let heights: Option<Vec<_>> = receipts.iter().map(height).collect();
    heights?.into_iter().min()
}

/// What an earlier record of the same event means.
enum Known {
    /// The issuer stated it before, and it is applied or waits.
    Duplicate,
    /// Somebody else stated it, and it waits.
    Rival(Box<Parked>),
    /// It was given up: it may be stated again.
    Over,
}

fn of_other(event: &Event, issuer: &PartyId, place: &str) -> Halt {
    let message = say![issuer, " stated it before"];
    Halt::refuse(
        &reasons::EVENT_OF_OTHER,
        Subject::Event(event.id),
        place,
        message,
    )
}

struct Work<'a> {
    tx: &'a SignedTransaction,
    prepared: &'a Prepared<'a>,
    admitted: &'a Admitted<'a>,
    o: &'a mut Overlay,
    done: Consequences,
}

impl Work<'_> {
    fn event(
        &mut self,
        index: usize,
        event: &Event,
        event_keys: &EventKeys,
    ) -> Result<EventReceipt, Halt> {
        let tx = self.tx.tx();
        let place = prepared::place(index);
        let digest = self
            .tx
            .digests()
            .get(index)
            .copied()
            .unwrap_or_else(|| event.digest());
        let receipt = |outcome, objects| EventReceipt {
            id: event.id,
            outcome,
            objects,
            digest,
        };
        let key = event_keys.event;
        let known: Option<EventRecord> = self.o.get(&key)?;
        let rival = match &known {
            None => None,
            Some(known) => match self.judge_known(known, event, digest, &place)? {
                Known::Duplicate => {
                    return Ok(receipt(
                        EventOutcome::Duplicate {
                            height: known.height,
                        },
                        0,
                    ));
                }
                Known::Rival(parked) => Some(parked),
                Known::Over => None,
            },
        };
        let claim = Claim {
            issuer: &tx.issuer,
            class: tx.class,
            place: &place,
        };
        let plan = match self.prepared.plan(index) {
            Some(Ok(plan)) => Cow::Borrowed(plan),
            Some(Err(refusal)) => return Err(refusal.clone().into()),
            None => Cow::Owned(self.admitted.profile.classify(event, &claim)?),
        };
        k01_schema::plan(&plan, event, &place)?;
        k01_schema::time(event, &self.admitted.params, self.admitted.moment, &place)?;
        let signer = Some((&self.admitted.signer, &tx.key));
        k02_authority::needs(
            self.o,
            &plan.needs,
            &tx.issuer,
            signer,
            event.time,
            self.admitted.moment,
            &place,
        )?;
        let record = EventRecord {
            state: EventState::Applied,
            issuer: tx.issuer.clone(),
            profile: tx.profile,
            tx: self.tx.id(),
            index: u32::try_from(index).unwrap_or(u32::MAX),
            height: self.admitted.moment.height,
            digest,
            corrected: known.is_some_and(|known| known.corrected),
        };
        let mark = self.o.mark();
        match self.apply(event, event_keys, &plan, &claim) {
            Ok(objects) => {
                if let Some(rival) = rival {
                    k08_parking::unpark(self.o, &rival)?;
                }
                self.o.put(key, &record);
                if let Some(target) = &event.corrects {
                    k12_correction::link(self.o, target, &event.id, &place)?;
                }
                Ok(receipt(EventOutcome::Applied, objects))
            }
            Err(Halt::Waits(waiting)) if plan.patience.suffices(waiting.kind) => {
                self.o.rollback(mark);
                if let Some(rival) = rival {
                    return Err(of_other(event, &rival.issuer, &place));
                }
                let outcome = self.park(event, &plan, *waiting, &place)?;
                self.o.put(
                    key,
                    &EventRecord {
                        state: EventState::Parked,
                        ..record
                    },
                );
                Ok(receipt(outcome, 0))
            }
            Err(Halt::Waits(waiting)) => Err(waiting.refusal.into()),
            Err(halt) => Err(halt),
        }
    }

    /// What it means that an event with this identity is recorded already.
    ///
    /// An event belongs to whoever stated it. Somebody else who states the same content neither completes nor blocks it:
    /// once it is applied he is refused, and while it only waits it gives way to a statement that can be applied.
    fn judge_known(
        &self,
        known: &EventRecord,
        event: &Event,
        digest: Digest32,
        place: &str,
    ) -> Result<Known, Halt> {
        if known.digest != digest {
            let message = format!("recorded at height {} with another content", known.height);
            return Err(Halt::refuse(
                &reasons::EVENT_CONFLICT,
                Subject::Event(event.id),
                place,
                message,
            ));
        }
        let own = known.issuer == self.tx.tx().issuer;
        match known.state {
            EventState::Applied | EventState::Parked if own => Ok(Known::Duplicate),
            EventState::Applied => Err(of_other(event, &known.issuer, place)),
            EventState::Parked => {
                let key = keys::parked(&event.id);
                let parked: Parked = self.o.get(&key)?.ok_or(Halt::Corrupt(key))?;
                Ok(Known::Rival(Box::new(parked)))
            }
            EventState::Expired | EventState::Rejected(_) => Ok(Known::Over),
        }
    }

    fn apply(
        &mut self,
        event: &Event,
        event_keys: &EventKeys,
        plan: &Plan,
        claim: &Claim<'_>,
    ) -> Result<u32, Halt> {
        let admitted = self.admitted;
        let mut act = Act::new(
            self.o,
            admitted.profile,
            event,
            Cow::Borrowed(event_keys),
            event.id,
            claim,
            admitted.moment,
        );
        kernel::apply(&mut act, plan)?;
        self.done.effects.append(&mut act.effects);
        self.done.woken.append(&mut act.woken);
        Ok(act.written)
    }

    fn park(
        &mut self,
        event: &Event,
        plan: &Plan,
        waiting: Waiting,
        place: &str,
    ) -> Result<EventOutcome, Halt> {
        let tx = self.tx.tx();
        let moment = self.admitted.moment;
        let patience_ms = plan.patience.ms.unwrap_or(self.admitted.params.park_ms);
        let deadline = moment.arrived.plus(patience_ms);
        let parked = Parked {
            event: event.without_payload(),
            issuer: tx.issuer.clone(),
            key: tx.key,
            tx: self.tx.id(),
            profile: tx.profile,
            class: tx.class,
            height: moment.height,
            arrived: moment.arrived,
            deadline,
            missing: waiting.missing.clone(),
        };
        k08_parking::park(self.o, parked, self.admitted.quota, place)?;
        let refusal = waiting.refusal;
        let missing = waiting
            .missing
            .into_iter()
            .next()
            .ok_or(Halt::Refused(Box::new(refusal.clone())))?;
        Ok(EventOutcome::Parked {
            missing,
            deadline,
            code: refusal.code.to_owned(),
        })
    }
}
