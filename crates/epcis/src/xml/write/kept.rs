//! Extension elements written back.

use super::loss::LossKind;
use super::markup::{Markup, NoXmlName};
use super::out::Out;
use crate::defect::quote;
use crate::model::{Attribute, Element, Mixed, Name, Value};
use crate::xml::chars::is_char;
use crate::xml::kept::XSI;
use crate::xml::limits::WRITE_DEPTH_MAX;

/// Namespace of the simple types that `xsi:type` names.
const XML_SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";
/// Prefixes by which it is known.
const XML_SCHEMA_PREFIXES: [&str; 2] = ["xsd", "xs"];

impl Out<'_> {
    /// Writes extension elements; `member` names the place for losses.
    pub(super) fn elements(&mut self, elements: &[Element], member: &str) {
        for element in elements {
            self.element(element, member, 0);
        }
    }

    fn element(&mut self, element: &Element, member: &str, depth: usize) {
        if depth > WRITE_DEPTH_MAX {
            let message = format!("{} is nested too deep", quote(&element.name.local));
            self.lose(member, LossKind::Dropped, message);
            return;
        }
        self.value(
            &element.name,
            &element.attributes,
            &element.value,
            member,
            depth,
        );
    }

    /// Writes one value under a name; a list becomes several elements of that name.
    fn value(
        &mut self,
        name: &Name,
        attributes: &[Attribute],
        value: &Value,
        member: &str,
        depth: usize,
    ) {
        if let Value::List(values) = value {
            self.list(name, attributes, values, member, depth);
            return;
        }
        if self
            .markup
            .open_name(name, matches!(value, Value::Mixed(_)))
            .is_err()
        {
            let message = format!("{} is not a name in XML", quote(&name.local));
            self.lose(member, LossKind::Dropped, message);
            return;
        }
        for attribute in attributes {
            self.kept_attribute(attribute, member);
        }
        self.content(name, value, member, depth);
        self.markup.close();
    }

    fn list(
        &mut self,
        name: &Name,
        attributes: &[Attribute],
        values: &[Value],
        member: &str,
        depth: usize,
    ) {
        if values.is_empty() {
            let message = format!("the empty list {} has no form in XML", quote(&name.local));
            self.lose(member, LossKind::Dropped, message);
        }
        for value in values {
            if matches!(value, Value::List(_)) {
                let message = format!(
                    "a list inside of the list {} was joined to it",
                    quote(&name.local)
                );
                self.lose(member, LossKind::Untyped, message);
            }
            if depth >= WRITE_DEPTH_MAX {
                let message = format!("{} is nested too deep", quote(&name.local));
                self.lose(member, LossKind::Dropped, message);
                return;
            }
            self.value(name, attributes, value, member, depth + 1);
        }
    }

    fn content(&mut self, name: &Name, value: &Value, member: &str, depth: usize) {
        match value {
            // In JSON a prefix that the context declares stands for its namespace in values too.
            Value::Text(text) => {
                let text = self.value_text(text);
                self.text(&text, member);
            }
            Value::Null => {
                let nil = Name::prefixed("xsi", XSI, "nil");
                // A fixed name is always a name in XML.
                let _: Result<(), NoXmlName> = self.markup.named_attribute(&nil, "true");
                self.untyped(name, "null", member);
            }
            Value::Bool(value) => {
                self.text(if *value { "true" } else { "false" }, member);
                self.untyped(name, "boolean", member);
            }
            Value::Number(number) => {
                self.text(number.as_str(), member);
                self.untyped(name, "number", member);
            }
            Value::Object(elements) => {
                for element in elements {
                    self.element(element, member, depth + 1);
                }
            }
            Value::Mixed(pieces) => {
                for piece in pieces {
                    match piece {
                        Mixed::Text(text) => self.text(text, member),
                        Mixed::Element(element) => self.element(element, member, depth + 1),
                    }
                }
            }
            // Lists are opened before their name is written.
            Value::List(_) => {}
        }
    }

    fn untyped(&mut self, name: &Name, what: &str, member: &str) {
        let message = format!("{} is text in XML, no {what}", quote(&name.local));
        self.lose(member, LossKind::Untyped, message);
    }

    fn kept_attribute(&mut self, attribute: &Attribute, member: &str) {
        declare_type_prefix(&mut self.markup, attribute);
        let value = self.clean(&attribute.value, member);
        if self
            .markup
            .named_attribute(&attribute.name, &value)
            .is_err()
        {
            let message = format!("{} is not a name in XML", quote(&attribute.name.local));
            self.lose(member, LossKind::Dropped, message);
        }
    }

    /// Writes extension members as attributes, for sensor metadata and reports.
    pub(super) fn extension_attributes(&mut self, elements: &[Element], member: &str) {
        for element in elements {
            let text = match &element.value {
                Value::Text(text) => self.value_text(text),
                Value::Number(number) => number.as_str().to_owned(),
                Value::Bool(value) => value.to_string(),
                Value::Null | Value::Object(_) | Value::List(_) | Value::Mixed(_) => {
                    let name = quote(&element.name.local);
                    let message =
                        format!("{name} is an attribute in XML and cannot hold more than text");
                    self.lose(member, LossKind::Dropped, message);
                    continue;
                }
            };
            if !matches!(element.value, Value::Text(_)) {
                self.untyped(&element.name, "number or boolean", member);
            }
            let attribute = Attribute {
                name: element.name.clone(),
                value: text,
            };
            self.kept_attribute(&attribute, member);
        }
    }

    /// Writes text, without the characters that XML does not have.
    pub(super) fn text(&mut self, text: &str, member: &str) {
        let clean = self.clean(text, member);
        self.markup.text(&clean);
    }

    /// The text without the characters that XML does not have, each replaced and listed.
    pub(super) fn clean<'t>(&mut self, text: &'t str, member: &str) -> std::borrow::Cow<'t, str> {
        if text.chars().all(is_char) {
            return text.into();
        }
        let message = format!(
            "characters of {} that XML does not allow were replaced",
            quote(text)
        );
        self.lose(member, LossKind::Dropped, message);
        let signs = text.chars();
        signs
            .map(|sign| if is_char(sign) { sign } else { '\u{FFFD}' })
            .collect()
    }
}

/// `xsi:type="xsd:string"` names a prefix in its value, which must be declared too.
fn declare_type_prefix(markup: &mut Markup, attribute: &Attribute) {
    if attribute.name.namespace != XSI || attribute.name.local != "type" {
        return;
    }
    let Some((prefix, _)) = attribute.value.split_once(':') else {
        return;
    };
    if XML_SCHEMA_PREFIXES.contains(&prefix) && markup.namespace(prefix).is_none() {
        markup.declare(prefix, XML_SCHEMA);
    }
}
