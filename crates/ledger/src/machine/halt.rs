//! Why execution stops before its end.

use crate::{
    machine::overlay::ReadError,
    profile::Waits,
    report::{Message, Reason, Refusal, Subject},
    state::{Key, Missing},
};

/// Why execution stops before its end. Whatever was written is undone.
#[derive(Debug)]
pub(crate) enum Halt {
    /// Records must be read first.
    Need(Vec<Key>),
    /// A rule forbids it.
    Refused(Box<Refusal>),
    /// A predecessor may yet make it possible.
    Waits(Box<Waiting>),
    /// A state record cannot be decoded.
    Corrupt(Key),
}

/// What an event would have to wait for.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// Kind of predecessor.
    pub(crate) kind: Waits,
    /// Whatever may change when it comes; the first is the one to report.
    pub(crate) missing: Vec<Missing>,
    /// The refusal, if waiting is not allowed.
    pub(crate) refusal: Refusal,
}

impl Halt {
    pub(crate) fn refuse(
        reason: &Reason,
        subject: Subject,
        place: &str,
        message: impl Into<Message>,
    ) -> Self {
        Self::Refused(Box::new(Refusal::new(reason, subject, place, message)))
    }
}

impl From<ReadError> for Halt {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unknown(key) => Self::Need(vec![key]),
            ReadError::Corrupt(key) => Self::Corrupt(key),
        }
    }
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// Collects the keys that several independent pieces of work ask for, so that the caller reads them all at once. Once one
/// piece asks, everything will be undone and done again; what the others say in the meantime does not count.
#[derive(Debug, Default)]
pub(crate) struct Needs(Vec<Key>);

impl Needs {
    /// Takes note of a piece of work; passes on its result unless keys are missing.
    pub(crate) fn note<T>(&mut self, result: Result<T, Halt>) -> Result<Option<T>, Halt> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Halt::Need(keys)) => {
                self.0.extend(keys);
                Ok(None)
            }
            Err(_) if !self.0.is_empty() => Ok(None),
            Err(halt) => Err(halt),
        }
    }

    /// Asks for the keys, if there are any.
    pub(crate) fn done(mut self) -> Result<(), Halt> {
        if self.0.is_empty() {
            return Ok(());
        }
        self.0.sort_unstable();
        self.0.dedup();
        Err(Halt::Need(self.0))
    }
}
