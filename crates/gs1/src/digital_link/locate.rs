//! Finding the primary key in a web address, without copying anything.
//!
//! Path segments are taken in pairs from the end; the first pair whose left half names a primary key is the key, so a
//! stem may contain anything. Under a foreign domain a path can look like one by accident (`/docs/01/intro`); it
//! counts only if the value beside it starts as a value of that key does. Under `id.gs1.org` it always counts.

use super::error::DigitalLinkError;
use super::names::ai_of_segment;
use super::{URI_LEN_MAX, qualifiers};
use crate::ai::{AI_DIGITS_MAX, Ai, Class};
use crate::charset::CharSet;
use crate::percent;
use std::borrow::Cow;

/// The parts of a Digital Link URI.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Located<'a> {
    /// Scheme, domain and path before the key, without final slash.
    pub(crate) stem: &'a str,
    /// From the key's AI to the end of the path, without final slash.
    pairs: &'a str,
    /// Where that starts.
    offset: usize,
    /// The query behind `?` and where it starts.
    pub(crate) query: Option<(&'a str, usize)>,
    /// The fragment behind `#`.
    pub(crate) fragment: Option<&'a str>,
}

/// One AI of the path with its value.
pub(crate) struct Part<'a> {
    pub(crate) ai: Ai,
    /// The value, percent-encoding resolved.
    pub(crate) value: Cow<'a, str>,
    /// The value as written.
    pub(crate) raw: &'a str,
    /// Where the value starts.
    pub(crate) offset: usize,
}

/// The parts of `uri`; `None` if it is no Digital Link URI but possibly another one.
pub(crate) fn locate(uri: &str) -> Result<Option<Located<'_>>, DigitalLinkError> {
    if uri.len() > URI_LEN_MAX {
        return Err(DigitalLinkError::TooLong { found: uri.len() });
    }
    let Some(authority) = authority_offset(uri) else {
        return Ok(None);
    };
    let (rest, fragment) = match uri.split_once('#') {
        Some((rest, fragment)) => (rest, Some(fragment)),
        None => (uri, None),
    };
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some((query, rest.len() + 1))),
        None => (rest, None),
    };
    let Some(path) = rest[authority..].find('/').map(|slash| authority + slash) else {
        return Ok(None);
    };
    let official = rest[authority..path].eq_ignore_ascii_case("id.gs1.org");
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let Some(body) = rest.get(path + 1..) else {
        return Ok(None);
    };

    if let Some(key) = key_in_pairs(body, official) {
        let offset = path + 1 + key;
        return Ok(Some(Located {
            stem: &uri[..offset - 1],
            pairs: &rest[offset..],
            offset,
            query,
            fragment,
        }));
    }
    // A key whose last pair is incomplete, or followed by a compressed remainder.
    if let Some((front, last)) = body.rsplit_once('/')
        && key_in_pairs(front, official).is_some()
    {
        if looks_compressed(last) {
            return Err(DigitalLinkError::Compressed);
        }
        if official || ai_of_segment(last).is_some() {
            let offset = rest.len() - last.len();
            return Err(DigitalLinkError::IncompletePath { offset });
        }
    }
    if official {
        return Err(no_key(uri));
    }
    Ok(None)
}

/// Why `uri` is no Digital Link URI, for a caller that takes nothing else.
pub(super) fn no_key(uri: &str) -> DigitalLinkError {
    let path = uri.split(['?', '#']).next().unwrap_or_default();
    let last = path.trim_end_matches('/').rsplit('/').next();
    match last {
        Some(segment) if looks_compressed(segment) => DigitalLinkError::Compressed,
        _ => DigitalLinkError::NoKey,
    }
}

/// Where the domain starts, if the scheme is one of the web.
fn authority_offset(uri: &str) -> Option<usize> {
    ["https://", "http://"].into_iter().find_map(|scheme| {
        let head = uri.get(..scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then_some(scheme.len())
    })
}

/// Where in `path` the primary key's AI starts.
fn key_in_pairs(path: &str, official: bool) -> Option<usize> {
    let mut rest = path;
    loop {
        let (front, value) = rest.rsplit_once('/')?;
        let start = front.rfind('/').map_or(0, |slash| slash + 1);
        let name = &front[start..];
        match ai_of_segment(name) {
            Some(ai)
                if ai.def().qualifiers.is_some()
                    && (official || starts_like_a_value(ai, value)) =>
            {
                return Some(start);
            }
            Some(_) => {}
            // What could be an AI is reported by the reader of the path; anything else divides stem and key.
            None if (2..=AI_DIGITS_MAX).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_digit()) => {}
            None => return None,
        }
        rest = path.get(..start.checked_sub(1)?)?;
    }
}

/// Whether `value` starts as values of the key do: with digits, as many as the shortest way to write it has.
fn starts_like_a_value(ai: Ai, value: &str) -> bool {
    /// The shortest GTIN; every other numeric key is longer.
    const NUMERIC_LEN_MIN: usize = 8;
    /// The shortest company prefix, which starts every other key.
    const PREFIX_LEN_MIN: usize = 4;
    let numeric = ai
        .def()
        .components
        .iter()
        .take_while(|part| part.class == Class::Numeric && !part.optional);
    let digits = match numeric.map(|part| part.len_max).sum::<usize>() {
        0 => PREFIX_LEN_MIN,
        len => len.min(value.len()).max(NUMERIC_LEN_MIN),
    };
    value
        .get(..digits)
        .is_some_and(|head| CharSet::DIGITS.first_outside(head.as_bytes()).is_none())
}

/// Whether a segment can be the base64url form of at least one compressed key: long enough, and with the mixture of
/// characters that words of a path seldom have.
fn looks_compressed(segment: &str) -> bool {
    /// Eight bits of AI, and the bits of an eight-character value with its length and encoding.
    const LEN_MIN: usize = 10;
    let has = |test: fn(&u8) -> bool| segment.as_bytes().iter().any(test);
    segment.len() >= LEN_MIN
        && CharSet::CSET64.first_outside(segment.as_bytes()).is_none()
        && has(u8::is_ascii_uppercase)
        && (has(u8::is_ascii_lowercase) || has(u8::is_ascii_digit))
}

/// Resolves the percent-encoding of what stands at `offset`.
pub(super) fn decode(raw: &str, offset: usize) -> Result<Cow<'_, str>, DigitalLinkError> {
    percent::decode(raw).map_err(|at| DigitalLinkError::PercentEncoding {
        offset: offset + at,
    })
}

impl<'a> Located<'a> {
    /// The AIs of the path with their values: the key first, then its qualifiers, whose order is checked.
    pub(crate) fn path(&self) -> impl Iterator<Item = Result<Part<'a>, DigitalLinkError>> {
        let mut segments = self.pairs.split('/');
        let mut at = self.offset;
        // The key, then its qualifiers; no sequence of qualifiers is longer than the rest.
        let mut seen: [Option<Ai>; QUALIFIERS_MAX + 1] = [None; QUALIFIERS_MAX + 1];
        core::iter::from_fn(move || {
            let (name, raw) = (segments.next()?, segments.next()?);
            let offset = at;
            at += name.len() + raw.len() + 2;
            let Some(ai) = ai_of_segment(name) else {
                return Some(Err(DigitalLinkError::UnknownAi { offset }));
            };
            let earlier = seen;
            if let (Some(free), Some(key)) =
                (seen.iter_mut().find(|slot| slot.is_none()), earlier[0])
            {
                *free = Some(ai);
                if !in_order(key, &seen[1..]) {
                    return Some(Err(misplaced(key, ai, &earlier, offset)));
                }
            } else if let Some(key) = earlier[0] {
                return Some(Err(misplaced(key, ai, &earlier, offset)));
            } else {
                seen[0] = Some(ai);
            }
            let start = offset + name.len() + 1;
            Some(decode(raw, start).map(|value| Part {
                ai,
                value,
                raw,
                offset: start,
            }))
        })
    }
}

/// No key has more qualifiers in one sequence.
const QUALIFIERS_MAX: usize = 4;

/// Whether the qualifiers stand in one of the sequences of `key`, in its order.
fn in_order(key: Ai, found: &[Option<Ai>]) -> bool {
    let sequences = key.def().qualifiers.unwrap_or_default().split('|');
    sequences.into_iter().any(|sequence| {
        let mut allowed = qualifiers(sequence);
        found
            .iter()
            .flatten()
            .all(|ai| allowed.any(|next| next == *ai))
    })
}

fn misplaced(key: Ai, ai: Ai, earlier: &[Option<Ai>], offset: usize) -> DigitalLinkError {
    let sequences = key.def().qualifiers.unwrap_or_default();
    if earlier.contains(&Some(ai)) {
        DigitalLinkError::Repeated { ai, offset }
    } else if sequences
        .split('|')
        .flat_map(qualifiers)
        .any(|known| known == ai)
    {
        DigitalLinkError::QualifierOrder { key, ai, offset }
    } else {
        DigitalLinkError::NotAQualifier { key, ai, offset }
    }
}
