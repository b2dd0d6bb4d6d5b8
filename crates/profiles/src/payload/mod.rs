//! The full event as a block carries it.
//!
//! One byte tells the format, then follows EPCIS 2.0 JSON-LD: the event alone, or a document around it where the document's
//! namespaces or statements bear on it.
//!
//! | first byte | then |
//! |---|---|
//! | 0 | JSON-LD |
//! | 1 | the same, deflated (RFC 1951); used from [`DEFLATE_FROM`] bytes on |
//! | 2, 3 | like 0 and 1, with long lists of objects cut to their first entry; the others follow front-coded: what an entry shares with the one before it, then the rest of its text |
//!
//! A commissioning event of 40,000 packs takes about 5 bytes per pack that way, and neither compression nor decompression
//! has to work on them. Encoding is not canonical: the same event may have several payloads, and the digest in the reduced event
//! says which one was signed. Decoding is bounded by [`TEXT_MAX`] and by the ledger's limit on objects.

mod lists;

use pangolin_epcis::{
    Event,
    defect::Defect,
    model::{Context, Header},
    read::{self, Limits, Mode},
    write,
};
use pangolin_ledger::{
    codec::{CodecError, Reader, Writer},
    limits::MAX_PAYLOAD_BYTES,
};
use thiserror::Error;

/// Text of at least this many bytes is deflated.
pub const DEFLATE_FROM: usize = 512;
/// Most bytes of JSON that a payload may unfold to.
pub const TEXT_MAX: usize = 16 * 1024 * 1024;
/// Effort of the compressor, 0 to 10.
const DEFLATE_LEVEL: u8 = 6;

const PLAIN: u8 = 0;
const DEFLATED: u8 = 1;
/// Added to the format if lists follow.
const WITH_LISTS: u8 = 2;

/// Why a payload cannot be written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// The event could not be written.
    #[error("the event could not be written")]
    Write(#[from] write::WriteError),
    /// No bytes at all.
    #[error("the payload is empty")]
    Empty,
    /// More bytes than a transaction may carry.
    #[error("the payload has {0} bytes, more than {MAX_PAYLOAD_BYTES}")]
    TooLong(usize),
    /// A first byte that no format has.
    #[error("payload format {0} is unknown")]
    Format(u8),
    /// The compressed text is broken, or unfolds to more than [`TEXT_MAX`] bytes.
    #[error("the payload cannot be unfolded to at most {TEXT_MAX} bytes")]
    Deflate,
    /// The lists are broken.
    #[error("the lists of the payload cannot be read")]
    Lists(#[from] CodecError),
    /// The text of a list is no identifier, or its list does not belong to the event.
    #[error("entry {index} of a list of the payload is not in place")]
    Entry {
        /// Place in the list.
        index: usize,
    },
    /// The text is not one EPCIS event.
    #[error("the payload is not one event{}", first.as_ref().map(|d| format!(": {d}")).unwrap_or_default())]
    NotAnEvent {
        /// The first defect.
        first: Option<Box<Defect>>,
    },
}

impl PayloadError {
    /// Stable code, kebab-case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Write(error) => error.code(),
            Self::Empty => "payload-empty",
            Self::TooLong(_) => "payload-too-long",
            Self::Format(_) => "payload-format",
            Self::Deflate => "payload-deflate",
            Self::Lists(_) => "payload-lists",
            Self::Entry { .. } => "payload-entry",
            Self::NotAnEvent { .. } => "payload-not-an-event",
        }
    }
}

/// Encodes an event that stands alone.
///
/// ```
/// # use pangolin_epcis::read::{self, Mode};
/// # let text = r#"{"@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
/// #   "type": "ObjectEvent", "eventTime": "2026-03-01T08:00:00Z", "eventTimeZoneOffset": "-05:00",
/// #   "epcList": ["urn:epc:id:sgtin:030001.0012345.11"], "action": "OBSERVE", "bizStep": "storing"}"#;
/// # let (_, event) = read::json(text.as_bytes(), Mode::Strict).next().unwrap().unwrap();
/// use pangolin_profiles::payload;
///
/// let bytes = payload::encode(&event).unwrap();
/// assert_eq!(payload::decode(&bytes).unwrap().what, event.what);
/// ```
pub fn encode(event: &Event) -> Result<Vec<u8>, PayloadError> {
    encode_of_document(event, &Header::default())
}

/// Encodes an event with the namespaces of its document and with the document's extension elements.
pub fn encode_of_document(event: &Event, header: &Header) -> Result<Vec<u8>, PayloadError> {
    let (skeleton, rest) = lists::split(event);
    let text = text(skeleton.as_ref().unwrap_or(event), header)?;
    let mut format = PLAIN;
    let mut body = text;
    if body.len() >= DEFLATE_FROM {
        let deflated = miniz_oxide::deflate::compress_to_vec(&body, DEFLATE_LEVEL);
        if deflated.len() < body.len() {
            format = DEFLATED;
            body = deflated;
        }
    }
    if rest.is_empty() {
        body.insert(0, format);
        return Ok(body);
    }
    let mut w = Writer::with_capacity(body.len() + 64);
    w.u8(format + WITH_LISTS);
    w.bytes(&body);
    lists::put(&mut w, &rest);
    Ok(w.into_bytes())
}

fn text(event: &Event, header: &Header) -> Result<Vec<u8>, PayloadError> {
    if header.extensions.is_empty() && header.header_extensions.is_empty() {
        return Ok(write::json_event(event, &header.context).into_bytes());
    }
    // The format demands a date; the event's own is the only one that is the same whoever encodes it.
    let dated = Header {
        creation_date: Some(event.event_time.clone()),
        ..header.clone()
    };
    Ok(write::json(Vec::new(), &dated, [event])?)
}

/// Decodes the event of a payload.
pub fn decode(bytes: &[u8]) -> Result<Event, PayloadError> {
    decode_with_document(bytes).map(|(_, event)| event)
}

/// Decodes the event of a payload with what is kept of its document.
pub fn decode_with_document(bytes: &[u8]) -> Result<(Header, Event), PayloadError> {
    if bytes.len() > MAX_PAYLOAD_BYTES {
        return Err(PayloadError::TooLong(bytes.len()));
    }
    let (format, body) = bytes.split_first().ok_or(PayloadError::Empty)?;
    if *format > DEFLATED + WITH_LISTS {
        return Err(PayloadError::Format(*format));
    }
    let listed = *format >= WITH_LISTS;
    let (body, rest) = if listed {
        let mut r = Reader::new(body);
        let body = r.bytes(MAX_PAYLOAD_BYTES)?;
        let rest = lists::take(&mut r)?;
        r.finish()?;
        (body, rest)
    } else {
        (body, lists::Rest::default())
    };
    let deflated = *format % WITH_LISTS == DEFLATED;
    let unfolded;
    let text = if deflated {
        unfolded = miniz_oxide::inflate::decompress_to_vec_with_limit(body, TEXT_MAX)
            .map_err(|_| PayloadError::Deflate)?;
        &unfolded[..]
    } else {
        body
    };
    let (header, mut event) = one_event(text)?;
    lists::join(&mut event, rest)?;
    Ok((header, event))
}

fn one_event(text: &[u8]) -> Result<(Header, Event), PayloadError> {
    let limits = Limits {
        event_bytes_max: TEXT_MAX,
        header_bytes_max: TEXT_MAX,
        events_max: 1,
        ..Limits::default()
    };
    let document = read::document(read::json_within(text, Mode::Lenient, limits));
    let document = document.map_err(|defects| PayloadError::NotAnEvent {
        first: defects.list().first().cloned().map(Box::new),
    })?;
    let mut events = document.events;
    match (events.pop(), events.is_empty()) {
        (Some(event), true) => Ok((kept(document.header), event)),
        _ => Err(PayloadError::NotAnEvent { first: None }),
    }
}

/// Of the header, what [`encode_of_document`] was given.
fn kept(header: Header) -> Header {
    let alone = header.kind == pangolin_epcis::model::DocumentKind::Event;
    let context = if alone {
        Context::default()
    } else {
        header.context
    };
    Header {
        context,
        extensions: header.extensions,
        header_extensions: header.header_extensions,
        ..Header::default()
    }
}

#[cfg(test)]
mod tests;
