//! One event being applied: the context that the kernels work in.
//!
//! **Invariants**: an event enters an object's history once, however many steps touch the object; the records of all
//! objects of a target are asked for at once; an object whose record changes wakes the events that wait for it.

mod loaded;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use crate::{
    hash::provenance,
    id::{ClassId, Digest32, EventId, GroupId, Height, ObjectId, ObjectSet, PartyId, TimeMs},
    machine::{
        Link, Overlay, Shared, Spot,
        halt::{Halt, Needs, Waiting},
    },
    profile::{Actor, Blocks, Claim, Profile, Step, Target, Waits},
    report::{Effect, Message, Reason, Refusal, Subject, reasons},
    say,
    state::{Flags, Holder, Key, Missing, Object, Status, keys},
    tx::{DataClass, Event, EventKeys},
};

pub(crate) use loaded::{Around, At, Found, Loaded, Named, locate};

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
    /// It rests on what is attested only (K6).
    pub(crate) attested: bool,
    keys: Cow<'a, EventKeys>,
    objects: Option<Rc<[Spot]>>,
    outputs: Option<Rc<[Spot]>>,
    location: Option<(Holder, Around)>,
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
            attested: false,
            keys,
            objects: None,
            outputs: None,
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

    /// The event's parent, with the place of its record.
    pub(crate) fn container(&mut self) -> Result<Named<'a>, Halt> {
        let id = self.parent()?;
        let key = self.keys.parent.unwrap_or_else(|| keys::object(id));
        let at = At {
            target: Target::Parent,
            index: 0,
        };
        let spot = self.o.spot(key);
        Ok(Named { id, spot, at })
    }

    /// Path of an object in the transaction. Refusals need it, and nothing else.
    pub(crate) fn path(&self, At { target, index }: At) -> String {
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

    /// Does `work` for each object of the target, asking for all missing records at once.
    pub(crate) fn each(
        &mut self,
        target: Target,
        mut work: impl FnMut(&mut Self, Named<'a>) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        let objects = self.objects(target)?;
        let spots = self.spots(target)?;
        let mut needs = Needs::default();
        for (index, (id, spot)) in objects.iter().zip(spots.iter()).enumerate() {
            let at = At { target, index };
            let spot = *spot;
            let result = work(self, Named { id, spot, at });
            needs.note(result)?;
        }
        needs.done()
    }

    /// The places of the records of a target's objects, found once for all steps.
    fn spots(&mut self, target: Target) -> Result<Rc<[Spot]>, Halt> {
        let (keys, known) = match target {
            Target::Objects => (&self.keys.objects, &mut self.objects),
            Target::Outputs => (&self.keys.outputs, &mut self.outputs),
            Target::Parent => return Ok(Rc::new([self.container()?.spot])),
        };
        if let Some(spots) = known {
            return Ok(Rc::clone(spots));
        }
        let spots: Rc<[Spot]> = keys.iter().map(|key| self.o.spot(*key)).collect();
        Ok(Rc::clone(known.insert(spots)))
    }

    /// Loads an object that must be in being, with its place.
    pub(crate) fn live(&mut self, named: Named<'_>) -> Result<Loaded, Halt> {
        let loaded = self.load(named)?;
        if loaded.object.is_live()
            && loaded.location.back
            && let Some(chain) = &loaded.location.away
        {
            let message = say!["it went to ", chain, " inside a container that came back"];
            return Err(self.waits_for(&loaded, Waits::ABSENT, &reasons::NOT_BROUGHT_IN, message));
        }
        if !loaded.object.is_live() || loaded.location.ended {
            let (reason, message) = match (&loaded.object.status, &loaded.location.away) {
                (Status::Voided, _) => {
                    let message = say!["its creation was declared in error"];
                    (&reasons::TERMINATED, message)
                }
                (Status::Away(chain), _) => (&reasons::ELSEWHERE, say!["it went to ", chain]),
                (Status::Terminated(reason), _) => {
                    let message = say!["it ended: ", reason, ", by ", loaded.object.last_event];
                    (&reasons::TERMINATED, message)
                }
                (_, Some(chain)) => {
                    let message = say!["it went to ", chain, " with the container around it"];
                    (&reasons::ELSEWHERE, message)
                }
                (_, None) => {
                    let message = say!["it ended with the container around it"];
                    (&reasons::TERMINATED, message)
                }
            };
            return Err(self.refuses(&loaded, reason, message));
        }
        Ok(loaded)
    }

    /// Loads an object that must exist, with its place.
    pub(crate) fn load(&mut self, named: Named<'_>) -> Result<Loaded, Halt> {
        let Named { id, spot, at } = named;
        let object = self.o.object_at(spot)?;
        let Some(mut object) = object.filter(|object| object.exists()) else {
            let refusal = Refusal::new(
                &reasons::ABSENT,
                Subject::Object(id.clone()),
                self.path(at),
                "it was never created",
            );
            return Err(self.waits(Waits::ABSENT, vec![Missing::Object(id.clone())], refusal));
        };
        if self.class == DataClass::Record && !object.flags.has(Flags::UNTRACKED) {
            let message = "the object is tracked, the transaction is of class record";
            return Err(Halt::refuse(
                &reasons::CLASS_LOWERED,
                Subject::Object(id.clone()),
                &self.path(at),
                message,
            ));
        }
        let mut joins = Vec::new();
        let location = self.locate(&mut object, &mut joins)?;
        Ok(Loaded {
            id: id.clone(),
            spot,
            object,
            location,
            joins,
            at,
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
            self.path(loaded.at),
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
        Halt::refuse(
            reason,
            Subject::Object(loaded.id.clone()),
            &self.path(loaded.at),
            message,
        )
    }

    /// Follows the containers outwards. If the innermost was emptied since, the object is free: its holder becomes the
    /// custodian of that moment (K9).
    fn locate(&mut self, object: &mut Shared, joins: &mut Vec<Digest32>) -> Result<Around, Halt> {
        let Some(holder @ Holder::Container(placement)) = &object.holder else {
            return Ok(Around::default());
        };
        if let Some((known, location)) = &self.location
            && known == holder
        {
            return Ok(location.clone());
        }
        let holder = holder.clone();
        match locate(self.o, placement)? {
            Found::Free(released) => {
                joins.push(released.provenance);
                object.holder = Some(Holder::Party(released.custodian.clone()));
                object.inherit(released.held, [released.stage]);
                Ok(Around::default())
            }
            Found::Inside(location) => {
                let location = Around::from(*location);
                self.location = Some((holder, location.clone()));
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
        if self.attested {
            object.flags.set(Flags::ATTESTED, true);
        }
        object.last_event = self.mark;
        object.last_time = self.event.time;
        object.seq = object.seq.saturating_add(1);
        self.written = self.written.saturating_add(1);
    }

    /// Enters the event and writes the record.
    pub(crate) fn save(&mut self, mut loaded: Loaded) {
        self.enter(&mut loaded.object, &loaded.joins);
        self.store(&loaded.id, loaded.spot, loaded.object);
    }

    /// Writes a record and wakes whoever waits for it.
    pub(crate) fn store(&mut self, id: &ObjectId, spot: Spot, object: Shared) {
        if object.is_container() {
            self.location = None;
        }
        if object.flags.has(Flags::AWAITED) {
            self.woken.insert(Missing::Object(id.clone()));
        }
        self.o.put_object_at(spot, object);
    }
}
