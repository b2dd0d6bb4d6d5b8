//! K8, validity and quotas: what bounds the load without a fee.
//!
//! * A transaction is valid up to a height that it states, and not for longer than the chain allows.
//! * A party sends at most so many transactions and bytes per window of blocks. A refused transaction costs nothing here;
//!   the sender of refused ones is bounded before execution, where signatures are checked.

use crate::{
    id::{Height, PartyId},
    limits::MAX_VALIDITY_BLOCKS,
    machine::{Overlay, halt::Halt},
    report::{Subject, reasons},
    state::{Key, Params, Party, Quota, Usage},
    tx::SignedTransaction,
};

/// Judges the stated validity against the block's height.
pub(crate) fn validity(
    tx: &SignedTransaction,
    params: &Params,
    height: Height,
) -> Result<(), Halt> {
    let until = tx.tx().valid_until;
    let refuse = |reason, message| {
        Halt::refuse(
            reason,
            Subject::Transaction(tx.id()),
            "/valid_until",
            message,
        )
    };
    if height > until {
        return Err(refuse(
            &reasons::EXPIRED,
            format!("valid until block {until}, this is block {height}"),
        ));
    }
    let longest = params.max_validity_blocks.min(MAX_VALIDITY_BLOCKS);
    if until.0 - height.0 > longest {
        return Err(refuse(
            &reasons::VALID_TOO_LONG,
            format!("valid for more than {longest} blocks"),
        ));
    }
    Ok(())
}

/// The quota of a party.
pub(crate) fn quota_of(party: &Party, params: &Params) -> Quota {
    party.quota.unwrap_or(params.quota)
}

/// Charges a transaction to its issuer.
pub(crate) fn charge(
    o: &mut Overlay,
    key: Key,
    issuer: &PartyId,
    quota: Quota,
    params: &Params,
    size: usize,
    height: Height,
) -> Result<(), Halt> {
    let mut usage = o.get::<Usage>(&key)?.unwrap_or_default();
    let window = height.0 / params.window_blocks.max(1);
    if usage.window != window {
        usage = Usage {
            window,
            parked: usage.parked,
            ..Usage::default()
        };
    }
    usage.txs = usage.txs.saturating_add(1);
    usage.bytes = usage.bytes.saturating_add(size as u64);
    if usage.txs > quota.txs || usage.bytes > quota.bytes {
        let message = format!(
            "{} of {} transactions and {} of {} bytes in this window of {} blocks",
            usage.txs, quota.txs, usage.bytes, quota.bytes, params.window_blocks
        );
        return Err(Halt::refuse(
            &reasons::QUOTA,
            Subject::Party(issuer.clone()),
            "/issuer",
            message,
        ));
    }
    o.put(key, &usage);
    Ok(())
}
