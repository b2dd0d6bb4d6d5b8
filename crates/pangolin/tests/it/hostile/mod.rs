//! Black box: whoever is entitled and malicious hands in to running nodes, each request signed with a key of its own. Nothing changes that must
//! not, nothing is done twice or by halves, each answer has a stable code, and the nodes go on.

mod deliveries;
mod early;
mod garbage;
mod load;
mod orders;
mod walks;

use std::{collections::BTreeMap, fs, path::Path};

use pangolin_client::{Client, Credentials};
use pangolin_gs1::Key as Gs1;
use pangolin_ledger::{
    Delivery, Item, ObjectId,
    state::{Object, keys},
};
use pangolin_profiles::capture::id;
use serde_json::Value;

use crate::support::{
    Chains,
    carrier::{Carrier, Said, said},
    chains::Running,
    events,
    process::{children, runs},
    signed::key_in,
    trade::{ACME, CARRIER, CLINIC, Trader, linked, network},
};

/// Makes packs on a second chain.
const BOLT: Trader = Trader::new("bolt", "0366168000017", "manufacturer").under("036616");

/// Chains, and a carrier that their nodes list.
struct Net {
    chains: Chains,
    running: Running,
    carrier: Carrier,
    names: Vec<&'static str>,
}

/// A pack that acme labels.
fn pack(serial: usize) -> String {
    format!("urn:epc:id:sgtin:036615.0012345.9{serial}")
}

pub(crate) fn object(pack: &str) -> ObjectId {
    id::object(&Gs1::parse(pack).unwrap()).unwrap()
}

impl Net {
    /// Two chains where packs are made, and one where they are dispensed.
    fn up() -> Self {
        let file = network(&[
            ("north", &[ACME, CARRIER]),
            ("east", &[BOLT, CARRIER, CLINIC]),
            ("south", &[CLINIC, CARRIER]),
        ]);
        let names = ["north", "east", "south"];
        Self::of(&(file + &linked(&names)), &names)
    }

    fn of(file: &str, names: &[&'static str]) -> Self {
        let (chains, running) = Chains::carried(file, names);
        let carrier = Carrier::new(&chains, &running, names);
        Self {
            chains,
            running,
            carrier,
            names: names.to_vec(),
        }
    }

    /// A chain hears that another one has no orders.
    fn hears(&self, at: &str, of: &str) {
        let word = Delivery {
            chain: self.carrier.id(of),
            evidence: self.carrier.proof(of, vec![keys::notices()]),
            witnesses: Vec::new(),
            items: vec![Item::AllNoticed],
        };
        assert_eq!(self.carrier.delivers(at, word), said(200, "final"));
    }

    /// A member captures an event, which is applied.
    fn states(&self, chain: &str, who: &str, event: Value) {
        self.captures(chain, who, event, "captured");
    }

    /// A member captures an event, which becomes final and is counted so.
    fn captures(&self, chain: &str, who: &str, event: Value, counted: &str) {
        let url = self.running.url(chain);
        let more = ["--output", "json"];
        let ran = self.chains.capture(chain, who, &url, &[event], &more);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(ran.value()["job"]["counts"][counted], 1, "{ran:?}");
    }

    /// Packs go to the clinic of another chain, each by a lock of its own.
    fn ships(&self, from: &str, who: &str, to: &str, packs: &[String]) {
        let to = self.chains.identity(to);
        for pack in packs {
            self.states(from, who, events::shipped([pack], &to));
        }
    }

    /// What a chain has of a pack.
    fn of_pack(&self, chain: &str, pack: &str) -> Option<Object> {
        let key = keys::object(&object(pack));
        self.carrier.record(chain, key)
    }

    /// The chains on which a pack is live.
    fn homes(&self, pack: &str) -> Vec<&'static str> {
        let names = self.names.iter().copied();
        let live = |name: &&str| {
            self.of_pack(name, pack)
                .is_some_and(|object| object.is_live())
        };
        names.filter(live).collect()
    }

    /// A client of a chain's node that signs with the key of a member, or of the `regulator`.
    fn client(&self, chain: &str, who: &str) -> Client {
        let key = key_in(&self.chains.key(chain, who));
        Client::new(&self.running.url(chain), Credentials::Key(key.into())).unwrap()
    }

    /// The regulator of a chain holds a lot.
    fn holds(&self, chain: &str, lot: &str) {
        let party = format!("urn:pangolin:network:{chain}:regulator");
        let order = ["order", "hold", lot, "--reason", "suspect"];
        let hold = [&order[..], &["--basis", "a test", "--party", &party]].concat();
        let node = self.running.url(chain);
        let held = self.chains.ask(chain, "regulator", &node, &hold);
        assert_eq!(held.code, 0, "{held:?}");
    }

    /// Every node runs, none had a fault of its own, and every chain takes what is good.
    fn is_well(&self) {
        let nodes = children(self.running.process.pid());
        assert!(nodes.iter().all(|pid| runs(*pid)), "{nodes:?}");
        assert_eq!(nodes.len(), self.names.len());
        for name in &self.names {
            let before = self.carrier.height(name);
            self.holds(name, &format!("(01)00366150123458(10){before}"));
            assert!(self.carrier.height(name) > before);
            let client = self.client(name, "regulator");
            let metrics = self
                .carrier
                .wait(client.send("GET", "/metrics", &[], "".into()));
            let metrics = String::from_utf8(metrics.unwrap().body.to_vec()).unwrap();
            assert!(metrics.contains("pangolin_api_panics_total 0"), "{metrics}");
            let log = self.chains.path(&format!("{name}/validator-1/node.log"));
            let log = read(&log);
            // since it was started last: what the engine says while it stops is no fault
            let log = log.rsplit("service: starting").next().unwrap();
            for fault in ["panicked", "ERROR"] {
                assert!(!log.contains(fault), "{name}: {log}");
            }
        }
    }
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap()
}

/// How often each was said.
fn tally(said: impl IntoIterator<Item = Said>) -> BTreeMap<Said, usize> {
    let mut all = BTreeMap::new();
    for one in said {
        *all.entry(one).or_default() += 1;
    }
    all
}

/// Everything that was refused otherwise than it should be.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn expects(&mut self, what: &str, said: &Said, expect: &Said) {
        if said != expect {
            self.0.push(format!("{what}: {said:?}, not {expect:?}"));
        }
    }

    fn none(self) {
        assert!(self.0.is_empty(), "{:#?}", self.0);
    }
}
