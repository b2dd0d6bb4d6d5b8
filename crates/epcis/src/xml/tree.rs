//! One element with everything in it, and the place of every part.
//!
//! Only events, headers and kept extensions become trees, each within a limit of its size.

use std::io::Read;

use super::fault::{Fault, FaultKind};
use super::limits::ELEMENTS_MAX;
use super::token::{Start, Token, TokenAttribute, TokenName, Tokens, fault};
use crate::defect::Pos;

/// An element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// Its name.
    pub(super) name: TokenName,
    /// Its attributes.
    pub(super) attributes: Vec<TokenAttribute>,
    /// Namespaces it declares: prefix (empty for the default one) and URI.
    pub(super) bindings: Vec<(String, String)>,
    /// Its content in document order; neighbouring runs of text are one.
    pub(super) pieces: Vec<Piece>,
    /// Where its start tag is.
    pub(super) pos: Pos,
}

/// One piece of an element's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A child element.
    Node(Node),
    /// Text between tags.
    Text(String),
}

/// How large a tree may grow.
#[derive(Debug, Clone, Copy)]
pub(super) enum TreeLimit {
    /// Bytes of an event.
    Event(usize),
    /// Bytes of a header, or of any other part that is kept whole.
    Header(usize),
}

impl Node {
    fn new(start: Start) -> Self {
        Self {
            name: start.name,
            attributes: start.attributes,
            bindings: start.bindings,
            pieces: Vec::new(),
            pos: start.pos,
        }
    }

    /// Its child elements.
    pub(super) fn children(&self) -> impl Iterator<Item = &Self> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Node(node) => Some(node),
            Piece::Text(_) => None,
        })
    }

    /// Its text, without that of its children.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            if let Piece::Text(run) = piece {
                text.push_str(run);
            }
        }
        text
    }

    /// True when something other than white space stands directly in it.
    pub(super) fn has_text(&self) -> bool {
        self.pieces.iter().any(|piece| match piece {
            Piece::Text(run) => !run.chars().all(super::chars::is_space),
            Piece::Node(_) => false,
        })
    }

    /// An attribute without a namespace.
    pub(super) fn attribute(&self, local: &str) -> Option<&TokenAttribute> {
        self.attributes.iter().find(|attribute| {
            attribute.name.namespace.is_empty() && &*attribute.name.local == local
        })
    }

    fn push_text(&mut self, text: String) {
        if let Some(Piece::Text(last)) = self.pieces.last_mut() {
            last.push_str(&text);
        } else {
            self.pieces.push(Piece::Text(text));
        }
    }
}

/// Reads the element that `start` begins, up to and with its end tag.
pub(super) fn read_tree<R: Read>(
    tokens: &mut Tokens<R>,
    start: Start,
    limit: TreeLimit,
) -> Result<Node, Fault> {
    let begin = tokens.offset();
    let pos = start.pos;
    let (bytes_max, too_large) = match limit {
        TreeLimit::Event(max) => (max, FaultKind::EventTooLarge(max)),
        TreeLimit::Header(max) => (max, FaultKind::HeaderTooLarge(max)),
    };
    let mut count = 1_usize;
    let mut above: Vec<Node> = Vec::new();
    let mut current = Node::new(start);
    loop {
        match tokens.next()? {
            Token::Start(start) => {
                count += 1;
                above.push(std::mem::replace(&mut current, Node::new(start)));
            }
            Token::Text(text, _) => current.push_text(text),
            Token::End => match above.pop() {
                Some(mut parent) => {
                    drop_blanks(&mut current);
                    parent.pieces.push(Piece::Node(current));
                    current = parent;
                }
                None => {
                    drop_blanks(&mut current);
                    return Ok(current);
                }
            },
            // A document that ends inside an element is a fault of its own.
            Token::Done => return Ok(current),
        }
        if count > ELEMENTS_MAX || tokens.offset().saturating_sub(begin) > bytes_max as u64 {
            tokens.stop();
            return Err(fault(too_large, pos));
        }
    }
}

/// Removes the white space that only indents child elements.
fn drop_blanks(node: &mut Node) {
    if node.children().next().is_some() && !node.has_text() {
        node.pieces.retain(|piece| matches!(piece, Piece::Node(_)));
    }
}
