//! The document around the events.

use std::collections::BTreeSet;

use super::{Builder, extension::literal, parts::plain, rules};
use crate::{
    defect::{Place, Pos, Rule, quote},
    model::{
        Context, DocumentKind, Element, Header, MasterAttribute, MasterEntry, MasterList, Uri,
        Value,
    },
    raw::{Member, Node, Raw},
    read::{Mode, Sink, Syntax},
};

/// Namespace of the UN/CEFACT StandardBusinessDocumentHeader.
const SBDH: &str = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader";
/// How the JSON-LD context writes the namespace of CBV master data attributes; XML has no colon at the end.
const CBVMDA_JSON: &str = "urn:epcglobal:cbv:mda:";
/// The same namespace in the model.
const CBVMDA: &str = "urn:epcglobal:cbv:mda";

/// Most terms that one `@context` may define.
const CONTEXT_ENTRIES_MAX: usize = 256;

/// Collects what a document says besides its events, in whatever order it comes.
pub(crate) struct HeaderBuilder {
    header: Header,
    syntax: Syntax,
    mode: Mode,
    seen: BTreeSet<String>,
}

impl HeaderBuilder {
    pub(crate) fn new(syntax: Syntax, mode: Mode) -> Self {
        let mut header = Header::default();
        header.context.expands_values = syntax == Syntax::Json;
        Self {
            header,
            syntax,
            mode,
            seen: BTreeSet::new(),
        }
    }

    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    pub(crate) fn kind(&mut self, kind: DocumentKind) {
        self.header.kind = kind;
        if kind == DocumentKind::Query {
            self.header.query.get_or_insert_default();
        }
    }

    pub(crate) fn context(&mut self, context: Context) {
        self.header.context = context;
    }

    /// Notes that a single event brought its own context.
    pub(crate) fn event_has_context(&mut self) {
        self.seen.insert("@context".to_owned());
    }

    /// A member of the document.
    pub(crate) fn member(&mut self, member: Member, sink: &mut Sink) {
        let key = plain(&member).to_owned();
        let context = std::mem::take(&mut self.header.context);
        let changed = self.member_within(&context, &key, member, sink);
        self.header.context = changed.unwrap_or(context);
    }

    /// Reads a member; gives the context if the member was that.
    fn member_within(
        &mut self,
        context: &Context,
        key: &str,
        member: Member,
        sink: &mut Sink,
    ) -> Option<Context> {
        let mut builder = Builder::new(sink, context, self.syntax, self.mode, String::new());
        if !key.is_empty() && !self.seen.insert(key.to_owned()) {
            let message = format!("member {} occurs twice", quote(key));
            builder.inside(key, |b| {
                b.report(rules::MEMBER_DUPLICATE, member.node.at, message);
            });
            return None;
        }
        if member.node.raw == Raw::Null && builder.is_standard(&member.key) {
            let message = format!("{} is null", quote(key));
            builder.inside(key, |b| {
                b.report(rules::VALUE_NULL, member.node.at, message);
            });
            return None;
        }
        let header = &mut self.header;
        let step = key;
        match step {
            "@context" => return Some(builder.inside(step, |b| b.context_value(member.node))),
            "type" => builder.inside(step, |b| b.document_type(member.node, header.kind)),
            "schemaVersion" => {
                header.schema_version = builder.inside(step, |b| b.schema_version(member.node));
            }
            "creationDate" => {
                header.creation_date = builder.inside(step, |b| b.time(member.node));
            }
            "id" => header.id = builder.inside(step, |b| b.uri(member.node)),
            "sender" => header.sender = builder.inside(step, |b| b.text(member.node)),
            "receiver" => header.receiver = builder.inside(step, |b| b.text(member.node)),
            "instanceIdentifier" => {
                header.instance_identifier = builder.inside(step, |b| b.text(member.node));
            }
            "epcisHeader" => builder.inside(step, |b| b.epcis_header(member.node, header)),
            _ => {
                let element = builder.extension(member, "the document");
                header.extensions.extend(element);
            }
        }
        None
    }

    /// An extension member inside the body; it belongs to the document.
    pub(crate) fn kept(&mut self, pointer: &str, member: Member, sink: &mut Sink) {
        let context = &self.header.context;
        let mut builder = Builder::new(sink, context, self.syntax, self.mode, pointer.to_owned());
        let element = builder.extension(member, "the body");
        self.header.extensions.extend(element);
    }

    /// A member of the results of a query document.
    pub(crate) fn query(&mut self, member: Member, sink: &mut Sink) {
        let key = plain(&member).to_owned();
        let pointer = "/epcisBody/queryResults".to_owned();
        let Header {
            context,
            query,
            master_data,
            extensions,
            ..
        } = &mut self.header;
        let mut builder = Builder::new(sink, context, self.syntax, self.mode, pointer);
        let query = query.get_or_insert_default();
        if !key.is_empty() && !self.seen.insert(format!("queryResults/{key}")) {
            let message = format!("member {} occurs twice", quote(&key));
            builder.report(rules::MEMBER_DUPLICATE, member.node.at, message);
            return;
        }
        match key.as_str() {
            "queryName" => {
                let name = builder.inside("queryName", |b| b.text(member.node));
                query.name = name.unwrap_or_default();
            }
            "subscriptionID" => {
                query.subscription_id = builder.inside("subscriptionID", |b| b.text(member.node));
            }
            "vocabularyList" => {
                let lists = builder.inside("resultsBody", |b| {
                    b.inside("vocabularyList", |b| {
                        b.each(member.node, Builder::master_list)
                    })
                });
                *master_data = Some(lists);
            }
            _ => {
                let element = builder.extension(member, "queryResults");
                extensions.extend(element);
            }
        }
    }

    /// Reports what the document should have had.
    pub(crate) fn finish(&mut self, sink: &mut Sink) {
        let json = self.syntax == Syntax::Json;
        let mut require = |rule: Rule, member: &str, message: String| {
            if !self.seen.contains(member) {
                let place = if json {
                    Place::Pointer(String::new())
                } else {
                    Place::Position(Pos { line: 1, column: 1 })
                };
                sink.report(rule, place, message);
            }
        };
        if json {
            require(
                rules::CONTEXT_MISSING,
                "@context",
                "the document has no @context".to_owned(),
            );
        }
        if self.header.kind == DocumentKind::Event {
            return;
        }
        if json {
            require(
                rules::MEMBER_MISSING,
                "type",
                "the document has no type".to_owned(),
            );
        }
        if self.header.kind == DocumentKind::Capture {
            for member in ["schemaVersion", "creationDate"] {
                let message = format!("the document has no {member}");
                require(rules::MEMBER_MISSING, member, message);
            }
        } else {
            let name = self
                .header
                .query
                .as_ref()
                .is_some_and(|query| query.name.is_empty());
            if name && !self.seen.contains("queryResults/queryName") {
                let pointer = "/epcisBody/queryResults".to_owned();
                let place = if json {
                    Place::Pointer(pointer)
                } else {
                    Place::Position(Pos { line: 1, column: 1 })
                };
                let message = "the results have no queryName".to_owned();
                sink.report(rules::MEMBER_MISSING, place, message);
            }
        }
    }
}

impl Builder<'_> {
    /// The `@context` of an event.
    ///
    /// A single event stands for a document: its context must name the EPCIS context.
    pub(crate) fn event_context(mut self, node: Node, single: bool) -> Context {
        self.inside("@context", |b| {
            if single {
                b.context_value(node)
            } else {
                b.context_object(node)
            }
        })
    }

    /// The `@context` of a document, which must name the EPCIS context.
    fn context_value(&mut self, node: Node) -> Context {
        let at = node.at;
        let context = self.context_object(node);
        if !names_epcis(&context) {
            let message = "@context does not name the EPCIS context".to_owned();
            self.report(rules::CONTEXT_FOREIGN, at, message);
        }
        context
    }

    fn context_object(&mut self, node: Node) -> Context {
        let mut context = Context {
            expands_values: true,
            ..Context::default()
        };
        match node.raw {
            Raw::List(nodes) => {
                for (index, entry) in nodes.into_iter().enumerate() {
                    self.inside(&index.to_string(), |b| b.context_entry(entry, &mut context));
                }
            }
            _ => self.context_entry(node, &mut context),
        }
        context
    }

    fn context_entry(&mut self, entry: Node, context: &mut Context) {
        let at = entry.at;
        match entry.raw {
            Raw::Text(url) if Uri::parse(&url).is_ok() => {
                if context.remote.contains(&url) {
                    let message = format!("{} occurs twice in @context", quote(&url));
                    self.report(rules::LIST_DUPLICATE, at, message);
                }
                context.remote.push(url);
            }
            Raw::Object(members) => {
                for member in self.distinct(members) {
                    if context.prefixes.len() + context.other.len() == CONTEXT_ENTRIES_MAX {
                        let message =
                            format!("@context defines more than {CONTEXT_ENTRIES_MAX} terms");
                        self.report(rules::CONTEXT_TOO_LARGE, at, message);
                        break;
                    }
                    context_member(member, context);
                }
            }
            other => {
                let message = format!("@context holds {}", super::describe(&other));
                self.report(rules::CONTEXT_INVALID, at, message);
            }
        }
    }

    fn document_type(&mut self, node: Node, kind: DocumentKind) {
        let at = node.at;
        let expected = match kind {
            DocumentKind::Capture | DocumentKind::Event => "EPCISDocument",
            DocumentKind::Query => "EPCISQueryDocument",
        };
        if let Some(text) = self.text(node)
            && text != expected
        {
            let message = format!(
                "the type is {}, but the body is that of {expected}",
                quote(&text)
            );
            self.report(rules::DOCUMENT_TYPE, at, message);
        }
    }

    fn schema_version(&mut self, node: Node) -> Option<String> {
        let at = node.at;
        let text = self.text(node)?;
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let form = text.split('.').all(digits);
        let major = text.split('.').next().unwrap_or_default();
        let rule = match (form, major, self.syntax) {
            (true, "2", _) => None,
            (true, "1", Syntax::Xml) if text == "1.2" => None,
            (true, "1", Syntax::Xml) => Some(rules::SCHEMA_VERSION_OLD),
            _ => Some(rules::SCHEMA_VERSION),
        };
        if let Some(rule) = rule {
            self.report(rule, at, format!("schemaVersion is {}", quote(&text)));
        }
        Some(text)
    }

    fn epcis_header(&mut self, node: Node, header: &mut Header) {
        for member in self.members(node).unwrap_or_default() {
            if plain(&member) == "epcisMasterData" {
                let lists = self.inside("epcisMasterData", |b| b.master_data(member.node));
                header.master_data = Some(lists);
                continue;
            }
            let Some(element) = self.extension(member, "epcisHeader") else {
                continue;
            };
            if element.name.namespace == SBDH
                && element.name.local == "StandardBusinessDocumentHeader"
                && header.sbdh.is_none()
            {
                sbdh(&element, header);
                header.sbdh = Some(element);
            } else {
                header.header_extensions.push(element);
            }
        }
    }

    fn master_data(&mut self, node: Node) -> Vec<MasterList> {
        let mut lists = Vec::new();
        for member in self.members(node).unwrap_or_default() {
            if plain(&member) == "vocabularyList" {
                lists = self.inside("vocabularyList", |b| b.each(member.node, Self::master_list));
            } else if self.is_standard(&member.key) {
                // the JSON schema leaves this object open; nothing is defined to stand here
                let _ = self.extension(member, "epcisMasterData");
            }
        }
        lists
    }

    fn master_list(&mut self, node: Node) -> Option<MasterList> {
        let at = node.at;
        let (mut kind, mut seen) = (None, false);
        let mut entries = Vec::new();
        let mut extensions = Vec::new();
        for member in self.members(node)? {
            match plain(&member) {
                "type" => {
                    seen = true;
                    kind = self.inside("type", |b| b.uri(member.node));
                }
                "vocabularyElementList" => {
                    entries = self.inside("vocabularyElementList", |b| {
                        b.each(member.node, Self::master_entry)
                    });
                }
                _ => extensions.extend(self.extension(member, "a vocabulary")),
            }
        }
        if !seen {
            self.missing(at, "type", "a vocabulary");
        }
        Some(MasterList {
            kind: kind?,
            entries,
            extensions,
        })
    }

    fn master_entry(&mut self, node: Node) -> Option<MasterEntry> {
        let at = node.at;
        let (mut id, mut seen) = (None, false);
        let (mut attributes, mut children, mut extensions) = (Vec::new(), Vec::new(), Vec::new());
        for member in self.members(node)? {
            match plain(&member) {
                "id" => {
                    seen = true;
                    id = self.inside("id", |b| b.uri(member.node));
                }
                "attributes" => {
                    attributes = self.inside("attributes", |b| {
                        b.each(member.node, Self::master_attribute)
                    });
                }
                "children" => {
                    children = self.inside("children", |b| b.each(member.node, Self::uri));
                }
                _ => extensions.extend(self.extension(member, "a vocabulary element")),
            }
        }
        if !seen {
            self.missing(at, "id", "a vocabulary element");
        }
        Some(MasterEntry {
            id: id?,
            attributes,
            children,
            extensions,
        })
    }

    fn master_attribute(&mut self, node: Node) -> Option<MasterAttribute> {
        let at = node.at;
        let (mut id, mut seen, mut value) = (None, false, None);
        for member in self.members(node)? {
            match plain(&member) {
                "id" => {
                    seen = true;
                    id = self.inside("id", |b| b.uri(member.node));
                }
                "attribute" => value = self.inside("attribute", |b| b.value(member.node)),
                _ => {
                    let _ = self.extension(member, "an attribute");
                }
            }
        }
        if !seen {
            self.missing(at, "id", "an attribute");
        }
        Some(MasterAttribute {
            id: id?,
            value: value.unwrap_or(Value::Text(String::new())),
        })
    }
}

/// One definition of a JSON-LD context.
fn context_member(member: Member, context: &mut Context) {
    let key = plain(&member).to_owned();
    match member.node.raw {
        Raw::Text(uri) if key == "@vocab" => context.vocab = Some(uri),
        Raw::Text(uri) if !key.starts_with('@') => {
            let uri = if uri == CBVMDA_JSON {
                CBVMDA.to_owned()
            } else {
                uri
            };
            context.prefixes.insert(key, uri);
        }
        _ => {
            if let Some(value) = literal(member.node) {
                context.other.push((key, value));
            }
        }
    }
}

/// Whether one of the URLs is that of an EPCIS context, in any of its published places.
fn names_epcis(context: &Context) -> bool {
    context.remote.iter().any(|url| {
        let url = url.to_ascii_lowercase();
        url.ends_with("epcis-context.jsonld")
            || url.starts_with("https://ref.gs1.org/standards/epcis")
    })
}

/// Takes sender, receiver and instance identifier out of the SBDH.
fn sbdh(element: &Element, header: &mut Header) {
    let mut set = |path: &[&str], to: fn(&mut Header) -> &mut Option<String>| {
        if let Some(text) = descend(&element.value, path) {
            to(header).get_or_insert_with(|| text.trim().to_owned());
        }
    };
    set(&["Sender", "Identifier"], |h| &mut h.sender);
    set(&["Receiver", "Identifier"], |h| &mut h.receiver);
    set(&["DocumentIdentification", "InstanceIdentifier"], |h| {
        &mut h.instance_identifier
    });
}

/// The text of the first element on a path of local names.
fn descend<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    let Some((step, rest)) = path.split_first() else {
        return match value {
            Value::Text(text) => Some(text),
            Value::Object(children) => children
                .iter()
                .find(|child| child.name.local == "#text")
                .and_then(|child| descend(&child.value, path)),
            _ => None,
        };
    };
    let Value::Object(children) = value else {
        return None;
    };
    let child = children.iter().find(|child| child.name.local == *step)?;
    descend(&child.value, rest)
}

/// A document's context with an event's own on top.
pub(crate) fn merge(document: &Context, own: &Context) -> Context {
    let mut merged = document.clone();
    merged.expands_values |= own.expands_values;
    merged.prefixes.extend(own.prefixes.clone());
    if own.vocab.is_some() {
        merged.vocab.clone_from(&own.vocab);
    }
    // JSON-LD 1.1 §4.1: null takes a definition away
    for (key, value) in &own.other {
        if *value == Value::Null {
            merged.prefixes.remove(key);
        }
    }
    merged
}
