//! A large document is read one event at a time, in memory that does not grow with it.
//!
//! The only test of its file: it measures the memory of its process.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use pangolin_epcis::read::{self, Mode};
use pangolin_epcis::xml::limits::READ_BUFFER_BYTES;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<epcis:EPCISDocument \
    xmlns:epcis=\"urn:epcglobal:epcis:xsd:1\" schemaVersion=\"1.2\" creationDate=\"2026-01-01T00:00:00Z\">\
    <EPCISBody><EventList>";
const TAIL: &str = "</EventList></EPCISBody></epcis:EPCISDocument>";
/// Bytes of the document of the memory test.
const DOCUMENT_BYTES: u64 = 50 * 1024 * 1024;
/// Serials of one event.
const SERIALS: usize = 500;

/// Event number `index`; every event has the same length.
fn event(index: u64) -> String {
    let epcs: Vec<String> = (0..SERIALS)
        .map(|n| format!("<epc>urn:epc:id:sgtin:9521141.012345.{index:08}{n:04}</epc>\n"))
        .collect();
    let epcs = epcs.concat();
    format!(
        "<ObjectEvent><eventTime>2026-01-01T00:00:00Z</eventTime><eventTimeZoneOffset>+01:00</eventTimeZoneOffset>\n\
         <epcList>{epcs}</epcList><action>ADD</action>\
         <bizStep>urn:epcglobal:cbv:bizstep:commissioning</bizStep></ObjectEvent>\n"
    )
}

/// A document that exists only as far as it was read.
struct Endless {
    events: u64,
    next: u64,
    piece: Vec<u8>,
    taken: usize,
    handed_out: Rc<Cell<u64>>,
}

impl Endless {
    fn new(events: u64, handed_out: Rc<Cell<u64>>) -> Self {
        Self {
            events,
            next: 0,
            piece: HEAD.as_bytes().to_vec(),
            taken: 0,
            handed_out,
        }
    }
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.piece.len() {
            self.taken = 0;
            self.piece = match self.next.cmp(&self.events) {
                std::cmp::Ordering::Less => event(self.next).into_bytes(),
                std::cmp::Ordering::Equal => TAIL.as_bytes().to_vec(),
                std::cmp::Ordering::Greater => Vec::new(),
            };
            self.next += 1;
        }
        let read = (&self.piece[self.taken..]).read(buffer)?;
        self.taken += read;
        self.handed_out.set(self.handed_out.get() + read as u64);
        Ok(read)
    }
}

/// The largest resident size of this process so far, where the system tells it.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn events_arrive_as_soon_as_they_are_complete() {
    let event_bytes = event(0).len() as u64;
    let events = DOCUMENT_BYTES / event_bytes;
    let handed_out = Rc::new(Cell::new(0));
    let mut reader = read::xml(Endless::new(events, Rc::clone(&handed_out)), Mode::Strict);
    let mut peak_after_ten = None;
    let mut furthest = 0;
    for index in 0..events {
        let (number, event) = reader.next().unwrap().unwrap();
        assert_eq!(number as u64, index);
        let end_of_event = HEAD.len() as u64 + (index + 1) * event_bytes;
        furthest = furthest.max(handed_out.get().saturating_sub(end_of_event));
        if index == 10 {
            peak_after_ten = peak_kib();
            let first = event.what;
            assert!(
                format!("{first:?}").contains("000000100000"),
                "serials of event 10"
            );
        }
    }
    assert!(reader.next().is_none());
    let outcome = reader.finish();
    assert!(outcome.is_accepted(), "{:?}", outcome.defects);
    // What is read beyond an event is one buffer, whatever the size of the document.
    assert!(furthest <= 2 * READ_BUFFER_BYTES as u64, "{furthest}");
    if let (Some(early), Some(late)) = (peak_after_ten, peak_kib()) {
        assert!(late - early < 8 * 1024, "grew from {early} to {late} KiB");
    }
}
