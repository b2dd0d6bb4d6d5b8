//! Events: the fields all types share, and the *what* of each type.

use super::{
    BizTransaction, Context, Element, ErrorDeclaration, Location, Name, Party,
    PersistentDisposition, QuantityElement, SensorElement, Term, Time, Uri, ZoneOffset,
};

/// An EPCIS event (EPCIS 2.0 §7.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// `@context` written on the event itself (JSON only).
    pub context: Option<Context>,
    /// When it happened.
    pub event_time: Time,
    /// Offset in effect where it happened.
    pub event_time_zone_offset: ZoneOffset,
    /// When a repository recorded it.
    pub record_time: Option<Time>,
    /// Its identifier.
    pub event_id: Option<Uri>,
    /// Certificates concerning it; one entry is written as a plain string in JSON.
    pub certification_info: Vec<Uri>,
    /// Set when this event declares an earlier one to be in error.
    pub error_declaration: Option<ErrorDeclaration>,
    /// What happened to which objects.
    pub what: What,
    /// Business step.
    pub biz_step: Option<Term>,
    /// Disposition of the objects afterwards.
    pub disposition: Option<Term>,
    /// Dispositions set or unset.
    pub persistent_disposition: Option<PersistentDisposition>,
    /// Where it happened.
    pub read_point: Option<Location>,
    /// Where the objects are afterwards.
    pub biz_location: Option<Location>,
    /// Business documents.
    pub biz_transactions: Vec<BizTransaction>,
    /// Sources.
    pub sources: Vec<Party>,
    /// Destinations.
    pub destinations: Vec<Party>,
    /// Sensor data.
    pub sensor_elements: Vec<SensorElement>,
    /// Extension elements at event level.
    pub extensions: Vec<Element>,
}

/// The *what* dimension, one variant per event type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// ObjectEvent.
    Object(ObjectWhat),
    /// AggregationEvent.
    Aggregation(Aggregation),
    /// AssociationEvent.
    Association(Aggregation),
    /// TransactionEvent.
    Transaction(Transaction),
    /// TransformationEvent.
    Transformation(Transformation),
    /// An event type outside the standard, kept verbatim.
    Extended(Extended),
}

/// ObjectEvent (§7.4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectWhat {
    /// ADD commissions, DELETE decommissions, OBSERVE does neither.
    pub action: Action,
    /// Objects.
    pub epcs: Vec<Uri>,
    /// Quantities of classes.
    pub quantities: Vec<QuantityElement>,
    /// Instance/lot master data; only with ADD.
    pub ilmd: Option<Vec<Element>>,
}

/// AggregationEvent and AssociationEvent (§7.4.3, §7.4.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregation {
    /// ADD puts in, DELETE takes out (all children when none is named), OBSERVE sees.
    pub action: Action,
    /// The container.
    pub parent_id: Option<Uri>,
    /// The contents.
    pub child_epcs: Vec<Uri>,
    /// The contents by class.
    pub child_quantities: Vec<QuantityElement>,
}

/// TransactionEvent (§7.4.4). The documents are in [`Event::biz_transactions`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// ADD links objects to the documents, DELETE unlinks.
    pub action: Action,
    /// Parent of the objects.
    pub parent_id: Option<Uri>,
    /// Objects.
    pub epcs: Vec<Uri>,
    /// Quantities of classes.
    pub quantities: Vec<QuantityElement>,
}

/// TransformationEvent (§7.4.5).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transformation {
    /// Objects consumed.
    pub input_epcs: Vec<Uri>,
    /// Quantities consumed.
    pub input_quantities: Vec<QuantityElement>,
    /// Objects made.
    pub output_epcs: Vec<Uri>,
    /// Quantities made.
    pub output_quantities: Vec<QuantityElement>,
    /// Joins several events into one transformation.
    pub transformation_id: Option<Uri>,
    /// Instance/lot master data of the outputs.
    pub ilmd: Option<Vec<Element>>,
}

/// An event of a type that the standard does not define; its other members are [`Event::extensions`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extended {
    /// The type.
    pub name: Name,
}

/// What an event does to the existence or the relation of its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Created, put in or linked.
    Add,
    /// Neither.
    Observe,
    /// Removed, taken out or unlinked.
    Delete,
}

impl Action {
    /// The word used by both syntaxes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "ADD",
            Self::Observe => "OBSERVE",
            Self::Delete => "DELETE",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "ADD" => Some(Self::Add),
            "OBSERVE" => Some(Self::Observe),
            "DELETE" => Some(Self::Delete),
            _ => None,
        }
    }
}

/// The five standard event types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventType {
    /// ObjectEvent.
    Object,
    /// AggregationEvent.
    Aggregation,
    /// AssociationEvent.
    Association,
    /// TransactionEvent.
    Transaction,
    /// TransformationEvent.
    Transformation,
}

impl EventType {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Object,
        Self::Aggregation,
        Self::Association,
        Self::Transaction,
        Self::Transformation,
    ];

    /// The name used by both syntaxes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Object => "ObjectEvent",
            Self::Aggregation => "AggregationEvent",
            Self::Association => "AssociationEvent",
            Self::Transaction => "TransactionEvent",
            Self::Transformation => "TransformationEvent",
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl Event {
    /// Its type, unless it is an extended one.
    pub fn event_type(&self) -> Option<EventType> {
        match &self.what {
            What::Object(_) => Some(EventType::Object),
            What::Aggregation(_) => Some(EventType::Aggregation),
            What::Association(_) => Some(EventType::Association),
            What::Transaction(_) => Some(EventType::Transaction),
            What::Transformation(_) => Some(EventType::Transformation),
            What::Extended(_) => None,
        }
    }

    /// Its action; a transformation has none.
    pub fn action(&self) -> Option<Action> {
        match &self.what {
            What::Object(what) => Some(what.action),
            What::Aggregation(what) | What::Association(what) => Some(what.action),
            What::Transaction(what) => Some(what.action),
            What::Transformation(_) | What::Extended(_) => None,
        }
    }

    /// Its instance/lot master data.
    pub fn ilmd(&self) -> Option<&[Element]> {
        match &self.what {
            What::Object(what) => what.ilmd.as_deref(),
            What::Transformation(what) => what.ilmd.as_deref(),
            _ => None,
        }
    }
}
