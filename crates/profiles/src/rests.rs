//! What an event of any industry rests on: facts of systems of other kinds.
//!
//! The event names them in `restsOn`, a field of [`COMMON_NAMESPACE`](crate::capture::COMMON_NAMESPACE): the source, the key there, and what must be
//! under it. Reduction writes a line for each, `source key expectation`: the key in hexadecimal, the expectation `present`, `absent` or the SHA-256
//! of the value. Each line is a step that comes before all others.

use std::{collections::BTreeSet, fmt};

use pangolin_ledger::{
    id::{Digest32, FactKey, SourceId},
    limits::MAX_RESTS,
    profile::{Claim, Op, Plan, Step, Target},
    report::{Kernel, Reason, Refusal, RuleId, Subject},
    state::{Expected, Rest},
    tx::Event,
};

use crate::capture::{attribute, unhex};

/// The field is not as reduction writes it, because the sender stated rule inputs of its own.
pub const MALFORMED: Reason = Reason {
    code: "rests-on-malformed",
    rule: RuleId("schema.rests-on"),
    kernel: Kernel::K1,
    remedy: "state restsOn as the guide says",
};

/// The plan, to be carried out when what the event rests on is shown.
pub(crate) fn upon(plan: Plan, event: &Event, claim: &Claim<'_>) -> Result<Plan, Refusal> {
    let Some(value) = event.attributes.get(&attribute::RESTS_ON) else {
        return Ok(plan);
    };
    let rests = std::str::from_utf8(value.as_bytes()).ok().and_then(read);
    let rests = rests.ok_or_else(|| {
        let place = format!("{}/attributes", claim.place);
        let message = "what the event rests on cannot be read";
        Refusal::new(&MALFORMED, Subject::Event(event.id), place, message)
    })?;
    let steps = rests
        .into_iter()
        .map(|rest| Step::new(Op::Rest(rest), Target::Objects));
    Ok(Plan {
        steps: steps.chain(plan.steps).collect(),
        ..plan
    })
}

/// The lines of facts, ascending.
pub(crate) fn write(rests: &BTreeSet<Rest>) -> String {
    let lines = rests.iter().map(|rest| {
        let key = Digits(rest.key.as_bytes());
        let expected = match &rest.expected {
            Expected::Present => "present".to_owned(),
            Expected::Absent => "absent".to_owned(),
            Expected::Value(digest) => digest.to_string(),
        };
        format!("{} {key} {expected}", rest.source)
    });
    lines.collect::<Vec<_>>().join("\n")
}

struct Digits<'a>(&'a [u8]);

impl fmt::Display for Digits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The facts of such lines, if they are just so.
pub(crate) fn read(text: &str) -> Option<BTreeSet<Rest>> {
    let rests: BTreeSet<Rest> = text.split('\n').map(line).collect::<Option<_>>()?;
    (rests.len() <= MAX_RESTS && write(&rests) == text).then_some(rests)
}

fn line(line: &str) -> Option<Rest> {
    let mut parts = line.split(' ');
    let (source, key, expected) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Rest {
        source: source_id(source)?,
        key: FactKey::new(bytes(key)?).ok()?,
        expected: match expected {
            "present" => Expected::Present,
            "absent" => Expected::Absent,
            digits => Expected::Value(Digest32(unhex(digits)?)),
        },
    })
    .filter(|_| parts.next().is_none())
}

/// A source by its name: visible characters of ASCII.
pub(crate) fn source_id(text: &str) -> Option<SourceId> {
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    SourceId::new(text).ok().filter(|_| visible)
}

/// Bytes of hexadecimal digits.
pub(crate) fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| match pair {
        [_, _] => u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok(),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_lines() {
        let hash = "ab".repeat(32);
        for text in [
            "hub 6c6f74 present".to_owned(),
            format!("hub 6c6f74 {hash}"),
            "a 01 absent\nb 01 present".to_owned(),
        ] {
            assert_eq!(read(&text).map(|rests| write(&rests)), Some(text));
        }
        let many = (0..=MAX_RESTS)
            .map(|n| format!("a {n:02x} absent"))
            .collect::<Vec<_>>();
        for bad in [
            "",
            "hub",
            "hub 6c6f74",
            "hub 6c6f74 present ",
            "hub 6c6f74 present more",
            "hub 6c6f7 present",
            "hub 6C present",
            "hub +1 present",
            "hub  present",
            "hub 6c6f74 maybe",
            "hüb 6c present",
            "b 01 present\na 01 present",
            "a 01 present\na 01 present",
            "a 01 present\n",
            &many.join("\n"),
            &format!("hub 6c {}", hash.to_uppercase()),
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
