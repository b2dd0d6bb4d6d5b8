//! Status: what the state says about an object, evaluated by the verifier from proven records.

use pangolin_ledger::{
    ObjectId, Overlay, TimeMs,
    query::{ObjectStatus, QueryError, object_status},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use super::{
    ProofFileError, Report,
    wire::{WireState, bytes},
};
use crate::{state::StateProof, trust::TrustedChain};

/// Proof of an object's status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusProof {
    /// The object's identifier, as the ledger writes it, hexadecimal.
    object: String,
    /// Every record that the status rests on.
    pub(super) state: WireState,
}

/// What a status proof shows.
pub(super) struct Shown {
    pub(super) status: ObjectStatus,
    pub(super) overlay: Overlay,
}

impl StatusProof {
    /// The proof of what `state` says about `object`.
    pub fn new(object: &ObjectId, state: &StateProof) -> Self {
        Self {
            object: hex::encode(object.as_bytes()),
            state: state.into(),
        }
    }

    /// The object's identifier, as the ledger writes it.
    pub fn object(&self) -> Result<ObjectId, ProofFileError> {
        let encoded = bytes("/proof/object", &self.object)?;
        ObjectId::new(encoded).map_err(|_| ProofFileError::Field {
            field: "/proof/object".into(),
            expected: "an object identifier",
        })
    }

    pub(super) fn verify(
        &self,
        trusted: &TrustedChain,
        report: &mut Report,
    ) -> Result<Shown, ProofFileError> {
        let object = self.object()?;
        let state = self.state.read()?;
        let header = state.verify(trusted)?;
        report.height = header.height.get();
        report.time_ms = header.time_ms;
        report.check(
            "final",
            format!(
                "block {} is final: its certificate is signed by the key of {}",
                report.height, trusted.name
            ),
        );
        report.check(
            "state",
            format!(
                "{} records are, or are proven absent, in the state of that block",
                state.entries.len()
            ),
        );
        let at = TimeMs(i64::try_from(header.time_ms).unwrap_or(i64::MAX));
        let mut overlay = Overlay::new();
        for entry in state.entries {
            overlay.supply(entry.key, entry.value.map(Arc::from));
        }
        let status = match object_status(&overlay, &object, at) {
            Ok(answer) => answer.value,
            Err(QueryError::Need(keys)) => return Err(ProofFileError::Incomplete(keys.len())),
            Err(error) => return Err(ProofFileError::Record(error.to_string())),
        };
        report.check(
            "status",
            "the status was computed here from those records, with the ledger's own rules",
        );
        describe(&status, report);
        Ok(Shown { status, overlay })
    }
}

fn describe(status: &ObjectStatus, report: &mut Report) {
    report.fact("object", &status.id);
    report.fact("in being", if status.live { "yes" } else { "no" });
    if let Some(custodian) = &status.custodian {
        report.fact("custodian", custodian);
    }
    for container in &status.containers {
        report.fact("inside", &container.id);
    }
    if let Some(pending) = &status.pending {
        report.fact("on its way to", &pending.to);
    }
    report.fact(
        "held back by its custodian",
        if status.held { "yes" } else { "no" },
    );
    if let Some((group, _)) = &status.group {
        report.fact("lot", group);
    }
    let in_force = status.orders.iter().filter(|found| !found.exempted).count();
    let orders = match in_force {
        0 => "none on it, its containers, its lot, its product or its custodian".to_owned(),
        n => format!("{n} in force"),
    };
    report.fact("holds and recalls", orders);
}
