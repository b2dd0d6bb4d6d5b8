//! The stateless checks of what is said of sources, and of what they say.

use std::collections::BTreeSet;

use super::{TxError, check_count, check_text};
use crate::{
    limits,
    state::{Assurance, Attesters, CometBft, Mark},
    tx::{GovernanceAction, Report},
};

const PLACE: &str = "/governance/action";
/// Heights above are no heights of a chain: they are signed numbers there.
const MAX_HEIGHT: u64 = (1 << 62) - 1;

/// Checks what an action says of a source.
pub(super) fn check(action: &GovernanceAction) -> Result<(), TxError> {
    match action {
        GovernanceAction::RegisterSource {
            name,
            assurance,
            freshness_ms,
            mark,
            ..
        } => {
            check_text(&format!("{PLACE}/name"), name, 1)?;
            inside(*freshness_ms > 0, "freshness_ms")?;
            match assurance {
                Assurance::CometBft(terms) => comet(terms, mark.as_ref()),
                Assurance::Attested(terms) => attested(terms, mark.as_ref()),
            }
        }
        GovernanceAction::ResumeSource {
            mark: Some(mark), ..
        } => height(mark),
        _ => Ok(()),
    }
}

/// Checks a report.
pub(super) fn report(report: &Report) -> Result<(), TxError> {
    check_count(
        "/report/evidence",
        report.evidence.len(),
        limits::MAX_EVIDENCE_BYTES,
    )?;
    check_count("/report/facts", report.facts.len(), limits::MAX_FACTS)?;
    let mut named = BTreeSet::new();
    for (index, fact) in report.facts.iter().enumerate() {
        let place = format!("/report/facts/{index}");
        if !named.insert(&fact.key) {
            return Err(TxError::OutOfRange {
                place: format!("{place}/key"),
            });
        }
        let value = fact.value.as_ref().map_or(0, Vec::len);
        check_count(&format!("{place}/value"), value, limits::MAX_FACT_BYTES)?;
        let proof = format!("{place}/proof");
        check_count(&proof, fact.proof.len(), limits::MAX_EVIDENCE_BYTES)?;
    }
    Ok(())
}

fn comet(terms: &CometBft, mark: Option<&Mark>) -> Result<(), TxError> {
    let chain = format!("{PLACE}/chain");
    if terms.chain.is_empty() {
        return Err(TxError::EmptyText { place: chain });
    }
    check_count(&chain, terms.chain.len(), limits::MAX_FOREIGN_NAME_BYTES)?;
    inside(
        terms.trusting_ms > 0 && terms.trusting_ms <= i64::MAX.unsigned_abs(),
        "trusting_ms",
    )?;
    inside(terms.drift_ms < terms.trusting_ms, "drift_ms")?;
    inside(
        (1..=limits::MAX_TREES).contains(&terms.trees.len()),
        "trees",
    )?;
    inside(terms.stores.len() + 1 == terms.trees.len(), "stores")?;
    match mark {
        Some(mark) => height(mark),
        None => inside(false, "mark"),
    }
}

fn attested(terms: &Attesters, mark: Option<&Mark>) -> Result<(), TxError> {
    inside(
        (1..=limits::MAX_ATTESTERS).contains(&terms.keys.len()),
        "keys",
    )?;
    let threshold = usize::from(terms.threshold);
    inside((1..=terms.keys.len()).contains(&threshold), "threshold")?;
    inside(mark.is_none(), "mark")
}

fn height(mark: &Mark) -> Result<(), TxError> {
    inside((1..=MAX_HEIGHT).contains(&mark.height), "mark/height")
}

fn inside(holds: bool, field: &str) -> Result<(), TxError> {
    if holds {
        return Ok(());
    }
    Err(TxError::OutOfRange {
        place: format!("{PLACE}/{field}"),
    })
}
