//! What this chain has of an object's history over chains: the steps through it, with one proof of its state.

use bytes::Bytes;
use pangolin_api::{
    authorise::Entitled,
    deps::{ProofError, ProofFile as Answer},
};
use pangolin_chain::handle::ProveError;
use pangolin_ledger::{
    EventId, Key, Overlay, Wire as _,
    walk::local::{Came, NoPiece, Piece, Want, piece},
};
use pangolin_proof::{foreign, state::StateProof};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

use super::{
    MAX_ROUNDS, Prover, height_of,
    told::{self, Told},
};

/// Format of the answer.
pub(crate) const FORMAT: &str = "pangolin-piece/1";

/// Why there is no piece.
pub(super) fn nothing(why: NoPiece) -> ProofError {
    match why {
        NoPiece::Unknown => ProofError::Unknown("what is asked for".into()),
        NoPiece::TooLong => ProofError::TooLarge("the history has too many steps".into()),
        NoPiece::TooMuch => ProofError::TogetherTooLarge,
        NoPiece::Broken(message) => ProofError::Missing(message),
        NoPiece::Need(_) => ProofError::Chain(ProveError::Moving),
    }
}

/// Whether the state says something else than what was read before it was proven.
pub(super) fn moved(state: &StateProof, overlay: &Overlay) -> bool {
    state.entries.iter().any(|entry| {
        let read = overlay.read(&entry.key).ok().flatten();
        read.as_deref() != entry.value.as_deref()
    })
}

impl Prover {
    /// Answers with the piece, the proof of every record it rests on, and words for events that whoever asks may read.
    pub(super) async fn piece(
        &self,
        wants: BTreeSet<Want>,
        events: bool,
        entitled: Entitled,
    ) -> Result<Answer, ProofError> {
        for _ in 0..MAX_ROUNDS {
            let (found, overlay) = self.found(&wants, events).await?;
            let asked: Vec<Key> = found.keys.iter().copied().collect();
            let state = self.chain.prove(asked).await?;
            if moved(&state, &overlay) {
                continue;
            }
            let texts = self.texts(&found, &entitled).await?;
            let words: BTreeMap<String, String> = texts
                .texts
                .into_iter()
                .map(|(event, text)| (event.to_string(), text))
                .collect();
            let body = json!({
                "format": FORMAT,
                "chain": self.trusted.chain.to_string(),
                "piece": hex::encode(found.to_bytes()),
                "state": hex::encode(foreign::encode(&state)),
                "texts": words,
            });
            return Ok(Answer {
                media_type: "application/json",
                name: "piece.json".into(),
                height: height_of(&state),
                bytes: Bytes::from(body.to_string()),
                disclosed: texts.disclosed,
            });
        }
        Err(ProofError::Chain(ProveError::Moving))
    }

    async fn found(
        &self,
        wants: &BTreeSet<Want>,
        events: bool,
    ) -> Result<(Piece, Overlay), ProofError> {
        let mut known: BTreeSet<Key> = BTreeSet::new();
        for _ in 0..pangolin_ledger::limits::MAX_READ_ROUNDS {
            // all at one height
            let asked: Vec<Key> = known.iter().copied().collect();
            let view = self.chain.read(asked.clone()).await?;
            let mut overlay = Overlay::new();
            for (key, value) in asked.iter().zip(view.values) {
                overlay.supply(*key, value);
            }
            match piece(wants, self.evidence.as_ref(), &overlay, events) {
                Ok(found) => return Ok((found, overlay)),
                Err(NoPiece::Need(keys)) => known.extend(keys),
                Err(none) => return Err(nothing(none)),
            }
        }
        Err(ProofError::Chain(ProveError::Moving))
    }

    /// Words for events, as in a custody file.
    async fn texts(&self, found: &Piece, entitled: &Entitled) -> Result<Told, ProofError> {
        if entitled.events.is_none() {
            return Ok(Told::default());
        }
        let events = found.came.values().filter_map(|came| match came {
            Came::Event { event, .. } => Some(*event),
            _ => None,
        });
        let events: Vec<EventId> = events.collect();
        told::sentences(&self.chain, &self.evidence, &events, entitled).await
    }
}
