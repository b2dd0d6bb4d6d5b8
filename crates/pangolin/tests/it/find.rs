//! Black box: a pack is found over chains that know each other by a registry, by whoever asks; its events are given to those whom they
//! name, on another chain too, and their owners see it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::{Directory, PROGRAM, Ran, run};

/// Longest wait for anything, in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);
const PACK: &str = "urn:epc:id:sgtin:036615.0012345.91";
const STAYED: &str = "urn:epc:id:sgtin:036615.0012345.92";
const SCANNED: &str = "(01)00366150123458(21)91";

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

[[chain.member]]
slug = "clinic"
name = "Clinic"
id = "0355555555551"
roles = ["dispenser"]

[[chain.member]]
slug = "other"
name = "Other"
id = "0377777777771"
roles = ["wholesaler"]

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

/// The network, and what was said about it.
struct Net {
    dir: Directory,
    told: String,
    _process: Process,
}

impl Net {
    fn up() -> Self {
        let dir = Directory::new();
        fs::write(dir.path().join("net.toml"), FILE).unwrap();
        let mut child = Command::new(PROGRAM)
            .args(["network", "up", "net.toml", "--dir", "net"])
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let process = Process(child);
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
        Self {
            dir,
            told,
            _process: process,
        }
    }

    /// Where the first node of a chain answers.
    fn url(&self, chain: &str) -> String {
        let (_, rest) = self.told.split_once(&format!("\nchain {chain} (")).unwrap();
        let (_, rest) = rest.split_once("http://").unwrap();
        format!("http://{}", rest.split('/').next().unwrap())
    }

    fn key(&self, chain: &str, who: &str) -> PathBuf {
        self.dir.path().join(format!("net/{chain}/keys/{who}.key"))
    }

    /// A command to a chain's node, as one of its members.
    fn ask(&self, chain: &str, who: &str, args: &[&str]) -> Ran {
        let (key, node) = (self.key(chain, who), self.url(chain));
        let who = ["--node", &node, "--key", key.to_str().unwrap()];
        run(["--output", "json"].iter().chain(args).chain(&who))
    }

    fn states(&self, chain: &str, who: &str, mut event: Value) {
        let now = now();
        event["eventTime"] = now.clone().into();
        event["eventTimeZoneOffset"] = "+00:00".into();
        event["readPoint"] = json!({"id": "urn:epc:id:sgln:036615.900001.0"});
        let document = json!({
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {
                "gs1ushc": "http://epcis.gs1us.org/hc/ns", "chains": "https://ns.pangolin.network/chains/"
            }],
            "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": now,
            "epcisHeader": {"gs1ushc:dscsaTransactionStatement": {"gs1ushc:affirmTransactionStatement": true}},
            "epcisBody": {"eventList": [event]}
        });
        let file = self.dir.path().join("document.json");
        fs::write(&file, document.to_string()).unwrap();
        let ran = self.ask(chain, who, &["capture", file.to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{ran:?}");
    }

    fn identity(&self, chain: &str) -> String {
        let file = self.dir.path().join(format!("net/{chain}/genesis.json"));
        let shown = run(["--output", "json", "genesis", "show", path(&file)]);
        shown.value()["chain"].as_str().unwrap().to_owned()
    }

    /// Packs are made in the north, and one goes to the clinic in the south.
    fn ships(&self) {
        self.states("north", "acme", json!({
            "type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning", "disposition": "active", "epcList": [PACK, STAYED],
            "ilmd": {"cbvmda:lotNumber": "R1", "cbvmda:itemExpirationDate": "2031-12-31"}
        }));
        self.states("north", "acme", json!({
            "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "shipping", "disposition": "in_transit", "epcList": [PACK],
            "chains:destinationChain": self.identity("south"),
            "destinationList": [{"type": "owning_party", "destination": "urn:epc:id:pgln:035555.555555"}]
        }));
        until("the pack is in the south", || {
            let found = self.find("south", "clinic", PACK);
            knows(&found, "south chain") == "yes"
        });
        self.states("south", "clinic", json!({
            "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "receiving", "disposition": "in_progress", "epcList": [PACK]
        }));
    }

    fn find(&self, chain: &str, who: &str, what: &str) -> Value {
        let ran = self.ask(chain, who, &["find", what]);
        assert!(ran.code < 2, "{ran:?}");
        ran.value()
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The time of day, as events say it.
fn now() -> String {
    let ran = Command::new("date")
        .args(["-u", "+%Y-%m-%dT%H:%M:%S.000Z"])
        .output()
        .unwrap();
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(
            begun.elapsed() < PATIENCE,
            "it did not come about that {what}"
        );
        sleep(Duration::from_millis(300));
    }
}

/// What was found at the chain of this name.
fn of<'a>(found: &'a Value, name: &str) -> &'a Value {
    let mut chains = found["chains"].as_array().unwrap().iter();
    let finding = chains.find(|finding| finding["name"] == name);
    finding.unwrap_or(&Value::Null)
}

fn knows<'a>(found: &'a Value, name: &str) -> &'a str {
    of(found, name)["knows"].as_str().unwrap_or_default()
}

#[test]
fn a_pack_is_found_over_chains_and_its_events_are_given_to_those_whom_they_name() {
    let net = Net::up();
    net.ships();
    directories(&net);
    existence(&net);
    contents(&net);
    suspended(&net);
}

/// The south has the north's nodes by the registry's records, and the registry's own by its configuration.
fn directories(net: &Net) {
    let ran = net.ask("south", "clinic", &["directory", "--for", PACK]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let found = ran.value();
    assert_eq!(found["notHeard"], json!([]), "{found:#}");
    let first = &found["chains"][0];
    assert_eq!(first["name"], "north chain", "{found:#}");
    assert_eq!(first["likelyBy"], "036615");
    assert_eq!(first["state"], "active");
    assert_eq!(first["endpoints"], json!([net.url("north")]));
    assert_eq!(
        first["sources"],
        json!(["own governance", "registry Registry of chains"])
    );
    let list = &of(&found, "Registry of chains")["sources"];
    assert_eq!(list, &json!(["own governance", "configuration"]));
    let text = run(["directory", "--node", &net.url("north")]).stdout;
    for expect in ["south chain", "Registry of chains", "here", "active"] {
        assert!(text.contains(expect), "{expect}: {text}");
    }
}

/// Whoever asks learns that it exists, where, and how it stands, with proof.
fn existence(net: &Net) {
    for (chain, who) in [("south", "other"), ("north", "acme")] {
        let found = net.find(chain, who, SCANNED);
        assert_eq!(found["complete"], true, "{found:#}");
        let north = of(&found, "north chain");
        assert_eq!(
            (&north["knows"], &north["proven"]),
            (&"yes".into(), &true.into())
        );
        assert_eq!(north["object"]["status"], "away");
        assert_eq!(north["object"]["away"], net.identity("south").as_str());
        let south = of(&found, "south chain");
        assert_eq!(south["object"]["status"], "live");
        assert!(south["object"]["since"].is_u64());
        let text = found.to_string();
        assert!(
            !text.contains("0355555555551"),
            "who has it is not told: {text}"
        );
        assert!(
            !text.contains("shipping"),
            "nothing of events is told: {text}"
        );
    }
    // as nobody: the search is made by the program itself
    let ran = run(["find", SCANNED, "--node", &net.url("south")]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("members of its chain only"), "{ran:?}");
    for expect in ["away to south chain", "yes, proven", "COMPLETE"] {
        assert!(ran.stdout.contains(expect), "{expect}: {}", ran.stdout);
    }
    let lot = net.find("south", "other", "(01)00366150123458(10)R1");
    assert_eq!(of(&lot, "north chain")["lot"]["made"], 2, "{lot:#}");
    let nothing = net.ask(
        "south",
        "other",
        &["find", "urn:epc:id:sgtin:036615.0012345.404"],
    );
    assert_eq!(nothing.code, 1, "{nothing:?}");
    assert_eq!(knows(&nothing.value(), "north chain"), "no");
    let none = net.ask("south", "other", &["find", "hello"]);
    assert_eq!(none.code, 2, "{none:?}");
}

/// The clinic gets from the north what names it, and the maker sees that it did.
fn contents(net: &Net) {
    let gathered = |who: &str, what: &str| {
        let ran = net.ask("south", who, &["find", what, "--contents"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.value()
    };
    let found = gathered("clinic", SCANNED);
    let north = &of(&found, "north chain")["contents"];
    assert_eq!(north["as"], "abroad", "{found:#}");
    assert_eq!(
        north["withheld"], 1,
        "how it was made is not the clinic's: {found:#}"
    );
    let given = north["events"].as_array().unwrap();
    assert_eq!(given.len(), 1);
    assert_eq!(given[0]["right"], "party");
    assert_eq!(given[0]["event"]["bizStep"], "shipping");
    let south = &of(&found, "south chain")["contents"];
    assert_eq!(south["as"], "member");
    assert!(
        south["custodian"]
            .as_str()
            .unwrap()
            .contains("0355555555551")
    );
    let steps = found["trace"].as_array().unwrap().iter();
    let steps: Vec<&str> = steps
        .map(|step| step["given"]["event"]["bizStep"].as_str().unwrap())
        .collect();
    assert_eq!(steps, ["shipping", "receiving"]);

    // another member of the same chain is named by nothing
    let other = gathered("other", SCANNED);
    let north = &of(&other, "north chain")["contents"];
    assert_eq!(
        (&north["events"], &north["withheld"]),
        (&json!([]), &2.into()),
        "{other:#}"
    );
    assert_eq!(north["custodian"], Value::Null);
    // what never went there is none of its affair
    let stayed = gathered("clinic", STAYED);
    assert_eq!(
        of(&stayed, "north chain")["withheld"]["code"],
        "no-part",
        "{stayed:#}"
    );

    let log = net.ask("north", "acme", &["disclosures"]).value();
    let entries = log["disclosures"].as_array().unwrap();
    assert_eq!(entries.len(), 1, "{log:#}");
    assert_eq!(entries[0]["home"], net.identity("south").as_str());
    assert!(
        entries[0]["asker"]
            .as_str()
            .unwrap()
            .contains("0355555555551")
    );
    assert_eq!(entries[0]["right"], "party");
    assert_eq!(entries[0]["events"], json!([given[0]["eventID"]]));
}

/// When the south is suspended, the north believes nothing it says of anybody.
fn suspended(net: &Net) {
    let marked = net.ask(
        "list",
        "regulator",
        &[
            "chains",
            "mark",
            "south chain",
            "suspended",
            "--party",
            "urn:pangolin:network:list:regulator",
        ],
    );
    assert_eq!(marked.code, 0, "{marked:?}");
    until("the north knows that the south is suspended", || {
        let found = net.find("north", "acme", SCANNED);
        let south = of(&found, "south chain");
        south["troubles"][0]["code"] == "not-believed" && found["complete"] == false
    });
    let ran = net.ask("south", "clinic", &["find", SCANNED, "--contents"]);
    let found = ran.value();
    assert_eq!(
        of(&found, "north chain")["withheld"]["code"],
        "home-not-believed",
        "{found:#}"
    );
}
