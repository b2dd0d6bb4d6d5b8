//! What a profile makes of a transaction's events: worked out once, read by everything a block does with it.

use crate::{
    machine::Machine,
    profile::{Claim, Plan},
    report::Refusal,
    tx::{Body, SignedTransaction},
};

/// A transaction with the plans of its events ([`Machine::prepare`]). Plans follow from the event alone, never from the
/// state, so they hold for as long as the machine does.
#[derive(Debug, Clone)]
pub struct Prepared<'t> {
    tx: &'t SignedTransaction,
    /// One for each event; none when the profile is unknown or the body has no events.
    plans: Vec<Result<Plan, Box<Refusal>>>,
}

impl<'t> Prepared<'t> {
    pub(super) fn new(machine: &Machine, signed: &'t SignedTransaction) -> Self {
        let tx = signed.tx();
        let plans = match (&tx.body, machine.profile(tx.profile)) {
            (Body::Events(events), Some(profile)) => events
                .iter()
                .enumerate()
                .map(|(index, event)| {
                    let claim = Claim {
                        issuer: &tx.issuer,
                        class: tx.class,
                        place: &place(index),
                    };
                    profile.classify(event, &claim).map_err(Box::new)
                })
                .collect(),
            _ => Vec::new(),
        };
        Self { tx: signed, plans }
    }

    /// The transaction.
    pub const fn tx(&self) -> &'t SignedTransaction {
        self.tx
    }

    /// What the event at `index` means, or why it means nothing; `None` when nothing was worked out.
    pub(super) fn plan(&self, index: usize) -> Option<Result<&Plan, &Refusal>> {
        let plan = self.plans.get(index)?;
        Some(plan.as_ref().map_err(AsRef::as_ref))
    }
}

/// Where the event at `index` stands in its transaction.
pub(super) fn place(index: usize) -> String {
    format!("/events/{index}")
}
