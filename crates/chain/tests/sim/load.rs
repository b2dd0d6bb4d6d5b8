//! Parties that trade while the network runs: lives of packs from making to dispensing, told through all nodes, some
//! out of order, some twice, some in conflict, some against an order.

use commonware_runtime::{Clock as _, Spawner as _, Supervisor as _};
use pangolin_chain::{handle::SubmitError, pool::Fate, simulated::clock::Local, types::Digest};
use pangolin_ledger::{Body, Event, EventId, SignedTransaction};
use rand::{Rng, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use std::{sync::Arc, time::Duration};

use crate::{
    trade::{self, AUTHORITY, Act, MAKER, PHARMACY, RIVAL, TRADER},
    world::{Stage, Submission, World},
};

/// Blocks for which a submitted transaction usually stays valid.
pub(crate) const VALID_BLOCKS: u64 = 20;

/// How much is traded, when, and through which nodes.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) seed: u64,
    pub(crate) packs: u64,
    pub(crate) span_ms: u64,
    pub(crate) nodes: Vec<usize>,
    /// Blocks for which a submitted transaction stays valid.
    pub(crate) valid_blocks: u64,
    /// What the authority says besides, and when.
    pub(crate) also: Vec<(u64, Body)>,
}

/// One statement of one party.
#[derive(Clone)]
struct Item {
    at_ms: u64,
    /// Nodes it is handed to.
    nodes: Vec<usize>,
    issuer: &'static str,
    body: Body,
}

/// Events of the load that the judge asks about: which pack, what, and the event.
pub(crate) type Stated = (u64, Act, EventId);

impl Load {
    /// Every event that this load states.
    pub(crate) fn stated(&self) -> Vec<Stated> {
        let number = |event: &Event| {
            let text = String::from_utf8_lossy(event.objects.iter().next().unwrap().as_bytes())
                .into_owned();
            text.trim_start_matches("pack.").parse().unwrap()
        };
        let act = |event: &Event| match event.step.0 {
            1 => Act::Create,
            2 => Act::Observe,
            3 => Act::Offer,
            4 => Act::Accept,
            _ => Act::Dispense,
        };
        self.plan()
            .iter()
            .filter_map(|item| match &item.body {
                Body::Events(events) => Some(events),
                _ => None,
            })
            .flatten()
            .map(|event| (number(event), act(event), event.id))
            .collect()
    }

    fn plan(&self) -> Vec<Item> {
        let mut rng = ChaCha20Rng::seed_from_u64(self.seed);
        let mut items = Vec::new();
        let mut nonce = 0;
        for pack in 0..self.packs {
            let mut at_ms = rng.random_range(0..self.span_ms);
            let mut life = vec![
                (MAKER, Act::Create, None),
                (MAKER, Act::Observe, None),
                (MAKER, Act::Offer, Some(TRADER)),
                (TRADER, Act::Accept, None),
                (TRADER, Act::Offer, Some(PHARMACY)),
                (PHARMACY, Act::Accept, None),
                (PHARMACY, Act::Dispense, None),
            ];
            if rng.random_bool(0.3) {
                let at = rng.random_range(0..life.len() - 1);
                life.swap(at, at + 1);
            }
            if rng.random_bool(0.2) {
                items.push(self.item(&mut rng, at_ms + 700, AUTHORITY, trade::hold(pack)));
            }
            for (issuer, act, to) in life {
                nonce += 1;
                let event = trade::event(act, pack, at_ms, to, nonce);
                let mut item = self.item(&mut rng, at_ms, issuer, Body::Events(vec![event]));
                if rng.random_bool(0.15) {
                    // the same transaction handed to a second node
                    item.nodes.push(self.pick(&mut rng));
                }
                items.push(item);
                let rival = match act {
                    Act::Create if rng.random_bool(0.4) => Some(RIVAL),
                    Act::Dispense if rng.random_bool(0.4) => Some(issuer),
                    _ => None,
                };
                if let Some(rival) = rival {
                    nonce += 1;
                    let event = trade::event(act, pack, at_ms, None, nonce);
                    items.push(self.item(&mut rng, at_ms, rival, Body::Events(vec![event])));
                }
                at_ms += if rng.random_bool(0.2) {
                    0
                } else {
                    rng.random_range(50..600)
                };
            }
        }
        for (at_ms, body) in &self.also {
            items.push(self.item(&mut rng, *at_ms, AUTHORITY, body.clone()));
        }
        items.sort_by_key(|item| item.at_ms);
        items
    }

    fn pick(&self, rng: &mut impl Rng) -> usize {
        self.nodes[rng.random_range(0..self.nodes.len())]
    }

    fn item(&self, rng: &mut impl Rng, at_ms: u64, issuer: &'static str, body: Body) -> Item {
        let nodes = vec![self.pick(rng)];
        Item {
            at_ms,
            nodes,
            issuer,
            body,
        }
    }

    /// Starts to trade.
    pub(crate) fn begin(self, context: Local, chain: Digest, world: World) {
        context.spawn(move |context| async move {
            let started = context.current();
            for item in self.plan() {
                let due = started + Duration::from_millis(item.at_ms);
                if let Ok(wait) = due.duration_since(context.current()) {
                    context.sleep(wait).await;
                }
                let mut made: Option<SignedTransaction> = None;
                for first in &item.nodes {
                    let at = self
                        .nodes
                        .iter()
                        .position(|node| node == first)
                        .unwrap_or(0);
                    let order =
                        (0..self.nodes.len()).map(|i| self.nodes[(at + i) % self.nodes.len()]);
                    for node in order {
                        if self.submit(&context, &world, &chain, node, &item, &mut made) {
                            break;
                        }
                    }
                }
            }
            world.lock().load = Stage::Over;
            // the watchers end with this task
            futures::future::pending::<()>().await;
        });
    }

    /// Hands an item to a node; `false` if the node is down.
    fn submit(
        &self,
        context: &Local,
        world: &World,
        chain: &Digest,
        node: usize,
        item: &Item,
        made: &mut Option<SignedTransaction>,
    ) -> bool {
        let running = world.lock().running.get(&node).cloned();
        let Some((chain_of_node, life)) =
            running.and_then(|running| Some((running.chain.upgrade()?, running.life)))
        else {
            return false;
        };
        let until = chain_of_node.status().height + self.valid_blocks;
        let tx = made.get_or_insert_with(|| {
            let tx = trade::transaction(chain, item.issuer, until, item.body.clone());
            trade::sign(tx, item.issuer)
        });
        let id = tx.id();
        let fate = chain_of_node.watch(id);
        match chain_of_node.submit(trade::bytes(tx)) {
            Ok(_) => {}
            Err(SubmitError::Stopping) => return false,
            Err(error) => {
                let text = format!("node {node} does not take a good transaction: {error}");
                world.lock().violations.push(text);
                return true;
            }
        }
        let place = {
            let mut inner = world.lock();
            inner.submissions.push(Submission {
                node,
                life,
                tx: id,
                told: None,
                again: None,
            });
            inner.submissions.len() - 1
        };
        let world = world.clone();
        // nothing of the simulator holds a node
        let chain_of_node = Arc::downgrade(&chain_of_node);
        context.child("watch").spawn(move |_| async move {
            let Ok(fate) = fate.await else { return };
            let refused = matches!(fate, Fate::Refused(_));
            world.lock().submissions[place].told = Some(fate.into());
            // whoever still has it may take it
            let again = chain_of_node.upgrade().map(|chain| chain.watch(id));
            if let Some(again) = again.filter(|_| refused)
                && let Ok(fate) = again.await
            {
                world.lock().submissions[place].again = Some(fate.into());
            }
        });
        true
    }
}
