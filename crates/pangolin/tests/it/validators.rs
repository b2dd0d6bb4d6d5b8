//! Black box: a fifth validator joins a chain of four and one leaves, by a governor's commands; the genesis file stays the one thing
//! that whoever checks proofs needs.

use std::{
    collections::BTreeSet,
    fs,
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

use pangolin_sandbox::industry::{Document, Plan};
use serde_json::Value;

use crate::{
    steps::reading::events,
    support::{NODES, Network, Node, directory, members, run},
};

/// Blocks of an epoch: half a minute of an idle chain.
const EPOCH: u64 = 30;
/// The longest that a change may take: two epochs, and what a busy machine adds.
const CHANGE: Duration = Duration::from_mins(4);
/// Time between two looks.
const STEP: Duration = Duration::from_millis(250);
/// Who joins.
const FIFTH: &str = "validator-5";

#[test]
fn a_fifth_validator_joins_one_leaves_and_the_key_stays() {
    let mut all = members::members();
    for member in &mut all {
        "validator-3".clone_into(&mut member.home);
    }
    let mut network = Network::prepare_with_epochs(all, EPOCH);
    for name in NODES {
        network.begin(name);
    }
    for name in NODES {
        network.wait_ready(name);
    }
    let documents: Vec<Document> = Plan::demo()
        .history()
        .unwrap()
        .map(Result::unwrap)
        .filter(|document| document.incident.is_none())
        .take(2)
        .collect();
    let before = receipt(&network, &documents[0], "before.json");
    let genesis = fs::read(network.genesis()).unwrap();

    // the governor names it, and from then on the others let it in; it comes with the genesis file alone
    let key = prepare(&mut network);
    let address = network.node(FIFTH).listen.to_string();
    let added = govern(
        &network,
        &[
            "add",
            "--name",
            FIFTH,
            "--organisation",
            "organisation 5",
            "--node-key",
            &key,
            "--address",
            &address,
        ],
    );
    assert_eq!(added["state"], "final", "{added}");
    assert_eq!(added["wanted"].as_array().unwrap().len(), 5, "{added}");
    network.restart(FIFTH);
    let shown = present(
        &network,
        "validator-1",
        &[
            "validator-1",
            "validator-2",
            "validator-3",
            "validator-4",
            FIFTH,
        ],
    );
    assert_eq!(shown["resharing"]["outcome"], "done", "{shown}");
    network.wait_votes(FIFTH);
    let text = network.ask(FIFTH, &["validators", "show"]);
    assert!(
        text.stdout.contains("the key was handed on") && text.stdout.contains(FIFTH),
        "{text:?}"
    );
    // its share is its own: nobody else reads it, and the first share of the others is gone
    assert!(network.node(FIFTH).dir.join("vault/share-1").exists());
    let old = network.node("validator-2").dir.join("share.key");
    let begun = Instant::now();
    while old.exists() {
        assert!(
            begun.elapsed() < CHANGE,
            "shares of the first validators lie around"
        );
        std::thread::sleep(STEP);
    }

    let removed = govern(
        &network,
        &["remove", "validator-1", "--reason", "its organisation left"],
    );
    assert_eq!(removed["state"], "final", "{removed}");
    present(
        &network,
        "validator-2",
        &["validator-2", "validator-3", "validator-4", FIFTH],
    );
    let gone = wait_for(&network, "validator-1", |status| {
        status["validator"] == false
    });
    assert!(
        gone["height"].as_u64().unwrap() > 0,
        "it goes on as an observer: {gone}"
    );
    let validators = gone["validators"].as_array().unwrap().iter();
    let names: BTreeSet<&str> = validators
        .map(|peer| peer["name"].as_str().unwrap())
        .collect();
    let present = ["validator-2", "validator-3", "validator-4", FIFTH];
    assert_eq!(names, BTreeSet::from(present), "{gone}");

    // of the four, any three are enough, and the one that came is one of them
    network.terminate("validator-1");
    network.terminate("validator-2");
    let after = receipt(&network, &documents[1], "after.json");
    network.kill(FIFTH);
    network.restart(FIFTH);
    network.wait_votes(FIFTH);
    let (height, _) = network.heights(FIFTH).unwrap();
    network.wait_height(FIFTH, height + 2);

    assert_eq!(fs::read(network.genesis()).unwrap(), genesis);
    for file in [before, after] {
        let (file, genesis) = (file.to_str().unwrap().to_owned(), network.genesis());
        let checked = run(["verify", &file, "--genesis", genesis.to_str().unwrap()]);
        assert_eq!(checked.code, 0, "{checked:?}");
        assert!(
            checked.stdout.contains("\n\nVERIFIED as of block "),
            "{checked:?}"
        );
    }
}

/// A node with the genesis file, as `node init` makes it, that knows where two of the others are.
fn prepare(network: &mut Network) -> String {
    let dir = network.dir.path().join("network").join(FIFTH);
    let port = directory::free_ports(2);
    let listen = SocketAddr::from(([127, 0, 0, 1], port));
    let http = SocketAddr::from(([127, 0, 0, 1], port + 1));
    let genesis = network.genesis();
    let made = run([
        "node",
        "init",
        dir.to_str().unwrap(),
        "--genesis",
        genesis.to_str().unwrap(),
        "--name",
        FIFTH,
        "--listen",
        &listen.to_string(),
        "--http",
        &http.to_string(),
    ]);
    assert_eq!(made.code, 0, "{made:?}");
    let key = made
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("public key  "));
    let key = key.unwrap().to_owned();
    let known = fs::read_to_string(network.node("observer").dir.join("node.toml")).unwrap();
    let peers = known.find("[[peer]]").unwrap();
    let path = dir.join("node.toml");
    let config = fs::read_to_string(&path).unwrap();
    let mut config = config.replace("peer = []\n", "");
    config.push('\n');
    config.push_str(&known[peers..]);
    // it asks nobody for documents: the tokens of this network are for development
    fs::write(
        &path,
        config.replacen("development = false", "development = true", 1),
    )
    .unwrap();
    network.nodes.push(Node::new(FIFTH, dir, http, listen));
    key
}

/// A governor's command.
fn govern(network: &Network, args: &[&str]) -> Value {
    let key = network.key("regulator");
    let url = network.node("validator-2").url();
    let more = [
        "--party",
        "urn:pangolin:demo:regulator",
        "--key",
        key.to_str().unwrap(),
        "--node",
        &url,
    ];
    let ran = run(["--output", "json", "validators"]
        .iter()
        .chain(args)
        .chain(&more));
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.value()
}

/// Waits until these are the present validators.
fn present(network: &Network, name: &str, expected: &[&str]) -> Value {
    let begun = Instant::now();
    loop {
        let shown = network
            .ask(name, &["--output", "json", "validators", "show"])
            .value();
        let mut found: Vec<&str> = shown["present"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["name"].as_str().unwrap())
            .collect();
        found.sort_unstable();
        if found == expected {
            return shown;
        }
        assert!(
            begun.elapsed() < CHANGE,
            "{shown}\n{}",
            network.node(name).log()
        );
        std::thread::sleep(STEP);
    }
}

fn wait_for(network: &Network, name: &str, is: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        if let Some(status) = network.status(name).filter(&is) {
            return status;
        }
        assert!(
            begun.elapsed() < CHANGE,
            "{name}:\n{}",
            network.node(name).log()
        );
        std::thread::sleep(STEP);
    }
}

/// Captures a document and fetches the receipt of its first event.
fn receipt(network: &Network, document: &Document, name: &str) -> PathBuf {
    let slug = &document.sender.slug;
    let captured = network.capture(slug, &network.file(document));
    assert_eq!(captured.code, 0, "{captured:?}");
    let job = captured.value()["job"]["captureID"]
        .as_str()
        .unwrap()
        .to_owned();
    let events = events(network, slug, &job);
    // the observer hears of a final block after those who made it
    let (height, _) = network.heights(&network.home(slug).name).unwrap();
    network.wait_height("observer", height);
    let of = events[0]["eventID"].as_str().unwrap();
    let file = network.dir.path().join(name);
    let got = network.ask(
        "observer",
        &["proof", "receipt", of, "--out", file.to_str().unwrap()],
    );
    assert_eq!(got.code, 0, "{got:?}");
    file
}
