use super::*;

fn outcome(uri: &str) -> String {
    match DigitalLink::parse(uri) {
        Ok(link) => link.canonical(),
        Err(error) => {
            assert!(!error.remedy().is_empty());
            format!("{} {}", error.code(), error.offset())
        }
    }
}

#[test]
fn canonical_forms() {
    for (uri, canonical) in [
        ("https://id.gs1.org/01/04012345123456", "/01/04012345123456"),
        (
            "http://example.org/01/04012345123456/",
            "/01/04012345123456",
        ),
        (
            "HTTPS://Example.org:8080/a/b/01/4012345123456/22/V/10/L/21/S",
            "/01/04012345123456/22/V/10/L/21/S",
        ),
        (
            "https://example.org/gtin/614141007349/ser/X",
            "/01/00614141007349/21/X",
        ),
        (
            "https://example.org/01/96385074/235/T",
            "/01/00000096385074/235/T",
        ),
        (
            "https://example.org/01/10614141073464/10/A%2fB%21",
            "/01/10614141073464/10/A%2FB%21",
        ),
        (
            "https://example.org/01/04012345123456?17=271231&10=L1;11=250101",
            "/01/04012345123456?10=L1&11=250101&17=271231",
        ),
        (
            "https://example.org/01/04012345123456?exp=271231&linkType=gs1:pip#frag",
            "/01/04012345123456?17=271231",
        ),
        (
            "https://example.org/01/04012345123456?",
            "/01/04012345123456",
        ),
        (
            "https://example.org/414/4012345000115/254/987",
            "/414/4012345000115/254/987",
        ),
        (
            "https://example.org/8006/040123451234560102/21/999",
            "/8006/040123451234560102/21/999",
        ),
        (
            "https://example.org/8010/4012345ABC/8011/123",
            "/8010/4012345ABC/8011/123",
        ),
        (
            "https://example.org/8003/0401234566666387",
            "/8003/0401234566666387",
        ),
        ("https://example.org/8004/4012345AAbb", "/8004/4012345AAbb"),
        // The stem may look like a key: the last one counts.
        (
            "https://example.org/01/04012345123456/00/040123450000003338",
            "/00/040123450000003338",
        ),
    ] {
        assert_eq!(
            outcome(uri),
            format!("{CANONICAL_STEM}{canonical}"),
            "{uri}"
        );
    }
}

#[test]
fn defects_are_placed() {
    for (uri, expected) in [
        ("", "digital-link-no-key 0"),
        ("https://", "digital-link-no-key 0"),
        ("https://example.org", "digital-link-no-key 0"),
        ("https://example.org/", "digital-link-no-key 0"),
        (
            "ftp://example.org/01/04012345123456",
            "digital-link-no-key 0",
        ),
        ("https://example.org/docs/01/intro", "digital-link-no-key 0"),
        ("https://example.org/21/ABC", "digital-link-no-key 0"),
        ("https://id.gs1.org/01/intro", "non-digit-character 22"),
        (
            "https://example.org/01/04012345123457",
            "incorrect-check-digit 36",
        ),
        (
            "https://example.org/01/040123451234",
            "incorrect-check-digit 34",
        ),
        (
            "https://example.org/01/04012345123456/21",
            "digital-link-incomplete-path 38",
        ),
        (
            "https://example.org/01/04012345123456/05/X",
            "ai-unknown 38",
        ),
        (
            "https://example.org/01/04012345123456/17/271231",
            "digital-link-not-a-qualifier 38",
        ),
        (
            "https://example.org/01/04012345123456/21/S/10/L",
            "digital-link-qualifier-order 43",
        ),
        (
            "https://example.org/01/04012345123456/10/L/235/T",
            "digital-link-qualifier-order 43",
        ),
        (
            "https://example.org/01/04012345123456/10/L/10/L",
            "ai-repeated 43",
        ),
        (
            "https://example.org/01/04012345123456/10/A%2",
            "percent-encoding 42",
        ),
        (
            "https://example.org/01/04012345123456/10/A%0A",
            "percent-encoding 42",
        ),
        (
            "https://example.org/01/04012345123456/10/%2F%24x",
            "invalid-cset82-character 44",
        ),
        (
            "https://example.org/01/04012345123456/10//21/X",
            "value-too-short 41",
        ),
        (
            "https://example.org/01/04012345123456?21=A",
            "digital-link-not-an-attribute 38",
        ),
        (
            "https://example.org/01/04012345123456?a=b&123=A",
            "digital-link-numeric-parameter 42",
        ),
        (
            "https://example.org/01/04012345123456?17=271331",
            "illegal-month 43",
        ),
        (
            "https://example.org/01/04012345123456?17",
            "value-too-short 40",
        ),
        (
            "https://example.org/01/04012345123456?17=271231&17=271231",
            "ai-repeated 48",
        ),
        (
            "https://example.org/01/04012345123456/10/L?10=L",
            "ai-repeated 43",
        ),
        (
            "https://id.gs1.org/AQnYUc1gmiCNV4JG",
            "digital-link-compressed 0",
        ),
        (
            "https://example.org/AQnYUc1gmiCNV4JG",
            "digital-link-compressed 0",
        ),
        (
            "https://example.org/01/09780345418913/yEKCIDxaYA",
            "digital-link-compressed 0",
        ),
    ] {
        assert_eq!(outcome(uri), expected, "{uri}");
    }
    let long = format!(
        "https://example.org/01/04012345123456?{}",
        "a".repeat(URI_LEN_MAX)
    );
    assert!(outcome(&long).starts_with("digital-link-too-long"));
    let many = format!(
        "https://example.org/01/04012345123456?{}",
        "a&".repeat(ELEMENTS_MAX + 1)
    );
    assert!(outcome(&many).starts_with("digital-link-too-many"));
}

#[test]
fn the_parts_are_kept() {
    let link = DigitalLink::parse(
        "https://example.org/a/01/4012345123456/10/L?linkType=all&x&17=271231#f",
    )
    .unwrap();
    assert_eq!(link.stem(), "https://example.org/a");
    assert_eq!(link.path().to_bracketed(), "(01)04012345123456(10)L");
    assert_eq!(link.attributes().to_bracketed(), "(17)271231");
    assert_eq!(link.fragment(), Some("f"));
    let parameters: Vec<_> = link
        .parameters()
        .iter()
        .map(|parameter| (parameter.name.as_str(), parameter.value.as_deref()))
        .collect();
    assert_eq!(parameters, [("linkType", Some("all")), ("x", None)]);
    assert_eq!(
        link.to_uri("https://shop.example/p"),
        "https://shop.example/p/01/04012345123456/10/L?17=271231"
    );
}

#[test]
fn elements_find_their_places() {
    let convert = |text: &str| {
        DigitalLink::from_elements(&ElementString::parse(text).unwrap())
            .map(|link| link.canonical())
            .map_err(|error| error.code())
    };
    let uri = |rest: &str| Ok(format!("{CANONICAL_STEM}{rest}"));
    assert_eq!(
        convert("(17)271231(21)S(01)04012345123456(10)L"),
        uri("/01/04012345123456/10/L/21/S?17=271231")
    );
    assert_eq!(
        convert("(01)04012345123456(235)T(10)L"),
        uri("/01/04012345123456/235/T?10=L")
    );
    assert_eq!(
        convert("(00)040123450000003338(02)04012345123456(37)20"),
        uri("/00/040123450000003338?02=04012345123456&37=20")
    );
    assert_eq!(convert("(10)L"), Err("digital-link-no-key"));
    assert_eq!(
        convert("(01)04012345123456(22)V(235)T"),
        Err("digital-link-not-an-attribute")
    );
    assert_eq!(convert("(01)04012345123456(10)A(10)B"), Err("ai-repeated"));
    assert_eq!(
        convert("(01)04012345123456(10)A(10)A"),
        uri("/01/04012345123456/10/A")
    );
}
