//! The nodes of a trace: objects, events and parties as the index has them, and what must exist and is not known.

use pangolin_ledger::{
    codec::Wire as _,
    id::{Code, EventId},
    state::Missing,
    tx::Action,
};
use rusqlite::OptionalExtension as _;

use super::{
    super::{EdgeKind, EventNode, Node, NodeId, ObjectNode, Unknown, graph::Identity},
    Walk,
};
use crate::{
    error::{During as _, IndexError, damaged},
    read::{
        history::{self, Fact},
        names::object_by_id,
    },
    store::object::{ObjectStatus, event_flag, flag},
    write::{EventState, kind_from, unpack_profile},
};

impl Walk<'_> {
    /// The node of an object.
    pub(super) fn object(
        &mut self,
        id: i64,
        near: Option<NodeId>,
    ) -> Result<Option<NodeId>, IndexError> {
        if let Some(node) = self.graph.find(&Identity::Object(id)) {
            return Ok(Some(node));
        }
        let (row, object) = object_by_id(self.reading, id)?;
        let lens = self.reading.lens();
        let place = self.containers.locate(self.reading, &row)?;
        let group = self.names.group(self.reading, row.lot)?;
        let (status, reason) = place.status(&row);
        let node = ObjectNode {
            uri: lens.object_uri(&object),
            object,
            status,
            reason,
            group_uri: group.as_ref().map(|group| lens.group_uri(group)),
            group,
            held: place.held,
            corrected: row.has(flag::CORRECTED),
            untracked: row.has(flag::UNTRACKED),
        };
        let Some(node) = self
            .graph
            .add(Identity::Object(id), Node::Object(node), near)
        else {
            return Ok(None);
        };
        for (party, kind) in [
            (place.custodian, EdgeKind::Holds),
            (place.pending, EdgeKind::OfferedTo),
        ] {
            if let Some(party) = self.party(party, node)? {
                match kind {
                    EdgeKind::Holds => self.graph.connect(party, node, kind),
                    _ => self.graph.connect(node, party, kind),
                }
            }
        }
        if status == ObjectStatus::Away {
            self.unknown(
                node,
                0,
                Unknown::OtherChain,
                "the object lives on another chain",
            );
        }
        Ok(Some(node))
    }

    /// The node of a party; `None` for 0.
    pub(super) fn party(&mut self, id: i64, near: NodeId) -> Result<Option<NodeId>, IndexError> {
        if let Some(node) = self.graph.find(&Identity::Party(id)) {
            return Ok(Some(node));
        }
        let Some(party) = self.names.party(self.reading, id)? else {
            return Ok(None);
        };
        let name: String = self
            .reading
            .prepare("SELECT name FROM parties WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .during("reading a party")?;
        let uri = self.reading.lens().party_uri(&party);
        Ok(self.graph.add(
            Identity::Party(id),
            Node::Party { party, uri, name },
            Some(near),
        ))
    }

    /// The node of an event, with its parties; and, where it waits, what it waits for.
    pub(super) fn event(
        &mut self,
        fact: &Fact,
        near: NodeId,
    ) -> Result<Option<NodeId>, IndexError> {
        let identity = Identity::Event(fact.no);
        if let Some(node) = self.graph.find(&identity) {
            return Ok(Some(node));
        }
        let node = self.event_node(fact)?;
        let Some(node) = self.graph.add(identity, Node::Event(node), Some(near)) else {
            return Ok(None);
        };
        if let Some(party) = self.party(fact.issuer, node)? {
            self.graph.connect(party, node, EdgeKind::States);
        }
        for (party, kind) in [
            (fact.source, EdgeKind::Gives),
            (fact.destination, EdgeKind::Receives),
        ] {
            if let Some(party) = self.party(party.unwrap_or(0), node)? {
                self.graph.connect(node, party, kind);
            }
        }
        if fact.state == EventState::Parked {
            self.waits(fact.no, node)?;
        }
        if let Some(about) = fact.about {
            let about = history::fact(self.reading, about)?;
            if let Some(target) = self.event(&about, node)? {
                self.graph.connect(node, target, EdgeKind::Declares);
            }
        }
        Ok(Some(node))
    }

    pub(super) fn event_node(&self, fact: &Fact) -> Result<EventNode, IndexError> {
        let (hash, kind, action, profile, step, disposition, flags): (Vec<u8>, i64, i64, i64, u16, Option<u16>, i64) =
            self.reading
                .prepare("SELECT hash, kind, action, profile, step, disposition, flags FROM events WHERE no = ?1")?
                .query_row([fact.no], |row| {
                    Ok((
                        row.get(0)?,
                        row.get(1)?,
                        row.get(2)?,
                        row.get(3)?,
                        row.get(4)?,
                        row.get(5)?,
                        row.get(6)?,
                    ))
                })
                .during("reading an event")?;
        let wrong = || damaged(format!("event {} is malformed", fact.no));
        let issuer = self.names.party(self.reading, fact.issuer)?;
        let profile = unpack_profile(profile);
        let lens = self.reading.lens();
        Ok(EventNode {
            no: fact.no,
            id: EventId(hash.try_into().map_err(|_| wrong())?),
            issuer: issuer.ok_or_else(wrong)?,
            height: fact.height,
            time: fact.happened(),
            order: fact.applied,
            kind: kind_from(kind).ok_or_else(wrong)?,
            action: match action {
                0 => Action::Add,
                1 => Action::Observe,
                _ => Action::Delete,
            },
            profile,
            biz_step: lens.biz_step(profile, Code(step)),
            disposition: disposition.and_then(|code| lens.disposition(profile, Code(code))),
            state: fact.state,
            in_error: flags & event_flag::IN_ERROR != 0,
        })
    }

    /// Puts something that is not known before a node.
    pub(super) fn unknown(
        &mut self,
        before: NodeId,
        place: u8,
        reason: Unknown,
        message: impl Into<String>,
    ) {
        let node = Node::Unknown {
            reason,
            message: message.into(),
        };
        if let Some(unknown) = self
            .graph
            .add(Identity::Unknown(before, place), node, Some(before))
        {
            self.graph.connect(unknown, before, EdgeKind::Before);
        }
    }

    pub(super) fn waits(&mut self, no: i64, node: NodeId) -> Result<(), IndexError> {
        let missing: Option<Vec<u8>> = self
            .reading
            .prepare("SELECT missing FROM parked WHERE event = ?1")?
            .query_row([no], |row| row.get(0))
            .optional()
            .during("reading a waiting event")?;
        let Some(missing) = missing else {
            return Ok(());
        };
        let missing = Missing::from_bytes(&missing).map_err(|error| damaged(error.to_string()))?;
        let what = match &missing {
            Missing::Object(object) => self.reading.lens().object_uri(object),
            Missing::Stock { .. } => "a quantity".to_owned(),
            Missing::Fact { source, key } => format!("{key} at the source {source}"),
            Missing::Feed { chain, .. } => format!("the orders of chain {chain}"),
            Missing::Ancestry(object) => {
                let object = self.reading.lens().object_uri(object);
                format!("the history of {object} over other chains")
            }
        };
        self.unknown(
            node,
            1,
            Unknown::Predecessor(missing),
            format!("the event waits for a statement about {what}"),
        );
        Ok(())
    }

    /// The node of a quantity.
    pub(super) fn stock(&mut self, uri: &str, near: NodeId) -> Option<NodeId> {
        let node = Node::Stock {
            uri: uri.to_owned(),
        };
        self.graph
            .add(Identity::Stock(uri.to_owned()), node, Some(near))
    }
}
