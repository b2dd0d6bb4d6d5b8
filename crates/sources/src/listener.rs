//! What the ledger calls.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pangolin_ledger::{
    evidence::{BadEvidence, Claimed, Heard, Sources},
    state::Assurance,
};

use crate::{attested, bad, comet, facts};

/// Checks reports of every kind of source.
#[derive(Debug, Clone, Copy, Default)]
pub struct Listener;

impl Sources for Listener {
    fn hear(&self, claimed: &Claimed<'_>) -> Result<Heard, BadEvidence> {
        let heard = catch_unwind(AssertUnwindSafe(|| match claimed.assurance {
            Assurance::CometBft(terms) => {
                let heard = comet::follow(terms, claimed.marks, claimed.now, claimed.evidence)?;
                if let Heard::Shown { at, .. } = &heard {
                    facts::prove(terms, at, claimed.facts)?;
                }
                Ok(heard)
            }
            Assurance::Attested(terms) => attested::hear(terms, claimed),
        }));
        heard.unwrap_or_else(|_| {
            Err(bad(
                "unreadable",
                "the evidence cannot be read: a decoder gave up on it",
            ))
        })
    }
}
