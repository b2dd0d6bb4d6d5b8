//! Reading an answer: what it proves under the chain's key, and where that leads.

use std::{collections::BTreeMap, sync::Arc};

use pangolin_client::{LotFound, ObjectFound, OrderFound, Piece as Answer};
use pangolin_ledger::{
    ChainId, GroupId, ObjectId, Overlay, TimeMs, Wire as _,
    evidence::{Proven, Verifier},
    query::{BlockingOrder, ObjectStatus, QueryError, object_status},
    state::{Group, InboxEntry, OrdersOn, Status, keys},
    tx::{OrderKind, OrderScope},
    walk::local::{Came, Piece},
};
use pangolin_profiles::capture::{group_uri, object_uri};

use super::atlas::chain;

/// A stable code and what happened.
pub(super) type Wrong = (String, String);

fn wrong(code: &str, message: impl Into<String>) -> Wrong {
    (code.to_owned(), message.into())
}

/// What an answer proves under the key of the chain that was asked.
pub(super) fn proven(
    light: &dyn Verifier,
    asked: &ChainId,
    key: &[u8],
    answer: &Answer,
) -> Result<Arc<Proven>, Wrong> {
    if chain(&answer.chain) != Some(*asked) {
        return Err(wrong("other-chain", "it is a node of another chain"));
    }
    let evidence = hex::decode(&answer.state)
        .map_err(|_| wrong("answer-syntax", "its proof is not hexadecimal"))?;
    let shown = light.verify(asked, key, &evidence);
    shown.map_err(|bad| wrong(bad.code, bad.message))
}

/// A chain to which an answer leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hop {
    /// The chain.
    pub(super) chain: ChainId,
    /// How.
    pub(super) why: &'static str,
    /// The container in which the object went there.
    pub(super) inside: Option<ObjectId>,
}

/// What an answer proves.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) height: u64,
    pub(super) time: TimeMs,
    pub(super) object: Option<ObjectFound>,
    pub(super) lot: Option<LotFound>,
    pub(super) hops: Vec<Hop>,
}

/// Reads an answer about an object.
pub(super) fn object(
    light: &dyn Verifier,
    asked: &ChainId,
    key: &[u8],
    object: &ObjectId,
    answer: &Answer,
) -> Result<Judged, Wrong> {
    let shown = proven(light, asked, key, answer)?;
    let mut overlay = Overlay::new();
    for (key, value) in &shown.entries {
        overlay.supply(*key, value.as_deref().map(Arc::from));
    }
    let status = match object_status(&overlay, object, shown.header.time) {
        Ok(answer) => answer.value,
        Err(QueryError::Need(keys)) => {
            let message = format!(
                "{} records that the status rests on are not shown",
                keys.len()
            );
            return Err(wrong("proof-incomplete", message));
        }
        Err(QueryError::Corrupt(_)) => {
            return Err(wrong("record-unreadable", "a proven record cannot be read"));
        }
    };
    if status.record.is_none() {
        return Err(wrong(
            "other-answer",
            "it shows that there is no record, and says that there is",
        ));
    }
    Ok(Judged {
        height: shown.header.height.0,
        time: shown.header.time,
        hops: hops(&status),
        object: Some(found(&status, since(&shown, object, answer))),
        lot: None,
    })
}

/// Reads an answer about a lot.
pub(super) fn lot(
    light: &dyn Verifier,
    asked: &ChainId,
    key: &[u8],
    group: &GroupId,
    answer: &Answer,
) -> Result<Judged, Wrong> {
    let shown = proven(light, asked, key, answer)?;
    let scope = OrderScope::Group(group.clone());
    let missing = || wrong("proof-incomplete", "the records of the lot are not shown");
    let record = shown.entries.get(&keys::group(group));
    let record = record.and_then(Option::as_ref).ok_or_else(missing)?;
    let unread = |_| wrong("record-unreadable", "a proven record cannot be read");
    let record = Group::from_bytes(record).map_err(unread)?;
    let on = shown
        .entries
        .get(&keys::orders_on(&scope))
        .ok_or_else(missing)?;
    let on = on
        .as_ref()
        .map(|bytes| OrdersOn::from_bytes(bytes))
        .transpose();
    let on = on.map_err(unread)?.unwrap_or_default();
    let time = shown.header.time;
    let in_force = on.orders.iter().filter(|order| order.in_force(time));
    let orders = in_force.map(|order| OrderFound {
        kind: kind(order.kind).to_owned(),
        on: "lot".to_owned(),
        by: None,
        exempted: false,
    });
    Ok(Judged {
        height: shown.header.height.0,
        time,
        object: None,
        lot: Some(LotFound {
            made: record.made,
            orders: orders.collect(),
        }),
        hops: Vec::new(),
    })
}

/// Where a proven status leads: to the chains that the object came over, and to the one where it is.
fn hops(status: &ObjectStatus) -> Vec<Hop> {
    let inside = || {
        let own = status.record.as_ref().map(|record| &record.status);
        let by_itself = matches!(own, Some(Status::Away(_)));
        let outer = status.containers.last().map(|container| &container.id);
        // a container that came home since is named by the place that the object has in it
        let holder = status
            .record
            .as_ref()
            .and_then(|record| match &record.holder {
                Some(pangolin_ledger::state::Holder::Container(place)) => Some(&place.container),
                _ => None,
            });
        outer.or(holder).filter(|_| !by_itself).cloned()
    };
    let went = status.away.iter().map(|chain| Hop {
        chain: *chain,
        why: "went-to",
        inside: inside(),
    });
    let came = status.passed.iter().map(|known| Hop {
        chain: known.chain,
        why: "came-from",
        inside: None,
    });
    went.chain(came).collect()
}

/// The block that let the object in, where the answer proves one.
fn since(shown: &Proven, object: &ObjectId, answer: &Answer) -> Option<u64> {
    let piece = Piece::from_bytes(&hex::decode(&answer.piece).ok()?).ok()?;
    let entries: BTreeMap<_, _> = shown.entries.iter().collect();
    let inbox = |came: &Came| match came {
        Came::Arrival { origin, .. } | Came::Hidden { origin, .. } => {
            let key = keys::inbox(&origin.chain, origin.seq);
            let entry = InboxEntry::from_bytes(entries.get(&key)?.as_ref()?).ok()?;
            (entry.object == *object).then_some(entry.height.0)
        }
        Came::Event { .. } | Came::Returned { .. } => None,
    };
    piece.came.values().filter_map(inbox).max()
}

fn found(status: &ObjectStatus, since: Option<u64>) -> ObjectFound {
    let own = status.record.as_ref().map(|record| &record.status);
    let word = match (own, status.away) {
        (_, Some(_)) => "away",
        (Some(Status::Voided), _) => "voided",
        _ if status.live => "live",
        _ => "ended",
    };
    // who has it is for those who are entitled to its events: an order on that party is not told here
    let told = |found: &&BlockingOrder| !matches!(found.scope, OrderScope::Party(_));
    ObjectFound {
        uri: object_uri(&status.id),
        status: word.to_owned(),
        away: status.away.map(|chain| chain.to_string()),
        passed: status.passed.iter().map(|p| p.chain.to_string()).collect(),
        since,
        lot: status.group.as_ref().map(|(group, _)| group_uri(group)),
        held: status.held,
        orders: status.orders.iter().filter(told).map(order).collect(),
    }
}

fn order(found: &BlockingOrder) -> OrderFound {
    let on = match found.scope {
        OrderScope::Object(_) => "object",
        OrderScope::Group(_) => "lot",
        OrderScope::Class(_) => "product",
        OrderScope::Party(_) => "party",
    };
    OrderFound {
        kind: kind(found.order.kind).to_owned(),
        on: on.to_owned(),
        by: found.by.map(|chain| chain.to_string()),
        exempted: found.exempted,
    }
}

const fn kind(kind: OrderKind) -> &'static str {
    match kind {
        OrderKind::Hold => "hold",
        OrderKind::Recall => "recall",
    }
}
