//! What the ledger names by opaque bytes, in the words of the trade: identifiers as URIs.

use pangolin_gs1::{Key, element::Scan};
use pangolin_ledger::{
    id::{ClassId, Code, GroupId, ObjectId, PartyId},
    report::Subject,
    state::{Holder, Missing},
    tx::{OrderScope, Stock},
};
use pangolin_profiles::capture::{class_uri, event_uri, group_uri, object_uri, party_uri};

use crate::deps::Trade;

/// The thing a refusal is about.
pub fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Event(id) => event_uri(id),
        Subject::Object(id) => object_uri(id),
        Subject::Group(id) => group_uri(id),
        Subject::Class(id) => class_uri(id),
        Subject::Stock(what) => stock(what),
        // which role it is about, the message says in words
        Subject::Party(id) | Subject::Role(id, _) => party_uri(id),
        other => other.to_string(),
    }
}

/// A sentence of the ledger, which knows identifiers as bytes and attributes as numbers, in the words of the trade.
pub fn sentence(text: &str, trade: &dyn Trade) -> String {
    let mut before = "";
    let mut said = Vec::new();
    for word in text.split(' ') {
        let bare = word.trim_end_matches([',', ';', ':', ')', '.']);
        let rest = word.get(bare.len()..).unwrap_or_default();
        let named = match before {
            "attribute" => bare
                .parse()
                .ok()
                .and_then(|code| trade.describe(Code(code))),
            _ => None,
        };
        let named = named.map(|name| format!("\"{name}\""));
        let named = named.or_else(|| identifier(before, bare.strip_prefix("0x")?));
        said.push(named.map_or_else(|| word.to_owned(), |named| named + rest));
        before = word;
    }
    said.join(" ")
}

/// An identifier out of its bytes in hexadecimal; the word in front of it says of what.
fn identifier(kind: &str, digits: &str) -> Option<String> {
    let bytes = hex::decode(digits).ok()?;
    match kind {
        "group" | "lot" => Some(group_uri(&GroupId::new(bytes).ok()?)),
        "class" => Some(class_uri(&ClassId::new(bytes).ok()?)),
        "party" | "by" => Some(party_uri(&PartyId::new(bytes).ok()?)),
        _ => Some(object_uri(&ObjectId::new(bytes).ok()?)),
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
        Missing::Feed { chain, .. } => format!("later word of the orders of chain {chain}"),
        Missing::Fact { source, key } => format!("what the source {source} says of {key}"),
        Missing::Ancestry(id) => format!("the history of {} over other chains", object_uri(id)),
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

/// Why a text names no single object, for whoever typed it; `None` where it does not even look like an identifier.
pub fn why_no_object(text: &str) -> Option<String> {
    let text = text.trim();
    let begun = |start: &str| {
        text.get(..start.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(start))
    };
    if !["(", "urn:", "http://", "https://"].into_iter().any(begun) {
        return None;
    }
    Some(match Key::parse(text) {
        Ok(key) if key.is_class() => "it names a product or a lot".to_owned(),
        Ok(_) => "things of this kind are not kept".to_owned(),
        Err(error) => error.to_string(),
    })
}

/// An identifier as people write it on packs: `(01)…(21)…` where it has that form.
pub fn on_pack(uri: &str) -> String {
    let elements = Key::parse(uri).ok().and_then(|key| key.to_elements());
    elements.map_or_else(|| uri.to_owned(), |elements| elements.to_bracketed())
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

#[cfg(test)]
mod tests {
    use pangolin_gs1::id::{Gtin, Lot};
    use pangolin_profiles::{catalog, pharma::words::field};

    use super::*;
    use crate::trade::IndustryTrade;

    #[test]
    fn sentences_name_things_as_the_trade_does() {
        let trade = IndustryTrade::new(catalog::named("pharma-strict").unwrap());
        let say = |text: &str| sentence(text, &trade);
        let item = Gtin::new("00300010123455").unwrap();
        let lot = trade.lot(&item, &Lot::new("A123").unwrap()).unwrap();
        let pack = trade.pack(&item, "1").unwrap();
        let hex = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
        let name = trade.describe(field::EXPIRY).unwrap();
        assert_eq!(
            say(&format!(
                "attribute {} of group {}: differs",
                field::EXPIRY,
                hex(lot.as_bytes())
            )),
            format!(
                "attribute \"{name}\" of group https://id.gs1.org/01/00300010123455/10/A123: differs"
            )
        );
        assert_eq!(
            say(&format!("object {}, once", hex(pack.as_bytes()))),
            "object https://id.gs1.org/01/00300010123455/21/1, once"
        );
        for kept in ["", "nothing to say", "attribute 999999999999 is 0xzz", "0x"] {
            assert_eq!(say(kept), kept);
        }
    }
}
