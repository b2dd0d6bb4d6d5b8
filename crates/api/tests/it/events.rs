//! Events: one at a time in, pages of them out, in the form that is asked for.

use axum::{body::Body, http::StatusCode};
use serde_json::json;

use crate::common::{
    MAKER, Node, PHARMACY, REGULATOR, WHOLESALER,
    documents::{XML, commission, document, pack, receive, to_the_wholesaler},
    segment,
};

#[tokio::test]
async fn every_syntax_is_captured_and_read_back_in_the_other() {
    let node = Node::new();
    let job = node
        .capture(MAKER, XML, &[("content-type", "application/xml")])
        .await;
    assert_eq!(job["success"], true, "{job:#}");
    let path = format!("/epcs/{}/events", segment(&pack("77")));
    let json = node.get(MAKER, &path).await;
    let event = &json.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"][0];
    assert_eq!(
        (event["bizStep"].as_str(), event["action"].as_str()),
        (Some("commissioning"), Some("ADD"))
    );
    assert_eq!(event["recordTime"], "2026-03-05T12:00:00.000Z");
    for (max, version) in [
        ("2.0.0", "schemaVersion=\"2.0\""),
        ("1.2", "schemaVersion=\"1.2\""),
    ] {
        let headers = [("accept", "application/xml"), ("gs1-epcis-max", max)];
        let answer = node
            .call(MAKER, "GET", &path, &headers, Body::empty())
            .await;
        assert_eq!(answer.status, StatusCode::OK);
        let major = &max[..3];
        for header in ["gs1-epcis-version", "gs1-cbv-version"] {
            assert!(answer.header(header).starts_with(major), "{header}");
        }
        assert!(
            answer.text().contains(version) && answer.text().contains("EPCISQueryDocument"),
            "{}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn one_event_is_captured_while_the_sender_waits() {
    let node = Node::new();
    let event = commission(1, &["1"]);
    let mut bare = event.clone();
    bare["@context"] = json!(["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]);
    let created = node
        .call(MAKER, "POST", "/events", &[], bare.to_string())
        .await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
    assert_eq!(created.json()["bizStep"], "commissioning");
    let location = created.header("location");
    let shown = node.get(MAKER, &location).await;
    assert_eq!(shown.header("pangolin-event-state"), "applied");
    let again = node
        .call(MAKER, "POST", "/events", &[], bare.to_string())
        .await;
    assert_eq!(
        (again.status, again.code().as_str()),
        (StatusCode::CONFLICT, "already-recorded")
    );
    let two = node
        .call(
            MAKER,
            "POST",
            "/events",
            &[],
            document(&[event.clone(), commission(2, &["2"])]),
        )
        .await;
    assert_eq!(two.code(), "not-one-event");
    let refused = node
        .call(
            WHOLESALER,
            "POST",
            "/events",
            &[],
            document(&[commission(4, &["9"])]),
        )
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
    assert_eq!(refused.json()["rule"], "authority.role");
    let parked = node
        .call(
            WHOLESALER,
            "POST",
            "/events",
            &[],
            document(&[receive(3, &[pack("5")], WHOLESALER, MAKER)]),
        )
        .await;
    assert_eq!(parked.status, StatusCode::ACCEPTED, "{}", parked.text());
}

#[tokio::test]
async fn an_error_declaration_may_repeat_a_known_event() {
    let node = Node::new();
    let wrong = commission(1, &["1"]);
    node.accept(MAKER, document(std::slice::from_ref(&wrong)))
        .await;
    let mut declared = wrong;
    declared["errorDeclaration"] =
        json!({ "declarationTime": "2026-03-04T00:00:00Z", "reason": "incorrect_data" });
    let answer = node
        .call(
            MAKER,
            "POST",
            "/events",
            &[],
            document(std::slice::from_ref(&declared)),
        )
        .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let shown = node.get(MAKER, &answer.header("location")).await.json();
    let events = shown["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(events.len(), 2, "{shown:#}");
    assert!(
        events
            .iter()
            .any(|event| event["errorDeclaration"].is_object())
    );
    let job = node.accept(MAKER, document(&[declared])).await;
    assert_eq!(job["counts"]["known"], 1, "{job:#}");
    let mut unknown = commission(9, &["9"]);
    unknown["errorDeclaration"] = json!({ "declarationTime": "2026-03-04T00:00:00Z" });
    let job = node.capture(MAKER, document(&[unknown]), &[]).await;
    assert_eq!(job["errors"][0]["code"], "event-unknown", "{job:#}");
}

#[tokio::test]
async fn parties_see_the_events_they_are_parties_of() {
    let node = Node::new();
    to_the_wholesaler(&node, &["1", "2"]).await;
    let count = async |who: &str, path: &str| {
        let answer = node.get(who, path).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(count(MAKER, "/events").await, 3);
    assert_eq!(
        count(WHOLESALER, "/events").await,
        2,
        "the making is not the wholesaler's business"
    );
    assert_eq!(count(PHARMACY, "/events").await, 0);
    assert_eq!(count(REGULATOR, "/events").await, 3);
    assert_eq!(count(REGULATOR, "/bizSteps/receiving/events").await, 1);
    assert_eq!(
        count(
            REGULATOR,
            &format!("/events?MATCH_epc={}", segment(&pack("2")))
        )
        .await,
        3
    );
    let page = node
        .get(REGULATOR, "/events?perPage=2&orderDirection=ASC")
        .await;
    let link = page.header("link");
    assert!(!page.header("gs1-next-page-token-expires").is_empty());
    let next = link
        .strip_prefix('<')
        .unwrap()
        .split('>')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(count(REGULATOR, &next).await, 1);
    assert_eq!(
        node.get(PHARMACY, &format!("/epcs/{}", segment(&pack("1"))))
            .await
            .code(),
        "unknown-value"
    );
    assert_eq!(
        node.get(MAKER, &format!("/epcs/{}", segment(&pack("1"))))
            .await
            .json()["member"],
        json!(["events"])
    );
    assert_eq!(
        node.get(MAKER, "/epcs").await.json()["member"],
        json!([pack("1"), pack("2")])
    );
    assert_eq!(
        node.get(PHARMACY, "/epcs").await.json()["member"],
        json!([])
    );
    assert_eq!(
        node.get(MAKER, "/bizSteps").await.json()["member"],
        json!(["commissioning", "receiving", "shipping"])
    );
    assert_eq!(
        node.get(MAKER, "/eventTypes").await.json()["member"]
            .as_array()
            .unwrap()
            .len(),
        5
    );
    for (path, code) in [
        ("/events?EQ_bizstep=shipping", "query-parameter"),
        ("/events?perPage=0", "query-parameter"),
        ("/events?nextPageToken=x", "page-token"),
        ("/events/urn:uuid:1", "unknown-event"),
    ] {
        assert_eq!(node.get(MAKER, path).await.code(), code, "{path}");
    }
}

#[tokio::test]
async fn identifiers_and_words_come_in_the_form_that_is_asked_for() {
    let node = Node::new();
    let mut made = commission(1, &[]);
    made["epcList"] = json!(["urn:epc:id:sgtin:030001.0012345.77"]);
    made["readPoint"] = json!({ "id": "urn:epc:id:sgln:030001.111111.0" });
    node.accept(MAKER, document(&[made])).await;
    let path = format!("/epcs/{}/events", segment(&pack("77")));
    let links = (pack("77"), format!("https://id.gs1.org/414/{MAKER}"));
    let urns = (
        "urn:epc:id:sgtin:030001.0012345.77".to_owned(),
        "urn:epc:id:sgln:030001.111111.0".to_owned(),
    );
    for (format, (object, place)) in [
        (None, &links),
        (Some("Always_GS1_Digital_Link"), &links),
        (Some("Always_EPC_URN"), &urns),
        (Some("Never_Translates"), &urns),
        (Some("No_Preference"), &urns),
    ] {
        let headers: Vec<_> = format.iter().map(|f| ("gs1-epc-format", *f)).collect();
        let answer = node
            .call(MAKER, "GET", &path, &headers, Body::empty())
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let document = answer.json();
        let event = &document["epcisBody"]["queryResults"]["resultsBody"]["eventList"][0];
        assert_eq!(event["epcList"][0], object.as_str(), "{format:?}");
        assert_eq!(event["readPoint"]["id"], place.as_str(), "{format:?}");
    }
    let step = "bizStep>";
    for (format, max, written) in [
        (
            "Always_URN",
            "2.0",
            "urn:epcglobal:cbv:bizstep:commissioning",
        ),
        (
            "Always_Web_URI",
            "2.0",
            "https://ref.gs1.org/cbv/BizStep-commissioning",
        ),
        (
            "No_Preference",
            "1.2",
            "urn:epcglobal:cbv:bizstep:commissioning",
        ),
    ] {
        let headers = [
            ("accept", "application/xml"),
            ("gs1-epcis-max", max),
            ("gs1-cbv-xml-format", format),
        ];
        let text = node
            .call(MAKER, "GET", &path, &headers, Body::empty())
            .await
            .text();
        assert!(text.contains(&format!("{step}{written}</")), "{text}");
        // EPCIS 1.2 knows no Digital Links
        assert_eq!(text.contains(&urns.0), max == "1.2", "{text}");
    }
    node.accept(MAKER, document(&[commission(2, &["78"])]))
        .await;
    let linked = format!("/epcs/{}/events", segment(&pack("78")));
    for (path, headers, status, code) in [
        (
            &linked,
            &[("gs1-epc-format", "Always_EPC_URN")][..],
            406,
            "epc-format-not-offered",
        ),
        (&path, &[("gs1-epc-format", "URN")], 400, "bad-parameter"),
        (
            &path,
            &[("gs1-cbv-xml-format", "URN")],
            400,
            "bad-parameter",
        ),
        (
            &path,
            &[
                ("accept", "application/xml"),
                ("gs1-epcis-max", "1.2"),
                ("gs1-cbv-xml-format", "Always_Web_URI"),
            ],
            406,
            "cbv-format-not-offered",
        ),
        (
            &path,
            &[("gs1-epcis-max", "1.2")],
            406,
            "version-not-offered",
        ),
        (
            &path,
            &[("gs1-epcis-min", "2.1.0")],
            406,
            "version-not-offered",
        ),
        (&path, &[("accept", "text/csv")], 406, "not-acceptable"),
    ] {
        let answer = node.call(MAKER, "GET", path, headers, Body::empty()).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (status, code),
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn an_identifier_of_an_event_is_used_once() {
    let node = Node::new();
    let mut first = commission(1, &["1"]);
    first["eventID"] = json!("urn:uuid:831c0292-4de1-430a-8255-2aca821abaab");
    let mut second = commission(2, &["2"]);
    second["eventID"] = first["eventID"].clone();
    let send = async |event| {
        node.call(MAKER, "POST", "/events", &[], document(&[event]))
            .await
    };
    assert_eq!(send(first.clone()).await.status, StatusCode::CREATED);
    let taken = send(second).await;
    assert_eq!(
        (taken.status, taken.code().as_str()),
        (StatusCode::CONFLICT, "event-id-taken")
    );
    assert_eq!(
        taken.json()["type"],
        "epcisException:ResourceAlreadyExistsException"
    );
    // the same event again, declared in error, is the one exception
    first["errorDeclaration"] =
        json!({ "declarationTime": "2026-03-04T00:00:00Z", "reason": "incorrect_data" });
    assert_eq!(send(first).await.status, StatusCode::CREATED);
    let shown = node
        .get(
            MAKER,
            "/events/urn%3Auuid%3A831c0292-4de1-430a-8255-2aca821abaab",
        )
        .await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text());
}

#[tokio::test]
async fn what_a_rule_refuses_is_no_conflict_unless_it_exists_already() {
    let node = Node::new();
    node.accept(MAKER, document(&[commission(1, &["1"])])).await;
    let send = async |who: &str, event| {
        let answer = node
            .call(who, "POST", "/events", &[], document(&[event]))
            .await;
        let kind = answer.json()["type"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        (answer.status.as_u16(), answer.code(), kind)
    };
    assert_eq!(
        send(MAKER, commission(2, &["1"])).await,
        (
            409,
            "already-created".to_owned(),
            "epcisException:ResourceAlreadyExistsException".to_owned()
        )
    );
    let epcs = [pack("1")];
    let mut stolen = crate::common::documents::ship(3, &epcs, WHOLESALER, PHARMACY);
    stolen["eventTime"] = json!("2026-03-03T00:09:00Z");
    assert_eq!(
        send(WHOLESALER, stolen).await,
        (
            400,
            "not-custodian".to_owned(),
            "epcisException:ValidationException".to_owned()
        )
    );
}

#[tokio::test]
async fn lists_of_values_follow_the_standard() {
    let node = Node::new();
    node.accept(MAKER, document(&[commission(1, &["1"])])).await;
    // the standard's own types are there whether or not they have occurred
    for kind in ["ObjectEvent", "TransformationEvent"] {
        let answer = node.get(MAKER, &format!("/eventTypes/{kind}")).await;
        assert_eq!(answer.json()["member"], json!(["events"]), "{kind}");
    }
    for step in [
        "commissioning",
        "urn%3Aepcglobal%3Acbv%3Abizstep%3Acommissioning",
        "https%3A%2F%2Fref.gs1.org%2Fcbv%2FBizStep-commissioning",
    ] {
        for path in [
            format!("/bizSteps/{step}"),
            format!("/bizSteps/{step}/events"),
        ] {
            assert_eq!(
                node.get(MAKER, &path).await.status,
                StatusCode::OK,
                "{path}"
            );
        }
    }
    for path in [
        "/bizSteps/shipping",
        "/bizSteps/nonsense/events",
        "/eventTypes/Nonsense/events",
        "/epcs/nonsense/events",
        "/dispositions/nonsense",
    ] {
        let answer = node.get(MAKER, path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (404, "unknown-value"),
            "{path}"
        );
    }
    // a page may be shorter than asked for; a wrong number is an error all the same
    for path in ["/epcs", "/events", "/capture"] {
        let answer = node.get(MAKER, &format!("{path}?perPage=1000000")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let served = answer.header("pangolin-per-page").parse::<u32>().unwrap();
        assert!(
            (1..=1_000).contains(&served),
            "{path} says what it serves: {served}"
        );
        let answer = node.get(MAKER, &format!("{path}?perPage=0")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(answer.json()["place"], "perPage");
    }
    for path in ["/epcs", "/bizSteps", "/capture", "/eventTypes/ObjectEvent"] {
        let headers = [("accept", "image/png")];
        let answer = node.call(MAKER, "GET", path, &headers, Body::empty()).await;
        assert_eq!(answer.code(), "not-acceptable", "{path}");
    }
}
