//! EPCIS 2.0 / CBV 2.0 (ISO/IEC 19987, 19988): model, JSON-LD and XML in and out, event hash.
//!
//! One [`model`] for both syntaxes. [`read`] hands out a document event by event, in bounded memory, and lists every
//! [`defect`] with its place, a stable code and a remedy; [`write`](mod@write) and [`xml`] bring events into either syntax;
//! [`hash`] names an event by its content. Invariant: conversion between syntaxes never changes an event's hash.
//! Pure: no clock, no files, no network.
//!
//! ```
//! use pangolin_epcis::{hash::{HashContext, event_hash}, read::{self, Mode}, write};
//!
//! let text = r#"{
//!   "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
//!   "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-01-02T03:04:05Z",
//!   "epcisBody": {"eventList": [{
//!     "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "shipping",
//!     "eventTime": "2026-01-02T03:04:05+01:00", "eventTimeZoneOffset": "+01:00",
//!     "epcList": ["urn:epc:id:sgtin:4012345.012345.1"]
//!   }]}
//! }"#;
//! let document = read::document(read::any(text.as_bytes(), Mode::Strict)).unwrap();
//! let context = HashContext::of(&document.header);
//! assert_eq!(
//!     event_hash(&document.events[0], &context),
//!     "ni:///sha-256;bd0324577737b6c3661febe11b21e45f051800841dac75d508ddffc37a35c894?ver=CBV2.0"
//! );
//! let json = write::json(Vec::new(), &document.header, &document.events).unwrap();
//! assert!(json.starts_with(br#"{"@context":["https://ref.gs1.org/"#));
//!
//! let wrong = text.replace("shipping", "sending");
//! let defects = read::document(read::any(wrong.as_bytes(), Mode::Strict)).unwrap_err();
//! assert_eq!(defects.list()[0].code, "term-unknown");
//! assert_eq!(defects.list()[0].place.to_string(), "/epcisBody/eventList/0/bizStep");
//! ```

mod build;
pub mod check;
pub mod defect;
pub mod hash;
mod json;
pub mod model;
pub mod raw;
pub mod read;
pub mod vocab;
pub mod write;
pub mod xml;

pub use model::Event;
