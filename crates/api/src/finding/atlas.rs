//! The directory of this node: what its chain decided about others, what registries record of them, and what its operator wrote down.
//!
//! A registry's records are asked of its nodes, proven under its key and kept for half a minute; the chain itself only keeps that and how
//! they changed. Where a registry does not answer, what it said last is used and marked as such.

use pangolin_client::{NotHeard, Trouble};
use pangolin_interchain::find::{Atlas, Place, Recorded, Stands, recorded};
use pangolin_ledger::{
    codec::Wire as _,
    id::{ChainId, TimeMs},
    query::{Acquaintance, Answer, QueryError, acquaintance},
    state::{ChainRecord, ChainState, Following, keys},
};

use super::{Heard, list::List};
use crate::{
    app::App,
    clock::utc_text,
    limits::{MAX_DIRECTORY, REGISTRY_HEARD_MS},
    problem::Problem,
    state::{self, At},
};

/// The directory, and what is missing of it.
pub struct Drawn {
    /// The directory.
    pub atlas: Atlas,
    /// Registries that were not heard.
    pub not_heard: Vec<NotHeard>,
    /// Whether there are more chains than it has.
    pub truncated: bool,
    /// Height of the state it rests on.
    pub height: u64,
    /// Its time.
    pub time: TimeMs,
}

/// What the own chain says of others.
struct Said {
    chains: Vec<(ChainId, Acquaintance)>,
    followed: Vec<(ChainId, Following)>,
}

/// Draws the directory.
pub async fn draw(app: &App) -> Result<Drawn, Problem> {
    let deps = app.deps();
    let here = deps.chain_id;
    let listed = List::read(app, 0, MAX_DIRECTORY).await?;
    let said = said(app, &listed.chains).await?;
    let time = TimeMs(said.time_ms);
    let mut atlas = Atlas::new(here, &deps.identity.chain_name, deps.chain_key.clone());
    for (chain, known) in &said.value.chains {
        let place = atlas.places.entry(*chain).or_default();
        acquainted(place, known, time);
        if let Some(record) = &known.record {
            described(place, record, "own records");
        }
    }
    for neighbour in &app.finder().neighbours {
        let place = atlas.places.entry(neighbour.chain).or_default();
        place.answers_at(neighbour.endpoints.iter().cloned());
        place.prefixes.extend(neighbour.prefixes.iter().cloned());
        place.sources.push("configuration".to_owned());
    }
    let mut not_heard = Vec::new();
    for (registry, following) in &said.value.followed {
        let Some(place) = atlas.places.get(registry).cloned() else {
            continue;
        };
        let heard = heard(app, *registry, &place).await;
        if let Some(trouble) = heard.trouble {
            not_heard.push(silent(registry, &trouble, heard.records.as_of));
        }
        let believed = place.believed && !following.is_stale(time);
        for (chain, record) in &heard.records.records {
            let known = atlas.places.entry(*chain).or_default();
            let by = format!("registry {}", place.name);
            let of_grade = record.identity.grade >= following.terms.grade;
            if let Err(trouble) = told(known, record, &by, believed && of_grade) {
                not_heard.push(silent(registry, &trouble, heard.records.as_of));
            }
        }
    }
    if let Some(own) = atlas.places.get_mut(&here) {
        own.answers_at(app.config().public_urls.iter().cloned());
    }
    Ok(Drawn {
        atlas,
        not_heard,
        truncated: listed.known > MAX_DIRECTORY,
        height: said.height,
        time,
    })
}

fn silent(registry: &ChainId, trouble: &Trouble, as_of: Option<TimeMs>) -> NotHeard {
    NotHeard {
        registry: registry.to_string(),
        code: trouble.code.clone(),
        message: trouble.message.clone(),
        as_of: as_of.map(|time| utc_text(time.0)),
    }
}

async fn said(app: &App, listed: &[ChainId]) -> Result<At<Said>, Problem> {
    let first = listed.iter().flat_map(|chain| {
        [
            keys::foreign_chain(chain),
            keys::standing(chain),
            keys::chain_record(chain),
            keys::following(chain),
        ]
    });
    let first: Vec<_> = first.chain([keys::directory()]).collect();
    let said = state::ask(&app.deps().chain, first, |o, _| {
        let mut said = Said {
            chains: Vec::new(),
            followed: Vec::new(),
        };
        for chain in listed {
            said.chains.push((*chain, acquaintance(o, chain)?.value));
            let key = keys::following(chain);
            let bytes = o.read(&key).map_err(|need| QueryError::Need(need.0))?;
            let following = bytes.map(|bytes| Following::from_bytes(&bytes));
            let following = following
                .transpose()
                .map_err(|_| QueryError::Corrupt(key))?;
            let followed = following.filter(|following| following.ended.is_none());
            said.followed.extend(followed.map(|f| (*chain, f)));
        }
        Ok(Answer {
            value: said,
            consulted: Vec::new(),
        })
    });
    Ok(said.await?)
}

/// What the own chain decided about another.
fn acquainted(place: &mut Place, known: &Acquaintance, now: TimeMs) {
    known.name().clone_into(&mut place.name);
    place.key = known.key().map(<[u8]>::to_vec);
    place.believed = known.is_believed(now);
    let standing = known.standing.as_ref();
    let retired = standing.is_some_and(|s| s.registry.is_some() && s.told == ChainState::Retired);
    place.stands = match (&known.registration, &known.record) {
        (Some(_), _) if retired => Stands::Retired,
        (Some(registered), _) if registered.suspended.is_some() => Stands::Suspended,
        (Some(_), _) => Stands::Active,
        (None, Some(record)) => stands(record.state),
        (None, None) => Stands::Unregistered,
    };
    if known.registration.is_some() {
        place.sources.push("own governance".to_owned());
    }
}

const fn stands(state: ChainState) -> Stands {
    match state {
        ChainState::Active => Stands::Active,
        ChainState::Suspended => Stands::Suspended,
        ChainState::Retired => Stands::Retired,
    }
}

/// What a record says of a chain besides who it is.
fn described(place: &mut Place, record: &ChainRecord, by: &str) {
    if place.name.is_empty() {
        place.name.clone_from(&record.about.name);
    }
    place.answers_at(record.about.endpoints.iter().map(|e| e.url.clone()));
    let prefixes = record.about.prefixes.iter().map(ToString::to_string);
    place.prefixes.extend(prefixes);
    place.sources.push(by.to_owned());
}

/// What a followed registry records. Where the own chain has a key of the chain, a record with another one says nothing.
fn told(place: &mut Place, record: &ChainRecord, by: &str, believed: bool) -> Result<(), Trouble> {
    let key = &record.identity.key;
    match &place.key {
        Some(known) if known != key => {
            return Err(Trouble {
                endpoint: None,
                code: "identity-differs".to_owned(),
                message: format!(
                    "its record of {} names another key than is known here",
                    record.about.name
                ),
            });
        }
        Some(_) => {}
        None => {
            place.key = Some(key.clone());
            place.stands = stands(record.state);
            place.believed = believed && record.state == ChainState::Active;
        }
    }
    described(place, record, by);
    Ok(())
}

/// What a registry said last: asked again after a while, by one request at a time.
async fn heard(app: &App, registry: ChainId, place: &Place) -> Heard {
    let finder = app.finder();
    let mut all = finder.heard.lock().await;
    let now = app.now_ms();
    let known = all.get(&registry).cloned();
    if let Some(known) = &known
        && (now - known.tried_ms).abs() < REGISTRY_HEARD_MS
    {
        return known.clone();
    }
    let asked = if registry == app.deps().chain_id {
        Ok(Recorded::default())
    } else {
        recorded(&finder.outside, finder.light.as_ref(), registry, place).await
    };
    let mut heard = known.unwrap_or_default();
    heard.tried_ms = now;
    match asked {
        Ok(records) => (heard.records, heard.trouble) = (records, None),
        Err(trouble) => heard.trouble = Some(trouble),
    }
    all.insert(registry, heard.clone());
    heard
}
