//! Black box: a registry and two chains that follow it, which nobody told of each other.

use std::fs;

use serde_json::Value;

use crate::support::{Chains, process::until, run};

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

/// What a chain knows of the one of this name.
fn known(node: &str, name: &str) -> Value {
    let list = run(["--output", "json", "chains", "list", "--node", node]).value();
    let mut chains = list["chains"].as_array().unwrap().iter();
    let found = chains.find(|known| known["name"] == name);
    found.cloned().unwrap_or_default()
}

#[test]
fn chains_know_each_other_by_a_registry_and_hear_when_one_is_suspended() {
    let chains = Chains::new(FILE);
    let first = chains.once();
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
    fs::remove_file(chains.path("links.json")).unwrap();
    let running = chains.start();
    for expect in [
        "list records north, as before",
        "south follows list, as before",
        "south knows north by the word of list",
        "south trades what is made on north, as before",
    ] {
        assert!(running.told.contains(expect), "{expect}: {}", running.told);
    }
    let (list, south) = (running.url("list"), running.url("south"));
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
        chains.decide(chain, node, &[&["chains"], args].concat())
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
