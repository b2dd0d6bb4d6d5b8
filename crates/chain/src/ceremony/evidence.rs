//! Judging what a validator signed.
//!
//! A wrong share or log carries its dealer's signature, so everybody comes to the same judgement, whoever brings it.
//! A complaint that turns out to be unfounded names its bringer.

use commonware_codec::{Copying, Decode as _, Encode as _, RangeCfg};
use commonware_cryptography::bls12381::{
    dkg::feldman_desmedt::{DealerLogSummary, Failure, Logs, observe},
    primitives::{
        group::{Scalar, ScalarReadCfg},
        variant::{MinSig, Variant},
    },
};
use commonware_math::{algebra::CryptoGroup as _, poly::Poly};
use commonware_parallel::Sequential;
use commonware_utils::{Faults as _, N3f1};
use rand_core::CryptoRng;
use std::{fmt, num::NonZeroU32};

use super::{
    Info, Log, Terms,
    wire::{Dealing, Proof},
};

/// What a validator did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misdeed {
    /// It dealt a share that does not fit its commitment, or a commitment of the wrong degree.
    BadShare,
    /// It dealt a second time, differently: it lost its directory, or two processes run with its key, or it cheats.
    DealtTwice,
    /// It signed a log that is wrong or leaves somebody out.
    BadLog(String),
    /// It confirmed another chain than the one that follows from the logs.
    OtherChain,
    /// It complained about what is in order.
    FalseComplaint,
}

impl Misdeed {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadShare => "ceremony-bad-share",
            Self::DealtTwice => "ceremony-dealt-twice",
            Self::BadLog(_) => "ceremony-bad-log",
            Self::OtherChain => "ceremony-other-chain",
            Self::FalseComplaint => "ceremony-false-complaint",
        }
    }
}

impl fmt::Display for Misdeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadShare => f.write_str("dealt a share that does not fit its own commitment"),
            Self::DealtTwice => f.write_str(
                "dealt twice, differently: it lost the state in its directory, or its key is used by two processes; \
                 make a new draft",
            ),
            Self::BadLog(why) => write!(f, "signed a log that is not in order: {why}"),
            Self::OtherChain => f.write_str("confirmed another chain than the one that follows from all logs"),
            Self::FalseComplaint => f.write_str("complained about a dealing that is in order"),
        }
    }
}

/// Who did what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Place of the validator.
    pub accused: usize,
    /// What it did.
    pub misdeed: Misdeed,
}

/// What `proof` shows about the validator at `accused`; `None` when it shows nothing.
pub(crate) fn judge(
    rng: &mut impl CryptoRng,
    terms: &Terms,
    info: &Info,
    accused: usize,
    proof: &Proof,
) -> Option<Misdeed> {
    let key = terms.validators().get(accused)?;
    match proof {
        Proof::Dealing(dealing) => {
            let signed = dealing.is_of(&terms.session(), key);
            (signed && !is_good_dealing(terms, dealing)).then_some(Misdeed::BadShare)
        }
        Proof::Log(log) => match check_log(rng, terms, info, log) {
            Checked::Wrong(dealer, why) if dealer == accused => Some(Misdeed::BadLog(why)),
            _ => None,
        },
    }
}

/// Whether a share fits its commitment, and the commitment has the degree of the key.
pub(crate) fn is_good_dealing(terms: &Terms, dealing: &Dealing) -> bool {
    let Some(count) = u32::try_from(terms.count()).ok().and_then(NonZeroU32::new) else {
        return false;
    };
    // the engine's messages are opaque; their encodings are a polynomial and a scalar
    let range = RangeCfg::from(NonZeroU32::MIN..=count);
    let public = dealing.public.encode();
    let Ok(commitment) = Poly::<<MinSig as Variant>::Public>::decode_cfg(public, &(range, ()))
    else {
        return false;
    };
    let private = dealing.private.encode();
    let Ok(share) = Scalar::decode_cfg(Copying(&private), &ScalarReadCfg::RejectZero) else {
        return false;
    };
    if dealing.player >= count.get()
        || commitment.degree_exact().checked_add(1) != Some(N3f1::quorum(count.get()))
    {
        return false;
    }
    // share i is the polynomial's value at i + 1, as the key's mode counts
    let place = Scalar::from_u64(u64::from(dealing.player) + 1);
    commitment.eval_msm(&place, &Sequential) == <MinSig as Variant>::Public::generator() * &share
}

/// A log after its check.
pub(crate) enum Checked {
    /// Of the dealer at this place, complete and right: every validator acknowledged it.
    Good(usize),
    /// Signed by this dealer, and wrong.
    Wrong(usize, String),
    /// Signed by no validator, or for another ceremony.
    Foreign,
}

/// Checks a dealer's log: signed, of all validators, all acknowledgements valid, nothing revealed.
pub(crate) fn check_log(
    rng: &mut impl CryptoRng,
    terms: &Terms,
    info: &Info,
    log: &Log,
) -> Checked {
    let Some((dealer, content)) = log.clone().check(info) else {
        return Checked::Foreign;
    };
    let Some(place) = terms.validators().position(&dealer) else {
        return Checked::Foreign;
    };
    match content.summary() {
        DealerLogSummary::TooManyReveals => {
            return Checked::Wrong(place, "it leaves the acknowledgements out".into());
        }
        DealerLogSummary::Ok { reveals, .. } if !reveals.is_empty() => {
            let names: Vec<_> = reveals
                .iter()
                .filter_map(|key| terms.validators().position(key))
                .map(|place| terms.name(place))
                .collect();
            return Checked::Wrong(
                place,
                format!("it reveals the share of {}", names.join(", ")),
            );
        }
        DealerLogSummary::Ok { .. } => {}
    }
    // alone it never suffices for a key, and the failure says what it is worth
    let mut logs = Logs::<_, _, N3f1>::new(info.clone());
    logs.record(dealer.clone(), content);
    match observe(rng, logs, &Sequential) {
        Err(Failure::InsufficientLogs { faults, found, .. }) => match faults.get_value(&dealer) {
            Some(fault) => Checked::Wrong(place, fault.to_string()),
            None if found == 1 => Checked::Good(place),
            None => Checked::Foreign,
        },
        Ok(_) => Checked::Good(place),
    }
}
