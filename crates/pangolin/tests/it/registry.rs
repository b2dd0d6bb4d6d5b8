//! Black box: a registry and two chains that follow it, which nobody told of each other.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::support::{Directory, PROGRAM, run};

/// Longest wait for anything, in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

const FILE: &str = r#"
format = "pangolin-network/1"
first_port = 0

[[chain]]
name = "list"
title = "Registry of chains"
profile = "registry"
heartbeat_ms = 500
validators = ["authorities"]

[[chain]]
name = "north"
profile = "pharma-strict"
heartbeat_ms = 500
validators = ["makers"]
jurisdiction = "NO"

[[chain.member]]
slug = "acme"
name = "Acme"
id = "0366159000019"
roles = ["manufacturer"]
prefixes = ["036615"]

[[chain]]
name = "south"
profile = "pharma-strict"
heartbeat_ms = 500
validators = ["clinics"]

[[registry]]
chain = "list"
freshness_ms = 30000
word_ms = 600000

[[relay]]
name = "mule"
chains = ["list", "north", "south"]
party = "urn:example:mule"
"#;

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

/// What a start that ends again says.
fn once(dir: &Path) -> String {
    let ran = up(dir, &["--exit"])
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    String::from_utf8(ran.stdout).unwrap()
}

/// Chains that run, and what was said about them.
fn running(dir: &Path) -> (Process, String) {
    let mut child = up(dir, &[]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let child = Process(child);
    let mut told = String::new();
    while !told.contains("press Ctrl-C") {
        let Some(line) = lines.next() else {
            panic!("it ended: {told}")
        };
        told.push_str(&line.unwrap());
        told.push('\n');
    }
    // whoever prints must not wait for a reader
    std::thread::spawn(move || lines.for_each(drop));
    (child, told)
}

/// Where the first node of a chain answers.
fn url(told: &str, chain: &str) -> String {
    let (_, rest) = told.split_once(&format!("\nchain {chain} (")).unwrap();
    let (_, rest) = rest.split_once("http://").unwrap();
    format!("http://{}", rest.split('/').next().unwrap())
}

/// What a chain knows of the one of this name.
fn known(node: &str, name: &str) -> Value {
    let list = run(["--output", "json", "chains", "list", "--node", node]).value();
    let mut chains = list["chains"].as_array().unwrap().iter();
    let found = chains.find(|known| known["name"] == name);
    found.cloned().unwrap_or_default()
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(
            begun.elapsed() < PATIENCE,
            "it did not come about that {what}"
        );
        sleep(Duration::from_millis(200));
    }
}

#[test]
fn chains_know_each_other_by_a_registry_and_hear_when_one_is_suspended() {
    let dir = Directory::new();
    fs::write(dir.path().join("net.toml"), FILE).unwrap();
    let first = once(dir.path());
    for expect in [
        "list records north from its block",
        "list records south from its block",
        "north follows list from its block",
        "north knows south by the word of list",
        "south knows north by the word of list",
        "south trades what is made on north from its block",
    ] {
        assert!(first.contains(expect), "{expect}: {first}");
    }
    // what was done is not lost with the record of it: the chains say so themselves
    fs::remove_file(dir.path().join("net/links.json")).unwrap();
    let (_network, told) = running(dir.path());
    for expect in [
        "list records north, as before",
        "south follows list, as before",
        "south knows north by the word of list",
        "south trades what is made on north, as before",
    ] {
        assert!(told.contains(expect), "{expect}: {told}");
    }
    let (list, south) = (url(&told, "list"), url(&told, "south"));
    let record = known(&list, "north chain")["record"].clone();
    assert_eq!(record["grade"], "native");
    assert_eq!(record["jurisdiction"], "NO");
    assert_eq!(record["prefixes"], serde_json::json!(["036615"]));
    let registration = known(&south, "north chain")["registration"].clone();
    assert_eq!(registration["state"], "active");
    assert_eq!(registration["freshnessMs"], 30_000);
    assert_eq!(
        registration["registry"],
        known(&south, "Registry of chains")["chain"]
    );
    until("it is known that this is all", || {
        known(&south, "Registry of chains")["following"]["asOf"].is_string()
    });

    let decides = |chain: &str, node: &str, args: &[&str]| {
        let key = dir.path().join(format!("net/{chain}/keys/regulator.key"));
        let party = format!("urn:pangolin:network:{chain}:regulator");
        let signing = [
            "--party",
            &party,
            "--key",
            key.to_str().unwrap(),
            "--node",
            node,
        ];
        run(["chains"].iter().chain(args).chain(&signing))
    };
    let marked = decides("list", &list, &["mark", "north chain", "suspended"]);
    assert_eq!(marked.code, 0, "{marked:?}");
    until("it is suspended in the south", || {
        known(&south, "north chain")["registration"]["state"] == "suspended"
    });
    let text = run(["chains", "list", "--node", &south]).stdout;
    assert!(text.contains("registry Registry of chains"), "{text}");
    let marked = decides("list", &list, &["mark", "north chain", "active"]);
    assert_eq!(marked.code, 0, "{marked:?}");
    until("it is active in the south", || {
        known(&south, "north chain")["registration"]["state"] == "active"
    });
    // a registry's word lets nobody make things: that is the own governance's affair
    assert_eq!(known(&south, "north chain")["makes"], true);
    let ended = decides("south", &south, &["disallow", "north chain"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(known(&south, "north chain")["makes"], false);
    let again = decides("south", &south, &["disallow", "north chain"]);
    assert_eq!(again.code, 1, "{again:?}");
    let allowed = decides("south", &south, &["allow", "north chain"]);
    assert_eq!(allowed.code, 0, "{allowed:?}");
    assert_eq!(known(&south, "north chain")["makes"], true);
    // what the own governance decides is not lifted by the registry
    let own = decides("south", &south, &["suspend", "north chain"]);
    assert_eq!(own.code, 0, "{own:?}");
    for state in ["suspended", "active"] {
        decides("list", &list, &["mark", "north chain", state]);
    }
    until("the last word is known", || {
        let changes = |node: &str, name: &str| known(node, name)["record"]["revision"].as_u64();
        let version = changes(&list, "north chain").unwrap();
        known(&south, "Registry of chains")["following"]["changes"].as_u64() == Some(version + 1)
    });
    let registration = known(&south, "north chain")["registration"].clone();
    assert_eq!(registration["state"], "suspended");
    let again = decides("list", &list, &["mark", "north chain", "active"]);
    assert_eq!(again.code, 1, "{again:?}");
    assert!(again.stderr.contains("chain-unchanged"), "{again:?}");
}
