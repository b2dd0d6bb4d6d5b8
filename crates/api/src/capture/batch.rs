//! Events joined into transactions, in order, within the limits.

use std::collections::BTreeSet;

use pangolin_ledger::{id::EventId, limits::MAX_REFS_PER_TX, tx};

use crate::{
    limits::{MAX_BATCH_BYTES, MAX_BATCH_EVENTS},
    own::events::FullEvent,
};

/// An event on its way into a transaction.
#[derive(Debug, Clone)]
pub struct Item {
    /// Index in the document.
    pub index: u64,
    /// The event.
    pub event: tx::Event,
    /// Its size in bytes.
    pub size: usize,
    /// The full event, where the chain does not get it.
    pub full: Option<Box<FullEvent>>,
}

impl Item {
    fn references(&self) -> usize {
        self.event.objects.len() + self.event.outputs.objects.len()
    }
}

/// Collects events until a transaction is full. An event that is larger than a transaction should be goes alone.
#[derive(Debug, Default)]
pub struct Batcher {
    items: Vec<Item>,
    ids: BTreeSet<EventId>,
    bytes: usize,
    references: usize,
}

impl Batcher {
    /// Whether one more event fits into the same transaction. The same event twice does not.
    pub fn fits(&self, item: &Item) -> bool {
        self.items.is_empty()
            || (self.items.len() < MAX_BATCH_EVENTS
                && self.bytes + item.size <= MAX_BATCH_BYTES
                && self.references + item.references() <= MAX_REFS_PER_TX
                && !self.ids.contains(&item.event.id))
    }

    /// Adds an event; gives the transaction before it, if that one is full.
    pub fn push(&mut self, item: Item) -> Option<Vec<Item>> {
        let full = if self.fits(&item) { None } else { self.take() };
        self.bytes += item.size;
        self.references += item.references();
        self.ids.insert(item.event.id);
        self.items.push(item);
        full
    }

    /// What is left.
    pub fn take(&mut self) -> Option<Vec<Item>> {
        let items = std::mem::take(self).items;
        (!items.is_empty()).then_some(items)
    }
}

#[cfg(test)]
mod tests {
    use pangolin_ledger::{
        id::{Code, Digest32, TimeMs},
        tx::{Action, Event, EventKind},
    };

    use super::*;

    fn item(id: u16, size: usize) -> Item {
        let mut bytes = [0; 32];
        bytes[..2].copy_from_slice(&id.to_be_bytes());
        let event = Event::new(
            EventId(bytes),
            EventKind::Object,
            Action::Add,
            TimeMs(0),
            Code(1),
            Digest32([0; 32]),
        );
        Item {
            index: u64::from(id),
            event,
            size,
            full: None,
        }
    }

    fn split(items: impl IntoIterator<Item = Item>) -> Vec<usize> {
        let mut batcher = Batcher::default();
        let mut sizes: Vec<usize> = items
            .into_iter()
            .filter_map(|item| batcher.push(item))
            .map(|b| b.len())
            .collect();
        sizes.extend(batcher.take().map(|batch| batch.len()));
        sizes
    }

    #[test]
    fn transactions_are_filled_in_order() {
        assert_eq!(split((0..2_500).map(|n| item(n, 10))), [1_000, 1_000, 500]);
        assert_eq!(split((0..4).map(|n| item(n, MAX_BATCH_BYTES / 2))), [2, 2]);
        assert_eq!(
            split([item(0, 10), item(1, 2 * MAX_BATCH_BYTES), item(2, 10)]),
            [1, 1, 1]
        );
        assert_eq!(
            split([item(0, 1), item(1, 1), item(0, 1)]),
            [2, 1],
            "the same event goes into the next"
        );
        assert_eq!(split([]), [0usize; 0]);
    }
}
