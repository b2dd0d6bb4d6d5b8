//! Making a delivery: which records of which chains it must prove, and which of its messages would be refused.
//!
//! The rules of the destination decide both, so they are asked themselves: the delivery is executed here, on what the chains
//! say without proof, until nothing is missing any more. Whatever names a record that is not shown yet is read from the chain it is of. Only
//! then the proofs are made and the delivery is signed. That what was read may be wrong or old does no harm: the
//! destination executes it again, on its own state and on proofs.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use pangolin_ledger::{
    Auth, BlockContext, ChainId, Delivery, Digest32, Height, Item, Key, Machine, NeedKeys, Outcome,
    Overlay, Refusal, Signature, SignedTransaction, TimeMs, Transaction, Witness,
    evidence::{BadEvidence, Proven, Verifier},
    limits::MAX_DELIVERIES,
    report::{Part, reasons},
    state::SeenHeader,
};

use crate::{
    limits::{MAX_CHANGES, MAX_ROUNDS, VALID_BLOCKS},
    port::{Port, PortError, Ports, View},
};

/// A delivery that the rules would accept, as far as can be told.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The transaction.
    pub tx: SignedTransaction,
    /// Which of the messages it carries, by their places in the list that was given.
    pub items: Vec<usize>,
}

/// A message that would be refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its place in the list that was given.
    pub item: usize,
    /// Code of the refusal.
    pub code: String,
    /// What is wrong.
    pub message: String,
}

impl LeftOut {
    /// Whether it was delivered before, by whomever.
    pub fn is_known(&self) -> bool {
        self.code == reasons::ALREADY_RECORDED.code
    }
}

/// Records that the rules will ask for, by their chains.
pub type Expected = BTreeMap<ChainId, Vec<Key>>;

/// Makes deliveries.
#[derive(Clone)]
pub struct Drafter {
    machine: Machine,
    ports: Arc<Ports>,
}

impl std::fmt::Debug for Drafter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Drafter")
            .field("machine", &self.machine)
            .finish_non_exhaustive()
    }
}

/// What chains say, believed.
struct Told(BTreeMap<ChainId, Arc<Proven>>);

impl Verifier for Told {
    fn verify(&self, chain: &ChainId, _: &[u8], _: &[u8]) -> Result<Arc<Proven>, BadEvidence> {
        let told = self.0.get(chain).cloned();
        told.ok_or_else(|| BadEvidence {
            code: "not-told",
            message: "nothing is known of it".into(),
        })
    }
}

/// A delivery in the making.
struct Making {
    at: Arc<dyn Port>,
    from: ChainId,
    /// The messages that are left, with their places in the list that was given.
    items: Vec<(usize, Item)>,
    left_out: Vec<LeftOut>,
    /// Records of the destination that will be asked for.
    expected: Vec<Key>,
    /// What the destination's state says.
    here: BTreeMap<Key, Option<Arc<[u8]>>>,
    moment: (Height, TimeMs),
    /// What other chains say.
    there: BTreeMap<ChainId, View>,
}

/// What proofs show.
enum Shown {
    /// All that was looked at.
    All(BTreeMap<ChainId, Vec<u8>>),
    /// Something says something else meanwhile.
    Otherwise,
    /// They are longer than a transaction carries.
    TooLong,
}

/// What a trial says.
enum Trial {
    /// The rules accept it.
    Good,
    /// It was changed, or more is known: to be tried again.
    Again,
    /// Nothing is left of it.
    Empty,
}

impl Drafter {
    /// One that knows the rules of `machine` and reaches these chains.
    pub fn new(machine: Machine, ports: Arc<Ports>) -> Self {
        Self { machine, ports }
    }

    /// The chains.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    pub(crate) fn port(&self, chain: &ChainId) -> Result<&Arc<dyn Port>, PortError> {
        let known = self.ports.get(chain);
        known.ok_or_else(|| {
            PortError::new("no-port", format!("no node of chain {chain} is known here"))
        })
    }

    /// A delivery of messages of chain `from` to chain `at`. `expected` are records that will be asked for, by their chains, of `at` too:
    /// naming them saves a round each. Messages that the rules refuse are left out.
    pub async fn draft(
        &self,
        at: &ChainId,
        from: &ChainId,
        items: Vec<Item>,
        expected: Expected,
    ) -> Result<(Option<Draft>, Vec<LeftOut>), PortError> {
        let mut making = Making {
            at: self.port(at)?.clone(),
            from: *from,
            items: items.into_iter().take(MAX_DELIVERIES).enumerate().collect(),
            left_out: Vec::new(),
            expected: Vec::new(),
            here: BTreeMap::new(),
            moment: (Height(0), TimeMs(0)),
            there: BTreeMap::new(),
        };
        for (chain, keys) in expected {
            if chain == *at {
                making.expected = keys;
            } else {
                self.learn(&mut making, &chain, keys).await?;
            }
        }
        making.there.entry(*from).or_insert_with(nothing);
        let mut changes = 0;
        while changes < MAX_CHANGES {
            if !self.settle(&mut making).await? {
                return Ok((None, making.left_out));
            }
            match self.prove(&mut making).await? {
                Shown::All(proofs) => {
                    let tx = making.sign(&proofs);
                    let items = making.items.iter().map(|(place, _)| *place).collect();
                    return Ok((Some(Draft { tx, items }), making.left_out));
                }
                Shown::Otherwise => changes += 1,
                Shown::TooLong => making.halve(),
            }
        }
        Err(PortError::new(
            "changing",
            "what is to be proven goes on changing",
        ))
    }

    /// Tries until the rules accept what is left; whether something is.
    async fn settle(&self, making: &mut Making) -> Result<bool, PortError> {
        for _ in 0..MAX_ROUNDS {
            match self.trial(making).await? {
                Trial::Good => return Ok(true),
                Trial::Empty => return Ok(false),
                Trial::Again => {}
            }
        }
        Err(PortError::new(
            "too-many-rounds",
            "the rules go on asking for records",
        ))
    }

    /// Executes the delivery on what is known, and learns what is asked for.
    async fn trial(&self, making: &mut Making) -> Result<Trial, PortError> {
        if making.items.is_empty() {
            return Ok(Trial::Empty);
        }
        match making.execute(&self.machine) {
            Err(NeedKeys(keys)) => {
                let view = making.at.read(keys).await?;
                making.moment = (view.height, view.time);
                let values = view.values.into_iter();
                making
                    .here
                    .extend(values.map(|(key, value)| (key, value.map(Arc::from))));
                Ok(Trial::Again)
            }
            Ok(Outcome::Applied(_)) => Ok(Trial::Good),
            Ok(Outcome::Refused(refusal)) => self.refused(making, refusal).await,
        }
    }

    async fn refused(&self, making: &mut Making, refusal: Refusal) -> Result<Trial, PortError> {
        if refusal.code == reasons::NOT_PROVEN.code
            && let Some((chain, key)) = asked(&refusal)
            && self.ports.contains_key(&chain)
            && !making.is_known(&chain, &key)
        {
            self.learn(making, &chain, vec![key]).await?;
            return Ok(Trial::Again);
        }
        let place = refusal.place.strip_prefix("/delivery/items/");
        let index = place.and_then(|rest| rest.split('/').next()?.parse::<usize>().ok());
        let Some(index) = index.filter(|index| *index < making.items.len()) else {
            return Err(PortError::new(refusal.code, refusal.message));
        };
        let (item, _) = making.items.remove(index);
        making.left_out.push(LeftOut {
            item,
            code: refusal.code.to_owned(),
            message: refusal.message,
        });
        Ok(Trial::Again)
    }

    /// Reads records of another chain, without proof.
    async fn learn(
        &self,
        making: &mut Making,
        of: &ChainId,
        keys: Vec<Key>,
    ) -> Result<(), PortError> {
        let keys: BTreeSet<Key> = keys.into_iter().collect();
        let view = self.port(of)?.read(keys.into_iter().collect()).await?;
        making.told(*of, view);
        Ok(())
    }

    /// Proofs of everything that was looked at.
    async fn prove(&self, making: &mut Making) -> Result<Shown, PortError> {
        let mut proofs = BTreeMap::new();
        let mut changed = false;
        for chain in making.there.keys().copied().collect::<Vec<_>>() {
            let keys = making.shown(&chain);
            let proof = match self.port(&chain)?.prove(keys).await {
                Err(error) if error.is_too_large() && making.items.len() > 1 => {
                    return Ok(Shown::TooLong);
                }
                proof => proof?,
            };
            changed |= making.differs(&chain, &proof.view);
            making.told(chain, proof.view);
            proofs.insert(chain, proof.evidence);
        }
        Ok(if changed {
            Shown::Otherwise
        } else {
            Shown::All(proofs)
        })
    }
}

/// Nothing is known of a chain yet.
const fn nothing() -> View {
    View {
        height: Height(0),
        time: TimeMs(0),
        values: BTreeMap::new(),
    }
}

/// Which record of which chain a refusal asks for.
fn asked(refusal: &Refusal) -> Option<(ChainId, Key)> {
    let parts = refusal.said.message.parts();
    let chain = parts.iter().find_map(|part| match part {
        Part::Chain(chain) => Some(*chain),
        _ => None,
    })?;
    let key = parts.iter().find_map(|part| match part {
        Part::Record(key) => Some(*key),
        _ => None,
    })?;
    Some((chain, key))
}

/// Whether a proof can show what a chain says of a record: that there is none, only in the store of rules.
fn provable(key: &Key, value: Option<&Vec<u8>>) -> bool {
    value.is_some() || pangolin_proof::state::is_rule(key)
}

impl Making {
    fn told(&mut self, chain: ChainId, view: View) {
        match self.there.get_mut(&chain) {
            Some(known) => {
                (known.height, known.time) = (view.height, view.time);
                known.values.extend(view.values);
            }
            None => {
                self.there.insert(chain, view);
            }
        }
    }

    /// Leaves out the later half: what is left is half as long, the rest goes with another delivery.
    fn halve(&mut self) {
        self.items.truncate(self.items.len() / 2);
        self.there = BTreeMap::from([(self.from, nothing())]);
    }

    fn is_known(&self, chain: &ChainId, key: &Key) -> bool {
        let known = self.there.get(chain);
        known.is_some_and(|known| known.values.contains_key(key))
    }

    /// The records of a chain that are to be proven.
    fn shown(&self, chain: &ChainId) -> Vec<Key> {
        let known = self.there.get(chain).map(|view| view.values.iter());
        let provable = known
            .into_iter()
            .flatten()
            .filter(|(key, value)| provable(key, value.as_ref()));
        provable.map(|(key, _)| *key).collect()
    }

    fn differs(&self, chain: &ChainId, view: &View) -> bool {
        let Some(known) = self.there.get(chain) else {
            return true;
        };
        view.values
            .iter()
            .any(|(key, value)| known.values.get(key) != Some(value))
    }

    fn delivery(&self, evidence: impl Fn(&ChainId) -> Vec<u8>) -> Delivery {
        let others = self.there.keys().filter(|chain| **chain != self.from);
        Delivery {
            chain: self.from,
            evidence: evidence(&self.from),
            witnesses: others
                .map(|chain| Witness {
                    chain: *chain,
                    evidence: evidence(chain),
                })
                .collect(),
            items: self.items.iter().map(|(_, item)| item.clone()).collect(),
        }
    }

    fn transaction(&self, delivery: Delivery) -> Transaction {
        let valid_until = Height(self.moment.0.0.saturating_add(VALID_BLOCKS));
        let at = &self.at;
        at.signer()
            .transaction(at.chain(), at.profile(), valid_until, delivery)
    }

    fn sign(&self, proofs: &BTreeMap<ChainId, Vec<u8>>) -> SignedTransaction {
        let evidence = |chain: &ChainId| proofs.get(chain).cloned().unwrap_or_default();
        self.at
            .signer()
            .sign(self.transaction(self.delivery(evidence)))
    }

    /// Executes the delivery as the next block of the destination would.
    fn execute(&self, machine: &Machine) -> Result<Outcome, NeedKeys> {
        let believed = self.there.iter().map(|(chain, view)| {
            let entries = view.values.iter();
            let entries = entries.filter(|(key, value)| provable(key, value.as_ref()));
            let proven = Proven {
                header: SeenHeader {
                    height: view.height,
                    time: view.time,
                    block: Digest32([0; 32]),
                },
                entries: entries.map(|(key, value)| (*key, value.clone())).collect(),
            };
            (*chain, Arc::new(proven))
        });
        let machine = machine
            .clone()
            .believing(Arc::new(Told(believed.collect())));
        let tx = self.transaction(self.delivery(|_| vec![0]));
        // whoever executes takes the signature for granted
        let tx = SignedTransaction::new(tx, Auth::Single(Signature([0; 64])));
        let prepared = machine.prepare(&tx);
        let mut overlay = Overlay::new();
        for (key, value) in &self.here {
            overlay.supply(*key, value.clone());
        }
        if self.here.is_empty() {
            let mut hints = machine.hints(&prepared);
            hints.extend(&self.expected);
            hints.sort_unstable();
            hints.dedup();
            return Err(NeedKeys(hints));
        }
        let (height, time) = self.moment;
        let block = BlockContext {
            chain: self.at.chain(),
            height: Height(height.0.saturating_add(1)),
            time,
            parent_time: time,
        };
        machine.execute(&block, &prepared, &mut overlay)
    }
}
