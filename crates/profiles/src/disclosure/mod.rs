//! Selective disclosure: single fields of an event can be shown, and proved, while the others stay secret (K11).
//!
//! The full event is divided into fields, each a path and a text. The commitment on the chain is the root of a Merkle tree
//! over them; every field is salted, so that a field that was not shown cannot be found by trying.
//!
//! * salt of a field = `HMAC-SHA-256(secret, event id ‖ path)`: the owner keeps one secret for all events;
//! * leaf = `SHA-256(0x00 ‖ salt ‖ length of path (4 bytes, big-endian) ‖ path ‖ value)`;
//! * node = `SHA-256(0x01 ‖ left ‖ right)`, an odd last node goes up as it is (RFC 6962 §2.1);
//! * commitment = `SHA-256(0x02 ‖ number of fields (4 bytes, big-endian) ‖ root)`: so the number of fields is known.
//!
//! Values are canonical: times in UTC with milliseconds, words as web URIs, identifiers as canonical URIs, numbers in their
//! shortest form. The fields stand in the order of the event. Nothing of the document around the event is committed to.

mod field;
mod salt;
mod tree;

use pangolin_epcis::Event;
use pangolin_ledger::id::{Digest32, EventId};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

pub use field::{Field, fields};
pub use salt::SaltSecret;

/// Most fields of one event: more than the ledger takes references.
pub const FIELDS_MAX: usize = 1 << 20;
/// Siblings of the longest path in such a tree.
pub const SIBLINGS_MAX: usize = 20;

/// Some fields of an event with their proofs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// The event.
    pub event: EventId,
    /// How many fields it has.
    pub count: u32,
    /// The fields shown, ascending by place.
    pub fields: Vec<Disclosed>,
}

/// A field with its proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosed {
    /// Its place among the fields.
    pub index: u32,
    /// Path and value.
    pub field: Field,
    /// Its salt.
    pub salt: [u8; 32],
    /// Hashes beside the path, from the leaf upwards (at most [`SIBLINGS_MAX`]).
    pub siblings: Vec<[u8; 32]>,
}

/// Why a disclosure does not prove what it shows.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DisclosureError {
    /// Nothing is shown.
    #[error("the disclosure shows no field")]
    Empty,
    /// A field lies beyond the number of fields, or the fields are not ascending.
    #[error("field {index} of {count} is out of place")]
    OutOfPlace {
        /// The place stated.
        index: u32,
        /// Fields stated.
        count: u32,
    },
    /// A field does not lead to the commitment.
    #[error("field {path} does not belong to the commitment")]
    Mismatch {
        /// The field.
        path: String,
    },
}

impl DisclosureError {
    /// Stable code, kebab-case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "disclosure-empty",
            Self::OutOfPlace { .. } => "disclosure-out-of-place",
            Self::Mismatch { .. } => "disclosure-mismatch",
        }
    }
}

/// The commitment to all fields of an event.
pub fn commit(event: &Event, id: &EventId, secret: &SaltSecret) -> Digest32 {
    let leaves = leaves(event, id, secret);
    seal(leaves.len(), &tree::root(leaves))
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
/// assert_eq!(shown.fields[0].field.value, "https://ref.gs1.org/cbv/BizStep-storing");
/// assert!(disclosure::verify(&shown, &commitment).is_ok());
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
    let tree = tree::Tree::new(leaves);
    let mut shown = Vec::new();
    for (index, field) in (0u32..).zip(fields(event)) {
        if wanted(&field.path) {
            let salt = salts.of(&field.path);
            shown.push(Disclosed {
                index,
                field,
                salt,
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

/// Checks that every field shown belongs to the event behind `commitment`.
pub fn verify(disclosure: &Disclosure, commitment: &Digest32) -> Result<(), DisclosureError> {
    if disclosure.fields.is_empty() {
        return Err(DisclosureError::Empty);
    }
    let count = disclosure.count;
    let mut last = None;
    for shown in &disclosure.fields {
        let index = shown.index;
        if index >= count || last.is_some_and(|last| index <= last) || count as usize > FIELDS_MAX {
            return Err(DisclosureError::OutOfPlace { index, count });
        }
        last = Some(index);
        let leaf = leaf(&shown.salt, &shown.field.path, &shown.field.value);
        let root = tree::climb(leaf, index, count, &shown.siblings);
        if root.map(|root| seal(count as usize, &root)) != Some(*commitment) {
            return Err(DisclosureError::Mismatch {
                path: shown.field.path.clone(),
            });
        }
    }
    Ok(())
}

fn leaves(event: &Event, id: &EventId, secret: &SaltSecret) -> Vec<[u8; 32]> {
    let salts = secret.salts(id);
    let mut leaves = Vec::new();
    field::each(event, &mut |path, value| {
        if leaves.len() < FIELDS_MAX {
            leaves.push(leaf(&salts.of(path), path, value));
        }
    });
    leaves
}

fn leaf(salt: &[u8; 32], path: &str, value: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(salt);
    hasher.update(u32::try_from(path.len()).unwrap_or(u32::MAX).to_be_bytes());
    hasher.update(path);
    hasher.update(value);
    hasher.finalize().into()
}

fn seal(count: usize, root: &[u8; 32]) -> Digest32 {
    let mut hasher = Sha256::new();
    hasher.update([2]);
    hasher.update(u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
    hasher.update(root);
    Digest32(hasher.finalize().into())
}

#[cfg(test)]
mod tests;
