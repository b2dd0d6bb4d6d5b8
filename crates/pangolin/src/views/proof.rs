//! What a proof file shows, for people and for programs, in the words of the chain's profile.
//!
//! **Invariant**: what is proven and what its sender merely says stand apart, and neither can begin a line of its own.

use pangolin_epcis::vocab::Vocabulary;
use pangolin_ledger::{
    Action, Event, EventKind, Genesis, ObjectId, OrderKind, OrderScope, PartyId, ProfileRef,
    report::Message, say, state::OrderState,
};
use pangolin_profiles::{
    capture::{class_uri, event_uri, group_uri, object_uri, party_uri},
    speech::{self, Happened, Speech},
};
use pangolin_proof::file::{ProvenEvent, ProvenOrder, Report};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt::Write as _};

use super::words::count;
use crate::output;

/// Words for what is proven: those of the profile, and the names that the genesis file has for parties.
pub(crate) struct ProofWords {
    speech: &'static Speech,
    names: BTreeMap<PartyId, String>,
}

impl ProofWords {
    /// The words of `profile`, without one those of the profile that the chain began with.
    pub(crate) fn new(genesis: &Genesis, profile: Option<ProfileRef>) -> Self {
        let profile = profile.or_else(|| genesis.profiles.first().copied());
        let named = genesis.parties.iter().filter(|p| !p.name.is_empty());
        Self {
            speech: speech::of(profile.unwrap_or(ProfileRef { id: 0, version: 0 })),
            names: named.map(|p| (p.id.clone(), p.name.clone())).collect(),
        }
    }

    /// A message in words, on one line.
    fn say(&self, message: &Message) -> String {
        let name = |party: &PartyId| self.names.get(party).cloned();
        plain(&self.speech.say(message, &name))
    }

    /// What an event did, in one sentence.
    fn sentence(&self, report: &Report, event: &Event) -> Option<String> {
        let stated = report.stated.as_ref()?;
        let happened = speech::happened(&Happened {
            profile: report.profile?,
            issuer: &stated.issuer,
            event,
        });
        Some(self.say(&happened))
    }
}

/// Text of a stranger, without what would move the cursor, begin a line or turn the direction of reading.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if output::moves(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

fn time(report: &Report) -> String {
    let ms = report.time().0;
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| format!("{ms} ms"), |t| t.to_string())
}

/// `pangolin verify`.
pub(crate) fn proof(report: &Report, words: &ProofWords) -> String {
    let mut out = format!(
        "{}, as of block {} ({})\n\nchecked here, offline:\n",
        plain(&report.chain),
        report.height,
        time(report)
    );
    let mut line = |text: &str| {
        let _infallible = writeln!(out, "{text}");
    };
    for check in &report.checks {
        line(&format!("  [ok] {}", plain(&check.text)));
    }
    line("\nwhat that shows:");
    for (name, value) in &report.facts {
        line(&format!("  {}: {}", plain(name), words.say(value)));
    }
    for (at, event) in report.events.iter().enumerate() {
        let [first, second] = said(report, words, event);
        line(&format!(
            "  event {} of {}: {first}",
            at + 1,
            report.events.len()
        ));
        line(&format!("    {second}"));
    }
    let claims = std::iter::once(&report.about).chain(&report.claims);
    let mut claims = claims.filter(|claim| !claim.is_empty()).peekable();
    if claims.peek().is_some() {
        line("\nwhat its sender says, which nothing proves:");
    }
    for claim in claims {
        line(&format!("  {}", plain(claim)));
    }
    for warning in &report.warnings {
        line(&format!("\nATTENTION: {}", plain(warning)));
    }
    if report.is_clean() {
        line(&format!(
            "\nVERIFIED as of block {}; what happened since is not in this file",
            report.height
        ));
    } else {
        line("\nNOT SHOWN:");
        for doubt in doubts(report, words) {
            line(&format!("  {doubt}"));
        }
        line("\nNOT FULLY VERIFIED");
    }
    out.truncate(out.trim_end().len());
    out
}

/// What is not shown, each once.
pub(crate) fn doubts(report: &Report, words: &ProofWords) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for doubt in &report.doubts {
        let doubt = words.say(doubt);
        if !said.contains(&doubt) {
            said.push(doubt);
        }
    }
    said
}

/// An event and what became of it, on a line each.
fn said(report: &Report, words: &ProofWords, event: &ProvenEvent) -> [String; 2] {
    let id = event_uri(&event.receipt.id);
    let became = words.say(&event.said());
    let wrote = match u64::from(event.receipt.objects) {
        0 => String::new(),
        n => format!(", {} written", count(n, "object record", "object records")),
    };
    let stated = event.event.as_ref();
    match stated.and_then(|event| words.sentence(report, event)) {
        Some(stated) => [stated, format!("{became}{wrote}; {id}")],
        None => [id, format!("{became}{wrote}")],
    }
}

/// `pangolin verify --output json`.
pub(crate) fn proof_json(report: &Report, words: &ProofWords) -> Value {
    let facts = report.facts.iter();
    let stated = report.stated.as_ref().map(|stated| {
        json!({
            "party": party_uri(&stated.issuer),
            "name": words.names.get(&stated.issuer),
            "key": stated.key.to_string(),
        })
    });
    json!({
        "verified": report.is_clean(),
        "chain": report.chain,
        "claimed": { "about": report.about, "texts": report.claims },
        "height": report.height,
        "time": time(report),
        "checks": report.checks.iter().map(|c| json!({ "code": c.code, "text": c.text })).collect::<Vec<_>>(),
        "statedBy": stated,
        "events": report.events.iter().map(|event| event_json(report, words, event)).collect::<Vec<_>>(),
        "facts": facts.map(|(name, value)| json!({ "name": name, "value": words.say(value) })).collect::<Vec<_>>(),
        "orders": report.orders.iter().map(|order| order_json(words, order)).collect::<Vec<_>>(),
        "warnings": report.warnings,
        "doubts": doubts(report, words),
    })
}

fn event_json(report: &Report, words: &ProofWords, shown: &ProvenEvent) -> Value {
    let (outcome, code) = shown.outcome();
    json!({
        "eventID": event_uri(&shown.receipt.id),
        "outcome": outcome,
        "code": code,
        "objectsWritten": shown.receipt.objects,
        "stated": shown.event.as_ref().map(|event| stated_json(report, words, event)),
    })
}

/// What was stated, as reduced for the rules.
fn stated_json(report: &Report, words: &ProofWords, event: &Event) -> Value {
    let lexicon = words.speech.lexicon;
    let uris = |objects: &[ObjectId]| objects.iter().map(object_uri).collect::<Vec<_>>();
    let disposition = event.disposition;
    json!({
        "text": words.sentence(report, event),
        "eventTime": jiff::Timestamp::from_millisecond(event.time.0).ok().map(|time| time.to_string()),
        "type": kind(event.kind),
        "action": action(event.action),
        "bizStep": lexicon.word(Vocabulary::BizStep, event.step),
        "disposition": disposition.and_then(|code| lexicon.word(Vocabulary::Disposition, code)),
        "objects": uris(event.objects.as_slice()),
        "parent": event.parent.as_ref().map(object_uri),
        "outputs": uris(event.outputs.objects.as_slice()),
        "source": event.source.as_ref().map(party_uri),
        "destination": event.destination.as_ref().map(party_uri),
        "attributes": event.attributes.iter().map(|(code, value)| json!({
            "name": words.say(&Message::from(*code)),
            "value": words.say(&say![pangolin_ledger::report::Part::Value(*code, value.clone())]),
        })).collect::<Vec<_>>(),
    })
}

const fn kind(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Object => "ObjectEvent",
        EventKind::Aggregation => "AggregationEvent",
        EventKind::Association => "AssociationEvent",
        EventKind::Transaction => "TransactionEvent",
        EventKind::Transformation => "TransformationEvent",
    }
}

const fn action(action: Action) -> &'static str {
    match action {
        Action::Add => "ADD",
        Action::Observe => "OBSERVE",
        Action::Delete => "DELETE",
    }
}

fn order_json(words: &ProofWords, shown: &ProvenOrder) -> Value {
    let found = &shown.found;
    let record = shown.record.as_ref();
    let since = record.and_then(|record| match record.state {
        OrderState::Active { since } => Some(since.0),
        _ => None,
    });
    let terms = record.map(|record| &record.terms);
    let expires = found.order.expires;
    json!({
        "kind": match found.order.kind {
            OrderKind::Hold => "hold",
            OrderKind::Recall => "recall",
        },
        "on": shown.relation.code(),
        "subject": subject(&found.scope),
        "order": found.order.order.to_string(),
        "exempted": found.exempted,
        "chain": found.by.map(|chain| chain.to_string()),
        "since": since,
        "issuer": record.map(|record| party_uri(&record.issuer)),
        "reason": terms.map(|terms| words.say(&Message::from(terms.reason))),
        "reasonCode": terms.map(|terms| terms.reason.0),
        "legalBasis": terms.map(|terms| &terms.legal_basis),
        "expires": expires.and_then(|time| jiff::Timestamp::from_millisecond(time.0).ok()).map(|time| time.to_string()),
    })
}

fn subject(scope: &OrderScope) -> String {
    match scope {
        OrderScope::Object(id) => object_uri(id),
        OrderScope::Group(id) => group_uri(id),
        OrderScope::Class(id) => class_uri(id),
        OrderScope::Party(id) => party_uri(id),
    }
}

#[cfg(test)]
mod tests;
