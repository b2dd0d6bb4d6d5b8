//! Defects: what is wrong with a document, where, and what to do.
//!
//! A reader lists *all* defects of a document, up to [`DEFECTS_MAX`]; codes are stable.

use std::fmt;

/// Most defects kept per document; further ones are only counted.
pub const DEFECTS_MAX: usize = 1_000;
/// Longest piece of the document quoted in a message, in characters.
pub const QUOTE_CHARS_MAX: usize = 80;

/// How bad a defect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Allowed but probably not meant; strict reading accepts it.
    Warning,
    /// Against the standard; strict reading refuses the event or document.
    Error,
    /// Reading could not go on beyond this place, in either mode.
    Fatal,
}

impl Severity {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

/// A place in the source text; lines and columns count from 1, columns in bytes. `0:0` is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Pos {
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
}

/// Where a defect is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// RFC 6901 pointer into a JSON document; empty for the whole document.
    Pointer(String),
    /// Line and column, for XML and for JSON that cannot be parsed.
    Position(Pos),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pointer(pointer) if pointer.is_empty() => f.write_str("document"),
            Self::Pointer(pointer) => f.write_str(pointer),
            Self::Position(pos) => write!(f, "{}:{}", pos.line, pos.column),
        }
    }
}

/// A rule that documents must keep: the constant part of a defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Stable kebab-case code.
    pub code: &'static str,
    /// How bad a violation is.
    pub severity: Severity,
    /// What the sender should do.
    pub remedy: &'static str,
}

impl Rule {
    /// A rule whose violation is an error.
    pub const fn error(code: &'static str, remedy: &'static str) -> Self {
        Self {
            code,
            severity: Severity::Error,
            remedy,
        }
    }

    /// A rule whose violation is a warning.
    pub const fn warning(code: &'static str, remedy: &'static str) -> Self {
        Self {
            code,
            severity: Severity::Warning,
            remedy,
        }
    }

    /// A rule whose violation ends reading.
    pub const fn fatal(code: &'static str, remedy: &'static str) -> Self {
        Self {
            code,
            severity: Severity::Fatal,
            remedy,
        }
    }
}

/// One violation of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// Stable kebab-case code.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// Index of the event it belongs to, counted from 0; `None` for the document around the events.
    pub event: Option<usize>,
    /// What was found, in a sentence without a full stop.
    pub message: String,
    /// What to do.
    pub remedy: &'static str,
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} [{}] at {}: {}; {}",
            self.severity.as_str(),
            self.code,
            self.place,
            self.message,
            self.remedy
        )
    }
}

/// The defects of one document, in the order they were found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Defects {
    list: Vec<Defect>,
    omitted: usize,
    errors: usize,
    fatal: Option<usize>,
}

impl Defects {
    /// Adds one; beyond [`DEFECTS_MAX`] it is only counted.
    pub fn push(&mut self, defect: Defect) {
        if defect.severity >= Severity::Error {
            self.errors += 1;
        }
        // the defect that ended reading is always kept
        if defect.severity == Severity::Fatal {
            self.fatal.get_or_insert(self.list.len());
            self.list.push(defect);
        } else if self.list.len() < DEFECTS_MAX {
            self.list.push(defect);
        } else {
            self.omitted += 1;
        }
    }

    /// The defect that ended reading, if one did.
    pub fn fatal(&self) -> Option<&Defect> {
        self.fatal.and_then(|at| self.list.get(at))
    }

    /// The first error after so many errors, or the last defect where that one was only counted.
    pub(crate) fn first_error(&self, after: usize) -> Option<&Defect> {
        let mut errors = self
            .list
            .iter()
            .filter(|defect| defect.severity >= Severity::Error);
        errors.nth(after).or(self.list.last())
    }

    /// The defects kept.
    pub fn list(&self) -> &[Defect] {
        &self.list
    }

    /// How many were found beyond those kept.
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// How many errors (or worse) were found, kept or not.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// A piece of the document for a message: shortened, control characters escaped.
pub fn quote(text: &str) -> String {
    let short: String = text.chars().take(QUOTE_CHARS_MAX).collect();
    let more = if text.chars().nth(QUOTE_CHARS_MAX).is_some() {
        "…"
    } else {
        ""
    };
    format!("\"{}{more}\"", short.escape_debug())
}
