//! Systems without verifiable finality: those who attest them sign numbered statements.
//!
//! A statement says of some keys what is under them, at a time. Enough of the registered keys sign the same bytes. One number belongs to one
//! statement: two of the same number, each signed by enough, are a contradiction, and the source is suspended. A later statement
//! replaces what earlier ones said of a key, whichever is brought first.

use std::collections::BTreeMap;

use ed25519_zebra::{Signature as Zebra, SigningKey, VerificationKey, VerificationKeyBytes};
use pangolin_ledger::{
    CodecError, Digest32, PublicKey, Signature, SourceId, TimeMs, Wire as _,
    codec::{Reader, Writer},
    evidence::{BadEvidence, Claimed, Heard},
    hash::sha256,
    limits::MAX_ATTESTERS,
    state::{Attesters, Mark},
    tx::Stated,
};

use crate::bad;

/// What every statement begins with.
pub const DOMAIN: &[u8] = b"pangolin-attestation-1";
/// Version of the encoding.
const VERSION: u8 = 1;
/// How far the time of a statement may be ahead of this chain's, in milliseconds: clocks differ.
pub const MAX_AHEAD_MS: u64 = 60_000;

/// A statement of a source, without signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement<'a> {
    /// The source.
    pub source: &'a SourceId,
    /// Its number: later statements have greater ones.
    pub number: u64,
    /// As of when it is so.
    pub time: TimeMs,
    /// The facts; their proofs play no part.
    pub facts: &'a [Stated],
}

impl Statement<'_> {
    /// What is signed: `domain ‖ SHA-256(domain ‖ source ‖ number ‖ time ‖ facts)`.
    pub fn bytes(&self) -> Vec<u8> {
        [DOMAIN, &self.digest().0].concat()
    }

    /// The statement's hash.
    pub fn digest(&self) -> Digest32 {
        let mut w = Writer::with_capacity(512);
        self.source.put(&mut w);
        self.number.put(&mut w);
        self.time.put(&mut w);
        w.varint(self.facts.len() as u64);
        for fact in self.facts {
            fact.key.put(&mut w);
            w.u8(u8::from(fact.value.is_some()));
            if let Some(value) = &fact.value {
                w.bytes(value);
            }
        }
        Digest32(sha256(&[DOMAIN, w.as_bytes()]))
    }

    /// One attester's signature.
    pub fn sign(&self, key: &SigningKey) -> (PublicKey, Signature) {
        let public = PublicKey(VerificationKeyBytes::from(key).into());
        (public, Signature(key.sign(&self.bytes()).into()))
    }
}

/// What a report of an attested source carries besides its facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Number of the statement.
    pub number: u64,
    /// As of when it is so.
    pub time: TimeMs,
    /// Who signed it.
    pub signatures: BTreeMap<PublicKey, Signature>,
}

impl Evidence {
    /// The bytes that a report carries.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::with_capacity(256);
        w.u8(VERSION);
        self.number.put(&mut w);
        self.time.put(&mut w);
        w.varint(self.signatures.len() as u64);
        for (key, signature) in &self.signatures {
            key.put(&mut w);
            signature.put(&mut w);
        }
        w.into_bytes()
    }

    /// Reads evidence that fills `bytes`.
    pub fn decode(bytes: &[u8]) -> Result<Self, BadEvidence> {
        Self::read(bytes)
            .map_err(|error| bad("malformed", format!("the evidence is malformed: {error}")))
    }

    fn read(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut r = Reader::new(bytes);
        r.version(VERSION)?;
        let (number, time) = (u64::take(&mut r)?, TimeMs::take(&mut r)?);
        let signatures = r.map(MAX_ATTESTERS)?;
        r.finish()?;
        Ok(Self {
            number,
            time,
            signatures,
        })
    }
}

/// What the statement shows.
pub fn hear(terms: &Attesters, claimed: &Claimed<'_>) -> Result<Heard, BadEvidence> {
    let evidence = Evidence::decode(claimed.evidence)?;
    if let Some(fact) = claimed.facts.iter().find(|fact| !fact.proof.is_empty()) {
        let message = format!("{} has a proof, and this source has none", fact.key);
        return Err(bad("proof-of-attested", message));
    }
    if claimed.facts.is_empty() {
        return Err(bad("nothing-stated", "the statement says nothing"));
    }
    let statement = Statement {
        source: claimed.source,
        number: evidence.number,
        time: evidence.time,
        facts: claimed.facts,
    };
    if evidence.time > claimed.now.plus(MAX_AHEAD_MS) {
        let message = format!("its time {} is ahead of the block's", evidence.time);
        return Err(bad("in-future", message));
    }
    let bytes = statement.bytes();
    for (key, signature) in &evidence.signatures {
        if !terms.keys.contains(key) {
            let message = format!("{key} does not attest this source");
            return Err(bad("unknown-attester", message));
        }
        let valid = VerificationKey::try_from(key.0)
            .and_then(|key| key.verify(&Zebra::from(signature.0), &bytes));
        if valid.is_err() {
            let message = format!("the signature of {key} is not one of this statement");
            return Err(bad("bad-signature", message));
        }
    }
    if evidence.signatures.len() < usize::from(terms.threshold) {
        let message = format!(
            "{} of {} signatures that it needs",
            evidence.signatures.len(),
            terms.threshold
        );
        return Err(bad("too-few-signatures", message));
    }
    let mark = Mark {
        height: evidence.number,
        time: evidence.time,
        digest: statement.digest(),
        next: Digest32([0; 32]),
        root: None,
    };
    let known = claimed
        .marks
        .iter()
        .find(|known| known.height == mark.height);
    Ok(match known {
        Some(known) if known.digest != mark.digest => Heard::Contradicted { at: mark.height },
        Some(known) => Heard::Shown {
            marks: Vec::new(),
            at: *known,
        },
        None => Heard::Shown {
            marks: vec![mark],
            at: mark,
        },
    })
}
