//! One event being applied: the context that the kernels work in.
//!
//! **Invariants**: an event enters an object's history once, however many steps touch the object; the records of all
//! objects of a target are asked for at once; an object whose record changes wakes the events that wait for it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::Arc,
};

use crate::{
    hash::provenance,
    id::{ClassId, Code, Digest32, EventId, GroupId, Height, ObjectId, ObjectSet, PartyId, TimeMs},
    limits::MAX_DEPTH,
    machine::{
        Link, Overlay,
        halt::{Halt, Needs, Waiting},
    },
    profile::{Actor, Blocks, Claim, Profile, Step, Target, Waits},
    report::{Effect, Message, Reason, Refusal, Subject, reasons},
    say,
    state::{Flags, Holder, Key, Missing, Object, Pending, Placement, Released, Status, keys},
    tx::{DataClass, Event, EventKeys},
};

/// The moment and circumstances at which an event is judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// The block being executed.
    pub(crate) height: Height,
    /// Its time.
    pub(crate) now: TimeMs,
    /// Time of the block that first contained the event.
    pub(crate) arrived: TimeMs,
}

/// Where an object is, as far as it follows from containers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Location {
    /// The containers around it, innermost first.
    pub(crate) containers: Vec<ObjectId>,
    /// Custodian of the outermost.
    pub(crate) custodian: Option<PartyId>,
    /// Hand-over of the outermost.
    pub(crate) pending: Option<Pending>,
    /// Whether a container is held back.
    pub(crate) held: bool,
    /// The stages of the containers that are not at the first.
    pub(crate) stages: Vec<Code>,
    /// Containers with orders of their own.
    pub(crate) ordered: Vec<ObjectId>,
    /// Whether a container ended together with its contents.
    pub(crate) ended: bool,
    /// Provenance digests of the containers.
    pub(crate) parents: Vec<Digest32>,
}

/// What following a placement leads to.
pub(crate) enum Found {
    /// The container was emptied since.
    Free(Released),
    /// The object is in these containers.
    Inside(Location),
}

/// Follows the containers outwards from a placement.
pub(crate) fn locate(o: &Overlay, placement: &Placement) -> Result<Found, Halt> {
    let mut next = Some(placement.clone());
    let mut location = Location::default();
    while let Some(placement) = next.take() {
        let key = keys::object(&placement.container);
        let container: Object = o.get(&key)?.ok_or(Halt::Corrupt(key))?;
        if container.epoch != placement.epoch {
            let key = keys::released(&placement.container, placement.epoch);
            let released: Released = o.get(&key)?.ok_or(Halt::Corrupt(key))?;
            if location.containers.is_empty() {
                return Ok(Found::Free(released));
            }
            location.parents.push(released.provenance);
            location.custodian = Some(released.custodian);
            location.held |= released.held;
            location.stages.extend(staged(released.stage));
            break;
        }
        if location.containers.len() >= MAX_DEPTH {
            return Err(Halt::Corrupt(key));
        }
        location.held |= container.flags.has(Flags::HELD);
        location.stages.extend(staged(container.stage));
        location.ended |= !container.is_live();
        location.parents.push(container.provenance);
        if container.flags.has(Flags::ORDERS) {
            location.ordered.push(placement.container.clone());
        }
        location.containers.push(placement.container);
        match container.holder {
            Some(Holder::Party(party)) => {
                location.custodian = Some(party);
                location.pending = container.pending;
            }
            Some(Holder::Container(outer)) => next = Some(outer),
            _ => return Err(Halt::Corrupt(key)),
        }
    }
    Ok(Found::Inside(location))
}

/// A stage that is not the first.
fn staged(stage: Code) -> Option<Code> {
    (stage.0 != 0).then_some(stage)
}

/// An object with its place and key.
pub(crate) struct Loaded {
    pub(crate) id: ObjectId,
    pub(crate) key: Key,
    pub(crate) object: Object,
    pub(crate) location: Rc<Location>,
    /// Provenance digests that join its own at its next event.
    pub(crate) joins: Vec<Digest32>,
    /// Path in the transaction.
    pub(crate) place: String,
}

impl Loaded {
    /// Custodian, its own or that of the outermost container.
    pub(crate) fn custodian(&self) -> Option<&PartyId> {
        match &self.object.holder {
            Some(Holder::Party(party)) => Some(party),
            _ => self.location.custodian.as_ref(),
        }
    }

    /// Hand-over, its own or that of the outermost container.
    pub(crate) fn pending(&self) -> Option<&Pending> {
        if self.is_inside() {
            self.location.pending.as_ref()
        } else {
            self.object.pending.as_ref()
        }
    }

    /// Whether it is in a container.
    pub(crate) fn is_inside(&self) -> bool {
        !self.location.containers.is_empty()
    }

    /// Whatever may change its place or custodian.
    pub(crate) fn missing(&self) -> Vec<Missing> {
        let containers = self
            .location
            .containers
            .iter()
            .cloned()
            .map(Missing::Object);
        std::iter::once(Missing::Object(self.id.clone()))
            .chain(containers)
            .collect()
    }
}

/// One event being applied.
pub(crate) struct Act<'a> {
    pub(crate) o: &'a mut Overlay,
    pub(crate) profile: &'a dyn Profile,
    pub(crate) event: &'a Event,
    /// The identity that enters histories: the event's, or the correcting transaction's.
    pub(crate) mark: EventId,
    pub(crate) issuer: &'a PartyId,
    pub(crate) class: DataClass,
    pub(crate) place: &'a str,
    pub(crate) moment: Moment,
    pub(crate) effects: Vec<Effect>,
    /// What parked events may be waiting for and has changed.
    pub(crate) woken: BTreeSet<Missing>,
    /// Object records that this event entered.
    pub(crate) written: u32,
    /// Accepted and returned objects by the event that offered (K7).
    pub(crate) handovers: BTreeMap<EventId, (u32, u32)>,
    /// Objects offered by this event (K7).
    pub(crate) offered: u32,
    keys: Cow<'a, EventKeys>,
    location: Option<(Holder, Rc<Location>)>,
    digest: Option<(Digest32, Digest32)>,
    cleared: Option<Cleared>,
}

/// The scopes that were last found without blocking orders.
#[derive(PartialEq, Eq)]
struct Cleared {
    blocks: Blocks,
    group: Option<GroupId>,
    class: Option<ClassId>,
    custodian: Option<PartyId>,
}

impl<'a> Act<'a> {
    pub(crate) fn new(
        o: &'a mut Overlay,
        profile: &'a dyn Profile,
        event: &'a Event,
        keys: Cow<'a, EventKeys>,
        mark: EventId,
        claim: &Claim<'a>,
        moment: Moment,
    ) -> Self {
        Self {
            o,
            profile,
            event,
            mark,
            issuer: claim.issuer,
            class: claim.class,
            place: claim.place,
            moment,
            effects: Vec::new(),
            woken: BTreeSet::new(),
            written: 0,
            handovers: BTreeMap::new(),
            offered: 0,
            keys,
            location: None,
            digest: None,
            cleared: None,
        }
    }

    /// The objects of a target.
    pub(crate) fn objects(&self, target: Target) -> Result<&'a [ObjectId], Halt> {
        Ok(match target {
            Target::Objects => self.event.objects.as_slice(),
            Target::Outputs => self.event.outputs.objects.as_slice(),
            Target::Parent => std::slice::from_ref(self.parent()?),
        })
    }

    /// The event's parent, which the plan needs.
    pub(crate) fn parent(&self) -> Result<&'a ObjectId, Halt> {
        self.event.parent.as_ref().ok_or_else(|| {
            let place = format!("{}/parent", self.place);
            Halt::refuse(
                &reasons::MISSING_FIELD,
                Subject::Event(self.event.id),
                &place,
                "the event has no parent",
            )
        })
    }

    /// Path of the `index`-th object of a target.
    pub(crate) fn path(&self, target: Target, index: usize) -> String {
        match target {
            Target::Objects => format!("{}/objects/{index}", self.place),
            Target::Outputs => format!("{}/outputs/objects/{index}", self.place),
            Target::Parent => format!("{}/parent", self.place),
        }
    }

    /// Refuses because of the event as a whole.
    pub(crate) fn refuse(&self, reason: &Reason, message: impl Into<Message>) -> Halt {
        Halt::refuse(reason, Subject::Event(self.event.id), self.place, message)
    }

    /// Asks for all `keys` at once, unless they are there.
    pub(crate) fn require<'k>(&self, keys: impl IntoIterator<Item = &'k Key>) -> Result<(), Halt> {
        let unknown = self.o.unknown(keys);
        if unknown.is_empty() {
            Ok(())
        } else {
            Err(Halt::Need(unknown))
        }
    }

    /// Does `work` for each object of the target with its key and place in the list, asking for all missing records at
    /// once.
    pub(crate) fn each(
        &mut self,
        target: Target,
        mut work: impl FnMut(&mut Self, usize, &'a ObjectId, Key) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        let objects = self.objects(target)?;
        let object_keys = self.object_keys(target)?;
        let mut needs = Needs::default();
        for (index, (id, key)) in objects.iter().zip(object_keys.iter()).enumerate() {
            let result = work(self, index, id, *key);
            needs.note(result)?;
        }
        needs.done()
    }

    /// The keys of the objects of a target.
    fn object_keys(&self, target: Target) -> Result<Arc<[Key]>, Halt> {
        Ok(match target {
            Target::Objects => Arc::clone(&self.keys.objects),
            Target::Outputs => Arc::clone(&self.keys.outputs),
            Target::Parent => Arc::new([keys::object(self.parent()?)]),
        })
    }

    /// Loads an object that must be in being, with its place.
    pub(crate) fn live(
        &mut self,
        target: Target,
        index: usize,
        id: &ObjectId,
        key: Key,
    ) -> Result<Loaded, Halt> {
        let loaded = self.load(target, index, id, key)?;
        if !loaded.object.is_live() || loaded.location.ended {
            let message = match &loaded.object.status {
                Status::Voided => say!["its creation was declared in error"],
                Status::Away(chain) => say!["it lives on ", chain],
                Status::Terminated(reason) => {
                    say!["it ended: ", reason, ", by ", loaded.object.last_event]
                }
                _ => say!["it ended with the container around it"],
            };
            return Err(Halt::refuse(
                &reasons::TERMINATED,
                Subject::Object(id.clone()),
                &loaded.place,
                message,
            ));
        }
        Ok(loaded)
    }

    /// Loads an object that must exist, with its place.
    pub(crate) fn load(
        &mut self,
        target: Target,
        index: usize,
        id: &ObjectId,
        key: Key,
    ) -> Result<Loaded, Halt> {
        let place = self.path(target, index);
        let object = self.o.get::<Object>(&key)?.filter(Object::exists);
        let Some(mut object) = object else {
            let refusal = Refusal::new(
                &reasons::ABSENT,
                Subject::Object(id.clone()),
                place,
                "it was never created",
            );
            return Err(self.waits(Waits::ABSENT, vec![Missing::Object(id.clone())], refusal));
        };
        if self.class == DataClass::Record && !object.flags.has(Flags::UNTRACKED) {
            let message = "the object is tracked, the transaction is of class record";
            return Err(Halt::refuse(
                &reasons::CLASS_LOWERED,
                Subject::Object(id.clone()),
                &place,
                message,
            ));
        }
        let mut joins = Vec::new();
        let location = self.locate(&mut object, &mut joins)?;
        Ok(Loaded {
            id: id.clone(),
            key,
            object,
            location,
            joins,
            place,
        })
    }

    /// A halt that waits.
    pub(crate) fn waits(&self, kind: Waits, missing: Vec<Missing>, refusal: Refusal) -> Halt {
        let _ = self;
        Halt::Waits(Box::new(Waiting {
            kind,
            missing,
            refusal,
        }))
    }

    /// A halt that waits for a change of `loaded`.
    pub(crate) fn waits_for(
        &self,
        loaded: &Loaded,
        kind: Waits,
        reason: &Reason,
        message: impl Into<Message>,
    ) -> Halt {
        let refusal = Refusal::new(
            reason,
            Subject::Object(loaded.id.clone()),
            loaded.place.clone(),
            message,
        );
        self.waits(kind, loaded.missing(), refusal)
    }

    /// A refusal about `loaded`.
    pub(crate) fn refuses(
        &self,
        loaded: &Loaded,
        reason: &Reason,
        message: impl Into<Message>,
    ) -> Halt {
        let _ = self;
        Halt::refuse(
            reason,
            Subject::Object(loaded.id.clone()),
            &loaded.place,
            message,
        )
    }

    /// Follows the containers outwards. If the innermost was emptied since, the object is free: its holder becomes the
    /// custodian of that moment (K9).
    fn locate(
        &mut self,
        object: &mut Object,
        joins: &mut Vec<Digest32>,
    ) -> Result<Rc<Location>, Halt> {
        let Some(holder @ Holder::Container(placement)) = &object.holder else {
            return Ok(Rc::default());
        };
        if let Some((known, location)) = &self.location
            && known == holder
        {
            return Ok(Rc::clone(location));
        }
        let holder = holder.clone();
        match locate(self.o, placement)? {
            Found::Free(released) => {
                joins.push(released.provenance);
                object.holder = Some(Holder::Party(released.custodian));
                object.inherit(released.held, [released.stage]);
                Ok(Rc::default())
            }
            Found::Inside(location) => {
                let location = Rc::new(location);
                self.location = Some((holder, Rc::clone(&location)));
                Ok(location)
            }
        }
    }

    /// Whether a container of the object is itself in the target: what is done to the container covers the object.
    pub(crate) fn covered(&self, step: &Step, loaded: &Loaded) -> bool {
        let named = |set: &ObjectSet| {
            loaded
                .location
                .containers
                .iter()
                .any(|container| set.contains(container))
        };
        match step.on {
            Target::Objects => named(&self.event.objects),
            Target::Outputs => named(&self.event.outputs.objects),
            Target::Parent => false,
        }
    }

    /// K6: only the custodian acts, unless the step says otherwise.
    pub(crate) fn by_custodian(&self, step: &Step, loaded: &Loaded) -> Result<(), Halt> {
        if step.actor == Actor::Anyone || loaded.custodian() == Some(self.issuer) {
            return Ok(());
        }
        let message = match loaded.custodian() {
            Some(custodian) => say!["the custodian is ", custodian, ", not ", self.issuer],
            None => say!["it has no custodian"],
        };
        Err(self.waits_for(loaded, Waits::CUSTODY, &reasons::NOT_CUSTODIAN, message))
    }

    /// Whether `loaded` needs no further look at orders on its group, class and custodian.
    pub(crate) fn is_cleared(
        &self,
        blocks: Blocks,
        object: &Object,
        custodian: Option<&PartyId>,
    ) -> bool {
        self.cleared.as_ref().is_some_and(|cleared| {
            cleared.blocks == blocks
                && cleared.group == object.group
                && cleared.class == object.class
                && cleared.custodian.as_ref() == custodian
        })
    }

    /// Remembers that the group, class and custodian of an object have no order that blocks.
    pub(crate) fn clear(&mut self, blocks: Blocks, object: &Object, custodian: Option<&PartyId>) {
        self.cleared = Some(Cleared {
            blocks,
            group: object.group.clone(),
            class: object.class.clone(),
            custodian: custodian.cloned(),
        });
    }

    /// The digest of this event upon `parents`, remembered with how it came about.
    pub(crate) fn descend(&mut self, parents: Vec<Digest32>) -> Digest32 {
        let digest = provenance(parents.clone(), &self.mark);
        self.o.trace(Link {
            digest,
            parents,
            event: self.mark,
        });
        digest
    }

    /// Enters the event into the history of `object`, with `joins` as further parents.
    pub(crate) fn enter(&mut self, object: &mut Object, joins: &[Digest32]) {
        if object.last_event == self.mark && object.seq > 0 {
            if !joins.is_empty() {
                let parents = std::iter::once(object.provenance)
                    .chain(joins.iter().copied())
                    .collect();
                object.provenance = self.descend(parents);
            }
            return;
        }
        object.provenance = match self.digest {
            Some((before, after)) if joins.is_empty() && before == object.provenance => after,
            _ => {
                let own = (object.seq > 0).then_some(object.provenance);
                let after = self.descend(own.into_iter().chain(joins.iter().copied()).collect());
                if joins.is_empty() {
                    self.digest = Some((object.provenance, after));
                }
                after
            }
        };
        if self.class == DataClass::Transaction {
            object.flags.set(Flags::UNTRACKED, false);
        }
        object.last_event = self.mark;
        object.last_time = self.event.time;
        object.seq = object.seq.saturating_add(1);
        self.written = self.written.saturating_add(1);
    }

    /// Enters the event and writes the record.
    pub(crate) fn save(&mut self, mut loaded: Loaded) {
        self.enter(&mut loaded.object, &loaded.joins);
        self.store(&loaded.id, loaded.key, &loaded.object);
    }

    /// Writes a record and wakes whoever waits for it.
    pub(crate) fn store(&mut self, id: &ObjectId, key: Key, object: &Object) {
        if object.is_container() {
            self.location = None;
        }
        if object.flags.has(Flags::AWAITED) {
            self.woken.insert(Missing::Object(id.clone()));
        }
        self.o.put(key, object);
    }
}
