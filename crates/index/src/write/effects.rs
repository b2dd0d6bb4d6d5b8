//! Effects: what happened besides, in the order in which it happened.

use pangolin_ledger::{
    id::{ChainId, EventId, GroupId, ObjectId, OrderId, PartyId},
    report::Effect,
    state::InboxResult,
    tx::Quantities,
};
use rusqlite::params;

use super::{batch::Batch, event::EventState, height, slots::Slot, steps::Acting};
use crate::{
    error::{During as _, IndexError},
    store::object::{HolderRef, ObjectStatus, does},
};

impl Batch<'_> {
    /// Follows the effects of a transaction or of the block itself.
    pub(super) fn effects(
        &mut self,
        effects: &[Effect],
        issuer: Option<&PartyId>,
    ) -> Result<(), IndexError> {
        for effect in effects {
            self.effect(effect, issuer)?;
        }
        Ok(())
    }

    fn effect(&mut self, effect: &Effect, _issuer: Option<&PartyId>) -> Result<(), IndexError> {
        match effect {
            Effect::Unparked(id) => self.unparked(id),
            Effect::Lapsed(id) => self.closed(id, EventState::Lapsed, "", "event-lapsed"),
            Effect::Rejected { event, code } => {
                self.closed(event, EventState::Rejected, code, "event-rejected")
            }
            Effect::Completed(offer) => self.handover(offer, 1, 0),
            Effect::Overdue { offer, open } => self.handover(offer, 2, *open),
            Effect::OrderActive(order) => self.order_state(order, 1),
            Effect::OrderReleased(order) => self.order_state(order, 2),
            Effect::OrderExpired(order) => self.order_state(order, 3),
            Effect::Exempted { order, object } => {
                let slot = self.slot_of(object)?;
                let Some(no) = self.order_no(order)? else {
                    return Ok(());
                };
                self.db
                    .prepare_cached("INSERT OR IGNORE INTO exemptions (\"order\", object, height) VALUES (?1, ?2, ?3)")
                    .and_then(|mut statement| statement.execute([no, self.row(slot).id, height(self.height)]))
                    .during("inserting an exemption")?;
                Ok(())
            }
            Effect::Unreversed(event) => {
                let no = self.event_no(event)?;
                self.alert(
                    "correction-unreversed",
                    no,
                    None,
                    "a corrective event must state what is true",
                )
            }
            Effect::Arrived {
                chain,
                object,
                group,
                from,
                to,
                result: InboxResult::Accepted,
                epoch,
                inside,
                ..
            } => {
                let slot = self.comes(object, chain, group.as_ref(), *epoch, inside)?;
                let from = self.dictionary.party(self.db, from)?;
                let to = self.dictionary.party(self.db, to)?;
                self.change(slot, |row| {
                    row.holder = HolderRef::Party(from);
                    row.filling = 0;
                    row.pending = to;
                });
                Ok(())
            }
            Effect::BroughtIn {
                object,
                container,
                filling,
                chain,
                group,
                epoch,
                inside,
                ..
            } => {
                let around = self.slot_of(container)?;
                let around = self.row(around).id;
                let slot = self.comes(object, chain, group.as_ref(), *epoch, inside)?;
                self.change(slot, |row| {
                    row.holder = HolderRef::Container(around);
                    row.filling = i64::from(*filling);
                    row.pending = 0;
                });
                Ok(())
            }
            Effect::Settled {
                object,
                gone: false,
                ..
            } => {
                let slot = self.slot_of(object)?;
                self.change(slot, |row| row.status = ObjectStatus::Live);
                Ok(())
            }
            // What departs is written with its event; containers out of which objects were taken by inference are found by their events; governance is written
            // with its transactions; what rolled forward is written with the declaration.
            Effect::Inferred { .. }
            | Effect::Enacted(_)
            | Effect::Proposed { .. }
            | Effect::DeclaredInError(_)
            | Effect::RolledForward(_)
            | Effect::Superseded(_)
            | Effect::Membership { .. }
            | Effect::Foreign(_)
            | Effect::Relied { .. }
            | Effect::Noticed { .. }
            | Effect::Walked { .. }
            | Effect::Validators(_)
            | Effect::Recorded { .. }
            | Effect::Heard { .. }
            | Effect::Forked { .. }
            | Effect::Source { .. }
            | Effect::Rested { .. }
            | Effect::Departed { .. }
            | Effect::Arrived { .. }
            | Effect::Settled { .. } => Ok(()),
        }
    }

    /// An object comes from another chain, where what was in it here went with it.
    fn comes(
        &mut self,
        object: &ObjectId,
        chain: &ChainId,
        group: Option<&GroupId>,
        epoch: u32,
        inside: &Quantities,
    ) -> Result<Slot, IndexError> {
        let slot = self.slot_of(object)?;
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO arrivals (object, height, chain) VALUES (?1, ?2, ?3)",
            )
            .and_then(|mut statement| {
                statement.execute(params![self.row(slot).id, height(self.height), chain.0])
            })
            .during("inserting an arrival")?;
        let lot = match group {
            Some(group) => self.dictionary.group(self.db, group, 0)?,
            None => 0,
        };
        let before = self.row(slot);
        let epoch = i64::from(epoch);
        if before.epoch != epoch {
            self.went_along(before.id, before.epoch)?;
        }
        self.change(slot, |row| {
            row.status = ObjectStatus::Live;
            row.giver = 0;
            row.lot = lot;
            row.epoch = epoch;
        });
        if lot > 0 && before.lot != lot {
            self.member(lot, before.id);
        }
        self.pour_in(inside, &self.inside(slot)?)?;
        Ok(slot)
    }

    /// The contents of a filling went to another chain: with nobody here.
    fn went_along(&self, container: i64, epoch: i64) -> Result<(), IndexError> {
        self.db
            .prepare_cached(
                "INSERT OR IGNORE INTO releases (container, epoch, party, event, held) VALUES (?1, ?2, 0, 0, 0)",
            )
            .and_then(|mut statement| statement.execute([container, epoch]))
            .during("inserting what went along")?;
        Ok(())
    }

    /// An event that waited takes effect.
    fn unparked(&mut self, id: &EventId) -> Result<(), IndexError> {
        let Some(waiting) = self.take_waiting(id) else {
            return Err(self.inconsistent(format!("event {id} took effect, but does not wait")));
        };
        let applied = self.take_applied();
        let plan = self.plan(
            waiting.profile,
            &waiting.event,
            &waiting.issuer,
            waiting.class,
        )?;
        self.db
            .prepare_cached("UPDATE events SET state = 0, applied = ?2, does = ?3 WHERE no = ?1")
            .and_then(|mut statement| statement.execute([waiting.no, applied, does::of(&plan)]))
            .during("applying a waiting event")?;
        self.close_waiting(waiting.no, 1, "")?;
        let named = self.named(&waiting.event)?;
        self.act(
            &Acting::new(
                waiting.no,
                &waiting.issuer,
                &waiting.event,
                waiting.class,
                &named,
            ),
            &plan,
        )
    }

    /// An event that waited ends.
    fn closed(
        &mut self,
        id: &EventId,
        state: EventState,
        code: &str,
        alert: &str,
    ) -> Result<(), IndexError> {
        let Some(waiting) = self.take_waiting(id) else {
            return Err(self.inconsistent(format!("event {id} ended, but does not wait")));
        };
        self.db
            .prepare_cached("UPDATE events SET state = ?2 WHERE no = ?1")
            .and_then(|mut statement| statement.execute([waiting.no, state.number()]))
            .during("ending a waiting event")?;
        self.close_waiting(waiting.no, state.number(), code)?;
        self.alert(alert, Some(waiting.no), None, code)
    }

    fn close_waiting(&mut self, no: i64, state: i64, code: &str) -> Result<(), IndexError> {
        self.db
            .prepare_cached(
                "UPDATE parked SET state = ?2, closed = ?3, reduced = NULL, code = CASE ?4 WHEN '' THEN code ELSE ?4 END
                 WHERE event = ?1",
            )
            .and_then(|mut statement| statement.execute(params![no, state, height(self.height), code]))
            .during("ending the waiting of an event")?;
        Ok(())
    }

    fn handover(&mut self, offer: &EventId, state: i64, open: u32) -> Result<(), IndexError> {
        let Some(no) = self.event_no(offer)? else {
            return Ok(());
        };
        self.db
            .prepare_cached(
                "INSERT INTO handovers (event, state, open, changed) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (event) DO UPDATE SET state = excluded.state, open = excluded.open, changed = excluded.changed",
            )
            .and_then(|mut statement| statement.execute(params![no, state, open, height(self.height)]))
            .during("writing a hand-over")?;
        if state == 2 {
            self.alert(
                "handover-overdue",
                Some(no),
                None,
                &format!("{open} objects are under way"),
            )?;
        }
        Ok(())
    }

    fn order_state(&mut self, order: &OrderId, state: i64) -> Result<(), IndexError> {
        self.db
            .prepare_cached("UPDATE orders SET state = ?2, changed = ?3 WHERE id = ?1")
            .and_then(|mut statement| {
                statement.execute(params![order.0, state, height(self.height)])
            })
            .during("writing the state of an order")?;
        Ok(())
    }
}
