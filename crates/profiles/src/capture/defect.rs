//! Why an event cannot be reduced: every defect with its place and remedy.

use pangolin_gs1::KeyError;
use thiserror::Error;

/// Most defects listed for one event; reduction stops looking for more.
pub const DEFECTS_MAX: usize = 100;

/// One defect of an event.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{problem} at {place}")]
pub struct CaptureDefect {
    /// Path in the event, in the names of EPCIS 2.0 JSON: `/epcList/17`.
    pub place: String,
    /// What is wrong.
    pub problem: Problem,
}

impl CaptureDefect {
    /// Stable code, kebab-case.
    pub fn code(&self) -> &'static str {
        self.problem.code()
    }

    /// What the sender should do.
    pub fn remedy(&self) -> &'static str {
        self.problem.remedy()
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// An event type outside the standard.
    #[error("event type {name} is not one of the five standard ones")]
    EventType {
        /// Its name.
        name: String,
    },
    /// An error declaration is not an event of its own.
    #[error("the event declares an earlier one to be in error")]
    Declaration,
    /// The event does not declare an error.
    #[error("the event has no errorDeclaration")]
    NoDeclaration,
    /// The event shown is not the one that is declared in error.
    #[error("the event is {found}, the recorded one {recorded}")]
    NotRecorded {
        /// The event shown.
        found: String,
        /// The event recorded.
        recorded: String,
    },
    /// A text that is no identifier.
    #[error("{uri} is no valid identifier: {source}")]
    Identifier {
        /// The text, shortened.
        uri: String,
        /// Why.
        source: KeyError,
    },
    /// An identifier of another event that is no event hash.
    #[error("{uri} is no CBV event hash")]
    NotAnEventHash {
        /// The text, shortened.
        uri: String,
    },
    /// A class where an instance must stand.
    #[error("{uri} names a class, not a single object")]
    NotAnInstance {
        /// The text, shortened.
        uri: String,
    },
    /// An identifier that the ledger has no room for.
    #[error("{uri} is longer than {max} bytes in its canonical form")]
    IdentifierTooLong {
        /// The text, shortened.
        uri: String,
        /// Bytes allowed.
        max: usize,
    },
    /// The same object twice.
    #[error("{uri} is listed twice")]
    Repeated {
        /// The object.
        uri: String,
    },
    /// More entries than the ledger takes.
    #[error("{found} entries, more than {max}")]
    TooMany {
        /// Entries found.
        found: usize,
        /// Entries allowed.
        max: usize,
    },
    /// The event is about nothing.
    #[error("the event names neither objects nor quantities")]
    Nothing,
    /// A quantity without a number.
    #[error("the quantity of {class} is not stated")]
    QuantityOpen {
        /// The class.
        class: String,
    },
    /// A quantity that cannot be represented.
    #[error(
        "quantity {quantity} has more than three decimals, is zero or negative, or is too large"
    )]
    QuantityRange {
        /// The quantity.
        quantity: String,
    },
    /// A unit that cannot be converted.
    #[error("unit {unit} is not one that amounts can be kept in")]
    Unit {
        /// The unit.
        unit: String,
    },
    /// Two parties of one kind.
    #[error("more than one {kind} is stated")]
    PartyAmbiguous {
        /// The kind.
        kind: &'static str,
    },
    /// A field stated twice with different values.
    #[error("{name} is stated more than once, with different values")]
    FieldAmbiguous {
        /// The field.
        name: &'static str,
    },
    /// A field whose text does not have its form.
    #[error("{name} must be {form}, not {found:?}")]
    FieldForm {
        /// The field.
        name: &'static str,
        /// What it must be.
        form: &'static str,
        /// What it is, shortened.
        found: String,
    },
    /// The event is too large to be carried in a block.
    #[error("the event has {found} bytes, more than {max}")]
    TooLarge {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// The event could not be written.
    #[error("the event could not be written: {message}")]
    NotWritable {
        /// Why.
        message: String,
    },
}

impl Problem {
    /// Stable code, kebab-case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::EventType { .. } => "event-type-unsupported",
            Self::Declaration => "is-error-declaration",
            Self::NoDeclaration => "no-error-declaration",
            Self::NotRecorded { .. } => "not-the-recorded-event",
            Self::Identifier { source, .. } => source.code(),
            Self::NotAnEventHash { .. } => "not-an-event-hash",
            Self::NotAnInstance { .. } => "not-an-instance",
            Self::IdentifierTooLong { .. } => "identifier-too-long",
            Self::Repeated { .. } => "object-repeated",
            Self::TooMany { .. } => "too-many-entries",
            Self::Nothing => "event-about-nothing",
            Self::QuantityOpen { .. } => "quantity-not-stated",
            Self::QuantityRange { .. } => "quantity-range",
            Self::Unit { .. } => "unit-unknown",
            Self::PartyAmbiguous { .. } => "party-ambiguous",
            Self::FieldAmbiguous { .. } => "field-ambiguous",
            Self::FieldForm { .. } => "field-form",
            Self::TooLarge { .. } => "event-too-large",
            Self::NotWritable { .. } => "event-not-writable",
        }
    }

    /// What the sender should do.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::EventType { .. } => {
                "state it as an Object, Aggregation, Association, Transaction or TransformationEvent"
            }
            Self::Declaration => "send it as a correction of the event it repeats",
            Self::NoDeclaration => "repeat the event in error and add an errorDeclaration",
            Self::NotRecorded { .. } => "repeat the event in error exactly as it was recorded",
            Self::Identifier { source, .. } => source.remedy(),
            Self::NotAnEventHash { .. } => "name the event by its hash, ni:///sha-256;…?ver=CBV2.0",
            Self::NotAnInstance { .. } => {
                "add the serial number, or state the class in the quantity list"
            }
            Self::IdentifierTooLong { .. } => "use a shorter identifier",
            Self::Repeated { .. } => "list each object once",
            Self::TooMany { .. } | Self::TooLarge { .. } => "divide the event into several",
            Self::Nothing => "name at least one object; data about a place alone are not tracked",
            Self::QuantityOpen { .. } => "state the quantity",
            Self::QuantityRange { .. } => "state a positive quantity with at most three decimals",
            Self::Unit { .. } => {
                "state pieces without a unit, or a unit of mass, volume, length or area"
            }
            Self::PartyAmbiguous { .. } => "state each kind of source and destination once",
            Self::FieldAmbiguous { .. } => "state the field once",
            Self::FieldForm { .. } => "correct the field",
            Self::NotWritable { .. } => "report this with the event",
        }
    }
}

/// Collects defects up to [`DEFECTS_MAX`].
#[derive(Debug, Default)]
pub(super) struct Found(Vec<CaptureDefect>);

impl Found {
    pub(super) fn add(&mut self, place: impl Into<String>, problem: Problem) {
        if self.0.len() < DEFECTS_MAX {
            self.0.push(CaptureDefect {
                place: place.into(),
                problem,
            });
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= DEFECTS_MAX
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_result<T>(self, value: T) -> Result<T, Vec<CaptureDefect>> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self.0)
        }
    }

    pub(super) fn into_list(self) -> Vec<CaptureDefect> {
        self.0
    }
}

/// A piece of the document for a message.
pub(super) fn quote(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    let short: String = text.chars().take(CHARS_MAX).collect();
    if short.len() < text.len() {
        format!("{short}…")
    } else {
        short
    }
}
