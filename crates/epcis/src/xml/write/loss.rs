//! What a document in XML does not say as the model has it.

use std::fmt;

/// How something is written differently, or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LossKind {
    /// Written where EPCIS 1.2 leaves its schema open: readers of 2.0 in 1.2 find it, others pass over it.
    Carried,
    /// Written as text; that it was a number, a boolean or `null` in JSON is lost.
    Untyped,
    /// Written, but in a place or number that the schema of the version does not have.
    OutsideSchema,
    /// Not written.
    Dropped,
}

impl LossKind {
    /// Stable kebab-case code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Carried => "xml-carried",
            Self::Untyped => "xml-untyped",
            Self::OutsideSchema => "xml-outside-schema",
            Self::Dropped => "xml-dropped",
        }
    }
}

/// One loss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// Index of the event, counted from 0; `None` for the document around the events.
    pub event: Option<usize>,
    /// Member it concerns, in its JSON name.
    pub member: String,
    /// How it is lost.
    pub kind: LossKind,
    /// What exactly, in a sentence without a full stop.
    pub message: String,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.event {
            Some(event) => write!(f, "event {event}, ")?,
            None => f.write_str("document, ")?,
        }
        write!(
            f,
            "{} [{}]: {}",
            self.member,
            self.kind.code(),
            self.message
        )
    }
}
