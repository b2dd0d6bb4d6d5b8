//! The parts that several event types share.

use super::{Builder, rules};
use crate::{
    check::Expect,
    model::{
        BizTransaction, ErrorDeclaration, Location, Party, PersistentDisposition, QuantityElement,
        Term, Uri,
    },
    raw::{Key, Member, Node, Raw},
    vocab::Vocabulary,
};

/// The plain key of a member, or empty text for a resolved extension name.
pub(super) fn plain(member: &Member) -> &str {
    match &member.key {
        Key::Plain(key) => key,
        Key::Resolved(_) => "",
    }
}

impl Builder<'_> {
    /// A list of identifiers of objects.
    pub(super) fn identifiers(&mut self, node: Node) -> Vec<Uri> {
        self.each(node, |b, entry| b.identifier(entry, Expect::Instance))
    }

    /// A list of identifiers in which the schema tolerates no duplicates (`uniqueItems`).
    pub(super) fn unique_identifiers(&mut self, node: Node) -> Vec<Uri> {
        let at = node.at;
        let uris = self.identifiers(node);
        if let Some(twice) = first_duplicate(&uris) {
            let message = format!("{twice} occurs twice in the list");
            self.report(rules::LIST_DUPLICATE, at, message);
        }
        uris
    }

    /// A list of identifiers in which a duplicate is only suspicious.
    pub(super) fn tolerant_identifiers(&mut self, node: Node) -> Vec<Uri> {
        let at = node.at;
        let uris = self.identifiers(node);
        if let Some(twice) = first_duplicate(&uris) {
            let message = format!("{twice} occurs twice in the list");
            self.report(rules::LIST_DUPLICATE_TOLERATED, at, message);
        }
        uris
    }

    /// A list of quantities.
    pub(super) fn quantities(&mut self, node: Node) -> Vec<QuantityElement> {
        self.each(node, Self::quantity)
    }

    fn quantity(&mut self, node: Node) -> Option<QuantityElement> {
        let at = node.at;
        let (mut epc_class, mut quantity, mut uom) = (None, None, None);
        for member in self.members(node)? {
            match plain(&member) {
                "epcClass" => {
                    epc_class =
                        self.inside("epcClass", |b| b.identifier(member.node, Expect::Class));
                }
                "quantity" => quantity = self.inside("quantity", |b| b.amount(member.node)),
                "uom" => uom = self.inside("uom", |b| b.uom(member.node)),
                _ => self.refuse(&member, "a quantity element"),
            }
        }
        if epc_class.is_none() && !self.broken {
            self.missing(at, "epcClass", "a quantity element");
        }
        Some(QuantityElement {
            epc_class: epc_class?,
            quantity,
            uom,
        })
    }

    /// A read point or business location.
    pub(super) fn location(&mut self, node: Node, what: &str) -> Option<Location> {
        let at = node.at;
        // an identifier without the object around it is unambiguous
        if matches!(node.raw, Raw::Text(_)) {
            let message = format!("{what} is a text instead of an object with a member id");
            self.report(rules::VALUE_TYPE, at, message);
            let id = self.identifier(node, Expect::Any)?;
            return Some(Location {
                id,
                extensions: Vec::new(),
            });
        }
        let mut id = None;
        let mut seen = false;
        let mut extensions = Vec::new();
        for member in self.members(node)? {
            if plain(&member) == "id" {
                seen = true;
                id = self.inside("id", |b| b.identifier(member.node, Expect::Any));
            } else {
                extensions.extend(self.extension(member, what));
            }
        }
        if !seen {
            self.missing(at, "id", what);
        }
        Some(Location {
            id: id?,
            extensions,
        })
    }

    /// `bizTransactionList`.
    pub(super) fn biz_transactions(&mut self, node: Node) -> Vec<BizTransaction> {
        self.each(node, |b, entry| {
            let (kind, id) = b.typed(
                entry,
                Vocabulary::BizTransaction,
                "bizTransaction",
                "a business transaction",
            )?;
            Some(BizTransaction { kind, id: id? })
        })
    }

    /// `sourceList` or `destinationList`; `member` is `source` or `destination`.
    pub(super) fn parties(&mut self, node: Node, member: &str) -> Vec<Party> {
        self.tolerate_empty(
            &node,
            if member == "source" {
                "sourceList"
            } else {
                "destinationList"
            },
        );
        let what = format!("a {member}");
        self.each(node, |b, entry| {
            let at = entry.at;
            let lost = b.broken;
            let (kind, id) = b.typed(entry, Vocabulary::SourceDestination, member, &what)?;
            if kind.is_none() && b.broken == lost {
                b.missing(at, "type", &what);
            }
            Some(Party {
                kind: kind?,
                id: id?,
            })
        })
    }

    /// An object of a type and an identifier, without extensions.
    fn typed(
        &mut self,
        node: Node,
        vocabulary: Vocabulary,
        id_member: &str,
        what: &str,
    ) -> Option<(Option<Term>, Option<Uri>)> {
        let at = node.at;
        let (mut kind, mut id, mut seen) = (None, None, false);
        for member in self.members(node)? {
            let key = plain(&member);
            if key == "type" {
                kind = self.inside("type", |b| b.term(vocabulary, member.node));
            } else if key == id_member {
                seen = true;
                id = self.inside(id_member, |b| b.identifier(member.node, Expect::Any));
            } else {
                self.refuse(&member, what);
            }
        }
        if !seen {
            self.missing(at, id_member, what);
        }
        Some((kind, id))
    }

    /// The JSON schema accepts these lists empty; the XML schema does not.
    fn tolerate_empty(&mut self, node: &Node, what: &str) {
        let empty = match &node.raw {
            Raw::List(nodes) => nodes.is_empty(),
            Raw::Untyped(text) => text.is_empty(),
            _ => false,
        };
        if empty {
            self.report(
                rules::LIST_EMPTY_TOLERATED,
                node.at,
                format!("{what} is empty"),
            );
        }
    }

    /// `persistentDisposition`.
    pub(super) fn persistent_disposition(&mut self, node: Node) -> Option<PersistentDisposition> {
        let at = node.at;
        let mut built = PersistentDisposition::default();
        for member in self.members(node)? {
            match plain(&member) {
                "set" => built.set = self.inside("set", |b| b.dispositions(member.node)),
                "unset" => built.unset = self.inside("unset", |b| b.dispositions(member.node)),
                _ => self.refuse(&member, "persistentDisposition"),
            }
        }
        if built.set.is_empty() && built.unset.is_empty() && !self.broken {
            let message = "persistentDisposition neither sets nor unsets a disposition".to_owned();
            self.lose(rules::MEMBER_MISSING, at, message);
        }
        Some(built)
    }

    fn dispositions(&mut self, node: Node) -> Vec<Term> {
        let at = node.at;
        let terms = self.each(node, |b, entry| b.term(Vocabulary::Disposition, entry));
        if terms.is_empty() && !self.broken {
            self.report(
                rules::LIST_EMPTY,
                at,
                "the list of dispositions is empty".to_owned(),
            );
        }
        let twice = terms
            .iter()
            .enumerate()
            .find(|(index, term)| terms[..*index].contains(term));
        if let Some((_, term)) = twice {
            let message = format!("{term} occurs twice in the list");
            self.report(rules::LIST_DUPLICATE, at, message);
        }
        terms
    }

    /// `errorDeclaration`.
    pub(super) fn error_declaration(&mut self, node: Node) -> Option<ErrorDeclaration> {
        let at = node.at;
        let what = "errorDeclaration";
        let (mut declared, mut seen, mut reason, mut corrective) = (None, false, None, None);
        let mut extensions = Vec::new();
        for member in self.members(node)? {
            match plain(&member) {
                "declarationTime" => {
                    seen = true;
                    declared = self.inside("declarationTime", |b| b.time(member.node));
                }
                "reason" => {
                    reason =
                        self.inside("reason", |b| b.term(Vocabulary::ErrorReason, member.node));
                }
                "correctiveEventIDs" => {
                    corrective =
                        Some(self.inside("correctiveEventIDs", |b| b.each(member.node, Self::uri)));
                }
                _ => extensions.extend(self.extension(member, what)),
            }
        }
        if !seen {
            self.missing(at, "declarationTime", what);
        }
        Some(ErrorDeclaration {
            declaration_time: declared?,
            reason,
            corrective_event_ids: corrective,
            extensions,
        })
    }
}

/// The first identifier that occurs twice.
fn first_duplicate(uris: &[Uri]) -> Option<&Uri> {
    let mut sorted: Vec<&Uri> = uris.iter().collect();
    sorted.sort_unstable();
    sorted
        .windows(2)
        .find(|pair| pair[0] == pair[1])
        .map(|pair| pair[0])
}
