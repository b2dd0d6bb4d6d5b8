use super::*;

fn bracketed(text: &str) -> Result<String, (&'static str, usize)> {
    ElementString::parse(text)
        .map(|elements| elements.to_bracketed())
        .map_err(|error| (error.code(), error.offset()))
}

#[test]
fn forms_are_equal() {
    for (bracketed, fnc1) in [
        ("(01)04012345123456", "^0104012345123456"),
        (
            "(01)04012345123456(17)271231(10)A1(21)X",
            "^01040123451234561727123110A1^21X",
        ),
        (
            "(10)A1(17)271231(01)04012345123456",
            "^10A1^172712310104012345123456",
        ),
        (
            "(00)040123450000003338(402)40123459999876541",
            "^0004012345000000333840240123459999876541",
        ),
        ("(414)4012345000054(254)A/1", "^4144012345000054254A/1"),
        (
            "(3103)001750(3922)299(01)04012345123456",
            "^31030017503922299^0104012345123456",
        ),
        ("(10)A\\(1)(21)\\(", "^10A(1)^21("),
    ] {
        let elements = ElementString::parse(bracketed).unwrap();
        assert_eq!(elements.to_bracketed(), bracketed);
        assert_eq!(elements.to_fnc1(SHOWN_FNC1), fnc1);
        let sent = elements.to_fnc1(GS);
        for text in [fnc1, &sent, &sent[1..]] {
            assert_eq!(
                ElementString::parse(text).unwrap().to_bracketed(),
                bracketed
            );
        }
    }
}

#[test]
fn separators_may_be_superfluous_but_not_missing() {
    // Behind a predefined length, and at the end.
    assert_eq!(
        bracketed("^0104012345123456^17271231^10A1^"),
        Ok("(01)04012345123456(17)271231(10)A1".to_owned())
    );
    // (402) has a fixed length, but no predefined one: the rest belongs to its value.
    assert_eq!(
        bracketed("4024012345999987654110A1"),
        Err(("value-too-long", 20))
    );
    assert_eq!(bracketed("^^10A1"), Err(("ai-unknown", 1)));
    assert_eq!(bracketed("10A1^^21B"), Err(("ai-unknown", 5)));
}

#[test]
fn defects_are_placed() {
    for (text, code, offset) in [
        ("", "element-string-empty", 0),
        ("^", "element-string-empty", 0),
        ("(01)0401234512345", "value-too-short", 17),
        ("(01)04012345123457", "incorrect-check-digit", 17),
        ("(01)04012345123456x(10)A", "value-too-long", 18),
        ("(10)", "value-too-short", 4),
        ("(10)A(B", "element-string-closing-bracket", 6),
        ("(10A", "element-string-closing-bracket", 1),
        ("(10000)A", "ai-unknown", 1),
        ("(100000)A", "element-string-closing-bracket", 1),
        ("(05)A", "ai-unknown", 1),
        ("()A", "ai-unknown", 1),
        ("(10)A\u{1d}B", "invalid-cset82-character", 5),
        ("ABC", "ai-unknown", 0),
        ("0104012345123456XYZ", "ai-unknown", 16),
        ("01040123451234", "value-too-short", 14),
        ("01040123451234\u{1d}", "value-too-short", 14),
        ("0104012345123é56", "non-digit-character", 13),
        ("10Ä", "invalid-cset82-character", 2),
    ] {
        assert_eq!(bracketed(text), Err((code, offset)), "{text}");
    }
    let long = "(10)A".repeat(ELEMENTS_MAX + 1);
    assert_eq!(bracketed(&long).unwrap_err().0, "element-string-too-many");
    let long = "1".repeat(TEXT_LEN_MAX + 1);
    assert_eq!(bracketed(&long).unwrap_err().0, "element-string-too-long");
}

#[test]
fn combinations_are_checked_on_request() {
    let check = |text: &str| -> Vec<(&'static str, usize)> {
        let elements = ElementString::parse(text).unwrap();
        let defects = elements.check();
        assert!(
            defects
                .iter()
                .all(|defect| defect.ai().is_some() && !defect.remedy().is_empty())
        );
        defects
            .iter()
            .map(|defect| (defect.code(), defect.offset()))
            .collect()
    };
    assert_eq!(check("(01)04012345123456(17)271231(10)A1(21)X"), []);
    assert_eq!(check("(10)A1(10)A1(01)04012345123456"), []);
    assert_eq!(
        check("(01)04012345123456(10)A1(10)A2"),
        [("ai-repeated", 28)]
    );
    assert_eq!(check("(17)271231"), [("ai-needs-another", 4)]);
    assert_eq!(
        check("(01)04012345123456(21)A(235)B"),
        [("ais-exclude-each-other", 22)]
    );
    assert_eq!(
        check("(253)4012345555554(8030)AAA"),
        [("signature-needs-serial", 5)]
    );
    assert_eq!(check("(253)401234555555498(8030)AAA"), []);
}

fn scanned(text: &str) -> String {
    match Scan::parse(text) {
        Ok(Scan::Elements(elements)) => elements.to_bracketed(),
        Ok(Scan::DigitalLink(link)) => link.canonical(),
        Ok(Scan::Plain { symbology, text }) => format!("{symbology} {text}"),
        Err(error) => {
            assert!(!error.remedy().is_empty());
            format!("{} {}", error.code(), error.offset())
        }
    }
}

#[test]
fn scans_are_read_by_their_symbology() {
    for (text, expected) in [
        ("]C10104012345123456", "(01)04012345123456"),
        ("]d210A1\u{1d}0104012345123456", "(10)A1(01)04012345123456"),
        ("]Q30104012345123456", "(01)04012345123456"),
        ("]e00104012345123456", "(01)04012345123456"),
        ("]J10104012345123456", "(01)04012345123456"),
        ("]C10104012345123457", "incorrect-check-digit 18"),
        ("]C1ABC", "ai-unknown 3"),
        ("]E04012345123456", "(01)04012345123456"),
        ("]E0614141007349", "(01)00614141007349"),
        ("]E496385074", "(01)00000096385074"),
        // UPC-E, expanded by each of its rules.
        ("]E001234505", "(01)00012000003455"),
        ("]E001234133", "(01)00012300000413"),
        ("]E001234543", "(01)00012340000053"),
        ("]E3401234512345612345", "(01)04012345123456"),
        ("]E04012345123457", "incorrect-check-digit 15"),
        ("]E0", "gtin-length 3"),
        ("]I110614141073464", "(01)10614141073464"),
        ("]I010614141073464", "(01)10614141073464"),
        ("]I010614141073465", "]I0 10614141073465"),
        ("]A0PZN-12345", "]A0 PZN-12345"),
        ("]C0hello", "]C0 hello"),
        (
            "]Q1https://example.org/01/4012345123456",
            "https://id.gs1.org/01/04012345123456",
        ),
        (
            "]d1https://example.org/01/4012345123457",
            "incorrect-check-digit 38",
        ),
        ("]Q1mailto:a@example.org", "]Q1 mailto:a@example.org"),
    ] {
        assert_eq!(scanned(text), expected, "{text}");
    }
}

#[test]
fn bare_scans_are_read_where_one_reading_is_possible() {
    for (text, expected) in [
        ("0104012345123456", "(01)04012345123456"),
        ("5901234123457", "(01)05901234123457"),
        // A GTIN-13, and (401) with a consignment number.
        ("4012345123456", "scan-ambiguous 0"),
        ("\u{1d}10A1", "(10)A1"),
        ("(10)A1", "(10)A1"),
        (
            "https://example.org/00/040123450000003338",
            "https://id.gs1.org/00/040123450000003338",
        ),
        // (10) with a lot of eleven digits; as a GTIN-13 its check digit is wrong.
        ("1012345678901", "(10)12345678901"),
        ("hello", "ai-unknown 0"),
        ("", "element-string-empty 0"),
        ("]", "ai-unknown 0"),
    ] {
        assert_eq!(scanned(text), expected, "{text}");
    }
}

#[test]
fn scans_are_written() {
    let elements = ElementString::parse("(01)04012345123456(10)A1(21)X").unwrap();
    assert_eq!(
        elements.to_scan(Symbology::GS1_DATA_MATRIX).unwrap(),
        "]d2010401234512345610A1\u{1d}21X"
    );
    assert_eq!(elements.to_scan(Symbology::EAN_13), None);
}
