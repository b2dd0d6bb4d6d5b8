//! The document around the events.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
};

use super::{Json, WriteError, names::Names};
use crate::model::{
    Context, DocumentKind, EPCIS_CONTEXT, Element, Event, Header, MasterEntry, MasterList,
};

/// Writes a document event by event, in bounded memory.
pub struct Writer<W> {
    out: W,
    names: Names,
    expands_values: bool,
    query: bool,
    first: bool,
}

impl<W: Write> Writer<W> {
    /// Writes everything in front of the events.
    pub fn new(mut out: W, header: &Header) -> Result<Self, WriteError> {
        let query = header.kind == DocumentKind::Query;
        let mut names = Names::new(&header.context);
        let elements = header_elements(header);
        names.declare(&elements, &BTreeSet::new());
        let mut json = Json::default();
        json.open('{');
        context(&mut json, names.context());
        json.optional("id", header.id.as_ref().map(AsRef::as_ref));
        json.member(
            "type",
            if query {
                "EPCISQueryDocument"
            } else {
                "EPCISDocument"
            },
        );
        json.member("schemaVersion", "2.0");
        match &header.creation_date {
            Some(time) => json.member("creationDate", time.as_str()),
            None if query => {}
            None => return Err(WriteError::NoCreationDate),
        }
        if !query {
            json.optional("sender", header.sender.as_deref());
            json.optional("receiver", header.receiver.as_deref());
            json.optional("instanceIdentifier", header.instance_identifier.as_deref());
            epcis_header(&mut json, header, &names);
        }
        let extensions: Vec<&Element> = header.extensions.iter().collect();
        super::event::members(&mut json, &names, &extensions);
        json.key("epcisBody");
        json.open('{');
        if query {
            let info = header.query.as_ref();
            json.key("queryResults");
            json.open('{');
            json.optional(
                "subscriptionID",
                info.and_then(|q| q.subscription_id.as_deref()),
            );
            json.member("queryName", info.map_or("", |q| q.name.as_str()));
            json.key("resultsBody");
            json.open('{');
            if let Some(lists) = &header.master_data {
                json.list("vocabularyList", lists, |json, list| {
                    master_list(json, list, &names);
                });
            }
        }
        json.key("eventList");
        json.open('[');
        out.write_all(json.text.as_bytes())?;
        Ok(Self {
            out,
            names,
            expands_values: header.context.expands_values,
            query,
            first: true,
        })
    }

    /// Writes one event.
    pub fn event(&mut self, event: &Event) -> Result<(), WriteError> {
        let text = super::event::event(event, &self.names, self.expands_values);
        self.out
            .write_all(if self.first { b"\n" } else { b",\n" })?;
        self.first = false;
        self.out.write_all(text.as_bytes())?;
        Ok(())
    }

    /// Writes everything behind the events and gives the output back.
    pub fn finish(mut self) -> Result<W, WriteError> {
        let end: &[u8] = if self.query { b"]}}}}\n" } else { b"]}}\n" };
        self.out.write_all(end)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// One event as a JSON object of its own, with the `@context` it needs.
///
/// `document` is the context of the document it was read from.
pub fn event(event: &Event, document: &Context) -> String {
    let mut whole = event.clone();
    let own = event.context.clone().unwrap_or_default();
    let mut merged = Names::new(&crate::build::merge(document, &own))
        .context()
        .clone();
    if !merged.remote.iter().any(|url| is_epcis(url)) {
        merged.remote.insert(0, EPCIS_CONTEXT.to_owned());
    }
    merged
        .other
        .retain(|(_, value)| *value != crate::model::Value::Null);
    whole.context = Some(merged);
    super::event::event(&whole, &Names::default(), document.expands_values)
}

fn is_epcis(url: &str) -> bool {
    url.ends_with("epcis-context.jsonld")
}

/// `@context` of a document.
fn context(json: &mut Json, context: &Context) {
    json.key("@context");
    json.open('[');
    if !context.remote.iter().any(|url| is_epcis(url)) {
        json.string(EPCIS_CONTEXT);
    }
    for url in &context.remote {
        json.string(url);
    }
    super::event::definitions(json, context, &BTreeMap::new());
    json.close(']');
}

fn header_elements(header: &Header) -> Vec<&Element> {
    let mut elements: Vec<&Element> = header.sbdh.iter().collect();
    elements.extend(&header.header_extensions);
    elements.extend(&header.extensions);
    for list in header.master_data.iter().flatten() {
        elements.extend(&list.extensions);
        for entry in &list.entries {
            elements.extend(&entry.extensions);
            for attribute in &entry.attributes {
                if let crate::model::Value::Object(children) = &attribute.value {
                    elements.extend(children);
                }
            }
        }
    }
    elements
}

fn epcis_header(json: &mut Json, header: &Header, names: &Names) {
    let mut extensions: Vec<&Element> = header.sbdh.iter().collect();
    extensions.extend(&header.header_extensions);
    if header.master_data.is_none() && extensions.is_empty() {
        return;
    }
    json.key("epcisHeader");
    json.open('{');
    if let Some(lists) = &header.master_data {
        json.key("epcisMasterData");
        json.open('{');
        json.list("vocabularyList", lists, |json, list| {
            master_list(json, list, names);
        });
        json.close('}');
    }
    super::event::members(json, names, &extensions);
    json.close('}');
}

fn master_list(json: &mut Json, list: &MasterList, names: &Names) {
    json.open('{');
    json.member("type", list.kind.as_str());
    json.list("vocabularyElementList", &list.entries, |json, entry| {
        master_entry(json, entry, names);
    });
    super::event::members(json, names, &list.extensions.iter().collect::<Vec<_>>());
    json.close('}');
}

fn master_entry(json: &mut Json, entry: &MasterEntry, names: &Names) {
    json.open('{');
    json.member("id", entry.id.as_str());
    json.list("attributes", &entry.attributes, |json, attribute| {
        json.open('{');
        json.member("id", attribute.id.as_str());
        json.key("attribute");
        super::event::value(json, names, &attribute.value);
        json.close('}');
    });
    json.list("children", &entry.children, |json, child| {
        json.string(child.as_str());
    });
    super::event::members(json, names, &entry.extensions.iter().collect::<Vec<_>>());
    json.close('}');
}
