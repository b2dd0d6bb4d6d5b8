//! Black box: what is accepted once is accepted once, whatever happens to the node; and a chain that stands still is not ready.

use std::{
    net::SocketAddr,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_zebra::{SigningKey, VerificationKey};
use serde_json::Value;

use crate::support::{Network, PATIENCE, http};

/// A node that captures for the member.
const NODE: &str = "validator-1";
/// The others of the four validators that are stopped.
const STOPPED: [&str; 2] = ["validator-3", "validator-4"];

/// Headers that sign `GET path`, as of `ahead_s` seconds from now.
fn signed(network: &Network, slug: &str, path: &str, ahead_s: u64) -> Vec<(&'static str, String)> {
    let text = std::fs::read_to_string(network.key(slug)).unwrap();
    let mut seed = [0; 32];
    hex::decode_to_slice(text.trim(), &mut seed).unwrap();
    let key = SigningKey::from(seed);
    let public: [u8; 32] = VerificationKey::from(&key).into();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let target = format!("{}{path}", network.node(NODE).url());
    let params = format!(
        "(\"@method\" \"@target-uri\");created={};keyid=\"{}\";nonce=\"{}\"",
        now.as_secs() + ahead_s,
        hex::encode(public),
        now.as_nanos()
    );
    let base =
        format!("\"@method\": GET\n\"@target-uri\": {target}\n\"@signature-params\": {params}");
    let signature: [u8; 64] = key.sign(base.as_bytes()).into();
    vec![
        ("signature-input", format!("sig={params}")),
        ("signature", format!("sig=:{}:", STANDARD.encode(signature))),
    ]
}

/// The code of the problem with which a request is answered; `accepted` where it is not refused.
fn send(address: SocketAddr, path: &str, headers: &[(&'static str, String)]) -> String {
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let answer = http::send(address, "GET", path, None, &headers, b"").unwrap();
    if answer.status == 200 {
        return "accepted".to_owned();
    }
    let problem: Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(problem["remedy"].is_string(), "{problem}");
    problem["code"].as_str().unwrap().to_owned()
}

#[test]
fn a_signature_is_accepted_once_even_by_a_node_that_was_killed() {
    const PATH: &str = "/parties";
    let mut network = Network::start();
    let address = network.node(NODE).http;
    let [one, other] = [0, 1].map(|place| network.members[place].slug.clone());
    let request = signed(&network, &one, PATH, 0);
    // another member's clock is ahead, as far as is allowed
    let ahead = signed(&network, &other, PATH, 25);
    for headers in [&request, &ahead] {
        assert_eq!(send(address, PATH, headers), "accepted");
        assert_eq!(send(address, PATH, headers), "signature-replayed");
    }
    network.kill(NODE);
    network.restart(NODE);
    let restarted = Instant::now();
    for headers in [&request, &ahead] {
        assert_eq!(send(address, PATH, headers), "signature-before-start");
    }
    // signed anew it is accepted, at once or a moment later, and the clock of the other member keeps nobody waiting
    while send(address, PATH, &signed(&network, &one, PATH, 0)) != "accepted" {
        assert!(restarted.elapsed() < Duration::from_secs(5));
        std::thread::sleep(Duration::from_millis(200));
    }
    // nor does the command line hear of it
    network.kill(NODE);
    network.restart(NODE);
    let ran = network.ask(NODE, &["order", "list"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    // the one that is ahead is refused for as long as it could be the same
    std::thread::sleep(Duration::from_secs(26).saturating_sub(restarted.elapsed()));
    assert_eq!(send(address, PATH, &ahead), "signature-before-start");
    assert_eq!(send(address, PATH, &request), "signature-before-start");
}

/// What a node says about whether it can be relied upon: its status and its reasons.
fn readiness(network: &Network, name: &str) -> (u16, String) {
    let answer = http::get(network.node(name).http, "/readyz", None).unwrap();
    let said: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(said["ready"], answer.status == 200, "{said}");
    (answer.status, said["reasons"].to_string())
}

#[test]
fn a_chain_that_stands_still_is_not_ready() {
    let mut network = Network::start();
    for name in STOPPED {
        network.kill(name);
    }
    for name in ["validator-1", "validator-2", "observer"] {
        let begun = Instant::now();
        loop {
            let (status, reasons) = readiness(&network, name);
            if status == 503 {
                assert!(
                    reasons.contains("no block has become final here for"),
                    "{reasons}"
                );
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{name} says that it is ready");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
    for name in STOPPED {
        network.begin(name);
    }
    for name in crate::support::NODES {
        network.wait_ready(name);
    }
}
