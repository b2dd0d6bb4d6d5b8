//! Running transactions on a state: the bridge between the pure ledger and the asynchronous stores.
//!
//! The ledger asks for keys it lacks and is called again with them; nothing has changed in between. Keys that
//! a block's transactions name are read together before the first is executed, so that asking again is
//! rare: it happens where one record leads to the next, as from a pack to its case to its pallet.

use bytes::Bytes;
use commonware_runtime::Spawner;
use commonware_storage::Context;
use pangolin_ledger::{
    BlockContext, BlockEffects, Key, Link, Machine, NeedKeys, Outcome, Overlay, Prepared, Receipt,
    Refusal,
};
use pangolin_proof::{
    record::{StateKey, Value},
    state::is_rule,
};
use std::sync::Arc;
use thiserror::Error;

use crate::{
    limits::MAX_READ_ROUNDS,
    store::{RecordsBatch, RecordsSealed, RulesBatch, RulesSealed},
};

/// Execution could not go on. All of these stop the node: going on would be a guess.
#[derive(Debug, Error)]
pub enum ExecuteError {
    /// A store could not be read.
    #[error("cannot read the {store} store: {reason}")]
    Read {
        /// Which store.
        store: &'static str,
        /// What the engine said.
        reason: String,
    },
    /// A store could not compute its root.
    #[error("cannot seal the {store} store: {reason}")]
    Seal {
        /// Which store.
        store: &'static str,
        /// What the engine said.
        reason: String,
    },
    /// A record on disk is not what the ledger wrote.
    #[error("the record under key {0:?} is corrupt")]
    Corrupt(Key),
    /// The ledger kept asking for keys.
    #[error("the ledger asked for more keys {MAX_READ_ROUNDS} times in a row")]
    Unbounded,
}

/// The state a block is executed on: both stores' batches and what was read of them.
pub struct Execution<E: Context + Spawner> {
    machine: Arc<Machine>,
    block: BlockContext,
    records: RecordsBatch<E>,
    rules: RulesBatch<E>,
    overlay: Overlay,
    genesis: Vec<(Key, Vec<u8>)>,
}

impl<E: Context + Spawner> Execution<E> {
    /// Begins a block on the state of its parent.
    pub fn new(
        machine: Arc<Machine>,
        block: BlockContext,
        batches: (RecordsBatch<E>, RulesBatch<E>),
    ) -> Self {
        Self {
            machine,
            block,
            records: batches.0,
            rules: batches.1,
            overlay: Overlay::for_block(&block),
            genesis: Vec::new(),
        }
    }

    /// Writes the entries of the genesis file; only the first block does.
    pub fn write_genesis(&mut self, entries: &[(Key, Vec<u8>)]) {
        for (key, value) in entries {
            self.overlay.supply(*key, Some(Arc::from(value.as_slice())));
        }
        self.genesis = entries.to_vec();
    }

    /// Reads the keys that the transactions name, and those that the records under them lead to, before the first is
    /// executed: two reads for the whole block instead of one for each transaction.
    pub async fn prefetch(&mut self, txs: &[Prepared<'_>]) -> Result<(), ExecuteError> {
        let mut keys = self.machine.block_hints(&self.block);
        for tx in txs {
            keys.extend(self.machine.hints(tx));
        }
        let unknown = self.overlay.want(&keys);
        self.read(unknown).await?;
        let mut keys = Vec::new();
        for tx in txs {
            keys.extend(self.machine.follow(tx, &self.overlay));
        }
        let unknown = self.overlay.want(&keys);
        self.read(unknown).await
    }

    /// What the ledger does before the first transaction.
    pub async fn begin(&mut self) -> Result<BlockEffects, ExecuteError> {
        for _ in 0..MAX_READ_ROUNDS {
            match self.machine.begin_block(&self.block, &mut self.overlay) {
                Ok(effects) => return Ok(effects),
                Err(NeedKeys(keys)) => self.read(keys).await?,
            }
        }
        Err(ExecuteError::Unbounded)
    }

    /// Executes one transaction.
    pub async fn apply(
        &mut self,
        tx: &Prepared<'_>,
    ) -> Result<Result<Receipt, Refusal>, ExecuteError> {
        for _ in 0..MAX_READ_ROUNDS {
            match self.machine.execute(&self.block, tx, &mut self.overlay) {
                Ok(Outcome::Applied(receipt)) => return Ok(Ok(receipt)),
                Ok(Outcome::Refused(refusal)) => return Ok(Err(refusal)),
                Err(NeedKeys(keys)) => self.read(keys).await?,
            }
        }
        Err(ExecuteError::Unbounded)
    }

    /// What the ledger does after the last transaction.
    pub async fn end(&mut self) -> Result<BlockEffects, ExecuteError> {
        for _ in 0..MAX_READ_ROUNDS {
            match self.machine.end_block(&self.block, &mut self.overlay) {
                Ok(effects) => return Ok(effects),
                Err(NeedKeys(keys)) => self.read(keys).await?,
            }
        }
        Err(ExecuteError::Unbounded)
    }

    /// How the provenance digests written so far came about.
    pub fn take_lineage(&mut self) -> Vec<Link> {
        self.overlay.take_lineage()
    }

    /// Writes the block's changes and computes the roots.
    pub async fn seal(self) -> Result<(RecordsSealed<E>, RulesSealed<E>), ExecuteError> {
        use commonware_glue::stateful::db::Unmerkleized as _;
        if let Some(key) = self.overlay.corrupt() {
            return Err(ExecuteError::Corrupt(key));
        }
        let (mut records, mut rules) = (self.records, self.rules);
        let genesis = self
            .genesis
            .into_iter()
            .map(|(key, value)| (key, Some(value)));
        for (key, value) in genesis.chain(self.overlay.into_writes()) {
            let rule = is_rule(&key);
            let (key, value) = (
                StateKey::new(key.0),
                value.map(|bytes| Value(Bytes::from(bytes))),
            );
            if rule {
                rules = rules.write(key, value);
            } else {
                records = records.write(key, value);
            }
        }
        let records = records.merkleize().await.map_err(|e| ExecuteError::Seal {
            store: "records",
            reason: e.to_string(),
        })?;
        let rules = rules.merkleize().await.map_err(|e| ExecuteError::Seal {
            store: "rules",
            reason: e.to_string(),
        })?;
        Ok((records, rules))
    }

    async fn read(&mut self, keys: impl IntoIterator<Item = Key>) -> Result<(), ExecuteError> {
        let (rules, records): (Vec<Key>, Vec<Key>) = keys.into_iter().partition(is_rule);
        let as_state = |keys: &[Key]| {
            keys.iter()
                .map(|key| StateKey::new(key.0))
                .collect::<Vec<_>>()
        };
        let (rule_keys, record_keys) = (as_state(&rules), as_state(&records));
        if !rule_keys.is_empty() {
            let values = self
                .rules
                .get_many(&rule_keys.iter().collect::<Vec<_>>())
                .await
                .map_err(|e| ExecuteError::Read {
                    store: "rules",
                    reason: e.to_string(),
                })?;
            self.supply(rules, values);
        }
        if !record_keys.is_empty() {
            let values = self
                .records
                .get_many(&record_keys.iter().collect::<Vec<_>>())
                .await
                .map_err(|e| ExecuteError::Read {
                    store: "records",
                    reason: e.to_string(),
                })?;
            self.supply(records, values);
        }
        Ok(())
    }

    fn supply(&mut self, keys: Vec<Key>, values: Vec<Option<Value>>) {
        for (key, value) in keys.into_iter().zip(values) {
            self.overlay
                .supply(key, value.map(|Value(bytes)| Arc::from(bytes.as_ref())));
        }
    }
}
