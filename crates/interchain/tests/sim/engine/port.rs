//! How a carrier reaches a real node: what it asks, and what the node answers, can be lost on the way.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures::future::{BoxFuture, FutureExt as _};
use pangolin_chain::{
    handle::{Chain, ProveError, StateView},
    pool::Fate as Became,
};
use pangolin_interchain::{Fate, Port, PortError, Proof, Signer, Told, View};
use pangolin_ledger::{
    ChainId, EventId, Height, Key, Overlay, ProfileRef, SignedTransaction, TimeMs, Wire as _,
    walk::local::{NoPiece, Piece, Want, piece},
};
use pangolin_proof::foreign;

use super::stage::{Stage, TRADE};
use crate::cast::NAMES;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a transaction may take.
const FINALITY: Duration = Duration::from_secs(10);

/// A chain through one of its nodes.
pub(super) struct Node {
    pub(super) stage: Arc<Stage>,
    pub(super) carrier: usize,
    pub(super) at: usize,
    pub(super) index: usize,
    pub(super) chain: ChainId,
    pub(super) signer: Signer,
}

fn error(code: &str, message: impl std::fmt::Display) -> PortError {
    PortError {
        code: code.into(),
        message: message.to_string(),
    }
}

fn gone() -> PortError {
    error("connection", "the node does not answer")
}

fn failed(failure: &ProveError) -> PortError {
    error(failure.code(), failure)
}

fn view(keys: &[Key], view: StateView) -> View {
    let values = view.values.into_iter();
    let values = values.map(|value| value.map(|bytes| bytes.to_vec()));
    View {
        height: Height(view.height),
        time: TimeMs(i64::try_from(view.time_ms).unwrap()),
        values: keys.iter().copied().zip(values).collect(),
    }
}

impl Node {
    /// The way there or back takes a while, and not everything arrives.
    async fn way(&self) -> Result<(), PortError> {
        let (lost, ms) = {
            let mut seen = self.stage.seen();
            let lost_percent = seen.lost_percent;
            let lost = seen.dice.percent(lost_percent);
            (lost, seen.dice.between(2, 25))
        };
        if lost {
            self.stage.simulation.sleep(PATIENCE).await;
            return Err(gone());
        }
        self.stage.sleep(u64::try_from(ms).unwrap()).await;
        let blind = self.stage.seen().blind.contains(&(self.carrier, self.at));
        if blind { Err(gone()) } else { Ok(()) }
    }

    fn node(&self) -> Result<Arc<dyn Chain>, PortError> {
        self.stage.chains[self.at].node(self.index).ok_or_else(gone)
    }

    /// What the node answers to a question, if it does.
    async fn ask<T>(
        &self,
        question: impl for<'a> FnOnce(&'a dyn Chain) -> BoxFuture<'a, Result<T, ProveError>> + Send,
    ) -> Result<T, PortError> {
        self.way().await?;
        let node = self.node()?;
        let answer = self.stage.within(PATIENCE, question(node.as_ref())).await;
        let answer = answer.ok_or_else(gone)?;
        let answer = answer.map_err(|failure| failed(&failure))?;
        self.way().await?;
        Ok(answer)
    }

    /// What the node has of a history.
    async fn part(&self, wants: &BTreeSet<Want>) -> Result<Option<Piece>, PortError> {
        let mut known: BTreeSet<Key> = BTreeSet::new();
        let mut overlay = Overlay::new();
        loop {
            let found = {
                let seen = self.stage.seen();
                piece(
                    wants,
                    &seen.places[self.at][self.index].kept,
                    &overlay,
                    true,
                )
            };
            match found {
                Ok(piece) => return Ok(Some(piece)),
                Err(NoPiece::Need(more)) => known.extend(more),
                Err(_) => return Ok(None),
            }
            // all of one height
            let asked: Vec<Key> = known.iter().copied().collect();
            let read = self.ask(|node| node.read(asked.clone())).await?;
            overlay = Overlay::new();
            for (key, value) in asked.iter().zip(read.values) {
                overlay.supply(*key, value);
            }
        }
    }
}

impl Port for Node {
    fn name(&self) -> &str {
        NAMES[self.at]
    }

    fn chain(&self) -> ChainId {
        self.chain
    }

    fn profile(&self) -> ProfileRef {
        TRADE.profile()
    }

    fn signer(&self) -> &Signer {
        &self.signer
    }

    fn read(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<View, PortError>> {
        async move {
            let read = self.ask(|node| node.read(keys.clone())).await?;
            Ok(view(&keys, read))
        }
        .boxed()
    }

    fn prove(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<Proof, PortError>> {
        async move {
            let proof = self.ask(|node| node.prove(keys)).await?;
            let header = proof.header.headers.first();
            let header = header.ok_or_else(|| error("no-header", "the proof has no header"))?;
            let entries = proof.entries.iter();
            let view = View {
                height: Height(header.height.get()),
                time: TimeMs(i64::try_from(header.time_ms).unwrap()),
                values: entries
                    .map(|entry| (entry.key, entry.value.clone()))
                    .collect(),
            };
            Ok(Proof {
                evidence: foreign::encode(&proof),
                view,
            })
        }
        .boxed()
    }

    fn submit(&self, tx: &SignedTransaction) -> BoxFuture<'_, Result<Fate, PortError>> {
        let tx = tx.clone();
        async move {
            self.way().await?;
            let told = {
                let node = self.node()?;
                let told = node.watch(tx.id());
                let taken = node.submit(tx.to_bytes().into());
                taken.map_err(|failure| error(failure.code(), failure))?;
                told
            };
            let told = self.stage.within(FINALITY, told).await;
            // it may be final and nobody hears of it
            self.way().await?;
            Ok(match told {
                Some(Ok(Became::Final { .. })) => Fate::Final,
                Some(Ok(Became::Refused(refusal))) => Fate::Refused {
                    code: refusal.code.to_owned(),
                    place: refusal.place.clone(),
                    message: refusal.message.clone(),
                },
                Some(Ok(Became::Expired { .. })) | None => Fate::Unknown,
                Some(Err(_)) => return Err(gone()),
            })
        }
        .boxed()
    }

    fn piece(&self, wants: BTreeSet<Want>) -> BoxFuture<'_, Result<Option<Told>, PortError>> {
        async move {
            let Some(piece) = self.part(&wants).await? else {
                return Ok(None);
            };
            let keys: Vec<Key> = piece.keys.iter().copied().collect();
            let read = self.ask(|node| node.read(keys.clone())).await?;
            let view = view(&keys, read);
            Ok(Some(Told { piece, view }))
        }
        .boxed()
    }

    fn waiting(&self) -> BoxFuture<'_, Result<Vec<EventId>, PortError>> {
        async move {
            self.way().await?;
            let _up = self.node()?;
            Ok(self.stage.seen().places[self.at][self.index]
                .waiting
                .clone())
        }
        .boxed()
    }
}
