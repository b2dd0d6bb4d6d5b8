//! A block alone: its header, and that it is final.

use serde::{Deserialize, Serialize};

use super::{ProofFileError, Report, wire::WireHeader};
use crate::trust::{FinalHeader, TrustedChain};

/// Place of the header in the file.
const FINAL: &str = "/proof/final";

/// Proof that a block is final.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderProof {
    /// The block's header with what makes it final.
    #[serde(rename = "final")]
    header: WireHeader,
}

impl HeaderProof {
    /// The proof that this header is final.
    pub fn new(header: &FinalHeader) -> Self {
        Self {
            header: header.into(),
        }
    }

    pub(super) fn header(&self) -> Result<FinalHeader, ProofFileError> {
        self.header.read(FINAL)
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
        report.fact("block", header.digest().to_string());
        report.fact("the block before it", header.parent.to_string());
        report.fact("root of its records", header.state.records.root.to_string());
        report.fact("root of its rules", header.state.rules.root.to_string());
        Ok(())
    }
}
