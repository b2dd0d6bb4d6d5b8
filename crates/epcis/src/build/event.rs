//! Events.

use super::{Builder, parts::plain, rules};
use crate::{
    check::{self, Expect},
    defect::{Pos, quote},
    model::{
        Action, Aggregation, BizTransaction, Context, Element, ErrorDeclaration, Event, EventType,
        Extended, Location, Name, ObjectWhat, Party, PersistentDisposition, QuantityElement,
        SensorElement, Term, Time, Transaction, Transformation, Uri, What, ZoneOffset,
    },
    raw::{Key, Member, Node, Raw, RawEvent},
    read::{Mode, Syntax},
    vocab::Vocabulary,
};

/// Every standard member found, before the event type puts them in their places.
#[derive(Default)]
struct Draft {
    event_time: Option<Time>,
    offset: Option<ZoneOffset>,
    record_time: Option<Time>,
    event_id: Option<Uri>,
    certification_info: Vec<Uri>,
    error_declaration: Option<ErrorDeclaration>,
    action: Option<Action>,
    biz_step: Option<Term>,
    disposition: Option<Term>,
    persistent_disposition: Option<PersistentDisposition>,
    read_point: Option<Location>,
    biz_location: Option<Location>,
    biz_transactions: Vec<BizTransaction>,
    sources: Vec<Party>,
    destinations: Vec<Party>,
    sensor_elements: Vec<SensorElement>,
    parent_id: Option<Uri>,
    epcs: Vec<Uri>,
    child_epcs: Vec<Uri>,
    input_epcs: Vec<Uri>,
    output_epcs: Vec<Uri>,
    quantities: Vec<QuantityElement>,
    child_quantities: Vec<QuantityElement>,
    input_quantities: Vec<QuantityElement>,
    output_quantities: Vec<QuantityElement>,
    transformation_id: Option<Uri>,
    ilmd: Option<Vec<Element>>,
    extensions: Vec<Element>,
    /// Standard members that were present, and where.
    seen: Vec<(String, Pos)>,
}

/// Members that every event type has.
const COMMON: [&str; 16] = [
    "@context",
    "type",
    "eventTime",
    "eventTimeZoneOffset",
    "recordTime",
    "eventID",
    "certificationInfo",
    "errorDeclaration",
    "bizStep",
    "disposition",
    // the JSON schema has it in two types only, the standard (§7.4.1) in all
    "persistentDisposition",
    "readPoint",
    "bizLocation",
    "bizTransactionList",
    "sourceList",
    "destinationList",
];

/// Members of one event type beyond the common ones.
fn own_members(kind: Option<EventType>) -> &'static [&'static str] {
    match kind {
        Some(EventType::Object) => &[
            "action",
            "epcList",
            "quantityList",
            "sensorElementList",
            "ilmd",
        ],
        Some(EventType::Aggregation | EventType::Association) => &[
            "action",
            "parentID",
            "childEPCs",
            "childQuantityList",
            "sensorElementList",
        ],
        Some(EventType::Transaction) => &[
            "action",
            "parentID",
            "epcList",
            "quantityList",
            "sensorElementList",
        ],
        Some(EventType::Transformation) => &[
            "inputEPCList",
            "inputQuantityList",
            "outputEPCList",
            "outputQuantityList",
            "transformationID",
            "sensorElementList",
            "ilmd",
        ],
        None => &[],
    }
}

/// What the member `type` says.
enum Kind {
    Standard(EventType),
    Extended(Name),
}

impl Builder<'_> {
    /// Builds an event. `None` when a value that it needs is missing or ambiguous.
    pub(crate) fn event(mut self, raw: RawEvent, own_context: Option<Context>) -> Option<Event> {
        let at = raw.at;
        let members = self.unique(raw.members);
        let kind = self.kind(raw.extended, &members, at)?;
        let standard = match &kind {
            Kind::Standard(kind) => Some(*kind),
            Kind::Extended(_) => None,
        };
        let mut draft = Draft::default();
        let declared = self.declared.len();
        for member in members {
            self.member(standard, &mut draft, member);
            // what a member declares ends with it
            self.declared.truncate(declared);
        }
        self.complete(standard, &mut draft, at);
        let event_time = draft.event_time.take()?;
        let offset = draft.offset.take()?;
        let seen = std::mem::take(&mut draft.seen);
        let what = what(kind, &mut draft)?;
        let event = Event {
            context: own_context,
            event_time,
            event_time_zone_offset: offset,
            record_time: draft.record_time,
            event_id: draft.event_id,
            certification_info: draft.certification_info,
            error_declaration: draft.error_declaration,
            what,
            biz_step: draft.biz_step,
            disposition: draft.disposition,
            persistent_disposition: draft.persistent_disposition,
            read_point: draft.read_point,
            biz_location: draft.biz_location,
            biz_transactions: draft.biz_transactions,
            sources: draft.sources,
            destinations: draft.destinations,
            sensor_elements: draft.sensor_elements,
            extensions: draft.extensions,
        };
        // rules over several members mean nothing where a member was lost
        if self.broken {
            return None;
        }
        self.rules(&event, &seen, at);
        Some(event)
    }

    /// The rules over several members at once.
    fn rules(&mut self, event: &Event, seen: &[(String, Pos)], at: Pos) {
        for violation in check::event(event) {
            let known = seen.iter().find(|(name, _)| *name == violation.member);
            let pos = known.map_or(at, |(_, pos)| *pos);
            if known.is_some() {
                self.inside(violation.member, |b| {
                    b.report(violation.rule, pos, violation.message);
                });
            } else {
                self.report(violation.rule, pos, violation.message);
            }
        }
    }

    fn kind(&mut self, extended: Option<Name>, members: &[Member], at: Pos) -> Option<Kind> {
        if let Some(name) = extended {
            let message = format!(
                "{} is an event type outside the standard",
                quote(&name.local)
            );
            self.report(rules::EVENT_TYPE_EXTENDED, at, message);
            return Some(Kind::Extended(name));
        }
        let Some(member) = members.iter().find(|m| plain(m) == "type") else {
            self.missing(at, "type", "an event");
            return None;
        };
        let text = match &member.node.raw {
            Raw::Text(text) | Raw::Untyped(text) => text.clone(),
            _ => {
                let node = member.node.clone();
                return self.inside("type", |b| {
                    b.broken = true;
                    let _ = b.text(node);
                    None
                });
            }
        };
        if let Some(kind) = EventType::parse(text.trim()) {
            if kind.as_str() != text {
                self.inside("type", |b| {
                    let message = format!("{} has white space around it", quote(&text));
                    b.report(rules::VALUE_WHITESPACE, member.node.at, message);
                });
            }
            return Some(Kind::Standard(kind));
        }
        let at = member.node.at;
        self.inside("type", |b| {
            if b.syntax == Syntax::Json && Uri::parse(&text).is_ok() {
                let message = format!("{} is an event type outside the standard", quote(&text));
                b.report(rules::EVENT_TYPE_EXTENDED, at, message);
                let name = b.name(&text, at);
                return Some(Kind::Extended(name));
            }
            b.lose(
                rules::EVENT_TYPE_UNKNOWN,
                at,
                format!("{} is no event type", quote(&text)),
            );
            None
        })
    }

    fn member(&mut self, kind: Option<EventType>, draft: &mut Draft, member: Member) {
        let key = plain(&member).to_owned();
        let at = member.node.at;
        let of_type = own_members(kind).contains(&key.as_str());
        // an extended event's own members may be anything
        if !of_type && !COMMON.contains(&key.as_str()) {
            let element = match kind {
                Some(kind) => self.extension(member, kind.as_str()),
                None => self.element(member),
            };
            draft.extensions.extend(element);
            return;
        }
        self.inside(&key, |b| b.standard(&key, draft, member.node));
        draft.seen.push((key, at));
    }

    fn standard(&mut self, key: &str, to: &mut Draft, node: Node) {
        match key {
            "eventTime" => to.event_time = self.time(node),
            "eventTimeZoneOffset" => to.offset = self.offset(node),
            "recordTime" => to.record_time = self.time(node),
            "eventID" => to.event_id = self.uri(node),
            "certificationInfo" => to.certification_info = self.certification_info(node),
            "errorDeclaration" => to.error_declaration = self.error_declaration(node),
            "action" => to.action = self.action(node),
            "bizStep" => to.biz_step = self.term(Vocabulary::BizStep, node),
            "disposition" => to.disposition = self.term(Vocabulary::Disposition, node),
            "persistentDisposition" => {
                to.persistent_disposition = self.persistent_disposition(node);
            }
            "readPoint" => to.read_point = self.location(node, "readPoint"),
            "bizLocation" => to.biz_location = self.location(node, "bizLocation"),
            "bizTransactionList" => to.biz_transactions = self.biz_transactions(node),
            "sourceList" => to.sources = self.parties(node, "source"),
            "destinationList" => to.destinations = self.parties(node, "destination"),
            "sensorElementList" => to.sensor_elements = self.sensor_elements(node),
            "parentID" => to.parent_id = self.identifier(node, Expect::Instance),
            "epcList" => to.epcs = self.unique_identifiers(node),
            "childEPCs" => to.child_epcs = self.tolerant_identifiers(node),
            "inputEPCList" => to.input_epcs = self.unique_identifiers(node),
            "outputEPCList" => to.output_epcs = self.unique_identifiers(node),
            "quantityList" => to.quantities = self.quantities(node),
            "childQuantityList" => to.child_quantities = self.quantities(node),
            "inputQuantityList" => to.input_quantities = self.quantities(node),
            "outputQuantityList" => to.output_quantities = self.quantities(node),
            "transformationID" => to.transformation_id = self.uri(node),
            "ilmd" => to.ilmd = self.ilmd(node),
            // `type` and `@context` were read before
            _ => {}
        }
    }

    /// A URI, or a list of URIs.
    fn certification_info(&mut self, node: Node) -> Vec<Uri> {
        match node.raw {
            Raw::List(_) => self.each(node, Self::uri),
            _ => self.uri(node).into_iter().collect(),
        }
    }

    fn action(&mut self, node: Node) -> Option<Action> {
        let at = node.at;
        let text = self.text(node)?;
        if let Some(action) = Action::parse(&text) {
            return Some(action);
        }
        let message = format!("{} is no action", quote(&text));
        let repaired = Action::parse(&text.trim().to_ascii_uppercase());
        if repaired.is_some() && self.mode == Mode::Lenient {
            self.report(rules::ACTION_INVALID, at, message);
            return repaired;
        }
        self.lose(rules::ACTION_INVALID, at, message);
        None
    }

    fn ilmd(&mut self, node: Node) -> Option<Vec<Element>> {
        let members = self.members(node)?;
        Some(
            members
                .into_iter()
                .filter_map(|member| self.extension(member, "ilmd"))
                .collect(),
        )
    }

    /// `bizTransactionList`: a transaction needs one (§7.4.4), elsewhere an empty one is only odd.
    fn complete_documents(&mut self, kind: Option<EventType>, draft: &Draft, at: Pos) {
        let needed = kind == Some(EventType::Transaction);
        let name = "bizTransactionList";
        let Some((_, pos)) = draft.seen.iter().find(|(seen, _)| seen == name) else {
            if needed {
                self.missing(at, name, EventType::Transaction.as_str());
            }
            return;
        };
        if draft.biz_transactions.is_empty() && !self.broken {
            let message = format!("{name} is empty");
            self.inside(name, |b| {
                if needed {
                    b.lose(rules::LIST_EMPTY, *pos, message);
                } else {
                    b.report(rules::LIST_EMPTY_TOLERATED, *pos, message);
                }
            });
        }
    }

    /// Reports required members that are absent; the ones that were present and wrong were reported before.
    fn complete(&mut self, kind: Option<EventType>, draft: &mut Draft, at: Pos) {
        let what = kind.map_or("an event", EventType::as_str);
        let absent = |draft: &Draft, name: &str| draft.seen.iter().all(|(seen, _)| seen != name);
        if absent(draft, "eventTime") {
            self.missing(at, "eventTime", what);
        }
        if absent(draft, "eventTimeZoneOffset") {
            // the offset written in eventTime is the only candidate, unless that is UTC
            let derived = draft.event_time.as_ref().and_then(offset_of);
            if derived.is_some() && self.mode == Mode::Lenient {
                draft.offset = derived;
                let message = format!("{what} has no eventTimeZoneOffset");
                self.report(rules::MEMBER_MISSING, at, message);
            } else {
                self.missing(at, "eventTimeZoneOffset", what);
            }
        }
        if own_members(kind).contains(&"action") && absent(draft, "action") {
            self.missing(at, "action", what);
        }
        // the JSON schema wants a list, even an empty one, also where a parent alone would do
        let lists = ["epcList", "quantityList"];
        if kind == Some(EventType::Transaction)
            && self.syntax == Syntax::Json
            && draft.action.is_some_and(|action| action != Action::Delete)
            && lists.iter().all(|list| absent(draft, list))
        {
            self.missing(at, "epcList", what);
        }
        if kind == Some(EventType::Association) && absent(draft, "parentID") {
            self.missing(at, "parentID", what);
        }
        self.complete_documents(kind, draft, at);
    }
}

/// The offset that a time is written with, unless it is `Z`.
fn offset_of(time: &Time) -> Option<ZoneOffset> {
    let text = time.as_str();
    ZoneOffset::parse(text.get(text.len().checked_sub(6)?..)?).ok()
}

fn what(kind: Kind, draft: &mut Draft) -> Option<What> {
    let kind = match kind {
        Kind::Extended(name) => return Some(What::Extended(Extended { name })),
        Kind::Standard(kind) => kind,
    };
    let take = std::mem::take::<Vec<Uri>>;
    let take_quantities = std::mem::take::<Vec<QuantityElement>>;
    Some(match kind {
        EventType::Object => What::Object(ObjectWhat {
            action: draft.action?,
            epcs: take(&mut draft.epcs),
            quantities: take_quantities(&mut draft.quantities),
            ilmd: draft.ilmd.take(),
        }),
        EventType::Aggregation | EventType::Association => {
            let aggregation = Aggregation {
                action: draft.action?,
                parent_id: draft.parent_id.take(),
                child_epcs: take(&mut draft.child_epcs),
                child_quantities: take_quantities(&mut draft.child_quantities),
            };
            if kind == EventType::Aggregation {
                What::Aggregation(aggregation)
            } else {
                What::Association(aggregation)
            }
        }
        EventType::Transaction => What::Transaction(Transaction {
            action: draft.action?,
            parent_id: draft.parent_id.take(),
            epcs: take(&mut draft.epcs),
            quantities: take_quantities(&mut draft.quantities),
        }),
        EventType::Transformation => What::Transformation(Transformation {
            input_epcs: take(&mut draft.input_epcs),
            input_quantities: take_quantities(&mut draft.input_quantities),
            output_epcs: take(&mut draft.output_epcs),
            output_quantities: take_quantities(&mut draft.output_quantities),
            transformation_id: draft.transformation_id.take(),
            ilmd: draft.ilmd.take(),
        }),
    })
}

/// The `@context` member of an event, if it has one.
pub(crate) fn own_context(raw: &RawEvent) -> Option<&Node> {
    raw.members
        .iter()
        .find(|member| matches!(&member.key, Key::Plain(key) if key == "@context"))
        .map(|member| &member.node)
}
