use super::*;

#[test]
fn urns() {
    let check = |urn: &str, expect: Option<&str>| {
        let expect = expect.map(|path| format!("https://id.gs1.org/{path}"));
        assert_eq!(canonical_link(&format!("urn:epc:{urn}")), expect, "{urn}");
    };
    check(
        "id:sgtin:4012345.012345.12",
        Some("01/04012345123456/21/12"),
    );
    check(
        "id:sgtin:4012345.012345.a%2Fb(c)",
        Some("01/04012345123456/21/a%2Fb%28c%29"),
    );
    check(
        "id:sgtin:4012345.012345.a%2fb",
        Some("01/04012345123456/21/a%2Fb"),
    );
    check("id:sscc:4012345.0000000333", Some("00/040123450000003338"));
    check("id:sgln:4012345.00011.0", Some("414/4012345000115"));
    check(
        "id:sgln:4012345.00011.987",
        Some("414/4012345000115/254/987"),
    );
    check(
        "id:sgln:401234500011..987",
        Some("414/4012345000115/254/987"),
    );
    check("id:pgln:4012345.00225", Some("417/4012345002256"));
    check("id:grai:4012345.66666.87", Some("8003/0401234566666387"));
    check("id:giai:4012345.AAbb", Some("8004/4012345AAbb"));
    check(
        "id:gsrn:4012345.9876540000",
        Some("8018/401234598765400000"),
    );
    check(
        "id:gsrnp:4012345.0000098765",
        Some("8017/401234500000987658"),
    );
    check("id:gdti:4012345.55555.98", Some("253/401234555555498"));
    check("id:cpi:4012345.ABC.123", Some("8010/4012345ABC/8011/123"));
    check("id:sgcn:4012345.99999.44", Some("255/401234599999044"));
    check("id:ginc:4012345.333", Some("401/4012345333"));
    check("id:gsin:4012345.999987654", Some("402/40123459999876541"));
    check(
        "id:itip:4012345.012345.01.02.999",
        Some("8006/040123451234560102/21/999"),
    );
    check(
        "id:upui:4012345.012345.AB12",
        Some("01/04012345123456/235/AB12"),
    );
    check(
        "class:lgtin:4054739.099914.20160711",
        Some("01/04054739999148/10/20160711"),
    );
    check("idpat:sgtin:4054739.099914.*", Some("01/04054739999148"));
    check("idpat:grai:4012345.66666.*", Some("8003/04012345666663"));
    check(
        "idpat:itip:4012345.012345.01.02.*",
        Some("8006/040123451234560102"),
    );
    check("idpat:cpi:4012345.ABC.*", Some("8010/4012345ABC"));
    check("id:sgtin:4012345.01234.12", None);
    check("id:sgtin:4012345.012345.", None);
    check("id:sgtin:4012345.012345.123456789012345678901", None);
    check("id:sgtin:4012345.012345.a%2", None);
    check("id:gid:1.2.3", None);
    check("id:sgtin:", None);
    check("idpat:sgtin:*.*.*", None);
}

#[test]
fn links() {
    let check = |uri: &str, expect: Option<&str>| {
        let expect = expect.map(|path| format!("https://id.gs1.org/{path}"));
        assert_eq!(canonical_link(uri), expect, "{uri}");
    };
    check(
        "https://id.gs1.org/01/04012345999990/21/XYZ-1234",
        Some("01/04012345999990/21/XYZ-1234"),
    );
    check(
        "https://example.com/a/b/01/04012345999990/10/L/21/S?x=1",
        Some("01/04012345999990/21/S"),
    );
    check(
        "http://example.com/gtin/4012345999990/lot/L",
        Some("01/04012345999990/10/L"),
    );
    check(
        "https://example.com/01/04012345999990/22/2A",
        Some("01/04012345999990"),
    );
    check(
        "https://example.com/01/04012345999990/22/2A/10/L",
        Some("01/04012345999990/10/L"),
    );
    check(
        "https://id.gs1.de/414/4012345000115",
        Some("414/4012345000115"),
    );
    check(
        "https://id.gs1.org/giai/4000001111",
        Some("8004/4000001111"),
    );
    check(
        "https://id.example.com/253/4012345000054987",
        Some("253/4012345000054987"),
    );
    check(
        "https://id.example.com/8018/401234598765400000/8019/12",
        Some("8018/401234598765400000"),
    );
    check("https://example.com/01/1234", None);
    check("https://example.com/01/04012345999990/99/x", None);
    check("https://transaction.acme.com/po/12345678", None);
    check("https://www.ncbi.nlm.nih.gov/taxonomy/1126011", None);
    check("https://example.com", None);
    check("geo:50.1,6.9", None);
}
