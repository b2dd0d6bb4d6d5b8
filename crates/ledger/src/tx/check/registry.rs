//! The stateless checks of what governance says of chains and registries.

use super::{TxError, check_count};
use crate::{
    limits,
    state::{ChainAbout, FollowTerms},
    tx::GovernanceAction,
};

const PLACE: &str = "/governance/action";

/// Checks what an action says of a chain.
pub(super) fn check(action: &GovernanceAction) -> Result<(), TxError> {
    match action {
        GovernanceAction::RecordChain {
            identity, about, ..
        } => {
            let place = format!("{PLACE}/identity/key");
            if identity.key.is_empty() {
                return Err(TxError::EmptyText { place });
            }
            check_count(&place, identity.key.len(), limits::MAX_CHAIN_KEY_BYTES)?;
            check_about(about)
        }
        GovernanceAction::AmendChain { about, .. } => check_about(about),
        GovernanceAction::FollowRegistry { terms, .. } => check_terms(terms),
        _ => Ok(()),
    }
}

fn check_about(about: &ChainAbout) -> Result<(), TxError> {
    let at = |field: &str| format!("{PLACE}/about/{field}");
    text(&at("name"), &about.name, limits::MAX_TEXT_BYTES)?;
    let jurisdiction = at("jurisdiction");
    check_count(
        &jurisdiction,
        about.jurisdiction.len(),
        limits::MAX_JURISDICTION_BYTES,
    )?;
    let lists = [
        ("profiles", about.profiles.len(), limits::MAX_CHAIN_PROFILES),
        ("endpoints", about.endpoints.len(), limits::MAX_ENDPOINTS),
        (
            "supervisors",
            about.supervisors.len(),
            limits::MAX_SUPERVISORS,
        ),
        ("prefixes", about.prefixes.len(), limits::MAX_CHAIN_PREFIXES),
    ];
    for (field, count, max) in lists {
        check_count(&at(field), count, max)?;
    }
    for (index, endpoint) in about.endpoints.iter().enumerate() {
        let place = at(&format!("endpoints/{index}"));
        text(&place, &endpoint.url, limits::MAX_URI_BYTES)?;
    }
    for (index, supervisor) in about.supervisors.iter().enumerate() {
        let place = at(&format!("supervisors/{index}/name"));
        text(&place, &supervisor.name, limits::MAX_TEXT_BYTES)?;
    }
    // the empty scope is everything: no chain is home to all issuers
    if about
        .prefixes
        .iter()
        .any(|prefix| prefix.as_bytes().is_empty())
    {
        return Err(TxError::EmptyText {
            place: at("prefixes"),
        });
    }
    positive(&at("freshness_ms"), about.freshness_ms)
}

fn check_terms(terms: &FollowTerms) -> Result<(), TxError> {
    let at = |field: &str| format!("{PLACE}/terms/{field}");
    positive(&at("freshness_ms"), terms.freshness_ms)?;
    match terms.word_ms {
        Some(word_ms) => positive(&at("word_ms"), word_ms),
        None => Ok(()),
    }
}

fn text(place: &str, text: &str, max: usize) -> Result<(), TxError> {
    if text.is_empty() {
        return Err(TxError::EmptyText {
            place: place.into(),
        });
    }
    check_count(place, text.len(), max)
}

fn positive(place: &str, number: u64) -> Result<(), TxError> {
    if number == 0 {
        return Err(TxError::OutOfRange {
            place: place.into(),
        });
    }
    Ok(())
}
