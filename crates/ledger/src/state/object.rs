//! Objects and where they are.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    codec::{CodecError, Reader, Wire, Writer},
    hash::{CONTENTS_DOMAIN, sha256},
    id::{ChainId, ClassId, Code, Digest32, EventId, GroupId, ObjectId, PartyId, TimeMs},
    limits::{MAX_PASSED, MAX_SCOPES_INSIDE},
    tx::OrderScope,
};

/// Whether an object is in being.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Never created: the record only carries flags (an order on it, or events that wait for it).
    Unknown,
    /// In being.
    Live,
    /// Ended for good; the reason is from the profile's code list.
    Terminated(Code),
    /// Its creation was declared in error.
    Voided,
    /// Lives on another chain (DESIGN §5, one live home).
    Away(ChainId),
}
wire_enum!(Status { 0 => Unknown, 1 => Live, 2 => Terminated(reason), 3 => Voided, 4 => Away(chain) });

/// Who has an object, or a quantity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// A custodian.
    Party(PartyId),
    /// A container, at the time of its `epoch`-th filling.
    Container(Placement),
    /// On the way between two parties (quantities only; an object has [`Object::pending`]).
    Transit {
        /// Who offered.
        from: PartyId,
        /// Who may accept.
        to: PartyId,
    },
}
wire_enum!(Holder { 0 => Party(party), 1 => Container(placement), 2 => Transit { from, to } });

/// A place inside a container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Placement {
    /// The container.
    pub container: ObjectId,
    /// How often it had been emptied as a whole before.
    pub epoch: u32,
}
wire_struct!(Placement { container, epoch });

/// A hand-over that was offered and not yet accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Who may accept.
    pub to: PartyId,
    /// The event that offered.
    pub offer: EventId,
    /// Stage at which it arrives, unless its own is greater by then.
    pub stage: Code,
}
wire_struct!(Pending { to, offer, stage });

/// Facts about an object that are independent of its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(u16);

impl Flags {
    /// Held back by its custodian (quarantine).
    pub const HELD: Self = Self(1);
    /// At least one order names this object ([`keys::orders_on`](super::keys::orders_on)).
    pub const ORDERS: Self = Self(1 << 1);
    /// At least one parked event waits for this object ([`keys::waiting`](super::keys::waiting)).
    pub const AWAITED: Self = Self(1 << 2);
    /// What is inside ended together with it.
    pub const WITH_CONTENTS: Self = Self(1 << 3);
    /// Created by a transaction of class record: not tracked.
    pub const UNTRACKED: Self = Self(1 << 4);
    /// An event in its history was declared in error.
    pub const CORRECTED: Self = Self(1 << 5);
    /// Its group was made of others: orders on those concern it.
    pub const DERIVED: Self = Self(1 << 6);
    /// Part of it was used up: it is whole no more, for good.
    pub const USED: Self = Self(1 << 7);
    /// An authority of this chain cleared it, with whatever is inside.
    pub const CLEARED: Self = Self(1 << 8);
    /// Its history over other chains was walked back to its origins since it came here, and is whole ([`Ancestry`](super::Ancestry)).
    pub const WALKED: Self = Self(1 << 9);
    /// Its history over other chains was walked since it came here, and is not true.
    pub const REFUTED: Self = Self(1 << 10);
    /// An event in its history rests on a source without verifiable finality.
    pub const ATTESTED: Self = Self(1 << 11);
    const KNOWN: u16 = (1 << 12) - 1;

    /// Whether all of `flags` are set.
    pub const fn has(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Sets or clears `flags`.
    pub const fn set(&mut self, flags: Self, on: bool) {
        self.0 = if on {
            self.0 | flags.0
        } else {
            self.0 & !flags.0
        };
    }

    /// Clears what a chain says of an object by itself and for itself.
    pub(crate) const fn forget_here(&mut self) {
        self.set(Self::CLEARED, false);
        self.set(Self::WALKED, false);
        self.set(Self::REFUTED, false);
    }

    /// Whether none is set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl Wire for Flags {
    fn put(&self, w: &mut Writer) {
        self.0.put(w);
    }
    fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        let at = r.position();
        match u16::take(r)? {
            bits if bits & !Self::KNOWN == 0 => Ok(Self(bits)),
            _ => Err(CodecError::OutOfDomain { at }),
        }
    }
}

/// An object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Whether it is in being.
    pub status: Status,
    /// State in the profile's own transition table (0 at the beginning).
    pub stage: Code,
    /// The stage before the last event.
    pub stage_before: Code,
    /// Flags.
    pub flags: Flags,
    /// Custodian or container. Of an unknown object, meaningless and `None`.
    pub holder: Option<Holder>,
    /// Hand-over that was offered.
    pub pending: Option<Pending>,
    /// Its class.
    pub class: Option<ClassId>,
    /// Its group.
    pub group: Option<GroupId>,
    /// Event (or correcting transaction) that made this record.
    pub last_event: EventId,
    /// When that event happened.
    pub last_time: TimeMs,
    /// Commitment to its whole history.
    pub provenance: Digest32,
    /// Number of events in its history.
    pub seq: u32,
    /// How often it was emptied as a whole.
    pub epoch: u32,
    /// Objects directly inside.
    pub children: u32,
    /// Levels of nesting below it in this epoch.
    pub height: u8,
    /// Rolling digest of what was put in and taken out in this epoch (see [`Object::roll_contents`]).
    pub contents: Digest32,
    /// How many things inside, at any level, have each of these traits: whatever an act on the container must know of its
    /// contents without looking at them one by one.
    pub inside: BTreeMap<Content, u32>,
    /// The hand-over by which it came to its present custodian.
    pub received: Option<Received>,
    /// The chains that it came over: their orders concern it.
    pub passed: BTreeSet<ChainId>,
}

/// A trait of things inside a container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// This object has orders of its own.
    Object(ObjectId),
    /// They are of this group.
    Group(GroupId),
    /// They are of this class.
    Class(ClassId),
    /// They are of this group, and were made of the groups that one was made of.
    Derived(GroupId),
    /// They are at this stage, which is not the first.
    Stage(Code),
    /// They are held back by their custodian.
    Held,
    /// Part of them was used up.
    Used,
    /// They came over this chain.
    Passed(ChainId),
}
wire_enum!(Content { 0 => Object(object), 1 => Group(group), 2 => Class(class), 3 => Derived(group), 4 => Stage(code), 5 => Held, 6 => Used, 7 => Passed(chain) });

impl Content {
    /// What an order that concerns these things would be on; of derived things, what they were made of is to be added.
    pub fn scope(&self) -> Option<OrderScope> {
        match self {
            Self::Object(object) => Some(OrderScope::Object(object.clone())),
            Self::Group(group) => Some(OrderScope::Group(group.clone())),
            Self::Class(class) => Some(OrderScope::Class(class.clone())),
            Self::Derived(_) | Self::Stage(_) | Self::Held | Self::Used | Self::Passed(_) => None,
        }
    }
}

/// From whom an object came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Who handed it over.
    pub from: PartyId,
    /// The event that offered.
    pub offer: EventId,
}
wire_struct!(Received { from, offer });

impl Object {
    /// A record that only carries flags.
    pub const fn unknown() -> Self {
        Self {
            status: Status::Unknown,
            stage: Code(0),
            stage_before: Code(0),
            flags: Flags(0),
            holder: None,
            pending: None,
            class: None,
            group: None,
            last_event: EventId([0; 32]),
            last_time: TimeMs(0),
            provenance: Digest32([0; 32]),
            seq: 0,
            epoch: 0,
            children: 0,
            height: 0,
            contents: Digest32([0; 32]),
            inside: BTreeMap::new(),
            received: None,
            passed: BTreeSet::new(),
        }
    }

    /// Whether it is, or was, a container.
    pub fn is_container(&self) -> bool {
        self.epoch != 0
            || self.children != 0
            || self.height != 0
            || self.contents.0 != [0; 32]
            || !self.inside.is_empty()
    }

    /// Whether anything is inside.
    pub fn has_contents(&self) -> bool {
        self.children > 0 || !self.inside.is_empty()
    }

    /// Whether it was ever created.
    pub const fn exists(&self) -> bool {
        !matches!(self.status, Status::Unknown)
    }

    /// Whether it is in being.
    pub const fn is_live(&self) -> bool {
        matches!(self.status, Status::Live)
    }

    /// Whether it is on its way to somebody (offered, not yet accepted).
    pub const fn in_transit(&self) -> bool {
        self.pending.is_some()
    }

    /// The container it was last put into.
    pub const fn placement(&self) -> Option<&Placement> {
        match &self.holder {
            Some(Holder::Container(placement)) => Some(placement),
            _ => None,
        }
    }

    /// What comes out of containers is as they were: held back if one of them was, and at the greatest of all their stages.
    /// A profile numbers its stages by what weighs more.
    pub fn inherit(&mut self, held: bool, stages: impl IntoIterator<Item = Code>) {
        if held {
            self.flags.set(Flags::HELD, true);
        }
        self.stage = stages.into_iter().fold(self.stage, Ord::max);
    }

    /// The record as another chain gets it: without what only this chain says (clearance, what walks have shown; orders, and events
    /// that wait), which is no affair of others or may change while the object is away.
    #[must_use]
    pub fn travelling(&self) -> Self {
        let mut object = self.clone();
        object.flags.set(Flags::ORDERS, false);
        object.flags.set(Flags::AWAITED, false);
        object.flags.forget_here();
        object
            .inside
            .retain(|content, _| !matches!(content, Content::Object(_)));
        object
    }

    /// Enters into the digest of the contents that `event` changed the number of children to `children`.
    /// The children themselves are committed to by the event.
    pub fn roll_contents(&mut self, event: &EventId, children: u32) {
        let count = children.to_be_bytes();
        self.contents = Digest32(sha256(&[
            CONTENTS_DOMAIN,
            &self.contents.0,
            &event.0,
            &count,
        ]));
        self.children = children;
    }
}

/// Bits of the leading mask of an encoded object: which optional parts follow.
mod mask {
    pub(super) const HOLDER: u8 = 1;
    pub(super) const PENDING: u8 = 1 << 1;
    pub(super) const CLASS: u8 = 1 << 2;
    pub(super) const GROUP: u8 = 1 << 3;
    pub(super) const CONTAINER: u8 = 1 << 4;
    pub(super) const STAGE: u8 = 1 << 5;
    pub(super) const RECEIVED: u8 = 1 << 6;
    pub(super) const PASSED: u8 = 1 << 7;
}

impl Wire for Object {
    /// Version, mask of the parts present, status, flags, then the parts. A chain keeps billions of these: parts that
    /// most objects lack (stage, pending, container data) cost nothing.
    fn put(&self, w: &mut Writer) {
        let container = self.is_container();
        let stage = self.stage.0 != 0 || self.stage_before.0 != 0;
        let bit = |on: bool, bit: u8| if on { bit } else { 0 };
        w.u8(1);
        w.u8(bit(self.holder.is_some(), mask::HOLDER)
            | bit(self.pending.is_some(), mask::PENDING)
            | bit(self.class.is_some(), mask::CLASS)
            | bit(self.group.is_some(), mask::GROUP)
            | bit(container, mask::CONTAINER)
            | bit(stage, mask::STAGE)
            | bit(self.received.is_some(), mask::RECEIVED)
            | bit(!self.passed.is_empty(), mask::PASSED));
        self.status.put(w);
        self.flags.put(w);
        if let Some(holder) = &self.holder {
            holder.put(w);
        }
        if let Some(pending) = &self.pending {
            pending.put(w);
        }
        if let Some(class) = &self.class {
            class.put(w);
        }
        if let Some(group) = &self.group {
            group.put(w);
        }
        self.last_event.put(w);
        self.last_time.put(w);
        self.provenance.put(w);
        self.seq.put(w);
        if container {
            self.epoch.put(w);
            self.children.put(w);
            self.height.put(w);
            self.contents.put(w);
            put_field!(w, &self.inside, map 2 * MAX_SCOPES_INSIDE);
        }
        if stage {
            self.stage.put(w);
            self.stage_before.put(w);
        }
        if let Some(received) = &self.received {
            received.put(w);
        }
        if !self.passed.is_empty() {
            put_field!(w, &self.passed, set MAX_PASSED);
        }
    }

    fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        r.version(1)?;
        let at = r.position();
        let parts = r.u8()?;
        let has = |bit: u8| parts & bit != 0;
        let mut object = Self {
            status: Status::take(r)?,
            flags: Flags::take(r)?,
            ..Self::unknown()
        };
        if has(mask::HOLDER) {
            object.holder = Some(Holder::take(r)?);
        }
        if has(mask::PENDING) {
            object.pending = Some(Pending::take(r)?);
        }
        if has(mask::CLASS) {
            object.class = Some(ClassId::take(r)?);
        }
        if has(mask::GROUP) {
            object.group = Some(GroupId::take(r)?);
        }
        object.last_event = EventId::take(r)?;
        object.last_time = TimeMs::take(r)?;
        object.provenance = Digest32::take(r)?;
        object.seq = u32::take(r)?;
        if has(mask::CONTAINER) {
            object.epoch = u32::take(r)?;
            object.children = u32::take(r)?;
            object.height = u8::take(r)?;
            object.contents = Digest32::take(r)?;
            object.inside = r.map(2 * MAX_SCOPES_INSIDE)?;
            if !object.is_container() {
                return Err(CodecError::OutOfDomain { at });
            }
        }
        if has(mask::STAGE) {
            object.stage = Code::take(r)?;
            object.stage_before = Code::take(r)?;
            if object.stage.0 == 0 && object.stage_before.0 == 0 {
                return Err(CodecError::OutOfDomain { at });
            }
        }
        if has(mask::RECEIVED) {
            object.received = Some(Received::take(r)?);
        }
        if has(mask::PASSED) {
            object.passed = r.set(MAX_PASSED)?;
            if object.passed.is_empty() {
                return Err(CodecError::OutOfDomain { at });
            }
        }
        Ok(object)
    }
}

/// Where the contents of a container went when it was emptied as a whole. Whoever was inside at that epoch and has no
/// later record of its own is in the custody stated here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// Custodian at that moment.
    pub custodian: PartyId,
    /// The event that emptied it.
    pub event: EventId,
    /// Provenance digest of the container after that event: a parent of whatever comes out.
    pub provenance: Digest32,
    /// Whether the container was held back: whatever comes out is.
    pub held: bool,
    /// Stage of the container: whatever comes out is at it, unless its own is greater.
    pub stage: Code,
}
wire_struct!(Released v 2 { custodian, event, provenance, held, stage });
