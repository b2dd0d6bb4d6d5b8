//! What a document says besides its events.

use std::{borrow::Cow, collections::BTreeMap};

use super::{Element, Time, Uri, Value};

/// The kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DocumentKind {
    /// EPCISDocument.
    #[default]
    Capture,
    /// EPCISQueryDocument.
    Query,
    /// A single event without a document around it (JSON).
    Event,
}

/// Everything of a document but its events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// Kind of document.
    pub kind: DocumentKind,
    /// `schemaVersion` as written: `2.0`, `1.2`.
    pub schema_version: Option<String>,
    /// When the document was made.
    pub creation_date: Option<Time>,
    /// Identifier of the document.
    pub id: Option<Uri>,
    /// Sender: the JSON member, or the first sender of the SBDH.
    pub sender: Option<String>,
    /// Receiver: likewise.
    pub receiver: Option<String>,
    /// Instance identifier: likewise.
    pub instance_identifier: Option<String>,
    /// Namespaces: JSON-LD context, or the namespace declarations of the XML root.
    pub context: Context,
    /// The StandardBusinessDocumentHeader element, kept verbatim.
    pub sbdh: Option<Element>,
    /// Master data; `None` when the member is absent.
    pub master_data: Option<Vec<MasterList>>,
    /// Extension elements inside the header.
    pub header_extensions: Vec<Element>,
    /// Extension elements at document level, next to the body.
    pub extensions: Vec<Element>,
    /// Only in query documents.
    pub query: Option<QueryInfo>,
}

/// Which query a query document answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueryInfo {
    /// Name of the query.
    pub name: String,
    /// Subscription, if it answers one.
    pub subscription_id: Option<String>,
}

/// Namespaces in force in a document or event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// Contexts named by URL, in order (JSON only).
    pub remote: Vec<String>,
    /// Prefix → namespace, without the standard ones that the remote context defines.
    pub prefixes: BTreeMap<String, String>,
    /// `@vocab`, or the default namespace.
    pub vocab: Option<String>,
    /// Other term definitions of a JSON-LD context, kept verbatim.
    pub other: Vec<(String, Value)>,
    /// Whether values may be written as `prefix:rest` with the prefixes above: JSON-LD does so, XML does not.
    pub expands_values: bool,
}

/// URL of the EPCIS 2.0 JSON-LD context.
pub const EPCIS_CONTEXT: &str = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";

/// Prefixes that the EPCIS context defines, which need no declaration of their own.
pub const STANDARD_PREFIXES: [(&str, &str); 5] = [
    ("cbv", "https://ref.gs1.org/cbv/"),
    ("cbvmda", "urn:epcglobal:cbv:mda"),
    ("epcis", "https://ref.gs1.org/epcis/"),
    ("gs1", "https://gs1.org/voc/"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
];

/// Prefixes that values use without declaring them.
const VALUE_PREFIXES: [(&str, &str); 3] = [
    ("cbv", "https://ref.gs1.org/cbv/"),
    ("epcis", "https://ref.gs1.org/epcis/"),
    ("gs1", "https://gs1.org/voc/"),
];

impl Context {
    /// The namespace of a prefix: declared here, or standard.
    pub fn namespace(&self, prefix: &str) -> Option<&str> {
        self.prefixes.get(prefix).map(String::as_str).or_else(|| {
            STANDARD_PREFIXES
                .iter()
                .find(|(known, _)| *known == prefix)
                .map(|(_, namespace)| *namespace)
        })
    }

    /// The full URI behind a value written as a CURIE; other values unchanged.
    ///
    /// `gs1:` and `cbv:` are expanded in both syntaxes (CBV 2.0 §8.9.2), declared prefixes only where
    /// [`Context::expands_values`] says so.
    pub fn expand<'a>(&self, value: &'a str) -> Cow<'a, str> {
        let Some((prefix, rest)) = value.split_once(':') else {
            return Cow::Borrowed(value);
        };
        if rest.starts_with("//") {
            return Cow::Borrowed(value);
        }
        let declared = self.prefixes.get(prefix).filter(|_| self.expands_values);
        let namespace = declared.map(String::as_str).or_else(|| {
            VALUE_PREFIXES
                .iter()
                .find(|(known, _)| *known == prefix)
                .map(|(_, namespace)| *namespace)
        });
        namespace.map_or(Cow::Borrowed(value), |namespace| {
            Cow::Owned(format!("{namespace}{rest}"))
        })
    }

    /// A prefix of a namespace: declared here, or standard.
    pub fn prefix(&self, namespace: &str) -> Option<&str> {
        let declared = self.prefixes.iter().find(|(_, uri)| *uri == namespace);
        declared.map(|(prefix, _)| prefix.as_str()).or_else(|| {
            STANDARD_PREFIXES
                .iter()
                .find(|(_, known)| *known == namespace)
                .map(|(prefix, _)| *prefix)
        })
    }
}

/// One vocabulary of the master data (EPCIS 2.0 §9.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterList {
    /// Type of what it describes: `urn:epcglobal:epcis:vtype:EPCClass`.
    pub kind: Uri,
    /// The entries.
    pub entries: Vec<MasterEntry>,
    /// Extension elements.
    pub extensions: Vec<Element>,
}

/// One described thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterEntry {
    /// Its identifier, or the pattern of identifiers.
    pub id: Uri,
    /// What is said of it.
    pub attributes: Vec<MasterAttribute>,
    /// Things it contains.
    pub children: Vec<Uri>,
    /// Extension elements.
    pub extensions: Vec<Element>,
}

/// One attribute of a described thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterAttribute {
    /// Which attribute.
    pub id: Uri,
    /// Its value.
    pub value: Value,
}
