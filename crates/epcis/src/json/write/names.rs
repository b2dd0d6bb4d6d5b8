//! Which key an extension name gets, and which namespaces an event must declare for that.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Context, Element, Mixed, Name, Notation, STANDARD_PREFIXES, Value};

/// Namespaces of XML itself, which need no place in a JSON-LD context unless a name uses them.
const XML_ONLY: [&str; 5] = [
    "http://www.w3.org/2001/XMLSchema",
    "http://www.w3.org/2001/XMLSchema-instance",
    "urn:epcglobal:epcis:xsd:1",
    "urn:epcglobal:epcis:xsd:2",
    "urn:epcglobal:epcis-query:xsd:1",
];

/// The names in force at a place of the output.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    context: Context,
}

impl Names {
    /// The names of a JSON-LD context as they are. Of XML declarations, those that a JSON-LD context can hold: the
    /// EPCIS context protects its own prefixes, and names without a prefix carry their namespaces.
    pub(super) fn new(source: &Context) -> Self {
        let mut context = source.clone();
        if !source.expands_values {
            context.vocab = None;
            context.prefixes.retain(|prefix, namespace| {
                !is_standard(prefix)
                    && !prefix.is_empty()
                    && !XML_ONLY.contains(&namespace.as_str())
            });
        }
        Self { context }
    }

    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    /// The names inside an event with a context of its own.
    pub(super) fn within(&self, own: &Context) -> Self {
        Self {
            context: crate::build::merge(&self.context, own),
        }
    }

    /// The key of a name, if the names in force have one that reads back as the same name.
    pub(super) fn key(&self, name: &Name) -> Option<String> {
        if name.namespace.is_empty() {
            let plain = self.context.vocab.is_none() || name.local.starts_with(['@', '#']);
            return plain.then(|| name.local.clone());
        }
        if let Notation::Prefixed(prefix) = &name.notation
            && self.context.namespace(prefix) == Some(&name.namespace)
        {
            return Some(format!("{prefix}:{}", name.local));
        }
        let full = format!("{}{}", name.namespace, name.local);
        if name.notation == Notation::Bare {
            let term = self.context.prefixes.iter().find(|(_, uri)| **uri == full);
            if let Some((term, _)) = term {
                return Some(term.clone());
            }
            let is_term = self.context.prefixes.contains_key(&name.local);
            if self.context.vocab.as_deref() == Some(&name.namespace) && !is_term {
                return Some(name.local.clone());
            }
        }
        if name.notation == Notation::Full && Name::full(&full) == *name && is_absolute(&full) {
            return Some(full);
        }
        let prefix = self.context.prefix(&name.namespace)?;
        Some(format!("{prefix}:{}", name.local))
    }

    /// Declares whatever the elements need beyond what is in force; gives the declarations made.
    ///
    /// `values` are the schemes of values that must not be taken for prefixes: in XML `example:x` is a value as it
    /// stands, in JSON-LD it would be expanded if `example` were declared, and the event hash would change.
    pub(super) fn declare(
        &mut self,
        elements: &[&Element],
        values: &BTreeSet<String>,
    ) -> BTreeMap<String, Option<String>> {
        let mut made = BTreeMap::new();
        for scheme in values {
            if self.context.prefixes.remove(scheme).is_some() {
                made.insert(scheme.clone(), None);
            }
        }
        for element in elements {
            self.declare_element(element, values, &mut made);
        }
        made
    }

    fn declare_element(
        &mut self,
        element: &Element,
        values: &BTreeSet<String>,
        made: &mut BTreeMap<String, Option<String>>,
    ) {
        self.declare_name(&element.name, values, made);
        for attribute in &element.attributes {
            if !attribute.name.is_schema_instance() {
                self.declare_name(&attribute.name, values, made);
            }
        }
        self.declare_value(&element.value, values, made);
    }

    fn declare_value(
        &mut self,
        value: &Value,
        values: &BTreeSet<String>,
        made: &mut BTreeMap<String, Option<String>>,
    ) {
        match value {
            Value::Object(children) => {
                for child in children {
                    self.declare_element(child, values, made);
                }
            }
            Value::List(items) => {
                for item in items {
                    self.declare_value(item, values, made);
                }
            }
            Value::Mixed(pieces) => {
                for piece in pieces {
                    if let Mixed::Element(child) = piece {
                        self.declare_element(child, values, made);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
        }
    }

    fn declare_name(
        &mut self,
        name: &Name,
        values: &BTreeSet<String>,
        made: &mut BTreeMap<String, Option<String>>,
    ) {
        if self.key(name).is_some() || name.namespace.is_empty() {
            return;
        }
        let wish = name.prefix().unwrap_or("ns");
        let free = |prefix: &String| {
            !self.context.prefixes.contains_key(prefix)
                && !is_standard(prefix)
                && !values.contains(prefix)
                && !made.contains_key(prefix)
        };
        let candidates = (0..).map(|number: u32| match number {
            0 => wish.to_owned(),
            other => format!("{wish}{other}"),
        });
        if let Some(prefix) = candidates.take(CANDIDATES_MAX).find(free) {
            made.insert(prefix.clone(), Some(name.namespace.clone()));
            self.context.prefixes.insert(prefix, name.namespace.clone());
        }
    }
}

/// Most prefixes tried for one namespace.
const CANDIDATES_MAX: usize = 10_000;

fn is_standard(prefix: &str) -> bool {
    // `xsd`, `owl` and `dcterms` are protected by the EPCIS context too
    ["xsd", "owl", "dcterms"].contains(&prefix)
        || STANDARD_PREFIXES.iter().any(|(known, _)| *known == prefix)
}

fn is_absolute(uri: &str) -> bool {
    uri.contains("://") || uri.starts_with("urn:")
}
