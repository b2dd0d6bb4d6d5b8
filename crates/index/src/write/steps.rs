//! What the plan of an applied event does to the objects it names.
//!
//! The machine has judged the event; here its steps are repeated on the rows. The rules are those of the ledger's kernels K3 to
//! K6 and K9, without their conditions: a child points to its container and filling, everything inside has the custodian of
//! the outermost container and is held back with its containers, also when it comes out; emptying a container ends its
//! filling, what is done to a container in a list covers what is inside.

use std::collections::BTreeSet;

use pangolin_ledger::{
    id::PartyId,
    limits::MAX_DEPTH,
    profile::{Contents, NewGroup, Op, Plan, Step, Target},
    state::{Holder, Placement},
    tx::{DataClass, Event, Quantities, Stock},
};
use rusqlite::{OptionalExtension as _, params};

use super::{batch::Batch, event::Named, slots::Slot};
use crate::{
    error::{During as _, IndexError, damaged},
    store::object::{HolderRef, ObjectRole, ObjectStatus, flag},
};

static NOTHING: Quantities = Quantities::new();

/// An event that takes effect.
pub(super) struct Acting<'a> {
    pub(super) no: i64,
    pub(super) issuer: &'a PartyId,
    pub(super) event: &'a Event,
    pub(super) class: DataClass,
    pub(super) named: &'a Named,
}

impl<'a> Acting<'a> {
    pub(super) const fn new(
        no: i64,
        issuer: &'a PartyId,
        event: &'a Event,
        class: DataClass,
        named: &'a Named,
    ) -> Self {
        Self {
            no,
            issuer,
            event,
            class,
            named,
        }
    }

    /// The objects of a target.
    pub(super) fn slots(&self, target: Target) -> &'a [Slot] {
        match target {
            Target::Objects => &self.named.objects,
            Target::Outputs => &self.named.outputs,
            Target::Parent => self.named.parent.as_slice(),
        }
    }

    /// The quantity lines of a target.
    pub(super) const fn lines(&self, target: Target) -> &'a Quantities {
        match target {
            Target::Objects => &self.event.quantities,
            Target::Outputs => &self.event.outputs.quantities,
            Target::Parent => &NOTHING,
        }
    }
}

/// Where an object is, as far as it follows from containers.
#[derive(Debug, Default)]
pub(super) struct Location {
    /// The containers around it, innermost first.
    pub(super) containers: Vec<Slot>,
    /// Its custodian, or 0.
    pub(super) custodian: i64,
    /// Whether one of the containers is held back, or the one it came out of was.
    pub(super) held: bool,
}

impl Batch<'_> {
    /// Runs a plan.
    pub(super) fn act(&mut self, acting: &Acting<'_>, plan: &Plan) -> Result<(), IndexError> {
        for step in &plan.steps {
            self.step(acting, step)?;
        }
        Ok(())
    }

    fn step(&mut self, acting: &Acting<'_>, step: &Step) -> Result<(), IndexError> {
        let issuer = self.dictionary.party(self.db, acting.issuer)?;
        let own = || Holder::Party(acting.issuer.clone());
        let transit = |from: &PartyId, to: &PartyId| Holder::Transit {
            from: from.clone(),
            to: to.clone(),
        };
        let lines = acting.lines(step.on);
        match &step.op {
            Op::Create { group } => {
                self.create(acting, step.on, group.as_ref(), issuer)?;
                self.shift(lines, None, Some(&own()))
            }
            Op::Enclose { .. } => self.enclose(acting, step, issuer),
            Op::Disclose => self.disclose(acting, step),
            Op::Empty => self.each(acting, step.on, |batch, slot| {
                batch.release_contents(slot, acting.no)
            }),
            Op::Offer { to, .. } => {
                let receiver = self.dictionary.party(self.db, to)?;
                self.each_uncovered(acting, step.on, |batch, slot| {
                    batch.take_out(slot, acting.no)?;
                    batch.change(slot, |row| row.pending = receiver);
                    Ok(())
                })?;
                self.shift(lines, Some(&own()), Some(&transit(acting.issuer, to)))
            }
            Op::Accept { from } => {
                self.each_uncovered(acting, step.on, |batch, slot| {
                    let giver = batch.locate(slot)?.custodian;
                    batch.take_out(slot, acting.no)?;
                    batch.change(slot, |row| {
                        row.holder = HolderRef::Party(issuer);
                        row.filling = 0;
                        row.pending = 0;
                        row.giver = giver;
                    });
                    Ok(())
                })?;
                let from = from.as_ref().map(|from| transit(from, acting.issuer));
                self.shift(lines, from.as_ref(), Some(&own()))
            }
            Op::Withdraw => {
                self.end_offers(acting, step.on)?;
                let from = acting
                    .event
                    .destination
                    .as_ref()
                    .map(|to| transit(acting.issuer, to));
                self.shift(lines, from.as_ref(), Some(&own()))
            }
            Op::Decline => {
                self.end_offers(acting, step.on)?;
                let Some(giver) = &acting.event.source else {
                    return Ok(());
                };
                self.shift(
                    lines,
                    Some(&transit(giver, acting.issuer)),
                    Some(&Holder::Party(giver.clone())),
                )
            }
            Op::Terminate { reason, contents } => {
                self.terminate(acting, step.on, reason.0, *contents)?;
                self.shift(lines, Some(&own()), None)
            }
            Op::Reinstate { .. } => self.each(acting, step.on, |batch, slot| {
                batch.settle(slot)?;
                batch.change(slot, |row| {
                    row.status = ObjectStatus::Live;
                    row.set(flag::WITH_CONTENTS, false);
                });
                Ok(())
            }),
            Op::Hold => self.each(acting, step.on, |batch, slot| {
                batch.take_out(slot, acting.no)?;
                batch.change(slot, |row| row.set(flag::HELD, true));
                Ok(())
            }),
            Op::Unhold => self.each(acting, step.on, |batch, slot| {
                batch.settle(slot)?;
                batch.change(slot, |row| row.set(flag::HELD, false));
                Ok(())
            }),
            Op::Transform { reason, group, .. } => {
                self.each(acting, Target::Objects, |batch, slot| {
                    batch.take_out(slot, acting.no)?;
                    batch.change(slot, |row| {
                        row.status = ObjectStatus::Ended;
                        row.reason = reason.0;
                    });
                    Ok(())
                })?;
                self.shift(acting.lines(Target::Objects), Some(&own()), None)?;
                self.descend(acting, group.as_ref())?;
                self.create(acting, Target::Outputs, group.as_ref(), issuer)?;
                self.shift(acting.lines(Target::Outputs), None, Some(&own()))
            }
            Op::Depart { .. } => self.each(acting, step.on, |batch, slot| {
                batch.take_out(slot, acting.no)?;
                batch.change(slot, |row| row.status = ObjectStatus::Away);
                Ok(())
            }),
            Op::Observe
            | Op::Advance { .. }
            | Op::Use
            | Op::Clear
            | Op::Associate
            | Op::Dissociate
            | Op::Once { .. }
            | Op::PutDocument { .. }
            | Op::Rest(_)
            | Op::Require(_) => Ok(()),
        }
    }

    /// Groups that come out of a transformation are made of the groups that went in.
    fn descend(&mut self, acting: &Acting<'_>, group: Option<&NewGroup>) -> Result<(), IndexError> {
        let mut origins: BTreeSet<i64> = acting
            .named
            .objects
            .iter()
            .map(|slot| self.row(*slot).lot)
            .filter(|lot| *lot > 0)
            .collect();
        let mut lots = BTreeSet::new();
        let named = group.map(|new| &new.group);
        let counted = |stock: &Stock| match stock {
            Stock::Group(group) => Some(group.clone()),
            Stock::Class(_) => None,
        };
        for group in acting.event.quantities.keys().filter_map(counted) {
            origins.insert(self.dictionary.group(self.db, &group, acting.no)?);
        }
        let made = acting.event.outputs.quantities.keys().filter_map(counted);
        for group in named.cloned().into_iter().chain(made) {
            lots.insert(self.dictionary.group(self.db, &group, acting.no)?);
        }
        for (origin, lot) in origins
            .iter()
            .flat_map(|origin| lots.iter().map(move |lot| (origin, lot)))
        {
            if origin != lot {
                self.db
                    .prepare_cached("INSERT OR IGNORE INTO lineage (origin, lot) VALUES (?1, ?2)")
                    .and_then(|mut statement| statement.execute([origin, lot]))
                    .during("inserting the origin of a group")?;
            }
        }
        Ok(())
    }

    fn each(
        &mut self,
        acting: &Acting<'_>,
        target: Target,
        mut work: impl FnMut(&mut Self, Slot) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        acting
            .slots(target)
            .iter()
            .try_for_each(|slot| work(self, *slot))
    }

    /// Leaves out objects that are inside another one of the list.
    fn each_uncovered(
        &mut self,
        acting: &Acting<'_>,
        target: Target,
        mut work: impl FnMut(&mut Self, Slot) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let slots = acting.slots(target);
        for slot in slots {
            let around = self.locate(*slot)?.containers;
            // Slots ascend with identifiers, and so does the list.
            if !around
                .iter()
                .any(|container| slots.binary_search(container).is_ok())
            {
                work(self, *slot)?;
            }
        }
        Ok(())
    }

    fn create(
        &mut self,
        acting: &Acting<'_>,
        target: Target,
        group: Option<&NewGroup>,
        issuer: i64,
    ) -> Result<(), IndexError> {
        let lot = match group {
            Some(new) => self.dictionary.group(self.db, &new.group, acting.no)?,
            None => 0,
        };
        for slot in acting.slots(target) {
            self.bring_into_being(*slot, issuer, lot, acting);
        }
        Ok(())
    }

    fn bring_into_being(&mut self, slot: Slot, issuer: i64, lot: i64, acting: &Acting<'_>) {
        let untracked = acting.class == DataClass::Record;
        self.change(slot, |row| {
            row.status = ObjectStatus::Live;
            row.holder = HolderRef::Party(issuer);
            row.filling = 0;
            row.lot = lot;
            row.origin = acting.no;
            row.set(flag::UNTRACKED, untracked);
        });
        if lot > 0 {
            self.member(lot, self.row(slot).id);
        }
    }

    fn enclose(&mut self, acting: &Acting<'_>, step: &Step, issuer: i64) -> Result<(), IndexError> {
        let parent = self.parent(acting)?;
        if matches!(self.row(parent).status, ObjectStatus::Unknown) {
            self.bring_into_being(parent, issuer, 0, acting);
        }
        let container = self.row(parent);
        for slot in acting.slots(step.on) {
            self.change(*slot, |row| {
                row.holder = HolderRef::Container(container.id);
                row.filling = container.epoch;
            });
        }
        let inside = self.inside(parent)?;
        self.shift(
            acting.lines(step.on),
            Some(&Holder::Party(acting.issuer.clone())),
            Some(&inside),
        )
    }

    fn disclose(&mut self, acting: &Acting<'_>, step: &Step) -> Result<(), IndexError> {
        let parent = self.parent(acting)?;
        let around = self.locate(parent)?;
        let held = around.held || self.row(parent).has(flag::HELD);
        let custodian = around.custodian;
        for slot in acting.slots(step.on) {
            self.set_free(*slot, custodian, held);
        }
        if acting.lines(step.on).is_empty() {
            return Ok(());
        }
        let inside = self.inside(parent)?;
        let own = Holder::Party(self.dictionary.party_name(self.db, custodian)?);
        self.shift(acting.lines(step.on), Some(&inside), Some(&own))
    }

    fn end_offers(&mut self, acting: &Acting<'_>, target: Target) -> Result<(), IndexError> {
        self.each_uncovered(acting, target, |batch, slot| {
            batch.settle(slot)?;
            batch.change(slot, |row| row.pending = 0);
            Ok(())
        })
    }

    fn terminate(
        &mut self,
        acting: &Acting<'_>,
        target: Target,
        reason: u16,
        contents: Contents,
    ) -> Result<(), IndexError> {
        let end = |batch: &mut Self, slot| {
            batch.take_out(slot, acting.no)?;
            match contents {
                Contents::Refuse => {}
                Contents::Release => batch.release_contents(slot, acting.no)?,
                Contents::Take => batch.change(slot, |row| row.set(flag::WITH_CONTENTS, true)),
            }
            batch.change(slot, |row| {
                row.status = ObjectStatus::Ended;
                row.reason = reason;
            });
            Ok(())
        };
        if contents == Contents::Take {
            self.each_uncovered(acting, target, end)
        } else {
            self.each(acting, target, end)
        }
    }

    /// Ends the present filling of a container: whoever was inside is with its custodian.
    fn release_contents(&mut self, slot: Slot, event: i64) -> Result<(), IndexError> {
        let around = self.locate(slot)?;
        let custodian = around.custodian;
        let row = self.row(slot);
        let held = around.held || row.has(flag::HELD);
        let inside = self.inside(slot)?;
        self.db
            .prepare_cached(
                "INSERT INTO releases (container, epoch, party, event, held) VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .and_then(|mut statement| {
                statement.execute(params![row.id, row.epoch, custodian, event, held])
            })
            .during("inserting a release")?;
        self.change(slot, |row| row.epoch += 1);
        let party = self.dictionary.party_name(self.db, custodian)?;
        self.pour_out(&inside, &Holder::Party(party))
    }

    /// The inside of a container, as balances name it.
    pub(super) fn inside(&self, slot: Slot) -> Result<Holder, IndexError> {
        let container = self
            .slots
            .key(slot)
            .cloned()
            .ok_or_else(|| damaged("a container was not read"))?;
        let epoch = u32::try_from(self.row(slot).epoch).unwrap_or(u32::MAX);
        Ok(Holder::Container(Placement { container, epoch }))
    }

    fn parent(&self, acting: &Acting<'_>) -> Result<Slot, IndexError> {
        let missing = || {
            self.inconsistent(format!(
                "event {} was applied without the parent it needs",
                acting.event.id
            ))
        };
        acting.named.parent.ok_or_else(missing)
    }

    /// Takes an object out of its containers by inference: it is with whoever has the outermost.
    pub(super) fn take_out(&mut self, slot: Slot, event: i64) -> Result<(), IndexError> {
        if !matches!(self.row(slot).holder, HolderRef::Container(_)) {
            return Ok(());
        }
        let location = self.locate(slot)?;
        if !location.containers.is_empty() {
            self.post(event, ObjectRole::TakenOut, &[slot]);
        }
        self.set_free(slot, location.custodian, location.held);
        Ok(())
    }

    pub(super) fn set_free(&mut self, slot: Slot, custodian: i64, held: bool) {
        self.change(slot, |row| {
            row.holder = HolderRef::Party(custodian);
            row.filling = 0;
            if held {
                row.set(flag::HELD, true);
            }
        });
    }

    /// Makes it explicit if the container of an object was emptied as a whole.
    fn settle(&mut self, slot: Slot) -> Result<(), IndexError> {
        if matches!(self.row(slot).holder, HolderRef::Container(_)) {
            let location = self.locate(slot)?;
            if location.containers.is_empty() {
                self.set_free(slot, location.custodian, location.held);
            }
        }
        Ok(())
    }

    /// Follows the containers outwards.
    pub(super) fn locate(&mut self, slot: Slot) -> Result<Location, IndexError> {
        let mut location = Location::default();
        let mut row = self.row(slot);
        loop {
            match row.holder {
                HolderRef::Nobody => return Ok(location),
                HolderRef::Party(party) => {
                    location.custodian = party;
                    return Ok(location);
                }
                HolderRef::Container(id) => {
                    let around = self
                        .slots
                        .by_id(self.db, id)?
                        .ok_or_else(|| damaged(format!("container {id} is missing")))?;
                    let container = self.row(around);
                    if container.epoch != row.filling {
                        let (party, held) = self.released_to(id, row.filling)?;
                        location.custodian = party;
                        location.held |= held;
                        return Ok(location);
                    }
                    if location.containers.len() >= MAX_DEPTH {
                        return Err(damaged(format!("object {} is too deep", row.id)));
                    }
                    location.held |= container.has(flag::HELD);
                    location.containers.push(around);
                    row = container;
                }
            }
        }
    }

    fn released_to(&self, container: i64, epoch: i64) -> Result<(i64, bool), IndexError> {
        self.db
            .prepare_cached("SELECT party, held FROM releases WHERE container = ?1 AND epoch = ?2")
            .and_then(|mut statement| {
                statement
                    .query_row([container, epoch], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()
            })
            .during("reading a release")?
            .ok_or_else(|| damaged(format!("the release of container {container} is missing")))
    }
}
