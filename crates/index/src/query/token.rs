//! Page tokens: where the next page begins, sealed so that only the index that gave one accepts it.
//!
//! A token holds the digest of its query, the place of the last event in the order of the result, the number of the last
//! event that existed when the first page was made (later events do not shift pages), how many events may still come,
//! and its expiry. It holds no data of events.

use pangolin_ledger::hash::sha256;

use super::{Order, Query, QueryError};
use crate::limits::MAX_TOKEN_BYTES;

/// Bytes of the seal.
const SEAL: usize = 16;
/// Bytes of the content.
const CONTENT: usize = 1 + 6 * 8;
/// Version of the format.
const VERSION: u8 = 1;

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// What the last event was ordered by; of an order by extension, how many events came before.
    pub(crate) key: i64,
    /// The number of the last event.
    pub(crate) no: i64,
    /// The last event that counts.
    pub(crate) snapshot: i64,
    /// How many events may still come; -1 for any number.
    pub(crate) remaining: i64,
    /// When the token expires, in milliseconds since 1970.
    pub(crate) expires: i64,
}

/// Seals a place.
pub(crate) fn seal(key: &[u8], query: &Query, place: &Place) -> String {
    let mut bytes = Vec::with_capacity(CONTENT + SEAL);
    bytes.push(VERSION);
    bytes.extend(fingerprint(query));
    for number in [
        place.key,
        place.no,
        place.snapshot,
        place.remaining,
        place.expires,
    ] {
        bytes.extend(number.to_be_bytes());
    }
    let seal = mac(key, &bytes);
    bytes.extend(seal);
    hex::encode(bytes)
}

/// Opens a token of the same query.
pub(crate) fn open(
    key: &[u8],
    query: &Query,
    token: &str,
    now_ms: i64,
) -> Result<Place, QueryError> {
    let fail = |reason| Err(QueryError::Token { reason });
    if token.len() > MAX_TOKEN_BYTES {
        return fail("is too long");
    }
    let Ok(bytes) = hex::decode(token) else {
        return fail("is malformed");
    };
    let Some((content, seal)) = bytes.split_last_chunk::<SEAL>() else {
        return fail("is malformed");
    };
    if mac(key, content) != *seal {
        return fail("is not one of this node");
    }
    let mut numbers = content
        .get(1..)
        .unwrap_or_default()
        .as_chunks::<8>()
        .0
        .iter()
        .copied();
    if content.len() != CONTENT || content.first() != Some(&VERSION) {
        return fail("is of another version");
    }
    if numbers.next() != Some(fingerprint(query)) {
        return fail("belongs to another query");
    }
    let mut next = || numbers.next().map_or(0, i64::from_be_bytes);
    let place = Place {
        key: next(),
        no: next(),
        snapshot: next(),
        remaining: next(),
        expires: next(),
    };
    if place.expires < now_ms {
        return fail("has expired");
    }
    Ok(place)
}

/// The part of a query that a token must match: its conditions and order, not the size of a page.
fn fingerprint(query: &Query) -> [u8; 8] {
    let order = match &query.order {
        Order::RecordTime => "record".to_owned(),
        Order::EventTime => "event".to_owned(),
        Order::Extension(name) => format!("{name:?}"),
    };
    let text = format!(
        "{order}\n{:?}\n{:?}\n{:?}\n{:?}",
        query.direction, query.event_count_limit, query.max_event_count, query.filters
    );
    let digest = sha256(&[b"pangolin/page/1", text.as_bytes()]);
    digest.first_chunk().copied().unwrap_or_default()
}

/// A keyed digest: nested, so that a content cannot be extended.
fn mac(key: &[u8], content: &[u8]) -> [u8; SEAL] {
    let inner = sha256(&[b"pangolin/seal/1", key, content]);
    let outer = sha256(&[b"pangolin/seal/1", key, &inner]);
    outer.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place {
        key: -5,
        no: 77,
        snapshot: 99,
        remaining: -1,
        expires: 1_000,
    };

    #[test]
    fn tokens_are_bound_to_key_query_and_time() {
        let query = Query::parse([("EQ_bizStep", "shipping")]).unwrap();
        let other = Query::parse([("EQ_bizStep", "receiving")]).unwrap();
        let token = seal(b"k", &query, &PLACE);
        assert_eq!(open(b"k", &query, &token, 1_000), Ok(PLACE));
        assert_eq!(open(b"k", &query.clone().per_page(7), &token, 0), Ok(PLACE));
        let check = |key: &[u8], query: &Query, token: &str, now, expect: &'static str| {
            assert_eq!(
                open(key, query, token, now),
                Err(QueryError::Token { reason: expect })
            );
        };
        check(b"k", &query, &token, 1_001, "has expired");
        check(b"k", &other, &token, 0, "belongs to another query");
        check(b"x", &query, &token, 0, "is not one of this node");
        check(b"k", &query, "zz", 0, "is malformed");
        check(b"k", &query, "00", 0, "is malformed");
        check(b"k", &query, &"0".repeat(600), 0, "is too long");
        for at in 0..token.len() {
            let mut bent = token.clone();
            let digit = if &token[at..=at] == "0" { "1" } else { "0" };
            bent.replace_range(at..=at, digit);
            assert!(open(b"k", &query, &bent, 0).is_err(), "{at}");
        }
    }
}
