//! From final blocks to the index.
//!
//! Blocks come from the chain as they become final. What an earlier run of the node did not get into the index
//! before it was killed is read from the chain's archive; the outcome of its events, which the archive does not
//! hold, is read from the state, where each event has a record.

use anyhow::{Context as _, Result, bail};
use pangolin_chain::{
    app::FinalBlock,
    handle::{Finals, Handle},
};
use pangolin_index::{Effects, IndexBlock, SqliteIndex};
use pangolin_ledger::{
    Body, Digest32, EventOutcome, EventReceipt, Height, Receipt, SignedTransaction, TimeMs,
    Wire as _,
    state::{EventRecord, EventState, Parked, keys},
};
use std::sync::Arc;
use tracing::{info, warn};

/// Blocks between two lines of progress while the index catches up.
const PROGRESS_BLOCKS: u64 = 1_000;

/// Indexes final blocks until the chain ends.
pub(super) async fn run(chain: Handle, index: Arc<SqliteIndex>, mut finals: Finals) -> Result<()> {
    while let Some(block) = finals.recv().await {
        let height = block.block.header.height.get();
        catch_up(&chain, &index, height).await?;
        apply(&index, from_final(&block)?).await?;
    }
    Ok(())
}

/// Reads what is missing below `height` from the chain.
pub(super) async fn catch_up(chain: &Handle, index: &Arc<SqliteIndex>, height: u64) -> Result<()> {
    let next = index.next().context("the index cannot be read")?.0;
    if next >= height {
        return Ok(());
    }
    warn!(
        from = next,
        to = height - 1,
        "the index is behind and reads the chain's archive"
    );
    for missing in next..height {
        let block = from_archive(chain, missing).await.with_context(|| {
            format!("the index needs block {missing}, which this node does not keep")
        })?;
        apply(index, block).await?;
        if missing % PROGRESS_BLOCKS == 0 {
            info!(height = missing, of = height, "indexing");
        }
    }
    Ok(())
}

async fn apply(index: &Arc<SqliteIndex>, block: IndexBlock) -> Result<()> {
    let index = index.clone();
    let height = block.height.0;
    tokio::task::spawn_blocking(move || index.apply(&block))
        .await
        .context("the index stopped")?
        .with_context(|| format!("block {height} cannot be indexed"))?;
    Ok(())
}

fn from_final(block: &FinalBlock) -> Result<IndexBlock> {
    let header = &block.block.header;
    let mut transactions = Vec::with_capacity(block.receipts.len());
    for (bytes, (_, receipt)) in block.block.transactions.iter().zip(block.receipts.iter()) {
        let tx =
            SignedTransaction::from_bytes(bytes).context("a final transaction cannot be read")?;
        transactions.push((tx, receipt.as_ref().clone()));
    }
    if transactions.len() != block.block.transactions.len() {
        bail!(
            "block {} has {} receipts for {} transactions",
            header.height,
            transactions.len(),
            block.block.transactions.len()
        );
    }
    let mut effects = block.effects.iter().cloned();
    Ok(IndexBlock {
        height: Height(header.height.get()),
        time: time(header.time_ms),
        digest: Digest32(header.digest().0),
        transactions,
        effects: Effects {
            begin: effects.next().unwrap_or_default(),
            end: effects.next().unwrap_or_default(),
        },
    })
}

async fn from_archive(chain: &Handle, height: u64) -> Result<IndexBlock> {
    let shown = chain.final_header(height).await?;
    let header = shown.headers.first().context("the chain gave no header")?;
    let mut transactions = Vec::new();
    for bytes in chain.transactions(height).await?.iter() {
        let tx =
            SignedTransaction::from_bytes(bytes).context("a final transaction cannot be read")?;
        let receipt = receipt_from_state(chain, &tx).await?;
        transactions.push((tx, receipt));
    }
    Ok(IndexBlock {
        height: Height(height),
        time: time(header.time_ms),
        digest: Digest32(header.digest().0),
        transactions,
        effects: Effects::default(),
    })
}

/// What the state says now about the events of a transaction.
async fn receipt_from_state(chain: &Handle, tx: &SignedTransaction) -> Result<Receipt> {
    let mut receipt = Receipt {
        tx: tx.id(),
        events: Vec::new(),
        effects: Vec::new(),
    };
    let Body::Events(events) = &tx.tx().body else {
        return Ok(receipt);
    };
    let view = chain
        .read(events.iter().map(|event| keys::event(&event.id)).collect())
        .await?;
    for ((event, value), digest) in events.iter().zip(view.values).zip(tx.digests()) {
        let record = value
            .map(|bytes| EventRecord::from_bytes(&bytes))
            .transpose()?;
        let outcome = match record {
            Some(record) if record.tx != tx.id() => EventOutcome::Duplicate {
                height: record.height,
            },
            Some(EventRecord {
                state: EventState::Parked,
                ..
            }) => {
                let parked = keys::parked(&event.id);
                let parked = chain.read(vec![parked]).await?.values.pop().flatten();
                match parked.map(|bytes| Parked::from_bytes(&bytes)).transpose()? {
                    Some(Parked {
                        missing, deadline, ..
                    }) if !missing.is_empty() => EventOutcome::Parked {
                        missing: missing[0].clone(),
                        deadline,
                        code: "waiting".into(),
                    },
                    _ => EventOutcome::Applied,
                }
            }
            _ => EventOutcome::Applied,
        };
        receipt.events.push(EventReceipt {
            id: event.id,
            outcome,
            objects: 0,
            digest: *digest,
        });
    }
    Ok(receipt)
}

fn time(ms: u64) -> TimeMs {
    TimeMs(i64::try_from(ms).unwrap_or(i64::MAX))
}
