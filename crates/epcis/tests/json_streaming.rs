//! A capture file of any size is read in bounded memory, and the first events arrive before the last bytes.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::{
    cell::Cell,
    io::{Read, Write as _},
    rc::Rc,
};

use pangolin_epcis::read::{self, Mode};

/// A document of many events that exists only while it is read.
struct Capture {
    events: usize,
    written: usize,
    pending: Vec<u8>,
    at: usize,
    /// Bytes handed out.
    given: Rc<Cell<u64>>,
}

/// Serials per event.
const SERIALS: usize = 1_000;

impl Capture {
    fn new(events: usize, given: Rc<Cell<u64>>) -> Self {
        let head = r#"{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-01-02T03:04:05Z","epcisBody":{"eventList":["#;
        Self {
            events,
            written: 0,
            pending: head.as_bytes().to_vec(),
            at: 0,
            given,
        }
    }

    fn refill(&mut self) {
        self.pending.clear();
        self.at = 0;
        let index = self.written;
        self.written += 1;
        if index > self.events {
            return;
        }
        let mut out = Vec::new();
        if index == self.events {
            out.extend_from_slice(b"]}}");
        } else {
            let comma = if index == 0 { "" } else { "," };
            write!(out, r#"{comma}{{"type":"ObjectEvent","eventTime":"2026-01-02T03:04:05Z","eventTimeZoneOffset":"+00:00","action":"ADD","bizStep":"commissioning","epcList":["#).unwrap();
            for serial in 0..SERIALS {
                let comma = if serial == 0 { "" } else { "," };
                write!(
                    out,
                    r#"{comma}"urn:epc:id:sgtin:4012345.012345.{index}-{serial}""#
                )
                .unwrap();
            }
            out.extend_from_slice(b"]}");
        }
        self.pending = out;
    }
}

impl Read for Capture {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.pending.len() {
            self.refill();
        }
        let count = to.len().min(self.pending.len() - self.at);
        to[..count].copy_from_slice(&self.pending[self.at..self.at + count]);
        self.at += count;
        self.given.set(self.given.get() + count as u64);
        Ok(count)
    }
}

#[test]
fn events_arrive_while_the_file_is_read() {
    let given = Rc::new(Cell::new(0));
    let events = 300;
    let mut reader = read::any(Capture::new(events, Rc::clone(&given)), Mode::Strict);
    let (index, event) = reader.next().unwrap().unwrap();
    assert_eq!(index, 0);
    assert!(
        matches!(event.what, pangolin_epcis::model::What::Object(ref what) if what.epcs.len() == SERIALS)
    );
    // one event, and at most two chunks of reading ahead
    assert!(given.get() < 200 << 10, "{}", given.get());
    let outcome = reader.finish();
    assert_eq!(outcome.accepted, events);
    assert!(given.get() > 10 << 20);
    assert!(outcome.is_accepted());
}

/// 10 MB here, because the reader is slow without optimisation; what matters is that memory does not grow with the size.
#[test]
fn memory_does_not_grow_with_the_document() {
    let given = Rc::new(Cell::new(0));
    let reader = read::json(Capture::new(250, Rc::clone(&given)), Mode::Strict);
    let outcome = reader.finish();
    assert!(outcome.is_accepted());
    assert!(given.get() > 9 << 20, "{}", given.get());
    println!("{} bytes", given.get());
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        let peak = status.lines().find(|line| line.starts_with("VmHWM"));
        println!("{}", peak.unwrap_or_default());
        let kilobytes: u64 = peak
            .and_then(|line| line.split_whitespace().nth(1))
            .and_then(|number| number.parse().ok())
            .unwrap_or(0);
        assert!(kilobytes < 100 << 10, "{kilobytes} KB");
    }
}
