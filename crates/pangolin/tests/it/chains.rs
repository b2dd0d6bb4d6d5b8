//! Black box: `pangolin network`: several chains from one file, each under its own rules, that know each other.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::support::{Directory, PROGRAM, Ran, run};

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

fn up(dir: &Directory, more: &[&str]) -> Ran {
    let (file, data) = (dir.path().join("net.toml"), dir.path().join("net"));
    let args = [
        "network",
        "up",
        file.to_str().unwrap(),
        "--dir",
        data.to_str().unwrap(),
    ];
    run(args.iter().chain(more))
}

#[test]
fn chains_are_made_know_each_other_and_are_found_again() {
    let dir = Directory::new();
    fs::write(dir.path().join("net.toml"), FILE).unwrap();
    let first = up(&dir, &["--exit"]);
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
    let genesis = dir.path().join("net/border/genesis.json");
    let before = fs::read(&genesis).unwrap();
    // what is known is not lost with the record of it: the chain says so itself
    fs::remove_file(dir.path().join("net/links.json")).unwrap();
    let again = up(&dir, &["--exit"]);
    assert_eq!(again.code, 0, "{again:?}");
    for expect in ["chain border found in", "north knew border before"] {
        assert!(again.stdout.contains(expect), "{expect}: {again:?}");
    }
    assert_eq!(fs::read(&genesis).unwrap(), before);
    let third = up(&dir, &["--exit"]);
    assert!(
        third.stdout.contains("2 registrations were made before"),
        "{third:?}"
    );
    let changed = FILE.replace("\"customs\"]", "\"others\"]");
    fs::write(dir.path().join("net.toml"), changed).unwrap();
    let other = up(&dir, &["--exit", "--output", "json"]);
    assert_eq!(
        (other.code, &other.error()["code"]),
        (2, &"network-differs".into())
    );
}

#[test]
fn each_chain_speaks_its_own_rules_until_ctrl_c() {
    let dir = Directory::new();
    let file = dir.path().join("net.toml");
    fs::write(&file, FILE).unwrap();
    let mut child = Command::new(PROGRAM)
        .args(["network", "up", file.to_str().unwrap(), "--dir", "net"])
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = String::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while !told.contains("press Ctrl-C") {
        let Some(line) = lines.next() else {
            panic!("it ended: {told}")
        };
        told.push_str(&line.unwrap());
        told.push('\n');
    }
    let url = |chain: &str| {
        let (_, rest) = told.split_once(&format!("\nchain {chain} (")).unwrap();
        let (_, rest) = rest.split_once("http://").unwrap();
        format!("http://{}", rest.split('/').next().unwrap())
    };
    let status = |chain: &str| run(["--output", "json", "status", "--node", &url(chain)]).value();
    assert_eq!(status("north")["profile"], "1@1");
    assert_eq!(status("border")["profile"], "2@1");
    assert!(
        status("border")["profileName"]
            .as_str()
            .unwrap()
            .starts_with("customs")
    );

    let (_, page) = told.split_once("relay mule carries").unwrap();
    let (_, page) = page.split_once("http://").unwrap();
    let page = format!("http://{}", page.split('/').next().unwrap());
    let begun = Instant::now();
    loop {
        let relay = run(["relay", "status", &page]);
        if relay.code == 0 && relay.stdout.contains("border") {
            break;
        }
        assert!(begun.elapsed() < END, "{relay:?}");
        std::thread::sleep(Duration::from_millis(100));
    }

    let key = dir.path().join("net/border/keys/regulator.key");
    let hold = |reason: &str| {
        run([
            "order",
            "hold",
            "(00)100300011234567898",
            "--basis",
            "Customs Act, section 3",
            "--reason",
            reason,
            "--party",
            "urn:pangolin:network:border:regulator",
            "--key",
            key.to_str().unwrap(),
            "--node",
            &url("border"),
        ])
    };
    let wrong = hold("suspect");
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(wrong.stderr.contains("give one of documents"), "{wrong:?}");
    let held = hold("documents");
    assert_eq!(
        held.code, 0,
        "an order is signed under the chain's own rules: {held:?}"
    );
    let (key, node) = (key.to_str().unwrap(), url("border"));
    let list = run(["order", "list", "--key", key, "--node", &node]);
    assert!(list.stdout.contains("documents missing"), "{list:?}");

    let pids = children(child.id());
    assert_eq!(pids.len(), 3, "two nodes and a relay");
    assert!(
        Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    assert!(child.wait().unwrap().success());
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
        run([
            "--output",
            "json",
            "network",
            "check",
            file.to_str().unwrap(),
        ])
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

fn children(pid: u32) -> Vec<u32> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let text = fs::read_to_string(path).unwrap();
    text.split_whitespace()
        .map(|pid| pid.parse().unwrap())
        .collect()
}
