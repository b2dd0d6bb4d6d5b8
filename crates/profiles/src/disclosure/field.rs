//! An event as a list of fields: paths in the names of EPCIS 2.0 JSON, and canonical texts.
//!
//! Extension elements have their namespace in the path, `/ilmd/{urn:epcglobal:cbv:mda}lotNumber`, and their place where a name
//! is repeated among siblings, as in a list: `/{https:~1~1example.org~1}note/1` for the second. The fields are those of the event as its
//! payload gives it back, so that whoever keeps the payload can show them.

use std::{collections::BTreeMap, fmt::Write as _};

use pangolin_epcis::{
    Event,
    model::{
        Action, Decimal, Element, Location, Mixed, Name, QuantityElement, SensorElement,
        SensorMetadata, SensorReport, Term, Time, Uri, Value, What,
    },
};
use pangolin_gs1::Key;

use crate::capture;

/// A field of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Where it stands: `/epcList/17`.
    pub path: String,
    /// Its canonical text.
    pub value: String,
}

/// The fields of an event, in the order of the commitment.
pub fn fields(event: &Event) -> Vec<Field> {
    let mut list = Vec::new();
    each(event, &mut |path, value| {
        list.push(Field {
            path: path.to_owned(),
            value: value.to_owned(),
        });
    });
    list
}

/// Calls `visit` with path and value of each field.
pub(super) fn each(event: &Event, visit: &mut dyn FnMut(&str, &str)) {
    let mut walk = Walk {
        path: String::new(),
        text: String::new(),
        visit,
    };
    walk.event(event);
}

struct Walk<'v> {
    path: String,
    text: String,
    visit: &'v mut dyn FnMut(&str, &str),
}

impl Walk<'_> {
    fn at(&mut self, piece: &str, work: impl FnOnce(&mut Self)) {
        let before = self.path.len();
        self.path.push('/');
        self.path.push_str(piece);
        work(self);
        self.path.truncate(before);
    }

    fn nth(&mut self, index: usize, work: impl FnOnce(&mut Self)) {
        let before = self.path.len();
        // Writing to a String cannot fail.
        let _ = write!(self.path, "/{index}");
        work(self);
        self.path.truncate(before);
    }

    fn say(&mut self, value: &str) {
        (self.visit)(&self.path, value);
    }

    fn text(&mut self, piece: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.at(piece, |walk| walk.say(value));
        }
    }

    fn time(&mut self, piece: &str, time: Option<&Time>) {
        if let Some(time) = time {
            self.at(piece, |walk| walk.say(&canonical_time(time)));
        }
    }

    fn term(&mut self, piece: &str, term: Option<&Term>) {
        if let Some(term) = term {
            self.at(piece, |walk| walk.say(&term.web_uri()));
        }
    }

    fn uri(&mut self, piece: &str, uri: Option<&Uri>) {
        if let Some(uri) = uri {
            self.at(piece, |walk| walk.identifier(uri));
        }
    }

    fn number(&mut self, piece: &str, number: Option<&Decimal>) {
        self.text(piece, number.map(Decimal::canonical));
    }

    /// The canonical URI, or the text as written where it is no identifier known here.
    fn identifier(&mut self, uri: &Uri) {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        if !capture::id::write_canonical(uri.as_str(), &mut text) {
            match Key::parse(uri.as_str()) {
                Ok(key) => text.push_str(&key.canonical()),
                Err(_) => text.push_str(uri.as_str()),
            }
        }
        (self.visit)(&self.path, &text);
        self.text = text;
    }

    fn uris(&mut self, piece: &str, list: &[Uri]) {
        self.at(piece, |walk| {
            for (index, uri) in list.iter().enumerate() {
                walk.nth(index, |walk| walk.identifier(uri));
            }
        });
    }

    fn terms(&mut self, piece: &str, list: &[Term]) {
        self.at(piece, |walk| {
            for (index, term) in list.iter().enumerate() {
                walk.nth(index, |walk| walk.say(&term.web_uri()));
            }
        });
    }

    fn quantities(&mut self, piece: &str, list: &[QuantityElement]) {
        self.at(piece, |walk| {
            for (index, line) in list.iter().enumerate() {
                walk.nth(index, |walk| {
                    walk.uri("epcClass", Some(&line.epc_class));
                    walk.number("quantity", line.quantity.as_ref());
                    walk.text("uom", line.uom.as_deref());
                });
            }
        });
    }

    fn event(&mut self, event: &Event) {
        let kind = match &event.what {
            What::Extended(what) => what.name.local.as_str(),
            _ => event.event_type().map_or("", |kind| kind.as_str()),
        };
        self.text("type", Some(kind));
        self.time("eventTime", Some(&event.event_time));
        self.text(
            "eventTimeZoneOffset",
            Some(event.event_time_zone_offset.as_str()),
        );
        self.time("recordTime", event.record_time.as_ref());
        self.uri("eventID", event.event_id.as_ref());
        self.text("action", event.action().map(Action::as_str));
        self.what(&event.what);
        self.term("bizStep", event.biz_step.as_ref());
        self.term("disposition", event.disposition.as_ref());
        if let Some(persistent) = &event.persistent_disposition {
            self.at("persistentDisposition", |walk| {
                walk.terms("set", &persistent.set);
                walk.terms("unset", &persistent.unset);
            });
        }
        self.location("readPoint", event.read_point.as_ref());
        self.location("bizLocation", event.biz_location.as_ref());
        self.at("bizTransactionList", |walk| {
            for (index, document) in event.biz_transactions.iter().enumerate() {
                walk.nth(index, |walk| {
                    walk.term("type", document.kind.as_ref());
                    walk.uri("bizTransaction", Some(&document.id));
                });
            }
        });
        for (list, piece, member) in [
            (&event.sources, "sourceList", "source"),
            (&event.destinations, "destinationList", "destination"),
        ] {
            self.at(piece, |walk| {
                for (index, party) in list.iter().enumerate() {
                    walk.nth(index, |walk| {
                        walk.term("type", Some(&party.kind));
                        walk.uri(member, Some(&party.id));
                    });
                }
            });
        }
        if let Some(ilmd) = event.ilmd() {
            self.at("ilmd", |walk| walk.elements(ilmd));
        }
        self.at("sensorElementList", |walk| {
            for (index, element) in event.sensor_elements.iter().enumerate() {
                walk.nth(index, |walk| walk.sensor(element));
            }
        });
        self.uris("certificationInfo", &event.certification_info);
        self.elements(&event.extensions);
    }

    fn what(&mut self, what: &What) {
        match what {
            What::Object(what) => {
                self.uris("epcList", &what.epcs);
                self.quantities("quantityList", &what.quantities);
            }
            What::Aggregation(what) | What::Association(what) => {
                self.uri("parentID", what.parent_id.as_ref());
                self.uris("childEPCs", &what.child_epcs);
                self.quantities("childQuantityList", &what.child_quantities);
            }
            What::Transaction(what) => {
                self.uri("parentID", what.parent_id.as_ref());
                self.uris("epcList", &what.epcs);
                self.quantities("quantityList", &what.quantities);
            }
            What::Transformation(what) => {
                self.uris("inputEPCList", &what.input_epcs);
                self.quantities("inputQuantityList", &what.input_quantities);
                self.uris("outputEPCList", &what.output_epcs);
                self.quantities("outputQuantityList", &what.output_quantities);
                self.uri("transformationID", what.transformation_id.as_ref());
            }
            What::Extended(_) => {}
        }
    }

    fn location(&mut self, piece: &str, location: Option<&Location>) {
        if let Some(location) = location {
            self.at(piece, |walk| {
                walk.uri("id", Some(&location.id));
                walk.elements(&location.extensions);
            });
        }
    }

    fn sensor(&mut self, element: &SensorElement) {
        if let Some(metadata) = &element.metadata {
            self.at("sensorMetadata", |walk| walk.metadata(metadata));
        }
        self.at("sensorReport", |walk| {
            for (index, report) in element.reports.iter().enumerate() {
                walk.nth(index, |walk| walk.report(report));
            }
        });
        self.elements(&element.extensions);
    }

    fn metadata(&mut self, metadata: &SensorMetadata) {
        self.time("time", metadata.time.as_ref());
        self.time("startTime", metadata.start_time.as_ref());
        self.time("endTime", metadata.end_time.as_ref());
        self.uri("deviceID", metadata.device_id.as_ref());
        self.uri("deviceMetadata", metadata.device_metadata.as_ref());
        self.uri("rawData", metadata.raw_data.as_ref());
        self.uri(
            "dataProcessingMethod",
            metadata.data_processing_method.as_ref(),
        );
        self.uri("bizRules", metadata.biz_rules.as_ref());
        self.elements(&metadata.extensions);
    }

    fn report(&mut self, report: &SensorReport) {
        self.term("type", report.kind.as_ref());
        self.term("exception", report.exception.as_ref());
        self.uri("deviceID", report.device_id.as_ref());
        self.uri("deviceMetadata", report.device_metadata.as_ref());
        self.uri("rawData", report.raw_data.as_ref());
        self.uri(
            "dataProcessingMethod",
            report.data_processing_method.as_ref(),
        );
        self.uri("bizRules", report.biz_rules.as_ref());
        self.time("time", report.time.as_ref());
        self.uri("microorganism", report.microorganism.as_ref());
        self.uri("chemicalSubstance", report.chemical_substance.as_ref());
        self.uri(
            "coordinateReferenceSystem",
            report.coordinate_reference_system.as_ref(),
        );
        self.number("value", report.value.as_ref());
        self.term("component", report.component.as_ref());
        self.text("stringValue", report.string_value.as_deref());
        self.text("booleanValue", report.boolean_value.map(flag));
        self.text("hexBinaryValue", report.hex_binary_value.as_deref());
        self.uri("uriValue", report.uri_value.as_ref());
        self.number("minValue", report.min_value.as_ref());
        self.number("maxValue", report.max_value.as_ref());
        self.number("meanValue", report.mean_value.as_ref());
        self.number("sDev", report.s_dev.as_ref());
        self.number("percRank", report.perc_rank.as_ref());
        self.number("percValue", report.perc_value.as_ref());
        self.text("uom", report.uom.as_deref());
        self.elements(&report.extensions);
    }

    /// Elements of one name stand together, as a list where there are several: so both syntaxes have the same fields.
    fn elements(&mut self, elements: &[Element]) {
        let mut groups: Vec<(&Name, Vec<&Element>)> = Vec::new();
        let mut places: BTreeMap<&Name, usize> = BTreeMap::new();
        for element in elements {
            let place = *places.entry(&element.name).or_insert(groups.len());
            match groups.get_mut(place) {
                Some((_, group)) => group.push(element),
                None => groups.push((&element.name, vec![element])),
            }
        }
        for (name, group) in groups {
            let piece = escape(&format!("{{{}}}{}", name.namespace, name.local));
            self.at(&piece, |walk| match group.as_slice() {
                [one] => walk.element(one),
                several => {
                    for (index, one) in several.iter().enumerate() {
                        walk.nth(index, |walk| walk.element(one));
                    }
                }
            });
        }
    }

    fn element(&mut self, element: &Element) {
        for attribute in &element.attributes {
            let name = format!("@{{{}}}{}", attribute.name.namespace, attribute.name.local);
            self.text(&escape(&name), Some(&attribute.value));
        }
        self.value(&element.value);
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.say("null"),
            Value::Bool(value) => self.say(flag(*value)),
            Value::Number(number) => self.say(number.canonical()),
            Value::Text(text) => self.say(text),
            Value::Object(elements) => self.elements(elements),
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.nth(index, |walk| walk.value(item));
                }
            }
            Value::Mixed(pieces) => {
                for (index, piece) in pieces.iter().enumerate() {
                    self.nth(index, |walk| match piece {
                        Mixed::Text(text) => walk.say(text),
                        Mixed::Element(element) => walk.elements(std::slice::from_ref(element)),
                    });
                }
            }
        }
    }
}

const fn flag(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// UTC with milliseconds, as in the event hash (CBV 2.0 §8.9.2).
fn canonical_time(time: &Time) -> String {
    format!("{:.3}", time.instant())
}

/// Escapes what separates pieces of a path (RFC 6901 §3).
fn escape(piece: &str) -> String {
    piece.replace('~', "~0").replace('/', "~1")
}
