//! Every value of an event that is hashed as text.

use crate::model::{Element, Event, Mixed, QuantityElement, SensorElement, Uri, Value, What};

/// Shows every identifier, term and extension text of an event.
pub(crate) fn each_value(event: &Event, show: &mut dyn FnMut(&str)) {
    let mut uris: Vec<&Uri> = event.certification_info.iter().collect();
    match &event.what {
        What::Object(what) => {
            uris.extend(&what.epcs);
            uris.extend(classes(&what.quantities));
        }
        What::Aggregation(what) | What::Association(what) => {
            uris.extend(&what.parent_id);
            uris.extend(&what.child_epcs);
            uris.extend(classes(&what.child_quantities));
        }
        What::Transaction(what) => {
            uris.extend(&what.parent_id);
            uris.extend(&what.epcs);
            uris.extend(classes(&what.quantities));
        }
        What::Transformation(what) => {
            uris.extend(what.input_epcs.iter().chain(&what.output_epcs));
            uris.extend(classes(&what.input_quantities));
            uris.extend(classes(&what.output_quantities));
            uris.extend(&what.transformation_id);
        }
        What::Extended(_) => {}
    }
    let places = [&event.read_point, &event.biz_location];
    uris.extend(places.into_iter().flatten().map(|place| &place.id));
    uris.extend(event.biz_transactions.iter().map(|entry| &entry.id));
    uris.extend(
        event
            .sources
            .iter()
            .chain(&event.destinations)
            .map(|party| &party.id),
    );
    for uri in uris {
        show(uri.as_str());
    }
    let terms = event.biz_step.iter().chain(&event.disposition);
    terms.for_each(|term| show(term.as_str()));
    if let Some(persistent) = &event.persistent_disposition {
        let terms = persistent.set.iter().chain(&persistent.unset);
        terms.for_each(|term| show(term.as_str()));
    }
    let kinds = event
        .biz_transactions
        .iter()
        .filter_map(|entry| entry.kind.as_ref());
    let parties = event
        .sources
        .iter()
        .chain(&event.destinations)
        .map(|party| &party.kind);
    kinds.chain(parties).for_each(|term| show(term.as_str()));
    event
        .sensor_elements
        .iter()
        .for_each(|element| sensor(element, show));
    for place in places.into_iter().flatten() {
        elements(&place.extensions, show);
    }
    elements(event.ilmd().unwrap_or_default(), show);
    elements(&event.extensions, show);
}

fn classes(list: &[QuantityElement]) -> impl Iterator<Item = &Uri> {
    list.iter().map(|element| &element.epc_class)
}

fn sensor(element: &SensorElement, show: &mut dyn FnMut(&str)) {
    if let Some(metadata) = &element.metadata {
        let uris = [
            &metadata.device_id,
            &metadata.device_metadata,
            &metadata.raw_data,
            &metadata.data_processing_method,
            &metadata.biz_rules,
        ];
        uris.into_iter()
            .flatten()
            .for_each(|uri| show(uri.as_str()));
        elements(&metadata.extensions, show);
    }
    for report in &element.reports {
        let terms = [&report.kind, &report.exception, &report.component];
        terms
            .into_iter()
            .flatten()
            .for_each(|term| show(term.as_str()));
        let uris = [
            &report.device_id,
            &report.device_metadata,
            &report.raw_data,
            &report.data_processing_method,
            &report.biz_rules,
            &report.microorganism,
            &report.chemical_substance,
            &report.coordinate_reference_system,
            &report.uri_value,
        ];
        uris.into_iter()
            .flatten()
            .for_each(|uri| show(uri.as_str()));
        report.string_value.iter().for_each(|text| show(text));
        elements(&report.extensions, show);
    }
    elements(&element.extensions, show);
}

fn elements(list: &[Element], show: &mut dyn FnMut(&str)) {
    for element in list {
        element
            .attributes
            .iter()
            .for_each(|attribute| show(&attribute.value));
        value(&element.value, show);
    }
}

fn value(any: &Value, show: &mut dyn FnMut(&str)) {
    match any {
        Value::Text(text) => show(text),
        Value::Object(children) => elements(children, show),
        Value::List(items) => items.iter().for_each(|item| value(item, show)),
        Value::Mixed(pieces) => {
            for piece in pieces {
                match piece {
                    Mixed::Text(text) => show(text),
                    Mixed::Element(element) => elements(std::slice::from_ref(element), show),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
