//! The event hash as a URI (CBV 2.0 §8.9): how events without an identifier of their own are named.

use pangolin_ledger::id::EventId;

const HEAD: &str = "ni:///sha-256;";
const TAIL: &str = "?ver=CBV2.0";

/// `ni:///sha-256;…?ver=CBV2.0`.
pub fn event_uri(event: &EventId) -> String {
    format!("{HEAD}{event}{TAIL}")
}

/// The event hash in such a URI.
pub fn parse_event_uri(uri: &str) -> Option<EventId> {
    let digits = uri.strip_prefix(HEAD)?.strip_suffix(TAIL)?;
    let bytes = hex::decode(digits).ok()?;
    Some(EventId(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_and_uris_lead_to_each_other() {
        let event = EventId([0xab; 32]);
        assert_eq!(parse_event_uri(&event_uri(&event)), Some(event));
        assert_eq!(parse_event_uri("ni:///sha-256;abcd?ver=CBV2.0"), None);
        assert_eq!(parse_event_uri("urn:uuid:1"), None);
    }
}
