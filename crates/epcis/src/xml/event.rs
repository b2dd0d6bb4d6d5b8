//! An event element as a [`RawEvent`]: wrappers opened, fields in shape, everything foreign kept.

use std::collections::BTreeSet;

use super::grammar::{Dialect, Kind, Level, Sequence, sequence, shape};
use super::kept::{kept_attribute, kept_member, model_name};
use super::parts::{Shaper, into_children, is_schema_attribute, plain, written};
use super::rules;
use super::tree::Node;
use crate::defect::quote;
use crate::model::Uri;
use crate::raw::{self, Key, Member, Raw, RawEvent};
use crate::read::Sink;

/// The field that a document may repeat.
const REPEATED: &str = "certificationInfo";

/// Brings an event into shape; `kind` is what its element name says.
pub(super) fn raw_event(node: Node, dialect: Dialect, kind: Kind, sink: &mut Sink) -> RawEvent {
    let at = node.pos;
    let name = model_name(&node.name);
    let mut walk = Walk {
        shaper: Shaper {
            sink,
            dialect,
            told_qualified: false,
        },
        kind,
        members: Vec::new(),
        seen: BTreeSet::new(),
    };
    let extended = match kind {
        Kind::Standard(standard) => {
            let value = Raw::Untyped(standard.as_str().to_owned());
            walk.members.push(plain("type", at, value));
            // The element itself may be in the namespace of EPCIS.
            walk.shaper.own_name(&node);
            None
        }
        Kind::Quantity | Kind::Foreign => Some(name),
    };
    walk.level(node, Level::Event);
    RawEvent {
        at,
        pointer: String::new(),
        members: walk.members,
        extended,
    }
}

struct Walk<'a> {
    shaper: Shaper<'a>,
    kind: Kind,
    members: Vec<Member>,
    seen: BTreeSet<String>,
}

/// How far a sequence has come.
struct Progress {
    sequence: Sequence,
    last: usize,
    foreign: bool,
}

impl Walk<'_> {
    /// Takes everything of the event or of one of its wrappers.
    fn level(&mut self, mut node: Node, level: Level) {
        self.event_attributes(&mut node);
        if node.has_text() {
            let message = format!("text {} in <{}>", quote(node.text().trim()), written(&node));
            self.shaper.report(rules::CONTENT, node.pos, message);
        }
        let mut progress = Progress {
            sequence: sequence(self.shaper.dialect, self.kind, level),
            last: 0,
            foreign: false,
        };
        for child in into_children(node) {
            let Some(name) = self.shaper.own_name(&child) else {
                self.foreign(child, &mut progress);
                continue;
            };
            if let Some(inner) = level.inside(&name) {
                self.check_order(&name, &child, &mut progress);
                self.level(child, inner);
            } else {
                self.field(&name, child, &mut progress);
            }
        }
    }

    /// Attributes of an event are extensions (`anyAttribute` of the schema).
    fn event_attributes(&mut self, node: &mut Node) {
        for attribute in std::mem::take(&mut node.attributes) {
            if is_schema_attribute(&attribute) {
                continue;
            }
            if attribute.name.prefix.is_some() {
                self.members.push(kept_attribute(attribute));
            } else {
                let message = format!("the attribute {} was ignored", attribute.name.local);
                self.shaper.report(rules::ATTRIBUTE, attribute.pos, message);
            }
        }
    }

    fn foreign(&mut self, child: Node, progress: &mut Progress) {
        progress.foreign = true;
        let is_allowed = match progress.sequence {
            Sequence::Of(list) => list.contains(&"eventTime"),
            Sequence::Local => false,
            Sequence::Foreign | Sequence::Any => true,
        };
        if !is_allowed {
            let message = format!("<{}> belongs to the end of the event", written(&child));
            self.shaper.report(rules::MISPLACED, child.pos, message);
        }
        self.members.push(kept_member(child));
    }

    fn field(&mut self, name: &str, child: Node, progress: &mut Progress) {
        let known = shape(name).filter(|_| self.kind.has(name));
        let Some(shape) = known else {
            self.unknown(name, child, progress);
            return;
        };
        self.check_order(name, &child, progress);
        if self.is_unrelated(name, &child) {
            let message = format!("<{name}> is no URI and was left out");
            self.shaper.report(rules::CONTENT, child.pos, message);
            return;
        }
        if name != REPEATED && !self.seen.insert(name.to_owned()) {
            let message = format!("a second <{name}>; the first counts");
            self.shaper.report(rules::DUPLICATE, child.pos, message);
            return;
        }
        let at = child.pos;
        let raw = self.shaper.field(shape, child);
        if name == REPEATED {
            self.repeat(name, at, raw);
        } else {
            self.members.push(plain(name, at, raw));
        }
    }

    /// Whether an element of 1.x cannot be the later field whose name it has: certificationInfo that is no URI.
    ///
    /// 1.x has no such field, so that the event stands without it; in 2.0 the common rules refuse the event.
    fn is_unrelated(&self, name: &str, child: &Node) -> bool {
        self.shaper.dialect == Dialect::One
            && name == REPEATED
            && Uri::parse(child.text().trim()).is_err()
    }

    /// Several elements of a name become a list; one stays as it is.
    fn repeat(&mut self, name: &str, at: crate::defect::Pos, raw: Raw) {
        let known = self
            .members
            .iter_mut()
            .find(|member| matches!(&member.key, Key::Plain(key) if key == name));
        let Some(member) = known else {
            self.members.push(plain(name, at, raw));
            return;
        };
        match &mut member.node.raw {
            Raw::List(items) => items.push(raw::Node { at, raw }),
            first => {
                let first_node = raw::Node {
                    at: member.node.at,
                    raw: first.clone(),
                };
                *first = Raw::List(vec![first_node, raw::Node { at, raw }]);
            }
        }
    }

    /// An element without a namespace that EPCIS does not have: an extension where the schema is open,
    /// elsewhere a member that the common rules refuse.
    fn unknown(&mut self, name: &str, child: Node, progress: &Progress) {
        let mut member = kept_member(child);
        if matches!(progress.sequence, Sequence::Of(_) | Sequence::Foreign) {
            member.key = Key::Plain(name.to_owned());
        }
        self.members.push(member);
    }

    fn check_order(&mut self, name: &str, child: &Node, progress: &mut Progress) {
        let version = match self.shaper.dialect {
            Dialect::One => "1.2",
            Dialect::Two => "2.0",
        };
        let misplaced = || format!("EPCIS {version} has no <{name}> in this place");
        match progress.sequence {
            Sequence::Local | Sequence::Any => {}
            Sequence::Foreign => {
                self.shaper.report(rules::MISPLACED, child.pos, misplaced());
            }
            Sequence::Of(list) => match list.iter().position(|field| *field == name) {
                None => {
                    self.shaper.report(rules::MISPLACED, child.pos, misplaced());
                }
                Some(index) => {
                    if index < progress.last || progress.foreign {
                        let message = format!("<{name}> comes too late");
                        self.shaper.report(rules::ORDER, child.pos, message);
                    }
                    progress.last = progress.last.max(index);
                }
            },
        }
    }
}
