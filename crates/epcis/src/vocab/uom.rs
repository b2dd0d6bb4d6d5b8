//! Units of measure: UN/CEFACT Recommendation 20 common codes.

use super::uom_codes::CODES;

/// Whether the text has the form of a Recommendation 20 code: two or three capital letters or digits.
pub fn is_uom_form(code: &str) -> bool {
    (2..=3).contains(&code.len())
        && code
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Whether the code is in the list of units.
pub fn is_uom(code: &str) -> bool {
    CODES.binary_search(&code).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        for known in [
            "KGM", "CEL", "A93", "LTR", "EA", "DD", "MTS", "P71", "C35", "H87",
        ] {
            assert!(is_uom(known), "{known}");
        }
        for unknown in ["kg", "KG", "XXX", "KILO", "", "K G", "é"] {
            assert!(!is_uom(unknown), "{unknown}");
        }
        assert!(is_uom_form("XXX"));
        assert!(!is_uom_form("kgm") && !is_uom_form("K") && !is_uom_form("KILO"));
    }

    #[test]
    fn the_list_is_sorted_and_of_one_form() {
        assert!(CODES.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(CODES.iter().all(|code| is_uom_form(code)));
    }
}
