//! Refusals: open while another validator may take what was refused, and then settled.

use std::time::Duration;

use axum::body::Body;
use pangolin_api::{app::App, capture::job::JobId, limits::BATCH_VALIDITY_BLOCKS, router::router};
use serde_json::{Value, json};

use crate::common::{
    MAKER, Node, PHARMACY, REGULATOR, WHOLESALER,
    documents::{commission, dispense, document, pack, receive, ship, to_the_wholesaler},
};

/// A job that was refused, with its path.
async fn refused(node: &Node, headers: &[(&str, &str)], events: &[Value]) -> (Value, String) {
    let job = node.capture(PHARMACY, document(events), headers).await;
    assert_eq!(job["success"], false, "{job:#}");
    let until = node.chain.height() + BATCH_VALIDITY_BLOCKS;
    assert_eq!(job["openUntil"], until, "{job:#}");
    let path = format!("/capture/{}?events=0", job["captureID"].as_str().unwrap());
    (job, path)
}

/// Brings packs to the pharmacy.
async fn to_the_pharmacy(node: &Node, serials: &[&str]) {
    to_the_wholesaler(node, serials).await;
    let epcs: Vec<String> = serials.iter().map(|serial| pack(serial)).collect();
    let shipment = document(&[ship(4, &epcs, WHOLESALER, PHARMACY)]);
    node.accept(WHOLESALER, shipment).await;
    let receipt = document(&[receive(5, &epcs, PHARMACY, WHOLESALER)]);
    node.accept(PHARMACY, receipt).await;
}

/// How a job stands when nothing of it is open any more.
async fn settled(node: &Node, path: &str) -> Value {
    let path = format!("{path}&wait=20&settled=true");
    let job = node.get(PHARMACY, &path).await.json();
    assert_eq!(job["openUntil"], Value::Null, "{job:#}");
    job
}

const ROLLBACK: [(&str, &str); 1] = [("gs1-capture-error-behaviour", "rollback")];

/// A refusal is of the state of a moment. Another validator that still has the transaction may take it in a later state: all of it at once.
#[tokio::test]
async fn what_was_refused_and_taken_after_all_is_told() {
    for told in [true, false] {
        let node = Node::new();
        let early = [dispense(6, "1", PHARMACY), dispense(7, "2", PHARMACY)];
        let (job, path) = refused(&node, &ROLLBACK, &early).await;
        for (error, code) in [(0, "object-absent"), (1, "rolled-back")] {
            let error = &job["errors"][error];
            assert_eq!(error["code"], code, "{job:#}");
            assert_eq!(error["openUntil"], job["openUntil"], "{job:#}");
            assert_eq!(error["transaction"], job["events"][0]["transaction"]);
        }
        assert_eq!(job["counts"]["rejected"], 2, "{job:#}");
        let xml = [("accept", "application/xml")];
        let shown = node.call(PHARMACY, "GET", &path, &xml, Body::empty()).await;
        let until = format!("<openUntil>{}</openUntil>", job["openUntil"]);
        assert_eq!(shown.text().matches(&until).count(), 2, "{}", shown.text());

        to_the_pharmacy(&node, &["1", "2"]).await;
        assert_eq!(node.get(PHARMACY, &path).await.json(), job, "not yet");
        assert!(node.chain.try_the_refused_again(told));
        if !told {
            node.chain.idle(BATCH_VALIDITY_BLOCKS);
        }
        let later = settled(&node, &path).await;
        assert_eq!(later["success"], true, "{later:#}");
        assert_eq!(
            later["counts"],
            json!({ "events": 2, "captured": 2, "known": 0, "parked": 0, "rejected": 0 })
        );
        assert_eq!(later["errors"], json!([]), "{later:#}");
        for (before, after) in [0, 1].map(|at| (&job["events"][at], &later["events"][at])) {
            assert_eq!(after["state"], "captured", "{later:#}");
            assert_eq!(after["transaction"], before["transaction"], "{later:#}");
        }
    }
}

/// No block after the last one that could take it does.
#[tokio::test]
async fn what_was_refused_is_refused_for_good_when_nobody_can_take_it_any_more() {
    let mut node = Node::new();
    let (job, path) = refused(&node, &ROLLBACK, &[dispense(6, "1", PHARMACY)]).await;
    node.chain.idle(BATCH_VALIDITY_BLOCKS - 1);
    // another life looks anew
    restart(&mut node);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(
        node.get(PHARMACY, &path).await.json(),
        job,
        "one block more"
    );
    node.chain.idle(1);
    let later = settled(&node, &path).await;
    assert_eq!(later["success"], false, "{later:#}");
    let error = &later["errors"][0];
    assert_eq!(error["code"], "object-absent", "{later:#}");
    assert_eq!(error["openUntil"], Value::Null, "{later:#}");
    assert_eq!(error["transaction"], Value::Null, "{later:#}");
    to_the_pharmacy(&node, &["1"]).await;
    assert!(
        !node.chain.try_the_refused_again(true),
        "its validity is over"
    );
}

/// The rest of the document was sent without the refused event, in another transaction: the first one adds that event alone.
#[tokio::test]
async fn a_refused_event_is_taken_after_all_beside_what_was_taken_without_it() {
    for told in [true, false] {
        let node = Node::new();
        to_the_wholesaler(&node, &["1"]).await;
        let shipment = document(&[ship(4, &[pack("1")], WHOLESALER, PHARMACY)]);
        node.accept(WHOLESALER, shipment).await;
        let proceed = [("gs1-capture-error-behaviour", "proceed")];
        let events = [
            receive(5, &[pack("1")], PHARMACY, WHOLESALER),
            dispense(7, "2", PHARMACY),
        ];
        let job = node.capture(PHARMACY, document(&events), &proceed).await;
        let counts = |captured, rejected| json!({ "events": 2, "captured": captured, "known": 0, "parked": 0, "rejected": rejected });
        assert_eq!(job["counts"], counts(1, 1), "{job:#}");
        let path = format!("/capture/{}?events=0", job["captureID"].as_str().unwrap());
        let make = document(&[commission(1, &["2"])]);
        node.accept(MAKER, make).await;
        let second = [pack("2")];
        for (who, event) in [
            (MAKER, ship(2, &second, MAKER, PHARMACY)),
            (PHARMACY, receive(3, &second, PHARMACY, MAKER)),
        ] {
            node.accept(who, document(&[event])).await;
        }
        assert!(node.chain.try_the_refused_again(told));
        if !told {
            node.chain.idle(BATCH_VALIDITY_BLOCKS);
        }
        let later = settled(&node, &path).await;
        assert_eq!(later["counts"], counts(2, 0), "{later:#}");
        assert_eq!(later["events"][0], job["events"][0], "{later:#}");
        assert_eq!(
            later["events"][1]["transaction"], job["events"][1]["transaction"],
            "{later:#}"
        );
    }
}

/// Ends this life of the node and begins another.
fn restart(node: &mut Node) {
    node.app.engine().stop();
    let config = crate::common::config(node.data.path());
    node.app = App::new(config, node.app.deps().clone()).unwrap();
    node.router = router(node.app.clone());
    let engine = node.app.engine().clone();
    tokio::spawn(async move { engine.run().await });
}

/// What is open is in the store: another life of the node finds out what was taken while it was away.
#[tokio::test]
async fn open_refusals_are_followed_by_the_next_life_of_the_node() {
    let mut node = Node::new();
    let (job, path) = refused(&node, &ROLLBACK, &[dispense(6, "1", PHARMACY)]).await;
    let id = JobId::parse(job["captureID"].as_str().unwrap()).unwrap();
    restart(&mut node);
    to_the_pharmacy(&node, &["1"]).await;
    assert!(node.chain.try_the_refused_again(false));
    let kept = node.app.engine().store().job(&id).unwrap().unwrap();
    assert_eq!((kept.counts.rejected, kept.counts.captured), (1, 0));
    restart(&mut node);
    let job = settled(&node, &path).await;
    assert_eq!(job["counts"]["captured"], 1, "{job:#}");
}

/// Whoever sends a single event, or a finished transaction, is told as well up to when a refusal is open.
#[tokio::test]
async fn a_refusal_says_until_when_it_is_open() {
    let node = Node::new();
    let mut event = dispense(6, "1", PHARMACY);
    event["@context"] = json!([
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        { "gs1ushc": "http://epcis.gs1us.org/hc/ns" }
    ]);
    let event = event.to_string();
    let answer = node.call(PHARMACY, "POST", "/events", &[], event).await;
    assert_eq!(answer.code(), "object-absent");
    let problem = answer.json();
    let until = node.chain.height() + BATCH_VALIDITY_BLOCKS;
    assert_eq!(problem["openUntil"], until, "{problem:#}");
    assert_eq!(problem["transaction"].as_str().unwrap().len(), 64);

    let approve = pangolin_ledger::tx::OrderBody::Approve {
        order: pangolin_ledger::id::OrderId([7; 32]),
    };
    let answer = crate::common::chain_order(&node, REGULATOR, approve).await;
    let problem = answer.json();
    assert_eq!(problem["code"], "order-unknown", "{problem:#}");
    assert_eq!(problem["openUntil"], node.chain.height() + 100);
}

/// The same statement of a later job is that job's.
#[tokio::test]
async fn what_was_refused_stays_refused_where_another_statement_was_taken() {
    let node = Node::new();
    let early = [dispense(6, "1", PHARMACY)];
    let (job, path) = refused(&node, &[], &early).await;
    assert_eq!(job["errors"][0]["code"], "object-absent", "{job:#}");
    to_the_pharmacy(&node, &["1"]).await;
    node.accept(PHARMACY, document(&early)).await;
    node.chain.idle(BATCH_VALIDITY_BLOCKS);
    let job = settled(&node, &path).await;
    assert_eq!(job["success"], false, "{job:#}");
    assert_eq!(job["counts"]["rejected"], 1, "{job:#}");
}
