//! The index gives the same events as looking at every event.

use pangolin_epcis::vocab::Vocabulary as Cbv;
use pangolin_index::{
    EventState, Query, QueryError, SqliteIndex,
    query::{Direction, Order, Vocabulary},
};
use pangolin_ledger::{Body, EventId, TimeMs};
use proptest::{prelude::*, sample::select};

use crate::chain::{
    Chain, Dir, START, all_pages, case, commission, joining, naive, object_event, pack, packing,
    when,
};

/// An event of any type with everything that can be asked for. The profile only observes it.
fn any_event() -> impl Strategy<Value = String> {
    let place = |n: u8| {
        [
            "urn:epc:id:sgln:0614141.00777.0",
            "https://id.gs1.org/414/0614141007776/254/A1",
            "https://example.com/place/1",
        ][usize::from(n) % 3]
    };
    let step = select(vec![
        "inspecting",
        "urn:epcglobal:cbv:bizstep:picking",
        "https://ref.gs1.org/cbv/BizStep-loading",
    ]);
    let parts = (
        0_i64..50,
        step,
        prop::option::of(select(vec![
            "in_transit",
            "damaged",
            "https://ref.gs1.org/cbv/Disp-expired",
        ])),
        (prop::option::of(0_u8..3), prop::option::of(0_u8..3)),
        prop::collection::btree_set(0_u32..6, 0..3),
        prop::option::of((0_u32..3, 0_u32..40)),
        (0_u8..6, 0_u8..4, 0_u8..5, 0_u8..6),
    );
    parts.prop_map(move |(n, step, disposition, (read, business), packs, quantity, (shape, po, sensor, extension))| {
        let mut uris: Vec<String> = packs.iter().map(|n| pack(*n)).collect();
        if packs.contains(&3) {
            uris.push("urn:epc:id:sgtin:0614141.112345.77".to_owned());
        }
        let list = uris.iter().map(|uri| format!("\"{uri}\"")).collect::<Vec<_>>().join(",");
        let class = ["urn:epc:class:lgtin:4012345.012345.998877", "https://id.gs1.org/01/04012345123456", "urn:epc:idpat:sgtin:4012345.098765.*"];
        let lines = quantity.map_or(String::new(), |(which, amount)| {
            let uom = if amount % 2 == 0 { r#", "uom": "KGM""# } else { "" };
            format!(r#"{{"epcClass": "{}", "quantity": {}.5{uom}}}"#, class[which as usize], amount)
        });
        let mut more = String::new();
        if let Some(disposition) = disposition {
            more += &format!(r#", "disposition": "{disposition}""#);
        }
        if let Some(n) = read {
            more += &format!(r#", "readPoint": {{"id": "{}"}}"#, place(n));
        }
        if let Some(n) = business {
            more += &format!(r#", "bizLocation": {{"id": "{}"}}"#, place(n));
        }
        if po > 0 {
            more += &format!(r#", "bizTransactionList": [{{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:0614141073467:{po}"}}]"#);
            more += r#", "persistentDisposition": {"set": ["completeness_verified"]}"#;
            more += r#", "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:0614141.00777"}]"#;
        }
        if sensor == 1 {
            more += r#", "sensorElementList": [{"sensorMetadata": {"startTime": "2026-03-01T08:00:00Z", "deviceID": "urn:epc:id:giai:4000001.111"},
                "sensorReport": [{"type": "Temperature", "value": 26.0, "uom": "CEL", "booleanValue": true}]}]"#;
        }
        match extension {
            1 => more += r#", "ex:number": 5"#,
            2 => more += r#", "ex:number": 12.5, "ex:outer": {"ex:inner": "deep"}"#,
            3 => more += r#", "ex:name": "left""#,
            4 => more += r#", "ex:name": "right", "eventID": "urn:uuid:00000000-0000-4000-8000-00000000000a""#,
            _ => {}
        }
        let kind = match shape {
            0 | 1 if !uris.is_empty() || quantity.is_some() => {
                let quantities = if lines.is_empty() { String::new() } else { format!(r#", "quantityList": [{lines}]"#) };
                format!(r#""type": "ObjectEvent", "action": "OBSERVE", "epcList": [{list}]{quantities}"#)
            }
            2 => format!(r#""type": "AggregationEvent", "action": "OBSERVE", "parentID": "{}", "childEPCs": [{list}], "childQuantityList": [{lines}]"#, case(po.into())),
            3 if !uris.is_empty() => format!(r#""type": "TransactionEvent", "action": "OBSERVE", "epcList": [{list}], "bizTransactionList": [{{"type": "inv", "bizTransaction": "urn:epcglobal:cbv:bt:0614141073467:9"}}]"#),
            _ => format!(r#""type": "ObjectEvent", "action": "OBSERVE", "epcList": ["{}"]"#, pack(9)),
        };
        if kind.contains("bizTransactionList") {
            more = more.replace("\"bizTransactionList\"", "\"ex:skipped\"");
        }
        format!(r#"{{{kind}, "eventTime": "{}", "eventTimeZoneOffset": "+00:00", "bizStep": "{step}"{more}}}"#, when(n))
    })
}

fn parameter() -> impl Strategy<Value = (&'static str, String)> {
    let fixed = select(vec![
        ("eventType", "ObjectEvent"),
        ("eventType", "AggregationEvent|TransactionEvent"),
        ("EQ_action", "OBSERVE"),
        ("EQ_action", "ADD|DELETE"),
        ("EQ_bizStep", "inspecting"),
        (
            "EQ_bizStep",
            "picking|https://ref.gs1.org/cbv/BizStep-loading",
        ),
        ("EQ_disposition", "expired|damaged"),
        ("EQ_persistentDisposition_set", "completeness_verified"),
        ("EQ_persistentDisposition_unset", "completeness_verified"),
        ("EQ_readPoint", "https://id.gs1.org/414/0614141007776"),
        (
            "EQ_bizLocation",
            "https://example.com/place/1|urn:epc:id:sgln:0614141.00777.A1",
        ),
        ("WD_readPoint", "urn:epc:id:sgln:0614141.00777.0"),
        ("WD_bizLocation", "https://example.com/place/1"),
        (
            "EQ_bizTransaction_po",
            "urn:epcglobal:cbv:bt:0614141073467:1|urn:epcglobal:cbv:bt:0614141073467:2",
        ),
        (
            "EQ_bizTransaction_inv",
            "urn:epcglobal:cbv:bt:0614141073467:1",
        ),
        (
            "EQ_source_owning_party",
            "https://id.gs1.org/417/0614141007776",
        ),
        (
            "MATCH_epc",
            "urn:epc:id:sgtin:1061414.007346.P0001|https://id.gs1.org/01/10614141073464/21/P0002",
        ),
        ("MATCH_epc", "urn:epc:idpat:sgtin:0614141.*.*"),
        ("MATCH_anyEPC", "urn:epc:idpat:sgtin:0614141.112345.*"),
        (
            "MATCH_anyEPC",
            "https://id.gs1.org/01/10614141073464/21/P0004",
        ),
        (
            "MATCH_epcClass",
            "urn:epc:class:lgtin:4012345.012345.998877",
        ),
        ("MATCH_anyEPCClass", "urn:epc:idpat:sgtin:4012345.*.*"),
        ("EQ_quantity", "10.5|11.50"),
        ("GE_quantity", "20"),
        ("LT_quantity", "30.5"),
        ("GT_quantity_KGM", "7"),
        (
            "EQ_eventID",
            "urn:uuid:00000000-0000-4000-8000-00000000000a",
        ),
        ("EXISTS_errorDeclaration", "true"),
        ("EQ_type", "Temperature"),
        ("EQ_deviceID", "https://id.gs1.org/8004/4000001111"),
        ("EQ_booleanValue", "true"),
        ("GE_value_CEL", "25"),
        ("GE_startTime", "2026-03-01T07:00:00Z"),
        ("EQ_https://ex.example/#name", "left"),
        ("EQ_ex:name", "right|left"),
        ("GT_ex:number", "5"),
        ("EQ_ex:number", "5.0"),
        ("EXISTS_ex:name", "true"),
        ("EQ_INNER_ex:inner", "deep"),
        ("EQ_ILMD_ex:name", "left"),
    ]);
    let time = (select(vec!["GE_eventTime", "LT_eventTime"]), 0_i64..50)
        .prop_map(|(name, n)| (name, when(n)));
    let recorded = (select(vec!["GE_recordTime", "LT_recordTime"]), 0_i64..8)
        .prop_map(|(name, n)| (name, when(n)));
    let parent = (0_u32..4).prop_map(|n| ("MATCH_parentID", case(n)));
    prop_oneof![8 => fixed.prop_map(|(name, value)| (name, value.to_owned())), 2 => time, 1 => recorded, 1 => parent]
}

/// A chain with a few blocks of events, and its index.
fn chain_of(events: &[String], dir: &Dir) -> (Chain, SqliteIndex) {
    let mut chain = Chain::new();
    let everything: Vec<String> = (0..10)
        .map(pack)
        .chain(["urn:epc:id:sgtin:0614141.112345.77".to_owned()])
        .collect();
    chain
        .capture(
            0,
            &[
                commission(0, &everything[..10], "L1"),
                commission(1, &everything[10..], "L2"),
            ],
        )
        .unwrap();
    for n in 0..4 {
        let parent = case(n);
        chain
            .capture(0, &[packing(0, &parent, &[pack(20 + n)])])
            .ok();
    }
    for (n, event) in events.iter().enumerate() {
        let _ = chain.capture(u8::try_from(n % 3).unwrap(), std::slice::from_ref(event));
        if n % 5 == 4 {
            chain.seal();
        }
    }
    chain.seal();
    let index = chain.index(dir);
    (chain, index)
}

fn sorted(mut ids: Vec<EventId>) -> Vec<EventId> {
    ids.sort_unstable();
    ids
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn answers_are_those_of_a_scan(
        events in prop::collection::vec(any_event(), 1..40),
        queries in prop::collection::vec((prop::collection::btree_map(0_u8..3, parameter(), 0..3), 1_u32..8, 0_u8..5), 40),
    ) {
        let dir = Dir::new();
        let (chain, index) = chain_of(&events, &dir);
        for (parameters, per_page, order) in queries {
            let mut pairs: Vec<(&str, &str)> = Vec::new();
            for (name, value) in parameters.values() {
                if !pairs.iter().any(|(known, _)| known == name) {
                    pairs.push((name, value));
                }
            }
            match order {
                0 => pairs.extend([("orderBy", "eventTime"), ("orderDirection", "ASC")]),
                1 => pairs.push(("orderBy", "eventTime")),
                2 => pairs.push(("orderBy", "recordTime")),
                3 => pairs.push(("orderBy", "ex:number")),
                _ => {}
            }
            let query = Query::parse(pairs.iter().copied()).unwrap().per_page(per_page);
            let expect = naive(&index, &chain.blocks, &query);
            let found = all_pages(&index, &query);
            prop_assert_eq!(sorted(found.clone()), sorted(expect.clone()), "{:?}", pairs);
            match order {
                2 => prop_assert_eq!(found, expect.into_iter().rev().collect::<Vec<_>>(), "{:?}", pairs),
                4 => prop_assert_eq!(found, expect, "{:?}", pairs),
                0 | 1 => {
                    let times: Vec<_> = found.iter().map(|id| {
                        let stored = index.recorded(id).unwrap().remove(0);
                        stored.to_epcis(index.lens().as_ref()).unwrap().event_time.instant()
                    }).collect();
                    let mut ordered = times.clone();
                    ordered.sort_unstable();
                    if order == 1 {
                        ordered.reverse();
                    }
                    prop_assert_eq!(times, ordered);
                }
                _ => {}
            }
        }
    }
}

fn few() -> (Chain, Dir, SqliteIndex) {
    let events: Vec<String> = (0..20)
        .map(|n| {
            object_event(
                n,
                "OBSERVE",
                "inspecting",
                &[pack(u32::try_from(n % 4).unwrap())],
                &format!(r#", "ex:number": {}"#, n * 7 % 10),
            )
        })
        .collect();
    let dir = Dir::new();
    let (chain, index) = chain_of(&events, &dir);
    (chain, dir, index)
}

#[test]
fn later_events_do_not_shift_pages() {
    let (mut chain, _dir, index) = few();
    let query = Query::parse([
        ("EQ_bizStep", "inspecting"),
        ("orderBy", "eventTime"),
        ("perPage", "7"),
    ])
    .unwrap();
    let whole = all_pages(&index, &query);
    let first = index.events(&query, TimeMs(START)).unwrap();
    chain
        .capture(
            0,
            &[object_event(60, "OBSERVE", "inspecting", &[pack(1)], "")],
        )
        .unwrap();
    chain
        .capture(
            0,
            &[object_event(0, "OBSERVE", "inspecting", &[pack(2)], "")],
        )
        .unwrap();
    index.apply(chain.seal()).unwrap();
    let mut found: Vec<EventId> = first.events.iter().map(|event| event.id).collect();
    let mut next = first.next;
    while let Some(page) = next {
        let page = index
            .events(&query.clone().after(page.token), TimeMs(START))
            .unwrap();
        found.extend(page.events.iter().map(|event| event.id));
        next = page.next;
    }
    assert_eq!(found, whole);
    assert_eq!(all_pages(&index, &query).len(), whole.len() + 2);
}

#[test]
fn limits_of_the_result() {
    let (_chain, _dir, index) = few();
    let events = |pairs: &[(&str, &str)]| {
        index.events(&Query::parse(pairs.iter().copied()).unwrap(), TimeMs(START))
    };
    let step = ("EQ_bizStep", "inspecting");
    assert_eq!(
        events(&[step, ("maxEventCount", "20")])
            .unwrap()
            .events
            .len(),
        20
    );
    let error = events(&[step, ("maxEventCount", "19")]).unwrap_err();
    assert_eq!(error.code(), "query-too-large");
    let limited = Query::parse([
        step,
        ("eventCountLimit", "9"),
        ("orderBy", "eventTime"),
        ("perPage", "4"),
    ])
    .unwrap();
    let all = Query::parse([step, ("orderBy", "eventTime")]).unwrap();
    assert_eq!(all_pages(&index, &limited), all_pages(&index, &all)[..9]);
    let none = Query::parse([step, ("eventCountLimit", "0"), ("orderBy", "eventTime")]).unwrap();
    assert_eq!(all_pages(&index, &none), []);
}

#[test]
fn extension_fields_order_results() {
    let (_chain, _dir, index) = few();
    let query = Query::parse([
        ("EQ_bizStep", "inspecting"),
        ("orderBy", "ex:number"),
        ("orderDirection", "ASC"),
        ("perPage", "3"),
    ])
    .unwrap();
    assert_eq!(query.direction, Direction::Ascending);
    assert!(matches!(query.order, Order::Extension(_)));
    let numbers: Vec<String> = all_pages(&index, &query)
        .iter()
        .map(|id| {
            let event = index
                .recorded(id)
                .unwrap()
                .remove(0)
                .to_epcis(index.lens().as_ref())
                .unwrap();
            format!("{:?}", event.extensions[0].value)
        })
        .collect();
    assert_eq!(numbers.len(), 20);
    let mut ordered = numbers.clone();
    ordered.sort();
    assert_eq!(numbers, ordered);
}

#[test]
fn tokens_expire_and_belong_to_their_query() {
    let (_chain, _dir, index) = few();
    let query = Query::parse([("EQ_bizStep", "inspecting"), ("perPage", "5")]).unwrap();
    let next = index.events(&query, TimeMs(1_000)).unwrap().next.unwrap();
    assert!(
        index
            .events(&query.clone().after(next.token.clone()), next.expires)
            .is_ok()
    );
    let late = index
        .events(
            &query.clone().after(next.token.clone()),
            TimeMs(next.expires.0 + 1),
        )
        .unwrap_err();
    assert_eq!(late.code(), "page-token");
    let other = Query::parse([("EQ_bizStep", "picking")])
        .unwrap()
        .after(next.token);
    assert_eq!(
        index.events(&other, TimeMs(0)).unwrap_err().code(),
        "page-token"
    );
}

#[test]
fn values_that_occur_are_listed() {
    let (_chain, _dir, index) = few();
    let all = |list| {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = index.vocabulary(list, after.as_deref(), 3).unwrap();
            found.extend(page.values);
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    };
    assert_eq!(
        all(Vocabulary::BizSteps),
        ["commissioning", "inspecting", "packing"]
    );
    assert_eq!(
        all(Vocabulary::EventTypes),
        ["AggregationEvent", "ObjectEvent"]
    );
    assert!(all(Vocabulary::Epcs).contains(&pack(3)));
    assert!(
        index
            .occurs(Vocabulary::BizSteps, "urn:epcglobal:cbv:bizstep:inspecting")
            .unwrap()
    );
    assert!(!index.occurs(Vocabulary::BizSteps, "shipping").unwrap());
    assert!(
        index
            .occurs(Vocabulary::Epcs, "urn:epc:id:sgtin:1061414.007346.P0003")
            .is_ok()
    );
    assert!(index.occurs(Vocabulary::Epcs, &pack(3)).unwrap());
    assert_eq!(Cbv::BizStep.find("inspecting"), Some("inspecting"));
}

#[test]
fn places_below_are_found_by_master_data_and_by_extension() {
    let mut chain = Chain::new();
    let at = |n: i64, place: &str| {
        object_event(
            n,
            "OBSERVE",
            "inspecting",
            &[pack(1)],
            &format!(r#", "readPoint": {{"id": "{place}"}}"#),
        )
    };
    chain
        .capture(0, &[commission(0, &[pack(1)], "L1")])
        .unwrap();
    let places = [
        "urn:epc:id:sgln:0614141.00777.0",
        "urn:epc:id:sgln:0614141.00777.DOCK",
        "urn:x:shelf",
        "urn:x:other",
    ];
    let events: Vec<String> = places
        .iter()
        .zip(1..)
        .map(|(place, n)| at(n, place))
        .collect();
    chain.capture(0, &events).unwrap();
    chain.seal();
    let dir = Dir::new();
    let index = chain.index(&dir);
    let count =
        |value: &str| all_pages(&index, &Query::parse([("WD_readPoint", value)]).unwrap()).len();
    assert_eq!(count("https://id.gs1.org/414/0614141007776"), 2);
    let pair = |place: &str, parent: &str| (place.to_owned(), parent.to_owned());
    index
        .put_places(&[
            pair("urn:x:shelf", "urn:x:room"),
            pair("urn:x:room", "urn:epc:id:sgln:0614141.00777.0"),
        ])
        .unwrap();
    assert_eq!(count("https://id.gs1.org/414/0614141007776"), 3);
    // A circle in the master data does no harm.
    index
        .put_places(&[pair("urn:x:room", "urn:x:shelf")])
        .unwrap();
    assert_eq!(count("urn:x:room"), 1);
}

#[test]
fn declarations_of_error_are_events_of_their_own() {
    use pangolin_ledger::{Code, Correction};
    let mut chain = Chain::new();
    let event = crate::chain::reduce(
        &commission(0, &[pack(1)], "L1"),
        pangolin_profiles::capture::Placement::Full,
    );
    chain.send(0, Body::Events(vec![event.clone()])).unwrap();
    chain.seal();
    let correction = Correction {
        event: event.clone(),
        declared: TimeMs(START + 5_000),
        reason: pangolin_profiles::cbv::code(Cbv::ErrorReason, "did_not_occur").unwrap_or(Code(1)),
        note: String::new(),
        correctives: vec![EventId([9; 32])],
    };
    chain
        .send(0, Body::Correction(Box::new(correction)))
        .unwrap();
    chain.seal();
    let dir = Dir::new();
    let index = chain.index(&dir);
    let ids = |pairs: &[(&str, &str)]| {
        index
            .events(&Query::parse(pairs.iter().copied()).unwrap(), TimeMs(START))
            .unwrap()
            .events
    };
    let id = pangolin_index::event_uri(&event.id);
    let both = ids(&[("EQ_eventID", &id)]);
    assert_eq!(
        both.iter().map(|event| event.state).collect::<Vec<_>>(),
        [EventState::Applied, EventState::Declaration]
    );
    assert!(both[0].in_error);
    let one = ids(&[
        ("EXISTS_errorDeclaration", "true"),
        ("EQ_errorReason", "did_not_occur"),
        ("MATCH_epc", &pack(1)),
    ]);
    assert_eq!(one.len(), 1);
    let full = one[0].to_epcis(index.lens().as_ref()).unwrap();
    let declaration = full.error_declaration.unwrap();
    assert_eq!(
        declaration.corrective_event_ids.unwrap()[0].as_str(),
        pangolin_index::event_uri(&EventId([9; 32]))
    );
    assert_eq!(full.event_id.unwrap().as_str(), id);
    assert_eq!(ids(&[("GE_errorDeclarationTime", &when(5))]).len(), 1);
    assert_eq!(ids(&[("LT_errorDeclarationTime", &when(5))]).len(), 0);
}

#[test]
fn events_kept_elsewhere_are_found_by_what_the_rules_saw() {
    use pangolin_profiles::capture::Placement;
    let mut chain = Chain::new();
    let of = |json: &str, placement| crate::chain::reduce(json, placement);
    chain
        .send(
            0,
            Body::Events(vec![of(
                &commission(0, &[pack(1)], "L1"),
                Placement::Committed,
            )]),
        )
        .unwrap();
    let seen = object_event(1, "OBSERVE", "inspecting", &[pack(1)], "");
    chain
        .send(
            0,
            Body::Events(vec![of(
                &seen,
                Placement::Pointer("https://example.com/e/1".into()),
            )]),
        )
        .unwrap();
    chain.seal();
    let dir = Dir::new();
    let index = chain.index(&dir);
    let query = Query::parse([
        ("MATCH_epc", pack(1).as_str()),
        ("EQ_bizStep", "inspecting|commissioning"),
    ])
    .unwrap();
    let found = index.events(&query, TimeMs(START)).unwrap().events;
    assert_eq!(found.len(), 2);
    assert!(
        matches!(&found[1].body, pangolin_index::EventBody::Pointer { uri, .. } if uri == "https://example.com/e/1")
    );
    let shown = found[0].to_epcis(index.lens().as_ref()).unwrap();
    assert_eq!(shown.biz_step.unwrap().as_str(), "commissioning");
}

#[test]
fn joined_kinds_are_told_apart() {
    let mut chain = Chain::new();
    chain
        .capture(0, &[commission(0, &[pack(1), pack(2)], "L1")])
        .unwrap();
    chain
        .capture(
            0,
            &[joining(
                1,
                "AssociationEvent",
                "ADD",
                "assembling",
                &pack(1),
                &[pack(2)],
            )],
        )
        .unwrap();
    chain.seal();
    let dir = Dir::new();
    let index = chain.index(&dir);
    let query = Query::parse([
        ("eventType", "AssociationEvent"),
        ("MATCH_parentID", pack(1).as_str()),
    ])
    .unwrap();
    assert_eq!(all_pages(&index, &query).len(), 1);
    assert!(matches!(
        Query::parse([("HASATTR_x", "y")]),
        Err(QueryError::Parameter { .. })
    ));
}
