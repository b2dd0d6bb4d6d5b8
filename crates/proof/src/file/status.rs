//! Status: what the state says about an object, evaluated by the verifier from proven records.
//!
//! Which orders are in force follows from the index of orders, which is proven in full. Who issued one, why and since when is
//! in its own record, which a file need not carry.

use pangolin_ledger::{
    Code, ObjectId, OrderScope, Overlay, TimeMs, Wire as _,
    query::{BlockingOrder, ObjectStatus, QueryError, object_status},
    report::{Message, Part},
    say,
    state::{Flags, Order, OrderState, keys},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use super::{
    ProofFileError, ProvenOrder, Relation, Report,
    wire::{WireState, object},
    words,
};
use crate::{
    state::StateProof,
    trust::{FinalHeader, TrustedChain},
};

/// Proof of an object's status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusProof {
    /// The object's identifier, as the ledger writes it, hexadecimal.
    object: String,
    /// Every record that the status rests on.
    pub(super) state: WireState,
}

/// What a status proof shows.
pub(super) struct Shown {
    pub(super) status: ObjectStatus,
    pub(super) overlay: Overlay,
}

impl StatusProof {
    /// The proof of what `state` says about `object`.
    pub fn new(object: &ObjectId, state: &StateProof) -> Self {
        Self {
            object: hex::encode(object.as_bytes()),
            state: state.into(),
        }
    }

    /// The object's identifier, as the ledger writes it.
    pub fn object(&self) -> Result<ObjectId, ProofFileError> {
        object("/proof/object", &self.object)
    }

    pub(super) fn header(&self) -> Result<FinalHeader, ProofFileError> {
        Ok(self.state.read()?.header)
    }

    pub(super) fn verify(
        &self,
        trusted: &TrustedChain,
        report: &mut Report,
    ) -> Result<Shown, ProofFileError> {
        let id = self.object()?;
        let state = self.state.read()?;
        let header = state.verify(trusted)?;
        report.height = header.height.get();
        report.time_ms = header.time_ms;
        report.check(
            "final",
            format!(
                "block {} is final: its certificate is signed by the key of {}",
                report.height, trusted.name
            ),
        );
        report.check(
            "state",
            format!(
                "{} entries of the state of that block are proven, each present or absent",
                state.entries.len()
            ),
        );
        let at = TimeMs(i64::try_from(header.time_ms).unwrap_or(i64::MAX));
        let mut overlay = Overlay::new();
        for entry in state.entries {
            overlay.supply(entry.key, entry.value.map(Arc::from));
        }
        let status = match object_status(&overlay, &id, at) {
            Ok(answer) => answer.value,
            Err(QueryError::Need(keys)) => return Err(ProofFileError::Incomplete(keys.len())),
            Err(error) => return Err(ProofFileError::Record(error.to_string())),
        };
        report.check(
            "status",
            "the status below was worked out here from those entries, with the ledger's own rules",
        );
        describe(&status, &overlay, report);
        Ok(Shown { status, overlay })
    }
}

/// What a status says.
pub(super) fn describe(status: &ObjectStatus, overlay: &Overlay, report: &mut Report) {
    report.fact("object", &status.id);
    let being = match (status.live, status.ended, status.away) {
        (true, ..) => say!["yes"],
        (false, Some(code), _) => say!["no: ", code],
        (false, None, Some(chain)) => say!["not here: it lives on ", chain],
        (false, None, None) => say!["no"],
    };
    report.fact("in being", being);
    if status.stage != Code(0) {
        report.fact("stage", status.stage);
    }
    if let Some(custodian) = &status.custodian {
        report.fact("custodian", custodian);
    }
    for container in &status.containers {
        report.fact("inside", &container.id);
    }
    if let Some(pending) = &status.pending {
        report.fact("on its way to", &pending.to);
    }
    report.fact(
        "held back by its custodian",
        if status.held { "yes" } else { "no" },
    );
    if let Some((group, record)) = &status.group {
        report.fact("lot", group);
        for (code, value) in &record.attributes {
            let value = Part::Value(*code, value.clone());
            report.fact("of the lot", say![Part::Attribute(*code), " ", value]);
        }
    }
    if let Some(class) = &status.class {
        report.fact("product", class);
    }
    report.orders = orders(status, overlay);
    let count = |what: fn(&ProvenOrder) -> bool| report.orders.iter().filter(|o| what(o)).count();
    let own = count(|order| order.relation != Relation::Inside);
    let inside = count(|order| order.relation == Relation::Inside);
    let exempted = count(|order| order.found.exempted);
    let text = match own {
        0 => "none on it, its containers, its lot, its product or its custodian".to_owned(),
        n if exempted == 0 => format!("{n} in force"),
        n => format!("{n} in force, it is exempted from {exempted} of them"),
    };
    report.fact("holds and recalls", text);
    if inside > 0 {
        let text = format!("{inside} in force on something inside it");
        report.fact("holds and recalls of contents", text);
    }
    for known in &status.passed {
        let value = match known.as_of {
            Some(time) => say![known.chain, ": all up to ", time, " (its time)"],
            None => say![known.chain, ": not known here"],
        };
        report.fact("orders known of a chain it came over", value);
    }
    for shown in report.orders.clone() {
        report.fact(words::kind(shown.found.order.kind), told(&shown));
    }
    warn(status, report);
}

/// What whoever has the object in hand must not overlook.
fn warn(status: &ObjectStatus, report: &mut Report) {
    if status.is_blocked() {
        report
            .warn("a hold or recall concerns this object: do not pass it on, sell or dispense it");
    }
    if !status.orders_inside.is_empty() {
        report.warn("a hold or recall concerns something inside this object");
    }
    if status.passed.iter().any(|known| known.as_of.is_none()) {
        report.warn("the orders of a chain that this object came over are not known here");
    }
    if status
        .record
        .as_ref()
        .is_some_and(|record| record.flags.has(Flags::ATTESTED))
    {
        report.warn(words::ATTESTED);
    }
    if status.held {
        report.warn("its custodian holds this object back");
    }
    if status.away.is_some() {
        report.warn("this object lives on another chain, which knows what became of it since");
    } else if !status.live {
        report.warn(
            "this object is not in being any more: whoever has one with this identity has another",
        );
    }
}

/// Every order that concerns the object, with its record where that is proven.
fn orders(status: &ObjectStatus, overlay: &Overlay) -> Vec<ProvenOrder> {
    let shown = |relation: Relation, found: &BlockingOrder| ProvenOrder {
        relation,
        found: found.clone(),
        // the record of another chain's order is there
        record: Some(&found.order.order)
            .filter(|_| found.by.is_none())
            .and_then(|order| overlay.read(&keys::order(order)).ok().flatten())
            .and_then(|bytes| Order::from_bytes(&bytes).ok()),
    };
    let own = status.orders.iter();
    let inside = status.orders_inside.iter();
    own.map(|found| shown(relation(status, &found.scope), found))
        .chain(inside.map(|found| shown(Relation::Inside, found)))
        .collect()
}

/// How what an order is on concerns the object.
fn relation(status: &ObjectStatus, scope: &OrderScope) -> Relation {
    let group = status.group.as_ref().map(|(group, _)| group);
    match scope {
        OrderScope::Object(id) if *id == status.id => Relation::Itself,
        OrderScope::Object(_) => Relation::Container,
        OrderScope::Group(id) if group.is_none_or(|own| own == id) => Relation::Group,
        OrderScope::Group(_) => Relation::Origin,
        OrderScope::Class(_) => Relation::Class,
        OrderScope::Party(_) => Relation::Custodian,
    }
}

/// An order in one sentence: on what, since when, why, by whom, until when, which.
fn told(shown: &ProvenOrder) -> Message {
    let BlockingOrder {
        scope,
        order,
        exempted,
        by,
    } = &shown.found;
    let mut parts: Vec<Part> = vec![shown.relation.words().into()];
    if shown.relation != Relation::Itself {
        parts.extend([" (".into(), scope.into(), ")".into()]);
    }
    match (&shown.record, by) {
        (Some(record), _) => {
            if let OrderState::Active { since } = record.state {
                parts.push(format!(", in force since block {}", since.0).into());
            }
            parts.extend([", by ".into(), Part::from(&record.issuer)]);
            parts.extend(words::reason(&record.terms).parts().to_vec());
        }
        (None, Some(chain)) => parts.extend([", an order of ".into(), chain.into()]),
        (None, None) => parts.push(", since when, by whom and why is not part of this file".into()),
    }
    if let Some(time) = order.expires {
        parts.extend([", until ".into(), time.into()]);
    }
    parts.extend([", ".into(), order.order.into()]);
    if *exempted {
        parts.push("; this object is exempted from it".into());
    }
    Message::new(parts)
}

#[cfg(test)]
mod tests;
