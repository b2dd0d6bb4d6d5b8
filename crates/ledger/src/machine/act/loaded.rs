//! The objects of an event: where it names them, what their records say, and where they are.

use std::{ops::Deref, rc::Rc, sync::Arc};

use crate::{
    id::{ChainId, Code, Digest32, ObjectId, PartyId},
    limits::MAX_DEPTH,
    machine::{Overlay, Shared, Spot, halt::Halt},
    profile::Target,
    state::{Filling, Flags, Holder, Missing, Pending, Placement, Released, Status, keys},
};

/// Where an object is, as far as it follows from containers.
#[derive(Debug, Clone)]
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
    /// Chains that the containers came over.
    pub(crate) passed: Vec<(ChainId, ObjectId)>,
    /// Whether a container ended together with its contents, or is on another chain.
    pub(crate) ended: bool,
    /// The chain to which a container went with what is inside.
    pub(crate) away: Option<ChainId>,
    /// Whether it came back from there since, and what was inside has not been brought in.
    pub(crate) back: bool,
    /// Provenance digests of the containers.
    pub(crate) parents: Vec<Digest32>,
}

impl Location {
    /// In no container.
    const NOWHERE: Self = Self {
        containers: Vec::new(),
        custodian: None,
        pending: None,
        held: false,
        stages: Vec::new(),
        ordered: Vec::new(),
        passed: Vec::new(),
        ended: false,
        away: None,
        back: false,
        parents: Vec::new(),
    };
}

/// Where an object is; the same for all neighbours in a container.
#[derive(Debug, Clone, Default)]
pub(crate) struct Around(Option<Rc<Location>>);

impl From<Location> for Around {
    fn from(location: Location) -> Self {
        Self(Some(Rc::new(location)))
    }
}

impl Deref for Around {
    type Target = Location;
    fn deref(&self) -> &Location {
        static NOWHERE: Location = Location::NOWHERE;
        self.0.as_deref().unwrap_or(&NOWHERE)
    }
}

/// What following a placement leads to.
pub(crate) enum Found {
    /// The container was emptied since.
    Free(Arc<Released>),
    /// The object is in these containers, or went with one of them to another chain.
    Inside(Box<Location>),
}

/// Follows the containers outwards from a placement.
pub(crate) fn locate(o: &Overlay, placement: &Placement) -> Result<Found, Halt> {
    let mut next = Some(placement.clone());
    let mut location = Location::NOWHERE;
    while let Some(placement) = next.take() {
        let key = keys::object(&placement.container);
        let container = o.object(&key)?.ok_or(Halt::Corrupt(key))?;
        if container.epoch != placement.epoch {
            let key = keys::released(&placement.container, placement.epoch);
            let Some(released) = o.look::<Released>(&key)? else {
                location.away = Some(went(o, &placement)?);
                (location.ended, location.back) = (true, true);
                break;
            };
            if location.containers.is_empty() {
                return Ok(Found::Free(released));
            }
            location.parents.push(released.provenance);
            location.custodian = Some(released.custodian.clone());
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
        if let Status::Away(chain) = &container.status {
            location.away = Some(*chain);
        }
        location.parents.push(container.provenance);
        let over = container.passed.iter();
        let id = &placement.container;
        location
            .passed
            .extend(over.map(|chain| (*chain, id.clone())));
        if container.flags.has(Flags::ORDERS) {
            location.ordered.push(placement.container.clone());
        }
        location.containers.push(placement.container);
        match &container.holder {
            Some(Holder::Party(party)) => {
                location.custodian = Some(party.clone());
                location.pending.clone_from(&container.pending);
            }
            Some(Holder::Container(outer)) => next = Some(outer.clone()),
            _ => return Err(Halt::Corrupt(key)),
        }
    }
    Ok(Found::Inside(Box::new(location)))
}

/// To which chain a filling went that was not emptied here.
fn went(o: &Overlay, placement: &Placement) -> Result<ChainId, Halt> {
    let key = keys::filling(&placement.container, placement.epoch);
    let filling = o.get::<Filling>(&key)?;
    filling
        .and_then(|filling| filling.went)
        .ok_or(Halt::Corrupt(key))
}

/// A stage that is not the first.
fn staged(stage: Code) -> Option<Code> {
    (stage.0 != 0).then_some(stage)
}

/// Where an event names an object: the list and the place in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At {
    pub(crate) target: Target,
    pub(crate) index: usize,
}

/// An object that an event names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) id: &'a ObjectId,
    pub(crate) spot: Spot,
    pub(crate) at: At,
}

/// An object with its place and record.
pub(crate) struct Loaded {
    pub(crate) id: ObjectId,
    pub(crate) spot: Spot,
    pub(crate) object: Shared,
    pub(crate) location: Around,
    /// Provenance digests that join its own at its next event.
    pub(crate) joins: Vec<Digest32>,
    /// Where the event names it, or what was inside it.
    pub(crate) at: At,
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
