//! Values of conditions: comparisons of numbers, and names and tests of extension elements.

use std::{cmp::Ordering, collections::BTreeMap};

use jiff::{Timestamp, civil::Date};
use pangolin_epcis::model::{
    Decimal, Element, Mixed, Name, STANDARD_PREFIXES, SensorReport, Time, Value,
};

use super::Bound;

/// How a value is compared with a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Comparison {
    /// Equal to one of the bounds.
    Eq,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
}

impl Comparison {
    /// Whether an ordering of value to bound passes.
    pub const fn allows(self, ordering: Ordering) -> bool {
        match self {
            Self::Eq => ordering.is_eq(),
            Self::Gt => ordering.is_gt(),
            Self::Ge => ordering.is_ge(),
            Self::Lt => ordering.is_lt(),
            Self::Le => ordering.is_le(),
        }
    }

    /// The prefix of the parameter's name.
    pub(super) const PREFIXES: [(&'static str, Self); 5] = [
        ("EQ_", Self::Eq),
        ("GT_", Self::Gt),
        ("GE_", Self::Ge),
        ("LT_", Self::Lt),
        ("LE_", Self::Le),
    ];
}

/// Conditions on one number; all must hold of the same number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NumberTest {
    bounds: Vec<Bound>,
}

impl NumberTest {
    /// Adds a comparison; several bounds are alternatives.
    #[must_use]
    pub fn with(mut self, comparison: Comparison, bounds: Vec<Decimal>) -> Self {
        self.bounds.push((comparison, bounds));
        self
    }

    /// Whether the number passes.
    pub fn passes(&self, number: &Decimal) -> bool {
        self.bounds.iter().all(|(comparison, bounds)| {
            bounds
                .iter()
                .any(|bound| comparison.allows(number.compare(bound)))
        })
    }
}

/// Numbers of a sensor report that a query can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SensorNumber {
    /// `value`.
    Value,
    /// `minValue`.
    MinValue,
    /// `maxValue`.
    MaxValue,
    /// `meanValue`.
    MeanValue,
    /// `sDev`.
    SDev,
    /// `percValue`.
    PercValue,
    /// `percRank`.
    PercRank,
}

impl SensorNumber {
    /// Names in parameters.
    pub(super) const NAMES: [(&'static str, Self); 7] = [
        ("value", Self::Value),
        ("minValue", Self::MinValue),
        ("maxValue", Self::MaxValue),
        ("meanValue", Self::MeanValue),
        ("sDev", Self::SDev),
        ("percValue", Self::PercValue),
        ("percRank", Self::PercRank),
    ];

    /// The number in a report.
    pub(super) const fn of(self, report: &SensorReport) -> Option<&Decimal> {
        match self {
            Self::Value => report.value.as_ref(),
            Self::MinValue => report.min_value.as_ref(),
            Self::MaxValue => report.max_value.as_ref(),
            Self::MeanValue => report.mean_value.as_ref(),
            Self::SDev => report.s_dev.as_ref(),
            Self::PercValue => report.perc_value.as_ref(),
            Self::PercRank => report.perc_rank.as_ref(),
        }
    }
}

/// Where an extension element stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtensionPlace {
    /// In the event itself.
    Event,
    /// In the instance/lot master data.
    Ilmd,
    /// In the error declaration.
    ErrorDeclaration,
    /// In the read point.
    ReadPoint,
    /// In the business location.
    BizLocation,
    /// In a sensor element.
    SensorElement,
    /// In the metadata of a sensor element.
    SensorMetadata,
    /// In a sensor report.
    SensorReport,
}

impl ExtensionPlace {
    /// Parts of parameter names.
    pub(super) const NAMES: [(&'static str, Self); 7] = [
        ("ILMD_", Self::Ilmd),
        ("ERROR_DECLARATION_", Self::ErrorDeclaration),
        ("SENSORELEMENT_", Self::SensorElement),
        ("SENSORMETADATA_", Self::SensorMetadata),
        ("SENSORREPORT_", Self::SensorReport),
        ("readPoint_", Self::ReadPoint),
        ("bizLocation_", Self::BizLocation),
    ];
}

/// The name of an extension element in a parameter: `namespace#local`, or `prefix:local`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExtensionName {
    /// With its namespace.
    Full {
        /// Namespace URI.
        namespace: String,
        /// Local part.
        local: String,
    },
    /// With a prefix that the query does not explain: the prefix that the event was written with counts.
    Prefixed {
        /// The prefix.
        prefix: String,
        /// Local part.
        local: String,
    },
}

impl ExtensionName {
    /// Reads a name; `prefixes` are those that the query declares.
    pub(super) fn parse(text: &str, prefixes: &BTreeMap<String, String>) -> Option<Self> {
        let (head, local) = match text.rsplit_once('#') {
            Some((namespace, local)) => (namespace, local),
            None => text.rsplit_once(':')?,
        };
        if head.is_empty() || local.is_empty() {
            return None;
        }
        let local = local.to_owned();
        if text.contains('#') {
            return Some(Self::Full {
                namespace: head.to_owned(),
                local,
            });
        }
        let standard = STANDARD_PREFIXES
            .iter()
            .find(|(prefix, _)| *prefix == head)
            .map(|(_, uri)| *uri);
        Some(match prefixes.get(head).map(String::as_str).or(standard) {
            Some(namespace) => Self::Full {
                namespace: namespace.to_owned(),
                local,
            },
            None if head.contains('/') || head.contains(':') => Self::Full {
                namespace: head.to_owned(),
                local,
            },
            None => Self::Prefixed {
                prefix: head.to_owned(),
                local,
            },
        })
    }

    /// The local part.
    pub fn local(&self) -> &str {
        match self {
            Self::Full { local, .. } | Self::Prefixed { local, .. } => local,
        }
    }

    /// Whether an element has this name. A trailing `#`, `/` or `:` of a namespace does not count.
    pub fn is(&self, name: &Name) -> bool {
        let bare = |namespace: &str| namespace.trim_end_matches(['#', '/', ':']).to_owned();
        name.local == self.local()
            && match self {
                Self::Full { namespace, .. } => bare(namespace) == bare(&name.namespace),
                Self::Prefixed { prefix, .. } => name.prefix() == Some(prefix),
            }
    }
}

/// What is asked of an extension element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExtensionTest {
    /// It is there.
    Exists,
    /// Its value compares with one of these texts: as a number where both are, as a time where both are, else only
    /// [`Comparison::Eq`] as text.
    Compares(Comparison, Vec<String>),
}

impl ExtensionTest {
    /// Whether an element passes.
    pub(super) fn passes(&self, element: &Element) -> bool {
        match self {
            Self::Exists => true,
            Self::Compares(comparison, bounds) => scalars(&element.value).iter().any(|scalar| {
                bounds
                    .iter()
                    .any(|bound| scalar.compares(*comparison, bound))
            }),
        }
    }
}

/// A value without parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scalar {
    Number(Decimal),
    Text(String),
}

impl Scalar {
    fn compares(&self, comparison: Comparison, bound: &str) -> bool {
        if let (Some(number), Ok(bound)) = (self.number(comparison), Decimal::parse(bound)) {
            return comparison.allows(number.compare(&bound));
        }
        let Self::Text(text) = self else { return false };
        if let (Some(time), Some(bound)) = (instant(text), instant(bound)) {
            return comparison.allows(time.cmp(&bound));
        }
        comparison == Comparison::Eq && text == bound
    }

    /// The value as a number. XML does not tell numbers from texts: there a text counts as a number for every comparison but
    /// equality, where `007` and `7` differ.
    fn number(&self, comparison: Comparison) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(number.clone()),
            Self::Text(text) if comparison != Comparison::Eq => Decimal::parse(text).ok(),
            Self::Text(_) => None,
        }
    }

    /// How values are ordered: numbers, then times and texts by their code points.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.compare(b),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
            (Self::Text(a), Self::Text(b)) => match (instant(a), instant(b)) {
                (Some(a), Some(b)) => a.cmp(&b),
                _ => match (Decimal::parse(a), Decimal::parse(b)) {
                    (Ok(a), Ok(b)) => a.compare(&b),
                    _ => a.cmp(b),
                },
            },
        }
    }
}

/// A text as a time. A date without time, as expiry dates mostly are, is the beginning of that day in UTC.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(time) = Time::parse(text) {
        return Some(time.instant());
    }
    let date = text.len() == DATE.len()
        && text.bytes().zip(DATE.bytes()).all(|(byte, form)| {
            if form == b'-' {
                byte == form
            } else {
                byte.is_ascii_digit()
            }
        });
    let date: Date = text.parse().ok().filter(|_| date)?;
    let midnight = date.to_datetime(jiff::civil::Time::midnight());
    jiff::tz::Offset::UTC.to_timestamp(midnight).ok()
}

/// The form of dates.
const DATE: &str = "YYYY-MM-DD";

/// The scalars of a value: itself, or the items of a list.
pub(super) fn scalars(value: &Value) -> Vec<Scalar> {
    match value {
        Value::Text(text) => vec![Scalar::Text(text.clone())],
        Value::Number(number) => vec![Scalar::Number(number.clone())],
        Value::Bool(yes) => vec![Scalar::Text(yes.to_string())],
        Value::List(items) => items.iter().flat_map(scalars).collect(),
        Value::Null | Value::Object(_) | Value::Mixed(_) => Vec::new(),
    }
}

/// Calls `visit` for each element below `value`, at every level. Readers bound the depth.
pub(super) fn below<'a>(value: &'a Value, visit: &mut dyn FnMut(&'a Element)) {
    match value {
        Value::Object(elements) => {
            for element in elements {
                visit(element);
                below(&element.value, visit);
            }
        }
        Value::List(items) => items.iter().for_each(|item| below(item, visit)),
        Value::Mixed(pieces) => {
            for piece in pieces {
                if let Mixed::Element(element) = piece {
                    visit(element);
                    below(&element.value, visit);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
    }
}
