//! Input without an end, or larger than a limit, is stopped by the limit of its kind.

use std::io::{self, Read};

use pangolin_epcis::read::{self, Limits, Mode};

const HEAD: &str = "<epcis:EPCISDocument xmlns:epcis=\"urn:epcglobal:epcis:xsd:1\" schemaVersion=\"1.2\" \
    creationDate=\"2026-01-01T00:00:00Z\">";
const BODY: &str = "<EPCISBody><EventList>";

/// Bytes after which even a reader without limits would come to an end.
const ENOUGH: u64 = 8 << 20;

/// Gives the same bytes again and again.
fn endless<'a>(head: &'a str, body: &'static str) -> impl Read + 'a {
    head.as_bytes().chain(Repeat { body, at: 0 }.take(ENOUGH))
}

struct Repeat {
    body: &'static str,
    at: usize,
}

impl Read for Repeat {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.body.as_bytes();
        for slot in buffer.iter_mut() {
            *slot = bytes[self.at];
            self.at = (self.at + 1) % bytes.len();
        }
        Ok(buffer.len())
    }
}

#[test]
fn endless_input_of_every_kind_is_stopped() {
    let event = format!("{HEAD}{BODY}<ObjectEvent><eventTime>");
    let header = format!("{HEAD}<EPCISHeader>");
    let cases: [(&str, &'static str, &str); 10] = [
        ("<a", " x", "xml-token-too-long"),
        ("<a x='", "y", "xml-token-too-long"),
        ("<!--", "y", "xml-token-too-long"),
        ("<?p ", "y", "xml-token-too-long"),
        ("<!DOCTYPE a [", " ", "xml-token-too-long"),
        (&event, "5", "xml-token-too-long"),
        (&event, "<a>", "xml-too-deep"),
        (&event, "<a/>", "xml-event-too-large"),
        (&event, "&amp;", "xml-event-too-large"),
        (&header, "<a/>", "xml-header-too-large"),
    ];
    let limits = Limits {
        event_bytes_max: 1 << 20,
        header_bytes_max: 1 << 20,
        ..Limits::default()
    };
    for (head, body, code) in cases {
        let outcome = read::xml_within(endless(head, body), Mode::Lenient, limits).finish();
        let last = outcome.defects.list().last().unwrap();
        assert_eq!(last.code, code, "{head} {body}");
    }
}

#[test]
fn many_small_parts_are_counted() {
    let limits = Limits {
        values_max: 1_000,
        ..Limits::default()
    };
    let event = format!("{HEAD}{BODY}<ObjectEvent><eventTime>");
    let header = format!("{HEAD}<EPCISHeader>");
    let cases: [(&str, &'static str, &str); 3] = [
        (&event, "<a/>", "xml-event-too-large"),
        (&event, "<a b='' c='' d='' e=''/>", "xml-event-too-large"),
        (&header, "<a/>", "xml-header-too-large"),
    ];
    for (head, body, code) in cases {
        let outcome = read::xml_within(endless(head, body), Mode::Lenient, limits).finish();
        let last = outcome.defects.list().last().unwrap();
        assert_eq!(last.code, code, "{head} {body}");
        // Reading stopped where the count was reached, not at the limit of bytes.
        let place = last.place.to_string();
        assert!(place.starts_with("1:"), "{place}");
    }
}
