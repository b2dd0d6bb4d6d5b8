//! What the ledger names by opaque bytes, in the words of the trade: identifiers as URIs.

use pangolin_gs1::{Key, element::Scan};
use pangolin_ledger::{
    id::{ObjectId, PartyId},
    report::Subject,
    state::{Holder, Missing},
    tx::{OrderScope, Stock},
};
use pangolin_profiles::capture::{class_uri, event_uri, group_uri, object_uri, party_uri};

/// The thing a refusal is about.
pub fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Event(id) => event_uri(id),
        Subject::Object(id) => object_uri(id),
        Subject::Group(id) => group_uri(id),
        Subject::Class(id) => class_uri(id),
        Subject::Stock(what) => stock(what),
        Subject::Party(id) => party_uri(id),
        Subject::Role(party, role) => format!("role {role} of {}", party_uri(party)),
        other => other.to_string(),
    }
}

/// A stock.
pub fn stock(stock: &Stock) -> String {
    match stock {
        Stock::Class(id) => class_uri(id),
        Stock::Group(id) => group_uri(id),
    }
}

/// Whoever holds something.
pub fn holder(holder: &Holder) -> String {
    match holder {
        Holder::Party(party) => party_uri(party),
        Holder::Container(placement) => object_uri(&placement.container),
        Holder::Transit { from, to } => {
            format!("on the way from {} to {}", party_uri(from), party_uri(to))
        }
    }
}

/// What a parked event waits for.
pub fn missing(missing: &Missing) -> String {
    match missing {
        Missing::Object(id) => object_uri(id),
        Missing::Stock {
            holder: who,
            stock: what,
        } => format!("{} with {}", stock(what), holder(who)),
    }
}

/// What a parked event waits for, one after the other.
pub fn missings(all: &[Missing]) -> String {
    all.iter().map(missing).collect::<Vec<_>>().join(", ")
}

/// What an order is on, as a kind and an identifier.
pub fn scope(scope: &OrderScope) -> (&'static str, String) {
    match scope {
        OrderScope::Object(id) => ("object", object_uri(id)),
        OrderScope::Group(id) => ("group", group_uri(id)),
        OrderScope::Class(id) => ("class", class_uri(id)),
        OrderScope::Party(id) => ("party", party_uri(id)),
    }
}

/// The party that a text names: a GLN of 13 digits, or any URI.
pub fn party(text: &str) -> Option<PartyId> {
    if text.len() == 13 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return PartyId::new(text).ok();
    }
    pangolin_profiles::capture::id::party(&Key::parse(text).ok()?).ok()
}

/// The object that a text names, in any of its notations.
pub fn object(text: &str) -> Option<ObjectId> {
    if let Ok(key) = Key::parse(text) {
        return if key.is_class() {
            None
        } else {
            pangolin_profiles::capture::id::object(&key).ok()
        };
    }
    let Ok(Scan::Elements(elements)) = Scan::parse(text) else {
        return None;
    };
    let key = Key::from_elements(&elements)
        .ok()
        .filter(|key| !key.is_class())?;
    pangolin_profiles::capture::id::object(&key).ok()
}
