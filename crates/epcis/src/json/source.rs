//! Walks a JSON document and hands out its parts: members of the document, then one event after the other.
//!
//! Memory holds one event at a time. Two exceptions are bounded: members in front of the body, and events in front
//! of an `@context` that a sender wrote behind the body (RFC 8259 gives the order of members no meaning).

use std::{collections::VecDeque, io::Read};

use super::{parser::Parser, rules, text::Fault};
use crate::{
    build::rules as build_rules,
    defect::{Place, Rule},
    model::{DocumentKind, EventType},
    raw::{Key, Member, Node, Raw, RawEvent, Step},
    read::{Limits, Sink, Source},
};

/// An object or list that is open at the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Body,
    Query,
    Results,
    Events { query: bool, index: usize },
}

/// How far the walk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Start,
    Open,
    Ended,
}

const CAPTURE_EVENTS: &str = "/epcisBody/eventList";
const QUERY_EVENTS: &str = "/epcisBody/queryResults/resultsBody/eventList";

pub(crate) struct JsonSource<R> {
    parser: Parser<R>,
    limits: Limits,
    /// Open levels, each with whether its next entry is its first.
    open: Vec<(Level, bool)>,
    /// Steps ready to be handed out.
    ready: VecDeque<Step>,
    /// Members of the root read before the body; a single event has only these.
    held: Vec<Member>,
    /// Events read before `@context`, and their size in bytes.
    early: Vec<RawEvent>,
    early_bytes: u64,
    early_values: usize,
    header_bytes: u64,
    header_values: usize,
    phase: Phase,
    context_seen: bool,
    body_seen: bool,
    events_seen: bool,
}

impl<R: Read> JsonSource<R> {
    pub(crate) fn new(inner: R, limits: Limits) -> Self {
        Self {
            parser: Parser::new(inner, limits.depth_max, limits.values_max),
            limits,
            open: Vec::new(),
            ready: VecDeque::new(),
            held: Vec::new(),
            early: Vec::new(),
            early_bytes: 0,
            early_values: 0,
            header_bytes: 0,
            header_values: 0,
            phase: Phase::Start,
            context_seen: false,
            body_seen: false,
            events_seen: false,
        }
    }

    fn start(&mut self, sink: &mut Sink) -> Result<(), Fault> {
        self.phase = Phase::Open;
        if self.parser.text.byte_order_mark()? {
            let pos = self.parser.text.pos();
            let message = "the document begins with a byte order mark".to_owned();
            sink.report(rules::BYTE_ORDER_MARK, Place::Position(pos), message);
        }
        if self.parser.text.blank()? != Some(b'{') {
            let message = "the document is no JSON object";
            return Err(self.parser.text.fault(rules::ROOT, message));
        }
        self.parser.text.skip(1)?;
        self.open.push((Level::Root, true));
        Ok(())
    }

    fn advance(&mut self, sink: &mut Sink) -> Result<(), Fault> {
        if self.phase == Phase::Start {
            return self.start(sink);
        }
        let Some((level, mut first)) = self.open.last().copied() else {
            self.phase = Phase::Ended;
            return Ok(());
        };
        let close = if matches!(level, Level::Events { .. }) {
            b']'
        } else {
            b'}'
        };
        let more = self.parser.next(&mut first, close)?;
        if let Some(top) = self.open.last_mut() {
            top.1 = first;
        }
        if !more {
            self.open.pop();
            return self.close(level, sink);
        }
        match level {
            Level::Root => self.root_member(sink),
            Level::Body => self.body_member(sink),
            Level::Query => self.query_member(sink),
            Level::Results => self.results_member(sink),
            Level::Events { query, index } => {
                if let Some(top) = self.open.last_mut() {
                    top.0 = Level::Events {
                        query,
                        index: index + 1,
                    };
                }
                let base = if query { QUERY_EVENTS } else { CAPTURE_EVENTS };
                self.event(format!("{base}/{index}"), sink)
            }
        }
    }

    fn root_member(&mut self, sink: &mut Sink) -> Result<(), Fault> {
        let key = self.parser.key()?;
        if key == "epcisBody" {
            let again = std::mem::replace(&mut self.body_seen, true);
            return self.enter("/epcisBody", b'{', Level::Body, again, sink);
        }
        let node = self.header_value(1)?;
        let member = Member {
            key: Key::Plain(key),
            node,
        };
        let is_context = matches!(&member.key, Key::Plain(key) if key == "@context");
        self.context_seen |= is_context;
        if self.body_seen {
            self.ready.push_back(Step::Member(member));
            if is_context {
                self.release();
            }
        } else {
            self.held.push(member);
        }
        Ok(())
    }

    fn body_member(&mut self, sink: &mut Sink) -> Result<(), Fault> {
        let key = self.parser.key()?;
        match key.as_str() {
            "eventList" => {
                self.kind(DocumentKind::Capture);
                self.enter_events(false, sink)
            }
            "queryResults" => {
                self.kind(DocumentKind::Query);
                self.enter("/epcisBody/queryResults", b'{', Level::Query, false, sink)
            }
            _ => self.other("/epcisBody", key, sink),
        }
    }

    fn query_member(&mut self, sink: &mut Sink) -> Result<(), Fault> {
        let key = self.parser.key()?;
        if key == "resultsBody" {
            let pointer = "/epcisBody/queryResults/resultsBody";
            return self.enter(pointer, b'{', Level::Results, false, sink);
        }
        let node = self.header_value(3)?;
        self.ready.push_back(Step::Query(Member {
            key: Key::Plain(key),
            node,
        }));
        Ok(())
    }

    fn results_member(&mut self, sink: &mut Sink) -> Result<(), Fault> {
        let key = self.parser.key()?;
        match key.as_str() {
            "eventList" => self.enter_events(true, sink),
            "vocabularyList" => {
                let node = self.header_value(4)?;
                self.ready.push_back(Step::Query(Member {
                    key: Key::Plain(key),
                    node,
                }));
                Ok(())
            }
            _ => self.other("/epcisBody/queryResults/resultsBody", key, sink),
        }
    }

    /// A member inside the body that is not one of the standard's: kept at document level.
    fn other(&mut self, pointer: &'static str, key: String, sink: &mut Sink) -> Result<(), Fault> {
        let node = self.header_value(4)?;
        if key.contains(':') {
            let key = Key::Plain(key);
            self.ready
                .push_back(Step::Kept(pointer, Member { key, node }));
        } else {
            let place = Place::Pointer(format!("{pointer}/{}", escape(&key)));
            let message = format!("the body has no member {}", crate::defect::quote(&key));
            sink.report(build_rules::MEMBER_UNKNOWN, place, message);
        }
        Ok(())
    }

    /// Opens an object or list, or reports that there is none.
    fn enter(
        &mut self,
        pointer: &str,
        open: u8,
        level: Level,
        again: bool,
        sink: &mut Sink,
    ) -> Result<(), Fault> {
        let mut report = |rule: Rule, message: String| {
            sink.report(rule, Place::Pointer(pointer.to_owned()), message);
        };
        let found = self.parser.text.blank()?;
        if again || found != Some(open) {
            if again {
                report(
                    build_rules::MEMBER_DUPLICATE,
                    format!("{pointer} occurs twice"),
                );
            } else {
                report(
                    build_rules::VALUE_TYPE,
                    format!("expected '{}'", char::from(open)),
                );
            }
            self.header_value(4)?;
            if level == Level::Body {
                self.release_members();
            }
            return Ok(());
        }
        self.parser.text.skip(1)?;
        self.open.push((level, true));
        Ok(())
    }

    fn enter_events(&mut self, query: bool, sink: &mut Sink) -> Result<(), Fault> {
        let again = std::mem::replace(&mut self.events_seen, true);
        let pointer = if query { QUERY_EVENTS } else { CAPTURE_EVENTS };
        // one event where a list of one is meant is unambiguous
        if !again && self.parser.text.blank()? == Some(b'{') {
            let message = "expected a list of events, found one event".to_owned();
            sink.report(
                build_rules::VALUE_TYPE,
                Place::Pointer(pointer.to_owned()),
                message,
            );
            return self.event(pointer.to_owned(), sink);
        }
        self.enter(
            pointer,
            b'[',
            Level::Events { query, index: 0 },
            again,
            sink,
        )
    }

    fn event(&mut self, pointer: String, sink: &mut Sink) -> Result<(), Fault> {
        // events that wait for @context are in memory together
        self.parser.count_from(self.early_values);
        let from = self.parser.text.consumed();
        self.parser.text.allow(self.limits.event_bytes_max as u64);
        let node = self.parser.value(self.open.len())?;
        self.parser.text.allow(u64::MAX);
        let bytes = self.parser.text.consumed() - from;
        let Raw::Object(members) = node.raw else {
            let message = "the list of events holds something that is no object".to_owned();
            sink.report(build_rules::VALUE_TYPE, Place::Pointer(pointer), message);
            return Ok(());
        };
        let event = RawEvent {
            at: node.at,
            pointer,
            members,
            extended: None,
        };
        if self.context_seen {
            self.ready.push_back(Step::Event(event));
            return Ok(());
        }
        self.early_values = self.parser.values();
        self.early_bytes += bytes;
        if self.early_bytes > self.limits.early_bytes_max as u64 {
            let message = "@context follows too much of the body";
            return Err(self.parser.text.fault(rules::CONTEXT_LATE, message));
        }
        self.early.push(event);
        Ok(())
    }

    /// A value outside the events.
    fn header_value(&mut self, depth: usize) -> Result<Node, Fault> {
        self.parser.count_from(self.header_values);
        let from = self.parser.text.consumed();
        let left = (self.limits.header_bytes_max as u64).saturating_sub(self.header_bytes);
        self.parser.text.allow(left);
        let node = self.parser.value(depth)?;
        self.parser.text.allow(u64::MAX);
        self.header_values = self.parser.values();
        self.header_bytes += self.parser.text.consumed() - from;
        Ok(node)
    }

    /// Hands out the kind of document, then the members read before it was known.
    fn kind(&mut self, kind: DocumentKind) {
        self.ready.push_back(Step::Kind(kind));
        self.release_members();
    }

    fn release_members(&mut self) {
        let held = std::mem::take(&mut self.held);
        self.ready.extend(held.into_iter().map(Step::Member));
    }

    /// Hands out the events that waited for `@context`.
    fn release(&mut self) {
        let early = std::mem::take(&mut self.early);
        self.early_values = 0;
        self.ready.extend(early.into_iter().map(Step::Event));
    }

    fn close(&mut self, level: Level, sink: &mut Sink) -> Result<(), Fault> {
        match level {
            Level::Body if !self.events_seen => {
                self.release_members();
                let pointer = "/epcisBody".to_owned();
                let message = "the body has no eventList".to_owned();
                sink.report(
                    build_rules::MEMBER_MISSING,
                    Place::Pointer(pointer),
                    message,
                );
            }
            Level::Root => {
                if !self.body_seen {
                    self.without_body(sink);
                }
                self.release();
                if self.parser.text.blank()?.is_some() {
                    let pos = self.parser.text.pos();
                    let message = "something follows the document".to_owned();
                    sink.report(rules::TRAILING, Place::Position(pos), message);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The whole object was read and is no document: a single event, or something else.
    fn without_body(&mut self, sink: &mut Sink) {
        let members = std::mem::take(&mut self.held);
        let kind = members
            .iter()
            .find_map(|member| match (&member.key, &member.node.raw) {
                (Key::Plain(key), Raw::Text(text)) if key == "type" => Some(text.clone()),
                _ => None,
            });
        let has_time = members
            .iter()
            .any(|member| member.key == Key::Plain("eventTime".to_owned()));
        let is_event = has_time
            || kind
                .as_deref()
                .is_some_and(|kind| EventType::parse(kind).is_some());
        if is_event {
            self.ready.push_back(Step::Kind(DocumentKind::Event));
            self.ready.push_back(Step::Event(RawEvent {
                at: crate::defect::Pos { line: 1, column: 1 },
                pointer: String::new(),
                members,
                extended: None,
            }));
            return;
        }
        if kind.as_deref() == Some("EPCISQueryDocument") {
            self.ready.push_back(Step::Kind(DocumentKind::Query));
        }
        self.ready.extend(members.into_iter().map(Step::Member));
        let place = Place::Pointer(String::new());
        let message = "the document has no epcisBody".to_owned();
        sink.report(build_rules::MEMBER_MISSING, place, message);
    }
}

impl<R: Read> Source for JsonSource<R> {
    fn uses_pointers(&self) -> bool {
        true
    }

    fn step(&mut self, sink: &mut Sink) -> Step {
        loop {
            if let Some(step) = self.ready.pop_front() {
                return step;
            }
            if self.phase == Phase::Ended {
                return Step::End;
            }
            if let Err(fault) = self.advance(sink) {
                sink.report(fault.rule, Place::Position(fault.pos), fault.message);
                self.phase = Phase::Ended;
                // what was read whole before the fault is still handed out
                self.release_members();
                self.release();
            }
        }
    }
}

/// RFC 6901 §3.
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
