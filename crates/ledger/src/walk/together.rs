//! Several histories asked of a chain in one question: what is sent, and what comes back.
//!
//! Each question has an answer of its own, in the order in which they were asked, also where one is asked twice; that a chain does not know
//! one thing is no matter of the others. The records that answers rest on are sent once for all, as of one height, and each answer names
//! its own by their places.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::{
    MAX_STEPS,
    local::{MAX_WANTS, Memory, NoPiece, Piece, Want, piece},
};
use crate::{
    codec::{CodecError, Reader, Wire, Writer},
    id::{ChainId, Height, TimeMs},
    limits::MAX_RECORD_BYTES,
    machine::Overlay,
    state::Key,
};

/// Most histories that are asked for at once.
pub const MAX_TOGETHER: usize = 64;
/// Most things that are asked for at once, of all histories together.
pub const MAX_WANTS_TOGETHER: usize = 2_048;
/// Most records that all answers rest on together: as many as one proof shows.
pub const MAX_RECORDS_TOGETHER: usize = 4_096;
/// Longest proof of these records, in bytes.
const MAX_PROOF_BYTES: usize = 64 * 1024 * 1024;
/// Longest code, and longest message, in bytes.
const MAX_WORDS: usize = 1_024;

/// What is asked for of each history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Questions(Vec<BTreeSet<Want>>);

/// Why these are no questions.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadQuestions {
    /// They cannot be read.
    #[error("the questions cannot be read: {0}")]
    Syntax(#[from] CodecError),
    /// Nothing is asked.
    #[error("there is no question")]
    None,
    /// One asks for nothing.
    #[error("question {0} asks for nothing")]
    Empty(usize),
    /// More histories than [`MAX_TOGETHER`].
    #[error("{0} histories, more than {MAX_TOGETHER}")]
    TooMany(u64),
    /// More in all than [`MAX_WANTS_TOGETHER`].
    #[error("{0} things are asked for, more than {MAX_WANTS_TOGETHER}")]
    TooMuch(usize),
}

impl BadQuestions {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "questions-syntax",
            Self::None | Self::Empty(_) => "no-question",
            Self::TooMany(_) => "too-many-histories",
            Self::TooMuch(_) => "too-much-asked",
        }
    }

    /// Which question, as a JSON pointer.
    pub fn place(&self) -> String {
        match self {
            Self::Empty(at) => format!("/{at}"),
            _ => String::new(),
        }
    }
}

impl Questions {
    /// Questions within the limits.
    pub fn new(questions: Vec<BTreeSet<Want>>) -> Result<Self, BadQuestions> {
        if questions.is_empty() {
            return Err(BadQuestions::None);
        }
        if questions.len() > MAX_TOGETHER {
            return Err(BadQuestions::TooMany(questions.len() as u64));
        }
        if let Some(at) = questions.iter().position(BTreeSet::is_empty) {
            return Err(BadQuestions::Empty(at));
        }
        let asked = questions.iter().map(BTreeSet::len).sum();
        if asked > MAX_WANTS_TOGETHER {
            return Err(BadQuestions::TooMuch(asked));
        }
        Ok(Self(questions))
    }

    /// Each of them.
    pub fn each(&self) -> &[BTreeSet<Want>] {
        &self.0
    }

    /// Each of them.
    pub fn into_each(self) -> Vec<BTreeSet<Want>> {
        self.0
    }

    /// The canonical encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.u8(1);
        w.varint(self.0.len() as u64);
        for wants in &self.0 {
            w.list(wants.iter());
        }
        w.into_bytes()
    }

    /// Reads questions; what is too much is not read to its end.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadQuestions> {
        let mut r = Reader::new(bytes);
        r.version(1)?;
        let count = r.varint()?;
        if count > MAX_TOGETHER as u64 {
            return Err(BadQuestions::TooMany(count));
        }
        let (mut questions, mut asked) = (Vec::new(), 0);
        for _ in 0..count {
            let wants: BTreeSet<Want> = r.set(MAX_WANTS)?;
            asked += wants.len();
            if asked > MAX_WANTS_TOGETHER {
                return Err(BadQuestions::TooMuch(asked));
            }
            questions.push(wants);
        }
        r.finish()?;
        Self::new(questions)
    }
}

/// A record's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value(pub Vec<u8>);

impl Wire for Value {
    fn put(&self, w: &mut Writer) {
        w.bytes(&self.0);
    }
    fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self(r.bytes(MAX_RECORD_BYTES)?.to_vec()))
    }
}

/// What answers rest on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Records {
    /// What the chain's state says, without proof.
    Told {
        /// Height of the state.
        height: Height,
        /// Its time.
        time: TimeMs,
        /// Each record; `None`: there is none.
        entries: BTreeMap<Key, Option<Value>>,
    },
    /// The same as a proof of the state, in the encoding of those who make it.
    Proven {
        /// The proof; its records are in the order of their keys.
        proof: Vec<u8>,
    },
}
wire_enum!(Records {
    0 => Told { height, time, entries[map MAX_RECORDS_TOGETHER] },
    1 => Proven { proof[blob MAX_PROOF_BYTES] },
});

/// What is answered to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// What the chain has.
    Has {
        /// The steps.
        piece: Piece,
        /// Which records they rest on: places among all that are sent.
        rests: BTreeSet<u32>,
    },
    /// Nothing.
    Not {
        /// Stable code.
        code: String,
        /// Why.
        message: String,
    },
}
wire_enum!(Answer {
    0 => Has { piece, rests[set MAX_RECORDS_TOGETHER] },
    1 => Not { code[text MAX_WORDS], message[text MAX_WORDS] },
});

impl Answer {
    /// Nothing, with the reason; of a long one, what fits.
    pub fn not(code: &str, message: &str) -> Self {
        let cut = |text: &str| text[..text.floor_char_boundary(MAX_WORDS)].to_owned();
        Self::Not {
            code: cut(code),
            message: cut(message),
        }
    }
}

/// What a chain answers to several questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pieces {
    /// The chain.
    pub chain: ChainId,
    /// What all answers rest on.
    pub records: Records,
    /// The answers, in the order of the questions.
    pub answers: Vec<Answer>,
}
wire_struct!(Pieces v 1 { chain, records, answers[list MAX_TOGETHER] });

/// What a chain has for each question; `Err`: these records must be supplied first, and it is to be asked again. Whatever exceeds the steps of
/// one walk, or the records of one proof, together with what is answered before it, is [`NoPiece::TooMuch`], and all after it.
pub fn pieces(
    questions: &[BTreeSet<Want>],
    memory: &impl Memory,
    overlay: &Overlay,
    told: bool,
) -> Result<Vec<Result<Piece, NoPiece>>, Vec<Key>> {
    let mut found = Vec::with_capacity(questions.len());
    let (mut needs, mut records) = (BTreeSet::new(), BTreeSet::new());
    let (mut steps, mut full) = (0, false);
    for wants in questions {
        if full {
            found.push(Err(NoPiece::TooMuch));
            continue;
        }
        match piece(wants, memory, overlay, told) {
            Err(NoPiece::Need(keys)) => {
                needs.extend(keys);
                if needs.len() > MAX_RECORDS_TOGETHER {
                    break;
                }
            }
            Ok(piece) => {
                steps += piece.came.len() + piece.brought.len() + piece.fillings.len();
                records.extend(piece.keys.iter().copied());
                full = steps > MAX_STEPS || records.len() > MAX_RECORDS_TOGETHER;
                found.push(if full {
                    Err(NoPiece::TooMuch)
                } else {
                    Ok(piece)
                });
            }
            Err(error) => found.push(Err(error)),
        }
    }
    if needs.is_empty() {
        Ok(found)
    } else {
        Err(needs.into_iter().collect())
    }
}

/// The places of a piece's records among all of them.
pub fn places(piece: &Piece, records: &BTreeSet<Key>) -> BTreeSet<u32> {
    let places = (0u32..).zip(records);
    let own = places.filter(|(_, key)| piece.keys.contains(*key));
    own.map(|(place, _)| place).collect()
}

#[cfg(test)]
mod tests;
