//! `GET /parties`: the parties that the chain knows.

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    http::{self, no_more, parameters, take, take_number},
    problem::Problem,
    wire::party::{Parties, Party},
    words,
};

const MAX_PAGE: u32 = 1_000;
const DEFAULT_PAGE: u32 = 100;

/// Lists the parties that the chain knows.
#[utoipa::path(
    get, path = "/parties", tag = "parties",
    params(
        ("limit" = Option<u32>, Query, description = "parties in a page, at most 1,000"),
        ("after" = Option<String>, Query, description = "`next` of the page before")
    ),
    responses((status = 200, description = "The parties.", body = Parties))
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Parties))?;
    let mut given = parameters(query.as_deref())?;
    let limit = take_number(&mut given, "limit", (1, MAX_PAGE))?.unwrap_or(DEFAULT_PAGE);
    let after = match take(&mut given, "after")? {
        None => None,
        Some(text) => {
            Some(words::party(&text).ok_or_else(|| Problem::parameter("after", "is no party"))?)
        }
    };
    no_more(&given)?;
    let found = http::index(&app, move |index| index.parties(after.as_ref(), limit)).await?;
    let full = u32::try_from(found.len()).is_ok_and(|len| len == limit);
    let next = found
        .last()
        .filter(|_| full)
        .map(|last| last.party.to_string());
    let parties = found
        .iter()
        .map(|view| Party::new(view, None, app.deps().trade.as_ref()))
        .collect();
    Ok(http::json(StatusCode::OK, &Parties { parties, next }))
}
