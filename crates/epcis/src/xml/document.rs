//! A document from its root to its last event, one step at a time.
//!
//! Only the stack of open wrappers and one event or header are held. The state is where in
//! `EPCISDocument / EPCISBody / (QueryResults / resultsBody /) EventList (/ extension)*` the reading stands.

use std::collections::VecDeque;
use std::io::Read;

use super::chars::is_space;
use super::event::raw_event;
use super::fault::{Fault, FaultKind};
use super::grammar::{Dialect, Kind};
use super::header::{header, vocabulary_list};
use super::kept::{Owner, kept_attribute, kept_member, owner};
use super::parts::{Shaper, into_children, is_schema_attribute, plain};
use super::rules;
use super::token::{Start, Token, Tokens};
use super::tree::{Node, TreeLimit, read_tree};
use crate::defect::{Pos, Rule, Severity, quote};
use crate::model::{Context, DocumentKind, STANDARD_PREFIXES};
use crate::raw::{Raw, Step};
use crate::read::{Limits, Sink, Source};

/// An open element around the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrapper {
    Document,
    Body,
    Results,
    ResultsBody,
    List,
    /// `extension` in `EventList`, so many deep.
    Extension(usize),
}

/// Reads XML documents of EPCIS 1.x and 2.0 for [`crate::read`].
pub(crate) struct XmlSource<R: Read> {
    tokens: Tokens<R>,
    limits: Limits,
    dialect: Dialect,
    kind: DocumentKind,
    open: Vec<Wrapper>,
    ready: VecDeque<Step>,
    events: usize,
    seen_body: bool,
    seen_list: bool,
    ended: bool,
}

impl<R: Read> XmlSource<R> {
    /// A source of the document in `input`.
    pub(crate) fn new(input: R, limits: Limits) -> Self {
        Self {
            tokens: Tokens::new(input, limits.depth_max),
            limits,
            dialect: Dialect::Two,
            kind: DocumentKind::Capture,
            open: Vec::new(),
            ready: VecDeque::new(),
            events: 0,
            seen_body: false,
            seen_list: false,
            ended: false,
        }
    }

    /// Reads until something is ready or the document ends.
    fn advance(&mut self, sink: &mut Sink) {
        let pos = self.tokens.pos();
        let token = self.tokens.next();
        self.report_pardoned(sink);
        match token {
            Ok(Token::Start(start)) => self.start(start, sink),
            Ok(Token::End) => self.end(pos, sink),
            Ok(Token::Text(text, pos)) => {
                let found = text.trim_matches(is_space);
                if !found.is_empty() {
                    let message = format!("text {} around the events", quote(found));
                    sink.at(rules::CONTENT, pos, message);
                }
            }
            Ok(Token::Done) => self.ended = true,
            Err(fault) => self.fatal(&fault, sink),
        }
    }

    fn report_pardoned(&mut self, sink: &mut Sink) {
        for fault in std::mem::take(&mut self.tokens.pardoned) {
            let rule = fault.kind.rule(Severity::Error);
            sink.at(rule, fault.pos, fault.kind.to_string());
        }
    }

    fn fatal(&mut self, fault: &Fault, sink: &mut Sink) {
        let rule = fault.kind.rule(Severity::Fatal);
        sink.at(rule, fault.pos, fault.kind.to_string());
        self.ended = true;
    }

    /// Reads the rest of an element; `None` after a fatal fault, which is reported.
    fn tree(&mut self, start: Start, limit: TreeLimit, sink: &mut Sink) -> Option<Node> {
        let read = read_tree(&mut self.tokens, start, limit);
        self.report_pardoned(sink);
        match read {
            Ok(node) => Some(node),
            Err(fault) => {
                self.fatal(&fault, sink);
                None
            }
        }
    }

    fn part(&mut self, start: Start, sink: &mut Sink) -> Option<Node> {
        let limit = TreeLimit {
            bytes_max: self.limits.header_bytes_max,
            values_max: self.limits.values_max,
            fault: FaultKind::HeaderTooLarge,
        };
        self.tree(start, limit, sink)
    }

    fn event_limit(&self) -> TreeLimit {
        TreeLimit {
            bytes_max: self.limits.event_bytes_max,
            values_max: self.limits.values_max,
            fault: FaultKind::EventTooLarge,
        }
    }

    fn start(&mut self, start: Start, sink: &mut Sink) {
        let Some(wrapper) = self.open.last().copied() else {
            self.root(start, sink);
            return;
        };
        match owner(&start.name) {
            Owner::Foreign => self.foreign(start, wrapper, sink),
            ownership => {
                // QueryResults is a global element of the schema and therefore qualified.
                let is_global = wrapper == Wrapper::Body && &*start.name.local == "QueryResults";
                if ownership == Owner::Qualified
                    && !is_global
                    && Kind::of(&start.name.local).is_none()
                {
                    let message = format!("<{}> is in the namespace of EPCIS", start.name.local);
                    sink.at(rules::QUALIFIED, start.pos, message);
                }
                self.own(start, wrapper, sink);
            }
        }
    }

    fn own(&mut self, start: Start, wrapper: Wrapper, sink: &mut Sink) {
        let name = start.name.local.to_string();
        if let Some(kind) = Kind::of(&name) {
            self.misplaced_event(&name, kind, wrapper, start.pos, sink);
            self.event(start, kind, sink);
            return;
        }
        match (wrapper, name.as_str()) {
            (Wrapper::Document, "EPCISHeader") => {
                if self.seen_body {
                    sink.at(
                        rules::ORDER,
                        start.pos,
                        "<EPCISHeader> comes too late".to_owned(),
                    );
                }
                self.header(start, sink);
            }
            (Wrapper::Document, "EPCISBody") => {
                if self.seen_body {
                    sink.at(
                        rules::DUPLICATE,
                        start.pos,
                        "a second <EPCISBody>".to_owned(),
                    );
                }
                self.seen_body = true;
                self.open.push(Wrapper::Body);
            }
            (Wrapper::Document | Wrapper::Body, "extension") => self.extension(start, sink),
            (Wrapper::Body, "QueryResults") => self.open.push(Wrapper::Results),
            (Wrapper::Results, "queryName" | "subscriptionID") => self.query_member(start, sink),
            (Wrapper::Results, "resultsBody") => self.open.push(Wrapper::ResultsBody),
            (Wrapper::ResultsBody, "VocabularyList") => self.vocabularies(start, sink),
            (Wrapper::List, "extension") => self.open.push(Wrapper::Extension(1)),
            (Wrapper::Extension(depth), "extension") => {
                self.open.push(Wrapper::Extension(depth + 1));
            }
            (Wrapper::List | Wrapper::Extension(_), _) => {
                let message = format!("<{name}> is not an event of EPCIS");
                sink.at(rules::UNKNOWN, start.pos, message);
                self.event(start, Kind::Foreign, sink);
            }
            (_, "EventList") => {
                let is_expected = match wrapper {
                    Wrapper::Body => self.kind == DocumentKind::Capture,
                    Wrapper::ResultsBody => true,
                    _ => false,
                };
                if !is_expected {
                    let message = "<EventList> without the elements around it".to_owned();
                    sink.at(rules::WRAPPER, start.pos, message);
                } else if self.seen_list {
                    let message = "a second <EventList>".to_owned();
                    sink.at(rules::DUPLICATE, start.pos, message);
                }
                self.seen_body = true;
                self.seen_list = true;
                self.open.push(Wrapper::List);
            }
            (_, _) => {
                let message = format!("<{name}> is not an element of EPCIS here");
                sink.at(rules::UNKNOWN, start.pos, message);
                self.skip(start, sink);
            }
        }
    }

    /// Reports an event whose wrappers are not those of its version.
    fn misplaced_event(
        &mut self,
        name: &str,
        kind: Kind,
        wrapper: Wrapper,
        pos: Pos,
        sink: &mut Sink,
    ) {
        let depth = match wrapper {
            Wrapper::List => 0,
            Wrapper::Extension(depth) => depth,
            _ => {
                self.seen_body = true;
                let message = format!("<{name}> without <EventList> around it");
                sink.at(rules::WRAPPER, pos, message);
                return;
            }
        };
        let expect = kind.wrappers(self.dialect);
        if depth != expect {
            let message =
                format!("<{name}> stands in {depth} extension elements instead of {expect}");
            sink.at(rules::MISPLACED, pos, message);
        }
    }

    fn foreign(&mut self, start: Start, wrapper: Wrapper, sink: &mut Sink) {
        match wrapper {
            Wrapper::List | Wrapper::Extension(_) => self.event(start, Kind::Foreign, sink),
            Wrapper::Document | Wrapper::Body => {
                if wrapper == Wrapper::Document && !self.seen_body {
                    let message = format!("<{}> must follow EPCISBody", start.name.local);
                    sink.at(rules::ORDER, start.pos, message);
                }
                if let Some(node) = self.part(start, sink) {
                    self.ready.push_back(Step::Member(kept_member(node)));
                }
            }
            Wrapper::Results | Wrapper::ResultsBody => {
                if let Some(node) = self.part(start, sink) {
                    self.ready.push_back(Step::Query(kept_member(node)));
                }
            }
        }
    }

    fn header(&mut self, start: Start, sink: &mut Sink) {
        let Some(node) = self.part(start, sink) else {
            return;
        };
        let mut shaper = Shaper {
            sink,
            dialect: self.dialect,
            told_qualified: false,
        };
        let member = header(node, &mut shaper);
        self.ready.push_back(Step::Member(member));
    }

    fn extension(&mut self, start: Start, sink: &mut Sink) {
        let Some(node) = self.part(start, sink) else {
            return;
        };
        let members = into_children(node).map(kept_member).map(Step::Member);
        self.ready.extend(members);
    }

    fn query_member(&mut self, start: Start, sink: &mut Sink) {
        let name = start.name.local.to_string();
        let Some(node) = self.part(start, sink) else {
            return;
        };
        let text = Raw::Untyped(node.text().trim_matches(is_space).to_owned());
        let member = plain(&name, node.pos, text);
        self.ready.push_back(Step::Query(member));
    }

    /// Results of a master data query.
    fn vocabularies(&mut self, start: Start, sink: &mut Sink) {
        let Some(node) = self.part(start, sink) else {
            return;
        };
        self.seen_body = true;
        let mut shaper = Shaper {
            sink,
            dialect: self.dialect,
            told_qualified: false,
        };
        let member = vocabulary_list(node, &mut shaper);
        self.ready.push_back(Step::Query(member));
    }

    fn skip(&mut self, start: Start, sink: &mut Sink) {
        // Read within the limits and dropped; the defect that led here is reported.
        let _ = self.part(start, sink);
    }

    fn event(&mut self, start: Start, kind: Kind, sink: &mut Sink) {
        sink.event = Some(self.events);
        let limit = self.event_limit();
        let Some(node) = self.tree(start, limit, sink) else {
            return;
        };
        self.events += 1;
        let event = raw_event(node, self.dialect, kind, sink);
        self.ready.push_back(Step::Event(event));
    }

    fn end(&mut self, pos: Pos, sink: &mut Sink) {
        let closed = self.open.pop();
        if closed == Some(Wrapper::Document) && !self.seen_body {
            sink.at(
                rules::NO_BODY,
                pos,
                "the document has no EPCISBody".to_owned(),
            );
        }
    }

    fn root(&mut self, start: Start, sink: &mut Sink) {
        let name = start.name.local.to_string();
        let by_namespace = Dialect::of_namespace(&start.name.namespace);
        let is_own = owner(&start.name) != Owner::Foreign;
        let kind = match name.as_str() {
            "EPCISDocument" if is_own => DocumentKind::Capture,
            "EPCISQueryDocument" if is_own => DocumentKind::Query,
            _ if is_own && Kind::of(&name).is_some() => DocumentKind::Event,
            _ => {
                let message = format!("<{name}> is not a document of EPCIS");
                sink.at(rules::ROOT, start.pos, message);
                self.tokens.stop();
                self.ended = true;
                return;
            }
        };
        self.kind = kind;
        self.ready.push_back(Step::Kind(kind));
        self.ready.push_back(Step::Context(context(&start)));
        if let (DocumentKind::Event, Some(event)) = (kind, Kind::of(&name)) {
            self.bare_event(start, event, sink);
            return;
        }
        let version = start.attributes.iter().find(|attribute| {
            attribute.name.namespace.is_empty() && &*attribute.name.local == "schemaVersion"
        });
        let by_version = version.and_then(|version| Dialect::of_version(version.value.trim()));
        if by_namespace.is_none() {
            let message = format!("<{name}> has no namespace of EPCIS");
            sink.at(rules::ROOT_NAMESPACE, start.pos, message);
        }
        self.dialect = by_namespace.or(by_version).unwrap_or(Dialect::Two);
        if let Some(version) = version
            && by_version != Some(self.dialect)
        {
            let message = format!(
                "schemaVersion {} in namespace {}",
                quote(&version.value),
                quote(&start.name.namespace)
            );
            sink.at(rules::VERSION, version.pos, message);
        }
        self.root_attributes(start, sink);
        self.open.push(Wrapper::Document);
    }

    fn root_attributes(&mut self, start: Start, sink: &mut Sink) {
        for attribute in start.attributes {
            if is_schema_attribute(&attribute) {
                continue;
            }
            let name = attribute.name.local.to_string();
            let member = match (&attribute.name.prefix, name.as_str()) {
                (None, "schemaVersion" | "creationDate") => {
                    let value = Raw::Untyped(attribute.value.trim_matches(is_space).to_owned());
                    plain(&name, attribute.pos, value)
                }
                (None, _) => {
                    let message = format!("the attribute {name} was ignored");
                    sink.at(rules::ATTRIBUTE, attribute.pos, message);
                    continue;
                }
                (Some(_), _) => kept_attribute(attribute),
            };
            self.ready.push_back(Step::Member(member));
        }
    }

    /// An event without a document: its wrappers tell which version it follows.
    fn bare_event(&mut self, start: Start, kind: Kind, sink: &mut Sink) {
        let rule: Rule = rules::BARE_EVENT;
        let message = format!("<{}> without a document around it", start.name.local);
        sink.at(rule, start.pos, message);
        sink.event = Some(self.events);
        let limit = self.event_limit();
        let by_namespace = Dialect::of_namespace(&start.name.namespace);
        let Some(node) = self.tree(start, limit, sink) else {
            return;
        };
        let has_wrapper = node
            .children()
            .any(|child| matches!(&*child.name.local, "extension" | "baseExtension"));
        self.dialect = by_namespace.unwrap_or(if has_wrapper {
            Dialect::One
        } else {
            Dialect::Two
        });
        self.events += 1;
        let event = raw_event(node, self.dialect, kind, sink);
        self.ready.push_back(Step::Event(event));
    }
}

impl<R: Read> Source for XmlSource<R> {
    fn uses_pointers(&self) -> bool {
        false
    }

    fn step(&mut self, sink: &mut Sink) -> Step {
        loop {
            if let Some(step) = self.ready.pop_front() {
                return step;
            }
            sink.event = None;
            if self.ended {
                return Step::End;
            }
            self.advance(sink);
        }
    }
}

/// The namespaces that the root declares, without those of EPCIS itself and the standard pairs.
fn context(start: &Start) -> Context {
    let mut context = Context::default();
    for (prefix, namespace) in &start.bindings {
        let is_standard = STANDARD_PREFIXES
            .iter()
            .any(|(known, uri)| known == prefix && uri == namespace);
        if Dialect::of_namespace(namespace).is_some() || is_standard {
            continue;
        }
        if prefix.is_empty() {
            context.vocab = Some(namespace.clone()).filter(|uri| !uri.is_empty());
        } else {
            context.prefixes.insert(prefix.clone(), namespace.clone());
        }
    }
    context
}
