//! The query language of EPCIS 2.0 (§8.2.7.1, `SimpleEventQuery`) as types.
//!
//! A [`Query`] is made from the parameters of a request by [`Query::parse`], which refuses what it does not understand:
//! a filter that is silently ignored would show somebody more than they asked for. Every identifier and vocabulary value is
//! brought to its canonical form here, once, so that a question in one notation finds events written in another.
//!
//! * [`matches`](Query::matches) is the meaning: it judges one full event.
//! * `run` finds the same events through the index: first by bitmaps of indexed values, then, only for what is not
//!   indexed, by reading the full events that are left.
//!
//! Where the standard leaves room: bounds on one quantity, or on one number of sensors, hold of the same element; `EXISTS_…`
//! with `false` asks nothing; a date without time is the beginning of that day in UTC; a CURIE stands for what the query declares.
//!
//! Deliberately absent: `HASATTR_…` and `EQATTR_…`, which are about master data; the index has none, and says so. Units are not
//! converted: `GE_value_CEL` finds numbers stated in CEL.

pub(crate) mod candidates;
mod error;
mod field;
mod matches;
mod parse;
pub(crate) mod pattern;
pub(crate) mod prefix;
pub(crate) mod run;
pub(crate) mod token;
mod value;
pub(crate) mod vocabulary;

use std::collections::BTreeSet;

use jiff::Timestamp;
use pangolin_epcis::model::Decimal;

pub use error::QueryError;
pub use field::Field;
pub(crate) use field::{Has, pair, stored, term};
pub use matches::Subject;
pub(crate) use matches::{any_value, epcs, is_within, quantities};
pub use pattern::Pattern;
pub(crate) use pattern::family;
pub use prefix::Prefixes;
pub use run::{EventPage, NextPage};
pub use value::{
    Comparison, ExtensionName, ExtensionPlace, ExtensionTest, NumberTest, SensorNumber,
};
pub use vocabulary::{Vocabulary, VocabularyPage};

/// A question about events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// All must hold.
    pub filters: Vec<Filter>,
    /// By what the result is ordered.
    pub order: Order,
    /// In which direction.
    pub direction: Direction,
    /// Only the first so many.
    pub event_count_limit: Option<u64>,
    /// Refuse if there are more.
    pub max_event_count: Option<u64>,
    /// Events in one page, at least 1.
    pub per_page: u32,
    /// The token that came with the page before.
    pub next_page_token: Option<String>,
}

/// By what a result is ordered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Order {
    /// In the order in which the chain recorded the events, which is also that of `recordTime`.
    #[default]
    RecordTime,
    /// By `eventTime`.
    EventTime,
    /// By an extension field at event level; events without it come last.
    Extension(ExtensionName),
}

/// In which direction a result is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Ascending.
    Ascending,
    /// Descending: the standard's default.
    #[default]
    Descending,
}

/// Times that a query can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeField {
    /// `eventTime`.
    Event,
    /// `recordTime`: the time of the block.
    Record,
    /// `errorDeclaration.declarationTime`.
    ErrorDeclaration,
    /// `startTime` of sensor metadata.
    SensorStart,
    /// `endTime` of sensor metadata.
    SensorEnd,
    /// `time` of sensor metadata and reports.
    SensorTime,
}

/// Where in an event an object can be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EpcPlace {
    /// `epcList`, `childEPCs`.
    Epc,
    /// `parentID`.
    Parent,
    /// `inputEPCList`.
    Input,
    /// `outputEPCList`.
    Output,
    /// Any of them.
    Any,
}

/// Where in an event a class can be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassPlace {
    /// `quantityList`, `childQuantityList`.
    Epc,
    /// `inputQuantityList`.
    Input,
    /// `outputQuantityList`.
    Output,
    /// Any of them.
    Any,
}

/// One condition on an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// A field has one of these values (canonical).
    OneOf {
        /// The field.
        field: Field,
        /// The values.
        values: BTreeSet<String>,
    },
    /// A place is one of these or below one.
    Within {
        /// [`Field::ReadPoint`] or [`Field::BizLocation`].
        field: Field,
        /// The places (canonical).
        places: BTreeSet<String>,
    },
    /// `eventID` is one of these.
    EventId {
        /// The identifiers, as given.
        ids: BTreeSet<String>,
    },
    /// A time lies in an interval.
    Time {
        /// Which time.
        field: TimeField,
        /// At or after.
        from: Option<Timestamp>,
        /// Before.
        before: Option<Timestamp>,
    },
    /// An object is named.
    Epc {
        /// Where.
        place: EpcPlace,
        /// One of these.
        patterns: Vec<Pattern>,
    },
    /// A class is named.
    Class {
        /// Where.
        place: ClassPlace,
        /// One of these.
        patterns: Vec<Pattern>,
    },
    /// A quantity element passes all tests.
    Quantity {
        /// Its unit; `None`: any.
        uom: Option<String>,
        /// The tests.
        test: NumberTest,
    },
    /// A number of a sensor report passes a test.
    Sensor {
        /// Which number.
        number: SensorNumber,
        /// Its unit; `None` for a number that has none.
        uom: Option<String>,
        /// The tests; all must hold of one report.
        test: NumberTest,
    },
    /// The event declares an error.
    ErrorDeclaration,
    /// The event has sensor data.
    SensorElement,
    /// An extension element passes a test.
    Extension {
        /// Where.
        place: ExtensionPlace,
        /// Below the top level of that place instead of at it.
        inner: bool,
        /// Its name.
        name: ExtensionName,
        /// The test.
        test: ExtensionTest,
    },
}

impl Default for Query {
    fn default() -> Self {
        Self {
            filters: Vec::new(),
            order: Order::default(),
            direction: Direction::default(),
            event_count_limit: None,
            max_event_count: None,
            per_page: crate::limits::DEFAULT_PER_PAGE,
            next_page_token: None,
        }
    }
}

impl Query {
    /// Everything, oldest first.
    pub fn oldest_first() -> Self {
        Self {
            direction: Direction::Ascending,
            ..Self::default()
        }
    }

    /// Adds a condition.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    /// Sets the size of a page, within the limits.
    #[must_use]
    pub fn per_page(mut self, events: u32) -> Self {
        self.per_page = events.clamp(1, crate::limits::MAX_PER_PAGE);
        self
    }

    /// Continues after a page.
    #[must_use]
    pub fn after(mut self, token: impl Into<String>) -> Self {
        self.next_page_token = Some(token.into());
        self
    }
}

/// A decimal bound and how to compare with it.
pub(crate) type Bound = (Comparison, Vec<Decimal>);
