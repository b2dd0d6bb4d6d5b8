//! How a carrier reaches a chain: through one of its validators, which may be out of reach, or lie.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use futures::future::{BoxFuture, FutureExt as _};
use pangolin_interchain::{Clock as _, Fate, Port, PortError, Proof, Signer, Told, View};
use pangolin_ledger::{
    ChainId, EventId, Height, Key, Overlay, ProfileRef, SignedTransaction, TimeMs,
    walk::local::{NoPiece, Piece, Want, piece},
};

use crate::{cast::NAMES, errand::Watch, seal::Evidence, validator::Validator, world::World};

/// A chain through one of its validators.
pub(crate) struct Node {
    pub(crate) world: Arc<Mutex<World>>,
    pub(crate) watch: Watch,
    pub(crate) carrier: usize,
    pub(crate) at: usize,
    pub(crate) index: usize,
    pub(crate) chain: ChainId,
    pub(crate) profile: ProfileRef,
    pub(crate) signer: Signer,
    /// Of 100 answers so many are wrong.
    pub(crate) lies: usize,
}

fn error(code: &str) -> PortError {
    PortError {
        code: code.into(),
        message: "the node could not be asked".into(),
    }
}

/// Records of a validator's final state.
fn view(validator: &Validator, keys: &[Key]) -> View {
    let value = |key: &Key| validator.records.get(key).map(|value| value.to_vec());
    View {
        height: Height(validator.tip.height),
        time: TimeMs(validator.tip.time),
        values: keys.iter().map(|key| (*key, value(key))).collect(),
    }
}

/// A validator's proof of records of its final state; `None` before the first block.
pub(crate) fn prove(validator: &Validator, keys: &[Key]) -> Option<Evidence> {
    let sealed = validator.sealed.as_ref()?;
    let provable =
        |key: &&Key| validator.records.contains_key(*key) || pangolin_proof::state::is_rule(key);
    let value = |key: &Key| validator.records.get(key).map(|value| value.to_vec());
    Some(Evidence {
        header: validator.tip.clone(),
        votes: sealed.votes.clone(),
        entries: keys
            .iter()
            .filter(provable)
            .map(|key| (*key, value(key)))
            .collect(),
    })
}

/// What a validator has of a history.
fn part(validator: &Validator, wants: &BTreeSet<Want>) -> Option<Piece> {
    let mut overlay = Overlay::new();
    loop {
        match piece(wants, &validator.kept, &overlay, true) {
            Ok(piece) => return Some(piece),
            Err(NoPiece::Need(keys)) => {
                for key in keys {
                    overlay.supply(key, validator.records.get(&key).cloned());
                }
            }
            Err(_) => return None,
        }
    }
}

impl Node {
    /// The way there or back takes a while.
    async fn way(&self) {
        let ms = self.world.lock().unwrap().dice.between(2, 25);
        let ms = u64::try_from(ms).unwrap();
        self.watch.sleep(std::time::Duration::from_millis(ms)).await;
    }

    fn look<T>(&self, look: impl FnOnce(&Validator) -> T) -> Result<T, PortError> {
        let world = self.world.lock().unwrap();
        if !world.reaches(self.carrier, self.at, self.index) {
            return Err(error("connection"));
        }
        Ok(look(&world.chains[self.at].validators[self.index]))
    }

    fn is_lie(&self) -> bool {
        self.lies > 0 && self.world.lock().unwrap().dice.percent(self.lies)
    }

    /// What a lying node makes of an answer.
    fn garble(&self, mut view: View) -> View {
        let mut world = self.world.lock().unwrap();
        let dice = &mut world.dice;
        match dice.below(4) {
            0 => view.time = TimeMs(view.time.0 + dice.between(-60_000, 60_000)),
            1 => view.height = Height(dice.next() % 1_000),
            2 => view.values.values_mut().for_each(|value| *value = None),
            _ => {
                for value in view.values.values_mut().flatten() {
                    let at = dice.below(value.len());
                    if let Some(byte) = value.get_mut(at) {
                        *byte ^= 1 << dice.below(8);
                    }
                }
            }
        }
        view
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
        self.profile
    }

    fn signer(&self) -> &Signer {
        &self.signer
    }

    fn read(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<View, PortError>> {
        async move {
            self.way().await;
            let seen = self.look(|validator| view(validator, &keys))?;
            Ok(if self.is_lie() {
                self.garble(seen)
            } else {
                seen
            })
        }
        .boxed()
    }

    fn prove(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<Proof, PortError>> {
        async move {
            self.way().await;
            let (proof, view) =
                self.look(|validator| (prove(validator, &keys), view(validator, &keys)))?;
            let mut evidence = proof.ok_or_else(|| error("no-block"))?.bytes();
            if self.is_lie() {
                let at = self.world.lock().unwrap().dice.below(evidence.len());
                evidence[at] ^= 1;
            }
            Ok(Proof { evidence, view })
        }
        .boxed()
    }

    fn submit(&self, tx: &SignedTransaction) -> BoxFuture<'_, Result<Fate, PortError>> {
        let tx = Arc::new(tx.clone());
        async move {
            self.way().await;
            self.look(|_| ())?;
            if self.is_lie() {
                return Ok(Fate::Final);
            }
            let told = {
                let mut world = self.world.lock().unwrap();
                let told = world.watch((self.at, self.index, tx.id()));
                world.submit(self.at, self.index, tx);
                told
            };
            let fate = told.await.map_err(|_| error("connection"))?;
            self.way().await;
            // it may be final and nobody hears of it
            self.look(|_| ())?;
            Ok(fate)
        }
        .boxed()
    }

    fn piece(&self, wants: BTreeSet<Want>) -> BoxFuture<'_, Result<Option<Told>, PortError>> {
        async move {
            self.way().await;
            self.look(|validator| {
                part(validator, &wants).map(|piece| {
                    let keys: Vec<Key> = piece.keys.iter().copied().collect();
                    let view = view(validator, &keys);
                    Told { piece, view }
                })
            })
        }
        .boxed()
    }

    fn waiting(&self) -> BoxFuture<'_, Result<Vec<EventId>, PortError>> {
        async move {
            self.way().await;
            self.look(|validator| validator.waiting.clone())
        }
        .boxed()
    }
}
