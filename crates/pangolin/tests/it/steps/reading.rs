//! Answers out: status, trace, verification, proofs.

use pangolin_epcis::model::What;
use pangolin_sandbox::industry::{Document, Plan, Subject, vrs_queries};

use crate::support::{NODES, Network, run};

/// A pack that a file commissions.
pub(crate) struct Pack {
    pub(crate) epc: String,
    pub(crate) gtin: String,
    pub(crate) serial: String,
    pub(crate) lot: String,
    pub(crate) expiry: String,
    pub(crate) requester: String,
    pub(crate) maker: String,
}

impl Pack {
    pub(crate) fn of(document: &Document) -> Self {
        let What::Object(what) = &document.events()[0].what else {
            panic!("the first file does not commission")
        };
        let named = |serial: &str| {
            let ends = [format!(".{serial}"), format!("/{serial}")];
            what.epcs
                .iter()
                .find(|epc| ends.iter().any(|end| epc.as_str().ends_with(end)))
        };
        let (epc, query) = vrs_queries(&Plan::demo(), 20_000)
            .unwrap()
            .filter(|query| query.subject == Subject::Genuine)
            .find_map(|query| Some((named(&query.serial)?.as_str().to_owned(), query)))
            .unwrap();
        Self {
            epc,
            gtin: query.gtin,
            serial: query.serial,
            lot: query.lot,
            expiry: query.expiry,
            requester: query.requester,
            maker: document.sender.slug.clone(),
        }
    }

    pub(crate) fn verify(&self, network: &Network, lot: &str) -> crate::support::Ran {
        let url = network.node("observer").url();
        run([
            "verify-product",
            &self.gtin,
            &self.serial,
            "--lot",
            lot,
            "--exp",
            &self.expiry,
            "--req-gln",
            &self.requester,
            "--node",
            &url,
        ])
    }
}

pub(crate) fn every_node_says_the_same(network: &Network) {
    let height = NODES
        .iter()
        .filter_map(|name| network.heights(name))
        .map(|(height, _)| height)
        .max()
        .unwrap();
    for name in NODES {
        network.wait_height(name, height);
        let text = run(["status", "--node", &network.node(name).url()]);
        assert_eq!(text.code, 0, "{text:?}");
        for expect in ["block", "UTC", "DEVELOPMENT", "up to date"] {
            assert!(text.stdout.contains(expect), "{expect}: {text:?}");
        }
        let json = network.ask(name, &["--output", "json", "status"]).value();
        assert_eq!(json["validator"], name != "observer", "{json}");
        assert!(json["height"].as_u64().unwrap() >= height);
    }
}

pub(crate) fn a_pack_is_traced(network: &Network, pack: &Pack) {
    let ran = network.ask("observer", &["trace", &pack.epc]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for expect in ["commissioning", &pack.serial, "as of block", "with "] {
        assert!(ran.stdout.contains(expect), "{expect}: {ran:?}");
    }
    let json = network.ask("observer", &["--output", "json", "trace", &pack.epc]);
    let json = json.value();
    for member in [
        "root",
        "nodes",
        "edges",
        "truncated",
        "complete",
        "height",
        "time",
    ] {
        assert!(!json[member].is_null(), "{member}: {json}");
    }
    let unknown = format!("(01){}(21)NEVER", pack.gtin);
    let ran = network.ask("observer", &["trace", &unknown]);
    assert!(ran.code == 1 || ran.stdout.contains('?'), "{ran:?}");
}

pub(crate) fn proofs_hold_and_forged_ones_do_not(network: &Network, pack: &Pack) {
    let genesis = network.genesis();
    let genesis = genesis.to_str().unwrap();
    let verified = pack.verify(network, &pack.lot);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert!(verified.stdout.starts_with("VERIFIED"), "{verified:?}");
    let other = pack.verify(network, "OTHER");
    assert_eq!(other.code, 1, "{other:?}");
    assert!(other.stdout.starts_with("NOT VERIFIED"), "{other:?}");

    let jobs = network.file(&first_document());
    let job = network.capture(&pack.maker, &jobs).value();
    let id = job["job"]["captureID"].as_str().unwrap().to_owned();
    let events = events(network, &pack.maker, &id);
    let event = events[0]["eventID"].as_str().unwrap();
    for (kind, of) in [
        ("receipt", event),
        ("status", &pack.epc),
        ("custody", &pack.epc),
    ] {
        let file = network.dir.path().join(format!("{kind}.json"));
        let path = file.to_str().unwrap();
        let got = network.ask("observer", &["proof", kind, of, "--out", path]);
        assert_eq!(got.code, 0, "{kind}: {got:?}");
        let checked = run(["verify", path, "--genesis", genesis]);
        assert_eq!(checked.code, 0, "{kind}: {checked:?}");
        assert!(
            checked.stdout.contains("\n\nVERIFIED as of block "),
            "{kind}: {checked:?}"
        );
        forged(network, &file, genesis);
    }
    receipts_say_what_was_done(network, pack, event, events.last().unwrap(), genesis);
}

/// Whoever may read a transaction gets it with its receipt, and the file proves it; whoever may not gets a receipt without.
fn receipts_say_what_was_done(
    network: &Network,
    pack: &Pack,
    event: &str,
    other: &serde_json::Value,
    genesis: &str,
) {
    let file = network.dir.path().join("receipt.json");
    let path = file.to_str().unwrap();
    let ask = |of: &str, as_whom: Option<&str>| {
        let args = ["proof", "receipt", of, "--out", path];
        let url = network.node("observer").url();
        let got = match as_whom {
            Some(slug) => network.ask_as(slug, "observer", &args),
            None => run(args.iter().chain(&["--node", url.as_str()])),
        };
        assert_eq!(got.code, 0, "{got:?}");
        let text = std::fs::read_to_string(&file).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    let maker = network.member(&pack.maker);
    for slug in [pack.maker.as_str(), "regulator"] {
        ask(event, Some(slug));
        let text = run(["verify", path, "--genesis", genesis]);
        let did = format!(" commissioned by {} (GLN {})", maker.name, maker.id);
        for expect in [&did, "    applied, ", &pack.lot, "[ok] what was stated"] {
            assert!(text.stdout.contains(expect), "{expect}: {text:?}");
        }
        let json = run(["--output", "json", "verify", path, "--genesis", genesis]).value();
        assert_eq!(json["statedBy"]["name"], maker.name.as_str(), "{json}");
        let stated = &json["events"][0]["stated"];
        assert_eq!(stated["action"], "ADD", "{json}");
        assert!(!stated["objects"].as_array().unwrap().is_empty(), "{json}");
    }
    let stranger = network
        .members
        .iter()
        .find(|member| member.role == "dispenser")
        .unwrap();
    for whom in [None, Some(stranger.slug.as_str())] {
        let bare = ask(event, whom);
        assert!(bare["proof"]["transaction"].is_null(), "{whom:?}: {bare}");
        let text = run(["verify", path, "--genesis", genesis]);
        assert_eq!(text.code, 0, "{text:?}");
        assert!(text.stdout.contains("not part of this file"), "{text:?}");
        assert!(!text.stdout.contains("commissioned"), "{text:?}");
    }

    // another transaction of the same chain, in the place of this one
    let mine = ask(event, Some("regulator"));
    let theirs = ask(other["eventID"].as_str().unwrap(), Some("regulator"));
    let mut mixed = mine.clone();
    mixed["proof"]["receipt"] = theirs["proof"]["receipt"].clone();
    mixed["proof"]["path"] = theirs["proof"]["path"].clone();
    mixed["proof"]["final"] = theirs["proof"]["final"].clone();
    let same = mine["proof"]["transaction"] == theirs["proof"]["transaction"];
    if same {
        let text = mine["proof"]["transaction"].as_str().unwrap();
        let at = text.len() - 2;
        let last = if text.ends_with("00") { "01" } else { "00" };
        mixed["proof"]["transaction"] = format!("{}{last}", &text[..at]).into();
    }
    std::fs::write(&file, mixed.to_string()).unwrap();
    let ran = run(["--output", "json", "verify", path, "--genesis", genesis]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let said = ran.value();
    assert_eq!(said["verified"], false, "{said}");
    assert_eq!(said["place"], "/proof/transaction", "{said}");
    assert!(said["remedy"].is_string() && said["reason"].is_string());
}

/// Every tenth of the file is damaged in turn; each time it must not be verified, and nothing may panic.
fn forged(network: &Network, file: &std::path::Path, genesis: &str) {
    let good = std::fs::read(file).unwrap();
    let bad = network.dir.path().join("forged.json");
    let digits: Vec<usize> = good
        .windows(40)
        .enumerate()
        .filter(|(_, window)| window.iter().all(u8::is_ascii_hexdigit))
        .map(|(at, _)| at + 20)
        .collect();
    assert!(!digits.is_empty(), "{}", file.display());
    for at in digits.iter().step_by(digits.len() / 6 + 1) {
        let mut bytes = good.clone();
        bytes[*at] = if bytes[*at] == b'0' { b'1' } else { b'0' };
        std::fs::write(&bad, bytes).unwrap();
        let ran = run(["verify", bad.to_str().unwrap(), "--genesis", genesis]);
        assert_eq!(ran.code, 1, "digit {at} of {}: {ran:?}", file.display());
        assert!(ran.stdout.contains("NOT"), "{ran:?}");
    }
}

fn first_document() -> Document {
    let mut history = Plan::demo().history().unwrap();
    history
        .find_map(|document| document.ok().filter(|found| found.incident.is_none()))
        .unwrap()
}

/// What became of each event of a capture job.
pub(crate) fn events(network: &Network, slug: &str, job: &str) -> Vec<serde_json::Value> {
    let token = Network::token(slug);
    let path = format!("/capture/{job}?events=0");
    let answer = crate::support::http::get(network.home(slug).http, &path, Some(&token)).unwrap();
    assert_eq!(answer.status, 200);
    let value: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    value["events"].as_array().unwrap().clone()
}
