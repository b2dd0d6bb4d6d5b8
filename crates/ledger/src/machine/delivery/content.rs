//! An object that came inside a container, brought in when it is needed.
//!
//! Its container came by one record; what is inside stayed where it was last written, on one of the chains on the way of that
//! filling. Each chain remembers what was brought, or put, into a filling that came to it, so that the last one which had the object is
//! found by proofs. Nothing in a filling changes on a chain after the container was locked there: a proof of any later state will do.

use std::collections::BTreeSet;

use crate::{
    id::{ChainId, ObjectId},
    kernel::k09_containment::{Counts, contribution, count, uncount},
    limits::{MAX_PASSED, MAX_SCOPES_INSIDE},
    machine::{
        act::{Found, locate},
        halt::Halt,
        orders,
    },
    report::{Effect, reasons},
    say,
    state::{Filling, Flags, Holder, Missing, Object, Placement, Stay, TxRecord, keys},
    tx::Quantities,
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
        self.was_filled(&placement, place)?;
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
            Some(here) => self.away(id, here)?.map(|gone| gone.to),
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
        let over = stays.iter().map(|stay| stay.chain);
        self.localise(id, &mut object, over, place)?;
        let mut inside = Quantities::new();
        if stay.chain != self.block.chain {
            inside = self.translate(&mut object, id, &there, &stay, place)?;
            if let (Some(here), Some(next)) = (&here, away) {
                self.end_filling(id, here, next)?;
            }
        }
        let (counted, counts) = (contribution(id, &there), contribution(id, &object));
        let height = self.block.height;
        let brought = keys::brought(container, epoch, id);
        self.o.put(brought, &TxRecord { height });
        self.recount(&around, &counted, &counts, place)?;
        self.done.effects.push(Effect::BroughtIn {
            object: id.clone(),
            container: container.clone(),
            filling: epoch,
            chain: stay.chain,
            provenance: object.provenance,
            group: object.group.clone(),
            epoch: object.epoch,
            inside,
        });
        if object.flags.has(Flags::AWAITED) {
            self.done.woken.insert(Missing::Object(id.clone()));
        }
        self.o.put_object(key, object.into());
        Ok(())
    }

    /// Container and filling are named by whoever delivers: nothing else than what this chain recorded is followed outwards.
    fn was_filled(&self, placement: &Placement, place: &str) -> Result<(), Halt> {
        let Placement { container, epoch } = placement;
        let known = self.o.object(&keys::object(container))?;
        let known = known.filter(|known| known.exists());
        if known.as_ref().is_some_and(|known| known.epoch == *epoch) {
            return Ok(());
        }
        let filling: Option<Filling> = self.o.get(&keys::filling(container, *epoch))?;
        let went = filling.is_some_and(|filling| filling.went.is_some());
        if known.is_some() && (went || self.o.has(&keys::released(container, *epoch))?) {
            return Ok(());
        }
        let message = say![
            "nothing is known here of filling ",
            *epoch,
            " of ",
            container
        ];
        Err(self.refuse(&reasons::NO_FILLING, place, message))
    }

    /// The record on the last chain that had the object in this filling: it was brought in there, or put in, or the filling
    /// began there.
    fn last(
        &self,
        stays: &[Stay],
        placement: &Placement,
        id: &ObjectId,
        here: Option<&Object>,
        place: &str,
    ) -> Result<Last, Halt> {
        let container = &placement.container;
        let mut had = None;
        for (index, stay) in stays.iter().enumerate() {
            if index + 1 == stays.len() || self.had(stay, container, id, place)? {
                had = Some(*stay);
                break;
            }
        }
        let wrong = |message| Err(self.refuse(&reasons::NOT_INSIDE, place, message));
        let Some(stay) = had else {
            return wrong(say![container, " began here"]);
        };
        let known = if stay.chain == self.block.chain {
            here.cloned()
        } else {
            self.known_by(&stay, id, place)?
        };
        let was = Holder::Container(Placement {
            container: container.clone(),
            epoch: stay.epoch,
        });
        match known {
            Some(object) if object.is_live() && object.holder == Some(was) => {
                if here.is_some_and(|here| here.seq > object.seq) {
                    return wrong(say![id, " went another way"]);
                }
                Ok(Last { object, stay })
            }
            _ => wrong(say![
                id,
                " was not inside ",
                container,
                " when it left ",
                &stay.chain
            ]),
        }
    }

    /// Whether the object was brought, or put, into the filling on that chain.
    fn had(
        &self,
        stay: &Stay,
        container: &ObjectId,
        id: &ObjectId,
        place: &str,
    ) -> Result<bool, Halt> {
        let key = keys::brought(container, stay.epoch, id);
        if stay.chain == self.block.chain {
            return Ok(self.o.has(&key)?);
        }
        self.recent(stay, place)?;
        let shown = self.shown_of(&stay.chain, &key, "whether it had the object", place)?;
        Ok(shown.is_some())
    }

    /// The proof of a chain is of a state after the container left it.
    fn recent(&self, stay: &Stay, place: &str) -> Result<(), Halt> {
        // that there is no proof at all is said when a record of it is looked at
        let proven = match self.proof_of(&stay.chain) {
            Some(proven) if proven.header.height < stay.locked => proven.header.height,
            _ => return Ok(()),
        };
        let message = say![
            "the proof of ",
            &stay.chain,
            " is of height ",
            proven.0,
            ", the container was locked there at ",
            stay.locked.0
        ];
        Err(self.refuse(&reasons::STALE_PROOF, place, message))
    }

    /// What another chain knew of an object when the container left it.
    fn known_by(&self, stay: &Stay, id: &ObjectId, place: &str) -> Result<Option<Object>, Halt> {
        self.recent(stay, place)?;
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
        let inside = self.inside(&stay.chain, id, there, stay.locked, place)?;
        Ok(match inside {
            Some(inside) => self.begin_filling(id, object, inside),
            None => Quantities::new(),
        })
    }

    /// What this chain says of an object that comes over others: whether orders are on it and events wait for it, and its class.
    pub(super) fn localise(
        &self,
        id: &ObjectId,
        object: &mut Object,
        over: impl IntoIterator<Item = ChainId>,
        place: &str,
    ) -> Result<(), Halt> {
        object.passed.extend(over);
        object.passed.remove(&self.block.chain);
        if object.passed.len() > MAX_PASSED {
            let message = say![id, " came over too many chains"];
            return Err(self.refuse(&reasons::TOO_MIXED, place, message));
        }
        let ordered = orders::concerns(self.o, id, object)?;
        let here = self.o.object(&keys::object(id))?;
        let awaited = here.is_some_and(|here| here.flags.has(Flags::AWAITED));
        object.flags.set(Flags::ORDERS, ordered);
        object.flags.set(Flags::AWAITED, awaited);
        // what another chain cleared is not cleared here, and what was walked before is not all of its history any more
        object.flags.forget_here();
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
