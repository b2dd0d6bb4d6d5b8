//! What happened besides: to other events, to orders, to containers. Indexers and watchers follow these.

use crate::{
    codec::Wire,
    id::{
        ChainId, Digest32, EventId, FactKey, GroupId, Height, ObjectId, OrderId, PartyId,
        PublicKey, SourceId, TimeMs,
    },
    limits::{MAX_EFFECTS, MAX_SCOPES_INSIDE, MAX_TEXT_BYTES},
    state::{Grade, InboxResult, Key},
    tx::Quantities,
};

/// Something that happened besides what was stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A parked event was applied, because its predecessor came.
    Unparked(EventId),
    /// A parked event was given up: its predecessor did not come in time. It may be sent again.
    Lapsed(EventId),
    /// A parked event was refused when its predecessor came.
    Rejected {
        /// The event.
        event: EventId,
        /// Code of the refusal.
        code: String,
    },
    /// An object was taken out of its container by inference.
    Inferred {
        /// The object.
        object: ObjectId,
        /// The container.
        container: ObjectId,
    },
    /// A hand-over is complete; named by the event that offered.
    Completed(EventId),
    /// A hand-over was not complete in time.
    Overdue {
        /// The event that offered.
        offer: EventId,
        /// Objects still under way.
        open: u32,
    },
    /// An order came into force.
    OrderActive(OrderId),
    /// An order ended by a release.
    OrderReleased(OrderId),
    /// An order ended by its expiry, or did not collect its signatures in time.
    OrderExpired(OrderId),
    /// An object was exempted from an order.
    Exempted {
        /// The order.
        order: OrderId,
        /// The object.
        object: ObjectId,
    },
    /// A change of governance is in force; named by the digest of its action.
    Enacted(Digest32),
    /// A change of governance collects signatures.
    Proposed {
        /// Digest of its action.
        action: Digest32,
        /// Signatures it has.
        signed: u8,
        /// Signatures it needs.
        needed: u8,
    },
    /// An event was declared in error.
    DeclaredInError(EventId),
    /// An object whose last event was declared in error rolled forward to a record without its effect.
    RolledForward(ObjectId),
    /// An object that the event in error was about has moved on since: its record was left as it is.
    Superseded(ObjectId),
    /// Something else that an event in error did was left as it is: quantities that have moved on, or an act that only a
    /// corrective event can undo.
    Unreversed(EventId),
    /// A party or key was admitted, changed, suspended or revoked.
    Membership {
        /// The party.
        party: PartyId,
        /// The key, if the change is about one.
        key: Option<PublicKey>,
    },
    /// A foreign chain was registered, suspended or resumed.
    Foreign(ChainId),
    /// An object is locked here and offered to another chain.
    Departed {
        /// That chain.
        chain: ChainId,
        /// Sequence number of the lock.
        seq: u64,
        /// The object.
        object: ObjectId,
    },
    /// An object that another chain locked was let in, or not.
    Arrived {
        /// That chain.
        chain: ChainId,
        /// Sequence number of its lock.
        seq: u64,
        /// The object.
        object: ObjectId,
        /// Its group.
        group: Option<GroupId>,
        /// Its custodian there, and here until it is accepted.
        from: PartyId,
        /// Who may accept it.
        to: PartyId,
        /// What became of it.
        result: InboxResult,
        /// Its filling here, if it was let in.
        epoch: u32,
        /// Quantities inside, if it was let in.
        inside: Quantities,
    },
    /// A lock of this chain ended.
    Settled {
        /// The other chain.
        chain: ChainId,
        /// Sequence number of the lock.
        seq: u64,
        /// The object.
        object: ObjectId,
        /// Whether it lives there now; otherwise it lives here again.
        gone: bool,
    },
    /// What the orders of another chain were, of which this rests on the word.
    Relied {
        /// That chain.
        chain: ChainId,
        /// The time of that chain up to which all its orders are known here.
        as_of: TimeMs,
    },
    /// An order of another chain was taken note of.
    Noticed {
        /// That chain.
        chain: ChainId,
        /// Number of the notice.
        seq: u64,
        /// The order.
        order: OrderId,
    },
    /// An object that came inside a container was brought in.
    BroughtIn {
        /// The object.
        object: ObjectId,
        /// The container.
        container: ObjectId,
        /// The filling of the container, as this chain counts.
        filling: u32,
        /// The chain that had its last record; may be this one.
        chain: ChainId,
        /// Its provenance digest there, and here.
        provenance: Digest32,
        /// Its group.
        group: Option<GroupId>,
        /// Its own filling here.
        epoch: u32,
        /// Quantities inside it, unless this chain had its last record.
        inside: Quantities,
    },
    /// Something about the validators of this chain changed.
    Validators(ValidatorChange),
    /// This chain, as a registry, recorded a chain or changed its record.
    Recorded {
        /// The chain.
        chain: ChainId,
        /// Number of the version.
        revision: u64,
    },
    /// A registry's record of a chain was taken note of.
    Heard {
        /// The registry.
        registry: ChainId,
        /// The chain.
        chain: ChainId,
        /// Number of the version.
        revision: u64,
        /// Whether it counts here: not if the own governance decides about the chain, or its grade is too low.
        heeded: bool,
    },
    /// It was shown that a chain certified two different blocks of one height.
    Forked {
        /// The chain.
        chain: ChainId,
        /// The height.
        at: Height,
    },
    /// The history of an object was walked back to its origins.
    Walked {
        /// The object.
        object: ObjectId,
        /// The digest to which the walk led.
        provenance: Digest32,
        /// Whether it is whole and nothing speaks against it; otherwise it is not true.
        whole: bool,
    },
    /// Something about a source changed.
    Source {
        /// The source.
        source: SourceId,
        /// What.
        change: SourceChange,
    },
    /// What a source said, on which this rests.
    Rested {
        /// The source.
        source: SourceId,
        /// Its key.
        key: FactKey,
        /// How it is assured.
        grade: Grade,
        /// SHA-256 of the value; `None`: there is none.
        value: Option<Digest32>,
        /// Height, or number of the statement, at which it was so.
        height: u64,
        /// Time of the source at that height.
        time: TimeMs,
    },
}
wire_enum!(Effect {
    0 => Unparked(event),
    1 => Lapsed(event),
    2 => Rejected { event, code[text MAX_TEXT_BYTES] },
    3 => Inferred { object, container },
    4 => Completed(event),
    5 => Overdue { offer, open },
    6 => OrderActive(order),
    7 => OrderReleased(order),
    8 => OrderExpired(order),
    9 => Exempted { order, object },
    10 => Enacted(action),
    11 => Proposed { action, signed, needed },
    12 => DeclaredInError(event),
    13 => RolledForward(object),
    14 => Superseded(object),
    15 => Unreversed(event),
    16 => Membership { party, key },
    17 => Foreign(chain),
    18 => Departed { chain, seq, object },
    19 => Arrived { chain, seq, object, group, from, to, result, epoch, inside[map 2 * MAX_SCOPES_INSIDE] },
    20 => Settled { chain, seq, object, gone },
    21 => BroughtIn { object, container, filling, chain, provenance, group, epoch, inside[map 2 * MAX_SCOPES_INSIDE] },
    22 => Relied { chain, as_of },
    23 => Noticed { chain, seq, order },
    24 => Validators(change),
    25 => Recorded { chain, revision },
    26 => Heard { registry, chain, revision, heeded },
    27 => Forked { chain, at },
    28 => Walked { object, provenance, whole },
    29 => Source { source, change },
    30 => Rested { source, key, grade, value, height, time },
});

/// What changed about the validators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValidatorChange {
    /// Others are wanted than before, or something else is said of them.
    Wanted,
    /// The validators began to hand the chain's key on.
    Opened {
        /// Number of the resharing.
        round: u64,
    },
    /// A validator's part in it is recorded.
    Dealt {
        /// Number of the resharing.
        round: u64,
        /// The key of its node.
        dealer: PublicKey,
    },
    /// It succeeded: the next epoch has other validators.
    Reshared {
        /// Number of the resharing.
        round: u64,
    },
    /// It failed: the next epoch has the same validators and shares.
    NotReshared {
        /// Number of the resharing.
        round: u64,
    },
    /// A validator contradicted itself.
    Contradicted {
        /// The key of its node.
        validator: PublicKey,
    },
}
wire_enum!(ValidatorChange {
    0 => Wanted,
    1 => Opened { round },
    2 => Dealt { round, dealer },
    3 => Reshared { round },
    4 => NotReshared { round },
    5 => Contradicted { validator },
});

/// What changed about a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceChange {
    /// It was registered.
    Registered,
    /// The governance suspended it.
    Suspended,
    /// The governance ended its suspension, or said anew from where it is followed.
    Resumed,
    /// A header, or statement, of this height is believed.
    Followed {
        /// The height.
        height: u64,
    },
    /// It is known what it says under a key.
    Told {
        /// The key.
        key: FactKey,
        /// Whether there is a value.
        present: bool,
    },
    /// It contradicted itself, and is suspended.
    Contradicted {
        /// The height of which two headers, or statements, were shown.
        at: u64,
    },
}
wire_enum!(SourceChange {
    0 => Registered,
    1 => Suspended,
    2 => Resumed,
    3 => Followed { height },
    4 => Told { key, present },
    5 => Contradicted { at },
});

/// What a block did by itself: deadlines, and what earlier blocks left over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BlockEffects {
    /// In the order in which they happened.
    pub effects: Vec<Effect>,
    /// The key of a state record that could not be read. The node must stop without committing the block.
    pub corrupt: Option<Key>,
}

impl Wire for BlockEffects {
    fn put(&self, w: &mut crate::codec::Writer) {
        w.list(self.effects.iter());
        self.corrupt.put(w);
    }
    fn take(r: &mut crate::codec::Reader<'_>) -> Result<Self, crate::codec::CodecError> {
        Ok(Self {
            effects: r.list(MAX_EFFECTS)?,
            corrupt: Wire::take(r)?,
        })
    }
}
