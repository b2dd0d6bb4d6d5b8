//! The meaning of a query: whether one full event passes. The index must give the same answer; tests hold it against this.

use std::collections::BTreeSet;

use jiff::Timestamp;
use pangolin_epcis::model::{
    Element, Event, Location, QuantityElement, SensorElement, SensorMetadata, SensorReport, Term,
    Time, Uri, What,
};
use pangolin_gs1::Key;

use super::{
    ClassPlace, EpcPlace, ExtensionName, ExtensionPlace, ExtensionTest, Field, Filter, Query,
    TimeField, pair, term, value,
};
use crate::lens::canonical;

/// A full event with what only its repository knows.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The event. Its own `recordTime` does not count.
    pub event: &'a Event,
    /// Its identifier: its own, or the event hash.
    pub id: &'a str,
    /// When the block was made that recorded it.
    pub record_time: Timestamp,
    /// The party that stated it, as a URI.
    pub issuer: &'a str,
}

impl Query {
    /// Whether the event passes every condition. Paging and ordering do not count.
    pub fn matches(&self, subject: &Subject<'_>) -> bool {
        self.filters.iter().all(|filter| filter.matches(subject))
    }
}

impl Filter {
    /// Whether the event passes this condition.
    pub fn matches(&self, subject: &Subject<'_>) -> bool {
        let event = subject.event;
        match self {
            Self::OneOf { field, values } => {
                any_value(*field, subject, &mut |value| values.contains(value))
            }
            Self::Within { field, places } => any_value(*field, subject, &mut |value| {
                places.iter().any(|place| is_within(value, place))
            }),
            Self::EventId { ids } => ids.contains(subject.id),
            Self::Time {
                field,
                from,
                before,
            } => times(*field, subject).into_iter().any(|time| {
                from.is_none_or(|from| time >= from) && before.is_none_or(|before| time < before)
            }),
            Self::Epc { place, patterns } => epcs(event, *place)
                .into_iter()
                .any(|uri| patterns.iter().any(|pattern| pattern.matches(uri.as_str()))),
            Self::Class { place, patterns } => {
                quantities(event, *place).into_iter().any(|element| {
                    let uri = element.epc_class.as_str();
                    patterns.iter().any(|pattern| pattern.matches(uri))
                })
            }
            Self::Quantity { uom, test } => {
                quantities(event, ClassPlace::Any)
                    .into_iter()
                    .any(|element| {
                        let unit = uom.is_none() || *uom == element.uom;
                        unit && element
                            .quantity
                            .as_ref()
                            .is_some_and(|quantity| test.passes(quantity))
                    })
            }
            Self::Sensor { number, uom, test } => reports(event).any(|report| {
                (uom.is_none() || report.uom == *uom)
                    && number.of(report).is_some_and(|number| test.passes(number))
            }),
            Self::ErrorDeclaration => event.error_declaration.is_some(),
            Self::SensorElement => !event.sensor_elements.is_empty(),
            Self::Extension {
                place,
                inner,
                name,
                test,
            } => extension(event, *place, *inner, name, test),
        }
    }
}

/// Whether a place is `ancestor`, or the same location number with an extension (a part of that location).
pub(crate) fn is_within(place: &str, ancestor: &str) -> bool {
    place == ancestor || {
        let rest = place
            .strip_prefix(ancestor)
            .and_then(|rest| rest.strip_prefix("/254/"));
        rest.is_some() && ancestor.starts_with("https://id.gs1.org/414/")
    }
}

fn times(field: TimeField, subject: &Subject<'_>) -> Vec<Timestamp> {
    let event = subject.event;
    let metadata = || {
        event
            .sensor_elements
            .iter()
            .filter_map(|element| element.metadata.as_ref())
    };
    match field {
        TimeField::Event => vec![event.event_time.instant()],
        TimeField::Record => vec![subject.record_time],
        TimeField::ErrorDeclaration => event
            .error_declaration
            .iter()
            .map(|declaration| declaration.declaration_time.instant())
            .collect(),
        TimeField::SensorStart => metadata()
            .filter_map(|data| data.start_time.as_ref())
            .map(Time::instant)
            .collect(),
        TimeField::SensorEnd => metadata()
            .filter_map(|data| data.end_time.as_ref())
            .map(Time::instant)
            .collect(),
        TimeField::SensorTime => metadata()
            .filter_map(|data| data.time.as_ref())
            .chain(reports(event).filter_map(|report| report.time.as_ref()))
            .map(Time::instant)
            .collect(),
    }
}

/// The objects that an event names at a place.
pub(crate) fn epcs(event: &Event, place: EpcPlace) -> Vec<&Uri> {
    let (mut epc, mut parent, mut input, mut output): (&[Uri], Option<&Uri>, &[Uri], &[Uri]) =
        (&[], None, &[], &[]);
    match &event.what {
        What::Object(what) => epc = &what.epcs,
        What::Aggregation(what) | What::Association(what) => {
            (epc, parent) = (&what.child_epcs, what.parent_id.as_ref());
        }
        What::Transaction(what) => (epc, parent) = (&what.epcs, what.parent_id.as_ref()),
        What::Transformation(what) => (input, output) = (&what.input_epcs, &what.output_epcs),
        What::Extended(_) => {}
    }
    match place {
        EpcPlace::Epc => epc.iter().collect(),
        EpcPlace::Parent => parent.into_iter().collect(),
        EpcPlace::Input => input.iter().collect(),
        EpcPlace::Output => output.iter().collect(),
        EpcPlace::Any => epc
            .iter()
            .chain(parent)
            .chain(input)
            .chain(output)
            .collect(),
    }
}

/// The quantity elements that an event has at a place.
pub(crate) fn quantities(event: &Event, place: ClassPlace) -> Vec<&QuantityElement> {
    let (mut epc, mut input, mut output): (
        &[QuantityElement],
        &[QuantityElement],
        &[QuantityElement],
    ) = (&[], &[], &[]);
    match &event.what {
        What::Object(what) => epc = &what.quantities,
        What::Aggregation(what) | What::Association(what) => epc = &what.child_quantities,
        What::Transaction(what) => epc = &what.quantities,
        What::Transformation(what) => {
            (input, output) = (&what.input_quantities, &what.output_quantities);
        }
        What::Extended(_) => {}
    }
    match place {
        ClassPlace::Epc => epc.iter().collect(),
        ClassPlace::Input => input.iter().collect(),
        ClassPlace::Output => output.iter().collect(),
        ClassPlace::Any => epc.iter().chain(input).chain(output).collect(),
    }
}

fn metadata(event: &Event) -> impl Iterator<Item = &SensorMetadata> {
    event
        .sensor_elements
        .iter()
        .filter_map(|element| element.metadata.as_ref())
}

fn reports(event: &Event) -> impl Iterator<Item = &SensorReport> {
    event
        .sensor_elements
        .iter()
        .flat_map(|element: &SensorElement| &element.reports)
}

/// The name of an event's type.
pub(crate) fn type_name(event: &Event) -> String {
    match (event.event_type(), &event.what) {
        (Some(kind), _) => kind.as_str().to_owned(),
        (None, What::Extended(what)) => format!("{}{}", what.name.namespace, what.name.local),
        (None, _) => String::new(),
    }
}

/// Whether a value of the field passes `test`. Values are in canonical form.
pub(crate) fn any_value(
    field: Field,
    subject: &Subject<'_>,
    test: &mut dyn FnMut(&str) -> bool,
) -> bool {
    let event = subject.event;
    let mut uri = |uri: &Uri| test(&canonical(uri.as_str()));
    let place = |location: &Option<Location>, uri: &mut dyn FnMut(&Uri) -> bool| {
        location.as_ref().is_some_and(|location| uri(&location.id))
    };
    match field {
        Field::EventType => test(&type_name(event)),
        Field::Action => event.action().is_some_and(|action| test(action.as_str())),
        Field::BizStep => event.biz_step.as_ref().is_some_and(|step| test(term(step))),
        Field::Disposition => event
            .disposition
            .as_ref()
            .is_some_and(|value| test(term(value))),
        Field::DispositionSet | Field::DispositionUnset => {
            event.persistent_disposition.as_ref().is_some_and(|both| {
                let list: &[Term] = if field == Field::DispositionSet {
                    &both.set
                } else {
                    &both.unset
                };
                list.iter().any(|value| test(term(value)))
            })
        }
        Field::ReadPoint => place(&event.read_point, &mut uri),
        Field::BizLocation => place(&event.biz_location, &mut uri),
        Field::BizTransaction => event.biz_transactions.iter().any(|document| {
            let kind = document.kind.as_ref().map_or("", term);
            test(&pair(kind, &canonical(document.id.as_str())))
        }),
        Field::Source | Field::Destination => {
            let list = if field == Field::Source {
                &event.sources
            } else {
                &event.destinations
            };
            list.iter()
                .any(|party| test(&pair(term(&party.kind), &canonical(party.id.as_str()))))
        }
        Field::TransformationId => match &event.what {
            What::Transformation(what) => what.transformation_id.as_ref().is_some_and(uri),
            _ => false,
        },
        Field::EpcClass | Field::InputClass | Field::OutputClass => {
            let place = match field {
                Field::EpcClass => ClassPlace::Epc,
                Field::InputClass => ClassPlace::Input,
                _ => ClassPlace::Output,
            };
            quantities(event, place)
                .into_iter()
                .any(|element| uri(&element.epc_class))
        }
        Field::EventId => test(subject.id),
        Field::ErrorReason => {
            let reason = event
                .error_declaration
                .as_ref()
                .and_then(|declaration| declaration.reason.as_ref());
            reason.is_some_and(|reason| test(term(reason)))
        }
        Field::CorrectiveEventId => event.error_declaration.as_ref().is_some_and(|declaration| {
            let ids = declaration
                .corrective_event_ids
                .as_deref()
                .unwrap_or_default();
            ids.iter().any(|id| test(id.as_str()))
        }),
        Field::MeasurementType => reports(event)
            .filter_map(|report| report.kind.as_ref())
            .any(|kind| test(term(kind))),
        Field::DeviceId => {
            metadata(event)
                .filter_map(|data| data.device_id.as_ref())
                .any(&mut uri)
                || reports(event)
                    .filter_map(|report| report.device_id.as_ref())
                    .any(uri)
        }
        Field::DataProcessingMethod => {
            metadata(event)
                .filter_map(|data| data.data_processing_method.as_ref())
                .any(&mut uri)
                || reports(event)
                    .filter_map(|report| report.data_processing_method.as_ref())
                    .any(uri)
        }
        Field::BizRules => {
            metadata(event)
                .filter_map(|data| data.biz_rules.as_ref())
                .any(&mut uri)
                || reports(event)
                    .filter_map(|report| report.biz_rules.as_ref())
                    .any(uri)
        }
        Field::Microorganism => reports(event)
            .filter_map(|report| report.microorganism.as_ref())
            .any(uri),
        Field::ChemicalSubstance => reports(event)
            .filter_map(|report| report.chemical_substance.as_ref())
            .any(uri),
        Field::UriValue => reports(event)
            .filter_map(|report| report.uri_value.as_ref())
            .any(uri),
        Field::StringValue => reports(event)
            .filter_map(|report| report.string_value.as_ref())
            .any(|text| test(text)),
        Field::HexBinaryValue => reports(event)
            .filter_map(|report| report.hex_binary_value.as_ref())
            .any(|text| test(&text.to_ascii_lowercase())),
        Field::BooleanValue => reports(event)
            .filter_map(|report| report.boolean_value)
            .any(|value| test(&value.to_string())),
        Field::Issuer => test(subject.issuer),
        Field::Family => {
            let families: BTreeSet<String> = epcs(event, EpcPlace::Any)
                .into_iter()
                .filter_map(|uri| Key::parse(uri.as_str()).ok())
                .map(|key| super::pattern::family(&key))
                .collect();
            families.iter().any(|family| test(family))
        }
        Field::Extension => {
            let mut found = false;
            each_extension(event, &mut |element| found |= test(&element.name.local));
            found
        }
        Field::Has => {
            use super::Has;
            let quantity = quantities(event, ClassPlace::Any)
                .iter()
                .any(|element| element.quantity.is_some());
            quantity && test(Has::Quantity.value())
                || !event.sensor_elements.is_empty() && test(Has::Sensor.value())
                || event.error_declaration.is_some() && test(Has::ErrorDeclaration.value())
        }
    }
}

/// The extension elements at the top level of a place.
fn top(event: &Event, place: ExtensionPlace) -> Vec<&Element> {
    match place {
        ExtensionPlace::Event => event.extensions.iter().collect(),
        ExtensionPlace::Ilmd => event.ilmd().unwrap_or_default().iter().collect(),
        ExtensionPlace::ErrorDeclaration => event
            .error_declaration
            .iter()
            .flat_map(|declaration| &declaration.extensions)
            .collect(),
        ExtensionPlace::ReadPoint => event
            .read_point
            .iter()
            .flat_map(|at| &at.extensions)
            .collect(),
        ExtensionPlace::BizLocation => event
            .biz_location
            .iter()
            .flat_map(|at| &at.extensions)
            .collect(),
        ExtensionPlace::SensorElement => event
            .sensor_elements
            .iter()
            .flat_map(|sensor| &sensor.extensions)
            .collect(),
        ExtensionPlace::SensorMetadata => {
            metadata(event).flat_map(|data| &data.extensions).collect()
        }
        ExtensionPlace::SensorReport => reports(event)
            .flat_map(|report| &report.extensions)
            .collect(),
    }
}

fn extension(
    event: &Event,
    place: ExtensionPlace,
    inner: bool,
    name: &ExtensionName,
    test: &ExtensionTest,
) -> bool {
    let passes = |element: &Element| name.is(&element.name) && test.passes(element);
    let mut elements = top(event, place).into_iter();
    if !inner {
        return elements.any(passes);
    }
    let mut found = false;
    for element in elements {
        value::below(&element.value, &mut |below| found |= passes(below));
    }
    found
}

/// Calls `visit` for every extension element of an event, at every place and level.
pub(crate) fn each_extension<'a>(event: &'a Event, visit: &mut dyn FnMut(&'a Element)) {
    const PLACES: [ExtensionPlace; 8] = [
        ExtensionPlace::Event,
        ExtensionPlace::Ilmd,
        ExtensionPlace::ErrorDeclaration,
        ExtensionPlace::ReadPoint,
        ExtensionPlace::BizLocation,
        ExtensionPlace::SensorElement,
        ExtensionPlace::SensorMetadata,
        ExtensionPlace::SensorReport,
    ];
    for element in PLACES.into_iter().flat_map(|place| top(event, place)) {
        visit(element);
        value::below(&element.value, visit);
    }
}

/// The value by which [`super::Order::Extension`] sorts an event: the first one at event level.
pub(super) fn order_value(event: &Event, name: &ExtensionName) -> Option<value::Scalar> {
    let element = event
        .extensions
        .iter()
        .find(|element| name.is(&element.name))?;
    value::scalars(&element.value).into_iter().next()
}
