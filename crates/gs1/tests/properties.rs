//! Properties of every reader: no text makes it panic, errors point into the text, and what is written is read back.

use pangolin_gs1::ai::Ai;
use pangolin_gs1::digital_link::DigitalLink;
use pangolin_gs1::element::{ElementString, GS, SHOWN_FNC1, Scan};
use pangolin_gs1::id::{Gtin, Ndc, NdcFormat};
use pangolin_gs1::lint::Linter;
use pangolin_gs1::{Key, PrefixLen, PrefixTable, check};
use proptest::prelude::*;

const CSET82: &str = "[!\"%&'()*+,./0-9:;<=>?A-Z_a-z-]";

/// Every reader on one text; an error must point into it.
fn read_all(text: &str) {
    let inside = |offset: usize, code: &str| {
        assert!(offset <= text.len(), "{code} at {offset} of {text:?}");
        assert!(!code.is_empty());
    };
    match Key::parse(text) {
        Ok(key) => {
            assert_eq!(Key::parse(&key.canonical()), Ok(key.clone()), "{text:?}");
            let _ = (key.to_elements(), key.class(), key.level(), key.to_urn(&()));
        }
        Err(error) => inside(error.offset(), error.code()),
    }
    match ElementString::parse(text) {
        Ok(elements) => {
            for defect in elements.check() {
                inside(defect.offset(), defect.code());
            }
            let again = ElementString::parse(&elements.to_bracketed()).expect("written");
            assert_eq!(again.to_fnc1(GS), elements.to_fnc1(GS));
            let _ = DigitalLink::from_elements(&elements);
        }
        Err(error) => inside(error.offset(), error.code()),
    }
    match DigitalLink::parse(text) {
        Ok(link) => {
            let canonical = link.canonical();
            assert_eq!(
                DigitalLink::parse(&canonical).expect("written").canonical(),
                canonical
            );
        }
        Err(error) => inside(error.offset(), error.code()),
    }
    if let Err(error) = Scan::parse(text) {
        inside(error.offset(), error.code());
    }
    for linter in Linter::ALL {
        if let Err(error) = linter.check(text) {
            assert!(
                error.offset + error.len <= text.len(),
                "{linter:?} {error:?} {text:?}"
            );
        }
    }
    for ai in Ai::all() {
        if let Err(error) = ai.check(text) {
            inside(error.offset(), error.code());
        }
    }
    if let Err(error) = Gtin::new(text) {
        inside(error.offset(), error.code());
    }
    let _ = (
        Ndc::new(text),
        Ndc::candidates(text),
        check::check_digit(text),
    );
    let _ = (check::check_pair(text), check::price_check_digit(text));
    let _ = PrefixTable::new().insert(text);
}

fn gtin() -> impl Strategy<Value = Gtin> {
    "[0-9]{13}".prop_map(|digits| Gtin::from_13_digits(&digits).expect("13 digits"))
}

fn text(len_max: usize) -> impl Strategy<Value = String> {
    proptest::string::string_regex(&format!("{CSET82}{{1,{len_max}}}")).expect("a pattern")
}

/// Texts near valid ones: pieces of every form, put together at random.
fn nearly_valid() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("urn:epc:id:"),
        Just("urn:epc:idpat:"),
        Just("urn:epc:class:"),
        Just("sgtin:4012345.012345."),
        Just("itip:4012345.012345.01.02."),
        Just("sgln:4012345.00011."),
        Just("cpi:4012345."),
        Just("adi:2S194."),
        Just("bic:CSQU305438"),
        Just("imovn:917618"),
        Just("gid:1."),
        Just("https://id.gs1.org"),
        Just("https://example.org/"),
        Just("/01/04012345123456"),
        Just("/01/"),
        Just("/21/A"),
        Just("/10/"),
        Just("gtin/"),
        Just("?17=271231"),
        Just("&"),
        Just("#"),
        Just("(01)04012345123456"),
        Just("(10)A"),
        Just("(3103)001750"),
        Just("]d2"),
        Just("]E0"),
        Just("^"),
        Just("\u{1d}"),
        Just("0104012345123456"),
        Just("17271231"),
        Just("%2F"),
        Just("%"),
        Just("*"),
        Just("."),
        Just("\\("),
        Just("0"),
        Just("7"),
        Just("é"),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_makes_a_reader_panic(text in any::<String>()) {
        read_all(&text);
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        read_all(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_digits_make_a_reader_panic(text in "[0-9]{0,90}") {
        read_all(&text);
    }

    #[test]
    fn no_nearly_valid_text_makes_a_reader_panic(text in nearly_valid()) {
        read_all(&text);
    }

    #[test]
    fn one_changed_byte_never_panics(
        at in any::<prop::sample::Index>(),
        byte in any::<char>(),
        form in 0_usize..5,
    ) {
        let form = [
            "urn:epc:id:sgtin:4012345.012345.A%2F1",
            "https://example.org/01/04012345123456/10/L1/21/A?17=271231",
            "(01)04012345123456(17)271231(10)L1(21)A",
            "]d201040123451234561727123110L1\u{1d}21A",
            "urn:epc:id:itip:4012345.012345.01.02.999",
        ][form];
        let mut text = form.to_owned();
        let at = at.index(text.len());
        text.replace_range(at..=at, &byte.to_string());
        read_all(&text);
    }

    #[test]
    fn sgtins_survive_every_form(gtin in gtin(), serial in text(20), len in 6_usize..=12) {
        let prefix = PrefixLen::new(len).unwrap();
        let mut elements = ElementString::new();
        elements.push(Ai::GTIN, gtin.as_str()).unwrap();
        elements.push(Ai::SERIAL, &serial).unwrap();
        let key = Key::from_elements(&elements).unwrap();

        let urn = key.to_urn(&prefix).unwrap();
        prop_assert_eq!(Key::parse_with_prefix(&urn), Ok((key.clone(), Some(prefix))));
        prop_assert_eq!(Key::parse(&key.canonical()), Ok(key.clone()));
        prop_assert_eq!(Key::parse(&elements.to_bracketed()), Ok(key.clone()));
        let link = DigitalLink::from_elements(&elements).unwrap();
        prop_assert_eq!(Key::parse(&link.to_uri("https://example.org/x")), Ok(key.clone()));
        for separator in [GS, SHOWN_FNC1] {
            let read = ElementString::parse_fnc1(&elements.to_fnc1(separator)).unwrap();
            prop_assert_eq!(read.to_bracketed(), elements.to_bracketed());
        }
        prop_assert_eq!(key.gtin(), Some(gtin));
        prop_assert_eq!(key.serial(), Some(serial.as_str()));
    }

    #[test]
    fn canonical_forms_are_equal_exactly_if_the_keys_are(
        first in gtin(), second in gtin(), one in text(3), other in text(3),
    ) {
        let key = |gtin: &Gtin, serial: &str| {
            let mut elements = ElementString::new();
            elements.push(Ai::GTIN, gtin.as_str()).unwrap();
            elements.push(Ai::SERIAL, serial).unwrap();
            Key::from_elements(&elements).unwrap()
        };
        let keys = [key(&first, &one), key(&first, &other), key(&second, &one)];
        for a in &keys {
            for b in &keys {
                prop_assert_eq!(a == b, a.canonical() == b.canonical());
                prop_assert_eq!(a.cmp(b).is_eq(), a == b);
            }
        }
    }

    #[test]
    fn numeric_keys_survive_as_urns(digits in "[0-9]{17}", len in 6_usize..=12) {
        let prefix = PrefixLen::new(len).unwrap();
        for (ai, count) in [("00", 17), ("8018", 17), ("8017", 17), ("402", 16), ("414", 12), ("417", 12), ("253", 12), ("255", 12)] {
            let data = &digits[..count];
            let digit = check::check_digit(data).unwrap();
            let key = Key::parse(&format!("({ai}){data}{digit}")).unwrap();
            let urn = key.to_urn(&prefix).unwrap();
            prop_assert_eq!(Key::parse_with_prefix(&urn), Ok((key, Some(prefix))));
        }
    }

    #[test]
    fn texts_of_any_ai_survive(ai in any::<prop::sample::Index>(), value in text(30), lot in text(20)) {
        let all: Vec<Ai> = Ai::all().collect();
        let ai = all[ai.index(all.len())];
        let mut elements = ElementString::new();
        elements.push(Ai::LOT, &lot).unwrap();
        if elements.push(ai, &value).is_ok() {
            elements.push(Ai::GTIN, "04012345123456").unwrap();
            let read = ElementString::parse(&elements.to_bracketed()).unwrap();
            prop_assert_eq!(read.to_fnc1('^'), elements.to_fnc1('^'));
            let read = ElementString::parse(&elements.to_fnc1('^')).unwrap();
            prop_assert_eq!(read.to_bracketed(), elements.to_bracketed());
        }
    }

    #[test]
    fn a_gtin_type_agrees_with_the_table(value in "[0-9]{14}") {
        let by_type = Gtin::new(&value).map(|gtin| gtin.as_str().to_owned());
        prop_assert_eq!(by_type, Ai::GTIN.check(&value).map(|()| value.clone()));
    }

    #[test]
    fn one_wrong_digit_is_always_found(gtin in gtin(), at in 0_usize..14, by in 1_u8..10) {
        let mut digits = gtin.as_str().as_bytes().to_vec();
        digits[at] = b'0' + (digits[at] - b'0' + by) % 10;
        let wrong = String::from_utf8(digits).unwrap();
        prop_assert!(Gtin::new(&wrong).is_err());
    }

    #[test]
    fn drug_codes_survive(ten in "[0-9]{10}", indicator in 0_u8..=8, format in 0_usize..3) {
        let ndc = Ndc::new(&ten).unwrap();
        let format = NdcFormat::ALL[format];
        prop_assert_eq!(Ndc::from_gtin(ndc.to_gtin(indicator).unwrap()), Ok(ndc));
        prop_assert_eq!(Ndc::from_ndc11(&ndc.to_ndc11(format), format), Ok(ndc));
        prop_assert_eq!(Ndc::new(&ndc.hyphenated(format)), Ok(ndc));
        prop_assert!(Ndc::candidates(&ndc.to_ndc11(format)).unwrap().contains(&ndc));
    }
}
