//! The event hash id of CBV 2.0 §8.9: a name for an event that anybody can compute from its content.
//!
//! The *pre-hash string* puts the members of an event in a fixed order, sorts lists, and gives each value one form:
//! times in UTC with milliseconds, numbers without superfluous zeros, CBV terms as web URIs, GS1 identifiers as
//! canonical Digital Link URIs. `recordTime`, `eventID` and `errorDeclaration` do not count. The hash is
//! `ni:///sha-256;<hex>?ver=CBV2.0` (RFC 6920).
//!
//! Where the text of the standard and its reference implementation differ, published hashes decide, because a hash
//! that others do not get is worthless. These are the differences known:
//! * `parentID` of a transaction stands in front of `epcList`;
//! * behind the sensor data, `bizTransactionList`, `destinationList`, `ilmd`, `sourceList` follow in the order of
//!   their names, each entry with its type in front;
//! * `bizRules` of a sensor report stands behind all sensor data, again under `sensorElementList`;
//! * `xsi:type` and other attributes of XML Schema itself do not count, so that the JSON form hashes alike;
//! * any value that reads as a number is normalised through a double, wherever it stands.
//!
//! Where no published hash shows what the reference implementation does otherwise, the text decides:
//! * a millisecond is rounded up from a half, not to the even neighbour;
//! * JSON writes `true` and `false` as XML does;
//! * extensions of places and sensor data stay there, whether or not their namespace ends with a slash;
//! * percent-encodings have capital digits, and a company prefix of twelve digits is one in every scheme.

mod element;
mod link;
mod number;
mod order;
mod time;
mod value;
mod walk;

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

pub use link::canonical_link;
pub(crate) use walk::each_value;

use crate::model::{Context, Element, Event, Header, Name, Value};

/// Namespace of repository-internal fields that a document may exclude from hashes.
const REPOSITORY: &str = "https://repository-x.example.com/";
/// The document member that lists them.
const IGNORE_FIELDS: &str = "ignoreFields";

/// What of a document bears on the hashes of its events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HashContext {
    context: Context,
    ignored: BTreeSet<Name>,
}

impl HashContext {
    /// The context of the events of a document. The header is complete when the last event was read.
    pub fn of(header: &Header) -> Self {
        let mut ignored = BTreeSet::new();
        for element in &header.extensions {
            if element.name.namespace == REPOSITORY && element.name.local == IGNORE_FIELDS {
                ignored_names(&element.value, &header.context, &mut ignored);
            }
        }
        Self {
            context: header.context.clone(),
            ignored,
        }
    }
}

/// The names listed: strings in JSON, child elements in XML.
fn ignored_names(value: &Value, context: &Context, to: &mut BTreeSet<Name>) {
    match value {
        Value::List(items) => items
            .iter()
            .for_each(|item| ignored_names(item, context, to)),
        Value::Object(children) => {
            to.extend(children.iter().map(|child: &Element| child.name.clone()));
        }
        Value::Text(text) => {
            let resolved = text.split_once(':').and_then(|(prefix, local)| {
                context
                    .namespace(prefix)
                    .map(|namespace| Name::prefixed(prefix, namespace, local))
            });
            to.insert(resolved.unwrap_or_else(|| Name::bare("", text.as_str())));
        }
        _ => {}
    }
}

/// The pre-hash string of an event.
pub fn prehash(event: &Event, context: &HashContext) -> String {
    let merged = event
        .context
        .as_ref()
        .map(|own| crate::build::merge(&context.context, own));
    let names = merged.as_ref().unwrap_or(&context.context);
    order::event(event, names, &context.ignored)
}

/// The SHA-256 digest of the pre-hash string.
pub fn digest(event: &Event, context: &HashContext) -> [u8; 32] {
    Sha256::digest(prehash(event, context).as_bytes()).into()
}

/// The event hash id: `ni:///sha-256;<64 hex digits>?ver=CBV2.0`.
pub fn event_hash(event: &Event, context: &HashContext) -> String {
    let mut id = String::from("ni:///sha-256;");
    for byte in digest(event, context) {
        for nibble in [byte >> 4, byte & 15] {
            id.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    id.push_str("?ver=CBV2.0");
    id
}
