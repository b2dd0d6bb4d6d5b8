//! Black box: carriers that are killed, several at once, a chain that stands still: what was shipped arrives, once.

use std::{
    fmt::Write as _,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::{
    Chains, Process,
    chains::Running,
    process::{PATIENCE, signal},
    run,
};

/// Packs that are shipped, each by a lock of its own.
const PACKS: usize = 240;
const CARRIER: &str = "urn:example:carrier";

fn network() -> String {
    let mut text = "format = \"pangolin-network/1\"\nfirst_port = 0\n".to_owned();
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

/// The chains, each with the nodes that list the carrier.
fn chains() -> (Chains, Running) {
    let chains = Chains::new(&network());
    chains.once();
    for chain in ["north", "south"] {
        chains.lists(chain, &[CARRIER]);
    }
    let running = chains.start();
    (chains, running)
}

/// A carrier, and where it serves its status.
fn carrier(chains: &Chains, running: &Running) -> (Process, String) {
    let nodes = ["north", "south"].map(|chain| (chain, running.url(chain)));
    let nodes = nodes.each_ref().map(|(chain, node)| (*chain, &node[..]));
    chains.relay(&nodes, CARRIER, "")
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
    states(
        &chains,
        &running,
        "north",
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
    let receiving = json!({
        "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "receiving", "disposition": "in_progress", "epcList": packs
    });
    states(&chains, &running, "south", "clinic", &[receiving]);
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
