//! Sources from outside: recorded chains, made-up chains, and those who attest.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod attested;
mod facts;
mod headers;
mod recorded;
mod rpc;

use pangolin_ledger::{
    SourceId, TimeMs,
    evidence::{BadEvidence, Claimed, Heard, Sources as _},
    state::{Assurance, Mark},
    tx::Stated,
};
use pangolin_sources::Listener;

/// What a listener says of a report.
fn hear(
    assurance: &Assurance,
    marks: &[Mark],
    now: TimeMs,
    evidence: &[u8],
    facts: &[Stated],
) -> Result<Heard, BadEvidence> {
    let source = SourceId::new("there").unwrap();
    Listener.hear(&Claimed {
        source: &source,
        assurance,
        marks,
        now,
        evidence,
        facts,
    })
}

fn code(heard: Result<Heard, BadEvidence>) -> &'static str {
    match heard {
        Ok(Heard::Shown { .. }) => "shown",
        Ok(Heard::Contradicted { .. }) => "contradicted",
        Err(error) => error.code,
    }
}
