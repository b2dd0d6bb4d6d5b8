//! Black box: carriers that are killed, several at once, a chain that stands still: what was shipped arrives, once.

use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::support::{
    Chains, Process,
    chains::Running,
    events::{made, received, shipped},
    http,
    process::{PATIENCE, signal, until_or},
    run,
    scripted::{Scripted, answer},
    trade::{ACME, CARRIER, CLINIC, linked, network},
};

/// Packs that are shipped, each by a lock of its own.
const PACKS: usize = 240;

/// The chains, each with a node that lists the carrier.
fn chains() -> (Chains, Running) {
    started(&["north", "south"])
}

/// Chains that know each other; packs are made in the north, and go to the south.
fn started(names: &[&str]) -> (Chains, Running) {
    let members = |name: &str| match name {
        "north" => &[ACME, CARRIER][..],
        "south" => &[CLINIC, CARRIER],
        _ => &[CARRIER],
    };
    let each: Vec<_> = names.iter().map(|name| (*name, members(name))).collect();
    Chains::carried(&(network(&each) + &linked(names)), names)
}

/// A carrier, and where it serves its status.
fn carrier(chains: &Chains, running: &Running) -> (Process, String) {
    let nodes = ["north", "south"].map(|chain| (chain, running.url(chain)));
    let nodes = nodes.each_ref().map(|(chain, node)| (*chain, &node[..]));
    chains.relay(&nodes, CARRIER.id, "")
}

fn states(chains: &Chains, running: &Running, chain: &str, who: &str, events: &[Value]) {
    let ran = chains.capture(chain, who, &running.url(chain), events, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
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
    let (chains, running) = chains();
    let packs: Vec<String> = (0..PACKS).map(pack).collect();
    let south = chains.identity("south");
    states(&chains, &running, "north", "acme", &[made(&packs)]);
    let shipped: Vec<Value> = packs.iter().map(|pack| shipped([pack], &south)).collect();
    // one is killed again and again while there is much to carry
    let (mut early, _) = carrier(&chains, &running);
    states(&chains, &running, "north", "acme", &shipped[..PACKS / 2]);
    for ms in [150, 300, 600] {
        sleep(Duration::from_millis(ms));
        drop(early);
        (early, _) = carrier(&chains, &running);
    }
    drop(early);
    // two at once, and a chain that stands still for a while
    let (one, at_one) = carrier(&chains, &running);
    let (two, at_two) = carrier(&chains, &running);
    states(&chains, &running, "north", "acme", &shipped[PACKS / 2..]);
    let node = node_of(running.process.pid(), "south");
    signal("-STOP", node);
    sleep(Duration::from_secs(2));
    signal("-CONT", node);
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
    states(&chains, &running, "south", "clinic", &[received(&packs)]);
    let trace = ["trace", &packs[PACKS - 1]];
    let ran = chains.ask("south", "clinic", &running.url("south"), &trace);
    assert!(ran.stdout.contains("it came from chain"), "{ran:?}");
    assert!(ran.stdout.contains("clinic"), "{ran:?}");
    drop((one, two));
}

/// The process of a chain's node among those that `network up` started.
fn node_of(parent: u32, chain: &str) -> u32 {
    let found = Command::new("pgrep")
        .args(["-P", &parent.to_string(), "-f", &format!("net/{chain}/")])
        .output()
        .unwrap();
    let found = String::from_utf8(found.stdout).unwrap();
    assert_eq!(found.lines().count(), 1, "{found:?}");
    found.trim().parse().unwrap()
}

/// What stands in the place of a chain's node: everything that it answers is wrong in one way.
fn lying(true_node: &str, others: &str, lie: &'static str) -> Scripted {
    let address = |node: &str| node["http://".len()..].parse::<SocketAddr>().unwrap();
    let (own, other) = (address(true_node), address(others));
    let page = || Some(answer("200 OK", "", "<html>welcome</html>"));
    Scripted::new(move |request| {
        let mut words = request.head.split(' ');
        let (method, target) = (words.next()?, words.next()?);
        if target == "/status" && lie != "garbage" {
            let node = if lie == "another chain" { other } else { own };
            let got = http::get(node, "/status", None)?;
            return Some(answer("200 OK", "", &String::from_utf8(got.body).unwrap()));
        }
        match (lie, method) {
            ("records", "POST") => {
                let headers = "pangolin-height: 7\r\npangolin-time: 7\r\n";
                Some(answer("200 OK", headers, "no records at all"))
            }
            ("redirects", _) => Some(answer("302 Found", "location: http://127.0.0.1:9/\r\n", "")),
            ("silence", _) => None,
            _ => page(),
        }
    })
}

#[test]
fn a_lying_node_is_shown_and_holds_up_nobody() {
    let (chains, running) = started(&["north", "south", "east"]);
    let (north, south) = (running.url("north"), running.url("south"));
    let identity = chains.identity("south");
    let lies = [
        ("garbage", "(answer-syntax)"),
        ("another chain", "(other-chain)"),
        ("records", "(record)"),
        ("redirects", "(http-status)"),
        ("silence", "(connection)"),
    ];
    let packs: Vec<String> = (0..lies.len()).map(pack).collect();
    states(&chains, &running, "north", "acme", &[made(&packs)]);
    for ((lie, code), pack) in lies.into_iter().zip(&packs) {
        let liar = lying(&running.url("east"), &south, lie);
        let nodes = [
            ("north", &north[..]),
            ("south", &south[..]),
            ("east", &liar.url[..]),
        ];
        let (_relay, page) = chains.relay(&nodes, CARRIER.id, "");
        let event = shipped([pack], &identity);
        states(&chains, &running, "north", "acme", &[event]);
        let status = || {
            let ran = run(["--output", "json", "relay", "status", &page]);
            if ran.code == 0 {
                ran.value()
            } else {
                Value::Null
            }
        };
        let of = |list: &str, name: &str, what: &str| {
            let status = status();
            let found = status[list].as_array().into_iter().flatten();
            let mut found = found.filter(|one| one[name] == what);
            found.next().cloned().unwrap_or_default()
        };
        until_or(
            "the lie is shown with its code",
            || {
                let east = of("chains", "name", "east");
                east["trouble"]
                    .as_str()
                    .is_some_and(|why| why.contains(code))
            },
            || format!("{lie}: {}", of("chains", "name", "east")),
        );
        until_or(
            "the others go on",
            || {
                let status = status();
                let lanes = status["lanes"].as_array().into_iter().flatten();
                let mut lanes =
                    lanes.filter(|lane| lane["from"] == "north" && lane["to"] == "south");
                lanes.next().is_some_and(|lane| lane["arrived"] == 1)
            },
            || format!("{lie}: {}", status()),
        );
        let text = run(["relay", "status", &page]).stdout;
        assert!(text.contains(code), "{lie}: {text}");
        for name in ["north", "south"] {
            let trouble = of("chains", "name", name)["trouble"].clone();
            assert_eq!(trouble, Value::Null, "{lie}: {name}");
        }
        // what blocks are compared with is a node like any other
        let witness = of("chains", "name", "east")["witnesses"][&liar.url].clone();
        assert!(witness["trouble"].is_string(), "{lie}: {witness}");
    }
}

/// A relay keeps no file, so no disk stops it: not even that of its log.
#[test]
fn a_full_disk_does_not_stop_a_relay() {
    let (chains, running) = chains();
    std::os::unix::fs::symlink("/dev/full", chains.dir.path().join("relay.log")).unwrap();
    let (relay, page) = carrier(&chains, &running);
    let south = chains.identity("south");
    let events = [made([pack(1)]), shipped([pack(1)], &south)];
    for event in events {
        states(&chains, &running, "north", "acme", &[event]);
    }
    until_or(
        "the pack arrives",
        || told(&[&page]).is_some_and(|(open, stuck, arrived)| (open, stuck, arrived) == (0, 0, 1)),
        || format!("{:?}", told(&[&page])),
    );
    // whatever the test itself has open was handed on to it
    let inherited = open_files("self");
    let mut files = open_files(&relay.pid().to_string());
    files.retain(|file| !inherited.contains(file) && !file.starts_with("/dev"));
    assert_eq!(files, Vec::<PathBuf>::new());
}

fn open_files(pid: &str) -> Vec<PathBuf> {
    let open = fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let open = open.map(|entry| fs::read_link(entry.unwrap().path()).unwrap_or_default());
    open.filter(|file| file.starts_with("/")).collect()
}
