use super::*;

fn parse(pairs: &[(&str, &str)]) -> Result<Query> {
    Query::parse(pairs.iter().copied())
}

#[test]
fn notations_become_one() {
    let same = |a: (&str, &str), b: (&str, &str)| {
        assert_eq!(parse(&[a]).unwrap(), parse(&[b]).unwrap(), "{a:?} {b:?}");
    };
    same(
        ("EQ_bizStep", "shipping"),
        ("EQ_bizStep", "https://ref.gs1.org/cbv/BizStep-shipping"),
    );
    same(
        ("EQ_bizStep", "shipping"),
        ("EQ_bizStep", "cbv:BizStep-shipping"),
    );
    same(
        ("EQ_bizStep", "urn:epcglobal:cbv:bizstep:shipping"),
        ("EQ_bizStep", "https://ref.gs1.org/cbv/BizStep-shipping"),
    );
    same(
        ("EQ_type", "Temperature"),
        ("EQ_type", "https://gs1.org/voc/Temperature"),
    );
    same(
        ("EQ_disposition", "in_transit"),
        ("EQ_disposition", "urn:epcglobal:cbv:disp:in_transit"),
    );
    same(
        ("EQ_readPoint", "urn:epc:id:sgln:0614141.00777.0"),
        ("EQ_readPoint", "https://x.example/414/0614141007776"),
    );
    same(
        ("MATCH_epc", "urn:epc:id:sgtin:4012345.012345.A1"),
        (
            "MATCH_epc",
            "https://id.gs1.org/01/04012345123456/10/L/21/A1",
        ),
    );
    same(
        ("MATCH_epc", "urn:epc:idpat:sgtin:4012345.012345.*"),
        ("MATCH_epc", "https://id.gs1.org/01/04012345123456"),
    );
    same(
        ("EQ_bizTransaction_po", "urn:x:1"),
        ("EQ_bizTransaction_urn:epcglobal:cbv:btt:po", "urn:x:1"),
    );
    same(
        ("EQ_bizStep", "shipping|receiving"),
        ("EQ_bizStep", "receiving|shipping|shipping"),
    );
    same(
        ("GE_eventTime", "2026-01-01T00:00:00Z"),
        ("GE_eventTime", "2026-01-01T01:00:00.000+01:00"),
    );
    same(
        ("EQ_https://ns.example/#f", "x"),
        ("EQ_https://ns.example/#f", "x"),
    );
}

#[test]
fn what_is_not_understood_is_refused() {
    let check = |pairs: &[(&str, &str)], name: &str| match parse(pairs) {
        Err(error @ QueryError::Parameter { .. }) => {
            assert_eq!(error.code(), "query-parameter");
            assert!(error.to_string().contains(name), "{error}");
        }
        other => panic!("{pairs:?}: {other:?}"),
    };
    check(&[("EQ_bizstep", "shipping")], "EQ_bizstep");
    check(&[("EQ_bizStep", "shiping")], "EQ_bizStep");
    check(&[("EQ_bizStep", "")], "empty");
    check(&[("EQ_bizStep", "shipping|")], "empty");
    check(
        &[("EQ_bizStep", "shipping"), ("EQ_bizStep", "receiving")],
        "twice",
    );
    check(&[("EQ_action", "add")], "EQ_action");
    check(&[("eventType", "Object")], "eventType");
    check(&[("GE_eventTime", "yesterday")], "GE_eventTime");
    check(&[("GE_eventTime", "2026-01-01T00:00:00")], "GE_eventTime");
    check(
        &[("MATCH_epc", "urn:epc:id:sgtin:4012345.012345")],
        "MATCH_epc",
    );
    check(&[("MATCH_epc", "nonsense")], "MATCH_epc");
    check(&[("EQ_quantity", "many")], "EQ_quantity");
    check(&[("GT_quantity_kilo", "1")], "GT_quantity_kilo");
    check(
        &[("EXISTS_errorDeclaration", "yes")],
        "EXISTS_errorDeclaration",
    );
    check(&[("orderBy", "bizStep")], "orderBy");
    check(
        &[("orderBy", "eventTime"), ("orderDirection", "UP")],
        "orderDirection",
    );
    check(&[("eventCountLimit", "5")], "orderBy");
    check(
        &[
            ("eventCountLimit", "5"),
            ("maxEventCount", "5"),
            ("orderBy", "eventTime"),
        ],
        "maxEventCount",
    );
    check(&[("perPage", "0")], "perPage");
    check(&[("perPage", "-1")], "perPage");
    check(&[("EQATTR_bizLocation_city", "x")], "master data");
    check(&[("GT_ex:field", "text")], "GT_ex:field");
    check(&[("EQ_field", "x")], "EQ_field");
    check(&[("", "x")], "parameter");
}

#[test]
fn sizes_are_bounded() {
    let long = "x".repeat(MAX_PARAMETER_BYTES + 1);
    assert!(parse(&[("EQ_stringValue", &long)]).is_err());
    let many = vec!["a"; MAX_VALUES + 1].join("|");
    assert!(parse(&[("EQ_stringValue", &many)]).is_err());
    let names: Vec<String> = (0..=MAX_PARAMETERS)
        .map(|n| format!("EQ_ex:f{n}"))
        .collect();
    let pairs: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    assert!(parse(&pairs).is_err());
    assert_eq!(
        parse(&[("perPage", "100000")]).unwrap().per_page,
        MAX_PER_PAGE
    );
}

#[test]
fn every_parameter_of_the_standard_is_known() {
    let Some(text) = openapi() else {
        println!("skipped: no test data");
        return;
    };
    // The names of the parameters of GET /events, as the description lists them in its components.
    let names = names_in(&text);
    assert!(names.len() > 50, "{names:?}");
    for name in names {
        let value = match name.as_str() {
            "eventType" => "ObjectEvent",
            "EQ_action" => "ADD",
            "EQ_bizStep" => "shipping",
            "EQ_disposition"
            | "EQ_persistentDisposition_set"
            | "EQ_persistentDisposition_unset" => "in_transit",
            "EQ_errorReason" => "did_not_occur",
            "EQ_type" => "Temperature",
            "EXISTS_errorDeclaration" | "EQ_booleanValue" => "true",
            "orderBy" => "eventTime",
            "orderDirection" => "ASC",
            "perPage" | "maxEventCount" => "5",
            "eventCountLimit" => {
                assert!(parse(&[(&name, "5"), ("orderBy", "eventTime")]).is_ok());
                continue;
            }
            other if other.contains("quantity") => "5",
            other if other.contains("ime") => "2026-01-01T00:00:00Z",
            _ => "urn:epc:id:sgtin:4012345.012345.A1",
        };
        parse(&[(&name, value)]).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

fn openapi() -> Option<String> {
    let base = std::env::var_os("PANGOLIN_TESTDATA").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/testdata"),
        std::path::PathBuf::from,
    );
    std::fs::read_to_string(base.join("epcis-reference/openapi.json")).ok()
}

/// Values of `"name"` that look like parameters of a query.
fn names_in(text: &str) -> Vec<String> {
    let mut names: Vec<String> = text
        .split("\"name\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').nth(1))
        .filter(|name| {
            [
                "EQ_", "GE_", "GT_", "LE_", "LT_", "WD_", "MATCH_", "EXISTS_",
            ]
            .iter()
            .any(|prefix| name.starts_with(prefix))
                || [
                    "eventType",
                    "orderBy",
                    "orderDirection",
                    "eventCountLimit",
                    "maxEventCount",
                    "perPage",
                    "nextPageToken",
                ]
                .contains(name)
        })
        .filter(|name| !name.contains('{') && !name.contains("fieldname"))
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}

proptest::proptest! {
    #[test]
    fn no_parameter_makes_the_reader_panic(
        name in "(EQ|GE|LT|MATCH|EXISTS|WD|INNER|ILMD|quantity|bizTransaction|readPoint|[_a-zA-Z#:/.]){1,6}",
        value in ".{0,40}",
    ) {
        let _ = parse(&[(&name, &value)]);
    }
}
