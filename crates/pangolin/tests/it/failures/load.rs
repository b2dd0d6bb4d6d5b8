//! Files that keep coming in, one after the other, each signed by its company and sent to that company's own node.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use jiff::SignedDuration;
use pangolin_sandbox::industry::Plan;
use serde_json::Value;

use super::kills;
use crate::support::{NODES, Network, PATIENCE, http, run};

/// Receipts that are fetched as proofs and checked offline, at the end.
const PROOFS: usize = 3;

/// Files for a run without further kills: more than are sent on a fast machine.
const FILES: usize = 400;
/// Files more for each kill that is asked for.
const FILES_PER_KILL: usize = 12;
/// Packs of the plan for a file, of which the demonstration has fewer: files about incidents are left out.
const PACKS_PER_FILE: u64 = 22;
/// Time in which the trade of the plan takes place: long enough for all of it, and over.
const SPAN: SignedDuration = SignedDuration::from_hours(300 * 24);
/// Pause after a file, so that the load lasts as long as the failures.
const PAUSE: Duration = Duration::from_millis(100);

/// A document that was acknowledged as final.
#[derive(Clone, Debug)]
pub(super) struct Acknowledged {
    slug: String,
    job: String,
    file: PathBuf,
    /// Event, transaction, height: as they were told the first time. An event that was known before, because the file was sent
    /// again after its node was killed, names no transaction.
    events: Vec<(String, String, u64)>,
}

struct Item {
    slug: String,
    home: String,
    url: String,
    address: std::net::SocketAddr,
    key: PathBuf,
    file: PathBuf,
}

/// What became of a file.
enum Sent {
    Final(Acknowledged),
    /// It rests on one that was left out.
    Refused,
    /// The load ended before there was an answer.
    Ended,
}

/// The load while it flows.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    at: Arc<Mutex<String>>,
    acknowledged: Arc<Mutex<Vec<Acknowledged>>>,
    thread: JoinHandle<()>,
}

impl Load {
    /// Begins to send.
    pub(super) fn start(network: &Network) -> Self {
        let files = FILES + FILES_PER_KILL * usize::try_from(kills()).unwrap();
        let plan = Plan {
            packs: PACKS_PER_FILE * u64::try_from(files).unwrap(),
            span: SPAN,
            ..Plan::demo()
        };
        let documents = plan.history().unwrap().map(Result::unwrap);
        let items: Vec<Item> = documents
            .filter(|document| document.incident.is_none())
            .take(files)
            .map(|document| {
                let slug = document.sender.slug.clone();
                let home = network.home(&slug);
                Item {
                    home: home.name.clone(),
                    url: home.url(),
                    address: home.http,
                    key: network.key(&slug),
                    file: network.file(&document),
                    slug,
                }
            })
            .collect();
        let stop = Arc::new(AtomicBool::new(false));
        let at = Arc::new(Mutex::new(String::new()));
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let sending = (stop.clone(), at.clone(), acknowledged.clone());
        let thread = std::thread::spawn(move || {
            let (stop, at, acknowledged) = sending;
            for item in &items {
                at.lock().unwrap().clone_from(&item.home);
                match item.send(&stop) {
                    Sent::Final(one) => acknowledged.lock().unwrap().push(one),
                    Sent::Refused => {}
                    Sent::Ended => return,
                }
                std::thread::sleep(PAUSE);
            }
        });
        Self {
            stop,
            at,
            acknowledged,
            thread,
        }
    }

    /// The node that the file of this moment is sent to.
    pub(super) fn home(&self) -> String {
        self.at.lock().unwrap().clone()
    }

    /// Documents acknowledged so far.
    pub(super) fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// Waits until so many more documents were acknowledged: the chain goes on.
    pub(super) fn wait_more(&self, more: usize) {
        let (begun, from) = (Instant::now(), self.count());
        while self.count() < from + more {
            assert!(
                begun.elapsed() < PATIENCE,
                "no document became final at {}",
                self.home()
            );
            assert!(!self.thread.is_finished(), "the load is at its end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it; everything that was acknowledged.
    pub(super) fn end(self) -> Vec<Acknowledged> {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().unwrap();
        self.acknowledged.lock().unwrap().clone()
    }
}

impl Item {
    /// Sends until the node says yes or no, or the load ends.
    fn send(&self, stop: &AtomicBool) -> Sent {
        let file = self.file.to_str().unwrap();
        let key = self.key.to_str().unwrap();
        loop {
            if stop.load(Ordering::SeqCst) {
                return Sent::Ended;
            }
            let args = [
                "--output", "json", "capture", file, "--node", &self.url, "--key", key,
            ];
            let ran = run(args);
            match ran.code {
                0 => {
                    let job = ran.value()["job"]["captureID"].as_str().unwrap().to_owned();
                    if let Some(events) = events(self.address, &self.slug, &job) {
                        return Sent::Final(Acknowledged {
                            slug: self.slug.clone(),
                            job,
                            file: self.file.clone(),
                            events,
                        });
                    }
                }
                1 if ran.stdout.contains("\"captured\":false") => return Sent::Refused,
                // the node is away, or went away: sending again is safe
                _ => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }
}

/// The events of a job; `None` where the node does not answer.
fn events(
    address: std::net::SocketAddr,
    slug: &str,
    job: &str,
) -> Option<Vec<(String, String, u64)>> {
    let path = format!("/capture/{job}?events=0");
    let answer = http::get(address, &path, Some(&Network::token(slug)))?;
    if answer.status != 200 {
        return None;
    }
    let value: Value = serde_json::from_slice(&answer.body).unwrap();
    let events = value["events"].as_array().unwrap().iter();
    let stated = events.filter_map(|event| {
        Some((
            event["eventID"].as_str()?.to_owned(),
            event["transaction"].as_str().unwrap_or_default().to_owned(),
            event["height"].as_u64().unwrap_or_default(),
        ))
    });
    Some(stated.collect())
}

/// Waits until the chain has gone on, also where the load waits for the node that is away.
pub(super) fn goes_on_without(network: &Network, away: &str) {
    let other = NODES.iter().find(|name| **name != away).unwrap();
    let (height, _) = network.heights(other).unwrap();
    network.wait_height(other, height + 2);
}

/// An identifier as one segment of a path.
fn encoded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes()
        .map(|byte| {
            if plain(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// Every acknowledged event is where it was, on every node, once. The jobs of `forgetful` went with its store of jobs.
pub(super) fn nothing_is_lost(
    network: &Network,
    acknowledged: &[Acknowledged],
    forgetful: Option<&str>,
) {
    assert!(!acknowledged.is_empty(), "nothing was sent");
    let mut first: BTreeMap<&str, (&str, u64)> = BTreeMap::new();
    let mut last = 0;
    for one in acknowledged {
        assert!(!one.events.is_empty(), "{}", one.file.display());
        let home = network.home(&one.slug);
        if forgetful != Some(home.name.as_str()) {
            let again = events(home.http, &one.slug, &one.job);
            assert_eq!(again.as_ref(), Some(&one.events), "{}", one.file.display());
        }
        for (event, tx, height) in one.events.iter().filter(|(_, tx, _)| !tx.is_empty()) {
            last = last.max(*height);
            let known = first.insert(event, (tx, *height));
            // a file that was sent again names the same transaction
            assert!(known.is_none_or(|known| known == (tx, *height)), "{event}");
        }
    }
    for name in NODES {
        network.wait_height(name, last);
        for one in acknowledged {
            let token = Network::token("regulator");
            for (event, _, _) in one.events.first().iter().chain(&one.events.last()) {
                let path = format!("/events/{}", encoded(event));
                let address = network.node(name).http;
                let answer = http::get(address, &path, Some(&token)).unwrap();
                assert_eq!(answer.status, 200, "{name}: {event}");
            }
        }
    }
    let proven = acknowledged.iter().rev();
    let proven = proven.filter(|one| !one.events[0].1.is_empty());
    for one in proven.take(PROOFS) {
        let (event, _, height) = &one.events[0];
        let file = network.dir.path().join("receipt.json");
        let path = file.to_str().unwrap();
        let got = network.ask("observer", &["proof", "receipt", event, "--out", path]);
        assert_eq!(got.code, 0, "{got:?}");
        let genesis = network.genesis();
        let checked = run(["verify", path, "--genesis", genesis.to_str().unwrap()]);
        assert_eq!(checked.code, 0, "{checked:?}");
        assert!(checked.stdout.contains(&height.to_string()), "{checked:?}");
        // sent once more, it is known
        let again = network.capture(&one.slug, &one.file);
        assert_eq!(again.code, 0, "{again:?}");
        assert_eq!(again.value()["job"]["counts"]["captured"], 0, "{again:?}");
    }
}
