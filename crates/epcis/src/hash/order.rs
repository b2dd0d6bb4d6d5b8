//! The order of an event's members in the pre-hash string (CBV 2.0 §8.9.2, canonical property order).

use std::collections::BTreeSet;

use super::{element, time, value};
use crate::model::{
    Context, Decimal, Element, Event, Location, Name, Party, QuantityElement, SensorElement,
    SensorMetadata, SensorReport, Term, Time, Uri, What,
};

/// A pre-hash string under construction.
struct Text<'a> {
    text: String,
    context: &'a Context,
}

pub(super) fn event(event: &Event, context: &Context, ignored: &BTreeSet<Name>) -> String {
    let mut to = Text {
        text: String::new(),
        context,
    };
    to.push("eventType=");
    to.event_type(event);
    to.time("eventTime", Some(&event.event_time));
    to.plain("eventTimeZoneOffset", event.event_time_zone_offset.as_str());
    to.sorted(&event.certification_info, |t, uri| {
        t.uri("certificationInfo", Some(uri));
    });
    to.what(event);
    to.term("bizStep", event.biz_step.as_ref());
    to.term("disposition", event.disposition.as_ref());
    if let Some(persistent) = &event.persistent_disposition {
        to.push("persistentDisposition");
        to.sorted(&persistent.set, |t, term| t.term("set", Some(term)));
        to.sorted(&persistent.unset, |t, term| t.term("unset", Some(term)));
    }
    to.location("readPoint", event.read_point.as_ref());
    to.location("bizLocation", event.biz_location.as_ref());
    to.list(
        "sensorElementList",
        &event.sensor_elements,
        Text::sensor_element,
    );
    to.list("bizTransactionList", &event.biz_transactions, |t, entry| {
        t.term("type", entry.kind.as_ref());
        t.uri("bizTransaction", Some(&entry.id));
    });
    to.list("destinationList", &event.destinations, |t, party| {
        t.party("destination", party);
    });
    if let Some(elements) = event.ilmd() {
        to.push("ilmd");
        to.push(&element::joined(elements, context));
    }
    to.biz_rules(&event.sensor_elements);
    to.list("sourceList", &event.sources, |t, party| {
        t.party("source", party);
    });
    let kept = event
        .extensions
        .iter()
        .filter(|e| !ignored.contains(&e.name) && !is_comment(e));
    to.push(&element::joined(kept, context));
    to.text
}

/// A bare `comment` next to an event's members is no extension.
fn is_comment(element: &Element) -> bool {
    element.name.namespace.is_empty() && element.name.local == "comment"
}

impl<'a> Text<'a> {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// What `write` adds, on its own.
    fn apart(&self, write: impl FnOnce(&mut Text<'a>)) -> String {
        let mut inner = Text {
            text: String::new(),
            context: self.context,
        };
        write(&mut inner);
        inner.text
    }

    /// What `write` adds for each item, sorted.
    fn sorted<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Text<'a>, &T)) {
        let mut strings: Vec<String> = items
            .iter()
            .map(|item| self.apart(|inner| write(inner, item)))
            .collect();
        strings.sort_unstable();
        self.text.extend(strings);
    }

    /// A list under its name; nothing when it is empty.
    fn list<T>(&mut self, name: &str, items: &[T], write: impl FnMut(&mut Text<'a>, &T)) {
        if !items.is_empty() {
            self.push(name);
            self.sorted(items, write);
        }
    }

    fn plain(&mut self, key: &str, text: &str) {
        self.push(key);
        self.push("=");
        self.push(text);
    }

    fn text(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text
            && !text.trim().is_empty()
        {
            let canonical = value::canonical(text, self.context);
            self.plain(key, &canonical);
        }
    }

    fn uri(&mut self, key: &str, uri: Option<&Uri>) {
        self.text(key, uri.map(Uri::as_str));
    }

    fn number(&mut self, key: &str, number: Option<&Decimal>) {
        self.text(key, number.map(Decimal::as_str));
    }

    fn term(&mut self, key: &str, term: Option<&Term>) {
        if let Some(term) = term {
            let canonical = value::term(term, self.context);
            self.plain(key, &canonical);
        }
    }

    fn time(&mut self, key: &str, instant: Option<&Time>) {
        if let Some(instant) = instant {
            self.plain(key, &time::canonical(instant));
        }
    }

    fn event_type(&mut self, event: &Event) {
        match (&event.what, event.event_type()) {
            (_, Some(kind)) => self.push(kind.as_str()),
            (What::Extended(extended), None) if extended.name.namespace.is_empty() => {
                self.push(&extended.name.local);
            }
            (What::Extended(extended), None) => {
                let name = format!("{{{}}}{}", extended.name.namespace, extended.name.local);
                self.push(&name);
            }
            (_, None) => {}
        }
    }

    fn what(&mut self, event: &Event) {
        match &event.what {
            What::Object(what) => {
                self.epcs("epcList", &what.epcs);
                self.quantities("quantityList", &what.quantities);
            }
            What::Aggregation(what) | What::Association(what) => {
                self.uri("parentID", what.parent_id.as_ref());
                self.epcs("childEPCs", &what.child_epcs);
                self.quantities("childQuantityList", &what.child_quantities);
            }
            What::Transaction(what) => {
                self.uri("parentID", what.parent_id.as_ref());
                self.epcs("epcList", &what.epcs);
                self.quantities("quantityList", &what.quantities);
            }
            What::Transformation(what) => {
                self.epcs("inputEPCList", &what.input_epcs);
                self.quantities("inputQuantityList", &what.input_quantities);
                self.epcs("outputEPCList", &what.output_epcs);
                self.quantities("outputQuantityList", &what.output_quantities);
                self.uri("transformationID", what.transformation_id.as_ref());
            }
            What::Extended(_) => {}
        }
        if let Some(action) = event.action() {
            self.plain("action", action.as_str());
        }
    }

    fn epcs(&mut self, name: &str, epcs: &[Uri]) {
        self.list(name, epcs, |t, epc| t.uri("epc", Some(epc)));
    }

    fn quantities(&mut self, name: &str, list: &[QuantityElement]) {
        self.list(name, list, |t, element| {
            t.push("quantityElement");
            t.uri("epcClass", Some(&element.epc_class));
            t.number("quantity", element.quantity.as_ref());
            t.text("uom", element.uom.as_deref());
        });
    }

    fn location(&mut self, name: &str, location: Option<&Location>) {
        if let Some(location) = location {
            self.push(name);
            self.uri("id", Some(&location.id));
            self.extensions(&location.extensions);
        }
    }

    fn party(&mut self, key: &str, party: &Party) {
        self.term("type", Some(&party.kind));
        self.uri(key, Some(&party.id));
    }

    fn extensions(&mut self, elements: &[Element]) {
        let joined = element::joined(elements, self.context);
        self.push(&joined);
    }

    fn sensor_element(&mut self, element: &SensorElement) {
        self.push("sensorElement");
        if let Some(metadata) = &element.metadata {
            self.sensor_metadata(metadata);
        }
        self.sorted(&element.reports, Text::sensor_report);
        self.extensions(&element.extensions);
    }

    fn sensor_metadata(&mut self, metadata: &SensorMetadata) {
        let members = self.apart(|t| {
            t.time("time", metadata.time.as_ref());
            t.time("startTime", metadata.start_time.as_ref());
            t.time("endTime", metadata.end_time.as_ref());
            t.uri("deviceID", metadata.device_id.as_ref());
            t.uri("deviceMetadata", metadata.device_metadata.as_ref());
            t.uri("rawData", metadata.raw_data.as_ref());
            t.uri(
                "dataProcessingMethod",
                metadata.data_processing_method.as_ref(),
            );
            t.uri("bizRules", metadata.biz_rules.as_ref());
            t.extensions(&metadata.extensions);
        });
        if !members.is_empty() {
            self.push("sensorMetadata");
            self.push(&members);
        }
    }

    fn sensor_report(&mut self, report: &SensorReport) {
        self.push("sensorReport");
        self.term("type", report.kind.as_ref());
        self.term("exception", report.exception.as_ref());
        self.uri("deviceID", report.device_id.as_ref());
        self.uri("deviceMetadata", report.device_metadata.as_ref());
        self.uri("rawData", report.raw_data.as_ref());
        self.uri(
            "dataProcessingMethod",
            report.data_processing_method.as_ref(),
        );
        self.time("time", report.time.as_ref());
        self.uri("microorganism", report.microorganism.as_ref());
        self.uri("chemicalSubstance", report.chemical_substance.as_ref());
        self.number("value", report.value.as_ref());
        self.term("component", report.component.as_ref());
        self.text("stringValue", report.string_value.as_deref());
        if let Some(value) = report.boolean_value {
            self.plain("booleanValue", if value { "true" } else { "false" });
        }
        self.text("hexBinaryValue", report.hex_binary_value.as_deref());
        self.uri("uriValue", report.uri_value.as_ref());
        self.number("minValue", report.min_value.as_ref());
        self.number("maxValue", report.max_value.as_ref());
        self.number("meanValue", report.mean_value.as_ref());
        self.number("sDev", report.s_dev.as_ref());
        self.number("percRank", report.perc_rank.as_ref());
        self.number("percValue", report.perc_value.as_ref());
        self.text("uom", report.uom.as_deref());
        let crs = report.coordinate_reference_system.as_ref();
        self.uri("coordinateReferenceSystem", crs);
        self.extensions(&report.extensions);
    }

    /// `bizRules` of reports, which the canonical order does not list inside a report.
    fn biz_rules(&mut self, elements: &[SensorElement]) {
        let with_rules: Vec<Vec<&Uri>> = elements
            .iter()
            .map(|element| {
                element
                    .reports
                    .iter()
                    .filter_map(|r| r.biz_rules.as_ref())
                    .collect()
            })
            .filter(|rules: &Vec<&Uri>| !rules.is_empty())
            .collect();
        self.list("sensorElementList", &with_rules, |t, rules| {
            t.push("sensorElement");
            t.sorted(rules, |t, uri| {
                t.push("sensorReport");
                t.uri("bizRules", Some(uri));
            });
        });
    }
}
