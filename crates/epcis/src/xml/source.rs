//! The bytes of a document as checked UTF-8 with their place.
//!
//! Steps: find the encoding (byte order mark, else the XML declaration, XML 1.0 appendix F), transcode or check,
//! count lines and columns of what was consumed, and stop a token that grows past its budget.
//! Invariants: at most [`READ_BUFFER_BYTES`] of input and three times as much text are held; what
//! [`std::io::BufRead::fill_buf`] shows is valid UTF-8 as far as it was read; the first failure stays.

mod encoding;

use std::io::{self, BufRead, Read};

use self::encoding::{Encoding, sniff};
use super::limits::{PROLOG_SNIFF_BYTES, READ_BUFFER_BYTES, TOKEN_BYTES_MAX};
use crate::defect::Pos;

/// The place of the first byte.
const START: Pos = Pos { line: 1, column: 1 };

/// The place after `text` when it begins at `pos`; `\r\n`, `\n` and a lone `\r` end a line.
pub(super) fn after(pos: Pos, text: &str) -> Pos {
    let mut counter = Counter {
        pos,
        after_cr: false,
    };
    counter.feed(text.as_bytes());
    counter.pos
}

/// Counts lines and columns over consumed bytes.
#[derive(Debug, Clone, Copy)]
struct Counter {
    pos: Pos,
    after_cr: bool,
}

impl Counter {
    fn feed(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            match byte {
                b'\n' if self.after_cr => self.after_cr = false,
                b'\n' | b'\r' => {
                    self.pos.line = self.pos.line.saturating_add(1);
                    self.pos.column = 1;
                    self.after_cr = byte == b'\r';
                }
                _ => {
                    self.pos.column = self.pos.column.saturating_add(1);
                    self.after_cr = false;
                }
            }
        }
    }
}

/// Why the bytes could not become text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum SourceFault {
    /// Bytes that the document's encoding does not allow.
    #[error("the bytes are not valid {encoding}")]
    BadBytes {
        /// Name of the encoding.
        encoding: &'static str,
    },
    /// An encoding that is not read.
    #[error("the encoding {name} is not read; send UTF-8 or UTF-16 with a byte order mark")]
    Unsupported {
        /// Its name as the document gives it.
        name: String,
    },
    /// A token longer than [`TOKEN_BYTES_MAX`].
    #[error("a tag, text, comment or CDATA section is longer than {TOKEN_BYTES_MAX} bytes")]
    TokenTooLong,
    /// The input failed to deliver.
    #[error("the input could not be read: {0}")]
    Io(String),
}

/// Reads `R` as UTF-8 text.
#[derive(Debug)]
pub(super) struct TextSource<R> {
    input: R,
    encoding: Option<Encoding>,
    raw: Vec<u8>,
    text: Vec<u8>,
    consumed: usize,
    counter: Counter,
    offset: u64,
    budget: u64,
    at_end: bool,
    failure: Option<SourceFault>,
}

impl<R: Read> TextSource<R> {
    /// Text of `input`.
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            encoding: None,
            raw: Vec::new(),
            text: Vec::new(),
            consumed: 0,
            counter: Counter {
                pos: START,
                after_cr: false,
            },
            offset: 0,
            budget: TOKEN_BYTES_MAX,
            at_end: false,
            failure: None,
        }
    }

    /// Place of the next byte that nobody consumed.
    pub(super) fn pos(&self) -> Pos {
        self.counter.pos
    }

    /// Bytes of text consumed since the start.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// True when the document's encoding may be declared as `name`.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.encoding
            .is_none_or(|encoding| encoding.is_called(name))
    }

    /// Starts a token: it may consume [`TOKEN_BYTES_MAX`].
    pub(super) fn start_token(&mut self) {
        self.budget = TOKEN_BYTES_MAX;
    }

    /// The failure that ended the text, if one did.
    pub(super) fn failure(&self) -> Option<&SourceFault> {
        self.failure.as_ref()
    }

    fn fail<T>(&mut self, fault: SourceFault) -> io::Result<T> {
        let error = io::Error::other(fault.clone());
        self.failure.get_or_insert(fault);
        Err(error)
    }

    /// Reads until `raw` holds `want` bytes or the input ends.
    fn read_raw(&mut self, want: usize) -> io::Result<()> {
        while self.raw.len() < want && !self.at_end {
            let start = self.raw.len();
            self.raw.resize(want, 0);
            let read = match self
                .input
                .read(self.raw.get_mut(start..).unwrap_or(&mut []))
            {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    self.raw.truncate(start);
                    continue;
                }
                Err(error) => {
                    self.raw.truncate(start);
                    return self.fail(SourceFault::Io(error.to_string()));
                }
            };
            // A reader that claims more than it was given is not trusted.
            self.raw.truncate(start.saturating_add(read).min(want));
            self.at_end = read == 0;
        }
        Ok(())
    }

    fn detect(&mut self) -> io::Result<Encoding> {
        self.read_raw(PROLOG_SNIFF_BYTES)?;
        match sniff(&self.raw) {
            Ok((encoding, mark_len)) => {
                self.raw.drain(..mark_len);
                self.encoding = Some(encoding);
                Ok(encoding)
            }
            Err(name) => self.fail(SourceFault::Unsupported { name }),
        }
    }

    /// Puts at least one character into `text`, or leaves it empty at the end of the input.
    fn refill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.consumed = 0;
        let encoding = match self.encoding {
            Some(encoding) => encoding,
            None => self.detect()?,
        };
        while self.text.is_empty() {
            if !self.at_end && encoding.needs_more(&self.raw) {
                // One read per refill: text is shown as soon as it arrives.
                let start = self.raw.len();
                self.raw.resize(READ_BUFFER_BYTES.max(start + 1), 0);
                let read = self
                    .input
                    .read(self.raw.get_mut(start..).unwrap_or(&mut []));
                match read {
                    Ok(read) => {
                        let kept = start.saturating_add(read).min(self.raw.len());
                        self.raw.truncate(kept);
                        self.at_end = read == 0;
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                        self.raw.truncate(start);
                        continue;
                    }
                    Err(error) => {
                        self.raw.truncate(start);
                        return self.fail(SourceFault::Io(error.to_string()));
                    }
                }
            }
            if self.raw.is_empty() {
                return Ok(());
            }
            let used = encoding.decode(&self.raw, &mut self.text);
            self.raw.drain(..used);
            let stuck = used == 0 && (self.at_end || !encoding.needs_more(&self.raw));
            if stuck {
                return self.fail(SourceFault::BadBytes {
                    encoding: encoding.name(),
                });
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for TextSource<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let len = available.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..len), available.get(..len)) {
            to.copy_from_slice(from);
        }
        self.consume(len);
        Ok(len)
    }
}

impl<R: Read> BufRead for TextSource<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if let Some(fault) = &self.failure {
            return Err(io::Error::other(fault.clone()));
        }
        if self.budget == 0 {
            return self.fail(SourceFault::TokenTooLong);
        }
        if self.consumed >= self.text.len() {
            self.refill()?;
        }
        Ok(self.text.get(self.consumed..).unwrap_or(&[]))
    }

    fn consume(&mut self, amount: usize) {
        let end = self.consumed.saturating_add(amount).min(self.text.len());
        let bytes = self.text.get(self.consumed..end).unwrap_or(&[]);
        self.counter.feed(bytes);
        let len = bytes.len() as u64;
        self.offset += len;
        self.budget = self.budget.saturating_sub(len);
        self.consumed = end;
    }
}

#[cfg(test)]
mod tests;
