//! Which characters XML 1.0 allows where (productions Char, NameStartChar, NameChar, NCName).

/// Production `Char`.
pub(super) fn is_char(sign: char) -> bool {
    matches!(sign, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// White space of production `S`.
pub(super) fn is_space(sign: char) -> bool {
    matches!(sign, ' ' | '\t' | '\r' | '\n')
}

/// Production `NameStartChar` without the colon, which namespaces reserve.
pub(super) fn is_name_start(sign: char) -> bool {
    matches!(sign,
        'A'..='Z' | 'a'..='z' | '_' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}'
        | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// Production `NameChar` without the colon.
pub(super) fn is_name_char(sign: char) -> bool {
    is_name_start(sign)
        || matches!(sign, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// Production `NCName` of "Namespaces in XML".
pub(super) fn is_ncname(name: &str) -> bool {
    let mut signs = name.chars();
    signs.next().is_some_and(is_name_start) && signs.all(is_name_char)
}

/// Production `QName`: one part, or two with a colon between.
pub(super) fn is_qname(name: &str) -> bool {
    match name.split_once(':') {
        Some((prefix, local)) => is_ncname(prefix) && is_ncname(local),
        None => is_ncname(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_productions() {
        for good in ["a", "epcis:EPCISDocument", "_x", "Zürich", "a-b.c1", "名"] {
            assert!(is_qname(good), "{good}");
        }
        for bad in [
            "", "1a", "-a", "a:b:c", ":a", "a:", "a b", "a:1", "a=b", "\u{D7}",
        ] {
            assert!(!is_qname(bad), "{bad}");
        }
    }

    #[test]
    fn control_characters_are_no_text() {
        for bad in [
            '\0', '\u{1}', '\u{8}', '\u{B}', '\u{1F}', '\u{FFFE}', '\u{FFFF}',
        ] {
            assert!(!is_char(bad), "{bad:?}");
        }
        assert!("aä\t\n\u{85}\u{1F40B}".chars().all(is_char));
    }
}
