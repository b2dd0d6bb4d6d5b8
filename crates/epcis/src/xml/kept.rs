//! Elements that are not ours, kept as they are.

use super::grammar::Dialect;
use super::token::{TokenAttribute, TokenName};
use super::tree::{Node, Piece};
use crate::model::{Attribute, Element, Mixed, Name, Notation, Value};
use crate::raw::{self, Key, Member, Raw};

/// Namespace of `xsi:type`, `xsi:nil` and `xsi:schemaLocation`.
pub(super) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// Namespace of `xml:lang` and its like.
pub(super) const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Whose an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// EPCIS, written without a namespace as the schema wants it.
    Local,
    /// EPCIS, written in its namespace.
    Qualified,
    /// Somebody else: an extension.
    Foreign,
}

/// Whose an element of this name is.
pub(super) fn owner(name: &TokenName) -> Owner {
    match (&*name.namespace, &name.prefix) {
        ("", None) => Owner::Local,
        // A prefix that nobody declared belongs to somebody else.
        ("", Some(_)) => Owner::Foreign,
        (namespace, _) if Dialect::of_namespace(namespace).is_some() => Owner::Qualified,
        _ => Owner::Foreign,
    }
}

/// The name in the form of the model.
pub(super) fn model_name(name: &TokenName) -> Name {
    Name {
        namespace: name.namespace.to_string(),
        local: name.local.to_string(),
        notation: match &name.prefix {
            Some(prefix) => Notation::Prefixed(prefix.to_string()),
            None => Notation::Bare,
        },
    }
}

/// An element as a member that is kept.
pub(super) fn kept_member(node: Node) -> Member {
    let at = node.pos;
    let key = Key::Resolved(model_name(&node.name));
    let (attributes, value) = kept(node);
    Member {
        key,
        node: raw::Node {
            at,
            raw: Raw::Tree(attributes, value),
        },
    }
}

/// An attribute as a member that is kept.
pub(super) fn kept_attribute(attribute: TokenAttribute) -> Member {
    Member {
        key: Key::Resolved(model_name(&attribute.name)),
        node: raw::Node {
            at: attribute.pos,
            raw: Raw::Untyped(attribute.value),
        },
    }
}

/// Attributes and content of an element; its depth is bounded by that of the document.
pub(super) fn kept(node: Node) -> (Vec<Attribute>, Value) {
    let mixed = node.has_text();
    let has_children = node.children().next().is_some();
    let attributes = node
        .attributes
        .into_iter()
        .map(|attribute| Attribute {
            name: model_name(&attribute.name),
            value: attribute.value,
        })
        .collect();
    let value = match (has_children, mixed) {
        (false, _) => Value::Text(node.pieces.into_iter().filter_map(text_of).collect()),
        (true, false) => Value::Object(node.pieces.into_iter().filter_map(element_of).collect()),
        (true, true) => Value::Mixed(node.pieces.into_iter().map(mixed_of).collect()),
    };
    (attributes, value)
}

fn element(node: Node) -> Element {
    let name = model_name(&node.name);
    let (attributes, value) = kept(node);
    Element {
        name,
        attributes,
        value,
    }
}

fn text_of(piece: Piece) -> Option<String> {
    match piece {
        Piece::Text(text) => Some(text),
        Piece::Node(_) => None,
    }
}

fn element_of(piece: Piece) -> Option<Element> {
    match piece {
        Piece::Node(node) => Some(element(node)),
        Piece::Text(_) => None,
    }
}

fn mixed_of(piece: Piece) -> Mixed {
    match piece {
        Piece::Node(node) => Mixed::Element(element(node)),
        Piece::Text(text) => Mixed::Text(text),
    }
}
