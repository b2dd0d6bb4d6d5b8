//! `GET /events/{eventID}`: an event, with the declaration that it was in error if there is one.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue},
    response::Response,
};
use pangolin_index::{EventBody, EventState, IndexError, Query, SqliteIndex, query::Filter};
use pangolin_ledger::id::{EventId, PartyId, TimeMs};
use pangolin_profiles::capture::parse_event_uri;

use super::{
    sight::{self, Page},
    write,
};
use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Sight, unauthorised},
    http::{self, InPath, name},
    own::{self, Own},
    problem::Problem,
    wire::trace::event_state,
};

/// Shows an event.
#[utoipa::path(
    get, path = "/events/{eventID}", tag = "events",
    params(("eventID" = String, Path, description = "event hash `ni:///sha-256;…?ver=CBV2.0`, or the identifier that the sender gave")),
    responses(
        (status = 200, description = "An EPCISQueryDocument with the event. `Pangolin-Event-State` tells whether it took effect, `Pangolin-Placement` where the full event is: of one that is not on the chain its owner gets what this node keeps, others what the rules saw.",
         content((serde_json::Value = "application/json"), (String = "application/xml"))),
        (status = 404, description = "No such event, or none of which the sender's party is a party.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    InPath(id): InPath<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let sight = app.rules().decide(caller.as_ref(), Act::ReadEvents)?;
    let caller = caller.ok_or_else(unauthorised)?;
    let wanted = write::wanted(&headers)?;
    let now_ms = app.now_ms();
    let asked = Asked {
        hash: recorded_as(&app, &caller.party, parse_event_uri(&id)).await?,
        id,
        sight,
        own: app.own().clone(),
        now: TimeMs(now_ms),
    };
    let mut found = http::index(&app, move |index| asked.find(index)).await?;
    if found.page.events.is_empty() && found.page.unreadable == 0 {
        return Err(unknown());
    }
    let disclosed = std::mem::take(&mut found.page.disclosed);
    own::write_down(&app, &caller, disclosed.into_disclosed()).await?;
    let mut response = write::page(found.page, wanted, "SimpleEventQuery", now_ms, None)?;
    let headers = response.headers_mut();
    for (key, word) in [
        ("pangolin-event-state", found.state.map(event_state)),
        ("pangolin-placement", found.placement),
    ] {
        if let Some(word) = word {
            headers.insert(name(key), HeaderValue::from_static(word));
        }
    }
    Ok(response)
}

/// There is no such event, or it is none of his business: which of the two is not told.
pub(in crate::routes) fn unknown() -> Problem {
    Problem::not_found(
        "unknown-event",
        "there is no such event, or your party is no party of it",
    )
}

/// The identity under which an event of a party is recorded that this node keeps for it, by its event hash; any other event's as it is.
pub(in crate::routes) async fn recorded_as(
    app: &App,
    party: &PartyId,
    hash: Option<EventId>,
) -> Result<Option<EventId>, Problem> {
    let Some(hash) = hash else { return Ok(None) };
    let (own, party) = (app.own().clone(), party.clone());
    let known = tokio::task::spawn_blocking(move || own.events.identity(&party, &hash)).await;
    let known = known.map_err(|_| Problem::internal("interrupted"))??;
    Ok(Some(known.unwrap_or(hash)))
}

/// What is asked for.
struct Asked {
    hash: Option<EventId>,
    id: String,
    sight: Sight,
    own: Arc<Own>,
    now: TimeMs,
}

/// What was found.
struct Found {
    page: Page,
    state: Option<EventState>,
    placement: Option<&'static str>,
}

impl Asked {
    fn find(&self, index: &SqliteIndex) -> Result<Found, IndexError> {
        let Some(hash) = self.hash else {
            return self.by_own_id(index);
        };
        let lens = Arc::clone(index.lens());
        let recorded = index.recorded(&hash)?;
        let state = recorded
            .iter()
            .map(|stored| stored.state)
            .find(|state| *state != EventState::Declaration);
        let placement = recorded.first().map(|stored| match &stored.body {
            EventBody::Full(_) => "full",
            EventBody::Committed { .. } => "committed",
            EventBody::Pointer { .. } => "pointer",
        });
        let mut page = Page::default();
        for stored in &recorded {
            page.show(stored, &self.sight, &self.own, lens.as_ref());
        }
        page.height = index.tip()?.map_or(0, |(height, _)| height.0);
        Ok(Found {
            page,
            state,
            placement,
        })
    }

    /// By the identifier that its sender gave it.
    fn by_own_id(&self, index: &SqliteIndex) -> Result<Found, IndexError> {
        let query = Query::oldest_first().filter(Filter::EventId {
            ids: BTreeSet::from([self.id.clone()]),
        });
        let mut page = sight::page(index, &query, &self.sight, &self.own, self.now)?;
        page.next = None;
        Ok(Found {
            page,
            state: Some(EventState::Applied),
            placement: None,
        })
    }
}
