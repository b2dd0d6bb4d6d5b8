//! The first reading of a document: what is wrong with it, and whether anything of it may be captured.

use std::io::Read;

use pangolin_epcis::{
    defect::Severity,
    model::Header,
    read::{self, Limits, Mode},
};

use super::job::{Behaviour, Rejection};
use crate::{
    limits::{MAX_EVENT_BYTES, MAX_EVENT_VALUES, SNIFF_BYTES},
    wire::defect::Defect,
};

/// Code of a document with more events than one may have.
pub const TOO_MANY_EVENTS: &str = "events-too-many";
/// Code of a document that can be read and holds nothing to capture: other JSON, a document without a body.
pub const NO_EVENTS: &str = "no-events";

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
    /// The defect to name first: the one that ended reading, otherwise the first that is more than a warning.
    fn worst(&self) -> Option<&Defect> {
        let first = || self.defects.iter().find(|found| !found.is_warning());
        self.fatal.as_ref().or_else(first)
    }

    /// Why the document as a whole is refused.
    pub fn rejection(&self) -> Box<Rejection> {
        let (code, message, remedy) = match self.worst() {
            Some(defect) if self.events == 0 && self.fatal.is_none() => (
                NO_EVENTS.into(),
                format!("the document holds no event: {}", defect.message),
                "send an EPCISDocument with its events in the event list of the body, or one single event".into(),
            ),
            Some(defect) => (
                defect.code.clone(),
                format!("{} ({})", defect.message, defect.place),
                defect.remedy.clone(),
            ),
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

    /// Whether nothing at all can be captured, whatever the sender wants done about errors: every event is refused, or what
    /// was sent is something else than a document with events. A list of events that is empty without any error is no
    /// defect.
    pub fn is_hopeless(&self) -> bool {
        self.acceptable == 0 && (!self.accepted || self.worst().is_some())
    }

    /// Whether the document as a whole is refused, given what the sender wants done about errors.
    pub fn is_refused(&self, behaviour: Option<Behaviour>) -> bool {
        let greedy = behaviour == Some(Behaviour::Proceed);
        self.is_hopeless() || (!greedy && !self.accepted)
    }
}

/// The limits of reading for documents with at most so many events.
pub fn limits(max_events: usize) -> Limits {
    Limits {
        events_max: max_events,
        event_bytes_max: MAX_EVENT_BYTES,
        values_max: MAX_EVENT_VALUES,
        ..Limits::default()
    }
}

/// Reads a document through.
pub fn survey(input: impl Read, mode: Mode, max_events: usize) -> Survey {
    let mut reader = read::any_within(input, mode, limits(max_events));
    let acceptable = reader.by_ref().flatten().count() as u64;
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
        for (garbage, code) in [
            (&b"<a>"[..], "xml-root"),
            (b"{", "json-incomplete"),
            (b"[]", "json-root"),
            (b"\x00\x00", "json-root"),
            (b"nothing", "json-root"),
            (b"{}", NO_EVENTS),
            (br#"{"order":7,"lines":[{"sku":"x"}]}"#, NO_EVENTS),
            (br#"{"type":"EPCISDocument","epcisBody":{}}"#, NO_EVENTS),
            (br#"{"type":"EPCISDocument","epcisBody":[]}"#, NO_EVENTS),
        ] {
            for mode in [Mode::Lenient, Mode::Strict] {
                let survey = survey(garbage, mode, 10);
                for behaviour in [None, Some(Behaviour::Rollback), Some(Behaviour::Proceed)] {
                    assert!(survey.is_refused(behaviour), "{garbage:?}");
                }
                let rejection = survey.rejection();
                assert_eq!(rejection.code, code, "{garbage:?}");
                assert!(!rejection.message.is_empty() && !rejection.remedy.is_empty());
            }
        }
    }

    #[test]
    fn an_empty_list_of_events_is_no_defect() {
        let empty =
            br#"{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-03-02T00:00:00Z",
            "epcisBody":{"eventList":[]}}"#;
        let survey = survey(&empty[..], Mode::Strict, 10);
        assert!(!survey.is_refused(None), "{:?}", survey.defects);
    }
}
