//! What this chain has of several histories, in one answer: the state is read at one height for all of them, and proven once.

use pangolin_api::{
    deps::{Admit, ProofError, Refused},
    problem::Problem,
};
use pangolin_chain::handle::ProveError;
use pangolin_ledger::{
    ChainId, Height, Key, Overlay, TimeMs,
    limits::MAX_READ_ROUNDS,
    walk::{
        local::{NoPiece, Piece},
        together::{Answer, Pieces, Questions, Records, Value, pieces, places},
    },
};
use pangolin_proof::foreign;
use std::collections::BTreeSet;

use super::{
    MAX_ROUNDS, Prover,
    pieces::{moved, nothing},
};

const _: () = assert!(
    pangolin_ledger::walk::together::MAX_RECORDS_TOGETHER <= pangolin_proof::state::MAX_ENTRIES
);

/// What was found in one state.
struct Found {
    each: Vec<Result<Piece, NoPiece>>,
    overlay: Overlay,
    height: Height,
    time: TimeMs,
}

impl Prover {
    /// Answers each question that is admitted.
    pub(super) async fn together(
        &self,
        questions: Questions,
        events: bool,
        proof: bool,
        admit: Admit<'_>,
    ) -> Result<Pieces, ProofError> {
        let chain = ChainId(self.trusted.chain.0);
        let mut admitted: Option<Vec<Result<(), Refused>>> = None;
        for _ in 0..MAX_ROUNDS {
            let found = self.found_all(&questions, events).await?;
            let known = found
                .each
                .iter()
                .map(|piece| *piece != Err(NoPiece::Unknown));
            // once: whatever is found anew because the state moved was asked for before
            let admitted = admitted.get_or_insert_with(|| known.map(&mut *admit).collect());
            let shown = found.each.iter().zip(&*admitted);
            let shown =
                shown.filter_map(|(piece, may)| may.is_ok().then_some(piece.as_ref().ok()?));
            let keys: BTreeSet<Key> = shown.flat_map(|piece| piece.keys.iter().copied()).collect();
            let records = if proof && !keys.is_empty() {
                let state = self.chain.prove(keys.iter().copied().collect()).await?;
                if moved(&state, &found.overlay) {
                    continue;
                }
                let proof = foreign::encode(&state);
                Records::Proven { proof }
            } else {
                found.told(&keys)
            };
            let each = found.each.into_iter().zip(&*admitted);
            let answers = each.map(|(piece, may)| match (may, piece) {
                (Err(refused), _) => refused.clone(),
                (Ok(()), Ok(piece)) => Answer::Has {
                    rests: places(&piece, &keys),
                    piece,
                },
                (Ok(()), Err(why)) => {
                    let problem = Problem::from(nothing(why));
                    Answer::not(problem.code(), problem.detail())
                }
            });
            return Ok(Pieces {
                chain,
                records,
                answers: answers.collect(),
            });
        }
        Err(ProofError::Chain(ProveError::Moving))
    }

    async fn found_all(&self, questions: &Questions, events: bool) -> Result<Found, ProofError> {
        let mut known: BTreeSet<Key> = BTreeSet::new();
        for _ in 0..MAX_READ_ROUNDS {
            // all at one height
            let asked: Vec<Key> = known.iter().copied().collect();
            let view = self.chain.read(asked.clone()).await?;
            let mut overlay = Overlay::new();
            for (key, value) in asked.iter().zip(view.values) {
                overlay.supply(*key, value);
            }
            match pieces(questions.each(), self.evidence.as_ref(), &overlay, events) {
                Ok(each) => {
                    return Ok(Found {
                        each,
                        overlay,
                        height: Height(view.height),
                        time: TimeMs(i64::try_from(view.time_ms).unwrap_or(i64::MAX)),
                    });
                }
                Err(keys) => known.extend(keys),
            }
        }
        Err(ProofError::Chain(ProveError::Moving))
    }
}

impl Found {
    /// Records without proof.
    fn told(&self, keys: &BTreeSet<Key>) -> Records {
        let value = |key: &Key| {
            let record = self.overlay.read(key).ok().flatten();
            record.map(|bytes| Value(bytes.into_owned()))
        };
        Records::Told {
            height: self.height,
            time: self.time,
            entries: keys.iter().map(|key| (*key, value(key))).collect(),
        }
    }
}
