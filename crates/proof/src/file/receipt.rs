//! Receipts: a transaction is in a final block, and this is what it did.
//!
//! The receipt says which events were applied or wait and what happened besides. What was stated, and by whom, is in the
//! transaction itself: a file may carry its bytes, and since the receipt names the transaction by their hash, they
//! are proven with it. A file without them is as good a proof of less.

use pangolin_ledger::{
    Body, Effect, EventOutcome, Receipt, Transaction, Wire as _, limits::MAX_TX_BYTES, say,
    state::Grade,
};
use serde::{Deserialize, Serialize};

use super::{
    ProofFileError, ProvenEvent, Report, Stated,
    wire::{WireHeader, WirePath, bytes},
    words,
};
use crate::{
    merkle::{Path, leaf_hash},
    trust::{FinalHeader, TrustedChain},
};

/// Place of the transaction's bytes in the file.
pub(super) const TRANSACTION: &str = "/proof/transaction";

/// Most of what happened besides that is said in words, one by one.
const MAX_EFFECTS_TOLD: usize = 200;

/// Proof of a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptProof {
    /// The block's header with what makes it final.
    #[serde(rename = "final")]
    header: WireHeader,
    /// The receipt's bytes.
    receipt: String,
    /// Its path to the header's tree of receipts.
    path: WirePath,
    /// The transaction's bytes without the signature, if they are disclosed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    transaction: Option<String>,
}

impl ReceiptProof {
    /// The proof that `receipt` is in the block of `header`.
    pub fn new(header: &FinalHeader, receipt: &Receipt, path: &Path) -> Self {
        Self {
            header: header.into(),
            receipt: hex::encode(receipt.to_bytes()),
            path: path.into(),
            transaction: None,
        }
    }

    /// The same, with what was stated. Whoever gets the file reads all of it.
    #[must_use]
    pub fn with_transaction(mut self, transaction: &Transaction) -> Self {
        self.transaction = Some(hex::encode(transaction.to_bytes()));
        self
    }

    pub(super) fn header(&self) -> Result<FinalHeader, ProofFileError> {
        self.header.read("/proof/final")
    }

    pub(super) fn verify(
        &self,
        trusted: &TrustedChain,
        report: &mut Report,
    ) -> Result<(), ProofFileError> {
        let shown = self.header()?;
        let header = shown.verify(trusted)?;
        report.height = header.height.get();
        report.time_ms = header.time_ms;
        report.check(
            "final",
            format!(
                "block {} is final: its certificate is signed by the key of {}",
                report.height, trusted.name
            ),
        );
        let encoded = bytes("/proof/receipt", &self.receipt)?;
        let root = header.receipts.0;
        if !self.path.read()?.verify(&leaf_hash(&encoded), &root) {
            return Err(ProofFileError::ReceiptNotInBlock);
        }
        let receipt =
            Receipt::from_bytes(&encoded).map_err(|e| ProofFileError::Record(e.to_string()))?;
        report.check(
            "receipt",
            format!(
                "the chain's receipt for this transaction is in that block (number {} of {})",
                self.path.index.saturating_add(1),
                self.path.leaves
            ),
        );
        report.fact("transaction", receipt.tx.to_string());
        let transaction = self.transaction(&receipt)?;
        if let Some(transaction) = &transaction {
            report.check(
                "transaction",
                "what was stated, and by whom, is in the file, and has the hash that the receipt names",
            );
            state(transaction, report);
        } else {
            report.fact(
                "what was stated",
                "not part of this file; a node gives a file with it to whoever may read the transaction and \
                 signs the request (pangolin proof receipt … --key …)",
            );
        }
        events(&receipt, transaction, report);
        effects(&receipt, report);
        Ok(())
    }

    /// What was stated, if the file carries it: exactly what the receipt is about.
    fn transaction(&self, receipt: &Receipt) -> Result<Option<Transaction>, ProofFileError> {
        let Some(text) = &self.transaction else {
            return Ok(None);
        };
        let encoded = bytes(TRANSACTION, text)?;
        let transaction = Transaction::from_bytes(&encoded)
            .ok()
            .filter(|_| encoded.len() <= MAX_TX_BYTES)
            .ok_or_else(|| ProofFileError::Field {
                field: TRANSACTION.into(),
                expected: "the bytes of a transaction",
            })?;
        if transaction.id() != receipt.tx {
            return Err(ProofFileError::OtherTransaction);
        }
        Ok(Some(transaction))
    }
}

/// Who stated it and, unless it is events, what.
fn state(transaction: &Transaction, report: &mut Report) {
    report.stated = Some(Stated {
        issuer: transaction.issuer.clone(),
        key: transaction.key,
    });
    report.profile = Some(transaction.profile);
    report.fact("stated by", &transaction.issuer);
    report.fact("signed with", transaction.key);
    report.fact("by the rules of", transaction.profile);
    let what = match &transaction.body {
        Body::Events(_) => return,
        Body::Order(order) => words::order(order, transaction.id()),
        Body::Governance(change) => words::governance(&change.action),
        Body::Correction(correction) => say![
            &correction.event.id,
            " is declared in error since ",
            correction.declared,
            ", reason ",
            correction.reason
        ],
        Body::Delivery(delivery) => words::delivery(delivery),
        Body::Validator(statement) => words::validator(statement),
        Body::Report(report) => words::report(report),
    };
    report.fact("what was stated", what);
    match &transaction.body {
        Body::Governance(change) if !change.reason.is_empty() => {
            report.fact("why, as it says", change.reason.clone());
        }
        Body::Correction(correction) if !correction.note.is_empty() => {
            report.fact("why, as it says", correction.note.clone());
        }
        _ => {}
    }
}

/// The events with what became of them.
fn events(receipt: &Receipt, transaction: Option<Transaction>, report: &mut Report) {
    let mut stated = match transaction.map(|transaction| transaction.body) {
        Some(Body::Events(events)) => events,
        Some(Body::Correction(correction)) => vec![correction.event],
        _ => Vec::new(),
    };
    for shown in &receipt.events {
        let at = stated.iter().position(|event| event.id == shown.id);
        report.events.push(ProvenEvent {
            receipt: shown.clone(),
            event: at.map(|at| stated.remove(at)),
        });
    }
    let waiting = receipt
        .events
        .iter()
        .filter(|event| matches!(event.outcome, EventOutcome::Parked { .. }))
        .count();
    if waiting > 0 {
        report.warn(format!(
            "{waiting} of {} events had no effect in this block: they wait for what must come before them, and lapse \
             if it does not come in time",
            receipt.events.len()
        ));
    }
}

/// What happened besides.
fn effects(receipt: &Receipt, report: &mut Report) {
    let attested = |effect: &Effect| {
        matches!(
            effect,
            Effect::Rested {
                grade: Grade::Attested,
                ..
            }
        )
    };
    if receipt.effects.iter().any(attested) {
        report.warn(words::ATTESTED);
    }
    for effect in receipt.effects.iter().take(MAX_EFFECTS_TOLD) {
        report.fact("with it", words::effect(effect));
    }
    let more = receipt.effects.len().saturating_sub(MAX_EFFECTS_TOLD);
    if more > 0 {
        report.fact("with it", say![more, " more things"]);
    }
}
