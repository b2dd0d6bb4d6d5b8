//! `GET /waiting`: events that wait for what comes first, some of it perhaps from other chains.

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use pangolin_index::ParkedStanding;

use crate::{
    app::App,
    auth::Who,
    authorise::Act,
    http::{self, no_more, parameters, take_number},
    problem::Problem,
    wire::waiting::{Waiting, WaitingEvent},
};

/// Events in a page.
const PAGE: u32 = 1_000;

/// Lists the events that wait, the oldest first.
#[utoipa::path(
    get, path = "/waiting", tag = "between chains",
    params(("after" = Option<i64>, Query, description = "`next` of the page before")),
    responses(
        (status = 200, description = "The events, 1,000 in a page.", body = Waiting),
        (status = 403, description = "This is for operators of the node and for the relays that it lists.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    app.rules().decide(caller.as_ref(), Act::Carry)?;
    let mut given = parameters(query.as_deref())?;
    let after = take_number(&mut given, "after", (0, i64::MAX))?.unwrap_or(0);
    no_more(&given)?;
    let waits = Some(ParkedStanding::Waiting);
    let found = http::index(&app, move |index| index.parked(waits, after, PAGE)).await?;
    let full = u32::try_from(found.len()).is_ok_and(|len| len == PAGE);
    let next = found.last().filter(|_| full).map(|last| last.no);
    let events = found.iter().map(WaitingEvent::new).collect();
    Ok(http::json(StatusCode::OK, &Waiting { events, next }))
}
