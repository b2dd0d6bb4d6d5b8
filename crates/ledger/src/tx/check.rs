//! The stateless checks of a transaction: whatever can be refused without reading state.

use std::collections::BTreeSet;

use thiserror::Error;

mod registry;
mod source;

use super::{Body, Delivery, Event, EventKind, Item, OrderBody, Transaction};
use crate::limits;

/// A transaction is malformed. `place` is the path of the offending part, for example `/events/3/quantities`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TxError {
    /// The body has no events.
    #[error("the transaction has no events")]
    NoEvents,
    /// The delivery has no messages.
    #[error("the delivery has no messages")]
    NothingDelivered,
    /// Two proofs of one chain in one delivery.
    #[error("the delivery has another proof of the chain at {place}")]
    RepeatedChain {
        /// Path of the repetition.
        place: String,
    },
    /// More events than allowed.
    #[error(
        "the transaction has {count} events, more than {}",
        limits::MAX_EVENTS_PER_TX
    )]
    TooManyEvents {
        /// Events found.
        count: usize,
    },
    /// The same event twice in one transaction.
    #[error("the event at {place} is already in this transaction")]
    RepeatedEvent {
        /// Path of the repetition.
        place: String,
    },
    /// More objects, quantities, references, attributes, bytes … than allowed.
    #[error("{count} entries at {place}, more than {max}")]
    TooMany {
        /// Path of the list.
        place: String,
        /// Entries found.
        count: usize,
        /// Entries allowed.
        max: usize,
    },
    /// The event is about nothing.
    #[error("the event at {place} names neither objects nor quantities")]
    AboutNothing {
        /// Path of the event.
        place: String,
    },
    /// A container or parent is missing, is its own child, or stands where none belongs.
    #[error("the parent at {place} is missing, out of place, or one of its own children")]
    BadParent {
        /// Path of the parent.
        place: String,
    },
    /// Outputs stand in an event that is not a transformation, or are missing in one that is.
    #[error("outputs at {place}: only a transformation has them, and they differ from its inputs")]
    BadOutputs {
        /// Path of the outputs.
        place: String,
    },
    /// A quantity of nothing.
    #[error("the amount at {place} is zero")]
    ZeroAmount {
        /// Path of the quantity.
        place: String,
    },
    /// A text that must not be empty is empty.
    #[error("the text at {place} is empty")]
    EmptyText {
        /// Path of the text.
        place: String,
    },
    /// A number is outside its range.
    #[error("the number at {place} is out of range")]
    OutOfRange {
        /// Path of the number.
        place: String,
    },
}

impl TxError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoEvents => "no-events",
            Self::NothingDelivered => "nothing-delivered",
            Self::RepeatedChain { .. } => "repeated-chain",
            Self::TooManyEvents { .. } => "too-many-events",
            Self::RepeatedEvent { .. } => "repeated-event",
            Self::TooMany { .. } => "too-many-entries",
            Self::AboutNothing { .. } => "event-about-nothing",
            Self::BadParent { .. } => "bad-parent",
            Self::BadOutputs { .. } => "bad-outputs",
            Self::ZeroAmount { .. } => "zero-amount",
            Self::EmptyText { .. } => "empty-text",
            Self::OutOfRange { .. } => "out-of-range",
        }
    }

    /// Path of the offending part.
    pub fn place(&self) -> &str {
        match self {
            Self::NoEvents | Self::TooManyEvents { .. } => "/events",
            Self::NothingDelivered => "/delivery/items",
            Self::RepeatedEvent { place }
            | Self::RepeatedChain { place }
            | Self::TooMany { place, .. }
            | Self::AboutNothing { place }
            | Self::BadParent { place }
            | Self::BadOutputs { place }
            | Self::ZeroAmount { place }
            | Self::EmptyText { place }
            | Self::OutOfRange { place } => place,
        }
    }
}

impl Transaction {
    /// Checks everything that needs no state. Decoding has checked the size of each list, but a transaction built in
    /// memory has not been decoded, so that lists are checked here again.
    pub fn check(&self) -> Result<(), TxError> {
        match &self.body {
            Body::Events(events) => check_events(events),
            Body::Correction(correction) => {
                check_text("/correction/note", &correction.note, 0)?;
                check_count(
                    "/correction/correctives",
                    correction.correctives.len(),
                    limits::MAX_CORRECTIVES,
                )?;
                check_event(&correction.event, "/correction/event")
            }
            Body::Order(OrderBody::Issue(terms)) => {
                check_text("/order/legal_basis", &terms.legal_basis, 1)?;
                match usize::from(terms.officers) {
                    1..=limits::MAX_APPROVALS => Ok(()),
                    _ => Err(TxError::OutOfRange {
                        place: "/order/officers".into(),
                    }),
                }
            }
            Body::Order(OrderBody::Release { legal_basis, .. }) => {
                check_text("/order/legal_basis", legal_basis, 1)
            }
            // what a validator states is judged by who can read it, and everything in it is bounded
            Body::Order(OrderBody::Approve { .. }) | Body::Validator(_) => Ok(()),
            Body::Governance(body) => {
                check_text("/governance/reason", &body.reason, 0)?;
                registry::check(&body.action)?;
                source::check(&body.action)
            }
            Body::Delivery(delivery) => check_delivery(delivery),
            Body::Report(report) => source::report(report),
        }
    }
}

fn check_delivery(delivery: &Delivery) -> Result<(), TxError> {
    if delivery.items.is_empty() {
        return Err(TxError::NothingDelivered);
    }
    check_count(
        "/delivery/items",
        delivery.items.len(),
        limits::MAX_DELIVERIES,
    )?;
    let evidence = "/delivery/evidence";
    check_count(
        evidence,
        delivery.evidence.len(),
        limits::MAX_EVIDENCE_BYTES,
    )?;
    check_count(
        "/delivery/witnesses",
        delivery.witnesses.len(),
        limits::MAX_STAYS,
    )?;
    // it is heard of a chain that is not believed, and nothing else is
    if delivery.items.len() > 1
        && delivery
            .items
            .iter()
            .any(|item| matches!(item, Item::Forked { .. }))
    {
        check_count("/delivery/items", delivery.items.len(), 1)?;
    }
    let mut chains = BTreeSet::from([delivery.chain]);
    for (index, witness) in delivery.witnesses.iter().enumerate() {
        let place = format!("/delivery/witnesses/{index}");
        if !chains.insert(witness.chain) {
            return Err(TxError::RepeatedChain { place });
        }
        check_count(&place, witness.evidence.len(), limits::MAX_EVIDENCE_BYTES)?;
    }
    Ok(())
}

fn check_text(place: &str, text: &str, min: usize) -> Result<(), TxError> {
    if text.len() < min {
        return Err(TxError::EmptyText {
            place: place.into(),
        });
    }
    check_count(place, text.len(), limits::MAX_TEXT_BYTES)
}

fn check_count(place: &str, count: usize, max: usize) -> Result<(), TxError> {
    if count > max {
        Err(TxError::TooMany {
            place: place.into(),
            count,
            max,
        })
    } else {
        Ok(())
    }
}

fn check_events(events: &[Event]) -> Result<(), TxError> {
    if events.is_empty() {
        return Err(TxError::NoEvents);
    }
    if events.len() > limits::MAX_EVENTS_PER_TX {
        return Err(TxError::TooManyEvents {
            count: events.len(),
        });
    }
    let mut seen = std::collections::BTreeSet::new();
    let mut refs = 0;
    for (i, event) in events.iter().enumerate() {
        let place = format!("/events/{i}");
        if !seen.insert(event.id) {
            return Err(TxError::RepeatedEvent { place });
        }
        check_event(event, &place)?;
        refs += event.refs();
    }
    check_count("/events", refs, limits::MAX_REFS_PER_TX)
}

fn check_event(event: &Event, place: &str) -> Result<(), TxError> {
    let at = |part: &str| format!("{place}/{part}");
    let lists = [
        ("objects", event.objects.len(), limits::MAX_REFS_PER_EVENT),
        (
            "outputs/objects",
            event.outputs.objects.len(),
            limits::MAX_REFS_PER_EVENT,
        ),
        (
            "quantities",
            event.quantities.len(),
            limits::MAX_QUANTITIES_PER_EVENT,
        ),
        (
            "outputs/quantities",
            event.outputs.quantities.len(),
            limits::MAX_QUANTITIES_PER_EVENT,
        ),
        (
            "references",
            event.references.len(),
            limits::MAX_REFERENCES_PER_EVENT,
        ),
        ("attributes", event.attributes.len(), limits::MAX_ATTRIBUTES),
        ("expected", event.expected.len(), limits::MAX_EXPECTED),
    ];
    for (part, count, max) in lists {
        if count > max {
            return Err(TxError::TooMany {
                place: at(part),
                count,
                max,
            });
        }
    }
    if let super::Payload::Full(bytes) = &event.payload {
        check_count("payload", bytes.len(), limits::MAX_PAYLOAD_BYTES)?;
    }
    if let super::Payload::Pointer { uri, .. } = &event.payload {
        check_count("payload/uri", uri.len(), limits::MAX_URI_BYTES)?;
    }
    if event.quantities.values().any(|amount| amount.0 == 0) {
        return Err(TxError::ZeroAmount {
            place: at("quantities"),
        });
    }
    if event
        .outputs
        .quantities
        .values()
        .any(|amount| amount.0 == 0)
    {
        return Err(TxError::ZeroAmount {
            place: at("outputs/quantities"),
        });
    }
    let about = !event.objects.is_empty() || !event.quantities.is_empty();
    let made = !event.outputs.objects.is_empty() || !event.outputs.quantities.is_empty();
    if !about && !made && event.parent.is_none() {
        return Err(TxError::AboutNothing {
            place: place.into(),
        });
    }
    let clash = event
        .outputs
        .objects
        .iter()
        .any(|output| event.objects.contains(output));
    if clash || made && event.kind != EventKind::Transformation {
        return Err(TxError::BadOutputs {
            place: at("outputs"),
        });
    }
    let own_child = event
        .parent
        .as_ref()
        .is_some_and(|parent| event.objects.contains(parent));
    if own_child || event.kind == EventKind::Transformation && event.parent.is_some() {
        return Err(TxError::BadParent {
            place: at("parent"),
        });
    }
    Ok(())
}
