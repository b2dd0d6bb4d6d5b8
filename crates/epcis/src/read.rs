//! Reading: one [`Reader`] for every syntax, one event at a time, in bounded memory.
//!
//! A syntax implements [`Source`]; the reader applies the rules common to both.

use crate::{
    defect::{Defect, Defects, Place, Pos, Rule},
    raw::Step,
};

/// How defects are dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// An event with an error is refused.
    Strict,
    /// An event is accepted when it is unambiguous; every defect is listed all the same.
    Lenient,
}

/// Limits of one document, each named with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest event in bytes of source text.
    pub event_bytes_max: usize,
    /// Largest part of a document that is not an event, in bytes of source text.
    pub header_bytes_max: usize,
    /// Deepest nesting of elements or values.
    pub depth_max: usize,
    /// Most events in a document.
    pub events_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            event_bytes_max: 64 << 20,
            header_bytes_max: 16 << 20,
            depth_max: 64,
            events_max: 10_000_000,
        }
    }
}

/// Where a syntax reports its defects.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    /// What was found.
    pub(crate) defects: Defects,
    /// The event being read.
    pub(crate) event: Option<usize>,
}

impl Sink {
    /// Reports a violation at a place in the text.
    pub(crate) fn at(&mut self, rule: Rule, pos: Pos, message: String) {
        self.report(rule, Place::Position(pos), message);
    }

    /// Reports a violation.
    pub(crate) fn report(&mut self, rule: Rule, place: Place, message: String) {
        self.defects.push(Defect {
            code: rule.code,
            severity: rule.severity,
            place,
            event: self.event,
            message,
            remedy: rule.remedy,
        });
    }
}

/// A syntax: hands out the parts of a document in document order.
pub(crate) trait Source {
    /// Whether defects of this syntax are placed by JSON pointer (otherwise by line and column).
    fn uses_pointers(&self) -> bool;

    /// The next part. Syntax errors are reported to the sink; after a fatal one the source ends.
    fn step(&mut self, sink: &mut Sink) -> Step;
}
