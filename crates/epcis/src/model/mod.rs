//! The EPCIS 2.0 / CBV 2.0 model (ISO/IEC 19987, 19988), independent of syntax.
//!
//! Invariants: every value is kept as it was written (times, numbers, identifiers, terms, extensions), and every
//! value that has a meaning beyond its text was parsed once, when it was made. Nothing here knows JSON or XML.

mod decimal;
mod element;
mod event;
mod header;
mod name;
mod parts;
mod sensor;
mod term;
mod time;
mod uri;

pub use decimal::{DECIMAL_BYTES_MAX, DECIMAL_EXPONENT_MAX, Decimal, DecimalError};
pub use element::{Attribute, Element, Mixed, Value};
pub use event::{
    Action, Aggregation, Event, EventType, Extended, ObjectWhat, Transaction, Transformation, What,
};
pub use header::{
    Context, DocumentKind, EPCIS_CONTEXT, Header, MasterAttribute, MasterEntry, MasterList,
    QueryInfo, STANDARD_PREFIXES,
};
pub use name::{Name, Notation};
pub use parts::{
    BizTransaction, ErrorDeclaration, Location, Party, PersistentDisposition, QuantityElement,
};
pub use sensor::{SensorElement, SensorMetadata, SensorReport};
pub use term::{Term, TermError};
pub use time::{Time, TimeError, ZoneOffset};
pub use uri::{URI_BYTES_MAX, Uri, UriError};
