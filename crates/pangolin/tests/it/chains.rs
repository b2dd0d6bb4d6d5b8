//! Black box: `pangolin network`: several chains from one file, each under its own rules, that know each other.

use std::{
    fs,
    time::{Duration, Instant},
};

use crate::support::{
    Chains, Directory,
    chains::text as path,
    process::{children, signal},
    run,
};

/// Longest time for the processes to end.
const END: Duration = Duration::from_secs(20);

const FILE: &str = r#"
format = "pangolin-network/1"
first_port = 0

[[chain]]
name = "north"
profile = "pharma-strict"
heartbeat_ms = 500
validators = ["makers"]

[[chain]]
name = "border"
profile = "customs"
heartbeat_ms = 500
validators = ["customs"]

[[chain.member]]
slug = "swift"
name = "Swift"
id = "0377777777771"
roles = ["carrier"]

[[link]]
between = ["north", "border"]

[[relay]]
name = "mule"
chains = ["north", "border"]
party = "urn:example:mule"
"#;

#[test]
fn chains_are_made_know_each_other_and_are_found_again() {
    let chains = Chains::new(FILE);
    let first = chains.up(&[]);
    assert_eq!(first.code, 0, "{first:?}");
    for expect in [
        "chain north made in",
        "2 processes answer",
        "north knows border from its block",
        "border knows north from its block",
        "development only",
    ] {
        assert!(first.stdout.contains(expect), "{expect}: {first:?}");
    }
    let genesis = chains.genesis("border");
    let before = fs::read(&genesis).unwrap();
    // what is known is not lost with the record of it: the chain says so itself
    fs::remove_file(chains.path("links.json")).unwrap();
    let again = chains.up(&[]);
    assert_eq!(again.code, 0, "{again:?}");
    for expect in ["chain border found in", "north knew border before"] {
        assert!(again.stdout.contains(expect), "{expect}: {again:?}");
    }
    assert_eq!(fs::read(&genesis).unwrap(), before);
    let third = chains.up(&[]);
    assert!(
        third.stdout.contains("2 registrations were made before"),
        "{third:?}"
    );
    let changed = FILE.replace("\"customs\"]", "\"others\"]");
    fs::write(chains.dir.path().join("net.toml"), changed).unwrap();
    let other = chains.up(&["--output", "json"]);
    assert_eq!(
        (other.code, &other.error()["code"]),
        (2, &"network-differs".into())
    );
}

#[test]
fn each_chain_speaks_its_own_rules_until_ctrl_c() {
    let chains = Chains::new(FILE);
    let mut running = chains.start();
    let url = |chain: &str| running.url(chain);
    let status = |chain: &str| run(["--output", "json", "status", "--node", &url(chain)]).value();
    assert_eq!(status("north")["profile"], "1@1");
    assert_eq!(status("border")["profile"], "2@1");
    assert!(
        status("border")["profileName"]
            .as_str()
            .unwrap()
            .starts_with("customs")
    );

    let page = running.relay("mule");
    let begun = Instant::now();
    loop {
        let relay = run(["relay", "status", &page]);
        if relay.code == 0 && relay.stdout.contains("border") {
            break;
        }
        assert!(begun.elapsed() < END, "{relay:?}");
        std::thread::sleep(Duration::from_millis(100));
    }

    let hold = |reason: &str| {
        let order = ["order", "hold", "(00)100300011234567898"];
        let why = ["--basis", "Customs Act, section 3", "--reason", reason];
        chains.decide("border", &url("border"), &[&order[..], &why].concat())
    };
    let wrong = hold("suspect");
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(wrong.stderr.contains("give one of documents"), "{wrong:?}");
    let held = hold("documents");
    assert_eq!(
        held.code, 0,
        "an order is signed under the chain's own rules: {held:?}"
    );
    let list = chains.ask("border", "regulator", &url("border"), &["order", "list"]);
    assert!(list.stdout.contains("documents missing"), "{list:?}");

    let pids = children(running.process.pid());
    assert_eq!(pids.len(), 3, "two nodes and a relay");
    signal("-INT", running.process.pid());
    assert!(running.process.0.wait().unwrap().success());
    let begun = Instant::now();
    while pids
        .iter()
        .any(|pid| fs::exists(format!("/proc/{pid}")).unwrap())
    {
        assert!(begun.elapsed() < END, "processes are left over: {pids:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_file_is_checked_without_starting_anything() {
    let dir = Directory::new();
    let file = dir.path().join("net.toml");
    let check = |text: &str| {
        fs::write(&file, text).unwrap();
        run(["--output", "json", "network", "check", path(&file)])
    };
    let good = check(FILE).value();
    assert_eq!((&good["links"], &good["processes"]), (&2.into(), &3.into()));
    assert_eq!(good["chains"][1]["profile"], "customs");
    let bad = check(&FILE.replace("\"carrier\"", "\"manufacturer\""));
    assert_eq!(bad.code, 2);
    let error = bad.error();
    assert_eq!(error["code"], "network-file");
    assert!(
        error["place"]
            .as_str()
            .unwrap()
            .ends_with("/chain/1/member/0/roles/0"),
        "{error}"
    );
    assert!(
        error["remedy"].as_str().unwrap().contains("carrier"),
        "{error}"
    );
    let missing = run(["network", "check", "no-such-file.toml"]);
    assert_eq!(missing.code, 2, "{missing:?}");
}
