//! Documents and who controls them: K4 and K6.

use crate::id::{Digest32, EventId, PartyId};

/// A document. Each version names the one before: who states another predecessor than the tip is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Who may replace it.
    pub controller: PartyId,
    /// SHA-256 of its present version.
    pub digest: Digest32,
    /// Number of its present version, from 1.
    pub version: u32,
    /// The event that made this version.
    pub event: EventId,
    /// Commitment to its history.
    pub provenance: Digest32,
}
wire_struct!(Document v 1 { controller, digest, version, event, provenance });
