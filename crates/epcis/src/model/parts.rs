//! The parts that several event types share.

use super::{Decimal, Element, Term, Time, Uri};

/// A quantity of a class of objects (EPCIS 2.0 §7.3.3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuantityElement {
    /// Class identifier: GTIN, lot, … as a URI.
    pub epc_class: Uri,
    /// Amount; unspecified when absent.
    pub quantity: Option<Decimal>,
    /// UN/CEFACT Recommendation 20 code; a count of instances when absent.
    pub uom: Option<String>,
}

/// A read point or business location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Its identifier.
    pub id: Uri,
    /// Extension elements.
    pub extensions: Vec<Element>,
}

/// A reference to a business document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BizTransaction {
    /// Kind of document.
    pub kind: Option<Term>,
    /// Identifier of the document.
    pub id: Uri,
}

/// A source or a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Owning party, possessing party, location or a user term.
    pub kind: Term,
    /// Identifier of the party or place.
    pub id: Uri,
}

/// Dispositions that stay until they are unset (EPCIS 2.0 §7.3.5.5). At least one list is not empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersistentDisposition {
    /// Dispositions that begin to hold.
    pub set: Vec<Term>,
    /// Dispositions that cease to hold.
    pub unset: Vec<Term>,
}

/// A declaration that an earlier event was in error (EPCIS 2.0 §7.4.1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorDeclaration {
    /// When the declaration was made.
    pub declaration_time: Time,
    /// Why.
    pub reason: Option<Term>,
    /// Events that say what is right; `None` when the member is absent.
    pub corrective_event_ids: Option<Vec<Uri>>,
    /// Extension elements.
    pub extensions: Vec<Element>,
}
