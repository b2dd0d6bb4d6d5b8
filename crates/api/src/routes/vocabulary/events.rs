//! `GET /epcs/{epc}/events` and its like: the events with a value.

use axum::{
    extract::{MatchedPath, RawQuery, State},
    http::HeaderMap,
    response::Response,
};

use super::resource;
use crate::{
    app::App,
    auth::Who,
    http::{InPath, segment},
    problem::Problem,
    routes::events::list::answer,
};

/// Queries the events with a value; further parameters as for `/events`.
#[utoipa::path(
    get, path = "/{resource}/{value}/events", tag = "vocabularies",
    responses((status = 200, description = "An EPCISQueryDocument.", content((serde_json::Value = "application/json"), (String = "application/xml"))))
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    path: MatchedPath,
    InPath(value): InPath<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let resource = resource(path.as_str()).ok_or_else(|| Problem::internal("unknown-resource"))?;
    let address = format!("/{}/{}/events", resource.path, segment(&value));
    let more = Some((resource.parameter, value.as_str()));
    let asks_itself = query
        .as_deref()
        .is_some_and(|query| query.contains(resource.parameter));
    let answered = answer(
        &app,
        caller.as_ref(),
        query.as_deref(),
        &headers,
        &address,
        more,
    )
    .await;
    match answered {
        Err(problem) if !asks_itself => {
            super::not_a_value(problem, resource)?;
            Err(super::unknown())
        }
        answered => answered,
    }
}
