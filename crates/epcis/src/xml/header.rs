//! `EPCISHeader`: business document header, master data, extensions, in the shape of [`crate::raw`].

use super::kept::kept_member;
use super::parts::{Shaper, into_children, plain, written};
use super::rules;
use super::tree::Node;
use crate::raw::{self, Member, Raw};

/// Namespace of the StandardBusinessDocumentHeader.
pub(super) const SBDH: &str =
    "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader";

/// The header as the member `epcisHeader`.
///
/// The StandardBusinessDocumentHeader and extensions stay elements; master data become `epcisMasterData`.
pub(super) fn header(node: Node, shaper: &mut Shaper<'_>) -> Member {
    let at = node.pos;
    let mut members = Vec::new();
    let mut last = 0;
    for child in into_children(node) {
        let is_sbdh = &*child.name.namespace == SBDH;
        let own = shaper.own_name(&child);
        // 1.2 §9.4: the business document header, then extension, then elements of others.
        let index = match (is_sbdh, own.as_deref()) {
            (true, _) => 0,
            (false, Some(_)) => 1,
            (false, None) => 2,
        };
        if index < last {
            let message = format!("<{}> comes too late", written(&child));
            shaper.report(rules::ORDER, child.pos, message);
        }
        last = last.max(index);
        match own.as_deref() {
            Some("extension") => extension(child, shaper, &mut members),
            Some("EPCISMasterData") => {
                let message = "<EPCISMasterData> belongs into <extension>".to_owned();
                shaper.report(rules::MISPLACED, child.pos, message);
                members.push(master_data(child, shaper));
            }
            Some(_) => unknown(child, shaper, &mut members),
            None => members.push(kept_member(child)),
        }
    }
    plain("epcisHeader", at, Raw::Object(members))
}

fn unknown(node: Node, shaper: &mut Shaper<'_>, members: &mut Vec<Member>) {
    let message = format!("<{}> is not an element of EPCIS here", written(&node));
    shaper.report(rules::UNKNOWN, node.pos, message);
    members.push(kept_member(node));
}

fn extension(node: Node, shaper: &mut Shaper<'_>, members: &mut Vec<Member>) {
    for child in into_children(node) {
        match shaper.own_name(&child).as_deref() {
            Some("EPCISMasterData") => members.push(master_data(child, shaper)),
            Some("extension") => members.extend(into_children(child).map(kept_member)),
            Some(_) => unknown(child, shaper, members),
            None => members.push(kept_member(child)),
        }
    }
}

fn master_data(node: Node, shaper: &mut Shaper<'_>) -> Member {
    let at = node.pos;
    let mut members = Vec::new();
    for child in into_children(node) {
        match shaper.own_name(&child).as_deref() {
            Some("VocabularyList") => members.push(vocabulary_list(child, shaper)),
            Some("extension") => members.extend(into_children(child).map(kept_member)),
            _ => unknown(child, shaper, &mut members),
        }
    }
    plain("epcisMasterData", at, Raw::Object(members))
}

/// `VocabularyList` as the member `vocabularyList`.
pub(super) fn vocabulary_list(node: Node, shaper: &mut Shaper<'_>) -> Member {
    let at = node.pos;
    let list = each(node, "Vocabulary", shaper, vocabulary);
    plain("vocabularyList", at, list)
}

/// The elements `name` of a list.
fn each(
    node: Node,
    name: &str,
    shaper: &mut Shaper<'_>,
    item: fn(Node, &mut Shaper<'_>) -> Raw,
) -> Raw {
    let mut items = Vec::new();
    for child in into_children(node) {
        let at = child.pos;
        if shaper.own_name(&child).as_deref() == Some(name) {
            let raw = item(child, shaper);
            items.push(raw::Node { at, raw });
        } else {
            let message = format!("<{}> where only <{name}> may stand", written(&child));
            shaper.report(rules::UNKNOWN, at, message);
        }
    }
    Raw::List(items)
}

/// An attribute such as `type` or `id` as a member.
fn attribute(node: &Node, name: &str, members: &mut Vec<Member>) {
    if let Some(attribute) = node.attribute(name) {
        let value = Raw::Untyped(attribute.value.trim().to_owned());
        members.push(plain(name, attribute.pos, value));
    }
}

fn vocabulary(node: Node, shaper: &mut Shaper<'_>) -> Raw {
    let mut members = Vec::new();
    attribute(&node, "type", &mut members);
    for child in into_children(node) {
        let at = child.pos;
        match shaper.own_name(&child).as_deref() {
            Some("VocabularyElementList") => {
                let list = each(child, "VocabularyElement", shaper, entry);
                members.push(plain("vocabularyElementList", at, list));
            }
            Some("extension") => members.extend(into_children(child).map(kept_member)),
            Some(_) => unknown(child, shaper, &mut members),
            None => members.push(kept_member(child)),
        }
    }
    Raw::Object(members)
}

fn entry(node: Node, shaper: &mut Shaper<'_>) -> Raw {
    let mut members = Vec::new();
    attribute(&node, "id", &mut members);
    let mut attributes = Vec::new();
    let attributes_at = node.pos;
    for child in into_children(node) {
        let at = child.pos;
        match shaper.own_name(&child).as_deref() {
            Some("attribute") => {
                let raw = entry_attribute(child);
                attributes.push(raw::Node { at, raw });
            }
            Some("children") => {
                let list = each(child, "id", shaper, |child, shaper| shaper.text(&child));
                members.push(plain("children", at, list));
            }
            Some("extension") => members.extend(into_children(child).map(kept_member)),
            Some(_) => unknown(child, shaper, &mut members),
            None => members.push(kept_member(child)),
        }
    }
    if !attributes.is_empty() {
        members.push(plain("attributes", attributes_at, Raw::List(attributes)));
    }
    Raw::Object(members)
}

/// `<attribute id="…">`: text, or any content (`xsd:anyType`).
fn entry_attribute(node: Node) -> Raw {
    let mut members = Vec::new();
    attribute(&node, "id", &mut members);
    let at = node.pos;
    let raw = if node.children().next().is_some() {
        let (mut attributes, value) = super::kept::kept(node);
        attributes.retain(|attribute| {
            attribute.name.local != "id" || !attribute.name.namespace.is_empty()
        });
        Raw::Tree(attributes, value)
    } else {
        Raw::Untyped(node.text())
    };
    members.push(plain("attribute", at, raw));
    Raw::Object(members)
}
