//! The reduced event: what the rules need of a full event, and commitments to the rest.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    codec::{CodecError, Reader, Wire, Writer},
    hash::{EVENT_DOMAIN, sha256},
    id::{
        Amount, ClassId, Code, Digest32, EventId, GroupId, ObjectId, ObjectSet, PartyId, TimeMs,
        Value,
    },
    limits,
};

/// The five kinds of events of the trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// Something happened to objects.
    Object,
    /// Objects were put into, or taken out of, a container.
    Aggregation,
    /// Objects became, or ceased to be, part of a business transaction.
    Transaction,
    /// Inputs were used up and outputs made of them.
    Transformation,
    /// Objects were attached to, or detached from, another for longer.
    Association,
}
wire_enum!(EventKind { 0 => Object, 1 => Aggregation, 2 => Transaction, 3 => Transformation, 4 => Association });

/// What an event does to the relation it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Begins it.
    Add,
    /// Sees it.
    Observe,
    /// Ends it.
    Delete,
}
wire_enum!(Action { 0 => Add, 1 => Observe, 2 => Delete });

/// What a quantity is a quantity of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stock {
    /// Any of a class.
    Class(ClassId),
    /// Of one group (lot) only.
    Group(GroupId),
}
wire_enum!(Stock { 0 => Class(class), 1 => Group(group) });

/// Amounts by what they are amounts of.
pub type Quantities = BTreeMap<Stock, Amount>;

/// What a transformation made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outputs {
    /// Objects made.
    pub objects: ObjectSet,
    /// Quantities made.
    pub quantities: Quantities,
}
wire_struct!(Outputs { objects, quantities[map limits::MAX_QUANTITIES_PER_EVENT] });

/// A business document that an event names, for example a purchase order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Kind of document, from the profile's code list.
    pub kind: Code,
    /// Its identifier.
    pub value: Value,
}
wire_struct!(Reference { kind, value });

/// Where the full event is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// Here.
    Full(Box<[u8]>),
    /// With its owner, who discloses it to those entitled.
    Committed(Digest32),
    /// At a URI.
    Pointer {
        /// Where.
        uri: String,
        /// SHA-256 of what is there.
        digest: Digest32,
    },
}
wire_enum!(Payload { 0 => Full(bytes [blob limits::MAX_PAYLOAD_BYTES]), 1 => Committed(digest), 2 => Pointer { uri[text limits::MAX_URI_BYTES], digest } });

impl Payload {
    /// SHA-256 of the full event, wherever it is.
    pub fn digest(&self) -> Digest32 {
        match self {
            Self::Full(bytes) => Digest32(sha256(&[bytes])),
            Self::Committed(digest) | Self::Pointer { digest, .. } => *digest,
        }
    }
}

/// A reduced event. Codes belong to the lists of the transaction's profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The event hash.
    pub id: EventId,
    /// Kind of event.
    pub kind: EventKind,
    /// Action; [`Action::Add`] for a transformation.
    pub action: Action,
    /// When it happened, by the clock of whoever observed it.
    pub time: TimeMs,
    /// Business step.
    pub step: Code,
    /// Disposition of the objects afterwards.
    pub disposition: Option<Code>,
    /// Objects it is about; the children of an aggregation or association; the inputs of a transformation.
    pub objects: ObjectSet,
    /// The container of an aggregation, the parent of an association or transaction.
    pub parent: Option<ObjectId>,
    /// Quantities it is about; the inputs of a transformation.
    pub quantities: Quantities,
    /// What a transformation made.
    pub outputs: Outputs,
    /// Who gives.
    pub source: Option<PartyId>,
    /// Who gets.
    pub destination: Option<PartyId>,
    /// Where.
    pub place: Option<Value>,
    /// Business documents.
    pub references: BTreeSet<Reference>,
    /// What else the rules need: group, expiry date, declarations.
    pub attributes: BTreeMap<Code, Value>,
    /// The event in error that this one corrects.
    pub corrects: Option<EventId>,
    /// Compare-and-swap (K4): the event that must be the last one of an object. It may be stated for any object that the
    /// act rests on, named in the event or not; for a container that was emptied and that the event does not name, the
    /// event that emptied it and let these objects out. Of two events that state the same for one object, the one that
    /// writes it wins. What this promises of events out of order is in `kernel/k08_parking.rs`.
    pub expected: BTreeMap<ObjectId, EventId>,
    /// Merkle root over the salted fields of the full event.
    pub commitment: Digest32,
    /// Where the full event is.
    pub payload: Payload,
}

impl Event {
    /// An event with the given essentials and everything else empty. The payload is [`Payload::Committed`] to `commitment`.
    pub fn new(
        id: EventId,
        kind: EventKind,
        action: Action,
        time: TimeMs,
        step: Code,
        commitment: Digest32,
    ) -> Self {
        Self {
            id,
            kind,
            action,
            time,
            step,
            disposition: None,
            objects: ObjectSet::new(),
            parent: None,
            quantities: Quantities::new(),
            outputs: Outputs::default(),
            source: None,
            destination: None,
            place: None,
            references: BTreeSet::new(),
            attributes: BTreeMap::new(),
            corrects: None,
            expected: BTreeMap::new(),
            commitment,
            payload: Payload::Committed(commitment),
        }
    }

    /// See [`EventParts::digest`]: the same wherever the full event is kept, so that it survives pruning.
    pub fn digest(&self) -> Digest32 {
        self.parts().digest()
    }

    /// What the digest is made of.
    pub fn parts(&self) -> EventParts {
        let mut w = Writer::with_capacity(256 + 16 * self.objects.len());
        self.put_inputs(&mut w);
        EventParts {
            inputs: Digest32(sha256(&[w.as_bytes()])),
            commitment: self.commitment,
            payload: self.payload.digest(),
        }
    }

    /// The same event with only the digest of a payload that is carried here. Its own digest stays the same.
    #[must_use]
    pub fn without_payload(&self) -> Self {
        let payload = match &self.payload {
            Payload::Full(_) => Payload::Committed(self.payload.digest()),
            Payload::Committed(digest) => Payload::Committed(*digest),
            Payload::Pointer { uri, digest } => Payload::Pointer {
                uri: uri.clone(),
                digest: *digest,
            },
        };
        Self {
            id: self.id,
            kind: self.kind,
            action: self.action,
            time: self.time,
            step: self.step,
            disposition: self.disposition,
            objects: self.objects.clone(),
            parent: self.parent.clone(),
            quantities: self.quantities.clone(),
            outputs: self.outputs.clone(),
            source: self.source.clone(),
            destination: self.destination.clone(),
            place: self.place.clone(),
            references: self.references.clone(),
            attributes: self.attributes.clone(),
            corrects: self.corrects,
            expected: self.expected.clone(),
            commitment: self.commitment,
            payload,
        }
    }

    /// What the event counts for while it waits for a predecessor: the objects it names, at least one.
    pub fn weight(&self) -> u32 {
        u32::try_from(self.refs().max(1)).unwrap_or(u32::MAX)
    }

    /// Whether the event names `object` in one of its lists or as its parent.
    pub fn names(&self, object: &ObjectId) -> bool {
        self.parent.as_ref() == Some(object)
            || self.objects.contains(object)
            || self.outputs.objects.contains(object)
    }

    /// Number of objects named in all lists.
    pub fn refs(&self) -> usize {
        self.objects.len() + self.outputs.objects.len() + usize::from(self.parent.is_some())
    }

    fn put_inputs(&self, w: &mut Writer) {
        self.id.put(w);
        self.kind.put(w);
        self.action.put(w);
        self.time.put(w);
        self.step.put(w);
        self.disposition.put(w);
        self.objects.put(w);
        self.parent.put(w);
        put_field!(w, &self.quantities, map limits::MAX_QUANTITIES_PER_EVENT);
        self.outputs.put(w);
        self.source.put(w);
        self.destination.put(w);
        self.place.put(w);
        w.list(self.references.iter());
        put_field!(w, &self.attributes, map limits::MAX_ATTRIBUTES);
        self.corrects.put(w);
        put_field!(w, &self.expected, map limits::MAX_EXPECTED);
    }
}

/// What the digest of a reduced event is made of: whoever shows the commitment alone hides the rule inputs behind a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventParts {
    /// SHA-256 of the rule inputs.
    pub inputs: Digest32,
    /// The commitment to the fields of the full event.
    pub commitment: Digest32,
    /// SHA-256 of the full event, or what stands for it where only its owner has it.
    pub payload: Digest32,
}

impl EventParts {
    /// `SHA-256(domain ‖ SHA-256 of the rule inputs ‖ commitment ‖ digest of the payload)`.
    pub fn digest(&self) -> Digest32 {
        let Self {
            inputs,
            commitment,
            payload,
        } = self;
        Digest32(sha256(&[
            EVENT_DOMAIN,
            &inputs.0,
            &commitment.0,
            &payload.0,
        ]))
    }
}

impl Wire for Event {
    fn put(&self, w: &mut Writer) {
        self.put_inputs(w);
        self.commitment.put(w);
        self.payload.put(w);
    }

    fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            id: Wire::take(r)?,
            kind: Wire::take(r)?,
            action: Wire::take(r)?,
            time: Wire::take(r)?,
            step: Wire::take(r)?,
            disposition: Wire::take(r)?,
            objects: Wire::take(r)?,
            parent: Wire::take(r)?,
            quantities: r.map(limits::MAX_QUANTITIES_PER_EVENT)?,
            outputs: Wire::take(r)?,
            source: Wire::take(r)?,
            destination: Wire::take(r)?,
            place: Wire::take(r)?,
            references: r.set(limits::MAX_REFERENCES_PER_EVENT)?,
            attributes: r.map(limits::MAX_ATTRIBUTES)?,
            corrects: Wire::take(r)?,
            expected: r.map(limits::MAX_EXPECTED)?,
            commitment: Wire::take(r)?,
            payload: Wire::take(r)?,
        })
    }
}
