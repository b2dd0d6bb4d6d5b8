//! Which element may stand where: the sequences of the EPCIS 1.2 and 2.0 schemas, as data.
//!
//! Both versions have the same fields; they differ in the wrapper a field is in. 1.2 puts what came after 1.0 into
//! `extension` and `baseExtension`, and leaves the innermost `extension` open for anything without a namespace,
//! which is where 1.2 documents carry what came with 2.0. 2.0 has everything at the event itself.

use crate::model::EventType;

/// The two families of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// 1.0, 1.1 and 1.2: namespace `urn:epcglobal:epcis:xsd:1`.
    One,
    /// 2.0: namespace `urn:epcglobal:epcis:xsd:2`.
    Two,
}

/// Namespaces of the documents by dialect: capture, query, master data.
const NAMESPACES: [(&str, Dialect); 6] = [
    ("urn:epcglobal:epcis:xsd:1", Dialect::One),
    ("urn:epcglobal:epcis-query:xsd:1", Dialect::One),
    ("urn:epcglobal:epcis-masterdata:xsd:1", Dialect::One),
    ("urn:epcglobal:epcis:xsd:2", Dialect::Two),
    ("urn:epcglobal:epcis-query:xsd:2", Dialect::Two),
    ("urn:epcglobal:epcis-masterdata:xsd:2", Dialect::Two),
];

impl Dialect {
    /// The dialect of a namespace.
    pub(super) fn of_namespace(namespace: &str) -> Option<Self> {
        let known = NAMESPACES.iter().find(|(uri, _)| *uri == namespace);
        known.map(|(_, dialect)| *dialect)
    }

    /// The dialect of a `schemaVersion`.
    pub(super) fn of_version(version: &str) -> Option<Self> {
        match version {
            "1" | "1.0" | "1.1" | "1.2" => Some(Self::One),
            "2" | "2.0" | "2.0.0" | "2.0.1" => Some(Self::Two),
            _ => None,
        }
    }
}

/// What an element of an event holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Text.
    Text,
    /// `epc` elements.
    Epcs,
    /// `quantityElement` elements.
    Quantities,
    /// `id` and extensions.
    Location,
    /// Elements of this name with a `type` attribute and text.
    Typed(&'static str),
    /// `sensorElement` elements.
    Sensors,
    /// `set` and `unset` elements.
    PersistentDisposition,
    /// `declarationTime`, `reason`, `correctiveEventIDs` and extensions.
    ErrorDeclaration,
    /// Extensions only.
    Ilmd,
}

/// Every element of EPCIS that an event of any type may have.
const FIELDS: [(&str, Shape); 27] = [
    ("eventTime", Shape::Text),
    ("recordTime", Shape::Text),
    ("eventTimeZoneOffset", Shape::Text),
    ("eventID", Shape::Text),
    ("errorDeclaration", Shape::ErrorDeclaration),
    ("certificationInfo", Shape::Text),
    ("parentID", Shape::Text),
    ("epcList", Shape::Epcs),
    ("childEPCs", Shape::Epcs),
    ("inputEPCList", Shape::Epcs),
    ("outputEPCList", Shape::Epcs),
    ("action", Shape::Text),
    ("bizStep", Shape::Text),
    ("disposition", Shape::Text),
    ("readPoint", Shape::Location),
    ("bizLocation", Shape::Location),
    ("bizTransactionList", Shape::Typed("bizTransaction")),
    ("quantityList", Shape::Quantities),
    ("childQuantityList", Shape::Quantities),
    ("inputQuantityList", Shape::Quantities),
    ("outputQuantityList", Shape::Quantities),
    ("transformationID", Shape::Text),
    ("sourceList", Shape::Typed("source")),
    ("destinationList", Shape::Typed("destination")),
    ("sensorElementList", Shape::Sensors),
    ("persistentDisposition", Shape::PersistentDisposition),
    ("ilmd", Shape::Ilmd),
];

/// The fields that every type of event has.
const COMMON: [&str; 14] = [
    "eventTime",
    "recordTime",
    "eventTimeZoneOffset",
    "eventID",
    "errorDeclaration",
    "certificationInfo",
    "bizStep",
    "disposition",
    "persistentDisposition",
    "readPoint",
    "bizLocation",
    "bizTransactionList",
    "sourceList",
    "destinationList",
];

/// The shape of a field, if EPCIS has it.
pub(super) fn shape(name: &str) -> Option<Shape> {
    let known = FIELDS.iter().find(|(field, _)| *field == name);
    known.map(|(_, shape)| *shape)
}

/// A type of event as far as the schemas tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One of the five standard types.
    Standard(EventType),
    /// QuantityEvent of 1.x.
    Quantity,
    /// A type of somebody else.
    Foreign,
}

impl Kind {
    /// The type named by an element without a foreign namespace.
    pub(super) fn of(name: &str) -> Option<Self> {
        if name == "QuantityEvent" {
            return Some(Self::Quantity);
        }
        EventType::parse(name).map(Self::Standard)
    }

    /// Whether a field of EPCIS means in this type what the standard says; types of others keep it as it is.
    pub(super) fn has(self, field: &str) -> bool {
        matches!(self, Self::Standard(_)) || COMMON.contains(&field)
    }

    /// How many `extension` elements are around an event of this type in `EventList` (1.2 §9.5).
    pub(super) fn wrappers(self, dialect: Dialect) -> usize {
        match (dialect, self) {
            (Dialect::One, Self::Standard(EventType::Transformation)) => 1,
            (Dialect::One, Self::Standard(EventType::Association)) => 2,
            _ => 0,
        }
    }
}

/// Where in an event a field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// The event itself.
    Event,
    /// `baseExtension`.
    Base,
    /// `extension` inside `baseExtension`.
    BaseOpen,
    /// `extension`.
    Extension,
    /// `extension` inside `extension`, and deeper.
    Open,
}

impl Level {
    /// The level inside of a wrapper; `None` for an element that is no wrapper here.
    pub(super) fn inside(self, wrapper: &str) -> Option<Self> {
        match (self, wrapper) {
            (Self::Event, "baseExtension") => Some(Self::Base),
            (Self::Event, "extension") => Some(Self::Extension),
            (Self::Base | Self::BaseOpen, "extension") => Some(Self::BaseOpen),
            (Self::Extension | Self::Open, "extension") => Some(Self::Open),
            _ => None,
        }
    }
}

/// What may stand at a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sequence {
    /// These elements in this order, then elements of foreign namespaces.
    Of(&'static [&'static str]),
    /// Any element without a namespace (`##local` of the schema), in any order.
    Local,
    /// Elements of foreign namespaces only (`##other`).
    Foreign,
    /// Anything: the schema does not say.
    Any,
}

/// The content of an event of 2.0 is that of 1.2 with the wrappers opened (EPCIS 2.0 §9.5.1).
macro_rules! two {
    ($($field:literal)*) => {
        &["eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "errorDeclaration", "certificationInfo",
          "baseExtension", $($field),*]
    };
}
macro_rules! one {
    ($($field:literal)*) => {
        &["eventTime", "recordTime", "eventTimeZoneOffset", "baseExtension", $($field),*]
    };
}

const OBJECT_ONE: &[&str] = one!("epcList" "action" "bizStep" "disposition" "readPoint" "bizLocation"
    "bizTransactionList" "extension");
const AGGREGATION_ONE: &[&str] = one!("parentID" "childEPCs" "action" "bizStep" "disposition" "readPoint"
    "bizLocation" "bizTransactionList" "extension");
const TRANSACTION_ONE: &[&str] = one!("bizTransactionList" "parentID" "epcList" "action" "bizStep" "disposition"
    "readPoint" "bizLocation" "extension");
const TRANSFORMATION_ONE: &[&str] = one!("inputEPCList" "inputQuantityList" "outputEPCList" "outputQuantityList"
    "transformationID" "bizStep" "disposition" "readPoint" "bizLocation" "bizTransactionList" "sourceList"
    "destinationList" "ilmd" "extension");
const QUANTITY_ONE: &[&str] = one!("epcClass" "quantity" "bizStep" "disposition" "readPoint" "bizLocation"
    "bizTransactionList" "extension");

const OBJECT_TWO: &[&str] = two!("epcList" "action" "bizStep" "disposition" "readPoint" "bizLocation"
    "bizTransactionList" "quantityList" "sourceList" "destinationList" "sensorElementList"
    "persistentDisposition" "ilmd" "extension");
const AGGREGATION_TWO: &[&str] = two!("parentID" "childEPCs" "action" "bizStep" "disposition" "readPoint"
    "bizLocation" "bizTransactionList" "childQuantityList" "sourceList" "destinationList" "sensorElementList"
    "persistentDisposition" "extension");
const TRANSACTION_TWO: &[&str] = two!("bizTransactionList" "parentID" "epcList" "action" "bizStep" "disposition"
    "readPoint" "bizLocation" "quantityList" "sourceList" "destinationList" "sensorElementList"
    "persistentDisposition" "extension");
const TRANSFORMATION_TWO: &[&str] = two!("inputEPCList" "inputQuantityList" "outputEPCList" "outputQuantityList"
    "transformationID" "bizStep" "disposition" "readPoint" "bizLocation" "bizTransactionList" "sourceList"
    "destinationList" "sensorElementList" "persistentDisposition" "ilmd" "extension");
const ASSOCIATION_TWO: &[&str] = two!("parentID" "childEPCs" "childQuantityList" "action" "bizStep" "disposition"
    "readPoint" "bizLocation" "bizTransactionList" "sourceList" "destinationList" "sensorElementList"
    "persistentDisposition" "extension");

/// What may stand at a level of an event.
pub(super) fn sequence(dialect: Dialect, kind: Kind, level: Level) -> Sequence {
    let Kind::Standard(kind) = kind else {
        return match (kind, level) {
            (Kind::Quantity, Level::Event) => Sequence::Of(QUANTITY_ONE),
            (Kind::Quantity, Level::Base) => {
                Sequence::Of(&["eventID", "errorDeclaration", "extension"])
            }
            _ => Sequence::Any,
        };
    };
    match dialect {
        Dialect::One => sequence_one(kind, level),
        Dialect::Two => match level {
            Level::Event => Sequence::Of(event_two(kind)),
            Level::Base | Level::BaseOpen | Level::Extension | Level::Open => Sequence::Foreign,
        },
    }
}

fn event_two(kind: EventType) -> &'static [&'static str] {
    match kind {
        EventType::Object => OBJECT_TWO,
        EventType::Aggregation => AGGREGATION_TWO,
        EventType::Transaction => TRANSACTION_TWO,
        EventType::Transformation => TRANSFORMATION_TWO,
        EventType::Association => ASSOCIATION_TWO,
    }
}

fn sequence_one(kind: EventType, level: Level) -> Sequence {
    match (level, kind) {
        // 1.2 does not know the type; inside its open extension every content is valid.
        (_, EventType::Association) => Sequence::Any,
        (Level::Base, _) => Sequence::Of(&["eventID", "errorDeclaration", "extension"]),
        (Level::BaseOpen | Level::Open, _) | (Level::Extension, EventType::Transformation) => {
            Sequence::Local
        }
        (Level::Event, EventType::Object) => Sequence::Of(OBJECT_ONE),
        (Level::Event, EventType::Aggregation) => Sequence::Of(AGGREGATION_ONE),
        (Level::Event, EventType::Transaction) => Sequence::Of(TRANSACTION_ONE),
        (Level::Event, EventType::Transformation) => Sequence::Of(TRANSFORMATION_ONE),
        (Level::Extension, EventType::Object) => Sequence::Of(&[
            "quantityList",
            "sourceList",
            "destinationList",
            "ilmd",
            "extension",
        ]),
        (Level::Extension, EventType::Aggregation) => Sequence::Of(&[
            "childQuantityList",
            "sourceList",
            "destinationList",
            "extension",
        ]),
        (Level::Extension, EventType::Transaction) => {
            Sequence::Of(&["quantityList", "sourceList", "destinationList", "extension"])
        }
    }
}
