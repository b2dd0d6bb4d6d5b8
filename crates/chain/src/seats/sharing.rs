//! The public part of the validators' shares, and how it is handed on.
//!
//! The mathematics is Desmedt's redistribution of shares, as the engine has it: each dealer shares its own share anew, and the
//! new shares are a combination of what enough dealers dealt. The constant of the combined polynomial, which is the chain's
//! key, stays what it was.

use commonware_codec::{Copying, Decode as _, Encode as _, Write as _};
use commonware_cryptography::{
    Hasher as _, Sha256,
    bls12381::{
        dkg::feldman_desmedt::{
            self, DealerLogSummary, Failure, Logs, Reveal, SignedDealerLog, observe,
        },
        primitives::{
            sharing::{Mode, ModeVersion},
            variant::MinSig,
        },
    },
};
use commonware_parallel::Sequential;
use commonware_utils::{
    N3f1,
    ordered::{Quorum as _, Set},
};
use pangolin_ledger::{
    ChainId, PublicKey,
    evidence::{BadEvidence, Contradicted, Resharing, Seats},
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use std::{collections::BTreeMap, num::NonZeroU32};

use super::{ballot, from_ledger, set_of};
use crate::{
    limits::MAX_VALIDATORS,
    types::{ChainSharing, Digest, NodeKey},
};

/// The public result of a resharing, and of the key ceremony.
pub(crate) type Output = feldman_desmedt::Output<MinSig, NodeKey>;
/// What a resharing is bound to.
pub(crate) type Info = feldman_desmedt::Info<MinSig, NodeKey>;
/// What a dealer dealt, signed by it.
pub(crate) type Log = SignedDealerLog<MinSig, NodeKey>;

const DOMAIN: &[u8] = b"pangolin/reshare/1/";

/// Most validators, as decoders take it.
pub(crate) const MOST: NonZeroU32 = NonZeroU32::new(100).expect("not zero");

const _: () = assert!(
    MOST.get() as usize == MAX_VALIDATORS,
    "one limit, in two types"
);

/// The sharing of the genesis file, as the first resharing needs it.
pub(crate) fn of_genesis(
    chain: &Digest,
    validators: &Set<NodeKey>,
    sharing: &ChainSharing,
) -> Option<Output> {
    // the engine's type has no constructor; its encoding is a digest, the key, dealers, players and who was revealed
    let mut bytes = chain.as_ref().to_vec();
    sharing.write(&mut bytes);
    validators.write(&mut bytes);
    validators.write(&mut bytes);
    Set::<NodeKey>::default().write(&mut bytes);
    output(&bytes)
}

/// Reads a sharing, and holds its parts against each other.
pub(crate) fn output(bytes: &[u8]) -> Option<Output> {
    let output = Output::decode_cfg(Copying(bytes), &(MOST, ModeVersion::v0())).ok()?;
    let players = output.players();
    let total = usize::try_from(output.public().total().get()).ok()?;
    let whole = total == players.len() && output.public().required() == players.quorum::<N3f1>();
    whole.then_some(output)
}

/// What a resharing is bound to: chain, number, the shares there are, and who gets some.
pub(crate) fn info(
    chain: &[u8],
    number: u64,
    before: Output,
    players: Set<NodeKey>,
) -> Option<Info> {
    let dealers = before.players().clone();
    Info::new::<N3f1>(
        &[DOMAIN, chain].concat(),
        number,
        Some(before),
        Mode::NonZeroCounter,
        Reveal::V1,
        dealers,
        players,
    )
    .ok()
}

/// Reads a log.
pub(crate) fn log(bytes: &[u8]) -> Option<Log> {
    Log::decode_cfg(Copying(bytes), &MOST).ok()
}

/// Judges for the ledger what validators dealt and what they signed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Referee;

impl Seats for Referee {
    fn log(
        &self,
        resharing: &Resharing<'_>,
        dealer: &PublicKey,
        bytes: &[u8],
    ) -> Result<(), BadEvidence> {
        let info = bound(resharing)?;
        let log = log(bytes).ok_or_else(|| bad("log-syntax", "the log cannot be read"))?;
        let (signer, content) = log
            .check(&info)
            .ok_or_else(|| bad("log-signature", "the log is not signed for this resharing"))?;
        if from_ledger(dealer).as_ref() != Some(&signer) {
            return Err(bad("log-of-other", "the log is of another dealer"));
        }
        if matches!(content.summary(), DealerLogSummary::TooManyReveals) {
            return Err(bad(
                "log-empty",
                "too few players acknowledged what was dealt",
            ));
        }
        // alone it seldom suffices for a key, and the failure says what it is worth
        let mut logs = Logs::<_, _, N3f1>::new(info);
        logs.record(signer.clone(), content);
        match observe(&mut dice(resharing, [bytes]), logs, &Sequential) {
            Ok(_) | Err(Failure::InsufficientLogs { found: 1.., .. }) => Ok(()),
            Err(Failure::InsufficientLogs { faults, .. }) => {
                let why = faults.get_value(&signer).map(ToString::to_string);
                Err(bad(
                    "log-wrong",
                    why.unwrap_or_else(|| "the log counts for nothing".into()),
                ))
            }
        }
    }

    fn conclude(
        &self,
        resharing: &Resharing<'_>,
        logs: &BTreeMap<PublicKey, Vec<u8>>,
    ) -> Result<Vec<u8>, BadEvidence> {
        let recorded = recorded(resharing, logs)?;
        let rng = &mut dice(resharing, logs.values().map(Vec::as_slice));
        observe(rng, recorded, &Sequential)
            .map(|output| output.encode().to_vec())
            .map_err(|error| bad("too-few-logs", error.to_string()))
    }

    fn contradicted(&self, chain: &ChainId, evidence: &[u8]) -> Result<Contradicted, BadEvidence> {
        ballot::contradicted(chain, evidence)
    }
}

fn bad(code: &'static str, message: impl Into<String>) -> BadEvidence {
    BadEvidence {
        code,
        message: message.into(),
    }
}

fn bound(resharing: &Resharing<'_>) -> Result<Info, BadEvidence> {
    let before = output(resharing.sharing);
    let players = set_of(resharing.players);
    before
        .zip(players)
        .and_then(|(before, players)| info(&resharing.chain.0, resharing.number, before, players))
        .ok_or_else(|| bad("resharing", "this resharing cannot be carried out"))
}

/// The logs that the chain recorded; each was checked when it was.
pub(crate) fn recorded(
    resharing: &Resharing<'_>,
    logs: &BTreeMap<PublicKey, Vec<u8>>,
) -> Result<Logs<MinSig, NodeKey, N3f1>, BadEvidence> {
    let info = bound(resharing)?;
    let mut recorded = Logs::<_, _, N3f1>::new(info.clone());
    for bytes in logs.values() {
        let log = log(bytes).and_then(|log| log.check(&info));
        let (dealer, content) =
            log.ok_or_else(|| bad("log-syntax", "a recorded log cannot be read"))?;
        recorded.record(dealer, content);
    }
    Ok(recorded)
}

/// Randomness for checking many signatures at once: the same on every machine, and not to be known before the logs are.
fn dice<'a>(resharing: &Resharing<'_>, logs: impl IntoIterator<Item = &'a [u8]>) -> ChaCha20Rng {
    let number = resharing.number.to_be_bytes();
    let parts = [DOMAIN, &resharing.chain.0, &number, resharing.sharing];
    let logs: Vec<[u8; 32]> = logs.into_iter().map(|log| Sha256::hash(&[log]).0).collect();
    let parts: Vec<&[u8]> = parts
        .into_iter()
        .chain(logs.iter().map(<[u8; 32]>::as_slice))
        .collect();
    ChaCha20Rng::from_seed(Sha256::hash(&parts).0)
}
