//! Application identifiers in a URI: their digits, or the short names of version 1.1 of the standard.

use crate::ai::Ai;

/// Short names and what they stand for (GS1 Digital Link Standard 1.1, section 4; removed in 1.2).
const SHORT_NAMES: &[(&str, &str)] = &[
    ("sscc", "00"),
    ("gtin", "01"),
    ("lot", "10"),
    ("exp", "17"),
    ("ser", "21"),
    ("cpv", "22"),
    ("gdti", "253"),
    ("glnx", "254"),
    ("gcn", "255"),
    ("ginc", "401"),
    ("gsin", "402"),
    ("gln", "414"),
    ("payTo", "415"),
    ("party", "417"),
    ("expdt", "7003"),
    ("grai", "8003"),
    ("giai", "8004"),
    ("itip", "8006"),
    ("cpid", "8010"),
    ("cpsn", "8011"),
    ("gmn", "8013"),
    ("gsrnp", "8017"),
    ("gsrn", "8018"),
    ("srin", "8019"),
    ("refNo", "8020"),
];

fn by_short_name(name: &str) -> Option<Ai> {
    let (_, digits) = SHORT_NAMES.iter().find(|(short, _)| *short == name)?;
    Ai::new(digits)
}

/// The AI that a path segment names.
pub(super) fn ai_of_segment(segment: &str) -> Option<Ai> {
    if segment.starts_with(|first: char| first.is_ascii_digit()) {
        return Ai::new(segment);
    }
    by_short_name(segment)
}

/// The AI that a query parameter names; `None` for a parameter that is none, an error for one of digits alone that is
/// none: the standard keeps those for application identifiers.
pub(super) fn ai_of_parameter(name: &str) -> Result<Option<Ai>, ()> {
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ai::new(name).map(Some).ok_or(());
    }
    Ok(by_short_name(name))
}
