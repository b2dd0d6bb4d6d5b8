//! A certificate that a scanner reads: as much of it as one QR code holds.
//!
//! A code of version 40 with the lowest correction holds 2,953 bytes. What goes in is the record with its proof and the finality
//! certificate of the chain where the object is, and the event hashes of the history. What does not fit is left out in this order: what is
//! said of orders, the proofs of other chains from the origin on, the records at which a history begins and crosses, the oldest steps.
//! Whoever checks the code is told what it leaves out: that is a gap like any other.
//!
//! As text, for scanners that read no bytes, it is Base45 (RFC 9285), which a code holds in its alphanumeric mode.

use std::collections::BTreeSet;

use pangolin_ledger::{
    Key,
    state::{Namespace, keys},
    walk::{Step, Walk, digests},
};

use super::{Certificate, Part, encode};
use crate::state::StateProof;

/// Bytes that the largest QR code holds.
pub const MAX_CODE_BYTES: usize = 2_953;

/// What text of a certificate begins with.
const TEXT: &str = "PGC:";

/// The richest form of a certificate that has at most `limit` bytes; `None` if not even the record fits.
pub fn code(certificate: &Certificate, limit: usize) -> Option<Vec<u8>> {
    let walk = &certificate.walk;
    let object = keys::object(&walk.object);
    let history = |key: &Key| {
        let kind = key.namespace();
        *key == object || kind.is_some_and(|kind| HISTORY.contains(&kind))
    };
    let fits = |candidate: Certificate| {
        let bytes = encode(&candidate);
        (bytes.len() <= limit).then_some(bytes)
    };
    let all = certificate.parts.len();
    let whole = fits(certificate.clone());
    if whole.is_some() {
        return whole;
    }
    for parts in (1..=all).rev() {
        let kept = certificate.parts.iter().take(parts);
        let parts = kept.map(|part| only(part, history)).collect();
        let walk = walk.clone();
        if let Some(bytes) = fits(Certificate { parts, walk }) {
            return Some(bytes);
        }
    }
    let first = certificate.parts.first()?;
    // keys of chains that prove nothing here are of no use
    let identities = [Namespace::ForeignChain, Namespace::ChainRecord];
    let moves = |key: &Key| {
        history(key)
            && key
                .namespace()
                .is_none_or(|kind| !identities.contains(&kind))
    };
    let parts = vec![only(first, moves)];
    let some = fits(Certificate {
        parts,
        walk: walk.clone(),
    });
    if some.is_some() {
        return some;
    }
    let parts = vec![only(first, |key| *key == object)];
    let mut from = 0;
    loop {
        let walk = since(walk, from)?;
        let candidate = Certificate {
            parts: parts.clone(),
            walk,
        };
        if let Some(bytes) = fits(candidate) {
            return Some(bytes);
        }
        from += 1;
    }
}

/// What a history rests on, besides the object's record.
const HISTORY: [Namespace; 9] = [
    Namespace::Event,
    Namespace::Outbox,
    Namespace::Inbox,
    Namespace::Settlement,
    Namespace::Filling,
    Namespace::Brought,
    Namespace::ForeignChain,
    Namespace::ChainRecord,
    Namespace::Object,
];

fn only(part: &Part, keep: impl Fn(&Key) -> bool) -> Part {
    let entries = part.state.entries.iter().filter(|entry| keep(&entry.key));
    Part {
        chain: part.chain,
        state: StateProof {
            header: part.state.header.clone(),
            entries: entries.cloned().collect(),
        },
    }
}

/// A walk without its first steps: what later ones build upon of them is a gap.
fn since(walk: &Walk, from: usize) -> Option<Walk> {
    if from == 0 {
        return Some(walk.clone());
    }
    let kept = walk.steps.get(from..).filter(|kept| !kept.is_empty())?;
    let all = digests(walk)?;
    let mut needed = BTreeSet::new();
    for (at, step) in kept.iter().enumerate() {
        let hidden = matches!(step, Step::Hidden { .. });
        for back in step.parents().into_iter().filter(|_| !hidden) {
            let parent = (from + at).checked_sub(usize::try_from(back).ok()?)?;
            if parent < from {
                needed.insert(parent);
            }
        }
    }
    let mut steps = Vec::new();
    let mut places = vec![None; walk.steps.len()];
    for parent in needed {
        let (chain, digest) = *all.get(parent)?;
        *places.get_mut(parent)? = Some(steps.len());
        steps.push(Step::Gap { chain, digest });
    }
    for (at, step) in kept.iter().enumerate() {
        let own = steps.len();
        *places.get_mut(from + at)? = Some(own);
        if let Step::Hidden { parent, digest } = step
            && usize::try_from(*parent).ok()? > at
        {
            // without its arrival it is no more than a digest
            let (chain, digest) = (all.get(from + at)?.0, *digest);
            steps.push(Step::Gap { chain, digest });
            continue;
        }
        let moved = step.with_parents(|back| {
            let parent = (from + at).checked_sub(usize::try_from(back).ok()?)?;
            let place = places.get(parent).copied().flatten()?;
            u32::try_from(own.checked_sub(place)?).ok()
        })?;
        steps.push(moved);
    }
    Some(Walk {
        steps,
        hints: Vec::new(),
        ..walk.clone()
    })
}

const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// The text of a code.
pub fn to_text(code: &[u8]) -> String {
    let mut text = String::from(TEXT);
    let mut digit = |value: u32| {
        let symbol = usize::try_from(value % 45)
            .ok()
            .and_then(|at| ALPHABET.get(at));
        text.push(char::from(*symbol.unwrap_or(&b'0')));
    };
    for pair in code.chunks(2) {
        match pair {
            [high, low] => {
                let value = u32::from(*high) * 256 + u32::from(*low);
                digit(value);
                digit(value / 45);
                digit(value / 2_025);
            }
            [single] => {
                digit(u32::from(*single));
                digit(u32::from(*single) / 45);
            }
            _ => {}
        }
    }
    text
}

/// The code of a text; `None` if it is none.
pub fn from_text(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches(['\r', '\n']).strip_prefix(TEXT)?;
    if digits.len() > 2 * super::MAX_BYTES {
        return None;
    }
    let value = |symbol: &u8| {
        let at = ALPHABET.iter().position(|known| known == symbol)?;
        u32::try_from(at).ok()
    };
    let mut bytes = Vec::with_capacity(digits.len() / 3 * 2);
    for group in digits.as_bytes().chunks(3) {
        match group {
            [a, b, c] => {
                let number = value(a)? + value(b)? * 45 + value(c)? * 2_025;
                bytes.extend(u16::try_from(number).ok()?.to_be_bytes());
            }
            [a, b] => bytes.push(u8::try_from(value(a)? + value(b)? * 45).ok()?),
            _ => return None,
        }
    }
    Some(bytes)
}
