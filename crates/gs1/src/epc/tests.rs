use super::*;

/// URN and the canonical identity it stands for. The prefix length that the URN shows writes it again.
const PAIRS: &[(&str, &str)] = &[
    (
        "urn:epc:id:sgtin:4012345.012345.12",
        "/01/04012345123456/21/12",
    ),
    (
        "urn:epc:id:sgtin:0614141.712345.32a%2Fb",
        "/01/70614141123451/21/32a%2Fb",
    ),
    (
        "urn:epc:id:sgtin:061414112345.7.A.B",
        "/01/70614141123451/21/A.B",
    ),
    (
        "urn:epc:id:sgtin:061414.7112345.%22%25%26%2F%3C%3E%3F!'()*+,-.:;=_",
        "/01/70614141123451/21/%22%25%26%2F%3C%3E%3F%21%27%28%29%2A%2B%2C-.%3A%3B%3D_",
    ),
    (
        "urn:epc:class:lgtin:4054739.099914.20160711",
        "/01/04054739999148/10/20160711",
    ),
    ("urn:epc:idpat:sgtin:4054739.099914.*", "/01/04054739999148"),
    (
        "urn:epc:id:upui:4012345.012345.AB12",
        "/01/04012345123456/235/AB12",
    ),
    (
        "urn:epc:id:itip:4012345.012345.01.02.999",
        "/8006/040123451234560102/21/999",
    ),
    (
        "urn:epc:idpat:itip:4012345.012345.01.02.*",
        "/8006/040123451234560102",
    ),
    (
        "urn:epc:id:sscc:4012345.0000000333",
        "/00/040123450000003338",
    ),
    (
        "urn:epc:id:sscc:952012345678.91234",
        "/00/995201234567812349",
    ),
    (
        "urn:epc:id:sgln:4012345.00011.987",
        "/414/4012345000115/254/987",
    ),
    ("urn:epc:id:sgln:4012345.00011.0", "/414/4012345000115"),
    ("urn:epc:id:sgln:401234500011..0", "/414/4012345000115"),
    ("urn:epc:id:pgln:4012345.00005", "/417/4012345000054"),
    ("urn:epc:id:pgln:401234500005.", "/417/4012345000054"),
    ("urn:epc:id:grai:4012345.66666.87", "/8003/0401234566666387"),
    ("urn:epc:idpat:grai:4012345.66666.*", "/8003/04012345666663"),
    ("urn:epc:id:giai:4012345.AAbb", "/8004/4012345AAbb"),
    (
        "urn:epc:id:gsrn:4012345.9876540000",
        "/8018/401234598765400000",
    ),
    (
        "urn:epc:id:gsrnp:4012345.0000098765",
        "/8017/401234500000987658",
    ),
    ("urn:epc:id:gdti:4012345.55555.98", "/253/401234555555498"),
    ("urn:epc:idpat:gdti:4012345.55555.*", "/253/4012345555554"),
    (
        "urn:epc:id:cpi:4012345.ABC.123",
        "/8010/4012345ABC/8011/123",
    ),
    (
        "urn:epc:id:cpi:4012345.A-%23%2F9.1",
        "/8010/4012345A-%23%2F9/8011/1",
    ),
    ("urn:epc:idpat:cpi:4012345.ABC.*", "/8010/4012345ABC"),
    ("urn:epc:id:sgcn:4012345.99999.44", "/255/401234599999044"),
    ("urn:epc:idpat:sgcn:4012345.99999.*", "/255/4012345999990"),
    ("urn:epc:id:ginc:4012345.333", "/401/4012345333"),
    (
        "urn:epc:id:gsin:4012345.999987654",
        "/402/40123459999876541",
    ),
];

#[test]
fn urns_and_digital_links_name_the_same() {
    for (urn, canonical) in PAIRS {
        let (key, prefix) = parse(urn).unwrap_or_else(|error| panic!("{urn}: {error}"));
        assert_eq!(
            key.canonical(),
            format!("https://id.gs1.org{canonical}"),
            "{urn}"
        );
        assert_eq!(Key::parse(&key.canonical()), Ok(key.clone()), "{urn}");
        assert_eq!(to_urn(&key, &prefix.unwrap()).as_deref(), Ok(*urn));
        assert_eq!(to_urn(&key, &()), Err(UrnError::UnknownPrefix), "{urn}");
    }
}

#[test]
fn foreign_schemes_and_wide_patterns_stay_urns() {
    for urn in [
        "urn:epc:id:gid:268435455.16777215.68719476735",
        "urn:epc:id:gid:0.0.0",
        "urn:epc:id:usdod:2S194.12345678901",
        "urn:epc:id:usdod:W81X9C.0",
        "urn:epc:id:adi:W81X9C.3KL984PX1.2WMA52",
        "urn:epc:id:adi:2S194..%23AB-12%2F3",
        "urn:epc:id:bic:CSQU3054383",
        "urn:epc:id:imovn:9176187",
        "urn:epc:idpat:sgtin:0614141.*.*",
        "urn:epc:idpat:sgtin:*.*.*",
        "urn:epc:idpat:sscc:0614141.*",
        "urn:epc:idpat:giai:0614141.*",
        "urn:epc:idpat:cpi:0614141.*.*",
        "urn:epc:idpat:gid:1.2.*",
        "urn:epc:idpat:adi:2S194.A%2FB.*",
        "urn:epc:idpat:itip:0614141.012345.*.*.*",
        "urn:epc:idpat:bic:*",
    ] {
        let (key, _) = parse(urn).unwrap_or_else(|error| panic!("{urn}: {error}"));
        assert!(matches!(key, Key::Foreign(_) | Key::Pattern(_)), "{urn}");
        assert_eq!(key.canonical(), urn);
        assert_eq!(to_urn(&key, &()).as_deref(), Ok(urn));
        assert_eq!(key.parts().count(), 0);
    }
}

#[test]
fn escapes_and_the_namespace_are_normalised() {
    for (given, canonical) in [
        (
            "URN:EPC:id:sgtin:4012345.012345.%41%2f",
            "https://id.gs1.org/01/04012345123456/21/A%2F",
        ),
        (
            "urn:epc:id:adi:2S194.A%2fB.%231",
            "urn:epc:id:adi:2S194.A%2FB.%231",
        ),
        (
            "urn:epc:idpat:giai:0614141.*",
            "urn:epc:idpat:giai:0614141.*",
        ),
    ] {
        assert_eq!(parse(given).unwrap().0.canonical(), canonical);
    }
}

#[test]
fn defects_are_placed() {
    for (urn, code, offset) in [
        ("urn:epc:", "epc-namespace", 0),
        ("urn:epc:ID:sgtin:4012345.012345.1", "epc-namespace", 0),
        (
            "urn:epc:tag:sgtin-96:3.4012345.012345.1",
            "epc-namespace",
            0,
        ),
        ("urn:epc:id:", "epc-unknown-scheme", 11),
        ("urn:epc:id:sgtn:4012345.012345.1", "epc-unknown-scheme", 11),
        (
            "urn:epc:id:lgtin:4012345.012345.1",
            "epc-unknown-scheme",
            11,
        ),
        (
            "urn:epc:class:sgtin:4012345.012345.1",
            "epc-unknown-scheme",
            14,
        ),
        ("urn:epc:id:sgtin:4012345.012345", "epc-field-count", 17),
        ("urn:epc:id:sgtin:", "epc-field-count", 17),
        ("urn:epc:id:sscc:4012345.0000000333.1", "epc-character", 34),
        ("urn:epc:id:sgtin:40123.01234567.1", "epc-prefix-length", 17),
        (
            "urn:epc:id:sgtin:4012345678901.0.1",
            "epc-prefix-length",
            17,
        ),
        ("urn:epc:id:sgtin:401234x.012345.1", "epc-character", 23),
        ("urn:epc:id:sgtin:4012345.01234.1", "epc-field-length", 25),
        ("urn:epc:id:sgtin:4012345.0123456.1", "epc-field-length", 25),
        ("urn:epc:id:sgtin:4012345.012345.", "epc-field-length", 32),
        (
            "urn:epc:id:sgtin:4012345.012345.123456789012345678901",
            "epc-field-length",
            32,
        ),
        (
            "urn:epc:id:sgtin:4012345.012345.1234567890123456789012345678901234567890",
            "epc-field-length",
            32,
        ),
        ("urn:epc:id:sgtin:4012345.012345.A/B", "epc-character", 33),
        ("urn:epc:id:sgtin:4012345.012345.é", "epc-character", 32),
        ("urn:epc:id:sgtin:4012345.012345.A%2", "epc-escape", 33),
        ("urn:epc:id:sgtin:4012345.012345.A%24", "epc-escape", 33),
        ("urn:epc:id:sgtin:4012345.012345.A%é", "epc-escape", 33),
        ("urn:epc:id:sgtin:4012345.*.1", "epc-wildcard", 25),
        ("urn:epc:idpat:sgtin:4012345.*.1", "epc-wildcard", 28),
        (
            "urn:epc:idpat:sgtin:4012345.012345.1",
            "epc-not-a-pattern",
            35,
        ),
        ("urn:epc:idpat:sgtin:40123.*.*", "epc-prefix-length", 20),
        (
            "urn:epc:id:itip:4012345.012345.02.01.9",
            "piece-number-exceeds-total",
            31,
        ),
        (
            "urn:epc:id:itip:4012345.012345.1.02.9",
            "epc-field-length",
            31,
        ),
        ("urn:epc:id:cpi:4012345.abc.1", "epc-character", 23),
        ("urn:epc:id:cpi:4012345.ABC.01", "illegal-zero-prefix", 27),
        ("urn:epc:id:giai:4012345.", "epc-field-length", 24),
        (
            "urn:epc:id:giai:4012345.123456789012345678901234",
            "epc-field-length",
            24,
        ),
        (
            "urn:epc:id:grai:4012345.66666.12345678901234567",
            "epc-field-length",
            30,
        ),
        ("urn:epc:id:sgcn:4012345.99999.A", "epc-character", 30),
        ("urn:epc:id:gid:1.2.68719476736", "epc-number", 19),
        ("urn:epc:id:gid:01.2.3", "epc-number", 15),
        ("urn:epc:id:gid:1..3", "epc-number", 17),
        ("urn:epc:id:usdod:2S19O.1", "epc-character", 21),
        ("urn:epc:id:usdod:2S19.1", "epc-field-length", 17),
        ("urn:epc:id:adi:2S194.A.", "epc-field-length", 23),
        ("urn:epc:id:adi:2S194.A.B%23", "epc-character", 24),
        ("urn:epc:id:adi:2S194.a.B", "epc-character", 21),
        ("urn:epc:id:bic:CSQU3054384", "incorrect-check-digit", 25),
        ("urn:epc:id:bic:CSQX3054383", "epc-character", 18),
        ("urn:epc:id:bic:CSQU305438", "epc-field-length", 15),
        ("urn:epc:id:imovn:9176188", "incorrect-check-digit", 23),
    ] {
        let error = parse(urn).expect_err(urn);
        assert_eq!((error.code(), error.offset()), (code, offset), "{urn}");
        assert!(!error.remedy().is_empty());
    }
}

#[test]
fn keys_without_scheme_or_with_a_wrong_prefix_length_are_not_written() {
    let urn = |key: &str, len: usize| {
        let prefix = PrefixLen::new(len).unwrap();
        Key::parse(key)
            .unwrap()
            .to_urn(&prefix)
            .map_err(|error| error.code())
    };
    for key in [
        "(01)04012345123456(22)V",
        "(8006)040123451234560102(10)L",
        "(8013)1987654Ad4X4bL5ttr2310c2K",
        "(8018)401234598765400000(8019)1",
        "(415)4012345000054(8020)1",
        "urn:uuid:0",
    ] {
        assert_eq!(urn(key, 7), Err("epc-no-scheme"), "{key}");
    }
    assert_eq!(urn("(8004)4012A", 7), Err("company-prefix-mismatch"));
    assert_eq!(urn("(8004)40123A567", 7), Err("company-prefix-mismatch"));
    assert_eq!(urn("(8004)401234567", 9), Err("company-prefix-mismatch"));
    assert_eq!(urn("(401)4012345", 12), Err("company-prefix-mismatch"));
}

#[test]
fn scheme_names_are_found() {
    for scheme in Scheme::ALL {
        assert_eq!(Scheme::from_name(scheme.name()), Some(*scheme));
        assert!(scheme.fields().len() <= FIELDS_MAX);
    }
}
