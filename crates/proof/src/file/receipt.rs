//! Receipts: a transaction is in a final block, and this is what it did.

use pangolin_ledger::{EventOutcome, Receipt, Wire as _};
use serde::{Deserialize, Serialize};

use super::{
    ProofFileError, Report,
    wire::{WireHeader, WirePath, bytes},
};
use crate::{
    merkle::{Path, leaf_hash},
    trust::{FinalHeader, TrustedChain},
};

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
}

impl ReceiptProof {
    /// The proof that `receipt` is in the block of `header`.
    pub fn new(header: &FinalHeader, receipt: &Receipt, path: &Path) -> Self {
        Self {
            header: header.into(),
            receipt: hex::encode(receipt.to_bytes()),
            path: path.into(),
        }
    }

    pub(super) fn verify(
        &self,
        trusted: &TrustedChain,
        report: &mut Report,
    ) -> Result<(), ProofFileError> {
        let shown = self.header.read()?;
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
                "the receipt is number {} of the block's receipts",
                self.path.index
            ),
        );
        report.fact("transaction", receipt.tx);
        for event in &receipt.events {
            let outcome = match &event.outcome {
                EventOutcome::Applied => "applied".to_owned(),
                EventOutcome::Parked { code, .. } => format!("waits for its predecessor ({code})"),
                EventOutcome::Duplicate { height } => {
                    format!("was already recorded in block {}", height.0)
                }
            };
            report.fact(&format!("event ni:///sha-256;{}", event.id), outcome);
        }
        Ok(())
    }
}
