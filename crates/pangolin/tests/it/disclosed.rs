//! Black box: what proofs tell of events of others is written down where their owners see it, and what they do not tell is not.

use std::fs;

use pangolin_client::{Client, Credentials};
use pangolin_ledger::{Wire as _, walk::local::Want};
use serde_json::{Value, json};

use crate::{
    hostile::object,
    support::{
        Chains, Ran,
        chains::{Running, text},
        events,
        signed::key_in,
        trade::{ACME, CLINIC, Trader, network},
    },
};

const PACK: &str = "urn:epc:id:sgtin:036615.0012345.91";
const SCANNED: &str = "(01)00366150123458(21)91";

/// Gets the pack, and gives it to the clinic.
const HUB: Trader = Trader::new("hub", "0377777777771", "wholesaler");
/// A member that no event names.
const OTHER: Trader = Trader::new("other", "0399999999991", "wholesaler");

/// One chain, on which a pack went from its maker over a wholesaler to a clinic.
struct Net {
    chains: Chains,
    running: Running,
    /// Each event, in its order: made, shipped, received, shipped.
    events: Vec<String>,
}

/// A step of the trade between two parties of one chain.
fn shipping(to: &str) -> Value {
    json!({
        "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "shipping", "disposition": "in_transit", "epcList": [PACK],
        "destinationList": [{"type": "owning_party", "destination": to}]
    })
}

impl Net {
    fn up() -> Self {
        let chains = Chains::new(&network(&[("north", &[ACME, HUB, CLINIC, OTHER])]));
        let running = chains.start();
        let mut net = Self {
            chains,
            running,
            events: Vec::new(),
        };
        for (who, event) in [
            ("acme", events::made([PACK])),
            ("acme", shipping("urn:epc:id:pgln:037777.777777")),
            ("hub", events::received([PACK])),
            ("hub", shipping("urn:epc:id:pgln:035555.555555")),
        ] {
            net.states(who, event);
        }
        net
    }

    fn states(&mut self, who: &str, event: Value) {
        let url = self.running.url("north");
        let more = ["--output", "json"];
        let ran = self.chains.capture("north", who, &url, &[event], &more);
        assert_eq!(ran.code, 0, "{ran:?}");
        let job = ran.value()["job"]["captureID"].as_str().unwrap().to_owned();
        let job = self.read(who, &format!("/capture/{job}?events=0"));
        let event = job["events"][0]["eventID"].as_str().unwrap();
        self.events.push(event.to_owned());
    }

    /// What the node shows to somebody.
    fn read(&self, who: &str, path: &str) -> Value {
        let key = key_in(&self.chains.key("north", who));
        let client = Client::new(&self.running.url("north"), Credentials::Key(key.into()));
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        runtime.block_on(client.unwrap().read(path)).unwrap()
    }

    fn ask(&self, who: &str, args: &[&str]) -> Ran {
        self.chains
            .ask("north", who, &self.running.url("north"), args)
    }

    /// A proof of a kind, as somebody gets it.
    fn proof(&self, who: &str, kind: &str, of: &str) -> String {
        let file = self.chains.dir.path().join("proof.json");
        let ran = self.ask(who, &["proof", kind, of, "--out", text(&file)]);
        assert_eq!(ran.code, 0, "{ran:?}");
        fs::read_to_string(file).unwrap()
    }

    /// What an owner sees: to whom, by which right, and which events, since the entry of this number.
    fn log(&self, owner: &str, since: usize) -> Vec<(String, String, Vec<String>)> {
        let log = self
            .ask(owner, &["--output", "json", "disclosures"])
            .value();
        assert_eq!(log["dropped"], 0, "{log}");
        let entries = log["disclosures"].as_array().unwrap().iter().skip(since);
        let entry = |entry: &Value| {
            assert_eq!(entry["fields"], json!([]), "{entry}");
            let text = |name: &str| entry[name].as_str().unwrap().to_owned();
            let mut events: Vec<String> = serde_json::from_value(entry["events"].clone()).unwrap();
            events.sort_unstable();
            (text("asker"), text("right"), events)
        };
        entries.map(entry).collect()
    }

    /// What the owners see of what was just told to somebody, as the places of events; nothing else may be in their logs.
    fn told(&self, seen: &mut [usize; 2], asker: &str, right: &str, expect: [&[usize]; 2]) {
        for ((owner, since), places) in ["acme", "hub"].iter().zip(seen).zip(expect) {
            let entries = self.log(owner, *since);
            *since += entries.len();
            let mut events: Vec<String> =
                places.iter().map(|at| self.events[*at].clone()).collect();
            events.sort_unstable();
            let told = (asker.to_owned(), right.to_owned(), events);
            let expect: Vec<_> = Some(told)
                .filter(|told| !told.2.is_empty())
                .into_iter()
                .collect();
            assert_eq!(entries, expect, "{asker} by {right}, of {owner}");
        }
    }
}

const HUBS: &str = "https://id.gs1.org/417/0377777777771";

#[test]
fn what_proofs_tell_of_events_is_in_the_log_of_their_owners() {
    let net = Net::up();
    let seen = &mut [0, 0];
    let regulator = "urn:pangolin:network:north:regulator";
    let clinic = "https://id.gs1.org/417/0355555555551";

    // who had it, in words: to an authority of every step, to a party of those that name it
    let all = net.proof("regulator", "custody", SCANNED);
    assert!(
        all.contains("commissioned") && !all.contains("ask for the proof"),
        "{all}"
    );
    net.told(seen, regulator, "authority", [&[0, 1], &[2, 3]]);
    let some = net.proof("clinic", "custody", SCANNED);
    assert!(
        some.contains("ask for the proof with a signed request"),
        "{some}"
    );
    net.told(seen, clinic, "party", [&[], &[3]]);
    net.proof("hub", "custody", SCANNED);
    net.told(seen, HUBS, "party", [&[1], &[]]);
    // of a member that none of them names nothing is written down: it is told nothing
    let none = net.proof("other", "custody", SCANNED);
    assert!(
        !none.contains("commissioned") && !none.contains("shipped"),
        "{none}"
    );
    net.told(seen, "", "", [&[], &[]]);

    // receipts come with the transaction for those who may read it
    let shipped = net.proof("hub", "receipt", &net.events[1]);
    assert!(shipped.contains("\"transaction\""), "{shipped}");
    net.told(seen, HUBS, "party", [&[1], &[]]);
    net.proof("regulator", "receipt", &net.events[3]);
    net.told(seen, regulator, "authority", [&[], &[3]]);
    net.proof("acme", "receipt", &net.events[0]);
    net.proof("other", "receipt", &net.events[0]);
    net.told(seen, "", "", [&[], &[]]);

    // neither a status nor a header tells what an event says
    net.proof("regulator", "status", SCANNED);
    net.proof("clinic", "status", SCANNED);
    net.proof("hub", "header", "latest");
    net.told(seen, "", "", [&[], &[]]);

    // a trace tells the steps
    let traced = net.ask("regulator", &["trace", SCANNED]);
    assert!(traced.stdout.contains("commissioning"), "{traced:?}");
    net.told(seen, regulator, "authority", [&[0, 1], &[2, 3]]);
    assert_ne!(net.ask("other", &["trace", SCANNED]).code, 0);
    net.told(seen, "", "", [&[], &[]]);

    // the history over chains, in words or without
    let want = hex::encode(Want::Object(object(PACK)).to_bytes());
    for (more, expect) in [("", [&[0, 1][..], &[2, 3]]), ("&texts=none", [&[], &[]])] {
        let path = format!("/proofs/provenance?want={want}{more}");
        let proof = net.read("regulator", &path).to_string();
        assert_eq!(proof.contains("commissioned"), more.is_empty(), "{proof}");
        net.told(seen, regulator, "authority", expect);
    }
    // each owner sees its own only, and an entry for each time
    let again = net.proof("hub", "custody", SCANNED);
    assert!(!again.contains("commissioned"), "{again}");
    net.told(seen, HUBS, "party", [&[1], &[]]);
    assert_eq!(net.log("clinic", 0), []);
    assert_eq!(net.log("other", 0), []);
}
