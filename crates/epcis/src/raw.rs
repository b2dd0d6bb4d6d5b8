//! What a syntax hands to the common builder: trees in the shape of EPCIS 2.0 JSON, before any rule was applied.
//!
//! JSON arrives in this shape as it is. The XML reader brings its elements into it:
//! * element lists become lists: `<epcList><epc>A</epc></epcList>` → `"epcList": ["A"]`; likewise `childEPCs`,
//!   `inputEPCList`, `outputEPCList`, `quantityList` (of objects `epcClass`, `quantity`, `uom`), `correctiveEventIDs`,
//!   `sensorElementList` (objects `sensorMetadata`, `sensorReport` = list), `persistentDisposition` (`set`, `unset` = lists);
//! * attributes become members: `<source type="T">S</source>` → `{"type": T, "source": S}`; likewise `bizTransaction`,
//!   `destination`, `sensorMetadata`, `sensorReport`;
//! * wrappers of XML (`extension`, `baseExtension`, `EPCISEventListExtension`) disappear;
//! * the element name of an event becomes the member `type`;
//! * master data become `epcisHeader`/`epcisMasterData`/`vocabularyList`, as in JSON;
//! * every other text is [`Raw::Untyped`], because only the builder knows its type;
//! * elements and attributes in a foreign namespace are [`Key::Resolved`] with [`Raw::Tree`] / [`Raw::Untyped`].

use crate::{
    defect::Pos,
    model::{Attribute, Context, DocumentKind, Name, Value},
};

/// A value with its place in the text. Two nodes are equal when their values are, wherever they stand.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where it starts.
    pub at: Pos,
    /// The value.
    pub raw: Raw,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

/// A value of either syntax.
#[derive(Debug, Clone, PartialEq)]
pub enum Raw {
    /// JSON `null`.
    Null,
    /// JSON boolean.
    Bool(bool),
    /// JSON number, as written.
    Number(String),
    /// JSON string after unescaping.
    Text(String),
    /// XML text, whose type its place decides; surrounding white space already removed.
    Untyped(String),
    /// A list.
    List(Vec<Node>),
    /// An object.
    Object(Vec<Member>),
    /// An XML extension element, already in model form.
    Tree(Vec<Attribute>, Value),
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its key.
    pub key: Key,
    /// Its value.
    pub node: Node,
}

/// A key.
#[derive(Debug, Clone, PartialEq)]
pub enum Key {
    /// As written in JSON (prefixes unresolved), or the name of an XML element or attribute of EPCIS itself.
    Plain(String),
    /// An XML name in a foreign namespace.
    Resolved(Name),
}

/// An event before any rule was applied.
#[derive(Debug, Clone, PartialEq)]
pub struct RawEvent {
    /// Where it starts.
    pub at: Pos,
    /// Pointer to it, for JSON: `/epcisBody/eventList/0`.
    pub pointer: String,
    /// Its members.
    pub members: Vec<Member>,
    /// The element name of an event type outside the standard (XML only; then there is no member `type`).
    pub extended: Option<Name>,
}

/// What a source found next.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// The kind of document, as soon as it is known.
    Kind(DocumentKind),
    /// The namespaces of an XML document; JSON sends `@context` as a member.
    Context(Context),
    /// A member of the document next to its body.
    Member(Member),
    /// An extension member inside the body, with the pointer to the object that holds it (JSON only).
    Kept(&'static str, Member),
    /// A member of a query document's results (`queryName`, `subscriptionID`).
    Query(Member),
    /// An event.
    Event(RawEvent),
    /// Nothing follows. A source that found a fatal defect has reported it and ends.
    End,
}
