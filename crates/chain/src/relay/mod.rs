//! Passing transactions on to the validators, several per message.
//!
//! A node sends what was handed to it to every validator, and again while it waits; a validator also proposes it itself. What
//! arrives is checked like anything from outside: size, syntax, signature; only then does it enter the pool.
//! A peer that sends garbage loses its message, and is blocked when it does so on purpose: honest
//! peers never send bytes they have not checked themselves.

mod outbox;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use commonware_p2p::{Blocker, Receiver, Recipients, Sender};
use commonware_runtime::{Clock, Handle, IoBuf, Metrics, Spawner};
use futures::FutureExt as _;
use pangolin_ledger::{SignedTransaction, Wire as _};
use pangolin_proof::merkle;
use rand_core::CryptoRng;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::sync::mpsc;
use tracing::{debug, warn};

use crate::{
    limits::{MAX_RELAY_BYTES, MAX_TX_BYTES},
    pool::{Pending, Pool},
    seats::Council,
    signatures::Signatures,
    types::{Digest, NodeKey},
};
use outbox::Outbox;

/// Bytes of messages whose signatures are checked together: many are cheaper than few, but votes wait meanwhile.
const CHECK_BYTES: usize = 256 * 1024;

/// Longest wait of a node that has nothing to send.
const IDLE: Duration = Duration::from_secs(1);

const LENGTH_BYTES: usize = 4;

/// Joins transactions into one message.
pub fn pack(txs: &[Bytes]) -> Bytes {
    let mut out = BytesMut::with_capacity(txs.iter().map(|tx| tx.len() + LENGTH_BYTES).sum());
    for tx in txs {
        out.put_u32(u32::try_from(tx.len()).unwrap_or(u32::MAX));
        out.extend_from_slice(tx);
    }
    out.freeze()
}

/// Takes a message apart; `None` when it is malformed.
pub fn unpack(mut message: Bytes) -> Option<Vec<Bytes>> {
    if message.len() > MAX_RELAY_BYTES {
        return None;
    }
    let mut txs = Vec::new();
    while !message.is_empty() {
        let length = (message.len() >= LENGTH_BYTES).then(|| message.get_u32())?;
        let length = usize::try_from(length).ok()?;
        if length == 0 || length > MAX_TX_BYTES || length > message.len() {
            return None;
        }
        txs.push(message.split_to(length));
    }
    Some(txs)
}

/// What the relay works with.
pub struct Config<B> {
    /// Identity of the chain: transactions for another chain are refused.
    pub chain: Digest,
    /// Where checked transactions go.
    pub pool: Pool,
    /// Signature checks.
    pub signatures: Signatures,
    /// This node.
    pub me: NodeKey,
    /// Validators to send to.
    pub council: Council,
    /// Transactions handed to this node, already checked and in the pool.
    pub outgoing: mpsc::UnboundedReceiver<Bytes>,
    /// Blocks peers that send garbage.
    pub blocker: B,
}

/// Starts the relay on its channel.
pub fn start<E, B, S, R>(
    context: E,
    mut config: Config<B>,
    (mut sender, mut receiver): (S, R),
) -> Handle<()>
where
    E: Clock + CryptoRng + Metrics + Spawner,
    B: Blocker<PublicKey = NodeKey>,
    S: Sender<PublicKey = NodeKey>,
    R: Receiver<PublicKey = NodeKey>,
{
    context.spawn(move |mut context| async move {
        let mut outbox = Outbox::new(context.current());
        loop {
            let rest = outbox.rest(context.current()).unwrap_or(IDLE);
            commonware_macros::select! {
                outgoing = config.outgoing.recv() => {
                    let Some(tx) = outgoing else { return };
                    outbox.add(tx, context.current());
                },
                () = context.sleep(rest) => {},
                message = receiver.recv() => {
                    let Ok(message) = message else { return };
                    let mut messages = vec![message];
                    let mut bytes = 0;
                    // what has arrived meanwhile is checked together
                    while bytes < CHECK_BYTES && let Some(more) = receiver.recv().now_or_never() {
                        let Ok(more) = more else { return };
                        bytes += more.1.len();
                        messages.push(more);
                    }
                    for (peer, why) in arrive(&mut context, &config, messages) {
                        warn!(%peer, why, "a peer sent transactions that no honest node sends; it is blocked");
                        let _feedback = config.blocker.block(peer);
                    }
                },
            }
            let now = context.current();
            outbox.again(now, |tx| config.pool.waits(&merkle::leaf_hash(tx)));
            for message in outbox.messages(now) {
                let reached = sender.send(
                    Recipients::Some(config.council.others(&config.me)),
                    IoBuf::from(message),
                    false,
                );
                debug!(?reached, "transactions sent");
            }
        }
    })
}

/// Checks what peers sent and puts it into the pool; the peers that sent what no honest node sends, and why.
fn arrive<E: CryptoRng, B>(
    context: &mut E,
    config: &Config<B>,
    messages: Vec<(NodeKey, IoBuf)>,
) -> Vec<(NodeKey, &'static str)> {
    let mut bad = Vec::new();
    let mut fresh: Vec<(usize, Pending)> = Vec::new();
    let mut peers = Vec::with_capacity(messages.len());
    for (peer, message) in messages {
        match open(config, Bytes::from(message)) {
            Ok(transactions) => {
                let from = peers.len();
                fresh.extend(transactions.into_iter().map(|pending| (from, pending)));
                peers.push(peer);
            }
            Err(why) => bad.push((peer, why)),
        }
    }
    let txs: Vec<_> = fresh
        .iter()
        .map(|(_, pending)| pending.tx.clone())
        .collect();
    let good = config.signatures.check(context, &txs);
    let forgers: BTreeSet<usize> = good
        .iter()
        .zip(&fresh)
        .filter_map(|(good, (from, _))| (!good).then_some(*from))
        .collect();
    bad.extend(
        forgers
            .iter()
            .filter_map(|from| Some((peers.get(*from)?.clone(), "bad signature"))),
    );
    let honest = fresh
        .into_iter()
        .filter(|(from, _)| !forgers.contains(from))
        .map(|(_, pending)| pending);
    let taken = config.pool.insert_all(honest);
    debug!(
        taken = taken.iter().filter(|taken| taken.is_ok()).count(),
        of = taken.len(),
        "transactions arrived"
    );
    bad
}

/// The transactions of a message that are not in the pool yet and find a place there; what finds none, its sender proposes itself.
fn open<B>(config: &Config<B>, message: Bytes) -> Result<Vec<Pending>, &'static str> {
    let parts = unpack(message).ok_or("malformed message")?;
    let mut fresh = Vec::with_capacity(parts.len());
    for bytes in parts {
        // sent again, or by several nodes: known without being read
        if config.pool.waits(&merkle::leaf_hash(&bytes)) {
            continue;
        }
        let tx = SignedTransaction::from_bytes(&bytes).map_err(|_| "malformed transaction")?;
        tx.tx().check().map_err(|_| "inconsistent transaction")?;
        if tx.tx().chain.0 != config.chain.0 {
            return Err("transaction of another chain");
        }
        if config.pool.room([(&tx, bytes.len())]) == [Ok(true)] {
            fresh.push(Pending::new(Arc::new(tx), bytes));
        }
    }
    Ok(fresh)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_round_trips_and_refuses_what_it_did_not_write() {
        let txs = vec![Bytes::from_static(b"one"), Bytes::from(vec![7; 1000])];
        assert_eq!(unpack(pack(&txs)), Some(txs.clone()));
        assert_eq!(unpack(Bytes::new()), Some(Vec::new()));
        let good = pack(&txs);
        for cut in 1..good.len() {
            let part = unpack(good.slice(..cut));
            assert!(part.is_none() || cut == LENGTH_BYTES + 3, "cut at {cut}");
        }
        assert_eq!(
            unpack(Bytes::from_static(&[0, 0, 0, 0])),
            None,
            "an empty transaction"
        );
        assert_eq!(
            unpack(Bytes::from_static(&[255, 255, 255, 255, 1])),
            None,
            "an absurd length"
        );
    }
}
