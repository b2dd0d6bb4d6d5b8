//! What an event can be found by without reading it: fields with a finite set of values.

use pangolin_epcis::model::Term;
use pangolin_ledger::hash::sha256;

use crate::limits::MAX_TERM_BYTES;

macro_rules! fields {
    ($( $(#[$doc:meta])* $name:ident = $number:literal ),* $(,)?) => {
        /// A field whose values are indexed. The numbers are part of the file format.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Field { $( $(#[$doc])* $name = $number ),* }

        impl Field {
            /// All fields.
            pub const ALL: &'static [Self] = &[$( Self::$name ),*];
        }
    };
}

fields! {
    /// `type`.
    EventType = 1,
    /// `action`.
    Action = 2,
    /// `bizStep`.
    BizStep = 3,
    /// `disposition`.
    Disposition = 4,
    /// `persistentDisposition.set`.
    DispositionSet = 5,
    /// `persistentDisposition.unset`.
    DispositionUnset = 6,
    /// `readPoint`.
    ReadPoint = 7,
    /// `bizLocation`.
    BizLocation = 8,
    /// `bizTransactionList`: kind and identifier.
    BizTransaction = 9,
    /// `sourceList`: kind and identifier.
    Source = 10,
    /// `destinationList`: kind and identifier.
    Destination = 11,
    /// `transformationID`.
    TransformationId = 12,
    /// Classes in `quantityList` and `childQuantityList`.
    EpcClass = 13,
    /// Classes in `inputQuantityList`.
    InputClass = 14,
    /// Classes in `outputQuantityList`.
    OutputClass = 15,
    /// `eventID`, unless it is the event hash.
    EventId = 16,
    /// `errorDeclaration.reason`.
    ErrorReason = 17,
    /// `errorDeclaration.correctiveEventIDs`.
    CorrectiveEventId = 18,
    /// `sensorReport.type`.
    MeasurementType = 19,
    /// `deviceID` of sensor metadata and reports.
    DeviceId = 20,
    /// `dataProcessingMethod` of sensor metadata and reports.
    DataProcessingMethod = 21,
    /// `microorganism` of sensor reports.
    Microorganism = 22,
    /// `chemicalSubstance` of sensor reports.
    ChemicalSubstance = 23,
    /// `bizRules` of sensor metadata and reports.
    BizRules = 24,
    /// `stringValue` of sensor reports.
    StringValue = 25,
    /// `hexBinaryValue` of sensor reports.
    HexBinaryValue = 26,
    /// `uriValue` of sensor reports.
    UriValue = 27,
    /// `booleanValue` of sensor reports.
    BooleanValue = 28,
    /// What the objects of the event have in common, see `pattern::family`.
    Family = 29,
    /// Local names of extension elements, at any place and level.
    Extension = 30,
    /// Parts that an event has: see `Has`.
    Has = 31,
    /// The party that stated the event.
    Issuer = 32,
}

impl Field {
    /// Its number in the file.
    pub const fn number(self) -> i64 {
        self as i64
    }
}

/// Values of [`Field::Has`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Has {
    /// A quantity element with a quantity.
    Quantity,
    /// A sensor element.
    Sensor,
    /// An error declaration.
    ErrorDeclaration,
    /// More values than the index keeps: the event is a candidate for every question.
    More,
}

impl Has {
    /// The value.
    pub(crate) const fn value(self) -> &'static str {
        match self {
            Self::Quantity => "quantity",
            Self::Sensor => "sensor",
            Self::ErrorDeclaration => "errorDeclaration",
            Self::More => "more",
        }
    }
}

/// Separates the kind from the identifier in pairs.
const SEPARATOR: char = '\u{1f}';

/// The value of a field of pairs. `kind` is empty where the event says none.
pub(crate) fn pair(kind: &str, id: &str) -> String {
    format!("{kind}{SEPARATOR}{id}")
}

/// The one form of a vocabulary value: the standard's bare word, however it was written, or the URI of a user vocabulary.
pub(crate) fn term(term: &Term) -> &str {
    term.word().unwrap_or_else(|| term.as_str())
}

/// A value as it is stored: long ones by their digest.
pub(crate) fn stored(value: String) -> String {
    if value.len() <= MAX_TERM_BYTES {
        return value;
    }
    format!("\u{1f}sha256:{}", hex::encode(sha256(&[value.as_bytes()])))
}
