//! The parts of an event, from elements into the shape of [`crate::raw`].

use super::chars::is_space;
use super::grammar::{Dialect, Shape};
use super::kept::{Owner, XML, XSI, kept_attribute, kept_member, owner};
use super::rules;
use super::token::TokenAttribute;
use super::tree::Node;
use crate::defect::{Pos, Rule, quote};
use crate::raw::{self, Key, Member, Raw};
use crate::read::Sink;

/// A place for an element inside of a part.
struct Slot {
    name: &'static str,
    content: Content,
    /// May stand several times; its values become a list.
    many: bool,
}

#[derive(Debug, Clone, Copy)]
enum Content {
    Text,
    /// Elements of this name, each text.
    Texts(&'static str),
    /// Attributes only.
    Attributes,
}

/// How strict a part is about its elements.
struct Part {
    slots: &'static [Slot],
    /// `extension` and foreign elements may follow.
    open: bool,
    /// The order does not matter.
    any_order: bool,
    /// The schema lets any attribute stand here.
    any_attribute: bool,
}

const fn slot(name: &'static str) -> Slot {
    Slot {
        name,
        content: Content::Text,
        many: false,
    }
}

const LOCATION: Part = Part {
    slots: &[slot("id")],
    open: true,
    any_order: false,
    any_attribute: false,
};
const QUANTITY: Part = Part {
    slots: &[slot("epcClass"), slot("quantity"), slot("uom")],
    open: false,
    any_order: false,
    any_attribute: false,
};
const PERSISTENT_DISPOSITION: Part = Part {
    slots: &[
        Slot {
            name: "unset",
            content: Content::Text,
            many: true,
        },
        Slot {
            name: "set",
            content: Content::Text,
            many: true,
        },
    ],
    open: false,
    any_order: false,
    any_attribute: false,
};
const SENSOR: Part = Part {
    slots: &[
        Slot {
            name: "sensorMetadata",
            content: Content::Attributes,
            many: false,
        },
        Slot {
            name: "sensorReport",
            content: Content::Attributes,
            many: true,
        },
    ],
    open: true,
    any_order: false,
    any_attribute: false,
};
const ERROR_SLOTS: &[Slot] = &[
    slot("declarationTime"),
    slot("reason"),
    Slot {
        name: "correctiveEventIDs",
        content: Content::Texts("correctiveEventID"),
        many: false,
    },
];

/// Brings parts into shape and reports what the schema of the dialect does not allow.
pub(super) struct Shaper<'a> {
    /// Where defects go.
    pub(super) sink: &'a mut Sink,
    /// The schema in force.
    pub(super) dialect: Dialect,
    /// Whether elements in the EPCIS namespace were reported already.
    pub(super) told_qualified: bool,
}

impl Shaper<'_> {
    /// Reports a violation.
    pub(super) fn report(&mut self, rule: Rule, pos: Pos, message: String) {
        self.sink.at(rule, pos, message);
    }

    /// The local name of an element of EPCIS, or nothing for one of somebody else.
    pub(super) fn own_name(&mut self, node: &Node) -> Option<String> {
        let owner = owner(&node.name);
        if owner == Owner::Foreign {
            return None;
        }
        if owner == Owner::Qualified && !self.told_qualified {
            // Once per event: the habit is the defect, not each element.
            self.told_qualified = true;
            let message = format!("<{}> is in the namespace of EPCIS", written(node));
            self.report(rules::QUALIFIED, node.pos, message);
        }
        Some(node.name.local.to_string())
    }

    /// The value of a field of an event.
    pub(super) fn field(&mut self, shape: Shape, node: Node) -> Raw {
        match shape {
            Shape::Text => self.text(&node),
            Shape::Epcs => self.texts(node, "epc"),
            Shape::Quantities => self.list(node, "quantityElement", |shaper, child| {
                shaper.object(child, &QUANTITY)
            }),
            Shape::Location => self.object(node, &LOCATION),
            Shape::Typed(name) => self.list(node, name, |shaper, child| shaper.typed(&child, name)),
            Shape::Sensors => self.list(node, "sensorElement", |shaper, child| {
                shaper.object(child, &SENSOR)
            }),
            Shape::PersistentDisposition => self.object(node, &PERSISTENT_DISPOSITION),
            Shape::ErrorDeclaration => {
                let any_order = self.dialect == Dialect::Two;
                let part = Part {
                    slots: ERROR_SLOTS,
                    open: true,
                    any_order,
                    any_attribute: true,
                };
                self.object(node, &part)
            }
            Shape::Ilmd => self.ilmd(node),
        }
    }

    /// Text without child elements.
    pub(super) fn text(&mut self, node: &Node) -> Raw {
        self.no_attributes(&node.attributes);
        Raw::Untyped(self.bare_text(node))
    }

    fn bare_text(&mut self, node: &Node) -> String {
        if let Some(child) = node.children().next() {
            let message = format!("<{}> must hold text only", written(node));
            self.report(rules::CONTENT, child.pos, message);
        }
        node.text().trim_matches(is_space).to_owned()
    }

    /// Refuses attributes where the schema has none.
    fn no_attributes(&mut self, attributes: &[TokenAttribute]) {
        self.attributes_without_place(attributes, rules::ATTRIBUTE_UNKNOWN);
    }

    /// Reports attributes that the schema lets pass (`anyAttribute`) and the model has no place for.
    fn ignored_attributes(&mut self, attributes: &[TokenAttribute]) {
        self.attributes_without_place(attributes, rules::ATTRIBUTE);
    }

    fn attributes_without_place(&mut self, attributes: &[TokenAttribute], rule: Rule) {
        for attribute in attributes {
            if !is_schema_attribute(attribute) {
                let message = format!("the attribute {} was ignored", attribute.name.local);
                self.report(rule, attribute.pos, message);
            }
        }
    }

    /// Reports whatever stands in an element that says it has no value.
    fn empty(&mut self, node: &Node) {
        self.no_text(node);
        if let Some(child) = node.children().next() {
            let message = format!("<{}> in an element without value", written(child));
            self.report(rules::CONTENT, child.pos, message);
        }
    }

    fn no_text(&mut self, node: &Node) {
        if node.has_text() {
            let found = quote(node.text().trim_matches(is_space));
            let message = format!("text {found} in <{}>", written(node));
            self.report(rules::CONTENT, node.pos, message);
        }
    }

    fn texts(&mut self, node: Node, name: &'static str) -> Raw {
        self.list(node, name, |shaper, child| shaper.text(&child))
    }

    /// The elements of a list, each made by `item`.
    fn list(&mut self, node: Node, name: &str, item: impl Fn(&mut Self, Node) -> Raw) -> Raw {
        self.no_attributes(&node.attributes);
        self.no_text(&node);
        let mut items = Vec::new();
        for child in into_children(node) {
            let at = child.pos;
            if self.own_name(&child).as_deref() == Some(name) {
                let raw = item(self, child);
                items.push(raw::Node { at, raw });
            } else {
                let message = format!("<{}> where only <{name}> may stand", written(&child));
                self.report(rules::UNKNOWN, at, message);
            }
        }
        Raw::List(items)
    }

    /// `<source type="T">S</source>` and its like.
    fn typed(&mut self, node: &Node, name: &'static str) -> Raw {
        let mut members = Vec::new();
        for attribute in &node.attributes {
            if attribute.name.namespace.is_empty() && &*attribute.name.local == "type" {
                let kind = Raw::Untyped(attribute.value.trim_matches(is_space).to_owned());
                members.push(plain("type", attribute.pos, kind));
            } else {
                self.no_attributes(std::slice::from_ref(attribute));
            }
        }
        let text = self.bare_text(node);
        members.push(plain(name, node.pos, Raw::Untyped(text)));
        Raw::Object(members)
    }

    /// The members of a part with named elements.
    fn object(&mut self, node: Node, part: &Part) -> Raw {
        if part.any_attribute {
            self.ignored_attributes(&node.attributes);
        } else {
            self.no_attributes(&node.attributes);
        }
        self.no_text(&node);
        let mut members: Vec<Member> = Vec::new();
        let mut last = 0;
        for child in into_children(node) {
            // Where the schema is closed, the common rules refuse what is foreign.
            let Some(name) = self.own_name(&child) else {
                last = part.slots.len();
                members.push(kept_member(child));
                continue;
            };
            if part.open && name == "extension" {
                last = part.slots.len();
                self.no_text(&child);
                members.extend(into_children(child).map(kept_member));
                continue;
            }
            let Some(index) = part.slots.iter().position(|slot| slot.name == name) else {
                let mut member = kept_member(child);
                member.key = Key::Plain(name);
                members.push(member);
                continue;
            };
            if index < last && !part.any_order {
                let message = format!("<{name}> comes too late");
                self.report(rules::ORDER, child.pos, message);
            }
            last = last.max(index);
            if let Some(slot) = part.slots.get(index) {
                self.fill(slot, child, &mut members);
            }
        }
        Raw::Object(members)
    }

    fn fill(&mut self, slot: &Slot, child: Node, members: &mut Vec<Member>) {
        if is_nil(&child) {
            self.empty(&child);
            return;
        }
        let at = child.pos;
        let raw = match slot.content {
            Content::Text => self.text(&child),
            Content::Texts(name) => self.texts(child, name),
            Content::Attributes => self.attributes(child),
        };
        let known = members
            .iter_mut()
            .find(|member| matches!(&member.key, Key::Plain(key) if key == slot.name));
        match (known, slot.many) {
            (None, false) => members.push(plain(slot.name, at, raw)),
            (None, true) => {
                let list = Raw::List(vec![raw::Node { at, raw }]);
                members.push(plain(slot.name, at, list));
            }
            (Some(member), true) => {
                if let Raw::List(items) = &mut member.node.raw {
                    items.push(raw::Node { at, raw });
                }
            }
            (Some(_), false) => {
                let message = format!("a second <{}>; the first counts", slot.name);
                self.report(rules::DUPLICATE, at, message);
            }
        }
    }

    /// The attributes of `sensorMetadata` or `sensorReport`.
    fn attributes(&mut self, node: Node) -> Raw {
        let text = self.bare_text(&node);
        if !text.is_empty() {
            let message = format!("text {} in <{}>", quote(&text), written(&node));
            self.report(rules::CONTENT, node.pos, message);
        }
        let attributes = node.attributes.into_iter();
        let members = attributes.filter(|attribute| !is_schema_attribute(attribute));
        Raw::Object(members.map(attribute_member).collect())
    }

    fn ilmd(&mut self, node: Node) -> Raw {
        self.ignored_attributes(&node.attributes);
        self.no_text(&node);
        let mut members = Vec::new();
        for child in into_children(node) {
            match self.own_name(&child).as_deref() {
                None => members.push(kept_member(child)),
                Some("extension") => {
                    self.no_text(&child);
                    members.extend(into_children(child).map(kept_member));
                }
                Some(name) => {
                    let message = format!("<{name}> in ilmd has no namespace");
                    self.report(rules::NO_NAMESPACE, child.pos, message);
                    members.push(kept_member(child));
                }
            }
        }
        Raw::Object(members)
    }
}

/// The child elements of a node.
pub(super) fn into_children(node: Node) -> impl Iterator<Item = Node> {
    node.pieces.into_iter().filter_map(|piece| match piece {
        super::tree::Piece::Node(child) => Some(child),
        super::tree::Piece::Text(_) => None,
    })
}

/// A member of EPCIS itself.
pub(super) fn plain(name: &str, at: Pos, raw: Raw) -> Member {
    Member {
        key: Key::Plain(name.to_owned()),
        node: raw::Node { at, raw },
    }
}

/// The name of an element as the document has it.
pub(super) fn written(node: &Node) -> String {
    match &node.name.prefix {
        Some(prefix) => format!("{prefix}:{}", node.name.local),
        None => node.name.local.to_string(),
    }
}

/// An attribute as a member: ours when it has no namespace, else an extension.
fn attribute_member(attribute: TokenAttribute) -> Member {
    if attribute.name.namespace.is_empty() && attribute.name.prefix.is_none() {
        // stringValue is xsd:string, where white space counts; all others collapse it.
        let value = match &*attribute.name.local {
            "stringValue" => attribute.value,
            _ => attribute.value.trim_matches(is_space).to_owned(),
        };
        return plain(&attribute.name.local, attribute.pos, Raw::Untyped(value));
    }
    kept_attribute(attribute)
}

/// Attributes for XML tools that say nothing about the event.
pub(super) fn is_schema_attribute(attribute: &TokenAttribute) -> bool {
    matches!(&*attribute.name.namespace, XSI | XML)
}

/// `xsi:nil="true"`: the element is there without a value.
fn is_nil(node: &Node) -> bool {
    node.attributes.iter().any(|attribute| {
        &*attribute.name.namespace == XSI
            && &*attribute.name.local == "nil"
            && matches!(attribute.value.trim(), "true" | "1")
    })
}
