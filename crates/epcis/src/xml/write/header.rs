//! What surrounds the events: root, header, master data, the wrappers of the body.

use super::loss::LossKind;
use super::out::Out;
use super::{Carry, Version};
use crate::model::{
    DocumentKind, Element, Header, MasterAttribute, MasterEntry, MasterList, Name, Value,
};
use crate::xml::header::SBDH;

/// Namespace and name of the document member that lists what the event hash leaves out.
const REPOSITORY: &str = "https://repository-x.example.com/";
const IGNORE_FIELDS: &str = "ignoreFields";
/// Element of a master data attribute.
const ATTRIBUTE: &str = "attribute";

impl Out<'_> {
    /// Opens the document up to and with `EventList`.
    pub(super) fn begin(&mut self, header: &Header) {
        let is_query = header.kind == DocumentKind::Query;
        let (prefix, root) = if is_query {
            ("epcisq", "epcisq:EPCISQueryDocument")
        } else {
            ("epcis", "epcis:EPCISDocument")
        };
        self.markup.declaration();
        self.markup.open(root);
        self.markup
            .declare(prefix, self.version.namespace(is_query));
        for (declared, namespace) in &header.context.prefixes {
            self.root_prefix(prefix, declared, namespace);
        }
        self.markup
            .attribute("schemaVersion", self.version.as_str());
        if let Some(date) = &header.creation_date {
            self.markup.attribute("creationDate", date.as_str());
        }
        self.header_losses(header);
        self.header(header);
        self.markup.open("EPCISBody");
        if is_query {
            self.markup.open("epcisq:QueryResults");
            let query = header.query.clone().unwrap_or_default();
            self.plain("queryName", &query.name);
            if let Some(subscription) = &query.subscription_id {
                self.plain("subscriptionID", subscription);
            }
            self.markup.open("resultsBody");
        }
        self.markup.open("EventList");
    }

    /// Closes everything that [`Self::begin`] opened.
    pub(super) fn end(&mut self, header: &Header) {
        let wrappers = if header.kind == DocumentKind::Query {
            4
        } else {
            2
        };
        for _ in 0..wrappers {
            self.markup.close();
        }
        let extensions: Vec<Element> = header
            .extensions
            .iter()
            .map(|element| {
                self.ignored_fields(element)
                    .unwrap_or_else(|| element.clone())
            })
            .collect();
        self.extended_elements(&extensions, "extension");
        self.markup.close();
    }

    /// The fields that a repository leaves out of the event hash: names as text in JSON, as elements in XML.
    fn ignored_fields(&self, element: &Element) -> Option<Element> {
        let is_list = element.name.namespace == REPOSITORY && element.name.local == IGNORE_FIELDS;
        let names = match &element.value {
            Value::List(names) if is_list => names.as_slice(),
            value @ Value::Text(_) if is_list => std::slice::from_ref(value),
            _ => return None,
        };
        let name_of = |value: &Value| {
            let Value::Text(text) = value else {
                return None;
            };
            let resolved = text.split_once(':').and_then(|(prefix, local)| {
                let namespace = self.context.namespace(prefix)?;
                Some(Name::prefixed(prefix, namespace, local))
            });
            Some(resolved.unwrap_or_else(|| Name::bare("", text.as_str())))
        };
        let fields = names.iter().filter_map(name_of);
        let fields = fields.map(|name| Element::text(name, "")).collect();
        Some(Element::new(element.name.clone(), Value::Object(fields)))
    }

    /// Declares a prefix of the document at the root, where XML allows it.
    fn root_prefix(&mut self, own: &str, prefix: &str, namespace: &str) {
        let is_writable = crate::xml::chars::is_ncname(prefix)
            && !prefix.to_ascii_lowercase().starts_with("xml")
            && prefix != own
            && !namespace.is_empty()
            && namespace.chars().all(crate::xml::chars::is_char);
        if is_writable {
            self.markup.declare(prefix, namespace);
        }
        // Any other prefix is declared where it is used, under a name that XML allows.
    }

    fn header_losses(&mut self, header: &Header) {
        let dropped = [
            ("id", header.id.is_some(), "the identifier of the document"),
            (
                "@context",
                !header.context.other.is_empty(),
                "term definitions of the JSON-LD context",
            ),
        ];
        for (member, is_there, what) in dropped {
            if is_there {
                let message = format!("{what} has no form in XML");
                self.lose(member, LossKind::Dropped, message);
            }
        }
    }

    fn header(&mut self, header: &Header) {
        let has_made_sbdh = self.can_make_sbdh(header);
        let is_empty = header.sbdh.is_none()
            && !has_made_sbdh
            && header.master_data.is_none()
            && header.header_extensions.is_empty();
        if is_empty {
            return;
        }
        self.markup.open("EPCISHeader");
        if let Some(sbdh) = &header.sbdh {
            self.elements(std::slice::from_ref(sbdh), "sbdh");
        } else if has_made_sbdh {
            self.make_sbdh(header);
        }
        let (bare, foreign): (Vec<_>, Vec<_>) = header
            .header_extensions
            .iter()
            .partition(|element| element.name.namespace.is_empty());
        if header.master_data.is_some() || !bare.is_empty() {
            self.markup.open("extension");
            if let Some(lists) = &header.master_data {
                self.master_data(lists);
            }
            if !bare.is_empty() {
                self.markup.open("extension");
                for element in bare {
                    self.elements(std::slice::from_ref(element), "epcisHeader");
                }
                self.markup.close();
            }
            self.markup.close();
        }
        for element in foreign {
            self.elements(std::slice::from_ref(element), "epcisHeader");
        }
        self.markup.close();
    }

    /// Whether the JSON members make a business document header; lists them when they do not.
    fn can_make_sbdh(&mut self, header: &Header) -> bool {
        if header.sbdh.is_some() {
            return false;
        }
        let members = [
            ("sender", header.sender.is_some()),
            ("receiver", header.receiver.is_some()),
            ("instanceIdentifier", header.instance_identifier.is_some()),
        ];
        if members.iter().all(|(_, is_there)| *is_there) && header.creation_date.is_some() {
            return true;
        }
        for (member, _) in members.iter().filter(|(_, is_there)| *is_there) {
            let message = "a business document header needs sender, receiver, instanceIdentifier and creationDate";
            self.lose(member, LossKind::Dropped, message.to_owned());
        }
        false
    }

    /// A business document header of what JSON has in three members (EPCIS 2.0 §9.3).
    fn make_sbdh(&mut self, header: &Header) {
        let name = |local: &str| Name::prefixed("sbdh", SBDH, local);
        let text = |local: &str, text: &str| Element::text(name(local), text);
        let partner = |local: &str, id: Option<&String>| {
            let identifier = text("Identifier", id.map_or("", String::as_str));
            Element::new(name(local), Value::Object(vec![identifier]))
        };
        let date = header
            .creation_date
            .as_ref()
            .map_or("", |date| date.as_str());
        let instance = header.instance_identifier.as_deref().unwrap_or_default();
        let identification = vec![
            text("Standard", "EPCglobal"),
            text("TypeVersion", "1.0"),
            text("InstanceIdentifier", instance),
            text("Type", "Events"),
            text("CreationDateAndTime", date),
        ];
        let sbdh = Element::new(
            name("StandardBusinessDocumentHeader"),
            Value::Object(vec![
                text("HeaderVersion", "1.0"),
                partner("Sender", header.sender.as_ref()),
                partner("Receiver", header.receiver.as_ref()),
                Element::new(
                    name("DocumentIdentification"),
                    Value::Object(identification),
                ),
            ]),
        );
        self.elements(&[sbdh], "sender");
    }

    fn master_data(&mut self, lists: &[MasterList]) {
        self.markup.open("EPCISMasterData");
        self.markup.open("VocabularyList");
        for list in lists {
            self.markup.open("Vocabulary");
            let kind = self.value_text(list.kind.as_str());
            self.markup.attribute("type", &kind);
            if !list.entries.is_empty() {
                self.markup.open("VocabularyElementList");
                for entry in &list.entries {
                    self.master_entry(entry);
                }
                self.markup.close();
            }
            self.extended_elements(&list.extensions, "vocabularyList");
            self.markup.close();
        }
        self.markup.close();
        self.markup.close();
    }

    fn master_entry(&mut self, entry: &MasterEntry) {
        self.markup.open("VocabularyElement");
        let id = self.value_text(entry.id.as_str());
        self.markup.attribute("id", &id);
        for attribute in &entry.attributes {
            self.master_attribute(attribute);
        }
        if !entry.children.is_empty() {
            self.markup.open("children");
            for child in &entry.children {
                self.uri("id", child);
            }
            self.markup.close();
        }
        self.extended_elements(&entry.extensions, "vocabularyElementList");
        self.markup.close();
    }

    fn master_attribute(&mut self, attribute: &MasterAttribute) {
        let id = crate::model::Attribute {
            name: Name::bare("", "id"),
            value: self.value_text(attribute.id.as_str()),
        };
        let element = Element {
            name: Name::bare("", ATTRIBUTE),
            attributes: vec![id],
            value: attribute.value.clone(),
        };
        self.elements(&[element], "attributes");
    }
}

impl Version {
    /// The number in `schemaVersion`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_2 => "1.2",
            Self::V2_0 => "2.0",
        }
    }

    /// Namespace of the root element.
    fn namespace(self, is_query: bool) -> &'static str {
        match (self, is_query) {
            (Self::V1_2, false) => "urn:epcglobal:epcis:xsd:1",
            (Self::V1_2, true) => "urn:epcglobal:epcis-query:xsd:1",
            (Self::V2_0, false) => "urn:epcglobal:epcis:xsd:2",
            (Self::V2_0, true) => "urn:epcglobal:epcis-query:xsd:2",
        }
    }
}

impl Default for Carry {
    /// Nothing is lost unless that is asked for.
    fn default() -> Self {
        Self::Extensions
    }
}
