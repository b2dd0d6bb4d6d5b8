//! Provenance: the history of an object over all chains that it was on.
//!
//! What is checked is in [`crate::provenance`]; this is its form in a file, and what it says in words. A text at a step is
//! the sender's, like that of a custody file.

use std::{collections::BTreeMap, sync::Arc};

use pangolin_ledger::{
    ChainId, Digest32, EventId, ObjectId, Overlay, TimeMs,
    query::{QueryError, object_status},
    report::Message,
    say,
    state::{Flags, SeenHeader},
    walk::{Gap, Hint, Moved, Shown, Step, Walk},
};
use serde::{Deserialize, Serialize};

use super::{
    ProofFileError, Report, status,
    wire::{WireState, hash, object},
    words,
};
use crate::{
    provenance::{Certificate, CertificateError, Certified, KnownChain, Part},
    trust::TrustedChain,
};

/// A certificate as a file has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvenanceProof {
    /// The object's identifier, as the ledger writes it, hexadecimal.
    object: String,
    /// What each chain shows.
    chains: Vec<WireChain>,
    /// Identities of the chains that steps name by their place, hexadecimal; the object's record is on the first.
    way: Vec<String>,
    /// The steps, the origin first.
    steps: Vec<WireStep>,
    /// How containers came.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    containers: Vec<WireHint>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireChain {
    chain: String,
    state: WireState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case", deny_unknown_fields)]
enum WireStep {
    Event {
        chain: u8,
        event: String,
        parents: Vec<u32>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        text: Option<String>,
    },
    Arrival {
        parent: u32,
        chain: u8,
        lock: u64,
    },
    Returned {
        parent: u32,
        other: u8,
        lock: u64,
    },
    Carried {
        parent: u32,
        chain: u8,
        object: String,
        container: String,
        filling: u32,
    },
    Gap {
        chain: u8,
        digest: String,
    },
    Hidden {
        parent: u32,
        digest: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case", deny_unknown_fields)]
enum WireHint {
    Lock {
        chain: u8,
        from: u8,
        lock: u64,
    },
    Inside {
        chain: u8,
        object: String,
        container: String,
        filling: u32,
    },
}

impl ProvenanceProof {
    /// The form of a certificate. `texts` say what happened, for people: nothing proves them.
    pub fn new(certificate: &Certificate, texts: &BTreeMap<EventId, String>) -> Self {
        let walk = &certificate.walk;
        Self {
            object: hex::encode(walk.object.as_bytes()),
            chains: certificate
                .parts
                .iter()
                .map(|part| WireChain {
                    chain: part.chain.to_string(),
                    state: (&part.state).into(),
                })
                .collect(),
            way: walk.chains.iter().map(ToString::to_string).collect(),
            steps: walk
                .steps
                .iter()
                .map(|step| write_step(step, texts))
                .collect(),
            containers: walk.hints.iter().map(write_hint).collect(),
        }
    }

    /// The certificate in the file.
    pub fn certificate(&self) -> Result<Certificate, ProofFileError> {
        let chain = |at: String, text: &str| Ok(ChainId(hash(&at, text)?));
        let parts = self.chains.iter().enumerate().map(|(i, wire)| {
            let at = format!("/proof/chains/{i}");
            Ok(Part {
                chain: chain(format!("{at}/chain"), &wire.chain)?,
                state: wire.state.read_at(&format!("{at}/state"))?,
            })
        });
        let way = self.way.iter().enumerate();
        let way = way.map(|(i, text)| chain(format!("/proof/way/{i}"), text));
        let steps = self.steps.iter().enumerate();
        let hints = self.containers.iter().enumerate();
        let walk = Walk {
            object: object("/proof/object", &self.object)?,
            chains: way.collect::<Result<_, ProofFileError>>()?,
            steps: steps
                .map(|(i, step)| read_step(&format!("/proof/steps/{i}"), step))
                .collect::<Result<_, _>>()?,
            hints: hints
                .map(|(i, hint)| read_hint(&format!("/proof/containers/{i}"), hint))
                .collect::<Result<_, _>>()?,
        };
        let parts = parts.collect::<Result<_, ProofFileError>>()?;
        Ok(Certificate { parts, walk })
    }

    pub(super) fn verify(
        &self,
        trusted: &TrustedChain,
        report: &mut Report,
    ) -> Result<(), ProofFileError> {
        let certificate = self.certificate()?;
        let certified = certificate.verify(trusted)?;
        describe(&certificate, &certified, report);
        for (at, step) in self.steps.iter().enumerate() {
            if let WireStep::Event {
                text: Some(text), ..
            } = step
            {
                report.claim(format!("step {}: {text}", at + 1));
            }
        }
        Ok(())
    }
}

/// Where in a file an error of its certificate is.
pub(super) fn place(error: &CertificateError) -> String {
    match error {
        CertificateError::Repeated { part } | CertificateError::Registration { part } => {
            format!("/proof/chains/{part}")
        }
        CertificateError::NoAnchor(_) => "/proof/chains".into(),
        CertificateError::State { part, error } => match error.index() {
            Some(index) => format!("/proof/chains/{part}/state/entries/{index}"),
            None => format!("/proof/chains/{part}/state/final"),
        },
        CertificateError::Walk(bad) => {
            let place = bad.place.replacen("/chains", "/way", 1);
            format!("/proof{}", place.replacen("/hints", "/containers", 1))
        }
    }
}

/// What a certificate that is no file shows.
pub fn report(
    certificate: &Certificate,
    trusted: &TrustedChain,
) -> Result<Report, CertificateError> {
    let certified = certificate.verify(trusted)?;
    let mut report = Report::new(trusted.name.clone(), String::new());
    describe(certificate, &certified, &mut report);
    Ok(report)
}

fn write_step(step: &Step, texts: &BTreeMap<EventId, String>) -> WireStep {
    let hex = |object: &ObjectId| hex::encode(object.as_bytes());
    match step {
        Step::Event {
            chain,
            event,
            parents,
        } => WireStep::Event {
            chain: *chain,
            event: event.to_string(),
            parents: parents.clone(),
            text: texts.get(event).cloned(),
        },
        Step::Arrival { parent, chain, seq } => WireStep::Arrival {
            parent: *parent,
            chain: *chain,
            lock: *seq,
        },
        Step::Returned { parent, other, seq } => WireStep::Returned {
            parent: *parent,
            other: *other,
            lock: *seq,
        },
        Step::Carried {
            parent,
            chain,
            object,
            container,
            epoch,
        } => WireStep::Carried {
            parent: *parent,
            chain: *chain,
            object: hex(object),
            container: hex(container),
            filling: *epoch,
        },
        Step::Gap { chain, digest } => WireStep::Gap {
            chain: *chain,
            digest: digest.to_string(),
        },
        Step::Hidden { parent, digest } => WireStep::Hidden {
            parent: *parent,
            digest: digest.to_string(),
        },
    }
}

fn read_step(at: &str, step: &WireStep) -> Result<Step, ProofFileError> {
    let digest =
        |text: &str| Ok::<_, ProofFileError>(Digest32(hash(&format!("{at}/digest"), text)?));
    Ok(match step {
        WireStep::Event {
            chain,
            event,
            parents,
            ..
        } => Step::Event {
            chain: *chain,
            event: EventId(hash(&format!("{at}/event"), event)?),
            parents: parents.clone(),
        },
        WireStep::Arrival {
            parent,
            chain,
            lock,
        } => Step::Arrival {
            parent: *parent,
            chain: *chain,
            seq: *lock,
        },
        WireStep::Returned {
            parent,
            other,
            lock,
        } => Step::Returned {
            parent: *parent,
            other: *other,
            seq: *lock,
        },
        WireStep::Carried {
            parent,
            chain,
            object: id,
            container,
            filling,
        } => Step::Carried {
            parent: *parent,
            chain: *chain,
            object: object(&format!("{at}/object"), id)?,
            container: object(&format!("{at}/container"), container)?,
            epoch: *filling,
        },
        WireStep::Gap {
            chain,
            digest: text,
        } => Step::Gap {
            chain: *chain,
            digest: digest(text)?,
        },
        WireStep::Hidden {
            parent,
            digest: text,
        } => Step::Hidden {
            parent: *parent,
            digest: digest(text)?,
        },
    })
}

fn write_hint(hint: &Hint) -> WireHint {
    match hint {
        Hint::Lock { chain, from, seq } => WireHint::Lock {
            chain: *chain,
            from: *from,
            lock: *seq,
        },
        Hint::Inside {
            chain,
            object,
            container,
            epoch,
        } => WireHint::Inside {
            chain: *chain,
            object: hex::encode(object.as_bytes()),
            container: hex::encode(container.as_bytes()),
            filling: *epoch,
        },
    }
}

fn read_hint(at: &str, hint: &WireHint) -> Result<Hint, ProofFileError> {
    Ok(match hint {
        WireHint::Lock { chain, from, lock } => Hint::Lock {
            chain: *chain,
            from: *from,
            seq: *lock,
        },
        WireHint::Inside {
            chain,
            object: id,
            container,
            filling,
        } => Hint::Inside {
            chain: *chain,
            object: object(&format!("{at}/object"), id)?,
            container: object(&format!("{at}/container"), container)?,
            epoch: *filling,
        },
    })
}

/// A chain by the name that is proven for it.
fn named(certified: &Certified, chain: &ChainId) -> String {
    let short: String = chain.to_string().chars().take(8).collect();
    match certified.chains.get(chain) {
        Some(known) => format!("{} ({short}…)", known.name),
        None => format!("an unknown chain ({short}…)"),
    }
}

/// Where a history begins, by the chains of its origins: what an object was in, or made of, has origins of its own, and each chain is named
/// once.
fn beginnings(origins: impl Iterator<Item = String>) -> Vec<String> {
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for chain in origins {
        *counted.entry(chain).or_default() += 1;
    }
    let texts = counted.into_iter().map(|(chain, count)| match count {
        1 => format!("it begins on {chain}"),
        _ => format!("it begins on {chain}, where {count} of its steps have nothing before them"),
    });
    texts.collect()
}

fn describe(certificate: &Certificate, certified: &Certified, report: &mut Report) {
    let here = certificate.walk.chains.first();
    let seen = here.and_then(|here| certified.chains.get(here)?.seen.as_ref());
    if let Some(seen) = seen {
        report.height = seen.height.0;
        report.time_ms = u64::try_from(seen.time.0).unwrap_or(0);
    }
    for (chain, known) in &certified.chains {
        keyed(certified, chain, known, report);
    }
    let walked = &certified.walked;
    report.check(
        "history",
        format!(
            "{} steps lead, hash by hash, to the object's proven record: none of them is left out, added or changed",
            walked.steps.len()
        ),
    );
    match here {
        Some(here) => {
            report.fact("recorded on", named(certified, here));
            present(certificate, certified, here, seen, report);
        }
        None => report.fact("object", &certificate.walk.object),
    }
    for (at, step) in walked.steps.iter().enumerate() {
        let name = format!("step {}", at + 1);
        let said = told(certified, &certificate.walk, at, step);
        report.fact(&name, said);
        if let Some(record) = &step.record {
            report.profile.get_or_insert(record.profile);
        }
    }
    let origins = walked.origins().filter(|origin| origin.record.is_some());
    for text in beginnings(origins.map(|origin| named(certified, &origin.chain))) {
        report.check("origin", text);
    }
    for moved in &walked.moves {
        report.fact("move", crossed(certified, moved));
    }
    let both = walked
        .moves
        .iter()
        .filter(|moved| moved.left.is_some() && moved.came.is_some());
    let both = both.count();
    if both > 0 {
        let text = format!("{both} moves from chain to chain are proven by both chains");
        report.check("moves", text);
    }
    for Gap { code, message, .. } in walked.gaps.iter().chain(&certified.gaps) {
        let mut parts = say![format!("[{code}] ")].parts().to_vec();
        parts.extend(renamed(certified, message).parts().iter().cloned());
        report.doubt(Message::new(parts));
    }
    for (_, value) in &mut report.facts {
        *value = renamed(certified, value);
    }
}

/// A message with the chains by their names.
fn renamed(certified: &Certified, message: &Message) -> Message {
    use pangolin_ledger::report::Part as P;
    let part = |part: &P| match part {
        P::Chain(chain) => named(certified, chain).into(),
        other => other.clone(),
    };
    Message::new(message.parts().iter().map(part).collect())
}

/// So many entries of a state, with the verb.
fn entries(count: usize) -> String {
    match count {
        1 => "1 entry of its state is".to_owned(),
        n => format!("{n} entries of its state are"),
    }
}

fn keyed(certified: &Certified, chain: &ChainId, known: &KnownChain, report: &mut Report) {
    let name = named(certified, chain);
    match (&known.by, &known.seen) {
        (None, Some(seen)) => report.check(
            "final",
            format!(
                "block {} of {name} is final: its certificate is signed by the key that you trust; {} proven",
                seen.height.0,
                entries(known.entries)
            ),
        ),
        (Some(by), Some(seen)) => report.check(
            "chain",
            format!(
                "block {} of {name} is final: its certificate is signed by the key that the state of {} has for it; {} proven",
                seen.height.0,
                named(certified, by),
                entries(known.entries)
            ),
        ),
        (_, None) => report.fact("no proof of", name.clone()),
    }
    if let Some(seen) = &known.seen {
        report.fact(
            "proven as of",
            say![name, ": block ", seen.height.0, ", ", seen.time],
        );
    }
}

/// The object's status where it is, if the certificate carries what it rests on.
fn present(
    certificate: &Certificate,
    certified: &Certified,
    here: &ChainId,
    seen: Option<&SeenHeader>,
    report: &mut Report,
) {
    let mut overlay = Overlay::new();
    let proven = certified.proven.get(here);
    for (key, value) in proven.iter().flat_map(|proven| &proven.entries) {
        overlay.supply(*key, value.as_deref().map(Arc::from));
    }
    let at = seen.map_or(TimeMs(0), |seen| seen.time);
    match object_status(&overlay, &certificate.walk.object, at) {
        Ok(answer) => {
            report.check(
                "status",
                "its status there was worked out here from proven entries, with the ledger's own rules",
            );
            status::describe(&answer.value, &overlay, report);
        }
        Err(QueryError::Need(_) | QueryError::Corrupt(_)) => {
            report.fact("object", &certificate.walk.object);
            report.fact(
                "holds and recalls",
                "not part of this certificate: ask for a proof of its status",
            );
            report.warn("whether a hold or recall is in force is not part of this certificate");
            if certified.walked.record.flags.has(Flags::ATTESTED) {
                report.warn(words::ATTESTED);
            }
        }
    }
}

fn told(certified: &Certified, walk: &Walk, at: usize, step: &Shown) -> Message {
    let chain = named(certified, &step.chain);
    let started = if step.is_origin { "begins: " } else { "" };
    match (&step.event, &step.record, walk.steps.get(at)) {
        (Some(event), Some(record), _) => say![
            started.to_owned(),
            "on ",
            chain,
            ", stated by ",
            &record.issuer,
            " in block ",
            record.height.0,
            ": ",
            event
        ],
        (Some(event), None, _) => say![started.to_owned(), "on ", chain, ": ", event],
        (None, _, Some(Step::Arrival { .. })) => say!["let in on ", chain],
        (None, _, Some(Step::Returned { .. })) => {
            say!["not let in elsewhere, and back on ", chain]
        }
        (None, _, Some(Step::Carried { container, .. })) => {
            say!["brought in on ", chain, " out of ", container]
        }
        (None, _, Some(Step::Hidden { .. })) => say!["on ", chain, ", which does not show it"],
        (None, ..) => say!["on ", chain, "; what came before is not shown"],
    }
}

fn crossed(certified: &Certified, moved: &Moved) -> Message {
    let height = |height: Option<pangolin_ledger::Height>| {
        height.map_or_else(
            || "a block that is not shown".to_owned(),
            |h| format!("block {}", h.0),
        )
    };
    let by = match moved.seq {
        Some(seq) => format!(", lock {seq}"),
        None => ", inside a container".to_owned(),
    };
    say![
        &moved.object,
        " from ",
        named(certified, &moved.from),
        " (",
        height(moved.left),
        ") to ",
        named(certified, &moved.to),
        " (",
        height(moved.came),
        ")",
        by
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chain_on_which_it_begins_is_named_once() {
        let of = |chains: &[&str]| beginnings(chains.iter().map(|chain| (*chain).to_owned()));
        assert_eq!(of(&[]), Vec::<String>::new());
        assert_eq!(of(&["north"]), ["it begins on north"]);
        assert_eq!(
            of(&["north", "south", "north", "north"]),
            [
                "it begins on north, where 3 of its steps have nothing before them",
                "it begins on south"
            ]
        );
    }
}
