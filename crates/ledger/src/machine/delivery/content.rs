//! An object that came inside a container, brought in when it is needed.
//!
//! Its container came by one record; what is inside stayed where it was last written, on one of the chains on the way of that
//! filling. Nothing in a filling changes on a chain after the container was locked there, so a proof of any later state shows what
//! that chain knows. Whatever happens to an object makes its history longer: the record with the longest is the last one.

use std::collections::BTreeSet;

use crate::{
    id::ObjectId,
    kernel::k09_containment::{Counts, contribution, count, uncount},
    limits::MAX_SCOPES_INSIDE,
    machine::{
        act::{Found, locate},
        halt::Halt,
    },
    report::{Effect, reasons},
    say,
    state::{Flags, Holder, Missing, Object, Placement, Stay, keys},
    tx::{OrderScope, Quantities},
};

use super::{Work, carried::groups_of};

/// The last record of an object among the chains on its way.
struct Last {
    object: Object,
    stay: Stay,
}

impl Work<'_> {
    /// Brings in an object of a filling that came from other chains.
    pub(super) fn content(
        &mut self,
        container: &ObjectId,
        epoch: u32,
        id: &ObjectId,
        place: &str,
    ) -> Result<(), Halt> {
        let placement = Placement {
            container: container.clone(),
            epoch,
        };
        let around = match locate(self.o, &placement)? {
            Found::Free(_) => Vec::new(),
            Found::Inside(location) => {
                if let Some(chain) = location.away {
                    let message = say![container, " is on ", chain];
                    return Err(self.refuse(&reasons::NOT_INSIDE, place, message));
                }
                location.containers
            }
        };
        let key = keys::object(id);
        let here = self.o.object(&key)?.map(|here| Object::clone(&here));
        let here = here.filter(Object::exists);
        let away = match &here {
            Some(here) => self.away(here)?,
            None => None,
        };
        if here.is_some() && away.is_none() {
            let message = say![id, " lives, or ended, here"];
            return Err(self.refuse(&reasons::ALREADY_RECORDED, place, message));
        }
        let stays = self.stays(container, epoch, place)?;
        let Last {
            object: there,
            stay,
        } = self.last(&stays, &placement, id, here.as_ref(), place)?;
        let mut object = there.clone();
        object.holder = Some(Holder::Container(placement));
        let mut inside = Quantities::new();
        if stay.chain != self.block.chain {
            inside = self.translate(&mut object, id, &there, &stay, place)?;
            if let (Some(here), Some(next)) = (&here, away) {
                self.end_filling(id, here, next)?;
            }
        }
        let (counted, counts) = (contribution(id, &there), contribution(id, &object));
        self.recount(&around, &counted, &counts, place)?;
        self.effects.push(Effect::BroughtIn {
            object: id.clone(),
            container: container.clone(),
            filling: epoch,
            chain: stay.chain,
            group: object.group.clone(),
            epoch: object.epoch,
            inside,
        });
        if object.flags.has(Flags::AWAITED) {
            self.woken.insert(Missing::Object(id.clone()));
        }
        self.o.put_object(key, object.into());
        Ok(())
    }

    /// The record with the longest history; of equal ones, that of the later chain.
    fn last(
        &self,
        stays: &[Stay],
        placement: &Placement,
        id: &ObjectId,
        here: Option<&Object>,
        place: &str,
    ) -> Result<Last, Halt> {
        let mut last: Option<Last> = None;
        for stay in stays {
            let known = if stay.chain == self.block.chain {
                here.cloned()
            } else {
                self.known_by(stay, id, place)?
            };
            let longer =
                |known: &Object| last.as_ref().is_none_or(|last| known.seq > last.object.seq);
            if let Some(object) = known.filter(|known| longer(known)) {
                last = Some(Last {
                    object,
                    stay: *stay,
                });
            }
        }
        let wrong = |message| Err(self.refuse(&reasons::NOT_INSIDE, place, message));
        let Some(last) = last else {
            return wrong(say![
                "no chain on the way of ",
                &placement.container,
                " knows ",
                id
            ]);
        };
        if here.is_some_and(|here| here.seq > last.object.seq) {
            return wrong(say![id, " went another way"]);
        }
        // a chain on the way more than once has one record for all its fillings
        let epochs: BTreeSet<u32> = stays
            .iter()
            .filter(|stay| stay.chain == last.stay.chain)
            .map(|stay| stay.epoch)
            .collect();
        let inside = last.object.placement().is_some_and(|found| {
            found.container == placement.container && epochs.contains(&found.epoch)
        });
        if !last.object.is_live() || !inside {
            return wrong(say![
                id,
                " was not inside ",
                &placement.container,
                " when it left ",
                &last.stay.chain
            ]);
        }
        Ok(last)
    }

    /// What another chain knew of an object when the container left it.
    fn known_by(&self, stay: &Stay, id: &ObjectId, place: &str) -> Result<Option<Object>, Halt> {
        let proven = self.proof_of(&stay.chain, place)?.header.height;
        if proven < stay.locked {
            let message = say![
                "the proof of ",
                &stay.chain,
                " is of height ",
                proven.0,
                ", the container was locked there at ",
                stay.locked.0
            ];
            return Err(self.refuse(&reasons::STALE_PROOF, place, message));
        }
        let key = keys::object(id);
        let Some(shown) = self.shown_of(&stay.chain, &key, "the object's record", place)? else {
            return Ok(None);
        };
        let object: Object = self.read(shown, "the object's record", place)?;
        Ok(Some(object.travelling()).filter(Object::exists))
    }

    /// Turns a record of another chain into one of this: its own flags, class and filling. Returns the quantities inside.
    fn translate(
        &mut self,
        object: &mut Object,
        id: &ObjectId,
        there: &Object,
        stay: &Stay,
        place: &str,
    ) -> Result<Quantities, Halt> {
        let mut unknown = BTreeSet::new();
        for group in groups_of(there) {
            if !self.o.has(&keys::group(group))? {
                unknown.insert(group);
            }
        }
        let groups = self.groups(&stay.chain, unknown, place)?;
        self.learn(groups)?;
        self.localise(id, object)?;
        let inside = self.inside(&stay.chain, id, there, stay.locked, place)?;
        Ok(match inside {
            Some(inside) => self.begin_filling(id, object, inside),
            None => Quantities::new(),
        })
    }

    /// What this chain says of an object that comes from another: whether orders are on it and events wait for it, and its class.
    pub(super) fn localise(&self, id: &ObjectId, object: &mut Object) -> Result<(), Halt> {
        let key = keys::object(id);
        let ordered = self
            .o
            .has(&keys::orders_on(&OrderScope::Object(id.clone())))?;
        let here = self.o.object(&key)?;
        let awaited = here.is_some_and(|here| here.flags.has(Flags::AWAITED));
        object.flags.set(Flags::ORDERS, ordered);
        object.flags.set(Flags::AWAITED, awaited);
        object.class = self.profile.class_of(id);
        Ok(())
    }

    /// The containers around count what the object is here, not what it was there. An order that came while it was away was
    /// counted nowhere further out, and is now.
    fn recount(
        &mut self,
        around: &[ObjectId],
        there: &Counts,
        here: &Counts,
        place: &str,
    ) -> Result<(), Halt> {
        for container in around {
            let key = keys::object(container);
            let mut record = self.o.object(&key)?.ok_or(Halt::Corrupt(key))?;
            uncount(&mut record.inside, there);
            count(&mut record.inside, here.clone());
            if record.inside.len() > 2 * MAX_SCOPES_INSIDE {
                let message = say!["too many different things are inside ", container];
                return Err(self.refuse(&reasons::TOO_MIXED, place, message));
            }
            self.o.put_object(key, record);
        }
        Ok(())
    }
}
