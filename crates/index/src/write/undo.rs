//! Declarations that an event was in error (K12): what the machine undid is undone here.
//!
//! The receipt says which objects rolled forward; for those, the steps of the event are undone from the last to the first. What
//! the ledger leaves as it is (unpacking, withdrawing, declining, documents, objects that have moved on) stays.

use std::collections::BTreeSet;

use pangolin_ledger::{
    id::{ObjectId, PartyId},
    profile::{Op, Plan, Step, Target},
    report::Effect,
    state::Holder,
    tx::{Correction, SignedTransaction},
};
use rusqlite::{OptionalExtension as _, params};

use super::{
    batch::{Batch, unpack_profile},
    event::{EventState, Origin},
    slots::Slot,
    steps::Acting,
};
use crate::{
    error::{During as _, IndexError},
    query::{Field, Has},
    read::event::reason_word,
    store::object::{HolderRef, ObjectRole, ObjectStatus, event_flag, flag},
};

/// What is known of the event in error.
struct Recorded {
    no: i64,
    issuer: i64,
    profile: i64,
    state: i64,
}

impl Batch<'_> {
    /// Writes a declaration and undoes what the receipt says was undone.
    pub(super) fn correction(
        &mut self,
        signed: &SignedTransaction,
        tx: i64,
        body: &Correction,
        effects: &[Effect],
    ) -> Result<(), IndexError> {
        let event = &body.event;
        let Some(recorded) = self.recorded(event.id.0)? else {
            // A node that started late may not have the event.
            return self.alert("correction-of-unknown", None, None, &event.id.to_string());
        };
        let profile = unpack_profile(recorded.profile);
        let named = self.named(event)?;
        let origin = Origin {
            tx,
            place: 0,
            issuer: &signed.tx().issuer,
            profile,
            state: EventState::Declaration,
            does: 0,
            about: Some(recorded.no),
        };
        let no = self.insert(event, &named, &origin)?;
        self.declaration(no, body, profile)?;
        self.db
            .prepare_cached("UPDATE events SET flags = flags | ?2 WHERE no = ?1")
            .and_then(|mut statement| statement.execute([recorded.no, event_flag::IN_ERROR]))
            .during("marking an event")?;
        if recorded.state != EventState::Applied.number() {
            return Ok(());
        }
        let rolled: BTreeSet<&ObjectId> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::RolledForward(object) => Some(object),
                _ => None,
            })
            .collect();
        let rolled: BTreeSet<Slot> = rolled
            .into_iter()
            .filter_map(|object| self.slots.find(object, None))
            .collect();
        let slots: Vec<Slot> = rolled.iter().copied().collect();
        self.post(no, ObjectRole::Undone, &slots);
        let issuer = self.dictionary.party_name(self.db, recorded.issuer)?;
        let plan = self.plan(profile, event, &issuer, signed.tx().class)?;
        let acting = Acting::new(no, &issuer, event, signed.tx().class, &named);
        self.revert(&acting, &plan, &rolled, recorded.issuer)
    }

    fn recorded(&self, hash: [u8; 32]) -> Result<Option<Recorded>, IndexError> {
        let Some(no) = self.event_no(&pangolin_ledger::id::EventId(hash))? else {
            return Ok(None);
        };
        self.db
            .prepare_cached("SELECT no, issuer, profile, state FROM events WHERE no = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row([no], |row| {
                        Ok(Recorded {
                            no: row.get(0)?,
                            issuer: row.get(1)?,
                            profile: row.get(2)?,
                            state: row.get(3)?,
                        })
                    })
                    .optional()
            })
            .during("reading an event")
    }

    fn declaration(
        &mut self,
        no: i64,
        body: &Correction,
        profile: pangolin_ledger::id::ProfileRef,
    ) -> Result<(), IndexError> {
        let correctives: Vec<u8> = body.correctives.iter().flat_map(|id| id.0).collect();
        self.db
            .prepare_cached(
                "INSERT INTO declarations (event, time, reason, note, correctives) VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .and_then(|mut statement| {
                statement.execute(params![no, body.declared.0, body.reason.0, body.note, correctives])
            })
            .during("inserting a declaration")?;
        self.term(no, Field::Has, Has::ErrorDeclaration.value().to_owned())?;
        if let Some(reason) = reason_word(self.lens, profile, body.reason, &body.note) {
            self.term(no, Field::ErrorReason, reason)?;
        }
        for corrective in &body.correctives {
            self.term(
                no,
                Field::CorrectiveEventId,
                pangolin_profiles::capture::event_uri(corrective),
            )?;
        }
        Ok(())
    }

    fn revert(
        &mut self,
        acting: &Acting<'_>,
        plan: &Plan,
        rolled: &BTreeSet<Slot>,
        issuer: i64,
    ) -> Result<(), IndexError> {
        for step in plan.steps.iter().rev() {
            if matches!(step.op, Op::Transform { .. }) {
                self.revert_transformation(acting, rolled)?;
                continue;
            }
            let touched = acting.slots(step.on).iter();
            for slot in touched.filter(|slot| rolled.contains(slot)) {
                self.revert_object(*slot, &step.op, issuer)?;
            }
            self.revert_quantities(acting, step)?;
        }
        for slot in rolled {
            self.change(*slot, |row| row.set(flag::CORRECTED, true));
        }
        Ok(())
    }

    fn revert_object(&mut self, slot: Slot, op: &Op, issuer: i64) -> Result<(), IndexError> {
        let row = self.row(slot);
        match op {
            Op::Create { .. } if row.status == ObjectStatus::Live => {
                self.change(slot, |row| row.status = ObjectStatus::Voided);
                if row.lot > 0 {
                    self.unmade(row.lot);
                }
            }
            Op::Terminate { .. } if row.status != ObjectStatus::Live => self.change(slot, |row| {
                row.status = ObjectStatus::Live;
                row.set(flag::WITH_CONTENTS, false);
            }),
            Op::Reinstate { reasons } if row.status == ObjectStatus::Live => {
                if let Some(reason) = reasons.first() {
                    self.change(slot, |row| {
                        row.status = ObjectStatus::Ended;
                        row.reason = reason.0;
                    });
                }
            }
            Op::Hold => self.change(slot, |row| row.set(flag::HELD, false)),
            Op::Unhold => self.change(slot, |row| row.set(flag::HELD, true)),
            Op::Offer { .. } => self.change(slot, |row| row.pending = 0),
            Op::Accept { .. } if row.giver > 0 => self.change(slot, |row| {
                row.holder = HolderRef::Party(row.giver);
                row.filling = 0;
                row.giver = 0;
                row.pending = issuer;
            }),
            Op::Enclose { .. } => {
                let location = self.locate(slot)?;
                self.set_free(slot, location.custodian, location.held);
            }
            _ => {}
        }
        Ok(())
    }

    fn revert_quantities(&mut self, acting: &Acting<'_>, step: &Step) -> Result<(), IndexError> {
        let own = Holder::Party(acting.issuer.clone());
        let transit = |from: &PartyId, to: &PartyId| Holder::Transit {
            from: from.clone(),
            to: to.clone(),
        };
        let (from, to) = match &step.op {
            Op::Create { .. } => (None, Some(own)),
            Op::Terminate { .. } => (Some(own), None),
            Op::Offer { to, .. } => (Some(own), Some(transit(acting.issuer, to))),
            Op::Accept { from: Some(from) } => (Some(transit(from, acting.issuer)), Some(own)),
            _ => return Ok(()),
        };
        self.give_back(acting, step.on, from.as_ref(), to.as_ref())
    }

    /// Moves quantities back if they are all still there.
    fn give_back(
        &mut self,
        acting: &Acting<'_>,
        target: Target,
        from: Option<&Holder>,
        to: Option<&Holder>,
    ) -> Result<(), IndexError> {
        let lines = acting.lines(target);
        if lines.is_empty() {
            return Ok(());
        }
        if let Some(to) = to
            && !self.has_all(lines, to)?
        {
            return Ok(());
        }
        self.shift(lines, to, from)
    }

    /// A transformation is undone as a whole or not at all.
    fn revert_transformation(
        &mut self,
        acting: &Acting<'_>,
        rolled: &BTreeSet<Slot>,
    ) -> Result<(), IndexError> {
        let own = Holder::Party(acting.issuer.clone());
        let all = [Target::Outputs, Target::Objects];
        let whole = all
            .iter()
            .flat_map(|target| acting.slots(*target))
            .all(|slot| rolled.contains(slot))
            && self.has_all(acting.lines(Target::Outputs), &own)?;
        if !whole {
            return Ok(());
        }
        for slot in acting.slots(Target::Outputs) {
            let lot = self.row(*slot).lot;
            self.change(*slot, |row| row.status = ObjectStatus::Voided);
            if lot > 0 {
                self.unmade(lot);
            }
        }
        for slot in acting.slots(Target::Objects) {
            self.change(*slot, |row| row.status = ObjectStatus::Live);
        }
        self.give_back(acting, Target::Outputs, None, Some(&own))?;
        self.give_back(acting, Target::Objects, Some(&own), None)
    }
}
