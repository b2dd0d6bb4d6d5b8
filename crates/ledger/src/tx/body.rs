//! What a transaction can state.

use super::{Delivery, Event, GovernanceBody, OrderBody, Report, ValidatorBody};
use crate::{
    id::{Code, EventId, TimeMs},
    limits::{MAX_CORRECTIVES, MAX_EVENTS_PER_TX, MAX_TEXT_BYTES},
};

/// The body of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Things that happened, in the order in which they are to be applied.
    Events(Vec<Event>),
    /// An order of an authority, or an approval of one.
    Order(OrderBody),
    /// A change of members, keys, licences, rules or limits.
    Governance(Box<GovernanceBody>),
    /// The declaration that a recorded event was in error.
    Correction(Box<Correction>),
    /// What another chain decided, with its proof. Anybody who may send may send it.
    Delivery(Box<Delivery>),
    /// What a validator states as one, under the key of its node.
    Validator(Box<ValidatorBody>),
    /// What a source of another kind says, with what shows it. Anybody who may send may send it.
    Report(Box<Report>),
}
wire_enum!(Body { 0 => Events(events [list MAX_EVENTS_PER_TX]), 1 => Order(order), 2 => Governance(change), 3 => Correction(correction), 4 => Delivery(delivery), 5 => Validator(statement), 6 => Report(report) });

/// A party declares an event of its own in error (K12). The event stays visible and is marked; objects whose last event
/// it was roll forward to a record without its effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The event in error, as recorded: its digest must be the recorded one.
    pub event: Event,
    /// When the error was declared.
    pub declared: TimeMs,
    /// Why, from the profile's code list.
    pub reason: Code,
    /// Why, in words (at most 512 bytes).
    pub note: String,
    /// Events that state what really happened; they may be recorded before or after.
    pub correctives: Vec<EventId>,
}
wire_struct!(Correction { event, declared, reason, note[text MAX_TEXT_BYTES], correctives[list MAX_CORRECTIVES] });

impl<T: crate::codec::Wire> crate::codec::Wire for Box<T> {
    fn put(&self, w: &mut crate::codec::Writer) {
        (**self).put(w);
    }
    fn take(r: &mut crate::codec::Reader<'_>) -> Result<Self, crate::codec::CodecError> {
        T::take(r).map(Self::new)
    }
}
