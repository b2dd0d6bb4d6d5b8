//! Bringing what CometBFT chains say to chains where it is waited for.
//!
//! The events that wait say of which keys they need a fact. A node of the source is asked for those, with proofs, and for the headers that lead
//! from what is believed at the chain to the one that commits to the answers: in one step if the validators that are believed suffice, over
//! headers between if they do not. The rules decide that, which are asked here before anything is sent. A source of which nobody asks anything
//! is followed too, before what is believed of it grows too old. The node has no say: what it answers is judged by its proofs, at the chain.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use pangolin_ledger::{
    Body, FactKey, Height, Missing, Report, SignedTransaction, SourceId, Stated, TimeMs,
    evidence::{Claimed, Heard, Sources as _},
    limits::{MAX_FACTS, MAX_HEADERS},
    state::{Assurance, CometBft, Mark, Parked, Source, keys},
};
use pangolin_sources::{
    Listener,
    comet::{Evidence, MAX_VALIDATORS, Step},
    facts,
    rpc::{self, RpcError},
};

use crate::{
    board::Board,
    clock::Clock,
    limits::{FIRST_PAUSE, LONGEST_PAUSE, VALID_BLOCKS},
    port::{Fate, Port, PortError},
};

/// Validators on one page of a node's answer; nodes give no more.
const PAGE: usize = 100;
/// What is believed is renewed when a third of the trusting period has passed.
const RENEWED_AFTER: u64 = 3;
/// Tries of one round to reach the latest header.
const MAX_TRIES: usize = 64;

/// A node of a CometBFT chain.
pub trait Outlook: Send + Sync {
    /// What it answers to `GET path`, with its query.
    fn ask(&self, path: String) -> BoxFuture<'_, Result<String, PortError>>;
}

/// Carries what one source says to one chain.
pub struct Herald {
    /// The source, as it is registered at the chain.
    pub source: SourceId,
    /// The chain.
    pub at: Arc<dyn Port>,
    /// A node of the source.
    pub node: Arc<dyn Outlook>,
    /// Time between two looks.
    pub poll: Duration,
    /// The time it goes by.
    pub clock: Arc<dyn Clock>,
    /// Where it says how it goes.
    pub board: Option<Arc<Board>>,
}

impl std::fmt::Debug for Herald {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Herald")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

fn answered(error: &RpcError) -> PortError {
    PortError::new(error.code(), error.to_string())
}

/// What a round brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Brought {
    /// Facts that are final.
    pub facts: usize,
    /// Headers that are final.
    pub headers: usize,
}

impl Herald {
    /// Goes on until it is dropped.
    pub async fn run(self) {
        let mut failures = 0u32;
        loop {
            let came = self.round().await;
            if let Some(board) = &self.board {
                board.heralded(self.at.chain(), &self.source, &came);
            }
            let pause = match came {
                Ok(brought) => {
                    if brought != Brought::default() {
                        let Brought { facts, headers } = brought;
                        tracing::info!(source = %self.source, at = self.at.name(), facts, headers, "brought");
                    }
                    failures = 0;
                    self.poll
                }
                Err(error) => {
                    tracing::warn!(source = %self.source, at = self.at.name(), "{error}");
                    let pause = FIRST_PAUSE.saturating_mul(1 << failures.min(16));
                    failures += 1;
                    pause.clamp(self.poll, LONGEST_PAUSE.max(self.poll))
                }
            };
            self.clock.sleep(pause).await;
        }
    }

    /// Looks once what is wanted, and brings it.
    pub async fn round(&self) -> Result<Brought, PortError> {
        let key = keys::source(&self.source);
        let view = self.at.read(vec![key]).await?;
        let known: Option<Source> = view.get(&key).map_err(|error| PortError::record(&error))?;
        let Some(source) = known.filter(|known| known.suspended.is_none()) else {
            return Ok(Brought::default());
        };
        let Assurance::CometBft(terms) = &source.assurance else {
            return Ok(Brought::default());
        };
        let wanted = self.wanted().await?;
        let newest = source.marks.last().copied();
        let old =
            newest.is_none_or(|mark| mark.time.plus(terms.trusting_ms / RENEWED_AFTER) < view.time);
        if wanted.is_empty() && !old {
            return Ok(Brought::default());
        }
        let (network, latest) = rpc::status(&self.node.ask("/status".into()).await?)
            .map_err(|error| answered(&error))?;
        if network != terms.chain {
            let message = format!("the node is on {network}, not on {}", terms.chain);
            return Err(PortError::new("other-chain", message));
        }
        let mut facts = Vec::new();
        for key in wanted {
            facts.push(self.fact(terms, latest.saturating_sub(1), key).await?);
        }
        let (steps, reached) = self.lead(&source, terms, latest, view.time).await?;
        if reached < latest {
            // the rest is for the next round
            facts.clear();
        }
        let brought = Brought {
            facts: facts.len(),
            headers: steps.len(),
        };
        if brought == Brought::default() {
            return Ok(brought);
        }
        let evidence = Evidence { steps, at: reached }.encode();
        let report = Report {
            source: self.source.clone(),
            evidence,
            facts,
        };
        let tx = self.sign(view.height, report);
        match self.at.submit(&tx).await? {
            Fate::Final => Ok(brought),
            // another carrier was first
            Fate::Refused { code, .. } if code == "already-recorded" => Ok(Brought::default()),
            Fate::Refused { code, message, .. } => Err(PortError::new(&code, message)),
            Fate::Unknown => Err(PortError::new("not-final", "the report is not final yet")),
        }
    }

    fn sign(&self, height: Height, report: Report) -> SignedTransaction {
        let signer = self.at.signer();
        let valid_until = Height(height.0 + VALID_BLOCKS);
        let body = Body::Report(Box::new(report));
        signer.sign(signer.stating(self.at.chain(), self.at.profile(), valid_until, body))
    }

    /// The keys that events wait for.
    async fn wanted(&self) -> Result<BTreeSet<FactKey>, PortError> {
        let events = self.at.waiting().await?;
        if events.is_empty() {
            return Ok(BTreeSet::new());
        }
        let view = self
            .at
            .read(events.iter().map(keys::parked).collect())
            .await?;
        let mut wanted = BTreeSet::new();
        for event in &events {
            let parked: Option<Parked> = view
                .get(&keys::parked(event))
                .map_err(|error| PortError::record(&error))?;
            for missing in parked.into_iter().flat_map(|parked| parked.missing) {
                match missing {
                    Missing::Fact { source, key }
                        if source == self.source && wanted.len() < MAX_FACTS =>
                    {
                        wanted.insert(key);
                    }
                    _ => {}
                }
            }
        }
        Ok(wanted)
    }

    /// What the source's state says under a key after a height.
    async fn fact(&self, terms: &CometBft, height: u64, key: FactKey) -> Result<Stated, PortError> {
        let store = match terms.stores.first() {
            Some(store) => format!("/store/{store}/key"),
            None => "/key".to_owned(),
        };
        let path = format!(
            "/abci_query?path=%22{}%22&data=0x{}&height={height}&prove=true",
            escaped(&store),
            hex::encode(key.as_bytes())
        );
        let found = rpc::query(&self.node.ask(path).await?, &terms.trees)
            .map_err(|error| answered(&error))?;
        if found.height != height {
            let message = format!(
                "asked as of height {height}, it answers as of {}",
                found.height
            );
            return Err(PortError::new("other-height", message));
        }
        Ok(Stated {
            key,
            value: found.value,
            proof: facts::encode(&found.proofs),
        })
    }

    /// The headers that lead to `latest`, or as far towards it as one report can, and the height reached.
    async fn lead(
        &self,
        source: &Source,
        terms: &CometBft,
        latest: u64,
        now: TimeMs,
    ) -> Result<(Vec<Step>, u64), PortError> {
        let mut marks: Vec<Mark> = source.marks.clone();
        let below = marks.iter().filter(|mark| mark.height <= latest);
        let Some(mut base) = below.map(|mark| mark.height).max() else {
            let message = format!("the node is at height {latest}, below all that is believed");
            return Err(PortError::new("node-behind", message));
        };
        let (mut steps, mut target) = (Vec::new(), latest);
        for _ in 0..MAX_TRIES {
            if base == latest || steps.len() == MAX_HEADERS {
                break;
            }
            let step = self.step(base, target).await?;
            let trial = Evidence {
                steps: vec![step.clone()],
                at: target,
            };
            let heard = Listener.hear(&Claimed {
                source: &self.source,
                assurance: &Assurance::CometBft(terms.clone()),
                marks: &marks,
                now,
                evidence: &trial.encode(),
                facts: &[],
            });
            match heard {
                Ok(Heard::Shown { marks: new, .. }) => {
                    marks.extend(new);
                    steps.push(step);
                    (base, target) = (target, latest);
                }
                // it is for the chain to see
                Ok(Heard::Contradicted { .. }) => {
                    steps.push(step);
                    return Ok((steps, target));
                }
                Err(error) if error.code == "not-enough-trust" && target > base + 1 => {
                    target = base + (target - base) / 2;
                }
                Err(error) => return Err(PortError::new(error.code, error.message)),
            }
        }
        Ok((steps, base))
    }

    async fn step(&self, base: u64, target: u64) -> Result<Step, PortError> {
        let path = format!("/commit?height={target}");
        let signed = rpc::commit(&self.node.ask(path).await?).map_err(|error| answered(&error))?;
        Ok(Step {
            signed,
            validators: self.validators(target).await?,
            trusted: if target == base + 1 {
                None
            } else {
                Some(self.validators(base + 1).await?)
            },
        })
    }

    async fn validators(
        &self,
        height: u64,
    ) -> Result<pangolin_sources::rpc::ValidatorSet, PortError> {
        let mut all = Vec::new();
        for page in 1.. {
            let path = format!("/validators?height={height}&page={page}&per_page={PAGE}");
            let (some, total) =
                rpc::validators(&self.node.ask(path).await?).map_err(|error| answered(&error))?;
            let none = some.is_empty();
            all.extend(some);
            if all.len() >= total || none {
                break;
            }
            if all.len() > MAX_VALIDATORS {
                let message = format!("the chain has more than {MAX_VALIDATORS} validators");
                return Err(PortError::new("too-many-validators", message));
            }
        }
        rpc::set(all).map_err(|error| answered(&error))
    }
}

/// A path inside a query.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    text.bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
