//! Histories of a chain that knows everything but what is called `unknown…`.

use pangolin_api::deps::Admit;
use pangolin_ledger::{
    id::{Digest32, EventId, Height, TimeMs},
    state::keys,
    walk::{
        local::{Came, Piece, Want},
        together::{Answer, Pieces, Questions, Records},
    },
};

/// An answer to each question that is admitted; with the events, each has one step.
pub(crate) fn answered(questions: &Questions, told: bool, proof: bool, admit: Admit<'_>) -> Pieces {
    let known =
        |want: &Want| !matches!(want, Want::Object(o) if o.as_bytes().starts_with(b"unknown"));
    let mut answer = |wants: &std::collections::BTreeSet<Want>| {
        let known = wants.iter().all(known);
        admit(known)?;
        if !known {
            return Err(Answer::not("not-on-this-chain", "it is not here"));
        }
        let mut piece = Piece::default();
        if told {
            let came = Came::Event {
                event: EventId([3; 32]),
                parents: Vec::new(),
            };
            piece.came.insert(Digest32([4; 32]), came);
        }
        let rests = [0].into();
        Ok(Answer::Has { piece, rests })
    };
    let each = questions.each().iter();
    let answers = each.map(|wants| answer(wants).unwrap_or_else(|nothing| nothing));
    Pieces {
        chain: super::CHAIN,
        answers: answers.collect(),
        records: if proof {
            let proof = b"proof".to_vec();
            Records::Proven { proof }
        } else {
            Records::Told {
                height: Height(7),
                time: TimeMs(8),
                entries: [(keys::params(), None)].into(),
            }
        },
    }
}
