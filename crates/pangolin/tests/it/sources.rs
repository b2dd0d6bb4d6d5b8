//! Black box: a chain of another kind, whose node is a made-up one, and an attested source: what rests on what they say waits, passes or does not.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::Path,
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

use pangolin_ledger::TimeMs;
use pangolin_sources::made_up::{Chain, State, Validator};
use serde_json::{Value, json};

use crate::support::{
    Chains, Ran,
    chains::{Running, text},
    events,
    process::until_or,
    run,
    trade::{self, ACME, CARRIER},
};

const REGULATOR: &str = "urn:pangolin:network:north:regulator";

/// One chain, whose node lists the carrier and the regulator.
fn network() -> (Chains, Running) {
    let chains = Chains::new(&trade::network(&[("north", &[ACME, CARRIER])]));
    chains.once();
    chains.lists("north", &[CARRIER.id, REGULATOR]);
    let running = chains.start();
    (chains, running)
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// A block of the made-up chain, with these in its store.
fn grow(chain: &Mutex<Chain>, goods: &[(&str, &str)]) {
    let mut chain = chain.lock().unwrap();
    let team: Vec<_> = (1..5).map(|number| Validator::new(number, 10)).collect();
    let goods = [("always", "1")].iter().chain(goods);
    let goods = goods.map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes().to_vec()));
    let state: State = [(b"goods".to_vec(), goods.collect())].into();
    let last = chain
        .headers
        .last()
        .map_or(0, |_| chain.mark(chain.height()).time.0);
    let time = TimeMs(now().max(last + 1));
    chain.block(time, &team, &team, state);
}

/// A node of the chain, over HTTP.
fn node(chain: Arc<Mutex<Chain>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let Some(Ok(request)) = lines.next() else {
                continue;
            };
            while lines
                .next()
                .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
            {}
            let path = request.split(' ').nth(1).unwrap_or("/").to_owned();
            let body = chain.lock().unwrap().answer(&path).to_string();
            let length = body.len();
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
            let _sent = write!(stream, "{head}\r\nContent-Length: {length}\r\n\r\n{body}");
        }
    });
    address
}

struct Place {
    chains: Chains,
    node: String,
}

impl Place {
    fn dir(&self) -> &Path {
        self.chains.dir.path()
    }

    fn tells(&self, words: &[&str]) -> Ran {
        let words = [words, &["--party", CARRIER.id]].concat();
        self.chains.ask("north", "carrier", &self.node, &words)
    }

    fn governs(&self, words: &[&str]) -> Ran {
        self.chains.decide("north", &self.node, words)
    }

    /// Makes a pack, resting on this.
    fn makes(&self, number: u32, rests_on: &Value) -> Ran {
        let event = json!({
            "type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning", "disposition": "active", "epcList": [pack(number)],
            "ilmd": {"cbvmda:lotNumber": "R1", "cbvmda:itemExpirationDate": "2031-12-31"},
            "chains:restsOn": rests_on
        });
        self.chains
            .capture("north", "acme", &self.node, &[event], &[])
    }

    /// What is said of a pack.
    fn trace(&self, number: u32) -> String {
        let trace = ["trace", &pack(number)];
        self.chains.ask("north", "acme", &self.node, &trace).stdout
    }

    /// Whether a pack was made, and nothing about it waits or was refused.
    fn made(&self, number: u32) -> bool {
        let told = self.trace(number);
        told.contains("acme") && !told.contains(" [")
    }

    fn until(&self, what: &str, holds: impl Fn() -> bool) {
        until_or(what, holds, || {
            fs::read_to_string(self.dir().join("relay.log")).unwrap_or_default()
        });
    }
}

fn pack(number: u32) -> String {
    format!("urn:epc:id:sgtin:036615.0012345.7{number}")
}

fn file(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn what_rests_on_other_kinds_of_chains_waits_passes_or_does_not() {
    let (chains, running) = network();
    let place = Place {
        node: running.url("north"),
        chains,
    };
    let hub = Arc::new(Mutex::new(Chain::new("hub-1")));
    for _ in 0..3 {
        grow(&hub, &[]);
    }
    let rpc = node(hub.clone());
    // registered by a header that somebody checked
    let hash = hex::encode(hub.lock().unwrap().mark(1).digest.0);
    let register = |hash: &str| {
        place.governs(&[
            "sources", "register", "hub", "--rpc", &rpc, "--height", "1", "--hash", hash,
            "--store", "goods",
        ])
    };
    let wrong = register(&"00".repeat(32));
    assert_eq!(wrong.code, 2, "{wrong:?}");
    let right = register(&hash);
    assert_eq!(right.code, 0, "{right:?}");
    let listed = place.governs(&["sources", "list"]);
    assert!(
        listed.stdout.contains("light client of hub-1"),
        "{listed:?}"
    );

    // it waits while nobody carries
    let released = json!([{"chains:source": "hub", "chains:key": "lots/1"}]);
    let ran = place.makes(1, &released);
    assert!(
        ran.code != 1 && ran.stdout.contains("wait") || ran.stderr.contains("wait"),
        "{ran:?}"
    );
    let other = json!([{"chains:source": "hub", "chains:key": "always", "chains:valueHash": "ab".repeat(32)}]);
    place.makes(2, &other);
    grow(&hub, &[("lots/1", "released")]);
    grow(&hub, &[("lots/1", "released")]);
    let source = format!("[[source]]\nname = \"hub\"\nrpc = \"{rpc}\"\npoll_ms = 200\n");
    let _relay = place
        .chains
        .relay(&[("north", &place.node)], CARRIER.id, &source);
    // what is so passes, what is not so does not
    let facts = || {
        place.governs(&[
            "--output", "json", "sources", "facts", "hub", "lots/1", "always", "never",
        ])
    };
    place.until("facts are brought", || {
        facts().value()["facts"][0]["known"] == true
    });
    let known = facts().value();
    assert_eq!(known["grade"], "light-client");
    assert_eq!(known["facts"][0]["value"], "released");
    assert_eq!(known["facts"][2]["known"], false);
    place.until("the pack is made", || place.made(1));
    assert!(place.trace(2).contains("[rejected]"), "{}", place.trace(2));

    // an attested source: two of two sign
    let keys: Vec<(String, String)> = ["one", "two"]
        .iter()
        .map(|name| {
            let path = place.dir().join(format!("{name}.key"));
            let path = path.to_str().unwrap().to_owned();
            let made = run(["--output", "json", "keys", "new", &path]);
            assert_eq!(made.code, 0, "{made:?}");
            let public = made.value()["public_key"].as_str().unwrap().to_owned();
            (path, public)
        })
        .collect();
    let ran = place.governs(&[
        "sources",
        "register",
        "port",
        "--attester",
        &keys[0].1,
        "--attester",
        &keys[1].1,
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let at = events::now();
    let attest = |key: &str, name: &str, value: &str| {
        let fact = format!("seal/9={value}");
        let ran = run([
            "attest", "port", "--number", "1", "--time", &at, "--fact", &fact, "--key", key,
        ]);
        assert_eq!(ran.code, 0, "{ran:?}");
        file(place.dir(), name, &ran.stdout)
    };
    let (one, two) = (
        attest(&keys[0].0, "1.json", "whole"),
        attest(&keys[1].0, "2.json", "whole"),
    );
    let tell = |files: &[&str]| place.tells(&[&["sources", "tell"], files].concat());
    let few = tell(&[&one]);
    assert!(
        few.code != 0 && format!("{few:?}").contains("too-few-signatures"),
        "{few:?}"
    );
    assert_eq!(tell(&[&one, &two]).code, 0);
    let ran = place.makes(
        3,
        &json!([{"chains:source": "port", "chains:key": "seal/9"}]),
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    place.until("the other pack is made", || place.made(3));
    // the proof says so
    let proof = place.dir().join("status.json");
    let proof = text(&proof);
    let args = ["proof", "status", &pack(3), "--out", proof];
    let asked = place.chains.ask("north", "acme", &place.node, &args);
    assert_eq!(asked.code, 0, "{asked:?}");
    let genesis = place.chains.genesis("north");
    let verified = run(["verify", proof, "--genesis", text(&genesis)]);
    assert!(
        verified.stdout.contains("no finality proves it"),
        "{verified:?}"
    );

    // whoever attests two things under one number is not heard any more
    let (three, four) = (
        attest(&keys[0].0, "3.json", "broken"),
        attest(&keys[1].0, "4.json", "broken"),
    );
    assert_eq!(tell(&[&three, &four]).code, 0);
    let listed = place.governs(&["sources", "list"]);
    assert!(
        listed.stdout.contains("suspended since block"),
        "{listed:?}"
    );
}
