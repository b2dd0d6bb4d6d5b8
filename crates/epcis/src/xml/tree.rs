//! One element with everything in it, and the place of every part.
//!
//! Only events, headers and kept extensions become trees, each within a limit of its size.

use std::io::Read;

use super::fault::{Fault, FaultKind};
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
pub(super) struct TreeLimit {
    /// Bytes of text.
    pub(super) bytes_max: usize,
    /// Elements and attributes.
    pub(super) values_max: usize,
    /// What it is a fault of to be larger.
    pub(super) fault: fn(usize, usize) -> FaultKind,
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
    let mut count = count_of(&start);
    let mut above: Vec<Node> = Vec::new();
    let mut current = Node::new(start);
    loop {
        match tokens.next()? {
            Token::Start(start) => {
                count += count_of(&start);
                above.push(std::mem::replace(&mut current, Node::new(start)));
            }
            Token::Text(text, _) => current.push_text(text),
            Token::End => {
                drop_blanks(&mut current);
                let Some(mut parent) = above.pop() else {
                    return Ok(current);
                };
                parent.pieces.push(Piece::Node(current));
                current = parent;
            }
            // A document that ends inside an element is a fault of its own.
            Token::Done => return Ok(current),
        }
        let bytes = tokens.offset().saturating_sub(begin);
        if count > limit.values_max || bytes > limit.bytes_max as u64 {
            tokens.stop();
            let kind = (limit.fault)(limit.bytes_max, limit.values_max);
            return Err(fault(kind, pos));
        }
    }
}

/// How much an element counts: itself and its attributes.
fn count_of(start: &Start) -> usize {
    1 + start.attributes.len() + start.bindings.len()
}

/// Removes the white space that only indents child elements.
fn drop_blanks(node: &mut Node) {
    if node.children().next().is_some() && !node.has_text() {
        node.pieces.retain(|piece| matches!(piece, Piece::Node(_)));
    }
}
