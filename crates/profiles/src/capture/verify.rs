//! Whether a reduced event says what its full event says.

use pangolin_ledger::{
    id::Digest32,
    tx::{self, Payload},
};
use thiserror::Error;

use super::{CaptureDefect, Lexicon, Reducer};
use crate::payload::{self, PayloadError};

/// Why a reduction is not the reduction of its payload.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReductionError {
    /// The full event is not in the transaction.
    #[error("the full event is not carried by the transaction")]
    NotCarried,
    /// The payload cannot be read.
    #[error("the payload cannot be read")]
    Payload(#[from] PayloadError),
    /// The full event cannot be reduced.
    #[error("the full event cannot be reduced{}", first.as_ref().map(|d| format!(": {d}")).unwrap_or_default())]
    Defects {
        /// The first defect.
        first: Option<Box<CaptureDefect>>,
    },
    /// A part of the reduced event differs.
    #[error("{part} of the reduced event is not what the full event says")]
    Differs {
        /// The part.
        part: &'static str,
    },
}

impl ReductionError {
    /// Stable code, kebab-case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotCarried => "payload-not-carried",
            Self::Payload(error) => error.code(),
            Self::Defects { .. } => "payload-not-reducible",
            Self::Differs { .. } => "reduction-differs",
        }
    }
}

/// Repeats the reduction from the payload and compares identity and rule inputs.
///
/// The commitment is not compared: its salts are the owner's secret. What an event states beyond its full event (the
/// expected last events of its objects) is the sender's to state.
pub fn verify_reduction(lexicon: &Lexicon, event: &tx::Event) -> Result<(), ReductionError> {
    let Payload::Full(bytes) = &event.payload else {
        return Err(ReductionError::NotCarried);
    };
    let (header, full) = payload::decode_with_document(bytes)?;
    let reducer = Reducer::of_document(lexicon, &header);
    let id = reducer.event_id(&full);
    let again = reducer
        .rule_inputs(&full, id)
        .map_err(|defects| ReductionError::Defects {
            first: defects.into_iter().next().map(Box::new),
        })?;
    let mut rest = event.clone();
    rest.commitment = Digest32([0; 32]);
    rest.payload = Payload::Committed(rest.commitment);
    rest.expected.clear();
    rest.corrects = None;
    let part = [
        ("the identity", again.id != rest.id),
        (
            "the type",
            again.kind != rest.kind || again.action != rest.action,
        ),
        ("the time", again.time != rest.time),
        ("the business step", again.step != rest.step),
        ("the disposition", again.disposition != rest.disposition),
        ("the list of objects", again.objects != rest.objects),
        ("the parent", again.parent != rest.parent),
        ("the quantities", again.quantities != rest.quantities),
        ("the outputs", again.outputs != rest.outputs),
        ("the source", again.source != rest.source),
        ("the destination", again.destination != rest.destination),
        ("the place", again.place != rest.place),
        ("the list of documents", again.references != rest.references),
        ("an attribute", again.attributes != rest.attributes),
    ];
    match part.into_iter().find(|(_, differs)| *differs) {
        Some((part, _)) => Err(ReductionError::Differs { part }),
        None => Ok(()),
    }
}
