//! Bytes of a JSON text with their places.

use std::io::{ErrorKind, Read};

use super::rules;
use crate::defect::{Pos, Rule};

/// Bytes read at once.
const CHUNK_BYTES: usize = 64 << 10;

/// Why reading cannot go on.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) rule: Rule,
    pub(super) pos: Pos,
    pub(super) message: String,
}

/// A byte source that knows line and column.
pub(super) struct Text<R> {
    inner: R,
    chunk: Vec<u8>,
    at: usize,
    filled: usize,
    line: u32,
    column: u32,
    /// Bytes consumed so far.
    consumed: u64,
    /// Consuming beyond this many bytes is a fault.
    budget: u64,
}

impl<R: Read> Text<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            chunk: vec![0; CHUNK_BYTES],
            at: 0,
            filled: 0,
            line: 1,
            column: 1,
            consumed: 0,
            budget: u64::MAX,
        }
    }

    pub(super) fn pos(&self) -> Pos {
        Pos {
            line: self.line,
            column: self.column,
        }
    }

    pub(super) fn consumed(&self) -> u64 {
        self.consumed
    }

    /// Allows this many bytes from here on.
    pub(super) fn allow(&mut self, bytes: u64) {
        self.budget = self.consumed.saturating_add(bytes);
    }

    pub(super) fn fault(&self, rule: Rule, message: impl Into<String>) -> Fault {
        Fault {
            rule,
            pos: self.pos(),
            message: message.into(),
        }
    }

    /// The unread bytes at hand; empty only at the end.
    pub(super) fn ahead(&mut self) -> Result<&[u8], Fault> {
        if self.at == self.filled {
            self.fill()?;
        }
        Ok(&self.chunk[self.at..self.filled])
    }

    fn fill(&mut self) -> Result<(), Fault> {
        loop {
            match self.inner.read(&mut self.chunk) {
                Ok(count) => {
                    self.at = 0;
                    self.filled = count;
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(self.fault(rules::READ, format!("reading failed: {error}")));
                }
            }
        }
    }

    pub(super) fn peek(&mut self) -> Result<Option<u8>, Fault> {
        Ok(self.ahead()?.first().copied())
    }

    /// Consumes bytes without line breaks that [`Text::ahead`] showed.
    pub(super) fn skip(&mut self, count: usize) -> Result<(), Fault> {
        self.at += count;
        self.column = self
            .column
            .saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        self.consumed += count as u64;
        if self.consumed > self.budget {
            let message = "the event or header is larger than allowed".to_owned();
            return Err(self.fault(rules::SIZE, message));
        }
        Ok(())
    }

    /// Skips white space (RFC 8259 §2) and shows the next byte.
    pub(super) fn blank(&mut self) -> Result<Option<u8>, Fault> {
        loop {
            match self.peek()? {
                Some(b'\n') => {
                    self.skip(1)?;
                    self.line = self.line.saturating_add(1);
                    self.column = 1;
                }
                Some(b' ' | b'\t' | b'\r') => self.skip(1)?,
                other => return Ok(other),
            }
        }
    }

    /// Whether the text begins with a UTF-8 byte order mark, which is skipped.
    pub(super) fn byte_order_mark(&mut self) -> Result<bool, Fault> {
        let found = self.ahead()?.starts_with(b"\xEF\xBB\xBF");
        if found {
            self.skip(3)?;
        }
        Ok(found)
    }
}
