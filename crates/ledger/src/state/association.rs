//! Lasting relations of objects that stay in separate custody.

use crate::id::{EventId, TimeMs};

/// `child` is attached to `parent`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Association {
    /// The event that attached it.
    pub event: EventId,
    /// Since when.
    pub since: TimeMs,
}
wire_struct!(Association v 1 { event, since });
