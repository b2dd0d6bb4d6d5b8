//! Bodies that are none, each under a good signature, for every route that takes one.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use pangolin_client::Sent;
use pangolin_ledger::{
    Item,
    state::keys,
    walk::{local::Want, together::Questions},
};
use serde_json::{Value, json};

use super::{Net, object, pack};
use crate::support::{
    carrier::Said,
    dice::Dice,
    events,
    trade::{ACME, CARRIER, CLINIC, linked, network},
};

const TRANSACTIONS: &str = "/transactions?wait=5";
/// Wrong bodies for each route.
const BODIES: usize = 56;
/// Requests under way at the same time.
const TOGETHER: usize = 16;
/// Codes of a node that has too much to do for a moment.
const BUSY: [&str; 4] = [
    "too-much-at-once",
    "uncertified",
    "state-moving",
    "too-many-requests",
];

/// A route, what goes there, and by how many bytes a body is too large there; 0: more than is sent here.
struct Route {
    path: &'static str,
    media: &'static str,
    good: Vec<u8>,
    most: usize,
}

fn routes(net: &Net) -> Vec<Route> {
    let route = |path, media, good, most| Route {
        path,
        media,
        good,
        most,
    };
    let (json, binary) = ("application/json", "application/octet-stream");
    let document = events::document(&[events::made([pack(1), pack(2)])]);
    let value: Value = serde_json::from_str(&document).unwrap();
    let mut event = value["epcisBody"]["eventList"][0].clone();
    event["@context"] = value["@context"].clone();
    let keys = [keys::notices(), keys::object(&object(&pack(0)))];
    let state = keys.map(|key| key.0).concat();
    let asked = json!({ "epc": pack(0), "identity": {"chain": "00".repeat(32), "state": "00"}, "fields": true });
    let wants = [
        Want::Object(object(&pack(0))),
        Want::Chain(net.carrier.id("north")),
    ];
    let questions = Questions::new(vec![wants.into(); 3]).unwrap().to_bytes();
    let arrival = |item: &Item| matches!(item, Item::Arrival { .. });
    let delivery = net.carrier.carried("south", arrival);
    let signed = net.carrier.signed("south", delivery);
    vec![
        route("/capture", json, document.clone().into_bytes(), 0),
        route("/capture?mode=strict", json, document.into_bytes(), 0),
        route("/events", json, event.to_string().into_bytes(), 0),
        route(TRANSACTIONS, binary, signed.clone(), 0),
        route("/orders", binary, signed, 1024 * 1024),
        route("/state", binary, state.clone(), 4_096 * 32),
        route("/state?proof=true", binary, state.clone(), 4_096 * 32),
        route(
            "/contents",
            json,
            asked.to_string().into_bytes(),
            256 * 1024,
        ),
        route("/proofs/provenance", binary, questions.clone(), 256 * 1024),
        route(
            "/proofs/provenance?proof=true",
            binary,
            questions,
            256 * 1024,
        ),
    ]
}

/// The `round`th wrong body for a route, with its media type.
fn wrong(round: usize, route: &Route, dice: &mut Dice) -> (String, Vec<u8>) {
    let size = dice.place(4_096);
    let body = match round {
        0 => Vec::new(),
        1 => "[".repeat(50_000).into_bytes(),
        2 => "{\"a\":".repeat(20_000).into_bytes(),
        3 => b"{\"epc\": 1e999999, \"fields\": -1e-999999}".to_vec(),
        // a length of more than there is on earth
        4 => [&[1][..], &[0xff; 9], &[1]].concat(),
        5 => vec![0xff; 4_000],
        6 if route.most > 0 => vec![b' '; route.most + 1],
        7 => return ("text/html; charset=\u{ff}".to_owned(), route.good.clone()),
        // of transactions that is one, or two, and each of them is good
        8 | 9 if route.path == TRANSACTIONS => dice.bytes(size),
        8 => return ("multipart/form-data".to_owned(), route.good.clone()),
        9 => [&route.good[..], &route.good[..]].concat(),
        _ if round.is_multiple_of(4) => dice.bytes(size),
        _ => dice.spoilt(&route.good),
    };
    (route.media.to_owned(), body)
}

#[test]
fn signed_garbage_is_answered_and_changes_nothing() {
    let file = network(&[("north", &[ACME, CARRIER]), ("south", &[CLINIC, CARRIER])]);
    let names = ["north", "south"];
    let net = Net::of(&(file + &linked(&names)), &names);
    net.states("north", "acme", events::made([pack(0)]));
    net.ships("north", "acme", "south", &[pack(0)]);
    let routes = routes(&net);
    let before = net.carrier.heights();
    let mut dice = Dice::new("signed garbage");
    let mut requests = Vec::new();
    for route in &routes {
        for round in 0..BODIES {
            let (media, body) = wrong(round, route, &mut dice);
            requests.push((route.path, media, body));
        }
    }
    let client = net.carrier.client("south");
    let sent = requests.iter().map(|(path, media, body)| async move {
        let headers = [("content-type", media.replace('\u{ff}', "?"))];
        let sent = client.send("POST", path, &headers, Bytes::from(body.clone()));
        (*path, sent.await.unwrap())
    });
    let answers = net.carrier.wait(
        stream::iter(sent)
            .buffer_unordered(TOGETHER)
            .collect::<Vec<_>>(),
    );
    let mut codes = BTreeSet::new();
    for (path, sent) in &answers {
        codes.extend(answered(&net, path, sent));
    }
    eprintln!("{} bodies: {codes:?}", answers.len());
    for code in [
        "body-too-large",
        "keys",
        "questions-syntax",
        "contents-syntax",
        "bad-signature",
        "not-binary",
    ] {
        assert!(codes.contains(code), "{code}: {codes:?}");
    }
    assert!(codes.len() > 12, "{codes:?}");
    net.carrier.nothing_since(&before);
    // what was spoilt is good all the same as it was
    assert_eq!(net.homes(&pack(0)), [""; 0]);
    let answer = net.carrier.hand_in("south", vec![routes[3].good.clone()]);
    assert_eq!((answer[0].status, &answer[0].code[..]), (200, "final"));
    assert_eq!(net.homes(&pack(0)), ["south"]);
    net.is_well();
}

/// The code of a refusal. What was taken is a question that means something, or a document of which nothing came.
fn answered(net: &Net, path: &str, sent: &Sent) -> Option<String> {
    let body = || String::from_utf8_lossy(&sent.body).into_owned();
    let code = Said::of(sent).code;
    match sent.status {
        200 if path.starts_with("/state") || path.starts_with("/proofs") => None,
        202 if path.starts_with("/capture") => {
            let job = format!("{}?wait=30", sent.header("location").unwrap());
            let job = net
                .carrier
                .wait(net.carrier.client("south").read(&job))
                .unwrap();
            assert_eq!(
                (&job["running"], &job["success"]),
                (&false.into(), &false.into()),
                "{job}"
            );
            assert_eq!(
                (&job["counts"]["captured"], &job["counts"]["parked"]),
                (&0.into(), &0.into()),
                "{job}"
            );
            Some(job["errors"][0]["code"].as_str().unwrap().to_owned())
        }
        // several of which none is good, or one on its way to nowhere
        200 | 202 if path.starts_with("/transactions") => {
            let each: Value = serde_json::from_slice(&sent.body).unwrap();
            for one in each.as_array().unwrap() {
                let state = one["state"].as_str().unwrap();
                assert!(["not-taken", "refused"].contains(&state), "{one}");
            }
            Some(code)
        }
        503 => {
            assert!(
                BUSY.contains(&&code[..]) && sent.busy().is_some(),
                "{path}: {}",
                body()
            );
            None
        }
        400..500 => {
            let kebab = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            assert!(
                !code.is_empty() && code.bytes().all(kebab),
                "{path}: {}",
                body()
            );
            assert!(
                sent.body.len() < 8_192,
                "{path}: what was sent is repeated: {}",
                body()
            );
            Some(code)
        }
        status => panic!("{path}: {status}: {}", body()),
    }
}
