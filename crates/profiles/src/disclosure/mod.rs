//! Selective disclosure: single fields of an event can be shown, and proved, while the others stay secret (K11).
//!
//! The full event is divided into fields, each a path and a text. The commitment on the chain is the root of a Merkle tree
//! over them; every field is salted, so that a field that was not shown cannot be found by trying. How leaves become a
//! commitment, and how a field is checked against it, is the ledger's ([`k11_disclosure`]).
//!
//! The salt of a field is `HMAC-SHA-256(secret, event id ‖ path)`: the owner keeps one secret for all events.
//!
//! Values are canonical: times in UTC with milliseconds, words as web URIs, identifiers as canonical URIs, numbers in their
//! shortest form. The fields stand in the order of the event. Nothing of the document around the event is committed to.

mod field;
mod salt;

use pangolin_epcis::Event;
use pangolin_ledger::{
    id::{Digest32, EventId},
    kernel::k11_disclosure::{self, Tree, leaf, root},
    limits::MAX_FIELDS,
};

pub use field::{Field, fields};
pub use pangolin_ledger::kernel::k11_disclosure::{Disclosed, Disclosure, DisclosureError};
pub use salt::SaltSecret;

/// The commitment to all fields of an event.
pub fn commit(event: &Event, id: &EventId, secret: &SaltSecret) -> Digest32 {
    let leaves = leaves(event, id, secret);
    let count = u32::try_from(leaves.len()).unwrap_or(u32::MAX);
    k11_disclosure::seal(count, &root(leaves))
}

/// Shows the fields that `wanted` chooses by their paths.
///
/// ```
/// # use pangolin_epcis::read::{self, Mode};
/// # use pangolin_ledger::id::EventId;
/// use pangolin_profiles::disclosure::{self, SaltSecret};
/// # let text = r#"{"@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
/// #   "type": "ObjectEvent", "eventTime": "2026-03-01T08:00:00Z", "eventTimeZoneOffset": "-05:00",
/// #   "epcList": ["urn:epc:id:sgtin:030001.0012345.11"], "action": "OBSERVE", "bizStep": "storing"}"#;
/// # let (_, event) = read::json(text.as_bytes(), Mode::Strict).next().unwrap().unwrap();
/// # let id = EventId([1; 32]);
/// let secret = SaltSecret::new([7; 32]);
/// let commitment = disclosure::commit(&event, &id, &secret);
/// let shown = disclosure::disclose(&event, &id, &secret, |path| path == "/bizStep");
/// assert_eq!(shown.fields[0].value, "https://ref.gs1.org/cbv/BizStep-storing");
/// assert!(shown.verify(&commitment).is_ok());
/// ```
pub fn disclose(
    event: &Event,
    id: &EventId,
    secret: &SaltSecret,
    wanted: impl Fn(&str) -> bool,
) -> Disclosure {
    let salts = secret.salts(id);
    let leaves = leaves(event, id, secret);
    let count = u32::try_from(leaves.len()).unwrap_or(u32::MAX);
    let tree = Tree::new(leaves);
    let mut shown = Vec::new();
    for (index, Field { path, value }) in (0u32..count).zip(fields(event)) {
        if wanted(&path) {
            shown.push(Disclosed {
                index,
                salt: salts.of(&path),
                path,
                value,
                siblings: tree.siblings(index as usize),
            });
        }
    }
    Disclosure {
        event: *id,
        count,
        fields: shown,
    }
}

fn leaves(event: &Event, id: &EventId, secret: &SaltSecret) -> Vec<[u8; 32]> {
    let salts = secret.salts(id);
    let mut leaves = Vec::new();
    field::each(event, &mut |path, value| {
        if leaves.len() < MAX_FIELDS {
            leaves.push(leaf(&salts.of(path), path, value));
        }
    });
    leaves
}

#[cfg(test)]
mod tests;
