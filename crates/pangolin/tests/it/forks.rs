//! Black box: a chain whose validators sign a second block of a height. Whoever finds both hands them in, and the chains that believed it
//! believe it no more.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use pangolin_chain::{genesis::Genesis, keys};
use pangolin_proof::{
    file::{HeaderProof, Kind, ProofFile},
    made_up::{Committee, digest},
    trust::FinalHeader,
};
use serde_json::Value;

use crate::support::{
    Chains, Ran,
    chains::{Running, text},
    http,
    process::until,
    run,
    scripted::{Scripted, answer},
    trade::{CARRIER, linked, network},
};

/// The one validator of a chain, whose share of the key somebody has.
fn committee_of(genesis: &Path, share: &Path) -> Committee {
    let genesis = Genesis::parse(&fs::read(genesis).unwrap()).unwrap();
    let share = fs::read_to_string(share).unwrap();
    Committee::with_shares(
        genesis.trusted(),
        &genesis.validators,
        &genesis.sharing,
        [keys::parse_share(&share).unwrap()],
    )
}

/// Another block in the place of one, signed by the same validators.
fn twin(committee: &Committee, header: &FinalHeader) -> FinalHeader {
    let mut twin = header.headers[0].clone();
    twin.transactions = digest(66);
    committee.certified(twin)
}

/// Two chains, and what the validators of the north can sign besides.
struct Net {
    chains: Chains,
    running: Running,
    north: Committee,
}

impl Net {
    fn up() -> Self {
        let names = ["north", "south"];
        let file = network(&names.map(|name| (name, &[CARRIER][..]))) + &linked(&names);
        let (chains, running) = Chains::carried(&file, &names);
        let share = chains.path("north/validator-1/share.key");
        let north = committee_of(&chains.genesis("north"), &share);
        Self {
            chains,
            running,
            north,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.chains.dir.path().join(name)
    }

    /// The block that the north's node shows at a height, written to a file.
    fn shown(&self, height: &str, name: &str) -> FinalHeader {
        let path = self.file(name);
        let args = ["proof", "header", height, "--out", text(&path)];
        let node = self.running.url("north");
        let ran = run(args.iter().chain(&["--node", &node]));
        assert_eq!(ran.code, 0, "{ran:?}");
        let file = ProofFile::parse(&fs::read(path).unwrap()).unwrap();
        file.headers().unwrap().remove(0)
    }

    fn write(&self, header: &FinalHeader, name: &str) -> String {
        let proof = Kind::Header(HeaderProof::new(header));
        let file = ProofFile::new(&self.north.trusted, "a block", proof);
        let path = self.file(name);
        fs::write(&path, file.to_bytes()).unwrap();
        text(&path).to_owned()
    }

    /// What the south knows of the north.
    fn known(&self) -> Value {
        let node = self.running.url("south");
        let list = run(["--output", "json", "chains", "list", "--node", &node]).value();
        list["chains"][0].clone()
    }

    fn fork(&self, one: &str, other: &str, more: &[&str]) -> Ran {
        let args = [&["chains", "fork", one, other], more].concat();
        self.chains
            .ask("south", "carrier", &self.running.url("south"), &args)
    }
}

#[test]
fn whoever_finds_two_blocks_of_one_height_hands_them_in() {
    let net = Net::up();
    let block = net.shown("latest", "one.json");
    let one = text(&net.file("one.json")).to_owned();
    let genesis = net.chains.genesis("north");
    let verified = run(["verify", &one, "--genesis", text(&genesis)]);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert!(
        verified.stdout.contains("VERIFIED as of block"),
        "{verified:?}"
    );
    let twin = twin(&net.north, &block);
    let other = net.write(&twin, "other.json");
    refused(&net, &one, &twin);

    // looked at only, and offline with the genesis file
    let checked = run([
        "chains",
        "fork",
        &one,
        &other,
        "--check",
        "--genesis",
        text(&genesis),
        "--node",
        "http://127.0.0.1:1",
    ]);
    assert_eq!(checked.code, 0, "{checked:?}");
    let blocks = [&block, &twin].map(|run| run.headers[0].digest().to_string());
    for expect in ["FORK: the validators of ", &blocks[0], &blocks[1], &other] {
        assert!(checked.stdout.contains(expect), "{expect}: {checked:?}");
    }
    assert_eq!(net.known()["registration"]["state"], "active");

    // one from a file, the other from the node, which is asked for the height of the file
    let north = net.running.url("north");
    let more = ["--party", CARRIER.id, "--output", "json"];
    let done = net.fork(&other, &north, &more);
    assert_eq!(done.code, 0, "{done:?}");
    let said = done.value();
    let height = block.headers[0].height.get();
    assert_eq!(
        (&said["forked"], &said["height"]),
        (&true.into(), &height.into())
    );
    assert_eq!(said["submitted"]["state"], "final");
    let known = net.known();
    assert_eq!(known["forkedAt"], height);
    assert_eq!(known["registration"]["state"], "suspended");
    let list = run(["chains", "list", "--node", &net.running.url("south")]);
    assert!(
        list.stdout
            .contains("certified two different blocks of height"),
        "{list:?}"
    );
    let again = net.fork(&one, &other, &["--party", CARRIER.id]);
    assert_eq!(again.code, 1, "{again:?}");
    assert!(
        format!("{again:?}").contains("already-recorded"),
        "{again:?}"
    );
}

/// What shows no fork is not handed in, and it is said why.
fn refused(net: &Net, one: &str, twin: &FinalHeader) {
    let other = text(&net.file("other.json")).to_owned();
    let code = |one: &str, other: &str, more: &[&str]| {
        let ran = net.fork(
            one,
            other,
            &[&["--party", CARRIER.id, "--output", "json"], more].concat(),
        );
        let said = match ran.code {
            1 if ran.stderr.is_empty() => ran.value()["code"].clone(),
            _ => ran.error()["code"].clone(),
        };
        (ran.code, said.as_str().unwrap().to_owned())
    };
    let refused = |code: &str| (1, code.to_owned());
    let failed = |code: &str| (2, code.to_owned());
    assert_eq!(code(one, one, &[]), refused("same-block"));
    let (north, south) = (net.running.url("north"), net.running.url("south"));
    assert_eq!(code(&north, &north, &[]), refused("same-block"));
    net.shown("1", "first.json");
    let first = text(&net.file("first.json")).to_owned();
    assert_eq!(code(&first, &other, &[]), refused("other-heights"));
    assert_eq!(
        code(&south, &other, &["--height", "1"]),
        refused("other-chain")
    );
    let strangers = Committee::of(3, net.north.trusted.chain, "the same name");
    let foreign = net.write(
        &strangers.certified(twin.headers[0].clone()),
        "foreign.json",
    );
    assert_eq!(code(one, &foreign, &[]), refused("bad-certificate"));
    let unknown = Committee::new(4);
    let [a, b] = [1, 2].map(|n| {
        let header = unknown.header(7, digest(1), digest(n));
        net.write(&unknown.certified(header), &format!("unknown-{n}.json"))
    });
    assert_eq!(code(&a, &b, &[]), refused("unknown-chain"));
    let broken = net.file("broken.json");
    fs::write(&broken, "{").unwrap();
    assert_eq!(code(one, text(&broken), &[]), failed("proof-syntax"));
    assert_eq!(code(one, "no-such-file.json", &[]).0, 2);
    let late = ["--height", "99999999"];
    assert_eq!(code(&north, &south, &late), refused("not-final"));
    let nobody = run(["chains", "fork", one, &other, "--node", &south]);
    assert_eq!(nobody.code, 2, "{nobody:?}");
    assert!(nobody.stderr.contains("--check"), "{nobody:?}");
    assert_eq!(net.known()["forkedAt"], Value::Null);
}

/// A relay compares what nodes of a chain show, and tells the others by itself.
#[test]
fn a_relay_notices_what_nodes_show_differently() {
    let net = Net::up();
    let (north, south) = (net.running.url("north"), net.running.url("south"));
    let address: std::net::SocketAddr = north["http://".len()..].parse().unwrap();
    let forks = Arc::new(AtomicBool::new(false));
    let (forking, committee) = (forks.clone(), net.north.trusted.clone());
    let genesis = net.chains.genesis("north");
    let share = net.chains.path("north/validator-1/share.key");
    let second = Scripted::new(move |request| {
        let target = request.head.split(' ').nth(1).unwrap();
        let got = http::get(address, target, None)?;
        let mut body = got.body;
        if forking.load(Ordering::Relaxed) && got.status == 200 {
            let shown = ProofFile::parse(&body).unwrap().headers().unwrap();
            let twin = twin(&committee_of(&genesis, &share), &shown[0]);
            let proof = Kind::Header(HeaderProof::new(&twin));
            body = ProofFile::new(&committee, "a block", proof).to_bytes();
        }
        let body = String::from_utf8(body).unwrap();
        Some(answer(&format!("{} X", got.status), "", &body))
    });
    let witnesses = format!("witnesses = [\"{}\"]\n", second.url);
    let nodes = [("south", &south[..]), ("north", &north[..])];
    let (_relay, page) = net.chains.relay(&nodes, CARRIER.id, &witnesses);
    let status = || {
        let ran = run(["--output", "json", "relay", "status", &page]);
        let chains = (ran.code == 0).then(|| ran.value()["chains"].clone());
        let chains = chains.unwrap_or_default();
        let mut chains = chains.as_array().cloned().unwrap_or_default().into_iter();
        chains
            .find(|chain| chain["name"] == "north")
            .unwrap_or_default()
    };
    until("both nodes are compared", || {
        let witnesses = status()["witnesses"].clone();
        let both = [&north, &second.url].map(|at| witnesses[at]["height"].as_u64());
        both.into_iter().all(|height| height > Some(0))
    });
    assert_eq!(status()["fork"], Value::Null);
    assert_eq!(net.known()["forkedAt"], Value::Null);
    forks.store(true, Ordering::Relaxed);
    until("the south is told", || {
        net.known()["registration"]["state"] == "suspended"
    });
    until("it is known that it knows", || {
        status()["fork"]["told"]["south"] == "knows it"
    });
    let text = run(["relay", "status", &page]).stdout;
    for expect in ["FORK: north certified two blocks of height", &second.url] {
        assert!(text.contains(expect), "{expect}: {text}");
    }
    let address: std::net::SocketAddr = page["http://".len()..].parse().unwrap();
    for (path, expect) in [
        ("/metrics", "pangolin_relay_forked{chain=\"north\"} 1"),
        ("/", "CERTIFIED TWO BLOCKS"),
    ] {
        let body = http::get(address, path, None).unwrap().body;
        let body = String::from_utf8(body).unwrap();
        assert!(body.contains(expect), "{expect}: {body}");
    }
}
