//! Proofs of a real chain: they hold under the chain's key, and a file that was touched does not, or claims nothing else.

use commonware_glue::simulate::{property::Property, tracker::ProgressTracker};
use pangolin_chain::{simulated::conduct::Vice, types::NodeKey};
use pangolin_ledger::{
    Body, ChainId, Digest32, Key, ObjectId, Overlay, TimeMs,
    evidence::Verifier as _,
    machine::Link,
    query::{ObjectStatus, QueryError, object_status},
    state::keys,
};
use pangolin_proof::{
    file::{CustodyProof, CustodyStep, Kind, ProofFile, ReceiptProof, StatusProof},
    foreign::{self, LightClient},
    merkle::Path,
    state::StateProof,
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    future::Future,
    pin::Pin,
};

use crate::{
    network::{Network, Node},
    run::{run, trading},
    trade::{self, Act},
};

/// Bytes between two that are touched: a prime, so that every part of a file is met in some run.
const STRIDE: usize = 61;

#[derive(Clone)]
struct Provable(Network);

impl Property<NodeKey, Node> for Provable {
    fn name(&self) -> &str {
        "provable"
    }

    fn check<'a>(
        &'a self,
        _: &'a ProgressTracker<NodeKey>,
        states: &'a [&'a Node],
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(async move {
            let node = states.first().ok_or("no node")?;
            let object = trade::object(0);
            let (status, state) = proven(node, &object).await?;
            self.counts_elsewhere(&state)?;
            let status_proof = StatusProof::new(&object, &state);
            self.stands(Kind::Status(status_proof.clone()))?;
            let custody = CustodyProof::new(status_proof, self.history(&status));
            self.stands(Kind::Custody(custody))?;
            let receipt = self.receipt(node).await?;
            self.stands(receipt)
        })
    }
}

/// The status of an object with proofs of every record it rests on.
async fn proven(node: &Node, object: &ObjectId) -> Result<(ObjectStatus, StateProof), String> {
    let mut known: BTreeSet<Key> = [keys::object(object)].into();
    loop {
        let asked: Vec<Key> = known.iter().copied().collect();
        let view = node
            .chain()
            .read(asked.clone())
            .await
            .map_err(|e| e.to_string())?;
        let mut overlay = Overlay::new();
        for (key, value) in asked.iter().zip(view.values) {
            overlay.supply(*key, value);
        }
        let at = TimeMs(i64::try_from(view.time_ms).unwrap());
        match object_status(&overlay, object, at) {
            Ok(answer) => {
                let state = node
                    .chain()
                    .prove(answer.consulted)
                    .await
                    .map_err(|e| e.to_string())?;
                return Ok((answer.value, state));
            }
            Err(QueryError::Need(keys)) => known.extend(keys),
            Err(error) => return Err(error.to_string()),
        }
    }
}

impl Provable {
    /// The steps that the object's record commits to, the last first.
    fn history(&self, status: &ObjectStatus) -> Vec<CustodyStep> {
        let inner = self.0.world.lock();
        let links: BTreeMap<Digest32, Link> = inner
            .blocks
            .values()
            .flat_map(|block| block.lineage.iter().cloned())
            .map(|link| (link.digest, link))
            .collect();
        let mut open = VecDeque::from([status.record.as_ref().unwrap().provenance]);
        let mut steps = Vec::new();
        while let Some(link) = open.pop_front().and_then(|digest| links.get(&digest)) {
            steps.push(CustodyStep {
                event: hex::encode(link.event.0),
                parents: link
                    .parents
                    .iter()
                    .map(|parent| hex::encode(parent.0))
                    .collect(),
                text: "an event".into(),
            });
            open.extend(link.parents.iter().filter(|parent| parent.0 != [0; 32]));
        }
        steps
    }

    async fn receipt(&self, node: &Node) -> Result<Kind, String> {
        let block = {
            let inner = self.0.world.lock();
            let block = inner
                .blocks
                .values()
                .find(|block| !block.receipts.is_empty());
            block.cloned().ok_or("no block with receipts")?
        };
        let height = block.block.header.height.get();
        let header = node
            .chain()
            .final_header(height)
            .await
            .map_err(|e| e.to_string())?;
        let leaves = pangolin_chain::app::receipt_leaves(&block.receipts);
        let path = Path::new(&leaves, 0).ok_or("no path")?;
        Ok(Kind::Receipt(ReceiptProof::new(
            &header,
            &block.receipts[0].1,
            &path,
        )))
    }

    /// Another chain believes exactly these records; of a proof that was touched, nothing else.
    fn counts_elsewhere(&self, state: &StateProof) -> Result<(), String> {
        let trusted = self.0.genesis.trusted();
        let (chain, key) = (ChainId(trusted.chain.0), trusted.key_bytes());
        let client = LightClient::new();
        let evidence = foreign::encode(state);
        let proven = client
            .verify(&chain, &key, &evidence)
            .map_err(|bad| bad.message)?;
        let records = state.entries.iter();
        let records: BTreeMap<_, _> = records.map(|e| (e.key, e.value.clone())).collect();
        if records.is_empty() || proven.entries != records {
            return Err("other records are believed than were proven".into());
        }
        for at in (0..evidence.len()).step_by(STRIDE) {
            let mut touched = evidence.clone();
            touched[at] ^= 1;
            let Ok(other) = client.verify(&chain, &key, &touched) else {
                continue;
            };
            // what shows that there is nothing between two keys shows it of every key between them
            let wrong = |(key, value): (&Key, &Option<Vec<u8>>)| {
                records
                    .get(key)
                    .map_or(value.is_some(), |known| known != value)
            };
            if other.header != proven.header || other.entries.iter().any(wrong) {
                return Err(format!(
                    "byte {at} was touched and something else is believed"
                ));
            }
        }
        Ok(())
    }

    /// The file holds; touched at any of many bytes it does not, or says the same.
    fn stands(&self, kind: Kind) -> Result<(), String> {
        let trusted = self.0.genesis.trusted();
        let file = ProofFile::new(&trusted, "pack 0", kind);
        let claimed = file.verify(&trusted).map_err(|e| e.to_string())?;
        if !claimed.is_clean() {
            return Err(format!("doubts {:?}", claimed.doubts));
        }
        let bytes = file.to_bytes();
        for at in (0..bytes.len()).step_by(STRIDE) {
            let mut touched = bytes.clone();
            touched[at] ^= 1;
            let Ok(report) = ProofFile::parse(&touched).and_then(|file| file.verify(&trusted))
            else {
                continue;
            };
            let words = |report: &pangolin_proof::file::Report| {
                (
                    report.facts.clone(),
                    report.checks.clone(),
                    report.height,
                    report.time_ms,
                )
            };
            if words(&report) != words(&claimed) && report.is_clean() {
                return Err(format!(
                    "byte {at} of the file was touched and something else is claimed"
                ));
            }
        }
        Ok(())
    }
}

/// A node whose own blocks are lost on their way, each of which another leader makes anew with the same state; it is asked for proofs all
/// the while.
#[derive(Clone)]
struct Asked {
    network: Network,
    node: usize,
}

/// Blocks during which it is asked.
const ASKED_BLOCKS: u64 = 24;

impl Property<NodeKey, Node> for Asked {
    fn name(&self) -> &str {
        "asked"
    }

    fn check<'a>(
        &'a self,
        _: &'a ProgressTracker<NodeKey>,
        states: &'a [&'a Node],
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(async move {
            let node = states.iter().find(|node| node.index == self.node);
            let chain = node.ok_or("no node")?.chain();
            let began = chain.status().height;
            let (mut stated, mut heights) = (began, BTreeSet::new());
            let mut last = None;
            while stated < began + ASKED_BLOCKS {
                let height = chain.status().height;
                if height > stated {
                    // every other block changes the state
                    stated = height;
                    if stated % 2 == 0 {
                        let event = trade::event(Act::Create, 1_000 + stated, 0, None, stated);
                        let body = Body::Events(vec![event]);
                        let genesis = &self.network.genesis.chain;
                        let tx = trade::transaction(genesis, trade::MAKER, stated + 20, body);
                        let tx = trade::sign(tx, trade::MAKER);
                        let taken = chain.submit(trade::bytes(&tx));
                        taken.map_err(|error| error.to_string())?;
                    }
                }
                let asked = chain.prove(vec![keys::object(&trade::object(0))]).await;
                let proof = asked.map_err(|error| format!("at {height}: {error}"))?;
                if last.as_ref() == Some(&proof.header) {
                    continue;
                }
                let shown = proof.header.verify(&self.network.genesis.trusted());
                let shown = shown.map_err(|error| format!("at {height}: {}", error.code()))?;
                heights.insert(shown.height.get());
                last = Some(proof.header);
            }
            if heights.len() < 10 {
                return Err(format!("proofs of heights {heights:?} only"));
            }
            Ok(())
        })
    }
}

#[test]
fn a_proof_rests_on_the_final_block_where_another_one_has_its_state() {
    let node = 1;
    let network = Network::new(4, 0).seat(node, |seat| seat.vice = Some(Vice::Unheard));
    let network = trading(network, 32);
    let asked = Asked {
        network: network.clone(),
        node,
    };
    run(network.clone(), 32, 12, |plan| plan.property(asked));
    let inner = network.world.lock();
    let leaders = inner.blocks.values().map(|final_one| {
        let header = &final_one.block.header;
        header.context.leader.clone()
    });
    assert!(leaders.clone().count() > 30, "{}", leaders.count());
    assert!(
        !leaders
            .into_iter()
            .any(|leader| leader == network.node(node)),
        "its blocks are lost"
    );
}

#[test]
fn status_history_and_receipt_of_a_real_chain_stand_and_cannot_be_touched() {
    let network = trading(Network::new(4, 0), 31);
    let provable = Provable(network.clone());
    run(network, 31, 30, |plan| plan.property(provable));
}
