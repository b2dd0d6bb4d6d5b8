//! Tracing (K9): where an object comes from, where it went, what is in it.
//!
//! * *Back*: the object's own events, those of the containers it was in while it was in them, the inputs it was made of and the
//!   parts attached to it, each back to its origin.
//! * *Forward*: the same events, and what was made of the object, what it was attached to, and, if it is a container, where what
//!   was in it went.
//! * *Contents*: what is in it now, at all levels.
//!
//! **Invariants**: work is bounded by [`TraceLimits`]; whatever a limit cuts off is marked in [`Trace::truncated`];
//! a predecessor that is not known is a node of its own, never left out.

mod graph;
mod walk;

use pangolin_ledger::id::{Height, ObjectId, TimeMs};

use crate::{error::IndexError, query::QueryError, read::names::object_row, store::SqliteIndex};

pub use graph::{
    Edge, EdgeKind, EventNode, Limit, Node, NodeId, ObjectNode, Trace, TraceLimits, Truncated,
    Unknown,
};

/// Which way a trace goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceDirection {
    /// Where it comes from.
    Back,
    /// Where it went.
    Forward,
    /// What is in it now.
    Contents,
}

impl SqliteIndex {
    /// Traces an object. An object that nothing is known of gives [`QueryError::NotFound`].
    pub fn trace(
        &self,
        object: &ObjectId,
        direction: TraceDirection,
        limits: TraceLimits,
    ) -> Result<Trace, IndexError> {
        self.read(|reading| {
            let (height, time) = reading.tip()?.unwrap_or((Height(0), TimeMs(0)));
            let row = object_row(reading, object)?.ok_or_else(|| QueryError::NotFound {
                what: reading.lens().object_uri(object),
            })?;
            walk::Walk::new(reading, direction, limits.capped()).run(row.id, height, time)
        })
    }
}
