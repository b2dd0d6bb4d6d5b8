//! Extension elements in the pre-hash string.

use super::value;
use crate::model::{Attribute, Context, Element, Mixed, Name, Value};

/// Comments never count.
const RDFS: &str = "http://www.w3.org/2000/01/rdf-schema#";

/// The strings of elements, sorted and joined (CBV 2.0 §8.9.2: "sorted according to their case-sensitive lexical
/// ordering").
pub(super) fn joined<'a>(
    elements: impl IntoIterator<Item = &'a Element>,
    context: &Context,
) -> String {
    let mut strings = Vec::new();
    for element in elements {
        strings_of(element, context, &mut strings);
    }
    strings.sort_unstable();
    strings.concat()
}

/// Whether an element is left out of every hash.
fn is_comment(name: &Name) -> bool {
    name.namespace == RDFS && name.local == "comment"
}

fn name_text(name: &Name) -> String {
    if name.namespace.is_empty() {
        name.local.clone()
    } else {
        format!("{{{}}}{}", name.namespace, name.local)
    }
}

/// One string for an element, one per entry for a list.
fn strings_of(element: &Element, context: &Context, to: &mut Vec<String>) {
    if is_comment(&element.name) || element.name.local.starts_with('@') {
        return;
    }
    one(
        &element.name,
        &element.attributes,
        &element.value,
        context,
        to,
    );
}

fn one(
    name: &Name,
    attributes: &[Attribute],
    value: &Value,
    context: &Context,
    to: &mut Vec<String>,
) {
    if let Value::List(items) = value {
        for item in items {
            one(name, &[], item, context, to);
        }
        return;
    }
    let mut text = String::new();
    let mut children: Vec<String> = attributes
        .iter()
        .filter(|attribute| !attribute.name.is_schema_instance())
        .map(|attribute| keyed(&name_text(&attribute.name), &attribute.value, context))
        .collect();
    content(value, context, &mut text, &mut children);
    children.sort_unstable();
    let mut string = keyed(&name_text(name), &text, context);
    string.extend(children);
    to.push(string);
}

/// Splits a value into its text and the strings of its children.
fn content(value: &Value, context: &Context, text: &mut String, children: &mut Vec<String>) {
    match value {
        Value::Null | Value::List(_) => {}
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => text.push_str(number.as_str()),
        Value::Text(value) => text.push_str(value),
        Value::Object(members) => {
            for member in members {
                match (&member.value, member.name.local.as_str()) {
                    // the text beside XML attributes, as JSON writes it
                    (Value::Text(value), "#text") => text.push_str(value),
                    (Value::List(pieces), "#mixed") => mixed_list(pieces, context, text, children),
                    _ => strings_of(member, context, children),
                }
            }
        }
        Value::Mixed(pieces) => mixed(pieces, context, text, children),
    }
}

/// Only the text in front of the first child counts.
fn mixed(pieces: &[Mixed], context: &Context, text: &mut String, children: &mut Vec<String>) {
    let mut leading = true;
    for piece in pieces {
        match piece {
            Mixed::Text(run) if leading => text.push_str(run),
            Mixed::Text(_) => {}
            Mixed::Element(element) => {
                leading = false;
                strings_of(element, context, children);
            }
        }
    }
}

fn mixed_list(pieces: &[Value], context: &Context, text: &mut String, children: &mut Vec<String>) {
    let mut leading = true;
    for piece in pieces {
        match piece {
            Value::Text(run) if leading => text.push_str(run),
            Value::Object(members) => {
                leading = false;
                for member in members {
                    strings_of(member, context, children);
                }
            }
            _ => {}
        }
    }
}

/// `key=value`, or the key alone when the value is blank.
pub(super) fn keyed(key: &str, text: &str, context: &Context) -> String {
    let text = text.trim();
    if text.is_empty() {
        return key.to_owned();
    }
    format!("{key}={}", value::canonical(text, context))
}
