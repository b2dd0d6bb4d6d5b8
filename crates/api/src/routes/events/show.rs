//! `GET /events/{eventID}`: an event, with the declaration that it was in error if there is one.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue},
    response::Response,
};
use pangolin_index::{EventState, Query, query::Filter};
use pangolin_ledger::id::TimeMs;
use pangolin_profiles::capture::parse_event_uri;

use super::{sight, write};
use crate::{
    app::App,
    auth::Who,
    authorise::Act,
    http::{self, InPath, name},
    problem::Problem,
    wire::trace::event_state,
};

/// Shows an event.
#[utoipa::path(
    get, path = "/events/{eventID}", tag = "events",
    params(("eventID" = String, Path, description = "event hash `ni:///sha-256;…?ver=CBV2.0`, or the identifier that the sender gave")),
    responses(
        (status = 200, description = "An EPCISQueryDocument with the event. `Pangolin-Event-State` tells whether it took effect.",
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
    let wanted = write::wanted(&headers)?;
    let now_ms = app.now_ms();
    let (page, state) = http::index(&app, move |index| {
        if let Some(hash) = parse_event_uri(&id) {
            let lens = Arc::clone(index.lens());
            let recorded = index.recorded(&hash)?;
            let state = recorded
                .iter()
                .map(|stored| stored.state)
                .find(|state| *state != EventState::Declaration);
            let shown = recorded
                .iter()
                .map(|stored| sight::visible(stored, &sight, lens.as_ref()));
            let unreadable = shown.clone().filter(Result::is_err).count();
            let events = shown.filter_map(|event| event.ok().flatten()).collect();
            let height = index.tip()?.map_or(0, |(height, _)| height.0);
            Ok((
                sight::Page {
                    events,
                    next: None,
                    height,
                    unreadable,
                },
                state,
            ))
        } else {
            let query = Query::oldest_first().filter(Filter::EventId {
                ids: BTreeSet::from([id]),
            });
            let mut page = sight::page(index, &query, &sight, TimeMs(now_ms))?;
            page.next = None;
            Ok((page, Some(EventState::Applied)))
        }
    })
    .await?;
    if page.events.is_empty() && page.unreadable == 0 {
        return Err(Problem::not_found(
            "unknown-event",
            "there is no such event, or your party is no party of it",
        ));
    }
    let mut response = write::page(page, wanted, "SimpleEventQuery", now_ms, None)?;
    if let Some(state) = state {
        response.headers_mut().insert(
            name("pangolin-event-state"),
            HeaderValue::from_static(event_state(state)),
        );
    }
    Ok(response)
}
