//! Headers of CometBFT chains, believed as its light client does.
//!
//! * A header is believed by one below it that is: more than two thirds of its own validators signed it, and more than a third of those
//!   that the lower one names as its next ones; of two neighbours, the lower one names the upper one's validators.
//! * The lower one must be younger than the trusting period, the upper one not ahead of the block's time by more than the drift.
//! * A header that is believed already needs nothing. Another one of the same height that deserves belief as well is a contradiction: more
//!   than a third of the validators signed both.
//! * Where validators changed too much for one step, the evidence has the headers between (at most 16).

use std::collections::BTreeMap;
use std::time::Duration;

use pangolin_ledger::{
    CodecError, Digest32, TimeMs,
    codec::{Reader, Writer},
    evidence::{BadEvidence, Heard},
    limits::{MAX_EVIDENCE_BYTES, MAX_HEADERS},
    state::{CometBft, Mark},
};
use tendermint::{Hash, Time, block::signed_header::SignedHeader, chain, validator};
use tendermint_light_client_verifier::{
    ProdVerifier, Verdict, Verifier as _,
    options::Options,
    types::{TrustThreshold, TrustedBlockState, UntrustedBlockState},
};
use tendermint_proto::v0_38::types::{SignedHeader as RawHeader, ValidatorSet as RawValidators};

use crate::bad;

/// Version of the encoding.
const VERSION: u8 = 1;
/// Heights above are no heights of a chain: the next one would not be a number of that chain's software.
const MAX_HEIGHT: u64 = i64::MAX as u64 - 1;

/// Most validators of a height: each of them costs a signature check before it is known whose they are.
pub const MAX_VALIDATORS: usize = 512;

/// A header with what it takes to believe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The header and its commit.
    pub signed: SignedHeader,
    /// The validators of its height.
    pub validators: validator::Set,
    /// The next validators of the believed header below, unless that is its neighbour.
    pub trusted: Option<validator::Set>,
}

/// Headers that lead from one that is believed to the one whose state shows the facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The headers, each to be believed by an earlier one or by what is known. None where all is known.
    pub steps: Vec<Step>,
    /// Height of the header whose state shows the facts.
    pub at: u64,
}

impl Evidence {
    /// The bytes that a report carries.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::with_capacity(4_096);
        w.u8(VERSION);
        w.varint(self.at);
        w.varint(self.steps.len() as u64);
        for step in &self.steps {
            w.bytes(&header_bytes(&step.signed));
            w.bytes(&set_bytes(&step.validators));
            w.u8(u8::from(step.trusted.is_some()));
            if let Some(trusted) = &step.trusted {
                w.bytes(&set_bytes(trusted));
            }
        }
        w.into_bytes()
    }

    /// Reads evidence that fills `bytes`.
    pub fn decode(bytes: &[u8]) -> Result<Self, BadEvidence> {
        let broken =
            |error: CodecError| bad("malformed", format!("the evidence is malformed: {error}"));
        let mut r = Reader::new(bytes);
        r.version(VERSION).map_err(broken)?;
        let at = r.varint().map_err(broken)?;
        let count = r.length(MAX_HEADERS).map_err(broken)?;
        let mut steps = Vec::with_capacity(count);
        for _ in 0..count {
            let signed = header(r.bytes(MAX_EVIDENCE_BYTES).map_err(broken)?)?;
            let validators = set(r.bytes(MAX_EVIDENCE_BYTES).map_err(broken)?)?;
            let trusted = if r.flag().map_err(broken)? {
                Some(set(r.bytes(MAX_EVIDENCE_BYTES).map_err(broken)?)?)
            } else {
                None
            };
            steps.push(Step {
                signed,
                validators,
                trusted,
            });
        }
        r.finish().map_err(broken)?;
        Ok(Self { steps, at })
    }
}

fn header_bytes(signed: &SignedHeader) -> Vec<u8> {
    tendermint_proto::Protobuf::<RawHeader>::encode_vec(signed.clone())
}

fn set_bytes(set: &validator::Set) -> Vec<u8> {
    tendermint_proto::Protobuf::<RawValidators>::encode_vec(set.clone())
}

fn header(bytes: &[u8]) -> Result<SignedHeader, BadEvidence> {
    <SignedHeader as tendermint_proto::Protobuf<RawHeader>>::decode_vec(bytes)
        .map_err(|error| bad("malformed", format!("a header is malformed: {error}")))
}

fn set(bytes: &[u8]) -> Result<validator::Set, BadEvidence> {
    let set = <validator::Set as tendermint_proto::Protobuf<RawValidators>>::decode_vec(bytes)
        .map_err(|error| {
            bad(
                "malformed",
                format!("a list of validators is malformed: {error}"),
            )
        })?;
    if set.validators().len() > MAX_VALIDATORS {
        let message = format!("a list of more than {MAX_VALIDATORS} validators");
        return Err(bad("too-many-validators", message));
    }
    Ok(set)
}

/// Which headers the evidence shows to deserve belief.
pub fn follow(
    terms: &CometBft,
    marks: &[Mark],
    now: TimeMs,
    evidence: &[u8],
) -> Result<Heard, BadEvidence> {
    let evidence = Evidence::decode(evidence)?;
    let mut believed: BTreeMap<u64, Mark> = marks.iter().map(|mark| (mark.height, *mark)).collect();
    let mut new = Vec::new();
    for step in &evidence.steps {
        let mark = mark_of(&step.signed)?;
        let known = believed.get(&mark.height).copied();
        if known.is_some_and(|known| known.digest == mark.digest) {
            continue;
        }
        check(terms, &believed, now, step)?;
        if known.is_some() {
            return Ok(Heard::Contradicted { at: mark.height });
        }
        believed.insert(mark.height, mark);
        new.push(mark);
    }
    let at = believed.get(&evidence.at).copied().ok_or_else(|| {
        let message = format!("no header of height {} is known or shown", evidence.at);
        bad("no-header", message)
    })?;
    Ok(Heard::Shown { marks: new, at })
}

/// What is kept of a header.
pub fn mark_of(signed: &SignedHeader) -> Result<Mark, BadEvidence> {
    let header = &signed.header;
    let height = header.height.value();
    if height > MAX_HEIGHT {
        return Err(bad("height", format!("{height} is no height of a chain")));
    }
    let next = digest(header.next_validators_hash)
        .ok_or_else(|| bad("malformed", "the header names no next validators"))?;
    Ok(Mark {
        height,
        // rounded down: a header never counts as younger than it is
        time: TimeMs(
            i64::try_from(header.time.unix_timestamp_nanos().div_euclid(1_000_000))
                .map_err(|_| bad("malformed", "the header's time is out of range"))?,
        ),
        digest: digest(header.hash()).ok_or_else(|| bad("malformed", "the header has no hash"))?,
        next,
        root: <[u8; 32]>::try_from(header.app_hash.as_bytes())
            .ok()
            .map(Digest32),
    })
}

fn digest(hash: Hash) -> Option<Digest32> {
    match hash {
        Hash::Sha256(bytes) => Some(Digest32(bytes)),
        Hash::None => None,
    }
}

fn check(
    terms: &CometBft,
    believed: &BTreeMap<u64, Mark>,
    now: TimeMs,
    step: &Step,
) -> Result<(), BadEvidence> {
    let height = step.signed.header.height.value();
    let named = step.trusted.as_ref().map(|set| digest(set.hash()));
    // who brings headers may not know the latest one that is believed here
    let base = believed
        .range(..height)
        .rev()
        .map(|(_, mark)| mark)
        .find(|mark| match named {
            Some(named) => named == Some(mark.next),
            None => mark.height + 1 == height,
        });
    let Some(base) = base else {
        let message = if named.is_some() {
            format!("no header below {height} is believed whose next validators these are")
        } else {
            format!(
                "the header of height {} is not believed",
                height.saturating_sub(1)
            )
        };
        return Err(bad("no-trusted-header", message));
    };
    let chain = chain::Id::try_from(terms.chain.as_str())
        .map_err(|error| bad("chain-id", format!("the chain id is none: {error}")))?;
    let trusted = TrustedBlockState {
        chain_id: &chain,
        header_time: time(base.time)?,
        height: base
            .height
            .try_into()
            .map_err(|error| bad("height", format!("{error}")))?,
        next_validators: step.trusted.as_ref().unwrap_or(&step.validators),
        next_validators_hash: Hash::Sha256(base.next.0),
    };
    let untrusted = UntrustedBlockState {
        signed_header: &step.signed,
        validators: &step.validators,
        next_validators: None,
    };
    let options = Options {
        trust_threshold: TrustThreshold::ONE_THIRD,
        trusting_period: Duration::from_millis(terms.trusting_ms),
        clock_drift: Duration::from_millis(terms.drift_ms),
    };
    match ProdVerifier::default().verify_update_header(untrusted, trusted, &options, time(now)?) {
        Verdict::Success => Ok(()),
        Verdict::NotEnoughTrust(tally) => Err(bad(
            "not-enough-trust",
            format!(
                "too few of the validators believed at height {} signed that of height {height}: {tally}",
                base.height
            ),
        )),
        Verdict::Invalid(error) => Err(bad(
            "invalid-header",
            format!("the header of height {height} is not to be believed: {error}"),
        )),
    }
}

fn time(ms: TimeMs) -> Result<Time, BadEvidence> {
    let nanos = u32::try_from(ms.0.rem_euclid(1_000) * 1_000_000).unwrap_or(0);
    Time::from_unix_timestamp(ms.0.div_euclid(1_000), nanos)
        .map_err(|error| bad("time", format!("a time is out of range: {error}")))
}
