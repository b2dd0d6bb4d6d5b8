//! From raw trees to the model: one builder for both syntaxes, so that a rule exists once.
//!
//! The builder reports every violation it meets and goes on. What it cannot turn into a value it leaves out and
//! remembers that the event is *broken*: such an event is refused in either mode. Repairs that lenient reading
//! accepts are made here too, each with its defect, so that strict reading refuses exactly what lenient repairs.

mod event;
mod extension;
mod header;
mod parts;
pub(crate) mod rules;
mod scalar;
mod sensor;

pub(crate) use event::own_context;
pub(crate) use header::{HeaderBuilder, merge};

use crate::{
    defect::{Place, Pos, Rule, quote},
    model::Context,
    raw::{Key, Member, Node, Raw},
    read::{Mode, Sink, Syntax},
};

/// Builds model values out of raw trees.
pub(crate) struct Builder<'a> {
    sink: &'a mut Sink,
    context: &'a Context,
    syntax: Syntax,
    mode: Mode,
    /// JSON pointer to the value being built.
    path: String,
    /// Prefixes with their namespaces that `@xmlns:` members declare where they are used, the innermost last.
    declared: Vec<(String, String)>,
    /// Whether something was lost that the event needs.
    broken: bool,
}

impl<'a> Builder<'a> {
    /// A builder for one event or header member at a pointer.
    pub(crate) fn new(
        sink: &'a mut Sink,
        context: &'a Context,
        syntax: Syntax,
        mode: Mode,
        pointer: String,
    ) -> Self {
        Self {
            sink,
            context,
            syntax,
            mode,
            path: pointer,
            declared: Vec::new(),
            broken: false,
        }
    }

    fn report(&mut self, rule: Rule, at: Pos, message: String) {
        let place = match self.syntax {
            Syntax::Json => Place::Pointer(self.path.clone()),
            Syntax::Xml => Place::Position(at),
        };
        self.sink.report(rule, place, message);
    }

    /// Reports something that leaves the event without a value it had.
    fn lose(&mut self, rule: Rule, at: Pos, message: String) {
        self.broken = true;
        self.report(rule, at, message);
    }

    /// Runs `build` one step deeper.
    fn inside<T>(&mut self, step: &str, build: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        self.path.push('/');
        for character in step.chars() {
            // RFC 6901 §3
            match character {
                '~' => self.path.push_str("~0"),
                '/' => self.path.push_str("~1"),
                other => self.path.push(other),
            }
        }
        let result = build(self);
        self.path.truncate(length);
        result
    }

    /// The members of an object, without duplicates and nulls. `None` if it is no object.
    fn members(&mut self, node: Node) -> Option<Vec<Member>> {
        match node.raw {
            Raw::Object(members) => Some(self.unique(members)),
            // an empty XML element
            Raw::Untyped(text) if text.is_empty() => Some(Vec::new()),
            other => {
                self.lose(
                    rules::VALUE_TYPE,
                    node.at,
                    format!("expected an object, found {}", describe(&other)),
                );
                None
            }
        }
    }

    /// Reports members that occur twice and members that are null, and drops them.
    fn unique(&mut self, mut members: Vec<Member>) -> Vec<Member> {
        // the JSON schema allows names of this kind in the values of extensions only
        self.take_declarations(&mut members, rules::PREFIX_INLINE);
        let mut kept = Vec::with_capacity(members.len());
        for member in self.distinct(members) {
            if member.node.raw == Raw::Null && self.is_standard(&member.key) {
                let step = key_text(&member).unwrap_or_default().to_owned();
                let message = format!("{} is null", quote(&step));
                self.inside(&step, |b| {
                    b.report(rules::VALUE_NULL, member.node.at, message);
                });
            } else {
                kept.push(member);
            }
        }
        kept
    }

    /// Reports members that occur twice, and drops the later ones.
    fn distinct(&mut self, members: Vec<Member>) -> Vec<Member> {
        let mut order: Vec<usize> = (0..members.len()).collect();
        order.sort_by(|a, b| key_text(&members[*a]).cmp(&key_text(&members[*b])));
        let mut dropped = vec![false; members.len()];
        for pair in order.windows(2) {
            let (first, second) = (&members[pair[0]], &members[pair[1]]);
            let (Some(key), true) = (key_text(first), key_text(first) == key_text(second)) else {
                continue;
            };
            dropped[pair[1]] = true;
            let same = first.node.raw == second.node.raw;
            let message = format!("member {} occurs twice", quote(key));
            self.inside(key, |b| {
                b.report(rules::MEMBER_DUPLICATE, second.node.at, message);
                b.broken |= !same;
            });
        }
        let kept = members.into_iter().zip(dropped);
        kept.filter(|(_, dropped)| !dropped)
            .map(|(member, _)| member)
            .collect()
    }

    /// JSON that was made from XML declares prefixes as `"@xmlns:p": "namespace"` beside their use. JSON-LD has no such
    /// member, but the names, and with them the hash, are clear. Takes the declarations out of the members.
    fn take_declarations(&mut self, members: &mut Vec<Member>, rule: Rule) {
        if self.syntax == Syntax::Xml {
            return;
        }
        members.retain(|member| {
            let Key::Plain(key) = &member.key else {
                return true;
            };
            match (key.strip_prefix("@xmlns:"), &member.node.raw) {
                (Some(prefix), Raw::Text(namespace)) if !prefix.is_empty() => {
                    self.declared.push((prefix.to_owned(), namespace.clone()));
                    let message = format!("{} declares a prefix outside @context", quote(key));
                    let at = member.node.at;
                    self.inside(key, |b| b.report(rule, at, message));
                    false
                }
                _ => true,
            }
        });
    }

    /// The namespace of a prefix.
    fn namespace(&self, prefix: &str) -> Option<&str> {
        let inline = self.declared.iter().rev().find(|(name, _)| name == prefix);
        match inline {
            Some((_, namespace)) => Some(namespace),
            None => self.context.namespace(prefix),
        }
    }

    /// Whether the key is one of EPCIS itself. JSON extensions have a colon in their key.
    fn is_standard(&self, key: &Key) -> bool {
        matches!(key, Key::Plain(text) if self.syntax == Syntax::Xml || !text.contains(':'))
    }

    /// Builds each entry of a list; entries that cannot be built are left out.
    fn each<T>(
        &mut self,
        node: Node,
        mut build: impl FnMut(&mut Self, Node) -> Option<T>,
    ) -> Vec<T> {
        let nodes = match node.raw {
            Raw::List(nodes) => nodes,
            // an empty XML list
            Raw::Untyped(text) if text.is_empty() => return Vec::new(),
            other => {
                let message = format!("expected a list, found {}", describe(&other));
                self.report(rules::VALUE_TYPE, node.at, message);
                // one value where a list of one is meant is unambiguous
                let one = Node {
                    at: node.at,
                    raw: other,
                };
                return build(self, one).into_iter().collect();
            }
        };
        let mut built = Vec::with_capacity(nodes.len());
        for (index, entry) in nodes.into_iter().enumerate() {
            let step = index.to_string();
            if let Some(value) = self.inside(&step, |b| build(b, entry)) {
                built.push(value);
            }
        }
        built
    }

    /// Reports a member that is absent, at the object that lacks it, so that the place exists in the document.
    fn missing(&mut self, at: Pos, member: &str, what: &str) {
        self.lose(rules::MEMBER_MISSING, at, format!("{what} has no {member}"));
    }
}

/// The text under which duplicates are looked for; XML extension elements may repeat.
fn key_text(member: &Member) -> Option<&str> {
    match &member.key {
        Key::Plain(text) => Some(text),
        Key::Resolved(_) => None,
    }
}

/// What a raw value is, for messages.
fn describe(raw: &Raw) -> String {
    match raw {
        Raw::Null => "null".to_owned(),
        Raw::Bool(value) => format!("the boolean {value}"),
        Raw::Number(text) => format!("the number {text}"),
        Raw::Text(text) | Raw::Untyped(text) => format!("the text {}", quote(text)),
        Raw::List(_) => "a list".to_owned(),
        Raw::Object(_) => "an object".to_owned(),
        Raw::Tree(..) => "an extension element".to_owned(),
    }
}
