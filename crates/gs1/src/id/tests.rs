use super::*;

#[test]
fn gtins_of_every_length_are_fourteen_digits() {
    for (given, normal, shortest) in [
        ("96385074", "00000096385074", "96385074"),
        ("614141007349", "00614141007349", "614141007349"),
        ("4012345123456", "04012345123456", "4012345123456"),
        ("04012345123456", "04012345123456", "4012345123456"),
        ("10614141073464", "10614141073464", "10614141073464"),
        ("00000096385074", "00000096385074", "96385074"),
    ] {
        let gtin = Gtin::new(given).unwrap();
        assert_eq!((gtin.as_str(), gtin.shortest()), (normal, shortest));
    }
}

#[test]
fn bad_gtins_are_refused_with_place() {
    for (given, code, offset) in [
        ("", "gtin-length", 0),
        ("123456789", "gtin-length", 0),
        ("040123451234560", "gtin-length", 0),
        ("4012345123457", "incorrect-check-digit", 12),
        ("40123451234x6", "non-digit-character", 11),
        ("٠4012345123456", "non-digit-character", 0),
    ] {
        let error = Gtin::new(given).unwrap_err();
        assert_eq!((error.code(), error.offset()), (code, offset), "{given}");
    }
    assert_eq!(
        Gtin::from_13_digits("040123451234x").unwrap_err().offset(),
        12
    );
    assert_eq!(
        Gtin::from_13_digits("0401234512345").unwrap().as_str(),
        "04012345123456"
    );
}

#[test]
fn compound_keys_give_their_parts() {
    let grai = Grai::new("04012345555554987").unwrap();
    assert_eq!(
        (grai.asset_type(), grai.serial()),
        ("04012345555554", Some("987"))
    );
    assert_eq!(Grai::new("04012345555554").unwrap().serial(), None);
    let gdti = Gdti::new("401234555555498").unwrap();
    assert_eq!(
        (gdti.document_type(), gdti.serial()),
        ("4012345555554", Some("98"))
    );
    let gcn = Gcn::new("401234599999044").unwrap();
    assert_eq!((gcn.coupon(), gcn.serial()), ("4012345999990", Some("44")));
    let itip = Itip::new("040123451234560102").unwrap();
    assert_eq!(
        (itip.gtin(), itip.piece(), itip.total()),
        ("04012345123456", "01", "02")
    );
}

#[test]
fn keys_are_checked_when_made() {
    assert!(Sscc::new("040123450000003338").is_ok());
    assert_eq!(
        Sscc::new("040123450000003339").unwrap_err().code(),
        "incorrect-check-digit"
    );
    assert!(Gmn::new("1987654Ad4X4bL5ttr2310c2K").is_ok());
    assert_eq!(
        Gmn::new("1987654Ad4X4bL5ttr2310c2X").unwrap_err().code(),
        "incorrect-check-pair"
    );
    assert_eq!(
        CpiSerial::new("012").unwrap_err().code(),
        "illegal-zero-prefix"
    );
    assert_eq!(
        Cpi::new("4012345abc").unwrap_err().code(),
        "invalid-cset39-character"
    );
    assert_eq!(Serial::new("").unwrap_err().code(), "value-too-short");
    assert_eq!(Giai::new("40A").unwrap_err().code(), "too-short-for-gcp");
    assert_eq!("1234".parse::<Lot>().unwrap().to_string(), "1234");
}

#[test]
fn ndc_to_gtin_and_back() {
    for (hyphenated, format, ten, eleven, gtin) in [
        (
            "0591-3159-05",
            NdcFormat::F442,
            "0591315905",
            "00591315905",
            "00305913159051",
        ),
        (
            "50090-123-01",
            NdcFormat::F532,
            "5009012301",
            "50090012301",
            "00350090123012",
        ),
        (
            "55154-2025-8",
            NdcFormat::F541,
            "5515420258",
            "55154202508",
            "00355154202580",
        ),
    ] {
        let ndc = Ndc::new(hyphenated).unwrap();
        assert_eq!(ndc.as_str(), ten);
        assert_eq!(Ndc::new(ten).unwrap(), ndc);
        assert_eq!(ndc.hyphenated(format), hyphenated);
        assert_eq!(ndc.to_ndc11(format), eleven);
        assert_eq!(Ndc::from_ndc11(eleven, format).unwrap(), ndc);
        assert!(Ndc::candidates(eleven).unwrap().contains(&ndc));
        let carrier = ndc.to_gtin(0).unwrap();
        assert_eq!(carrier.as_str(), gtin);
        assert_eq!(Ndc::from_gtin(carrier).unwrap(), ndc);
        assert_eq!(Ndc::from_gtin(ndc.to_gtin(5).unwrap()).unwrap(), ndc);
    }
}

#[test]
fn ndcs_that_are_none_are_refused() {
    for (text, code) in [
        ("", "ndc-shape"),
        ("123456789", "ndc-shape"),
        ("12345678901", "ndc-shape"),
        ("123-4567-890", "ndc-shape"),
        ("1234-5678", "ndc-shape"),
        ("1234-5678-9-0", "ndc-shape"),
        ("1234-567x-90", "ndc-not-a-digit"),
        ("123456789x", "ndc-not-a-digit"),
    ] {
        assert_eq!(Ndc::new(text).unwrap_err().code(), code, "{text}");
    }
    let gtin = Gtin::new("04012345123456").unwrap();
    assert_eq!(Ndc::from_gtin(gtin).unwrap_err().code(), "ndc-not-in-gtin");
    assert_eq!(
        Ndc::from_ndc11("12345-6789-01", NdcFormat::F442)
            .unwrap_err()
            .code(),
        "ndc-not-filled"
    );
    assert_eq!(
        Ndc::from_ndc11("12345-6789-1", NdcFormat::F442)
            .unwrap_err()
            .code(),
        "ndc-shape"
    );
    assert_eq!(
        Ndc::new("0591315905")
            .unwrap()
            .to_gtin(9)
            .unwrap_err()
            .code(),
        "ndc-indicator"
    );
    // No zero can be told to be the filling one: three products share this code.
    assert_eq!(Ndc::candidates("01234-0678-05").unwrap().len(), 3);
    assert_eq!(Ndc::candidates("11111-1111-11").unwrap(), []);
}
