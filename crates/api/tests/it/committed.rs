//! Events of which the chain has a commitment only, fields shown of them, and the log of who got what.

use axum::{body::Body, http::StatusCode};
use pangolin_api::{app::App, own::Placement};
use pangolin_ledger::{
    ObjectId, Wire as _,
    tx::{Body as TxBody, Payload, SignedTransaction},
    walk::local::Want,
};
use serde_json::{Value, json};

use crate::common::{
    Answer, MAKER, Node, PHARMACY, REGULATOR, WHOLESALER,
    documents::{commission, document, pack, ship, to_the_wholesaler},
    segment,
};

const COMMITTED: (&str, &str) = ("pangolin-placement", "committed");

/// A shipment with a price that is nobody else's business.
fn priced(minute: u32, serial: &str) -> Value {
    let mut event = ship(minute, &[pack(serial)], MAKER, WHOLESALER);
    event["gs1ushc:price"] = json!("12.50");
    event
}

/// Captures a commissioning and a shipment of a pack without giving them to the chain; the identity of the shipment.
async fn shipped(node: &Node, serial: &str) -> String {
    node.accept(MAKER, document(&[commission(1, &[serial])]))
        .await;
    let job = node
        .capture(MAKER, document(&[priced(2, serial)]), &[COMMITTED])
        .await;
    assert_eq!(job["success"], true, "{job:#}");
    job["events"][0]["eventID"].as_str().unwrap().to_owned()
}

async fn fields(node: &Node, who: &str, id: &str, paths: &[&str]) -> Answer {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| format!("path={}", segment(path)))
        .collect();
    let path = format!("/fields/{}?{}", segment(id), paths.join("&"));
    node.get(who, &path).await
}

async fn log(node: &Node, who: &str) -> Vec<Value> {
    let answer = node.get(who, "/disclosures").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()["disclosures"].as_array().unwrap().clone()
}

/// The events in the last block.
async fn last_block(node: &Node) -> Vec<pangolin_ledger::tx::Event> {
    let height = node.chain.height();
    let chain: &dyn pangolin_chain::handle::Chain = node.chain.as_ref();
    let block = chain.transactions(height).await.unwrap();
    let signed = SignedTransaction::from_bytes(&block[0]).unwrap();
    match &signed.tx().body {
        TxBody::Events(events) => events.clone(),
        other => panic!("{other:?}"),
    }
}

fn price_path() -> &'static str {
    "/{http:~1~1epcis.gs1us.org~1hc~1ns}price"
}

#[tokio::test]
async fn the_chain_gets_the_commitment_and_the_owner_keeps_the_event() {
    let node = Node::new();
    let id = shipped(&node, "1").await;
    let recorded = last_block(&node).await;
    assert!(
        matches!(&recorded[0].payload, Payload::Committed(digest) if *digest == recorded[0].commitment)
    );
    assert_eq!(pangolin_profiles::capture::event_uri(&recorded[0].id), id);
    let bytes = recorded[0].to_bytes();
    let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    assert!(!holds(b"12.5") && !holds(b"price"));
    // the identity is no hash of the event that could be tried
    let hash = own_hash(&node, 2, "1");
    assert_ne!(hash, id);

    let shown = |answer: &Answer| {
        answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"][0].clone()
    };
    for name in [&id, &hash] {
        let own = node.get(MAKER, &format!("/events/{}", segment(name))).await;
        assert_eq!(
            own.header("pangolin-placement"),
            "committed",
            "{}",
            own.text()
        );
        assert_eq!(shown(&own)["gs1ushc:price"], "12.50", "{}", own.text());
    }
    let path = format!("/events/{}", segment(&id));
    for other in [WHOLESALER, REGULATOR] {
        let answer = node.get(other, &path).await;
        let event = shown(&answer);
        assert_eq!(event["bizStep"], "shipping");
        assert!(!answer.text().contains("12.50"), "{}", answer.text());
    }
    assert_eq!(node.get(PHARMACY, &path).await.code(), "unknown-event");
    // the event hash is the owner's own name for it
    let by_hash = format!("/events/{}", segment(&hash));
    assert_eq!(node.get(WHOLESALER, &by_hash).await.code(), "unknown-event");
}

/// The event hash of the priced shipment, as its sender computes it.
fn own_hash(node: &Node, minute: u32, serial: &str) -> String {
    use pangolin_epcis::read::{self, Mode};
    let text = document(&[priced(minute, serial)]);
    let read = read::document(read::json(text.as_bytes(), Mode::Lenient)).unwrap();
    let lexicon = node.app.deps().trade.lexicon();
    let reducer = pangolin_profiles::capture::Reducer::of_document(lexicon, &read.header);
    pangolin_profiles::capture::event_uri(&reducer.event_id(&read.events[0]))
}

#[tokio::test]
async fn fields_go_to_those_entitled_and_each_time_the_owner_learns_of_it() {
    let node = Node::new();
    let id = shipped(&node, "1").await;
    assert_eq!(log(&node, MAKER).await, Vec::<Value>::new());
    let own = fields(&node, MAKER, &id, &[price_path()]).await;
    assert!(own.text().contains("1 of "), "{}", own.text());
    assert!(own.text().contains("price=12.5"), "{}", own.text());
    assert_eq!(log(&node, MAKER).await.len(), 0, "the owner's own");

    let got = fields(
        &node,
        WHOLESALER,
        &id,
        &["/bizTransactionList/", price_path()],
    )
    .await;
    assert!(got.text().contains("3 of "), "{}", got.text());
    let got = fields(&node, REGULATOR, &id, &[]).await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.text());
    for stranger in [PHARMACY, ""] {
        let refused = fields(&node, stranger, &id, &[price_path()]).await;
        let code = if stranger.is_empty() {
            "not-signed-in"
        } else {
            "unknown-event"
        };
        assert_eq!(refused.code(), code);
    }
    let entries = log(&node, MAKER).await;
    let told = |entry: &Value| {
        (
            entry["asker"].as_str().unwrap().to_owned(),
            entry["right"].as_str().unwrap().to_owned(),
            entry["fields"].as_array().unwrap().len(),
        )
    };
    let told: Vec<_> = entries.iter().map(told).collect();
    assert_eq!(told.len(), 2, "{entries:#?}");
    assert_eq!((told[0].1.as_str(), told[0].2), ("party", 3));
    assert!(told[0].0.ends_with(WHOLESALER));
    assert_eq!(
        (told[1].1.as_str(), told[1].0.as_str()),
        ("authority", REGULATOR)
    );
    assert_eq!(entries[0]["events"], json!([id]));
    // nobody else sees it, and nobody is told of another's
    assert_eq!(log(&node, WHOLESALER).await, Vec::<Value>::new());
    let other = format!("/disclosures?owner={MAKER}");
    assert_eq!(node.get(REGULATOR, &other).await.code(), "not-your-party");
    assert_eq!(node.get("", "/disclosures").await.code(), "not-signed-in");
    let page = node.get(MAKER, "/disclosures?limit=1").await.json();
    assert_eq!(page["next"], entries[0]["no"]);
    let rest = format!("/disclosures?after={}", page["next"]);
    let rest = node.get(MAKER, &rest).await.json();
    assert_eq!(rest["disclosures"], json!([entries[1]]));
}

#[tokio::test]
async fn what_others_read_of_events_is_written_down() {
    let node = Node::new();
    let id = shipped(&node, "1").await;
    node.get(WHOLESALER, &format!("/events/{}", segment(&id)))
        .await;
    node.get(WHOLESALER, "/events").await;
    node.get(REGULATOR, "/events").await;
    node.get(MAKER, "/events").await;
    let rights: Vec<_> = log(&node, MAKER)
        .await
        .iter()
        .map(|entry| {
            (
                entry["right"].clone(),
                entry["events"].as_array().unwrap().len(),
            )
        })
        .collect();
    assert_eq!(
        rights,
        [
            (json!("party"), 1),
            (json!("party"), 1),
            (json!("authority"), 2)
        ]
    );
}

#[tokio::test]
async fn bad_questions_for_fields_are_told_what_is_wrong() {
    let node = Node::new();
    let id = shipped(&node, "1").await;
    let code = async |path: &str| node.get(MAKER, path).await.code();
    let at = format!("/fields/{}", segment(&id));
    assert_eq!(code("/fields/urn%3Aa%3Ab").await, "bad-parameter");
    assert_eq!(code(&format!("{at}?paht=/a")).await, "bad-parameter");
    assert_eq!(code(&format!("{at}?path=bizStep")).await, "bad-parameter");
    assert_eq!(code(&format!("{at}?path=/nothing")).await, "no-such-field");
    let unknown = format!("/fields/{}", segment(&id.replace(&id[15..20], "00000")));
    assert_eq!(code(&unknown).await, "unknown-event");
    let many: Vec<String> = (0..65).map(|n| format!("path=/a{n}")).collect();
    assert_eq!(
        code(&format!("{at}?{}", many.join("&"))).await,
        "bad-parameter"
    );
    let headers = [("pangolin-placement", "somewhere")];
    let refused = node
        .call(MAKER, "POST", "/capture", &headers, document(&[]))
        .await;
    assert_eq!(refused.code(), "bad-parameter");
}

#[tokio::test]
async fn events_in_blocks_are_shown_field_by_field_too() {
    let node = Node::new();
    let job = node
        .accept(MAKER, document(&[commission(1, &["1", "2"])]))
        .await;
    let id = job["events"][0]["eventID"].as_str().unwrap();
    let got = fields(&node, MAKER, id, &["/epcList/"]).await;
    assert!(got.text().contains("2 of "), "{}", got.text());
}

#[tokio::test]
async fn the_same_event_is_recorded_once_wherever_it_is_kept() {
    let node = Node::new();
    let id = shipped(&node, "1").await;
    let height = node.chain.height();
    for headers in [&[COMMITTED][..], &[]] {
        let job = node
            .capture(MAKER, document(&[priced(2, "1")]), headers)
            .await;
        assert_eq!(job["events"][0]["state"], "known", "{job:#}");
        assert_eq!(job["events"][0]["eventID"], id.as_str());
    }
    // recorded in full before, it stays so
    let job = node
        .capture(MAKER, document(&[commission(1, &["1"])]), &[COMMITTED])
        .await;
    assert_eq!(job["events"][0]["state"], "known", "{job:#}");
    assert_eq!(node.chain.height(), height);
    let mut one = priced(2, "1");
    one["@context"] = json!([
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        { "gs1ushc": "http://epcis.gs1us.org/hc/ns" }
    ]);
    let again = node
        .call(MAKER, "POST", "/events", &[COMMITTED], one.to_string())
        .await;
    assert_eq!(again.code(), "already-recorded");
}

#[tokio::test]
async fn an_event_that_only_its_owner_has_is_declared_in_error_like_any_other() {
    let node = Node::new();
    let id = shipped(&node, "1").await;
    let mut wrong = priced(2, "1");
    wrong["errorDeclaration"] = json!({
        "declarationTime": "2026-03-04T00:00:00Z", "reason": "incorrect_data"
    });
    let job = node.accept(MAKER, document(&[wrong])).await;
    assert_eq!(job["events"][0]["eventID"], id.as_str(), "{job:#}");
}

/// Proofs tell in words, or with the transaction, what happened: that is a disclosure like any other.
#[tokio::test]
async fn what_proofs_tell_of_events_is_written_down() {
    let node = Node::new();
    let pack = segment(&pack("1"));
    let object = ObjectId::new("known").unwrap();
    let want = hex::encode(Want::Object(object).to_bytes());
    let asked = [
        format!("/proofs/custody/{pack}"),
        format!("/proofs/receipt/{}", "ab".repeat(32)),
        format!("/proofs/provenance?want={want}"),
    ];
    for path in &asked {
        for who in [WHOLESALER, REGULATOR, MAKER] {
            let answer = node.get(who, path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        }
    }
    // words left out are not told
    node.get(WHOLESALER, &format!("{}&texts=none", asked[2]))
        .await;
    node.get(WHOLESALER, &format!("/proofs/status/{pack}"))
        .await;
    let rights: Vec<_> = log(&node, MAKER)
        .await
        .iter()
        .map(|entry| entry["right"].clone())
        .collect();
    let each = [json!("party"), json!("authority")];
    assert_eq!(rights, [each.clone(), each.clone(), each].concat());
}

#[tokio::test]
async fn without_the_log_nothing_is_disclosed() {
    let node = Node::with(|config| config.disclosures = 1);
    let id = shipped(&node, "1").await;
    let first = fields(&node, WHOLESALER, &id, &["/bizStep"]).await;
    assert_eq!(first.status, StatusCode::OK);
    let second = fields(&node, WHOLESALER, &id, &["/bizStep"]).await;
    assert_eq!(second.code(), "disclosure-log-full");
    let page = node.get(REGULATOR, "/events").await;
    assert_eq!(page.code(), "disclosure-log-full");
    let receipt = format!("/proofs/receipt/{}", "ab".repeat(32));
    let receipt = node.get(REGULATOR, &receipt).await;
    assert_eq!(receipt.code(), "disclosure-log-full");
    let own = fields(&node, MAKER, &id, &["/bizStep"]).await;
    assert_eq!(own.status, StatusCode::OK, "what is one's own goes on");

    // a log that cannot be written
    let node = Node::new();
    let id = shipped(&node, "1").await;
    let file = node.data.path().join("disclosures.sqlite");
    let other = rusqlite::Connection::open(file).unwrap();
    other.execute_batch("DROP TABLE disclosures").unwrap();
    let failed = fields(&node, WHOLESALER, &id, &["/bizStep"]).await;
    assert_eq!(
        (failed.status, failed.code().as_str()),
        (StatusCode::INTERNAL_SERVER_ERROR, "own-store")
    );
    assert!(!failed.text().contains("shipping"));
}

#[tokio::test]
async fn what_was_lost_is_said_and_comes_back_with_the_same_document() {
    let node = Node::new();
    let id = shipped(&node, "1").await;
    let file = node.data.path().join("events.sqlite");
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("DELETE FROM events").unwrap();
    let lost = fields(&node, MAKER, &id, &["/bizStep"]).await;
    assert_eq!(lost.code(), "full-event-lost");
    let left = node.get(MAKER, &format!("/events/{}", segment(&id))).await;
    assert!(left.text().contains("shipping") && !left.text().contains("12.50"));
    let job = node
        .capture(MAKER, document(&[priced(2, "1")]), &[COMMITTED])
        .await;
    assert_eq!(job["events"][0]["state"], "known", "{job:#}");
    let back = fields(&node, MAKER, &id, &[price_path()]).await;
    assert!(back.text().contains("price=12.5"), "{}", back.text());
}

#[tokio::test]
async fn the_log_and_the_events_are_there_after_a_restart() {
    let node = Node::with(|config| config.capture.placement = Placement::Committed);
    node.accept(MAKER, document(&[commission(1, &["1"])])).await;
    let job = node.accept(MAKER, document(&[priced(2, "1")])).await;
    let id = job["events"][0]["eventID"].as_str().unwrap();
    fields(&node, WHOLESALER, id, &["/bizStep"]).await;
    // another process on the same files, while the first has not closed them
    let config = crate::common::config(node.data.path());
    let again = App::new(config, node.app.deps().clone()).unwrap();
    let events = again.own().events.count().unwrap();
    assert_eq!(events, 2);
    let owner = crate::common::party(MAKER);
    let page = again.own().log.of(&owner, 0, 10).unwrap();
    assert_eq!(page.entries.len(), 1);
    assert_eq!(again.own().log.broken().unwrap(), None);
    let _nothing = Body::empty();
}

/// Askers and rights in an owner's log, each with the number of events.
async fn told(node: &Node, owner: &str) -> Vec<(String, String, usize)> {
    let entries = log(node, owner).await;
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
    entries
        .iter()
        .map(|entry| {
            let events = entry["events"].as_array().unwrap().len();
            let asker = text(entry, "asker");
            let known = [REGULATOR, MAKER, WHOLESALER];
            let who = known.into_iter().find(|who| asker.ends_with(who)).unwrap();
            (who.to_owned(), text(entry, "right"), events)
        })
        .collect()
}

#[tokio::test]
async fn owners_see_who_traced_their_events() {
    let node = Node::new();
    to_the_wholesaler(&node, &["1"]).await;
    let own = log(&node, MAKER).await.len() + log(&node, WHOLESALER).await.len();
    assert_eq!(own, 0, "nobody asked yet");
    let path = format!("/trace/{}", segment(&pack("1")));
    assert_eq!(node.get(PHARMACY, &path).await.code(), "no-part");
    for who in [REGULATOR, WHOLESALER, MAKER] {
        assert_eq!(node.get(who, &path).await.status, StatusCode::OK, "{who}");
    }
    let page = format!("/pack/trace?q={}", segment(&pack("1")));
    assert_eq!(node.get(REGULATOR, &page).await.status, StatusCode::OK);

    let by = |who: &str, right: &str, events| (who.to_owned(), right.to_owned(), events);
    // it commissioned and shipped; the wholesaler is named by the shipment
    let made = [
        by(REGULATOR, "authority", 2),
        by(WHOLESALER, "party", 1),
        by(WHOLESALER, "custody", 1),
        by(REGULATOR, "authority", 2),
    ];
    assert_eq!(told(&node, MAKER).await, made);
    let received = told(&node, WHOLESALER).await;
    assert_eq!(received.len(), 3, "{received:?}");
    assert!(received.iter().all(|(.., events)| *events == 1));
    assert_eq!(told(&node, PHARMACY).await, []);
}

#[tokio::test]
async fn without_the_log_nobody_else_gets_a_trace() {
    let node = Node::with(|config| config.disclosures = 1);
    to_the_wholesaler(&node, &["1"]).await;
    let path = format!("/trace/{}", segment(&pack("1")));
    let refused = node.get(REGULATOR, &path).await;
    assert_eq!(refused.code(), "disclosure-log-full");
    assert_eq!(told(&node, MAKER).await, []);
}
