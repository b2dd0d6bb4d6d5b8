//! A chain, through the interface of one of its nodes.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt as _};
use pangolin_client::{Client, ClientError, StateAnswer};
use pangolin_ledger::{
    ChainId, EventId, Height, Key, ProfileRef, SignedTransaction, TimeMs, Wire as _,
    codec::Reader,
    walk::{
        local::Want,
        together::{Answer, MAX_TOGETHER, MAX_WANTS_TOGETHER, Pieces, Questions, Records},
    },
};
use pangolin_proof::foreign;
use tokio::sync::OnceCell;

use crate::{
    limits::{MAX_READ, WAITING_KEPT},
    port::{Fate, Piecewise, Port, PortError, Proof, Signer, Told, View},
};

/// How long one request waits until a transaction is final.
const FINALITY: Duration = Duration::from_secs(20);
/// Longest record read.
const MAX_RECORD_BYTES: usize = pangolin_ledger::limits::MAX_RECORD_BYTES;

/// What a node says of something that its chain does not know.
const UNKNOWN: &str = "not-on-this-chain";
/// What it says of a history that is to be asked for by itself.
const TOO_MUCH: &str = "too-much-together";

/// A chain, through one of its nodes.
#[derive(Debug)]
pub struct NodePort {
    name: String,
    chain: ChainId,
    profile: ProfileRef,
    signer: Signer,
    client: Client,
    /// Whether the node was asked which chain it is on.
    met: OnceCell<()>,
}

impl NodePort {
    /// A chain with this name, identity and rules, through the node that the client asks. The party must be one that the
    /// node lists under `relays`, or its operator.
    pub const fn new(
        name: String,
        chain: ChainId,
        profile: ProfileRef,
        client: Client,
        signer: Signer,
    ) -> Self {
        Self {
            name,
            chain,
            profile,
            signer,
            client,
            met: OnceCell::const_new(),
        }
    }

    /// The node is on the chain that it is believed to be on.
    async fn meet(&self) -> Result<(), PortError> {
        let status = self.client.status().await.map_err(|error| failed(&error))?;
        if hex32(&status.chain) == Some(self.chain.0) {
            return Ok(());
        }
        let message = format!(
            "the node is on chain {}, not on {}",
            status.chain, self.chain
        );
        Err(PortError::new("other-chain", message))
    }

    async fn state(&self, keys: &[Key], proof: bool) -> Result<StateAnswer, PortError> {
        self.met.get_or_try_init(|| self.meet()).await?;
        let mut body = Vec::with_capacity(keys.len() * 32);
        for key in keys {
            body.extend_from_slice(&key.0);
        }
        let asked = self.client.state(Bytes::from(body), proof).await;
        asked.map_err(|error| failed(&error))
    }
}

fn hex32(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

/// What went wrong, with its causes.
pub(crate) fn failed(error: &ClientError) -> PortError {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    PortError::new(error.code(), message)
}

fn moment(answer: &StateAnswer) -> (Height, TimeMs) {
    let time = i64::try_from(answer.time_ms).unwrap_or(i64::MAX);
    (Height(answer.height), TimeMs(time))
}

/// The records of an answer, in the order in which they were asked for.
fn records(
    keys: &[Key],
    answer: &StateAnswer,
) -> Result<BTreeMap<Key, Option<Vec<u8>>>, PortError> {
    let wrong = |error| PortError::record(&error);
    let mut r = Reader::new(&answer.bytes);
    let mut values = BTreeMap::new();
    for key in keys {
        let value = if r.flag().map_err(wrong)? {
            Some(r.bytes(MAX_RECORD_BYTES).map_err(wrong)?.to_vec())
        } else {
            None
        };
        values.insert(*key, value);
    }
    r.finish().map_err(wrong)?;
    Ok(values)
}

/// Questions in parts of which each is within the limits of one request.
fn parts(questions: Vec<BTreeSet<Want>>) -> Vec<Vec<BTreeSet<Want>>> {
    let mut parts: Vec<Vec<BTreeSet<Want>>> = Vec::new();
    let mut asked = 0;
    for wants in questions {
        let last = parts
            .last_mut()
            .filter(|part| part.len() < MAX_TOGETHER && asked + wants.len() <= MAX_WANTS_TOGETHER);
        if let Some(part) = last {
            asked += wants.len();
            part.push(wants);
        } else {
            asked = wants.len();
            parts.push(vec![wants]);
        }
    }
    parts
}

/// What a node tells of histories, if it is as many answers as there were questions.
fn told(bytes: &[u8], chain: ChainId, questions: usize) -> Result<Vec<Piecewise>, PortError> {
    let other = |message: String| PortError::new("other-answer", message);
    let pieces = Pieces::from_bytes(bytes).map_err(|error| PortError::record(&error))?;
    if pieces.chain != chain {
        let message = format!("the answer is of chain {}, not of {chain}", pieces.chain);
        return Err(PortError::new("other-chain", message));
    }
    if pieces.answers.len() != questions {
        let answers = pieces.answers.len();
        return Err(other(format!("{answers} answers to {questions} questions")));
    }
    let Records::Told {
        height,
        time,
        entries,
    } = pieces.records
    else {
        return Err(other("a proof that was not asked for".to_owned()));
    };
    let entries = entries.into_iter();
    let entries: Vec<_> = entries
        .map(|(key, value)| (key, value.map(|value| value.0)))
        .collect();
    let each = pieces.answers.into_iter().map(|answer| match answer {
        Answer::Has { piece, rests } => {
            let record = |place| {
                let place = usize::try_from(place).ok()?;
                entries.get(place).cloned()
            };
            let values = rests.into_iter().map(record).collect::<Option<_>>();
            let values = values.ok_or_else(|| other("a record that was not sent".to_owned()))?;
            let view = View {
                height,
                time,
                values,
            };
            Ok(Some(Told { piece, view }))
        }
        Answer::Not { code, .. } if code == UNKNOWN => Ok(None),
        Answer::Not { code, message } => Err(PortError::new(&code, message)),
    });
    Ok(each.collect())
}

impl NodePort {
    /// One request.
    async fn together(&self, questions: Vec<BTreeSet<Want>>) -> Result<Vec<Piecewise>, PortError> {
        self.met.get_or_try_init(|| self.meet()).await?;
        let count = questions.len();
        let questions = Questions::new(questions)
            .map_err(|error| PortError::new(error.code(), error.to_string()))?;
        let answer = self.client.pieces(Bytes::from(questions.to_bytes())).await;
        told(&answer.map_err(|error| failed(&error))?, self.chain, count)
    }
}

impl Port for NodePort {
    fn name(&self) -> &str {
        &self.name
    }

    fn chain(&self) -> ChainId {
        self.chain
    }

    fn profile(&self) -> ProfileRef {
        self.profile
    }

    fn signer(&self) -> &Signer {
        &self.signer
    }

    fn read(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<View, PortError>> {
        async move {
            let mut view = View {
                height: Height(u64::MAX),
                time: TimeMs(i64::MAX),
                values: BTreeMap::new(),
            };
            for keys in keys.chunks(MAX_READ) {
                let answer = self.state(keys, false).await?;
                let (height, time) = moment(&answer);
                // of several answers the earliest height counts: what came later is only known better
                (view.height, view.time) = (view.height.min(height), view.time.min(time));
                view.values.extend(records(keys, &answer)?);
            }
            Ok(view)
        }
        .boxed()
    }

    fn prove(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<Proof, PortError>> {
        async move {
            let answer = self.state(&keys, true).await?;
            if !foreign::is_carried(&answer.bytes) {
                return Err(PortError::too_large());
            }
            let proof =
                foreign::decode(&answer.bytes).map_err(|error| PortError::record(&error))?;
            let (height, time) = moment(&answer);
            let entries = proof.entries.into_iter();
            Ok(Proof {
                evidence: answer.bytes.to_vec(),
                view: View {
                    height,
                    time,
                    values: entries.map(|entry| (entry.key, entry.value)).collect(),
                },
            })
        }
        .boxed()
    }

    fn submit(&self, tx: &SignedTransaction) -> BoxFuture<'_, Result<Fate, PortError>> {
        let bytes = Bytes::from(tx.to_bytes());
        async move {
            let sent = match self.client.submit(bytes, FINALITY).await {
                Ok(sent) => sent.into_iter().next(),
                Err(ClientError::Problem(problem)) if problem.rule.is_some() => {
                    return Ok(Fate::Refused {
                        code: problem.code.clone(),
                        place: problem.place.clone().unwrap_or_default(),
                        message: problem.detail.clone(),
                    });
                }
                Err(error) => return Err(failed(&error)),
            };
            Ok(match sent {
                Some(sent) if sent.state == "final" => Fate::Final,
                Some(sent) => match sent.refusal {
                    Some(refusal) => Fate::Refused {
                        code: refusal.code,
                        place: refusal.place,
                        message: refusal.message,
                    },
                    None => Fate::Unknown,
                },
                None => Fate::Unknown,
            })
        }
        .boxed()
    }

    fn piece(&self, wants: BTreeSet<Want>) -> BoxFuture<'_, Piecewise> {
        async move {
            let mut told = self.together(vec![wants]).await?;
            let none = || PortError::new("other-answer", "there is no answer");
            told.pop().ok_or_else(none)?
        }
        .boxed()
    }

    fn pieces(&self, questions: Vec<BTreeSet<Want>>) -> BoxFuture<'_, Vec<Piecewise>> {
        async move {
            let mut all = Vec::with_capacity(questions.len());
            for part in parts(questions) {
                let again = part.clone();
                match self.together(part).await {
                    Ok(told) => {
                        for (answer, wants) in told.into_iter().zip(again) {
                            all.push(match answer {
                                Err(error) if error.code == TOO_MUCH => self.piece(wants).await,
                                answer => answer,
                            });
                        }
                    }
                    Err(error) => all.extend(again.iter().map(|_| Err(error.clone()))),
                }
            }
            all
        }
        .boxed()
    }

    fn waiting(&self) -> BoxFuture<'_, Result<Vec<EventId>, PortError>> {
        async move {
            let mut events = Vec::new();
            let mut after = None;
            while events.len() < WAITING_KEPT {
                let page = self
                    .client
                    .waiting(after)
                    .await
                    .map_err(|error| failed(&error))?;
                let ids = page.events.iter().filter_map(|event| hex32(&event.event));
                events.extend(ids.map(EventId));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            Ok(events)
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests;
