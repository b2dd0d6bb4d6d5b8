//! Why a transaction waits, at a node that makes no blocks.
//!
//! A validator learns what a rule refuses when it makes a block. An observer makes none, and whoever handed a transaction to it would hear
//! of nothing but the end of its validity. So an observer judges what waits for long by itself, on the final state it has.
//!
//! A refusal is told when it was found twice in a row, a look apart: in between, the block that holds the transaction may have become
//! known here.

use commonware_runtime::Clock;
use pangolin_ledger::{
    BlockContext, Height, Machine, NeedKeys, Outcome, Overlay, Refusal, SignedTransaction, TimeMs,
    report::reasons,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Weak},
    time::Duration,
};
use tracing::debug;

use crate::{
    handle::{Chain, ProveError},
    limits::MAX_READ_ROUNDS,
    pool::Pool,
};

/// Time between two looks at what waits.
const LOOK: Duration = Duration::from_secs(1);

/// Transactions judged at one look: the oldest first.
const MAX_JUDGED: usize = 64;

/// Refusals that pass by themselves, or that the pool tells.
const PASSING: [&str; 2] = [reasons::QUOTA.code, reasons::EXPIRED.code];

/// Judges what waits in `pool` and is watched, until the node ends.
pub(crate) async fn watch(
    context: impl Clock,
    chain: Weak<dyn Chain>,
    machine: Arc<Machine>,
    pool: Pool,
) {
    let mut seen = BTreeSet::new();
    let mut doubts: BTreeMap<[u8; 32], &'static str> = BTreeMap::new();
    loop {
        context.sleep(LOOK).await;
        let Some(chain) = chain.upgrade() else { return };
        if chain.status().validator {
            continue;
        }
        let waiting = pool.watched(MAX_JUDGED);
        // what came since the last look is probably on its way into a block
        let (overdue, fresh): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|tx| seen.contains(&tx.id().0));
        seen = overdue.iter().chain(&fresh).map(|tx| tx.id().0).collect();
        let mut found = BTreeMap::new();
        for tx in overdue {
            let id = tx.id();
            match judge(chain.as_ref(), &machine, &tx).await {
                Ok(Some(refusal)) if !PASSING.contains(&refusal.code) => {
                    if doubts.get(&id.0) == Some(&refusal.code) {
                        pool.refuse(&id, refusal);
                    } else {
                        found.insert(id.0, refusal.code);
                    }
                }
                Ok(_) => {}
                Err(error) => debug!(%error, tx = %id, "not judged"),
            }
        }
        doubts = found;
    }
}

/// What the rules say of a transaction in the next block after the final state here: why they refuse it, if they do.
async fn judge(
    chain: &dyn Chain,
    machine: &Machine,
    tx: &SignedTransaction,
) -> Result<Option<Refusal>, ProveError> {
    let prepared = machine.prepare(tx);
    let mut keys = machine.hints(&prepared);
    for _ in 0..MAX_READ_ROUNDS {
        keys.sort_unstable();
        keys.dedup();
        // all keys anew each time, so that all values are of one height
        let view = chain.read(keys.clone()).await?;
        let time = i64::try_from(view.time_ms).unwrap_or(i64::MAX);
        let block = BlockContext {
            height: Height(view.height + 1),
            time: TimeMs(time.saturating_add(1)),
            parent_time: TimeMs(time),
            chain: tx.tx().chain,
        };
        let mut overlay = Overlay::new();
        for (key, value) in keys.iter().zip(view.values) {
            overlay.supply(*key, value);
        }
        match machine.execute(&block, &prepared, &mut overlay) {
            Ok(Outcome::Applied(_)) => return Ok(None),
            Ok(Outcome::Refused(refusal)) => return Ok(Some(refusal)),
            Err(NeedKeys(more)) => keys.extend(more),
        }
    }
    Err(ProveError::Moving)
}
