//! Black box: a chain of another kind, whose node is a made-up one, and an attested source: what rests on what they say waits, passes or does not.

use std::{
    fmt::Write as _,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread::sleep,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use pangolin_ledger::TimeMs;
use pangolin_sources::made_up::{Chain, State, Validator};
use serde_json::{Value, json};

use crate::support::{Directory, PROGRAM, Ran, directory::free_ports, run};

/// Longest wait for anything, in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);
const CARRIER: &str = "urn:example:carrier";
const REGULATOR: &str = "urn:pangolin:network:north:regulator";

/// A process that is killed at the end.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

fn up(dir: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(["network", "up", "net.toml", "--dir", "net"])
        .args(more)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command
}

/// One chain, whose node lists the carrier and the regulator.
fn network(dir: &Path, first: u16) -> Process {
    let mut text = format!("format = \"pangolin-network/1\"\nfirst_port = {first}\n");
    let _ = write!(
        text,
        "[[chain]]\nname = \"north\"\nprofile = \"pharma-strict\"\nheartbeat_ms = 500\nvalidators = [\"one\"]\n\
         [[chain.member]]\nslug = \"acme\"\nname = \"acme\"\nid = \"0366159000019\"\nroles = [\"manufacturer\"]\nprefixes = [\"036615\"]\n\
         [[chain.member]]\nslug = \"carrier\"\nname = \"carrier\"\nid = \"{CARRIER}\"\nroles = [\"3pl\"]\n"
    );
    fs::write(dir.join("net.toml"), text).unwrap();
    assert!(up(dir, &["--exit"]).output().unwrap().status.success());
    let file = dir.join("net/north/validator-1/node.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(
        &file,
        format!("relays = [\"{CARRIER}\", \"{REGULATOR}\"]\n{text}"),
    )
    .unwrap();
    let mut child = up(dir, &[]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let child = Process(child);
    assert!(
        lines.any(|line| line.unwrap().contains("press Ctrl-C")),
        "it ended"
    );
    // whoever prints must not wait for a reader
    std::thread::spawn(move || lines.for_each(drop));
    child
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
    dir: Directory,
    node: String,
}

impl Place {
    fn key(&self, who: &str) -> String {
        let path = self.dir.path().join(format!("net/north/keys/{who}.key"));
        path.to_str().unwrap().to_owned()
    }

    fn as_party(&self, words: &[&str], who: &str, party: &str) -> Ran {
        let key = self.key(who);
        let more = ["--node", &self.node, "--key", &key, "--party", party];
        run(words.iter().chain(&more))
    }

    fn governs(&self, words: &[&str]) -> Ran {
        self.as_party(words, "regulator", REGULATOR)
    }

    /// Makes a pack, resting on this.
    fn makes(&self, number: u32, rests_on: &Value) -> Ran {
        let at = jiff();
        let document = json!({
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {
                "chains": "https://ns.pangolin.network/chains/"
            }],
            "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": at,
            "epcisBody": {"eventList": [{
                "type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning", "disposition": "active",
                "epcList": [pack(number)], "eventTime": at, "eventTimeZoneOffset": "+00:00",
                "readPoint": {"id": "urn:epc:id:sgln:036615.900001.0"},
                "ilmd": {"cbvmda:lotNumber": "R1", "cbvmda:itemExpirationDate": "2031-12-31"},
                "chains:restsOn": rests_on
            }]}
        });
        let file = self.dir.path().join("document.json");
        fs::write(&file, document.to_string()).unwrap();
        run([
            "capture",
            file.to_str().unwrap(),
            "--node",
            &self.node,
            "--key",
            &self.key("acme"),
        ])
    }

    /// What is said of a pack.
    fn trace(&self, number: u32) -> String {
        let key = self.key("acme");
        let ran = run(["trace", &pack(number), "--node", &self.node, "--key", &key]);
        ran.stdout
    }

    /// Whether a pack was made, and nothing about it waits or was refused.
    fn made(&self, number: u32) -> bool {
        let told = self.trace(number);
        told.contains("acme") && !told.contains(" [")
    }

    fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let begun = Instant::now();
        while !holds() {
            let log = fs::read_to_string(self.dir.path().join("relay.log")).unwrap_or_default();
            assert!(begun.elapsed() < PATIENCE, "{what}: {log}");
            sleep(Duration::from_millis(200));
        }
    }
}

/// The time of day, as events say it.
fn jiff() -> String {
    let ran = Command::new("date")
        .args(["-u", "+%Y-%m-%dT%H:%M:%S.000Z"])
        .output()
        .unwrap();
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
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
    let first = free_ports(2);
    let dir = Directory::new();
    let _chain = network(dir.path(), first);
    let place = Place {
        node: format!("http://127.0.0.1:{}", first + 1),
        dir,
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
    let relay = format!(
        "[[chain]]\nname = \"north\"\ngenesis = \"net/north/genesis.json\"\nnode = \"{}\"\nparty = \"{CARRIER}\"\n\
         key = \"net/north/keys/carrier.key\"\n[[source]]\nname = \"hub\"\nrpc = \"{rpc}\"\npoll_ms = 200\n",
        place.node
    );
    let relay = file(place.dir.path(), "relay.toml", &relay);
    let _relay = Process(
        Command::new(PROGRAM)
            .args(["relay", "run", &relay])
            .stdin(Stdio::null())
            .stderr(fs::File::create(place.dir.path().join("relay.log")).unwrap())
            .spawn()
            .unwrap(),
    );
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
            let path = place.dir.path().join(format!("{name}.key"));
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
    let at = jiff();
    let attest = |key: &str, name: &str, value: &str| {
        let fact = format!("seal/9={value}");
        let ran = run([
            "attest", "port", "--number", "1", "--time", &at, "--fact", &fact, "--key", key,
        ]);
        assert_eq!(ran.code, 0, "{ran:?}");
        file(place.dir.path(), name, &ran.stdout)
    };
    let (one, two) = (
        attest(&keys[0].0, "1.json", "whole"),
        attest(&keys[1].0, "2.json", "whole"),
    );
    let tell = |files: &[&str]| {
        let words: Vec<&str> = ["sources", "tell"].iter().chain(files).copied().collect();
        place.as_party(&words, "carrier", CARRIER)
    };
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
    let key = place.key("acme");
    let proof = place.dir.path().join("status.json");
    let proof = proof.to_str().unwrap();
    let asked = run([
        "proof",
        "status",
        &pack(3),
        "--out",
        proof,
        "--node",
        &place.node,
        "--key",
        &key,
    ]);
    assert_eq!(asked.code, 0, "{asked:?}");
    let genesis = place.dir.path().join("net/north/genesis.json");
    let verified = run(["verify", proof, "--genesis", genesis.to_str().unwrap()]);
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
