//! A file before it has a number, a time and a format.

use std::collections::BTreeSet;

use super::{Defect, Expectation, Incident, Recall, Stage, happening::Happening, item::Item};

/// What is to be sent.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) sender: usize,
    pub(super) receiver: Option<usize>,
    pub(super) topic: &'static str,
    pub(super) label: String,
    pub(super) happenings: Vec<Happening>,
    /// When it happened, if earlier than the stage in which the file is sent.
    pub(super) happened: Option<Stage>,
    pub(super) story: String,
    pub(super) incident: Option<Incident>,
    pub(super) expected: Expectation,
    /// The file before this one was parked and takes effect with this one.
    pub(super) releases_last: bool,
    pub(super) recall: Option<Recall>,
    pub(super) defect: Option<Defect>,
    /// Products that a shipping file describes.
    pub(super) products: BTreeSet<usize>,
}

impl Draft {
    pub(super) fn new(
        sender: usize,
        topic: &'static str,
        label: impl Into<String>,
        happenings: Vec<Happening>,
    ) -> Self {
        let packs = happenings.iter().flat_map(Happening::items);
        let products = packs.filter_map(|item| match item {
            Item::Pack { product, .. } => Some(product),
            Item::Unit { .. } => None,
        });
        Self {
            sender,
            receiver: None,
            topic,
            label: label.into(),
            products: products.collect(),
            happenings,
            happened: None,
            story: String::new(),
            incident: None,
            expected: Expectation::ACCEPTED,
            releases_last: false,
            recall: None,
            defect: None,
        }
    }

    pub(super) fn to(mut self, receiver: usize) -> Self {
        self.receiver = Some(receiver);
        self
    }

    pub(super) fn about(mut self, products: impl IntoIterator<Item = usize>) -> Self {
        self.products.extend(products);
        self
    }

    pub(super) fn story(mut self, story: impl Into<String>) -> Self {
        self.story = story.into();
        self
    }

    pub(super) fn expect(mut self, expected: Expectation) -> Self {
        self.expected = expected;
        self
    }

    pub(super) fn happened(mut self, stage: Stage) -> Self {
        self.happened = Some(stage);
        self
    }

    /// Whether goods change their owner, which needs a transaction statement.
    pub(super) fn changes_owner(&self) -> bool {
        self.happenings.iter().any(|event| event.step == "shipping")
    }
}
