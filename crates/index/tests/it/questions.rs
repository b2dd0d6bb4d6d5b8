//! The parameters of `GET /events`, judged by hand: a few events with everything that can be asked for, and for each parameter
//! which of them it finds (EPCIS 2.0 §8.2.7.1).

use std::collections::BTreeMap;

use pangolin_index::{Query, SqliteIndex};
use pangolin_ledger::{EventId, TimeMs};
use pangolin_profiles::capture::Placement;

use crate::chain::{Chain, Dir, START, case, joining, pack, reduce, when};

const URN_PACK: &str = "urn:epc:id:sgtin:4012345.012345.A1";

/// The events with their names, in the order of their recording; `n` is both the second of the event and of its block.
fn events() -> Vec<(&'static str, String)> {
    let object = |n: i64, action: &str, epcs: &[&str], more: &str| {
        let list = epcs
            .iter()
            .map(|uri| format!("\"{uri}\""))
            .collect::<Vec<_>>()
            .join(",");
        format!(
            r#"{{"type":"ObjectEvent","eventTime":"{}","eventTimeZoneOffset":"+00:00","action":"{action}","epcList":[{list}]{more}}}"#,
            when(n)
        )
    };
    let packs: Vec<String> = (0..8).map(pack).collect();
    let packs: Vec<&str> = packs.iter().map(String::as_str).collect();
    vec![
        (
            "made",
            object(
                1,
                "ADD",
                &packs,
                r#","bizStep":"commissioning","disposition":"active",
            "ilmd":{"cbvmda:lotNumber":"L1","cbvmda:itemExpirationDate":"2028-03-31","ex:grade":{"ex:purity":99.5,"ex:by":{"ex:lab":"north"}}}"#,
            ),
        ),
        (
            "other",
            object(
                2,
                "ADD",
                &[URN_PACK],
                r#","bizStep":"urn:epcglobal:cbv:bizstep:commissioning","disposition":"urn:epcglobal:cbv:disp:active",
            "ilmd":{"cbvmda:lotNumber":"L2","cbvmda:itemExpirationDate":"2027-01-31"}"#,
            ),
        ),
        (
            "packed",
            joining(
                3,
                "AggregationEvent",
                "ADD",
                "packing",
                &case(1),
                &[pack(0), pack(1)],
            ),
        ),
        (
            "seen",
            object(
                4,
                "OBSERVE",
                &[&pack(2), URN_PACK],
                r#","bizStep":"https://ref.gs1.org/cbv/BizStep-inspecting","disposition":"in_progress",
            "readPoint":{"id":"urn:epc:id:sgln:0614141.00777.A1","ex:door":"7"},"bizLocation":{"id":"https://id.gs1.org/414/0614141007776","ex:shelf":{"ex:row":3}},
            "bizTransactionList":[{"type":"po","bizTransaction":"urn:epcglobal:cbv:bt:0614141073467:1"},{"type":"https://ref.gs1.org/cbv/BTT-inv","bizTransaction":"urn:epcglobal:cbv:bt:0614141073467:2"},{"bizTransaction":"urn:x:untyped"}],
            "sourceList":[{"type":"owning_party","source":"urn:epc:id:pgln:0614141.00777"}],
            "destinationList":[{"type":"location","destination":"urn:epc:id:sgln:0614141.00888.0"}],
            "persistentDisposition":{"set":["completeness_verified"],"unset":["completeness_inferred"]},
            "ex:number":5,"ex:name":"left","ex:flag":true,"ex:when":"2026-03-05T01:00:00+01:00","ex:day":"2026-03-05","ex:list":["a","b"]"#,
            ),
        ),
        (
            "felt",
            object(
                5,
                "OBSERVE",
                &[&pack(3)],
                r#","bizStep":"sensor_reporting","eventID":"urn:uuid:00000000-0000-4000-8000-00000000000a","ex:number":12.5,
            "sensorElementList":[{"sensorMetadata":{"time":"2026-03-01T07:00:00Z","startTime":"2026-03-01T06:00:00Z","endTime":"2026-03-01T07:00:00Z","deviceID":"urn:epc:id:giai:4000001.111","dataProcessingMethod":"https://example.com/m","bizRules":"https://example.com/r","ex:calibrated":"yes"},
              "ex:probe":"p1",
              "sensorReport":[
                {"type":"Temperature","value":26.0,"minValue":20,"maxValue":30,"meanValue":25.5,"sDev":0.1,"percRank":90,"percValue":28,"uom":"CEL","ex:raw":"r"},
                {"type":"RelativeHumidity","value":12.1,"uom":"A93"},
                {"type":"Illuminance","stringValue":"Cold","booleanValue":true,"hexBinaryValue":"F0F0","uriValue":"https://id.gs1.org/8004/4000001222","microorganism":"https://www.ncbi.nlm.nih.gov/taxonomy/1126011","chemicalSubstance":"https://identifiers.org/inchikey:CZMRCDWAGMRECN-UGDNZRGBSA-N"}]}]"#,
            ),
        ),
        (
            "counted",
            format!(
                r#"{{"type":"ObjectEvent","eventTime":"{}","eventTimeZoneOffset":"+00:00","action":"ADD","bizStep":"commissioning",
            "epcList":["https://id.gs1.org/01/04012345123456/21/Q"],
            "quantityList":[{{"epcClass":"urn:epc:class:lgtin:4012345.012345.998877","quantity":10.5,"uom":"KGM"}},{{"epcClass":"https://id.gs1.org/01/10614141073464/10/B1","quantity":200}}]}}"#,
                when(6)
            ),
        ),
        (
            "turned",
            format!(
                r#"{{"type":"TransformationEvent","eventTime":"{}","eventTimeZoneOffset":"+00:00","bizStep":"repackaging","transformationID":"urn:x:t1",
            "inputEPCList":["{}"],"outputEPCList":["{}"],"ilmd":{{"cbvmda:lotNumber":"L9"}}}}"#,
                when(7),
                pack(4),
                pack(40)
            ),
        ),
        (
            "built",
            joining(
                8,
                "AssociationEvent",
                "ADD",
                "assembling",
                &pack(5),
                &[pack(6)],
            ),
        ),
        (
            "billed",
            format!(
                r#"{{"type":"TransactionEvent","eventTime":"{}","eventTimeZoneOffset":"+00:00","action":"OBSERVE","bizStep":"https://example.com/steps/weighing","disposition":"https://example.com/d/ok",
            "parentID":"{}","epcList":["{}"],"bizTransactionList":[{{"type":"inv","bizTransaction":"urn:epcglobal:cbv:bt:0614141073467:2"}}]}}"#,
                when(9),
                case(1),
                pack(7)
            ),
        ),
    ]
}

struct Asked {
    names: BTreeMap<EventId, &'static str>,
    index: SqliteIndex,
    _dir: Dir,
}

impl Asked {
    fn new() -> Self {
        let mut chain = Chain::new();
        let mut names = BTreeMap::new();
        for (name, json) in events() {
            let event = reduce(&json, Placement::Full);
            names.insert(event.id, name);
            chain
                .capture(0, &[json])
                .unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
            chain.seal();
        }
        let dir = Dir::new();
        let index = chain.index(&dir);
        Self {
            names,
            index,
            _dir: dir,
        }
    }

    /// The names of the events that the parameters find, in the order of the answer.
    fn find(&self, pairs: &[(&str, &str)]) -> String {
        let query = Query::parse(pairs.iter().copied())
            .unwrap_or_else(|error| panic!("{pairs:?}: {error}"));
        let page = self.index.events(&query, TimeMs(START)).unwrap();
        assert_eq!(page.next, None, "{pairs:?}");
        page.events
            .iter()
            .map(|event| self.names[&event.id])
            .collect::<Vec<_>>()
            .join(" ")
    }
}

const ALL: &str = "made other packed seen felt counted turned built billed";

#[test]
fn each_parameter_finds_what_the_standard_says() {
    let asked = Asked::new();
    let (p0, p4, p6, p40, c1) = (pack(0), pack(4), pack(6), pack(40), case(1));
    let four = when(4);
    let three: &[(&str, &str, &str)] = &[
        ("eventType", "ObjectEvent", "made other seen felt counted"),
        (
            "eventType",
            "AssociationEvent|TransactionEvent",
            "built billed",
        ),
        ("EQ_action", "OBSERVE", "seen felt billed"),
        ("EQ_action", "ADD|DELETE", "made other packed counted built"),
        ("EQ_bizStep", "commissioning", "made other counted"),
        ("EQ_bizStep", "urn:epcglobal:cbv:bizstep:inspecting", "seen"),
        ("EQ_bizStep", "inspecting|packing", "packed seen"),
        ("EQ_bizStep", "https://example.com/steps/weighing", "billed"),
        (
            "EQ_disposition",
            "https://ref.gs1.org/cbv/Disp-active",
            "made other",
        ),
        (
            "EQ_disposition",
            "in_progress|https://example.com/d/ok",
            "seen billed",
        ),
        (
            "EQ_persistentDisposition_set",
            "completeness_verified",
            "seen",
        ),
        ("EQ_persistentDisposition_set", "completeness_inferred", ""),
        (
            "EQ_persistentDisposition_unset",
            "completeness_inferred",
            "seen",
        ),
        (
            "GE_eventTime",
            &four,
            "seen felt counted turned built billed",
        ),
        ("LT_eventTime", &four, "made other packed"),
        (
            "GE_recordTime",
            &four,
            "seen felt counted turned built billed",
        ),
        ("LT_recordTime", &four, "made other packed"),
        (
            "EQ_readPoint",
            "https://id.gs1.org/414/0614141007776/254/A1",
            "seen",
        ),
        ("EQ_readPoint", "https://id.gs1.org/414/0614141007776", ""),
        ("WD_readPoint", "urn:epc:id:sgln:0614141.00777.0", "seen"),
        ("EQ_bizLocation", "urn:epc:id:sgln:0614141.00777.0", "seen"),
        (
            "WD_bizLocation",
            "urn:epc:id:sgln:0614141.00777.0|urn:x:nowhere",
            "seen",
        ),
        (
            "EQ_bizTransaction_po",
            "urn:epcglobal:cbv:bt:0614141073467:1",
            "seen",
        ),
        (
            "EQ_bizTransaction_po",
            "urn:epcglobal:cbv:bt:0614141073467:2",
            "",
        ),
        (
            "EQ_bizTransaction_inv",
            "urn:epcglobal:cbv:bt:0614141073467:2",
            "seen billed",
        ),
        (
            "EQ_bizTransaction_urn:epcglobal:cbv:btt:inv",
            "urn:epcglobal:cbv:bt:0614141073467:2",
            "seen billed",
        ),
        (
            "EQ_bizTransaction_https://ref.gs1.org/cbv/BTT-inv",
            "urn:epcglobal:cbv:bt:0614141073467:2",
            "seen billed",
        ),
        (
            "EQ_source_owning_party",
            "https://id.gs1.org/417/0614141007776",
            "seen",
        ),
        (
            "EQ_source_possessing_party",
            "https://id.gs1.org/417/0614141007776",
            "",
        ),
        (
            "EQ_destination_location",
            "https://id.gs1.org/414/0614141008889",
            "seen",
        ),
        ("EQ_transformationID", "urn:x:t1", "turned"),
        ("MATCH_epc", &p0, "made packed"),
        ("MATCH_epc", &p4, "made"),
        (
            "MATCH_epc",
            "https://example.com/01/04012345123456/21/A1",
            "other seen",
        ),
        (
            "MATCH_epc",
            "https://id.gs1.org/01/04012345123456",
            "other seen counted",
        ),
        (
            "MATCH_epc",
            "urn:epc:idpat:sgtin:4012345.012345.*",
            "other seen counted",
        ),
        (
            "MATCH_epc",
            "urn:epc:idpat:sgtin:4012345.*.*",
            "other seen counted",
        ),
        // The prefix is known from a URN: another length is another company, in whatever notation.
        ("MATCH_epc", "urn:epc:idpat:sgtin:401234.*.*", ""),
        ("MATCH_epc", "urn:epc:idpat:sgtin:40123450.*.*", ""),
        ("MATCH_epcClass", "urn:epc:idpat:sgtin:4012345.*.*", ""),
        ("MATCH_epc", &c1, ""),
        ("MATCH_parentID", &c1, "packed billed"),
        ("MATCH_parentID", "urn:epc:idpat:sscc:*.*", "packed billed"),
        ("MATCH_inputEPC", &p4, "turned"),
        ("MATCH_inputEPC", &p40, ""),
        ("MATCH_outputEPC", &p40, "turned"),
        ("MATCH_anyEPC", &p4, "made turned"),
        ("MATCH_anyEPC", &p6, "made built"),
        ("MATCH_anyEPC", &c1, "packed billed"),
        (
            "MATCH_epcClass",
            "https://id.gs1.org/01/04012345123456/10/998877",
            "counted",
        ),
        (
            "MATCH_anyEPCClass",
            "urn:epc:class:lgtin:4012345.012345.998877",
            "counted",
        ),
        (
            "MATCH_inputEPCClass",
            "urn:epc:class:lgtin:4012345.012345.998877",
            "",
        ),
        (
            "MATCH_outputEPCClass",
            "urn:epc:class:lgtin:4012345.012345.998877",
            "",
        ),
        ("EQ_quantity", "200", "counted"),
        ("EQ_quantity", "10.50", "counted"),
        ("GT_quantity", "200", ""),
        ("GE_quantity", "200", "counted"),
        ("LT_quantity", "10.5", ""),
        ("LE_quantity", "10.5", "counted"),
        ("GT_quantity_KGM", "100", ""),
        ("GT_quantity_KGM", "10", "counted"),
        (
            "EQ_eventID",
            "urn:uuid:00000000-0000-4000-8000-00000000000a",
            "felt",
        ),
        ("EXISTS_errorDeclaration", "false", ALL),
        ("EXISTS_errorDeclaration", "true", ""),
        ("GE_errorDeclarationTime", &four, ""),
        ("EQ_errorReason", "did_not_occur", ""),
        (
            "EQ_correctiveEventID",
            "urn:uuid:00000000-0000-4000-8000-00000000000a",
            "",
        ),
        ("EXISTS_sensorElementList", "true", "felt"),
        ("GE_startTime", "2026-03-01T06:00:00Z", "felt"),
        ("LT_startTime", "2026-03-01T06:00:00Z", ""),
        ("GE_endTime", "2026-03-01T07:00:01Z", ""),
        ("LT_endTime", "2026-03-01T08:00:01+01:00", "felt"),
        ("GE_time", "2026-03-01T07:00:00Z", "felt"),
        ("LT_time", "2026-03-01T07:00:00Z", ""),
        ("EQ_type", "Temperature", "felt"),
        ("EQ_type", "RelativeHumidity|Volume", "felt"),
        ("EQ_deviceID", "https://id.gs1.org/8004/4000001111", "felt"),
        ("EQ_dataProcessingMethod", "https://example.com/m", "felt"),
        ("EQ_bizRules", "https://example.com/r", "felt"),
        (
            "EQ_microorganism",
            "https://www.ncbi.nlm.nih.gov/taxonomy/1126011",
            "felt",
        ),
        (
            "EQ_chemicalSubstance",
            "https://identifiers.org/inchikey:CZMRCDWAGMRECN-UGDNZRGBSA-N",
            "felt",
        ),
        ("EQ_stringValue", "Cold", "felt"),
        ("EQ_stringValue", "cold", ""),
        ("EQ_booleanValue", "true", "felt"),
        ("EQ_booleanValue", "false", ""),
        ("EQ_hexBinaryValue", "f0f0", "felt"),
        ("EQ_uriValue", "urn:epc:id:giai:4000001.222", "felt"),
        ("EQ_value_CEL", "26", "felt"),
        ("GE_value_CEL", "26.1", ""),
        ("GT_value_A93", "12", "felt"),
        ("LT_minValue_CEL", "21", "felt"),
        ("GE_maxValue_CEL", "30", "felt"),
        ("LE_meanValue_CEL", "25.5", "felt"),
        ("GT_sDev_CEL", "0.1", ""),
        ("GE_percValue_CEL", "28", "felt"),
        ("GE_percRank", "90", "felt"),
        ("GT_percRank", "90", ""),
        ("EQ_ex:name", "left|right", "seen"),
        ("EQ_https://ex.example/#name", "left", "seen"),
        ("EQ_https://other.example/#name", "left", ""),
        ("EQ_ex:number", "5.0", "seen"),
        ("GT_ex:number", "5", "felt"),
        ("GE_ex:number", "5", "seen felt"),
        ("LT_ex:number", "12.5", "seen"),
        ("LE_ex:number", "12.5", "seen felt"),
        ("EQ_ex:flag", "true", "seen"),
        ("EQ_ex:list", "b", "seen"),
        ("EQ_ex:when", "2026-03-05T00:00:00Z", "seen"),
        ("GT_ex:when", "2026-03-05T00:00:00Z", ""),
        ("GE_ex:day", "2026-03-05", "seen"),
        ("LT_ex:day", "2026-03-05T00:00:00Z", ""),
        ("EXISTS_ex:number", "true", "seen felt"),
        ("EXISTS_ex:number", "", "seen felt"),
        ("EXISTS_ex:number", "false", ALL),
        ("EXISTS_ex:door", "true", ""),
        ("EQ_ILMD_cbvmda:lotNumber", "L1|L9", "made turned"),
        ("EQ_ILMD_urn:epcglobal:cbv:mda#lotNumber", "L2", "other"),
        ("LT_ILMD_cbvmda:itemExpirationDate", "2028-01-01", "other"),
        ("EXISTS_ILMD_ex:grade", "true", "made"),
        ("EXISTS_ILMD_ex:purity", "true", ""),
        ("GT_INNER_ILMD_ex:purity", "99", "made"),
        ("EQ_INNER_ILMD_ex:lab", "north", "made"),
        ("EQ_INNER_ex:lab", "north", ""),
        ("EXISTS_INNER_ILMD_ex:lab", "true", "made"),
        ("EQ_readPoint_ex:door", "7", "seen"),
        ("EQ_bizLocation_ex:door", "7", ""),
        ("EQ_INNER_bizLocation_ex:row", "3", "seen"),
        ("EQ_SENSORELEMENT_ex:probe", "p1", "felt"),
        ("EXISTS_SENSORMETADATA_ex:calibrated", "true", "felt"),
        ("EQ_SENSORREPORT_ex:raw", "r", "felt"),
        ("EQ_SENSORREPORT_ex:probe", "p1", ""),
        ("EXISTS_ERROR_DECLARATION_ex:why", "true", ""),
    ];
    for (name, value, expect) in three {
        assert_eq!(asked.find(&[(name, value)]), *expect, "{name}={value}");
    }
}

#[test]
fn parameters_are_conditions_that_must_all_hold() {
    let asked = Asked::new();
    let p0 = pack(0);
    let rows: &[(&[(&str, &str)], &str)] = &[
        (&[], ALL),
        (&[("MATCH_epc", &p0), ("EQ_bizStep", "packing")], "packed"),
        (&[("MATCH_epc", &p0), ("EQ_bizStep", "receiving")], ""),
        // Both bounds hold of one quantity, or of one report.
        (&[("GE_quantity", "11"), ("LT_quantity", "199")], ""),
        (&[("GE_quantity", "10"), ("LT_quantity", "11")], "counted"),
        (&[("GE_value_CEL", "25"), ("LT_value_CEL", "27")], "felt"),
        (&[("GE_value_CEL", "27"), ("LT_value_CEL", "20")], ""),
        (
            &[("orderBy", "eventTime"), ("EQ_action", "OBSERVE")],
            "billed felt seen",
        ),
        (
            &[
                ("orderBy", "eventTime"),
                ("orderDirection", "ASC"),
                ("EQ_action", "OBSERVE"),
            ],
            "seen felt billed",
        ),
        (
            &[("orderBy", "recordTime"), ("eventCountLimit", "2")],
            "billed built",
        ),
        (
            &[
                ("orderBy", "ex:number"),
                ("orderDirection", "ASC"),
                ("EXISTS_ex:number", "true"),
            ],
            "seen felt",
        ),
        (&[("maxEventCount", "9")], ALL),
    ];
    for (pairs, expect) in rows {
        assert_eq!(asked.find(pairs), *expect, "{pairs:?}");
    }
}

#[test]
fn curies_stand_for_what_the_query_declares() {
    let asked = Asked::new();
    let prefixes = BTreeMap::from([
        ("own".to_owned(), "https://example.com/steps/".to_owned()),
        ("e".to_owned(), "https://ex.example/".to_owned()),
    ]);
    let found = |name: &str, value: &str| {
        let query = Query::parse_lists([(name, vec![value])], &prefixes).unwrap();
        let page = asked.index.events(&query, TimeMs(START)).unwrap();
        page.events
            .iter()
            .map(|event| asked.names[&event.id])
            .collect::<Vec<_>>()
    };
    assert_eq!(found("EQ_bizStep", "own:weighing"), ["billed"]);
    assert_eq!(found("EQ_e:name", "left"), ["seen"]);
}

#[test]
fn pages_join_to_the_whole() {
    let asked = Asked::new();
    let whole = asked.find(&[("orderBy", "eventTime")]);
    let mut found = Vec::new();
    let mut query = Query::parse([("orderBy", "eventTime"), ("perPage", "2")]).unwrap();
    loop {
        let page = asked.index.events(&query, TimeMs(START)).unwrap();
        found.extend(page.events.iter().map(|event| asked.names[&event.id]));
        let Some(next) = page.next else { break };
        query = query.after(next.token);
    }
    assert_eq!(found.join(" "), whole);
}
