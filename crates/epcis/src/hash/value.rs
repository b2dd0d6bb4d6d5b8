//! The one form of a value.

use super::{link, number};
use crate::model::{Context, Term};

/// URN prefixes of CBV vocabularies and their web forms (CBV 2.0 §8.9.2).
const WEB_VOCABULARY: [(&str, &str); 5] = [
    (
        "urn:epcglobal:cbv:bizstep:",
        "https://ref.gs1.org/cbv/BizStep-",
    ),
    ("urn:epcglobal:cbv:disp:", "https://ref.gs1.org/cbv/Disp-"),
    ("urn:epcglobal:cbv:btt:", "https://ref.gs1.org/cbv/BTT-"),
    ("urn:epcglobal:cbv:sdt:", "https://ref.gs1.org/cbv/SDT-"),
    ("urn:epcglobal:cbv:er:", "https://ref.gs1.org/cbv/ER-"),
];

/// The canonical form of any text.
pub(super) fn canonical(text: &str, context: &Context) -> String {
    let trimmed = text.trim();
    let expanded = context.expand(trimmed);
    for (urn, web) in WEB_VOCABULARY {
        if let Some(word) = expanded.strip_prefix(urn) {
            return format!("{web}{word}");
        }
    }
    if let Some(number) = number::canonical(&expanded) {
        return number;
    }
    link::canonical_link(&expanded).unwrap_or_else(|| expanded.into_owned())
}

/// The canonical form of a vocabulary value.
pub(super) fn term(term: &Term, context: &Context) -> String {
    match term.word() {
        Some(_) => term.web_uri(),
        None => canonical(term.as_str(), context),
    }
}
