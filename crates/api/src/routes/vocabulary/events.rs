//! `GET /epcs/{epc}/events` and its like: the events with a value.

use axum::{
    extract::{MatchedPath, Path, RawQuery, State},
    http::HeaderMap,
    response::Response,
};

use super::resource;
use crate::{app::App, auth::Who, http::segment, problem::Problem, routes::events::list::answer};

/// Queries the events with a value; further parameters as for `/events`.
#[utoipa::path(
    get, path = "/{resource}/{value}/events", tag = "vocabularies",
    responses((status = 200, description = "An EPCISQueryDocument.", content((serde_json::Value = "application/json"), (String = "application/xml"))))
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    path: MatchedPath,
    Path(value): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let resource = resource(path.as_str()).ok_or_else(|| Problem::internal("unknown-resource"))?;
    let address = format!("/{}/{}/events", resource.path, segment(&value));
    let more = Some((resource.parameter, value.as_str()));
    answer(
        &app,
        caller.as_ref(),
        query.as_deref(),
        &headers,
        &address,
        more,
    )
    .await
}
