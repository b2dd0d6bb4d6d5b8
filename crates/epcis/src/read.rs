//! Reading: one [`Reader`] for every syntax, one event at a time, in bounded memory.
//!
//! A syntax implements `Source`; the reader applies the rules common to both.

use std::io::Read;

use crate::{
    build::{self, Builder, HeaderBuilder},
    defect::{Defect, Defects, Place, Pos, Rule},
    json::JsonSource,
    model::{DocumentKind, Event, Header},
    raw::{RawEvent, Step},
    xml::XmlSource,
};

/// Most bytes looked at to tell the syntax.
const SNIFF_BYTES_MAX: usize = 4_096;

/// How defects are dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// An event with an error is refused.
    Strict,
    /// An event is accepted when it is unambiguous; every defect is listed all the same.
    Lenient,
}

/// The syntax of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// EPCIS 2.0 JSON / JSON-LD.
    Json,
    /// EPCIS 1.2 or 2.0 XML.
    Xml,
}

/// Limits of one document, each named with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest event in bytes of source text.
    pub event_bytes_max: usize,
    /// Most values (numbers, texts, lists, objects) in one event, and in all that is not an event.
    pub values_max: usize,
    /// Largest part of a document that is not an event, in bytes of source text.
    pub header_bytes_max: usize,
    /// Largest body in front of an `@context` that follows it, in bytes of source text.
    pub early_bytes_max: usize,
    /// Deepest nesting of elements or values.
    pub depth_max: usize,
    /// Most events in a document.
    pub events_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            event_bytes_max: 64 << 20,
            values_max: 1_000_000,
            header_bytes_max: 16 << 20,
            early_bytes_max: 16 << 20,
            depth_max: 64,
            events_max: 10_000_000,
        }
    }
}

/// Where a syntax reports its defects.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    /// What was found.
    pub(crate) defects: Defects,
    /// The event being read.
    pub(crate) event: Option<usize>,
}

impl Sink {
    /// Reports a violation at a place in the text.
    pub(crate) fn at(&mut self, rule: Rule, pos: Pos, message: String) {
        self.report(rule, Place::Position(pos), message);
    }

    /// Reports a violation.
    pub(crate) fn report(&mut self, rule: Rule, place: Place, message: String) {
        self.defects.push(Defect {
            code: rule.code,
            severity: rule.severity,
            place,
            event: self.event,
            message,
            remedy: rule.remedy,
        });
    }
}

/// A syntax: hands out the parts of a document in document order.
pub(crate) trait Source {
    /// Whether defects of this syntax are placed by JSON pointer (otherwise by line and column).
    fn uses_pointers(&self) -> bool;

    /// The next part. Syntax errors are reported to the sink; after a fatal one the source ends.
    fn step(&mut self, sink: &mut Sink) -> Step;
}

/// An event that was refused. What is wrong with it is in [`Reader::defects`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {index} is refused{}", first.as_ref().map(|d| format!(": {d}")).unwrap_or_default())]
pub struct Refused {
    /// Index of the event in the document, from 0.
    pub index: usize,
    /// Its first defect.
    pub first: Option<Box<Defect>>,
}

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Everything but the events.
    pub header: Header,
    /// Every defect.
    pub defects: Defects,
    /// Events handed out.
    pub accepted: usize,
    /// Events refused.
    pub refused: usize,
    mode: Mode,
}

impl Outcome {
    /// Whether the document as a whole is acceptable: without errors in strict mode; in lenient mode without
    /// refused events and read to its end.
    pub fn is_accepted(&self) -> bool {
        match self.mode {
            Mode::Strict => self.defects.errors() == 0,
            Mode::Lenient => self.refused == 0 && self.defects.fatal().is_none(),
        }
    }
}

/// Reads a document event by event.
///
/// Iterating yields each event with its index. Members that follow the events belong to the header too, so
/// [`Reader::header`] is complete after the last event only.
pub struct Reader<'r> {
    source: Box<dyn Source + 'r>,
    syntax: Syntax,
    mode: Mode,
    limits: Limits,
    sink: Sink,
    header: HeaderBuilder,
    accepted: usize,
    refused: usize,
    ended: bool,
}

impl<'r> Reader<'r> {
    fn new(source: Box<dyn Source + 'r>, mode: Mode, limits: Limits) -> Self {
        let syntax = if source.uses_pointers() {
            Syntax::Json
        } else {
            Syntax::Xml
        };
        Self {
            source,
            syntax,
            mode,
            limits,
            sink: Sink::default(),
            header: HeaderBuilder::new(syntax, mode),
            accepted: 0,
            refused: 0,
            ended: false,
        }
    }

    /// The syntax being read.
    pub fn syntax(&self) -> Syntax {
        self.syntax
    }

    /// What is known of the document besides its events.
    pub fn header(&self) -> &Header {
        self.header.header()
    }

    /// The defects found so far.
    pub fn defects(&self) -> &Defects {
        &self.sink.defects
    }

    /// Reads to the end, dropping the remaining events, and sums up.
    pub fn finish(mut self) -> Outcome {
        for _ in self.by_ref() {}
        Outcome {
            header: self.header.header().clone(),
            defects: self.sink.defects,
            accepted: self.accepted,
            refused: self.refused,
            mode: self.mode,
        }
    }

    fn end(&mut self) {
        self.ended = true;
        // a document that broke off is not told what else it lacks
        if self.sink.defects.fatal().is_none() {
            self.header.finish(&mut self.sink);
        }
    }

    fn event(
        &mut self,
        raw: RawEvent,
        errors_before: usize,
    ) -> Option<Result<(usize, Event), Refused>> {
        let index = self.accepted + self.refused;
        if index == self.limits.events_max {
            let message = format!("the document has more than {index} events");
            self.sink.at(build::rules::EVENTS_TOO_MANY, raw.at, message);
            self.end();
            return None;
        }
        self.sink.event = Some(index);
        let built = self.build(raw);
        self.sink.event = None;
        let clean = self.sink.defects.errors() == errors_before;
        if let Some(event) = built
            && (clean || self.mode == Mode::Lenient)
        {
            self.accepted += 1;
            return Some(Ok((index, event)));
        }
        self.refused += 1;
        let first = self.sink.defects.first_error(errors_before).cloned();
        Some(Err(Refused {
            index,
            first: first.map(Box::new),
        }))
    }

    fn build(&mut self, raw: RawEvent) -> Option<Event> {
        let document = &self.header.header().context;
        let node = build::own_context(&raw).cloned();
        let Some(node) = node else {
            let pointer = raw.pointer.clone();
            let builder = Builder::new(&mut self.sink, document, self.syntax, self.mode, pointer);
            return builder.event(raw, None);
        };
        let pointer = raw.pointer.clone();
        let single = self.header.header().kind == DocumentKind::Event;
        let builder = Builder::new(
            &mut self.sink,
            document,
            self.syntax,
            self.mode,
            pointer.clone(),
        );
        let own = builder.event_context(node, single);
        let merged = build::merge(document, &own);
        self.header.event_has_context();
        let builder = Builder::new(&mut self.sink, &merged, self.syntax, self.mode, pointer);
        builder.event(raw, Some(own))
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<(usize, Event), Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        let errors_before = self.sink.defects.errors();
        while !self.ended {
            match self.source.step(&mut self.sink) {
                Step::Kind(kind) => self.header.kind(kind),
                Step::Context(context) => self.header.context(context),
                Step::Member(member) => self.header.member(member, &mut self.sink),
                Step::Kept(pointer, member) => {
                    self.header.kept(pointer, member, &mut self.sink);
                }
                Step::Query(member) => self.header.query(member, &mut self.sink),
                Step::Event(raw) => return self.event(raw, errors_before),
                Step::End => self.end(),
            }
        }
        None
    }
}

/// A document read as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Everything but the events.
    pub header: Header,
    /// The events, in order.
    pub events: Vec<Event>,
    /// Every defect: in strict mode warnings only.
    pub defects: Defects,
}

/// Reads a JSON document.
pub fn json<'r>(input: impl Read + 'r, mode: Mode) -> Reader<'r> {
    json_within(input, mode, Limits::default())
}

/// Reads a JSON document within limits of one's own.
pub fn json_within<'r>(input: impl Read + 'r, mode: Mode, limits: Limits) -> Reader<'r> {
    Reader::new(Box::new(JsonSource::new(input, limits)), mode, limits)
}

/// Reads an XML document.
pub fn xml<'r>(input: impl Read + 'r, mode: Mode) -> Reader<'r> {
    xml_within(input, mode, Limits::default())
}

/// Reads an XML document within limits of one's own.
pub fn xml_within<'r>(input: impl Read + 'r, mode: Mode, limits: Limits) -> Reader<'r> {
    Reader::new(Box::new(XmlSource::new(input, limits)), mode, limits)
}

/// Reads a document of either syntax: XML if its first character is `<`, otherwise JSON.
pub fn any<'r>(input: impl Read + 'r, mode: Mode) -> Reader<'r> {
    any_within(input, mode, Limits::default())
}

/// Reads a document of either syntax within limits of one's own.
pub fn any_within<'r>(mut input: impl Read + 'r, mode: Mode, limits: Limits) -> Reader<'r> {
    let mut head = Vec::new();
    // a read error here occurs again, and is reported, when the syntax reads on
    let syntax = sniff(&mut input, &mut head).unwrap_or(Syntax::Json);
    let whole = std::io::Cursor::new(head).chain(input);
    match syntax {
        Syntax::Json => json_within(whole, mode, limits),
        Syntax::Xml => xml_within(whole, mode, limits),
    }
}

/// Reads up to the first character that is no white space.
fn sniff(input: &mut impl Read, head: &mut Vec<u8>) -> Option<Syntax> {
    let mut byte = [0];
    while head.len() < SNIFF_BYTES_MAX {
        match input.read(&mut byte) {
            Ok(0) => return None,
            Ok(_) => head.push(byte[0]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return None,
        }
        match byte[0] {
            b'<' => return Some(Syntax::Xml),
            // a byte order mark, of UTF-8 or UTF-16, says nothing yet
            b' ' | b'\t' | b'\r' | b'\n' | 0xEF | 0xBB | 0xBF | 0xFE | 0xFF | 0 => {}
            _ => return Some(Syntax::Json),
        }
    }
    None
}

/// Reads a document whole. `Err` lists the defects of a document that is not acceptable in this mode.
pub fn document(reader: Reader<'_>) -> Result<Document, Defects> {
    let mut reader = reader;
    let events: Vec<Event> = reader
        .by_ref()
        .filter_map(Result::ok)
        .map(|(_, event)| event)
        .collect();
    let outcome = reader.finish();
    if outcome.is_accepted() {
        Ok(Document {
            header: outcome.header,
            events,
            defects: outcome.defects,
        })
    } else {
        Err(outcome.defects)
    }
}
