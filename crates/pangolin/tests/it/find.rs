//! Black box: a pack is found over chains that know each other by a registry, by whoever asks; its events are given to those whom they
//! name, on another chain too, and their owners see it.

use std::fs;

use pangolin_client::{Client, Credentials, Identity};
use serde_json::{Value, json};

use crate::support::{
    Chains, Ran,
    chains::Running,
    events, http,
    process::until,
    run,
    scripted::{Scripted, answer},
    signed::{Signed, key_in},
    trade::{ACME, CLINIC, Trader, network},
};

const PACK: &str = "urn:epc:id:sgtin:036615.0012345.91";
/// Goes to the south by an event that is not on the chain.
const SECRET: &str = "urn:epc:id:sgtin:036615.0012345.93";
const STAYED: &str = "urn:epc:id:sgtin:036615.0012345.92";
const SCANNED: &str = "(01)00366150123458(21)91";

const OTHER: Trader = Trader::new("other", "0377777777771", "wholesaler");
/// Somebody whom the south admitted under the name of a member of the north.
const FALSE_ACME: Trader = Trader::new("false-acme", ACME.id, "wholesaler");

const REGISTRY: &str = r#"
[[chain]]
name = "list"
title = "Registry of chains"
profile = "registry"
heartbeat_ms = 500
validators = ["authorities"]

[[registry]]
chain = "list"
freshness_ms = 30000
word_ms = 600000

[[relay]]
name = "mule"
chains = ["list", "north", "south"]
party = "urn:example:mule"
"#;

/// The network, and what was said about it.
struct Net {
    chains: Chains,
    running: Running,
    /// Nodes that the south's operator wrote down for the north, and that are none.
    liars: Vec<Scripted>,
}

impl Net {
    fn up() -> Self {
        let south = [CLINIC, OTHER, FALSE_ACME];
        let file = network(&[("north", &[ACME]), ("south", &south)]) + REGISTRY;
        let chains = Chains::new(&file);
        chains.once();
        let liars = liars(&chains);
        let running = chains.start();
        Self {
            chains,
            running,
            liars,
        }
    }

    /// Where the first node of a chain answers.
    fn url(&self, chain: &str) -> String {
        self.running.url(chain)
    }

    /// A command to a chain's node, as one of its members.
    fn ask(&self, chain: &str, who: &str, args: &[&str]) -> Ran {
        let args = [&["--output", "json"], args].concat();
        self.chains.ask(chain, who, &self.url(chain), &args)
    }

    fn states(&self, chain: &str, who: &str, event: Value) {
        self.states_placed(chain, who, event, "full");
    }

    fn states_placed(&self, chain: &str, who: &str, event: Value, placement: &str) {
        let more = ["--placement", placement];
        let ran = self
            .chains
            .capture(chain, who, &self.url(chain), &[event], &more);
        assert_eq!(ran.code, 0, "{ran:?}");
    }

    fn identity(&self, chain: &str) -> String {
        self.chains.identity(chain)
    }

    /// Packs are made in the north, and one goes to the clinic in the south.
    fn ships(&self) {
        let south = self.identity("south");
        self.states("north", "acme", events::made([PACK, STAYED, SECRET]));
        self.states("north", "acme", events::shipped([PACK], &south));
        let mut secret = events::shipped([SECRET], &south);
        secret["gs1ushc:price"] = "12.50".into();
        self.states_placed("north", "acme", secret, "committed");
        until("the other pack is in the south", || {
            let found = self.find("south", "clinic", SECRET);
            knows(&found, "south chain") == "yes"
        });
        until("the pack is in the south", || {
            let found = self.find("south", "clinic", PACK);
            knows(&found, "south chain") == "yes"
        });
        self.states("south", "clinic", events::received([PACK]));
    }

    fn find(&self, chain: &str, who: &str, what: &str) -> Value {
        let ran = self.ask(chain, who, &["find", what]);
        assert!(ran.code < 2, "{ran:?}");
        ran.value()
    }
}

/// Two nodes that the south's operator believes to be the north's: one sends the south's own proofs as the north's, one says that it knows
/// nothing and sends whoever asks elsewhere.
fn liars(chains: &Chains) -> Vec<Scripted> {
    let (north, south) = (chains.identity("north"), chains.identity("south"));
    let file = chains.path("south/validator-1/node.toml");
    let config = fs::read_to_string(&file).unwrap();
    let (_, http) = config.split_once("http = \"").unwrap();
    let own: std::net::SocketAddr = http.split('"').next().unwrap().parse().unwrap();
    let named = north.clone();
    let borrows = Scripted::new(move |request| {
        let target = request.head.split(' ').nth(1).unwrap();
        let got = http::get(own, target, None)?;
        let body = String::from_utf8(got.body).unwrap().replace(&south, &named);
        Some(answer(&format!("{} X", got.status), "", &body))
    });
    let trap = Scripted::new(|_| Some(answer("200 OK", "", "{}")));
    let location = format!("location: {}/\r\n", trap.url);
    let redirects = Scripted::new(move |_| Some(answer("302 Found", &location, "")));
    let neighbour = format!(
        "\n[[neighbour]]\nchain = \"{north}\"\nendpoints = [\"{}\", \"{}\"]\n",
        borrows.url, redirects.url
    );
    fs::write(&file, config + &neighbour).unwrap();
    vec![borrows, redirects, trap]
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
    impostors(&net);
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
    let (borrows, redirects) = (&net.liars[0].url, &net.liars[1].url);
    assert_eq!(
        first["endpoints"],
        json!([borrows, redirects, net.url("north")])
    );
    assert_eq!(
        first["sources"],
        json!([
            "own governance",
            "configuration",
            "registry Registry of chains"
        ])
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
    // what the false nodes sent was not believed, nobody went where they pointed, and the true one was asked
    let found = net.find("south", "other", SCANNED);
    let north = of(&found, "north chain");
    let codes: Vec<&str> = north["troubles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|trouble| trouble["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        ["certificate-of-other-block", "http-status"],
        "{north:#}"
    );
    assert_eq!(north["endpoint"], net.url("north").as_str());
    assert_eq!(net.liars[2].requests("").len(), 0);
    // as nobody: the search is made by the program itself
    let ran = run(["find", SCANNED, "--node", &net.url("south")]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("members of its chain only"), "{ran:?}");
    for expect in ["away to south chain", "yes, proven", "COMPLETE"] {
        assert!(ran.stdout.contains(expect), "{expect}: {}", ran.stdout);
    }
    let lot = net.find("south", "other", "(01)00366150123458(10)R1");
    assert_eq!(of(&lot, "north chain")["lot"]["made"], 3, "{lot:#}");
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

    // of what is not on the chain its owner's node shows the fields, with proof
    let fields = ["find", SECRET, "--contents", "--fields"];
    let ran = net
        .chains
        .ask("south", "clinic", &net.url("south"), &fields);
    assert_eq!(ran.code, 0, "{ran:?}");
    for expect in ["proven under the key of north chain", "12.50", "names you"] {
        assert!(ran.stdout.contains(expect), "{expect}: {}", ran.stdout);
    }
    let bare = gathered("clinic", SECRET);
    assert!(!bare.to_string().contains("12.50"), "{bare:#}");
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
    // the event on the chain, the other one with its fields, and again without; what was withheld is not in it
    let fields = |at: usize| entries[at]["fields"].as_array().unwrap().len();
    assert_eq!(entries.len(), 4, "{log:#}");
    assert!(
        fields(0) == 0 && fields(1) == 0 && fields(2) > 3 && fields(3) == 0,
        "{log:#}"
    );
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

/// A request for contents as it is sent, to be sent again.
fn asks(net: &Net, who: &str, identity: &Identity) -> Signed {
    let shown = json!({ "chain": identity.chain, "state": identity.state });
    let body = json!({ "epc": PACK, "identity": shown }).to_string();
    let key = key_in(&net.chains.key("south", who));
    let (node, media) = (net.url("north"), "application/json");
    Signed::new(&node, "/contents", media, &key, body.as_bytes())
}

/// What proves to the north who a member of the south is.
fn identity(net: &Net, who: &str) -> Identity {
    let key = key_in(&net.chains.key("south", who));
    let client = Client::new(&net.url("south"), Credentials::Key(key.into())).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(client.identity()).unwrap()
}

/// Nobody is taken for somebody else, and no request counts twice.
fn impostors(net: &Net) {
    let clinic = identity(net, "clinic");
    let request = asks(net, "clinic", &clinic);
    assert_eq!(request.send(), (200, String::new()));
    assert_eq!(request.send(), (401, "signature-replayed".into()));
    let sent = |who: &str, identity: &Identity| asks(net, who, identity).send();
    let refused = |code: &str| (403, code.to_owned());
    assert_eq!(sent("other", &clinic), refused("identity-of-no-key"));
    let false_acme = identity(net, "false-acme");
    assert_eq!(sent("false-acme", &false_acme), refused("member-here"));
    let of = |chain: &str| Identity {
        chain: net.identity(chain),
        ..clinic.clone()
    };
    assert_eq!(sent("clinic", &of("north")), refused("unknown-key"));
    assert_eq!(sent("clinic", &of("list")), refused("other-chain"));
    let mut bytes = hex::decode(&clinic.state).unwrap();
    let changed = bytes.len() / 2;
    bytes[changed] ^= 1;
    let broken = Identity {
        state: hex::encode(bytes),
        ..clinic.clone()
    };
    let (status, code) = sent("clinic", &broken);
    assert_eq!(status, 403, "{code}");
}

/// When the south is suspended, the north believes nothing it says of anybody.
fn suspended(net: &Net) {
    let mark = ["chains", "mark", "south chain", "suspended"];
    let marked = net.chains.decide("list", &net.url("list"), &mark);
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
