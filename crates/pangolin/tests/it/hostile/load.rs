//! Hundreds of questions at once, signed, known and unknown, repeated and too large, while blocks are made.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::future::join_all;
use pangolin_client::Client;
use pangolin_ledger::{
    Digest32, Wire as _,
    codec::{Reader, Writer},
    limits::MAX_RECORD_BYTES,
    state::{Object, keys},
    walk::{
        local::Want,
        together::{Answer, MAX_TOGETHER, Pieces, Questions},
    },
};
use serde_json::Value;

use super::{Net, object, pack, tally};
use crate::support::{
    carrier::{Said, said},
    events,
    process::PATIENCE,
    trade::{ACME, CARRIER, CLINIC, Trader, linked, network},
};

/// Packs that are known.
const KNOWN: usize = 40;
/// Requests of each kind at the same time.
const AT_ONCE: usize = 120;
/// Requests whose bodies are too large, at the same time.
const LARGE: usize = 24;
/// Blocks that are made meanwhile at least.
const BLOCKS: u64 = 3;
/// Failed guesses within ten minutes after which a member is turned away.
const GUESSES: usize = 30;

/// A member that asks for what is not there.
const CURIOUS: Trader = Trader::new("curious", "0377777777771", "wholesaler");

const BINARY: (&str, &str) = ("content-type", "application/octet-stream");

/// Ends what goes on meanwhile.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

async fn post(client: &Client, path: &str, body: Vec<u8>) -> pangolin_client::Sent {
    let headers = [(BINARY.0, BINARY.1.to_owned())];
    client
        .send("POST", path, &headers, Bytes::from(body))
        .await
        .unwrap()
}

fn wants(packs: impl IntoIterator<Item = usize>) -> Vec<u8> {
    let each = packs
        .into_iter()
        .map(|serial| [Want::Object(object(&pack(serial)))].into());
    Questions::new(each.collect()).unwrap().to_bytes()
}

/// How many histories are told, and how many are not known.
fn told(sent: &pangolin_client::Sent) -> (usize, usize) {
    assert_eq!(sent.status, 200, "{:?}", Said::of(sent));
    let pieces = Pieces::from_bytes(&sent.body).unwrap();
    let unknown = pieces.answers.iter().filter(|answer| match answer {
        Answer::Has { piece, .. } => {
            assert!(!piece.came.is_empty());
            false
        }
        Answer::Not { code, .. } => {
            assert_eq!(code, "not-on-this-chain");
            true
        }
    });
    let unknown = unknown.count();
    (pieces.answers.len() - unknown, unknown)
}

#[test]
fn questions_by_the_hundred_hold_up_no_block() {
    let file = network(&[
        ("north", &[ACME, CURIOUS, CARRIER]),
        ("south", &[CLINIC, CARRIER]),
    ]);
    let names = ["north", "south"];
    let net = Net::of(&(file + &linked(&names)), &names);
    let packs: Vec<String> = (0..KNOWN).map(pack).collect();
    net.states("north", "acme", events::made(&packs));
    let from = net.carrier.height("north");
    let over = AtomicBool::new(false);
    let captured = std::thread::scope(|scope| {
        // what is good goes on becoming final
        let capturing = scope.spawn(|| {
            let mut captured = 0;
            while !over.load(Ordering::Relaxed) {
                net.states("north", "acme", events::made([pack(1_000 + captured)]));
                captured += 1;
            }
            captured
        });
        // also where a question fails
        let ends = Ends(&over);
        let begun = Instant::now();
        net.carrier
            .wait(async { tokio::join!(questions(&net), guesses(&net)) });
        while net.carrier.height("north") < from + BLOCKS {
            assert!(begun.elapsed() < PATIENCE, "no block is made meanwhile");
            net.carrier.wait(questions(&net));
        }
        drop(ends);
        capturing.join().unwrap()
    });
    let to = net.carrier.height("north");
    eprintln!("{captured} documents final meanwhile, blocks {from} to {to}");
    assert!(captured > 0, "{from} to {to}");
    // whoever guessed too often is turned away still, and nobody else is
    let again = net.carrier.wait(post(
        &net.client("north", "curious"),
        "/proofs/provenance",
        wants([0]),
    ));
    assert_eq!(Said::of(&again), said(403, "too-many-guesses"));
    let acme = net.carrier.wait(post(
        &net.client("north", "acme"),
        "/proofs/provenance",
        wants([0, 1]),
    ));
    assert_eq!(told(&acme), (2, 0));
    net.is_well();
}

async fn questions(net: &Net) {
    tokio::join!(
        histories(net),
        histories_that_are_too_much(net),
        records(net),
        searches(net)
    );
}

/// Known, unknown and repeated ones in one question, by a carrier that has nothing to guess.
async fn histories(net: &Net) {
    let client = net.carrier.client("north");
    let ask = |n: usize| async move {
        let known = (0..MAX_TOGETHER / 2).map(|at| (n + at) % KNOWN);
        let unknown = (0..MAX_TOGETHER / 4).map(|at| 7_000_000 + n * 100 + at);
        let repeated = std::iter::repeat_n(n % KNOWN, MAX_TOGETHER / 4);
        let body = wants(known.chain(unknown).chain(repeated));
        let path = ["/proofs/provenance", "/proofs/provenance?proof=true"][n % 2];
        let sent = post(client, path, body).await;
        assert_eq!(told(&sent), (MAX_TOGETHER * 3 / 4, MAX_TOGETHER / 4));
    };
    join_all((0..AT_ONCE).map(ask)).await;
}

async fn histories_that_are_too_much(net: &Net) {
    let client = net.carrier.client("north");
    let raw = |count: u64, each: usize| {
        let mut w = Writer::new();
        w.u8(1);
        w.varint(count);
        let mut bytes = w.into_bytes();
        for _ in 0..count {
            let mut some: Vec<Want> = (0..each)
                .map(|n| Want::Left {
                    to: net.carrier.id("south"),
                    seq: u64::try_from(n).unwrap(),
                    digest: Digest32([0; 32]),
                    only: true,
                })
                .collect();
            some.sort_unstable();
            let mut w = Writer::new();
            w.list(some.iter());
            bytes.extend(w.into_bytes());
        }
        bytes
    };
    let cases = [
        (vec![1; 256 * 1024 + 1], said(413, "body-too-large")),
        (raw(65, 1), said(400, "too-many-histories")),
        (raw(9, 256), said(400, "too-much-asked")),
        (raw(1, 257), said(400, "questions-syntax")),
        (raw(0, 0), said(400, "no-question")),
    ];
    let all = (0..LARGE)
        .flat_map(|_| &cases)
        .map(|(body, expect)| async move {
            let sent = post(client, "/proofs/provenance", body.clone()).await;
            assert_eq!(Said::of(&sent), *expect);
        });
    join_all(all).await;
}

/// Records by their keys, as many as one question may name, and more.
async fn records(net: &Net) {
    let client = net.carrier.client("north");
    let of = |serials: std::ops::Range<usize>| -> Vec<u8> {
        let keys = serials.map(|serial| keys::object(&object(&pack(serial))).0);
        keys.flatten().collect()
    };
    let (all, too_many) = (of(0..KNOWN * 2), of(0..4_097));
    let ask = |n: usize| {
        let (all, too_many) = (&all, &too_many);
        async move {
            let (body, path) = match n % 8 {
                0 => (too_many.clone(), "/state"),
                1 => (all[1..].to_vec(), "/state"),
                2 => (all[..KNOWN * 32].to_vec(), "/state?proof=true"),
                3 => (all.clone(), "/state?proof=true"),
                _ => (all.clone(), "/state"),
            };
            let sent = post(client, path, body).await;
            match n % 8 {
                0 => assert_eq!(Said::of(&sent), said(413, "body-too-large")),
                1 => assert_eq!(Said::of(&sent), said(400, "keys")),
                // the block of this moment may not have its certificate yet
                2 if sent.status == 503 => assert_eq!(Said::of(&sent), said(503, "uncertified")),
                2 => {
                    let proof = pangolin_proof::foreign::decode(&sent.body).unwrap();
                    assert_eq!(proof.entries.len(), KNOWN);
                    assert!(proof.entries.iter().all(|entry| entry.value.is_some()));
                }
                // that there is none is nothing that records can show
                3 => assert_eq!(Said::of(&sent), said(404, "unprovable-absence")),
                _ => live(&sent),
            }
        }
    };
    join_all((0..AT_ONCE).map(ask)).await;
}

/// Half of the packs are there, and live.
fn live(sent: &pangolin_client::Sent) {
    assert_eq!(sent.status, 200, "{:?}", Said::of(sent));
    let mut r = Reader::new(&sent.body);
    for serial in 0..KNOWN * 2 {
        let there = r.flag().unwrap();
        assert_eq!(there, serial < KNOWN);
        if there {
            let object = Object::from_bytes(r.bytes(MAX_RECORD_BYTES).unwrap()).unwrap();
            assert!(object.is_live());
        }
    }
    r.finish().unwrap();
}

/// Searches over the chains, of which a node makes a few at a time.
async fn searches(net: &Net) {
    let client = net.client("north", "acme");
    let ask = |n: usize| {
        let client = &client;
        async move {
            let what = pack(n % KNOWN).replace(':', "%3A");
            let sent = client
                .send("GET", &format!("/find/{what}"), &[], Bytes::new())
                .await
                .unwrap();
            if sent.status == 200 {
                let found: Value = sent.json().unwrap();
                let mut chains = found["chains"].as_array().unwrap().iter();
                let north = chains.find(|chain| chain["name"] == "north chain").unwrap();
                assert_eq!(
                    (&north["knows"], &north["object"]["status"]),
                    (&"yes".into(), &"live".into()),
                    "{found}"
                );
                return said(200, "");
            }
            assert!(sent.busy().is_some());
            Said::of(&sent)
        }
    };
    let answers: BTreeMap<Said, usize> = tally(join_all((0..AT_ONCE).map(ask)).await);
    let (found, busy) = (
        answers.get(&said(200, "")),
        answers.get(&said(503, "searching")),
    );
    let both = [found, busy].map(|count| count.copied().unwrap_or_default());
    assert_eq!(both.iter().sum::<usize>(), AT_ONCE, "{answers:?}");
    assert!(both[0] > 0, "{answers:?}");
    // whoever comes later is answered
    for _ in 0..20 {
        if ask(0).await.status == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("searches go on for ever");
}

/// A member that asks for one unknown thing after the other, by several ways at once: how much it asks at the same time wins it nothing.
async fn guesses(net: &Net) {
    let client = net.client("north", "curious");
    let ask = |n: usize| {
        let client = &client;
        async move {
            let unknown = 8_000_000 + n * 2;
            let name = pack(unknown).replace(':', "%3A");
            let want = hex::encode(Want::Object(object(&pack(unknown))).to_bytes());
            let path = match n % 4 {
                0 => {
                    let body = wants([unknown, unknown + 1]);
                    return each(&post(client, "/proofs/provenance", body).await);
                }
                1 => format!("/proofs/status/{name}"),
                2 => format!("/proofs/custody/{name}"),
                _ => format!("/proofs/provenance?want={want}"),
            };
            let sent = client.send("GET", &path, &[], Bytes::new()).await.unwrap();
            vec![Said::of(&sent).code]
        }
    };
    let all = join_all((0..GUESSES * 6).map(ask)).await;
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    for code in all.into_iter().flatten() {
        *codes.entry(code).or_default() += 1;
    }
    assert_eq!(
        codes.remove("not-on-this-chain"),
        Some(GUESSES),
        "{codes:?}"
    );
    let turned_away = codes.remove("too-many-guesses").unwrap();
    assert!(turned_away > GUESSES && codes.is_empty(), "{codes:?}");
}

/// The codes of what is not told of several histories.
fn each(sent: &pangolin_client::Sent) -> Vec<String> {
    if sent.status != 200 {
        return vec![Said::of(sent).code];
    }
    let answers = Pieces::from_bytes(&sent.body).unwrap().answers.into_iter();
    let codes = answers.map(|answer| match answer {
        Answer::Not { code, .. } => code,
        Answer::Has { .. } => unreachable!(),
    });
    codes.collect()
}
