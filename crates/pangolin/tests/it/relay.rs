//! Black box: carriers that are killed, several at once, a chain that stands still: what was shipped arrives, once.

use std::{
    fmt::Write as _,
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::{Directory, PROGRAM, directory::free_ports, run};

/// Longest wait for anything, in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);
/// Packs that are shipped, each by a lock of its own.
const PACKS: usize = 240;
const CARRIER: &str = "urn:example:carrier";

fn network(first: u16) -> String {
    let mut text = format!("format = \"pangolin-network/1\"\nfirst_port = {first}\n");
    for (name, slug, id, roles, prefixes) in [
        (
            "north",
            "acme",
            "0366159000019",
            "\"manufacturer\"",
            "\"036615\"",
        ),
        ("south", "clinic", "0355555555551", "\"dispenser\"", ""),
    ] {
        let _ = write!(
            text,
            "[[chain]]\nname = \"{name}\"\nprofile = \"pharma-strict\"\nheartbeat_ms = 500\nvalidators = [\"one\"]\n\
             [[chain.member]]\nslug = \"{slug}\"\nname = \"{slug}\"\nid = \"{id}\"\nroles = [{roles}]\nprefixes = [{prefixes}]\n\
             [[chain.member]]\nslug = \"carrier\"\nname = \"carrier\"\nid = \"{CARRIER}\"\nroles = [\"3pl\"]\n"
        );
    }
    text.push_str("[[link]]\nbetween = [\"north\", \"south\"]\n");
    text
}

/// A process that is killed at the end.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

impl Process {
    fn pid(&self) -> String {
        self.0.id().to_string()
    }
}

/// The chains, each with the nodes that list the carrier.
fn chains(dir: &Path, first: u16) -> Process {
    fs::write(dir.join("net.toml"), network(first)).unwrap();
    let up = |more: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command
            .args(["network", "up", "net.toml", "--dir", "net"])
            .args(more)
            .current_dir(dir);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command
    };
    assert!(up(&["--exit"]).output().unwrap().status.success());
    for chain in ["north", "south"] {
        let file = dir.join(format!("net/{chain}/validator-1/node.toml"));
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("relays = [\"{CARRIER}\"]\n{text}")).unwrap();
    }
    let mut child = up(&[]).spawn().unwrap();
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

/// A carrier, and where it serves its status.
fn carrier(dir: &Path, first: u16) -> (Process, String) {
    let listen = format!("127.0.0.1:{}", free_ports(1));
    let mut text = format!("listen = \"{listen}\"\n");
    for (n, chain) in ["north", "south"].into_iter().enumerate() {
        let http = usize::from(first) + 2 * n + 1;
        let _ = write!(
            text,
            "[[chain]]\nname = \"{chain}\"\ngenesis = \"net/{chain}/genesis.json\"\nnode = \"http://127.0.0.1:{http}\"\n\
             party = \"{CARRIER}\"\nkey = \"net/{chain}/keys/carrier.key\"\n"
        );
    }
    let file = dir.join(format!("relay-{}.toml", &listen[10..]));
    fs::write(&file, text).unwrap();
    let child = Command::new(PROGRAM)
        .args(["relay", "run"])
        .arg(file)
        .stdin(Stdio::null())
        .stderr(fs::File::create(dir.join("relay.log")).unwrap())
        .spawn()
        .unwrap();
    (Process(child), format!("http://{listen}"))
}

fn states(dir: &Path, first: u16, chain: usize, who: &str, events: &[Value]) {
    let now = jiff();
    let events: Vec<Value> = events
        .iter()
        .cloned()
        .map(|mut event| {
            event["eventTime"] = now.clone().into();
            event["eventTimeZoneOffset"] = "+00:00".into();
            event["readPoint"] = json!({"id": "urn:epc:id:sgln:036615.900001.0"});
            event
        })
        .collect();
    let document = json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {
            "gs1ushc": "http://epcis.gs1us.org/hc/ns", "chains": "https://ns.pangolin.network/chains/"
        }],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": now,
        "epcisHeader": {"gs1ushc:dscsaTransactionStatement": {"gs1ushc:affirmTransactionStatement": true}},
        "epcisBody": {"eventList": events}
    });
    let file = dir.join("document.json");
    fs::write(&file, document.to_string()).unwrap();
    let name = ["north", "south"][chain];
    let ran = run([
        "capture",
        file.to_str().unwrap(),
        "--node",
        &format!("http://127.0.0.1:{}", usize::from(first) + 2 * chain + 1),
        "--key",
        dir.join(format!("net/{name}/keys/{who}.key"))
            .to_str()
            .unwrap(),
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// The time of day, as events say it.
fn jiff() -> String {
    let ran = Command::new("date")
        .args(["-u", "+%Y-%m-%dT%H:%M:%S.000Z"])
        .output()
        .unwrap();
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
}

fn pack(number: usize) -> String {
    format!("urn:epc:id:sgtin:036615.0012345.9{number}")
}

/// What the carriers say of the way from north to south: open, stuck, arrived there.
fn told(addresses: &[&str]) -> Option<(u64, u64, u64)> {
    let mut sum = (0, 0, 0);
    for address in addresses {
        let ran = run(["--output", "json", "relay", "status", address]);
        if ran.code != 0 {
            return None;
        }
        let lanes = ran.value()["lanes"].clone();
        let lane = lanes
            .as_array()
            .unwrap()
            .iter()
            .find(|lane| lane["from"] == "north")
            .unwrap()
            .clone();
        sum.0 += lane["open"].as_u64().unwrap();
        sum.1 += lane["stuckCount"].as_u64().unwrap();
        sum.2 += lane["arrived"].as_u64().unwrap();
    }
    Some(sum)
}

#[test]
fn killed_carriers_several_carriers_and_a_chain_that_stands_still() {
    let dir = Directory::new();
    let first = free_ports(4);
    let chains = chains(dir.path(), first);
    let packs: Vec<String> = (0..PACKS).map(pack).collect();
    let genesis = fs::read(dir.path().join("net/south/genesis.json")).unwrap();
    let shown = run([
        "--output",
        "json",
        "genesis",
        "show",
        dir.path().join("net/south/genesis.json").to_str().unwrap(),
    ]);
    assert!(!genesis.is_empty());
    let south = shown.value()["chain"].as_str().unwrap().to_owned();
    states(
        dir.path(),
        first,
        0,
        "acme",
        &[json!({
            "type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning", "disposition": "active", "epcList": packs,
            "ilmd": {"cbvmda:lotNumber": "R1", "cbvmda:itemExpirationDate": "2031-12-31"}
        })],
    );
    let shipped: Vec<Value> = packs
        .iter()
        .map(|pack| {
            json!({
                "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "shipping", "disposition": "in_transit", "epcList": [pack],
                "chains:destinationChain": south,
                "destinationList": [{"type": "owning_party", "destination": "urn:epc:id:pgln:035555.555555"}]
            })
        })
        .collect();
    // one is killed again and again while there is much to carry
    let (mut early, _) = carrier(dir.path(), first);
    states(dir.path(), first, 0, "acme", &shipped[..PACKS / 2]);
    for ms in [150, 300, 600] {
        sleep(Duration::from_millis(ms));
        drop(early);
        (early, _) = carrier(dir.path(), first);
    }
    drop(early);
    // two at once, and a chain that stands still for a while
    let (one, at_one) = carrier(dir.path(), first);
    let (two, at_two) = carrier(dir.path(), first);
    states(dir.path(), first, 0, "acme", &shipped[PACKS / 2..]);
    let node = node_of(&chains.pid(), "south");
    signal(&node, "-STOP");
    sleep(Duration::from_secs(2));
    signal(&node, "-CONT");
    let begun = Instant::now();
    loop {
        let told = told(&[&at_one, &at_two]);
        if let Some((0, 0, arrived)) = told
            && arrived > 0
        {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "not all went through: {told:?}");
        sleep(Duration::from_millis(100));
    }
    // each is there once, and can be received and used
    let key = dir.path().join("net/south/keys/clinic.key");
    let receiving = json!({
        "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "receiving", "disposition": "in_progress", "epcList": packs
    });
    states(dir.path(), first, 1, "clinic", &[receiving]);
    let ran = run([
        "trace",
        &packs[PACKS - 1],
        "--node",
        &format!("http://127.0.0.1:{}", first + 3),
        "--key",
        key.to_str().unwrap(),
    ]);
    assert!(ran.stdout.contains("it came from chain"), "{ran:?}");
    assert!(ran.stdout.contains("clinic"), "{ran:?}");
    drop((one, two));
}

/// The process of a chain's node among those that `network up` started.
fn node_of(parent: &str, chain: &str) -> String {
    let found = Command::new("pgrep")
        .args(["-P", parent, "-f", &format!("net/{chain}/")])
        .output()
        .unwrap();
    let found = String::from_utf8(found.stdout).unwrap();
    assert_eq!(found.lines().count(), 1, "{found:?}");
    found.trim().to_owned()
}

fn signal(pid: &str, signal: &str) {
    assert!(
        Command::new("kill")
            .args([signal, pid])
            .status()
            .unwrap()
            .success()
    );
}
