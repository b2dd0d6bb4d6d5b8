//! Reading the parameters of a query.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use pangolin_epcis::{
    model::{Action, Decimal, EventType, Term, Time, Uri},
    vocab::Vocabulary,
};
use pangolin_gs1::Key;

use super::{
    ClassPlace, Comparison, Direction, EpcPlace, ExtensionName, ExtensionPlace, ExtensionTest,
    Field, Filter, NumberTest, Order, Pattern, Query, QueryError, SensorNumber, TimeField, pair,
    value::instant,
};
use crate::{
    lens::canonical,
    limits::{MAX_PARAMETER_BYTES, MAX_PARAMETERS, MAX_PER_PAGE, MAX_VALUES},
};

type Result<T> = std::result::Result<T, QueryError>;

/// Separates the values of a list in a query string (`style: pipeDelimited`).
const LIST_SEPARATOR: char = '|';

/// Parameters that only some of the standard's interfaces have, and that do not filter.
const MASTER_DATA: [&str; 3] = ["HASATTR_", "EQATTR_", "EQ_ATTR_"];

impl Query {
    /// Reads the parameters of a query string, already decoded: lists are divided by `|`.
    ///
    /// ```
    /// use pangolin_index::query::Query;
    ///
    /// let query = Query::parse([("EQ_bizStep", "shipping|receiving"), ("perPage", "10")]).unwrap();
    /// assert_eq!((query.filters.len(), query.per_page), (1, 10));
    /// let error = Query::parse([("EQ_bizstep", "shipping")]).unwrap_err();
    /// assert_eq!(error.exception(), "epcisException:QueryParameterException");
    /// ```
    pub fn parse<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let split = parameters.into_iter().map(|(name, value)| {
            let values = if is_list(name) {
                value.split(LIST_SEPARATOR).collect()
            } else {
                vec![value]
            };
            (name, values)
        });
        Self::parse_lists(split, &BTreeMap::new())
    }

    /// Reads parameters whose lists are divided already, as in a query in JSON. `prefixes` are the namespaces that the query
    /// declares for extension fields.
    pub fn parse_lists<'a>(
        parameters: impl IntoIterator<Item = (&'a str, Vec<&'a str>)>,
        prefixes: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let mut reader = Reader {
            prefixes,
            ..Reader::new()
        };
        for (count, (name, values)) in parameters.into_iter().enumerate() {
            if count >= MAX_PARAMETERS {
                return Err(QueryError::parameter(
                    name,
                    format!("more than {MAX_PARAMETERS} parameters"),
                ));
            }
            reader.parameter(&Parameter::new(name, values)?)?;
        }
        reader.finish()
    }
}

/// Whether a parameter takes a list.
fn is_list(name: &str) -> bool {
    (name.starts_with("EQ_")
        || name.starts_with("WD_")
        || name.starts_with("MATCH_")
        || name == "eventType")
        && name != "EQ_booleanValue"
}

/// One parameter with its values.
struct Parameter<'a> {
    name: &'a str,
    values: Vec<&'a str>,
}

impl<'a> Parameter<'a> {
    fn new(name: &'a str, values: Vec<&'a str>) -> Result<Self> {
        let fail = |message: String| Err(QueryError::parameter(name, message));
        if name.len() > MAX_PARAMETER_BYTES
            || values.iter().any(|value| value.len() > MAX_PARAMETER_BYTES)
        {
            let message = format!("longer than {MAX_PARAMETER_BYTES} bytes");
            return Err(QueryError::parameter(
                name.chars().take(64).collect::<String>(),
                message,
            ));
        }
        match values.len() {
            0 => fail("has no value".to_owned()),
            n if n > MAX_VALUES => fail(format!("has {n} values, more than {MAX_VALUES}")),
            // In the SOAP binding parameters of this kind have no value at all.
            _ if name.starts_with("EXISTS_") => Ok(Self { name, values }),
            _ if values.iter().any(|value| value.is_empty()) => {
                fail("has an empty value".to_owned())
            }
            _ => Ok(Self { name, values }),
        }
    }

    fn fail<T>(&self, message: impl Into<String>) -> Result<T> {
        Err(QueryError::parameter(self.name, message))
    }

    fn one(&self) -> Result<&'a str> {
        match self.values[..] {
            [value] => Ok(value),
            _ => self.fail("takes one value"),
        }
    }

    fn time(&self) -> Result<Timestamp> {
        let text = self.one()?;
        Time::parse(text)
            .map(|time| time.instant())
            .or_else(|error| self.fail(format!("{text:?}: {error}")))
    }

    fn number(&self) -> Result<u64> {
        let text = self.one()?;
        text.parse()
            .or_else(|_| self.fail(format!("{text:?} is not a whole number")))
    }

    fn truth(&self) -> Result<bool> {
        match self.one()? {
            "true" => Ok(true),
            "false" => Ok(false),
            other => self.fail(format!("{other:?} is neither true nor false")),
        }
    }

    /// Whether something must exist: true, or no value; false asks nothing (EPCIS 2.0 §8.2.7.1).
    fn exists(&self) -> Result<bool> {
        match self.one()? {
            "" | "1" => Ok(true),
            "0" => Ok(false),
            _ => self.truth(),
        }
    }

    fn decimals(&self) -> Result<Vec<Decimal>> {
        let parse = |text: &&str| {
            Decimal::parse(text).or_else(|error| self.fail(format!("{text:?}: {error}")))
        };
        self.values.iter().map(parse).collect()
    }

    fn each(
        &self,
        read: impl Fn(&str) -> std::result::Result<String, String>,
    ) -> Result<BTreeSet<String>> {
        let read = |text: &&str| read(text).or_else(|message| self.fail(message));
        self.values.iter().map(read).collect()
    }

    /// Words of a vocabulary, or URIs of somebody's own, which a CURIE may stand for.
    fn terms(
        &self,
        vocabulary: Vocabulary,
        prefixes: &BTreeMap<String, String>,
    ) -> Result<BTreeSet<String>> {
        self.each(|text| {
            let full = expanded(text, prefixes);
            let term = Term::parse(vocabulary, &full).map_err(|error| error.to_string())?;
            Ok(super::term(&term).to_owned())
        })
    }

    fn texts(&self) -> BTreeSet<String> {
        self.values.iter().map(|&text| text.to_owned()).collect()
    }

    fn uris(&self) -> Result<BTreeSet<String>> {
        self.each(|text| uri(text).map(|()| canonical(text)))
    }

    fn keys(&self) -> Result<Vec<Key>> {
        let parse =
            |text: &&str| Key::parse(text).or_else(|error| self.fail(format!("{text:?}: {error}")));
        self.values.iter().map(parse).collect()
    }
}

/// A CURIE whose prefix the query declares, as the URI that it stands for; any other text as it is.
fn expanded(text: &str, prefixes: &BTreeMap<String, String>) -> String {
    let full = text.split_once(':').and_then(|(prefix, local)| {
        let namespace = prefixes.get(prefix)?;
        Some(format!("{namespace}{local}"))
    });
    full.unwrap_or_else(|| text.to_owned())
}

fn uri(text: &str) -> std::result::Result<(), String> {
    Uri::parse(text)
        .map(|_| ())
        .map_err(|error| format!("{text:?}: {error}"))
}

/// The query so far.
struct Reader<'p> {
    prefixes: &'p BTreeMap<String, String>,
    query: Query,
    seen: BTreeSet<String>,
    times: [(TimeField, Option<Timestamp>, Option<Timestamp>); 6],
    quantities: BTreeMap<Option<String>, NumberTest>,
    sensors: BTreeMap<(SensorNumber, Option<String>), NumberTest>,
    direction_given: bool,
    order_given: bool,
}

static NO_PREFIXES: BTreeMap<String, String> = BTreeMap::new();

impl Reader<'_> {
    fn new() -> Self {
        let time = |field| (field, None, None);
        Self {
            prefixes: &NO_PREFIXES,
            query: Query::default(),
            seen: BTreeSet::new(),
            times: [
                time(TimeField::Event),
                time(TimeField::Record),
                time(TimeField::ErrorDeclaration),
                time(TimeField::SensorStart),
                time(TimeField::SensorEnd),
                time(TimeField::SensorTime),
            ],
            quantities: BTreeMap::new(),
            sensors: BTreeMap::new(),
            direction_given: false,
            order_given: false,
        }
    }

    fn parameter(&mut self, p: &Parameter<'_>) -> Result<()> {
        if !self.seen.insert(p.name.to_owned()) {
            return p.fail("is given twice; join the values of a list with |");
        }
        if self.paging(p)? || self.fixed(p)? || self.time(p)? || self.flexible(p)? {
            return Ok(());
        }
        if MASTER_DATA.iter().any(|prefix| p.name.starts_with(prefix)) {
            return p.fail("asks for master data, which is not kept here");
        }
        p.fail("is not a parameter of this query; check its spelling")
    }

    /// What is about the result as a whole.
    fn paging(&mut self, p: &Parameter<'_>) -> Result<bool> {
        match p.name {
            "orderBy" => {
                self.order_given = true;
                self.query.order = match p.one()? {
                    "eventTime" => Order::EventTime,
                    "recordTime" => Order::RecordTime,
                    other => match ExtensionName::parse(other, self.prefixes) {
                        Some(name) => Order::Extension(name),
                        None => return p.fail(
                            "is neither eventTime, recordTime nor the name of an extension field",
                        ),
                    },
                };
            }
            "orderDirection" => {
                self.direction_given = true;
                self.query.direction = match p.one()? {
                    "ASC" => Direction::Ascending,
                    "DESC" => Direction::Descending,
                    other => return p.fail(format!("{other:?} is neither ASC nor DESC")),
                };
            }
            "eventCountLimit" => self.query.event_count_limit = Some(p.number()?),
            "maxEventCount" => self.query.max_event_count = Some(p.number()?),
            "perPage" => {
                let asked = p.number()?;
                if asked == 0 {
                    return p.fail("must be at least 1");
                }
                self.query.per_page = u32::try_from(asked).unwrap_or(u32::MAX).min(MAX_PER_PAGE);
            }
            "nextPageToken" => self.query.next_page_token = Some(p.one()?.to_owned()),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn push(&mut self, filter: Filter) {
        self.query.filters.push(filter);
    }

    /// Parameters with fixed names.
    fn fixed(&mut self, p: &Parameter<'_>) -> Result<bool> {
        use Vocabulary::{Disposition, ErrorReason, Measurement};
        let one_of = |field, values| Filter::OneOf { field, values };
        let filter = match p.name {
            "eventType" => {
                let kinds = p.each(|text| event_type(&expanded(text, self.prefixes)))?;
                one_of(Field::EventType, kinds)
            }
            "EQ_action" => one_of(Field::Action, p.each(action)?),
            "EQ_bizStep" => one_of(Field::BizStep, p.terms(Vocabulary::BizStep, self.prefixes)?),
            "EQ_disposition" => one_of(Field::Disposition, p.terms(Disposition, self.prefixes)?),
            "EQ_persistentDisposition_set" => {
                one_of(Field::DispositionSet, p.terms(Disposition, self.prefixes)?)
            }
            "EQ_persistentDisposition_unset" => one_of(
                Field::DispositionUnset,
                p.terms(Disposition, self.prefixes)?,
            ),
            "EQ_readPoint" => one_of(Field::ReadPoint, p.uris()?),
            "EQ_bizLocation" => one_of(Field::BizLocation, p.uris()?),
            "WD_readPoint" => Filter::Within {
                field: Field::ReadPoint,
                places: p.uris()?,
            },
            "WD_bizLocation" => Filter::Within {
                field: Field::BizLocation,
                places: p.uris()?,
            },
            "EQ_transformationID" => one_of(Field::TransformationId, p.uris()?),
            "EQ_eventID" => Filter::EventId { ids: p.texts() },
            "EXISTS_errorDeclaration" => {
                if p.exists()? {
                    self.push(Filter::ErrorDeclaration);
                }
                return Ok(true);
            }
            "EXISTS_sensorElementList" => {
                if p.exists()? {
                    self.push(Filter::SensorElement);
                }
                return Ok(true);
            }
            "EQ_errorReason" => one_of(Field::ErrorReason, p.terms(ErrorReason, self.prefixes)?),
            "EQ_correctiveEventID" => one_of(Field::CorrectiveEventId, p.texts()),
            "EQ_type" => one_of(Field::MeasurementType, p.terms(Measurement, self.prefixes)?),
            "EQ_deviceID" => one_of(Field::DeviceId, p.uris()?),
            "EQ_dataProcessingMethod" => one_of(Field::DataProcessingMethod, p.uris()?),
            "EQ_microorganism" => one_of(Field::Microorganism, p.uris()?),
            "EQ_chemicalSubstance" => one_of(Field::ChemicalSubstance, p.uris()?),
            "EQ_bizRules" => one_of(Field::BizRules, p.uris()?),
            "EQ_stringValue" => one_of(Field::StringValue, p.texts()),
            "EQ_hexBinaryValue" => one_of(
                Field::HexBinaryValue,
                p.each(|text| Ok(text.to_ascii_lowercase()))?,
            ),
            "EQ_uriValue" => one_of(Field::UriValue, p.uris()?),
            "EQ_booleanValue" => one_of(
                Field::BooleanValue,
                BTreeSet::from([p.truth()?.to_string()]),
            ),
            _ => match epc_or_class(p)? {
                Some(filter) => filter,
                None => return Ok(false),
            },
        };
        self.push(filter);
        Ok(true)
    }

    fn time(&mut self, p: &Parameter<'_>) -> Result<bool> {
        let (lower, name) = match (p.name.strip_prefix("GE_"), p.name.strip_prefix("LT_")) {
            (Some(name), _) => (true, name),
            (_, Some(name)) => (false, name),
            _ => return Ok(false),
        };
        let field = match name {
            "eventTime" => TimeField::Event,
            "recordTime" => TimeField::Record,
            // The published schema of queries has the second spelling.
            "errorDeclarationTime" | "errorDeclaration_Time" => TimeField::ErrorDeclaration,
            "time" => TimeField::SensorTime,
            "startTime" => TimeField::SensorStart,
            "endTime" => TimeField::SensorEnd,
            _ => return Ok(false),
        };
        let time = p.time()?;
        for (of, from, before) in &mut self.times {
            if *of == field {
                *(if lower { from } else { before }) = Some(time);
                break;
            }
        }
        Ok(true)
    }

    /// Parameters whose names have parts of their own.
    fn flexible(&mut self, p: &Parameter<'_>) -> Result<bool> {
        if let Some(rest) = p.name.strip_prefix("EXISTS_") {
            let Some(filter) = self.extension(rest, ExtensionTest::Exists) else {
                return Ok(false);
            };
            if p.exists()? {
                self.push(filter);
            }
            return Ok(true);
        }
        let Some((comparison, rest)) = Comparison::PREFIXES
            .iter()
            .find_map(|(prefix, c)| p.name.strip_prefix(prefix).map(|rest| (*c, rest)))
        else {
            return Ok(false);
        };
        if comparison == Comparison::Eq
            && let Some(filter) = kinded(p, rest, self.prefixes)?
        {
            self.push(filter);
            return Ok(true);
        }
        if let Some(Unit(uom)) = rest.strip_prefix("quantity").and_then(unit) {
            let test = self.quantities.entry(uom).or_default();
            *test = std::mem::take(test).with(comparison, p.decimals()?);
            return Ok(true);
        }
        if let Some(of) = sensor_number(rest) {
            let test = self.sensors.entry(of).or_default();
            *test = std::mem::take(test).with(comparison, p.decimals()?);
            return Ok(true);
        }
        if comparison != Comparison::Eq {
            let bound = p.one()?;
            if Decimal::parse(bound).is_err() && instant(bound).is_none() {
                return p.fail(format!("{bound:?} is neither a number nor a time"));
            }
        }
        let bounds = p.values.iter().map(|&text| text.to_owned()).collect();
        let Some(filter) = self.extension(rest, ExtensionTest::Compares(comparison, bounds)) else {
            return Ok(false);
        };
        self.push(filter);
        Ok(true)
    }

    fn extension(&self, rest: &str, test: ExtensionTest) -> Option<Filter> {
        let (inner, rest) = match rest.strip_prefix("INNER_") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let named = ExtensionPlace::NAMES
            .iter()
            .find_map(|(name, place)| Some((*place, rest.strip_prefix(name)?)));
        let (place, name) = named.unwrap_or((ExtensionPlace::Event, rest));
        let name = ExtensionName::parse(name, self.prefixes)?;
        Some(Filter::Extension {
            place,
            inner,
            name,
            test,
        })
    }

    fn finish(mut self) -> Result<Query> {
        for (field, from, before) in self.times {
            if from.is_some() || before.is_some() {
                self.query.filters.push(Filter::Time {
                    field,
                    from,
                    before,
                });
            }
        }
        for (uom, test) in self.quantities {
            self.query.filters.push(Filter::Quantity { uom, test });
        }
        for ((number, uom), test) in self.sensors {
            self.query
                .filters
                .push(Filter::Sensor { number, uom, test });
        }
        let mut query = self.query;
        if !self.order_given && !self.direction_given {
            // The standard leaves the order open: ascending, pages stay the same while events are added.
            query.direction = Direction::Ascending;
        }
        let fail = |name: &str, message: &str| Err(QueryError::parameter(name, message));
        if query.event_count_limit.is_some() && query.max_event_count.is_some() {
            return fail("maxEventCount", "does not go with eventCountLimit");
        }
        if query.event_count_limit.is_some() && !self.order_given {
            return fail(
                "eventCountLimit",
                "needs orderBy, which says which events are the first",
            );
        }
        Ok(query)
    }
}

fn event_type(text: &str) -> std::result::Result<String, String> {
    if EventType::parse(text).is_some() {
        return Ok(text.to_owned());
    }
    uri(text)
        .map(|()| text.to_owned())
        .map_err(|_| format!("{text:?} is no type of event"))
}

fn action(text: &str) -> std::result::Result<String, String> {
    Action::parse(text)
        .map(|action| action.as_str().to_owned())
        .ok_or_else(|| format!("{text:?} is none of ADD, OBSERVE, DELETE"))
}

fn epc_or_class(p: &Parameter<'_>) -> Result<Option<Filter>> {
    let objects = |place| -> Result<Option<Filter>> {
        let patterns = p.keys()?.into_iter().map(Pattern::of_objects).collect();
        Ok(Some(Filter::Epc { place, patterns }))
    };
    let classes = |place| -> Result<Option<Filter>> {
        let patterns = p.keys()?.into_iter().map(Pattern::of_classes).collect();
        Ok(Some(Filter::Class { place, patterns }))
    };
    match p.name {
        "MATCH_epc" => objects(EpcPlace::Epc),
        "MATCH_parentID" => objects(EpcPlace::Parent),
        "MATCH_inputEPC" => objects(EpcPlace::Input),
        "MATCH_outputEPC" => objects(EpcPlace::Output),
        "MATCH_anyEPC" => objects(EpcPlace::Any),
        "MATCH_epcClass" => classes(ClassPlace::Epc),
        "MATCH_inputEPCClass" => classes(ClassPlace::Input),
        "MATCH_outputEPCClass" => classes(ClassPlace::Output),
        "MATCH_anyEPCClass" => classes(ClassPlace::Any),
        _ => Ok(None),
    }
}

/// `EQ_bizTransaction_TYPE`, `EQ_source_TYPE`, `EQ_destination_TYPE`.
fn kinded(
    p: &Parameter<'_>,
    rest: &str,
    prefixes: &BTreeMap<String, String>,
) -> Result<Option<Filter>> {
    const KINDS: [(&str, Field, Vocabulary); 3] = [
        (
            "bizTransaction_",
            Field::BizTransaction,
            Vocabulary::BizTransaction,
        ),
        ("source_", Field::Source, Vocabulary::SourceDestination),
        (
            "destination_",
            Field::Destination,
            Vocabulary::SourceDestination,
        ),
    ];
    for (prefix, field, vocabulary) in KINDS {
        if let Some(kind) = rest.strip_prefix(prefix) {
            let kind = match Term::parse(vocabulary, &expanded(kind, prefixes)) {
                Ok(kind) => super::term(&kind).to_owned(),
                Err(error) => return p.fail(error.to_string()),
            };
            let values = p.uris()?.into_iter().map(|id| pair(&kind, &id)).collect();
            return Ok(Some(Filter::OneOf { field, values }));
        }
    }
    Ok(None)
}

/// The unit behind a number's name: none, or `_KGM`.
fn unit(rest: &str) -> Option<Unit> {
    match rest.strip_prefix('_') {
        None if rest.is_empty() => Some(Unit(None)),
        Some(uom) if is_unit(uom) => Some(Unit(Some(uom.to_owned()))),
        _ => None,
    }
}

/// A unit, or that none is given.
struct Unit(Option<String>);

/// `value_CEL`, `minValue_CEL` …; `percRank` has no unit.
fn sensor_number(rest: &str) -> Option<(SensorNumber, Option<String>)> {
    SensorNumber::NAMES.iter().find_map(|(name, number)| {
        let Unit(uom) = unit(rest.strip_prefix(name)?)?;
        (uom.is_none() == (*number == SensorNumber::PercRank)).then_some((*number, uom))
    })
}

/// UN/CEFACT Recommendation 20: 2 to 4 capital letters and digits.
fn is_unit(text: &str) -> bool {
    (2..=4).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

#[cfg(test)]
mod tests;
