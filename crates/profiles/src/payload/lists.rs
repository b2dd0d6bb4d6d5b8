//! Long lists of objects, kept beside the JSON.

use pangolin_epcis::{
    Event,
    model::{Uri, What},
};
use pangolin_ledger::{
    codec::{CodecError, Reader, Writer},
    limits::MAX_REFS_PER_EVENT,
};

use super::{PayloadError, TEXT_MAX};

/// A list of at least so many entries is kept beside the JSON.
const CUT_FROM: usize = 8;
/// Most lists of one event.
const LISTS_MAX: usize = 2;
/// Entries that stay in the JSON, so that it is a valid event.
const STAY: usize = 1;

/// The entries cut off, list by list.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rest(Vec<Vec<String>>);

impl Rest {
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(Vec::is_empty)
    }
}

/// The lists of an event that can be long, in a fixed order.
fn lists(event: &mut Event) -> Vec<&mut Vec<Uri>> {
    match &mut event.what {
        What::Object(what) => vec![&mut what.epcs],
        What::Aggregation(what) | What::Association(what) => vec![&mut what.child_epcs],
        What::Transaction(what) => vec![&mut what.epcs],
        What::Transformation(what) => vec![&mut what.input_epcs, &mut what.output_epcs],
        What::Extended(_) => Vec::new(),
    }
}

fn longest(event: &Event) -> usize {
    match &event.what {
        What::Object(what) => what.epcs.len(),
        What::Aggregation(what) | What::Association(what) => what.child_epcs.len(),
        What::Transaction(what) => what.epcs.len(),
        What::Transformation(what) => what.input_epcs.len().max(what.output_epcs.len()),
        What::Extended(_) => 0,
    }
}

/// The event without what is cut off; `None` if nothing is.
pub(super) fn split(event: &Event) -> (Option<Event>, Rest) {
    if longest(event) < CUT_FROM {
        return (None, Rest::default());
    }
    let mut skeleton = event.clone();
    let mut rest = Vec::new();
    for list in lists(&mut skeleton) {
        let cut = if list.len() < CUT_FROM {
            Vec::new()
        } else {
            list.split_off(STAY)
        };
        rest.push(cut.iter().map(|uri| uri.as_str().to_owned()).collect());
    }
    (Some(skeleton), Rest(rest))
}

/// Puts back what was cut off.
pub(super) fn join(event: &mut Event, rest: Rest) -> Result<(), PayloadError> {
    if rest.is_empty() {
        return Ok(());
    }
    let mut lists = lists(event);
    if rest.0.len() != lists.len() {
        return Err(PayloadError::Entry { index: 0 });
    }
    for (list, cut) in lists.iter_mut().zip(rest.0) {
        if !cut.is_empty() && list.len() != STAY {
            return Err(PayloadError::Entry { index: 0 });
        }
        list.reserve(cut.len());
        for (index, text) in cut.iter().enumerate() {
            list.push(Uri::parse(text).map_err(|_| PayloadError::Entry { index })?);
        }
    }
    Ok(())
}

/// Writes the lists: number of lists; of each, number of entries; of each, bytes shared with the entry before it, and the rest.
pub(super) fn put(w: &mut Writer, rest: &Rest) {
    w.varint(rest.0.len() as u64);
    for list in &rest.0 {
        w.varint(list.len() as u64);
        let mut before: &str = "";
        for text in list {
            let shared = shared(before, text);
            w.varint(shared as u64);
            w.bytes(&text.as_bytes()[shared..]);
            before = text;
        }
    }
}

/// Bytes at the beginning that both have, at most up to the end of a character.
fn shared(a: &str, b: &str) -> usize {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    (0..=same)
        .rev()
        .find(|at| b.is_char_boundary(*at))
        .unwrap_or(0)
}

/// Reads the lists.
pub(super) fn take(r: &mut Reader<'_>) -> Result<Rest, CodecError> {
    let count = r.length(LISTS_MAX)?;
    let mut rest = Vec::with_capacity(count);
    let mut unfolded = 0usize;
    for _ in 0..count {
        let entries = r.length(MAX_REFS_PER_EVENT)?;
        let mut list: Vec<String> = Vec::new();
        for _ in 0..entries {
            let at = r.position();
            let before = list.last().map_or("", String::as_str);
            let shared = r.length(before.len())?;
            let head = before.get(..shared).ok_or(CodecError::OutOfDomain { at })?;
            let tail = std::str::from_utf8(r.bytes(TEXT_MAX)?)
                .map_err(|_| CodecError::OutOfDomain { at })?;
            unfolded = unfolded.saturating_add(shared).saturating_add(tail.len());
            if unfolded > TEXT_MAX {
                return Err(CodecError::TooLong {
                    at,
                    len: unfolded as u64,
                    max: TEXT_MAX,
                });
            }
            let mut text = String::with_capacity(shared + tail.len());
            text.push_str(head);
            text.push_str(tail);
            list.push(text);
        }
        rest.push(list);
    }
    Ok(Rest(rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lists_come_back(rest in proptest::collection::vec(proptest::collection::vec("[a-cäé€]{0,6}", 0..9), 0..=2)) {
            let rest = Rest(rest);
            let mut w = Writer::with_capacity(0);
            put(&mut w, &rest);
            let bytes = w.into_bytes();
            let mut r = Reader::new(&bytes);
            prop_assert_eq!(take(&mut r).unwrap(), rest);
            prop_assert!(r.finish().is_ok());
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = take(&mut Reader::new(&bytes));
        }
    }
}
