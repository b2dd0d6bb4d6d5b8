//! Proof files: what this node hands out so that others can check without trusting it.

mod order;
mod pieces;
mod together;
mod told;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt as _};
use pangolin_api::{
    authorise::Entitled,
    deps::{Admit, ProofError, ProofFile as Answer, ProofForm, Proofs, ReceiptOf},
    own::Tally,
};
use pangolin_chain::handle::{Handle, ProveError};
use pangolin_ledger::{
    Digest32, EventId, EventParts, Height, Key, Link, ObjectId, Overlay, SignedTransaction, TimeMs,
    Transaction, TxId, Wire as _,
    query::{BlockingOrder, ObjectStatus, QueryError, object_status},
    state::{EventRecord, keys},
    walk::{
        local::Want,
        together::{Pieces, Questions},
    },
};
use pangolin_profiles::{capture, disclosure::Disclosure};
use pangolin_proof::{
    file::{
        CustodyProof, CustodyStep, FieldsProof, Kind, MEDIA_TYPE, ProofFile, ReceiptProof,
        StatusProof,
    },
    merkle::{Path, leaf_hash},
    state::StateProof,
    trust::TrustedChain,
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use super::evidence::{Evidence, Placed};
use order::latest_first;

/// Rounds in which a status may ask for further records.
const MAX_ROUNDS: usize = 32;

/// Steps of a history in one file.
const MAX_STEPS: usize = 5_000;

/// Largest transaction that a receipt carries, in bytes; the file has two digits for each.
const MAX_STATED_BYTES: usize = 1024 * 1024;

/// Orders of which a status says more than that they are in force.
const MAX_ORDERS_TOLD: usize = 256;

/// Makes proof files from the chain and from what was kept of its blocks.
pub(super) struct Prover {
    pub(super) chain: Handle,
    pub(super) evidence: Arc<Evidence>,
    pub(super) trusted: TrustedChain,
}

impl Prover {
    /// The status of an object at one height, with proofs of every record it rests on.
    async fn proven(
        &self,
        object: &ObjectId,
        entitled: &Entitled,
        more: &[Key],
    ) -> Result<(ObjectStatus, StateProof), ProofError> {
        let mut known: BTreeSet<Key> = more.iter().copied().collect();
        for _ in 0..MAX_ROUNDS {
            let asked: Vec<Key> = known.iter().copied().collect();
            let view = self.chain.read(asked.clone()).await?;
            let mut overlay = Overlay::new();
            for (key, value) in asked.iter().zip(view.values) {
                overlay.supply(*key, value);
            }
            let at = TimeMs(i64::try_from(view.time_ms).unwrap_or(i64::MAX));
            match object_status(&overlay, object, at) {
                Ok(answer) => {
                    if answer.value.record.is_none() {
                        return Err(ProofError::Unknown(capture::object_uri(object)));
                    }
                    let wanted: BTreeSet<Key> = answer
                        .consulted
                        .iter()
                        .chain(more)
                        .copied()
                        .chain(order_records(&answer.value, entitled))
                        .collect();
                    let proven = wanted.iter().copied().collect();
                    let state = self.chain.prove(proven).await?;
                    // the state may have moved between reading and proving: what was proven decides
                    if let Some(status) = from_proof(object, &state)
                        && order_records(&status, entitled).all(|key| wanted.contains(&key))
                    {
                        return Ok((status, state));
                    }
                }
                Err(QueryError::Need(keys)) => known.extend(keys),
                Err(error) => return Err(ProofError::Missing(error.to_string())),
            }
        }
        Err(ProofError::Chain(ProveError::Moving))
    }

    fn answer(
        &self,
        name: String,
        height: u64,
        about: String,
        (proof, disclosed): (Kind, Tally),
    ) -> Answer {
        let bytes = ProofFile::new(&self.trusted, about, proof).to_bytes();
        Answer {
            media_type: MEDIA_TYPE,
            name,
            height,
            bytes: Bytes::from(bytes),
            disclosed,
        }
    }

    fn kept<T>(result: anyhow::Result<T>) -> Result<T, ProofError> {
        result.map_err(|error| ProofError::Missing(format!("{error:#}")))
    }

    /// What was stated, if whoever asks may read all of it and its block is here.
    async fn stated(
        &self,
        tx: &TxId,
        placed: &Placed,
        entitled: &Entitled,
    ) -> Result<Option<Transaction>, ProofError> {
        if entitled.is_nothing() {
            return Ok(None);
        }
        let transactions = match self.chain.transactions(placed.height).await {
            Ok(transactions) => transactions,
            Err(ProveError::Pruned { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let signed = transactions
            .get(placed.place)
            .and_then(|bytes| SignedTransaction::from_bytes(bytes).ok());
        Ok(signed
            .filter(|signed| signed.id() == *tx && signed.size() <= MAX_STATED_BYTES)
            .map(|signed| signed.tx().clone())
            .filter(|stated| entitled.may_read(stated)))
    }

    /// How `starts` came about, back to the origins, as it is found.
    fn history(&self, starts: Vec<Digest32>) -> Result<Vec<Link>, ProofError> {
        let mut open: VecDeque<Digest32> = starts.into();
        let mut seen = BTreeSet::new();
        let mut links = Vec::new();
        while let Some(digest) = open.pop_front() {
            if digest.0 == [0; 32] || !seen.insert(digest) {
                continue;
            }
            if links.len() >= MAX_STEPS {
                return Err(ProofError::TooLarge(format!(
                    "the history has more than {MAX_STEPS} events"
                )));
            }
            let link = Self::kept(self.evidence.link(&digest))?.ok_or_else(|| {
                ProofError::Missing(format!("how digest {digest} came about was not kept here"))
            })?;
            open.extend(&link.parents);
            links.push(link);
        }
        Ok(links)
    }
}

/// The records of orders in force of which whoever asks may know who issued them and why.
fn order_records(status: &ObjectStatus, entitled: &Entitled) -> impl Iterator<Item = Key> {
    // the record of another chain's order is there, not here
    let told =
        |found: &&BlockingOrder| found.by.is_none() && entitled.may_read_order(found.order.kind);
    let found = status.orders.iter().chain(&status.orders_inside);
    found
        .filter(told)
        .take(MAX_ORDERS_TOLD)
        .map(|found| keys::order(&found.order.order))
}

/// The blocks with the transactions that stated `events`.
fn recorded(events: &[EventId], state: &StateProof) -> BTreeMap<EventId, Height> {
    let overlay = shown(state);
    let record = |event| EventRecord::from_bytes(&overlay.read(&keys::event(event)).ok()??).ok();
    let heights = events
        .iter()
        .filter_map(|event| Some((*event, record(event)?.height)));
    heights.collect()
}

fn from_proof(object: &ObjectId, state: &StateProof) -> Option<ObjectStatus> {
    let header = state.header.headers.first()?;
    let overlay = shown(state);
    let at = TimeMs(i64::try_from(header.time_ms).unwrap_or(i64::MAX));
    object_status(&overlay, object, at)
        .ok()
        .map(|answer| answer.value)
}

/// The entries of a proof.
fn shown(state: &StateProof) -> Overlay {
    let mut overlay = Overlay::new();
    for entry in &state.entries {
        overlay.supply(entry.key, entry.value.as_deref().map(Arc::from));
    }
    overlay
}

fn height_of(state: &StateProof) -> u64 {
    state
        .header
        .headers
        .first()
        .map_or(0, |header| header.height.get())
}

impl Proofs for Prover {
    fn receipt(
        &self,
        of: ReceiptOf,
        _form: ProofForm,
        entitled: Entitled,
    ) -> BoxFuture<'_, Result<Answer, ProofError>> {
        async move {
            let tx = match of {
                ReceiptOf::Transaction(tx) => tx,
                ReceiptOf::Event(event) => Self::kept(self.evidence.transaction_of(&event))?
                    .ok_or_else(|| ProofError::Unknown(format!("event {event}")))?,
            };
            let placed = Self::kept(self.evidence.receipt(&tx))?
                .ok_or_else(|| ProofError::Unknown(format!("transaction {tx}")))?;
            let leaves: Vec<_> = Self::kept(self.evidence.of_block(placed.height))?
                .iter()
                .map(|bytes| leaf_hash(bytes))
                .collect();
            let header = self.chain.final_header(placed.height).await?;
            let path = Path::new(&leaves, placed.place).ok_or_else(|| {
                ProofError::Missing(format!("receipts of block {}", placed.height))
            })?;
            let mut proof = ReceiptProof::new(&header, &placed.receipt, &path);
            let mut disclosed = Tally::default();
            if let Some(stated) = self.stated(&tx, &placed, &entitled).await? {
                disclosed = entitled.disclosed(&stated);
                proof = proof.with_transaction(&stated);
            }
            let proof = (Kind::Receipt(proof), disclosed);
            let about = format!("receipt of transaction {tx}");
            Ok(self.answer(format!("receipt-{tx}.json"), placed.height, about, proof))
        }
        .boxed()
    }

    fn status(
        &self,
        object: ObjectId,
        _form: ProofForm,
        entitled: Entitled,
    ) -> BoxFuture<'_, Result<Answer, ProofError>> {
        async move {
            let (_, state) = self.proven(&object, &entitled, &[]).await?;
            let uri = capture::object_uri(&object);
            let proof = Kind::Status(StatusProof::new(&object, &state));
            Ok(self.answer(
                "status.json".into(),
                height_of(&state),
                format!("status of {uri}"),
                (proof, Tally::default()),
            ))
        }
        .boxed()
    }

    fn fields(
        &self,
        parts: EventParts,
        shown: Disclosure,
    ) -> BoxFuture<'_, Result<Answer, ProofError>> {
        async move {
            let state = self.chain.prove(vec![keys::event(&shown.event)]).await?;
            let about = format!("fields of event {}", capture::event_uri(&shown.event));
            let proof = Kind::Fields(FieldsProof::new(&state, &parts, &shown));
            let proof = (proof, Tally::default());
            Ok(self.answer("fields.json".into(), height_of(&state), about, proof))
        }
        .boxed()
    }

    fn provenance(
        &self,
        wants: BTreeSet<Want>,
        told: bool,
        entitled: Entitled,
    ) -> BoxFuture<'_, Result<Answer, ProofError>> {
        self.piece(wants, told, entitled).boxed()
    }

    fn histories<'a>(
        &'a self,
        questions: Questions,
        told: bool,
        proof: bool,
        admit: Admit<'a>,
    ) -> BoxFuture<'a, Result<Pieces, ProofError>> {
        self.together(questions, told, proof, admit).boxed()
    }

    fn custody(
        &self,
        object: ObjectId,
        _form: ProofForm,
        entitled: Entitled,
    ) -> BoxFuture<'_, Result<Answer, ProofError>> {
        async move {
            for _ in 0..MAX_ROUNDS {
                let (status, _) = self.proven(&object, &entitled, &[]).await?;
                let links = self.history(starts(&status))?;
                let events: Vec<EventId> = links.iter().map(|link| link.event).collect();
                let records: Vec<Key> = events.iter().map(keys::event).collect();
                let (proven, state) = self.proven(&object, &entitled, &records).await?;
                // what happened while the history was read makes it one step short: read it again
                if starts(&proven) == starts(&status) {
                    let said =
                        told::sentences(&self.chain, &self.evidence, &events, &entitled).await?;
                    let heights = recorded(&events, &state);
                    let links = latest_first(links, |link| heights.get(&link.event).copied());
                    let steps = links.iter().map(|link| CustodyStep {
                        event: link.event.to_string(),
                        parents: link.parents.iter().map(ToString::to_string).collect(),
                        text: said
                            .texts
                            .get(&link.event)
                            .map_or_else(|| told::NOT_HERE.into(), Clone::clone),
                    });
                    let steps = steps.collect();
                    let uri = capture::object_uri(&object);
                    let proof = CustodyProof::new(StatusProof::new(&object, &state), steps);
                    let about = format!("history of {uri}");
                    return Ok(self.answer(
                        "custody.json".into(),
                        height_of(&state),
                        about,
                        (Kind::Custody(proof), said.disclosed),
                    ));
                }
            }
            Err(ProofError::Chain(ProveError::Moving))
        }
        .boxed()
    }
}

/// The digests that an object's status commits to: its own, and those of the containers that carry it.
fn starts(status: &ObjectStatus) -> Vec<Digest32> {
    let own = status.record.iter().map(|record| record.provenance);
    let released = status.released.iter().map(|released| released.provenance);
    let around = status
        .containers
        .iter()
        .map(|container| container.record.provenance);
    own.chain(released).chain(around).collect()
}
