//! The first reading of a document: what is wrong with it, and whether anything of it may be captured.

use std::io::Read;

use pangolin_epcis::{
    defect::Severity,
    model::Header,
    read::{self, Limits, Mode},
};

use super::job::Rejection;
use crate::{limits::SNIFF_BYTES, wire::defect::Defect};

/// What a document turned out to be.
#[derive(Debug, Clone)]
pub struct Survey {
    /// Everything but the events.
    pub header: Header,
    /// Events found.
    pub events: u64,
    /// Events that may be captured.
    pub acceptable: u64,
    /// Every defect, up to the reader's limit.
    pub defects: Vec<Defect>,
    /// Defects beyond those listed.
    pub omitted: usize,
    /// Whether the document as a whole is acceptable.
    pub accepted: bool,
    /// The defect that ended reading.
    pub fatal: Option<Defect>,
}

impl Survey {
    /// Why the document as a whole is refused.
    pub fn rejection(&self) -> Box<Rejection> {
        let worst = self.fatal.as_ref().or_else(|| {
            self.defects
                .iter()
                .find(|defect| defect.severity != "warning")
        });
        let (code, message, remedy) = match worst {
            Some(defect) => {
                let place = if defect.place.is_empty() {
                    String::new()
                } else {
                    format!(" at {}", defect.place)
                };
                (
                    defect.code.clone(),
                    format!("{}{place}", defect.message),
                    defect.remedy.clone(),
                )
            }
            None => (
                "document-refused".into(),
                "the document is not acceptable".into(),
                "correct the defects".into(),
            ),
        };
        let mut rejection = Rejection::new(code, message, remedy);
        rejection.defects.clone_from(&self.defects);
        rejection
    }

    /// Whether nothing at all can be captured, whatever the sender wants done about errors.
    pub const fn is_hopeless(&self) -> bool {
        self.acceptable == 0 && !self.accepted
    }
}

/// The limits of reading for documents with at most so many events.
pub fn limits(max_events: usize) -> Limits {
    Limits {
        events_max: max_events,
        ..Limits::default()
    }
}

/// Reads a document through.
pub fn survey(input: impl Read, mode: Mode, max_events: usize) -> Survey {
    let mut reader = read::any_within(input, mode, limits(max_events));
    let acceptable = reader.by_ref().filter(Result::is_ok).count() as u64;
    let outcome = reader.finish();
    Survey {
        events: (outcome.accepted + outcome.refused) as u64,
        acceptable,
        accepted: outcome.is_accepted(),
        defects: outcome.defects.list().iter().map(Defect::from).collect(),
        omitted: outcome.defects.omitted(),
        fatal: outcome
            .defects
            .list()
            .iter()
            .find(|found| found.severity == Severity::Fatal)
            .map(Defect::from),
        header: outcome.header,
    }
}

/// The syntax that a document seems to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seems {
    /// XML.
    Xml,
    /// JSON.
    Json,
    /// Neither.
    Other,
}

/// Looks at the first bytes of a document.
pub fn seems(head: &[u8]) -> Seems {
    let head = head.get(..SNIFF_BYTES).unwrap_or(head);
    // byte order marks of UTF-8 and UTF-16, and the zero bytes of UTF-16, say nothing
    let skip = |byte: &&u8| {
        byte.is_ascii_whitespace() || [0, 0xEF, 0xBB, 0xBF, 0xFE, 0xFF].contains(*byte)
    };
    match head.iter().find(|byte| !skip(byte)) {
        Some(b'<') => Seems::Xml,
        Some(b'{' | b'[') => Seems::Json,
        _ => Seems::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_told_by_their_first_character() {
        assert_eq!(seems(b"\xEF\xBB\xBF \n<?xml"), Seems::Xml);
        assert_eq!(seems(b"  {"), Seems::Json);
        assert_eq!(seems(b"hello"), Seems::Other);
        assert_eq!(seems(b""), Seems::Other);
    }

    #[test]
    fn garbage_is_hopeless_and_says_why() {
        for garbage in [&b"<a>"[..], b"{", b"[]", b"\x00\x00", b"nothing"] {
            let survey = survey(garbage, Mode::Lenient, 10);
            assert!(survey.is_hopeless(), "{garbage:?}");
            assert!(!survey.rejection().code.is_empty());
        }
    }
}
