//! Start tags, end tags and text of a well-formed document, one at a time.
//!
//! quick-xml finds the markup; this adds what it leaves to its user: allowed characters and names, one root,
//! attribute rules, namespaces, no document type, no entities but the five, and all limits.
//! Comments and processing instructions are dropped. After the first fault there are no more tokens.

mod attributes;

use std::collections::BTreeSet;
use std::io::Read;
use std::sync::Arc;

use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError};
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{NamespaceResolver, QName, ResolveResult};

use self::attributes::raw_attributes;
use super::chars::{is_char, is_qname, is_space};
use super::fault::{Fault, FaultKind};
use super::limits::{BINDINGS_MAX, NAME_CHARS_MAX, PARDONED_MAX, SHARED_NAMES_MAX};
use super::source::{SourceFault, TextSource, after};
use crate::defect::Pos;

/// An expanded name with the prefix it was written with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TokenName {
    /// Namespace URI; empty for none.
    pub(super) namespace: Arc<str>,
    /// Local part.
    pub(super) local: Arc<str>,
    /// Prefix, if one was written.
    pub(super) prefix: Option<Arc<str>>,
}

/// An attribute that is no namespace declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TokenAttribute {
    /// Its name; without a prefix it has no namespace.
    pub(super) name: TokenName,
    /// Its value after normalisation (XML 1.0 §3.3.3).
    pub(super) value: String,
    /// Where its name begins.
    pub(super) pos: Pos,
}

/// A start tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Start {
    /// Name of the element.
    pub(super) name: TokenName,
    /// Attributes in document order.
    pub(super) attributes: Vec<TokenAttribute>,
    /// Namespace declarations of this tag: prefix (empty for the default one) and URI.
    pub(super) bindings: Vec<(String, String)>,
    /// Where its `<` is.
    pub(super) pos: Pos,
}

/// One piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// An element begins.
    Start(Start),
    /// The innermost open element ends; an empty element gives a start and an end.
    End,
    /// Text of the innermost open element: a run, a CDATA section or a reference; and its place.
    Text(String, Pos),
    /// The document is complete.
    Done,
}

/// Table of names that occur again and again.
#[derive(Debug, Default)]
struct Shared(BTreeSet<Arc<str>>);

impl Shared {
    fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let name: Arc<str> = Arc::from(text);
        if self.0.len() < SHARED_NAMES_MAX {
            self.0.insert(Arc::clone(&name));
        }
        name
    }

    /// The expanded name of `written`, and its prefix where that is not declared: such a name has no namespace.
    fn expand(
        &mut self,
        written: QName<'_>,
        resolved: ResolveResult<'_>,
    ) -> (TokenName, Option<String>) {
        let (namespace, unknown) = match resolved {
            ResolveResult::Bound(namespace) => (self.get(namespace.0), None),
            ResolveResult::Unbound => (self.get(""), None),
            ResolveResult::Unknown(prefix) => (self.get(""), Some(prefix)),
        };
        let name = TokenName {
            namespace,
            local: self.get(written.local_name().into_inner()),
            prefix: written.prefix().map(|prefix| self.get(prefix.into_inner())),
        };
        (name, unknown)
    }
}

/// Reads tokens from `R`.
pub(super) struct Tokens<R: Read> {
    reader: Reader<TextSource<R>>,
    buffer: Vec<u8>,
    resolver: NamespaceResolver,
    shared: Shared,
    open: Vec<(Arc<str>, Pos)>,
    seen_root: bool,
    seen_any: bool,
    ended: bool,
    depth_max: usize,
    /// Faults that do not stop the reading, in the order of the document; whoever reads takes them out.
    pub(super) pardoned: Vec<Fault>,
}

impl<R: Read> Tokens<R> {
    /// Tokens of `input`, with elements at most `depth_max` deep.
    pub(super) fn new(input: R, depth_max: usize) -> Self {
        let mut reader = Reader::from_reader(TextSource::new(input));
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = true;
        let mut resolver = NamespaceResolver::default();
        resolver.set_max_namespace_bindings(BINDINGS_MAX);
        Self {
            reader,
            buffer: Vec::new(),
            resolver,
            shared: Shared::default(),
            open: Vec::new(),
            seen_root: false,
            seen_any: false,
            ended: false,
            depth_max,
            pardoned: Vec::new(),
        }
    }

    /// Bytes of text consumed.
    pub(super) fn offset(&self) -> u64 {
        self.reader.get_ref().offset()
    }

    /// Where the next token begins.
    pub(super) fn pos(&self) -> Pos {
        self.reader.get_ref().pos()
    }

    /// Ends the document here: the next token is [`Token::Done`].
    pub(super) fn stop(&mut self) {
        self.ended = true;
    }

    /// The next token; after an error or [`Token::Done`] always [`Token::Done`].
    pub(super) fn next(&mut self) -> Result<Token, Fault> {
        loop {
            if self.ended {
                return Ok(Token::Done);
            }
            match self.step() {
                Ok(Some(token)) => {
                    self.ended = token == Token::Done;
                    return Ok(token);
                }
                Ok(None) => {}
                Err(fault) => {
                    self.ended = true;
                    return Err(fault);
                }
            }
        }
    }

    /// Reads one piece of markup; `None` for what is dropped.
    fn step(&mut self) -> Result<Option<Token>, Fault> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        self.reader.get_mut().start_token();
        let pos = self.pos();
        let read = self.reader.read_event_into(&mut buffer);
        let result = match read {
            Ok(event) => self.event(event, pos),
            Err(error) => Err(self.fault_of(&error, pos)),
        };
        self.buffer = buffer;
        result
    }

    fn event(&mut self, event: Event<'_>, pos: Pos) -> Result<Option<Token>, Fault> {
        let first = !std::mem::replace(&mut self.seen_any, true);
        match event {
            Event::Start(tag) | Event::Empty(tag) => self.start(&tag, pos).map(Some),
            Event::End(_) => {
                self.open.pop();
                self.resolver.pop();
                Ok(Some(Token::End))
            }
            Event::Text(text) => {
                check_chars(&text, pos)?;
                if let Some(at) = text.find("]]>") {
                    let before = text.get(..at).unwrap_or_default();
                    return Err(fault(FaultKind::CdataEnd, after(pos, before)));
                }
                self.text(text.xml10_content().into_owned(), pos)
            }
            Event::CData(text) => {
                check_chars(&text, after(pos, "<![CDATA["))?;
                self.inside(pos)?;
                self.text(text.xml10_content().into_owned(), pos)
            }
            Event::GeneralRef(reference) => {
                self.inside(pos)?;
                self.text(resolve(&reference, pos)?, pos)
            }
            Event::Comment(text) => check_chars(&text, pos).map(|()| None),
            Event::PI(instruction) => {
                check_chars(&instruction, pos)?;
                let target = instruction.target();
                if !is_qname(target) || target.eq_ignore_ascii_case("xml") {
                    return Err(fault(FaultKind::Name(shorten(target)), pos));
                }
                Ok(None)
            }
            Event::Decl(declaration) => {
                if !first {
                    let kind = FaultKind::DeclarationPlace;
                    if self.seen_root {
                        return Err(fault(kind, pos));
                    }
                    self.pardon(kind, pos);
                }
                let malformed = |error: &dyn std::fmt::Display| {
                    fault(FaultKind::Declaration(error.to_string()), pos)
                };
                declaration
                    .xml_version()
                    .map_err(|error| malformed(&error))?;
                if let Some(encoding) = declaration.encoding() {
                    let name = encoding.map_err(|error| malformed(&error))?;
                    if !self.reader.get_ref().is_called(&name) {
                        self.pardon(FaultKind::EncodingDeclaration(shorten(&name)), pos);
                    }
                }
                Ok(None)
            }
            Event::DocType(_) => Err(fault(FaultKind::Doctype, pos)),
            Event::Eof => self.end_of_input(pos).map(Some),
        }
    }

    fn end_of_input(&self, pos: Pos) -> Result<Token, Fault> {
        if let Some((name, began)) = self.open.last() {
            let kind = FaultKind::Unclosed {
                open: name.to_string(),
                line: began.line,
            };
            return Err(fault(kind, pos));
        }
        if !self.seen_root {
            return Err(fault(FaultKind::NoRoot, pos));
        }
        Ok(Token::Done)
    }

    /// References and CDATA sections stand inside the root only.
    fn inside(&self, pos: Pos) -> Result<(), Fault> {
        if self.open.is_empty() {
            return Err(fault(FaultKind::TextOutside, pos));
        }
        Ok(())
    }

    fn text(&self, text: String, pos: Pos) -> Result<Option<Token>, Fault> {
        if !self.open.is_empty() {
            return Ok(Some(Token::Text(text, pos)));
        }
        if text.chars().all(is_space) {
            return Ok(None);
        }
        let blank: String = text.chars().take_while(|sign| is_space(*sign)).collect();
        Err(fault(FaultKind::TextOutside, after(pos, &blank)))
    }

    fn start(&mut self, tag: &BytesStart<'_>, pos: Pos) -> Result<Token, Fault> {
        if self.open.is_empty() && self.seen_root {
            return Err(fault(FaultKind::SecondRoot, pos));
        }
        if self.open.len() >= self.depth_max {
            return Err(fault(FaultKind::Depth(self.depth_max), pos));
        }
        self.seen_root = true;
        let raw_name = tag.name();
        check_name(raw_name.0, pos)?;
        let raw = raw_attributes(tag, pos)?;
        let bindings = self.bind(&raw, pos)?;
        let name = self.element_name(raw_name, pos);
        let attributes = self.plain_attributes(raw)?;
        self.open.push((self.shared.get(raw_name.0), pos));
        Ok(Token::Start(Start {
            name,
            attributes,
            bindings,
            pos,
        }))
    }

    fn pardon(&mut self, kind: FaultKind, pos: Pos) {
        if self.pardoned.len() < PARDONED_MAX {
            self.pardoned.push(fault(kind, pos));
        }
    }

    fn element_name(&mut self, written: QName<'_>, pos: Pos) -> TokenName {
        let resolved = self.resolver.resolve_element(written).0;
        let (name, unknown) = self.shared.expand(written, resolved);
        if let Some(prefix) = unknown {
            self.pardon(FaultKind::Prefix(prefix), pos);
        }
        name
    }

    fn fault_of(&self, error: &Error, pos: Pos) -> Fault {
        if let Some(failure) = self.reader.get_ref().failure() {
            let place = match failure {
                SourceFault::TokenTooLong => pos,
                _ => self.pos(),
            };
            return fault(FaultKind::Source(failure.clone()), place);
        }
        let open = || {
            self.open
                .last()
                .map_or(String::new(), |(name, _)| name.to_string())
        };
        let kind = match error {
            Error::IllFormed(
                IllFormedError::MismatchedEndTag { found, .. }
                | IllFormedError::UnmatchedEndTag(found),
            ) => FaultKind::EndTag {
                found: shorten(found),
                open: open(),
            },
            Error::IllFormed(IllFormedError::DoubleHyphenInComment) => FaultKind::Comment,
            Error::IllFormed(IllFormedError::UnclosedReference) => {
                FaultKind::Syntax("an & that begins no reference".to_owned())
            }
            Error::IllFormed(IllFormedError::MissingDoctypeName) => FaultKind::Doctype,
            Error::IllFormed(other) => FaultKind::Syntax(other.to_string()),
            Error::Syntax(other) => FaultKind::Syntax(other.to_string()),
            other => FaultKind::Syntax(other.to_string()),
        };
        fault(kind, pos)
    }
}

/// A fault of `kind` at `pos`.
pub(super) fn fault(kind: FaultKind, pos: Pos) -> Fault {
    Fault { kind, pos }
}

/// At most the allowed length of a name, for messages.
fn shorten(text: &str) -> String {
    text.chars().take(NAME_CHARS_MAX).collect()
}

fn check_name(name: &str, pos: Pos) -> Result<(), Fault> {
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(fault(FaultKind::NameTooLong, pos));
    }
    if !is_qname(name) {
        return Err(fault(FaultKind::Name(shorten(name)), pos));
    }
    Ok(())
}

/// Refuses characters outside of production `Char`; `text` begins at `pos`.
fn check_chars(text: &str, pos: Pos) -> Result<(), Fault> {
    match text.char_indices().find(|(_, sign)| !is_char(*sign)) {
        None => Ok(()),
        Some((at, sign)) => {
            let before = text.get(..at).unwrap_or_default();
            Err(fault(FaultKind::Character(sign.into()), after(pos, before)))
        }
    }
}

fn resolve(reference: &BytesRef<'_>, pos: Pos) -> Result<String, Fault> {
    let unknown = || fault(FaultKind::Entity(shorten(reference)), pos);
    match reference.resolve_char_ref() {
        Ok(Some(sign)) if is_char(sign) => Ok(sign.to_string()),
        Ok(None) => resolve_predefined_entity(reference)
            .map(str::to_owned)
            .ok_or_else(unknown),
        Ok(Some(_)) | Err(_) => Err(unknown()),
    }
}

#[cfg(test)]
mod tests;
