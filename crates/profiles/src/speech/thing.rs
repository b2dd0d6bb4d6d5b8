//! Things by the names the trade has for them.

use pangolin_gs1::Key;
use pangolin_ledger::id::{ClassId, GroupId, ObjectId, PartyId};

use super::Names;
use crate::capture::id;

/// `pack GTIN 00300010123455 serial 11`, `case GTIN …`, `logistic unit SSCC …`; other keys by their URI.
pub fn object(object: &ObjectId) -> String {
    match id::key(object.as_bytes()) {
        Some(Key::Sgtin { gtin, serial }) => {
            // The indicator digit: 1 to 8 are groupings of trade items (GS1 General Specifications §2.1.7).
            let word = match gtin.as_str().as_bytes().first() {
                Some(b'1'..=b'8') => "case",
                _ => "pack",
            };
            format!("{word} GTIN {gtin} serial {}", serial.as_str())
        }
        Some(Key::Sscc(sscc)) => format!("logistic unit SSCC {sscc}"),
        _ => id::object_uri(object),
    }
}

/// `lot A123 of GTIN 00300010123455`.
pub fn group(group: &GroupId) -> String {
    match id::key(group.as_bytes()) {
        Some(Key::Lgtin { gtin, lot }) => format!("lot {} of GTIN {gtin}", lot.as_str()),
        _ => id::group_uri(group),
    }
}

/// `product GTIN 00300010123455`.
pub fn class(class: &ClassId) -> String {
    match id::key(class.as_bytes()) {
        Some(Key::Gtin {
            gtin,
            variant: None,
        }) => format!("product GTIN {gtin}"),
        _ => id::class_uri(class),
    }
}

/// `Acmegen Pharma (GLN 0300011111116)`, without a name `GLN 0300011111116`.
pub fn party(party: &PartyId, names: Names<'_>) -> String {
    let text = party.to_string();
    let digits = text.len() == 13 && text.bytes().all(|byte| byte.is_ascii_digit());
    let id = if digits { format!("GLN {text}") } else { text };
    match names(party) {
        Some(name) => format!("{name} ({id})"),
        None => id,
    }
}
