//! What every transaction must pass, whatever it states: form, chain, profile, validity, party, key, quota.

use std::sync::Arc;

use crate::{
    kernel::{
        k02_authority::{self, Signer},
        k08_quota,
    },
    machine::{BlockContext, Machine, Overlay, act::Moment, halt::Halt},
    profile::Profile,
    report::{Subject, reasons},
    say,
    state::{Params, ProfileRecord, Quota, TxRecord, keys},
    tx::{Body, SignedTransaction},
};

/// What admission found out.
pub(super) struct Admitted<'m> {
    pub(super) params: Arc<Params>,
    pub(super) profile: &'m dyn Profile,
    pub(super) signer: Signer,
    pub(super) quota: Quota,
    pub(super) moment: Moment,
}

/// Admits a transaction and charges it to its issuer.
pub(super) fn admit<'m>(
    machine: &'m Machine,
    block: &BlockContext,
    signed: &SignedTransaction,
    o: &mut Overlay,
) -> Result<Admitted<'m>, Halt> {
    let tx = signed.tx();
    let subject = || Subject::Transaction(signed.id());
    if let Err(error) = tx.check() {
        let message = format!("{error} ({})", error.code());
        return Err(Halt::refuse(
            &reasons::MALFORMED,
            subject(),
            error.place(),
            message,
        ));
    }
    if tx.chain != block.chain {
        let message = say!["the transaction is for ", tx.chain];
        return Err(Halt::refuse(
            &reasons::WRONG_CHAIN,
            Subject::Chain(tx.chain),
            "/chain",
            message,
        ));
    }
    let keyring = signed.keyring();
    let common = [
        keys::params(),
        keyring.profile,
        keyring.party,
        keyring.party_key,
        keyring.usage,
    ];
    let unknown = o.unknown(&common);
    if !unknown.is_empty() {
        return Err(Halt::Need(unknown));
    }
    let params = o.look::<Params>(&common[0])?.unwrap_or_default();
    if signed.size() > params.max_tx_bytes as usize {
        let message = format!("{} bytes, more than {}", signed.size(), params.max_tx_bytes);
        return Err(Halt::refuse(&reasons::TOO_LARGE, subject(), "", message));
    }
    k08_quota::validity(signed, &params, block.height)?;
    let active = o
        .look::<ProfileRecord>(&common[1])?
        .filter(|record| record.covers(block.height));
    let profile = machine.profile(tx.profile);
    let (Some(_), Some(profile)) = (active, profile) else {
        let known = if profile.is_some() {
            "is not in force"
        } else {
            "is not known to this software"
        };
        let message = say![tx.profile, " ", known];
        return Err(Halt::refuse(
            &reasons::UNKNOWN_PROFILE,
            Subject::Profile(tx.profile),
            "/profile",
            message,
        ));
    };
    let party = k02_authority::party_under(o, keyring.party, &tx.issuer, block.time, "/issuer")?;
    let signer = k02_authority::signer(o, keyring.party_key, &tx.issuer, &tx.key, block.time)?;
    let quota = k08_quota::quota_of(&party, &params);
    k08_quota::charge(
        o,
        keyring.usage,
        &tx.issuer,
        quota,
        &params,
        signed.size(),
        block.height,
    )?;
    if !matches!(tx.body, Body::Events(_)) {
        once(o, block, signed)?;
    }
    let moment = Moment {
        height: block.height,
        now: block.time,
        arrived: block.time,
    };
    Ok(Admitted {
        params,
        profile,
        signer,
        quota,
        moment,
    })
}

/// K3: a transaction without events of its own is recorded by its identity.
pub(super) fn once(
    o: &mut Overlay,
    block: &BlockContext,
    tx: &SignedTransaction,
) -> Result<(), Halt> {
    let key = keys::tx(&tx.id());
    if let Some(record) = o.get::<TxRecord>(&key)? {
        let message = format!("recorded at height {}", record.height);
        return Err(Halt::refuse(
            &reasons::ALREADY_RECORDED,
            Subject::Transaction(tx.id()),
            "",
            message,
        ));
    }
    o.put(
        key,
        &TxRecord {
            height: block.height,
        },
    );
    Ok(())
}
