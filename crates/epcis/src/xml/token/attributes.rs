//! Attributes of a start tag: syntax, values, namespace declarations, expanded names.

use std::collections::BTreeSet;
use std::io::Read;

use quick_xml::events::BytesStart;
use quick_xml::events::attributes::{AttrError, Attribute};
use quick_xml::name::{Namespace, PrefixDeclaration, QName};
use quick_xml::{XmlVersion, errors::Error, escape::EscapeError};

use super::{TokenAttribute, TokenName, Tokens, check_chars, check_name, fault, shorten};
use crate::defect::Pos;
use crate::xml::chars::is_space;
use crate::xml::fault::{Fault, FaultKind};
use crate::xml::limits::ATTRIBUTES_MAX;
use crate::xml::source::after;

/// An attribute as written, its value normalised.
pub(super) struct RawAttribute {
    name: String,
    value: String,
    pos: Pos,
}

/// All attributes of a tag that begins at `pos`.
pub(super) fn raw_attributes(tag: &BytesStart<'_>, pos: Pos) -> Result<Vec<RawAttribute>, Fault> {
    let text: &str = tag;
    let mut raw = Vec::new();
    for attribute in tag.attributes() {
        if raw.len() >= ATTRIBUTES_MAX {
            return Err(fault(FaultKind::TooManyAttributes, pos));
        }
        let attribute = attribute.map_err(|error| attribute_fault(&error, text, pos))?;
        raw.push(raw_attribute(&attribute, text, pos)?);
    }
    Ok(raw)
}

impl<R: Read> Tokens<R> {
    /// Puts the namespace declarations of a tag in force and returns them.
    pub(super) fn bind(
        &mut self,
        raw: &[RawAttribute],
        pos: Pos,
    ) -> Result<Vec<(String, String)>, Fault> {
        let refuse = |error: &dyn std::fmt::Display, pos| {
            fault(FaultKind::Namespace(error.to_string()), pos)
        };
        // An empty tag opens the scope; declarations are added with their normalised values.
        self.resolver
            .push(&BytesStart::new("scope"))
            .map_err(|error| refuse(&error, pos))?;
        let mut bindings = Vec::new();
        for attribute in raw {
            let Some(declaration) = QName(&attribute.name).as_namespace_binding() else {
                continue;
            };
            let prefix = match declaration {
                PrefixDeclaration::Default => String::new(),
                PrefixDeclaration::Named(prefix) => prefix.to_owned(),
            };
            // Namespaces in XML 1.0 §2.2: only the default namespace can be undeclared.
            if !prefix.is_empty() && attribute.value.is_empty() {
                return Err(refuse(&format!("xmlns:{prefix} is empty"), attribute.pos));
            }
            self.resolver
                .add(declaration, Namespace(&attribute.value))
                .map_err(|error| refuse(&error, attribute.pos))?;
            bindings.push((prefix, attribute.value.clone()));
        }
        Ok(bindings)
    }

    /// The attributes that are no namespace declarations, with their expanded names.
    pub(super) fn plain_attributes(
        &mut self,
        raw: Vec<RawAttribute>,
    ) -> Result<Vec<TokenAttribute>, Fault> {
        let mut names = BTreeSet::new();
        let mut attributes = Vec::new();
        for attribute in raw {
            let written = QName(&attribute.name);
            if written.as_namespace_binding().is_some() {
                continue;
            }
            let name = self.attribute_name(written, attribute.pos);
            let is_new = names.insert((name.namespace.clone(), name.local.clone()));
            if !is_new {
                let kind = FaultKind::DuplicateAttribute(shorten(&attribute.name));
                return Err(fault(kind, attribute.pos));
            }
            attributes.push(TokenAttribute {
                name,
                value: attribute.value,
                pos: attribute.pos,
            });
        }
        Ok(attributes)
    }

    fn attribute_name(&mut self, written: QName<'_>, pos: Pos) -> TokenName {
        let resolved = self.resolver.resolve_attribute(written).0;
        let (name, unknown) = self.shared.expand(written, resolved);
        if let Some(prefix) = unknown {
            self.pardon(FaultKind::Prefix(prefix), pos);
        }
        name
    }
}

/// Checks one attribute of the tag `text` (without its `<`), which begins at `pos`.
fn raw_attribute(attribute: &Attribute<'_>, text: &str, pos: Pos) -> Result<RawAttribute, Fault> {
    let name = attribute.key.0;
    let at = name.as_ptr().addr().saturating_sub(text.as_ptr().addr());
    let before = text.get(..at).unwrap_or_default();
    let place = after(after(pos, "<"), before);
    check_name(name, place)?;
    // XML 1.0 production STag: white space stands before every attribute.
    if !before.ends_with(is_space) {
        let kind = FaultKind::Attribute(format!("no space before {name}"));
        return Err(fault(kind, place));
    }
    let raw_value: &str = &attribute.value;
    if raw_value.contains('<') {
        return Err(fault(
            FaultKind::Attribute(format!("{name} holds <")),
            place,
        ));
    }
    check_chars(raw_value, place)?;
    let value = attribute
        .normalized_value(XmlVersion::Implicit1_0)
        .map_err(|error| value_fault(&error, place))?;
    check_chars(&value, place)?;
    Ok(RawAttribute {
        name: name.to_owned(),
        value: value.into_owned(),
        pos: place,
    })
}

fn value_fault(error: &Error, place: Pos) -> Fault {
    let kind = match error {
        Error::Escape(EscapeError::UnrecognizedEntity(_, name)) => FaultKind::Entity(shorten(name)),
        other => FaultKind::Attribute(other.to_string()),
    };
    fault(kind, place)
}

fn attribute_fault(error: &AttrError, text: &str, pos: Pos) -> Fault {
    let (at, kind) = match error {
        AttrError::ExpectedEq(at) => (*at, FaultKind::Attribute("no = after its name".to_owned())),
        AttrError::ExpectedValue(at) => (*at, FaultKind::Attribute("no value after =".to_owned())),
        AttrError::UnquotedValue(at) => (
            *at,
            FaultKind::Attribute("its value is not in quotes".to_owned()),
        ),
        AttrError::ExpectedQuote(at, _) => (
            *at,
            FaultKind::Attribute("its value has no closing quote".to_owned()),
        ),
        AttrError::Duplicated(at, _) => {
            let rest = text.get(*at..).unwrap_or_default();
            let name = rest.split(|sign| is_space(sign) || sign == '=').next();
            (
                *at,
                FaultKind::DuplicateAttribute(shorten(name.unwrap_or_default())),
            )
        }
    };
    let before = text.get(..at).unwrap_or(text);
    fault(kind, after(after(pos, "<"), before))
}
