//! Capture: an event of the trade is reduced to what the rules need, and committed to as a whole.
//!
//! The same event gives the same reduced event whatever syntax it came in and whichever form its identifiers have; only the
//! payload, which keeps the event as it was written, and the commitment over it differ. [`verify_reduction`] repeats the
//! reduction from the payload, so that nobody can claim rule inputs that the event does not state.
//!
//! What is reduced: type, action, time, business step, disposition, objects, parent, quantities, source, destination, place,
//! business documents, and those fields of ILMD, extensions and document that the profile's [`Lexicon`] names. Certificates,
//! sensor data and other extensions stay in the payload and under the commitment.

mod defect;
mod fast;
pub(crate) mod fields;
pub mod id;
mod lexicon;
mod objects;
mod party;
mod quantity;
mod reduce;
#[cfg(test)]
mod tests;
mod verify;

pub use defect::{CaptureDefect, DEFECTS_MAX, Problem};
pub use id::{class_uri, group_uri, object_uri, party_uri, place_uri};
pub use lexicon::{COMMON_NAMESPACE, Field, FieldPlace, Form, Lexicon, attribute};
pub(crate) use reduce::unhex;
pub use reduce::{Placement, Reducer, event_id, event_uri, parse_event_uri};
pub use verify::{ReductionError, verify_reduction};
