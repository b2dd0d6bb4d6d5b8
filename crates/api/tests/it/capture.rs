//! Capture: documents in, jobs and events out.

use crate::common::{
    MAKER, Node, PHARMACY, WHOLESALER,
    documents::{
        commission, commission_in, dispense, document, event, pack, receive, ship,
        to_the_wholesaler,
    },
};
use axum::{body::Body, http::StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn a_document_becomes_final_events_with_receipts() {
    let node = Node::new();
    let job = node
        .accept(
            MAKER,
            document(&[commission(1, &["1", "2"]), commission(2, &["3"])]),
        )
        .await;
    assert_eq!(
        job["counts"],
        json!({ "events": 2, "captured": 2, "known": 0, "parked": 0, "rejected": 0 })
    );
    let events = job["events"].as_array().unwrap();
    for (index, event) in events.iter().enumerate() {
        assert_eq!(
            (&event["event"], &event["state"], &event["height"]),
            (&json!(index), &json!("captured"), &json!(1))
        );
        assert!(
            event["receipt"]
                .as_str()
                .unwrap()
                .starts_with("/proofs/receipt/ni%3A")
        );
    }
    let again = node
        .accept(
            MAKER,
            document(&[commission(1, &["1", "2"]), commission(2, &["3"])]),
        )
        .await;
    assert_eq!(
        again["counts"],
        json!({ "events": 2, "captured": 0, "known": 2, "parked": 0, "rejected": 0 })
    );
    assert_eq!(again["events"][0]["height"], 1);
}

#[tokio::test]
async fn hopeless_documents_are_refused_at_once_with_every_defect() {
    let node = Node::new();
    let mut one = commission(1, &["1"]);
    one["action"] = json!("MAKE");
    let mut two = commission(2, &["2"]);
    two["eventTime"] = json!("yesterday");
    let answer = node
        .call(MAKER, "POST", "/capture", &[], document(&[one, two]))
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    answer.code();
    let defects = answer.json()["defects"].as_array().unwrap().clone();
    let places: Vec<&str> = defects
        .iter()
        .map(|defect| defect["place"].as_str().unwrap())
        .collect();
    assert_eq!(
        places,
        [
            "/epcisBody/eventList/0/action",
            "/epcisBody/eventList/1/eventTime"
        ]
    );
    assert!(
        defects
            .iter()
            .all(|defect| !defect["remedy"].as_str().unwrap().is_empty())
    );
    for (body, headers, status) in [
        ("", &[][..], 400),
        ("hello", &[], 400),
        ("<a/>", &[], 400),
        ("{}", &[("content-type", "text/plain")], 415),
        ("{}", &[("content-type", "application/xml")], 415),
        ("{}", &[("content-encoding", "gzip")], 415),
        ("{}", &[("gs1-capture-error-behaviour", "maybe")], 400),
        ("{}", &[("gs1-epcis-version", "3.0")], 400),
    ] {
        let answer = node.call(MAKER, "POST", "/capture", headers, body).await;
        assert_eq!(
            answer.status.as_u16(),
            status,
            "{body} {headers:?} {}",
            answer.text()
        );
        answer.code();
    }
    assert_eq!(
        node.get(MAKER, "/capture").await.json(),
        json!([]),
        "nothing stays behind"
    );
}

#[tokio::test]
async fn all_or_nothing_is_kept() {
    let node = Node::new();
    let documents = [
        commission(1, &["1"]),
        commission(2, &["1"]),
        commission(3, &["3"]),
    ];
    for headers in [&[][..], &[("gs1-capture-error-behaviour", "rollback")]] {
        let job = node.capture(MAKER, document(&documents), headers).await;
        assert_eq!(
            (
                job["success"].as_bool(),
                job["captureErrorBehaviour"].as_str()
            ),
            (Some(false), Some("rollback"))
        );
        assert_eq!(job["counts"]["rejected"], 3, "{job:#}");
        let codes: Vec<&str> = job["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["code"].as_str().unwrap())
            .collect();
        assert_eq!(codes, ["rolled-back", "already-created", "rolled-back"]);
        assert_eq!(job["errors"][1]["refusal"]["subject"], pack("1"));
        assert_eq!(job["errors"][1]["refusal"]["kernel"], "K3");
    }
    assert_eq!(node.chain.height(), 0);
    let job = node
        .capture(
            MAKER,
            document(&documents),
            &[("gs1-capture-error-behaviour", "proceed")],
        )
        .await;
    assert_eq!(
        job["counts"],
        json!({ "events": 3, "captured": 2, "known": 0, "parked": 0, "rejected": 1 })
    );
    assert_eq!(job["errors"][0]["event"], 1);
}

#[tokio::test]
async fn a_document_that_cannot_be_read_whole_is_captured_as_far_as_the_sender_wants() {
    let node = Node::new();
    let mut broken = commission(2, &["2"]);
    broken["action"] = json!("MAKE");
    let text = document(&[commission(1, &["1"]), broken]);
    let answer = node
        .call(MAKER, "POST", "/capture", &[], text.clone())
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let job = node
        .capture(MAKER, text, &[("gs1-capture-error-behaviour", "proceed")])
        .await;
    assert_eq!(job["counts"]["captured"], 1, "{job:#}");
    assert_eq!(job["counts"]["rejected"], 1);
    let error = &job["errors"][0];
    assert_eq!(error["place"], "/epcisBody/eventList/1/action", "{job:#}");
    // told once, among what reading found
    assert!(error["defects"].is_null(), "{job:#}");
    assert_eq!(job["defects"][0]["code"], error["code"], "{job:#}");
}

#[tokio::test]
async fn many_refused_events_in_one_batch_do_not_stop_the_others() {
    let node = Node::new();
    let serials: Vec<String> = (0..60).map(|n| n.to_string()).collect();
    // every third event makes the pack of the event before it again
    let events: Vec<Value> = (0..60usize)
        .map(|n| {
            commission(
                u32::try_from(n).unwrap(),
                &[&serials[if n % 3 == 2 { n - 1 } else { n }]],
            )
        })
        .collect();
    let job = node
        .capture(
            MAKER,
            document(&events),
            &[("gs1-capture-error-behaviour", "proceed")],
        )
        .await;
    assert_eq!(
        job["counts"],
        json!({ "events": 60, "captured": 40, "known": 0, "parked": 0, "rejected": 20 })
    );
}

#[tokio::test]
async fn more_than_one_transaction_holds_goes_greedily_unless_forbidden() {
    let node = Node::new();
    let serials: Vec<String> = (0..1_200).map(|n| format!("s{n}")).collect();
    let events: Vec<Value> = serials
        .iter()
        .enumerate()
        .map(|(n, s)| commission(u32::try_from(n).unwrap() % 1_400, &[s]))
        .collect();
    let text = document(&events);
    let job = node
        .capture(
            MAKER,
            text.clone(),
            &[("gs1-capture-error-behaviour", "rollback")],
        )
        .await;
    assert_eq!(
        (&job["success"], &job["errors"][0]["code"]),
        (&json!(false), &json!("too-large-for-rollback"))
    );
    assert_eq!(node.chain.height(), 0);
    let job = node.accept(MAKER, text).await;
    assert_eq!(job["captureErrorBehaviour"], "proceed");
    assert_eq!(job["counts"]["captured"], 1_200);
    assert_eq!(node.chain.height(), 2);
}

#[tokio::test]
async fn events_that_come_too_early_wait_and_are_told_when_they_took_effect() {
    let node = Node::new();
    let epcs = [pack("1")];
    let job = node
        .accept(
            WHOLESALER,
            document(&[receive(3, &epcs, WHOLESALER, MAKER)]),
        )
        .await;
    assert_eq!(job["counts"]["parked"], 1, "{job:#}");
    assert_eq!(job["parked"][0]["missing"], pack("1"));
    let shipped = [commission(1, &["1"]), ship(2, &epcs, MAKER, WHOLESALER)];
    node.accept(MAKER, document(&shipped)).await;
    let path = format!("/capture/{}?events=0", job["captureID"].as_str().unwrap());
    let job = node.get(WHOLESALER, &path).await.json();
    assert_eq!(
        job["counts"],
        json!({ "events": 1, "captured": 1, "known": 0, "parked": 0, "rejected": 0 }),
        "{job:#}"
    );
    assert_eq!(job["events"][0]["state"], "captured");
}

#[tokio::test]
async fn a_busy_chain_delays_a_job_and_loses_nothing() {
    let node = Node::new();
    node.chain.be_busy(3);
    node.accept(MAKER, document(&[commission(1, &["1"])])).await;
}

#[tokio::test]
async fn limits_are_told_and_kept() {
    let node = Node::with(|config| {
        config.capture.max_bytes = 2_000;
        config.capture.max_events = 2;
    });
    let options = node
        .call("", "OPTIONS", "/capture", &[], Body::empty())
        .await;
    assert_eq!(options.status, StatusCode::NO_CONTENT);
    assert_eq!(options.header("gs1-epcis-capture-file-size-limit"), "2000");
    assert_eq!(options.header("gs1-epcis-capture-limit"), "2");
    assert_eq!(options.header("gs1-capture-error-behaviour"), "all");
    assert_eq!(options.header("allow"), "POST, GET, OPTIONS");
    let large = node
        .call(MAKER, "POST", "/capture", &[], " ".repeat(2_001))
        .await;
    assert_eq!(
        (large.status.as_u16(), large.code().as_str()),
        (413, "document-too-large")
    );
    assert_eq!(large.header("gs1-epcis-capture-file-size-limit"), "2000");
    let many = document(&[
        event(1, "OBSERVE", "storing", &[pack("1")]),
        event(2, "OBSERVE", "storing", &[pack("1")]),
        event(3, "OBSERVE", "storing", &[pack("1")]),
    ]);
    for behaviour in ["rollback", "proceed"] {
        let headers = [("gs1-capture-error-behaviour", behaviour)];
        let answer = node
            .call(MAKER, "POST", "/capture", &headers, many.clone())
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (413, "events-too-many")
        );
        assert_eq!(answer.header("gs1-epcis-capture-limit"), "2");
        assert_eq!(
            answer.json()["type"],
            "epcisException:CaptureLimitExceededException"
        );
    }
}

#[tokio::test]
async fn unfinished_jobs_are_taken_up_when_the_node_starts_again() {
    use pangolin_api::{
        app::App,
        capture::job::{JobId, Order},
        clock::ManualClock,
    };
    let directory = crate::common::directory();
    let data = directory.path();
    let clock = ManualClock::at(crate::common::NOW_MS);
    let (deps, chain) = crate::common::deps(data, &clock, crate::common::NOW_MS - 1_000);
    let id = JobId::random();
    {
        // this engine never runs: the job stays where a crash would leave it
        let app = App::new(crate::common::config(data), deps.clone()).unwrap();
        let body = Body::from(document(&[commission(1, &["1"])]));
        let arrived = app.engine().spool().receive(&id, body).await.unwrap();
        let stored = app.engine().spool().keep(&id, arrived).await.unwrap();
        let order = Order {
            party: crate::common::party(MAKER),
            behaviour: None,
            mode: pangolin_epcis::read::Mode::Strict,
            placement: pangolin_api::own::Placement::Full,
        };
        let job = app.engine().accept(id, order, stored).await.unwrap();
        app.engine().store().start(job.no).unwrap();
    }
    let app = App::new(crate::common::config(data), deps).unwrap();
    let mut ends = app.engine().announcements();
    let engine = app.engine().clone();
    tokio::spawn(async move { engine.run().await });
    assert_eq!(ends.recv().await.unwrap(), id);
    let job = app.engine().store().job(&id).unwrap().unwrap();
    assert_eq!((job.counts.captured, chain.height()), (1, 1));
    assert!(
        !app.engine().spool().path(&id).exists(),
        "the document is not needed any more"
    );
}

#[tokio::test]
async fn each_defect_is_told_once() {
    let node = Node::new();
    let mut wrong = ship(2, &[pack("1")], MAKER, WHOLESALER);
    wrong["destinationList"][0]["destination"] = "https://id.gs1.org/417/9523000000013".into();
    let mut unread = commission(3, &["3"]);
    unread["eventTime"] = "yesterday".into();
    unread["action"] = "PERHAPS".into();
    let headers = [("gs1-capture-error-behaviour", "proceed")];
    let document = document(&[commission(1, &["1"]), wrong, unread]);
    let job = node.capture(MAKER, document, &headers).await;
    let mut told: Vec<String> = Vec::new();
    for error in job["errors"].as_array().unwrap() {
        assert!(
            error["place"]
                .as_str()
                .unwrap()
                .starts_with("/epcisBody/eventList/"),
            "{job:#}"
        );
        let more = error["defects"].as_array().into_iter().flatten();
        told.extend(more.map(|defect| format!("{} {}", defect["event"], defect["place"])));
    }
    let more = job["defects"].as_array().into_iter().flatten();
    told.extend(more.map(|defect| format!("{} {}", defect["event"], defect["place"])));
    let count = told.len();
    told.sort();
    told.dedup();
    assert_eq!(told.len(), count, "{job:#}");
    assert_eq!(count, 3, "{job:#}");
}

#[tokio::test]
async fn jobs_are_listed_for_their_party_only() {
    let node = Node::new();
    for serial in ["1", "2", "3"] {
        node.accept(
            MAKER,
            document(&[commission_in(1, &[serial], "L", "2027-01-31")]),
        )
        .await;
    }
    let page = node.get(MAKER, "/capture?perPage=2").await;
    assert_eq!(page.json().as_array().unwrap().len(), 2);
    let next = page
        .header("link")
        .strip_prefix('<')
        .unwrap()
        .split('>')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(
        node.get(MAKER, &next)
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let id = page.json()[0]["captureID"].as_str().unwrap().to_owned();
    assert_eq!(
        node.get(WHOLESALER, &format!("/capture/{id}")).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        node.get(MAKER, "/capture/nothing").await.code(),
        "unknown-job"
    );
    assert_eq!(
        node.get(MAKER, "/capture?page=1").await.code(),
        "bad-parameter"
    );
}

#[tokio::test]
async fn a_pack_goes_its_whole_way() {
    let node = Node::new();
    to_the_wholesaler(&node, &["1"]).await;
    let epcs = [pack("1")];
    node.accept(
        WHOLESALER,
        document(&[ship(4, &epcs, WHOLESALER, PHARMACY)]),
    )
    .await;
    node.accept(
        PHARMACY,
        document(&[
            receive(5, &epcs, PHARMACY, WHOLESALER),
            dispense(6, "1", PHARMACY),
        ]),
    )
    .await;
    let twice = node
        .capture(PHARMACY, document(&[dispense(7, "1", PHARMACY)]), &[])
        .await;
    assert_eq!(twice["errors"][0]["code"], "object-terminated", "{twice:#}");
}
