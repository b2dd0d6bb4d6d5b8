//! Extension elements: names resolved, values kept.

use super::{Builder, rules};
use crate::{
    defect::{Pos, quote},
    model::{Decimal, Element, Name, Value},
    raw::{Key, Member, Node, Raw},
};

impl Builder<'_> {
    /// A member that the standard does not define: kept when it has a namespace, otherwise a defect.
    pub(super) fn extension(&mut self, member: Member, owner: &str) -> Option<Element> {
        // a key that begins with @ is no name, whatever follows
        if let Key::Plain(key) = &member.key
            && (self.is_standard(&member.key) || key.starts_with('@'))
        {
            let message = format!("{owner} has no member {}", quote(key));
            let at = member.node.at;
            self.inside(key, |b| b.report(rules::MEMBER_UNKNOWN, at, message));
        }
        self.element(member)
    }

    /// A member of a place where the standard allows no extension.
    pub(super) fn refuse(&mut self, member: &Member, owner: &str) {
        let key = match &member.key {
            Key::Plain(key) => key.clone(),
            Key::Resolved(name) => name.local.clone(),
        };
        let message = format!("{owner} has no member {} and no extensions", quote(&key));
        let at = member.node.at;
        self.inside(&key, |b| b.lose(rules::MEMBER_UNKNOWN, at, message));
    }

    /// Any member, as a generic element.
    pub(super) fn element(&mut self, member: Member) -> Option<Element> {
        let step = match &member.key {
            Key::Plain(key) => key.clone(),
            Key::Resolved(name) => name.local.clone(),
        };
        self.inside(&step, |b| {
            let name = match member.key {
                Key::Plain(key) => b.name(&key, member.node.at),
                Key::Resolved(name) => name,
            };
            if let Raw::Tree(attributes, value) = member.node.raw {
                return Some(Element {
                    name,
                    attributes,
                    value,
                });
            }
            let value = b.value(member.node)?;
            Some(Element::new(name, value))
        })
    }

    /// Resolves a JSON key.
    pub(super) fn name(&mut self, key: &str, at: Pos) -> Name {
        let Some((prefix, local)) = key.split_once(':') else {
            // a term that the context defines by itself, or one of the default vocabulary
            if let Some(uri) = self.context.prefixes.get(key) {
                let full = Name::full(uri);
                return Name::bare(full.namespace, full.local);
            }
            let vocab = self.context.vocab.clone().unwrap_or_default();
            return Name::bare(
                if key.starts_with(['@', '#']) {
                    String::new()
                } else {
                    vocab
                },
                key,
            );
        };
        // JSON-LD 1.1 §4.1.5: a suffix that begins with // makes it an absolute IRI
        if local.starts_with("//") {
            return Name::full(key);
        }
        if let Some(namespace) = self.namespace(prefix)
            && !local.is_empty()
        {
            return Name::prefixed(prefix, namespace, local);
        }
        if prefix == "urn" {
            return Name::full(key);
        }
        self.report(
            rules::PREFIX_UNDECLARED,
            at,
            format!("no context declares the prefix of {}", quote(key)),
        );
        Name::bare("", key)
    }

    /// Any value.
    pub(super) fn value(&mut self, node: Node) -> Option<Value> {
        let at = node.at;
        Some(match node.raw {
            Raw::Null => Value::Null,
            Raw::Bool(value) => Value::Bool(value),
            Raw::Number(text) => match Decimal::parse(&text) {
                Ok(number) => Value::Number(number),
                Err(error) => {
                    self.lose(
                        rules::NUMBER_INVALID,
                        at,
                        format!("{}: {error}", quote(&text)),
                    );
                    return None;
                }
            },
            Raw::Text(text) | Raw::Untyped(text) => Value::Text(text),
            Raw::List(_) => Value::List(self.each(node, Self::value)),
            Raw::Object(mut members) => {
                let outer = self.declared.len();
                self.take_declarations(&mut members, rules::PREFIX_INLINE_TOLERATED);
                let members = self.distinct(members).into_iter();
                let elements = members.filter_map(|m| self.element(m)).collect();
                self.declared.truncate(outer);
                Value::Object(elements)
            }
            Raw::Tree(_, value) => value,
        })
    }
}

/// A JSON value as it stands, its keys not taken for names. `None` if a number is out of range.
pub(super) fn literal(node: Node) -> Option<Value> {
    Some(match node.raw {
        Raw::Null => Value::Null,
        Raw::Bool(value) => Value::Bool(value),
        Raw::Number(text) => Value::Number(Decimal::parse(&text).ok()?),
        Raw::Text(text) | Raw::Untyped(text) => Value::Text(text),
        Raw::List(nodes) => Value::List(nodes.into_iter().filter_map(literal).collect()),
        Raw::Object(members) => {
            let elements = members.into_iter().filter_map(|member| match member.key {
                Key::Plain(key) => Some(Element::new(Name::bare("", key), literal(member.node)?)),
                Key::Resolved(_) => None,
            });
            Value::Object(elements.collect())
        }
        Raw::Tree(_, value) => value,
    })
}
