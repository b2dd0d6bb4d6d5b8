//! The state keys of what a transaction names: a hash each, made once.

use std::sync::Arc;

use super::{Body, Event, Transaction};
use crate::state::{Key, keys};

/// The state keys of a transaction.
#[derive(Debug, Clone)]
pub(crate) struct Keyring {
    pub(crate) profile: Key,
    pub(crate) party: Key,
    pub(crate) party_key: Key,
    pub(crate) usage: Key,
    /// One entry for each event of the body; of a correction, for the event it is about.
    pub(crate) events: Vec<EventKeys>,
}

/// The state keys of an event.
#[derive(Debug, Clone)]
pub(crate) struct EventKeys {
    pub(crate) event: Key,
    pub(crate) objects: Arc<[Key]>,
    pub(crate) outputs: Arc<[Key]>,
    pub(crate) parent: Option<Key>,
}

impl Keyring {
    pub(super) fn new(tx: &Transaction) -> Self {
        let events = match &tx.body {
            Body::Events(events) => events.iter().map(EventKeys::new).collect(),
            Body::Correction(correction) => vec![EventKeys::new(&correction.event)],
            Body::Order(_)
            | Body::Governance(_)
            | Body::Delivery(_)
            | Body::Validator(_)
            | Body::Report(_) => Vec::new(),
        };
        Self {
            profile: keys::profile(tx.profile),
            party: keys::party(&tx.issuer),
            party_key: keys::party_key(&tx.key),
            usage: keys::usage(&tx.issuer),
            events,
        }
    }
}

impl EventKeys {
    pub(crate) fn new(event: &Event) -> Self {
        Self {
            event: keys::event(&event.id),
            objects: event.objects.iter().map(keys::object).collect(),
            outputs: event.outputs.objects.iter().map(keys::object).collect(),
            parent: event.parent.as_ref().map(keys::object),
        }
    }
}
