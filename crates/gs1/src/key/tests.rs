use super::*;
use crate::element::ElementString;

fn canonical(text: &str) -> String {
    match Key::parse(text) {
        Ok(key) => {
            assert_eq!(Key::parse(&key.canonical()).as_ref(), Ok(&key), "{text}");
            assert_eq!(key.to_string(), key.canonical());
            key.canonical()
        }
        Err(error) => {
            assert!(!error.remedy().is_empty());
            format!("{} {}", error.code(), error.offset())
        }
    }
}

#[test]
fn the_three_forms_name_the_same() {
    for (forms, expected) in [
        (
            &[
                "urn:epc:id:sgtin:4012345.012345.A1",
                "urn:epc:id:sgtin:401234.0512345.A1",
                "https://id.gs1.org/01/04012345123456/21/A1",
                "http://example.org/x/01/4012345123456/22/V/10/L/21/A1/",
                "https://example.org/gtin/4012345123456/ser/A1?17=271231&linkType=all#x",
                "(01)04012345123456(17)271231(10)L(21)A1",
            ][..],
            "https://id.gs1.org/01/04012345123456/21/A1",
        ),
        (
            &[
                "urn:epc:id:sgln:4012345.00011.0",
                "https://id.gs1.org/414/4012345000115/254/0",
                "(414)4012345000115",
            ],
            "https://id.gs1.org/414/4012345000115",
        ),
        (
            &[
                "https://example.org/01/4012345123456/22/V/10/L",
                "(01)04012345123456(10)L",
            ],
            "https://id.gs1.org/01/04012345123456/10/L",
        ),
        (
            &["(01)04012345123456(22)V(3103)001750"],
            "https://id.gs1.org/01/04012345123456/22/V",
        ),
        (
            &["(8017)401234500000987658(8019)12"],
            "https://id.gs1.org/8017/401234500000987658/8019/12",
        ),
        (
            &["(415)4012345000054(8020)A%1"],
            "https://id.gs1.org/415/4012345000054/8020/A%251",
        ),
        (
            &["(8013)1987654Ad4X4bL5ttr2310c2K"],
            "https://id.gs1.org/8013/1987654Ad4X4bL5ttr2310c2K",
        ),
        (
            &["(8006)040123451234560102(10)L"],
            "https://id.gs1.org/8006/040123451234560102/10/L",
        ),
    ] {
        for form in forms {
            assert_eq!(canonical(form), expected, "{form}");
        }
    }
}

#[test]
fn any_other_uri_is_kept() {
    for uri in [
        "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8",
        "http://example.com/api/po/1234",
        "https://example.com/docs/01/intro?x=1#y",
        "https://example.com",
        "https://id.gs1.org",
        "urn:epc:tag:sgtin-96:3.4012345.012345.1",
        "urn:epcglobal:cbv:bizstep:shipping",
        "urn:jaif:id:obj:37SUN321456789A111222333AB+123456789012",
        "vin:1HGCM82633A004352",
        "ex:é",
    ] {
        assert_eq!(canonical(uri), uri);
        let key = Key::parse(uri).unwrap();
        assert_eq!(key.level(), Level::Unknown);
        assert_eq!(key.to_elements(), None);
    }
}

#[test]
fn texts_that_name_nothing_are_refused_with_place() {
    for (text, expected) in [
        ("", "key-empty 0"),
        ("pack", "key-not-a-uri 4"),
        ("urn:", "key-not-a-uri 3"),
        ("1a:b", "key-not-a-uri 2"),
        ("urn:uuid:a b", "key-not-a-uri 10"),
        ("urn:x:<y>", "key-not-a-uri 6"),
        ("urn:epc:id:sgtin:4012345.012345", "epc-field-count 17"),
        (
            "https://id.gs1.org/01/04012345123457",
            "incorrect-check-digit 35",
        ),
        (
            "https://example.org/01/4012345123456/10/%20/21/A",
            "percent-encoding 40",
        ),
        (
            "https://example.org/01/4012345123456/10/%24/21/A",
            "invalid-cset82-character 40",
        ),
        (
            "https://example.org/01/4012345123456/21/A?17=271331",
            "illegal-month 47",
        ),
        (
            "https://example.org/414/4012345000116",
            "incorrect-check-digit 36",
        ),
        ("(01)04012345123457", "incorrect-check-digit 17"),
        ("(10)A", "key-missing 0"),
        (
            "(01)04012345123456(21)A(00)040123450000003338",
            "key-ambiguous 0",
        ),
        (
            "(8004)4012345A(8003)04012345666663",
            "https://id.gs1.org/8004/4012345A",
        ),
        (
            "(01)04012345123456(02)04012345123456(37)1",
            "https://id.gs1.org/01/04012345123456",
        ),
    ] {
        assert_eq!(canonical(text), expected, "{text}");
    }
    assert!(canonical(&"u".repeat(KEY_LEN_MAX + 1)).starts_with("key-too-long"));
}

#[test]
fn of_several_keys_the_one_of_the_object_counts() {
    for (text, expected) in [
        (
            "(00)040123450000003338(02)04012345123456(37)20",
            "/00/040123450000003338",
        ),
        (
            "(00)040123450000003338(01)04012345123456(402)40123459999876541",
            "/00/040123450000003338",
        ),
        (
            "(414)4012345000054(01)04012345123456(21)A",
            "/01/04012345123456/21/A",
        ),
        ("(401)4012345333(253)401234555555498", "key-ambiguous 0"),
    ] {
        let found = canonical(text);
        assert_eq!(
            found.strip_prefix("https://id.gs1.org").unwrap_or(&found),
            expected
        );
    }
}

#[test]
fn instances_and_classes_are_told_apart() {
    for (text, level, class) in [
        (
            "urn:epc:id:sgtin:4012345.012345.1",
            Level::Instance,
            Some("/01/04012345123456"),
        ),
        ("urn:epc:class:lgtin:4012345.012345.1", Level::Class, None),
        ("urn:epc:idpat:sgtin:4012345.012345.*", Level::Class, None),
        ("urn:epc:idpat:sgtin:4012345.*.*", Level::Class, None),
        ("urn:epc:id:sscc:4012345.0000000333", Level::Instance, None),
        (
            "urn:epc:id:grai:4012345.66666.87",
            Level::Instance,
            Some("/8003/04012345666663"),
        ),
        ("urn:epc:idpat:grai:4012345.66666.*", Level::Class, None),
        (
            "urn:epc:id:gdti:4012345.55555.98",
            Level::Instance,
            Some("/253/4012345555554"),
        ),
        (
            "urn:epc:id:sgcn:4012345.99999.44",
            Level::Instance,
            Some("/255/4012345999990"),
        ),
        (
            "urn:epc:id:cpi:4012345.ABC.123",
            Level::Instance,
            Some("/8010/4012345ABC"),
        ),
        (
            "urn:epc:id:itip:4012345.012345.01.02.9",
            Level::Instance,
            Some("/8006/040123451234560102"),
        ),
        (
            "urn:epc:id:upui:4012345.012345.9",
            Level::Instance,
            Some("/01/04012345123456"),
        ),
        ("(8013)1987654Ad4X4bL5ttr2310c2K", Level::Class, None),
        ("urn:epc:id:bic:CSQU3054383", Level::Instance, None),
    ] {
        let key = Key::parse(text).unwrap();
        assert_eq!(key.level(), level, "{text}");
        assert_eq!(
            (key.is_instance(), key.is_class()),
            (level == Level::Instance, level == Level::Class)
        );
        let class = class.map(|class| format!("https://id.gs1.org{class}"));
        assert_eq!(key.class().map(|key| key.canonical()), class, "{text}");
        if let Some(class) = key.class() {
            assert!(class.is_class() && class.gtin() == key.gtin());
            assert!(key.serial().is_some());
        }
    }
}

#[test]
fn keys_become_element_strings_and_back() {
    for (urn, elements) in [
        (
            "urn:epc:id:sgtin:4012345.012345.A%2F",
            "(01)04012345123456(21)A/",
        ),
        (
            "urn:epc:class:lgtin:4012345.012345.1",
            "(01)04012345123456(10)1",
        ),
        (
            "urn:epc:id:sgln:4012345.00011.987",
            "(414)4012345000115(254)987",
        ),
        (
            "urn:epc:id:cpi:4012345.ABC.123",
            "(8010)4012345ABC(8011)123",
        ),
    ] {
        let key = Key::parse(urn).unwrap();
        assert_eq!(key.to_elements().unwrap().to_bracketed(), elements);
        assert_eq!(
            Key::from_elements(&ElementString::parse(elements).unwrap()),
            Ok(key.clone())
        );
        let link = crate::digital_link::DigitalLink::parse(&key.canonical()).unwrap();
        assert_eq!(Key::from_digital_link(&link), Ok(key));
    }
    let lot = Key::parse("urn:epc:class:lgtin:4012345.012345.1").unwrap();
    assert_eq!((lot.lot(), lot.serial()), (Some("1"), None));
}

#[test]
fn keys_stay_small() {
    // The ledger holds many; a key without heap memory must not grow unnoticed.
    assert!(size_of::<Key>() <= 56, "{}", size_of::<Key>());
}
