//! What this node keeps for owners of events and nobody else has: the full events of which the chain has only the commitment, and
//! the log of what was disclosed to others.
//!
//! **Invariant**: a full event is on the disk before its commitment is sent to the chain.
//! **Invariant**: a disclosure is on the disk before its answer goes out: no log, no answer.

pub mod events;
pub mod log;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use pangolin_ledger::id::{EventId, PartyId};
use pangolin_profiles::disclosure::SaltSecret;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::{
    events::Events,
    log::{Entry, Log, LogError},
};
use crate::{app::App, auth::Caller, problem::Problem};

/// Where the full event of what is captured is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Placement {
    /// In the block.
    #[default]
    Full,
    /// Here, for its owner; the chain has the commitment and what the rules need.
    Committed,
}

impl Placement {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Committed => "committed",
        }
    }

    /// The placement of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Full, Self::Committed]
            .into_iter()
            .find(|placement| placement.as_str() == text)
    }
}

/// By which right somebody who is not the owner of an event gets its contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// The event names the party as one that gives or gets.
    Party,
    /// An authority of this chain.
    Authority,
    /// The party has, or had, the goods: it is on their chain of custody.
    Custody,
    /// An authority of another chain, to which the goods went or over which they came.
    AuthorityAbroad,
}

impl Right {
    /// Every right.
    pub const ALL: [Self; 4] = [
        Self::Party,
        Self::Authority,
        Self::Custody,
        Self::AuthorityAbroad,
    ];

    /// Its name, which is part of the file format of the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Party => "party",
            Self::Authority => "authority",
            Self::Custody => "custody",
            Self::AuthorityAbroad => "authority-abroad",
        }
    }
}

/// A file of what is kept for owners failed. The node must not go on as if it had been written.
#[derive(Debug, Clone, Error)]
#[error("{what} failed in {file}: {source}")]
pub struct OwnError {
    pub(crate) file: &'static str,
    pub(crate) what: &'static str,
    #[source]
    pub(crate) source: Arc<rusqlite::Error>,
}

impl OwnError {
    /// Whether there was no room.
    pub(crate) fn is_full(&self) -> bool {
        self.source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
    }
}

/// What this node keeps for owners.
pub struct Own {
    /// Full events.
    pub events: Events,
    /// Disclosures.
    pub log: Log,
}

impl Own {
    /// Opens the files in a directory, makes them where they are missing.
    pub fn open(dir: &Path, entries_max: u64) -> Result<Self, OwnError> {
        Ok(Self {
            events: Events::open(&dir.join(events::FILE))?,
            log: Log::open(&dir.join(log::FILE), entries_max)?,
        })
    }

    /// The identity of a captured event on the chain, and where the event is kept: its event hash, or where the chain does not have the
    /// event, what tells nothing about it. What was kept here before stays so, also after the party's key changed.
    pub fn identity(
        &self,
        party: &PartyId,
        hash: &EventId,
        placement: Placement,
        secret: &SaltSecret,
    ) -> Result<(EventId, Placement), OwnError> {
        let known = self.events.identity(party, hash)?;
        Ok(match (known, placement) {
            (Some(known), _) => (known, Placement::Committed),
            (None, Placement::Full) => (*hash, placement),
            (None, Placement::Committed) => (secret.identity(hash), placement),
        })
    }
}

/// A database whose writes survive a loss of power once they are acknowledged.
fn durable(path: &Path, file: &'static str, schema: &str) -> Result<Connection, OwnError> {
    let during = |what| {
        move |source| OwnError {
            file,
            what,
            source: Arc::new(source),
        }
    };
    let connection = Connection::open(path).map_err(during("opening"))?;
    for (name, value) in [("journal_mode", "WAL"), ("synchronous", "FULL")] {
        connection
            .pragma_update(None, name, value)
            .map_err(during("setting up"))?;
    }
    connection
        .execute_batch(schema)
        .map_err(during("creating the tables"))?;
    Ok(connection)
}

/// Writes down what is about to be disclosed to `caller`. Only when this has returned may the answer go out.
pub(crate) async fn write_down(
    app: &App,
    caller: &Caller,
    disclosed: Vec<Disclosed>,
) -> Result<(), Problem> {
    let others = disclosed
        .into_iter()
        .filter(|one| !caller.may_act_for(&one.owner));
    let entries: Vec<Entry> = others
        .map(|one| Entry {
            owner: one.owner,
            asker: caller.party.clone(),
            home: caller.abroad.as_ref().map(|abroad| abroad.chain),
            right: one.right,
            events: one.events,
            fields: one.fields,
        })
        .collect();
    if entries.is_empty() {
        return Ok(());
    }
    let (own, now_ms) = (app.own().clone(), app.now_ms());
    let written = tokio::task::spawn_blocking(move || own.log.append(&entries, now_ms)).await;
    let written = written.map_err(|_| Problem::internal("interrupted"))?;
    written.map_err(|error| match error {
        LogError::Full { .. } => Problem::busy("disclosure-log-full", error.to_string(), 3_600),
        LogError::File(error) => error.into(),
    })
}

/// Which events of which owners are shown, and by which right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<(PartyId, Right), Vec<EventId>>);

impl Tally {
    /// Counts an event.
    pub fn add(&mut self, owner: &PartyId, right: Right, event: EventId) {
        let events = self.0.entry((owner.clone(), right)).or_default();
        events.push(event);
    }

    /// What is to be written down.
    pub fn into_disclosed(self) -> Vec<Disclosed> {
        let each = self
            .0
            .into_iter()
            .map(|((owner, right), events)| Disclosed {
                owner,
                right,
                events,
                fields: Vec::new(),
            });
        each.collect()
    }
}

/// What is about to be disclosed of the events of one owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosed {
    /// The owner.
    pub owner: PartyId,
    /// By which right.
    pub right: Right,
    /// The events.
    pub events: Vec<EventId>,
    /// The fields, by their paths; none: the events as they are on the chain.
    pub fields: Vec<String>,
}
