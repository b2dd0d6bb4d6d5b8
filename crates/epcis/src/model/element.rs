//! The generic tree that keeps extensions verbatim, in either syntax.
//!
//! XML: an element is a name, attributes, and either text or child elements; repeated siblings are repeated elements.
//! JSON: an element is a member; objects become [`Value::Object`], arrays [`Value::List`]; scalars keep their type.
//! The two forms mean the same where only lists differ: a member with a list of two items and two sibling elements
//! of that name are equal for the event hash, and each syntax writes the form it has.

use super::{Decimal, Name};

/// An XML attribute of an extension element. Namespace declarations are not attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Name; an attribute without a prefix has an empty namespace (XML Namespaces §6.2).
    pub name: Name,
    /// Value after unescaping.
    pub value: String,
}

/// A named extension element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Name with its namespace.
    pub name: Name,
    /// Attributes in document order; always empty when the source was JSON.
    pub attributes: Vec<Attribute>,
    /// Content.
    pub value: Value,
}

impl Element {
    /// An element without attributes.
    pub fn new(name: Name, value: Value) -> Self {
        Self {
            name,
            attributes: Vec::new(),
            value,
        }
    }

    /// An element holding text.
    pub fn text(name: Name, text: impl Into<String>) -> Self {
        Self::new(name, Value::Text(text.into()))
    }
}

/// Content of an extension element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// JSON `null`.
    Null,
    /// JSON `true` or `false`.
    Bool(bool),
    /// JSON number, exact text kept.
    Number(Decimal),
    /// Text: a JSON string, or the text of an XML element without child elements (empty text for an empty element).
    Text(String),
    /// Child elements: a JSON object or XML element content, in document order.
    Object(Vec<Element>),
    /// A JSON array. Never made by an XML reader: repeated siblings stay repeated elements.
    List(Vec<Value>),
    /// Mixed XML content: text and elements in document order. Never made by a JSON reader.
    Mixed(Vec<Mixed>),
}

/// One piece of mixed content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mixed {
    /// A run of text after unescaping.
    Text(String),
    /// A child element.
    Element(Element),
}
