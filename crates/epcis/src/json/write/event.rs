//! Events and their extension elements.

use std::collections::{BTreeMap, BTreeSet};

use super::{Json, names::Names};
use crate::model::{
    Action, Context, Decimal, Element, ErrorDeclaration, Event, Location, Mixed,
    PersistentDisposition, QuantityElement, SensorElement, SensorMetadata, SensorReport, Term,
    Time, Uri, Value, What,
};

/// An event as a JSON object.
pub(super) fn event(event: &Event, outer: &Names, expands_values: bool) -> String {
    let mut names = match &event.context {
        Some(own) => outer.within(own),
        None => outer.clone(),
    };
    let schemes = if expands_values {
        BTreeSet::new()
    } else {
        value_schemes(event)
    };
    let made = names.declare(&event_elements(event), &schemes);
    let mut json = Json::default();
    json.open('{');
    own_context(&mut json, event.context.as_ref(), &made);
    match (&event.what, event.event_type()) {
        (What::Extended(extended), _) => {
            let name = names.key(&extended.name);
            json.member("type", name.as_deref().unwrap_or(&extended.name.local));
        }
        (_, Some(kind)) => json.member("type", kind.as_str()),
        (_, None) => {}
    }
    json.optional("eventID", event.event_id.as_ref().map(AsRef::as_ref));
    time(&mut json, "eventTime", Some(&event.event_time));
    time(&mut json, "recordTime", event.record_time.as_ref());
    json.member("eventTimeZoneOffset", event.event_time_zone_offset.as_str());
    match event.certification_info.as_slice() {
        [one] => json.member("certificationInfo", one.as_str()),
        many => uris(&mut json, "certificationInfo", many),
    }
    if let Some(declaration) = &event.error_declaration {
        error_declaration(&mut json, declaration, &names);
    }
    what(&mut json, event, &names);
    term(&mut json, "bizStep", event.biz_step.as_ref());
    term(&mut json, "disposition", event.disposition.as_ref());
    if let Some(persistent) = &event.persistent_disposition {
        persistent_disposition(&mut json, persistent);
    }
    location(&mut json, "readPoint", event.read_point.as_ref(), &names);
    location(
        &mut json,
        "bizLocation",
        event.biz_location.as_ref(),
        &names,
    );
    json.list(
        "bizTransactionList",
        &event.biz_transactions,
        |json, entry| {
            json.open('{');
            term(json, "type", entry.kind.as_ref());
            json.member("bizTransaction", entry.id.as_str());
            json.close('}');
        },
    );
    for (list, key, parties) in [
        ("sourceList", "source", &event.sources),
        ("destinationList", "destination", &event.destinations),
    ] {
        json.list(list, parties, |json, party| {
            json.open('{');
            term(json, "type", Some(&party.kind));
            json.member(key, party.id.as_str());
            json.close('}');
        });
    }
    json.list(
        "sensorElementList",
        &event.sensor_elements,
        |json, element| {
            sensor_element(json, element, &names);
        },
    );
    members(
        &mut json,
        &names,
        &event.extensions.iter().collect::<Vec<_>>(),
    );
    json.close('}');
    json.text
}

/// The `@context` of an event: its own, and what the writer had to declare.
fn own_context(json: &mut Json, own: Option<&Context>, made: &BTreeMap<String, Option<String>>) {
    if own.is_none() && made.is_empty() {
        return;
    }
    json.key("@context");
    json.open('[');
    let empty = Context::default();
    let own = own.unwrap_or(&empty);
    for url in &own.remote {
        json.string(url);
    }
    definitions(json, own, made);
    json.close(']');
}

/// The definitions of a context as one object; nothing when there are none.
pub(super) fn definitions(
    json: &mut Json,
    context: &Context,
    made: &BTreeMap<String, Option<String>>,
) {
    let nothing = context.prefixes.is_empty()
        && context.vocab.is_none()
        && context.other.is_empty()
        && made.is_empty();
    if nothing {
        return;
    }
    json.open('{');
    json.optional("@vocab", context.vocab.as_deref());
    for (prefix, namespace) in &context.prefixes {
        if !made.contains_key(prefix) {
            json.member(prefix, namespace);
        }
    }
    for (key, definition) in &context.other {
        if !made.contains_key(key) {
            json.key(key);
            value(json, &Names::default(), definition);
        }
    }
    for (prefix, namespace) in made {
        json.key(prefix);
        match namespace {
            Some(namespace) => json.string(namespace),
            None => json.raw("null"),
        }
    }
    json.close('}');
}

fn what(json: &mut Json, event: &Event, names: &Names) {
    match &event.what {
        What::Object(what) => {
            json.member("action", what.action.as_str());
            objects(json, what.action, &what.epcs, &what.quantities);
            ilmd(json, what.ilmd.as_deref(), names);
        }
        What::Aggregation(what) | What::Association(what) => {
            json.member("action", what.action.as_str());
            json.optional("parentID", what.parent_id.as_ref().map(AsRef::as_ref));
            uris(json, "childEPCs", &what.child_epcs);
            quantities(json, "childQuantityList", &what.child_quantities);
        }
        What::Transaction(what) => {
            json.member("action", what.action.as_str());
            json.optional("parentID", what.parent_id.as_ref().map(AsRef::as_ref));
            objects(json, what.action, &what.epcs, &what.quantities);
        }
        What::Transformation(what) => {
            uris(json, "inputEPCList", &what.input_epcs);
            quantities(json, "inputQuantityList", &what.input_quantities);
            uris(json, "outputEPCList", &what.output_epcs);
            quantities(json, "outputQuantityList", &what.output_quantities);
            let id = what.transformation_id.as_ref().map(AsRef::as_ref);
            json.optional("transformationID", id);
            ilmd(json, what.ilmd.as_deref(), names);
        }
        What::Extended(_) => {}
    }
}

/// `epcList` and `quantityList`; the schema wants one of them even when both are empty.
fn objects(json: &mut Json, action: Action, epcs: &[Uri], classes: &[QuantityElement]) {
    if epcs.is_empty() && classes.is_empty() && action != Action::Delete {
        json.key("epcList");
        json.open('[');
        json.close(']');
    }
    uris(json, "epcList", epcs);
    quantities(json, "quantityList", classes);
}

fn uris(json: &mut Json, key: &str, list: &[Uri]) {
    json.list(key, list, |json, uri| json.string(uri.as_str()));
}

fn quantities(json: &mut Json, key: &str, list: &[QuantityElement]) {
    json.list(key, list, |json, element| {
        json.open('{');
        json.member("epcClass", element.epc_class.as_str());
        number(json, "quantity", element.quantity.as_ref());
        json.optional("uom", element.uom.as_deref());
        json.close('}');
    });
}

fn number(json: &mut Json, key: &str, number: Option<&Decimal>) {
    if let Some(number) = number {
        json.key(key);
        plain_number(json, number);
    }
}

fn plain_number(json: &mut Json, number: &Decimal) {
    json.raw(if number.is_json() {
        number.as_str()
    } else {
        number.canonical()
    });
}

fn time(json: &mut Json, key: &str, time: Option<&Time>) {
    json.optional(key, time.map(Time::as_str));
}

fn term(json: &mut Json, key: &str, term: Option<&Term>) {
    json.optional(key, term.map(Term::json));
}

fn uri(json: &mut Json, key: &str, uri: Option<&Uri>) {
    json.optional(key, uri.map(Uri::as_str));
}

fn ilmd(json: &mut Json, elements: Option<&[Element]>, names: &Names) {
    if let Some(elements) = elements {
        json.key("ilmd");
        object(json, names, &elements.iter().collect::<Vec<_>>());
    }
}

fn location(json: &mut Json, key: &str, location: Option<&Location>, names: &Names) {
    if let Some(location) = location {
        json.key(key);
        json.open('{');
        json.member("id", location.id.as_str());
        members(json, names, &location.extensions.iter().collect::<Vec<_>>());
        json.close('}');
    }
}

fn persistent_disposition(json: &mut Json, persistent: &PersistentDisposition) {
    json.key("persistentDisposition");
    json.open('{');
    json.list("set", &persistent.set, |json, term| {
        json.string(term.json());
    });
    json.list("unset", &persistent.unset, |json, term| {
        json.string(term.json());
    });
    json.close('}');
}

fn error_declaration(json: &mut Json, declaration: &ErrorDeclaration, names: &Names) {
    json.key("errorDeclaration");
    json.open('{');
    time(json, "declarationTime", Some(&declaration.declaration_time));
    term(json, "reason", declaration.reason.as_ref());
    if let Some(ids) = &declaration.corrective_event_ids {
        json.key("correctiveEventIDs");
        json.open('[');
        for id in ids {
            json.string(id.as_str());
        }
        json.close(']');
    }
    members(
        json,
        names,
        &declaration.extensions.iter().collect::<Vec<_>>(),
    );
    json.close('}');
}

fn sensor_element(json: &mut Json, element: &SensorElement, names: &Names) {
    json.open('{');
    if let Some(metadata) = &element.metadata {
        sensor_metadata(json, metadata, names);
    }
    json.list("sensorReport", &element.reports, |json, report| {
        sensor_report(json, report, names);
    });
    members(json, names, &element.extensions.iter().collect::<Vec<_>>());
    json.close('}');
}

fn sensor_metadata(json: &mut Json, metadata: &SensorMetadata, names: &Names) {
    json.key("sensorMetadata");
    json.open('{');
    time(json, "time", metadata.time.as_ref());
    time(json, "startTime", metadata.start_time.as_ref());
    time(json, "endTime", metadata.end_time.as_ref());
    uri(json, "deviceID", metadata.device_id.as_ref());
    uri(json, "deviceMetadata", metadata.device_metadata.as_ref());
    uri(json, "rawData", metadata.raw_data.as_ref());
    uri(
        json,
        "dataProcessingMethod",
        metadata.data_processing_method.as_ref(),
    );
    uri(json, "bizRules", metadata.biz_rules.as_ref());
    members(json, names, &metadata.extensions.iter().collect::<Vec<_>>());
    json.close('}');
}

fn sensor_report(json: &mut Json, report: &SensorReport, names: &Names) {
    json.open('{');
    term(json, "type", report.kind.as_ref());
    term(json, "exception", report.exception.as_ref());
    uri(json, "deviceID", report.device_id.as_ref());
    uri(json, "deviceMetadata", report.device_metadata.as_ref());
    uri(json, "rawData", report.raw_data.as_ref());
    uri(
        json,
        "dataProcessingMethod",
        report.data_processing_method.as_ref(),
    );
    uri(json, "bizRules", report.biz_rules.as_ref());
    time(json, "time", report.time.as_ref());
    uri(json, "microorganism", report.microorganism.as_ref());
    uri(
        json,
        "chemicalSubstance",
        report.chemical_substance.as_ref(),
    );
    uri(
        json,
        "coordinateReferenceSystem",
        report.coordinate_reference_system.as_ref(),
    );
    number(json, "value", report.value.as_ref());
    term(json, "component", report.component.as_ref());
    json.optional("stringValue", report.string_value.as_deref());
    if let Some(value) = report.boolean_value {
        json.key("booleanValue");
        json.raw(if value { "true" } else { "false" });
    }
    json.optional("hexBinaryValue", report.hex_binary_value.as_deref());
    uri(json, "uriValue", report.uri_value.as_ref());
    number(json, "minValue", report.min_value.as_ref());
    number(json, "maxValue", report.max_value.as_ref());
    number(json, "meanValue", report.mean_value.as_ref());
    number(json, "sDev", report.s_dev.as_ref());
    number(json, "percRank", report.perc_rank.as_ref());
    number(json, "percValue", report.perc_value.as_ref());
    json.optional("uom", report.uom.as_deref());
    members(json, names, &report.extensions.iter().collect::<Vec<_>>());
    json.close('}');
}

/// Elements as an object.
fn object(json: &mut Json, names: &Names, elements: &[&Element]) {
    json.open('{');
    members(json, names, elements);
    json.close('}');
}

/// Elements as members of the object that is open; siblings of one name become one list.
pub(super) fn members(json: &mut Json, names: &Names, elements: &[&Element]) {
    let keys: Vec<String> = elements
        .iter()
        .map(|element| key(names, &element.name))
        .collect();
    let mut groups: BTreeMap<&str, Vec<&Element>> = BTreeMap::new();
    for (key, element) in keys.iter().zip(elements) {
        groups.entry(key).or_default().push(element);
    }
    for key in &keys {
        // the first of its siblings writes them all
        let Some(group) = groups.remove(key.as_str()) else {
            continue;
        };
        json.key(key);
        if let [one] = group.as_slice() {
            element_value(json, names, one);
            continue;
        }
        json.open('[');
        for element in group {
            match &element.value {
                Value::List(items) => items.iter().for_each(|item| value(json, names, item)),
                _ => element_value(json, names, element),
            }
        }
        json.close(']');
    }
}

fn key(names: &Names, name: &crate::model::Name) -> String {
    names
        .key(name)
        .unwrap_or_else(|| format!("{}{}", name.namespace, name.local))
}

/// The value of an element: its own, or an object when it has attributes.
fn element_value(json: &mut Json, names: &Names, element: &Element) {
    let attributes: Vec<Element> = element
        .attributes
        .iter()
        .filter(|attribute| !attribute.name.is_schema_instance())
        .map(|attribute| Element::text(attribute.name.clone(), attribute.value.clone()))
        .collect();
    if attributes.is_empty() {
        return value(json, names, &element.value);
    }
    let mut all: Vec<&Element> = attributes.iter().collect();
    let content = match &element.value {
        Value::Object(children) => {
            all.extend(children);
            None
        }
        Value::Text(text) if text.is_empty() => None,
        Value::Mixed(_) => Some("#mixed"),
        _ => Some("#text"),
    };
    json.open('{');
    members(json, names, &all);
    if let Some(key) = content {
        json.key(key);
        match &element.value {
            Value::Mixed(pieces) => mixed(json, names, pieces),
            other => value(json, names, other),
        }
    }
    json.close('}');
}

/// Any value.
pub(super) fn value(json: &mut Json, names: &Names, any: &Value) {
    match any {
        Value::Null => json.raw("null"),
        Value::Bool(true) => json.raw("true"),
        Value::Bool(false) => json.raw("false"),
        Value::Number(number) => plain_number(json, number),
        Value::Text(text) => json.string(text),
        Value::Object(children) => object(json, names, &children.iter().collect::<Vec<_>>()),
        Value::List(items) => {
            json.open('[');
            for item in items {
                value(json, names, item);
            }
            json.close(']');
        }
        Value::Mixed(pieces) => {
            json.open('{');
            json.key("#mixed");
            mixed(json, names, pieces);
            json.close('}');
        }
    }
}

fn mixed(json: &mut Json, names: &Names, pieces: &[Mixed]) {
    json.open('[');
    for piece in pieces {
        match piece {
            Mixed::Text(text) => json.string(text),
            Mixed::Element(element) => object(json, names, &[element]),
        }
    }
    json.close(']');
}

/// Every extension element of an event.
fn event_elements(event: &Event) -> Vec<&Element> {
    let mut elements: Vec<&Element> = event.extensions.iter().collect();
    elements.extend(event.ilmd().into_iter().flatten());
    for location in [&event.read_point, &event.biz_location]
        .into_iter()
        .flatten()
    {
        elements.extend(&location.extensions);
    }
    if let Some(declaration) = &event.error_declaration {
        elements.extend(&declaration.extensions);
    }
    for element in &event.sensor_elements {
        elements.extend(&element.extensions);
        elements.extend(element.metadata.iter().flat_map(|m| &m.extensions));
        elements.extend(element.reports.iter().flat_map(|r| &r.extensions));
    }
    elements
}

/// The schemes of all values that a JSON-LD processor would take for prefixes if it knew them.
fn value_schemes(event: &Event) -> BTreeSet<String> {
    let mut schemes = BTreeSet::new();
    crate::hash::each_value(event, &mut |text| {
        if let Some((scheme, rest)) = text.split_once(':')
            && !rest.starts_with("//")
        {
            schemes.insert(scheme.to_owned());
        }
    });
    schemes
}
