//! How much a history says.

use super::{Document, document::references};
use pangolin_epcis::model::{Action, Event, What};

/// Sums over files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Files.
    pub documents: u64,
    /// Events that can be read.
    pub events: u64,
    /// Serial numbers named in events, each as often as it is named.
    pub references: u64,
    /// Packs that are commissioned: objects that come into being with a lot.
    pub packs: u64,
}

impl Counts {
    /// Adds a file.
    pub fn add(&mut self, document: &Document) {
        self.documents += 1;
        for event in document.events() {
            self.events += 1;
            self.references += references(event);
            self.packs += packs(event);
        }
    }
}

fn packs(event: &Event) -> u64 {
    match &event.what {
        What::Object(what) if what.action == Action::Add && what.ilmd.is_some() => {
            references(event)
        }
        _ => 0,
    }
}
