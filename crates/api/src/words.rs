//! What the ledger names by opaque bytes, in the words of the trade: identifiers as URIs.

use pangolin_ledger::{
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
