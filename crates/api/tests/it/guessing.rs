//! Guessing at packs: counted for whoever proves who it is, else for the address, and by all ways to ask together.

use crate::common::{
    MAKER, Node, PHARMACY, REGULATOR, WHOLESALER,
    documents::{ITEM, LOT, commission, document},
    segment,
};

const HERE: [u8; 4] = [192, 0, 2, 1];
const ELSEWHERE: [u8; 4] = [192, 0, 2, 2];
const UUID: &str = "21EC2020-3AEA-4069-A2DD-08002B30309D";

async fn node() -> Node {
    let node = Node::with(|config| config.verify.guesses = 3);
    node.accept(MAKER, document(&[commission(1, &["1"])])).await;
    node
}

fn question(serial: &str, requester: &str) -> String {
    format!(
        "/verify/gtin/{ITEM}/lot/{LOT}/ser/{serial}?exp=270331&linkType=verificationService&context=dscsaSaleableReturn&reqGLN={requester}&corrUUID={UUID}"
    )
}

fn proof(kind: &str, serial: &str) -> String {
    let pack = segment(&format!("(01){ITEM}(21){serial}"));
    format!("/proofs/{kind}/{pack}")
}

/// Asks, and says status and code.
async fn ask(node: &Node, ip: [u8; 4], who: &str, path: &str) -> (u16, String) {
    let answer = node.get_from(ip, who, path).await;
    let verification = path.starts_with("/verify");
    let code = match answer.status.as_u16() {
        200 => String::new(),
        _ if verification => answer.header("pangolin-code"),
        _ => answer.code(),
    };
    (answer.status.as_u16(), code)
}

fn too_many() -> (u16, String) {
    (403, "too-many-guesses".into())
}

fn good() -> (u16, String) {
    (200, String::new())
}

#[tokio::test]
async fn nobody_locks_out_whoever_proves_who_it_is() {
    let node = node().await;
    for _ in 0..3 {
        assert_eq!(
            ask(&node, HERE, "", &question("guess", WHOLESALER)).await,
            good()
        );
    }
    let real = question("1", WHOLESALER);
    assert_eq!(ask(&node, HERE, "", &real).await, too_many());
    // another name that it writes does not help it
    let other = question("1", PHARMACY);
    assert_eq!(ask(&node, HERE, "", &other).await, too_many());
    assert_eq!(ask(&node, HERE, WHOLESALER, &real).await, good());
    assert_eq!(ask(&node, ELSEWHERE, "", &real).await, good());

    // whoever proves who it is, is counted wherever it is and whatever it writes
    for ip in [HERE, ELSEWHERE, HERE] {
        ask(&node, ip, PHARMACY, &question("guess", WHOLESALER)).await;
    }
    assert_eq!(ask(&node, ELSEWHERE, PHARMACY, &other).await, too_many());
    assert_eq!(ask(&node, ELSEWHERE, WHOLESALER, &real).await, good());
    assert_eq!(ask(&node, ELSEWHERE, "", &other).await, good());
}

#[tokio::test]
async fn a_relay_is_not_counted_because_it_reads_the_raw_state() {
    let node = Node::with(|config| {
        config.verify.guesses = 3;
        config.verify.rate = 2;
        config.access.relays = vec![WHOLESALER.to_owned()];
    });
    node.accept(MAKER, document(&[commission(1, &["1"])])).await;
    let unknown = (404, "not-on-this-chain".to_owned());
    for _ in 0..10 {
        let guess = proof("status", "guess");
        assert_eq!(ask(&node, HERE, WHOLESALER, &guess).await, unknown);
    }
    let proof = proof("status", "1");
    assert_eq!(ask(&node, HERE, WHOLESALER, &proof).await, good());
    // somebody else is
    let mut said = Vec::new();
    for _ in 0..10 {
        said.push(ask(&node, HERE, PHARMACY, &proof).await);
    }
    let too_fast = (503, "too-many-requests".to_owned());
    assert!(said.contains(&too_fast), "{said:?}");
}

#[tokio::test]
async fn a_question_about_a_lot_that_nobody_made_is_a_guess() {
    let node = node().await;
    let asked = question("guess", WHOLESALER).replace(LOT, "NOLOT");
    for _ in 0..3 {
        assert_eq!(
            ask(&node, HERE, "", &asked).await,
            (404, "no-responder".into())
        );
    }
    assert_eq!(ask(&node, HERE, "", &asked).await, too_many());
}

#[tokio::test]
async fn proofs_and_pages_are_no_way_around() {
    let event = segment(&format!("ni:///sha-256;{}?ver=CBV2.0", "ff".repeat(32)));
    let page = |serial: &str| format!("/pack?q={}", segment(&format!("(01){ITEM}(21){serial}")));
    let unknown = (404, "not-on-this-chain".to_owned());
    for (guess, expect) in [
        (proof("status", "guess"), unknown.clone()),
        (proof("custody", "guess"), unknown.clone()),
        (format!("/proofs/receipt/{event}"), unknown.clone()),
        (page("guess"), good()),
    ] {
        for who in ["", WHOLESALER] {
            let node = node().await;
            for _ in 0..3 {
                assert_eq!(ask(&node, HERE, who, &guess).await, expect, "{guess}");
            }
            for way in [
                proof("status", "1"),
                proof("custody", "1"),
                format!("/proofs/receipt/{}", "02".repeat(32)),
                question("1", WHOLESALER),
            ] {
                assert_eq!(ask(&node, HERE, who, &way).await, too_many(), "{way}");
            }
            let shown = node.get_from(HERE, who, &page("1")).await;
            assert_eq!(shown.status.as_u16(), 403, "{}", shown.text());
            let refused = node.get_from(HERE, who, &proof("status", "1")).await;
            let place = if who.is_empty() {
                "address"
            } else {
                "credentials"
            };
            assert_eq!(refused.json()["place"], place);
            assert!(refused.json()["remedy"].is_string());
            node.clock.advance(10 * 60 * 1_000);
            assert_eq!(ask(&node, HERE, who, &proof("status", "1")).await, good());
        }
    }
}

#[tokio::test]
async fn authorities_may_ask_about_anything() {
    let node = node().await;
    for _ in 0..10 {
        let answer = ask(&node, HERE, REGULATOR, &proof("status", "guess")).await;
        assert_eq!(answer, (404, "not-on-this-chain".into()));
    }
    assert_eq!(
        ask(&node, HERE, REGULATOR, &proof("status", "1")).await,
        good()
    );
}

#[tokio::test]
async fn proofs_of_transactions_that_are_not_final_are_no_guesses() {
    let node = node().await;
    for _ in 0..10 {
        let asked = format!("/proofs/receipt/{}", "ee".repeat(32));
        let answer = ask(&node, HERE, "", &asked).await;
        assert_eq!(answer, (404, "not-on-this-chain".into()));
    }
}
