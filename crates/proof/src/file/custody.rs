//! Custody: the history that an object's record commits to.
//!
//! A record's provenance digest is the hash of the digests of its parents and of the event that made it. Whoever shows
//! the events and parents, step by step, so that every hash fits, has shown the whole history: nothing can be
//! left out or put in without changing the digest in the state.

use pangolin_ledger::{
    Digest32, EventId, Overlay, Wire as _,
    hash::provenance,
    say,
    state::{EventRecord, keys},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use super::{ProofFileError, Report, StatusProof, wire::hash};
use crate::trust::{FinalHeader, TrustedChain};

/// Most steps of one history.
const MAX_STEPS: usize = 10_000;

/// One step: an event and the digests it built upon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustodyStep {
    /// The event, hexadecimal.
    pub event: String,
    /// Digests of the parents, hexadecimal.
    pub parents: Vec<String>,
    /// What happened, for people: not proven by the file unless the event's record is.
    pub text: String,
}

/// Proof of an object's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustodyProof {
    /// The object's status, whose record carries the digest.
    status: StatusProof,
    /// The steps, the last one first; each comes before those it builds upon.
    steps: Vec<CustodyStep>,
}

impl CustodyProof {
    /// The proof that the record in `status` commits to `steps`.
    pub const fn new(status: StatusProof, steps: Vec<CustodyStep>) -> Self {
        Self { status, steps }
    }

    pub(super) fn header(&self) -> Result<FinalHeader, ProofFileError> {
        self.status.header()
    }

    pub(super) fn verify(
        &self,
        trusted: &TrustedChain,
        report: &mut Report,
    ) -> Result<(), ProofFileError> {
        let shown = self.status.verify(trusted, report)?;
        let Some(record) = shown.status.record else {
            report.doubt("the object was never recorded, so it has no history");
            return Ok(());
        };
        let mut open = BTreeSet::from([record.provenance.0]);
        if let Some(released) = &shown.status.released {
            open.insert(released.provenance.0);
        }
        for container in &shown.status.containers {
            open.insert(container.record.provenance.0);
        }
        let mut closed = BTreeSet::new();
        let steps = self.steps.len();
        report.fact(
            "history",
            say![
                steps,
                " steps back from its record; those of containers it was in are among them"
            ],
        );
        for (step, shown_step) in self.steps.iter().take(MAX_STEPS).enumerate() {
            let event = EventId(hash(
                &format!("/proof/steps/{step}/event"),
                &shown_step.event,
            )?);
            let parents = shown_step
                .parents
                .iter()
                .enumerate()
                .map(|(i, text)| {
                    Ok(Digest32(hash(
                        &format!("/proof/steps/{step}/parents/{i}"),
                        text,
                    )?))
                })
                .collect::<Result<Vec<_>, ProofFileError>>()?;
            let digest = provenance(parents.clone(), &event).0;
            if !open.remove(&digest) {
                return Err(ProofFileError::BrokenHistory { step });
            }
            closed.insert(digest);
            open.extend(
                parents
                    .iter()
                    .map(|parent| parent.0)
                    .filter(|digest| *digest != [0; 32] && !closed.contains(digest)),
            );
            describe(step + 1, &shown.overlay, &event, shown_step, report)?;
        }
        report.check(
            "history",
            format!(
                "{} events lead, hash by hash, to the object's proven record: none is left out, added or changed",
                self.steps.len()
            ),
        );
        if open.is_empty() {
            report.check(
                "origin",
                "the history is complete: it ends where the object came into being",
            );
        } else {
            report.doubt(format!(
                "the history is not complete: {} earlier digests are not opened",
                open.len()
            ));
        }
        Ok(())
    }
}

/// Step `number`, the last event being the first.
fn describe(
    number: usize,
    overlay: &Overlay,
    event: &EventId,
    step: &CustodyStep,
    report: &mut Report,
) -> Result<(), ProofFileError> {
    let name = format!("step {number}");
    // words for people, which no hash covers
    report.claim(format!("{name}: {}", step.text));
    let recorded = overlay.read(&keys::event(event)).ok().flatten();
    let shown = match recorded {
        Some(bytes) => {
            let record = EventRecord::from_bytes(&bytes)
                .map_err(|e| ProofFileError::Record(e.to_string()))?;
            report.profile.get_or_insert(record.profile);
            let since = if record.corrected {
                "; it was corrected or declared in error since"
            } else {
                ""
            };
            say![
                "stated by ",
                &record.issuer,
                " in block ",
                record.height.0,
                ": ",
                event,
                since
            ]
        }
        None => say![event, ", whose statement is not part of this file"],
    };
    report.fact(&name, shown);
    Ok(())
}
