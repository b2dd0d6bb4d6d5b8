//! A carrier of a test's own, entitled and malicious: it reads and proves as a relay does, has the deliveries of a true one before they are
//! handed in, and hands in what it likes.
//!
//! ```ignore
//! let carrier = Carrier::new(&chains, &running, &["north", "south"]);
//! let delivery = carrier.carried("south", |item| matches!(item, Item::Arrival { .. }));
//! assert_eq!(carrier.delivers("south", delivery), said(200, "final"));
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use commonware_cryptography::sha256::Digest;
use futures::future::{BoxFuture, FutureExt as _, join_all};
use pangolin_chain::genesis::Genesis;
use pangolin_client::{Client, Credentials, Options, Proof as Of, ProofForm, Sent};
use pangolin_interchain::{
    Fate, NodePort, Piecewise, Port, PortError, Ports, Proof, Relay, Settings, Signer, View,
};
use pangolin_ledger::{
    Body, ChainId, Delivery, EventId, Height, Item, Key, Machine, ProfileRef, SignedTransaction,
    Transaction, Wire, walk::local::Want,
};
use pangolin_profiles::{catalog, member};
use pangolin_proof::{file::ProofFile, foreign::LightClient, merkle};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::{
    chains::{Chains, Running},
    process::PATIENCE,
    signed::key_in,
    trade::CARRIER,
};

/// Blocks for which what is handed in is valid.
const VALID_BLOCKS: u64 = 200;
/// Time between two looks at what the true relay made.
const STEP: Duration = Duration::from_millis(20);

/// What a node says to a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Said {
    /// Status.
    pub(crate) status: u16,
    /// The code of a problem or refusal, or the state of the transaction.
    pub(crate) code: String,
}

/// An answer that is expected.
pub(crate) fn said(status: u16, code: &str) -> Said {
    let code = code.to_owned();
    Said { status, code }
}

impl Said {
    /// What an answer says.
    pub(crate) fn of(sent: &Sent) -> Self {
        let body: Value = serde_json::from_slice(&sent.body).unwrap_or_default();
        let first = body.get(0).unwrap_or(&body);
        let code = first["code"].as_str().or_else(|| first["state"].as_str());
        said(sent.status, code.unwrap_or_default())
    }
}

/// A chain as a true relay sees it, but what the relay hands in stays here.
struct Kept {
    node: NodePort,
    deliveries: Mutex<Vec<Delivery>>,
}

impl Port for Kept {
    fn name(&self) -> &str {
        self.node.name()
    }

    fn chain(&self) -> ChainId {
        self.node.chain()
    }

    fn profile(&self) -> ProfileRef {
        self.node.profile()
    }

    fn signer(&self) -> &Signer {
        self.node.signer()
    }

    fn read(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<View, PortError>> {
        self.node.read(keys)
    }

    fn prove(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<Proof, PortError>> {
        self.node.prove(keys)
    }

    fn submit(&self, tx: &SignedTransaction) -> BoxFuture<'_, Result<Fate, PortError>> {
        if let Body::Delivery(delivery) = &tx.tx().body {
            let mut deliveries = self.deliveries.lock().unwrap();
            deliveries.push(Delivery::clone(delivery));
        }
        async { Ok(Fate::Unknown) }.boxed()
    }

    fn piece(&self, wants: BTreeSet<Want>) -> BoxFuture<'_, Piecewise> {
        self.node.piece(wants)
    }

    fn pieces(&self, questions: Vec<BTreeSet<Want>>) -> BoxFuture<'_, Vec<Piecewise>> {
        self.node.pieces(questions)
    }

    fn waiting(&self) -> BoxFuture<'_, Result<Vec<EventId>, PortError>> {
        self.node.waiting()
    }
}

struct Reached {
    port: Arc<Kept>,
    client: Client,
    /// One that waits while the node is busy.
    patient: Client,
}

/// The carrier.
pub(crate) struct Carrier {
    chains: BTreeMap<String, Reached>,
    signed: AtomicU64,
    runtime: Runtime,
}

/// The rules that nodes know.
fn machine() -> Machine {
    Machine::new(catalog::profiles()).believing(Arc::new(LightClient::new()))
}

impl Carrier {
    /// One that the nodes of these chains list.
    pub(crate) fn new(chains: &Chains, running: &Running, names: &[&str]) -> Self {
        let reached = |name: &&str| {
            let genesis = fs::read(chains.genesis(name)).unwrap();
            let genesis = Genesis::parse(&genesis).unwrap();
            let ledger = pangolin_ledger::Genesis::from_bytes(&genesis.ledger).unwrap();
            let key = key_in(&chains.key(name, CARRIER.slug));
            let client = |patience: u64| {
                let options = Options {
                    patience: Duration::from_secs(patience),
                    ..Options::default()
                };
                let who = Credentials::Key(key.into());
                Client::with(&running.url(name), who, &options).unwrap()
            };
            let signer = Signer {
                party: member::party_id(CARRIER.id).unwrap(),
                key,
            };
            let node = NodePort::new(
                (*name).to_owned(),
                ChainId(genesis.chain.0),
                ledger.profiles[0],
                client(20),
                signer,
            );
            let port = Arc::new(Kept {
                node,
                deliveries: Mutex::default(),
            });
            let reached = Reached {
                port,
                client: client(0),
                patient: client(20),
            };
            ((*name).to_owned(), reached)
        };
        Self {
            chains: names.iter().map(reached).collect(),
            signed: AtomicU64::new(0),
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap(),
        }
    }

    fn reached(&self, chain: &str) -> &Reached {
        &self.chains[chain]
    }

    /// The identity of a chain.
    pub(crate) fn id(&self, chain: &str) -> ChainId {
        self.reached(chain).port.chain()
    }

    /// A client of a chain's node that is not patient with one that is busy.
    pub(crate) fn client(&self, chain: &str) -> &Client {
        &self.reached(chain).client
    }

    /// Waits for what is to be done.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// A record of a chain's state.
    pub(crate) fn record<T: Wire>(&self, chain: &str, key: Key) -> Option<T> {
        let view = self.wait(self.reached(chain).port.read(vec![key])).unwrap();
        view.get(&key).unwrap()
    }

    /// A chain's proof of records.
    pub(crate) fn proof(&self, chain: &str, keys: Vec<Key>) -> Vec<u8> {
        let proof = self.wait(self.reached(chain).port.prove(keys));
        proof.unwrap().evidence
    }

    /// How high a chain is.
    pub(crate) fn height(&self, chain: &str) -> u64 {
        self.wait(self.client(chain).status()).unwrap().height
    }

    /// How high every chain is.
    pub(crate) fn heights(&self) -> BTreeMap<String, u64> {
        let names = self.chains.keys();
        names
            .map(|name| (name.clone(), self.height(name)))
            .collect()
    }

    /// Since the chains were so high, no block of theirs took anything in.
    pub(crate) fn nothing_since(&self, heights: &BTreeMap<String, u64>) {
        let empty = Digest::from(merkle::root(&[]));
        for (chain, from) in heights {
            let to = self.height(chain);
            for height in from + 1..=to {
                let of = Of::Header(Some(height));
                let client = &self.reached(chain).patient;
                let file = self.wait(client.proof(&of, ProofForm::Json)).unwrap();
                let headers = ProofFile::parse(&file.bytes).unwrap().headers().unwrap();
                let header = &headers[0].headers[0];
                assert_eq!(header.height.get(), height);
                assert_eq!(
                    header.transactions, empty,
                    "block {height} of {chain}, {from} to {to}"
                );
            }
        }
    }

    /// What a true relay would bring to a chain now, of what is looked for and nothing else.
    pub(crate) fn carried(&self, to: &str, what: impl Fn(&Item) -> bool) -> Delivery {
        let kept = &self.reached(to).port;
        kept.deliveries.lock().unwrap().clear();
        let ports: Ports = self
            .chains
            .values()
            .map(|reached| (reached.port.chain(), reached.port.clone() as Arc<dyn Port>))
            .collect();
        let relay = Arc::new(Relay::new(machine(), ports, Settings::default()));
        let task = self.runtime.spawn(relay.clone().run());
        let begun = Instant::now();
        let found = loop {
            let mut deliveries = kept.deliveries.lock().unwrap().clone().into_iter();
            if let Some(found) = deliveries.find(|found| found.items.iter().any(&what)) {
                break found;
            }
            let board = relay.board();
            assert!(
                begun.elapsed() < PATIENCE,
                "no relay brings it: {:?} {:?}",
                board.chains(),
                board.lanes()
            );
            std::thread::sleep(STEP);
        };
        task.abort();
        let items = found.items.into_iter().filter(what).collect();
        Delivery { items, ..found }
    }

    /// A delivery as a transaction of a chain, which no other one equals, not signed.
    pub(crate) fn transaction(&self, at: &str, delivery: Delivery) -> Transaction {
        let port = &self.reached(at).port;
        let another = self.signed.fetch_add(1, Ordering::Relaxed) % VALID_BLOCKS;
        let until = Height(self.height(at) + VALID_BLOCKS + another);
        let signer = port.signer();
        signer.transaction(port.chain(), port.profile(), until, delivery)
    }

    /// The transaction signed with the carrier's key, as bytes.
    pub(crate) fn sign(&self, at: &str, tx: Transaction) -> Vec<u8> {
        self.reached(at).port.signer().sign(tx).to_bytes()
    }

    /// A delivery, signed.
    pub(crate) fn signed(&self, at: &str, delivery: Delivery) -> Vec<u8> {
        self.sign(at, self.transaction(at, delivery))
    }

    /// Hands in bytes by signed requests, all at once, and waits for what becomes of each.
    pub(crate) fn hand_in(&self, at: &str, all: Vec<Vec<u8>>) -> Vec<Said> {
        let client = self.client(at);
        let headers = [("content-type", "application/octet-stream".to_owned())];
        let sent = all.into_iter().map(|bytes| {
            let (headers, bytes) = (&headers, Bytes::from(bytes));
            async move {
                let sent = client.send("POST", "/transactions?wait=20", headers, bytes);
                Said::of(&sent.await.unwrap())
            }
        });
        self.wait(join_all(sent))
    }

    /// Hands in a delivery.
    pub(crate) fn delivers(&self, at: &str, delivery: Delivery) -> Said {
        self.hand_in(at, vec![self.signed(at, delivery)]).remove(0)
    }
}
