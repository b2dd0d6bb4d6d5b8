//! Traces, whereabouts, parties, orders, transactions, proofs, pages.

use crate::common::{
    MAKER, Node, PHARMACY, REGULATOR, WHOLESALER, chain_order,
    documents::{ITEM, LOT, commission, document, pack, to_the_wholesaler},
    key_of, recall_lot, redact, segment, signed,
};
use axum::body::Body;
use pangolin_ledger::tx::OrderBody;
use serde_json::json;

#[tokio::test]
async fn a_trace_tells_everything_and_what_is_missing() {
    let node = Node::new();
    to_the_wholesaler(&node, &["1"]).await;
    let path = format!("/trace/{}", segment(&pack("1")));
    let trace = node.get(REGULATOR, &path).await.json();
    assert_eq!(trace["complete"], true, "{trace:#}");
    insta::assert_json_snapshot!(trace);
    assert_eq!(node.get(WHOLESALER, &path).await.status.as_u16(), 200);
    assert_eq!(node.get(PHARMACY, &path).await.code(), "no-part");
    assert_eq!(
        node.get(MAKER, &format!("/trace/{}", segment(&pack("77"))))
            .await
            .code(),
        "not-found"
    );
    assert_eq!(
        node.get(MAKER, &format!("{path}?direction=up"))
            .await
            .code(),
        "bad-parameter"
    );
    for direction in ["forward", "contents"] {
        assert_eq!(
            node.get(MAKER, &format!("{path}?direction={direction}&depth=3"))
                .await
                .status
                .as_u16(),
            200
        );
    }
    let early = document(&[crate::common::documents::receive(
        9,
        &[pack("8")],
        WHOLESALER,
        MAKER,
    )]);
    node.accept(WHOLESALER, early).await;
    let trace = node
        .get(WHOLESALER, &format!("/trace/{}", segment(&pack("8"))))
        .await
        .json();
    assert_eq!(trace["complete"], false, "{trace:#}");
    assert!(
        trace["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|node| node["kind"] == "unknown")
    );
}

#[tokio::test]
async fn a_lot_is_found_wherever_it_is() {
    let node = Node::new();
    node.accept(MAKER, document(&[commission(0, &["9"])])).await;
    to_the_wholesaler(&node, &["1", "2"]).await;
    let path = format!("/lots/{ITEM}/{LOT}/whereabouts");
    let all = node.get(REGULATOR, &path).await.json();
    insta::assert_json_snapshot!(all);
    assert_eq!(
        node.get(MAKER, &path).await.json()["counted"],
        3,
        "who made it sees all of it"
    );
    let own = node.get(WHOLESALER, &path).await.json();
    assert_eq!(
        (&own["counted"], own["holders"].as_array().unwrap().len()),
        (&json!(2), 1)
    );
    assert_eq!(node.get(PHARMACY, &path).await.json()["holders"], json!([]));
    assert_eq!(
        node.get(REGULATOR, &format!("/lots/{ITEM}/NONE/whereabouts"))
            .await
            .code(),
        "not-found"
    );
}

#[tokio::test]
async fn orders_are_signed_by_officers_and_take_effect() {
    let node = Node::new();
    to_the_wholesaler(&node, &["1"]).await;
    let refused = chain_order(&node, WHOLESALER, recall_lot(LOT)).await;
    assert_eq!(
        (refused.status.as_u16(), refused.json()["rule"].as_str()),
        (403, Some("authority.role")),
        "{}",
        refused.text()
    );
    let made = chain_order(&node, REGULATOR, recall_lot(LOT)).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.text());
    let location = made.header("location");
    let mut order = node.get(PHARMACY, &location).await.json();
    assert_eq!(order["state"], "active");
    redact(&mut order);
    insta::assert_json_snapshot!(order);
    assert_eq!(
        node.get(PHARMACY, "/orders?state=active").await.json()["orders"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let id = location.rsplit('/').next().unwrap();
    let mut bytes = [0; 32];
    hex::decode_to_slice(id, &mut bytes).unwrap();
    let release = OrderBody::Release {
        order: pangolin_ledger::OrderId(bytes),
        only: None,
        legal_basis: "21 CFR 7.55".into(),
    };
    assert_eq!(
        chain_order(&node, REGULATOR, release).await.status.as_u16(),
        201
    );
    assert_eq!(
        node.get(PHARMACY, &location).await.json()["state"],
        "released"
    );
    assert_eq!(
        node.get(PHARMACY, &format!("/orders/{}", "0".repeat(64)))
            .await
            .code(),
        "unknown-order"
    );
    let not_an_order = node.call(REGULATOR, "POST", "/orders", &[], "x").await;
    assert_eq!(not_an_order.status.as_u16(), 400);
    not_an_order.code();
    let json = [("content-type", "application/json; charset=utf-8")];
    for path in ["/orders", "/transactions"] {
        let answer = node.call(REGULATOR, "POST", path, &json, "{}").await;
        assert_eq!(answer.status.as_u16(), 415);
        assert_eq!(answer.code(), "not-binary", "{path}");
        let text = answer.text();
        for word in ["application/octet-stream", "pangolin order", "Content-Type"] {
            assert!(text.contains(word), "{text}");
        }
        // whoever does not say what it is learns the same
        for body in ["{}", ""] {
            let answer = node.call(REGULATOR, "POST", path, &[], body).await;
            assert_eq!(answer.status.as_u16(), 400);
            let problem = answer.json();
            assert!(problem["place"].is_string(), "{problem}");
            let remedy = problem["remedy"].as_str().unwrap();
            assert!(remedy.contains("application/octet-stream"), "{problem}");
        }
    }
}

#[tokio::test]
async fn transactions_are_taken_one_after_the_other() {
    let node = Node::new();
    let one = signed(
        &node,
        REGULATOR,
        pangolin_ledger::tx::Body::Order(recall_lot("A")),
    );
    let two = signed(
        &node,
        REGULATOR,
        pangolin_ledger::tx::Body::Order(recall_lot("B")),
    );
    let mut bad = signed(
        &node,
        REGULATOR,
        pangolin_ledger::tx::Body::Order(recall_lot("C")),
    )
    .to_vec();
    let last = bad.len() - 1;
    bad[last] ^= 1;
    let body: Vec<u8> = [&one[..], &two[..], &bad[..]].concat();
    let answer = node
        .call(REGULATOR, "POST", "/transactions?wait=5", &[], body)
        .await;
    let states: Vec<String> = answer
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["state"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        (answer.status.as_u16(), states),
        (
            200,
            vec!["final".into(), "final".into(), "not-taken".into()]
        )
    );
    // whoever lost the answer sends it again and gets it
    let again = node
        .call(REGULATOR, "POST", "/transactions?wait=5", &[], one.clone())
        .await;
    assert_eq!(again.status.as_u16(), 200);
    let first = &again.json()[0];
    assert_eq!(
        (&first["state"], &first["height"]),
        (&json!("final"), &json!(1))
    );
    let again = node.call(REGULATOR, "POST", "/orders", &[], one).await;
    assert_eq!(
        (again.status.as_u16(), &again.json()["state"]),
        (201, &json!("final"))
    );
    let id = answer.json()[0]["id"].as_str().unwrap().to_owned();
    let shown = node
        .get(PHARMACY, &format!("/transactions/{id}"))
        .await
        .json();
    assert_eq!(
        (&shown["height"], &shown["state"]),
        (&json!(1), &json!("final"))
    );
    assert_eq!(
        node.get(PHARMACY, &format!("/transactions/{}", "0".repeat(64)))
            .await
            .code(),
        "unknown-transaction"
    );
    assert_eq!(
        node.call(REGULATOR, "POST", "/transactions", &[], Body::empty())
            .await
            .code(),
        "no-transactions"
    );
}

#[tokio::test]
async fn parties_have_names_and_roles() {
    let node = Node::new();
    insta::assert_json_snapshot!(node.get(PHARMACY, "/parties").await.json());
    insta::assert_json_snapshot!(
        node.get(PHARMACY, &format!("/parties/{MAKER}"))
            .await
            .json()
    );
    let page = node.get(PHARMACY, "/parties?limit=2").await.json();
    let next = page["next"].as_str().unwrap();
    assert_eq!(
        node.get(PHARMACY, &format!("/parties?limit=5&after={next}"))
            .await
            .json()["parties"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        node.get(PHARMACY, "/parties/9071404000002").await.code(),
        "unknown-party"
    );
}

#[tokio::test]
async fn proofs_are_handed_out_in_the_form_that_is_wanted() {
    let node = Node::new();
    let path = format!("/proofs/custody/{}", segment("(01)00300010123455(21)1"));
    let json = node.get("", &path).await;
    assert_eq!(
        json.json(),
        json!({ "of": format!("custody {}", pack("1")) })
    );
    let bytes = node
        .call(
            "",
            "GET",
            &path,
            &[("accept", "application/octet-stream")],
            "",
        )
        .await;
    assert_eq!(
        (
            bytes.header("content-type").as_str(),
            bytes.header("pangolin-height").as_str()
        ),
        ("application/vnd.pangolin.proof", "7")
    );
    let event =
        "ni:///sha-256;0101010101010101010101010101010101010101010101010101010101010101?ver=CBV2.0";
    assert!(
        node.get("", &format!("/proofs/receipt/{}", segment(event)))
            .await
            .text()
            .contains("Event(0101")
    );
    assert!(
        node.get("", &format!("/proofs/receipt/{}", "02".repeat(32)))
            .await
            .text()
            .contains("Transaction(0202")
    );
}

/// Who shows a block shows nothing of what is in it, so anybody may ask. What a block is shown with is tested with real certificates.
#[tokio::test]
async fn blocks_are_asked_for_by_height() {
    let node = Node::new();
    to_the_wholesaler(&node, &["1"]).await;
    for (height, status, code) in [
        ("999", 404, "not-final"),
        ("18446744073709551615", 404, "not-final"),
        ("18446744073709551616", 400, "bad-parameter"),
        ("-1", 400, "bad-parameter"),
        ("last", 400, "bad-parameter"),
        // the chain of these tests keeps no headers
        ("latest", 410, "pruned"),
        ("1", 410, "pruned"),
    ] {
        let answer = node.get("", &format!("/proofs/header/{height}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (status, code),
            "{height}"
        );
    }
    let more = node.get("", "/proofs/header/1?x=1").await;
    assert_eq!(more.status.as_u16(), 400);
}

#[tokio::test]
async fn the_node_tells_how_it_stands() {
    let node = Node::new();
    assert_eq!(
        node.get("", "/readyz").await.status.as_u16(),
        503,
        "no block is final yet"
    );
    to_the_wholesaler(&node, &["1"]).await;
    let mut status = node.get("", "/status").await.json();
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
    status["version"] = json!("…");
    insta::assert_json_snapshot!(status);
    assert_eq!(
        node.get("", "/readyz").await.json(),
        json!({ "ready": true, "reasons": [] })
    );
    assert_eq!(
        node.get("", "/healthz").await.json(),
        json!({ "alive": true })
    );
    let metrics = node.get(REGULATOR, "/metrics").await.text();
    for line in [
        "pangolin_height 3",
        "pangolin_block_time_seconds 1772712000.002",
        "pangolin_votes 1",
        "pangolin_peers 2",
        "pangolin_index_height 3",
        "pangolin_api_requests_total{method=\"GET\",route=\"/status\",status=\"200\"} 1",
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line}\n{metrics}"
        );
    }
    let others = node.get(REGULATOR, "/status").await.json();
    assert_eq!(
        others["otherPeers"],
        json!([{ "name": "watch", "key": "17".repeat(32), "connected": true }]),
        "who else is connected is for operators and authorities"
    );
    assert!(node.get(MAKER, "/status").await.json()["otherPeers"].is_null());
    let described = node.get("", "/openapi.json").await.json();
    assert_eq!(described["openapi"], "3.1.0");
    let top = node
        .call("", "GET", "/", &[("accept", "application/json")], "")
        .await
        .json();
    assert_eq!(top["type"], "Collection");
}

#[tokio::test]
async fn the_first_page_names_the_node_and_the_validators() {
    let node = Node::new();
    to_the_wholesaler(&node, &["1"]).await;
    let page = node.get("", "/").await.text();
    for part in [
        "<title>&lt;north&gt;</title>",
        "<h1>&lt;north&gt;</h1>",
        "Maker &amp; Sons · validator of the test",
        "Development: anybody with a token is let in.",
        "<td>this node</td>",
        "<td>west<br><span class=\"key\" title=\"c3c3c3c3",
        "<td class=\"good\">connected</td>",
        "</span></td><td>Pharmacy</td>",
        "<td class=\"bad\">not connected</td>",
        "up to block 3",
        "pharma (DSCSA) 1 [1@1]",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    for absent in ["watch", "Not ready", "Orders in force"] {
        assert!(!page.contains(absent), "{absent}\n{page}");
    }
    let page = node.get(REGULATOR, "/").await.text();
    assert!(page.contains("<td>watch<br>"), "{page}");
}

#[tokio::test]
async fn the_status_names_the_validators_of_now() {
    let node = Node::new();
    let named = |status: &serde_json::Value, list: &str| -> Vec<String> {
        let peers = status[list].as_array().unwrap();
        peers
            .iter()
            .map(|peer| peer["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let status = node.get(REGULATOR, "/status").await.json();
    assert_eq!(named(&status, "validators"), ["<north>", "west", "south"]);
    assert_eq!(named(&status, "otherPeers"), ["watch"]);

    // west and this node leave, the one that watched becomes a validator
    let seat = |name: &str, organisation: &str| pangolin_ledger::state::Member {
        key: pangolin_ledger::PublicKey(hex::decode(key_of(name)).unwrap().try_into().unwrap()),
        name: name.into(),
        organisation: organisation.into(),
        address: String::new(),
    };
    node.chain
        .seat(vec![seat("south", "Pharmacy"), seat("watch", "Watchers")]);
    let status = node.get(REGULATOR, "/status").await.json();
    assert_eq!(
        named(&status, "validators"),
        ["<north>", "west", "south"],
        "there is no block yet"
    );
    node.chain.idle(1);
    let status = node.get(REGULATOR, "/status").await.json();
    assert_eq!(named(&status, "validators"), ["south", "watch"]);
    assert_eq!(status["validators"][1]["organisation"], "Watchers");
    assert_eq!(named(&status, "otherPeers"), ["west"]);
    assert_eq!(status["node"]["organisation"], "Maker & Sons");
}

#[tokio::test]
async fn pages_show_a_pack_and_escape_what_is_not_theirs() {
    let node = Node::with(|config| {
        config
            .access
            .open
            .insert(pangolin_api::authorise::Area::Trace);
    });
    to_the_wholesaler(&node, &["1"]).await;
    let home = node.get("", "/").await;
    assert!(
        home.text().contains("2026-03-05 12:00:00 UTC")
            && home
                .header("content-security-policy")
                .contains("default-src 'none'")
    );
    assert!(
        node.get("", "/style.css")
            .await
            .text()
            .contains("prefers-color-scheme")
    );
    let page = node
        .get(
            "",
            &format!("/pack?q={}", segment("(01)00300010123455(21)1")),
        )
        .await;
    assert_eq!(page.status.as_u16(), 200, "{}", page.text());
    for text in [
        "Real, not recalled, not held.",
        "As of block 3",
        "Expiry date",
        "(01)00300010123455(21)1",
    ] {
        assert!(page.text().contains(text), "{text}\n{}", page.text());
    }
    let trace = node
        .get("", &format!("/pack/trace?q={}", segment(&pack("1"))))
        .await
        .text();
    assert!(
        trace.contains("commissioning, stated by Maker")
            && trace.contains("receiving, stated by Wholesaler"),
        "{trace}"
    );
    chain_order(&node, REGULATOR, recall_lot(LOT)).await;
    assert!(
        node.get("", &format!("/pack?q={}", segment(&pack("1"))))
            .await
            .text()
            .contains("Recalled.")
    );
    assert!(
        node.get("", &format!("/pack?q={}", segment(&pack("2"))))
            .await
            .text()
            .contains("Not known on this chain")
    );
    // whoever mistypes something learns what is wrong with it, in the words of the page
    for (typed, said) in [
        ("rubbish", "“rubbish” is nothing that can be looked up"),
        ("(01)00300010123456(21)1", "incorrect-check-digit"),
        ("", "without saying of what"),
    ] {
        let page = node.get("", &format!("/pack?q={}", segment(typed))).await;
        let text = page.text();
        assert_eq!(page.status.as_u16(), 400, "{text}");
        assert!(text.contains(said), "{said}\n{text}");
        assert!(text.contains("at q<"), "{text}");
    }
    let hostile = node
        .get("", "/pack?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E")
        .await;
    assert!(!hostile.text().contains("<script>"), "{}", hostile.text());
    let missing = node.get("", "/pack").await;
    assert_eq!(missing.status.as_u16(), 400);
    for word in ["bad-parameter, at q", "What to do: type or scan it below"] {
        assert!(missing.text().contains(word), "{}", missing.text());
    }
}

#[tokio::test]
async fn pieces_of_ways_are_handed_out_to_whoever_knows_what_left() {
    use pangolin_ledger::{
        Wire as _,
        id::{ChainId, Digest32, ObjectId},
        walk::local::Want,
    };
    let object = |name: &str| Want::Object(ObjectId::new(name).unwrap());
    let left = Want::Left {
        to: ChainId([1; 32]),
        seq: 3,
        digest: Digest32([2; 32]),
        only: false,
    };
    let path = |wants: &[&Want]| {
        let wants = wants.iter();
        let wants = wants.map(|want| format!("want={}", hex::encode(want.to_bytes())));
        let wants: Vec<String> = wants.collect();
        format!("/proofs/provenance?{}", wants.join("&"))
    };
    let node = Node::new();
    let both = path(&[&object("pack"), &left]);
    let told = node.get("", &both).await;
    assert_eq!(told.json(), json!({ "of": "2 pieces with events" }));
    let ends = node.get("", &format!("{both}&events=none")).await;
    assert_eq!(ends.json(), json!({ "of": "2 pieces without events" }));
    let silent = node.get("", &format!("{both}&texts=none")).await;
    assert_eq!(silent.json(), told.json());
    let unknown = node.get("", &path(&[&object("unknown")])).await;
    assert_eq!(unknown.code(), "not-on-this-chain");
    for bad in [
        "",
        "?want=zz",
        "?want=00",
        "?events=none",
        "?texts=all",
        "?other=1",
    ] {
        let answer = node.get("", &format!("/proofs/provenance{bad}")).await;
        assert_eq!(answer.code(), "bad-parameter", "{bad}");
    }
    // where proofs are not for everybody, what left is told by its digest, without the events
    let node = Node::with(|config| {
        config
            .access
            .open
            .retain(|area| *area != pangolin_api::authorise::Area::Proofs);
    });
    let answer = node.get("", &both).await;
    assert_eq!(answer.code(), "not-signed-in");
    let answer = node.get("", &path(&[&left])).await;
    assert_eq!(answer.json(), json!({ "of": "1 pieces without events" }));
}
